//! What can happen in a mission. Events are appended, never edited; everything else is derived.

use serde::{Deserialize, Serialize};

use crate::chat::Usage;
use crate::ids::TurnIndex;
use crate::persona::{OfflineLine, PersonaMemory};
use crate::reading::{BoundaryRisk, CueHit, Deltas, MicroFlag, Safety};
use crate::rules::{Ending, EventHint, Reward, Tier, is_shown};
use crate::units::{Confidence, MicroUsd, Score, Timestamp};

/// Something that happened. Stored as JSON with its `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MissionEvent {
    /// The mission began; the persona may have spoken first.
    Started {
        /// When.
        at: Timestamp,
        /// The seed of everything that is chosen.
        seed: u64,
        /// The persona's first line.
        opener: Option<String>,
        /// What the persona remembers of last time; headless conversations have no last time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory: Option<PersonaMemory>,
    },
    /// The user said something. Committed before anything else can fail.
    UserSpoke {
        /// Which turn.
        turn: TurnIndex,
        /// When.
        at: Timestamp,
        /// The words as typed.
        text: String,
    },
    /// What the line meant. An unscored line (a language that is not read) has none.
    TurnRead {
        /// Which turn.
        turn: TurnIndex,
        /// The blended reading.
        reading: TurnReading,
    },
    /// The persona answered.
    PersonaSpoke {
        /// Which turn.
        turn: TurnIndex,
        /// When.
        at: Timestamp,
        /// The answer and how it came about.
        line: PersonaLine,
    },
    /// The user took the turn back before an answer came. The line stays said.
    TurnCancelled {
        /// Which turn.
        turn: TurnIndex,
        /// When.
        at: Timestamp,
    },
    /// A gate's condition held for the first time.
    GatePassed {
        /// In which turn.
        turn: TurnIndex,
        /// The gate's id.
        gate: String,
        /// The gate's reason code.
        reason: String,
    },
    /// The objective came further.
    ProgressMade {
        /// In which turn.
        turn: TurnIndex,
        /// Position of the rule in the scenario.
        rule: u32,
        /// What it is worth.
        worth: f64,
    },
    /// A secret may be told from now on.
    SecretRevealed {
        /// In which turn.
        turn: TurnIndex,
        /// The secret's id.
        secret: String,
    },
    /// A strike.
    StrikeGiven {
        /// In which turn.
        turn: TurnIndex,
        /// Why.
        cause: StrikeCause,
    },
    /// Something was earned. Unique per (turn, kind).
    RewardGranted {
        /// In which turn.
        turn: TurnIndex,
        /// What.
        reward: Reward,
    },
    /// The line spoke of a crisis: play stops, help is shown, nothing is scored.
    CrisisPaused {
        /// In which turn.
        turn: TurnIndex,
        /// When.
        at: Timestamp,
    },
    /// The user came back to a mission (after a crisis pause, or in a new sitting). The clock of
    /// the turn starts again.
    Resumed {
        /// When.
        at: Timestamp,
    },
    /// The one grace period of the turn clock was used.
    TimeExtended {
        /// In which turn.
        turn: TurnIndex,
    },
    /// A clock ran out.
    TimeExpired {
        /// In which turn.
        turn: TurnIndex,
        /// When.
        at: Timestamp,
    },
    /// The mission is over.
    Ended {
        /// When.
        at: Timestamp,
        /// How.
        ending: Ending,
    },
}

impl MissionEvent {
    /// The name in the store and in exports.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::UserSpoke { .. } => "user_spoke",
            Self::TurnRead { .. } => "turn_read",
            Self::PersonaSpoke { .. } => "persona_spoke",
            Self::TurnCancelled { .. } => "turn_cancelled",
            Self::GatePassed { .. } => "gate_passed",
            Self::ProgressMade { .. } => "progress_made",
            Self::SecretRevealed { .. } => "secret_revealed",
            Self::StrikeGiven { .. } => "strike_given",
            Self::RewardGranted { .. } => "reward_granted",
            Self::CrisisPaused { .. } => "crisis_paused",
            Self::Resumed { .. } => "resumed",
            Self::TimeExtended { .. } => "time_extended",
            Self::TimeExpired { .. } => "time_expired",
            Self::Ended { .. } => "ended",
        }
    }

    /// The turn it belongs to; 0 for those that belong to none.
    #[must_use]
    pub fn turn(&self) -> TurnIndex {
        match self {
            Self::UserSpoke { turn, .. }
            | Self::TurnRead { turn, .. }
            | Self::PersonaSpoke { turn, .. }
            | Self::TurnCancelled { turn, .. }
            | Self::GatePassed { turn, .. }
            | Self::ProgressMade { turn, .. }
            | Self::SecretRevealed { turn, .. }
            | Self::StrikeGiven { turn, .. }
            | Self::RewardGranted { turn, .. }
            | Self::CrisisPaused { turn, .. }
            | Self::TimeExtended { turn }
            | Self::TimeExpired { turn, .. } => *turn,
            Self::Started { .. } | Self::Resumed { .. } | Self::Ended { .. } => TurnIndex(0),
        }
    }
}

/// Who said what the line meant.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReadingSource {
    /// The model alone (the local reader had no confidence at all).
    Model,
    /// The local reader alone.
    #[default]
    Local,
    /// Both, weighted.
    Blended,
}

/// The meaning of one line, as it counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TurnReading {
    /// Cues, local and from the model, each once.
    pub cues: Vec<CueHit>,
    /// What counts, boundary cap and difficulty applied.
    pub score: Score,
    /// How sure we are of it.
    pub confidence: Confidence,
    /// What the local reader alone said.
    pub local_score: Score,
    /// What the model alone said.
    pub model_score: Option<Score>,
    /// How it moves the mood.
    pub deltas: Deltas,
    /// How strongly, 0.5–1.5.
    pub strength: f64,
    /// The higher of the local and the model's verdict.
    pub boundary_risk: BoundaryRisk,
    /// The local verdict; a model cannot lower it.
    pub safety: Safety,
    /// Small remarks.
    pub flags: Vec<MicroFlag>,
    /// What the screen may do.
    pub hint: EventHint,
    /// Who said so.
    pub source: ReadingSource,
    /// Why, in a line.
    pub reason: String,
    /// Whether the line had to do with the subject.
    pub on_topic: bool,
    /// Fields of the model's answer that fell back to the local reading.
    pub problems: Vec<Problem>,
}

impl TurnReading {
    /// The score's tier, when it is sure enough to be shown.
    #[must_use]
    pub fn shown_tier(&self) -> Option<Tier> {
        is_shown(self.confidence).then(|| Tier::of(self.score))
    }
}

/// A part of an answer that was missing or wrong, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Problem {
    /// Which field, as named on the wire; empty for the answer as a whole.
    pub field: String,
    /// What was wrong with it.
    pub message: String,
}

/// What the persona said and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonaLine {
    /// The words, control characters removed.
    pub text: String,
    /// `embedded`, `openai`, …
    pub provider: String,
    /// The model's name; `embedded` for the offline persona.
    pub model: String,
    /// The authored line it came from.
    pub offline: Option<OfflineLine>,
    /// The configured model failed and the embedded persona answered for it.
    pub degraded: bool,
    /// Why, when it is.
    pub degraded_reason: Option<String>,
    /// Whether structured output was asked for and came back whole; `None` when it was not asked.
    pub valid: Option<bool>,
    /// Where the time went.
    pub timings: Timings,
    /// What the server counted.
    pub usage: Usage,
    /// What it cost; `None` when the model's price is not known.
    pub cost: Option<MicroUsd>,
    /// Requests it took.
    pub attempts: u32,
}

/// Where a turn's time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// To the first text from the model, ms.
    pub ttft_ms: Option<f64>,
    /// To the end of the answer, ms.
    pub total_ms: f64,
    /// Our own share up to the commit of the answer: reading, prompt, validation and the durable
    /// commit of the user's line, µs.
    pub own_us: u64,
}

/// Why a strike was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrikeCause {
    /// Name-calling.
    Insult,
    /// Unwanted sexual talk.
    Sexual,
    /// A slur.
    Slur,
    /// A threat.
    Threat,
    /// Pushing over a line.
    Boundary,
}

impl StrikeCause {
    /// The words on screen.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Insult => "an insult",
            Self::Sexual => "sexual talk nobody asked for",
            Self::Slur => "a slur",
            Self::Threat => "a threat",
            Self::Boundary => "pushing past a no",
        }
    }

    /// Whether as many of these as the policy allows disqualify rather than fail.
    #[must_use]
    pub fn disqualifies(self) -> bool {
        matches!(self, Self::Sexual | Self::Slur | Self::Threat)
    }
}
