//! The file of a cassette: what is on it, and what comes next.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use spar_core::chat::{ChatOutcome, ChatRequest};

use super::{CassetteError, CassetteMode, FORMAT};
use crate::provider::ProviderError;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    spar_cassette: u32,
}

/// An exchange as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    hash: String,
    repeat: u32,
    /// For people who read cassettes; no part of the match.
    task: String,
    chunks: Vec<Chunk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<ChatOutcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ProviderError>,
}

/// A piece of an answer, and when it came: ms after the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Chunk(pub(super) f64, pub(super) String);

impl Line {
    pub(super) fn new(
        hash: String,
        repeat: u32,
        request: &ChatRequest,
        chunks: Vec<Chunk>,
        result: &Result<ChatOutcome, ProviderError>,
    ) -> Self {
        Self {
            hash,
            repeat,
            task: request.task.clone(),
            chunks,
            outcome: result.as_ref().ok().cloned(),
            error: result.as_ref().err().cloned(),
        }
    }
}

/// An exchange as it is played.
#[derive(Debug, PartialEq)]
pub(super) struct Exchange {
    pub(super) chunks: Vec<Chunk>,
    pub(super) result: Result<ChatOutcome, ProviderError>,
}

/// What comes next for a request.
pub(super) enum Next {
    Recorded(Arc<Exchange>),
    /// To be asked, and recorded under this number.
    Ask {
        repeat: u32,
    },
    Nothing,
}

/// A cassette in use.
pub(super) struct Tape {
    takes: HashMap<String, Takes>,
    /// Where recordings go, unless this is a replay.
    file: Option<File>,
}

/// The exchanges of one request, in order.
#[derive(Default)]
struct Takes {
    recorded: Vec<(u32, Arc<Exchange>)>,
    /// How many times the request was made in this run.
    asked: usize,
    /// The first number without a recording.
    unused: u32,
}

impl Tape {
    /// An empty cassette in place of whatever was there.
    pub(super) fn create(path: &Path) -> Result<Self, CassetteError> {
        // Emptied first, then appended to: a second process that records adds whole lines.
        let file = File::create(path)
            .and_then(|_| OpenOptions::new().append(true).open(path))
            .map_err(|error| unusable(path, error))?;
        let mut tape = Self { takes: HashMap::new(), file: Some(file) };
        tape.write(&Header { spar_cassette: FORMAT }).map_err(|error| unusable(path, error))?;
        Ok(tape)
    }

    /// A cassette to play only.
    pub(super) fn read(path: &Path) -> Result<Self, CassetteError> {
        let bytes = std::fs::read(path).map_err(|error| unusable(path, error))?;
        let (takes, _) = parse(path, &bytes, Tail::Refused)?;
        Ok(Self { takes, file: None })
    }

    /// A cassette to play and to add to; an empty one if there is none.
    pub(super) fn read_and_append(path: &Path) -> Result<Self, CassetteError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) if !bytes.is_empty() => bytes,
            Ok(_) => return Self::create(path),
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::create(path),
            Err(error) => return Err(unusable(path, error)),
        };
        let (takes, intact) = parse(path, &bytes, Tail::Dropped)?;
        let reopen = || {
            let mut file = OpenOptions::new().append(true).open(path)?;
            if intact < bytes.len() {
                file.set_len(intact as u64)?;
            }
            if !bytes[..intact].ends_with(b"\n") {
                // A header typed by hand.
                file.write_all(b"\n")?;
            }
            Ok(file)
        };
        let file = reopen().map_err(|error| unusable(path, error))?;
        Ok(Self { takes, file: Some(file) })
    }

    /// Takes the next exchange for the request of this hash.
    pub(super) fn next(&mut self, hash: &str, mode: CassetteMode) -> Next {
        if mode == CassetteMode::Replay && !self.takes.contains_key(hash) {
            return Next::Nothing;
        }
        let takes = self.takes.entry(hash.to_owned()).or_default();
        let recorded = takes.recorded.get(takes.asked);
        takes.asked += 1;
        match recorded {
            Some((repeat, exchange)) if mode == CassetteMode::Auto && exchange.result.is_err() => {
                Next::Ask { repeat: *repeat }
            }
            Some((_, exchange)) => Next::Recorded(Arc::clone(exchange)),
            None if mode == CassetteMode::Replay => Next::Nothing,
            None => {
                let repeat = takes.unused;
                takes.unused += 1;
                Next::Ask { repeat }
            }
        }
    }

    /// Writes an exchange as one whole line.
    pub(super) fn append(&mut self, line: &Line) -> io::Result<()> {
        self.write(line)
    }

    /// One write, so that lines of several writers do not mix.
    fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        file.write_all(&line)
    }
}

/// What to do with a last line that was cut off while it was written.
#[derive(Clone, Copy, PartialEq)]
enum Tail {
    Refused,
    Dropped,
}

/// Reads a cassette, and how many of its bytes are whole lines.
fn parse(
    path: &Path,
    bytes: &[u8],
    tail: Tail,
) -> Result<(HashMap<String, Takes>, usize), CassetteError> {
    let malformed = |line: usize, reason: String| CassetteError::Malformed {
        path: path.display().to_string(),
        line,
        reason,
    };
    let mut takes: HashMap<String, Takes> = HashMap::new();
    let mut intact = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        if !line.ends_with(b"\n") && index > 0 {
            if tail == Tail::Dropped {
                break;
            }
            return Err(malformed(number, "the last line is cut off".to_owned()));
        }
        intact += line.len();
        if index == 0 {
            let header: Header = serde_json::from_slice(line).map_err(|_| {
                malformed(
                    number,
                    "no cassette: the first line should be {\"spar_cassette\":1}".to_owned(),
                )
            })?;
            if header.spar_cassette != FORMAT {
                let found = header.spar_cassette;
                return Err(malformed(
                    number,
                    format!("format {found}, but this version reads {FORMAT}"),
                ));
            }
            continue;
        }
        let line: Line =
            serde_json::from_slice(line).map_err(|error| malformed(number, error.to_string()))?;
        let result = match (line.outcome, line.error) {
            (Some(outcome), None) => Ok(outcome),
            (None, Some(error)) => Err(error),
            _ => {
                return Err(malformed(
                    number,
                    "neither an outcome nor an error, or both".to_owned(),
                ));
            }
        };
        let exchange = Arc::new(Exchange { chunks: line.chunks, result });
        let takes = takes.entry(line.hash).or_default();
        takes.unused = takes.unused.max(line.repeat.saturating_add(1));
        // A failure that was asked again stands further down under the same number.
        match takes.recorded.binary_search_by_key(&line.repeat, |(repeat, _)| *repeat) {
            Ok(place) => takes.recorded[place].1 = exchange,
            Err(place) => takes.recorded.insert(place, (line.repeat, exchange)),
        }
    }
    if intact == 0 {
        return Err(malformed(1, "the file is empty".to_owned()));
    }
    Ok((takes, intact))
}

fn unusable(path: &Path, source: io::Error) -> CassetteError {
    CassetteError::File { path: path.display().to_string(), source }
}
