//! The embedded persona: authored lines, chosen by the most specific block that fits, never the
//! same one twice in a mission while another is left, seeded. A question is answered by a block
//! about its subject, else by a line that says that the persona does not know, and only then by
//! what would fit anything.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::PersonaMemory;
use super::carried::carried;
use super::rank::Rank;
use crate::language::{Line, Phrase, quote};
use crate::reading::{CueName, Focus, Topic, content_words, is_kind_of_answer, shares_words};
use crate::rules::{Condition, Facts, Outcome};

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
    /// It was chosen for what the line says, and not for want of a better one.
    pub about_line: bool,
}

impl OfflineScript {
    /// The persona's first line; `None` when the script has none.
    #[must_use]
    pub fn opener(&self, seed: u64) -> Option<String> {
        let mut chance = chance(seed, 0, "opener");
        let line = pick(&self.openers, &mut chance)?;
        self.fill(line, seed, None)
    }

    /// The same, with a sentence about last time.
    #[must_use]
    pub fn opener_again(&self, seed: u64, memory: &PersonaMemory) -> Option<String> {
        self.opener(seed).map(|opener| memory.woven_into(&opener))
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
        let topic = facts.line().map(Topic::of);
        let topic = topic.as_ref();
        let rank = |at: usize, question| self.blocks[at].rank(facts, question, topic);
        let mut fitting: Vec<usize> =
            (0..self.blocks.len()).filter(|at| self.fits(*at, facts)).collect();
        self.leave_out_ways(&mut fitting, facts, topic);
        let asked = facts.asked();
        let answerable = fitting.iter().any(|at| self.blocks[*at].unknown.is_some());
        let question = asked.last().filter(|_| answerable);
        let mut fitting: Vec<(Rank, usize)> =
            fitting.into_iter().map(|at| (rank(at, question), at)).collect();
        if !fitting.iter().any(|(_, at)| self.blocks[*at].answers(asked)) {
            let more = carried(self, facts);
            fitting.extend(more.into_iter().map(|at| (rank(at, question).carried(), at)));
        }
        if let Some(topic) = topic {
            if question.is_some() {
                self.prefer_named(&mut fitting, topic);
                if question != Some(Focus::YesNo) {
                    self.prefer_answers(&mut fitting, topic);
                }
            }
            self.prefer_heart(&mut fitting, topic);
            if question == Some(Focus::Check) {
                self.prefer_plain_yes(&mut fitting, topic);
            }
        }
        self.hear_whole_question(&mut fitting, facts, question, topic);
        fitting.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));

        let mut chance = chance(seed, turn, "reply");
        let to_the_point: Vec<(Rank, usize)> =
            fitting.iter().copied().filter(|(_, at)| self.blocks[*at].answers(asked)).collect();
        let unused = |from: OfflineLine| used.times(from) == 0;
        let spent = to_the_point
            .iter()
            .filter(|(_, at)| self.is_asked_again(*at, facts, used))
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
                prefer_closer(&mut fresh, facts);
                let at = (chance.next_u64() % fresh.len() as u64) as usize;
                return fresh.into_iter().nth(at);
            }
            rest = lower;
        }
        self.sayable(&fitting, quoted.as_deref(), seed, |_| true)
            .into_iter()
            .min_by_key(|spoken| used.last(spoken.from))
    }

    /// Whether the question in the line is the one that this block answered before. It is not where
    /// both have words beside the block's subject and share none: "when does it open", "when does
    /// it close". Of a question too long ago to be remembered it is taken to be.
    fn is_asked_again(&self, at: usize, facts: &dyn Facts, used: &UsedLines) -> bool {
        let block = &self.blocks[at];
        let last = (0..block.lines.len())
            .map(|line| used.last(OfflineLine { block: at as u32, line: line as u32 }))
            .max()
            .unwrap_or(0);
        let (Some(now), Some(before)) = (facts.line(), facts.earlier_line(last)) else {
            return true;
        };
        let beside = |line: &Line| block.beside_subject(content_words(line));
        let (now, before) = (beside(now), beside(&before));
        now.is_empty() || before.is_empty() || now.iter().any(|word| before.contains(word))
    }

    /// An answer that was given before, with words that say so: the best one's line that was said
    /// longest ago. Each introduction serves a line once, so that nothing is said twice in the same
    /// words; `None` when all have, or for a line that quotes.
    fn again(&self, answers: &[(Rank, usize)], used: &UsedLines, seed: u64) -> Option<Spoken> {
        let most = self.again.len().min(COUNTED - 1);
        let introduced = |from: OfflineLine| used.times(from) <= most;
        answers.iter().find_map(|answer| {
            let lines = self.sayable(&[*answer], None, seed, introduced);
            let Spoken { text, from, .. } =
                lines.into_iter().min_by_key(|spoken| used.last(spoken.from))?;
            let nth = used.times(from).checked_sub(1)? as u64;
            let first = chance(seed, 0, "again").next_u64() % self.again.len() as u64;
            let introduction =
                self.again.get(((first + nth) % self.again.len() as u64) as usize)?;
            Some(Spoken { text: format!("{introduction} {text}"), from, about_line: true })
        })
    }

    /// Whether a block's condition holds, and it does not ask for what was told.
    pub(super) fn fits(&self, at: usize, facts: &dyn Facts) -> bool {
        let block = &self.blocks[at];
        let cues = &block.asks_for.cues;
        let is_told = || facts.is_told(at) || (!cues.is_empty() && facts.cue_turns(cues, None) > 0);
        block.when.holds(facts) && !is_told() && !block.evades(facts.asked())
    }

    /// Where the line asks how something is, lines that know no way to do it are left out, if any
    /// others answer for want of a better one.
    fn leave_out_ways(&self, fitting: &mut Vec<usize>, facts: &dyn Facts, topic: Option<&Topic>) {
        let of_state = topic.is_some_and(Topic::asks_for_state);
        let answers = |at: &usize| self.blocks[*at].unknown.is_some();
        let tells_way = |at: &usize| self.blocks[*at].knows_no_way();
        if of_state
            && facts.asked().last() == Some(Focus::How)
            && fitting.iter().any(|at| answers(at) && !tells_way(at))
        {
            fitting.retain(|at| !tells_way(at));
        }
    }

    fn sayable(
        &self,
        blocks: &[(Rank, usize)],
        quoted: Option<&str>,
        seed: u64,
        wanted: impl Fn(OfflineLine) -> bool,
    ) -> Vec<Spoken> {
        let mut found = Vec::new();
        for (rank, at) in blocks {
            let about_line = rank.is_about_line();
            for (number, line) in self.blocks[*at].lines.iter().enumerate() {
                let from = OfflineLine { block: *at as u32, line: number as u32 };
                if !wanted(from) {
                    continue;
                }
                if let Some(text) = self.fill(line, seed, quoted) {
                    found.push(Spoken { text, from, about_line });
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

/// Of lines that fit alike, those that speak of something the user named, and then those of the
/// kind that was asked for, where some do.
fn prefer_closer(lines: &mut Vec<Spoken>, facts: &dyn Facts) {
    let Some(said) = facts.line().filter(|_| lines.len() > 1) else { return };
    let close: Vec<u8> = lines
        .iter()
        .map(|spoken| {
            let text = Line::new(&spoken.text);
            let suits = facts.asked().last().is_some_and(|focus| is_kind_of_answer(focus, &text));
            u8::from(suits) + 2 * u8::from(shares_words(said, &text))
        })
        .collect();
    let closest = close.iter().copied().max().unwrap_or(0);
    let mut each = close.into_iter();
    lines.retain(|_| each.next() == Some(closest));
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
