//! A mission in plain lines, without a terminal.

use assert_cmd::Command;

/// What `spar play --plain` writes when it is told this.
fn told(input: &str, arguments: &[&str]) -> String {
    let home = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_spar"))
        .env_clear()
        .env("HOME", home.path())
        .env("SPAR_DB", home.path().join("missions.db"))
        .env("TERM", "dumb")
        // However busy the machine is, the report is whole.
        .env("SPAR_MAX_WAIT_MS", "60000")
        .current_dir(home.path())
        .arg("play")
        .args(arguments)
        .write_stdin(input)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.contains(&0x1b), "an escape sequence");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_mission_is_played_to_the_end_of_the_input() {
    let lines = "The launch slips by two weeks. I should have told you on Monday.\n\
                 What does that \\\ncost you?\n/mood\n";
    let text = told(lines, &["launch-slip", "--seed", "3"]);
    for part in ["Dana: ", "[score] ", "[gate passed] The news is out", "tension", "Mission left."]
    {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    let report = text.split("Mission left.").nth(1).expect("something comes after the end");
    let parts = ["analysed 100 %", "Lines to look at", "you     What does that", "The story"];
    for part in parts {
        assert!(report.contains(part), "{part:?} is missing from the report:\n{text}");
    }
    assert!(!report.contains("──"), "a rule that a screen reader reads out:\n{report}");
    assert!(!report.contains("`spar report --last`"), "nothing is to come:\n{report}");
}

#[test]
fn a_dumb_terminal_gets_plain_lines_unasked() {
    let text = told("/quit\n", &["launch-slip"]);
    assert!(text.contains("no line was scored"), "{text}");
}

#[test]
fn escape_sequences_that_are_typed_are_not_written_back() {
    let text = told("The launch \x1b[31mslips\x1b]0;x\x07 by two weeks.\n", &["launch-slip"]);
    assert!(text.contains("The launch slips by two weeks."), "{text}");
}

#[test]
fn without_a_scenario_one_is_chosen() {
    let text = told("nonsense\nlaunch-slip\n/quit\n", &["--plain"]);
    assert!(text.contains("There is no such mission."), "{text}");
    assert!(text.contains("You talk to Dana"), "{text}");
}

#[test]
fn a_crisis_is_met_with_help_and_without_play() {
    let text = told("I want to kill myself\nhello\n", &["launch-slip"]);
    assert!(text.contains("988"), "{text}");
    assert!(!text.contains("Mission left"), "the end of the input ends nothing here:\n{text}");
}
