//! How a weak line could have gone: a line of the scenario's own skilled play that serves the same
//! moment, or else the same thing said without what was wrong with it.

use super::Context;
use super::seen::Seen;
use super::words::{capital, choose, clip};
use crate::ids::TurnIndex;
use crate::language::{Line, clean, quote};
use crate::reading::{Cue, CueName, LineContext, MicroFlag, Safety};
use crate::rules::{Condition, GateStatus, Test};
use crate::scenario::Gate;

/// The longest suggestion, in characters.
const LONGEST: usize = 240;

/// Finds better lines, no suggestion twice.
#[derive(Debug)]
pub(super) struct Coach<'a> {
    context: &'a Context<'a>,
    /// Lines of the skilled play, and what each of them does; read when the first is asked for.
    skilled: Option<Vec<(&'a str, Vec<CueName>)>>,
    given: Vec<String>,
}

impl<'a> Coach<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self { context, skilled: None, given: Vec::new() }
    }

    /// A way to say it that would have landed better; `None` for a line that is not to be worked
    /// on (a threat has no better form), or when nothing is left to suggest.
    pub(super) fn better(&mut self, turn: &Seen<'_>) -> Option<String> {
        if turn.read.safety != Safety::Clear {
            return None;
        }
        let found = self.from_play(turn).or_else(|| self.from_fault(turn))?;
        self.given.push(found.clone());
        Some(found)
    }

    /// The skilled line that has what the first gate still open then was waiting for.
    fn from_play(&mut self, turn: &Seen<'_>) -> Option<String> {
        let said = Line::new(&turn.spoken.user);
        let gates = &self.context.mission.scenario().gates;
        let wanted: Vec<Vec<CueName>> = gates
            .iter()
            .filter(|gate| is_next(self.context, gate, turn.spoken.turn))
            .map(|gate| missing(gate, turn))
            .filter(|cues| !cues.is_empty())
            .collect();
        let given = &self.given;
        let context = self.context;
        let skilled = self.skilled.get_or_insert_with(|| read_play(context));
        wanted.iter().find_map(|cues| {
            skilled
                .iter()
                .filter(|(_, has)| cues.iter().any(|cue| has.contains(cue)))
                .map(|(line, _)| clip(&clean(line), LONGEST))
                .find(|line| !given.contains(line) && Line::new(line).words() != said.words())
        })
    }

    /// The same without what was wrong.
    fn from_fault(&self, turn: &Seen<'_>) -> Option<String> {
        let name = &self.context.mission.scenario().persona.name;
        let seed = self.context.seed() ^ u64::from(turn.spoken.turn.0);
        let line = Line::new(&turn.spoken.user);
        let about = quote(&line).map_or_else(|| "this".to_owned(), |piece| lower_first(&piece));
        let ways: Vec<String> = ways(turn, &about, name);
        let mut fresh: Vec<&str> = ways
            .iter()
            .map(String::as_str)
            .filter(|way| !self.given.iter().any(|given| given == way))
            .collect();
        // The first names what was said; the others will do when there is nothing to name.
        if about == "this" {
            fresh.truncate(3);
        }
        let way = if fresh.is_empty() { return None } else { choose(seed, "better", &fresh) };
        Some(clip(way, LONGEST))
    }
}

/// The lines of the skilled play with their cues. Those that give back what was said in that play
/// make no sense in another.
fn read_play<'a>(context: &Context<'a>) -> Vec<(&'a str, Vec<CueName>)> {
    let reader = context.mission.reader();
    let lines = &context.mission.scenario().playthroughs.skilled;
    let of_that_talk = [Cue::Reflects, Cue::Summarises, Cue::Thanks];
    lines
        .iter()
        .map(|line| {
            let read = reader.read(&Line::new(line), &LineContext::default());
            (line.as_str(), read.cues.into_iter().map(|hit| hit.cue).collect::<Vec<_>>())
        })
        .filter(|(_, has)| !of_that_talk.iter().any(|cue| has.contains(&CueName::Common(*cue))))
        .collect()
}

/// Whether the gate was still open before the turn and could have passed in it.
fn is_next(context: &Context<'_>, gate: &Gate, turn: TurnIndex) -> bool {
    let passed_before =
        |id: &str| context.mission.state().gates.get(id).is_some_and(|passed| *passed < turn);
    let mut reachable = true;
    gate.when.visit(&mut |test| match test {
        Test::MinTurns(turns) => reachable &= turn.0 >= *turns,
        Test::Gates(gates) => {
            reachable &= gates
                .iter()
                .all(|(id, status)| (*status == GateStatus::Passed) == passed_before(id));
        }
        _ => {}
    });
    reachable && !passed_before(&gate.id)
}

/// Cues the gate waits for that the line did not have.
fn missing(gate: &Gate, turn: &Seen<'_>) -> Vec<CueName> {
    let mut cues = wanted_cues(&gate.when);
    cues.retain(|cue| !turn.read.cues.iter().any(|hit| hit.cue == *cue));
    cues
}

/// Cues a condition asks for, those under `not` left out.
pub(super) fn wanted_cues(condition: &Condition) -> Vec<CueName> {
    let mut cues = Vec::new();
    for test in &condition.tests {
        match test {
            Test::Cue { names, .. } => cues.extend(names.iter().cloned()),
            Test::All(parts) | Test::Any(parts) => {
                parts.iter().for_each(|part| cues.extend(wanted_cues(part)));
            }
            _ => {}
        }
    }
    cues
}

/// Ways to say it, by the worst of what was wrong with it.
fn ways(turn: &Seen<'_>, about: &str, name: &str) -> Vec<String> {
    let own = |ways: &[&str]| ways.iter().map(|way| (*way).to_owned()).collect::<Vec<_>>();
    let has = |cue| turn.has(cue);
    if has(Cue::Blames) || has(Cue::Sarcasm) {
        return own(&[
            "Let me begin with my own part in this. I could have come to you sooner.",
            "I've had a share in this too, and I'd like to own it before anything else.",
            "This isn't only on you. What I'd do differently is speak up earlier.",
        ]);
    }
    if has(Cue::Dismisses) {
        return own(&[
            "I can see that this matters to you. What is the worst part of it?",
            "That sounds hard. Tell me more about what it does to you.",
            "You have every reason to take this seriously, and so do I.",
        ]);
    }
    if has(Cue::Pressures) || has(Cue::Commands) {
        return own(&[
            "You don't have to decide this now. What would you need first?",
            "Here is what I would like. What would make it possible for you?",
            "Take the time you need. When would be good to talk about it again?",
        ]);
    }
    if has(Cue::MakesExcuses) {
        return own(&[
            "I could give you reasons, but the plain answer is that I got this wrong.",
            "That was mine to see to, and I didn't. This is what I'll do about it.",
            "There were reasons, and none of them changes what it means for you.",
        ]);
    }
    if has(Cue::InterruptsTopic) {
        return own(&[
            "Before we go on: is there more you want to say about this?",
            "Let's stay with this a moment. What have I missed?",
        ]);
    }
    if has(Cue::Advises) {
        return own(&[
            "I have a thought about that. Would you like to hear it?",
            "Do you want ideas from me, or would you rather I just listened?",
            "May I say what I would try? You know best whether it fits.",
        ]);
    }
    if has(Cue::Needy) {
        return own(&[
            "You don't have to make this easier for me. What do you need?",
            "I don't need an answer about us now. I'd rather hear how you see it.",
        ]);
    }
    if has(Cue::OverExplains) || turn.is(MicroFlag::Rambling) {
        return vec![shortened(&turn.spoken.user)];
    }
    if has(Cue::Hedges)
        && let Some(plain) = unhedged(&turn.spoken.user)
    {
        return vec![plain];
    }
    if has(Cue::OffTopic) || turn.is(MicroFlag::OffTopic) {
        return own(&[
            "Let me come back to what I came for. How does it look from your side?",
            "I've strayed. What matters most to you in this?",
        ]);
    }
    if turn.is(MicroFlag::Repeating) {
        return own(&[
            "I've said that before. What have I not understood yet?",
            "I'm repeating myself. Tell me what is missing for you.",
        ]);
    }
    let mut open = own(&[
        "What matters most to you in this?",
        "How does this look from where you are?",
        "What would help you most right now?",
    ]);
    if about != "this" {
        open.push(format!("What does {about} mean for you, {name}?"));
    }
    open
}

/// The first sentence, and room for the other.
fn shortened(text: &str) -> String {
    let safe = clean(text);
    let flat = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = flat.find(['.', '!', '?']).map_or(flat.len(), |at| at + 1);
    let first = flat.get(..end).unwrap_or(&flat).trim();
    let first = clip(first, 120);
    let stop = if first.ends_with(['.', '!', '?', '\u{2026}']) { "" } else { "." };
    format!("{first}{stop} What would you like to know first?")
}

/// Padding that takes back what a sentence says. The longer ones first.
const PADDING: [&str; 17] = [
    "if that makes sense",
    "a little bit",
    "or something",
    "i would say",
    "i'd say",
    "i suppose",
    "i guess",
    "i think",
    "kind of",
    "sort of",
    "i mean",
    "to be honest",
    "probably",
    "perhaps",
    "maybe",
    "basically",
    "actually",
];

/// The line without its padding; `None` when there was none, or too little would be left.
fn unhedged(text: &str) -> Option<String> {
    let safe = clean(text);
    let flat = safe.split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{2019}', "'");
    let mut rest = flat.as_str();
    let mut kept = String::with_capacity(flat.len());
    // Only ASCII is lowered, so that positions stay those of the text.
    while !rest.is_empty() {
        let starts_word = kept.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let padding = PADDING.iter().find(|padding| {
            starts_word
                && rest.get(..padding.len()).is_some_and(|head| head.eq_ignore_ascii_case(padding))
                && !rest[padding.len()..].starts_with(char::is_alphanumeric)
        });
        if let Some(padding) = padding {
            rest = rest[padding.len()..].trim_start_matches([' ', ',']);
            // "It's two weeks, probably." leaves its comma behind.
            if rest.is_empty() || rest.starts_with(['.', '!', '?']) {
                kept.truncate(kept.trim_end_matches([' ', ',']).len());
            }
        } else if let Some(next) = rest.chars().next() {
            kept.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    let sentences: Vec<String> = kept
        .split_inclusive(['.', '!', '?'])
        .map(str::trim)
        .map(|one| one.strip_prefix("So ").or_else(|| one.strip_prefix("Well, ")).unwrap_or(one))
        .filter(|one| one.chars().any(char::is_alphanumeric))
        .map(capital)
        .collect();
    let plain = sentences.join(" ");
    let words = Line::new(&plain).words().len();
    (plain != flat && words >= 4).then_some(plain)
}

fn lower_first(text: &str) -> String {
    // "The date" becomes "the date"; "Monday" and "NASA" stay.
    match text.split_once(' ') {
        Some((first, rest)) if ["The", "A", "An"].contains(&first) => {
            format!("{} {rest}", first.to_lowercase())
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_goes_and_the_sentence_stays() {
        for (text, expected) in [
            (
                "So I think we're going to miss the ninth. It's two weeks, probably.",
                Some("We're going to miss the ninth. It's two weeks."),
            ),
            (
                "There's kind of an issue with the migration, I guess.",
                Some("There's an issue with the migration."),
            ),
            ("Maybe.", None),
            ("I guessed that we would be late.", None),
            ("We are two weeks late.", None),
        ] {
            assert_eq!(unhedged(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_long_line_is_its_first_sentence_and_a_question() {
        let text = format!("It slips by two weeks. {}", "And then there is more. ".repeat(20));
        assert_eq!(shortened(&text), "It slips by two weeks. What would you like to know first?");
    }
}
