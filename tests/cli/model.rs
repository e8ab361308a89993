//! Runs against a model server: failures, budgets, recordings.

use super::home::{HELLO, Home, json_lines, talk};
use super::server::{Answer, Server};

/// A port that nobody listens on.
const REFUSED: &str = "http://127.0.0.1:1/v1";

fn against<'a>(url: &'a str, model: &'a str) -> [&'a str; 6] {
    ["--provider", "openai", "--base-url", url, "--model", model]
}

/// Scores by key.
fn scores(text: &str) -> Vec<(String, String)> {
    let mut scores: Vec<_> = json_lines(text)
        .iter()
        .filter(|line| line["type"] == "conversation")
        .map(|line| (line["key"].to_string(), line["score"].to_string()))
        .collect();
    scores.sort();
    scores
}

#[test]
fn a_server_plays_a_whole_scenario() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Reply(80));
    let arguments =
        [&["run", "freeplay", "--format", "json"][..], &against(server.url(), "gpt-4o-mini")]
            .concat();
    let ran = home.spar_with(&[("OPENAI_API_KEY", "sk-very-secret")], &arguments);
    let lines = json_lines(&ran.out);
    let conversation = &lines[0];
    assert_eq!(conversation["turns"].as_u64(), Some(server.requests() as u64));
    assert_eq!(conversation["degraded_turns"], 0);
    assert_eq!(conversation["repaired_turns"], 0);
    for response in conversation["responses"].as_array().expect("responses") {
        assert_eq!(response["reply"], "Well, I hear you. What happens next?");
        assert_eq!(response["readingSource"], "blended");
    }
    // 400 × 0.15 + 60 × 0.60 micro-dollars a turn.
    let turns = conversation["turns"].as_u64().expect("turns");
    assert_eq!(conversation["cost_micro_usd"].as_u64(), Some(turns * 96));
    assert!(!format!("{ran:?}").contains("sk-very-secret"));
}

#[test]
fn a_refused_connection_is_no_score() {
    let home = Home::new();
    home.write("hello.yaml", talk("hello", HELLO));
    let arguments = [&["run", "hello.yaml"][..], &against(REFUSED, "m")].concat();
    home.spar(&arguments).exits(3).prints(&["UNSCORED hello #1", "127.0.0.1:1", "1 unscored"]);
    let degraded = [&arguments[..], &["--allow-degraded"]].concat();
    home.spar(&degraded).exits(0).prints(&["passed   hello #1", "1 turns answered offline"]);
}

#[test]
fn a_wrong_key_is_said_and_not_shown() {
    let home = Home::new();
    home.write("hello.yaml", talk("hello", HELLO));
    let server = Server::start(|_| Answer::Status(401));
    let arguments = [&["run", "hello.yaml"][..], &against(server.url(), "m")].concat();
    let ran = home.spar_with(&[("OPENAI_API_KEY", "sk-very-secret")], &arguments).exits(3);
    assert!(ran.out.contains("OPENAI_API_KEY") || ran.out.contains("key"), "{}", ran.out);
    assert!(!format!("{ran:?}").contains("sk-very-secret"), "{ran:?}");
    assert_eq!(server.requests(), 1, "asking again would not help");
}

#[test]
fn an_address_that_is_none_is_bad_input() {
    let home = Home::new();
    let arguments = [&["run", "freeplay"][..], &against("not an address", "m")].concat();
    home.spar(&arguments).exits(2).complains(&["not an address", "http://127.0.0.1:8080/v1"]);
}

#[test]
fn nothing_is_sent_that_the_budget_does_not_cover() {
    let home = Home::new();
    home.write("hello.yaml", talk("hello", HELLO));
    let server = Server::start(|_| Answer::Reply(80));
    let arguments =
        [&["run", "hello.yaml", "--budget-usd", "0"][..], &against(server.url(), "gpt-4o-mini")]
            .concat();
    home.spar(&arguments).exits(4).prints(&["OVER BUDGET hello #1", "1 over budget"]);
    assert_eq!(server.requests(), 0);
    let enough = [&arguments[..], &["--budget-usd", "1"]].concat();
    home.spar(&enough).exits(2).complains(&["--budget-usd"]);
    let mut enough = arguments;
    enough[3] = "1";
    home.spar(&enough).exits(0).prints(&["cost $0.0001"]);
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_budget_that_cannot_be_kept_is_refused_before_anything_happens() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Reply(80));
    home.write("old.jsonl", "an old recording");
    let arguments = [
        &["run", "freeplay", "--budget-usd", "1", "--cassette", "record"][..],
        &["--cassette-file", "old.jsonl"],
        &against(server.url(), "my-own-model"),
    ]
    .concat();
    home.spar(&arguments)
        .exits(2)
        .complains(&["no price for model `my-own-model`", "leave --budget-usd out"]);
    assert_eq!(server.requests(), 0);
    assert_eq!(home.read("old.jsonl"), "an old recording");
}

#[test]
fn of_several_failures_the_gravest_decides() {
    let home = Home::new();
    let check = "    expect: [{score: \">= 100\"}]\n";
    home.write("a.yaml", talk("a", &format!("{HELLO}{check}")));
    home.write("mute.yaml", talk("mute", ""));
    // One conversation fails its check; the other one's model fails.
    let server = Server::start(|n| if n == 0 { Answer::Reply(50) } else { Answer::Status(400) });
    let arguments = [
        &["run", "a.yaml", "mute.yaml", "--repeat", "2", "-j", "1", "--format", "json"][..],
        &against(server.url(), "m"),
    ]
    .concat();
    let ran = home.spar(&arguments).exits(3);
    let lines = json_lines(&ran.out);
    let summary = lines.last().expect("a summary");
    assert_eq!((&summary["failed"], &summary["unscored"]), (&1.into(), &1.into()), "{summary}");
    assert_eq!(summary["exit"], 3);
    assert_eq!(summary["without_script"][0], "mute");
}

#[test]
fn the_budget_outranks_the_provider() {
    let home = Home::new();
    for id in ["a", "b", "c"] {
        home.write(&format!("{id}.yaml"), talk(id, HELLO));
    }
    // The first call fails, and what was reserved for it stays spent: the others are not covered.
    let server = Server::start(|_| Answer::Status(400));
    let arguments = [
        &["run", "a.yaml", "b.yaml", "c.yaml", "-j", "1", "--budget-usd", "0.002"][..],
        &["--format", "json"],
        &against(server.url(), "gpt-4o-mini"),
    ]
    .concat();
    let ran = home.spar(&arguments).exits(4);
    let lines = json_lines(&ran.out);
    let summary = lines.last().expect("a summary");
    assert!(summary["unscored"].as_u64() >= Some(1), "{summary}");
    assert!(summary["over_budget"].as_u64() >= Some(1), "{summary}");
}

#[test]
fn a_recording_replays_to_the_same_scores_with_the_server_gone() {
    let home = Home::new();
    let server = Server::start(|n| Answer::Reply(55 + (n % 40) as u8));
    let url = server.url().to_owned();
    let common = ["run", "freeplay", "launch-slip", "-j", "1", "--format", "json"];
    let tape = ["--cassette-file", "tape.jsonl", "--cassette"];
    let recorded =
        home.spar(&[&common[..], &tape, &["record"], &against(&url, "gpt-4o-mini")].concat());
    assert!(server.requests() > 6);
    drop(server);
    let replayed =
        home.spar(&[&common[..], &tape, &["replay"], &against(&url, "gpt-4o-mini")].concat());
    assert_eq!(replayed.code, recorded.code, "{}", replayed.out);
    assert!(!scores(&recorded.out).is_empty());
    assert_eq!(scores(&replayed.out), scores(&recorded.out));
    // Nor is a provider needed, if the model is the same.
    let replayed = home.spar(&[&common[..], &tape, &["replay"]].concat());
    assert_eq!(scores(&replayed.out), scores(&recorded.out));
    // What was never recorded is not made up.
    let other = [&common[..], &tape, &["replay", "--seed", "1", "--model", "other"]].concat();
    let ran = home.spar(&other).exits(3);
    assert!(ran.out.contains("tape.jsonl"), "{}", ran.out);
}

#[test]
fn a_recording_that_is_not_there_or_no_recording_is_bad_input() {
    let home = Home::new();
    let replay = |file: &str| {
        home.spar(&["run", "freeplay", "--cassette", "replay", "--cassette-file", file])
    };
    replay("absent.jsonl").exits(2).complains(&[
        "absent.jsonl",
        "No such file",
        "--cassette record makes one",
    ]);
    home.write("diary.txt", "my diary\n");
    replay("diary.txt").exits(2).complains(&["diary.txt, line 1"]);
    assert_eq!(home.read("diary.txt"), "my diary\n");
    home.spar(&["run", "freeplay", "--cassette", "record", "--cassette-file", "new.jsonl"])
        .exits(2)
        .complains(&["nothing to record from", "--provider openai"]);
    assert!(!home.path("new.jsonl").exists());
}
