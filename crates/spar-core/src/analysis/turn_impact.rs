//! What each line did, which lines mattered, and how the weak ones could have gone.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;
use crate::rules::{Rarity, Tier};
use crate::units::Score;

/// What each line did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TurnImpacts {
    /// One a turn that was read, in order.
    pub turns: Vec<TurnImpact>,
    /// The lines to look at: at most three best, three weakest and three rare ones, in the order
    /// they were said, each once.
    pub key_lines: Vec<KeyLine>,
}

/// What one line did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TurnImpact {
    /// Which turn.
    pub turn: TurnIndex,
    /// −100–100: what it did for the conversation, mood and score together.
    pub impact: f64,
    /// How it moved positivity, tension and comfort.
    pub moved: [f64; 3],
    /// The line's score.
    pub score: Score,
    /// Its tier, when it is sure enough to be shown.
    pub tier: Option<Tier>,
}

/// A line worth looking at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KeyLine {
    /// Which turn.
    pub turn: TurnIndex,
    /// Why it is one.
    pub kind: KeyLineKind,
    /// The line as it was said.
    pub text: String,
    /// What came back.
    pub reply: Option<String>,
    /// Its score.
    pub score: Score,
    /// Its tier, when it is sure enough to be shown.
    pub tier: Option<Tier>,
    /// Its rarity, when its tier is shown.
    pub rarity: Option<Rarity>,
    /// −100–100.
    pub impact: f64,
    /// Why it scored and worked as it did, in a sentence.
    pub reason: String,
    /// A way to say the same that would have landed better; for weak lines only.
    pub better: Option<String>,
}

/// Why a line is worth looking at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyLineKind {
    /// Among the best.
    Top,
    /// Among the weakest.
    Bottom,
    /// Of a rare tier.
    Rare,
}

/// What each line did, from the fold alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> TurnImpacts {
    TurnImpacts::default()
}
