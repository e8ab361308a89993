//! Features of lines, for experiments elsewhere: JSONL `{context?: [{role, text}], text}` from standard
//! input, and on standard output for each row its dense features (f32), the count of its pieces (u32),
//! and each piece's bucket (u32) and weight (f32), all little-endian. The number of dense features goes
//! to standard error.
//!
//! `cargo run --release -p spar-core --example features < rows.jsonl > rows.bin`

#![allow(clippy::print_stderr)]

use std::error::Error;
use std::io::{BufRead, BufWriter, Write, stdin, stdout};

use serde::Deserialize;
use spar_core::reading::features::{Said, Side, extract, features};

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    context: Vec<Before>,
    text: String,
}

#[derive(Deserialize)]
struct Before {
    role: String,
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(stdout().lock());
    eprintln!("{}", features().len());
    for line in stdin().lock().lines() {
        let row: Row = serde_json::from_str(&line?)?;
        let by = |role: &str| if role == "speaker" { Side::Own } else { Side::Partner };
        let context: Vec<Said<'_>> =
            row.context.iter().map(|said| Said { by: by(&said.role), text: &said.text }).collect();
        let read = extract(&row.text, &context);
        for value in &read.dense {
            out.write_all(&value.to_le_bytes())?;
        }
        out.write_all(&(read.sparse.len() as u32).to_le_bytes())?;
        for (bucket, weight) in &read.sparse {
            out.write_all(&bucket.to_le_bytes())?;
            out.write_all(&weight.to_le_bytes())?;
        }
    }
    Ok(out.flush()?)
}
