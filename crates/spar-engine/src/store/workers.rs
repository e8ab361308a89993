//! Workers as rows, their heartbeat, and what becomes of the jobs of one that is gone.

use rusqlite::{OptionalExtension, params};
use spar_core::units::Timestamp;

use super::claims::OwnerId;
use super::jobs::{COLUMNS, from_row};
use super::pipeline::EventJob;
use super::{Job, Store, StoreError, WriteTransaction};
use crate::bell::Ring;

/// What a job that kept killing its workers died of.
const KILLED_ITS_WORKERS: &str = "its worker died or stood still each time";
/// What an expired job ended of.
const TOO_LATE: &str = "nobody came to it in time";

/// A worker that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorker {
    /// Its process.
    pub pid: u32,
    /// Which start of the machine it lives in, where that can be known.
    pub boot: Option<String>,
    /// The file it keeps locked while it lives.
    pub liveness: Option<String>,
}

/// A worker as its row tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRow {
    /// Who.
    pub id: OwnerId,
    /// Its process.
    pub pid: u32,
    /// Which start of the machine it lives in.
    pub boot: Option<String>,
    /// The file it keeps locked.
    pub liveness: Option<String>,
    /// Moves while it lives and has jobs.
    pub beat: i64,
    /// Jobs it has.
    pub running: u32,
}

/// What a rescue came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rescued {
    /// Jobs that are ready again.
    pub ready: u32,
    /// Jobs that have had all their attempts, as they now stand.
    pub dead: Vec<Job>,
}

impl Store {
    /// Workers that have jobs, or that left without a word.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn workers(&self) -> Result<Vec<WorkerRow>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(
                    "SELECT id, pid, boot, liveness, beat, \
                     (SELECT count(*) FROM job WHERE state = 'running' AND owner = worker.id) \
                     FROM worker ORDER BY id",
                )
                .and_then(|mut found| {
                    found
                        .query_map([], |row| {
                            Ok(WorkerRow {
                                id: OwnerId(row.get(0)?),
                                pid: row.get(1)?,
                                boot: row.get(2)?,
                                liveness: row.get(3)?,
                                beat: row.get(4)?,
                                running: row.get(5)?,
                            })
                        })?
                        .collect()
                })
                .map_err(|error| moment.error(&error))
        })
    }

    /// The tokens (id, claim) of the jobs a worker has. One that is missing was taken away.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn jobs_of_worker(&self, owner: OwnerId) -> Result<Vec<(i64, i64)>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached("SELECT id, claim FROM job WHERE state = 'running' AND owner = ?1")
                .and_then(|mut found| {
                    found.query_map([owner.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
                })
                .map_err(|error| moment.error(&error))
        })
    }

    /// The next moment at which a waiting job's time comes or is over.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_job_moment(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|moment| {
            let ask = |sql: &str| -> rusqlite::Result<Option<i64>> {
                moment.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
            };
            let times = || {
                Ok([
                    ask("SELECT min(run_at) FROM job WHERE state = 'scheduled'")?,
                    ask("SELECT min(expires_at) FROM job \
                         WHERE expires_at IS NOT NULL AND state IN ('ready', 'scheduled')")?,
                ])
            };
            let times = times().map_err(|error| moment.error(&error))?;
            Ok(times.into_iter().flatten().min().map(Timestamp::from_millis))
        })
    }
}

impl WriteTransaction<'_> {
    /// Enters a worker.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn enter_worker(&self, new: &NewWorker, at: Timestamp) -> Result<OwnerId, StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO worker (pid, boot, liveness, started_at, seen_at) \
                 VALUES (?1, ?2, ?3, ?4, ?4)",
            )
            .and_then(|mut insert| {
                insert.execute(params![new.pid, new.boot, new.liveness, at.as_millis()])
            })
            .map(|_| OwnerId(self.connection.last_insert_rowid()))
            .map_err(|error| self.error(&error))
    }

    /// Moves a worker's heart on, which renews the lease of everything it has.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn beat(&self, owner: OwnerId, at: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE worker SET beat = beat + 1, seen_at = ?2 WHERE id = ?1",
            &[&owner.0, &at.as_millis()],
        )
        .map(|_| ())
    }

    /// Takes a worker's jobs away from it: ready at once for others, or dead after their last
    /// attempt. With `seen_beat`, only if its heart has not moved on from there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn rescue(
        &self,
        owner: OwnerId,
        seen_beat: Option<i64>,
        at: Timestamp,
    ) -> Result<Rescued, StoreError> {
        let find = || {
            let beat: Option<i64> = self
                .connection
                .prepare_cached("SELECT beat FROM worker WHERE id = ?1")?
                .query_row([owner.0], |row| row.get(0))
                .optional()?;
            if seen_beat.is_some() && beat != seen_beat {
                return Ok(Vec::new());
            }
            self.connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM job WHERE state = 'running' AND owner = ?1 ORDER BY id"
                ))?
                .query_map([owner.0], from_row)?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        let jobs = find().map_err(|error| self.error(&error))?;
        let mut rescued = Rescued::default();
        for job in jobs {
            if job.attempt >= job.max_attempts {
                self.set_error(job.id, KILLED_ITS_WORKERS)?;
                let dead = self.bury(job.id, "dead", at)?;
                self.note_pipeline_event(
                    EventJob::of(&dead),
                    "dead",
                    Some(KILLED_ITS_WORKERS),
                    at,
                )?;
                rescued.dead.push(dead);
            } else {
                self.connection
                    .prepare_cached(
                        // It keeps its place in the line: it has waited longest.
                        "UPDATE job SET state = 'ready', owner = NULL, rerun = 0, \
                         rescued = rescued + 1 WHERE id = ?1",
                    )
                    .and_then(|mut statement| statement.execute([job.id]))
                    .map_err(|error| self.error(&error))?;
                self.note_pipeline_event(EventJob::of(&job), "rescued", None, at)?;
                self.ring(Ring::BOTH);
                rescued.ready += 1;
            }
        }
        Ok(rescued)
    }

    /// Takes a worker that is gone, and has no jobs, off the list.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remove_worker(&self, owner: OwnerId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM worker WHERE id = ?1 AND NOT EXISTS \
                 (SELECT 1 FROM job WHERE state = 'running' AND owner = ?1)",
            )
            .and_then(|mut statement| statement.execute([owner.0]))
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }

    /// Ends waiting jobs whose time is over, `most` of them, and says which.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn expire(&self, most: u32, at: Timestamp) -> Result<Vec<Job>, StoreError> {
        let ids: Vec<i64> = self
            .connection
            .prepare_cached(
                "SELECT id FROM job WHERE expires_at IS NOT NULL \
                 AND state IN ('ready', 'scheduled') AND expires_at <= ?1 \
                 ORDER BY expires_at LIMIT ?2",
            )
            .and_then(|mut found| {
                found.query_map(params![at.as_millis(), most], |row| row.get(0))?.collect()
            })
            .map_err(|error| self.error(&error))?;
        let mut expired = Vec::with_capacity(ids.len());
        for id in ids {
            self.set_error(id, TOO_LATE)?;
            let job = self.bury(id, "expired", at)?;
            self.note_pipeline_event(EventJob::of(&job), "expired", None, at)?;
            expired.push(job);
        }
        Ok(expired)
    }

    /// What a clock set back would leave behind in the line gets its place anew.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn follow_the_clock(&self, at: Timestamp) -> Result<(), StoreError> {
        self.put_back_in_line(at)
    }

    /// Notes that a job was given up, and that what should follow from that could not be written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_no_follow_up(
        &self,
        job: &Job,
        error: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.set_error(job.id, error)?;
        self.note_pipeline_event(EventJob::of(job), "follow_up_failed", Some(error), at)
    }

    pub(super) fn set_error(&self, id: i64, error: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE job SET last_error = ?2 WHERE id = ?1")
            .and_then(|mut statement| statement.execute(params![id, error]))
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }
}
