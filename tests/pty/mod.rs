//! The screen on a real pseudo-terminal.

mod imports;
mod plain;

use crate::support::terminal::Terminal;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// In the conversation with Dana, before the first line.
fn with_dana(home: &tempfile::TempDir, size: (u16, u16)) -> Terminal {
    let mut terminal = Terminal::start(home.path(), size, &["play", "launch-slip", "--seed", "7"]);
    terminal.wait_for("What you want from this");
    terminal.send("\r");
    terminal.wait_for("Say it to Dana");
    terminal
}

#[test]
fn a_line_is_typed_and_answered() {
    let home = home();
    let mut terminal = with_dana(&home, (100, 30));
    terminal.type_line("The launch slips by two weeks.");
    terminal.wait_for("turn 2 of 12");
    terminal.wait_for("Say it to Dana");
    let screen = terminal.contents();
    assert!(screen.contains("You   The launch slips by two weeks."), "{screen}");
    let said = screen.lines().filter(|row| row.starts_with(" Dana  ")).count();
    assert_eq!(said, 2, "the opener and an answer:\n{screen}");
}

#[test]
fn a_mission_is_played_to_its_end_and_its_report_is_read() {
    let home = home();
    let mut terminal = with_dana(&home, (100, 30));
    for (turn, line) in [
        "The launch slips by two weeks. I should have told you on Monday.",
        "What worries you most when you think about Friday?",
        "I'll have one page on your desk by noon tomorrow.",
    ]
    .into_iter()
    .enumerate()
    {
        terminal.type_line(line);
        terminal.wait_for(&format!("turn {} of 12", turn + 2));
        terminal.wait_for("Say it to Dana");
    }
    terminal.send("\x1b");
    terminal.wait_for("Leave the mission?");
    terminal.send("\x1b[A\r");
    terminal.wait_for("analysed 100 %");
    let screen = terminal.contents();
    assert!(screen.contains("Mission left."), "the outcome:\n{screen}");
    // From section to section, with the key that the screen names.
    assert!(screen.contains("n/N section"), "{screen}");
    for _ in 0..40 {
        if terminal.contents().contains("── Lines to look at") {
            break;
        }
        let before = terminal.contents();
        terminal.send("n");
        terminal.wait_for_other_than(&before);
    }
    let screen = terminal.contents();
    assert!(screen.contains("you     "), "what was said:\n{screen}");
    assert!(screen.contains("why     "), "and what it did:\n{screen}");
    terminal.send("s");
    terminal.wait_for("Saved as spar-report-launch-slip-");
    let kept = std::fs::read_dir(home.path())
        .expect("the folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.starts_with("spar-report-launch-slip-"))
        .expect("the report is in the folder");
    let page = std::fs::read_to_string(home.path().join(kept)).expect("the page");
    assert!(page.contains("one page on your desk by noon"), "{page}");
    terminal.send("\x1b[1;5F");
    terminal.wait_for("one page on your desk by noon");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_restored();
}

#[test]
fn the_list_leads_to_a_mission_and_back() {
    let home = home();
    let mut terminal = Terminal::start(home.path(), (80, 24), &[]);
    terminal.wait_for("Work");
    terminal.send("\r");
    terminal.wait_for("Enter start");
    terminal.send("\x1b");
    terminal.wait_for("Enter open");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_restored();
}

#[test]
fn a_bracketed_paste_does_not_send() {
    let home = home();
    let mut terminal = with_dana(&home, (80, 24));
    terminal.paste("first line\nsecond line\n");
    terminal.wait_for("second line");
    terminal.send("third line");
    terminal.wait_for("third line");
    let screen = terminal.contents();
    assert!(screen.contains("turn 1 of 12"), "nothing was sent:\n{screen}");
    terminal.send("\r");
    terminal.wait_for("turn 2 of 12");
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(bytes.contains("\x1b[?2004h"), "the program asks for brackets");
}

#[test]
fn a_paste_without_brackets_does_not_send_its_inner_lines() {
    let home = home();
    let mut terminal = with_dana(&home, (80, 24));
    terminal.send("first line\rsecond line");
    terminal.wait_for("second line");
    let screen = terminal.contents();
    assert!(screen.contains("turn 1 of 12"), "nothing was sent:\n{screen}");
    assert!(screen.contains("first line\n"), "{screen}");
}

#[test]
fn another_size_is_drawn_anew() {
    let home = home();
    let mut terminal = with_dana(&home, (120, 36));
    terminal.wait_for("Gates 0 of 5");
    terminal.resize((60, 20));
    terminal.wait_for("gates ○○○○○ 0/5");
    terminal.resize((30, 8));
    terminal.wait_for("Too small: 30x8");
    terminal.resize((120, 36));
    terminal.wait_for("Gates 0 of 5");
}

#[test]
fn quitting_in_a_mission_restores_the_terminal_and_keeps_the_mission() {
    let home = home();
    let mut terminal = with_dana(&home, (80, 24));
    terminal.type_line("The launch slips by two weeks.");
    terminal.wait_for("turn 2 of 12");
    terminal.send("\x03");
    terminal.wait_for("Leave the mission?");
    terminal.send("\x03");
    assert!(terminal.wait_for_end().success());
    terminal.assert_restored();

    let mut again = Terminal::start(home.path(), (80, 24), &[]);
    again.wait_for("Take up again");
    again.send("\r");
    again.wait_for("turn 2 of 12");
    assert!(again.contents().contains("The launch slips by two weeks."));
}

#[test]
fn signals_end_it_and_restore_the_terminal() {
    for name in ["TERM", "HUP"] {
        let home = home();
        let mut terminal = with_dana(&home, (80, 24));
        terminal.signal(name);
        terminal.wait_for_end();
        terminal.assert_restored();
    }
}

#[test]
fn every_frame_stands_between_its_marks() {
    let home = home();
    let mut terminal = with_dana(&home, (80, 24));
    terminal.type_line("The launch slips by two weeks.");
    terminal.wait_for("turn 2 of 12");
    terminal.send("\x03\x03");
    terminal.wait_for_end();
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let (begins, ends) = (text.matches("\x1b[?2026h").count(), text.matches("\x1b[?2026l").count());
    // The farewell ends a frame that may have been cut short.
    assert_eq!(begins + 1, ends);
    let mut inside = false;
    for part in text.split("\x1b[?2026") {
        if let Some(rest) = part.strip_prefix('h') {
            assert!(!inside);
            inside = true;
            assert!(rest.len() < 60_000);
        } else if let Some(rest) = part.strip_prefix('l') {
            inside = false;
            assert!(!rest.contains("\x1b[2J"), "cleared outside a frame: {rest:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_line_settings_are_as_before() {
    let home = home();
    let mut shell = portable_pty::CommandBuilder::new("/bin/sh");
    // The shell stays, so that the terminal outlives the program and can be asked.
    let program = env!("CARGO_BIN_EXE_spar");
    shell.args(["-c", &format!("read -r _; '{program}'; echo done; read -r _")]);
    let mut terminal = Terminal::start_command(home.path(), (80, 24), shell);
    let before = terminal.line_settings();
    terminal.send("\n");
    terminal.wait_for("Enter open");
    assert_ne!(terminal.line_settings(), before, "raw mode is on");
    terminal.send("q");
    terminal.wait_for("done");
    assert_eq!(terminal.line_settings(), before);
    terminal.assert_restored();
}

#[test]
fn stopped_and_called_back_the_screen_is_whole() {
    let home = home();
    let mut shell = portable_pty::CommandBuilder::new("/bin/bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    let mut terminal = Terminal::start_command(home.path(), (80, 24), shell);
    // The shell brackets pastes itself, which would hide whether the program stopped doing so.
    terminal.send("bind 'set enable-bracketed-paste off'; echo ready $((2 + 2))\n");
    // What is typed before its prompt is back can be lost.
    terminal.wait_for("ready 4\nbash-");
    let program = env!("CARGO_BIN_EXE_spar");
    terminal.send(&format!("'{program}' play launch-slip\n"));
    terminal.wait_for("What you want from this");
    terminal.send("\x1a");
    terminal.wait_for("Stopped");
    terminal.assert_restored();
    terminal.send("echo back in the $((1 + 0))st shell\n");
    terminal.wait_for("back in the 1st shell");
    // `bg` wakes it without the terminal: it must not draw. A shell that has not noticed yet that it
    // stopped again would not continue it on `fg`.
    terminal.send("bg; until jobs -s | grep -q play; do sleep 0; done; echo asked $((2 + 0))\n");
    terminal.wait_for("asked 2");
    terminal.assert_restored();
    terminal.send("fg\n");
    terminal.wait_for("What you want from this");
    terminal.send("\x1b");
    terminal.wait_for("Enter open");
    terminal.send("q");
    terminal.wait_until_gone("Enter open");
    terminal.assert_restored();
    terminal.send("exit\n");
    terminal.wait_for_end();
}

#[test]
fn an_interrupt_from_outside_asks_as_the_key_does() {
    let home = home();
    let mut terminal = with_dana(&home, (80, 24));
    terminal.signal("INT");
    terminal.wait_for("Leave the mission?");
    terminal.send("\x1b");
    terminal.wait_until_gone("Leave the mission?");
    terminal.wait_for("Say it to Dana");
}

#[test]
fn without_colour_there_is_none_and_bold_stays() {
    let home = home();
    let mut command = portable_pty::CommandBuilder::new("/usr/bin/env");
    command.args(["NO_COLOR=1", env!("CARGO_BIN_EXE_spar")]);
    let mut terminal = Terminal::start_command(home.path(), (80, 24), command);
    terminal.wait_for("Enter open");
    terminal.send("q");
    terminal.wait_for_end();
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!text.contains("38;2;") && !text.contains("48;2;"), "{text}");
    assert!(text.contains("\x1b[0;1m"), "bold is still used");
}
