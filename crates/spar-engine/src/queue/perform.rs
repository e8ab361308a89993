//! One job's work, and what came of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use spar_core::job::policy;
use spar_core::language::clean;
use spar_core::units::Timestamp;

use super::{Apply, Claimed, Handler, Outcome};
use crate::clock::Clock;
use crate::store::{Job, Settlement};

/// The most of an error that is kept, bytes.
const LONGEST_ERROR: usize = 2_000;

/// Work that has come to its end and is not acknowledged yet.
pub(super) struct Finished {
    pub(super) claimed: Arc<Claimed>,
    pub(super) settlement: Settlement,
    /// What to write with it; gone once that was begun.
    pub(super) apply: Option<Apply>,
    /// Its writing was begun. Should the transaction come to nothing, it cannot be done again.
    pub(super) applied: bool,
}

/// Does a job.
pub(super) async fn perform(
    handler: Arc<dyn Handler>,
    claimed: Arc<Claimed>,
    clock: Clock,
) -> Finished {
    let work = AssertUnwindSafe(async { handler.run(&claimed).await });
    // The hook of panics has told where; what it said may hold anything.
    let outcome =
        work.catch_unwind().await.unwrap_or_else(|_| Outcome::failed("the work panicked"));
    let (settlement, apply) = split(outcome, &claimed.job, &clock);
    Finished { claimed, settlement, apply, applied: false }
}

fn split(outcome: Outcome, job: &Job, clock: &Clock) -> (Settlement, Option<Apply>) {
    match outcome {
        Outcome::Done(apply) => (Settlement::Done, Some(apply)),
        Outcome::Failed { error, apply } => (failed(job, &error, clock), apply),
        Outcome::Snoozed { until, reason, apply } => {
            (Settlement::Snoozed { until, reason: fit(&reason) }, apply)
        }
        Outcome::Cancelled { reason } => (Settlement::Cancelled { reason: fit(&reason) }, None),
    }
}

/// An attempt of a job that failed now.
pub(super) fn failed(job: &Job, error: &str, clock: &Clock) -> Settlement {
    let pause = policy::backoff(job.attempt, clock.fraction());
    Settlement::Failed { error: fit(error), retry_at: after(clock.now(), pause) }
}

fn after(at: Timestamp, pause: Duration) -> Timestamp {
    let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_add(pause))
}

/// Errors may come from models: cleaned, and not endless.
pub(super) fn fit(error: &str) -> String {
    let mut text = clean(error).into_owned();
    if text.len() > LONGEST_ERROR {
        let end = (0..=LONGEST_ERROR).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
