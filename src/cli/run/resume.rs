//! Going on with a run that was broken off: what its JSON lines have scored is not played again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::Deserialize;
use spar_core::language::clean;
use spar_engine::play::{Planned, PlayResult, Verdict};

use crate::cli::whole;
use crate::error::CliError;

#[derive(Deserialize)]
struct TypedLine {
    #[serde(rename = "type")]
    kind: String,
    key: Option<String>,
}

impl TypedLine {
    fn is_conversation(&self) -> bool {
        self.kind == "conversation"
    }
}

/// The conversations of an earlier `--json` file. A line that was cut off by a crash is the last
/// one, and is played again; one that makes no sense elsewhere is an error.
pub(super) fn read(path: &Path) -> Result<Vec<PlayResult>, CliError> {
    let text = text_of(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut results = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        match serde_json::from_str::<TypedLine>(line) {
            Ok(typed) if typed.is_conversation() => {
                match serde_json::from_str::<PlayResult>(line) {
                    Ok(result) => results.push(result),
                    Err(_) if is_last => {}
                    Err(error) => return Err(malformed(path, at, &error)),
                }
            }
            Ok(_) => {}
            Err(_) if line.trim().is_empty() || (is_last && is_cut(line)) => {}
            Err(error) => return Err(malformed(path, at, &error)),
        }
    }
    Ok(results)
}

/// Whether a line is the beginning of one that `--json` writes.
fn is_cut(line: &str) -> bool {
    const BEGINNING: &str = r#"{"type":""#;
    line.starts_with(BEGINNING) || BEGINNING.starts_with(line)
}

/// The file as text. A crash may have cut a character in two: that is no error here.
fn text_of(path: &Path) -> Result<String, CliError> {
    let bytes = fs::read(path)
        .map_err(|error| CliError::input(format!("cannot read {}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn malformed(path: &Path, at: usize, error: &serde_json::Error) -> CliError {
    CliError::input(format!("{}, line {}: {error}", path.display(), at + 1))
        .hint("--resume takes a file that --json wrote")
}

/// Splits what was planned into what the earlier run has scored and what is still to be played. The
/// score of another provider or model says nothing about the present one: it is played anew, and
/// that is said. `answering` gives provider and model.
pub(super) fn split(
    earlier: Vec<PlayResult>,
    planned: Vec<Planned>,
    answering: &dyn Fn(&Planned) -> (String, String),
) -> (Vec<PlayResult>, Vec<Planned>) {
    let mut scored: HashMap<String, PlayResult> = earlier
        .into_iter()
        .filter(|result| matches!(result.verdict, Verdict::Passed | Verdict::Failed))
        .map(|result| (result.key.clone(), result))
        .collect();
    let mut carried = Vec::new();
    let mut left = Vec::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for next in planned {
        let Some(result) = scored.remove(&next.key) else {
            left.push(next);
            continue;
        };
        let (provider, model) = answering(&next);
        if (&result.provider, &result.model) == (&provider, &model) {
            carried.push(result);
        } else {
            let other = if result.model.is_empty() {
                "a model that is not named".to_owned()
            } else {
                format!("{} ({})", result.model, result.provider)
            };
            *others.entry(other).or_default() += 1;
            left.push(next);
        }
    }
    for (other, count) in others {
        let what = if count == 1 { "conversation was" } else { "conversations were" };
        let words = format!("spar: {count} {what} answered by {other} and will be played anew");
        // Somebody who has closed standard error does not want to know.
        let _ = writeln!(std::io::stderr(), "{}", clean(&words));
    }
    (carried, left)
}

/// Takes out of the file what is about to be written anew: the earlier summary, the conversations
/// that are played again, and a line that was cut off. The file is replaced in one step, so that
/// nothing is lost should this be broken off as well.
pub(super) fn tidy(path: &Path, to_play: &[Planned]) -> Result<(), CliError> {
    let again: HashSet<&str> = to_play.iter().map(|next| next.key.as_str()).collect();
    let text = text_of(path)?;
    let kept: String = text
        .lines()
        .filter(|line| {
            serde_json::from_str::<TypedLine>(line).is_ok_and(|typed| {
                (typed.is_conversation() || typed.kind == "analysis")
                    && typed.key.as_deref().is_some_and(|key| !again.contains(key))
            })
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    if kept == text {
        return Ok(());
    }
    whole::replace(path, &kept)
        .map_err(|error| CliError::input(format!("cannot write {}: {error}", path.display())))
}
