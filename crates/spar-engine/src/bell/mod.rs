//! Who is told when there is work, or when work is finished: everybody in this process at once, and
//! other processes by a doorbell. A bell knows nothing of what it rings for.

#[cfg(unix)]
mod doorbell;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::OnceLock;

use tokio::sync::watch;

#[cfg(unix)]
pub use doorbell::Listening;

/// What a bell rings for: any of these together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ring {
    /// There is something to begin.
    pub work: bool,
    /// Something is finished, or was taken away from whoever did it.
    pub finished: bool,
}

impl Ring {
    /// Something to begin.
    pub const WORK: Self = Self { work: true, finished: false };
    /// Something finished.
    pub const FINISHED: Self = Self { work: false, finished: true };
    /// Both.
    pub const BOTH: Self = Self { work: true, finished: true };

    /// This and that.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { work: self.work || other.work, finished: self.finished || other.finished }
    }

    /// Whether it rings for anything.
    #[must_use]
    pub fn is_any(self) -> bool {
        self.work || self.finished
    }
}

/// The bell of one database in one process.
#[derive(Debug)]
pub struct Bell {
    work: watch::Sender<u64>,
    finished: watch::Sender<u64>,
    /// The database, when other processes may open it too.
    shared: Option<PathBuf>,
    #[cfg(unix)]
    others: OnceLock<Option<doorbell::Doorbells>>,
}

impl Default for Bell {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Bell {
    /// The bell of a database; of one that no other process can know when there is no path.
    #[must_use]
    pub fn new(shared: Option<&Path>) -> Self {
        Self {
            work: watch::Sender::new(0),
            finished: watch::Sender::new(0),
            shared: shared.map(Path::to_path_buf),
            #[cfg(unix)]
            others: OnceLock::new(),
        }
    }

    /// Whether other processes may open the database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// A private folder for signs of life and doorbells, the same for everybody on this database,
    /// made if it is not there, gone with the machine's next start.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        let shared = self.shared.as_deref()?;
        #[cfg(unix)]
        return doorbell::make_folder(&doorbell::folder_of(shared)?);
        #[cfg(not(unix))]
        shared.parent().map(Path::to_path_buf)
    }

    /// From now on rings of other processes are heard here too, until what it answers is dropped.
    /// Needs an async runtime. `None` where there are no doorbells.
    #[must_use]
    pub fn listen(self: &Arc<Self>) -> Option<Listening> {
        #[cfg(unix)]
        return Listening::begin(self, &self.folder()?);
        #[cfg(not(unix))]
        None
    }

    /// Tells everybody, in this process and in others.
    pub fn ring(&self, ring: Ring) {
        self.ring_here(ring);
        #[cfg(unix)]
        if self.is_shared() {
            let doorbells =
                || doorbell::Doorbells::new(doorbell::folder_of(self.shared.as_deref()?)?);
            if let Some(others) = self.others.get_or_init(doorbells) {
                others.ring(ring);
            }
        }
    }

    /// Tells everybody in this process.
    pub fn ring_here(&self, ring: Ring) {
        if ring.work {
            self.work.send_modify(|count| *count = count.wrapping_add(1));
        }
        if ring.finished {
            self.finished.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// An ear for work. What rang before it was made is not heard.
    #[must_use]
    pub fn work(&self) -> Ear {
        Ear(self.work.subscribe())
    }

    /// An ear for what is finished.
    #[must_use]
    pub fn finished(&self) -> Ear {
        Ear(self.finished.subscribe())
    }
}

/// Hears one kind of ring. Rings while nobody listened are heard as one: make the ear, look, then
/// listen, and nothing is missed.
#[derive(Debug, Clone)]
pub struct Ear(watch::Receiver<u64>);

impl Ear {
    /// Waits for the next ring; for ever when the bell is gone.
    pub async fn heard(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it rang since the last time anyone asked.
    pub fn has_heard(&mut self) -> bool {
        let heard = self.0.has_changed().unwrap_or(false);
        self.0.mark_unchanged();
        heard
    }
}

/// Takes away a file of a bell's folder, and the folder when it was the last.
pub(crate) fn tidy(path: &Path) {
    // Should they stay, they are gone with the machine's next start.
    let _ = std::fs::remove_file(path);
    if let Some(folder) = path.parent() {
        let _ = std::fs::remove_dir(folder);
    }
}

/// There are no doorbells on this system: others are heard when one looks.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Listening(());
