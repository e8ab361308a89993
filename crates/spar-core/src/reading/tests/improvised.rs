//! Lines of improvised talks that were once misread, and how they must be read.

use super::super::{Cue, CueName, LineContext, Reader, ReaderSpec};
use super::{phrases, read};
use crate::language::Line;

/// A line, cues it must give, cues it must not give, and the band of its score.
type Row = (&'static str, &'static [Cue], &'static [Cue], f64, f64);

use Cue::{
    AcknowledgesFeeling, Apologises, Appreciates, Blames, ClosedQuestion, Commands, Commits,
    Declines, Dismisses, Greets, Hedges, InterruptsTopic, Needy, OpenQuestion, Pressures,
    ProposesPlan, Reflects, Sarcasm, SharesFeeling, StatesPosition, TakesResponsibility, Thanks,
    Validates,
};

/// What goes for the other person, in whichever way.
const HARSH: &[Cue] =
    &[Blames, Commands, Dismisses, Pressures, Sarcasm, Cue::Insult, InterruptsTopic];

const ROWS: &[Row] = &[
    // Taken for reproaches, pressure, orders or mockery.
    (
        "Go on then, I'm listening. Why can't you be here at six?",
        &[OpenQuestion],
        HARSH,
        55.0,
        75.0,
    ),
    (
        "ok. ok good. thank you. sorry, i'm rubbish at this",
        &[Apologises, Thanks],
        HARSH,
        50.0,
        70.0,
    ),
    ("Hang on, my phone\u{2026} It's my kid's school, never mind", &[], HARSH, 45.0, 60.0),
    ("You've got to be joking. A third one?", &[], HARSH, 45.0, 60.0),
    ("I'm honoured, and my first instinct was to say yes.", &[Appreciates], HARSH, 55.0, 75.0),
    ("I wasn't sure you'd say yes", &[], HARSH, 40.0, 60.0),
    (
        "Okay so what if I come to that with you and take the heat",
        &[ProposesPlan],
        HARSH,
        65.0,
        90.0,
    ),
    (
        "So what if tomorrow each of you brings one rule you'd keep?",
        &[ProposesPlan],
        HARSH,
        65.0,
        90.0,
    ),
    (
        "Twenty-four hours notice, and I call you myself. Can you live with it?",
        &[ClosedQuestion],
        HARSH,
        50.0,
        80.0,
    ),
    (
        "So the carer is often late and you can't leave before she's there.",
        &[Reflects],
        HARSH,
        60.0,
        90.0,
    ),
    (
        "It sounds as if you felt left alone that night",
        &[Reflects, AcknowledgesFeeling],
        HARSH,
        70.0,
        95.0,
    ),
    ("oh lovely, you made coffee", &[], HARSH, 50.0, 70.0),
    ("is he all right now?", &[ClosedQuestion], HARSH, 50.0, 70.0),
    ("Do the engineers know you're hiring?", &[ClosedQuestion], HARSH, 48.0, 65.0),
    ("Do your customers ever ask for it?", &[ClosedQuestion], HARSH, 48.0, 65.0),
    ("Tomas, mate, sit down, do you want a tea?", &[ClosedQuestion], HARSH, 48.0, 70.0),
    (
        "That's amazing. How do you even dry out something like that?",
        &[Appreciates, OpenQuestion],
        HARSH,
        68.0,
        88.0,
    ),
    ("Me too, to be honest. Sundays are the worst", &[SharesFeeling], HARSH, 50.0, 75.0),
    ("What's the worst bit of parking you've seen", &[OpenQuestion], HARSH, 60.0, 85.0),
    ("And the worst?", &[ClosedQuestion], HARSH, 48.0, 65.0),
    ("you always wedge your clay for about ten minutes, i've watched you", &[], HARSH, 45.0, 75.0),
    ("You've never been late in your life", &[], HARSH, 48.0, 75.0),
    (
        "what you already owe me, I'm letting that go. you can stop avoiding me",
        &[],
        HARSH,
        50.0,
        85.0,
    ),
    ("come on man you can tell me", &[], HARSH, 45.0, 65.0),
    ("Everyone else does, I never learned it", &[], HARSH, 45.0, 65.0),
    ("the way we do it now isn't working for me", &[StatesPosition], HARSH, 60.0, 80.0),
    ("Okay. Thank you. Go and get Tom, his hair'll be wet", &[Thanks], HARSH, 50.0, 70.0),
    ("Don't tell me it'll be fine", &[], HARSH, 42.0, 58.0),
    ("the signal's rubbish", &[], HARSH, 45.0, 55.0),
    ("I've been told you know everything about this stretch", &[], HARSH, 45.0, 70.0),
    ("I hope you don't mind, I looked up the archive", &[], &[Needy, Dismisses], 45.0, 70.0),
    // Taken for plans, promises, owning, refusals, feelings.
    ("What do you mean, my part?", &[OpenQuestion], &[TakesResponsibility], 55.0, 80.0),
    ("Wait, what do you mean, my part", &[OpenQuestion], &[TakesResponsibility], 55.0, 80.0),
    (
        "If I take one more bird project I'll have to join the RSPB\u{2026} no",
        &[Declines],
        &[Commits],
        50.0,
        75.0,
    ),
    (
        "He used to polish the brass on Sunday, every Sunday, until he died",
        &[],
        &[ProposesPlan, Commits],
        40.0,
        65.0,
    ),
    ("On Sunday we used to polish the brass", &[], &[ProposesPlan, Commits], 40.0, 65.0),
    ("I will not change it before Friday", &[StatesPosition], &[ProposesPlan, Commits], 50.0, 72.0),
    ("What if I go blank?", &[], &[ProposesPlan], 45.0, 62.0),
    ("No! And what did you do?", &[OpenQuestion], &[Declines], 60.0, 80.0),
    ("Oh no. Oh Teo. How much is it?", &[ClosedQuestion], &[Declines], 48.0, 66.0),
    ("I've decided not to lend money to people I love", &[Declines], HARSH, 60.0, 90.0),
    (
        "If you could get back one thing that's been lost, what would it be?",
        &[OpenQuestion],
        &[AcknowledgesFeeling],
        60.0,
        78.0,
    ),
    ("come hear us sometime if you feel like it", &[], &[AcknowledgesFeeling], 40.0, 62.0),
    ("You're terrifying on the phone", &[], &[AcknowledgesFeeling], 35.0, 58.0),
    ("i broke a photocopier today", &[], &[TakesResponsibility], 45.0, 62.0),
    // Harsh lines that passed for friendly ones.
    (
        "What would you know about it, you sit on a bench all day",
        &[Blames],
        &[OpenQuestion],
        5.0,
        38.0,
    ),
    ("You've got some nerve. Where's the nine hundred", &[Blames], &[], 5.0, 42.0),
    ("You've got a husband and a house and a life. I've got a commode", &[Blames], &[], 5.0, 42.0),
    ("You almost killed a kid, Dad", &[Blames], &[], 5.0, 42.0),
    // Small words.
    ("No, it's yours, i mean it", &[], &[Hedges], 40.0, 75.0),
    ("i thought hey, it's only rain", &[], &[Greets], 40.0, 60.0),
    ("he stopped, hey, he really stopped", &[], &[Greets], 40.0, 60.0),
    // Still what they always were.
    ("Why can't you just be here on time?", &[Blames], &[OpenQuestion], 5.0, 38.0),
    ("That's rubbish and you know it", &[Dismisses], &[], 5.0, 38.0),
    ("So what if you're upset", &[Dismisses], &[], 5.0, 38.0),
    ("Everyone else does that all the time", &[Pressures], &[], 5.0, 38.0),
    ("You always leave it to me", &[Blames], &[], 5.0, 38.0),
    ("You never call", &[Blames], &[], 5.0, 38.0),
    ("You're the worst", &[Blames], &[], 5.0, 38.0),
    ("Oh lovely, another meeting", &[Sarcasm], &[], 5.0, 38.0),
    ("Sit down, will you?", &[Commands], &[], 5.0, 45.0),
    ("You must do it now", &[Commands], &[], 5.0, 40.0),
    ("I broke my promise to you", &[TakesResponsibility], HARSH, 65.0, 90.0),
    ("What if we split the Sundays?", &[ProposesPlan], HARSH, 62.0, 90.0),
    ("We'll look at it before Friday", &[ProposesPlan], HARSH, 62.0, 90.0),
    ("No.", &[Declines], &[], 45.0, 75.0),
    (
        "You're frightened, and that makes sense",
        &[AcknowledgesFeeling, Validates],
        HARSH,
        70.0,
        95.0,
    ),
    // Close to the lines above, in other words.
    ("What if I freeze up there?", &[], &[ProposesPlan], 45.0, 62.0),
    ("You've never once let me down", &[Appreciates], HARSH, 50.0, 75.0),
    ("Oh brilliant, you brought the good biscuits", &[], HARSH, 45.0, 70.0),
    ("It looks as if you have your hands full", &[], HARSH, 45.0, 85.0),
    ("Does the team know about it?", &[ClosedQuestion], HARSH, 48.0, 65.0),
    ("You're exhausting", &[], &[AcknowledgesFeeling], 20.0, 55.0),
    // Without apostrophes.
    ("i dont want to push you", &[], &[Declines, Pressures], 45.0, 70.0),
    ("im sorry, i shouldnt have said that", &[Apologises, TakesResponsibility], HARSH, 65.0, 90.0),
    ("thats on me", &[TakesResponsibility], &[], 65.0, 90.0),
    ("you dont have to answer that", &[], &[Pressures], 55.0, 80.0),
    ("its not your fault", &[Validates], &[Blames], 60.0, 85.0),
    ("whats wrong with you", &[Blames], &[OpenQuestion], 5.0, 38.0),
    ("youre overreacting, its not a big deal", &[Dismisses], &[], 5.0, 38.0),
    // Questions without a mark.
    ("how much", &[ClosedQuestion], &[], 48.0, 60.0),
    ("what happened to his leg", &[OpenQuestion], &[], 60.0, 80.0),
    ("wait what happened to the truck", &[OpenQuestion], &[], 60.0, 80.0),
    ("why did the last one leave", &[OpenQuestion], &[], 55.0, 75.0),
    ("whats it like up there", &[OpenQuestion], &[], 55.0, 80.0),
    ("how long have you had it", &[ClosedQuestion], &[], 48.0, 62.0),
    ("is it still sore", &[ClosedQuestion], &[], 48.0, 70.0),
    ("what I need is time", &[], &[OpenQuestion, ClosedQuestion], 50.0, 75.0),
    ("how it looks is not important", &[], &[OpenQuestion, ClosedQuestion], 40.0, 60.0),
    ("when you are late, we wait at the gate", &[], &[OpenQuestion, ClosedQuestion], 40.0, 75.0),
    ("what matters to him is the boat", &[], &[OpenQuestion, ClosedQuestion], 40.0, 65.0),
    ("is all", &[], &[OpenQuestion, ClosedQuestion], 45.0, 55.0),
    ("which is why the boat stayed", &[], &[OpenQuestion, ClosedQuestion], 45.0, 65.0),
    ("what a week", &[], &[OpenQuestion, ClosedQuestion], 45.0, 55.0),
    ("how lovely that is", &[], &[OpenQuestion, ClosedQuestion], 45.0, 65.0),
    ("do it this way next time", &[], &[OpenQuestion, ClosedQuestion], 10.0, 50.0),
];

#[test]
fn improvised_talks_found_these() {
    let mut wrong = Vec::new();
    for (text, given, not_given, low, high) in ROWS {
        let reading = read(text);
        let has = |cue: &&Cue| reading.has(&CueName::Common(**cue));
        let missed: Vec<&str> =
            given.iter().filter(|cue| !has(cue)).map(|cue| cue.name()).collect();
        let seen: Vec<&str> =
            not_given.iter().filter(|cue| has(cue)).map(|cue| cue.name()).collect();
        let score = reading.score.get();
        if !missed.is_empty() || !seen.is_empty() || score < *low || score > *high {
            let all: Vec<&str> = reading.cues.iter().map(|hit| hit.cue.name()).collect();
            wrong.push(format!(
                "{score:.0} not in {low}-{high}, missed {missed:?}, seen {seen:?}, all {all:?}, \
                 {} in: {text}",
                reading.reason
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn small_talk_about_the_talk_is_not_off_its_topic() {
    let spec = ReaderSpec {
        english: true,
        topic: phrases(&["launch", "date*", "board"]),
        ..ReaderSpec::default()
    };
    let reader = Reader::new(spec);
    let context = LineContext { strayed: true, ..LineContext::default() };
    for text in [
        "I'm not asking as your boss",
        "Is there anything I don't know?",
        "its not about the money",
    ] {
        let reading = reader.read(&Line::new(text), &context);
        assert!(!reading.has(&CueName::Common(Cue::OffTopic)), "{text}");
    }
}

/// Everyday lines that share words with rough ones.
#[test]
fn everyday_lines_are_not_taken_for_rough_ones() {
    const PLAIN: &[&str] = &[
        "So what happens now?",
        "So what would you do in my place?",
        "They mean well, and I still need an evening off.",
        "It took me a year to get used to it.",
        "Then I asked him, and he said Thursday.",
        "Good to know that you had already called them.",
        "I saw it coming and I said nothing. That is on me.",
        "Everybody on the team does it by hand today.",
        "I trust you with this.",
        "It comes with a warranty of two years.",
        "Somebody has to go on Saturday, and I can.",
        "I would read the terms together with you.",
        "What did they say when you told them?",
        "We could walk there together.",
        "The shop was closed, so I came here.",
        "I was surprised how quiet it was.",
        "I don't know yet. I can tell you tomorrow.",
        "Nobody asked you how you were, and I'm sorry.",
        "What have they told you so far?",
        "Would you be grateful or would you hang up?",
        "I'd be grateful for 150 off December, because of the heaters.",
        "Okay, that was stupid of me. What do you need now?",
        "The management bought a system nobody asked for.",
        "Then the two offers are not the same thing.",
        "I understand it's complicated with work.",
        "The file was fine when you sent it. We broke it.",
        "Let me guess: third time lucky?",
        "Oh. Um. Wow. That's really nice of you.",
        "This is hard to say.",
        "I'm so so sorry about the boxes.",
        "I'd like to help you make a list tonight.",
        "What would you tell her if she were in your place?",
        "I'm telling you because I think you'd want to know.",
        "I did tell you on the third and on the sixth.",
        "We mean the reports you don't read.",
        "Anyway I had fun today.",
    ];
    const ROUGH: &[Cue] =
        &[Cue::Dismisses, Cue::Pressures, Cue::Blames, Cue::Sarcasm, Cue::Insult, Cue::Threat];
    let mut wrong = Vec::new();
    for text in PLAIN {
        let reading = read(text);
        let rough = ROUGH.iter().filter(|cue| reading.has(&CueName::Common(**cue)));
        let names: Vec<&str> = rough.map(|cue| cue.name()).collect();
        if !names.is_empty() || reading.score.get() < 40.0 {
            wrong.push(format!("{:.0} {names:?} {text}", reading.score.get()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines that only share words with good ones.
#[test]
fn questions_and_news_hear_no_feeling_and_own_nothing() {
    for text in [
        "Do you still want to be a planner here?",
        "Do you miss it, Leeds?",
        "What would success look like after three months?",
        "That's a lot of tortillas.",
        "I burnt her toast and she cried.",
        "It took me two years to stop feeling like a guest.",
        "I heard about it on Monday and I didn't sleep much.",
        "If carpets fail, I'm coming to work for you.",
        "It helped a lot when I did that.",
    ] {
        let reading = read(text);
        for cue in [Cue::AcknowledgesFeeling, Cue::TakesResponsibility, Cue::Commits] {
            assert!(!reading.has(&CueName::Common(cue)), "{}: {text}", cue.name());
        }
    }
}
