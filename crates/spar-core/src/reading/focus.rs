//! What a line asks for: a time, a place, a person, a reason. By form alone, so that an answer can
//! be to the point; whether a question does a talk good is another matter (`question`).

use serde::{Deserialize, Serialize};

use self::words::*;
use super::shape::{Sentence, Shape};
use crate::language::Line;

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
}

impl Focus {
    /// Every focus, in the order of the documentation.
    pub const ALL: [Self; 11] = [
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
        }
    }

    /// Whether it asks for a plain fact: one that a remark about something else does not answer,
    /// nor a word on how the other feels.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self, Self::When | Self::Where | Self::Who | Self::HowLong | Self::HowMuch)
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

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

    fn note(&mut self, focus: Focus) {
        self.any |= focus.bit();
        self.last = Some(focus);
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

/// The bare question word: "what" of "what's".
fn is_asking(word: &str) -> Option<&str> {
    let bare = word.split_once('\'').map_or(word, |(bare, _)| bare);
    ASKING.contains(&bare).then_some(bare)
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
    /// A question mark follows it.
    marked: bool,
}

impl Sighting<'_> {
    fn sentence(&self, sentence: &Sentence, asked: &mut Asked) {
        let before = *asked;
        let parts = self.parts(sentence);
        for part in &parts {
            self.part(*part, asked);
        }
        if *asked == before && sentence.asks {
            // The mark may belong to an earlier part: "who's your boss, Callum?"
            for part in &parts {
                self.part(Part { marked: true, ..*part }, asked);
            }
        }
        let closing = sentence.end - sentence.start <= 3 && self.is(sentence.start, &["you", "u"]);
        if *asked == before
            && sentence.asks
            && !(closing && self.is(sentence.start + 1, &["know"]))
            && !self.is_empty_talk(sentence.start, sentence.end)
        {
            asked.note(Focus::YesNo);
        }
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
        let ends = starts.iter().skip(1).copied().chain([sentence.end]);
        starts
            .iter()
            .zip(ends)
            .map(|(start, end)| Part {
                start: *start,
                end,
                first: self.after_leads(sentence.start, *start) == *start,
                marked: sentence.asks && end == sentence.end,
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
        if let Some(at) = self.invited(start, part) {
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
            if part.marked || self.asks_unmarked(word, start, part) {
                self.note(word, part, asked);
            }
            return;
        }
        let plain = part.end - start >= 3 && self.turns(start, true);
        if plain || (part.marked && self.turns(start, false)) || self.is_short_yes_no(start, part) {
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
                    && (asks_you || part.marked || !said(2, &["you", "to", "people", "it"]))
            }
            "know" => {
                (said(1, &["you", "u", "ya"]) && (asks_you || part.marked))
                    || said(1, &["d'you", "dyou"])
                    || (said(1, &["to", "wanna"])
                        && (start..at)
                            .any(|at| self.is(at, &["i", "i'd", "we", "we'd", "love", "like"])))
            }
            "idea" | "clue" => {
                !(start..at).any(|at| self.is(at, &["no", "not", "haven't", "the", "don't"]))
            }
            "wonder" | "wondering" => !said(1, &["no", "small"]),
            "ask" | "asking" => !said(1, &denies),
            "remember" | "say" | "explain" | "describe" | "understand" => {
                (asks_you && said(1, &["you", "u"])) || said(1, &["me"])
            }
            "remind" => true,
            "curious" | "interested" => !said(1, &denies),
            _ => false,
        }
    }

    /// Whether what starts with a question word asks though no mark says so: "why did the last one
    /// leave", "how much". "What I need is time" and "when you're late, we wait" do not.
    fn asks_unmarked(&self, at: usize, start: usize, part: Part) -> bool {
        let Some(word) = self.asking(at) else { return false };
        let length = part.end - at;
        let states = |from: usize| {
            (from.max(at + 2)..part.end)
                .any(|verb| self.is_verb_of_statement(verb) && !self.is(verb + 1, DETERMINERS))
        };
        let states_more =
            |from: usize| (from..part.end).any(|verb| self.is_verb_of_statement(verb));
        let opens = part.first || start > part.start;
        if length == 1 {
            return opens && word != "what" && word != "which" && word != "who";
        }
        if self.is_contracted(at) {
            return (opens || word != "who") && !states(at + 2);
        }
        let after = self.after_asking(at);
        if self.is(after, TURNING) {
            let subject = self.is(after + 1, PRONOUNS) || self.is(after + 1, DETERMINERS);
            // ", who is my friend", "which is why I called" go on from what was said.
            return match word {
                "which" | "whom" => false,
                "who" => opens && !states(after + 2),
                _ => subject || (opens && !states(after + 1)),
            };
        }
        let next = self.word(after);
        match word {
            "how" if next == "come" || next == "about" => true,
            "what" | "who" | "where" | "how" if next == "else" => opens,
            "why" if next == "not" => true,
            // "How many boats come through", not "how much I miss it".
            "how" if AMOUNTS.contains(&next) || matches!(next, "long" | "old" | "soon") => {
                opens && !self.is(after + 1, PRONOUNS) && !states(after + 2)
            }
            "what" if HAPPENING.contains(&next) => opens && !states_more(after + 1),
            "what" if next == "for" => opens,
            "what" if length == 2 && TIMES.contains(&next) => opens,
            "what" if matches!(next, "kind" | "sort" | "type") => opens && length > 2,
            "which" if length == 2 => {
                opens && (matches!(next, "one" | "ones") || TIMES.contains(&next))
            }
            "who" | "whose" if !PRONOUNS.contains(&next) => opens && !states(after + 1),
            "how" | "what" | "which" | "whose" if !PRONOUNS.contains(&next) => {
                self.turned(after + 1, part)
                    || (opens && word != "how" && self.noun_asked(after, part))
            }
            _ => false,
        }
    }

    /// Whether the verb seems to be that of a sentence the question word only opens: it stands
    /// before no subject, and no relative clause ("the best you ever had") has it.
    fn is_verb_of_statement(&self, verb: usize) -> bool {
        let Some(before) = verb.checked_sub(1) else { return false };
        let in_relative = self.is(before, PRONOUNS)
            || (self.is(before, STRESSING) && verb >= 2 && self.is(verb - 2, PRONOUNS));
        self.is(verb, TURNING)
            && !in_relative
            && !self.is(before, TURNING)
            && !self.is(before, &["to", "not"])
            && !self.is(verb + 1, PRONOUNS)
    }

    /// "What time is the boat", not "what hurts is the tone".
    fn turned(&self, from: usize, part: Part) -> bool {
        (from..part.end.min(from + 3)).any(|verb| {
            self.is(verb, TURNING)
                && (self.is(verb + 1, PRONOUNS) || self.is(verb + 1, DETERMINERS))
                && !self.names_its_verb(from - 1, verb)
        })
    }

    /// "Hurts is", "counts was": what looks like a noun is a verb, since it is many and the verb
    /// is of one.
    fn names_its_verb(&self, noun: usize, verb: usize) -> bool {
        let (word, what) =
            (self.word(noun), noun.checked_sub(1).is_some_and(|at| self.is(at, &["what"])));
        what && verb == noun + 1
            && self.is(verb, &["is", "was", "isn't", "wasn't"])
            && word.ends_with('s')
            && !word.ends_with("ss")
    }

    /// "What car does Dennis drive", "which stores are closed". Not "what hurts is the tone", "what
    /// Dennis did was wrong".
    fn noun_asked(&self, noun: usize, part: Part) -> bool {
        if self.is(noun, DETERMINERS) || self.word(noun).ends_with("ed") {
            return false;
        }
        let which = self.is(noun - 1, &["which"]);
        let reach = if which { noun + 4 } else { noun + 2 };
        let Some(verb) = (noun + 1..part.end.min(reach)).find(|at| self.is(*at, TURNING)) else {
            return false;
        };
        verb + 1 < part.end
            && !(noun..verb).any(|at| self.is(at, PRONOUNS))
            && !self.names_its_verb(noun, verb)
            && !(verb + 1..part.end)
                .any(|at| self.is_verb_of_statement(at) || self.is(verb + 1, TURNING))
    }

    /// "You ever …", "any brothers", "ever been married".
    fn is_short_yes_no(&self, start: usize, part: Part) -> bool {
        let next = self.word(start + 1);
        match self.word(start) {
            "ever" => part.end - start >= 2,
            "you" | "u" => {
                matches!(next, "ever")
                    || (part.end - start == 2 && matches!(next, "ok" | "okay" | "alright" | "good"))
            }
            "any" => {
                part.first
                    && part.end - start <= 6
                    && part.end - start >= 2
                    && !self.turns_within(start, part)
            }
            _ => false,
        }
    }

    fn turns_within(&self, start: usize, part: Part) -> bool {
        (start..part.end).any(|at| self.is(at, TURNING))
    }

    /// A question that follows without any punctuation: "nice dog what's his name", "sounds good
    /// when can we start".
    fn run_on(&self, start: usize, part: Part) -> Option<usize> {
        let people = ["i", "you", "he", "she", "it", "we", "they", "u", "your", "his", "her", "ur"];
        (start + 1..part.end).find(|at| {
            let at = *at;
            if self.is(at - 1, STATING) {
                return false;
            }
            if self.asking(at).is_some() {
                let turned = self.is(at + 1, TURNING) && self.is(at + 2, &people);
                let short = self.is_contracted(at)
                    && (self.is(at + 1, &people) || self.is(at + 1, &["the", "that", "this"]));
                return turned || short;
            }
            let asks_you = self.is(at, &["do", "did", "are", "have", "would", "could", "can", "r"])
                && self.is(at + 1, &["you", "u"])
                && at + 2 < part.end;
            let compares = ["so", "nor", "as", "than", "neither", "and", "or", "if", "only"];
            asks_you && !self.is(at - 1, &compares) && self.asking(at - 1).is_none()
        })
    }

    /// "…, isn't it", "…, don't you".
    fn is_tag(&self, part: Part) -> bool {
        part.end - part.start == 2
            && self.word(part.start).ends_with("n't")
            && self.is(part.start, TURNING)
            && self.is(part.start + 1, PRONOUNS)
    }

    fn yes_no(&self, at: usize, part: Part, asked: &mut Asked) {
        // "Tea or coffee" wants one of them; "or not", "or something" does not.
        let chooses = (at + 1..part.end.saturating_sub(1)).any(|or| {
            self.is(or, &["or"])
                && !self.is(or + 1, &["not", "something", "anything", "what", "so"])
        });
        if chooses {
            asked.note(Focus::Which);
        }
        asked.note(Focus::YesNo);
        if self.is_about_asker(at, part) {
            asked.note(Focus::Opinion);
        }
    }

    /// "Am I wrong", "is that awful", "is it bad of me": no yes or no of the other's, but what they
    /// think. "Can I sit here" asks for leave.
    fn is_about_asker(&self, at: usize, part: Part) -> bool {
        let leave = ["can", "could", "may", "might", "shall", "can't", "couldn't"];
        let of_me = (at + 1..part.end).any(|at| self.are(at, &["of", "me"]));
        let judges = self.is(at + 1, &["it", "that", "this"])
            && part.end - at <= 5
            && (at + 2..part.end).any(|at| self.is(at, JUDGING));
        (self.is(at + 1, &["i"]) && !self.is(at, &leave)) || of_me || judges
    }

    /// Notes what the question word at `at` asks for. What asks for an opinion asks what, too.
    fn note(&self, at: usize, part: Part, asked: &mut Asked) {
        let focus = self.focus(at, part);
        if focus == Focus::Opinion {
            asked.note(if self.asking(at) == Some("how") { Focus::How } else { Focus::What });
        }
        asked.note(focus);
    }

    fn focus(&self, at: usize, part: Part) -> Focus {
        let next = self.word(self.after_asking(at));
        let near = |words: &[&str]| (at + 1..part.end.min(at + 5)).any(|at| self.is(at, words));
        match self.asking(at).unwrap_or_default() {
            "when" | "whens" => Focus::When,
            "where" | "wheres" => Focus::Where,
            "who" | "whom" | "whose" => Focus::Who,
            "why" | "whys" => Focus::Why,
            "how" => self.focus_of_how(at, part),
            _ if TIMES.contains(&next) => Focus::When,
            _ if PLACES.contains(&next) => Focus::Where,
            _ if PRICES.contains(&next) => Focus::HowMuch,
            "which" => Focus::Which,
            _ if next == "reason" || next == "for" => Focus::Why,
            _ if next == "part" && near(&["town", "country", "city"]) => Focus::Where,
            _ if near(&["reason"])
                || (matches!(next, "made" | "makes")
                    && near(&["you", "him", "her", "them", "u"])) =>
            {
                Focus::Why
            }
            _ if self.names_time(at) => Focus::When,
            // "What's the number" may well be that of a door.
            _ if self.names_after_the(at, PRICES) && !near(&["number"]) => Focus::HowMuch,
            _ if near(&["cost", "charge", "earn"]) => Focus::HowMuch,
            _ if self.names_after_the(at, &["address"]) => Focus::Where,
            _ if near(MINDS) && self.is_of_you(at, part) => Focus::Opinion,
            _ if near(&["would"]) && near(&["you"]) => Focus::Opinion,
            _ => Focus::What,
        }
    }

    fn focus_of_how(&self, at: usize, part: Part) -> Focus {
        let near = |words: &[&str]| (at + 1..part.end.min(at + 5)).any(|at| self.is(at, words));
        match self.word(at + 1) {
            "come" => Focus::Why,
            "about" => Focus::YesNo,
            "soon" | "early" => Focus::When,
            "long" if self.is(at + 2, &["ago"]) => Focus::When,
            "long" | "old" | "late" => Focus::HowLong,
            word if AMOUNTS.contains(&word) => Focus::HowMuch,
            _ if near(&["feel", "see", "sound", "sounds", "think"])
                && near(&["do", "does", "did", "would", "you", "that", "how's"]) =>
            {
                Focus::Opinion
            }
            _ => Focus::How,
        }
    }

    /// "What's the rent", "what is your deadline".
    fn names_after_the(&self, at: usize, nouns: &[&str]) -> bool {
        let verb = if self.is_contracted(at) { at } else { at + 1 };
        let is_verb = verb == at || self.is(verb, &["is", "was", "are", "were"]);
        is_verb
            && self.is(verb + 1, DETERMINERS)
            && (self.is(verb + 2, nouns) || self.is(verb + 3, nouns))
    }

    /// "What's the date", "what is the earliest day". "What was your worst day" and "what's your
    /// day like" ask for no time.
    fn names_time(&self, at: usize) -> bool {
        let the = if self.is_contracted(at) { at + 1 } else { self.after_asking(at) + 1 };
        if !self.names_after_the(at, TIMES) || !self.is(the, DETERMINERS) {
            return false;
        }
        let plain = self.is(the + 1, TIMES) && !self.is(the + 2, &["like"]);
        let which = self.is(the + 1, DATING)
            || (self.is(the + 1, &["best"])
                && self.is(the, &["the"])
                && self.is(the + 2, &["time", "date"]));
        plain || (which && self.is(the + 2, TIMES))
    }

    fn is_of_you(&self, at: usize, part: Part) -> bool {
        (at + 1..part.end.min(at + 6))
            .any(|at| self.is(at, &["you", "your", "u", "ur", "he", "she", "they"]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(focus: Focus) -> String {
        serde_json::to_value(focus)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .expect("a word")
    }

    /// The question asked last, or `none`.
    fn read(text: &str) -> String {
        Asked::of(&Line::new(text)).last().map_or_else(|| "none".to_owned(), name)
    }

    #[test]
    fn the_question_word_decides() {
        let wrong: Vec<String> = include_str!("focus.lines")
            .lines()
            .filter(|line| !line.is_empty())
            .filter_map(|line| {
                let (expected, text) = line.split_once("| ").expect("`focus| line`");
                let found = read(text);
                (found != expected).then(|| format!("{text}: {found}, not {expected}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_question_of_a_line_counts_and_the_last_one_most() {
        let asked = Asked::of(&Line::new("When did you start, and why? Do you like it?"));
        for focus in [Focus::When, Focus::Why, Focus::YesNo] {
            assert!(asked.has(focus), "{focus:?}");
        }
        assert_eq!(asked.last(), Some(Focus::YesNo));
        assert!(!asked.has(Focus::Where));
    }

    #[test]
    fn what_is_stated_is_kept_and_what_is_asked_is_not() {
        let line = Line::new("I missed a deadline once. Which failure do you mean? It was bad.");
        assert_eq!(stated(&line).text().trim(), "I missed a deadline once. It was bad.");
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,60}") {
            let line = Line::new(&text);
            let asked = Asked::of(&line);
            prop_assert_eq!(asked.last().is_some(), Focus::ALL.iter().any(|f| asked.has(*f)));
            let _ = stated(&line);
        }

        #[test]
        fn any_words_can_be_read(words in prop::collection::vec(
            prop::sample::select(vec![
                "what", "when", "who's", "how", "long", "do", "you", "know", "me", "tell", "or",
                "the", "is", "?", ",", ".", "and", "if", "not", "so", "any", "idea", "\"",
            ]), 0..14)
        ) {
            let line = Line::new(&words.join(" "));
            let asked = Asked::of(&line);
            if let Some(last) = asked.last() {
                prop_assert!(asked.has(last));
            }
            let _ = stated(&line);
        }
    }
}
