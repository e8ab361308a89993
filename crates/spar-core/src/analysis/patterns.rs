//! Habits that recurred, and moments that took hold of the other person.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::ids::TurnIndex;

/// Habits and moments that took hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Patterns {
    /// Moments that made the persona open up or close, at most three.
    pub hooks: Vec<Hook>,
    /// Habits, at most four.
    pub patterns: Vec<Pattern>,
}

/// A moment that took hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Hook {
    /// A stable name for the kind of moment, e.g. `named_the_feeling`.
    pub key: String,
    /// In a few words.
    pub label: String,
    /// Where.
    pub turn: TurnIndex,
    /// Why it took hold, in a sentence.
    pub why: String,
    /// Whether it opened the persona (or closed them).
    pub opened: bool,
}

/// A habit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Pattern {
    /// A stable name, e.g. `asks_two_at_once`.
    pub key: String,
    /// In a few words.
    pub label: String,
    /// In which turns.
    pub turns: Vec<TurnIndex>,
    /// Whether it helps.
    pub helps: bool,
    /// What to do with it, in a sentence.
    pub advice: String,
}

/// Habits and moments, from cues and impacts alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Patterns {
    Patterns::default()
}
