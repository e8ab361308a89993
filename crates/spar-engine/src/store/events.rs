//! Events: appended in one transaction with everything that must not exist without them.

use std::path::Path;

use rusqlite::{OptionalExtension, params};
use spar_core::ids::MissionId;
use spar_core::job::DeepAnalysis;
use spar_core::mission::MissionEvent;
use spar_core::rules::Ending;
use spar_core::units::Timestamp;

use super::missions::{MissionSummaryUpdate, not_found};
use super::read::Snapshot;
use super::{Commit, MissionStatus, PromptRun, Store, StoreError, WriteTransaction};

/// What is committed together with events: no reply without its job, no job without its reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Outbox {
    /// Where the mission now stands.
    pub summary: MissionSummaryUpdate,
    /// Work that the events give rise to.
    pub deep_analysis: Option<DeepAnalysis>,
    /// The call that brought the reply.
    pub prompt_run: Option<PromptRun>,
}

impl Outbox {
    /// Nothing but where the mission now stands.
    #[must_use]
    pub fn summary_only(summary: MissionSummaryUpdate) -> Self {
        Self { summary, deep_analysis: None, prompt_run: None }
    }
}

impl Store {
    /// Appends events at position `expected_seq` (the number of events the caller knows of), with
    /// everything in the outbox, or nothing at all. Answers the next position.
    ///
    /// Fails with [`StoreError::Conflict`] when somebody else went on with the mission.
    pub fn append(
        &self,
        mission: MissionId,
        expected_seq: u32,
        events: &[MissionEvent],
        outbox: Outbox,
    ) -> Commit<u32> {
        // Everything that can be done before the line is done before the line.
        let prepare = || {
            let bodies = EventBody::all(events, outbox.summary.at, self.path())?;
            let analysis = outbox
                .deep_analysis
                .map(|analysis| to_json(&analysis, self.path()).map(|json| (analysis, json)))
                .transpose()?;
            Ok((bodies, analysis))
        };
        let (bodies, analysis) = match prepare() {
            Ok(prepared) => prepared,
            Err(error) => return Commit::failed(error),
        };
        let (summary, prompt_run) = (outbox.summary, outbox.prompt_run);
        self.write(move |transaction| {
            let next_seq = expected_seq + bodies.len() as u32;
            let row = transaction.advance(mission, expected_seq, next_seq, &summary)?;
            transaction.insert_events(row, expected_seq, &bodies)?;
            if let Some((analysis, json)) = analysis {
                let is_over = summary.status == MissionStatus::Ended;
                transaction.enqueue_deep_analysis(row, &analysis, json, is_over)?;
            }
            if let Some(run) = prompt_run {
                transaction.note_prompt_run(Some(row), &run)?;
            }
            Ok(next_seq)
        })
    }

    /// Shows the events of a mission from position `from` on, one at a time: the way to read a very
    /// long one without holding it in memory.
    ///
    /// # Errors
    /// When the mission is not there, or an event cannot be read back; those before it were shown.
    pub fn each_event(
        &self,
        mission: MissionId,
        from: u32,
        see: impl FnMut(u32, MissionEvent),
    ) -> Result<(), StoreError> {
        self.read(|moment| {
            let row = moment.mission_row(mission)?;
            moment.each_event(row, from, see)
        })
    }
}

impl WriteTransaction<'_> {
    /// Moves the mission's row on, if it stands where the caller thinks it does.
    pub(super) fn advance(
        &self,
        mission: MissionId,
        expected_seq: u32,
        next_seq: u32,
        summary: &MissionSummaryUpdate,
    ) -> Result<i64, StoreError> {
        let public_id = mission.to_string();
        // Two plain statements: RETURNING would build a temporary table for its one row.
        let status = summary.status.name();
        let found: Option<(i64, u32, bool)> = self
            .connection
            .prepare_cached("SELECT id, next_seq, status = ?2 FROM mission WHERE public_id = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([public_id.as_str(), status], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })
                    .optional()
            })
            .map_err(|error| self.error(&error))?;
        let Some((row, found, stays)) = found else {
            return Err(not_found(self.path(), &public_id));
        };
        if found != expected_seq {
            return Err(StoreError::Conflict {
                path: self.path().to_path_buf(),
                mission: public_id,
                expected: expected_seq,
                found,
            });
        }
        let has_ended = summary.status == MissionStatus::Ended;
        let score = summary.score.map(|score| (score.get() * 10.0).round() as i64);
        let (turns, at) = (summary.turns.0, summary.at.as_millis());
        // Most appends leave the status as it is. Not naming it spares them its check and the
        // indexes that ask for it, which is most of what the change would cost.
        let changed = if stays && !has_ended {
            self.connection
                .prepare_cached(
                    "UPDATE mission SET next_seq = ?2, turns = ?3, score_tenths = ?4, \
                     last_at = ?5 WHERE id = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![row, next_seq, turns, score, at])
                })
        } else {
            self.connection
                .prepare_cached(
                    "UPDATE mission SET next_seq = ?2, turns = ?3, score_tenths = ?4, \
                     last_at = ?5, status = ?6, ending = ?7, ended_at = ?8 WHERE id = ?1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        row,
                        next_seq,
                        turns,
                        score,
                        at,
                        status,
                        summary.ending.map(Ending::name),
                        has_ended.then_some(at),
                    ])
                })
        };
        changed.map_err(|error| self.error(&error))?;
        Ok(row)
    }

    pub(super) fn insert_events(
        &self,
        mission: i64,
        first_seq: u32,
        bodies: &[EventBody],
    ) -> Result<(), StoreError> {
        let insert = || {
            let mut statement = self.connection.prepare_cached(
                "INSERT INTO mission_event (mission_id, seq, kind, turn, at, body) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for (seq, body) in (first_seq..).zip(bodies) {
                statement
                    .execute(params![mission, seq, body.kind, body.turn, body.at, body.json])?;
            }
            Ok(())
        };
        insert().map_err(|error| self.error(&error))
    }
}

impl Snapshot<'_> {
    pub(super) fn each_event(
        &self,
        mission: i64,
        from: u32,
        mut see: impl FnMut(u32, MissionEvent),
    ) -> Result<(), StoreError> {
        let unreadable = |seq: u32, reason: String| StoreError::Unreadable {
            path: self.path().to_path_buf(),
            what: format!("event {seq} of mission row {mission}"),
            reason,
        };
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT seq, body FROM mission_event WHERE mission_id = ?1 AND seq >= ?2 \
                 ORDER BY seq",
            )
            .map_err(|error| self.error(&error))?;
        let mut rows =
            statement.query(params![mission, from]).map_err(|error| self.error(&error))?;
        let mut expected = from;
        while let Some(row) = rows.next().map_err(|error| self.error(&error))? {
            let seq: u32 = row.get(0).map_err(|error| self.error(&error))?;
            if seq != expected {
                return Err(unreadable(expected, "it is not there".to_owned()));
            }
            // Borrowed from SQLite's page, so that a long mission is not copied first.
            let body = row
                .get_ref(1)
                .ok()
                .and_then(|value| value.as_str().ok())
                .ok_or_else(|| unreadable(seq, "it is no text".to_owned()))?;
            let event =
                serde_json::from_str(body).map_err(|error| unreadable(seq, error.to_string()))?;
            see(seq, event);
            expected += 1;
        }
        Ok(())
    }
}

/// An event as its row holds it.
pub(super) struct EventBody {
    kind: &'static str,
    turn: u32,
    at: i64,
    json: String,
}

impl EventBody {
    /// Prepares events; `at` dates those without a time of their own.
    pub(super) fn all(
        events: &[MissionEvent],
        at: Timestamp,
        path: &Path,
    ) -> Result<Vec<Self>, StoreError> {
        events.iter().map(|event| Self::of(event, at, path)).collect()
    }

    /// Prepares a whole mission at once: events without a time of their own happened together with
    /// the next one that has one, as in play; `end` dates those after the last.
    pub(super) fn whole_mission(
        events: &[MissionEvent],
        end: Timestamp,
        path: &Path,
    ) -> Result<Vec<Self>, StoreError> {
        let mut at = end;
        let prepared = events.iter().rev().map(|event| {
            at = time_of(event).unwrap_or(at);
            Self::of(event, at, path)
        });
        let mut bodies = prepared.collect::<Result<Vec<_>, _>>()?;
        bodies.reverse();
        Ok(bodies)
    }

    fn of(event: &MissionEvent, at: Timestamp, path: &Path) -> Result<Self, StoreError> {
        if !is_finite(event) {
            return Err(StoreError::Unreadable {
                path: path.to_path_buf(),
                what: format!("a {} event", event.kind()),
                reason: "one of its numbers is infinite or none at all".to_owned(),
            });
        }
        Ok(Self {
            kind: event.kind(),
            turn: event.turn().0,
            at: time_of(event).unwrap_or(at).as_millis(),
            json: to_json(event, path)?,
        })
    }
}

pub(super) fn to_json(value: &impl serde::Serialize, path: &Path) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable {
        path: path.to_path_buf(),
        what: "a new row".to_owned(),
        reason: error.to_string(),
    })
}

/// Its own time, for the kinds that carry one.
fn time_of(event: &MissionEvent) -> Option<Timestamp> {
    match event {
        MissionEvent::Started { at, .. }
        | MissionEvent::UserSpoke { at, .. }
        | MissionEvent::PersonaSpoke { at, .. }
        | MissionEvent::TurnCancelled { at, .. }
        | MissionEvent::CrisisPaused { at, .. }
        | MissionEvent::Resumed { at }
        | MissionEvent::TimeExpired { at, .. }
        | MissionEvent::Ended { at, .. } => Some(*at),
        MissionEvent::TurnRead { .. }
        | MissionEvent::GatePassed { .. }
        | MissionEvent::ProgressMade { .. }
        | MissionEvent::SecretRevealed { .. }
        | MissionEvent::StrikeGiven { .. }
        | MissionEvent::RewardGranted { .. }
        | MissionEvent::TimeExtended { .. } => None,
    }
}

/// JSON has no infinities: it would write `null`, and the mission could never be read back.
fn is_finite(event: &MissionEvent) -> bool {
    match event {
        MissionEvent::TurnRead { reading, .. } => {
            reading.strength.is_finite() && reading.cues.iter().all(|hit| hit.strength.is_finite())
        }
        MissionEvent::PersonaSpoke { line, .. } => {
            line.timings.total_ms.is_finite() && line.timings.ttft_ms.is_none_or(f64::is_finite)
        }
        MissionEvent::ProgressMade { worth, .. } => worth.is_finite(),
        _ => true,
    }
}
