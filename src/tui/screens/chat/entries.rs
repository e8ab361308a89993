//! A mission as entries of the transcript: what is said about a turn, and in which words.

use spar_core::mission::{Mission, Phase, SpokenTurn, StrikeCause, TurnReading};
use spar_core::reading::{BoundaryRisk, MicroFlag};
use spar_core::rules::{EventHint, Rarity, Tier};

use super::transcript::{Entry, Kind};
use crate::tui::glyphs::GlyphSet;

/// Said where a score would stand that is not sure enough to be shown.
const TOO_LITTLE: &str = "not scored: too little to go on";

/// The name in front of the persona's words: the first word of it that is not a title.
pub(crate) fn short_name(name: &str) -> &str {
    let titled = |word: &&str| !word.ends_with('.');
    name.split_whitespace().find(titled).unwrap_or(name)
}

/// What stands before the first turn.
pub(crate) fn opening(mission: &Mission, glyphs: GlyphSet) -> Vec<Entry> {
    let scenario = mission.scenario();
    let mut entries = Vec::new();
    if !scenario.is_scored() {
        let text = "Only English lines are read so far: this mission is played, but not scored.";
        entries.push(note(glyphs, text.to_owned()));
    }
    if let Some(opener) = &mission.state().opener {
        let name = short_name(&scenario.persona.name);
        entries.push(Entry::new(Kind::Persona, name, String::new(), opener.clone()));
    }
    entries
}

/// What stands for a turn: the line, what it was worth, what it set off, and the answer.
pub(crate) fn turn(
    mission: &Mission,
    spoken: &SpokenTurn,
    strikes: &[(StrikeCause, usize)],
    glyphs: GlyphSet,
) -> Vec<Entry> {
    let scenario = mission.scenario();
    let mut entries =
        vec![Entry::new(Kind::You, "You", String::new(), spoken.user.clone()).after_gap()];
    let is_last = mission.state().turn == spoken.turn;
    match &spoken.reading {
        Some(reading) => entries.extend(verdict(mission, reading, glyphs)),
        None if is_last && mission.state().phase == Phase::Answering && scenario.is_scored() => {
            // Holds the place of the verdict, so that the answer does not jump when it comes.
            entries.push(Entry::new(Kind::Note, "", String::new(), glyphs.waiting().to_owned()));
        }
        None => {}
    }
    for (cause, count) in strikes {
        let allowed = scenario.policy.strikes;
        let of = if allowed > 0 { format!(" ({count} of {allowed})") } else { String::new() };
        let text = format!("Strike: {}{of}", cause.in_words());
        entries.push(Entry::new(Kind::Strike, "", format!("{} ", glyphs.strike()), text));
    }
    for gate in mission.gates().iter().filter(|gate| gate.passed_in == Some(spoken.turn)) {
        let extra = if gate.required { "" } else { " (extra)" };
        let text = format!("{}{extra}", gate.title);
        entries.push(Entry::new(Kind::Gate, "", format!("{} ", glyphs.check()), text));
    }
    if let Some(reply) = &spoken.reply {
        let name = short_name(&scenario.persona.name);
        entries.push(Entry::new(Kind::Persona, name, String::new(), reply.text.clone()));
        if reply.degraded {
            let why = reply.degraded_reason.as_deref().unwrap_or("no reason given");
            let text = format!("The model did not answer ({why}). The offline persona stood in.");
            entries.push(note(glyphs, text));
        }
    }
    if spoken.cancelled {
        let text = "You stopped the answer. What you said stays said.";
        entries.push(note(glyphs, text.to_owned()));
    }
    entries
}

/// A remark beside the conversation.
pub(crate) fn note(glyphs: GlyphSet, text: String) -> Entry {
    Entry::new(Kind::Note, "", format!("{} ", glyphs.dot()), text)
}

/// A tier and its score, nine cells wide: the badge is the first four.
fn badge(tier: Tier, reading: &TurnReading) -> String {
    format!(" {:<2} {:>3}  ", tier.name(), reading.score)
}

fn verdict(mission: &Mission, reading: &TurnReading, glyphs: GlyphSet) -> Vec<Entry> {
    let mut entries = Vec::new();
    match reading.shown_tier() {
        Some(tier) => {
            let reason = reading.reason.clone();
            entries.push(Entry::new(Kind::Verdict(tier), "", badge(tier, reading), reason));
        }
        None => entries.push(note(glyphs, TOO_LITTLE.to_owned())),
    }
    match reading.hint {
        EventHint::Warning => {
            let lead = format!("{} ", glyphs.warning());
            entries.push(Entry::new(Kind::Warning, "", lead, warning(reading).to_owned()));
        }
        EventHint::Celebration if mission.may_celebrate() => {
            let lead = format!("{} ", glyphs.star());
            entries.push(Entry::new(Kind::Celebration, "", lead, celebration(reading)));
        }
        EventHint::Celebration | EventHint::Neutral => {}
    }
    entries
}

/// A warning in plain and calm words.
pub(crate) fn warning(reading: &TurnReading) -> &'static str {
    if reading.boundary_risk == BoundaryRisk::High {
        "Careful: that pushed past a line."
    } else if reading.flags.contains(&MicroFlag::Needy) {
        "Careful: that asks to be reassured."
    } else {
        "Careful: that comes close to a line."
    }
}

/// A celebration in words.
pub(crate) fn celebration(reading: &TurnReading) -> String {
    let rarity = reading.shown_tier().map_or(Rarity::Common, Tier::rarity);
    let word = match rarity {
        Rarity::Epic => "Epic line",
        Rarity::Rare => "Rare line",
        Rarity::Common => "Good line",
    };
    if reading.flags.contains(&MicroFlag::Brilliant) {
        format!("{word}: brilliantly put")
    } else {
        word.to_owned()
    }
}

/// The score of a line in a few words, for lists and for screens without signs.
pub(crate) fn score_in_words(reading: &TurnReading) -> String {
    match reading.shown_tier() {
        Some(tier) if reading.reason.is_empty() => format!("{} {}", tier.name(), reading.score),
        Some(tier) => format!("{} {}: {}", tier.name(), reading.score, reading.reason),
        None => TOO_LITTLE.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_without_their_titles() {
        assert_eq!(short_name("Dana"), "Dana");
        assert_eq!(short_name("Mrs. Okafor"), "Okafor");
        assert_eq!(short_name("Dr."), "Dr.");
        assert_eq!(short_name(""), "");
    }
}
