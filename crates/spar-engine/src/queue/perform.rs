//! One job, from its work to its acknowledgement.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use spar_core::job::policy;
use spar_core::language::clean;
use spar_core::units::Timestamp;

use super::{Apply, Claimed, Handler, Outcome};
use crate::clock::Clock;
use crate::store::{Job, Settled, Settlement, Store, StoreError, WriteTransaction};

/// The most of an error that is kept, bytes.
const LONGEST_ERROR: usize = 2_000;
/// Between tries while the file is locked.
const PAUSE: Duration = Duration::from_millis(200);

/// Does a job and acknowledges it. Answers where the job now stands. `settling` is set before the
/// acknowledgement begins: from then on the job may be off the worker's list by our own doing.
pub(super) async fn perform(
    store: Store,
    clock: Clock,
    handler: Arc<dyn Handler>,
    claimed: Arc<Claimed>,
    settling: Arc<AtomicBool>,
) -> Result<Settled, StoreError> {
    let outcome = match AssertUnwindSafe(async { handler.run(&claimed).await }).catch_unwind().await
    {
        Ok(outcome) => outcome,
        // The hook of panics has told where; what it said may hold anything.
        Err(_) => Outcome::failed("the work panicked"),
    };
    let (settlement, apply) = split(outcome, &claimed.job, &clock);
    settling.store(true, Ordering::SeqCst);
    let (settlement, apply) = (Arc::new(settlement), Arc::new(Mutex::new(apply)));
    let acknowledge = Acknowledgement { store, clock, handler, claimed };
    match acknowledge.patiently(&settlement, &apply).await {
        // What it wanted to write cannot be written: that attempt has failed, and nothing of it stays.
        Err(error) => {
            let (job, clock) = (&acknowledge.claimed.job, &acknowledge.clock);
            let failed = Arc::new(failed(job, &error.to_string(), clock));
            acknowledge.patiently(&failed, &Arc::default()).await
        }
        settled => settled,
    }
}

/// A panic inside what is written becomes an error like any other.
trait CatchPanic: Future<Output = Result<Settled, StoreError>> + Sized {
    async fn catch_panic(self) -> Result<Settled, StoreError> {
        AssertUnwindSafe(self).catch_unwind().await.unwrap_or_else(|_| {
            Err(StoreError::Unreadable {
                path: std::path::PathBuf::new(),
                what: "a result".to_owned(),
                reason: "writing it panicked".to_owned(),
            })
        })
    }
}

impl<F: Future<Output = Result<Settled, StoreError>>> CatchPanic for F {}

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

fn failed(job: &Job, error: &str, clock: &Clock) -> Settlement {
    let pause = policy::backoff(job.attempt, clock.fraction());
    Settlement::Failed { error: fit(error), retry_at: after(clock.now(), pause) }
}

pub(super) fn after(at: Timestamp, pause: Duration) -> Timestamp {
    let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.as_millis().saturating_add(pause))
}

/// Errors may come from models: cleaned, and not endless.
fn fit(error: &str) -> String {
    let mut text = clean(error).into_owned();
    if text.len() > LONGEST_ERROR {
        let end = (0..=LONGEST_ERROR).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Guard, acknowledgement and results, all or nothing.
struct Acknowledgement {
    store: Store,
    clock: Clock,
    handler: Arc<dyn Handler>,
    claimed: Arc<Claimed>,
}

/// What to write, until somebody comes to write it.
type Slot = Arc<Mutex<Option<Apply>>>;

impl Acknowledgement {
    /// Tries again while others hold the file. Work that is done is not thrown away for that.
    async fn patiently(
        &self,
        settlement: &Arc<Settlement>,
        apply: &Slot,
    ) -> Result<Settled, StoreError> {
        loop {
            let settled = self.once(settlement, apply).catch_panic().await;
            if !matches!(settled, Err(StoreError::Locked { .. })) {
                return settled;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn once(
        &self,
        settlement: &Arc<Settlement>,
        apply: &Slot,
    ) -> Result<Settled, StoreError> {
        let (claimed, handler) = (Arc::clone(&self.claimed), Arc::clone(&self.handler));
        let (settlement, apply, at) = (Arc::clone(settlement), Arc::clone(apply), self.clock.now());
        let write = move |transaction: &WriteTransaction<'_>| {
            let settled = transaction.settle(&claimed, &settlement, at)?;
            if settled == Settled::Lost {
                return Ok(settled);
            }
            // Taken only here: a lock that could not be had leaves it for the next try.
            let apply = apply.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(apply) = apply {
                apply(transaction)?;
            }
            if let (Settled::Dead(job), Settlement::Failed { error, .. }) = (&settled, &*settlement)
            {
                handler.on_given_up(job, error, transaction)?;
            }
            Ok(settled)
        };
        self.store.write(write).await
    }
}
