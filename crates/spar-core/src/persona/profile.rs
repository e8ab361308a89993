//! Who the persona is.

use serde::{Deserialize, Serialize};

use crate::rules::{Condition, MoodVector};

/// The other person of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Persona {
    /// What they are called.
    pub name: String,
    /// Who they are to the user, in a line.
    pub role: String,
    /// What brought them here; empty when the file says nothing.
    pub backstory: String,
    /// What they want from the talk.
    pub wants: Vec<String>,
    /// What they are afraid of.
    pub fears: Vec<String>,
    /// How they talk.
    pub voice: String,
    /// The kind of person they are in a room.
    pub style: Style,
    /// Mood at the start.
    pub start: MoodVector,
    /// Where the mood drifts back to.
    pub rest: MoodVector,
    /// What they say only once a condition has held.
    pub secrets: Vec<Secret>,
}

/// A style and how strongly it shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Which.
    pub key: StyleKey,
    /// How strongly.
    pub intensity: StyleIntensity,
}

/// The kind of person somebody is in a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StyleKey {
    /// Kind first.
    Warm,
    /// Says it straight.
    #[default]
    Direct,
    /// Few words, some of them funny.
    Dry,
    /// Expects the worst.
    Anxious,
    /// Does not like to be seen weak.
    Proud,
    /// Light on their feet.
    Playful,
    /// Keeps to the form.
    Formal,
    /// Has no strength left for this.
    Tired,
}

impl StyleKey {
    /// Every style.
    pub const ALL: [Self; 8] = [
        Self::Warm,
        Self::Direct,
        Self::Dry,
        Self::Anxious,
        Self::Proud,
        Self::Playful,
        Self::Formal,
        Self::Tired,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Direct => "direct",
            Self::Dry => "dry",
            Self::Anxious => "anxious",
            Self::Proud => "proud",
            Self::Playful => "playful",
            Self::Formal => "formal",
            Self::Tired => "tired",
        }
    }
}

/// How strongly a style shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StyleIntensity {
    /// A touch.
    Mild,
    /// As people are.
    #[default]
    Normal,
    /// Hard to miss.
    Strong,
}

impl StyleIntensity {
    /// 0.7, 1 or 1.3.
    #[must_use]
    pub fn factor(self) -> f64 {
        match self {
            Self::Mild => 0.7,
            Self::Normal => 1.0,
            Self::Strong => 1.3,
        }
    }
}

/// Something the persona says only once it is safe to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name in the file.
    pub id: String,
    /// What it is.
    pub text: String,
    /// When it may be told.
    pub reveal_when: Condition,
}
