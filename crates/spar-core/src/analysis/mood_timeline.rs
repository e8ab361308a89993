//! The course of a mission: smoothed score, mood, what state each turn was in, and the arcs they
//! make together.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;
use crate::rules::Mood;
use crate::units::Score;

/// The course of score and mood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodTimeline {
    /// One a turn that was read, in order.
    pub points: Vec<MoodPoint>,
    /// Stretches that belong together, in order, not overlapping.
    pub arcs: Vec<MoodArc>,
    /// The mood of the whole in a word or two, e.g. "tense, then warm".
    pub vibe: String,
    /// What happened to the mood, in two or three sentences.
    pub summary: String,
}

/// One turn of the course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodPoint {
    /// Which turn.
    pub turn: TurnIndex,
    /// The line's score, when it was sure enough to count.
    pub score: Option<Score>,
    /// Exponentially smoothed score, weight 0.35 for the newest.
    pub smoothed: Score,
    /// How the persona felt after it.
    pub mood: Mood,
    /// Positivity after it, 0–100.
    pub positivity: Score,
    /// Tension after it, 0–100.
    pub tension: Score,
    /// Comfort after it, 0–100.
    pub comfort: Score,
    /// Mean of positivity and comfort, 0–100.
    pub warmth: Score,
    /// How smoothly it went, 0–100.
    pub flow: Score,
    /// The state in a word.
    pub state: FlowState,
}

/// The state of a conversation at a turn.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowState {
    /// Good lines, little tension.
    Flow,
    /// Tension stands in the way.
    Tense,
    /// The persona has come closer.
    Warm,
    /// The persona has withdrawn.
    Cold,
    /// None of these.
    #[default]
    Neutral,
}

/// A stretch of turns with a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodArc {
    /// Which.
    pub kind: ArcKind,
    /// Its first turn.
    pub from: TurnIndex,
    /// Its last turn.
    pub to: TurnIndex,
}

/// Directions a stretch can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArcKind {
    /// Warmth rises.
    RisingWarmth,
    /// Warmth falls.
    CoolDown,
    /// Tension jumps while the persona tests, and comes down again.
    TestingSpike,
    /// Score and mood come back after a drop.
    Recovery,
    /// Tension builds up.
    TensionBuild,
    /// Nothing much moves.
    Stable,
}

/// The course, from the fold alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> MoodTimeline {
    MoodTimeline::default()
}
