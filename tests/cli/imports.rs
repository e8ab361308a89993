//! `spar missions import`.

use std::fmt::Write as _;

use serde_json::Value;

use super::home::{Home, Ran, json_lines};
use super::server::{Answer, Server};

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/transcripts/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the fixture is there")
}

fn import(home: &Home, more: &[&str]) -> Ran {
    home.spar(&[&["missions", "import", "--db", "m.db"], more].concat())
}

/// The events of the newest mission, by kind.
fn exported(home: &Home, id: &str) -> (Value, Vec<Value>) {
    let text = home.spar(&["missions", "export", id, "--db", "m.db"]).exits(0).out;
    let mut lines = json_lines(&text);
    let header = lines.remove(0);
    (header, lines.into_iter().map(|mut row| row["event"].take()).collect())
}

fn texts(events: &[Value], kind: &str) -> Vec<String> {
    let of_kind = events.iter().filter(|event| event["kind"] == kind);
    let words = |event: &Value| {
        event["text"].as_str().or(event["line"]["text"].as_str()).map(str::to_owned)
    };
    of_kind.filter_map(words).collect()
}

fn nothing_was_kept(home: &Home) {
    let listed = home.spar(&["missions", "list", "--format", "json"]);
    assert_eq!(listed.json(), serde_json::json!([]));
    assert!(!home.path("m.db").exists(), "no database was made for a file that was refused");
}

#[test]
fn a_conversation_becomes_a_mission_that_is_over() {
    let home = Home::new();
    home.write("raise.jsonl", fixture("raise.jsonl"));
    let ran = import(&home, &["raise.jsonl", "--me", "jonas", "--category", "work"])
        .exits(0)
        .complains(&["imported 3 turns with Imke: score", "spar missions show", "spar report"]);
    let id = ran.out.trim().to_owned();
    let (header, events) = exported(&home, &id);
    assert_eq!(header["mission"]["provider"], "import");
    assert_eq!(header["mission"]["status"], "ended");
    assert_eq!(header["mission"]["turns"], 3);
    assert_eq!(header["mission"]["started_at"], 1_770_127_200_000_i64);
    assert_eq!(
        (&header["scenario"]["id"], &header["scenario"]["category"]),
        (&"imported-imke".into(), &"work".into())
    );
    assert!(
        events[0]["opener"].as_str().is_some_and(|opener| opener.starts_with("You put a meeting"))
    );
    let said = texts(&events, "user_spoke");
    assert!(said[0].contains("I want to talk about my pay.\nI've taken over"), "{said:?}");
    assert_eq!(texts(&events, "persona_spoke").len(), 3);
    assert_eq!(events.iter().filter(|event| event["kind"] == "turn_read").count(), 3);
    let none = |kind: &str| !events.iter().any(|event| event["kind"] == kind);
    assert!(none("gate_passed") && none("reward_granted") && none("secret_revealed"));

    let show =
        home.spar(&["missions", "show", &id, "--db", "m.db", "--format", "json"]).exits(0).json();
    assert_eq!(show["jobs"][0]["kind"], "deep_analysis");
    assert_eq!(show["jobs"][0]["priority"], 50, "as of any mission that is over");
    home.spar(&["missions", "show", &id, "--db", "m.db"]).exits(0).prints(&[
        "A conversation with Imke",
        "Imported conversation. Score",
        "Imke: That's okay.",
    ]);
    home.spar(&["missions", "list", "--db", "m.db"])
        .exits(0)
        .prints(&["imported ", "imported-imke"]);
}

#[test]
fn names_in_markdown_say_who_is_who() {
    let home = Home::new();
    home.write("neighbours.md", fixture("neighbours.md"));
    let id = import(&home, &["neighbours.md", "--title", "The drum kit"]).exits(0).out;
    let (header, events) = exported(&home, id.trim());
    assert_eq!(header["scenario"]["title"], "The drum kit");
    let said = texts(&events, "user_spoke");
    assert_eq!(said.len(), 3);
    assert!(said[0].ends_with("until eleven,\nand I'm up at five."), "{said:?}");
    assert!(said[1].contains("weeks ago.\nWhat would work"), "{said:?}");
    let answers = texts(&events, "persona_spoke");
    assert_eq!(answers[1], "Nine is early.\n\nHalf past, and the pads after that.");
    assert_eq!(answers.len(), 2, "the last line had no answer, and is kept");
}

#[test]
fn the_gates_of_a_named_scenario_are_evaluated() {
    let home = Home::new();
    let talk = "Dana: You wanted to see me?\nMe: Dana, I have bad news: the launch slips by two weeks.\n\
                Dana: Two weeks?\nMe: I should have told you on Monday. I'm sorry, that's on me.\nDana: Okay.";
    let ran = Ran::of(
        home.command(&["missions", "import", "-", "--scenario", "launch-slip", "--db", "m.db"])
            .write_stdin(talk),
    )
    .exits(0);
    let (header, events) = exported(&home, ran.out.trim());
    assert_eq!(header["scenario"]["id"], "launch-slip");
    assert!(events.iter().any(|event| event["kind"] == "gate_passed"), "{events:?}");
    home.write("t.md", talk);
    import(&home, &["t.md", "--scenario", "lunch-slip"]).exits(2).complains(&["lunch-slip"]);
}

#[test]
fn who_is_who_is_not_guessed() {
    let home = Home::new();
    home.write("raise.jsonl", fixture("raise.jsonl"));
    import(&home, &["raise.jsonl"]).exits(2).complains(&[
        "raise.jsonl does not say which of them you are",
        "hint: add --me NAME; there are Imke (4 lines), Jonas (4 lines)",
    ]);
    import(&home, &["raise.jsonl", "--me", "Bo"])
        .exits(2)
        .complains(&["nobody is called `Bo`", "there are Imke"]);
    import(&home, &["raise.jsonl", "--me", "Jonas", "--labels-out", "x"])
        .exits(2)
        .complains(&["says itself who speaks"]);
    nothing_was_kept(&home);
}

#[test]
fn a_guess_is_shown_corrected_and_used() {
    let home = Home::new();
    home.write("parcel.txt", fixture("parcel.txt"));
    import(&home, &["parcel.txt"]).exits(2).complains(&[
        "parcel.txt does not say who speaks",
        "Good morning, parcel desk",
        "overall 0.",
        "--labels-out FILE",
    ]);
    nothing_was_kept(&home);
    import(&home, &["parcel.txt", "--labels-out", "guess.jsonl"])
        .exits(0)
        .complains(&["wrote a guess to guess.jsonl", "--labels guess.jsonl"]);
    nothing_was_kept(&home);
    let rows = json_lines(&home.read("guess.jsonl"));
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row["confidence"].is_number() && row["role"].is_string()));
    let mut corrected = String::new();
    for (number, mut row) in rows.into_iter().enumerate() {
        row["role"] = if number % 2 == 0 { "partner" } else { "user" }.into();
        let _ = writeln!(corrected, "{row}");
    }
    home.write("right.jsonl", &corrected);
    let id = import(&home, &["parcel.txt", "--labels", "right.jsonl"]).exits(0).out;
    let (_, events) = exported(&home, id.trim());
    assert_eq!(texts(&events, "user_spoke")[1], "It's 40 17 22.");

    home.write("other.jsonl", corrected.replace("40 17 22", "40 17 23"));
    import(&home, &["parcel.txt", "--labels", "other.jsonl"]).exits(2).complains(&[
        "other.jsonl:4",
        "not the words of line 4",
        "change roles only",
    ]);
    let short: String = corrected.lines().take(5).map(|line| format!("{line}\n")).collect();
    home.write("short.jsonl", short);
    import(&home, &["parcel.txt", "--labels", "short.jsonl"])
        .exits(2)
        .complains(&["has 5 rows, and the conversation 6 lines"]);
}

#[test]
fn yes_takes_a_guess_only_where_it_is_sure() {
    let home = Home::new();
    home.write("vague.txt", "Hm.\nHm.\nHm.\nHm.\n");
    import(&home, &["vague.txt", "--yes"]).exits(2).complains(&["at least 0.6 sure"]);
    nothing_was_kept(&home);
    home.write("clear.txt", "Jonas, could you tell me what happened?\nYes, Imke. I forgot the keys.\nJonas, where are they now?\nAt home, Imke.\n");
    import(&home, &["clear.txt", "--yes", "--me", "Jonas"])
        .exits(0)
        .complains(&["overall", "imported 2 turns"]);
}

#[test]
fn an_export_comes_back_with_the_same_turns_and_scores() {
    let home = Home::new();
    home.spar(&["run", "launch-slip", "--db", "there.db"]).exits(0);
    let jsonl = home.spar(&["missions", "export", "--db", "there.db"]).exits(0).out;
    let json =
        home.spar(&["missions", "show", "--db", "there.db", "--format", "json"]).exits(0).out;
    for (name, text) in [("m.jsonl", &jsonl), ("m.json", &json)] {
        home.write(name, text);
        let id = import(&home, &[name]).exits(0).out;
        let again = home.spar(&["missions", "export", id.trim(), "--db", "m.db"]).exits(0).out;
        assert_eq!(
            again.lines().skip(1).collect::<Vec<_>>(),
            jsonl.lines().skip(1).collect::<Vec<_>>(),
            "{name}: every event is what it was"
        );
        let (there, here) = (json_lines(&jsonl).remove(0), json_lines(&again).remove(0));
        for key in [
            "status",
            "ending",
            "score",
            "turns",
            "provider",
            "seed",
            "snapshot_hash",
            "started_at",
            "ended_at",
        ] {
            assert_eq!(there["mission"][key], here["mission"][key], "{name}: {key}");
        }
    }
    import(&home, &["m.jsonl", "--me", "Dana"]).exits(2).complains(&["leave out --me"]);
    // The Markdown of an export is a conversation like any other, its notes left out.
    let markdown =
        home.spar(&["missions", "export", "--db", "there.db", "--format", "markdown"]).exits(0).out;
    home.write("m.md", markdown);
    let id = import(&home, &["m.md"]).exits(0).complains(&["up to line 5, this comes before"]).out;
    let (_, events) = exported(&home, id.trim());
    let played: Vec<Value> =
        json_lines(&jsonl).into_iter().skip(1).map(|mut row| row["event"].take()).collect();
    assert_eq!(texts(&events, "user_spoke"), texts(&played, "user_spoke"));
    assert_eq!(texts(&events, "persona_spoke"), texts(&played, "persona_spoke"));
}

#[test]
fn an_export_that_was_tampered_with_is_refused_whole() {
    let home = Home::new();
    home.spar(&["run", "launch-slip", "--db", "there.db"]).exits(0);
    let text = home.spar(&["missions", "export", "--db", "there.db"]).exits(0).out;
    let lines: Vec<&str> = text.lines().collect();
    let without_third: Vec<&str> = lines
        .iter()
        .copied()
        .enumerate()
        .filter(|(at, _)| *at != 2)
        .map(|(_, line)| line)
        .collect();
    for (broken, complaint) in [
        (without_third.join("\n"), "m.jsonl:3:1: event 1 is not here"),
        (text.replace("\"user_spoke\"", "\"user_sang\""), "cannot be read: unknown variant"),
        (text.replacen("\"format\":1", "\"format\":9", 1), "an export of format 9"),
        (text[..text.len() - 20].to_owned(), "this is not JSON"),
        (lines[0].to_owned(), "has no events"),
    ] {
        home.write("m.jsonl", broken);
        import(&home, &["m.jsonl"]).exits(2).complains(&[complaint]);
    }
    nothing_was_kept(&home);
}

#[test]
fn a_crisis_is_not_scored_and_help_is_named() {
    let home = Home::new();
    home.write("t.md", "Ana: I want to kill myself.\nBo: I'm with you. I'm calling your sister.\nAna: Thank you, I mean it.\nBo: Always.");
    let ran = import(&home, &["t.md", "--me", "Ana"]).exits(0).complains(&[
        "t.md, line 1: this sounds as if somebody might not be safe",
        "112",
        "988",
        "imported 2 turns",
    ]);
    assert!(!ran.err.contains("kill"), "nothing is quoted: {}", ran.err);
    let (header, events) = exported(&home, ran.out.trim());
    assert_eq!(header["mission"]["status"], "ended", "nothing is paused");
    assert_eq!(events.iter().filter(|event| event["kind"] == "turn_read").count(), 1);
    assert_eq!(texts(&events, "persona_spoke").len(), 2);
}

#[test]
fn what_cannot_be_taken_is_told_at_once_and_nothing_is_kept() {
    let home = Home::new();
    home.write("bad.jsonl", "{\"role\":\"user\",\"text\":\"Hello.\"}\nHello?\n{\"role\":\"partner\"}\n{\"role\":\"partner\",\"text\":\"Hi.\",\"at\":\"noon\"}\n");
    import(&home, &["bad.jsonl"]).exits(2).complains(&[
        "bad.jsonl:2:1: this is not JSON",
        "bad.jsonl:3:1: this row has no \"text\"",
        "bad.jsonl:4:32: \"at\" is not a time (`\"noon\"`)",
        "hint: a row looks like",
        "hint: write milliseconds",
    ]);
    for (name, bytes, complaint) in [
        ("empty.txt", Vec::new(), "empty.txt: there is nothing in it"),
        ("picture.md", b"\x89PNG\0\0".to_vec(), "picture.md: this is a binary file"),
        ("old.txt", b"fine\nna\xefve\n".to_vec(), "old.txt:2:3: this byte is not UTF-8"),
        ("huge.txt", vec![b'a'; 10 * 1024 * 1024 + 1], "larger than 10 MiB"),
        ("alone.md", b"Me: Hello?\nMe: Anybody?".to_vec(), "only you speak; nobody answers"),
        ("them.md", b"Partner: Hello?".to_vec(), "only the other side speaks"),
        (
            "long.md",
            format!("Me: Hi.\nAna: {}", "word ".repeat(4_001)).into_bytes(),
            "at most 20000 are taken",
        ),
    ] {
        home.write(name, bytes);
        import(&home, &[name]).exits(2).complains(&[complaint]);
    }
    import(&home, &["missing.md"]).exits(2).complains(&["cannot read missing.md"]);
    nothing_was_kept(&home);
}

#[test]
fn long_turns_are_kept_whole_and_control_characters_are_not() {
    let home = Home::new();
    let long = "I hear you. ".repeat(417);
    home.write("t.md", format!("Me: {long}\nAna: \u{1b}[31mRed\u{1b}[0m\u{7}."));
    let ran = import(&home, &["t.md"])
        .exits(0)
        .complains(&["line 1: 5003 characters in one turn, read as one"]);
    let (_, events) = exported(&home, ran.out.trim());
    assert_eq!(texts(&events, "user_spoke"), [long.trim()]);
    assert_eq!(texts(&events, "persona_spoke"), ["Red."]);
}

#[test]
fn thousands_of_turns_are_one_step() {
    let home = Home::new();
    let mut talk = String::new();
    for turn in 0..3_000 {
        let _ = writeln!(
            talk,
            "{{\"role\":\"user\",\"text\":\"What about part {turn}?\"}}\n{{\"role\":\"assistant\",\"text\":\"It is fine.\"}}"
        );
    }
    home.write("long.jsonl", talk);
    import(&home, &["long.jsonl"]).exits(0).complains(&["imported 3000 turns with Partner"]);
}

#[test]
fn a_model_is_asked_who_speaks_only_where_that_is_open_and_safe() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Reply(80));
    let model = ["--provider", "openai", "--base-url", server.url(), "--model", "m"];
    home.write("parcel.txt", fixture("parcel.txt"));
    import(&home, &[&model[..], &["parcel.txt"]].concat())
        .exits(2)
        .complains(&["no field as asked for in the answer", "overall 0."]);
    assert_eq!(server.requests(), 1);
    home.write("named.md", fixture("neighbours.md"));
    import(&home, &[&model[..], &["named.md"]].concat()).exits(0);
    home.write("crisis.txt", "Are you there?\nI want to kill myself.\nStay with me.\n");
    import(&home, &[&model[..], &["crisis.txt"]].concat())
        .exits(2)
        .complains(&["guessed offline: the conversation speaks of a crisis"]);
    assert_eq!(server.requests(), 1, "no model saw either of them");
    let nobody = ["--provider", "openai", "--base-url", "http://127.0.0.1:1/v1", "--model", "m"];
    import(&home, &[&nobody[..], &["parcel.txt", "--labels-out", "guess.jsonl"]].concat())
        .exits(0)
        .complains(&["guessed offline: ", "127.0.0.1:1", "wrote a guess"]);
}
