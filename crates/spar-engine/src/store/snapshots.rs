//! Scenarios as they were played, each kept once.

use std::fmt::Write as _;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use spar_core::scenario::Scenario;

use super::read::Snapshot;
use super::{StoreError, WriteTransaction};

/// A scenario ready to be stored. Made once and cloned cheaply, since a run plays the same scenario
/// hundreds of times.
#[derive(Debug, Clone)]
pub struct ScenarioSnapshot(Arc<Prepared>);

#[derive(Debug)]
struct Prepared {
    hash: String,
    scenario_id: String,
    title: String,
    body: Result<String, String>,
}

impl ScenarioSnapshot {
    /// Takes the snapshot.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let body = serde_json::to_string(scenario).map_err(|error| error.to_string());
        let digest = Sha256::digest(body.as_deref().unwrap_or_default().as_bytes());
        let mut hash = String::with_capacity(64);
        for byte in digest {
            // Writing to a string cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        Self(Arc::new(Prepared {
            hash,
            scenario_id: scenario.id.clone(),
            title: scenario.title.clone(),
            body,
        }))
    }

    /// SHA-256 of the scenario's JSON, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.0.hash
    }

    /// The scenario's id.
    #[must_use]
    pub fn scenario_id(&self) -> &str {
        &self.0.scenario_id
    }

    /// The scenario's title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.0.title
    }
}

impl WriteTransaction<'_> {
    /// Keeps the snapshot unless it is kept already.
    pub(super) fn keep_snapshot(&self, snapshot: &ScenarioSnapshot) -> Result<(), StoreError> {
        let known = self
            .connection
            .prepare_cached("SELECT 1 FROM scenario_snapshot WHERE hash = ?1")
            .and_then(|mut statement| statement.exists([snapshot.hash()]))
            .map_err(|error| self.error(&error))?;
        if known {
            return Ok(());
        }
        let body = snapshot.0.body.as_ref().map_err(|reason| StoreError::Unreadable {
            path: self.path().to_path_buf(),
            what: format!("scenario `{}`", snapshot.scenario_id()),
            reason: reason.clone(),
        })?;
        self.connection
            .prepare_cached(
                "INSERT INTO scenario_snapshot (hash, scenario_id, body) VALUES (?1, ?2, ?3)",
            )
            .and_then(|mut statement| {
                statement.execute(params![snapshot.hash(), snapshot.scenario_id(), body])
            })
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }
}

impl Snapshot<'_> {
    /// A scenario as it was played.
    pub(super) fn scenario(&self, hash: &str) -> Result<Scenario, StoreError> {
        let unreadable = |reason: String| StoreError::Unreadable {
            path: self.path().to_path_buf(),
            what: format!("scenario snapshot {hash}"),
            reason,
        };
        let body: Option<String> = self
            .connection
            .prepare_cached("SELECT body FROM scenario_snapshot WHERE hash = ?1")
            .and_then(|mut statement| statement.query_row([hash], |row| row.get(0)).optional())
            .map_err(|error| self.error(&error))?;
        let body = body.ok_or_else(|| unreadable("it is not there".to_owned()))?;
        serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))
    }
}
