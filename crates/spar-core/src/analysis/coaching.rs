//! What to make of a mission: the part a good coach would say.

use serde::{Deserialize, Serialize};

use super::Context;

/// What to make of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Coaching {
    /// How far they came, in this mission and since the one before.
    pub progress: String,
    /// What the mission shows, at most four sentences.
    pub insights: Vec<String>,
    /// What helped when it got hard, at most three.
    pub coping_skills: Vec<String>,
    /// Where the two of them stand now.
    pub relationship: String,
    /// What to try next, most useful first, at most three.
    pub recommendations: Vec<String>,
}

/// What to make of it, from what the other stages found.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Coaching {
    Coaching::default()
}
