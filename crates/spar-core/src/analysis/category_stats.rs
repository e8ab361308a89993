//! How missions of one walk of life go, this one included.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::scenario::Category;
use crate::units::Score;

/// How this walk of life goes. Made anew from the missions themselves, so that running it twice
/// counts nothing twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CategoryStats {
    /// Which.
    pub category: Category,
    /// Missions that are over, this one included.
    pub missions: u32,
    /// Of them won.
    pub won: u32,
    /// Mean of their scores.
    pub mean_score: Option<Score>,
    /// The best of them.
    pub best: Option<Score>,
    /// Whether that is this one, and there were others.
    pub is_best: bool,
}

/// The totals with this mission added.
#[must_use]
pub fn offline(context: &Context<'_>) -> CategoryStats {
    CategoryStats {
        category: context.mission.scenario().category,
        missions: 0,
        won: 0,
        mean_score: None,
        best: None,
        is_best: false,
    }
}
