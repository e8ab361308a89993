//! What the conversation was about, what was agreed or offered in it, and by which technique.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;
use crate::units::Confidence;

/// What it was about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Topics {
    /// At most two, the larger first.
    pub topics: Vec<Topic>,
    /// What somebody said they would do, at most five.
    pub actions: Vec<Action>,
    /// What the person mainly did to get there.
    pub technique: Option<Technique>,
}

/// A subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Topic {
    /// In a few words.
    pub name: String,
    /// Share of the turns that were about it, 0–1.
    pub share: Confidence,
}

/// Something somebody said they would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Action {
    /// In a line.
    pub text: String,
    /// Whose it is.
    pub whose: Whose,
    /// Where it was said.
    pub turn: TurnIndex,
}

/// Whose an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The person's.
    User,
    /// The persona's.
    Persona,
    /// Both.
    Both,
}

/// A way of going about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Technique {
    /// Its name, e.g. "reflecting before proposing".
    pub name: String,
    /// Why that is what it was, in a sentence.
    pub why: String,
    /// The turn that shows it best.
    pub turn: TurnIndex,
}

/// Subjects, actions and technique, from words and cues alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Topics {
    Topics::default()
}
