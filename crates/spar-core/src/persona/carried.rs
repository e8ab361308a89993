//! A question without a subject of its own is about what was just spoken of.

use super::offline::OfflineScript;
use crate::language::Line;
use crate::reading::{Asked, CueName, leans_on_before, stands_for_subject};
use crate::rules::{Facts, Gauge, Mood, MoodVector, Test};

/// The blocks that answer the last question of the line once it is taken to be about the subject of
/// the user's line before, or else about that of the block the persona answered it from. None where
/// the question has a subject, or nothing was said before.
pub(super) fn carried(script: &OfflineScript, facts: &dyn Facts) -> Vec<usize> {
    let Some(line) = facts.line().filter(|line| leans_on_before(line)) else { return Vec::new() };
    let from_block = || facts.previous_position().map(|at| subjects_of(script, at));
    let of_line = facts.previous_line().map(|line| stands_for_subject(&line));
    let answering = |subject: String| {
        let together = beside(line, &subject);
        let facts = Carried { facts, line: &together };
        let answers = |at: &usize| script.blocks[*at].answers(facts.asked());
        (0..script.blocks.len())
            .filter(answers)
            .filter(|at| script.fits(*at, &facts))
            .collect::<Vec<_>>()
    };
    let found = of_line.map(answering).unwrap_or_default();
    if found.is_empty() { from_block().map(answering).unwrap_or_default() } else { found }
}

impl OfflineScript {
    /// Whether a block fits once its own phrases count as said.
    pub(super) fn fits_in_kind(&self, at: usize, facts: &dyn Facts) -> bool {
        let Some(line) = facts.line() else { return false };
        let together = beside(line, &phrases_of(self, at));
        self.fits(at, &Carried { facts, line: &together })
    }
}

fn beside(line: &Line, subject: &str) -> Line {
    Line::new(&format!("{}. {subject}", line.text()))
}

/// A block's phrases, as a line.
fn phrases_of(script: &OfflineScript, at: usize) -> String {
    let mut text = String::new();
    if let Some(block) = script.blocks.get(at) {
        block.when.visit_wanted(&mut |test| {
            if let Test::Mentions(phrases) = test {
                for phrase in phrases {
                    text.push_str(&phrase.words().join(" "));
                    text.push_str(". ");
                }
            }
        });
    }
    text
}

/// What a block's phrases name, as a line.
fn subjects_of(script: &OfflineScript, at: usize) -> String {
    let mut subjects = Vec::new();
    if let Some(block) = script.blocks.get(at) {
        block.when.visit_wanted(&mut |test| {
            if let Test::Mentions(phrases) = test {
                subjects.extend(
                    phrases
                        .iter()
                        .map(|phrase| stands_for_subject(&Line::new(&phrase.words().join(" ")))),
                );
            }
        });
    }
    subjects.join(". ")
}

/// The facts of a line that has the words of an earlier one beside its own, and asks what it asks.
struct Carried<'a> {
    facts: &'a dyn Facts,
    line: &'a Line,
}

impl Facts for Carried<'_> {
    fn cue_turns(&self, names: &[CueName], within: Option<u32>) -> u32 {
        self.facts.cue_turns(names, within)
    }
    fn line(&self) -> Option<&Line> {
        Some(self.line)
    }
    fn asked(&self) -> Asked {
        self.facts.asked()
    }
    fn mood(&self) -> Mood {
        self.facts.mood()
    }
    fn vector(&self) -> MoodVector {
        self.facts.vector()
    }
    fn gauge(&self, gauge: Gauge) -> Option<f64> {
        self.facts.gauge(gauge)
    }
    fn gate_passed(&self, gate: &str) -> bool {
        self.facts.gate_passed(gate)
    }
    fn boundary_safe_turns(&self) -> Option<u32> {
        self.facts.boundary_safe_turns()
    }
    fn previous_block(&self) -> Option<&str> {
        self.facts.previous_block()
    }
    fn is_told(&self, block: usize) -> bool {
        self.facts.is_told(block)
    }
}
