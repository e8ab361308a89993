//! `spar run --resume`.

use super::home::{Home, json_lines};

const RUN: [&str; 5] = ["run", "launch-slip", "freeplay", "--repeat", "2"];

fn keys(text: &str) -> Vec<String> {
    let mut keys: Vec<_> = json_lines(text)
        .iter()
        .filter(|line| line["type"] == "conversation")
        .map(|line| line["key"].as_str().expect("a key").to_owned())
        .collect();
    keys.sort();
    keys
}

fn missions(home: &Home, database: &str) -> usize {
    let listed = home.spar(&["missions", "list", "--db", database, "--format", "json"]).exits(0);
    listed.json().as_array().expect("a list").len()
}

#[test]
fn what_was_cut_off_is_played_and_nothing_else() {
    let home = Home::new();
    home.spar(&[&RUN[..], &["--json", "whole.jsonl"]].concat()).exits(0);
    let whole = home.read("whole.jsonl");
    let whole_keys = keys(&whole);
    assert_eq!(whole_keys.len(), 4);
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    // A crash in the middle of the second line: after its beginning, inside a character of several
    // bytes where there is one, before its last brace, and right before the line's end.
    let line = ends[0]..ends[1];
    let character = whole[line.clone()]
        .char_indices()
        .find(|(_, c)| c.len_utf8() > 1)
        .map_or(line.start + 9, |(at, _)| line.start + at + 1);
    for (cut, scored) in
        [(line.start + 3, 1), (character, 1), (line.end - 2, 1), (line.end - 1, 2), (0, 0)]
    {
        home.write("cut.jsonl", &whole.as_bytes()[..cut]);
        let database = format!("{cut}.db");
        let arguments = [&RUN[..], &["--resume", "cut.jsonl", "--db", &database]].concat();
        let ran = home.spar(&arguments).exits(0);
        assert!(ran.out.contains("4 passed, 0 failed of 4"), "{}", ran.out);
        let text = home.read("cut.jsonl");
        assert_eq!(keys(&text), whole_keys, "cut at {cut}");
        let lines = json_lines(&text);
        let summary = lines.last().expect("a summary");
        assert_eq!((&summary["type"], &summary["passed"]), (&"summary".into(), &4.into()));
        assert_eq!(missions(&home, &database), 4 - scored, "cut at {cut}");
    }
}

#[test]
fn a_finished_run_is_not_played_again_and_keeps_its_lines() {
    let home = Home::new();
    home.spar(&[&RUN[..], &["--json", "whole.jsonl"]].concat()).exits(0);
    let whole = home.read("whole.jsonl");
    let arguments = [&RUN[..], &["--resume", "whole.jsonl", "--db", "x.db"]].concat();
    home.spar(&arguments).exits(0).prints(&["4 passed"]);
    assert_eq!(missions(&home, "x.db"), 0);
    let again = home.read("whole.jsonl");
    let conversations = |text: &str| {
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines[..lines.len() - 1].to_vec()
    };
    assert_eq!(conversations(&again), conversations(&whole), "to the byte, responses included");
    // Another seed is another run: what is there is kept, and what is missing is added.
    home.spar(&[&RUN[..], &["--resume", "whole.jsonl", "--seed", "9"]].concat()).exits(0);
    assert_eq!(keys(&home.read("whole.jsonl")).len(), 8);
}

#[test]
fn what_another_model_scored_is_played_anew() {
    let home = Home::new();
    home.spar(&[&RUN[..], &["--json", "whole.jsonl"]].concat()).exits(0);
    let other = home.read("whole.jsonl").replace("\"model\":\"embedded\"", "\"model\":\"other\"");
    home.write("whole.jsonl", &other);
    let arguments = [&RUN[..], &["--resume", "whole.jsonl", "--db", "x.db"]].concat();
    let ran = home.spar(&arguments).exits(0);
    ran.complains(&["4 conversations were answered by other (embedded)", "played anew"]);
    assert_eq!(missions(&home, "x.db"), 4);
    let again = home.read("whole.jsonl");
    assert_eq!(keys(&again).len(), 4, "the old lines are gone");
    assert!(!again.contains("\"other\""), "{again}");
}

#[test]
fn a_failure_that_was_carried_over_is_still_one() {
    let home = Home::new();
    let rest = format!("{}    expect: [{{score: \">= 100\"}}]\n", super::home::HELLO);
    home.write("fails.yaml", super::home::talk("fails", &rest));
    home.spar(&["run", "fails.yaml", "--json", "x.jsonl"]).exits(1);
    home.spar(&["run", "fails.yaml", "--resume", "x.jsonl"]).exits(1).prints(&["FAILED"]);
}

#[test]
fn another_kind_of_file_is_refused_and_left_alone() {
    let home = Home::new();
    for text in ["my diary", "{\"type\":\"conversation\"}\nmy diary\n{}\n", "{\"a\":1}\nx\n{}\n"] {
        home.write("diary.txt", text);
        home.spar(&["run", "freeplay", "--resume", "diary.txt"])
            .exits(2)
            .complains(&["diary.txt, line", "--resume takes a file that --json wrote"]);
        assert_eq!(home.read("diary.txt"), text);
    }
}
