//! Who is told when there is work, or when work is finished: everybody in this process at once, and
//! other processes by a doorbell. A bell knows nothing of what it rings for.

use tokio::sync::watch;

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
}

impl Default for Bell {
    fn default() -> Self {
        Self { work: watch::Sender::new(0), finished: watch::Sender::new(0) }
    }
}

impl Bell {
    /// Tells everybody in this process.
    pub fn ring(&self, ring: Ring) {
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
