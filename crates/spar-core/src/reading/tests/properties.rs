//! What holds for every line.

use proptest::prelude::*;

use super::super::{Delta, LineContext, LocalReading, Safety};
use super::{hard_reader, phrases};
use crate::language::Line;
use crate::reading::{Reader, ReaderSpec};

/// Sentences to build lines from: all kinds of them.
const SENTENCES: &[&str] = &[
    "I'm sorry.",
    "You never listen.",
    "What worries you most?",
    "Calm down.",
    "I guess so.",
    "So what I'm hearing is that Friday is hard.",
    "You have to sign today.",
    "That's on me.",
    "Here's what I propose: we meet on Monday.",
    "Thanks.",
    "Oh great, another one.",
    "You should sleep more.",
    "The train was green.",
    "asdf jkl qwerty",
    "I'll call you tomorrow.",
    "You have every right to be angry.",
    "No.",
    "Um, well, you know.",
    "I had no choice.",
    "Ich weiß nicht, ob das geht.",
    "Take your time.",
    "My answer is no",
    "Are you mad at me?",
    "It's your fault",
    "he said i'll hurt you",
    "not",
    "don't think",
    "because",
    "why",
    "?!",
];

fn reading_of(text: &str) -> LocalReading {
    hard_reader().read(&Line::new(text), &LineContext::default())
}

fn in_range(reading: &LocalReading) -> bool {
    (0.0..=100.0).contains(&reading.score.get())
        && (0.0..=1.0).contains(&reading.confidence.get())
        && (0.5..=1.5).contains(&reading.strength)
        && reading.cues.iter().all(|hit| hit.strength > 0.0 && hit.strength <= 1.0)
        && !reading.reason.is_empty()
        && reading.reason.chars().count() <= 160
        && !reading.reason.chars().any(char::is_control)
}

fn lines() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(SENTENCES), 0..6)
        .prop_map(|sentences| sentences.join(" "))
}

fn rank(delta: Delta) -> i8 {
    match delta {
        Delta::Down => -1,
        Delta::Stable => 0,
        Delta::Up => 1,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_gives_a_sound_reading(text in "\\PC{0,200}|[\\x00-\\x7f]{0,120}|(\\p{L}|[ '.,?!\u{200d}\u{202e}\u{301}]){0,120}", partner in "\\PC{0,60}") {
        let line = Line::new(&text);
        let earlier = [partner.clone(), text.clone()];
        let context = LineContext { partner: Some(&partner), earlier: &earlier, strayed: true };
        let spec = ReaderSpec { english: true, topic: phrases(&["launch"]), ..ReaderSpec::default() };
        let reader = Reader::new(spec);
        let reading = reader.read(&line, &context);
        prop_assert!(in_range(&reading), "{reading:?}");
        prop_assert_eq!(reading, reader.read(&Line::new(&text), &context));
    }

    #[test]
    fn built_lines_give_sound_readings(text in lines(), partner in lines()) {
        let context = LineContext { partner: Some(&partner), earlier: &[], strayed: false };
        let reading = hard_reader().read(&Line::new(&text), &context);
        prop_assert!(in_range(&reading), "{reading:?}");
    }

    #[test]
    fn an_insult_never_helps(text in lines(), insult in prop::sample::select(&["You idiot.", "You're useless.", "You're pathetic."][..])) {
        let (clean, insulted) = (reading_of(&text), reading_of(&format!("{text}. {insult}")));
        prop_assert!(insulted.score <= clean.score, "{} > {}", insulted.score, clean.score);
        prop_assert!(insulted.safety >= Safety::Insult);
    }

    #[test]
    fn seeing_the_other_never_raises_tension(text in lines(), seen in prop::sample::select(&["You sound exhausted.", "I can see this is hard for you.", "That must have been frightening."][..])) {
        let (before, after) = (reading_of(&text), reading_of(&format!("{text}. {seen}")));
        // What was not English before cannot be compared.
        prop_assume!(before.reason != "not scored: not English");
        prop_assert!(rank(after.deltas.tension) <= rank(before.deltas.tension), "{before:?} {after:?}");
    }
}
