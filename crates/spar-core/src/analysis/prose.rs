//! The story of a conversation, for somebody who would rather read than look at figures.

use serde::{Deserialize, Serialize};

use super::Context;

/// The story, in paragraphs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Prose {
    /// Paragraphs, plain text: 500–750 words by a model, 120–300 offline.
    pub paragraphs: Vec<String>,
}

/// The story, from what the other stages found.
#[must_use]
pub fn offline(_context: &Context<'_>) -> Prose {
    Prose::default()
}
