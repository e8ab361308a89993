//! Which traits go together in a person's missions.

use serde::{Deserialize, Serialize};

use super::Context;
use super::traits::Trait;

/// Newest missions that are looked at.
pub const MISSIONS: usize = 15;
/// Fewer missions say nothing.
pub const FEWEST: usize = 5;
/// Weaker correlations are not shown.
pub const SHOWN_FROM: f64 = 0.45;

/// How traits go together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Synergies {
    /// Missions with traits among the newest [`MISSIONS`], this one included.
    pub missions: u32,
    /// Pairs from |r| ≥ [`SHOWN_FROM`], strongest first; none with fewer than [`FEWEST`] missions.
    pub pairs: Vec<Synergy>,
}

/// Two traits that go together, or against each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Synergy {
    /// One.
    pub a: Trait,
    /// The other.
    pub b: Trait,
    /// Pearson's r, −1–1.
    pub r: f64,
    /// Missions it was computed from.
    pub n: u32,
}

/// How traits go together over the newest missions.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Synergies {
    Synergies::default()
}
