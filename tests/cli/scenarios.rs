//! `spar scenario`.

use serde_json::Value;

use super::home::{HELLO, Home, talk};

/// The built-in scenarios by id.
fn builtin(home: &Home) -> Vec<String> {
    let listed = home.spar(&["scenario", "list", "--format", "json"]).exits(0).json();
    let ids = listed.as_array().expect("a list").iter().map(|row| row["id"].as_str().expect("id"));
    ids.map(str::to_owned).collect()
}

#[test]
fn the_list_says_the_same_in_text_and_json() {
    let home = Home::new();
    let ids = builtin(&home);
    assert!(ids.len() >= 12, "{ids:?}");
    let text = home.spar(&["scenario", "list"]).exits(0).out;
    for id in &ids {
        assert!(text.contains(&format!("  {id} ")), "{id} is not in:\n{text}");
    }
    for category in ["work", "service", "health", "social", "negotiation"] {
        assert!(text.lines().any(|line| line == category), "{category} is not in:\n{text}");
    }
}

#[test]
fn one_is_shown_in_text_and_json() {
    let home = Home::new();
    home.spar(&["scenario", "show", "launch-slip"]).exits(0).prints(&[
        "Tell Dana the launch slips",
        "Dana, Product manager",
        "gate         plan:",
    ]);
    let shown = home.spar(&["scenario", "show", "launch-slip", "--format", "json"]).exits(0).json();
    assert_eq!(shown["id"], "launch-slip");
    assert_eq!(shown["gates"][0]["id"], "plain");
}

#[test]
fn cues_and_schema_are_printed() {
    let home = Home::new();
    let cues = home.spar(&["scenario", "cues", "--format", "json"]).exits(0).json();
    let cues = cues.as_array().expect("a list");
    assert!(cues.len() >= 30);
    assert!(cues.iter().any(|cue| cue["name"] == "acknowledges_feeling"));
    let text = home.spar(&["scenario", "cues"]).exits(0).out;
    assert_eq!(text.lines().count(), cues.len());
    let schema = home.spar(&["scenario", "schema"]).exits(0).json();
    assert_eq!(schema["additionalProperties"], Value::Bool(false), "keys are strict");
    assert!(schema["properties"]["gates"].is_object());
}

#[test]
fn a_new_file_is_checked_run_and_played() {
    let home = Home::new();
    home.spar(&["scenario", "new", "my-talk", "--title", "A \"hard\" one: mine"])
        .exits(0)
        .complains(&["wrote my-talk.yaml"]);
    home.spar(&["scenario", "check", "my-talk.yaml"]).exits(0).prints(&["passed   my-talk"]);
    home.spar(&["run", "my-talk.yaml"]).exits(0).prints(&["1 passed"]);
    home.spar_told("I would like to talk about something.\n", &["play", "my-talk.yaml", "--plain"])
        .exits(0)
        .prints(&["A \"hard\" one: mine", "Mission left"]);
}

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let home = Home::new();
    home.write("mine.yaml", "precious");
    home.spar(&["scenario", "new", "mine"])
        .exits(2)
        .complains(&["cannot write mine.yaml", "hint: name another file with --out"]);
    assert_eq!(home.read("mine.yaml"), "precious");
    home.spar(&["scenario", "new", "mine", "--out", "deep/er/x.yaml"]).exits(0);
    home.spar(&["scenario", "check", "deep/er/x.yaml"]).exits(0);
}

#[test]
fn every_built_in_tells_better_play_from_worse() {
    let home = Home::new();
    let rows = home.spar(&["scenario", "check", "--format", "json"]).exits(0).json();
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), builtin(&home).len());
    for row in rows {
        assert_eq!(row["passed"], true, "{row}");
        let scores = row["levels"][0]["scores"].as_array().expect("it was played");
        assert_eq!(scores.len(), 20, "{row}");
    }
}

#[test]
fn a_scenario_whose_poor_play_wins_is_refused() {
    let home = Home::new();
    home.spar(&["scenario", "new", "upside-down"]).exits(0);
    let text = home.read("upside-down.yaml");
    let swapped = text
        .replace("\n  skilled:", "\n  x:")
        .replace("\n  poor:", "\n  skilled:")
        .replace("\n  x:", "\n  poor:");
    assert_ne!(swapped, text);
    home.write("upside-down.yaml", swapped);
    let check = ["scenario", "check", "upside-down.yaml"];
    home.spar(&check).exits(1).prints(&["FAILED   upside-down", "skilled", "poor"]);
    let json = home.spar(&[&check[..], &["--format", "json"]].concat()).exits(1).json();
    assert_eq!(json[0]["passed"], false);
    assert!(!json[0]["complaints"].as_array().expect("reasons").is_empty());
}

#[test]
fn all_problems_of_a_file_are_said_at_once() {
    let home = Home::new();
    home.write(
        "bad.yaml",
        "spar: 1\nid: bad\ntitel: x\ncategory: wrok\npersona: {name: A, role: b}\n\
         objective: {title: x}\nscript: [{usr: hi}]\n",
    );
    let said = home.spar(&["scenario", "check", "bad.yaml"]).exits(2).err;
    insta::assert_snapshot!(said, @r"
    bad.yaml:3:1: unknown key `titel`
      3 | titel: x
        | ^^^^^
      help: did you mean `title`?
    bad.yaml:4:11: `category` cannot be `wrok`
      4 | category: wrok
        |           ^^^^
      help: did you mean `work`? one of: work, service, health, social, negotiation
    bad.yaml:7:11: unknown key `usr` in `script`
      7 | script: [{usr: hi}]
        |           ^^^
      help: did you mean `user`?
    ");
    for command in [&["run", "bad.yaml"][..], &["play", "bad.yaml", "--plain"]] {
        let ran = home.spar(command).exits(2).complains(&["bad.yaml:3:1", "bad.yaml:7:11"]);
        assert_eq!(ran.out, "", "nothing was played");
    }
}

#[test]
fn files_that_are_no_scenarios_are_refused_everywhere() {
    let home = Home::new();
    home.write("empty.yaml", "");
    home.write("cut.yaml", "spar: 1\nid: [\n");
    home.write("huge.yaml", vec![b'a'; 10_000_000]);
    home.write("binary.yaml", b"spar: 1\nid: \xff\xfe\n");
    home.write("one.yaml", "spar: 1\nid: one\nextends: two.yaml\n");
    home.write("two.yaml", "spar: 1\nid: two\nextends: one.yaml\n");
    home.write("itself.yaml", "spar: 1\nid: itself\nextends: itself.yaml\n");
    for (file, words) in [
        ("empty.yaml", &["empty.yaml", "holds no scenario", "spar scenario new"][..]),
        ("cut.yaml", &["cut.yaml:2:6", "not YAML"]),
        ("huge.yaml", &["huge.yaml", "10000000 bytes", "at most 1000000"]),
        ("binary.yaml", &["binary.yaml:2:5", "UTF-8"]),
        ("one.yaml", &["two.yaml:3:10", "circle", "one.yaml → two.yaml → one.yaml"]),
        ("itself.yaml", &["itself.yaml:3:10", "circle"]),
        ("absent.yaml", &["absent.yaml", "No such file", "spar scenario list"]),
    ] {
        for command in
            [&["scenario", "check", file][..], &["run", file], &["play", file, "--plain"]]
        {
            let said = home.spar(command).exits(2).err;
            // `absent.yaml` is no problem of a listing, so only its error has a hint.
            for word in words {
                assert!(said.contains(word), "{command:?}: `{word}` is not in:\n{said}");
            }
        }
    }
}

#[test]
fn an_unknown_scenario_is_met_with_the_nearest_one() {
    let home = Home::new();
    for command in [
        &["scenario", "show", "launch-slpi"][..],
        &["scenario", "check", "launch-slpi"],
        &["run", "launch-slpi"],
        &["play", "launch-slpi", "--plain"],
    ] {
        home.spar(command).exits(2).complains(&["`launch-slpi`", "did you mean `launch-slip`?"]);
    }
    assert!(!home.root().join(".local").exists(), "nothing was made for a name that is unknown");
}

#[test]
fn two_scenarios_of_one_id_are_not_mixed_up() {
    let home = Home::new();
    home.write("a.yaml", talk("same", HELLO));
    home.write("b.yaml", talk("same", "script:\n  - user: Something else.\n"));
    home.spar(&["run", "a.yaml", "b.yaml"]).exits(2).complains(&[
        "two scenarios are called `same`",
        "a.yaml",
        "b.yaml",
    ]);
    // The same one by two names is played once.
    home.spar(&["run", "a.yaml", "./a.yaml"]).exits(0).prints(&["of 1 conversations"]);
}

#[test]
fn scenarios_of_ones_own_stand_beside_the_built_in_ones() {
    let home = Home::new();
    home.write("own/x.yaml", talk("my-own", HELLO));
    let listed = home.spar(&["scenario", "list", "--scenarios", "own"]).exits(0);
    assert!(listed.out.contains("my-own") && listed.out.contains("launch-slip"));
    home.spar(&["run", "my-own", "--scenarios", "own"]).exits(0);
    home.spar(&["run", "my-own"]).exits(2);
}
