use proptest::prelude::*;

use super::*;

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn partner(name: &str) -> Hints {
    Hints { partner: Some(name.to_owned()), ..Hints::default() }
}

/// `U` and `P`, with the confidence in percent.
fn shown(lines: &[String], labels: &[SpeakerLabel]) -> String {
    let mut text = String::new();
    for (line, label) in lines.iter().zip(labels) {
        let who = if label.speaker == Speaker::User { 'U' } else { 'P' };
        let sure = (label.confidence.get() * 100.0).round();
        text.push_str(format!("{who} {sure:>2} {line}").trim_end());
        text.push('\n');
    }
    format!("{text}overall {:.2}\n", overall(labels).get())
}

#[test]
fn questions_answers_and_names_tell_who_is_who() {
    let talk = lines(
        "Dana, do you have a minute?\n\
         Sure. What is it?\n\
         The launch slips by two weeks.\n\
         Two weeks? Since when do you know?\n\
         Since Monday. I should have told you then.\n\
         Yes, you should have.",
    );
    insta::assert_snapshot!(shown(&talk, &label(&talk, &partner("Dana Reyes"))));
}

#[test]
fn a_sentence_that_runs_on_stays_with_its_speaker() {
    let talk = lines(
        "Hi Tom, I wanted to talk about Saturday,\n\
         because I think we got it wrong\n\
         and I'd like to put it right.\n\
         Okay. Go on.\n\
         I said I would come, and I didn't.",
    );
    insta::assert_snapshot!(shown(&talk, &label(&talk, &partner("Tom"))));
}

#[test]
fn empty_lines_part_the_speakers_where_they_are_used_for_that() {
    let talk = lines(
        "The heating has been off for nine days.\n\
         The baby sleeps in a coat.\n\
         \n\
         The part is on order.\n\
         It comes from abroad.\n\
         \n\
         Then lend us two heaters.",
    );
    let first = Hints { first: Some(Speaker::User), ..Hints::default() };
    insta::assert_snapshot!(shown(&talk, &label(&talk, &first)));
}

#[test]
fn without_names_or_a_first_speaker_nobody_is_sure() {
    let talk = lines("It is raining.\nThe bus was late.\nThere was a queue.\nThe shop had shut.");
    let labels = label(&talk, &Hints::default());
    assert!(overall(&labels).get() < 0.6, "{labels:?}");
}

#[test]
fn a_heap_of_statements_grows_less_sure_with_every_line() {
    let talk: Vec<String> =
        (0..8).map(|at| format!("Statement number {at} about things.")).collect();
    let first = Hints { first: Some(Speaker::User), ..Hints::default() };
    let labels = label(&talk, &first);
    assert!(labels[0].confidence > labels[2].confidence);
    assert!(labels[7].confidence.get() < 0.6, "{labels:?}");
    assert!(overall(&labels).get() < 0.75);
}

#[test]
fn who_writes_small_and_without_stops_still_takes_turns() {
    let talk = lines(concat!(
        "hi there, hoping we can agree on these. what do you need\n",
        "water mostly. we walk a lot\n",
        "ok i could give you two of mine. would that do?\n",
        "one more and we are good\n",
        "fine. then i keep the wood\n",
        "sounds fair",
    ));
    let labels = label(&talk, &Hints { first: Some(Speaker::User), ..Hints::default() });
    let turns = [Speaker::User, Speaker::Partner];
    for (at, label) in labels.iter().enumerate() {
        assert_eq!(label.speaker, turns[at % 2], "line {}: {labels:?}", at + 1);
    }
}

#[test]
fn a_model_settles_what_was_open_and_must_be_sure_to_overrule() {
    let talk = lines("Dana, are you there?\nYes.\nIt is late.\nI know.");
    let hints = partner("Dana");
    let answer = r#"Here: {"speakers": [{"line": 1, "speaker": "partner"},
        {"line": 2, "speaker": "partner"}, {"line": 3, "speaker": "user"}]}"#;
    let (labels, problems) = interpret(&talk, &hints, answer);
    assert_eq!(labels[0].speaker, Speaker::User, "a name outweighs one word of a model");
    assert!(labels[0].confidence < label(&talk, &hints)[0].confidence);
    assert!(labels[2].confidence > label(&talk, &hints)[2].confidence);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "1 line has no speaker in the answer");
}

#[test]
fn the_request_names_what_is_known_and_numbers_the_lines() {
    let talk = lines("Hello.\n\nHello yourself.\u{1b}[31m");
    let request = request(&talk, &partner("Dana")).expect("there are lines");
    assert!(request.messages[0].content.contains("The partner is called Dana."));
    assert_eq!(request.messages[1].content, "1. Hello.\n3. Hello yourself.\n");
    assert!(super::request(&lines("\n\n"), &Hints::default()).is_none());
}

proptest! {
    #[test]
    fn any_text_gets_a_label_a_line(
        talk in prop::collection::vec(".{0,40}", 0..30),
        name in prop::option::of("[A-Z][a-z]{1,6}"),
        answer in ".{0,120}",
    ) {
        let hints = Hints { partner: name, ..Hints::default() };
        let (labels, _) = interpret(&talk, &hints, &answer);
        prop_assert_eq!(labels.len(), talk.len());
        for (label, line) in labels.iter().zip(&talk) {
            let sure = label.confidence.get();
            prop_assert_eq!(line.trim().is_empty(), sure == 0.0);
            prop_assert!(sure == 0.0 || sure >= 0.5);
        }
    }

    #[test]
    fn answers_of_the_right_shape_with_wrong_values_do_no_harm(
        talk in prop::collection::vec("[a-z ]{1,20}[.?]", 1..12),
        items in prop::collection::vec((any::<i64>(), "user|partner|both|"), 0..20),
    ) {
        let listed: Vec<Value> = items
            .iter()
            .map(|(line, speaker)| json!({"line": line, "speaker": speaker}))
            .collect();
        let answer = json!({"speakers": listed}).to_string();
        let (labels, _) = interpret(&talk, &Hints::default(), &answer);
        prop_assert_eq!(labels.len(), talk.len());
        prop_assert!(labels.iter().all(|label| (0.5..=0.99).contains(&label.confidence.get())));
    }
}
