//! What headless runs play and check.

use serde::{Deserialize, Serialize};

use crate::reading::{BoundaryRisk, CueName};
use crate::rules::{Comparison, Condition, Ending, EventHint, GateStatus, Mood, TierComparison};

/// The user's side of a headless run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// Values that multiply the run.
    pub vars: Vec<VarSet>,
    /// How often each combination is played, at least 1.
    pub repeat: u32,
    /// What is said.
    pub steps: Vec<Step>,
}

/// A variable and its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VarSet {
    /// `{{name}}` in a line.
    pub name: String,
    /// At least one.
    pub values: Vec<String>,
}

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A line and what must follow.
    Say(ScriptLine),
    /// The first branch whose condition holds.
    Branch(Vec<Branch>),
    /// Turns of a simulated user.
    Simulate(Simulate),
}

/// A line of the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScriptLine {
    /// What is said; `{{name}}` is filled from vars and captures.
    pub user: String,
    /// What must be true after the turn.
    pub expect: Vec<CheckItem>,
    /// What is kept from the reply.
    pub save: Vec<SaveRule>,
    /// Line of the scenario file, 1-based, for annotations.
    pub source_line: u32,
}

/// Keeps a part of the reply for later lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveRule {
    /// `{{name}}` later on.
    pub name: String,
    /// A regular expression; its first group, or the whole match, is kept.
    pub matches: String,
}

/// One way a script can go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// `None`: otherwise.
    pub when: Option<Condition>,
    /// What is said then.
    pub line: ScriptLine,
}

/// Turns of a simulated user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Simulate {
    /// Who they are, for a model to play.
    pub who: String,
    /// How well they do.
    pub level: Level,
    /// At most so many turns.
    pub turns: u32,
    /// Stops as soon as this holds.
    pub until: Option<Condition>,
    /// Line of the scenario file, 1-based.
    pub source_line: u32,
}

/// How well a user plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Makes it worse.
    Poor,
    /// Means well.
    Middling,
    /// Knows how.
    Skilled,
}

impl Level {
    /// Every level, worst first.
    pub const ALL: [Self; 3] = [Self::Poor, Self::Middling, Self::Skilled];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Poor => "poor",
            Self::Middling => "middling",
            Self::Skilled => "skilled",
        }
    }
}

/// Three plays of the scenario whose scores must come out in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playthroughs {
    /// By somebody who knows how.
    pub skilled: Vec<String>,
    /// By somebody who means well.
    pub middling: Vec<String>,
    /// By somebody who makes it worse.
    pub poor: Vec<String>,
}

impl Playthroughs {
    /// The lines of a level.
    #[must_use]
    pub fn lines(&self, level: Level) -> &[String] {
        match level {
            Level::Poor => &self.poor,
            Level::Middling => &self.middling,
            Level::Skilled => &self.skilled,
        }
    }

    /// Whether all three are there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        Level::ALL.iter().all(|level| !self.lines(*level).is_empty())
    }
}

/// A check and where it stands in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckItem {
    /// What must be true.
    pub check: Check,
    /// As the file puts it, e.g. `tier: ">= B"`.
    pub label: String,
    /// Line of the scenario file, 1-based.
    pub source_line: u32,
}

/// What must be true after a turn, or at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The turn's tier (at the end: the mission score's).
    Tier(TierComparison),
    /// The turn's score (at the end: the mission's).
    Score(Comparison),
    /// The mood is one of these.
    Mood(Vec<Mood>),
    /// 0–100.
    Positivity(Comparison),
    /// 0–100.
    Tension(Comparison),
    /// 0–100.
    Comfort(Comparison),
    /// A gate is passed or open.
    Gate(String, GateStatus),
    /// The mission ended so.
    Ending(Vec<Ending>),
    /// The cue was recognised (in this turn; at the end: ever).
    Cue(Vec<CueName>),
    /// Micro flags that must be there, and that must not.
    Flags {
        /// Each is there.
        has: Vec<String>,
        /// None of these is.
        none: Vec<String>,
    },
    /// The turn's boundary risk is one of these.
    BoundaryRisk(Vec<BoundaryRisk>),
    /// The turn's hint is one of these.
    EventHint(Vec<EventHint>),
    /// The persona's reply (at the end: every reply).
    Reply(ReplyCheck),
    /// The model's structured output was valid (at the end: in every turn).
    Valid(bool),
    /// The turn was degraded (at the end: some turn was).
    Degraded(bool),
    /// Total time of a turn, ms.
    LatencyMs(LatencyCheck),
    /// Time to the first token, ms.
    TtftMs(LatencyCheck),
    /// Dollars, of the turn or the mission.
    CostUsd(Comparison),
    /// Tokens in and out, of the turn or the mission.
    Tokens(Comparison),
    /// At least the given share of `k` repeats passed, over all plays of the scenario.
    PassHat {
        /// Repeats that must all pass.
        k: u32,
        /// Estimated probability that they do, 0–1.
        min: f64,
    },
}

/// What a reply must be like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplyCheck {
    /// Each stands in it, case-insensitively.
    pub contains: Vec<String>,
    /// None stands in it.
    pub not_contains: Vec<String>,
    /// A regular expression that matches.
    pub matches: Option<String>,
    /// A regular expression that does not.
    pub not_matches: Option<String>,
    /// At most so many characters.
    pub max_chars: Option<u32>,
    /// `en`: mostly English words.
    pub language: Option<String>,
}

/// A check of times: a comparison of each turn, or of a statistic over turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyCheck {
    /// `value` (each turn), `p50`, `p90`, `p95`, `p99`, `max` or `mean`, and its comparison.
    pub bounds: Vec<(String, Comparison)>,
}
