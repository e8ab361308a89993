//! The parts of a reading.

use serde::{Deserialize, Serialize};

use super::CueName;
use crate::units::{Confidence, Score};

/// Which way one part of the mood moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delta {
    /// More of it.
    Up,
    /// Less of it.
    Down,
    /// No change.
    #[default]
    Stable,
}

impl Delta {
    /// +1, −1 or 0.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
            Self::Stable => 0.0,
        }
    }
}

/// How a line moves the persona's mood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deltas {
    /// Positivity (`moodDelta` on the wire).
    pub mood: Delta,
    /// Tension; up is worse.
    pub tension: Delta,
    /// Comfort.
    pub comfort: Delta,
}

/// How close a line comes to overstepping.
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
pub enum BoundaryRisk {
    /// Nothing to see.
    #[default]
    Low,
    /// Pressing.
    Med,
    /// Over the line: caps the score and raises a warning.
    High,
}

/// What the line could do to a person. Ordered from harmless to most serious.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Safety {
    /// Nothing found.
    #[default]
    Clear,
    /// Name-calling at the other person.
    Insult,
    /// Unwanted sexual talk.
    Sexual,
    /// A slur.
    Slur,
    /// A threat of violence or harm.
    Threat,
    /// The speaker may be in danger: never role-play, always help.
    Crisis,
}

/// A small thing worth a word next to the line.
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
pub enum MicroFlag {
    /// Asks to be reassured or liked.
    Needy,
    /// Unusually well put.
    Brilliant,
    /// Pushes for an answer.
    Pushy,
    /// Waves the other's feeling away.
    Dismissive,
    /// Says it half.
    Hedging,
    /// Far longer than it needs to be.
    Rambling,
    /// Talks about something else.
    OffTopic,
    /// Warm without being soft.
    Warm,
    /// Plain about the hard thing.
    Plain,
    /// Gives back what was heard.
    Listening,
    /// Owns their part.
    Owning,
    /// Repeats an earlier line.
    Repeating,
}

impl MicroFlag {
    /// Every flag.
    pub const ALL: [Self; 12] = [
        Self::Needy,
        Self::Brilliant,
        Self::Pushy,
        Self::Dismissive,
        Self::Hedging,
        Self::Rambling,
        Self::OffTopic,
        Self::Warm,
        Self::Plain,
        Self::Listening,
        Self::Owning,
        Self::Repeating,
    ];

    /// The name in files and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Needy => "needy",
            Self::Brilliant => "brilliant",
            Self::Pushy => "pushy",
            Self::Dismissive => "dismissive",
            Self::Hedging => "hedging",
            Self::Rambling => "rambling",
            Self::OffTopic => "off_topic",
            Self::Warm => "warm",
            Self::Plain => "plain",
            Self::Listening => "listening",
            Self::Owning => "owning",
            Self::Repeating => "repeating",
        }
    }

    /// Whether the flag speaks against the line.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(
            self,
            Self::Needy
                | Self::Pushy
                | Self::Dismissive
                | Self::Hedging
                | Self::Rambling
                | Self::OffTopic
                | Self::Repeating
        )
    }
}

/// Whether a cue speaks for or against a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CueEffect {
    /// For it.
    Good,
    /// Against it.
    Bad,
    /// Neither.
    #[default]
    Neutral,
}

/// A cue found in a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CueHit {
    /// Which.
    pub cue: CueName,
    /// How strongly, 0–1.
    pub strength: f64,
}

/// What the local reader makes of one line. Pure: the same line and context give the same reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalReading {
    /// Cues found, strongest first, each once.
    pub cues: Vec<CueHit>,
    /// What it could do to a person.
    pub safety: Safety,
    /// How well the line serves the conversation.
    pub score: Score,
    /// How sure the reader is of the score; 0 for a language it does not read.
    pub confidence: Confidence,
    /// How it moves the mood.
    pub deltas: Deltas,
    /// How strongly it moves it, 0.5–1.5.
    pub strength: f64,
    /// How close it comes to overstepping.
    pub boundary_risk: BoundaryRisk,
    /// Small remarks.
    pub flags: Vec<MicroFlag>,
    /// One line that says why the score is what it is.
    pub reason: String,
    /// Whether the line shares a word with the scenario's topic (true when it names none).
    pub on_topic: bool,
}

impl LocalReading {
    /// Whether the cue was found.
    #[must_use]
    pub fn has(&self, cue: &CueName) -> bool {
        self.cues.iter().any(|hit| hit.cue == *cue)
    }
}
