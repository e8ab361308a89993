//! What a queue must do, written against a trait: the store passes it, and so does the small
//! reference that the property test compares it with. Another database would pass the same.

use spar_core::job::JobKind;
use spar_core::units::Timestamp;
use spar_engine::store::{
    CalledOff, ClaimOrder, Claimed, Enqueued, Job, JobFilter, JobState, JobSubject, NewJob,
    NewWorker, OwnerId, Retried, Settled, Settlement, Store, StoreError,
};

use crate::model::Model;
use crate::support::{TOPICS, TRAITS, at, job};

/// A queue as the suite sees it.
pub(crate) trait Queue {
    fn enqueue(&mut self, job: NewJob) -> Enqueued;
    fn worker(&mut self) -> OwnerId;
    fn claim(&mut self, owner: OwnerId, order: ClaimOrder, at: Timestamp) -> Vec<Claimed>;
    fn settle(&mut self, claimed: &Claimed, settlement: Settlement, at: Timestamp) -> Settled;
    fn rescue(&mut self, owner: OwnerId, at: Timestamp) -> (u32, Vec<i64>);
    fn expire(&mut self, at: Timestamp) -> Vec<i64>;
    fn follow_the_clock(&mut self, at: Timestamp);
    fn pause(&mut self, kind: Option<JobKind>, at: Timestamp);
    fn resume(&mut self, kind: Option<JobKind>);
    fn retry(&mut self, id: i64, at: Timestamp) -> Retried;
    fn cancel(&mut self, id: i64, at: Timestamp) -> CalledOff;
    /// Every job, oldest first.
    fn all(&self) -> Vec<Job>;
}

impl Queue for Store {
    fn enqueue(&mut self, job: NewJob) -> Enqueued {
        Store::enqueue(self, job).wait().expect("a job")
    }

    fn worker(&mut self) -> OwnerId {
        let new = NewWorker { pid: 1, boot: None, liveness: None };
        self.write(move |tx| tx.enter_worker(&new, at(0))).wait().expect("a worker")
    }

    fn claim(&mut self, owner: OwnerId, order: ClaimOrder, at: Timestamp) -> Vec<Claimed> {
        Store::claim(self, owner, order, at).wait().expect("a claim")
    }

    fn settle(&mut self, claimed: &Claimed, settlement: Settlement, at: Timestamp) -> Settled {
        let claimed = claimed.clone();
        self.write(move |tx| tx.settle(&claimed, &settlement, at)).wait().expect("an answer")
    }

    fn rescue(&mut self, owner: OwnerId, at: Timestamp) -> (u32, Vec<i64>) {
        let rescued = self.write(move |tx| tx.rescue(owner, None, at)).wait().expect("a rescue");
        (rescued.ready, rescued.dead.iter().map(|job| job.id).collect())
    }

    fn expire(&mut self, at: Timestamp) -> Vec<i64> {
        let expired: Vec<Job> = self.write(move |tx| tx.expire(1_000, at)).wait().expect("expiry");
        let mut ids: Vec<i64> = expired.iter().map(|job| job.id).collect();
        ids.sort_unstable();
        ids
    }

    fn follow_the_clock(&mut self, at: Timestamp) {
        self.write(move |tx| tx.follow_the_clock(at)).wait().expect("the line is put right");
    }

    fn pause(&mut self, kind: Option<JobKind>, at: Timestamp) {
        self.pause_jobs(kind, at).wait().expect("a pause");
    }

    fn resume(&mut self, kind: Option<JobKind>) {
        self.resume_jobs(kind).wait().expect("no pause");
    }

    fn retry(&mut self, id: i64, at: Timestamp) -> Retried {
        self.retry_job(id, at).wait().expect("an answer")
    }

    fn cancel(&mut self, id: i64, at: Timestamp) -> CalledOff {
        self.cancel_job(id, at).wait().expect("an answer")
    }

    fn all(&self) -> Vec<Job> {
        let mut jobs =
            self.jobs(&JobFilter { limit: 100_000, ..JobFilter::default() }).expect("jobs");
        jobs.reverse();
        jobs
    }
}

/// What a worker that can do everything takes.
pub(crate) fn order(most: usize) -> ClaimOrder {
    ClaimOrder { kinds: vec![TOPICS, TRAITS], most, ..ClaimOrder::default() }
}

/// What fails now and is tried again at a moment.
pub(crate) fn failed(retry_at: Timestamp) -> Settlement {
    Settlement::Failed { error: "no luck".to_owned(), retry_at }
}

fn new_id(enqueued: Enqueued) -> i64 {
    let Enqueued::New(id) = enqueued else { panic!("{enqueued:?}") };
    id
}

fn ids(claimed: &[Claimed]) -> Vec<i64> {
    claimed.iter().map(|claimed| claimed.job.id).collect()
}

fn state(queue: &impl Queue, id: i64) -> JobState {
    queue.all().into_iter().find(|job| job.id == id).expect("the job").state
}

fn about(mission: i64, kind: JobKind, key: i64) -> NewJob {
    NewJob { subject: JobSubject::Row(mission), ..job(kind, key) }
}

/// Makes each law a test of the store and a test of the reference.
macro_rules! laws {
    ($($law:ident,)*) => {
        mod the_store {
            $(#[test] fn $law() {
                super::$law(spar_engine::store::Store::temporary().expect("a store"));
            })*
        }
        mod the_reference {
            $(#[test] fn $law() { super::$law(super::Model::default()); })*
        }
    };
}

laws! {
    the_urgent_go_first_and_equals_as_they_came,
    waiting_makes_urgent,
    a_token_is_good_once,
    a_token_is_worth_nothing_after_a_rescue,
    a_failed_job_waits_and_then_dies,
    snoozing_and_handing_back_are_no_attempts,
    a_job_that_kills_its_workers_dies,
    asking_again_while_it_runs_runs_it_again,
    what_was_asked_for_while_a_job_died_lives_on,
    asking_again_gives_no_fresh_attempts,
    two_of_a_kind_about_a_subject_take_turns,
    only_so_many_of_a_kind,
    a_paused_kind_waits,
    what_is_too_late_is_not_begun,
    a_dead_job_can_be_retried,
    a_job_called_off_writes_nothing,
    a_clock_set_back_by_a_day_freezes_nothing,
    a_raised_priority_moves_a_job_up,
}

fn the_urgent_go_first_and_equals_as_they_came(mut queue: impl Queue) {
    let a = new_id(queue.enqueue(job(TOPICS, 1)));
    let b = new_id(queue.enqueue(job(TRAITS, 2)));
    let c = new_id(queue.enqueue(NewJob { priority: 0, ..job(TOPICS, 3) }));
    let worker = queue.worker();
    assert_eq!(ids(&queue.claim(worker, order(2), at(0))), [c, a]);
    assert_eq!(ids(&queue.claim(worker, order(2), at(0))), [b]);
}

fn waiting_makes_urgent(mut queue: impl Queue) {
    let old = new_id(queue.enqueue(job(TOPICS, 1)));
    let later = |key, millis| NewJob {
        priority: 0,
        run_at: at(millis),
        created_at: at(millis),
        ..job(TRAITS, key)
    };
    let sooner = new_id(queue.enqueue(later(2, 599_999)));
    let late = new_id(queue.enqueue(later(3, 600_001)));
    let worker = queue.worker();
    assert_eq!(ids(&queue.claim(worker, order(3), at(600_001))), [sooner, old, late]);
}

fn a_token_is_good_once(mut queue: impl Queue) {
    queue.enqueue(job(TOPICS, 1));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(0)).remove(0);
    assert_eq!(queue.settle(&claimed, Settlement::Done, at(1)), Settled::Done);
    assert_eq!(queue.settle(&claimed, Settlement::Done, at(2)), Settled::Lost);
    assert_eq!(queue.settle(&claimed, failed(at(3)), at(2)), Settled::Lost);
}

fn a_token_is_worth_nothing_after_a_rescue(mut queue: impl Queue) {
    queue.enqueue(job(TOPICS, 1));
    let (gone, other) = (queue.worker(), queue.worker());
    let stale = queue.claim(gone, order(1), at(0)).remove(0);
    assert_eq!(queue.rescue(gone, at(1)), (1, vec![]));
    let fresh = queue.claim(other, order(1), at(1)).remove(0);
    assert_eq!((fresh.job.id, fresh.job.attempt), (stale.job.id, 2));
    assert_eq!(queue.settle(&stale, Settlement::Done, at(2)), Settled::Lost);
    assert_eq!(queue.settle(&stale, Settlement::HandedBack, at(2)), Settled::Lost);
    assert_eq!(queue.settle(&fresh, Settlement::Done, at(2)), Settled::Done);
}

fn a_failed_job_waits_and_then_dies(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(job(TOPICS, 1)));
    let worker = queue.worker();
    for attempt in 1..=3 {
        let now = attempt * 1_000;
        if attempt > 1 {
            assert!(queue.claim(worker, order(1), at(now - 1)).is_empty());
        }
        let claimed = queue.claim(worker, order(1), at(now)).remove(0);
        match queue.settle(&claimed, failed(at(now + 1_000)), at(now)) {
            Settled::Dead(dead) => {
                assert_eq!(dead.last_error.as_deref(), Some("no luck"));
                assert_eq!((attempt, dead.attempt), (3, 3));
            }
            other => assert_eq!(other, Settled::Retries),
        }
    }
    assert_eq!(state(&queue, id), JobState::Dead);
    assert!(queue.claim(worker, order(1), at(100_000)).is_empty());
    // It never blocks a new one.
    new_id(queue.enqueue(job(TOPICS, 1)));
}

fn snoozing_and_handing_back_are_no_attempts(mut queue: impl Queue) {
    queue.enqueue(job(TOPICS, 1));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(0)).remove(0);
    let snooze = Settlement::Snoozed { until: at(50), reason: "too early".to_owned() };
    assert_eq!(queue.settle(&claimed, snooze, at(0)), Settled::Snoozed);
    assert!(queue.claim(worker, order(1), at(49)).is_empty());
    let claimed = queue.claim(worker, order(1), at(50)).remove(0);
    assert_eq!(claimed.job.attempt, 1);
    assert_eq!(queue.settle(&claimed, Settlement::HandedBack, at(50)), Settled::HandedBack);
    let again = queue.claim(worker, order(1), at(50)).remove(0);
    assert_eq!(again.job.attempt, 1);
    // The token is a new one all the same.
    assert_eq!(queue.settle(&claimed, Settlement::Done, at(51)), Settled::Lost);
    assert_eq!(queue.settle(&again, Settlement::Done, at(51)), Settled::Done);
}

fn a_job_that_kills_its_workers_dies(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(job(TOPICS, 1)));
    for attempt in 1..=3 {
        let worker = queue.worker();
        assert_eq!(queue.claim(worker, order(1), at(0))[0].job.attempt, attempt);
        let expected = if attempt < 3 { (1, vec![]) } else { (0, vec![id]) };
        assert_eq!(queue.rescue(worker, at(0)), expected);
    }
    let dead = queue.all().remove(0);
    assert_eq!((dead.state, dead.rescued), (JobState::Dead, 2));
    assert!(dead.last_error.is_some());
}

fn asking_again_while_it_runs_runs_it_again(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(job(TOPICS, 1)));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(0)).remove(0);
    let newer = NewJob { payload: "[2]".to_owned(), ..job(TOPICS, 1) };
    assert_eq!(queue.enqueue(newer), Enqueued::RunsAgain(id));
    assert!(queue.claim(worker, order(1), at(0)).is_empty());
    assert_eq!(queue.settle(&claimed, Settlement::Done, at(1)), Settled::Again);
    let again = queue.claim(worker, order(1), at(1)).remove(0);
    assert_eq!((again.job.id, again.job.attempt, again.job.payload.as_str()), (id, 1, "[2]"));
    assert_eq!(queue.settle(&again, Settlement::Done, at(2)), Settled::Done);
}

fn what_was_asked_for_while_a_job_died_lives_on(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(0)).remove(0);
    queue.enqueue(NewJob { payload: "[2]".to_owned(), ..job(TOPICS, 1) });
    assert!(matches!(queue.settle(&claimed, failed(at(9)), at(1)), Settled::Dead(_)));
    let next = queue.claim(worker, order(1), at(1)).remove(0);
    assert_ne!(next.job.id, id);
    assert_eq!((next.job.attempt, next.job.payload.as_str()), (1, "[2]"));
}

fn asking_again_gives_no_fresh_attempts(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(job(TOPICS, 1)));
    let worker = queue.worker();
    queue.claim(worker, order(1), at(0));
    queue.rescue(worker, at(0));
    assert_eq!(queue.enqueue(job(TOPICS, 1)), Enqueued::Refreshed(id));
    assert_eq!(queue.claim(worker, order(1), at(0))[0].job.attempt, 2);
}

fn two_of_a_kind_about_a_subject_take_turns(mut queue: impl Queue) {
    let first = new_id(queue.enqueue(about(7, TOPICS, 1)));
    let second = new_id(queue.enqueue(about(7, TOPICS, 2)));
    let other_kind = new_id(queue.enqueue(about(7, TRAITS, 1)));
    let other_subject = new_id(queue.enqueue(about(8, TOPICS, 1)));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(4), at(0));
    assert_eq!(ids(&claimed), [first, other_kind, other_subject]);
    assert!(queue.claim(worker, order(4), at(0)).is_empty());
    queue.settle(&claimed[0], Settlement::Done, at(1));
    assert_eq!(ids(&queue.claim(worker, order(4), at(1))), [second]);
}

fn only_so_many_of_a_kind(mut queue: impl Queue) {
    for key in 0..5 {
        queue.enqueue(job(TOPICS, key));
        queue.enqueue(job(TRAITS, key));
    }
    let limited = || ClaimOrder { limits: [(TOPICS, 2)].into(), ..order(3) };
    let kinds =
        |claimed: &[Claimed]| claimed.iter().filter(|claimed| claimed.kind == TOPICS).count();
    let (a, b) = (queue.worker(), queue.worker());
    let first = queue.claim(a, limited(), at(0));
    assert_eq!((first.len(), kinds(&first)), (3, 2));
    let second = queue.claim(b, limited(), at(0));
    assert_eq!((second.len(), kinds(&second)), (3, 0));
}

fn a_paused_kind_waits(mut queue: impl Queue) {
    queue.enqueue(job(TOPICS, 1));
    let traits = new_id(queue.enqueue(job(TRAITS, 1)));
    let worker = queue.worker();
    queue.pause(Some(TOPICS), at(0));
    assert_eq!(ids(&queue.claim(worker, order(4), at(0))), [traits]);
    queue.pause(None, at(0));
    queue.resume(Some(TOPICS));
    assert!(queue.claim(worker, order(4), at(0)).is_empty());
    queue.resume(None);
    assert_eq!(queue.claim(worker, order(4), at(0)).len(), 1);
}

fn what_is_too_late_is_not_begun(mut queue: impl Queue) {
    let short = NewJob { expires_at: Some(at(100)), ..job(TOPICS, 1) };
    let id = new_id(queue.enqueue(short));
    assert!(queue.expire(at(99)).is_empty());
    let worker = queue.worker();
    assert!(queue.claim(worker, order(1), at(100)).is_empty());
    assert_eq!(queue.expire(at(100)), [id]);
    assert_eq!(state(&queue, id), JobState::Expired);
}

fn a_dead_job_can_be_retried(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(NewJob { max_attempts: 1, ..job(TOPICS, 1) }));
    assert_eq!(queue.retry(id, at(0)), Retried::Unfinished(JobState::Ready));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(0)).remove(0);
    queue.settle(&claimed, failed(at(9)), at(1));
    assert_eq!(queue.retry(id, at(5)), Retried::Ready);
    assert_eq!(queue.claim(worker, order(1), at(5))[0].job.attempt, 1);
    assert_eq!(queue.retry(99, at(5)), Retried::Missing);
}

fn a_job_called_off_writes_nothing(mut queue: impl Queue) {
    let id = new_id(queue.enqueue(job(TOPICS, 1)));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(0)).remove(0);
    assert_eq!(queue.cancel(id, at(1)), CalledOff::From(JobState::Running));
    assert_eq!(queue.settle(&claimed, Settlement::Done, at(2)), Settled::Lost);
    assert_eq!(queue.cancel(id, at(3)), CalledOff::Finished(JobState::Cancelled));
    assert_eq!(queue.cancel(99, at(3)), CalledOff::Missing);
}

fn a_clock_set_back_by_a_day_freezes_nothing(mut queue: impl Queue) {
    const DAY: i64 = 86_400_000;
    let tomorrow = |key| NewJob { run_at: at(DAY), created_at: at(DAY), ..job(TOPICS, key) };
    let waits = new_id(queue.enqueue(tomorrow(1)));
    let worker = queue.worker();
    let claimed = queue.claim(worker, order(1), at(DAY)).remove(0);
    queue.settle(&claimed, failed(at(DAY + 4_000)), at(DAY));
    let ready = new_id(queue.enqueue(tomorrow(2)));
    // The clock goes back. The wait begins afresh, with its length; what was ready still is.
    queue.follow_the_clock(at(0));
    let fresh = new_id(queue.enqueue(job(TRAITS, 3)));
    assert_eq!(ids(&queue.claim(worker, order(1), at(0))), [ready]);
    assert_eq!(ids(&queue.claim(worker, order(2), at(3_999))), [fresh]);
    assert_eq!(ids(&queue.claim(worker, order(1), at(4_000))), [waits]);
}

fn a_raised_priority_moves_a_job_up(mut queue: impl Queue) {
    let first = new_id(queue.enqueue(job(TOPICS, 1)));
    let second = new_id(queue.enqueue(job(TOPICS, 2)));
    queue.enqueue(NewJob { priority: 0, ..job(TOPICS, 2) });
    // Asking again at a lower urgency takes nothing back.
    queue.enqueue(NewJob { priority: 200, ..job(TOPICS, 2) });
    let worker = queue.worker();
    assert_eq!(ids(&queue.claim(worker, order(2), at(0))), [second, first]);
}

/// The error type is part of what a second store would share.
#[test]
fn an_unknown_worker_has_nothing_to_lose() {
    let store = Store::temporary().expect("a store");
    let rescued = store.write(move |tx| tx.rescue(OwnerId(5), None, at(0))).wait();
    assert_eq!(rescued.map(|rescued| rescued.ready), Ok::<_, StoreError>(0));
}
