//! Whether a worker still lives. A worker keeps a file locked; the system lets go of the lock when the
//! process ends, however it ends, so that whoever gets the lock knows. A process number that was
//! given away again cannot deceive it, and nothing depends on `/proc`.
//!
//! The file lies in a folder for the life of the machine. When it cannot be looked at (another user's,
//! another container's), nothing is known, and the heartbeat decides after the lease.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::bell::tidy;
use crate::store::{NewWorker, WorkerRow};

/// The sign of life of this process' worker: locked until it is dropped.
pub(super) struct Liveness {
    path: Option<PathBuf>,
    _locked: Option<File>,
    boot: Option<String>,
}

/// What can be said of a worker from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Lives,
    Dead,
    Unknown,
}

impl Liveness {
    /// Makes and locks a file of its own; without one if the folder cannot be used.
    pub(super) fn begin(folder: Option<&Path>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{count}.alive", std::process::id());
        let locked = folder.and_then(|folder| {
            let path = folder.join(name);
            let file = File::create(&path).ok()?;
            file.try_lock().ok()?;
            Some((path, file))
        });
        let (path, file) = locked.unzip();
        Self { path, _locked: file, boot: boot() }
    }

    /// How it enters the list of workers.
    pub(super) fn row(&self) -> NewWorker {
        NewWorker {
            pid: std::process::id(),
            boot: self.boot.clone(),
            liveness: self.path.as_ref().and_then(|path| Some(path.to_str()?.to_owned())),
        }
    }

    /// Looks at another worker.
    pub(super) fn sign_of(&self, worker: &WorkerRow) -> Sign {
        if let (Some(ours), Some(theirs)) = (&self.boot, &worker.boot)
            && ours != theirs
        {
            // The machine has been started since: nobody from before is left.
            return Sign::Dead;
        }
        let Some(path) = &worker.liveness else { return Sign::Unknown };
        match File::open(path).map(|file| file.try_lock()) {
            Ok(Ok(())) => Sign::Dead,
            Ok(Err(TryLockError::WouldBlock)) => Sign::Lives,
            // Gone or not ours to see.
            Ok(Err(TryLockError::Error(_))) | Err(_) => Sign::Unknown,
        }
    }

    /// Takes away the file of a worker that is dead.
    pub(super) fn bury(worker: &WorkerRow) {
        if let Some(path) = &worker.liveness {
            tidy(Path::new(path));
        }
    }
}

impl Drop for Liveness {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            tidy(path);
        }
    }
}

/// Which start of the machine this is, where the system says.
fn boot() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}
