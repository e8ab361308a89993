//! Five layers of skill, each with what it rests on.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;
use crate::units::Score;

/// Five layers of skill, from the ground up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Layers {
    /// All five, in the order of [`LayerKind::ALL`]; none when no line was read.
    pub layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Layer {
    /// Which.
    pub kind: LayerKind,
    /// 0–100; `None` when nothing in the mission shows it.
    pub score: Option<Score>,
    /// Why, one to three sentences.
    pub reasons: Vec<String>,
    /// Turns that show it, at most three.
    pub turns: Vec<TurnIndex>,
}

/// The layers.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Says what there is to say, and lets the other speak.
    Fundamentals,
    /// Hears and names feelings, their own included.
    EmotionalIntelligence,
    /// Reads the room: pace, topic, boundaries.
    SocialDynamics,
    /// Moves things: asks, proposes, agrees.
    Influence,
    /// Does all of it under pressure, and recovers.
    Mastery,
}

impl LayerKind {
    /// From the ground up.
    pub const ALL: [Self; 5] = [
        Self::Fundamentals,
        Self::EmotionalIntelligence,
        Self::SocialDynamics,
        Self::Influence,
        Self::Mastery,
    ];

    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Fundamentals => "fundamentals",
            Self::EmotionalIntelligence => "emotional intelligence",
            Self::SocialDynamics => "social dynamics",
            Self::Influence => "influence",
            Self::Mastery => "mastery",
        }
    }
}

/// The layers, from cues, mood and traits alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Layers {
    Layers::default()
}
