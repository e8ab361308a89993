//! Everything kept about one mission, as plain data.

use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spar_core::ids::MissionId;
use spar_core::scenario::Scenario;
use spar_core::units::Timestamp;

use super::jobs::Job;
use super::read::Snapshot;
use super::{AnalysisExport, MissionMeta, PromptRun, Store, StoreError};

/// A mission with all its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissionExport {
    /// The schema the rows come from.
    pub schema: i64,
    /// The mission's row.
    pub mission: MissionMeta,
    /// The scenario as it was played.
    pub scenario: Scenario,
    /// Everything that happened, in order.
    pub events: Vec<EventRow>,
    /// Calls of a model.
    pub prompt_runs: Vec<PromptRun>,
    /// Work behind the chat.
    pub jobs: Vec<Job>,
    /// What analyzers found, and how.
    #[serde(default)]
    pub analysis: AnalysisExport,
}

/// An event as its row holds it. The body stays as it is, so that even an event this version does
/// not know can be exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// Its position.
    pub seq: u32,
    /// When.
    pub at: Timestamp,
    /// The event, with its `kind`.
    pub event: Value,
}

impl Store {
    /// Everything kept about a mission, all of one moment.
    ///
    /// # Errors
    /// When the mission is not there, or a row cannot be read back.
    pub fn export(&self, mission: MissionId) -> Result<MissionExport, StoreError> {
        self.read(|moment| {
            let (row, meta) = moment.mission(mission)?;
            Ok(MissionExport {
                schema: super::SCHEMA_VERSION,
                scenario: moment.scenario(&meta.snapshot_hash)?,
                mission: meta,
                events: moment.event_rows(row)?,
                prompt_runs: moment.prompt_runs(row)?,
                jobs: moment.jobs_about(row)?,
                analysis: moment.analysis_export(row)?,
            })
        })
    }
}

impl Snapshot<'_> {
    fn event_rows(&self, mission: i64) -> Result<Vec<EventRow>, StoreError> {
        let rows: Vec<(u32, i64, String)> = self
            .connection
            .prepare_cached(
                "SELECT seq, at, body FROM mission_event WHERE mission_id = ?1 ORDER BY seq",
            )
            .and_then(|mut statement| {
                statement
                    .query_map(params![mission], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                    .collect()
            })
            .map_err(|error| self.error(&error))?;
        rows.into_iter()
            .map(|(seq, at, body)| {
                let event =
                    serde_json::from_str(&body).map_err(|error| StoreError::Unreadable {
                        path: self.path().to_path_buf(),
                        what: format!("event {seq} of mission row {mission}"),
                        reason: error.to_string(),
                    })?;
                Ok(EventRow { seq, at: Timestamp::from_millis(at), event })
            })
            .collect()
    }
}
