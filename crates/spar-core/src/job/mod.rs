//! Jobs: work that happens behind the chat. This floor only names them.

use serde::{Deserialize, Serialize};

use crate::ids::{MissionId, TurnIndex};
use crate::reading::{BoundaryRisk, Deltas, MicroFlag};
use crate::rules::Tier;
use crate::units::Timestamp;

/// Kinds of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Study the turns of a mission that were not studied yet.
    DeepAnalysis,
}

impl JobKind {
    /// The name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DeepAnalysis => "deep_analysis",
        }
    }
}

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
    /// What the fast path made of that turn.
    pub fast_tags: FastTags,
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
