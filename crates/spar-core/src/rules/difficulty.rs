//! Difficulty: four presets of six knobs, and the persona's temperament.

use serde::{Deserialize, Serialize};

/// A preset of [`Knobs`].
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
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
pub enum Difficulty {
    /// Forgiving.
    Easy,
    /// As people are on a fair day.
    #[default]
    Medium,
    /// As people are on a bad day.
    Hard,
    /// Nothing slips by.
    Elite,
}

impl Difficulty {
    /// Every level, easiest first.
    pub const ALL: [Self; 4] = [Self::Easy, Self::Medium, Self::Hard, Self::Elite];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
            Self::Elite => "elite",
        }
    }

    /// The preset's knobs.
    #[must_use]
    pub fn knobs(self) -> Knobs {
        let [
            strictness,
            ambiguity_tolerance,
            emotional_penalty,
            cleverness_bonus,
            fail_threshold,
            recovery_difficulty,
        ] = match self {
            Self::Easy => [25.0, 75.0, 25.0, 75.0, 30.0, 25.0],
            Self::Medium => [50.0, 50.0, 50.0, 50.0, 40.0, 50.0],
            Self::Hard => [75.0, 30.0, 75.0, 40.0, 48.0, 75.0],
            Self::Elite => [100.0, 15.0, 100.0, 30.0, 55.0, 100.0],
        };
        Knobs {
            strictness,
            ambiguity_tolerance,
            emotional_penalty,
            cleverness_bonus,
            fail_threshold,
            recovery_difficulty,
        }
    }
}

/// What a difficulty turns, 0–100 each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Knobs {
    /// What each bad habit costs a line's score.
    pub strictness: f64,
    /// How much hedging is forgiven.
    pub ambiguity_tolerance: f64,
    /// How hard a bad line hits the mood: 50 as it is, 100 half as much again.
    pub emotional_penalty: f64,
    /// What well-placed humour adds to a line's score.
    pub cleverness_bonus: f64,
    /// The running mean below which no success is granted.
    pub fail_threshold: f64,
    /// How little a good line repairs: 50 as it is, 100 two thirds.
    pub recovery_difficulty: f64,
}

impl Knobs {
    /// What a bad move is multiplied by: 0.75 / 1 / 1.25 / 1.5 from easy to elite.
    #[must_use]
    pub fn bad_factor(&self) -> f64 {
        0.5 + self.emotional_penalty / 100.0
    }

    /// What a good move is multiplied by: the inverse, so that harder damps the good.
    #[must_use]
    pub fn good_factor(&self) -> f64 {
        1.0 / (0.5 + self.recovery_difficulty / 100.0)
    }
}

/// The persona's temperament, 0–100 each; 50 changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dynamics {
    /// How fast moods return to rest.
    pub pace: f64,
    /// How much kindness lifts them.
    pub warmth: f64,
    /// How little tension lets go.
    pub hostility: f64,
    /// How sparing with words (in the prompt).
    pub dryness: f64,
    /// How far comfort swings.
    pub vulnerability: f64,
    /// How fast tension climbs.
    pub escalation_speed: f64,
}

impl Default for Dynamics {
    fn default() -> Self {
        Self {
            pace: 50.0,
            warmth: 50.0,
            hostility: 50.0,
            dryness: 50.0,
            vulnerability: 50.0,
            escalation_speed: 50.0,
        }
    }
}

impl Dynamics {
    /// A temperament value as a factor around 1: 0.75 at 0, 1.25 at 100.
    #[must_use]
    pub fn factor(value: f64) -> f64 {
        0.75 + value / 200.0
    }
}
