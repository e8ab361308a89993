//! Missions: beginning one, finding it again, listing.

use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use spar_core::ids::{MissionId, SessionId, TurnIndex};
use spar_core::job::DeepAnalysis;
use spar_core::mission::MissionEvent;
use spar_core::rules::Ending;
use spar_core::scenario::Scenario;
use spar_core::units::{Score, Timestamp};

use super::events::{EventBody, to_json};
use super::read::Snapshot;
use super::{Commit, ScenarioSnapshot, Store, StoreError, WriteTransaction};

/// How many candidates an ambiguous id names.
const CANDIDATES: u32 = 5;

/// What a mission begins with.
#[derive(Debug, Clone)]
pub struct NewMission {
    /// Its public id.
    pub id: MissionId,
    /// The session it belongs to; headless runs have none.
    pub session: Option<SessionId>,
    /// Whose.
    pub user_id: String,
    /// The scenario as it will be played.
    pub snapshot: ScenarioSnapshot,
    /// The seed of everything that is chosen.
    pub seed: u64,
    /// Who plays the persona: `embedded`, `openai`, …
    pub provider: String,
    /// The configured model.
    pub model: String,
    /// Ties together the missions of a headless run.
    pub run_label: Option<String>,
    /// When.
    pub started_at: Timestamp,
    /// The first events: `Started`, and whatever it brings about.
    pub events: Vec<MissionEvent>,
}

/// Whether a mission can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissionStatus {
    /// It can.
    Active,
    /// Suspended after crisis language; it may be resumed.
    Paused,
    /// It is over.
    Ended,
}

impl MissionStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Ended];

    /// The name in the store and in flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// Where the mission stands after an append: what lists show without a fold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissionSummaryUpdate {
    /// When. It also dates events that carry no time of their own.
    pub at: Timestamp,
    /// Whether it can go on.
    pub status: MissionStatus,
    /// The newest turn.
    pub turns: TurnIndex,
    /// The mission score so far, when there is one.
    pub score: Option<Score>,
    /// How it ended.
    pub ending: Option<Ending>,
}

/// A mission without its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissionMeta {
    /// Its public id.
    pub id: MissionId,
    /// The session it belongs to.
    pub session: Option<SessionId>,
    /// Whose.
    pub user_id: String,
    /// The scenario's id.
    pub scenario_id: String,
    /// The scenario's title.
    pub scenario_title: String,
    /// Hash of the scenario as it was played.
    pub snapshot_hash: String,
    /// The seed of everything that is chosen.
    pub seed: u64,
    /// Who plays the persona.
    pub provider: String,
    /// The configured model.
    pub model: String,
    /// Ties together the missions of a headless run.
    pub run_label: Option<String>,
    /// Whether it can go on.
    pub status: MissionStatus,
    /// How it ended.
    pub ending: Option<Ending>,
    /// The mission score so far.
    pub score: Option<Score>,
    /// The newest turn.
    pub turns: TurnIndex,
    /// How many events it has: the position of the next one.
    pub next_seq: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When something last happened.
    pub last_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl MissionMeta {
    /// Whether it is a real conversation that was imported, not one that was played.
    #[must_use]
    pub fn is_imported(&self) -> bool {
        self.provider == spar_core::mission::import::PROVIDER
    }
}

/// A mission with everything a fold needs.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMission {
    /// Where it stands.
    pub meta: MissionMeta,
    /// The scenario as it is played.
    pub scenario: Scenario,
    /// Everything that happened, in order.
    pub events: Vec<MissionEvent>,
}

/// Which missions to list; the default is all of them.
#[derive(Debug, Clone, Default)]
pub struct MissionFilter {
    /// Of this scenario.
    pub scenario_id: Option<String>,
    /// With this status.
    pub status: Option<MissionStatus>,
    /// In which something happened at or after this.
    pub since: Option<Timestamp>,
    /// Of this headless run.
    pub run_label: Option<String>,
    /// At most so many, newest first.
    pub limit: Option<u32>,
}

impl Store {
    /// Begins a mission: its row, the snapshot of its scenario and its first events.
    pub fn create_mission(&self, new: NewMission) -> Commit<()> {
        let bodies = match EventBody::all(&new.events, new.started_at, self.path()) {
            Ok(bodies) => bodies,
            Err(error) => return Commit::failed(error),
        };
        self.write(move |transaction| transaction.create_mission(&new, &bodies))
    }

    /// Takes in a mission that was played or said elsewhere: its row, the snapshot of its scenario,
    /// every event, where it stands, and the job that studies it; or nothing at all.
    pub fn import_mission(
        &self,
        new: NewMission,
        summary: MissionSummaryUpdate,
        analysis: DeepAnalysis,
    ) -> Commit<()> {
        let prepare = || {
            let bodies = EventBody::whole_mission(&new.events, summary.at, self.path())?;
            Ok((bodies, to_json(&analysis, self.path())?))
        };
        let (bodies, payload) = match prepare() {
            Ok(prepared) => prepared,
            Err(error) => return Commit::failed(error),
        };
        self.write(move |transaction| {
            transaction.create_mission(&new, &bodies)?;
            let events = bodies.len() as u32;
            let row = transaction.advance(new.id, events, events, &summary)?;
            let is_over = summary.status == MissionStatus::Ended;
            transaction.enqueue_deep_analysis(row, &analysis, payload, is_over)?;
            Ok(())
        })
    }

    /// A mission with its scenario and events, all of one moment.
    ///
    /// # Errors
    /// When it is not there, or a row cannot be read back.
    pub fn load(&self, mission: MissionId) -> Result<StoredMission, StoreError> {
        self.read(|moment| {
            let (row, meta) = moment.mission(mission)?;
            let scenario = moment.scenario(&meta.snapshot_hash)?;
            let mut events = Vec::with_capacity(meta.next_seq as usize);
            moment.each_event(row, 0, |_, event| events.push(event))?;
            if events.len() != meta.next_seq as usize {
                return Err(StoreError::Unreadable {
                    path: moment.path().to_path_buf(),
                    what: format!("mission {mission}"),
                    reason: format!("{} of {} events are there", events.len(), meta.next_seq),
                });
            }
            Ok(StoredMission { meta, scenario, events })
        })
    }

    /// A mission's row.
    ///
    /// # Errors
    /// When it is not there.
    pub fn mission(&self, mission: MissionId) -> Result<MissionMeta, StoreError> {
        self.read(|moment| moment.mission(mission).map(|(_, meta)| meta))
    }

    /// The mission meant by an id, by the beginning or the end of one (ids made in the same minute
    /// begin alike), or by `last`: the one in which something happened most recently.
    ///
    /// # Errors
    /// When none is meant, or several are.
    pub fn find(&self, wanted: &str) -> Result<MissionId, StoreError> {
        self.read(|moment| moment.find(wanted))
    }

    /// Missions that fit the filter, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self, filter: &MissionFilter) -> Result<Vec<MissionMeta>, StoreError> {
        self.read(|moment| moment.list(filter))
    }

    /// Missions that can go on, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unfinished(&self) -> Result<Vec<MissionMeta>, StoreError> {
        self.read(|moment| {
            moment
                .connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} WHERE mission.status <> 'ended' ORDER BY mission.id DESC"
                ))
                .and_then(|mut statement| statement.query_map([], meta_from_row)?.collect())
                .map_err(|error| moment.error(&error))
        })
    }
}

impl WriteTransaction<'_> {
    fn create_mission(&self, new: &NewMission, bodies: &[EventBody]) -> Result<(), StoreError> {
        self.keep_snapshot(&new.snapshot)?;
        let session = new.session.map(|id| self.session_row(id)).transpose()?;
        self.connection
            .prepare_cached(
                "INSERT INTO mission (public_id, session_id, user_id, scenario_id, \
                 scenario_title, snapshot_hash, seed, provider, model, run_label, status, turns, \
                 next_seq, started_at, last_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'active', 0, ?11, ?12, ?12)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    new.id.to_string(),
                    session,
                    new.user_id,
                    new.snapshot.scenario_id(),
                    new.snapshot.title(),
                    new.snapshot.hash(),
                    // SQLite's integers are signed; the bits are what counts.
                    new.seed.cast_signed(),
                    new.provider,
                    new.model,
                    new.run_label,
                    bodies.len() as u32,
                    new.started_at.as_millis(),
                ])
            })
            .map_err(|error| self.error(&error))?;
        let row = self.connection.last_insert_rowid();
        self.insert_events(row, 0, bodies)
    }

    /// The row of a mission.
    pub(super) fn mission_row(&self, id: MissionId) -> Result<i64, StoreError> {
        row_of(self.connection, id)
            .map_err(|error| self.error(&error))?
            .ok_or_else(|| not_found(self.path(), &id.to_string()))
    }
}

impl Snapshot<'_> {
    /// The row of a mission.
    pub(super) fn mission_row(&self, id: MissionId) -> Result<i64, StoreError> {
        row_of(self.connection, id)
            .map_err(|error| self.error(&error))?
            .ok_or_else(|| not_found(self.path(), &id.to_string()))
    }

    /// A mission's row number and columns.
    pub(super) fn mission(&self, id: MissionId) -> Result<(i64, MissionMeta), StoreError> {
        let text = id.to_string();
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE mission.public_id = ?1"))
            .and_then(|mut statement| {
                statement
                    .query_row([&text], |row| Ok((row.get("id")?, meta_from_row(row)?)))
                    .optional()
            })
            .map_err(|error| self.error(&error))?
            .ok_or_else(|| not_found(self.path(), &text))
    }

    /// A mission's columns, by its row number.
    pub(super) fn mission_by_row(&self, row: i64) -> Result<MissionMeta, StoreError> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE mission.id = ?1"))
            .and_then(|mut statement| statement.query_row([row], meta_from_row).optional())
            .map_err(|error| self.error(&error))?
            .ok_or_else(|| not_found(self.path(), &format!("row {row}")))
    }

    fn find(&self, wanted: &str) -> Result<MissionId, StoreError> {
        let missing = || not_found(self.path(), wanted);
        if wanted == "last" {
            let last: Option<MissionId> = self
                .connection
                .prepare_cached(
                    "SELECT public_id FROM mission ORDER BY last_at DESC, id DESC LIMIT 1",
                )
                .and_then(|mut statement| statement.query_row([], |row| parsed(row, 0)).optional())
                .map_err(|error| self.error(&error))?;
            return last.ok_or_else(missing);
        }
        let part = wanted.to_ascii_lowercase();
        // Also keeps wildcards out of the patterns.
        if part.is_empty() || !part.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
            return Err(missing());
        }
        for pattern in [format!("{part}*"), format!("*{part}")] {
            let found: Vec<MissionId> = self
                .connection
                .prepare_cached(
                    "SELECT public_id FROM mission WHERE public_id GLOB ?1 \
                     ORDER BY id DESC LIMIT ?2",
                )
                .and_then(|mut statement| {
                    statement
                        .query_map(params![pattern, CANDIDATES], |row| parsed(row, 0))?
                        .collect()
                })
                .map_err(|error| self.error(&error))?;
            match found.as_slice() {
                [] => {}
                [one] => return Ok(*one),
                several => {
                    return Err(StoreError::Ambiguous {
                        path: self.path().to_path_buf(),
                        wanted: wanted.to_owned(),
                        candidates: several.iter().map(ToString::to_string).collect(),
                    });
                }
            }
        }
        Err(missing())
    }

    fn list(&self, filter: &MissionFilter) -> Result<Vec<MissionMeta>, StoreError> {
        self.connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} WHERE (?1 IS NULL OR mission.scenario_id = ?1) \
                 AND (?2 IS NULL OR mission.status = ?2) \
                 AND (?3 IS NULL OR mission.last_at >= ?3) \
                 AND (?4 IS NULL OR mission.run_label = ?4) \
                 ORDER BY mission.id DESC LIMIT ?5"
            ))
            .and_then(|mut statement| {
                statement
                    .query_map(
                        params![
                            filter.scenario_id,
                            filter.status.map(MissionStatus::name),
                            filter.since.map(Timestamp::as_millis),
                            filter.run_label,
                            // To SQLite a negative limit is none.
                            filter.limit.map_or(-1, i64::from),
                        ],
                        meta_from_row,
                    )?
                    .collect()
            })
            .map_err(|error| self.error(&error))
    }
}

/// What [`meta_from_row`] reads, and where from.
const COLUMNS: &str = "mission.id, mission.public_id, session.public_id AS session, \
    mission.user_id, mission.scenario_id, mission.scenario_title, mission.snapshot_hash, \
    mission.seed, mission.provider, mission.model, mission.run_label, mission.status, \
    mission.ending, mission.score_tenths, mission.turns, mission.next_seq, mission.started_at, \
    mission.last_at, mission.ended_at \
    FROM mission LEFT JOIN session ON session.id = mission.session_id";

fn meta_from_row(row: &Row<'_>) -> rusqlite::Result<MissionMeta> {
    let status: String = row.get(11)?;
    let status = MissionStatus::from_name(&status)
        .ok_or_else(|| rusqlite::Error::InvalidColumnType(11, status, Type::Text))?;
    let ending: Option<String> = row.get(12)?;
    let session = row.get_ref(2)?.data_type() != Type::Null;
    Ok(MissionMeta {
        id: parsed(row, 1)?,
        session: session.then(|| parsed(row, 2)).transpose()?,
        user_id: row.get(3)?,
        scenario_id: row.get(4)?,
        scenario_title: row.get(5)?,
        snapshot_hash: row.get(6)?,
        seed: row.get::<_, i64>(7)?.cast_unsigned(),
        provider: row.get(8)?,
        model: row.get(9)?,
        run_label: row.get(10)?,
        status,
        ending: ending.as_deref().and_then(Ending::from_name),
        score: row.get::<_, Option<i32>>(13)?.map(|tenths| Score::new(f64::from(tenths) / 10.0)),
        turns: TurnIndex(row.get(14)?),
        next_seq: row.get(15)?,
        started_at: Timestamp::from_millis(row.get(16)?),
        last_at: Timestamp::from_millis(row.get(17)?),
        ended_at: row.get::<_, Option<i64>>(18)?.map(Timestamp::from_millis),
    })
}

/// A public id in a column.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err = uuid::Error>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: uuid::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

pub(super) fn not_found(path: &std::path::Path, wanted: &str) -> StoreError {
    StoreError::NotFound { path: path.to_path_buf(), wanted: wanted.to_owned() }
}

fn row_of(connection: &Connection, id: MissionId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM mission WHERE public_id = ?1")?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()
}
