//! The one job table: putting work into it and looking at it.

use std::sync::OnceLock;

use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};
use spar_core::ids::MissionId;
use spar_core::job::policy::{self, AGEING_MS, ATTEMPTS, LEAST_URGENT};
use spar_core::job::{DeepAnalysis, JobKind, priority};
use spar_core::units::Timestamp;

use super::read::Snapshot;
use super::{Commit, Store, StoreError, WriteTransaction};
use crate::bell::Ring;

/// What a [`Job`] is read from.
pub(super) const COLUMNS: &str = "id, kind, subject, key, state, priority, run_at, expires_at, attempt, \
     max_attempts, claim, rerun, rescued, last_error, created_at, finished_at, payload";

/// Kinds whose subject is a mission: their jobs go with it.
pub(super) fn mission_kinds() -> impl Iterator<Item = JobKind> {
    JobKind::all().filter(|kind| kind.is_about_a_mission())
}

/// Work to be done later.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// What kind of work.
    pub kind: JobKind,
    /// What it is about.
    pub subject: JobSubject,
    /// Tells apart jobs of one kind about one subject.
    pub key: i64,
    /// 0 runs first.
    pub priority: i64,
    /// Not before this.
    pub run_at: Timestamp,
    /// Not after this.
    pub expires_at: Option<Timestamp>,
    /// Tries it gets.
    pub max_attempts: u32,
    /// When it was decided.
    pub created_at: Timestamp,
    /// What the worker needs to know, as JSON.
    pub payload: String,
}

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobSubject {
    /// A mission, which must be there.
    Mission(MissionId),
    /// A row the caller knows by its number; 0 for the database as a whole.
    Row(i64),
}

/// What became of a request for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// A job of its own.
    New(i64),
    /// The same work already waits; it now carries the newer payload.
    Refreshed(i64),
    /// The same work is being done right now and will be done once more afterwards.
    RunsAgain(i64),
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker.
    Ready,
    /// Waits for its time.
    Scheduled,
    /// A worker has it.
    Running,
    /// Done.
    Done,
    /// Given up.
    Dead,
    /// Called off.
    Cancelled,
    /// Its time was over before anyone came to it.
    Expired,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Ready,
        Self::Scheduled,
        Self::Running,
        Self::Done,
        Self::Dead,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its row.
    pub id: i64,
    /// The kind's name.
    pub kind: String,
    /// The row it is about.
    pub subject: i64,
    /// Tells apart jobs of one kind about one subject.
    pub key: i64,
    /// Where it stands.
    pub state: JobState,
    /// 0 runs first.
    pub priority: i64,
    /// Not before this.
    pub run_at: Timestamp,
    /// Not after this.
    pub expires_at: Option<Timestamp>,
    /// Tries so far.
    pub attempt: u32,
    /// Tries it gets.
    pub max_attempts: u32,
    /// Times it was claimed; with the id, the token of whoever has it.
    pub claim: i64,
    /// It is to be done once more after the present run.
    pub rerun: bool,
    /// Times it was taken from a worker that was gone.
    pub rescued: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
    /// What the worker needs to know, as JSON.
    pub payload: String,
}

impl Store {
    /// Asks for work.
    pub fn enqueue(&self, job: NewJob) -> Commit<Enqueued> {
        self.write_enqueue(job)
    }

    /// The jobs about a mission, oldest first.
    ///
    /// # Errors
    /// When the mission is not there or the file cannot be read.
    pub fn jobs_of(&self, mission: MissionId) -> Result<Vec<Job>, StoreError> {
        self.read(|moment| {
            let row = moment.mission_row(mission)?;
            moment.jobs_about(row)
        })
    }

    /// How many jobs are in each state, those with none left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn job_counts(&self) -> Result<Vec<(JobState, u32)>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached("SELECT state, count(*) FROM job GROUP BY state")
                .and_then(|mut statement| {
                    statement.query_map([], |row| Ok((state(row, 0)?, row.get(1)?)))?.collect()
                })
                .map_err(|error| moment.error(&error))
        })
    }
}

impl WriteTransaction<'_> {
    /// Asks for work in the transaction of whatever it is about.
    ///
    /// # Errors
    /// When its mission is not there or the file cannot be written.
    pub fn enqueue(&self, job: &NewJob) -> Result<Enqueued, StoreError> {
        let subject = match job.subject {
            JobSubject::Mission(mission) => self.mission_row(mission)?,
            JobSubject::Row(row) => row,
        };
        self.enqueue_about(subject, job)
    }

    /// Study the turns of a mission, sooner when it is over. A job that still waits takes the newer
    /// payload.
    pub(super) fn enqueue_deep_analysis(
        &self,
        mission: i64,
        analysis: &DeepAnalysis,
        payload: String,
        is_over: bool,
    ) -> Result<Enqueued, StoreError> {
        let at = analysis.created_at;
        let expiry = at.as_millis().saturating_add_unsigned(policy::TURN_EXPIRY.as_millis() as u64);
        let job = NewJob {
            kind: JobKind::DeepAnalysis,
            subject: JobSubject::Row(mission),
            key: 0,
            priority: if is_over { priority::ENDED } else { priority::BEHIND_THE_CHAT },
            run_at: at,
            // The end of the mission makes up for turns that nobody studied in time.
            expires_at: (!is_over).then_some(Timestamp::from_millis(expiry)),
            max_attempts: ATTEMPTS,
            created_at: at,
            payload,
        };
        // Every turn asks for this, so that it waits already far more often than not.
        let enqueued = match self.refresh(mission, &job).map_err(|error| self.error(&error))? {
            Some(enqueued) => enqueued,
            None => return self.enqueue_about(mission, &job),
        };
        self.ring(Ring::WORK);
        Ok(enqueued)
    }

    fn enqueue_about(&self, subject: i64, job: &NewJob) -> Result<Enqueued, StoreError> {
        let work = || {
            let mut insert = self.connection.prepare_cached(insert_one())?;
            let added = insert.execute(NewRow::of(subject, job).values())?;
            if added == 1 {
                return Ok(Enqueued::New(self.connection.last_insert_rowid()));
            }
            // Nothing comes between the two statements of a transaction.
            self.refresh(subject, job)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
        };
        let enqueued = work().map_err(|error| self.error(&error))?;
        self.ring(Ring::WORK);
        Ok(enqueued)
    }

    /// Hands a newer payload to the same work where it waits or is being done; `None` when it does
    /// neither. Attempts already counted stay counted: asking again must not let a job that kills
    /// its worker start afresh for ever.
    fn refresh(&self, subject: i64, job: &NewJob) -> rusqlite::Result<Option<Enqueued>> {
        // Plain statements: RETURNING would build a temporary table for its one row.
        let found: Option<(i64, bool, bool)> = self
            .connection
            .prepare_cached(
                "SELECT id, state = 'running', priority > ?4 FROM job \
                 WHERE subject = ?1 AND kind = ?2 AND key = ?3 AND finished_at IS NULL",
            )?
            .query_row(params![subject, job.kind.name(), job.key, priority_of(job)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, is_running, is_sooner)) = found else { return Ok(None) };
        let expires_at = job.expires_at.map(Timestamp::as_millis);
        if is_sooner {
            self.connection
                .prepare_cached(
                    "UPDATE job SET payload = ?2, expires_at = ?3, rerun = ?4, priority = ?5, \
                     due = due - (priority - ?5) * ?6 WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    job.payload,
                    expires_at,
                    is_running,
                    priority_of(job),
                    AGEING_MS,
                ])?;
        } else {
            // The place in the line stays, and its index need not be touched.
            self.connection
                .prepare_cached(
                    "UPDATE job SET payload = ?2, expires_at = ?3, rerun = ?4 WHERE id = ?1",
                )?
                .execute(params![id, job.payload, expires_at, is_running])?;
        }
        Ok(Some(if is_running { Enqueued::RunsAgain(id) } else { Enqueued::Refreshed(id) }))
    }
}

/// How a new job's statement begins, the values of a row, and how it ends.
pub(super) const INSERT: &str = "INSERT INTO job (kind, subject, key, state, priority, due, run_at, \
     waits_since, expires_at, max_attempts, created_at, payload)";
pub(super) const INSERT_VALUES: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
pub(super) const ON_CONFLICT: &str =
    "ON CONFLICT (subject, kind, key) WHERE finished_at IS NULL DO NOTHING";

/// The statement for one.
fn insert_one() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| format!("{INSERT} VALUES {INSERT_VALUES} {ON_CONFLICT}"))
}

/// A new job's row.
pub(super) struct NewRow<'a> {
    job: &'a NewJob,
    subject: i64,
    priority: i64,
    due: i64,
    created_at: i64,
    run_at: i64,
    expires_at: Option<i64>,
    kind: &'static str,
    state: &'static str,
}

impl<'a> NewRow<'a> {
    pub(super) fn of(subject: i64, job: &'a NewJob) -> Self {
        let priority = priority_of(job);
        let waits = job.run_at > job.created_at;
        Self {
            job,
            subject,
            priority,
            due: policy::due(priority, job.created_at),
            created_at: job.created_at.as_millis(),
            run_at: job.run_at.as_millis(),
            expires_at: job.expires_at.map(Timestamp::as_millis),
            kind: job.kind.name(),
            state: if waits { JobState::Scheduled } else { JobState::Ready }.name(),
        }
    }

    /// In the order of the statement.
    pub(super) fn values(&self) -> [&dyn ToSql; 12] {
        [
            &self.kind,
            &self.subject,
            &self.job.key,
            &self.state,
            &self.priority,
            &self.due,
            &self.run_at,
            &self.created_at,
            &self.expires_at,
            &self.job.max_attempts,
            &self.created_at,
            &self.job.payload,
        ]
    }
}

fn priority_of(job: &NewJob) -> i64 {
    job.priority.clamp(0, LEAST_URGENT)
}

impl Snapshot<'_> {
    pub(super) fn jobs_about(&self, mission: i64) -> Result<Vec<Job>, StoreError> {
        let read = || {
            let mut jobs = Vec::new();
            for kind in mission_kinds() {
                let mut statement = self.connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM job WHERE subject = ?1 AND kind = ?2 ORDER BY id"
                ))?;
                for job in statement.query_map(params![mission, kind.name()], from_row)? {
                    jobs.push(job?);
                }
            }
            Ok(jobs)
        };
        read().map_err(|error| self.error(&error))
    }
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<JobState> {
    let name: String = row.get(column)?;
    JobState::ALL.into_iter().find(|state| state.name() == name).ok_or_else(|| {
        rusqlite::Error::InvalidColumnType(column, name, rusqlite::types::Type::Text)
    })
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        subject: row.get(2)?,
        key: row.get(3)?,
        state: state(row, 4)?,
        priority: row.get(5)?,
        run_at: Timestamp::from_millis(row.get(6)?),
        expires_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
        attempt: row.get(8)?,
        max_attempts: row.get(9)?,
        claim: row.get(10)?,
        rerun: row.get(11)?,
        rescued: row.get(12)?,
        last_error: row.get(13)?,
        created_at: Timestamp::from_millis(row.get(14)?),
        finished_at: row.get::<_, Option<i64>>(15)?.map(Timestamp::from_millis),
        payload: row.get(16)?,
    })
}
