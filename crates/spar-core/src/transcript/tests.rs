use proptest::prelude::*;

use super::*;

fn read(text: &str, format: Format) -> Vec<(Option<String>, String)> {
    let parsed = parse(text, format);
    assert!(!parsed.problems.iter().any(|problem| problem.is_fatal), "{:?}", parsed.problems);
    parsed.transcript.utterances.into_iter().map(|said| (said.name, said.text)).collect()
}

fn complaints(text: &str, format: Format) -> Vec<String> {
    parse(text, format).problems.iter().map(|problem| problem.shown("talk")).collect()
}

#[test]
fn names_are_found_however_people_write_them() {
    for text in [
        "**Ana:** Hello.\n\n**Dana:** Hi.\nHow are you?",
        "**Ana**: Hello.\n\n__Dana__: Hi.\n\nHow are you?",
        "Ana: Hello.\nDana: Hi.\nHow are you?",
        "- Ana: Hello.\n- Dana: Hi.\n  How are you?",
        "> **Ana:** Hello.\n>\n> **Dana:** Hi.\n> How are you?",
        "[10:31] Ana: Hello.\n[10:32] Dana: Hi.\nHow are you?",
        "12/05/2024, 10:32 - Ana: Hello.\n12/05/2024, 10:33 - Dana: Hi.\nHow are you?",
        "# Monday\n\nAna: Hello.\nDana:\n> Hi.\n> How are you?\n---\n",
    ] {
        let said = read(text, Format::Markdown);
        assert_eq!(said[0], (Some("Ana".to_owned()), "Hello.".to_owned()), "{text}");
        assert_eq!(said[1].0.as_deref(), Some("Dana"), "{text}");
        let words: Vec<&str> = said[1].1.split_whitespace().collect();
        assert_eq!(words, ["Hi.", "How", "are", "you?"], "{text}");
        assert_eq!(said.len(), 2, "{text}");
        assert!(text.starts_with(['>', '#']) || Format::of(None, text) == Format::Markdown);
    }
}

#[test]
fn a_colon_in_a_sentence_is_nobodys_name() {
    let text = "Ana: Hello.\nBut here is the thing: no.\nListen: I mean it.\nat 10:30 then\n\
                see https://example.org\nDana: One more: yes.";
    let said = read(text, Format::Markdown);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].1.ends_with("https://example.org"), "{said:?}");
    assert_eq!(said[1].1, "One more: yes.");
}

#[test]
fn names_without_a_capital_are_names_where_every_line_has_one() {
    let names = |text| parse(text, Format::of(None, text)).transcript.names();
    assert_eq!(
        names("ana: hi\ndana: hello\nana: so"),
        [("ana".to_owned(), 2), ("dana".to_owned(), 1)]
    );
    assert_eq!(names("ana: hi\ndana: hello\nand then"), []);
}

#[test]
fn words_alone_are_one_utterance_a_line_or_a_paragraph() {
    let texts =
        |text| read(text, Format::Text).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    assert_eq!(texts("Hello.\nHi.\n"), ["Hello.", "Hi."]);
    assert_eq!(texts("Hello.\n\nHi.\n"), ["Hello.", "Hi."]);
    assert_eq!(texts("Hello.\nSit down.\n\nHi."), ["Hello.\nSit down.", "Hi."]);
    // Markdown without any name is words alone.
    assert_eq!(parse("Hello.\nHi.", Format::Markdown), parse("Hello.\nHi.", Format::Text));
}

#[test]
fn rows_are_read_and_every_bad_one_is_told() {
    let text = r#"{"role":"user","text":"Hello.","at":"2026-03-01T09:30:00Z"}
{"speaker":"Dana","text":"Hi.\u001b[31m","at":1772357405000}
{"role":"system","content":"Be kind."}"#;
    let parsed = parse(text, Format::Jsonl);
    let [user, dana] = parsed.transcript.utterances.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(
        (user.side, user.at),
        (Some(Speaker::User), Some(Timestamp::from_millis(1_772_357_400_000)))
    );
    assert_eq!((dana.name.as_deref(), &*dana.text, dana.line), (Some("Dana"), "Hi.", 2));
    assert_eq!(parsed.problems.len(), 1);
    let bad = r#"{"role":"user","text":"Hello."}
Hello?
[1]
{"role":3,"text":[]}
{"speaker":"Dana"}
{"text":"Who?"}
{"speaker":"Dana","text":"Hi.","at":"noon"}
{"speaker":"Dana","text":""}"#;
    insta::assert_snapshot!(shown(&parse(bad, Format::Jsonl).problems, "talk.jsonl"), @r#"
    talk.jsonl:2:1: this is not JSON: expected value (`Hello?`)
    talk.jsonl:3:1: this row is not a JSON object (`[1]`)
    talk.jsonl:4:2: "role" is not a text (`3`)
    talk.jsonl:4:11: "text" is not a text (`[]`)
    talk.jsonl:5:1: this row has no "text" (`{"speaker":"Dana"}`)
    talk.jsonl:6:1: this row does not say who speaks, and others do (`Who?`)
    talk.jsonl:7:32: "at" is not a time (`"noon"`)
    talk.jsonl:8:1: a row without words or with instructions, left out (`{"speaker":"Dana","text":""}`)
      hint: a row looks like {"speaker": "Dana", "text": "Hello."}, or has "role": "user" or "partner"
      hint: a list is written one object a line: jq -c '.[]' FILE
      hint: write milliseconds since 1970 or "2026-03-01T09:30:00Z", or leave it out
    "#);
}

#[test]
fn what_comes_before_anybody_speaks_is_left_out_and_told() {
    let text = "# A talk\n\nNotes from Monday\n\nAna: Hello.\nDana: Hi.";
    assert_eq!(
        complaints(text, Format::Markdown),
        ["talk:3:1: this line comes before anybody speaks and is left out (`Notes from Monday`)"]
    );
}

#[test]
fn a_file_that_is_no_text_says_why() {
    let said = |bytes: &[u8]| decode(bytes.to_vec()).expect_err("it is refused").shown("talk");
    assert!(said(b"a\0b").starts_with("talk: this is a binary file"));
    assert!(said(b"one\ntwo \xff").starts_with("talk:2:5: this byte is not UTF-8"));
    assert!(said(b" \n\n").starts_with("talk: there is nothing in it"));
    assert!(said(&vec![b'a'; MAX_BYTES + 1]).contains("larger than 10 MiB"));
    let silent = complaints("**Ana:**\n", Format::Markdown).join("\n");
    assert!(silent.contains("nobody says anything in it"), "{silent}");
}

#[test]
fn formats_are_told_apart() {
    for (extension, text, format) in [
        (Some("JSONL"), "x", Format::Jsonl),
        (Some("md"), "x", Format::Markdown),
        (Some("txt"), "Ana: Hello.", Format::Markdown),
        (Some("txt"), "Hello.", Format::Text),
        (None, "{\"a\":1}", Format::Jsonl),
        (None, "[10:32] Ana: Hello.", Format::Markdown),
        (None, "[", Format::Text),
        (None, "", Format::Text),
    ] {
        assert_eq!(Format::of(extension, text), format, "{extension:?} {text}");
    }
}

#[test]
fn nobody_is_guessed() {
    let transcript = |text: &str| parse(text, Format::Markdown).transcript;
    let sides = |text: &str, me: Option<&str>| {
        assign(&transcript(text), me)
            .map(|said| said.iter().map(|said| said.speaker.name()).collect::<Vec<_>>().join(" "))
    };
    let talk = "Ana: Hello.\nDana: Hi.\nAna: So.";
    let names = vec![("Ana".to_owned(), 2), ("Dana".to_owned(), 1)];
    assert_eq!(sides(talk, Some("ana")), Ok("user partner user".to_owned()));
    assert_eq!(sides(talk, None), Err(Unsettled::WhoAreYou(names.clone())));
    assert_eq!(sides(talk, Some("Bo")), Err(Unsettled::NobodyCalled(names)));
    assert_eq!(sides("Me: Hello.\nDana: Hi.", None), Ok("user partner".to_owned()));
    assert_eq!(sides("Ana: Hello.\nPartner: Hi.", None), Ok("user partner".to_owned()));
    assert_eq!(sides("Hello.\nHi.", None), Err(Unsettled::NoSpeakers));
}

#[test]
fn turns_hold_what_one_side_said_before_the_other() {
    let text = "Dana: Hi.\nDana: You look tired.\nMe: I am.\nMe: Very.\nDana: Sit.\nMe: Thanks.";
    let said = assign(&parse(text, Format::Markdown).transcript, None).expect("it says who is who");
    let talk = conversation(&said).expect("both speak");
    assert_eq!(talk.partner, "Dana");
    assert_eq!(talk.opener.expect("Dana began").text, "Hi.\nYou look tired.");
    let rounds: Vec<_> = talk
        .rounds
        .iter()
        .map(|round| (&*round.user.text, round.partner.as_ref().map(|words| &*words.text)))
        .collect();
    assert_eq!(rounds, [("I am.\nVery.", Some("Sit.")), ("Thanks.", None)]);
}

#[test]
fn several_others_keep_their_names() {
    let text = "Me: Hello.\nDana: Hi.\nBo: Hey.";
    let said = assign(&parse(text, Format::Markdown).transcript, None).expect("it says who is who");
    let talk = conversation(&said).expect("both speak");
    assert_eq!(talk.partner, "Dana and Bo");
    assert_eq!(talk.rounds[0].partner.as_ref().expect("an answer").text, "Dana: Hi.\nBo: Hey.");
}

#[test]
fn one_side_alone_is_no_conversation() {
    let said = |text: &str, me| {
        let said = assign(&parse(text, Format::Markdown).transcript, me).expect("it is settled");
        conversation(&said).expect_err("it is refused")[0].message.clone()
    };
    assert_eq!(said("Me: Hello.\nMe: Hello?", None), "only you speak; nobody answers");
    assert_eq!(said("Partner: Hello.", None), "only the other side speaks; none of it is you");
    let long = format!("Me: Hello.\nDana: {}", "word ".repeat(LONGEST_TURN / 5 + 1));
    assert!(said(&long, None).contains("at most 20000 are taken"));
}

/// Words as a file can hold them: trimmed lines, none empty, nothing that is cleaned away.
fn words() -> impl Strategy<Value = String> {
    let line = r"[a-zA-Z0-9 ,.!?:*_>#\\|\[\]~é😀-]{0,30}";
    prop::collection::vec(line, 1..4).prop_filter_map("no words", |lines| {
        let lines: Vec<_> =
            lines.iter().map(|line| line.trim()).filter(|l| !l.is_empty()).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    })
}

fn transcripts(with_times: bool) -> impl Strategy<Value = Transcript> {
    let name = prop::sample::select(vec!["Ana", "Dana Lee", "Me", "Partner", "O'Neill", "J. R."]);
    let at = prop::option::of(0..4_000_000_000_000_i64);
    prop::collection::vec((name, words(), at), 1..8).prop_map(move |said| Transcript {
        utterances: said
            .into_iter()
            .map(|(name, text, at)| Utterance {
                side: Speaker::of_role(name),
                name: Some(name.to_owned()),
                text,
                at: at.filter(|_| with_times).map(Timestamp::from_millis),
                line: 0,
            })
            .collect(),
    })
}

fn without_lines(mut transcript: Transcript) -> Transcript {
    transcript.utterances.iter_mut().for_each(|said| said.line = 0);
    transcript
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in r"\PC*|(?s).{0,200}", dirt in "[\\[\\]{}:\"*#>\\-\n\\\\Aa1 ]{0,80}") {
        for format in [Format::Jsonl, Format::Markdown, Format::Text] {
            for text in [&text, &dirt] {
                let parsed = parse(text, format);
                for me in [None, Some("A")] {
                    if let Ok(said) = assign(&parsed.transcript, me) {
                        let _ = conversation(&said);
                    }
                }
                for problem in &parsed.problems {
                    prop_assert!(problem.shown("talk").chars().count() < 600);
                }
            }
            let _ = Format::of(None, &text);
        }
    }

    #[test]
    fn plain_lines_lose_no_word(text in "[a-z.,\n]{0,120}") {
        let parsed = parse(&text, Format::Text);
        let kept: Vec<&str> = parsed.transcript.utterances.iter().flat_map(|said| said.text.split_whitespace()).collect();
        prop_assert_eq!(kept, text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_written_as_rows_is_read_back(transcript in transcripts(true)) {
        let parsed = parse(&render(&transcript, Format::Jsonl), Format::Jsonl);
        prop_assert!(!parsed.problems.iter().any(|problem| problem.is_fatal));
        prop_assert_eq!(without_lines(parsed.transcript), transcript);
    }

    #[test]
    fn what_is_written_as_markdown_is_read_back(transcript in transcripts(false)) {
        let parsed = parse(&render(&transcript, Format::Markdown), Format::Markdown);
        prop_assert_eq!(&parsed.problems, &vec![]);
        prop_assert_eq!(without_lines(parsed.transcript), transcript);
    }
}
