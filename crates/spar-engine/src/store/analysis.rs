//! What analyzers leave: passes, results in versions with how each was made, the log of the stages,
//! and how far each has come.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spar_core::analysis::{Results, StageOutput};
use spar_core::chat::Role;
use spar_core::ids::{MissionId, TurnIndex};
use spar_core::job::{JobKind, Stage, policy};
use spar_core::mission::{MissionEvent, Problem};
use spar_core::report::Strategy;
use spar_core::routing::Profile;
use spar_core::scenario::Scenario;
use spar_core::units::{MicroUsd, Timestamp};

use super::jobs::mission_kinds;
use super::read::Snapshot;
use super::{Enqueued, JobSubject, MissionMeta, NewJob, Store, StoreError, WriteTransaction};
use crate::bell::Ring;

/// What owns a row of `generation_metadata` that tells how a stage's result was made.
const OWNER: &str = "analysis_result";

/// A pass over a mission: its stages all look at the same events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Counts the passes over this mission, from 1.
    pub pass: u32,
    /// How many events its stages look at.
    pub seq: u32,
    /// The newest turn among them.
    pub through: TurnIndex,
    /// The mission is over: the second wave runs too.
    pub is_final: bool,
    /// Asks again although nothing has changed.
    pub forced: bool,
    /// That of its stages; the most urgent of those who want it.
    pub priority: i64,
}

/// How a result was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Whether a model had a part in it.
    pub strategy: Strategy,
    /// Why no model had, when one could have had.
    pub reason: Option<String>,
    /// The model that answered, or was asked.
    pub model: Option<String>,
    /// Which kind of model that is.
    pub role: Option<Role>,
    /// How much was spent on depth.
    pub profile: Profile,
    /// Missions it looked at, this one included.
    pub missions_analysed: u32,
    /// Missions the person had at the time, this one included.
    pub total_missions: u32,
    /// How long it took, ms.
    pub duration_ms: f64,
    /// What it cost; `None` when the model's price is not known.
    pub cost: Option<MicroUsd>,
    /// Which wording of the question was used.
    pub prompt_version: Option<String>,
    /// Hash of the question: the same question is not asked twice.
    pub prompt_hash: Option<String>,
    /// Fields of the model's answer that fell back.
    pub problems: Vec<Problem>,
}

/// A result to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewResult {
    /// What was found.
    pub output: StageOutput,
    /// How.
    pub made: Made,
    /// It stands in for that of a model which will be asked again.
    pub provisional: bool,
}

/// How a stage came out of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageOutcome {
    /// With a result that stands.
    Done,
    /// With a result that will be replaced when the model is back.
    Provisional,
    /// With none.
    Failed,
}

impl StageOutcome {
    const ALL: [Self; 3] = [Self::Done, Self::Provisional, Self::Failed];

    /// The name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Provisional => "provisional",
            Self::Failed => "failed",
        }
    }
}

/// How far a stage has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageProgress {
    /// Which.
    pub stage: Stage,
    /// The newest pass it came to an end in, well or not.
    pub settled_pass: u32,
    /// How.
    pub outcome: StageOutcome,
    /// Turns up to this one are in a result that stands; never moved by a failure.
    pub analyzed_through: TurnIndex,
    /// Its newest version; 0: there is none.
    pub version: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// Since when it waits for its model.
    pub deferred_since: Option<Timestamp>,
    /// How often it found the model away.
    pub deferrals: u32,
}

/// A kept result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageResult {
    /// Of which stage.
    pub stage: Stage,
    /// Counts the results of this stage for this mission, from 1.
    pub version: u32,
    /// The pass that left it.
    pub pass: u32,
    /// The last turn it covers.
    pub through: TurnIndex,
    /// It stands in for that of a model which will be asked again.
    pub provisional: bool,
    /// What was found, as its row holds it.
    pub body: Value,
    /// How.
    pub made: Made,
    /// When.
    pub at: Timestamp,
}

impl StageResult {
    /// What was found; `None` when this version cannot read what another one wrote.
    #[must_use]
    pub fn output(&self) -> Option<StageOutput> {
        StageOutput::deserialize(&self.body).ok()
    }
}

/// What became of a run of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It is under way, or its worker died.
    Started,
    /// It left a result.
    Completed,
    /// It left a provisional one and will be done again.
    Deferred,
    /// It failed.
    Failed,
}

impl RunStatus {
    const ALL: [Self; 4] = [Self::Started, Self::Completed, Self::Deferred, Self::Failed];

    /// The name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
        }
    }
}

/// A run of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRun {
    /// Which stage.
    pub stage: Stage,
    /// In which pass.
    pub pass: u32,
    /// The newest turn it looked at.
    pub through: TurnIndex,
    /// The job that did it.
    pub job_id: Option<i64>,
    /// Which try of the job.
    pub attempt: u32,
    /// What became of it.
    pub status: RunStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, ms.
    pub duration_ms: Option<f64>,
    /// Why it failed or was deferred.
    pub error: Option<String>,
}

/// Everything kept about a mission's analysis.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnalysisExport {
    /// The newest pass.
    pub pass: Option<Pass>,
    /// Every version of every result, oldest first.
    pub results: Vec<StageResult>,
    /// Every run of every stage, oldest first.
    pub runs: Vec<StageRun>,
    /// How far each stage has come.
    pub progress: Vec<StageProgress>,
}

/// What a stage finds when it begins.
#[derive(Debug, Clone, Default)]
pub struct StageView {
    /// The newest pass.
    pub pass: Option<Pass>,
    /// How far each stage has come.
    pub progress: Vec<StageProgress>,
    /// The results it waits for, of those that did not fail in this pass.
    pub results: Results,
    /// The newest result of the stage itself.
    pub newest: Option<StageResult>,
}

impl StageView {
    /// How far a stage has come.
    #[must_use]
    pub fn progress_of(&self, stage: Stage) -> Option<&StageProgress> {
        self.progress.iter().find(|progress| progress.stage == stage)
    }
}

/// How a mission's analysis stands.
#[derive(Debug, Clone, Default)]
pub struct MissionAnalysis {
    /// The newest pass.
    pub pass: Option<Pass>,
    /// How far each stage has come.
    pub progress: Vec<StageProgress>,
    /// The newest result of each stage that has one.
    pub newest: Vec<StageResult>,
    /// Stages whose work waits or is being done at this moment.
    pub unfinished: Vec<Stage>,
    /// Whether the work of setting off a pass waits or is being done.
    pub pass_is_due: bool,
}

impl MissionAnalysis {
    /// How far a stage has come.
    #[must_use]
    pub fn progress_of(&self, stage: Stage) -> Option<&StageProgress> {
        self.progress.iter().find(|progress| progress.stage == stage)
    }

    /// The newest turn that every required stage has studied.
    #[must_use]
    pub fn last_analyzed_turn(&self) -> TurnIndex {
        last_analyzed_turn(&self.progress)
    }
}

/// The newest turn that every required stage has studied; 0 when there is none.
#[must_use]
pub fn last_analyzed_turn(progress: &[StageProgress]) -> TurnIndex {
    let through = |stage: Stage| {
        progress
            .iter()
            .find(|row| row.stage == stage)
            .map_or(TurnIndex(0), |row| row.analyzed_through)
    };
    let required = Stage::ALL.into_iter().filter(|stage| stage.is_required());
    required.map(through).min().unwrap_or_default()
}

impl Store {
    /// The first `seq` events of a mission by its row.
    ///
    /// # Errors
    /// When an event cannot be read back.
    pub fn first_events(&self, row: i64, seq: u32) -> Result<Vec<MissionEvent>, StoreError> {
        self.read(|moment| {
            let mut events = Vec::with_capacity(seq as usize);
            moment.each_event(row, 0, |at, event| {
                if at < seq {
                    events.push(event);
                }
            })?;
            Ok(events)
        })
    }

    /// A scenario as it was played, by the hash in a mission's row.
    ///
    /// # Errors
    /// When it is not there or cannot be read back.
    pub fn scenario_at(&self, hash: &str) -> Result<Scenario, StoreError> {
        self.read(|moment| moment.scenario(hash))
    }

    /// The row of a mission without its events.
    ///
    /// # Errors
    /// When it is not there.
    pub fn mission_at(&self, row: i64) -> Result<MissionMeta, StoreError> {
        self.read(|moment| moment.mission_by_row(row))
    }

    /// What a stage finds when it begins its part of a pass.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stage_view(&self, row: i64, stage: Stage, pass: u32) -> Result<StageView, StoreError> {
        self.read(|moment| {
            let progress = moment.stage_progress(row)?;
            let mut results = Results::default();
            for (need, _) in stage.needs() {
                let has_failed = progress.iter().any(|of| {
                    of.stage == *need
                        && of.outcome == StageOutcome::Failed
                        && of.settled_pass >= pass
                });
                let newest =
                    if has_failed { None } else { moment.newest_result(row, *need, Some(pass))? };
                if let Some(output) = newest.and_then(|result| result.output()) {
                    results.insert(output);
                }
            }
            Ok(StageView {
                pass: moment.pass(row)?,
                progress,
                results,
                newest: moment.newest_result(row, stage, None)?,
            })
        })
    }

    /// How a mission's analysis stands.
    ///
    /// # Errors
    /// When the mission is not there or the file cannot be read.
    pub fn analysis(&self, mission: MissionId) -> Result<MissionAnalysis, StoreError> {
        self.read(|moment| {
            let row = moment.mission_row(mission)?;
            let mut analysis = MissionAnalysis {
                pass: moment.pass(row)?,
                progress: moment.stage_progress(row)?,
                ..MissionAnalysis::default()
            };
            for stage in Stage::ALL {
                analysis.newest.extend(moment.newest_result(row, stage, None)?);
                if moment.has_unfinished(row, stage.name())? {
                    analysis.unfinished.push(stage);
                }
            }
            analysis.pass_is_due = moment.has_unfinished(row, JobKind::DeepAnalysis.name())?;
            Ok(analysis)
        })
    }

    /// Everything kept about a mission's analysis.
    ///
    /// # Errors
    /// When the mission is not there or the file cannot be read.
    pub fn analysis_export(&self, mission: MissionId) -> Result<AnalysisExport, StoreError> {
        self.read(|moment| {
            let row = moment.mission_row(mission)?;
            moment.analysis_export(row)
        })
    }
}

impl WriteTransaction<'_> {
    /// The newest pass over a mission.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pass(&self, row: i64) -> Result<Option<Pass>, StoreError> {
        pass(self.connection, row).map_err(|error| self.error(&error))
    }

    /// Begins a pass; its number is the next one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin_pass(&self, row: i64, wanted: Pass, at: Timestamp) -> Result<Pass, StoreError> {
        let before = self.pass(row)?;
        let pass = Pass { pass: before.map_or(0, |pass| pass.pass) + 1, ..wanted };
        self.connection
            .prepare_cached(
                "INSERT INTO analysis_pass (mission_id, pass, seq, through, is_final, forced, \
                 priority, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
                 ON CONFLICT (mission_id) DO UPDATE SET pass = excluded.pass, seq = excluded.seq, \
                 through = excluded.through, is_final = excluded.is_final, \
                 forced = excluded.forced, priority = excluded.priority, at = excluded.at",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    row,
                    pass.pass,
                    pass.seq,
                    pass.through.0,
                    pass.is_final,
                    pass.forced,
                    pass.priority,
                    at.as_millis(),
                ])
            })
            .map_err(|error| self.error(&error))?;
        Ok(pass)
    }

    /// Makes what is still to be done of a mission's analysis at least this urgent: the jobs that
    /// wait, and those that will follow from them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn hurry_analysis(&self, row: i64, priority: i64) -> Result<(), StoreError> {
        let work = || {
            self.connection
                .prepare_cached(
                    "UPDATE analysis_pass SET priority = min(priority, ?2) WHERE mission_id = ?1",
                )?
                .execute(params![row, priority])?;
            for kind in mission_kinds() {
                self.connection
                    .prepare_cached(
                        "UPDATE job SET priority = ?3, due = due - (priority - ?3) * ?4 \
                         WHERE subject = ?1 AND kind = ?2 AND finished_at IS NULL \
                         AND priority > ?3",
                    )?
                    .execute(params![row, kind.name(), priority, policy::AGEING_MS])?;
            }
            Ok(())
        };
        work().map_err(|error| self.error(&error))
    }

    /// How far each stage has come.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stage_progress(&self, row: i64) -> Result<Vec<StageProgress>, StoreError> {
        progress(self.connection, row).map_err(|error| self.error(&error))
    }

    /// Keeps how far a stage has come.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_progress(&self, row: i64, progress: &StageProgress) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO stage_progress (mission_id, stage, settled_pass, outcome, \
                 analyzed_through, version, error, deferred_since, deferrals) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                 ON CONFLICT (mission_id, stage) DO UPDATE SET \
                 settled_pass = excluded.settled_pass, outcome = excluded.outcome, \
                 analyzed_through = excluded.analyzed_through, version = excluded.version, \
                 error = excluded.error, deferred_since = excluded.deferred_since, \
                 deferrals = excluded.deferrals",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    row,
                    progress.stage.name(),
                    progress.settled_pass,
                    progress.outcome.name(),
                    progress.analyzed_through.0,
                    progress.version,
                    progress.error,
                    progress.deferred_since.map(Timestamp::as_millis),
                    progress.deferrals,
                ])
            })
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }

    /// Keeps a result as the next version of its stage, and how it was made. Answers the version.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_result(
        &self,
        row: i64,
        pass: &Pass,
        result: &NewResult,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        let body = self.json(&result.output)?;
        let problems = self.json(&result.made.problems)?;
        let made = &result.made;
        let keep = || {
            let stage = result.output.stage().name();
            let version: u32 = self
                .connection
                .prepare_cached(
                    "SELECT coalesce(max(version), 0) + 1 FROM analysis_result \
                     WHERE mission_id = ?1 AND stage = ?2",
                )?
                .query_row(params![row, stage], |found| found.get(0))?;
            self.connection
                .prepare_cached(
                    "INSERT INTO analysis_result (mission_id, stage, version, pass, through, \
                     provisional, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    row,
                    stage,
                    version,
                    pass.pass,
                    pass.through.0,
                    result.provisional,
                    body,
                    at.as_millis(),
                ])?;
            let owner = self.connection.last_insert_rowid();
            self.connection
                .prepare_cached(
                    "INSERT INTO generation_metadata (owner_kind, owner_id, strategy, reason, \
                     model, role, profile, missions_analysed, total_missions, last_mission, \
                     duration_ms, cost_micro_usd, prompt_version, prompt_hash, problems) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                )?
                .execute(params![
                    OWNER,
                    owner,
                    strategy_name(made.strategy),
                    made.reason,
                    made.model,
                    made.role.map(Role::name),
                    made.profile.name(),
                    made.missions_analysed,
                    made.total_missions,
                    row,
                    made.duration_ms,
                    made.cost.map(|cost| cost.0),
                    made.prompt_version,
                    made.prompt_hash,
                    problems,
                ])?;
            Ok(version)
        };
        keep().map_err(|error| self.error(&error))
    }

    /// Notes a run of a stage: its beginning, or the whole of it. Answers its row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_stage_run(&self, row: i64, run: &StageRun) -> Result<i64, StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO stage_run (mission_id, stage, pass, through, job_id, attempt, status, \
                 started_at, duration_ms, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    row,
                    run.stage.name(),
                    run.pass,
                    run.through.0,
                    run.job_id,
                    run.attempt,
                    run.status.name(),
                    run.started_at.as_millis(),
                    run.duration_ms,
                    run.error,
                ])
            })
            .map_err(|error| self.error(&error))?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Notes the end of a run whose beginning was noted.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_stage_run(&self, id: i64, run: &StageRun) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE stage_run SET status = ?2, duration_ms = ?3, error = ?4 WHERE id = ?1",
            )
            .and_then(|mut statement| {
                statement.execute(params![id, run.status.name(), run.duration_ms, run.error])
            })
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }

    /// Asks for a stage's part of a pass.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn enqueue_stage(
        &self,
        row: i64,
        stage: Stage,
        pass: &Pass,
        priority: i64,
        at: Timestamp,
    ) -> Result<Enqueued, StoreError> {
        self.enqueue(&NewJob {
            kind: JobKind::Stage(stage),
            subject: JobSubject::Row(row),
            key: 0,
            priority,
            run_at: at,
            expires_at: None,
            max_attempts: policy::ATTEMPTS,
            created_at: at,
            payload: self.json(pass)?,
        })
    }

    /// Has the stages go on at once, of whatever mission, that made do with a stand-in because this
    /// model was away: it answers again. A wait for anything else, such as the next day's budget,
    /// goes on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn wake_stages_waiting_for(&self, model: &str, at: Timestamp) -> Result<(), StoreError> {
        let woken = self
            .connection
            .prepare_cached(
                "UPDATE job SET run_at = ?2, waits_since = ?2 \
                 WHERE state = 'scheduled' AND run_at > ?2 AND EXISTS ( \
                 SELECT 1 FROM stage_progress AS progress \
                 WHERE progress.mission_id = job.subject AND progress.stage = job.kind \
                 AND progress.outcome = 'provisional') AND ?1 = ( \
                 SELECT made.model FROM analysis_result AS result \
                 JOIN generation_metadata AS made \
                 ON made.owner_kind = ?3 AND made.owner_id = result.id \
                 WHERE result.mission_id = job.subject AND result.stage = job.kind \
                 ORDER BY result.version DESC LIMIT 1)",
            )
            .and_then(|mut wake| wake.execute(params![model, at.as_millis(), OWNER]))
            .map_err(|error| self.error(&error))?;
        if woken > 0 {
            self.ring(Ring::WORK);
        }
        Ok(())
    }

    /// The row of a mission, for what hangs on it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn row_of(&self, mission: MissionId) -> Result<i64, StoreError> {
        self.mission_row(mission)
    }

    fn json(&self, value: &impl Serialize) -> Result<String, StoreError> {
        serde_json::to_string(value).map_err(|error| StoreError::Unreadable {
            path: self.path().to_path_buf(),
            what: "a new result".to_owned(),
            reason: error.to_string(),
        })
    }
}

impl Snapshot<'_> {
    fn pass(&self, row: i64) -> Result<Option<Pass>, StoreError> {
        pass(self.connection, row).map_err(|error| self.error(&error))
    }

    fn stage_progress(&self, row: i64) -> Result<Vec<StageProgress>, StoreError> {
        progress(self.connection, row).map_err(|error| self.error(&error))
    }

    /// The newest result of a stage, of no later pass than this one.
    pub(super) fn newest_result(
        &self,
        row: i64,
        stage: Stage,
        pass: Option<u32>,
    ) -> Result<Option<StageResult>, StoreError> {
        self.connection
            .prepare_cached(&format!(
                "{RESULTS} WHERE result.mission_id = ?1 AND result.stage = ?2 \
                 AND (?3 IS NULL OR result.pass <= ?3) ORDER BY result.version DESC LIMIT 1"
            ))
            .and_then(|mut statement| {
                statement.query_row(params![row, stage.name(), pass], result_from_row).optional()
            })
            .map_err(|error| self.error(&error))
    }

    /// Whether work of this kind about the mission waits or is being done.
    fn has_unfinished(&self, row: i64, kind: &str) -> Result<bool, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT 1 FROM job WHERE subject = ?1 AND kind = ?2 AND finished_at IS NULL",
            )
            .and_then(|mut statement| statement.exists(params![row, kind]))
            .map_err(|error| self.error(&error))
    }

    pub(super) fn analysis_export(&self, row: i64) -> Result<AnalysisExport, StoreError> {
        let read = || {
            let results = self
                .connection
                .prepare_cached(&format!(
                    "{RESULTS} WHERE result.mission_id = ?1 ORDER BY result.id"
                ))?
                .query_map([row], result_from_row)?
                .collect::<rusqlite::Result<_>>()?;
            let runs = self
                .connection
                .prepare_cached(
                    "SELECT stage, pass, through, job_id, attempt, status, started_at, \
                     duration_ms, error FROM stage_run WHERE mission_id = ?1 ORDER BY id",
                )?
                .query_map([row], run_from_row)?
                .collect::<rusqlite::Result<_>>()?;
            Ok((results, runs))
        };
        let (results, runs) = read().map_err(|error| self.error(&error))?;
        Ok(AnalysisExport {
            pass: self.pass(row)?,
            results,
            runs,
            progress: self.stage_progress(row)?,
        })
    }
}

fn pass(connection: &rusqlite::Connection, row: i64) -> rusqlite::Result<Option<Pass>> {
    connection
        .prepare_cached(
            "SELECT pass, seq, through, is_final, forced, priority FROM analysis_pass \
             WHERE mission_id = ?1",
        )?
        .query_row([row], |found| {
            Ok(Pass {
                pass: found.get(0)?,
                seq: found.get(1)?,
                through: TurnIndex(found.get(2)?),
                is_final: found.get(3)?,
                forced: found.get(4)?,
                priority: found.get(5)?,
            })
        })
        .optional()
}

fn progress(connection: &rusqlite::Connection, row: i64) -> rusqlite::Result<Vec<StageProgress>> {
    connection
        .prepare_cached(
            "SELECT stage, settled_pass, outcome, analyzed_through, version, error, \
             deferred_since, deferrals FROM stage_progress WHERE mission_id = ?1",
        )?
        .query_map([row], |found| {
            let (stage, outcome): (String, String) = (found.get(0)?, found.get(2)?);
            Ok((
                Stage::ALL.into_iter().find(|known| known.name() == stage),
                StageOutcome::ALL.into_iter().find(|known| known.name() == outcome),
                StageProgress {
                    stage: Stage::MoodTimeline,
                    settled_pass: found.get(1)?,
                    outcome: StageOutcome::Failed,
                    analyzed_through: TurnIndex(found.get(3)?),
                    version: found.get(4)?,
                    error: found.get(5)?,
                    deferred_since: found.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
                    deferrals: found.get(7)?,
                },
            ))
        })?
        // A stage of a newer version is none of ours.
        .filter_map(|row| match row {
            Ok((Some(stage), Some(outcome), progress)) => {
                Some(Ok(StageProgress { stage, outcome, ..progress }))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
        .collect()
}

/// Its name in the store.
fn strategy_name(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Offline => "offline",
        Strategy::Model => "model",
        Strategy::Mixed => "mixed",
    }
}

/// What [`result_from_row`] reads.
const RESULTS: &str = "SELECT result.stage, result.version, result.pass, result.through, \
    result.provisional, result.body, result.at, made.strategy, made.reason, made.model, made.role, \
    made.profile, made.missions_analysed, made.total_missions, made.duration_ms, \
    made.cost_micro_usd, made.prompt_version, made.prompt_hash, made.problems \
    FROM analysis_result AS result LEFT JOIN generation_metadata AS made \
    ON made.owner_kind = 'analysis_result' AND made.owner_id = result.id";

fn result_from_row(row: &Row<'_>) -> rusqlite::Result<StageResult> {
    let stage = known(row, 0, Stage::ALL, Stage::name)?;
    let body = row.get_ref(5)?.as_str().ok().and_then(|body| serde_json::from_str(body).ok());
    let strategies = [Strategy::Offline, Strategy::Model, Strategy::Mixed];
    let roles = [Role::Mini, Role::Heavy, Role::Hero, Role::Judge];
    let role: Option<String> = row.get(10)?;
    let problems: String = row.get(18)?;
    Ok(StageResult {
        stage,
        version: row.get(1)?,
        pass: row.get(2)?,
        through: TurnIndex(row.get(3)?),
        provisional: row.get(4)?,
        body: body.unwrap_or_default(),
        at: Timestamp::from_millis(row.get(6)?),
        made: Made {
            strategy: known(row, 7, strategies, strategy_name)?,
            reason: row.get(8)?,
            model: row.get(9)?,
            role: role.and_then(|role| roles.into_iter().find(|known| known.name() == role)),
            profile: known(row, 11, Profile::ALL, Profile::name)?,
            missions_analysed: row.get(12)?,
            total_missions: row.get(13)?,
            duration_ms: row.get(14)?,
            cost: row.get::<_, Option<i64>>(15)?.map(MicroUsd),
            prompt_version: row.get(16)?,
            prompt_hash: row.get(17)?,
            problems: serde_json::from_str(&problems).unwrap_or_default(),
        },
    })
}

fn run_from_row(row: &Row<'_>) -> rusqlite::Result<StageRun> {
    Ok(StageRun {
        stage: known(row, 0, Stage::ALL, Stage::name)?,
        pass: row.get(1)?,
        through: TurnIndex(row.get(2)?),
        job_id: row.get(3)?,
        attempt: row.get(4)?,
        status: known(row, 5, RunStatus::ALL, RunStatus::name)?,
        started_at: Timestamp::from_millis(row.get(6)?),
        duration_ms: row.get(7)?,
        error: row.get(8)?,
    })
}

/// One of a closed set, by the name in a column.
fn known<T: Copy, const N: usize>(
    row: &Row<'_>,
    column: usize,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> rusqlite::Result<T> {
    let found: String = row.get(column)?;
    all.into_iter().find(|one| name(*one) == found).ok_or_else(|| {
        rusqlite::Error::InvalidColumnType(column, found, rusqlite::types::Type::Text)
    })
}
