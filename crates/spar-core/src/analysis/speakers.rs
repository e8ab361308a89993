//! Who said which line of a transcript that does not say.

use serde::{Deserialize, Serialize};

use crate::units::Confidence;

/// One of two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person whose side is studied.
    User,
    /// The other.
    Partner,
}

/// A guess at who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpeakerLabel {
    /// Who.
    pub speaker: Speaker,
    /// How sure, 0–1.
    pub confidence: Confidence,
}
