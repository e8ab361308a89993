//! The embedded persona: authored lines, chosen by the most specific block that fits, never the
//! same one twice in a mission while another is left, seeded.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::PersonaMemory;
use crate::language::quote;
use crate::reading::{Cue, CueName};
use crate::rules::{Condition, Facts, Outcome, Test};

/// Everything the persona can say without a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OfflineScript {
    /// Words that differ from mission to mission, one value each.
    pub slots: Vec<Slot>,
    /// First lines of a mission.
    pub openers: Vec<String>,
    /// Answers.
    pub blocks: Vec<ReplyBlock>,
    /// Last lines of a mission.
    pub closings: Closings,
}

/// A named choice, made once a mission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// `{name}` in a line.
    pub name: String,
    /// What it may stand for.
    pub values: Vec<String>,
}

/// Lines for one situation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplyBlock {
    /// For `after:`.
    pub id: Option<String>,
    /// When it fits.
    pub when: Condition,
    /// Added to how specific the condition is.
    pub priority: i32,
    /// What may be said.
    pub lines: Vec<String>,
}

impl ReplyBlock {
    /// What blocks that fit are chosen by: how specific they are, and among equals how closely
    /// they are tied to the line. Whoever is asked something answers that first.
    fn rank(&self) -> (i32, Tie) {
        let specific = i32::try_from(self.when.specificity()).unwrap_or(i32::MAX);
        let mut tie = Tie::Situation;
        self.when.visit(&mut |test| {
            tie = tie.max(match test {
                Test::Cue { names, .. } if names.iter().any(is_question) => Tie::Question,
                Test::Cue { .. } | Test::Mentions(_) | Test::After(_) => Tie::Line,
                _ => Tie::Situation,
            });
        });
        (specific.saturating_add(self.priority), tie)
    }
}

/// What a block answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// The mood, the gates, the hour: fits whatever was said.
    Situation,
    /// Something in the line.
    Line,
    /// A question in the line.
    Question,
}

fn is_question(name: &CueName) -> bool {
    matches!(name, CueName::Common(Cue::OpenQuestion | Cue::ClosedQuestion))
}

/// Last lines, by how it went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Closings {
    /// The mission was won.
    pub success: Vec<String>,
    /// It was lost.
    pub failure: Vec<String>,
}

/// Which line was said: a block and a line of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OfflineLine {
    /// Position of the block.
    pub block: u32,
    /// Position of the line in it.
    pub line: u32,
}

/// When each line was last said: turn numbers, so that the longest unused comes round first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(OfflineLine, u32)>", into = "Vec<(OfflineLine, u32)>")]
pub struct UsedLines(BTreeMap<OfflineLine, u32>);

impl UsedLines {
    /// Notes that a line was said in a turn.
    pub fn note(&mut self, line: OfflineLine, turn: u32) {
        self.0.insert(line, turn);
    }
}

// As a list, because keys of a JSON object can only be text.
impl From<Vec<(OfflineLine, u32)>> for UsedLines {
    fn from(lines: Vec<(OfflineLine, u32)>) -> Self {
        Self(lines.into_iter().collect())
    }
}

impl From<UsedLines> for Vec<(OfflineLine, u32)> {
    fn from(lines: UsedLines) -> Self {
        lines.0.into_iter().collect()
    }
}

/// A line ready to be spoken, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The text, slots filled.
    pub text: String,
    /// Where it stands in the script.
    pub from: OfflineLine,
}

impl OfflineScript {
    /// The persona's first line; `None` when the script has none.
    #[must_use]
    pub fn opener(&self, seed: u64) -> Option<String> {
        let mut chance = chance(seed, 0, "opener");
        let line = pick(&self.openers, &mut chance)?;
        self.fill(line, seed, None)
    }

    /// The same, after a sentence about last time.
    #[must_use]
    pub fn opener_again(&self, seed: u64, memory: &PersonaMemory) -> Option<String> {
        self.opener(seed).map(|opener| format!("{} {opener}", memory.recalled()))
    }

    /// The persona's last line after an outcome; `None` when the script has none for it.
    #[must_use]
    pub fn closing(&self, outcome: Outcome, seed: u64) -> Option<String> {
        let lines = match outcome {
            Outcome::Success => &self.closings.success,
            Outcome::Failure | Outcome::Aborted => &self.closings.failure,
        };
        let mut chance = chance(seed, 0, "closing");
        let line = pick(lines, &mut chance)?;
        self.fill(line, seed, None)
    }

    /// The answer to the line in `facts`: from the most specific block that still has an unused
    /// line; when every fitting line was used, the one said longest ago.
    #[must_use]
    pub fn reply(
        &self,
        facts: &dyn Facts,
        used: &UsedLines,
        turn: u32,
        seed: u64,
    ) -> Option<Spoken> {
        let quoted = facts.line().and_then(quote);
        let mut fitting: Vec<((i32, Tie), usize)> = self
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| block.when.holds(facts))
            .map(|(at, block)| (block.rank(), at))
            .collect();
        fitting.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));

        let mut chance = chance(seed, turn, "reply");
        let mut rest = fitting.as_slice();
        while let Some((level, _)) = rest.first() {
            let equals = rest.iter().take_while(|(specificity, _)| specificity == level).count();
            let (group, lower) = rest.split_at(equals);
            let fresh =
                self.sayable(group, quoted.as_deref(), seed, |from| !used.0.contains_key(&from));
            if !fresh.is_empty() {
                let at = (chance.next_u64() % fresh.len() as u64) as usize;
                return fresh.into_iter().nth(at);
            }
            rest = lower;
        }
        self.sayable(&fitting, quoted.as_deref(), seed, |_| true)
            .into_iter()
            .min_by_key(|spoken| used.0.get(&spoken.from).copied().unwrap_or(0))
    }

    fn sayable(
        &self,
        blocks: &[((i32, Tie), usize)],
        quoted: Option<&str>,
        seed: u64,
        wanted: impl Fn(OfflineLine) -> bool,
    ) -> Vec<Spoken> {
        let mut found = Vec::new();
        for (_, at) in blocks {
            for (number, line) in self.blocks[*at].lines.iter().enumerate() {
                let from = OfflineLine { block: *at as u32, line: number as u32 };
                if !wanted(from) {
                    continue;
                }
                if let Some(text) = self.fill(line, seed, quoted) {
                    found.push(Spoken { text, from });
                }
            }
        }
        found
    }

    /// The line with its slots filled; `None` when it wants a quote and there is none.
    fn fill(&self, line: &str, seed: u64, quoted: Option<&str>) -> Option<String> {
        if !line.contains('{') {
            return Some(line.to_owned());
        }
        let mut text = line.to_owned();
        if text.contains("{quote}") {
            text = text.replace("{quote}", quoted?);
        }
        for slot in &self.slots {
            let mut chance = chance(seed, 0, &slot.name);
            if let Some(value) = pick(&slot.values, &mut chance) {
                text = text.replace(&format!("{{{}}}", slot.name), value);
            }
        }
        Some(text)
    }
}

fn pick<'a>(lines: &'a [String], chance: &mut ChaCha8Rng) -> Option<&'a String> {
    if lines.is_empty() {
        return None;
    }
    lines.get((chance.next_u64() % lines.len() as u64) as usize)
}

/// A stream of chance of its own for each purpose, so that one more draw in one place changes
/// nothing in another.
fn chance(seed: u64, turn: u32, purpose: &str) -> ChaCha8Rng {
    let mut mixed = seed ^ (u64::from(turn) << 32);
    for byte in purpose.bytes() {
        mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    ChaCha8Rng::seed_from_u64(mixed)
}
