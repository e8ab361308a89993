//! What a question of yes or no does beside asking: "could you come on Sunday" asks for something,
//! "want some tea" offers it, "shall we start at seven" proposes it, "so you work with paper?" guesses.

use super::words::*;
use super::{Focus, Part, Sighting, bare};

/// What is asked of somebody by their state or their powers, and not to be done: "can you hear it".
const POWERS: &[&str] = &[
    "see",
    "hear",
    "feel",
    "smell",
    "taste",
    "remember",
    "recall",
    "imagine",
    "believe",
    "know",
    "understand",
    "afford",
    "sleep",
    "swim",
    "live",
    "cope",
    "bear",
    "stand",
    "manage",
    "picture",
    "breathe",
    "trust",
    "forgive",
    "walk",
    "think",
    "eat",
    "ever",
    "still",
    "even",
    "really",
];
/// The same behind "would you" and "will you".
const LEANINGS: &[&str] = &[
    "be", "have", "want", "need", "say", "call", "rather", "prefer", "miss", "love", "hate",
    "like", "honestly", "actually", "choose",
];
/// What somebody does for another: "can I bring you anything".
const SERVICES: &[&str] = &[
    "get", "help", "bring", "make", "carry", "show", "take", "give", "send", "write", "ring",
    "buy", "fetch", "drive", "lend", "pour", "offer", "top", "walk", "hold", "cook", "pay", "do",
];
/// What is offered by its bare name.
const TREATS: &[&str] = &[
    "beer",
    "beers",
    "tea",
    "coffee",
    "drink",
    "drinks",
    "pint",
    "pints",
    "lunch",
    "dinner",
    "breakfast",
    "brunch",
    "walk",
    "cake",
    "biscuit",
    "cookie",
    "hug",
    "ride",
    "lift",
    "hand",
    "snack",
    "sandwich",
    "soup",
    "pizza",
    "refill",
    "seat",
];

impl Sighting<'_> {
    /// What the question with its verb at `at` does beside asking for yes or no.
    pub(super) fn act(&self, at: usize, part: Part) -> Option<Focus> {
        let (verb, who, next) = (self.word(at), self.word(at + 1), at + 2);
        let both = usize::from(self.is(next, &["two", "both", "all"]));
        let done = next + both;
        let done =
            done + usize::from(self.is(done, &["please", "maybe", "possibly", "perhaps", "at"]));
        match (verb, who) {
            ("would" | "wouldn't", "you" | "u" | "ya") if self.is(next, &["like"]) => {
                Some(self.wished(next + 1))
            }
            ("would", "it") if self.is(next, &["help", "work", "be"]) => self.would_it(next, part),
            (
                "can" | "could" | "will" | "would" | "can't" | "couldn't" | "won't" | "wouldn't",
                "you" | "u" | "ya" | "both",
            ) => {
                let leans = verb.starts_with('w') && self.is(done, LEANINGS);
                let knows = self.is(done, &["tell"]) && self.asking(done + 1).is_some();
                (done < part.end && !leans && !knows && !self.is(done, POWERS))
                    .then_some(Focus::Request)
            }
            ("do" | "don't", "you" | "u" | "ya") if self.is(next, &["want", "need", "fancy"]) => {
                self.wanted(next + 1)
            }
            ("d'you" | "dyou", "want" | "need" | "fancy") => self.wanted(next),
            ("you", "want" | "need" | "fancy" | "wanna") => self.wanted(next),
            ("want" | "need" | "fancy" | "wanna", _) => self.wanted(at + 1),
            ("shall", "i") => Some(Focus::Offer),
            ("can" | "could" | "may", "i") => self.is(done, SERVICES).then_some(Focus::Offer),
            ("shall" | "can" | "could" | "should" | "can't" | "couldn't" | "shouldn't", "we") => {
                Some(Focus::Proposal)
            }
            _ => None,
        }
    }

    /// "(Do you want) me to", "some tea", "to come".
    fn wanted(&self, at: usize) -> Option<Focus> {
        let takes = |list: &[&str]| self.is(at, list) && !self.is(at + 1, &["else"]);
        if self.is(at, &["to"]) {
            // What somebody wants to be or to have is theirs.
            let own = self.is(at + 1, POWERS) || self.is(at + 1, LEANINGS);
            (!own).then_some(Focus::Proposal)
        } else if takes(&["me", "us", "some", "any", "another", "more", "help"])
            || (self.is(at, &["a", "an"]) && self.is(at + 1, TREATS))
            || self.is(at, TREATS)
        {
            Some(Focus::Offer)
        } else {
            None
        }
    }

    /// "(Want) me to ring him", "(fancy) a pint".
    pub(super) fn offers_wanted(&self, at: usize) -> bool {
        self.wanted(at) == Some(Focus::Offer)
    }

    /// "(Would you like) to come along", "me to ask him", "some".
    fn wished(&self, at: usize) -> Focus {
        if self.is(at, &["to"]) { Focus::Proposal } else { Focus::Offer }
    }

    /// "(Would it) help if I called", "be easier if we met".
    fn would_it(&self, at: usize, part: Part) -> Option<Focus> {
        let condition = (at + 1..part.end).find(|at| self.is(*at, &["if"]))?;
        match self.word(condition + 1) {
            "i" | "i'd" => Some(Focus::Offer),
            "we" | "we'd" => Some(Focus::Proposal),
            _ => None,
        }
    }

    /// What a sentence does that asks by its mark alone: "beers Thursday?" offers, "so you work with
    /// paper?" guesses.
    pub(super) fn act_of_marked(&self, start: usize, end: usize) -> Option<Focus> {
        let has = |list: &[&str]| (start..end).any(|at| self.is(at, list));
        let names_somebody = (start..end).any(|at| PRONOUNS.contains(&bare(self.word(at))));
        // "Tea or coffee?" wants one of them.
        if has(&["or"]) {
            return None;
        }
        Some(if has(TREATS) && !names_somebody { Focus::Offer } else { Focus::Guess })
    }
}
