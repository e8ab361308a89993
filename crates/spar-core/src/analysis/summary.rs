//! The mission in a few words, for lists.

use serde::{Deserialize, Serialize};

use super::Context;

/// Characters of a summary at most.
pub const LONGEST: usize = 45;

/// The mission in a few words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ActionSummary {
    /// At most [`LONGEST`] characters, e.g. "Owned the slip, left with a joint plan".
    pub text: String,
}

/// The summary, from ending, gates and cues alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> ActionSummary {
    ActionSummary::default()
}
