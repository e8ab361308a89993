//! What an analyzer may look at.

use serde::{Deserialize, Serialize};

use super::persona_memory::PersonaMemory;
use super::skills::Fusion;
use super::traits::TraitScores;
use super::{Results, StageOutput};
use crate::ids::{MissionId, TurnIndex};
use crate::mission::{Mission, SpokenTurn};
use crate::rules::Ending;
use crate::scenario::Category;
use crate::units::{Score, Timestamp};

/// Everything an analyzer may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Which mission.
    pub mission_id: MissionId,
    /// Its events, folded.
    pub mission: &'a Mission,
    /// The person's missions before this one. Empty for headless conversations: they are nobody's
    /// history.
    pub history: &'a History,
    /// The newest results of the stages it waits for.
    pub results: &'a Results,
    /// How evidence of skills is weighed.
    pub fusion: &'a Fusion,
    /// Turns up to this one are in `previous` already; 0 when nothing was studied yet.
    pub since: TurnIndex,
    /// What the same stage made of them.
    pub previous: Option<&'a StageOutput>,
}

impl<'a> Context<'a> {
    /// The turns that count: answered or at least read. One that was taken back does not.
    pub fn turns(&self) -> impl DoubleEndedIterator<Item = &'a SpokenTurn> + Clone {
        self.mission.turns().iter().filter(|spoken| !spoken.cancelled)
    }

    /// Those of them that were not studied yet.
    pub fn new_turns(&self) -> impl DoubleEndedIterator<Item = &'a SpokenTurn> + Clone {
        let since = self.since;
        self.turns().filter(move |spoken| spoken.turn > since)
    }

    /// The seed of everything that is chosen.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.mission.state().seed
    }
}

/// A person's missions before this one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The newest of them, newest first, at most [`History::KEPT`].
    pub missions: Vec<PastMission>,
    /// All of this walk of life, added up.
    pub category: CategoryTotals,
}

impl History {
    /// How many missions back anything looks.
    pub const KEPT: usize = 20;

    /// The latest mission of the same scenario.
    #[must_use]
    pub fn previous_of(&self, scenario_id: &str) -> Option<&PastMission> {
        self.missions.iter().find(|past| past.scenario_id == scenario_id)
    }
}

/// A mission that was played before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastMission {
    /// Which.
    pub mission_id: MissionId,
    /// Its scenario.
    pub scenario_id: String,
    /// Walk of life.
    pub category: Category,
    /// The persona's name.
    pub persona: String,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How.
    pub ending: Ending,
    /// Its score.
    pub score: Option<Score>,
    /// Its turns.
    pub turns: u32,
    /// Its traits, when they were studied.
    pub traits: Option<TraitScores>,
    /// Keys of the insight cards it showed.
    pub insights: Vec<String>,
    /// What the persona kept of it.
    pub memory: Option<PersonaMemory>,
}

/// Missions of one walk of life, added up. Made from one row a mission, so that none can be counted
/// twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct CategoryTotals {
    /// Missions that are over.
    pub missions: u32,
    /// Of them won.
    pub won: u32,
    /// Of them scored.
    pub scored: u32,
    /// Sum of their scores, tenths.
    pub score_tenths: i64,
    /// The best of them.
    pub best: Option<Score>,
}
