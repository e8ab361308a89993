//! What gives back what was heard and asks whether it is so: "have I got that right", "so what you
//! need is a date?"

use super::words::TURNING;
use super::{Part, Sighting};

/// Turns that ask whether something was understood, and nothing else.
const TURNS: &[&[&str]] = &[
    &["is", "that", "right"],
    &["is", "that", "correct"],
    &["is", "that", "about", "right"],
    &["is", "that", "it"],
    &["is", "that", "fair"],
    &["is", "that", "what", "you", "mean"],
    &["is", "that", "what", "you're", "saying"],
    &["have", "i", "got", "that", "right"],
    &["have", "i", "got", "it", "right"],
    &["have", "i", "understood", "that", "right"],
    &["have", "i", "understood", "you", "right"],
    &["have", "i", "understood", "that"],
    &["have", "i", "understood", "you"],
    &["did", "i", "get", "that", "right"],
    &["did", "i", "get", "it", "right"],
    &["did", "i", "get", "that"],
    &["did", "i", "hear", "that", "right"],
    &["did", "i", "hear", "you", "right"],
    &["do", "i", "have", "that", "right"],
    &["do", "i", "understand", "that", "right"],
    &["do", "i", "understand", "you", "right"],
    &["am", "i", "getting", "that", "right"],
    &["am", "i", "hearing", "that", "right"],
    &["am", "i", "reading", "that", "right"],
    &["does", "that", "sound", "right"],
    &["does", "that", "sum", "it", "up"],
];

impl Sighting<'_> {
    /// Whether a part only asks whether the asker has understood.
    pub(super) fn checks(&self, part: Part) -> bool {
        let start = self.after_leads(part.start, part.end - 1);
        let length = part.end - start;
        let whole = |turn: &&[&str]| turn.len() == length && self.are(start, turn);
        if part.last && TURNS.iter().any(whole) {
            return true;
        }
        part.marked && part.first && self.gives_back(start, part)
    }

    /// "What you need is a date?", "it sounds like you're worn out?", "you mean he knew?"
    fn gives_back(&self, start: usize, part: Part) -> bool {
        let you = |at: usize| self.is(at, &["you", "you're", "you'd", "you've", "your"]);
        let is = |at: usize| self.is(at, &["is", "was", "isn't", "wasn't", "are"]);
        match self.word(start) {
            // "What do you do when nobody is there" asks for what.
            "what" => {
                (you(start + 1) || (you(start + 2) && !self.is(start + 1, TURNING)))
                    && (start + 2..part.end - 1).any(is)
            }
            "you" => self.is(start + 1, &["mean"]) && part.end - start > 3,
            "you're" => self.is(start + 1, &["saying", "telling"]) && part.end - start > 3,
            "it" | "that" => {
                self.is(start + 1, &["sounds", "seems"])
                    && self.is(start + 2, &["like", "as", "to"])
                    && !(start..part.end).any(|at| self.asking(at).is_some())
            }
            "sounds" | "seems" => self.is(start + 1, &["like", "as", "to"]),
            "part" => self.are(start, &["part", "of", "you"]),
            _ => false,
        }
    }
}
