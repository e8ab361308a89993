//! The queue as one would write it without a database or a thought for speed: a list that is
//! searched from end to end. What the store does is compared with it.

use std::collections::HashSet;

use spar_core::job::JobKind;
use spar_core::job::policy::{self, AGEING_MS, LEAST_URGENT};
use spar_core::units::Timestamp;
use spar_engine::store::{
    CalledOff, ClaimOrder, Claimed, Enqueued, Job, JobState, JobSubject, NewJob, OwnerId, Retried,
    Settled, Settlement,
};

use crate::conformance::Queue;

#[derive(Default)]
pub(crate) struct Model {
    rows: Vec<Row>,
    workers: i64,
    last_id: i64,
    paused: HashSet<String>,
}

#[derive(Clone)]
struct Row {
    job: Job,
    due: i64,
    waits_since: Timestamp,
    owner: Option<OwnerId>,
}

impl Row {
    fn is_unfinished(&self) -> bool {
        self.job.finished_at.is_none()
    }

    fn is_same_work(&self, other: &Job) -> bool {
        let id = |job: &Job| (job.subject, job.kind.clone(), job.key);
        id(&self.job) == id(other)
    }

    fn make_ready(&mut self, since: Timestamp) {
        self.job.state = JobState::Ready;
        self.job.rerun = false;
        self.owner = None;
        self.due = since.as_millis() + self.job.priority * AGEING_MS;
    }

    fn begin_anew(&mut self, at: Timestamp) {
        self.job.attempt = 0;
        self.job.run_at = at;
        self.waits_since = at;
        self.make_ready(at);
    }

    fn wait_until(&mut self, until: Timestamp, at: Timestamp) {
        self.job.state = JobState::Scheduled;
        self.job.rerun = false;
        self.job.run_at = until;
        self.waits_since = at;
        self.owner = None;
    }
}

impl Model {
    fn row(&mut self, id: i64) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.job.id == id)
    }

    fn add(&mut self, job: Job, due: i64, waits_since: Timestamp) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        self.rows.push(Row { job: Job { id, ..job }, due, waits_since, owner: None });
        id
    }

    fn end(&mut self, id: i64, state: JobState, error: Option<&str>, at: Timestamp) -> Job {
        let row = self.row(id).expect("a row");
        row.job.state = state;
        row.job.finished_at = Some(at);
        row.owner = None;
        if let Some(error) = error {
            row.job.last_error = Some(error.to_owned());
        }
        let ended = row.job.clone();
        if ended.rerun && state != JobState::Done {
            let next = Job {
                state: JobState::Ready,
                run_at: at,
                attempt: 0,
                claim: 0,
                rerun: false,
                rescued: 0,
                last_error: None,
                created_at: at,
                finished_at: None,
                ..ended.clone()
            };
            self.add(next, at.as_millis() + ended.priority * AGEING_MS, at);
        }
        ended
    }

    fn next(&self, order: &ClaimOrder, at: Timestamp) -> Option<i64> {
        let is_running = |row: &&Row| row.job.state == JobState::Running;
        let may_run = |row: &&Row| {
            let Ok(kind) = row.job.kind.parse::<JobKind>() else { return false };
            let of_kind = |other: &&Row| other.job.kind == row.job.kind;
            let running = || self.rows.iter().filter(is_running).filter(of_kind);
            row.job.state == JobState::Ready
                && order.kinds.contains(&kind)
                && !self.paused.contains("*")
                && !self.paused.contains(&row.job.kind)
                && row.job.expires_at.is_none_or(|expires_at| expires_at > at)
                && order.limits.get(&kind).is_none_or(|limit| running().count() < *limit)
                && (row.job.subject == 0
                    || !running().any(|other| other.job.subject == row.job.subject))
        };
        let found = self.rows.iter().filter(may_run).min_by_key(|row| (row.due, row.job.id));
        found.map(|row| row.job.id)
    }
}

impl Queue for Model {
    fn enqueue(&mut self, new: NewJob) -> Enqueued {
        let JobSubject::Row(subject) = new.subject else { panic!("the model has no missions") };
        let priority = new.priority.clamp(0, LEAST_URGENT);
        let waits = new.run_at > new.created_at;
        let job = Job {
            id: 0,
            kind: new.kind.name().to_owned(),
            subject,
            key: new.key,
            state: if waits { JobState::Scheduled } else { JobState::Ready },
            priority,
            run_at: new.run_at,
            expires_at: new.expires_at,
            attempt: 0,
            max_attempts: new.max_attempts,
            claim: 0,
            rerun: false,
            rescued: 0,
            last_error: None,
            created_at: new.created_at,
            finished_at: None,
            payload: new.payload,
        };
        let same = self.rows.iter_mut().find(|row| row.is_unfinished() && row.is_same_work(&job));
        let Some(row) = same else {
            let due = policy::due(priority, new.created_at);
            return Enqueued::New(self.add(job, due, new.created_at));
        };
        // Numbers are not promised to be without gaps; the store leaves one here.
        self.last_id += 1;
        row.due -= (row.job.priority - priority).max(0) * AGEING_MS;
        row.job.priority = row.job.priority.min(priority);
        row.job.payload = job.payload;
        row.job.expires_at = job.expires_at;
        row.job.rerun = row.job.state == JobState::Running;
        let id = row.job.id;
        if row.job.rerun { Enqueued::RunsAgain(id) } else { Enqueued::Refreshed(id) }
    }

    fn worker(&mut self) -> OwnerId {
        self.workers += 1;
        OwnerId(self.workers)
    }

    fn claim(&mut self, owner: OwnerId, order: ClaimOrder, at: Timestamp) -> Vec<Claimed> {
        for row in self.rows.iter_mut().filter(|row| row.job.state == JobState::Scheduled) {
            if let Some(run_at) = policy::retimed(row.waits_since, row.job.run_at, at) {
                (row.job.run_at, row.waits_since) = (run_at, at);
            }
            if row.job.run_at <= at {
                row.make_ready(row.job.run_at);
            }
        }
        let mut claimed = Vec::new();
        while claimed.len() < order.most
            && let Some(id) = self.next(&order, at)
        {
            let row = self.row(id).expect("a row");
            row.job.state = JobState::Running;
            row.job.attempt += 1;
            row.job.claim += 1;
            row.owner = Some(owner);
            let kind = row.job.kind.parse().expect("a kind");
            claimed.push(Claimed { job: row.job.clone(), kind, owner });
        }
        claimed
    }

    fn settle(&mut self, claimed: &Claimed, settlement: Settlement, at: Timestamp) -> Settled {
        let (id, claim) = (claimed.job.id, claimed.job.claim);
        let Some(row) = self.row(id) else { return Settled::Lost };
        if row.job.state != JobState::Running || row.job.claim != claim {
            return Settled::Lost;
        }
        match settlement {
            Settlement::Done | Settlement::Cancelled { .. } if row.job.rerun => {
                row.begin_anew(at);
                Settled::Again
            }
            Settlement::Done => {
                self.end(id, JobState::Done, None, at);
                Settled::Done
            }
            Settlement::Cancelled { reason } => {
                self.end(id, JobState::Cancelled, Some(&reason), at);
                Settled::Cancelled
            }
            Settlement::Failed { error, .. } if row.job.attempt >= row.job.max_attempts => {
                Settled::Dead(Box::new(self.end(id, JobState::Dead, Some(&error), at)))
            }
            Settlement::Failed { error, retry_at } => {
                row.wait_until(retry_at, at);
                row.job.last_error = Some(error);
                Settled::Retries
            }
            Settlement::Snoozed { until, .. } => {
                row.wait_until(until, at);
                row.job.attempt -= 1;
                Settled::Snoozed
            }
            Settlement::HandedBack => {
                row.job.state = JobState::Ready;
                row.job.rerun = false;
                row.job.attempt -= 1;
                row.owner = None;
                Settled::HandedBack
            }
        }
    }

    fn rescue(&mut self, owner: OwnerId, at: Timestamp) -> (u32, Vec<i64>) {
        let lost: Vec<i64> =
            self.rows.iter().filter(|row| row.owner == Some(owner)).map(|row| row.job.id).collect();
        let (mut ready, mut dead) = (0, Vec::new());
        for id in lost {
            let row = self.row(id).expect("a row");
            if row.job.attempt >= row.job.max_attempts {
                let error = "its worker died or stood still each time";
                self.end(id, JobState::Dead, Some(error), at);
                dead.push(id);
            } else {
                row.job.state = JobState::Ready;
                row.job.rerun = false;
                row.job.rescued += 1;
                row.owner = None;
                ready += 1;
            }
        }
        (ready, dead)
    }

    fn expire(&mut self, at: Timestamp) -> Vec<i64> {
        let late: Vec<i64> = self
            .rows
            .iter()
            .filter(|row| matches!(row.job.state, JobState::Ready | JobState::Scheduled))
            .filter(|row| row.job.expires_at.is_some_and(|expires_at| expires_at <= at))
            .map(|row| row.job.id)
            .collect();
        for id in &late {
            self.end(*id, JobState::Expired, Some("nobody came to it in time"), at);
        }
        late
    }

    fn follow_the_clock(&mut self, at: Timestamp) {
        for row in self.rows.iter_mut().filter(|row| row.job.state == JobState::Ready) {
            if row.due > policy::due(LEAST_URGENT, at) {
                row.make_ready(at);
            }
        }
    }

    fn pause(&mut self, kind: Option<JobKind>, _: Timestamp) {
        self.paused.insert(kind.map_or("*", JobKind::name).to_owned());
    }

    fn resume(&mut self, kind: Option<JobKind>) {
        self.paused.retain(|paused| kind.is_some_and(|kind| kind.name() != paused));
    }

    fn retry(&mut self, id: i64, at: Timestamp) -> Retried {
        let Some(job) = self.row(id).map(|row| row.job.clone()) else { return Retried::Missing };
        if job.finished_at.is_none() {
            return Retried::Unfinished(job.state);
        }
        let same = self.rows.iter().find(|row| row.is_unfinished() && row.is_same_work(&job));
        if let Some(same) = same {
            return Retried::Already(same.job.id);
        }
        let row = self.row(id).expect("a row");
        row.job.finished_at = None;
        row.job.expires_at = None;
        row.begin_anew(at);
        Retried::Ready
    }

    fn cancel(&mut self, id: i64, at: Timestamp) -> CalledOff {
        let Some(row) = self.row(id) else { return CalledOff::Missing };
        let state = row.job.state;
        if row.job.finished_at.is_some() {
            return CalledOff::Finished(state);
        }
        row.job.rerun = false;
        self.end(id, JobState::Cancelled, None, at);
        CalledOff::From(state)
    }

    fn all(&self) -> Vec<Job> {
        self.rows.iter().map(|row| row.job.clone()).collect()
    }
}
