//! Acknowledging: for each job guard, acknowledgement and results, all or nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use spar_core::units::Timestamp;

use super::perform::{Finished, failed, fit};
use super::{Apply, Handler};
use crate::clock::Clock;
use crate::store::{Job, Settled, Settlement, StoreError, WriteTransaction};

/// Acknowledges a job. When what it wants to write cannot be written, that attempt has failed, and
/// nothing of it stays.
pub(super) fn settle(
    finished: &mut Finished,
    handler: &dyn Handler,
    clock: &Clock,
    transaction: &WriteTransaction<'_>,
) -> Result<Settled, StoreError> {
    let at = clock.now();
    let write = |finished: &Finished, settlement: &Settlement, apply: Option<Apply>| {
        let settled = transaction.settle(&finished.claimed, settlement, at)?;
        if settled == Settled::Lost {
            return Ok(settled);
        }
        if let Some(apply) = apply {
            caught(|| apply(transaction))?;
        }
        if let (Settled::Dead(job), Settlement::Failed { error, .. }) = (&settled, settlement) {
            follow_up(handler, job, error, at, transaction)?;
        }
        Ok(settled)
    };
    let Some(apply) = finished.apply.take() else {
        return write(finished, &finished.settlement, None);
    };
    finished.applied = true;
    let settled = transaction.apart(|| write(finished, &finished.settlement, Some(apply)))?;
    settled.or_else(|error| {
        let failed = failed(&finished.claimed.job, &error.to_string(), clock);
        write(finished, &failed, None)
    })
}

/// After a transaction that came to nothing: what was to be written with it is lost, so that attempt
/// has failed.
pub(super) fn give_up_results(finished: &mut [Finished], error: &StoreError, clock: &Clock) {
    for one in finished.iter_mut().filter(|one| one.applied) {
        one.settlement = failed(&one.claimed.job, &error.to_string(), clock);
        one.applied = false;
    }
}

/// Has the handler do what follows from giving up a job. The job is given up whatever comes of that.
pub(super) fn follow_up(
    handler: &dyn Handler,
    job: &Job,
    error: &str,
    at: Timestamp,
    transaction: &WriteTransaction<'_>,
) -> Result<(), StoreError> {
    let told = transaction.apart(|| caught(|| handler.on_given_up(job, error, transaction)))?;
    let Err(why) = told else { return Ok(()) };
    let error = fit(&format!("{error}; what follows from that could not be written: {why}"));
    transaction.note_no_follow_up(job, &error, at)
}

/// A panic of a handler inside a transaction becomes an error like any other.
fn caught(work: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(StoreError::Unreadable {
            path: PathBuf::new(),
            what: "a result".to_owned(),
            reason: "writing it panicked".to_owned(),
        })
    })
}
