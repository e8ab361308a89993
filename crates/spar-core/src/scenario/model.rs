//! A scenario as it is played: valid by construction, with every default filled in.

use serde::{Deserialize, Serialize};

use super::{CheckItem, Playthroughs, Script};
use crate::chat::{Role, Sampling};
use crate::persona::{OfflineScript, Persona};
use crate::reading::ReaderSpec;
use crate::rules::{Condition, Difficulty, Dynamics, Ending, Knobs, RewardLimits};

/// A conversation to rehearse. Snapshotted into each mission, so that later edits of the file
/// never change a running or past one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Unique, kebab-case.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is about, in a line.
    pub summary: String,
    /// Walk of life.
    pub category: Category,
    /// Words for `--filter`.
    pub tags: Vec<String>,
    /// BCP 47 tag.
    pub language: String,
    /// The author's version.
    pub version: u32,
    /// What feedback fits.
    pub tone: Tone,
    /// Who one talks to.
    pub persona: Persona,
    /// What one wants from the talk.
    pub objective: Objective,
    /// The preset.
    pub difficulty: Difficulty,
    /// The preset's knobs with the file's overrides.
    pub knobs: Knobs,
    /// The persona's temperament.
    pub dynamics: Dynamics,
    /// Limits and endings.
    pub policy: Policy,
    /// What the local reader needs to know.
    pub reader: ReaderSpec,
    /// Conditions to meet, in the order of the file.
    pub gates: Vec<Gate>,
    /// What can be earned.
    pub rewards: RewardLimits,
    /// Which model, and how.
    pub model: ModelSettings,
    /// What the persona says without a model.
    pub offline: OfflineScript,
    /// What a headless run plays.
    pub script: Script,
    /// What must be true of a headless run at its end.
    pub expect: Vec<CheckItem>,
    /// What `scenario check` plays.
    pub playthroughs: Playthroughs,
}

impl Scenario {
    /// Whether lines are read and scored (English), or only played.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        self.reader.english
    }

    /// Whether its id, category or one of its tags contains the text, in any case.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        [self.id.as_str(), self.category.name()]
            .into_iter()
            .chain(self.tags.iter().map(String::as_str))
            .any(|name| name.to_lowercase().contains(&text))
    }

    /// Gates that a success needs.
    pub fn required_gates(&self) -> impl Iterator<Item = &Gate> {
        self.gates.iter().filter(|gate| gate.required)
    }
}

/// Walks of life.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Colleagues and bosses.
    Work,
    /// Customers.
    Service,
    /// Patients, carers, family health.
    Health,
    /// Friends, family, strangers.
    Social,
    /// Deals.
    Negotiation,
}

impl Category {
    /// Every category, in the order of lists.
    pub const ALL: [Self; 5] =
        [Self::Work, Self::Service, Self::Health, Self::Social, Self::Negotiation];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Service => "service",
            Self::Health => "health",
            Self::Social => "social",
            Self::Negotiation => "negotiation",
        }
    }
}

/// What feedback fits the subject.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Celebrate freely.
    Light,
    /// Celebrate what is rare.
    #[default]
    Neutral,
    /// No celebrations, no XP on screen.
    Grave,
}

/// What one wants from the talk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// The kind of talk.
    pub kind: ObjectiveKind,
    /// In a line.
    pub title: String,
    /// More about it; may be empty.
    pub description: String,
    /// What counts as progress; empty: the share of required gates passed.
    pub progress: Vec<ProgressRule>,
    /// When it is reached.
    pub won_when: Option<Condition>,
    /// When it is lost.
    pub lost_when: Option<Condition>,
}

/// A step of progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressRule {
    /// Once this has held it stays counted.
    pub when: Condition,
    /// 0–100; all rules together at most 100.
    pub worth: f64,
}

/// Kinds of talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveKind {
    /// Say what nobody wants to hear.
    DeliverBadNews,
    /// Tell somebody what their behaviour does.
    GiveFeedback,
    /// Reach a deal.
    Negotiate,
    /// Bring somebody down from anger.
    CalmDown,
    /// Hold a line.
    SetBoundary,
    /// Say no.
    SayNo,
    /// Bring two sides nearer.
    Mediate,
    /// Get to know somebody.
    Connect,
    /// Ask for help.
    AskForHelp,
    /// Help somebody want to change.
    MotivateChange,
    /// Be interviewed.
    Interview,
    /// Sell, honestly.
    Sell,
    /// No aim.
    Free,
}

impl ObjectiveKind {
    /// Whether the point is to say something hard, so that plainness counts.
    #[must_use]
    pub fn says_hard_thing(self) -> bool {
        matches!(
            self,
            Self::DeliverBadNews
                | Self::GiveFeedback
                | Self::SetBoundary
                | Self::SayNo
                | Self::AskForHelp
                | Self::Negotiate
                | Self::Interview
        )
    }
}

/// Limits and endings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The last turn.
    pub max_turns: u32,
    /// No success before this turn.
    pub min_turns: u32,
    /// Strikes that end the mission; 0 switches strikes off.
    pub strikes: u32,
    /// Seconds to answer.
    pub seconds_per_turn: Option<u32>,
    /// Grace, once a mission.
    pub seconds_extension: Option<u32>,
    /// Seconds for the whole mission.
    pub mission_seconds: Option<u32>,
    /// A running mean that wins.
    pub milestone: Option<f64>,
    /// What a threat does.
    pub on_threat: SafetyResponse,
    /// What a slur does.
    pub on_slur: SafetyResponse,
    /// What sexual harassment does.
    pub on_sexual: SafetyResponse,
    /// Allowed endings in order of precedence; the two that are always allowed stand in it too.
    pub endings: Vec<Ending>,
}

/// What an unsafe line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SafetyResponse {
    /// Ends the mission.
    End,
    /// Gives a strike; as many as the policy allows disqualify.
    Strike,
}

/// Something that must have happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Unique in the scenario.
    pub id: String,
    /// What it is called on screen.
    pub title: String,
    /// When it passes.
    pub when: Condition,
    /// Whether a success needs it.
    pub required: bool,
    /// The turn after which it may not be open any more.
    pub required_by: Option<u32>,
    /// A code for reports, e.g. `plain_statement`.
    pub reason: String,
}

/// Which model, and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// Which kind.
    pub role: Role,
    /// How.
    pub sampling: Sampling,
}
