//! A key in the environment: offered once on a terminal, never used by itself.

use std::path::Path;

use portable_pty::CommandBuilder;

use super::home::Home;
use super::server::{Answer, Server};
use crate::support::terminal::Terminal;

const KEY: &str = "OPENAI_API_KEY=sk-very-secret";

/// `spar play --plain` on a terminal, with a key and the address of a server.
fn play(home: &Path, url: &str) -> Terminal {
    let mut command = CommandBuilder::new("/usr/bin/env");
    command.args([KEY, &format!("OPENAI_BASE_URL={url}")]);
    command.args([env!("CARGO_BIN_EXE_spar"), "play", "launch-slip", "--plain"]);
    Terminal::start_command(home, (100, 40), command)
}

#[test]
fn a_bare_key_changes_nothing_where_nobody_can_be_asked() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Reply(80));
    let url = server.url();
    let variables = [("OPENAI_API_KEY", "sk-very-secret"), ("OPENAI_BASE_URL", url)];
    home.spar_with(&variables, &["run", "launch-slip"]).exits(0).prints(&["1 passed"]);
    let mut command = home.command(&["play", "launch-slip", "--plain"]);
    let ran = super::home::Ran::of(command.envs(variables).write_stdin("Hello.\n")).exits(0);
    assert!(!ran.err.contains("OPENAI_API_KEY"), "{}", ran.err);
    assert_eq!(server.requests(), 0);
    let shown = home.spar_with(&variables, &["config", "show"]).exits(0);
    shown.prints(&[
        "provider                embedded                     default",
        "$OPENAI_API_KEY",
    ]);
}

#[test]
fn no_is_remembered() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Reply(80));
    let url = server.url();
    let mut terminal = play(&home.root(), url);
    terminal.wait_for("[y/N]");
    terminal.wait_for(&format!("be sent to {url}"));
    terminal.send("\r");
    terminal.wait_for("You talk to Dana");
    terminal.send("/keep\r");
    assert!(terminal.wait_for_end().success());
    assert!(!home.root().join(".config").exists(), "nothing was chosen");

    let mut again = play(&home.root(), url);
    again.wait_for("You talk to Dana");
    assert!(!again.contents().contains("[y/N]"), "{}", again.contents());
    again.send("Hello Dana.\r");
    again.wait_for("[turn] 1 of 12");
    again.send("/quit\r");
    assert!(again.wait_for_end().success());
    assert_eq!(server.requests(), 0);
}

#[test]
fn yes_is_written_down_and_holds_at_once() {
    let home = Home::new();
    let server = Server::start(|_| Answer::Reply(80));
    let mut terminal = play(&home.root(), server.url());
    terminal.wait_for("[y/N]");
    terminal.send("y\r");
    terminal.wait_for("You talk to Dana");
    terminal.send("Hello Dana.\r");
    terminal.wait_for("Well, I hear you. What happens next?");
    terminal.send("/keep\r");
    assert!(terminal.wait_for_end().success());
    assert_eq!(server.requests(), 1);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!text.contains("sk-very-secret"), "{text}");
    home.spar(&["config", "show"]).exits(0).prints(&["openai", ".config/spar/config.toml"]);

    let mut again = play(&home.root(), server.url());
    again.wait_for("You talk to Dana");
    assert!(!again.contents().contains("[y/N]"), "{}", again.contents());
    again.send("/keep\r");
    assert!(again.wait_for_end().success());
}
