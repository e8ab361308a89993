//! Going on with a run that was broken off: what its JSON lines have scored is not played again.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use spar_engine::play::{Planned, PlayResult, Verdict};

use crate::error::CliError;

#[derive(Deserialize)]
struct TypedLine {
    #[serde(rename = "type")]
    kind: String,
}

/// The conversations of an earlier `--json` file. A line that was cut off by a crash is the last
/// one, and is played again; one that makes no sense elsewhere is an error.
pub(super) fn read(path: &Path) -> Result<Vec<PlayResult>, CliError> {
    let text = fs::read_to_string(path)
        .map_err(|error| CliError::input(format!("cannot read {}: {error}", path.display())))?;
    let lines: Vec<&str> = text.lines().collect();
    let mut results = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        match serde_json::from_str::<TypedLine>(line) {
            Ok(typed) if typed.kind == "conversation" => {
                match serde_json::from_str::<PlayResult>(line) {
                    Ok(result) => results.push(result),
                    Err(_) if is_last => {}
                    Err(error) => return Err(malformed(path, at, &error)),
                }
            }
            Ok(_) => {}
            Err(_) if is_last || line.trim().is_empty() => {}
            Err(error) => return Err(malformed(path, at, &error)),
        }
    }
    Ok(results)
}

fn malformed(path: &Path, at: usize, error: &serde_json::Error) -> CliError {
    CliError::input(format!("{}, line {}: {error}", path.display(), at + 1))
        .hint("--resume takes a file that --json wrote")
}

/// Splits what was planned into what the earlier run has scored and what is still to be played.
pub(super) fn split(
    earlier: Vec<PlayResult>,
    planned: Vec<Planned>,
) -> (Vec<PlayResult>, Vec<Planned>) {
    let mut scored: HashMap<String, PlayResult> = earlier
        .into_iter()
        .filter(|result| matches!(result.verdict, Verdict::Passed | Verdict::Failed))
        .map(|result| (result.key.clone(), result))
        .collect();
    let mut carried = Vec::new();
    let mut left = Vec::new();
    for next in planned {
        match scored.remove(&next.key) {
            Some(result) => carried.push(result),
            None => left.push(next),
        }
    }
    (carried, left)
}
