//! `spar score`: rates lines or whole dialogues from a file, offline.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use spar_core::language::clean;
use spar_core::rate::{Rated, rate};
use spar_core::reading::{Reader, ReaderSpec};

use super::args::Format;
use crate::error::{CliError, ExitStatus};

/// The longest row that is read, in bytes.
const LONGEST_ROW: u64 = 4 * 1024 * 1024;

/// Arguments of `spar score`.
#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// A file of JSON lines, `-` for standard input: {id, text, context?: [{role, text}]} or
    /// {id, dialogue: [{role, text}]}; the role `speaker` is the one who is rated
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// With a dialogue, its lines one by one
    #[arg(long)]
    lines: bool,
    /// Plainness counts: the speaker's task is to say something hard
    #[arg(long)]
    hard: bool,
    /// JSON lines for programs, or a line of text for each row
    #[arg(long, default_value = "json")]
    format: Format,
}

pub(crate) fn run(args: &ScoreArgs) -> Result<ExitStatus, CliError> {
    let reader = Reader::new(ReaderSpec {
        says_hard_thing: args.hard,
        english: true,
        ..ReaderSpec::default()
    });
    if args.file == Path::new("-") {
        return score(&mut io::stdin().lock(), "standard input", args, &reader);
    }
    let name = args.file.display().to_string();
    let file = File::open(&args.file)
        .map_err(|error| CliError::input(format!("cannot read {name}: {error}")))?;
    score(&mut BufReader::with_capacity(1 << 16, file), &name, args, &reader)
}

/// Rates row by row; a row that is wrong is named and left out.
fn score<R: BufRead>(
    input: &mut R,
    name: &str,
    args: &ScoreArgs,
    reader: &Reader,
) -> Result<ExitStatus, CliError> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut row = Vec::new();
    let mut status = ExitStatus::Success;
    let mut complain = |number: u64, what: &str| {
        status = ExitStatus::BadInput;
        let (name, what) = (clean(name), clean(what));
        writeln!(io::stderr(), "spar: {name}, line {number}: {what}; the row is left out")
    };
    let mut number = 0_u64;
    loop {
        // Whoever writes a row and waits for its answer gets it.
        if input.fill_buf().is_ok_and(<[u8]>::is_empty) || !has_line(input) {
            out.flush()?;
        }
        row.clear();
        number += 1;
        let read = (&mut *input).take(LONGEST_ROW).read_until(b'\n', &mut row)?;
        if read == 0 {
            break;
        }
        if row.last() != Some(&b'\n') && read as u64 == LONGEST_ROW {
            skip_line(input)?;
            complain(number, "longer than 4 MB")?;
            continue;
        }
        let text = match std::str::from_utf8(&row) {
            Ok(text) => text.trim_start_matches('\u{feff}').trim(),
            Err(_) => {
                complain(number, "not UTF-8")?;
                continue;
            }
        };
        if text.is_empty() {
            continue;
        }
        match rate(text, reader, args.lines) {
            Ok(rated) => write_row(&mut out, &rated, args.format)?,
            Err(error) => complain(number, &error.to_string())?,
        }
    }
    out.flush()?;
    Ok(status)
}

/// Whether a whole line is waiting to be read.
fn has_line(input: &mut impl BufRead) -> bool {
    input.fill_buf().is_ok_and(|waiting| waiting.contains(&b'\n'))
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let waiting = input.fill_buf()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let end = waiting.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(waiting.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn write_row(out: &mut dyn Write, rated: &Rated, format: Format) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer(&mut *out, rated).map_err(io::Error::from)?;
            writeln!(out)
        }
        Format::Text => {
            let id = match &rated.id {
                serde_json::Value::String(id) => id.clone(),
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            let score = rated.score.map_or_else(|| "--".to_owned(), |score| score.to_string());
            let tier = rated.tier.map_or("-", |tier| tier.name());
            let cues = rated.cues.join(", ");
            writeln!(out, "{score:>3} {tier:<2} {}  {cues}", clean(&id))
        }
    }
}
