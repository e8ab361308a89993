//! Many requests in one commit: each gets the answer it would have got alone.

use std::sync::mpsc;

use futures_util::future::{join, join_all};
use spar_engine::store::{Enqueued, JobState, NewJob, Store, StoreError};

use crate::support::{Place, TOPICS, at, job};

/// Makes all these requests while somebody else writes, so that they share the next commit.
async fn in_one_commit(store: &Store, jobs: Vec<NewJob>) -> Vec<Enqueued> {
    let (lets_go, held) = mpsc::channel::<()>();
    let holder = store.write(move |_| {
        // An error means that the other end is gone, which lets go as well.
        let _ = held.recv();
        Ok::<_, StoreError>(())
    });
    let requests = join_all(jobs.into_iter().map(|job| store.enqueue(job)));
    let rest = join(requests, async move { drop(lets_go) });
    let (held, (answers, ())) = join(holder, rest).await;
    held.expect("it was let go");
    answers.into_iter().map(|answer| answer.expect("an answer")).collect()
}

#[tokio::test]
async fn each_has_its_own_number_in_the_order_they_came() {
    let place = Place::new();
    let store = place.open();
    let answers = in_one_commit(&store, (0..39).map(|key| job(TOPICS, key)).collect()).await;
    assert_eq!(answers, (1..40).map(Enqueued::New).collect::<Vec<_>>());
    for id in 1..40 {
        let job = store.job(id).expect("a look").expect("the job");
        assert_eq!((job.key, job.state), (id - 1, JobState::Ready));
    }
}

#[tokio::test]
async fn the_same_work_twice_is_one_job_with_the_newer_payload() {
    let place = Place::new();
    let store = place.open();
    let mut jobs: Vec<NewJob> = (0..16).map(|key| job(TOPICS, key)).collect();
    jobs[9] = NewJob { payload: "\"newer\"".to_owned(), ..job(TOPICS, 3) };
    let later = NewJob { run_at: at(60_000), ..job(TOPICS, 99) };
    jobs[12] = later;
    let answers = in_one_commit(&store, jobs).await;
    let Enqueued::New(first) = answers[3] else { panic!("{answers:?}") };
    assert_eq!(answers[9], Enqueued::Refreshed(first));
    let refreshed = store.job(first).expect("a look").expect("the job");
    assert_eq!(refreshed.payload, "\"newer\"");
    let counts = store.job_counts().expect("counts");
    assert_eq!(counts, [(JobState::Ready, 14), (JobState::Scheduled, 1)]);
}
