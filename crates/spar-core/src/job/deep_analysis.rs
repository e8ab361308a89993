//! The job that a turn leaves in the outbox.

use serde::{Deserialize, Serialize};

use crate::ids::{MissionId, TurnIndex};
use crate::reading::{BoundaryRisk, Deltas, MicroFlag};
use crate::rules::Tier;
use crate::units::Timestamp;

/// New turns that are worth a pass over a mission that goes on, at least.
const FEWEST_NEW_TURNS: u32 = 3;
/// A tenth of what was studied already, in turns, is worth another pass: passes get rarer as a
/// mission gets longer, so that their cost together grows with its length and not with its square.
const NEW_SHARE: u32 = 10;

/// What a deep-analysis job carries. Committed in the transaction of the reply it is about; a newer
/// one of the same mission replaces an older one that still waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeepAnalysis {
    /// Ties logs together.
    pub trace_id: String,
    /// Which scenario.
    pub scenario_id: String,
    /// Which mission.
    pub mission_id: MissionId,
    /// Whose.
    pub user_id: String,
    /// The newest turn to study.
    pub last_turn_index: TurnIndex,
    /// What the fast path made of that turn; `None` when the mission ended without one.
    pub fast_tags: Option<FastTags>,
    /// When it was decided.
    pub created_at: Timestamp,
}

/// The fast path's verdict on a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FastTags {
    /// `None` when it is not sure enough to be shown.
    pub tier: Option<Tier>,
    /// How it moved the mood.
    #[serde(flatten)]
    pub deltas: Deltas,
    /// How close to overstepping.
    pub boundary_risk: BoundaryRisk,
    /// Small remarks.
    pub micro_flags: Vec<MicroFlag>,
}

/// Whether a mission is worth a pass of its analyzers: always once it is over, and every few turns
/// while it goes on.
#[must_use]
pub fn is_due(analyzed_through: TurnIndex, last_turn: TurnIndex, is_over: bool) -> bool {
    let fresh = last_turn.0.saturating_sub(analyzed_through.0);
    is_over || fresh >= FEWEST_NEW_TURNS.max(analyzed_through.0 / NEW_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_get_rarer_and_the_end_is_always_one() {
        assert!(!is_due(TurnIndex(0), TurnIndex(2), false));
        assert!(is_due(TurnIndex(0), TurnIndex(3), false));
        assert!(!is_due(TurnIndex(500), TurnIndex(549), false));
        assert!(is_due(TurnIndex(500), TurnIndex(550), false));
        assert!(is_due(TurnIndex(9), TurnIndex(9), true));
    }
}
