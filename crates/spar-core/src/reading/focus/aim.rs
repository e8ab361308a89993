//! What exactly a question wants to hear, once it is known to be one.

use super::words::*;
use super::{Asked, Focus, Part, Sighting};

impl Sighting<'_> {
    pub(super) fn yes_no(&self, at: usize, part: Part, asked: &mut Asked) {
        // "Tea or coffee" wants one of them, and no yes; "or not", "or something" does not.
        let chooses = (at + 1..part.end.saturating_sub(1)).any(|or| {
            self.is(or, &["or"])
                && !self.is(or + 1, &["not", "something", "anything", "what", "so"])
        });
        // "Any brothers or sisters" is content with a yes.
        let of_any = (at + 1..part.end).any(|at| self.is(at, &["any", "anything", "anyone"]));
        if chooses && of_any {
            asked.note(Focus::Which);
        }
        asked.note(Focus::YesNo);
        if chooses && !of_any {
            asked.note(Focus::Which);
        }
        if self.is_about_asker(at, part) {
            asked.note(Focus::Opinion);
        } else if let Some(act) = self.act(at, part).filter(|_| !chooses) {
            asked.note_act(act);
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
    pub(super) fn note(&self, at: usize, part: Part, asked: &mut Asked) {
        let focus = self.focus(at, part);
        if focus == Focus::Opinion {
            asked.note(if self.asking(at) == Some("how") { Focus::How } else { Focus::What });
        }
        if self.is_of_a_kind(at) {
            asked.note(Focus::Which);
        }
        // "What about you" turns the question round: it asks what the other makes of it.
        if self.is(at + 1, &["about"]) && self.is(at + 2, &["you"]) && at + 3 == part.end {
            asked.note(Focus::Opinion);
            asked.note(Focus::What);
            return;
        }
        asked.note(focus);
        if self.proposes(at, part) {
            asked.note(Focus::YesNo);
            let mine = self.is(at + 2, &["i"]);
            asked.note_act(if mine { Focus::Offer } else { Focus::Proposal });
        } else if focus == Focus::YesNo {
            // "How about Sunday".
            asked.note_act(Focus::Proposal);
        }
    }

    /// "What if we started at seven" waits for a yes, "what if he says no" for what happens then.
    fn proposes(&self, at: usize, part: Part) -> bool {
        let mut subject = at + 2;
        while self.is(subject, TIMES) || self.is(subject, &["tomorrow", "from", "instead", "then"])
        {
            subject += 1;
        }
        let us = self.is(subject, &["we", "i", "you", "both"]);
        let two = self.are(subject, &["the", "two", "of"]);
        let verb = self.word(if two { subject + 4 } else { subject + 1 });
        self.are(at, &["what", "if"])
            && (us || two)
            && subject + 1 < part.end
            && !verb.ends_with("n't")
            && !matches!(verb, "are" | "am" | "were" | "was" | "never" | "fail" | "lose" | "forget")
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
            "which" if next == "number" => Focus::Which,
            _ if PRICES.contains(&next) => Focus::HowMuch,
            "which" => Focus::Which,
            // "What's for dinner" asks for no reason.
            _ if next == "reason" => Focus::Why,
            _ if next == "for" && !self.is_contracted(at) && at + 2 == part.end => Focus::Why,
            _ if next == "part" && near(&["town", "country", "city"]) => Focus::Where,
            _ if near(&["reason"])
                || (matches!(next, "made" | "makes")
                    && near(&["you", "him", "her", "them", "u"])
                    && !near(STIRRED)) =>
            {
                Focus::Why
            }
            _ if self.names_time(at, part) => Focus::When,
            // "What's the number" may well be that of a door.
            _ if self.names_after_the(at, PRICES) && !near(&["number"]) => Focus::HowMuch,
            _ if near(&["cost", "costs", "charge", "charges", "earn", "earns"]) => Focus::HowMuch,
            _ if self.names_after_the(at, &["address"]) => Focus::Where,
            _ if near(MINDS) && self.is_of_you(at, part) => Focus::Opinion,
            _ if near(&["would"]) && near(&["you"]) => Focus::Opinion,
            _ => Focus::What,
        }
    }

    fn focus_of_how(&self, at: usize, part: Part) -> Focus {
        let near = |words: &[&str]| (at + 1..part.end.min(at + 5)).any(|at| self.is(at, words));
        let next = self.word(at + 1);
        // "How big's the team".
        match next.strip_suffix("'s").unwrap_or(next) {
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

    /// "What kind of music".
    fn is_of_a_kind(&self, at: usize) -> bool {
        self.is(at, &["what"]) && self.is(self.after_asking(at), &["kind", "sort", "type"])
    }

    /// "What's the rent", "what is your deadline".
    fn names_after_the(&self, at: usize, nouns: &[&str]) -> bool {
        let verb = if self.is_contracted(at) { at } else { at + 1 };
        let is_verb = verb == at || self.is(verb, &["is", "was", "are", "were"]);
        is_verb
            && self.is(verb + 1, DETERMINERS)
            && (self.is(verb + 2, nouns) || self.is(verb + 3, nouns))
    }

    /// "What's the date", "what is the earliest day". "What was your worst day" and "what's the
    /// first year like" ask for no time.
    fn names_time(&self, at: usize, part: Part) -> bool {
        let the = if self.is_contracted(at) { at + 1 } else { self.after_asking(at) + 1 };
        if !self.names_after_the(at, TIMES)
            || !self.is(the, DETERMINERS)
            || (the + 2..part.end).any(|at| self.is(at, &["like"]))
        {
            return false;
        }
        let plain = self.is(the + 1, TIMES);
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
