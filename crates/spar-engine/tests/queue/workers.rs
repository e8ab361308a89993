//! The worker loop: what it runs, when it wakes, how it stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use spar_engine::queue::{Outcome, Until, WorkerOptions, work};
use spar_engine::store::{JobState, Store};
use tokio_util::sync::CancellationToken;

use crate::support::{TOPICS, clock, does, job};

fn drained() -> WorkerOptions {
    WorkerOptions { until: Until::Drained, schedules: Vec::new(), ..WorkerOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn everything_there_is_gets_done_once() {
    let store = Store::temporary().expect("a store");
    for key in 0..50 {
        store.enqueue(job(TOPICS, key)).await.expect("a job");
    }
    let ran = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&ran);
    let handler = does(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Outcome::done()
    });
    let report = work(store.clone(), clock(), handler, drained(), CancellationToken::new()).await;
    assert_eq!((report.done, report.trouble), (50, None));
    assert_eq!(ran.load(Ordering::Relaxed), 50);
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Done, 50)]));
}
