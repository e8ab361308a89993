//! Safety classes, and everyday idiom that must not set them off.

use super::super::{BoundaryRisk, Cue, CueName, Safety};
use super::{LineContext, answer, read, reader};
use crate::language::Line;

#[test]
fn idiom_is_harmless() {
    for text in [
        "The photo shoot is on Tuesday.",
        "You're killing it this quarter.",
        "I could murder a coffee.",
        "Shoot me an email when you're done.",
        "That bug is killing me.",
        "The deadline is Friday.",
        "Kill the process and start again.",
        "We just have to execute the plan.",
        "Hit me up after lunch.",
        "You're dead right.",
        "I hope I don't bomb the interview.",
        "Let me take a stab at it.",
        "There's a crisis meeting at four.",
        "My phone is dying.",
        "I'm dying to hear how it went.",
        "He's dead tired.",
        "That joke slayed.",
        "We're going to crush the competition.",
        "Don't shoot the messenger.",
        "It's a killer feature.",
        "She's drop-dead gorgeous in that film.",
        "I'd kill for a nap.",
        "Break a leg tonight.",
        "The battery died on me.",
        "That's a sick beat.",
        "Let's blow up the balloon.",
        "The launch is a suicide mission, they joke, but we can do it.",
    ] {
        let reading = read(text);
        assert_eq!(reading.safety, Safety::Clear, "{text}");
        assert_eq!(reading.boundary_risk, BoundaryRisk::Low, "{text}");
    }
}

#[test]
fn insults_and_threats_are_seen() {
    for text in [
        "You idiot.",
        "You're useless.",
        "Honestly, you're pathetic.",
        "You are useless, and you know it.",
        "What now, you idiot?",
    ] {
        let reading = read(text);
        assert_eq!(reading.safety, Safety::Insult, "{text}");
        assert!(reading.has(&CueName::Common(Cue::Insult)), "{text}");
        assert_eq!(reading.boundary_risk, BoundaryRisk::High, "{text}");
        assert!(reading.score.get() <= 20.0, "{text}: {}", reading.score);
    }
    for text in [
        "I'll hurt you.",
        "Watch your back.",
        "You'd better watch your back, Dana.",
        "Say that again and I'll hurt you.",
        "I WILL hurt you!",
    ] {
        let reading = read(text);
        assert_eq!(reading.safety, Safety::Threat, "{text}");
        assert_eq!(reading.boundary_risk, BoundaryRisk::High, "{text}");
    }
}

#[test]
fn what_is_taken_back_or_somebody_elses_is_not_held_against_the_speaker() {
    for text in [
        "I'm not saying you're useless.",
        "I don't think you're pathetic.",
        "He said he'd hurt me, and I froze.",
        "My boss told me you're useless, and I disagreed.",
        "She wrote \u{201c}you idiot\u{201d} under my post.",
        "They called me useless.",
        "I'm not useless.",
        "The old form is useless.",
    ] {
        assert_eq!(read(text).safety, Safety::Clear, "{text}");
    }
}

#[test]
fn the_worst_class_wins() {
    assert_eq!(read("You idiot, I'll hurt you.").safety, Safety::Threat);
    assert_eq!(read("You idiot. I want to die.").safety, Safety::Crisis);
}

#[test]
fn a_cry_for_help_is_not_explained_away() {
    for text in [
        "I want to die.",
        "I don't think you understand I want to die",
        "I'm not going to lie I want to die",
        "You never listen when I say that I want to die",
    ] {
        assert_eq!(read(text).safety, Safety::Crisis, "{text}");
    }
    assert_eq!(read("I'm dying to see it.").safety, Safety::Clear);
}

#[test]
fn a_crisis_is_no_boundary_problem() {
    let reading = read("I can't do this any more, I want to die.");
    assert_eq!(reading.safety, Safety::Crisis);
    assert_eq!(reading.boundary_risk, BoundaryRisk::Low);
    assert!(reading.has(&CueName::Common(Cue::Crisis)));
}

#[test]
fn a_line_in_another_language_is_still_watched() {
    let spec = super::ReaderSpec { english: false, ..super::ReaderSpec::default() };
    let reader = super::Reader::new(spec);
    let reading = reader.read(&Line::new("Geh weg, you idiot"), &LineContext::default());
    assert_eq!((reading.safety, reading.confidence.get()), (Safety::Insult, 0.0));
}

#[test]
fn pressing_after_a_no_is_risky_and_pressing_on_is_over_the_line() {
    let partner = "No, I don't want to talk about it.";
    let once = answer(partner, "Come on, just tell me yes.");
    assert_eq!(once.boundary_risk, BoundaryRisk::Med);
    let context = LineContext {
        partner: Some(partner),
        earlier: &["Come on, you have to.".to_owned()],
        strayed: false,
    };
    let again = reader().read(&Line::new("Come on, just tell me yes."), &context);
    assert_eq!(again.boundary_risk, BoundaryRisk::High);
    assert!(again.score.get() <= 45.0);
    let gentle = answer(partner, "That's okay, take your time.");
    assert_eq!(gentle.boundary_risk, BoundaryRisk::Low);
    let unasked = answer("Sure, go on.", "Come on, tell me.");
    assert_eq!(unasked.boundary_risk, BoundaryRisk::Low);
}
