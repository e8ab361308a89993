//! The embedded persona: authored lines, chosen by the most specific block that fits, never the
//! same one twice in a mission while another is left, seeded. A question is answered by a block
//! about its subject, else by a line that says that the persona does not know, and only then by
//! what would fit anything.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::PersonaMemory;
use crate::language::{Line, Phrase, quote};
use crate::reading::{Asked, Cue, CueName, Focus, names_question};
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
    /// What an answer is introduced with when its question is asked again: "Like I said:".
    #[serde(default)]
    pub again: Vec<String>,
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
    /// What the lines ask the user for: once that was told, the block does not speak.
    #[serde(default)]
    pub asks_for: AsksFor,
    /// It answers a question about whose subject nothing is written.
    #[serde(default)]
    pub unknown: Option<Unknown>,
}

/// Whose words a line for want of a better answer is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The persona's: the file brought it.
    Own,
    /// Those of anybody in this style.
    General,
}

/// What a block asks the user for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AsksFor {
    /// Told when one of these was recognised.
    pub cues: Vec<CueName>,
    /// Told when one of these was said, and not in a question.
    pub phrases: Vec<Phrase>,
}

impl AsksFor {
    /// Whether a line that states something tells it.
    #[must_use]
    pub fn is_told_by(&self, stated: &Line) -> bool {
        self.phrases.iter().any(|phrase| phrase.is_in(stated))
    }
}

/// What blocks that fit are chosen by, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    standing: Standing,
    /// How specific the condition is, and the priority.
    level: i32,
    tie: Tie,
}

/// How far a block answers the question in the line; without a question all stand equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It would fit whatever the question is about.
    Anything,
    /// It says, in general words, that the persona does not know.
    Unknown,
    /// It remarks on a word of the question, and asks nothing about questions itself.
    Remark,
    /// It says in the persona's own words that they do not know.
    OwnUnknown,
    /// It is about what was asked.
    Subject,
}

impl ReplyBlock {
    /// How specific the block is, and among equals how closely it is tied to the line. Whoever is
    /// asked something answers that first. `question` is what must be answered, if anything.
    fn rank(&self, asked: Asked, question: Option<Focus>) -> Rank {
        let specific = i32::try_from(self.when.specificity()).unwrap_or(i32::MAX);
        let level = specific.saturating_add(self.priority);
        let standing = question.map_or(Standing::Subject, |focus| self.standing(focus));
        Rank { standing, level, tie: self.tie(asked) }
    }

    fn standing(&self, question: Focus) -> Standing {
        match self.unknown {
            Some(Unknown::Own) => return Standing::OwnUnknown,
            Some(Unknown::General) => return Standing::Unknown,
            None => {}
        }
        let (mut on_subject, mut remarks, mut expects_question) = (false, false, false);
        self.when.visit_wanted(&mut |test| match test {
            Test::Asks(_) | Test::After(_) => on_subject = true,
            Test::Mentions(phrases) => {
                remarks = true;
                expects_question |= phrases.iter().any(|phrase| names_question(phrase.words()));
            }
            Test::Cue { names, .. } => {
                expects_question |= names.iter().any(is_question);
                on_subject |= names.iter().any(|name| match name {
                    CueName::Own(_) => true,
                    CueName::Common(cue) => !question.is_plain() || calls_for_reaction(*cue),
                });
            }
            _ => {}
        });
        match (on_subject, remarks) {
            (true, _) => Standing::Subject,
            (false, true) if expects_question || !question.is_plain() => Standing::Subject,
            (false, true) => Standing::Remark,
            (false, false) => Standing::Anything,
        }
    }

    /// Whether it answers the last question of a line, and that about a subject.
    fn answers(&self, asked: Asked) -> bool {
        let Some(last) = asked.last() else { return false };
        let (mut asks, mut on_subject) = (false, false);
        self.when.visit_wanted(&mut |test| match test {
            Test::Asks(wanted) => asks |= wanted.contains(&last),
            Test::Mentions(_) => on_subject = true,
            Test::Cue { names, .. } => {
                on_subject |= names.iter().any(|name| matches!(name, CueName::Own(_)));
            }
            _ => {}
        });
        asks && on_subject && self.unknown.is_none()
    }

    /// Whether it knows no yes or no where the user wants to hear what the other thinks: "am I
    /// wrong".
    fn evades(&self, asked: Asked) -> bool {
        let wants = |test: &Test| match test {
            Test::Asks(wanted) => {
                wanted.contains(&Focus::YesNo) && !wanted.contains(&Focus::Opinion)
            }
            _ => false,
        };
        self.unknown.is_some()
            && asked.last() == Some(Focus::Opinion)
            && self.when.tests.iter().any(wants)
    }

    fn tie(&self, asked: Asked) -> Tie {
        let mut tie = Tie::Situation;
        self.when.visit(&mut |test| {
            tie = tie.max(match test {
                Test::Asks(wanted) if asked.last().is_some_and(|last| wanted.contains(&last)) => {
                    Tie::LastQuestion
                }
                Test::Asks(_) => Tie::Question,
                Test::Cue { names, .. } if names.iter().any(is_question) => Tie::Question,
                Test::Cue { .. } | Test::Mentions(_) | Test::SaysOnly(_) | Test::After(_) => {
                    Tie::Line
                }
                _ => Tie::Situation,
            });
        });
        tie
    }
}

/// What nobody answers with "I don't know", whatever else is asked in the same breath.
fn calls_for_reaction(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Insult
            | Cue::Threat
            | Cue::Slur
            | Cue::Sexual
            | Cue::Crisis
            | Cue::Blames
            | Cue::Dismisses
            | Cue::Sarcasm
            | Cue::Commands
            | Cue::Pressures
            | Cue::InterruptsTopic
            | Cue::Gibberish
    )
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
    /// What the line asks for last.
    LastQuestion,
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

/// When each line was said: turn numbers, so that the longest unused comes round first, and an
/// answer given again is introduced in other words each time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(OfflineLine, u32)>", into = "Vec<(OfflineLine, u32)>")]
pub struct UsedLines(BTreeMap<OfflineLine, Vec<u32>>);

/// So many times a line was said are remembered: more than there are introductions, and no more,
/// since a long mission's state must not grow.
const COUNTED: usize = 4;

impl UsedLines {
    /// Notes that a line was said in a turn.
    pub fn note(&mut self, line: OfflineLine, turn: u32) {
        let turns = self.0.entry(line).or_default();
        // A turn may be told twice, and says its line once.
        if !turns.contains(&turn) {
            turns.push(turn);
        }
        if turns.len() > COUNTED {
            turns.remove(0);
        }
    }

    /// How often a line was said.
    fn times(&self, line: OfflineLine) -> usize {
        self.0.get(&line).map_or(0, Vec::len)
    }

    /// When a line was last said; 0 for never.
    fn last(&self, line: OfflineLine) -> u32 {
        self.0.get(&line).and_then(|turns| turns.last().copied()).unwrap_or(0)
    }
}

// As a list, because keys of a JSON object can only be text.
impl From<Vec<(OfflineLine, u32)>> for UsedLines {
    fn from(lines: Vec<(OfflineLine, u32)>) -> Self {
        let mut used = Self::default();
        lines.into_iter().for_each(|(line, turn)| used.note(line, turn));
        used
    }
}

impl From<UsedLines> for Vec<(OfflineLine, u32)> {
    fn from(lines: UsedLines) -> Self {
        let each = |(line, turns): (OfflineLine, Vec<u32>)| {
            turns.into_iter().map(move |turn| (line, turn))
        };
        lines.0.into_iter().flat_map(each).collect()
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
    /// line; to a question asked again, its answer once more, introduced as such, rather than what
    /// fits less; when every fitting line was used, the one said longest ago.
    #[must_use]
    pub fn reply(
        &self,
        facts: &dyn Facts,
        used: &UsedLines,
        turn: u32,
        seed: u64,
    ) -> Option<Spoken> {
        let quoted = facts.line().and_then(quote);
        let fitting: Vec<usize> =
            (0..self.blocks.len()).filter(|at| self.fits(*at, facts)).collect();
        let asked = facts.asked();
        let answerable = fitting.iter().any(|at| self.blocks[*at].unknown.is_some());
        let question = asked.last().filter(|_| answerable);
        let mut fitting: Vec<(Rank, usize)> =
            fitting.into_iter().map(|at| (self.blocks[at].rank(asked, question), at)).collect();
        fitting.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));

        let mut chance = chance(seed, turn, "reply");
        let to_the_point: Vec<(Rank, usize)> =
            fitting.iter().copied().filter(|(_, at)| self.blocks[*at].answers(asked)).collect();
        let unused = |from: OfflineLine| used.times(from) == 0;
        let spent = to_the_point
            .iter()
            .find(|answer| self.sayable(&[**answer], quoted.as_deref(), seed, unused).is_empty());
        let mut rest = fitting.as_slice();
        while let Some((level, _)) = rest.first() {
            let equals = rest.iter().take_while(|(rank, _)| rank == level).count();
            let (group, lower) = rest.split_at(equals);
            // The answer was given before, and what is left fits less.
            let repeats = spent.is_some_and(|(spent, _)| spent >= level);
            let mut fresh = self.sayable(group, quoted.as_deref(), seed, unused);
            if repeats && !fresh.is_empty() {
                let answers = self.sayable(&to_the_point, quoted.as_deref(), seed, unused);
                if !answers.is_empty() {
                    fresh.retain(|spoken| answers.contains(spoken));
                    if fresh.is_empty() {
                        rest = lower;
                        continue;
                    }
                } else if let Some(again) = self.again(&to_the_point, used, seed) {
                    return Some(again);
                }
            }
            if !fresh.is_empty() {
                let at = (chance.next_u64() % fresh.len() as u64) as usize;
                return fresh.into_iter().nth(at);
            }
            rest = lower;
        }
        self.sayable(&fitting, quoted.as_deref(), seed, |_| true)
            .into_iter()
            .min_by_key(|spoken| used.last(spoken.from))
    }

    /// An answer that was given before, with words that say so: the best one's line that was said
    /// longest ago. Each introduction serves a line once, so that nothing is said twice in the same
    /// words; `None` when all have, or for a line that quotes.
    fn again(&self, answers: &[(Rank, usize)], used: &UsedLines, seed: u64) -> Option<Spoken> {
        let most = self.again.len().min(COUNTED - 1);
        let introduced = |from: OfflineLine| used.times(from) <= most;
        answers.iter().find_map(|answer| {
            let lines = self.sayable(&[*answer], None, seed, introduced);
            let Spoken { text, from } =
                lines.into_iter().min_by_key(|spoken| used.last(spoken.from))?;
            let nth = used.times(from).checked_sub(1)? as u64;
            let first = chance(seed, 0, "again").next_u64() % self.again.len() as u64;
            let introduction =
                self.again.get(((first + nth) % self.again.len() as u64) as usize)?;
            Some(Spoken { text: format!("{introduction} {text}"), from })
        })
    }

    /// Whether a block's condition holds, and it does not ask for what was told.
    fn fits(&self, at: usize, facts: &dyn Facts) -> bool {
        let block = &self.blocks[at];
        let cues = &block.asks_for.cues;
        let is_told = || facts.is_told(at) || (!cues.is_empty() && facts.cue_turns(cues, None) > 0);
        let asked = facts.asked();
        block.when.holds(facts) && !is_told() && !block.evades(asked)
    }

    fn sayable(
        &self,
        blocks: &[(Rank, usize)],
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
