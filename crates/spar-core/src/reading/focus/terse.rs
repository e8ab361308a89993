//! Questions as people type them in a hurry: without a verb, without a mark, a name for a subject.

use super::words::*;
use super::{Part, Sighting, bare};

impl Sighting<'_> {
    /// "What you doing saturday", "where you from", "why though", "with who". The question is a
    /// whole sentence: "when you fixing it" asks, "when you're late, we wait" does not.
    pub(super) fn asks_tersely(&self, at: usize, start: usize, part: Part) -> bool {
        let opens = part.first || start > part.start;
        if !(opens && part.last) {
            return false;
        }
        let word = self.asking(at).unwrap_or_default();
        let after = self.after_asking(at);
        if after >= part.end {
            return self.is_alone(at, word);
        }
        if after + 1 == part.end && self.ends_short(word, after) {
            return true;
        }
        // "Why the delay", "why so late".
        if word == "why" && self.is(after, &["the", "a", "an", "this", "that", "all", "so"]) {
            return part.end - after <= 4 && !(after..part.end).any(|at| self.is(at, TURNING));
        }
        let amount = word == "how"
            && (self.is(after, AMOUNTS) || self.is(after, &["long", "old", "soon", "late"]));
        let kind = matches!(word, "what" | "which") && self.is(after, TIMES);
        let subject = if amount || kind { after + 1 } else { after };
        let states = (subject + 2..part.end).any(|verb| self.is_verb_of_statement(verb));
        if states {
            return false;
        }
        if kind && self.is(subject, SUITING) {
            return true;
        }
        self.is(subject, SUBJECTS) && self.leaves_verb_out(word, subject, part)
    }

    /// "Who", "with who", "then what": a question word that is the whole of it.
    fn is_alone(&self, at: usize, word: &str) -> bool {
        let before = at.checked_sub(1).map_or("", |at| self.word(at));
        match word {
            "what" | "which" => {
                matches!(before, "then" | "like") || (BEFORE.contains(&before) && before != "about")
            }
            _ => true,
        }
    }

    /// "Where to", "why though", "how bad", "which bus".
    fn ends_short(&self, word: &str, last: usize) -> bool {
        match word {
            "how" => self.is(last, DEGREES) || self.is(last, &["then", "though", "so"]),
            "which" => !self.is(last, TURNING) && !self.is(last, PRONOUNS),
            "what" => self.is(last, &["then", "exactly", "with", "about", "now", "next"]),
            "why" => !self.is(last, TURNING),
            _ => {
                self.is(last, BEFORE)
                    || self.is(last, &["though", "then", "now", "exactly", "again", "else"])
                    || self.is(last, &["today", "tomorrow", "tonight"])
            }
        }
    }

    /// What stands behind "when you", "how long you", "who she" with its verb left out.
    fn leaves_verb_out(&self, word: &str, subject: usize, part: Part) -> bool {
        let of_you = self.is(subject, &["you", "ya"]);
        let next = subject + usize::from(self.is(subject + 1, STRESSING)) + 1;
        if next >= part.end {
            return false;
        }
        let doing = self.word(next).len() > 4 && self.word(next).ends_with("ing");
        let wants = of_you
            && (self.is(next, &["want", "got", "think", "reckon", "wanna"])
                || (word == "what" && self.is(next, &["mean"])));
        let short = part.end - subject <= 4;
        // "Who you go with", "where you stay at".
        let trails = short && matches!(word, "who" | "where" | "what") && {
            part.end > next + 1 && self.is(part.end - 1, &["with", "to", "for", "at", "from"])
        };
        doing || self.is(next, VERBLESS) || (wants && short) || trails
    }

    /// Yes or no without a mark: "does mom know", "is the van ready", "you married", "got any
    /// brothers", "did kayla say yes".
    pub(super) fn is_terse_yes_no(&self, start: usize, part: Part) -> bool {
        // ", so you have something to show" goes on from what was said.
        let opens = part.first || (start > part.start && !self.is(part.start, &["so"]));
        if !(part.last && opens) || part.end - start < 2 {
            return false;
        }
        match self.word(start) {
            "you" => self.asks_of_you(start, part),
            // "Think he'll sign".
            "think" | "reckon" => {
                part.end - start <= 7 && SUBJECTS.contains(&bare(self.word(start + 1)))
            }
            "wanna" => part.end - start <= 9 && self.is(start + 1, SHARED),
            "want" | "fancy" => part.end - start <= 8 && self.offers_wanted(start + 1),
            "got" => self.is(start + 1, OFFERED),
            _ => part.end - start >= 3 && self.turns_before_noun(start, part),
        }
    }

    /// "You sure", "you want some coffee", "you coming tonight".
    fn asks_of_you(&self, start: usize, part: Part) -> bool {
        let length = part.end - start;
        match self.word(start + 1) {
            "want" | "need" | "got" | "have" | "like" | "fancy" => {
                length <= 6
                    && (self.is(start + 2, OFFERED)
                        || self.is(start + 2, &["him", "her", "them", "me", "us"])
                        || (self.is(start + 1, &["want", "like"])
                            && self.is(start + 2, &["to"])
                            && self.is(start + 3, SHARED)))
            }
            "wanna" => length <= 6 && self.is(start + 2, SHARED),
            word => {
                let chooses = (start + 2..part.end).any(|at| self.is(at, &["or"]));
                let short = length <= if chooses { 10 } else { 4 };
                short && (word == "from" || STATES.contains(&word))
            }
        }
    }

    /// A turned verb before a name or a noun that stands alone: "is mom ok", "can carol help". What
    /// goes without its subject is no question: "is fine", "can only try", "did well today".
    fn turns_before_noun(&self, start: usize, part: Part) -> bool {
        let (verb, noun, next) = (self.word(start), self.word(start + 1), start + 2);
        let people = KIN.contains(&noun);
        let name = !NO_NAMES.contains(&noun)
            && !DOING.contains(&noun)
            && !TURNING.contains(&noun)
            && !BEFORE.contains(&noun)
            && !DETERMINERS.contains(&noun)
            && !STATES.contains(&noun)
            && !STRESSING.contains(&noun)
            && !["ing", "ed", "ly"].iter().any(|end| noun.ends_with(end));
        match verb {
            "does" | "doesn't" => people || name,
            "did" | "didn't" | "can" | "could" | "will" | "would" | "should" | "won't" => {
                let next = if self.is(next, STRESSING) { next + 1 } else { next };
                // "Would half six be easier".
                let to_be = (next..part.end.min(next + 2)).any(|at| self.is(at, &["be", "do"]));
                (people || name) && (self.is(next, DOING) || to_be || (people && next < part.end))
            }
            "is" | "are" | "was" | "were" | "isn't" | "wasn't" => {
                let doing = self.word(next).len() > 4 && self.word(next).ends_with("ing");
                people
                    || (name
                        && (doing
                            || self.is(next, STATES)
                            || self.is(next, BEFORE)
                            || self.is(next, &["too", "enough", "really", "better", "worse"])
                            || self.is(next, DETERMINERS)))
            }
            "has" | "hasn't" => {
                let done = self.word(next).ends_with("ed")
                    || self.is(next, &["been", "said", "gone", "got", "done", "had", "come"]);
                people || (name && done)
            }
            "do" => noun.ends_with('s') && people,
            _ => false,
        }
    }

    /// "And Yusuf?", "and the board?": how it is with them.
    pub(super) fn asks_about(&self, part: Part) -> bool {
        let at = part.start;
        let named = at + 1 + usize::from(self.is(at + 1, &["the", "this", "that"]));
        part.marked
            && part.last
            && self.is(at, &["and"])
            && named + 1 == part.end
            && ![PRONOUNS, TURNING, ASKING, LEADS, STRESSING]
                .iter()
                .any(|list| self.is(named, list))
    }

    /// "And your dad", "and you": the question just asked, about somebody else.
    pub(super) fn asks_in_turn(&self, part: Part) -> bool {
        let at = part.start;
        if !(part.last && self.is(at, &["and"])) {
            return false;
        }
        let length = part.end - at;
        (length == 2 && self.is(at + 1, &["you"]))
            || (self.is(at + 1, &["your", "his", "her"])
                && (3..=4).contains(&length)
                && !(at..part.end).any(|at| self.is(at, TURNING)))
    }
}
