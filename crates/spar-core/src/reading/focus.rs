//! What a line asks for: a time, a place, a person, a reason. By form alone, so that an answer can
//! be to the point; whether a question does a talk good is another matter (`question`).

use serde::{Deserialize, Serialize};

use self::words::*;
use super::shape::{Sentence, Shape};
use crate::language::Line;

pub use follow::{
    content_words, leans_on_before, shares_words, stands_for_subject, telling_words,
    tells_something,
};
pub use kind::is_kind_of_answer;
pub use topic::{Hold, Topic};

mod act;
mod aim;
mod check;
mod follow;
mod kind;
mod start;
mod terse;
mod topic;
mod words;

/// What a question wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Focus {
    /// A point in time: "when", "what day", "by when", "how soon".
    When,
    /// A place.
    Where,
    /// A person.
    Who,
    /// A reason: "why", "how come", "what's the reason", "what made you".
    Why,
    /// A length of time or an age: "how long", "how old".
    HowLong,
    /// A number or an amount: "how much", "how many", "how often", "how far", "what does it cost".
    HowMuch,
    /// A way or a state: "how do you do it", "how is it".
    How,
    /// A thing: "what's his name", "what happened".
    What,
    /// One of several: "which one", "tea or coffee".
    Which,
    /// Yes or no.
    YesNo,
    /// What the other thinks, feels, wants or needs.
    Opinion,
    /// Whether the asker has understood: "have I got that right", "so what you need is a date?"
    Check,
    /// Yes or no to something the other is to do: "could you come on Sunday". Beside [`Self::YesNo`],
    /// as are the three that follow.
    Request,
    /// Yes or no to something the asker would do or give: "shall I call him", "want some tea".
    Offer,
    /// Yes or no to something for both: "shall we start at seven", "what if we met on Sunday".
    Proposal,
    /// Yes or no to what the asker believes: "so you work with paper?"
    Guess,
}

impl Focus {
    /// Every focus, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::When,
        Self::Where,
        Self::Who,
        Self::Why,
        Self::HowLong,
        Self::HowMuch,
        Self::How,
        Self::What,
        Self::Which,
        Self::YesNo,
        Self::Opinion,
        Self::Check,
        Self::Request,
        Self::Offer,
        Self::Proposal,
        Self::Guess,
    ];

    /// What such a question asks, as in "a question that asks when".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::Where => "where",
            Self::Who => "who",
            Self::Why => "why",
            Self::HowLong => "how long",
            Self::HowMuch => "how much",
            Self::How => "how",
            Self::What => "what",
            Self::Which => "which",
            Self::YesNo => "whether",
            Self::Opinion => "what they think",
            Self::Check => "whether they were understood",
            Self::Request => "for something to be done",
            Self::Offer => "whether something offered is wanted",
            Self::Proposal => "whether something proposed suits",
            Self::Guess => "whether a guess is right",
        }
    }

    /// Whether it asks for a plain fact: one that a remark about something else does not answer,
    /// nor a word on how the other feels.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self, Self::When | Self::Where | Self::Who | Self::HowLong | Self::HowMuch)
    }

    /// Whether it says what a question of yes or no does beside asking.
    #[must_use]
    pub fn is_act(self) -> bool {
        ACTS & self.bit() != 0
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The bits of what the last question does beside asking.
const ACTS: u16 =
    Focus::Request.bit() | Focus::Offer.bit() | Focus::Proposal.bit() | Focus::Guess.bit();

/// What one line asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    any: u16,
    last: Option<Focus>,
}

impl Asked {
    /// What the line asks for.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        let shape = Shape::new(line, |at| LEADS.contains(&line.words()[at].as_str()));
        let mut asked = Self::default();
        for sentence in &shape.sentences {
            Sighting { words: line.words(), shape: &shape }.sentence(sentence, &mut asked);
        }
        asked
    }

    /// Whether it asks for this, perhaps among other things.
    #[must_use]
    pub fn has(self, focus: Focus) -> bool {
        self.any & focus.bit() != 0
    }

    /// The question asked last, which is the one an answer is expected to.
    #[must_use]
    pub fn last(self) -> Option<Focus> {
        self.last
    }

    /// Whether one of these is what the last question wants to hear, or does.
    #[must_use]
    pub fn ends_with(self, wanted: &[Focus]) -> bool {
        self.last.is_some_and(|last| {
            let does = |focus: &Focus| focus.is_act() && self.has(*focus);
            wanted.contains(&last) || (last == Focus::YesNo && wanted.iter().any(does))
        })
    }

    fn note(&mut self, focus: Focus) {
        self.any = (self.any & !ACTS) | focus.bit();
        self.last = Some(focus);
    }

    /// Notes what the question of yes or no just noted does.
    fn note_act(&mut self, act: Focus) {
        self.any |= act.bit();
    }
}

/// What the line states: its sentences without those that ask.
#[must_use]
pub fn stated(line: &Line) -> Line {
    let shape = Shape::new(line, |at| LEADS.contains(&line.words()[at].as_str()));
    let mut text = String::new();
    for sentence in &shape.sentences {
        let mut asked = Asked::default();
        Sighting { words: line.words(), shape: &shape }.sentence(sentence, &mut asked);
        if asked.last.is_none() {
            text.push_str(line.as_typed(sentence.start..sentence.end));
            text.push_str(". ");
        }
    }
    Line::new(&text)
}

/// How far from its invitation an embedded question may stand, in words.
const REACH: usize = 4;

/// Whether a phrase has a question word in it, as "how long have you" has.
#[must_use]
pub fn names_question(phrase: &[String]) -> bool {
    phrase.iter().any(|word| is_asking(word).is_some())
}

/// The word before its apostrophe: "what" of "what's", "they" of "they'll".
fn bare(word: &str) -> &str {
    word.split_once('\'').map_or(word, |(bare, _)| bare)
}

/// The bare question word: "what" of "what's".
fn is_asking(word: &str) -> Option<&str> {
    Some(bare(word)).filter(|bare| ASKING.contains(bare))
}

struct Sighting<'a> {
    words: &'a [String],
    shape: &'a Shape,
}

/// A part of a sentence, as far as one question can reach.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    /// The sentence begins with it.
    first: bool,
    /// The sentence ends with it.
    last: bool,
    /// A question mark follows it.
    marked: bool,
}

impl Sighting<'_> {
    /// Notes what a sentence asks. By itself first: what an earlier one asked says nothing here.
    fn sentence(&self, sentence: &Sentence, line: &mut Asked) {
        let mut asked = Asked::default();
        let parts = self.parts(sentence);
        for part in &parts {
            self.part(*part, &mut asked);
        }
        if asked.last.is_none() && sentence.asks {
            // The mark may belong to an earlier part: "who's your boss, Callum?"
            for part in &parts {
                self.part(Part { marked: true, ..*part }, &mut asked);
            }
        }
        let closing = sentence.end - sentence.start <= 3 && self.is(sentence.start, &["you", "u"]);
        if asked.last.is_none()
            && sentence.asks
            && !(closing && self.is(sentence.start + 1, &["know"]))
            && !self.is_empty_talk(sentence.start, sentence.end)
        {
            // "And then?" wants to hear what.
            let then = self.word(sentence.end - 1) == "then" && sentence.end - sentence.start <= 2;
            asked.note(if then { Focus::What } else { Focus::YesNo });
            if let Some(act) = self.act_of_marked(sentence.start, sentence.end).filter(|_| !then) {
                asked.note_act(act);
            }
        }
        if asked.last.is_some() {
            line.any &= !ACTS;
            line.last = asked.last;
        }
        line.any |= asked.any;
    }

    fn asks(&self, sentence: &Sentence) -> bool {
        let mut asked = Asked::default();
        self.sentence(sentence, &mut asked);
        asked.last.is_some()
    }

    /// Where the last question of a sentence begins: behind what leads up to it or invites it.
    fn question_start(&self, sentence: &Sentence) -> usize {
        let begins = |part: Part| {
            let mut asked = Asked::default();
            self.part(part, &mut asked);
            asked.last.map(|_| {
                let start = self.after_leads(part.start, part.end - 1);
                self.invited(start, part).unwrap_or(part.start)
            })
        };
        // "Will you tell him, or shall I" is one question.
        let goes_on = |part: &Part| {
            let before = part.start.checked_sub(1);
            self.is(part.start, &["or"]) || before.is_some_and(|at| self.is(at, &["or"]))
        };
        let first_of = |begins: &dyn Fn(&Part) -> Option<usize>| {
            let parts = self.parts(sentence);
            let last = parts.iter().rposition(|part| begins(part).is_some())?;
            let first = (0..=last).rev().find(|at| !goes_on(&parts[*at])).unwrap_or(last);
            begins(&parts[first]).or_else(|| begins(&parts[last]))
        };
        // What asks by its form, before what merely has the mark: "could we, maybe on Friday?"
        first_of(&|part| begins(Part { marked: false, ..*part }))
            .or_else(|| first_of(&|part| begins(*part)))
            .unwrap_or(sentence.start)
    }

    /// Splits at punctuation, and before "and when", "but do you".
    fn parts(&self, sentence: &Sentence) -> Vec<Part> {
        let opens_question = |at: usize| self.asking(at).is_some() || self.turns(at, false);
        let mut starts = vec![sentence.start];
        for at in sentence.start + 1..sentence.end {
            let joined = self.is(at - 1, &["and", "but", "so", "or"]) && opens_question(at);
            if self.shape.starts_clause(at) || joined {
                starts.push(at);
            }
        }
        // "Who would know, do you think?" asks who.
        let closing = starts.last().filter(|at| {
            starts.len() > 1
                && **at + follow::VIEW == sentence.end
                && follow::asks_for_view(&self.words[**at..sentence.end])
        });
        let last = closing.copied().unwrap_or(sentence.end);
        if last < sentence.end {
            starts.pop();
        }
        let ends = starts.iter().skip(1).copied().chain([last]);
        starts
            .iter()
            .zip(ends)
            .map(|(start, end)| Part {
                start: *start,
                end,
                first: self.after_leads(sentence.start, *start) == *start,
                last: end == last,
                marked: sentence.asks && end == last,
            })
            .collect()
    }

    /// Notes what a part asks. An invitation decides ("do you know when …"), then a question word
    /// at the start, then a turned verb, then a question word anywhere.
    fn part(&self, part: Part, asked: &mut Asked) {
        if self.shape.is_quoted(part.start) {
            return;
        }
        let start = self.after_leads(part.start, part.end - 1);
        if self.is_empty_talk(start, part.end) {
            return;
        }
        if self.checks(part) {
            asked.note(Focus::YesNo);
            asked.note(Focus::Check);
            return;
        }
        if self.asks_about(part) {
            asked.note(Focus::YesNo);
            asked.note(Focus::What);
            return;
        }
        if self.asks_in_turn(part) {
            asked.note(Focus::What);
            asked.note(Focus::YesNo);
            return;
        }
        if let Some(at) = self.invited(start, part) {
            if self.turns(start, true) {
                asked.note(Focus::YesNo);
            }
            if self.is(at, &["if", "whether"]) {
                asked.note(Focus::YesNo);
            } else {
                self.note(at, part, asked);
            }
            return;
        }
        if self.asks_to_tell(start, part) {
            asked.note(Focus::What);
            return;
        }
        // "By when", "for how long".
        let word = start + usize::from(self.is(start, BEFORE) && self.asking(start + 1).is_some());
        if word < part.end && self.asking(word).is_some() {
            let asks = part.marked
                || self.asks_unmarked(word, start, part)
                || self.asks_tersely(word, start, part);
            if asks {
                self.note(word, part, asked);
            }
            return;
        }
        let plain = part.end - start >= 3 && self.turns(start, true) && !self.narrates(start, part);
        if plain
            || (part.marked && self.turns(start, false))
            || self.is_short_yes_no(start, part)
            || self.is_terse_yes_no(start, part)
        {
            self.yes_no(start, part, asked);
            return;
        }
        if let Some(at) = self.run_on(start, part) {
            if self.asking(at).is_some() {
                self.note(at, part, asked);
            } else {
                self.yes_no(at, part, asked);
            }
            return;
        }
        // "You left when?", "it costs how much?"
        let near_end = part.end.saturating_sub(2).max(start + 1)..part.end;
        if part.marked
            && let Some(at) = near_end.into_iter().find(|at| self.asking(*at).is_some())
        {
            self.note(at, part, asked);
        } else if self.is_tag(part) {
            asked.note(Focus::YesNo);
        }
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    fn are(&self, at: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(further, word)| self.word(at + further) == *word)
    }

    fn asking(&self, at: usize) -> Option<&str> {
        is_asking(self.word(at))
    }

    fn is_contracted(&self, at: usize) -> bool {
        self.word(at).contains('\'') || self.is(at, &["whens", "whys", "wheres"])
    }

    /// The first word that does not merely lead in, `end` at the latest.
    fn after_leads(&self, start: usize, end: usize) -> usize {
        let mut at = start;
        while at < end {
            if self.is(at, LEADS) {
                at += 1;
            } else if self.are(at, &["by", "the", "way"]) && at + 3 <= end {
                at += 3;
            } else {
                break;
            }
        }
        at
    }

    /// The word after a question word, "exactly" and its like left out.
    fn after_asking(&self, at: usize) -> usize {
        let mut next = at + 1;
        if self.is(next, &["the"]) && self.is(next + 1, CURSES) {
            next += 2;
        }
        while self.is(next, STRESSING) {
            next += 1;
        }
        next
    }

    /// Whether a verb stands before its subject. Strictly, commands do not count: "do the dishes",
    /// "have a seat".
    fn turns(&self, at: usize, strictly: bool) -> bool {
        if self.is(at, &["d'you", "dyou"]) {
            return true;
        }
        let subject = self.is(at + 1, PRONOUNS) || self.is(at + 1, DETERMINERS);
        let commands = self.is(at, &["do", "have", "may", "had", "were", "don't", "must", "might"])
            && !self.is(at + 1, &["i", "you", "he", "she", "we", "they", "u", "ya"]);
        let wishes = self.is(at, &["had", "may"]);
        self.is(at, TURNING) && subject && !(strictly && (commands || wishes))
    }

    /// Things people say with a question word that ask nothing.
    fn is_empty_talk(&self, start: usize, end: usize) -> bool {
        let next = self.word(start + 1);
        match self.word(start) {
            "who" => matches!(next, "cares" | "knows" | "needs"),
            "what" => {
                matches!(next, "a" | "an" | "ever")
                    || (next == "the" && (end - start <= 3 || !self.is(start + 2, CURSES)))
            }
            "how" => next == "dare",
            "guess" | "so" => next == "what" && end - start <= 2,
            "know" => next == "what",
            "you" => next == "know" && end - start <= 3 && self.is(start + 2, &["what", ""]),
            "no" => next == "matter" || next == "wonder",
            _ => false,
        }
    }

    /// "Tell me about the pay", "can you talk me through it": a question of what without its word.
    fn asks_to_tell(&self, start: usize, part: Part) -> bool {
        let asks_you = self.is(start, &["can", "could", "would", "will"])
            && self.is(start + 1, &["you", "u", "ya"]);
        let mut at = if asks_you { start + 2 } else { start };
        while self.is(at, &["please", "just", "maybe"]) {
            at += 1;
        }
        if at + 3 >= part.end || !self.is(at + 1, &["me", "us"]) {
            return false;
        }
        let leads_on = |at: usize| self.is(at, &["about", "more", "something"]);
        match self.word(at) {
            "tell" => {
                leads_on(at + 2)
                    || (self.is(at + 2, &["all", "everything"]) && leads_on(at + 3))
                    || (self.is(at + 2, &["a"]) && (leads_on(at + 4) || leads_on(at + 5)))
            }
            "talk" | "walk" | "take" | "run" => self.is(at + 2, &["through"]),
            _ => false,
        }
    }

    /// The question word after "can you tell me", "I'd like to know", "any idea".
    fn invited(&self, start: usize, part: Part) -> Option<usize> {
        let at = (start + 1..part.end)
            .find(|at| self.asking(*at).is_some() || self.is(*at, &["if", "whether"]))?;
        let mut back = at;
        for _ in 0..=REACH {
            back = back.checked_sub(1).filter(|back| *back >= start)?;
            if self.is(back, INVITING) {
                break;
            }
            if !self.is(back, BETWEEN) {
                return None;
            }
        }
        self.invites(back, start, part).then_some(at)
    }

    /// Whether the word at `at` invites an answer, and does not report one ("he told me when").
    fn invites(&self, at: usize, start: usize, part: Part) -> bool {
        let before = |back: usize| at.checked_sub(back).filter(|at| *at >= start);
        let said = |back: usize, words: &[&str]| before(back).is_some_and(|at| self.is(at, words));
        let denies =
            ["don't", "didn't", "not", "never", "doesn't", "won't", "they", "he", "she", "no"];
        let asks_you =
            self.is(start, &["can", "could", "would", "will", "do", "did", "have", "may"]);
        match self.word(at) {
            "me" | "us" => {
                said(1, &["tell", "ask", "remind", "show", "give", "help", "telling"])
                    && !said(2, &denies)
                    // "Thanks for telling me what you can."
                    && !said(2, &["for"])
                    && (asks_you || part.marked || !said(2, &["you", "to", "people", "it"]))
            }
            "know" => {
                // "How do you know when to stop" asks how.
                (said(1, &["you", "u", "ya"])
                    && (asks_you || part.marked)
                    && self.asking(start).is_none())
                    || said(1, &["d'you", "dyou"])
                    || self.wishes_to(start, at)
            }
            // "I'd like to hear how it went", "talk me through what happened".
            "hear" | "learn" => self.wishes_to(start, at),
            // "Have they told you what it costs" wants to hear the price.
            "told" | "said" | "tell" | "say" | "mentioned"
                if self.is(start, &["have", "has", "did", "do", "does"])
                    && self.is(start + 1, PRONOUNS) =>
            {
                true
            }
            "through" => said(1, &["me", "us"]) && !said(2, &["you", "to"]),
            "idea" | "clue" => {
                // "I have some idea of what this means" asks nothing.
                let tells = ["no", "not", "haven't", "the", "don't", "some", "i", "i've", "we"];
                !(start..at).any(|at| self.is(at, &tells))
            }
            "wonder" | "wondering" => {
                !said(1, &["no", "small"])
                    && (part.marked || !said(1, &["sometimes", "often", "always", "still"]))
            }
            "ask" | "asking" => !said(1, &denies),
            "understand" if self.wishes_to(start, at) => true,
            // "Do you remember when Dad was ill" asks whether.
            "remember" if self.is(at + 1, &["when"]) => false,
            "remember" | "say" | "explain" | "describe" | "understand" => {
                (asks_you && said(1, &["you", "u"])) || said(1, &["me"])
            }
            "remind" => true,
            "curious" | "interested" => !said(1, &denies),
            _ => false,
        }
    }

    /// "I'd like to" before the word at `at`, "we want to", not "he likes to".
    fn wishes_to(&self, start: usize, at: usize) -> bool {
        let to = at.checked_sub(1).is_some_and(|to| self.is(to, &["to", "wanna"]));
        let wishing = ["i", "i'd", "we", "we'd", "love", "like"];
        let denied = ["don't", "didn't", "not", "never"];
        to && (start..at).any(|at| self.is(at, &wishing))
            && !(start..at).any(|at| self.is(at, &denied))
    }
}

#[cfg(test)]
mod tests;
