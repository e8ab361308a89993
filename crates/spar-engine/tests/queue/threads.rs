//! Workers on a runtime with several threads, on a file and by the system's clock: what the paused
//! clock of the other tests keeps in one line happens here side by side.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spar_core::job::JobKind;
use spar_core::units::Timestamp;
use spar_engine::clock::Clock;
use spar_engine::queue::{Outcome, Until, WorkReport, WorkerOptions, work};
use spar_engine::store::{EventJob, JobFilter, JobState, JobSubject, NewJob, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::support::{Does2, Place, TOPICS, TRAITS, handler, job};

/// Jobs there before anybody works, and jobs asked for meanwhile.
const BEFORE: i64 = 2_000;
const MEANWHILE: i64 = 1_000;
/// One in so many asks for one more with its result.
const LEADS_TO_MORE: i64 = 5;
/// Subjects the jobs are spread over; jobs of a kind about one of them must not overlap.
const SUBJECTS: i64 = 50;
/// The word for what a job does, written in the transaction that acknowledges it.
const EFFECT: &str = "effect";
/// The key of the job whose time does not come.
const FAR_AHEAD: i64 = -1;

fn asked_now(kind: JobKind, key: i64) -> NewJob {
    let now = Clock::system().now();
    let subject = JobSubject::Row(1 + key.rem_euclid(SUBJECTS));
    NewJob { subject, run_at: now, created_at: now, ..job(kind, key) }
}

/// Who is at work on what: (kind, subject), and whether two ever were at once.
#[derive(Default)]
struct Side {
    busy: Mutex<HashMap<(JobKind, i64), u32>>,
    overlaps: AtomicU32,
}

/// Some jobs let others go first in mid-work, some ask for more; each leaves a trace with its
/// acknowledgement.
fn does_all_sorts(side: Arc<Side>, clock: Clock) -> Arc<Does2> {
    handler(move |claimed| {
        let (side, clock) = (Arc::clone(&side), clock.clone());
        let (job, kind) = (claimed.job.clone(), claimed.kind);
        Box::pin(async move {
            let place = (kind, job.subject);
            let before = side.busy.lock().expect("no panic").insert(place, 1);
            side.overlaps.fetch_add(before.unwrap_or(0), Ordering::Relaxed);
            for _ in 0..job.key % 4 {
                tokio::task::yield_now().await;
            }
            side.busy.lock().expect("no panic").remove(&place);
            Outcome::Done(Box::new(move |transaction| {
                let at = clock.now();
                if kind == TOPICS && job.key % LEADS_TO_MORE == 0 {
                    transaction.enqueue(&asked_now(TRAITS, job.key))?;
                }
                transaction.note_pipeline_event(EventJob::of(&job), EFFECT, None, at)
            }))
        })
    })
}

fn begin(
    store: &Store,
    clock: &Clock,
    handler: &Arc<Does2>,
) -> tokio::task::JoinHandle<WorkReport> {
    let options = WorkerOptions {
        until: Until::Drained,
        concurrency: 8,
        schedules: Vec::new(),
        ..WorkerOptions::default()
    };
    let handler = Arc::clone(handler);
    tokio::spawn(work(store.clone(), clock.clone(), handler, options, CancellationToken::new()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_side_by_side_do_everything_once_and_leave_what_is_not_due() {
    let place = Place::new();
    let (store, clock) = (place.open(), Clock::system());
    let in_a_day = Timestamp::from_millis(clock.now().as_millis() + 86_400_000);
    let waits = NewJob { run_at: in_a_day, ..asked_now(TOPICS, FAR_AHEAD) };
    store.enqueue(waits).await.expect("a job");
    store
        .write(|transaction| {
            (0..BEFORE).try_for_each(|key| transaction.enqueue(&asked_now(TOPICS, key)).map(|_| ()))
        })
        .await
        .map_err(|error: StoreError| error)
        .expect("jobs");

    let side = Arc::<Side>::default();
    let handler = does_all_sorts(Arc::clone(&side), clock.clone());
    let workers = [begin(&store, &clock, &handler), begin(&store, &clock, &handler)];
    let askers = (0..4).map(|asker| {
        let store = store.clone();
        tokio::spawn(async move {
            for key in (BEFORE..BEFORE + MEANWHILE).filter(|key| key % 4 == asker) {
                store.enqueue(asked_now(TOPICS, key)).await.expect("a job");
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.expect("no panic");
    }
    let mut done = 0;
    for worker in workers {
        let report = worker.await.expect("no panic");
        done += report.done;
        assert_eq!(report, WorkReport { done: report.done, ..WorkReport::default() });
    }
    // Had both found nothing to do before the last was asked for, it is done here.
    done += begin(&store, &clock, &handler).await.expect("no panic").done;

    let all = (BEFORE + MEANWHILE) * (LEADS_TO_MORE + 1) / LEADS_TO_MORE;
    assert_eq!(done, all as u64, "each was acknowledged once");
    let (mut waiting, mut finished) = (Vec::new(), Vec::new());
    for job in store.jobs(&JobFilter { limit: 100_000, ..JobFilter::default() }).expect("jobs") {
        if job.state == JobState::Done { finished.push(job) } else { waiting.push(job) }
    }
    assert_eq!(finished.len(), all as usize);
    assert!(finished.iter().all(|job| (job.attempt, job.claim, job.rescued) == (1, 1, 0)));
    let waits = &waiting[..];
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert_eq!((waits[0].key, waits[0].state), (FAR_AHEAD, JobState::Scheduled));
    assert_eq!((waits[0].run_at, waits[0].attempt), (in_a_day, 0));
    let mut effects: HashMap<i64, u32> = HashMap::new();
    for event in store.pipeline_events(0, u32::MAX).expect("events") {
        *effects.entry(event.job).or_default() += u32::from(event.transition == EFFECT);
    }
    assert!(finished.iter().all(|job| effects.get(&job.id) == Some(&1)), "{effects:?}");
    assert_eq!(effects.values().sum::<u32>(), all as u32, "nothing else left a trace");
    assert_eq!(
        side.overlaps.load(Ordering::Relaxed),
        0,
        "of a kind about a subject, one at a time"
    );
    assert!(store.workers().expect("workers").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sleeping_workers_miss_no_ring() {
    let place = Place::new();
    let (store, clock) = (place.open(), Clock::system());
    let (tells, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let handler = handler(move |claimed| {
        let (tells, key) = (tells.clone(), claimed.job.key);
        Box::pin(async move {
            let _ = tells.send(key);
            Outcome::done()
        })
    });
    let stop = CancellationToken::new();
    let workers = [(), ()].map(|()| {
        let options = WorkerOptions { schedules: Vec::new(), ..WorkerOptions::default() };
        let (handler, stop) = (handler.clone(), stop.clone());
        tokio::spawn(work(store.clone(), clock.clone(), handler, options, stop))
    });
    // Each is asked for when the one before has begun: nearly always while both fall asleep. A ring
    // that nobody heard would be made up for after the look of a second, or never.
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, async {
        for key in 0..1_000 {
            store.enqueue(asked_now(TOPICS, key)).await.expect("a job");
            assert_eq!(hears.recv().await, Some(key));
        }
    })
    .await
    .expect("no ring was missed for long");
    stop.cancel();
    let mut done = 0;
    for worker in workers {
        let report = worker.await.expect("no panic");
        assert_eq!((report.lost, report.failed, report.trouble), (0, 0, None));
        done += report.done + report.handed_back;
    }
    assert_eq!(done, 1_000);
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Done, 1_000)]));
}
