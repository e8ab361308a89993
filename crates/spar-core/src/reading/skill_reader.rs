//! The learnt skills of a line.

use super::features::{Features, Said, extract};
use super::SkillScores;

/// Reads skills off lines with the models it was made with.
#[derive(Debug)]
pub struct SkillReader;

/// What was read off a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SkillsRead {
    /// The line as numbers.
    pub features: Features,
    /// The skills that could be read.
    pub skills: SkillScores,
}

impl SkillReader {
    /// The reader with the models that come with spar.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &Self
    }

    /// Reads a line said after `before`, oldest first.
    #[must_use]
    pub fn read(&self, text: &str, before: &[Said<'_>]) -> SkillsRead {
        SkillsRead { features: extract(text, before), skills: SkillScores::default() }
    }
}
