//! `docs/cli.md` is what the program says of itself. `UPDATE_DOCS=1 cargo test reference` writes it.

use std::fmt::Write as _;
use std::path::Path;

use super::home::Home;

const HEAD: &str = "\
# The command line

Generated from the program's own help: `UPDATE_DOCS=1 cargo test reference` writes this page anew.

Data goes to standard output, talk to standard error. Every listing and result has `--format \
text|json`. A reader that goes away (`spar scenario list | head -1`) is a success. `NO_COLOR` and \
`--color` decide about colour; into a pipe there is none unless asked for.

## Exit codes

| code | what |
|---|---|
| 0 | fine |
| 1 | a check, gate or threshold was not met |
| 2 | bad input or configuration |
| 3 | the provider failed: nothing was scored |
| 4 | the budget was reached |
| 5 | inconclusive: nothing was played, too few plays to say, or the run was stopped |
| 70 | a bug in spar |

When several hold, the first of 70, 2, 4, 3, 1, 5 is reported.
";

/// The help of a command and of those in it.
fn describe(home: &Home, path: &[String], page: &mut String) {
    let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = home.spar_with(&[("COLUMNS", "100")], &arguments).exits(0).out;
    assert!(!help.contains('\u{1b}'), "{help:?}");
    let title = [&["spar".to_owned()], path].concat().join(" ");
    let hashes = "#".repeat((path.len() + 2).min(4));
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(page, "\n{hashes} `{title}`\n\n```text\n{}\n```\n", lines.join("\n"));
    for command in commands(&help) {
        describe(home, &[path, &[command]].concat(), page);
    }
}

/// The names under `Commands:`.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_reference_is_what_the_program_says() {
    let home = Home::new();
    let mut page = HEAD.to_owned();
    describe(&home, &[], &mut page);
    for command in ["play", "run", "scenario check", "missions delete", "config show", "man"] {
        assert!(page.contains(&format!("`spar {command}`")), "{command} is not in:\n{page}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).find(|(new, old)| new != old);
    assert!(
        written == page,
        "docs/cli.md is stale (first difference: {differs:?}); UPDATE_DOCS=1 cargo test reference"
    );
}

#[test]
fn the_model_card_is_what_the_program_says() {
    let page = Home::new().spar(&["skills", "models", "show"]).exits(0).out;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/skill-models.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/skill-models.md is stale: UPDATE_DOCS=1 cargo test reference");
}

#[test]
fn the_version_is_said_in_a_line() {
    let home = Home::new();
    let ran = home.spar(&["--version"]).exits(0);
    assert_eq!(ran.out, format!("spar {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(ran.err, "");
    assert_eq!(home.spar(&["run", "--version"]).exits(0).out.lines().count(), 1);
}

#[test]
fn completions_know_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        home.spar(&["completions", shell]).exits(0).prints(&["missions", "cassette", "budget-usd"]);
    }
    home.spar(&["completions", "tcsh"]).exits(2).complains(&["tcsh", "bash"]);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let home = Home::new();
    home.spar(&["man"]).exits(0).prints(&[".TH spar 1", ".SH NAME", "spar\\-run"]);
    let page = home.spar(&["man", "scenario", "check"]).exits(0);
    page.prints(&[".TH spar-scenario-check 1", ".SH OPTIONS"]);
    home.spar(&["man", "scenario", "chekc"]).exits(2).complains(&["`spar scenario`", "`check`"]);

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man1");
    home.spar(&["man", "--out", out.to_str().expect("a path")]).exits(0);
    for page in ["spar.1", "spar-run.1", "spar-scenario-check.1", "spar-missions-delete.1"] {
        let text = std::fs::read_to_string(out.join(page)).expect("a page");
        assert!(text.contains(".SH NAME"), "{page}");
    }
    assert!(!out.join("spar-home.1").exists(), "hidden commands have none");
}
