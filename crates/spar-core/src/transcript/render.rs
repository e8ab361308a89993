//! A transcript as text, so that it can be corrected by hand and read again.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Format, Transcript, Utterance};

/// The transcript in a format. Reading it again gives the same, as far as the format can say it:
/// Markdown has no times, plain text no speakers.
#[must_use]
pub fn render(transcript: &Transcript, format: Format) -> String {
    let mut text = String::new();
    for said in &transcript.utterances {
        match format {
            Format::Jsonl => {
                let _ = writeln!(text, "{}", Value::Object(row(said)));
            }
            Format::Markdown => {
                let name = said.name.as_deref().or(said.side.map(|side| match side {
                    super::Speaker::User => "Me",
                    super::Speaker::Partner => "Partner",
                }));
                let words: Vec<String> = said.text.lines().map(escaped).collect();
                let _ =
                    writeln!(text, "**{}:** {}\n", name.unwrap_or("Somebody"), words.join("\n"));
            }
            Format::Text => {
                let _ = writeln!(text, "{}\n", said.text);
            }
        }
    }
    text
}

fn row(said: &Utterance) -> Map<String, Value> {
    let mut row = Map::new();
    if let Some(side) = said.side {
        row.insert("role".to_owned(), side.name().into());
    }
    if let Some(name) = &said.name {
        row.insert("speaker".to_owned(), name.as_str().into());
    }
    if let Some(at) = said.at {
        row.insert("at".to_owned(), at.as_millis().into());
    }
    row.insert("text".to_owned(), said.text.as_str().into());
    row
}

/// Text that Markdown takes as text, and that begins with nobody's name.
fn escaped(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for letter in line.chars() {
        if r"\`*_[]<>#-+:|!".contains(letter) {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}
