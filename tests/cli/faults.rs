//! The program is killed, or nobody reads what it prints.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::home::Home;
use super::server::{Answer, Server};

/// `spar` with somebody at both ends of it. Killed when this is dropped.
struct Conversation {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Conversation {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_spar"))
            .env_clear()
            .envs(home.variables())
            .current_dir(home.path(""))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, input, output }
    }

    /// Reads what it prints up to the line with these words.
    fn wait_for(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            let read = self.output.read_line(&mut line).expect("it prints");
            assert!(read > 0, "it ended before `{words}`");
        }
    }

    fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("not closed yet");
        writeln!(input, "{line}").expect("it reads");
    }

    /// Says no more, and waits for its end.
    fn end(mut self) -> Option<i32> {
        self.input = None;
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // On Unix this is SIGKILL; nothing to do when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn killed_between_two_lines_a_mission_goes_on_where_it_was() {
    let home = Home::new();
    let mut talk = Conversation::start(&home, &["play", "launch-slip", "--plain", "--seed", "3"]);
    talk.say("Dana, the launch slips by two weeks.");
    talk.wait_for("[mood]");
    drop(talk);
    home.spar(&["missions", "list", "--unfinished"]).exits(0).prints(&["launch-slip", "active"]);
    home.spar(&["play", "freeplay", "--plain"])
        .exits(0)
        .complains(&["“Tell Dana the launch slips” is unfinished, after one turn", "--resume"]);
    // `last` is the one that can go on, though another was played since.
    let lines = "I should have told you on Monday.\n/quit\n";
    home.spar_told(lines, &["play", "--resume", "last", "--plain"]).exits(0).prints(&[
        "taken up again",
        "You said: Dana, the launch slips by two weeks.",
        "[turn] 2 of 12",
    ]);
    home.spar(&["missions", "list", "--unfinished"]).exits(0).complains(&["no missions yet"]);
}

#[test]
fn killed_before_the_answer_the_line_is_there_and_is_answered() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Silence);
    let url = server.url();
    let model = ["--provider", "openai", "--base-url", url, "--model", "m"];
    let arguments = [&["play", "launch-slip", "--plain"][..], &model].concat();
    let mut talk = Conversation::start(&home, &arguments);
    talk.say("Dana, the launch slips by two weeks.");
    // The line is committed before the model is asked.
    server.wait_for_request();
    drop(talk);
    home.spar(&["missions", "list", "--unfinished"]).exits(0).prints(&["launch-slip", "1 turns"]);
    home.spar(&["missions", "show"])
        .exits(0)
        .prints(&["you: Dana, the launch slips by two weeks."]);
    let ran = home.spar_told("/keep\n", &["play", "--resume", "--plain"]).exits(0);
    let after = ran.out.split("You said: Dana, the launch slips by two weeks.").nth(1);
    let after = after.expect("it says what was said");
    assert!(after.contains("Dana: ") && after.contains("[turn] 1 of 12"), "{}", ran.out);
    let text = home.spar(&["missions", "show"]).exits(0).out;
    assert_eq!(text.matches("you: ").count(), 1, "it was said once:\n{text}");
}

#[test]
fn two_at_one_mission_do_not_mix_it_up() {
    let home = Home::new();
    home.spar_told("Hello.\n/keep\n", &["play", "launch-slip", "--plain"]).exits(0);
    let mut talk = Conversation::start(&home, &["play", "--resume", "--plain"]);
    talk.wait_for("taken up again");
    talk.wait_for("Dana:");
    home.spar_told("The launch slips.\n/keep\n", &["play", "--resume", "--plain"]).exits(0);
    talk.say("What about lunch?");
    assert_eq!(talk.end(), Some(2));
    let text = home.spar(&["missions", "show"]).exits(0).out;
    assert!(text.contains("you: The launch slips.") && !text.contains("lunch"), "{text}");
}

/// A pipe whose other end is gone.
fn closed_pipe() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure() {
    let home = Home::new();
    home.spar(&["run", "freeplay", "--db", "m.db"]).exits(0);
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["man"],
        &["completions", "zsh"],
        &["config", "show"],
        &["config", "show", "--format", "json"],
        &["scenario", "list"],
        &["scenario", "list", "--format", "json"],
        &["scenario", "show", "launch-slip", "--format", "json"],
        &["scenario", "schema"],
        &["scenario", "cues", "--format", "json"],
        &["scenario", "check", "freeplay", "--format", "json"],
        &["missions", "list", "--db", "m.db", "--format", "json"],
        &["missions", "show", "--db", "m.db", "--format", "json"],
        &["missions", "export", "--db", "m.db"],
        &["run", "freeplay"],
        &["run", "freeplay", "--format", "json"],
        &["play", "freeplay", "--plain"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_spar"))
            .env_clear()
            .envs(home.variables())
            .current_dir(home.path(""))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(closed_pipe())
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("pipe"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_listing_that_is_cut_short_is_no_failure() {
    let home = Home::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_spar"))
        .env_clear()
        .envs(home.variables())
        .args(["scenario", "schema"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut first).expect("a line");
    assert_eq!(first, "{\n");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
