//! `spar missions import` with somebody there to answer.

use super::home;
use crate::support::terminal::Terminal;

const TALK: &str = "Imke: Five minutes?\nJonas: Ten. It is about my pay.\nImke: Go on.\n";

fn import(home: &tempfile::TempDir, name: &str, text: &str) -> Terminal {
    std::fs::write(home.path().join(name), text).expect("the file is written");
    Terminal::start(home.path(), (100, 40), &["missions", "import", name])
}

#[test]
fn who_somebody_is_can_be_said_when_asked() {
    for answer in ["2", "jonas"] {
        let home = home();
        let mut terminal = import(&home, "talk.md", TALK);
        terminal.wait_for("Who are you in this conversation?");
        terminal.wait_for("Number or name");
        terminal.type_line(answer);
        terminal.wait_for("imported 1 turn with Imke");
        assert!(terminal.wait_for_end().success());
    }
    let home = home();
    let mut terminal = import(&home, "talk.md", TALK);
    terminal.wait_for("Number or name");
    terminal.send("\r");
    terminal.wait_for("nothing was imported");
    assert_eq!(terminal.wait_for_end().exit_code(), 2);
    assert!(!home.path().join("missions.db").exists());
}

#[test]
fn a_guess_at_who_spoke_is_corrected_line_by_line() {
    let home = home();
    let mut terminal = import(&home, "talk.txt", "Hm.\nHm, hm.\nSo.\n");
    terminal.wait_for("does not say who speaks");
    terminal.wait_for("or the numbers of lines to change");
    let speaker = |terminal: &Terminal, line: &str| {
        let screen = terminal.contents();
        let row = screen.lines().rfind(|row| row.trim_start().starts_with(line)).expect("a row");
        row.split_whitespace().nth(1).expect("a speaker").to_owned()
    };
    let before = speaker(&terminal, "2 ");
    terminal.type_line("2");
    terminal.wait_for("1.00");
    assert_ne!(speaker(&terminal, "2 "), before);
    // Whatever the guess was, both sides speak now: swap one of two equal ones if not.
    let sides: Vec<_> = ["1 ", "2 ", "3 "].iter().map(|line| speaker(&terminal, line)).collect();
    if sides.iter().all(|side| *side == sides[0]) {
        terminal.type_line("3");
    }
    terminal.type_line("y");
    terminal.wait_for("imported");
    assert!(terminal.wait_for_end().success());
}
