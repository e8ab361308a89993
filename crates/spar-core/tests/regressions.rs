//! Every bug that was mended keeps a test with its name.

mod support;

use spar_core::language::Line;
use spar_core::mission::turn::{self, LONGEST_LINE, LineRefused};
use spar_core::mission::{MissionEvent, Phase, prompt};
use spar_core::rules::{Ending, EventHint};
use spar_core::scenario::parse_one;
use support::{Play, scenario};

/// Says a line and hears it, without an answer.
fn spoken(play: &mut Play, text: &str) {
    let event = turn::spoken(&play.mission, text, play.at()).expect("taken");
    play.happen(vec![event]);
}

#[test]
fn hidden_characters_do_not_hide_a_crisis() {
    let mut play = Play::start(&scenario(""), 1);
    spoken(&mut play, "I'm going to kill mysel\u{200b}f");
    let heard = turn::hear(&play.mission).expect("a line is waiting");
    assert_eq!(heard.verdict, turn::Verdict::Crisis);
}

#[test]
fn a_line_too_long_to_be_read_is_refused_whole() {
    let play = Play::start(&scenario(""), 1);
    let long = "word ".repeat(LONGEST_LINE / 5 + 1) + "end";
    assert_eq!(turn::spoken(&play.mission, &long, play.at()), Err(LineRefused::TooLong));
}

#[test]
fn taking_a_line_back_undoes_no_strike() {
    let mut play = Play::start(&scenario(""), 1);
    spoken(&mut play, "You are pathetic, you idiot.");
    let events = turn::cancel(&play.mission, play.at());
    play.happen(events);
    assert_eq!(play.mission.state().strikes.len(), 1);
    assert_eq!(play.mission.state().phase, Phase::Listening);
}

#[test]
fn taking_a_line_back_hides_no_crisis() {
    let mut play = Play::start(&scenario(""), 1);
    spoken(&mut play, "I want to kill myself.");
    let events = turn::cancel(&play.mission, play.at());
    assert!(matches!(events[..], [MissionEvent::CrisisPaused { .. }]), "{events:?}");
}

/// A mission of two turns: what is taken back or paused neither ends nor wins it.
#[test]
fn a_turn_taken_back_or_paused_does_not_count_towards_the_last_one() {
    let mut play = Play::start(&scenario("policy: {max_turns: 2}"), 1);
    spoken(&mut play, "The date slips.");
    let events = turn::cancel(&play.mission, play.at());
    play.happen(events);
    spoken(&mut play, "I want to kill myself.");
    let events = turn::cancel(&play.mission, play.at());
    play.happen(events);
    let at = play.at();
    play.happen(vec![MissionEvent::Resumed { at }]);
    assert_eq!((play.mission.state().turn.0, play.mission.state().played), (2, 0));

    play.say("The date slips by two weeks.");
    assert_eq!((play.mission.state().turn.0, play.mission.state().played), (3, 1));
    assert_eq!(play.ending(), None);
    play.say("I should have told you on Monday.");
    assert_eq!(play.ending(), Some(Ending::FailMaxTurns));
}

#[test]
fn a_line_that_was_taken_back_is_in_no_prompt() {
    let mut play = Play::start(&scenario(""), 1);
    spoken(&mut play, "The blue heron flies at noon.");
    let events = turn::cancel(&play.mission, play.at());
    play.happen(events);
    spoken(&mut play, "The date slips by two weeks.");
    let request = prompt::chat_turn(&play.mission, &Line::new("The date slips by two weeks."));
    assert!(request.messages.iter().all(|message| !message.content.contains("heron")));
}

#[test]
fn a_grave_subject_hints_at_no_celebration() {
    let lines = "I'm so sorry. That must be frightening. What do you need from me most right now?";
    for (tone, celebrates) in [("neutral", true), ("grave", false)] {
        let mut play = Play::start(&scenario(&format!("tone: {tone}")), 1);
        play.say(lines);
        let reading = play.mission.turns()[0].reading.clone().expect("it was read");
        assert_eq!(reading.hint == EventHint::Celebration, celebrates, "{tone}: {reading:?}");
    }
}

#[test]
fn a_priority_below_nought_is_read() {
    for (written, read) in [("-20", -20), ("-2", -2), ("-2.0", -2), ("0", 0), ("20", 20)] {
        let text = format!(
            "spar: 1\nid: low\ntitle: Low\ncategory: work\npersona: {{name: Ada, role: A keeper}}\n\
             objective: {{kind: free, title: Talk}}\noffline:\n  replies:\n    \
             - {{priority: {written}, when: {{}}, lines: [Go on.]}}\n"
        );
        let scenario = parse_one("low.yaml", &text).unwrap_or_else(|p| panic!("{written}: {p}"));
        assert_eq!(scenario.offline.blocks[0].priority, read, "{written}");
    }
}

/// A keeper with these blocks, and what she answers to a line.
fn answered(blocks: &str, unknown: &str, text: &str) -> String {
    let written = format!(
        "spar: 1\nid: keeper\ntitle: Keeper\ncategory: work\npersona: {{name: Ada, role: A keeper}}\n\
         objective: {{kind: free, title: Talk}}\noffline:\n  replies:\n{blocks}    \
         - {{when: {{}}, lines: [I hear you.]}}\n  unknown: {unknown}\n"
    );
    let scenario = parse_one("keeper.yaml", &written).unwrap_or_else(|p| panic!("{p}\n{written}"));
    let mut play = Play::start(&std::sync::Arc::new(scenario), 1);
    spoken(&mut play, text);
    let heard = turn::hear(&play.mission).expect("a line is waiting");
    turn::offline_reply(&play.mission, &heard).text
}

#[test]
fn a_word_said_in_passing_is_not_answered_with_a_remark() {
    let blocks = "    - {when: {mentions: [neighbour]}, lines: [He drives too fast.]}\n";
    let said = "My neighbour lost his licence last year and it was a relief.";
    assert_eq!(answered(blocks, "{}", said), "I hear you.");
    assert_eq!(answered(blocks, "{}", "The neighbour called."), "He drives too fast.");
}

#[test]
fn what_is_asked_about_stands_in_the_sentence_that_asks() {
    let blocks = "    - {when: {mentions: [noticed], asks: yes_no}, lines: [Some of it.]}\n";
    let unknown = "{yes_no: [I couldn't say.]}";
    let said = "I noticed you look tired lately. Are you sleeping?";
    assert_eq!(answered(blocks, unknown, said), "I couldn't say.");
    assert_eq!(answered(blocks, unknown, "Have you noticed the notes?"), "Some of it.");
}

#[test]
fn how_it_is_is_not_answered_with_not_knowing_how() {
    let unknown = "{how: [I don't know how.], default: [I'd sooner not say.]}";
    assert_eq!(answered("", unknown, "How's the knee?"), "I'd sooner not say.");
    assert_eq!(answered("", unknown, "How do you open the gate?"), "I don't know how.");
}

#[test]
fn the_mood_alone_answers_after_what_fits_any_line() {
    let blocks = "    - {when: {comfort: '>= 0'}, lines: [I had no idea you could be kind.]}\n";
    assert_eq!(answered(blocks, "{}", "The shed is green."), "I hear you.");
}

#[test]
fn of_lines_that_fit_alike_the_one_about_what_was_named_is_said() {
    let blocks = "    - {when: {mentions: [the dog]}, lines: [He runs the place., He hates \
                  swimming., He sleeps on the bench.]}\n";
    assert_eq!(answered(blocks, "{}", "I saw the dog swimming."), "He hates swimming.");
}

/// Blocks about other things, so that a word can be rare among them.
fn with_others(blocks: &str) -> String {
    let others = ["gate", "knee", "soup", "boat", "shed", "rain", "bread", "clock"];
    let mut text = blocks.to_owned();
    for other in others {
        text.push_str(&format!("    - {{when: {{mentions: [{other}]}}, lines: [The {other}.]}}\n"));
    }
    text
}

#[test]
fn a_rare_word_of_the_question_comes_before_a_small_turn_in_it() {
    let blocks = with_others(
        "    - {priority: 5, when: {mentions: [all right], asks: yes_no}, lines: [It would help.]}\n    \
         - {when: {mentions: [hymn, hymns], asks: yes_no}, lines: [They were never the trouble.]}\n",
    );
    let unknown = "{yes_no: [I couldn't say.]}";
    assert_eq!(
        answered(&blocks, unknown, "Are the hymns all right?"),
        "They were never the trouble."
    );
    assert_eq!(answered(&blocks, unknown, "Is that all right?"), "It would help.");
}

#[test]
fn a_turn_that_says_what_is_asked_is_not_outweighed_by_a_remark() {
    let blocks = with_others(
        "    - {priority: 5, when: {mentions: [she know], asks: yes_no}, lines: [Not a thing.]}\n    \
         - {when: {mentions: [wardrobe]}, lines: [It is under a blanket.]}\n",
    );
    let said = "Does she know about the wardrobe?";
    assert_eq!(answered(&blocks, "{}", said), "Not a thing.");
}

#[test]
fn a_question_in_other_words_finds_the_block_about_it() {
    let blocks = with_others(
        "    - {when: {mentions: [ended up here, weekend], asks: [how, what]}, lines: [By bus.]}\n",
    );
    let unknown = "{how: [I couldn't say how.], what: [I couldn't say.]}";
    assert_eq!(answered(&blocks, unknown, "How did you end up with these?"), "By bus.");
    assert_eq!(answered(&blocks, unknown, "What do you do at weekends?"), "By bus.");
    assert_eq!(answered(&blocks, unknown, "What do you do at Easter?"), "I couldn't say.");
}

#[test]
fn the_best_of_one_thing_is_not_the_best_of_another() {
    let blocks = with_others(
        "    - {when: {mentions: [what's the best], asks: what}, lines: [A level gate.]}\n",
    );
    let unknown = "{what: [I couldn't say.]}";
    let said = "What's the best story anybody told you on that bench?";
    assert_eq!(answered(&blocks, unknown, said), "I couldn't say.");
    assert_eq!(answered(&blocks, unknown, "What's the best of it?"), "A level gate.");
}

#[test]
fn who_offers_two_things_is_not_told_yes() {
    let unknown = "{yes_no: [Perhaps.], which: [Either would do.]}";
    assert_eq!(
        answered("", unknown, "Would you ride in front or in the back?"),
        "Either would do."
    );
    assert_eq!(answered("", unknown, "Would you ride in front or not?"), "Perhaps.");
}

#[test]
fn the_heart_of_a_question_comes_before_its_edge_whatever_the_priority() {
    let blocks = concat!(
        "    - {when: {mentions: [would you need], asks: [what]}, lines: [A day's notice.]}\n",
        "    - {priority: 18, when: {mentions: [his team], asks: [what]}, lines: [They are good.]}\n",
    );
    let said = "What would you need from his team so that it doesn't happen again?";
    assert_eq!(answered(blocks, "{}", said), "A day's notice.");
    assert_eq!(answered(blocks, "{}", "What do you think of his team?"), "They are good.");
}

#[test]
fn what_leads_up_to_a_question_is_not_what_it_asks() {
    let blocks = concat!(
        "    - {priority: 9, when: {mentions: [tonight]}, lines: [Dinner with my sister.]}\n",
        "    - {when: {mentions: [need it], asks: [when]}, lines: [By noon.]}\n",
    );
    let said = "I'll write it tonight. When do you need it?";
    assert_eq!(answered(blocks, "{}", said), "By noon.");
}

#[test]
fn who_asks_whether_they_understood_is_told_so() {
    let blocks = concat!(
        "    - {priority: 9, when: {mentions: [beforehand], asks: [yes_no]}, ",
        "lines: [Let him read it beforehand.]}\n",
    );
    let unknown = "{check: [That's it.], default: [I don't know.]}";
    for said in [
        "So what made you angriest was that nobody told you beforehand, is that right?",
        "So what you need is that your people know beforehand when something goes out?",
    ] {
        assert_eq!(answered(blocks, unknown, said), "That's it.", "{said}");
    }
    assert_eq!(
        answered(blocks, unknown, "Should he read it beforehand?"),
        "Let him read it beforehand."
    );
}

#[test]
fn two_questions_joined_by_or_are_one() {
    let blocks = "    - {when: {mentions: [miss], asks: yes_no}, lines: [Some days.]}\n";
    let unknown = "{yes_no: [Perhaps.]}";
    let said = "Do you miss the market? Or are you glad of the quiet harbour?";
    assert_eq!(answered(blocks, unknown, said), "Some days.");
}

#[test]
fn manners_are_no_part_of_the_question() {
    let blocks =
        "    - {when: {mentions: [mind me], asks: [what, yes_no]}, lines: [You're fine.]}\n";
    let said = "What do you eat at the lock, if you don't mind me asking?";
    assert_eq!(answered(blocks, "{what: [I couldn't say.]}", said), "I couldn't say.");
}

#[test]
fn there_is_points_at_nothing_said_before() {
    let blocks = "    - {when: {mentions: [four hours], asks: yes_no}, lines: [If it's true.]}\n";
    let unknown = "{yes_no: [I couldn't say.]}";
    let said = "You'd have my number within four hours. Is there a cheaper offer on your desk?";
    assert_eq!(answered(blocks, unknown, said), "I couldn't say.");
}

#[test]
fn a_greeting_is_no_answer() {
    let blocks = "    - {when: {cue: greets}, lines: [Hello yourself.]}\n";
    let unknown = "{yes_no: [I couldn't say.]}";
    assert_eq!(answered(blocks, unknown, "Hello! Did you paint the porch?"), "I couldn't say.");
    assert_eq!(answered(blocks, unknown, "Hello there."), "Hello yourself.");
}

#[test]
fn a_reaction_to_the_rest_of_a_line_is_no_answer_to_how() {
    let blocks = "    - {when: {cue: thanks}, lines: [You are welcome.]}\n";
    let unknown = "{how: [Slowly.]}";
    assert_eq!(answered(blocks, unknown, "Thank you. How did the lock get mended?"), "Slowly.");
    assert_eq!(answered(blocks, unknown, "Thank you for that."), "You are welcome.");
}

#[test]
fn what_is_about_the_line_comes_before_what_fits_any_whatever_the_priority() {
    let blocks = "    - {priority: -9, when: {mentions: [lock gate]}, lines: [It sticks.]}\n";
    assert_eq!(answered(blocks, "{}", "The lock gate was open again."), "It sticks.");
}
