//! Gates at the end: which passed, and how near the others came.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;

/// The gates in the order of the scenario.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FinalGates {
    /// Each of them.
    pub gates: Vec<FinalGate>,
}

/// A gate at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FinalGate {
    /// Its id.
    pub id: String,
    /// Its name on screen.
    pub title: String,
    /// Its reason code.
    pub reason: String,
    /// Whether a success needed it.
    pub required: bool,
    /// The turn it passed in.
    pub passed_in: Option<TurnIndex>,
    /// For an open one: what was missing, in a line ("comfort 52 of 60; one acknowledgement of two").
    pub missing: Option<String>,
}

/// The gates, from the fold alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> FinalGates {
    FinalGates::default()
}
