//! Moments after which the conversation was another one.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;
use crate::units::Confidence;

/// Moments that changed something, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Breakthroughs {
    /// At most five.
    pub moments: Vec<Breakthrough>,
}

/// A moment that changed something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Breakthrough {
    /// What changed.
    pub kind: BreakthroughKind,
    /// In a few words.
    pub label: String,
    /// The turn it can be seen in.
    pub turn: TurnIndex,
    /// 0–1.
    pub confidence: Confidence,
}

/// What a moment can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakthroughKind {
    /// The persona let them in.
    Trust,
    /// Something was put right.
    Repair,
    /// A feeling was named, and it helped.
    Emotion,
    /// Somebody saw it another way.
    Insight,
    /// Somebody said what they would do.
    Commitment,
    /// A line was drawn or kept.
    Boundary,
}

impl BreakthroughKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Trust, Self::Repair, Self::Emotion, Self::Insight, Self::Commitment, Self::Boundary];
}

/// The moments, from the course of the mood and the cues alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Breakthroughs {
    Breakthroughs::default()
}
