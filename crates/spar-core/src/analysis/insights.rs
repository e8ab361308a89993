//! A few cards worth reading first: chosen from everything the other stages found, with priorities,
//! caps and a cooldown, so that the same advice does not come five times running.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;

/// Cards, most urgent first, at most six.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Insights {
    /// The cards.
    pub cards: Vec<InsightCard>,
}

/// One card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InsightCard {
    /// What it is about.
    pub kind: InsightKind,
    /// A stable name for the cooldown, e.g. `gate:trust`.
    pub key: String,
    /// In a few words.
    pub title: String,
    /// One to three sentences.
    pub body: String,
    /// The turn that shows it.
    pub turn: Option<TurnIndex>,
    /// Higher comes first.
    pub priority: u32,
}

/// What a card can be about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InsightKind {
    /// A gate that was missed, or passed well.
    Gate,
    /// A moment that took hold.
    Hook,
    /// A habit.
    Pattern,
    /// Something to try.
    Tip,
    /// The course of the mood.
    Mood,
    /// Traits that go together.
    Synergy,
}

/// The cards.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Insights {
    Insights::default()
}
