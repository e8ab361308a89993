//! Transcripts as JSON lines.

use serde_json::{Map, Value};

use super::{Parsed, Problem, Speaker, Utterance, time};
use crate::language::clean;
use crate::units::Timestamp;

const ROW: &str =
    r#"a row looks like {"speaker": "Dana", "text": "Hello."}, or has "role": "user" or "partner""#;

const ARRAY: &str = "a list is written one object a line: jq -c '.[]' FILE";

pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match row(number, line) {
            Ok(Some(said)) => parsed.transcript.utterances.push(said),
            Ok(None) => {
                let message = "a row without words or with instructions, left out";
                parsed.add(Problem::note(number, line, message));
            }
            Err(problems) => problems.into_iter().for_each(|problem| parsed.add(problem)),
        }
    }
    check_speakers(&mut parsed);
    check_times(&mut parsed);
    // Stable, and what is about the file as a whole (that there is more) stays last.
    parsed.problems.sort_by_key(|problem| if problem.line == 0 { u32::MAX } else { problem.line });
    parsed
}

/// What a row says; `None` when it says nothing.
fn row(number: u32, line: &str) -> Result<Option<Utterance>, Vec<Problem>> {
    let value: Value = serde_json::from_str(line).map_err(|error| {
        let column = error.column().max(1) as u32;
        let message = format!("this is not JSON: {}", reason(&error));
        vec![Problem { column, ..Problem::fatal(number, line, message, ROW) }]
    })?;
    let Value::Object(row) = &value else {
        let message = "this row is not a JSON object";
        let help = if value.is_array() { ARRAY } else { ROW };
        return Err(vec![Problem::fatal(number, line, message, help)]);
    };
    let mut problems = Vec::new();
    let mut keep = |result: Result<Option<String>, Problem>| match result {
        Ok(found) => found,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let role = keep(string(number, line, row, "role"));
    let name = keep(string(number, line, row, "speaker"));
    let words = if row.contains_key("text") { "text" } else { "content" };
    let text = keep(string(number, line, row, words));
    if !row.contains_key(words) {
        problems.push(Problem::fatal(number, line, "this row has no \"text\"", ROW));
    }
    let at = match at(number, line, row) {
        Ok(at) => at,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let text = text.unwrap_or_default();
    let is_instruction = role.as_deref().is_some_and(|role| role.eq_ignore_ascii_case("system"));
    if text.is_empty() || is_instruction {
        return Ok(None);
    }
    let side = [&role, &name].into_iter().flatten().find_map(|word| Speaker::of_role(word));
    // A role that is no side is a name: people write `"role": "Dana"`.
    let name = name.or_else(|| role.filter(|role| Speaker::of_role(role).is_none()));
    Ok(Some(Utterance { name, side, text, at, line: number }))
}

/// What serde says, without the place, which we say ourselves.
fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or(&words).to_owned()
}

/// The column a key stands in, 1-based.
fn column(line: &str, key: &str) -> u32 {
    let at = line.find(&format!("\"{key}\"")).unwrap_or(0);
    line[..at].chars().count() as u32 + 1
}

fn string(
    number: u32,
    line: &str,
    row: &Map<String, Value>,
    key: &str,
) -> Result<Option<String>, Problem> {
    match row.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let safe = clean(text).trim().to_owned();
            Ok((!safe.is_empty()).then_some(safe))
        }
        Some(other) => {
            let message = format!("\"{key}\" is not a text");
            let problem = Problem::fatal(number, &other.to_string(), message, ROW);
            Err(Problem { column: column(line, key), ..problem })
        }
    }
}

fn at(number: u32, line: &str, row: &Map<String, Value>) -> Result<Option<Timestamp>, Problem> {
    let help = r#"write milliseconds since 1970 or "2026-03-01T09:30:00Z", or leave it out"#;
    let bad = |value: &Value| {
        let problem = Problem::fatal(number, &value.to_string(), "\"at\" is not a time", help);
        Problem { column: column(line, "at"), ..problem }
    };
    match row.get("at") {
        None | Some(Value::Null) => Ok(None),
        Some(value @ Value::Number(millis)) => {
            let millis = millis.as_i64().filter(|millis| time::RANGE.contains(millis));
            millis.map(|millis| Some(Timestamp::from_millis(millis))).ok_or_else(|| bad(value))
        }
        Some(value @ Value::String(text)) => time::parse(text).map(Some).ok_or_else(|| bad(value)),
        Some(value) => Err(bad(value)),
    }
}

/// Either every row says who speaks, or none does.
fn check_speakers(parsed: &mut Parsed) {
    if !parsed.transcript.has_speakers() {
        return;
    }
    let nameless: Vec<_> = parsed
        .transcript
        .utterances
        .iter()
        .filter(|said| said.name.is_none() && said.side.is_none())
        .map(|said| (said.line, said.text.clone()))
        .collect();
    for (line, text) in nameless {
        let message = "this row does not say who speaks, and others do";
        parsed.add(Problem::fatal(line, &text, message, ROW));
    }
}

/// The order of the file is the order of the talk, whatever its clocks say.
fn check_times(parsed: &mut Parsed) {
    let mut latest: Option<Timestamp> = None;
    let back = parsed.transcript.utterances.iter().find(|said| {
        let goes_back = said.at.zip(latest).is_some_and(|(at, latest)| at < latest);
        latest = latest.max(said.at);
        goes_back
    });
    if let Some((line, text)) = back.map(|said| (said.line, said.text.clone())) {
        let message = "the time goes back here; the order of the file is kept";
        parsed.add(Problem::note(line, &text, message));
    }
}
