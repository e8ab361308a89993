//! What follows from giving a job up may itself fail: the job is given up all the same.

use std::sync::Arc;

use spar_core::job::JobKind;
use spar_engine::queue::{Claimed, Handler, Outcome, Running, Until, WorkerOptions, work};
use spar_engine::store::{
    ClaimOrder, Job, JobState, NewJob, NewWorker, Store, StoreError, WriteTransaction,
};
use tokio_util::sync::CancellationToken;

use crate::support::{TOPICS, TRAITS, at, clock, job};

/// Fails at its work and, halfway, at what follows from that.
struct FailsAtBoth {
    panics: bool,
}

impl Handler for FailsAtBoth {
    fn kinds(&self) -> Vec<JobKind> {
        vec![TOPICS]
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        let outcome = match job.job.key {
            1 => Outcome::failed("no luck"),
            _ => Outcome::done(),
        };
        Box::pin(async { outcome })
    }

    fn on_given_up(
        &self,
        _: &Job,
        _: &str,
        transaction: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        transaction.enqueue(&job(TRAITS, 9))?;
        if self.panics {
            std::panic::panic_any("a bug");
        }
        Err(StoreError::Missing { path: "nowhere.db".into() })
    }
}

/// Drains a store whose job 1 is given up, beside another that is done; answers how job 1 ended.
async fn given_up(store: &Store, panics: bool) -> Job {
    store.enqueue(job(TOPICS, 2)).await.expect("a job");
    let options =
        WorkerOptions { until: Until::Drained, schedules: Vec::new(), ..WorkerOptions::default() };
    let handler = Arc::new(FailsAtBoth { panics });
    let report = work(store.clone(), clock(), handler, options, CancellationToken::new()).await;
    assert_eq!((report.trouble, report.done), (None, 1));
    // Nothing is left of what was begun to be written.
    let kinds = store.job_stats(at(0)).expect("figures");
    assert_eq!(kinds.into_iter().map(|stats| stats.kind).collect::<Vec<_>>(), [TOPICS.name()]);
    store.job(1).expect("a look").expect("the job")
}

fn last_words(store: &Store) -> Vec<(String, Option<String>)> {
    let events = store.pipeline_events_of(1).expect("events");
    let from = events.len().saturating_sub(2);
    events.into_iter().skip(from).map(|event| (event.transition, event.detail)).collect()
}

#[tokio::test(start_paused = true)]
async fn after_its_last_attempt() {
    let store = Store::temporary().expect("a store");
    store.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }).await.expect("a job");
    let dead = given_up(&store, false).await;
    assert_eq!(dead.state, JobState::Dead);
    let error = dead.last_error.expect("a reason");
    assert!(error.starts_with("no luck; what follows from that could not be written"), "{error}");
    assert!(error.contains("nowhere.db"), "{error}");
    assert_eq!(
        last_words(&store),
        [
            ("dead".to_owned(), Some("no luck".to_owned())),
            ("follow_up_failed".to_owned(), Some(error)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn by_a_panic() {
    let store = Store::temporary().expect("a store");
    store.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }).await.expect("a job");
    let dead = given_up(&store, true).await;
    assert_eq!(dead.state, JobState::Dead);
    assert!(dead.last_error.expect("a reason").contains("panicked"));
}

#[tokio::test(start_paused = true)]
async fn when_it_is_too_late() {
    let store = Store::temporary().expect("a store");
    let late = NewJob { expires_at: Some(at(-1)), ..job(TOPICS, 1) };
    store.enqueue(late).await.expect("a job");
    assert_eq!(given_up(&store, false).await.state, JobState::Expired);
    assert_eq!(last_words(&store)[1].0, "follow_up_failed");
}

#[tokio::test(start_paused = true)]
async fn when_it_killed_its_worker() {
    let store = Store::temporary().expect("a store");
    store.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }).await.expect("a job");
    // A worker of before the machine was last started: seen to be gone at the first look.
    let gone = NewWorker { pid: 1, boot: Some("before".to_owned()), liveness: None };
    let owner = store.write(move |tx| tx.enter_worker(&gone, at(0))).await.expect("a worker");
    let order = ClaimOrder { kinds: vec![TOPICS], most: 1, ..ClaimOrder::default() };
    assert_eq!(store.claim(owner, order, at(0)).await.expect("a claim").len(), 1);
    assert_eq!(given_up(&store, false).await.state, JobState::Dead);
    assert_eq!(last_words(&store)[1].0, "follow_up_failed");
}
