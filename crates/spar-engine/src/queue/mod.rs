//! Doing jobs. The store keeps them and says who has one; this floor runs them: it is woken and does
//! not poll, keeps a heart beating while it has jobs, takes jobs from workers that are gone, and
//! writes results and acknowledgement in one transaction.

mod liveness;
mod perform;
mod retention;
mod settle;
mod worker;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use spar_core::job::{JobKind, policy};
use spar_core::units::Timestamp;

use crate::store::{Job, StoreError, WriteTransaction};

pub use crate::store::{Claimed, OwnerId};
pub use worker::work;

/// What is written together with the acknowledgement of a job.
pub type Apply = Box<dyn FnOnce(&WriteTransaction<'_>) -> Result<(), StoreError> + Send>;

/// What a job's work came to. `apply` runs inside the transaction that acknowledges the job, after
/// the guard (id, claim, running) has held: results and acknowledgement are one. When the job is no
/// longer ours, nothing is written.
pub enum Outcome {
    /// Applied once; then the job is done, or ready again if it was asked for meanwhile.
    Done(Apply),
    /// Counts as an attempt: another one after a pause, or dead after the last.
    Failed {
        /// Why. Kept and shown: no words of users or models in it.
        error: String,
        /// What to write all the same.
        apply: Option<Apply>,
    },
    /// Later. Does not count as an attempt.
    Snoozed {
        /// When.
        until: Timestamp,
        /// Why.
        reason: String,
        /// What to write all the same.
        apply: Option<Apply>,
    },
    /// No use any more.
    Cancelled {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// Done, with nothing to write.
    #[must_use]
    pub fn done() -> Self {
        Self::Done(Box::new(|_| Ok(())))
    }

    /// Failed, with nothing to write.
    #[must_use]
    pub fn failed(error: impl Into<String>) -> Self {
        Self::Failed { error: error.into(), apply: None }
    }
}

/// The work of a job, under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// Knows how to do jobs.
pub trait Handler: Send + Sync + 'static {
    /// Which kinds it does.
    fn kinds(&self) -> Vec<JobKind>;

    /// Does the work. Dropping the future (shutdown, job taken away or called off) leaves nothing
    /// done.
    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a>;

    /// In the transaction that makes a job dead (its last attempt failed, or its workers kept
    /// dying) or expired: what must follow from that.
    ///
    /// # Errors
    /// When it cannot be written. The job is given up all the same, without what should follow, and
    /// the reason is kept with it.
    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        transaction: &WriteTransaction<'_>,
    ) -> Result<(), StoreError>;
}

/// When a worker ends by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Until {
    /// Never.
    #[default]
    Forever,
    /// When nothing is left to do, jobs included whose time comes within
    /// [`WorkerOptions::drain_patience`].
    Drained,
    /// After one job, or none when none is ready.
    Once,
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Jobs at the same time.
    pub concurrency: usize,
    /// Only these kinds; all that its handler knows when `None`.
    pub kinds: Option<Vec<JobKind>>,
    /// At most so many of a kind at the same time, over all workers of the file.
    pub limits: HashMap<JobKind, usize>,
    /// When to end.
    pub until: Until,
    /// How far ahead `Until::Drained` waits for jobs whose time has not come.
    pub drain_patience: Duration,
    /// What a stopping worker gives its running jobs before it hands them back.
    pub grace: Duration,
    /// A worker not heard of for so long has lost its jobs.
    pub lease: Duration,
    /// How often it is heard of while it has jobs.
    pub beat: Duration,
    /// What it asks for once in each period, if it can do it.
    pub schedules: Vec<Schedule>,
}

/// Work done once in each period, whoever is there to do it. What was missed is made up for once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// What.
    pub kind: JobKind,
    /// How long a period is, counted from 1970.
    pub every: Duration,
    /// How urgent.
    pub priority: i64,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            concurrency: 4,
            kinds: None,
            limits: HashMap::new(),
            until: Until::Forever,
            drain_patience: Duration::from_secs(60),
            grace: Duration::from_secs(5),
            lease: policy::LEASE,
            beat: policy::BEAT,
            schedules: vec![retention::schedule()],
        }
    }
}

/// What a worker did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkReport {
    /// Jobs done.
    pub done: u64,
    /// Attempts that failed and will be made again.
    pub failed: u64,
    /// Jobs given up after their last attempt.
    pub dead: u64,
    /// Jobs put off.
    pub snoozed: u64,
    /// Jobs called off from inside.
    pub cancelled: u64,
    /// Jobs that were taken away while it worked on them.
    pub lost: u64,
    /// Jobs handed back when it stopped.
    pub handed_back: u64,
    /// Jobs it took from workers that were gone.
    pub rescued: u64,
    /// Jobs whose time was over.
    pub expired: u64,
    /// What ended it before its time.
    pub trouble: Option<StoreError>,
}
