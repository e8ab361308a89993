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

    /// A sentence about last time that can stand before any first line.
    #[must_use]
    pub fn recalled(&self) -> String {
        let said = self.items.iter().find_map(|item| {
            let safe = clean(item);
            let did = safe.trim().strip_prefix("You ")?;
            let is_one_sentence =
                did.ends_with('.') && did.matches(['.', '!', '?', '\n']).count() == 1;
            let is_short = did.chars().nth(LONGEST_SAID).is_none();
            (is_one_sentence && is_short).then(|| format!("Last time you {did}"))
        });
        said.unwrap_or_else(|| {
            let known = match self.carried() {
                carried if carried >= 2.0 => "It's good to hear from you again.",
                carried if carried <= -2.0 => "I haven't forgotten last time.",
                _ => "You and me again.",
            };
            known.to_owned()
        })
    }
}

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
        assert_eq!(told.recalled(), "Last time you told me straight, on the second sentence.");
        let long = format!("You {}.", "went on ".repeat(40));
        for (items, carry, recalled) in [
            (&[][..], 5.0, "It's good to hear from you again."),
            (&["You left. And you shouted."], -5.0, "I haven't forgotten last time."),
            (&[long.as_str()], 0.0, "You and me again."),
        ] {
            assert_eq!(memory(items, carry).recalled(), recalled);
        }
    }
}
