//! Jobs as whoever looks after them sees them: lists, figures, retry, cancel, pause, retention.

use std::time::Duration;

use rusqlite::{OptionalExtension, ToSql, params};
use serde::{Deserialize, Serialize};
use spar_core::job::JobKind;
use spar_core::job::policy::{self, AGEING_MS};
use spar_core::units::Timestamp;

use super::jobs::{COLUMNS, from_row};
use super::pipeline::EventJob;
use super::{
    Commit, Enqueued, Job, JobState, JobSubject, NewJob, Store, StoreError, WriteTransaction,
};
use crate::bell::Ring;

/// What stands for every kind among those paused.
const EVERY_KIND: &str = "*";

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only of this kind.
    pub kind: Option<JobKind>,
    /// At most so many, newest first.
    pub limit: u32,
}

/// What came of asking for a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// It is ready again, with all its attempts.
    Ready,
    /// The same work waits or runs already, as this job.
    Already(i64),
    /// It is not finished, so there is nothing to retry.
    Unfinished(JobState),
    /// There is no such job.
    Missing,
}

/// What came of calling a job off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledOff {
    /// It was in this state, and will not be done. A worker that has it writes nothing.
    From(JobState),
    /// It was finished already, so.
    Finished(JobState),
    /// There is no such job.
    Missing,
}

/// How one kind of job fares.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindStats {
    /// The kind's name.
    pub kind: String,
    /// Waits for a worker.
    pub ready: u32,
    /// Waits for its time.
    pub scheduled: u32,
    /// In work.
    pub running: u32,
    /// Done and not yet taken away.
    pub done: u32,
    /// Given up.
    pub dead: u32,
    /// Called off.
    pub cancelled: u32,
    /// Too late.
    pub expired: u32,
    /// How long the oldest ready one has waited since its time came, ms.
    pub oldest_ms: Option<u64>,
    /// Times one was taken from a worker that was gone.
    pub rescued: u32,
    /// Attempts after the first.
    pub retried: u32,
}

impl Store {
    /// Jobs, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM job WHERE (?1 IS NULL OR state = ?1) \
                     AND (?2 IS NULL OR kind = ?2) ORDER BY id DESC LIMIT ?3"
                ))
                .and_then(|mut found| {
                    let (state, kind) =
                        (filter.state.map(JobState::name), filter.kind.map(JobKind::name));
                    found.query_map(params![state, kind, filter.limit], from_row)?.collect()
                })
                .map_err(|error| moment.error(&error))
        })
    }

    /// A job, if there is one of this number.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn job(&self, id: i64) -> Result<Option<Job>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE id = ?1"))
                .and_then(|mut found| found.query_row([id], from_row).optional())
                .map_err(|error| moment.error(&error))
        })
    }

    /// How each kind fares, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn job_stats(&self, now: Timestamp) -> Result<Vec<KindStats>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(
                    "SELECT kind, sum(state = 'ready'), sum(state = 'scheduled'), \
                     sum(state = 'running'), sum(state = 'done'), sum(state = 'dead'), \
                     sum(state = 'cancelled'), sum(state = 'expired'), \
                     min(iif(state = 'ready', run_at, NULL)), sum(rescued), \
                     sum(max(attempt - 1, 0)) FROM job GROUP BY kind ORDER BY kind",
                )
                .and_then(|mut found| {
                    let stats = |row: &rusqlite::Row<'_>| {
                        let oldest: Option<i64> = row.get(8)?;
                        Ok(KindStats {
                            kind: row.get(0)?,
                            ready: row.get(1)?,
                            scheduled: row.get(2)?,
                            running: row.get(3)?,
                            done: row.get(4)?,
                            dead: row.get(5)?,
                            cancelled: row.get(6)?,
                            expired: row.get(7)?,
                            oldest_ms: oldest.map(|at| now.since(Timestamp::from_millis(at))),
                            rescued: row.get(9)?,
                            retried: row.get(10)?,
                        })
                    };
                    found.query_map([], stats)?.collect()
                })
                .map_err(|error| moment.error(&error))
        })
    }

    /// The kinds nobody may begin: `*` for all.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn paused_kinds(&self) -> Result<Vec<String>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached("SELECT kind FROM paused_kind ORDER BY kind")
                .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
                .map_err(|error| moment.error(&error))
        })
    }

    /// Nobody begins jobs of this kind (of any, when `None`) until it is resumed. Running ones go on.
    pub fn pause_jobs(&self, kind: Option<JobKind>, at: Timestamp) -> Commit<()> {
        self.write(move |transaction| {
            transaction
                .connection
                .prepare_cached("INSERT OR IGNORE INTO paused_kind (kind, at) VALUES (?1, ?2)")
                .and_then(|mut insert| {
                    insert.execute(params![kind.map_or(EVERY_KIND, JobKind::name), at.as_millis()])
                })
                .map(|_| ())
                .map_err(|error| transaction.error(&error))
        })
    }

    /// Takes a pause back; `None` takes back all of them.
    pub fn resume_jobs(&self, kind: Option<JobKind>) -> Commit<()> {
        self.write(move |transaction| {
            transaction
                .connection
                .prepare_cached("DELETE FROM paused_kind WHERE ?1 IS NULL OR kind = ?1")
                .and_then(|mut delete| delete.execute([kind.map(JobKind::name)]))
                .map_err(|error| transaction.error(&error))?;
            transaction.ring(Ring::WORK);
            Ok(())
        })
    }

    /// Makes a finished job ready again, with all its attempts.
    pub fn retry_job(&self, id: i64, at: Timestamp) -> Commit<Retried> {
        self.write(move |transaction| transaction.retry_job(id, at))
    }

    /// Retries every dead job (of a kind). Answers how many are ready again.
    pub fn retry_dead_jobs(&self, kind: Option<JobKind>, at: Timestamp) -> Commit<u32> {
        self.write(move |transaction| {
            let ids: Vec<i64> = transaction
                .connection
                .prepare_cached(
                    "SELECT id FROM job WHERE state = 'dead' AND (?1 IS NULL OR kind = ?1) \
                     ORDER BY id",
                )
                .and_then(|mut found| {
                    found.query_map([kind.map(JobKind::name)], |row| row.get(0))?.collect()
                })
                .map_err(|error| transaction.error(&error))?;
            let mut ready = 0;
            for id in ids {
                ready += u32::from(transaction.retry_job(id, at)? == Retried::Ready);
            }
            Ok(ready)
        })
    }

    /// Calls a job off. One that runs is dropped by its worker, and nothing of it is written.
    pub fn cancel_job(&self, id: i64, at: Timestamp) -> Commit<CalledOff> {
        self.write(move |transaction| {
            let Some(job) = transaction.job(id)? else { return Ok(CalledOff::Missing) };
            if job.finished_at.is_some() {
                return Ok(CalledOff::Finished(job.state));
            }
            transaction.run(
                "UPDATE job SET state = 'cancelled', owner = NULL, rerun = 0, finished_at = ?2 \
                 WHERE id = ?1",
                &[&id, &at.as_millis()],
            )?;
            let event = EventJob::of(&job);
            transaction.note_pipeline_event(event, "cancelled", Some("called off"), at)?;
            transaction.ring(Ring::BOTH);
            Ok(CalledOff::From(job.state))
        })
    }
}

impl WriteTransaction<'_> {
    /// A job, if there is one of this number.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn job(&self, id: i64) -> Result<Option<Job>, StoreError> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE id = ?1"))
            .and_then(|mut found| found.query_row([id], from_row).optional())
            .map_err(|error| self.error(&error))
    }

    /// Asks for work that is done once in each period, unless that was done for this period. What was
    /// missed meanwhile is made up for once. A clock set back costs one period at the most.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn enqueue_periodic(
        &self,
        kind: JobKind,
        every: Duration,
        priority: i64,
        at: Timestamp,
    ) -> Result<Option<Enqueued>, StoreError> {
        let period = policy::period(at, every);
        let last: Option<i64> = self
            .connection
            .prepare_cached("SELECT period FROM schedule WHERE kind = ?1")
            .and_then(|mut found| found.query_row([kind.name()], |row| row.get(0)).optional())
            .map_err(|error| self.error(&error))?;
        if last == Some(period) {
            return Ok(None);
        }
        self.run(
            "INSERT INTO schedule (kind, period) VALUES (?1, ?2) \
             ON CONFLICT (kind) DO UPDATE SET period = excluded.period",
            &[&kind.name(), &period],
        )?;
        if last.is_some_and(|last| last > period) {
            return Ok(None);
        }
        self.enqueue(&NewJob {
            kind,
            subject: JobSubject::Row(0),
            key: 0,
            priority,
            run_at: at,
            expires_at: None,
            max_attempts: policy::ATTEMPTS,
            created_at: at,
            payload: "{}".to_owned(),
        })
        .map(Some)
    }

    /// Takes away jobs finished before a moment, `most` of them, with what happened to them; dead ones
    /// are kept until `dead_before`. Answers how many went.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sweep_jobs(
        &self,
        before: Timestamp,
        dead_before: Timestamp,
        most: u32,
    ) -> Result<u32, StoreError> {
        let rows = self.run(
            "DELETE FROM job WHERE id IN (SELECT id FROM job \
             WHERE finished_at IS NOT NULL AND finished_at < ?1 \
             AND (state <> 'dead' OR finished_at < ?2) ORDER BY finished_at LIMIT ?3)",
            &[&before.as_millis(), &dead_before.as_millis(), &most],
        )?;
        Ok(u32::try_from(rows).unwrap_or(u32::MAX))
    }

    fn retry_job(&self, id: i64, at: Timestamp) -> Result<Retried, StoreError> {
        let Some(job) = self.job(id)? else { return Ok(Retried::Missing) };
        if job.finished_at.is_none() {
            return Ok(Retried::Unfinished(job.state));
        }
        let same: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT id FROM job \
                 WHERE subject = ?1 AND kind = ?2 AND key = ?3 AND finished_at IS NULL",
            )
            .and_then(|mut found| {
                found
                    .query_row(params![job.subject, job.kind, job.key], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.error(&error))?;
        if let Some(same) = same {
            return Ok(Retried::Already(same));
        }
        self.run(
            "UPDATE job SET state = 'ready', attempt = 0, rerun = 0, finished_at = NULL, \
             expires_at = NULL, run_at = ?2, waits_since = ?2, due = ?2 + priority * ?3 \
             WHERE id = ?1",
            &[&id, &at.as_millis(), &AGEING_MS],
        )?;
        self.note_pipeline_event(EventJob::of(&job), "retried", None, at)?;
        self.ring(Ring::WORK);
        Ok(Retried::Ready)
    }

    /// Runs a statement and answers how many rows it changed.
    pub(super) fn run(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(|error| self.error(&error))
    }
}
