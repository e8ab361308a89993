//! Bands, confidence, deltas, flags and reasons of lines that speak for themselves.

use super::super::{
    Cue, CueEffect, CueName, Delta, Deltas, LineContext, MicroFlag, OwnCue, Reader, ReaderSpec,
};
use super::{hard_reader, phrases, read, reader};
use crate::language::Line;

#[test]
fn good_lines_middling_lines_and_poor_lines() {
    for text in [
        "I should have told you on Monday. That's on me, and I'm sorry.",
        "That sounds exhausting. What would help you most right now?",
        "You have every right to be angry. What worries you most?",
        "Here's what I propose: I'll send you one page by noon tomorrow. What would you change?",
        "So what I'm hearing is that you need a date you can repeat. That makes sense.",
    ] {
        let score = read(text).score.get();
        assert!((75.0..95.0).contains(&score), "{score} {text}");
    }
    for text in [
        "Thanks, I'll try to send you something later this week.",
        "Do you think we could talk about it at some point?",
        "I know it's a bit late, but maybe we could still look at it.",
        "Thank you so much, you're so kind, this is all so lovely.",
    ] {
        let score = read(text).score.get();
        assert!((40.0..70.0).contains(&score), "{score} {text}");
    }
    for text in [
        "You never listen, and it's always the same with you.",
        "It's not a big deal, calm down.",
        "Oh great, sure, because your plan was so good.",
        "You have to sign it, just say yes.",
        "It wasn't my fault, I had no choice.",
    ] {
        let score = read(text).score.get();
        assert!((5.0..=38.0).contains(&score), "{score} {text}");
    }
}

#[test]
fn gushing_is_not_good() {
    for text in [
        "Thank you, thank you, you're the best, I appreciate you so much!",
        "Hi! Great to see you, you're amazing, thanks for everything, sounds good, absolutely!",
    ] {
        let score = read(text).score.get();
        assert!(score < 75.0, "{score} {text}");
    }
}

#[test]
fn confidence_says_how_much_there_was_to_go_by() {
    for text in
        ["The train was green.", "Ok.", "hm", "asdf asdf", "", "…", "Blue chairs and a table."]
    {
        let confidence = read(text).confidence.get();
        assert!(confidence < 0.4, "{confidence} {text}");
    }
    for text in [
        "That sounds exhausting, and I should have asked sooner.",
        "You never listen, and it's your fault.",
        "What worries you most about Friday?",
    ] {
        let confidence = read(text).confidence.get();
        assert!((0.5..=0.86).contains(&confidence), "{confidence} {text}");
    }
    let clear = read("You sound worried, and that makes sense.").confidence;
    let mixed = read("You sound worried, but calm down, it's not a big deal.").confidence;
    assert!(mixed < clear, "{mixed:?} {clear:?}");
}

#[test]
fn other_languages_are_not_scored() {
    for text in [
        "Ich weiß nicht, ob das eine gute Idee ist.",
        "No sé qué decir, pero lo siento mucho.",
        "すみません、遅れました",
    ] {
        let reading = read(text);
        assert_eq!(
            (reading.confidence.get(), reading.reason.as_str()),
            (0.0, "not scored: not English")
        );
        assert_eq!(reading.deltas, Deltas::default());
    }
    let spec = ReaderSpec {
        own_cues: vec![own("entschuldigt", &["leid"], CueEffect::Good)],
        ..ReaderSpec::default()
    };
    let reading = Reader::new(spec).read(&Line::new("Es tut mir leid."), &LineContext::default());
    assert_eq!(reading.reason, "not scored: not English");
    assert!(reading.has(&CueName::Own("entschuldigt".into())));
}

#[test]
fn the_mood_follows_the_line() {
    let good = read("You have every right to be upset, and I'm sorry.").deltas;
    assert_eq!(good, Deltas { mood: Delta::Up, tension: Delta::Down, comfort: Delta::Up });
    let bad = read("You never listen. It's your fault.").deltas;
    assert_eq!(bad, Deltas { mood: Delta::Down, tension: Delta::Up, comfort: Delta::Down });
    assert_eq!(read("The train was green.").deltas, Deltas::default());
}

#[test]
fn own_cues_move_the_score_by_their_effect() {
    let text = "The launch slips.";
    let with = |effect| {
        let spec = ReaderSpec {
            english: true,
            own_cues: vec![own("states_the_news", &["slips"], effect)],
            ..ReaderSpec::default()
        };
        Reader::new(spec).read(&Line::new(text), &LineContext::default())
    };
    let [good, neutral, bad] = [CueEffect::Good, CueEffect::Neutral, CueEffect::Bad].map(with);
    assert!(good.score > neutral.score && neutral.score > bad.score);
    assert!(good.has(&CueName::Own("states_the_news".into())));
    assert_eq!(good.reason, "states the news");
}

#[test]
fn plainness_counts_where_the_thing_is_hard() {
    let line = Line::new("I have bad news: we won't make the ninth.");
    let context = LineContext::default();
    let (soft, hard) = (reader().read(&line, &context), hard_reader().read(&line, &context));
    assert!(hard.score > soft.score);
    assert!(hard.flags.contains(&MicroFlag::Plain) && !soft.flags.contains(&MicroFlag::Plain));
}

#[test]
fn saying_it_again_costs() {
    let text = "What worries you most about Friday?";
    let earlier = [text.to_owned()];
    let context = LineContext { earlier: &earlier, ..LineContext::default() };
    let again = reader().read(&Line::new(text), &context);
    assert!(again.flags.contains(&MicroFlag::Repeating));
    assert!(again.score < read(text).score);
}

#[test]
fn flags_speak() {
    for (text, flag) in [
        ("Please don't be mad at me.", MicroFlag::Needy),
        ("Come on, just say yes.", MicroFlag::Pushy),
        ("It's not a big deal.", MicroFlag::Dismissive),
        ("I guess it's sort of late, maybe.", MicroFlag::Hedging),
        ("You must be exhausted.", MicroFlag::Warm),
        ("So what I'm hearing is that Friday is the worst of it.", MicroFlag::Listening),
        ("That's on me.", MicroFlag::Owning),
        (
            "You have every right to be angry, and I should have told you on Monday. Here's what I propose: we tell Owen together at four. What would you change?",
            MicroFlag::Brilliant,
        ),
    ] {
        let flags = read(text).flags;
        assert!(flags.contains(&flag), "{flag:?} not in {flags:?}: {text}");
    }
}

#[test]
fn reasons_read_like_a_coach() {
    let reasons: Vec<String> = [
        "You sound exhausted. What would help?",
        "You never listen. Just say yes.",
        "I guess it's sort of late.",
        "I'm sorry, but calm down.",
        "The train was green.",
        "Ok.",
        "asdfgh jklasd",
        "…",
    ]
    .iter()
    .map(|text| read(text).reason)
    .collect();
    insta::assert_snapshot!(reasons.join("\n"), @r"
    asks an open question and names their feeling
    blames (“You never listen”), and pushes for a yes
    says it half (“sort of”)
    waves it away (“calm down”)
    says nothing that moves the talk either way
    too short to say much about
    cannot be read as words
    says nothing that can be read
    ");
}

#[test]
fn cues_come_strongest_first_each_once() {
    let reading =
        read("Thank you. Um, I guess you sound tired, you sound sad, and I'm sorry, sorry.");
    let strengths: Vec<f64> = reading.cues.iter().map(|hit| hit.strength).collect();
    assert!(strengths.is_sorted_by(|one, other| one >= other), "{strengths:?}");
    let mut names: Vec<&CueName> = reading.cues.iter().map(|hit| &hit.cue).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), strengths.len());
    assert!(reading.has(&CueName::Common(Cue::Apologises)));
}

fn own(name: &str, any: &[&str], effect: CueEffect) -> OwnCue {
    OwnCue {
        name: name.to_owned(),
        any: phrases(any),
        all: Vec::new(),
        unless: Vec::new(),
        effect,
        weight: 8.0,
    }
}
