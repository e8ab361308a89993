//! Taking away what was finished long ago: a job like any other, which every worker can do.

use std::sync::Arc;
use std::time::Duration;

use spar_core::job::{JobKind, policy, priority};
use spar_core::units::Timestamp;

use super::{Claimed, Handler, Outcome, Running, Schedule};
use crate::clock::Clock;
use crate::store::{Job, Store, StoreError, WriteTransaction};

/// Rows taken away in one transaction: some milliseconds, so that nobody waits for it.
const BATCH: u32 = 500;
/// Dead jobs are kept longer than others, since somebody may yet look at them: so many times.
const DEAD_FACTOR: u32 = 4;

/// Once a day.
pub(super) fn schedule() -> Schedule {
    Schedule {
        kind: JobKind::Retention,
        every: Duration::from_secs(86_400),
        priority: priority::IDLE,
    }
}

/// A handler, and retention beside what it does.
pub(super) struct WithRetention {
    pub(super) handler: Arc<dyn Handler>,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

impl Handler for WithRetention {
    fn kinds(&self) -> Vec<JobKind> {
        let mut kinds = self.handler.kinds();
        if !kinds.contains(&JobKind::Retention) {
            kinds.push(JobKind::Retention);
        }
        kinds
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        match job.kind {
            JobKind::Retention => Box::pin(sweep(&self.store, self.clock.now())),
            _ => self.handler.run(job),
        }
    }

    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        transaction: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        self.handler.on_given_up(job, error, transaction)
    }
}

async fn sweep(store: &Store, now: Timestamp) -> Outcome {
    let (before, dead_before) =
        (earlier(now, policy::KEPT), earlier(now, policy::KEPT * DEAD_FACTOR));
    loop {
        let swept = store
            .write(move |transaction| transaction.sweep_jobs(before, dead_before, BATCH))
            .await;
        match swept {
            Ok(BATCH) => {}
            Ok(_) => return Outcome::done(),
            Err(error) => return Outcome::failed(error.to_string()),
        }
    }
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_sub(by))
}
