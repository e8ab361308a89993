//! `spar run`: what is played, and how it exits.

use super::home::{HELLO, Home, json_lines, talk};

/// Keys and scores of the conversations, sorted by key.
fn scores(stdout: &str) -> Vec<(String, String)> {
    let mut scores: Vec<_> = json_lines(stdout)
        .iter()
        .filter(|line| line["type"] == "conversation")
        .map(|line| {
            let key = line["key"].as_str().expect("a key").to_owned();
            assert!(line["score"].is_number(), "{line}");
            (key, line["score"].to_string())
        })
        .collect();
    scores.sort();
    scores
}

#[test]
fn the_built_in_scenarios_pass() {
    let home = Home::new();
    let ran = home.spar(&["run", "--format", "json"]).exits(0);
    let lines = json_lines(&ran.out);
    let summary = lines.last().expect("a summary");
    assert_eq!(summary["type"], "summary");
    assert_eq!(summary["exit"], 0);
    assert!(summary["passed"].as_u64() >= Some(12), "{summary}");
    assert_eq!(summary["passed"], summary["conversations"]);
    assert_eq!(lines.len() as u64, summary["conversations"].as_u64().expect("a count") + 1);
    assert!(!home.root().join(".local").exists(), "a run leaves no database behind");
    let left = std::fs::read_dir(home.root().join("tmp")).expect("a folder").count();
    assert_eq!(left, 0, "nor its temporary one");
}

#[test]
fn a_check_that_does_not_hold_fails_the_run_and_names_its_line() {
    let home = Home::new();
    let rest = format!("{HELLO}    expect: [{{score: \">= 100\"}}]\nexpect:\n  - {{tier: S+}}\n");
    home.write("fails.yaml", talk("fails", &rest));
    home.spar(&["run", "fails.yaml"]).exits(1).prints(&[
        "FAILED   fails #1",
        "line 10, turn 1: score: \">= 100\": score was",
        "line 12, end: tier: \"== S+\": the mission's tier was",
        "0 passed, 1 failed",
    ]);
    // One that passes does not make up for it.
    home.spar(&["run", "fails.yaml", "freeplay"]).exits(1).prints(&["1 passed, 1 failed"]);
}

#[test]
fn a_check_at_the_end_fails_a_run() {
    let home = Home::new();
    let rest = format!("{HELLO}expect:\n  - {{ending: success_gate_sequence}}\n");
    home.write("fails.yaml", talk("fails", &rest));
    home.spar(&["run", "fails.yaml"]).exits(1).prints(&["line 11, end: ending"]);
}

#[test]
fn the_first_failure_ends_a_run_that_is_told_so() {
    let home = Home::new();
    let rest = format!("{HELLO}    expect: [{{score: \">= 100\"}}]\n");
    home.write("fails.yaml", talk("fails", &rest));
    let arguments =
        ["run", "fails.yaml", "--fail-fast", "--repeat", "200", "-j", "1", "--format", "json"];
    // What was under way is neither a failure of the provider nor of the check.
    let ran = home.spar(&arguments).exits(1);
    let lines = json_lines(&ran.out);
    let summary = lines.last().expect("a summary");
    assert!(summary["conversations"].as_u64() < Some(200), "{summary}");
    assert_eq!((&summary["unscored"], &summary["errors"]), (&0.into(), &0.into()), "{summary}");
}

#[test]
fn without_a_script_nothing_can_be_told() {
    let home = Home::new();
    home.write("mute.yaml", talk("mute", ""));
    home.spar(&["run", "mute.yaml"]).exits(5).prints(&["mute has no script", "nothing was played"]);
}

#[test]
fn a_filter_chooses_and_one_that_chooses_nothing_is_an_error() {
    let home = Home::new();
    let ran = home.spar(&["run", "--filter", "bad-news", "--format", "json"]).exits(0);
    let chosen = scores(&ran.out);
    assert!(!chosen.is_empty() && chosen.len() < 12, "{chosen:?}");
    home.spar(&["run", "--filter", "no-such-tag"])
        .exits(2)
        .complains(&["no scenario passes the filter", "spar scenario list"]);
}

#[test]
fn shards_are_parts_of_the_whole() {
    let home = Home::new();
    let run = |more: &[&str]| {
        let arguments =
            [&["run", "launch-slip", "freeplay", "--repeat", "3", "--format", "json"], more];
        scores(&home.spar(&arguments.concat()).exits(0).out)
    };
    let whole = run(&[]);
    assert_eq!(whole.len(), 6);
    let (one, two) = (run(&["--shard", "1/2"]), run(&["--shard", "2/2"]));
    assert_eq!((one.len(), two.len()), (3, 3));
    let mut together = [one, two].concat();
    together.sort();
    assert_eq!(together, whole);
    home.spar(&["run", "--shard", "3/2"]).exits(2).complains(&["`3/2` is no shard"]);
}

#[test]
fn a_seed_gives_the_same_again() {
    let home = Home::new();
    let run = |seed: &str, jobs: &str| {
        let arguments = [
            "run",
            "launch-slip",
            "salary-talk",
            "--repeat",
            "3",
            "--seed",
            seed,
            "-j",
            jobs,
            "--format",
            "json",
        ];
        let ran = home.spar(&arguments).exits(0);
        let mut said: Vec<_> = json_lines(&ran.out)
            .iter()
            .filter(|line| line["type"] == "conversation")
            .map(|line| {
                let replies: Vec<_> = line["responses"]
                    .as_array()
                    .expect("responses")
                    .iter()
                    .map(|response| response["reply"].to_string())
                    .collect();
                (line["key"].to_string(), line["score"].to_string(), replies)
            })
            .collect();
        said.sort();
        said
    };
    let seven = run("7", "1");
    assert_eq!(run("7", "16"), seven, "the order of turns changes nothing");
    let replies = |run: &[(String, String, Vec<String>)]| {
        run.iter().flat_map(|conversation| conversation.2.clone()).collect::<Vec<_>>()
    };
    assert_ne!(replies(&run("8", "1")), replies(&seven), "another seed is another conversation");
}

#[test]
fn how_often_it_must_pass_is_for_the_scenario_to_say() {
    let home = Home::new();
    // The line of one variable passes its check, that of the other does not.
    let rest = |min: &str, repeat: u32| {
        format!(
            "vars: {{line: ['Hello Ann, how are you today?', 'You are an idiot.']}}\n\
             repeat: {repeat}\n\
             script:\n  - user: \"{{{{line}}}}\"\n    expect: [{{score: \">= 50\"}}]\n\
             expect:\n  - {{pass_hat: {{k: 1, min: {min}}}}}\n"
        )
    };
    home.write("half.yaml", talk("half", &rest("0.5", 2)));
    home.spar(&["run", "half.yaml"]).exits(0).prints(&["2 passed, 2 failed", "0.500"]);
    home.write("half.yaml", talk("half", &rest("0.6", 2)));
    home.spar(&["run", "half.yaml"]).exits(1).prints(&["0.500"]);
    let many = rest("0.5", 1).replace("k: 1", "k: 3");
    home.write("half.yaml", talk("half", &many));
    home.spar(&["run", "half.yaml"]).exits(5).prints(&["too few plays to say"]);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let home = Home::new();
    for arguments in [
        &["run", "--jobs", "0"][..],
        &["run", "--repeat", "0"],
        &["run", "--budget-usd", "-1"],
        &["run", "--budget-usd", "nan"],
        &["run", "--provider", "gtp"],
        &["run", "--no-such-flag"],
        &["no-such-command"],
        &["run", "--json", "no/such/folder/x.jsonl", "freeplay"],
        &["run", "--junit", "no/such/folder/x.xml", "freeplay"],
        &["run", "--resume", "absent.jsonl", "freeplay"],
    ] {
        let ran = home.spar(arguments).exits(2);
        assert!(!ran.err.is_empty() && ran.out.is_empty(), "{arguments:?}: {ran:?}");
    }
}
