//! What a persona keeps of a conversation, and what the next one takes from it.

use serde::{Deserialize, Serialize};

use crate::language::clean;
use crate::rules::MoodVector;

/// The longest sentence that a persona says of last time before its first line, in characters.
const LONGEST_SAID: usize = 140;

/// What the persona keeps of a mission. The next mission with the same persona begins with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PersonaMemory {
    /// The persona's name.
    pub persona: String,
    /// What stuck, in the persona's own words, second person for the user, at most
    /// [`PersonaMemory::MOST_ITEMS`] sentences.
    pub items: Vec<String>,
    /// How they think of the user now, in a line.
    pub attitude: String,
    /// −10–10: how much warmer or cooler the next mission begins.
    pub carry: f64,
}

impl PersonaMemory {
    /// Sentences that stick at most.
    pub const MOST_ITEMS: usize = 4;
    /// The most that one conversation carries into the next, points either way.
    pub const MOST_CARRY: f64 = 10.0;

    /// What it carries over, within its range whatever was stored.
    #[must_use]
    pub fn carried(&self) -> f64 {
        if self.carry.is_nan() {
            return 0.0;
        }
        self.carry.clamp(-Self::MOST_CARRY, Self::MOST_CARRY)
    }

    /// Where the mood of the next mission begins: positivity and comfort are moved by what is
    /// carried over, tension by half of it the other way, all within 0–100.
    #[must_use]
    pub fn colours(&self, start: MoodVector) -> MoodVector {
        let carried = self.carried();
        start.moved(carried, -carried / 2.0, carried)
    }

    /// A first line with a sentence about last time in it: before a question that the line ends with,
    /// else behind the line. Where nothing can be told so, a greeting that knows the user stands
    /// before it.
    #[must_use]
    pub fn woven_into(&self, opener: &str) -> String {
        let Some(recalled) = self.recalled() else {
            let known = match self.carried() {
                carried if carried >= 2.0 => "It's good to hear from you again.",
                carried if carried <= -2.0 => "I haven't forgotten last time.",
                _ => "You and me again.",
            };
            return format!("{known} {opener}");
        };
        if !opener.ends_with('?') {
            return format!("{opener} {recalled}");
        }
        let ends = |at: &usize| opener[..*at].ends_with(['.', '!', '?', '\u{2026}']);
        let question = opener.match_indices(' ').map(|(at, _)| at).rfind(ends);
        match question {
            Some(at) => format!("{} {recalled}{}", &opener[..at], &opener[at..]),
            None => format!("{recalled} {opener}"),
        }
    }

    /// What of last time is one short sentence about the user, without where in the talk it was.
    fn recalled(&self) -> Option<String> {
        self.items.iter().find_map(|item| {
            let safe = clean(item);
            let did = safe.trim().strip_prefix("You ")?;
            let is_one_sentence =
                did.ends_with('.') && did.matches(['.', '!', '?', '\n']).count() == 1;
            let is_short = did.chars().nth(LONGEST_SAID).is_none();
            let did = did.strip_suffix('.').filter(|_| is_one_sentence && is_short)?;
            let did = EARLY.iter().find_map(|place| did.strip_suffix(place)).unwrap_or(did);
            Some(format!("Last time you {did}."))
        })
    }
}

/// Where in a talk something early was said, as a memory ends with it: in the first turn, the second.
pub(crate) const EARLY: [&str; 2] = [", in your first sentence", ", on the second sentence"];

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(items: &[&str], carry: f64) -> PersonaMemory {
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        PersonaMemory { items, carry, ..PersonaMemory::default() }
    }

    #[test]
    fn what_is_carried_over_stays_within_its_range() {
        let start = MoodVector { positivity: 45.0, tension: 50.0, comfort: 95.0 };
        let moved = memory(&[], 400.0).colours(start);
        assert_eq!((moved.positivity, moved.tension, moved.comfort), (55.0, 45.0, 100.0));
        assert_eq!(memory(&[], f64::NAN).colours(start), start);
        assert_eq!(memory(&[], -6.0).colours(start).tension, 53.0);
    }

    #[test]
    fn one_whole_sentence_is_recalled_or_only_how_it_was() {
        let told = memory(&["It hurt.", "You told me straight, on the second sentence."], 3.0);
        for (opener, woven) in [
            ("Hi. What is it?", "Hi. Last time you told me straight. What is it?"),
            ("What is it?", "Last time you told me straight. What is it?"),
            ("Have a seat.", "Have a seat. Last time you told me straight."),
        ] {
            assert_eq!(told.woven_into(opener), woven);
        }
        let long = format!("You {}.", "went on ".repeat(40));
        for (items, carry, known) in [
            (&[][..], 5.0, "It's good to hear from you again."),
            (&["You left. And you shouted."], -5.0, "I haven't forgotten last time."),
            (&[long.as_str()], 0.0, "You and me again."),
        ] {
            assert_eq!(memory(items, carry).woven_into("Hi."), format!("{known} Hi."));
        }
    }
}
