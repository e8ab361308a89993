//! How missions of one walk of life go, this one included.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::rules::Outcome;
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

/// The totals with this mission added. A mission that is not over counts for nothing yet.
#[must_use]
pub fn offline(context: &Context<'_>) -> CategoryStats {
    let mission = context.mission;
    let before = &context.history.category;
    let ending = mission.state().ending();
    let score = mission.score().filter(|_| ending.is_some());
    let is_won = ending.is_some_and(|ending| ending.outcome() == Outcome::Success);
    let scored = before.scored + u32::from(score.is_some());
    let tenths = before.score_tenths + score.map_or(0, |score| (score.get() * 10.0).round() as i64);
    let best = match (before.best, score) {
        (Some(before), Some(this)) => Some(if this > before { this } else { before }),
        (before, this) => before.or(this),
    };
    CategoryStats {
        category: mission.scenario().category,
        missions: before.missions + u32::from(ending.is_some()),
        won: before.won + u32::from(is_won),
        mean_score: (scored > 0).then(|| Score::new(tenths as f64 / 10.0 / f64::from(scored))),
        best,
        is_best: matches!((before.best, score), (Some(before), Some(this)) if this > before),
    }
}
