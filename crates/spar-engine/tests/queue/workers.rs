//! The worker loop: what it runs, when it wakes, how it stops. Both clocks are the test's: the
//! runtime's is paused, and the program's follows it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spar_core::job::JobKind;
use spar_engine::clock::Clock;
use spar_engine::queue::{Outcome, Schedule, Until, WorkReport, WorkerOptions, work};
use spar_engine::store::{
    ClaimOrder, JobState, NewJob, NewWorker, OpenOptions, StandBy, Store, StoreError,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{Does2, Place, TOPICS, TRAITS, at, clock, does, handler, job};

fn drained() -> WorkerOptions {
    WorkerOptions { until: Until::Drained, ..forever() }
}

fn forever() -> WorkerOptions {
    WorkerOptions { schedules: Vec::new(), ..WorkerOptions::default() }
}

/// A clock that follows the runtime's, to a tenth of a second.
fn ticking() -> Clock {
    let clock = clock();
    let ticks = clock.clone();
    tokio::spawn(async move {
        let step = Duration::from_millis(100);
        loop {
            tokio::time::sleep(step).await;
            ticks.advance(step);
        }
    });
    clock
}

fn temporary() -> Store {
    Store::temporary().expect("a store")
}

async fn drain(store: &Store, handler: Arc<Does2>) -> WorkReport {
    work(store.clone(), ticking(), handler, drained(), CancellationToken::new()).await
}

fn only_state(store: &Store) -> JobState {
    let counts = store.job_counts().expect("counts");
    assert_eq!(counts.len(), 1, "{counts:?}");
    counts[0].0
}

#[tokio::test(start_paused = true)]
async fn everything_there_is_gets_done_once() {
    let store = temporary();
    for key in 0..50 {
        store.enqueue(job(TOPICS, key)).await.expect("a job");
    }
    let ran = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&ran);
    let handler = does(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Outcome::done()
    });
    let report = drain(&store, handler).await;
    assert_eq!((report.done, report.trouble), (50, None));
    assert_eq!(ran.load(Ordering::Relaxed), 50);
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Done, 50)]));
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_leaves_work_rings_and_one_that_fails_does_not() {
    let store = temporary();
    let mut ear = store.bell().work();
    let refused = store.write(|tx| {
        tx.enqueue(&job(TOPICS, 1))?;
        Err::<(), _>(StoreError::Missing { path: "no".into() })
    });
    refused.await.expect_err("it is refused");
    assert!(!ear.has_heard());
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    ear.heard().await;
}

#[tokio::test(start_paused = true)]
async fn a_sleeping_worker_is_woken_by_a_commit() {
    let store = temporary();
    let done = Arc::new(Notify::new());
    let tells = Arc::clone(&done);
    let handler = does(move |_| {
        tells.notify_one();
        Outcome::done()
    });
    let stop = CancellationToken::new();
    let worker = tokio::spawn(work(store.clone(), ticking(), handler, forever(), stop.clone()));
    for key in 0..3 {
        store.enqueue(job(TOPICS, key)).await.expect("a job");
        done.notified().await;
    }
    stop.cancel();
    assert_eq!(worker.await.expect("no panic").done, 3);
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_tried_again_after_its_pause_and_then_given_up() {
    let store = temporary();
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    let handler = does(|claimed| Outcome::failed(format!("no luck {}", claimed.job.attempt)));
    let report = drain(&store, Arc::clone(&handler)).await;
    assert_eq!((report.failed, report.dead), (2, 1));
    assert_eq!(*handler.given_up.lock().expect("no panic"), [(1, "no luck 3".to_owned())]);
    let words: Vec<String> =
        store.pipeline_events_of(1).expect("events").into_iter().map(|e| e.transition).collect();
    assert_eq!(words, ["started", "failed", "started", "failed", "started", "dead"]);
}

#[tokio::test(start_paused = true)]
async fn work_that_panics_has_failed() {
    let store = temporary();
    store.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }).await.expect("a job");
    store.enqueue(NewJob { max_attempts: 1, ..job(TRAITS, 2) }).await.expect("a job");
    let handler = does(|claimed| match claimed.kind {
        TOPICS => std::panic::panic_any("a bug"),
        _ => Outcome::Done(Box::new(|_| std::panic::panic_any("a bug in what is written"))),
    });
    assert_eq!(drain(&store, handler).await.dead, 2);
    assert_eq!(only_state(&store), JobState::Dead);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_a_failed_attempt_and_leaves_nothing() {
    let store = temporary();
    store.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }).await.expect("a job");
    let handler = does(|_| {
        Outcome::Done(Box::new(|tx| {
            tx.enqueue(&job(TRAITS, 1))?;
            Err(StoreError::Missing { path: "no".into() })
        }))
    });
    assert_eq!(drain(&store, handler).await.dead, 1);
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Dead, 1)]));
}

#[tokio::test(start_paused = true)]
async fn results_and_acknowledgement_are_one_and_lead_to_more_work() {
    let store = temporary();
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    let handler = does(|claimed| match claimed.kind {
        TOPICS => Outcome::Done(Box::new(|tx| tx.enqueue(&job(TRAITS, 1)).map(|_| ()))),
        _ => Outcome::done(),
    });
    assert_eq!(drain(&store, handler).await.done, 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_taken_away_in_the_middle_writes_nothing() {
    let store = temporary();
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    let rescues = store.clone();
    let handler = handler(move |claimed| {
        let (store, owner) = (rescues.clone(), claimed.owner);
        Box::pin(async move {
            if claimed.job.attempt == 1 {
                store.write(move |tx| tx.rescue(owner, None, at(1))).await.expect("a rescue");
            }
            Outcome::Done(Box::new(|tx| tx.enqueue(&job(TRAITS, 1)).map(|_| ())))
        })
    });
    let options = WorkerOptions { kinds: Some(vec![TOPICS]), concurrency: 1, ..drained() };
    let report = work(store.clone(), ticking(), handler, options, CancellationToken::new()).await;
    assert_eq!((report.lost, report.done), (1, 1));
    let jobs = store.job_counts().expect("counts");
    assert_eq!(jobs, [(JobState::Done, 1), (JobState::Ready, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_job_called_off_is_dropped() {
    let store = temporary();
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    let begun = Arc::new(Notify::new());
    let tells = Arc::clone(&begun);
    let handler = handler(move |_| {
        let tells = Arc::clone(&tells);
        Box::pin(async move {
            tells.notify_one();
            std::future::pending().await
        })
    });
    let worker =
        tokio::spawn(work(store.clone(), ticking(), handler, drained(), CancellationToken::new()));
    begun.notified().await;
    store.cancel_job(1, at(1)).await.expect("an answer");
    assert_eq!(worker.await.expect("no panic").lost, 1);
}

/// Starts a worker whose job takes `takes`, stops it once the job has begun, and says what came of it.
async fn stopped_while_working(store: &Store, takes: Duration) -> WorkReport {
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    let stop = CancellationToken::new();
    let stops = stop.clone();
    let handler = handler(move |_| {
        let stop = stops.clone();
        Box::pin(async move {
            stop.cancel();
            tokio::time::sleep(takes).await;
            Outcome::done()
        })
    });
    work(store.clone(), ticking(), handler, forever(), stop).await
}

#[tokio::test(start_paused = true)]
async fn a_stopping_worker_finishes_what_it_can() {
    let store = temporary();
    assert_eq!(stopped_while_working(&store, Duration::from_secs(4)).await.done, 1);
    assert_eq!(only_state(&store), JobState::Done);
}

#[tokio::test(start_paused = true)]
async fn a_stopping_worker_hands_back_what_it_cannot() {
    let store = temporary();
    let report = stopped_while_working(&store, Duration::from_secs(6)).await;
    assert_eq!((report.done, report.handed_back), (0, 1));
    let job = store.job(1).expect("a look").expect("the job");
    assert_eq!((job.state, job.attempt), (JobState::Ready, 0));
    assert!(store.workers().expect("workers").is_empty());
}

/// Stands by for a worker that does nothing else.
async fn standing_by(store: &Store) -> StandBy {
    let new = NewWorker { pid: 1, boot: None, liveness: None };
    let owner = store.write(move |tx| tx.enter_worker(&new, at(0))).await.expect("a worker");
    let order = ClaimOrder { kinds: vec![TOPICS], most: 1, ..ClaimOrder::default() };
    store.stand_by(owner, order, clock())
}

#[tokio::test(start_paused = true)]
async fn the_commit_that_asks_for_work_claims_it_for_who_stands_by() {
    let store = temporary();
    let mut standing = standing_by(&store).await;
    let refused = store.write(|transaction| {
        transaction.enqueue(&job(TOPICS, 1))?;
        Err::<(), _>(StoreError::Statement { path: "x".into(), reason: "on purpose".to_owned() })
    });
    assert!(refused.await.is_err());
    store.enqueue(job(TOPICS, 2)).await.expect("a job");
    // No second commit was needed.
    assert_eq!(only_state(&store), JobState::Running);
    let claimed = standing.claimed().await;
    assert_eq!(claimed.iter().map(|claimed| claimed.job.key).collect::<Vec<_>>(), [2]);
    store.enqueue(job(TOPICS, 3)).await.expect("a job");
    assert_eq!(
        store.job_counts(),
        Ok(vec![(JobState::Ready, 1), (JobState::Running, 1)]),
        "it stood by for one"
    );
}

#[tokio::test(start_paused = true)]
async fn who_no_longer_stands_by_is_given_nothing_and_takes_what_it_was_given() {
    let store = temporary();
    let (early, late) = (standing_by(&store).await, standing_by(&store).await);
    assert_eq!(early.leave().await, []);
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    assert_eq!(late.leave().await.len(), 1);
    store.enqueue(job(TOPICS, 2)).await.expect("a job");
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Ready, 1), (JobState::Running, 1)]));
}

#[tokio::test(start_paused = true)]
async fn who_was_dropped_where_it_stood_by_is_given_nothing() {
    let store = temporary();
    drop(standing_by(&store).await);
    let next = standing_by(&store).await;
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    assert_eq!(next.leave().await.len(), 1, "the next in line has it");
    drop(standing_by(&store).await);
    store.enqueue(job(TOPICS, 2)).await.expect("a job");
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Ready, 1), (JobState::Running, 1)]));
}

/// A worker that nothing can be said of from outside, with one job.
async fn silent_owner(store: &Store) -> spar_engine::queue::OwnerId {
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    let new = NewWorker { pid: 1, boot: None, liveness: None };
    let owner = store.write(move |tx| tx.enter_worker(&new, at(0))).await.expect("a worker");
    let order = ClaimOrder { kinds: vec![TOPICS], most: 1, ..ClaimOrder::default() };
    assert_eq!(store.claim(owner, order, at(0)).await.expect("a claim").len(), 1);
    owner
}

/// The runtime's paused clock runs on while a commit is waited for, so there is a least time to
/// assert, not a greatest.
///
/// When a worker with nothing else to do gets the job of a silent one, s on the test's clock. The
/// silent one's heart beats as long as it is told to.
async fn rescued_after(beats: u32) -> u64 {
    let store = temporary();
    let owner = silent_owner(&store).await;
    let clock = ticking();
    let hearts = (store.clone(), clock.clone());
    tokio::spawn(async move {
        for _ in 0..beats {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let at = hearts.1.now();
            hearts.0.write(move |tx| tx.beat(owner, at)).await.expect("a beat");
        }
    });
    let (stop, when) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
    let (stops, sees, sets) = (stop.clone(), clock.clone(), Arc::clone(&when));
    let handler = does(move |claimed| {
        assert_eq!((claimed.job.attempt, claimed.job.rescued), (2, 1));
        sets.store(sees.monotonic_micros() / 1_000_000, Ordering::Relaxed);
        stops.cancel();
        Outcome::done()
    });
    let report = work(store, clock, handler, forever(), stop).await;
    assert_eq!((report.rescued, report.done), (1, 1));
    when.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stands_still_loses_its_jobs_after_its_lease() {
    let after = rescued_after(0).await;
    assert!(after >= 29, "{after} s");
}

#[tokio::test(start_paused = true)]
async fn a_beating_heart_keeps_its_jobs() {
    let after = rescued_after(12).await;
    assert!(after >= 145, "{after} s");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_late_is_told_to_its_handler() {
    let store = temporary();
    let late = NewJob { expires_at: Some(at(-1)), ..job(TOPICS, 1) };
    store.enqueue(late).await.expect("a job");
    let handler = does(|_| std::panic::panic_any("it must not run"));
    assert_eq!(drain(&store, Arc::clone(&handler)).await.expired, 1);
    assert_eq!(handler.given_up.lock().expect("no panic").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn periodic_work_is_asked_for_once_in_a_period_and_caught_up_once() {
    const DAY: Duration = Duration::from_secs(86_400);
    let store = temporary();
    let clock = clock();
    let rounds = async |days: u32| {
        clock.advance(DAY * days);
        let schedules = vec![Schedule { kind: TOPICS, every: DAY, priority: 200 }];
        let options = WorkerOptions { schedules, ..drained() };
        let handler = does(|_| Outcome::done());
        work(store.clone(), clock.clone(), handler, options, CancellationToken::new()).await.done
    };
    assert_eq!([rounds(0).await, rounds(0).await], [1, 0]);
    assert_eq!([rounds(1).await, rounds(5).await, rounds(0).await], [1, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn old_jobs_are_swept_by_a_job() {
    let store = temporary();
    for key in 0..1_200 {
        store.enqueue(job(TOPICS, key)).await.expect("a job");
    }
    store.enqueue(NewJob { max_attempts: 1, ..job(TRAITS, 0) }).await.expect("a job");
    let handler = does(|claimed| match claimed.kind {
        TOPICS => Outcome::done(),
        _ => Outcome::failed("no"),
    });
    let clock = clock();
    let round = || {
        let options =
            WorkerOptions { until: Until::Drained, concurrency: 64, ..Default::default() };
        let handler = Arc::clone(&handler);
        work(store.clone(), clock.clone(), handler, options, CancellationToken::new())
    };
    assert_eq!(round().await.done, 1_201);
    clock.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(round().await.done, 1);
    // The dead one is kept for somebody to look at; what happened to the others went with them.
    let kinds: Vec<_> = store
        .jobs(&Default::default())
        .and_then(|_| store.job_stats(clock.now()))
        .expect("figures")
        .into_iter()
        .map(|stats| (stats.kind, stats.done, stats.dead))
        .collect();
    assert_eq!(
        kinds,
        [(JobKind::Retention.name().to_owned(), 1, 0), (TRAITS.name().to_owned(), 0, 1)]
    );
    assert_eq!(store.pipeline_events(0, 100_000).expect("events").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_others_hold_is_waited_for() {
    let place = Place::new();
    let options =
        OpenOptions { patience: Duration::from_millis(5), ..OpenOptions::new(place.path()) };
    let store = Store::open(&options).expect("the store opens");
    store.enqueue(job(TOPICS, 1)).await.expect("a job");
    store.enqueue(job(TOPICS, 2)).await.expect("a job");
    let other = Arc::new(Mutex::new(place.connection()));
    let handler = does(move |claimed| {
        if claimed.job.id == 1 {
            // Another process takes the file and keeps it for five seconds.
            let held = Arc::clone(&other);
            held.lock().expect("no panic").execute_batch("BEGIN IMMEDIATE").expect("the lock");
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(5)).await;
                held.lock().expect("no panic").execute_batch("COMMIT").expect("it is given back");
            });
        }
        let effect = NewJob { key: claimed.job.id, ..job(TRAITS, 0) };
        Outcome::Done(Box::new(move |tx| tx.enqueue(&effect).map(|_| ())))
    });
    let options = WorkerOptions { kinds: Some(vec![TOPICS]), concurrency: 1, ..drained() };
    let report = work(store.clone(), ticking(), handler, options, CancellationToken::new()).await;
    assert_eq!((report.done, report.failed, report.trouble), (2, 0, None));
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Done, 2), (JobState::Ready, 2)]));
}

#[tokio::test(start_paused = true)]
async fn fifty_thousand_waiting_jobs_hold_nobody_up() {
    let store = temporary();
    store
        .write(|tx| {
            for key in 0..50_000 {
                tx.enqueue(&job(TOPICS, key))?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .expect("jobs");
    let options = WorkerOptions { until: Until::Once, ..forever() };
    let handler = does(|_| Outcome::done());
    let report = work(store.clone(), clock(), handler, options, CancellationToken::new()).await;
    assert_eq!(report.done, 1);
    assert_eq!(store.job(1).expect("a look").map(|job| job.state), Some(JobState::Done));
}
