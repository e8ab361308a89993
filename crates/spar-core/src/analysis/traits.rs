//! Six traits of how the person talked: in this mission, against the one before, and in the long run.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::units::Score;

/// Weight of the newest mission in the long-term mean.
pub const LONG_TERM_ALPHA: f64 = 0.3;

/// How the person talked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Traits {
    /// In this mission; `None` when no line was sure enough to count.
    pub scores: Option<TraitScores>,
    /// Against the latest mission before it that has traits, each −100–100.
    pub deltas: Option<[f64; 6]>,
    /// Exponential mean over missions, this one included.
    pub long_term: Option<TraitScores>,
    /// How many missions are in the long-term mean, this one included.
    pub missions: u32,
    /// What each trait rests on, in a sentence, in the order of [`Trait::ALL`].
    pub reasons: Vec<String>,
}

/// A way of talking.
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
pub enum Trait {
    /// Stands by what they say.
    Confidence,
    /// Says it so that it can be repeated.
    Clarity,
    /// Lightness that does no harm.
    Humor,
    /// Brings tension down, or does not add to it.
    TensionControl,
    /// Lets the other feel seen.
    EmotionalWarmth,
    /// Takes up room: 50 is even, more leads, less follows.
    Dominance,
}

impl Trait {
    /// Every trait, in the order of [`TraitScores`].
    pub const ALL: [Self; 6] = [
        Self::Confidence,
        Self::Clarity,
        Self::Humor,
        Self::TensionControl,
        Self::EmotionalWarmth,
        Self::Dominance,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::Clarity => "clarity",
            Self::Humor => "humor",
            Self::TensionControl => "tension_control",
            Self::EmotionalWarmth => "emotional_warmth",
            Self::Dominance => "dominance",
        }
    }

    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::Clarity => "clarity",
            Self::Humor => "humour",
            Self::TensionControl => "tension control",
            Self::EmotionalWarmth => "emotional warmth",
            Self::Dominance => "dominance",
        }
    }
}

/// A value for each trait, 0–100.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TraitScores {
    /// [`Trait::Confidence`]
    pub confidence: Score,
    /// [`Trait::Clarity`]
    pub clarity: Score,
    /// [`Trait::Humor`]
    pub humor: Score,
    /// [`Trait::TensionControl`]
    pub tension_control: Score,
    /// [`Trait::EmotionalWarmth`]
    pub emotional_warmth: Score,
    /// [`Trait::Dominance`]
    pub dominance: Score,
}

impl TraitScores {
    /// The value of one.
    #[must_use]
    pub fn get(&self, of: Trait) -> Score {
        match of {
            Trait::Confidence => self.confidence,
            Trait::Clarity => self.clarity,
            Trait::Humor => self.humor,
            Trait::TensionControl => self.tension_control,
            Trait::EmotionalWarmth => self.emotional_warmth,
            Trait::Dominance => self.dominance,
        }
    }

    /// The value of each, in the order of [`Trait::ALL`].
    #[must_use]
    pub fn of(values: [f64; 6]) -> Self {
        let [confidence, clarity, humor, tension_control, emotional_warmth, dominance] =
            values.map(Score::new);
        Self { confidence, clarity, humor, tension_control, emotional_warmth, dominance }
    }
}

/// The traits, from cues and readings alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Traits {
    Traits::default()
}
