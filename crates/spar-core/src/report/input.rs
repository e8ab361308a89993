//! What a report is made from. Everything that knows a clock, a store or this machine is told.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{PastMission, Results};
use crate::chat::Role;
use crate::ids::{MissionId, SessionId, TurnIndex};
use crate::job::Stage;
use crate::mission::{Mission, Problem};
use crate::routing::{Profile, Task};
use crate::units::{MicroUsd, Timestamp};

/// Everything a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct ReportInput<'a> {
    /// The mission's events, folded.
    pub mission: &'a Mission,
    /// What its row says.
    pub facts: &'a MissionFacts,
    /// The newest results of its stages.
    pub results: &'a Results,
    /// How each stage stands. One that is not named was not analysed.
    pub stages: &'a BTreeMap<Stage, StageStatus>,
    /// What models were asked about this mission, by task; may be empty.
    pub costs: &'a [TaskCost],
    /// The person's latest mission of the same scenario before this one.
    pub previous: Option<&'a PastMission>,
}

/// What a mission's row says that its events do not.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionFacts {
    /// Which mission.
    pub mission_id: MissionId,
    /// The sitting it belongs to; `None` for a conversation of a run or one that was imported.
    pub session_id: Option<SessionId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// Who answered for the persona: `embedded`, `openai`, …
    pub provider: String,
    /// The model's name; `embedded` for the offline persona.
    pub model: String,
    /// The run it was played in, when it was a headless one.
    pub run: Option<String>,
    /// Whether it was brought in as a transcript rather than played here.
    pub imported: bool,
}

/// How a stage stands for a mission.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StageStatus {
    /// Whether what is there is up to date.
    pub freshness: Freshness,
    /// How the newest result came about, when there is one.
    pub made: Option<GenerationMetadata>,
}

/// Whether a part of a report is up to date, and when not, why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum Freshness {
    /// It covers everything that was said.
    Fresh,
    /// It covers the turns up to this one; more was said since.
    Stale {
        /// The last turn it covers.
        through: TurnIndex,
    },
    /// It is being made at this moment.
    InProgress,
    /// It will be made, and is not being made yet.
    Waiting {
        /// For what, in a line ("the mission is not over", "traits come first").
        reason: String,
    },
    /// It could not be made.
    Failed {
        /// Why, in a line.
        reason: String,
    },
    /// Nobody has asked for it.
    #[default]
    NotAnalysed,
}

/// How a result came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerationMetadata {
    /// Whether a model had a part in it.
    pub strategy: Strategy,
    /// The model that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the model was for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How much was spent on depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Fields of the model's answer that fell back to the offline form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Which wording of the question was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<String>,
    /// How long it took, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What it cost, micro-USD; `None` when the model's price is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<MicroUsd>,
    /// Position among the results of this stage for this mission, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The last turn it covers.
    pub through: TurnIndex,
    /// Missions it looked at; 1 for a stage that looks at one.
    pub missions_analysed: u32,
    /// Missions the person had at the time.
    pub total_missions: u32,
}

/// Whether a model had a part in a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Computed here, without a model.
    #[default]
    Offline,
    /// What a model answered.
    Model,
    /// What a model answered, with parts computed here where the answer was wrong.
    Mixed,
}

impl Strategy {
    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Offline => "computed offline",
            Self::Model => "by a model",
            Self::Mixed => "mostly by a model",
        }
    }
}

/// What models were asked for one task, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskCost {
    /// For what.
    pub task: Task,
    /// How many times.
    pub runs: u32,
    /// Of them failed.
    pub failed: u32,
    /// Tokens of the questions.
    pub input_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// What it cost, micro-USD; `None` when the price of any of it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<MicroUsd>,
}
