//! What the persona will remember next time.

use serde::{Deserialize, Serialize};

use super::Context;

/// What the persona keeps of a mission. The next mission with the same persona begins with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PersonaMemory {
    /// The persona's name.
    pub persona: String,
    /// What stuck, in the persona's own words, second person for the user, at most four sentences.
    pub items: Vec<String>,
    /// How they think of the user now, in a line.
    pub attitude: String,
    /// −10–10: how much warmer or cooler the next mission begins.
    pub carry: f64,
}

/// The memory, from how it ended and what stood out.
#[must_use]
pub fn offline(_context: &Context<'_>) -> PersonaMemory {
    PersonaMemory::default()
}
