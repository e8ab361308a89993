//! One row per call of a model.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use spar_core::chat::{Role, Usage};
use spar_core::ids::{MissionId, TurnIndex};
use spar_core::routing::Spent;
use spar_core::units::{MicroUsd, Timestamp};

use super::read::Snapshot;
use super::{Commit, Store, StoreError, WriteTransaction};

/// A call of a model and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptRun {
    /// Ties the row to logs.
    pub request_id: String,
    /// The turn it was for; `None` when it was for none.
    pub turn: Option<TurnIndex>,
    /// What it was for, e.g. `chat_turn`.
    pub task: String,
    /// Which kind of model was asked for.
    pub role: Role,
    /// `openai`, `embedded`, …
    pub provider: String,
    /// The model that answered, or was asked.
    pub model: String,
    /// Hash of the prompt as sent.
    pub prompt_hash: Option<String>,
    /// Version of the prompt's text.
    pub prompt_version: Option<String>,
    /// Version of the rubric it judged by.
    pub rubric_version: Option<String>,
    /// What the server counted. Reasoning tokens are part of `output` and not kept apart.
    pub usage: Usage,
    /// To the end of the answer, ms.
    pub latency_ms: Option<f64>,
    /// To the first text, ms.
    pub ttft_ms: Option<f64>,
    /// What it cost; `None` when the model's price is not known.
    pub cost: Option<MicroUsd>,
    /// `ok`, `repaired`, `failed`, …
    pub status: String,
    /// Why it failed; never text of the conversation.
    pub error: Option<String>,
    /// When it was asked.
    pub at: Timestamp,
}

impl Store {
    /// Notes a call that belongs to no append.
    pub fn note_prompt_run(&self, mission: Option<MissionId>, run: PromptRun) -> Commit<()> {
        self.write(move |transaction| {
            let mission = mission.map(|id| transaction.mission_row(id)).transpose()?;
            transaction.note_prompt_run(mission, &run)
        })
    }

    /// What models have cost: for the mission of this row, and since `day` for everybody. Calls
    /// whose price is not known add nothing.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn spent(&self, mission: i64, day: Timestamp) -> Result<Spent, StoreError> {
        self.read(|moment| {
            let sum = |sql: &str, value: i64| {
                moment.connection.prepare_cached(sql)?.query_row([value], |row| row.get(0))
            };
            let read = || {
                Ok(Spent {
                    mission: MicroUsd(sum(
                        "SELECT coalesce(sum(cost_micro_usd), 0) FROM prompt_run \
                         WHERE mission_id = ?1",
                        mission,
                    )?),
                    day: MicroUsd(sum(
                        "SELECT coalesce(sum(cost_micro_usd), 0) FROM prompt_run \
                         WHERE at >= ?1 AND cost_micro_usd IS NOT NULL",
                        day.as_millis(),
                    )?),
                })
            };
            read().map_err(|error| moment.error(&error))
        })
    }

    /// The calls made for a mission, oldest first.
    ///
    /// # Errors
    /// When the mission is not there or the file cannot be read.
    pub fn prompt_runs(&self, mission: MissionId) -> Result<Vec<PromptRun>, StoreError> {
        self.read(|moment| {
            let row = moment.mission_row(mission)?;
            moment.prompt_runs(row)
        })
    }
}

impl WriteTransaction<'_> {
    /// Notes a call for the mission of this row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note_prompt_run(&self, mission: Option<i64>, run: &PromptRun) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO prompt_run (request_id, mission_id, turn, task, role, provider, \
                 model, prompt_hash, prompt_version, rubric_version, tokens_in, tokens_out, \
                 tokens_cached, latency_ms, ttft_ms, cost_micro_usd, status, error, at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
                 ?17, ?18, ?19)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    run.request_id,
                    mission,
                    run.turn.map(|turn| turn.0),
                    run.task,
                    run.role.name(),
                    run.provider,
                    run.model,
                    run.prompt_hash,
                    run.prompt_version,
                    run.rubric_version,
                    run.usage.input,
                    run.usage.output,
                    run.usage.cached_input,
                    run.latency_ms,
                    run.ttft_ms,
                    run.cost.map(|cost| cost.0),
                    run.status,
                    run.error,
                    run.at.as_millis(),
                ])
            })
            .map(|_| ())
            .map_err(|error| self.error(&error))
    }
}

impl Snapshot<'_> {
    pub(super) fn prompt_runs(&self, mission: i64) -> Result<Vec<PromptRun>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT request_id, turn, task, role, provider, model, prompt_hash, \
                 prompt_version, rubric_version, tokens_in, tokens_out, tokens_cached, latency_ms, \
                 ttft_ms, cost_micro_usd, status, error, at \
                 FROM prompt_run WHERE mission_id = ?1 ORDER BY id",
            )
            .and_then(|mut statement| statement.query_map([mission], from_row)?.collect())
            .map_err(|error| self.error(&error))
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<PromptRun> {
    let role: String = row.get(3)?;
    let role = [Role::Mini, Role::Heavy, Role::Hero, Role::Judge]
        .into_iter()
        .find(|known| known.name() == role)
        .unwrap_or_default();
    Ok(PromptRun {
        request_id: row.get(0)?,
        turn: row.get::<_, Option<u32>>(1)?.map(TurnIndex),
        task: row.get(2)?,
        role,
        provider: row.get(4)?,
        model: row.get(5)?,
        prompt_hash: row.get(6)?,
        prompt_version: row.get(7)?,
        rubric_version: row.get(8)?,
        usage: Usage {
            input: row.get(9)?,
            output: row.get(10)?,
            cached_input: row.get(11)?,
            reasoning: None,
        },
        latency_ms: row.get(12)?,
        ttft_ms: row.get(13)?,
        cost: row.get::<_, Option<i64>>(14)?.map(MicroUsd),
        status: row.get(15)?,
        error: row.get(16)?,
        at: Timestamp::from_millis(row.get(17)?),
    })
}
