use proptest::prelude::*;

use super::*;

fn name(focus: Focus) -> String {
    serde_json::to_value(focus).ok().and_then(|v| v.as_str().map(str::to_owned)).expect("a word")
}

/// The question asked last, or `none`.
fn read(text: &str) -> String {
    Asked::of(&Line::new(text)).last().map_or_else(|| "none".to_owned(), name)
}

#[test]
fn the_question_word_decides() {
    let wrong: Vec<String> = include_str!("../focus.lines")
        .lines()
        .filter(|line| !line.is_empty())
        .filter_map(|line| {
            let (expected, text) = line.split_once("| ").expect("`focus| line`");
            let found = read(text);
            (found != expected).then(|| format!("{text}: {found}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_question_of_a_line_counts_and_the_last_one_most() {
    let asked = Asked::of(&Line::new("When did you start, and why? Do you like it?"));
    for focus in [Focus::When, Focus::Why, Focus::YesNo] {
        assert!(asked.has(focus), "{focus:?}");
    }
    assert_eq!(asked.last(), Some(Focus::YesNo));
    assert!(!asked.has(Focus::Where));
}

#[test]
fn what_is_stated_is_kept_and_what_is_asked_is_not() {
    let line = Line::new("I missed a deadline once. Which failure do you mean? It was bad.");
    assert_eq!(stated(&line).text().trim(), "I missed a deadline once. It was bad.");
}

#[test]
fn a_question_of_yes_or_no_may_ask_for_something_offer_it_propose_it_or_guess() {
    let act = |text: &str| {
        let asked = Asked::of(&Line::new(text));
        Focus::ALL.into_iter().find(|focus| focus.is_act() && asked.has(*focus))
    };
    for (expected, lines) in [
        (
            Some(Focus::Request),
            &[
                "Could you get a second quote this week?",
                "can you come saturday",
                "And would you make the calls?",
                "Will you tell her, please?",
                "Would you be so kind? Can you two agree on one thing?",
            ][..],
        ),
        (
            Some(Focus::Offer),
            &[
                "Shall I talk to Joel?",
                "Want some more coffee?",
                "want me to ring him",
                "Would it help if I called Owen with you?",
                "Do you want a hand?",
                "Can I get you anything?",
                "beers thursday? on me",
                "Would you like me to write it down?",
            ],
        ),
        (
            Some(Focus::Proposal),
            &[
                "Shall we write that down?",
                "What if we started at seven?",
                "could we try it for a week",
                "Do you want to go for a walk?",
                "How about Sunday?",
                "Would it be easier if we met at yours?",
            ],
        ),
        (Some(Focus::Guess), &["So you work with old paper?", "He never rang?", "Every night?"]),
        (
            None,
            &[
                "Can you hear that?",
                "Would you say it's fair?",
                "Do you want to be alone?",
                "Could you come? And when?",
                "Is it far?",
                "I could come on Sunday.",
                "Tea or coffee?",
                "Should I call her?",
            ],
        ),
    ] {
        for line in lines {
            assert_eq!(act(line), expected, "{line}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in "\\PC{0,60}") {
        let line = Line::new(&text);
        let asked = Asked::of(&line);
        prop_assert_eq!(asked.last().is_some(), Focus::ALL.iter().any(|f| asked.has(*f)));
        let _ = stated(&line);
    }

    #[test]
    fn any_words_can_be_read(words in prop::collection::vec(
        prop::sample::select(vec![
            "what", "when", "who's", "how", "long", "do", "you", "know", "me", "tell", "or",
            "the", "is", "?", ",", ".", "and", "if", "not", "so", "any", "idea", "\"",
        ]), 0..14)
    ) {
        let line = Line::new(&words.join(" "));
        let asked = Asked::of(&line);
        if let Some(last) = asked.last() {
            prop_assert!(asked.has(last));
        }
        let _ = stated(&line);
    }
}

#[test]
fn a_question_without_a_subject_leans_on_what_was_said() {
    let leans = [
        "how much was it",
        "when?",
        "why?",
        "since when",
        "how many",
        "is that true",
        "what did they say",
        "who told her that",
        "how long has he had it",
        "ok and where is it",
        "Fine. When was that?",
        "why not",
    ];
    let stands = [
        "when is the market",
        "how are you",
        "where are you from",
        "what do you think",
        "did she drive",
        "what time is it",
        "is it raining",
        "It rained.",
        "do you like it here",
    ];
    for text in leans {
        assert!(leans_on_before(&Line::new(text)), "{text}");
    }
    for text in stands {
        assert!(!leans_on_before(&Line::new(text)), "{text}");
    }
}
