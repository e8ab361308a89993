//! A person's machine with nothing on it: runs `spar` in a home and a working folder of its own,
//! with no variable but those that a test sets.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A program that hangs fails its test instead of holding up all of them.
const PATIENCE: Duration = Duration::from_secs(120);

/// A home, a working folder in it, and `spar`.
pub(crate) struct Home {
    folder: TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["work", "tmp"] {
            fs::create_dir(folder.path().join(name)).expect("an empty home");
        }
        Self { folder }
    }

    /// The home folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// A place in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders are made");
        fs::write(path, text).expect("the file is written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// The variables of this home.
    pub(crate) fn variables(&self) -> [(&'static str, PathBuf); 2] {
        [("HOME", self.root()), ("TMPDIR", self.folder.path().join("tmp"))]
    }

    /// The command, not run yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spar"));
        command
            .env_clear()
            .envs(self.variables())
            .current_dir(self.path(""))
            .args(arguments)
            .timeout(PATIENCE);
        command
    }

    /// Runs it with nothing on standard input.
    pub(crate) fn spar(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs it with variables set.
    pub(crate) fn spar_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).envs(variables.iter().copied()))
    }

    /// Runs it with lines on standard input.
    pub(crate) fn spar_told(&self, lines: &str, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).write_stdin(lines))
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("what is printed is UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Checks that standard error has all of these words.
    #[track_caller]
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in:\n{}", self.err);
        }
        self
    }

    /// Checks that standard output has all of these words.
    #[track_caller]
    pub(crate) fn prints(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.out.contains(word), "`{word}` is not in:\n{}", self.out);
        }
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("standard output is JSON")
    }
}

/// JSON lines.
#[track_caller]
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

/// A small scenario; `rest` is more YAML: a script, checks, playthroughs.
pub(crate) fn talk(id: &str, rest: &str) -> String {
    format!(
        "spar: 1\nid: {id}\ntitle: A word with Ann\ncategory: work\n\
         persona: {{name: Ann, role: a colleague}}\n\
         objective: {{kind: free, title: Say hello}}\n\
         policy: {{max_turns: 4, min_turns: 1}}\n{rest}"
    )
}

/// A script of one line.
pub(crate) const HELLO: &str = "script:\n  - user: Hello Ann, how are you today?\n";
