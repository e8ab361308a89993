//! What the reader must recognise, and what it must leave alone.

mod cues;
mod improvised;
mod pairs;
mod properties;
mod safety;
mod scores;

use super::{LineContext, LocalReading, Reader, ReaderSpec};
use crate::language::{Line, Phrase};

/// A reader without a scenario.
fn reader() -> Reader {
    Reader::new(ReaderSpec { english: true, ..ReaderSpec::default() })
}

/// A reader for talks in which something hard must be said.
fn hard_reader() -> Reader {
    Reader::new(ReaderSpec { english: true, says_hard_thing: true, ..ReaderSpec::default() })
}

fn read(text: &str) -> LocalReading {
    reader().read(&Line::new(text), &LineContext::default())
}

fn answer(partner: &str, text: &str) -> LocalReading {
    let context = LineContext { partner: Some(partner), ..LineContext::default() };
    reader().read(&Line::new(text), &context)
}

fn phrases(list: &[&str]) -> Vec<Phrase> {
    list.iter().map(|phrase| Phrase::parse(phrase).expect("a phrase")).collect()
}
