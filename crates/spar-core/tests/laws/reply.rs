//! A model's answer: whatever arrives, and however it is cut.

use proptest::prelude::*;
use spar_core::chat::OutputMode;
use spar_core::language::clean;
use spar_core::mission::reply::{ModelAnswer, ReplyStream, interpret};

use crate::moves::cases;

const MODES: [OutputMode; 4] =
    [OutputMode::JsonSchema, OutputMode::JsonObject, OutputMode::PromptOnly, OutputMode::Plain];

fn read(text: &str, mode: OutputMode) -> ModelAnswer {
    interpret(text, mode, &|name| name == "blames" || name == "thanks")
}

/// What a stream shows of the text, cut into pieces of these lengths in turn.
fn streamed(text: &str, cuts: &[usize]) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut stream, mut shown, mut at) = (ReplyStream::default(), Vec::new(), 0);
    for length in cuts.iter().cycle() {
        if at >= chars.len() {
            break;
        }
        let end = (at + length).min(chars.len());
        shown.push(stream.push(&chars[at..end].iter().collect::<String>()));
        at = end;
    }
    shown
}

/// Bits of JSON, of text, and of trouble.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\\u",
        "d83d",
        "\\ud83d\\ude00",
        "\\n",
        "\"reply\"",
        "\"reply\": \"",
        "\"cues\": [\"blames\"]",
        "\"localScoreNumeric\": ",
        "72",
        "-1e999",
        "null",
        "true",
        "```json\n",
        "```",
        "\u{feff}",
        "\r\n",
        "\u{1b}[31m",
        "\u{1b}]0;x\u{7}",
        "\u{202e}",
        "Well. ",
        "no, ",
        "json",
        "😀",
        "\"moodDelta\": \"up\"",
        "\0",
        "\u{9b}2J",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn anything() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..30).prop_map(|pieces| pieces.concat())
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_text_is_read_without_panic_and_made_safe(text in anything()) {
        for mode in MODES {
            let answer = read(&text, mode);
            prop_assert!(answer.reply.chars().count() <= 1_201);
            prop_assert_eq!(clean(&answer.reply), answer.reply.as_str());
            prop_assert!(answer.score.is_none_or(|score| (0.0..=100.0).contains(&score.get())));
            if mode == OutputMode::Plain {
                prop_assert_eq!(answer.valid, None);
                prop_assert_eq!(answer.score, None);
            } else {
                let whole = answer.problems.iter().all(|problem| problem.field == "reply");
                prop_assert!(answer.valid != Some(true) || whole, "{answer:?}");
            }
            for problem in &answer.problems {
                prop_assert_eq!(clean(&problem.message), problem.message.as_str());
            }
        }
    }

    /// The same bytes show the same words, however the network cuts them.
    #[test]
    fn what_is_shown_does_not_depend_on_the_cuts(
        text in anything(),
        cuts in prop::collection::vec(1_usize..9, 1..5),
    ) {
        let (pieces, whole) = (streamed(&text, &cuts), streamed(&text, &[usize::MAX]));
        let shown = pieces.concat();
        prop_assert_eq!(&shown, &whole.concat());
        prop_assert_eq!(clean(&shown), shown.as_str());
    }

    /// What is shown of a well-formed answer is its reply, all of it.
    #[test]
    fn a_whole_answer_shows_its_reply(
        words in prop::collection::vec("[a-zA-Z0-9,'\"\\\\/{}\\[\\]:éß😀…-]{1,12}", 1..40),
        before in prop::bool::ANY,
        fence in prop::sample::select(vec!["", "```json\n", "```\n", "\u{feff}", "\n  "]),
        cuts in prop::collection::vec(1_usize..9, 1..5),
    ) {
        let reply = words.join(" ");
        let mut members = vec![
            format!("\"reply\": {}", serde_json::to_string(&reply).expect("text becomes JSON")),
            r#""cues": ["blames"], "localScoreNumeric": 61"#.to_owned(),
        ];
        if before {
            members.insert(0, r#""stance": {"reply": "not this"}"#.to_owned());
        }
        let end = if fence.starts_with('`') { "\n```" } else { "" };
        let text = format!("{fence}{{{}}}{end}", members.join(", "));
        let shown = streamed(&text, &cuts).concat();
        prop_assert_eq!(single_spaced(&shown), single_spaced(&reply));
        let answer = read(&text, OutputMode::JsonObject);
        prop_assert!(single_spaced(&shown).starts_with(&single_spaced(&answer.reply)));
    }

    /// Plain text without a brace is shown as it is kept.
    #[test]
    fn plain_text_shows_as_it_is_kept(
        text in "[a-zA-Z0-9,'` \n…-]{1,200}",
        cuts in prop::collection::vec(1_usize..9, 1..5),
    ) {
        prop_assume!(!text.trim_start().starts_with('`') && !text.trim().is_empty());
        let shown = streamed(&text, &cuts).concat();
        prop_assert_eq!(single_spaced(&shown), single_spaced(&text));
        let answer = read(&text, OutputMode::JsonSchema);
        prop_assert_eq!(single_spaced(&answer.reply), single_spaced(&shown));
    }

    /// An answer cut anywhere shows a beginning of what the whole would have shown, and never has
    /// more in it than was shown.
    #[test]
    fn a_cut_answer_shows_a_beginning(text in anything(), at in any::<prop::sample::Index>()) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let cut = &text[..ends[at.index(ends.len())]];
        let whole = streamed(&text, &[usize::MAX]).concat();
        let part = streamed(cut, &[usize::MAX]).concat();
        prop_assert!(whole.starts_with(&part), "{part:?} is no beginning of {whole:?}");
    }
}
