//! `spar play --plain`, and scenarios made from five answers.

use super::home::Home;

const ANSWERS: &str = "Marta, my landlady\n\na date for the repair\nwarm\nwhat it will cost\n";

fn own_scenarios(home: &Home) -> Vec<String> {
    let folder = home.root().join(".local/share/spar/scenarios");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned())
        .collect();
    paths.sort();
    paths
}

#[test]
fn five_answers_make_a_scenario_and_play_it() {
    let home = Home::new();
    let about = "Tell my landlady the heating is broken";
    let lines = format!("{ANSWERS}The heating is broken.\n/quit\n");
    let ran = home.spar_told(&lines, &["play", "--about", about, "--plain"]).exits(0);
    let ran = ran.complains(&["1. Who is it?", "5. What do they fear", "Your scenario is "]);
    ran.prints(&[
        "You talk to Marta: my landlady.",
        "Marta: ",
        "[gate passed] You said it plainly",
    ]);
    let [path] = own_scenarios(&home).try_into().expect("one file");
    home.spar(&["scenario", "check", &path]).exits(0);
    let shown = home.spar(&["scenario", "show", &path, "--format", "json"]).exits(0).json();
    assert_eq!(shown["persona"]["name"], "Marta");
    assert_eq!(shown["objective"]["title"], "a date for the repair");
    home.spar(&["scenario", "list"]).exits(0).prints(&[shown["id"].as_str().expect("an id")]);
}

#[test]
fn a_second_talk_about_the_same_has_an_id_of_its_own() {
    let home = Home::new();
    for _ in 0..2 {
        let lines = format!("{ANSWERS}/quit\n");
        home.spar_told(&lines, &["play", "--about", "the heating is broken", "--plain"]).exits(0);
    }
    let paths = own_scenarios(&home);
    assert_eq!(paths.len(), 2);
    let arguments: Vec<_> = ["run"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    // No script, but no clash of ids either.
    home.spar(&arguments).exits(5);
    let listed = home.spar(&["scenario", "list", "--format", "json"]).exits(0).json();
    let own = listed.as_array().expect("a list").iter().filter(|row| row["tags"][0] == "own");
    assert_eq!(own.count(), 2);
}

#[test]
fn no_answers_and_odd_ones_make_a_valid_scenario_too() {
    for (about, lines) in [
        ("", ""),
        ("ask my boss for a raise", "\n\n\n\n\n"),
        ("\u{1b}[31mred\u{7}", "\u{1b}]0;x\u{7}\n: - {a: [b\n'\"\\\n#!&*\n%@`\n"),
        ("日本語で話す", "母\n\n\u{202e}x\n\n\n"),
    ] {
        let home = Home::new();
        let ran = home.spar_told(lines, &["play", "--about", about, "--plain"]).exits(0);
        for text in [&ran.out, &ran.err] {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
        }
        assert!(!ran.out.contains("Marta"), "an example is no answer:\n{}", ran.out);
        let [path] = own_scenarios(&home).try_into().expect("one file");
        home.spar(&["scenario", "check", &path]).exits(0);
    }
}

#[test]
fn plain_play_writes_no_escape_sequence_even_when_colour_is_wanted() {
    let home = Home::new();
    let lines = "Hello \u{1b}[31mDana\u{7}.\n/mood\n/help\n/nonsense\nBye.\n";
    let arguments = ["play", "launch-slip", "--plain", "--color", "always"];
    let ran = home.spar_told(lines, &arguments).exits(0);
    assert!(!ran.out.contains(['\u{1b}', '\u{7}']), "{:?}", ran.out);
    ran.prints(&["Mood ", "There is no such command", "Mission left", "Everything that was said"]);
}

#[test]
fn a_seed_gives_the_same_conversation() {
    let play = |seed: &str| {
        // Each time for the first time: who was met before would be remembered.
        let home = Home::new();
        let lines = "The launch slips by two weeks.\nI should have told you.\nWhat now?\n";
        let out =
            home.spar_told(lines, &["play", "launch-slip", "--plain", "--seed", seed]).exits(0).out;
        // What comes behind the end is the report, with times and ids of its own.
        let (talk, _) = out.split_once("Mission left.").expect("it ends");
        talk.to_owned()
    };
    let five = play("5");
    assert_eq!(play("5"), five);
    assert!((6..12).any(|seed| play(&seed.to_string()) != five));
}

#[test]
fn a_model_that_fails_is_stood_in_for_and_said_so() {
    let home = Home::new();
    let arguments = [
        "play",
        "launch-slip",
        "--plain",
        "--provider",
        "openai",
        "--base-url",
        "http://127.0.0.1:1/v1",
    ];
    home.spar_told("The launch slips by two weeks.\n", &arguments)
        .exits(0)
        .prints(&["Dana: ", "(The model did not answer; the offline persona stood in."]);
}

#[test]
fn a_mission_that_has_ended_is_not_resumed() {
    let home = Home::new();
    home.spar_told("Hello.\n/quit\n", &["play", "launch-slip", "--plain"]).exits(0);
    home.spar(&["play", "--resume", "--plain"])
        .exits(2)
        .complains(&["there is no unfinished mission", "spar missions list"]);
    let listed = home.spar(&["missions", "list", "--format", "json"]).exits(0).json();
    let id = listed[0]["id"].as_str().expect("an id");
    home.spar(&["play", "--resume", id, "--plain"]).exits(2).complains(&[
        "has ended",
        "spar missions show",
        "spar play launch-slip",
    ]);
    home.spar(&["play", "--resume", "zzz", "--plain"])
        .exits(2)
        .complains(&["has no mission `zzz`"]);
}

#[test]
fn the_screen_needs_a_terminal_and_says_so_before_it_asks_anything() {
    let home = Home::new();
    for arguments in [&[][..], &["play"], &["play", "launch-slip"], &["play", "--about", "x"]] {
        let ran = home.spar(arguments).exits(2).complains(&["needs a terminal", "--plain"]);
        assert!(!ran.err.contains("Who is it?"), "{}", ran.err);
    }
    assert!(own_scenarios(&home).is_empty());
    assert!(!home.root().join(".local").exists());
}

#[test]
fn the_list_is_there_in_plain_lines_too() {
    let home = Home::new();
    home.spar_told("nonsense\nlaunch-slip\n/keep\n", &["play", "--plain"]).exits(0).prints(&[
        "Which one?",
        "There is no such mission.",
        "You talk to Dana",
        "Kept.",
    ]);
}
