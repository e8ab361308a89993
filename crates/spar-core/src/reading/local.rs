//! The local reader: cues, safety, score and confidence of one line.

use serde::{Deserialize, Serialize};

use super::{BoundaryRisk, CueEffect, Deltas, LocalReading, Safety};
use crate::language::{Line, Phrase};
use crate::units::{Confidence, Score};

/// A cue of the scenario's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnCue {
    /// Its name; never that of a common cue.
    pub name: String,
    /// One of these must stand in the line (unless empty).
    pub any: Vec<Phrase>,
    /// Each of these must stand in the line.
    pub all: Vec<Phrase>,
    /// None of these may stand in the line.
    pub unless: Vec<Phrase>,
    /// For or against the line.
    pub effect: CueEffect,
    /// What it is worth to the line's score, 1–20 points.
    pub weight: f64,
}

/// What a scenario tells the reader.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReaderSpec {
    /// The scenario's own cues.
    pub own_cues: Vec<OwnCue>,
    /// Words that belong to this talk; empty: everything does.
    pub topic: Vec<Phrase>,
    /// Words a line may have before it counts as over-explaining.
    pub word_limit: Option<u32>,
    /// The objective is to say something hard: plainness counts.
    pub says_hard_thing: bool,
    /// Whether lines are in a language the reader reads (English).
    pub english: bool,
}

/// What was said before the line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineContext<'a> {
    /// The persona's latest line.
    pub partner: Option<&'a str>,
    /// The user's last few lines, newest last.
    pub earlier: &'a [String],
    /// The user's previous line shared nothing with the topic.
    pub strayed: bool,
}

/// A reader made ready for one scenario.
#[derive(Debug, Clone)]
pub struct Reader {
    spec: ReaderSpec,
}

impl Reader {
    /// Makes a reader; done once per scenario.
    #[must_use]
    pub fn new(spec: ReaderSpec) -> Self {
        Self { spec }
    }

    /// Reads one line.
    #[must_use]
    pub fn read(&self, _line: &Line, _context: &LineContext<'_>) -> LocalReading {
        let _ = &self.spec;
        LocalReading {
            cues: Vec::new(),
            safety: Safety::Clear,
            score: Score::new(50.0),
            confidence: Confidence::new(0.0),
            deltas: Deltas::default(),
            strength: 1.0,
            boundary_risk: BoundaryRisk::Low,
            flags: Vec::new(),
            reason: String::new(),
            on_topic: true,
        }
    }
}
