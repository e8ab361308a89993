//! Deleting a mission: raw rows, derived rows, and what only it needed.

use rusqlite::params;
use serde::{Deserialize, Serialize};
use spar_core::ids::MissionId;

use super::jobs::mission_kinds;
use super::{Store, StoreError, WriteTransaction};

/// How many rows of each table went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedRows {
    /// Missions.
    pub missions: u64,
    /// Their events.
    pub events: u64,
    /// Jobs about them.
    pub jobs: u64,
    /// Calls of a model for them.
    pub prompt_runs: u64,
    /// Results of analyzers, every version.
    pub results: u64,
    /// The log of their stages, how far each had come, and the pass.
    pub stages: u64,
    /// Scenario snapshots that no other mission needs.
    pub snapshots: u64,
    /// Closed sessions that have no other mission.
    pub sessions: u64,
}

impl DeletedRows {
    /// All of them together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.missions
            + self.events
            + self.jobs
            + self.prompt_runs
            + self.results
            + self.stages
            + self.snapshots
            + self.sessions
    }
}

impl Store {
    /// Deletes a mission and says what went. Blocks. Afterwards no page of the file or of its log
    /// holds the text any more (unless another process reads an older moment just then).
    ///
    /// # Errors
    /// When the mission is not there or the file cannot be written.
    pub fn delete(&self, mission: MissionId) -> Result<DeletedRows, StoreError> {
        let deleted = self.write(move |transaction| transaction.delete(mission)).wait()?;
        self.fold_log()?;
        Ok(deleted)
    }
}

impl WriteTransaction<'_> {
    fn delete(&self, mission: MissionId) -> Result<DeletedRows, StoreError> {
        let row = self.mission_row(mission)?;
        let work = || {
            let (snapshot, session): (String, Option<i64>) = self
                .connection
                .prepare_cached("SELECT snapshot_hash, session_id FROM mission WHERE id = ?1")?
                .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let delete = |sql: &str, value: &dyn rusqlite::ToSql| {
                let rows = self.connection.prepare_cached(sql)?.execute(params![value])?;
                Ok::<u64, rusqlite::Error>(rows as u64)
            };
            let mut jobs = 0;
            for kind in mission_kinds() {
                jobs += self
                    .connection
                    .prepare_cached("DELETE FROM job WHERE subject = ?1 AND kind = ?2")?
                    .execute(params![row, kind.name()])? as u64;
            }
            // Children first: a cascade would do it too, and would not count.
            Ok(DeletedRows {
                jobs,
                events: delete("DELETE FROM mission_event WHERE mission_id = ?1", &row)?,
                prompt_runs: delete("DELETE FROM prompt_run WHERE mission_id = ?1", &row)?,
                // How they were made goes with them, by a trigger: one row each, counted as one.
                results: delete("DELETE FROM analysis_result WHERE mission_id = ?1", &row)?,
                stages: delete("DELETE FROM stage_run WHERE mission_id = ?1", &row)?
                    + delete("DELETE FROM stage_progress WHERE mission_id = ?1", &row)?
                    + delete("DELETE FROM analysis_pass WHERE mission_id = ?1", &row)?,
                missions: delete("DELETE FROM mission WHERE id = ?1", &row)?,
                snapshots: delete(
                    "DELETE FROM scenario_snapshot WHERE hash = ?1 AND NOT EXISTS \
                     (SELECT 1 FROM mission WHERE mission.snapshot_hash = scenario_snapshot.hash)",
                    &snapshot,
                )?,
                // An open one may be about to get its next mission.
                sessions: delete(
                    "DELETE FROM session WHERE id = ?1 AND ended_at IS NOT NULL AND NOT EXISTS \
                     (SELECT 1 FROM mission WHERE mission.session_id = session.id)",
                    &session,
                )?,
            })
        };
        work().map_err(|error| self.error(&error))
    }
}
