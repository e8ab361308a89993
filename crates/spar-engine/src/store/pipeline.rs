//! What happened to jobs after they were asked for, as rows that somebody can watch.

use rusqlite::params;
use serde::{Deserialize, Serialize};
use spar_core::units::Timestamp;

use super::{Store, StoreError, WriteTransaction};

/// Something that happened to a job. That it was asked for is told by the job itself, and that its
/// time came by its `run_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineEvent {
    /// Its row.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// The job.
    pub job: i64,
    /// The job's kind.
    pub kind: String,
    /// The row the job is about: for kinds about a mission, the mission's.
    pub subject: i64,
    /// What happened: `started`, `done`, `again`, `failed`, `dead`, `snoozed`, `cancelled`,
    /// `handed_back`, `rescued`, `expired`, `retried`, `follow_up_failed` (after `dead` or `expired`:
    /// what should follow from that could not be written); of an analyzer also `stood_in` (the
    /// offline form in place of a model) and `mended` (in place of parts of its answer).
    pub transition: String,
    /// Which attempt it was.
    pub attempt: u32,
    /// Why, when there is more to say.
    pub detail: Option<String>,
}

/// Which job an event is about.
#[derive(Debug, Clone, Copy)]
pub struct EventJob<'a> {
    /// Its row.
    pub id: i64,
    /// Its kind.
    pub kind: &'a str,
    /// What it is about.
    pub subject: i64,
    /// Which attempt.
    pub attempt: u32,
}

impl Store {
    /// Events after the one named (0: from the first), oldest first, `most` of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pipeline_events(&self, after: i64, most: u32) -> Result<Vec<PipelineEvent>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(
                    "SELECT id, at, job_id, kind, subject, transition, attempt, detail \
                     FROM pipeline_event WHERE id > ?1 ORDER BY id LIMIT ?2",
                )
                .and_then(|mut found| found.query_map(params![after, most], event)?.collect())
                .map_err(|error| moment.error(&error))
        })
    }

    /// What happened to a job, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pipeline_events_of(&self, job: i64) -> Result<Vec<PipelineEvent>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(
                    "SELECT id, at, job_id, kind, subject, transition, attempt, detail \
                     FROM pipeline_event WHERE job_id = ?1 ORDER BY id",
                )
                .and_then(|mut found| found.query_map([job], event)?.collect())
                .map_err(|error| moment.error(&error))
        })
    }

    /// The newest event's row; 0 when there is none. Where to begin watching.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_pipeline_event(&self) -> Result<i64, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached("SELECT coalesce(max(id), 0) FROM pipeline_event")
                .and_then(|mut found| found.query_row([], |row| row.get(0)))
                .map_err(|error| moment.error(&error))
        })
    }
}

impl WriteTransaction<'_> {
    /// Notes what happened to a job.
    ///
    /// # Errors
    /// When the job is not there or the file cannot be written.
    pub fn note_pipeline_event(
        &self,
        job: EventJob<'_>,
        transition: &str,
        detail: Option<&str>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO pipeline_event \
                 (at, job_id, kind, subject, transition, attempt, detail) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    at.as_millis(),
                    job.id,
                    job.kind,
                    job.subject,
                    transition,
                    job.attempt,
                    detail,
                ])
            })
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }
}

fn event(row: &rusqlite::Row<'_>) -> rusqlite::Result<PipelineEvent> {
    Ok(PipelineEvent {
        id: row.get(0)?,
        at: Timestamp::from_millis(row.get(1)?),
        job: row.get(2)?,
        kind: row.get(3)?,
        subject: row.get(4)?,
        transition: row.get(5)?,
        attempt: row.get(6)?,
        detail: row.get(7)?,
    })
}
