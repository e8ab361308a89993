//! What asks though no mark says so.

use super::words::*;
use super::{Part, Sighting, bare};

impl Sighting<'_> {
    /// Whether what starts with a question word asks though no mark says so: "why did the last one
    /// leave", "how much". "What I need is time" and "when you're late, we wait" do not.
    pub(super) fn asks_unmarked(&self, at: usize, start: usize, part: Part) -> bool {
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
        // "I'm", "they're": the pronoun comes first in these, too.
        let next_bare = bare(next);
        let next_is_pronoun = PRONOUNS.contains(&next_bare);
        match word {
            "how" if next == "come" || next == "about" => true,
            "what" | "who" | "where" | "how" if next == "else" => opens,
            "why" if next == "not" => true,
            // "How big's the team".
            "how" if next_bare != next && AMOUNTS.contains(&next_bare) => opens,
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
            "who" | "whose" if !next_is_pronoun => opens && !states(after + 1),
            "how" | "what" | "which" | "whose" if !next_is_pronoun => {
                self.turned(after + 1, part)
                    || (opens && word != "how" && self.noun_asked(after, part))
            }
            _ => false,
        }
    }

    /// Whether the verb seems to be that of a sentence the question word only opens: it stands
    /// before no subject, and no relative clause ("the best you ever had") has it.
    pub(super) fn is_verb_of_statement(&self, verb: usize) -> bool {
        let Some(before) = verb.checked_sub(1) else { return false };
        // "The worst you've had to fix".
        let in_relative = PRONOUNS.contains(&bare(self.word(before)))
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
                // "What attracted me was the people".
                && !self.is(verb - 1, &["me", "us", "him", "them"])
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
            && !self.bears_on_somebody(verb, part)
            && !(noun..verb).any(|at| self.is(at, PRONOUNS))
            && !self.names_its_verb(noun, verb)
            && !(verb + 1..part.end)
                .any(|at| self.is_verb_of_statement(at) || self.is(verb + 1, TURNING))
    }

    /// "What Dennis does bores me": behind "does" stands no subject but the verb of a statement.
    fn bears_on_somebody(&self, does: usize, part: Part) -> bool {
        let objects = ["me", "us", "him", "them", "you", "her"];
        let (verb, object) = (does + 1, does + 2);
        self.is(does, &["does", "did", "do"])
            && (self.word(verb).ends_with('s') || self.word(verb).ends_with("ed"))
            && (object >= part.end || self.is(object, &objects) || self.is(object, DETERMINERS))
    }

    /// "You ever …", "any brothers", "ever been married".
    pub(super) fn is_short_yes_no(&self, start: usize, part: Part) -> bool {
        let next = self.word(start + 1);
        match self.word(start) {
            "ever" => part.end - start >= 2,
            "you" | "u" => {
                matches!(next, "ever")
                    || (part.end - start == 2 && matches!(next, "ok" | "okay" | "alright" | "good"))
            }
            "any" | "anyone" | "anybody" | "anything" => {
                part.first
                    && part.end - start <= 6
                    && part.end - start >= 2
                    && !self.turns_within(start, part)
            }
            _ => false,
        }
    }

    /// "I slept a lot, did a course": what goes on from before without its subject.
    pub(super) fn narrates(&self, start: usize, part: Part) -> bool {
        !part.marked
            && !part.first
            && self.is(start, &["did", "was", "were"])
            && self.is(start + 1, DETERMINERS)
    }

    fn turns_within(&self, start: usize, part: Part) -> bool {
        (start..part.end).any(|at| self.is(at, TURNING))
    }

    /// A question that follows without any punctuation: "nice dog what's his name", "sounds good
    /// when can we start".
    pub(super) fn run_on(&self, start: usize, part: Part) -> Option<usize> {
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
            // "They still have you there".
            let has_subject = ["still", "always", "already", "also", "just", "to"];
            asks_you
                && !self.is(at - 1, &compares)
                && !self.is(at - 1, &has_subject)
                && !self.is(at - 1, PRONOUNS)
                && !self.is(at - 1, TURNING)
                && self.asking(at - 1).is_none()
        })
    }

    /// "…, isn't it", "…, don't you".
    pub(super) fn is_tag(&self, part: Part) -> bool {
        part.end - part.start == 2
            && self.word(part.start).ends_with("n't")
            && self.is(part.start, TURNING)
            && self.is(part.start + 1, PRONOUNS)
    }
}
