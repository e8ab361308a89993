//! Trains the skill models on `DIR/train` and measures them: by cross-validation, or on `DIR/dev`
//! beside the predictions of a reference. The pack is written to PACK.
//!
//! `cargo run --release -p spar-engine --example skills -- DIR PACK [--dev [REFERENCE.jsonl]]`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spar_engine::skills::{Corpus, Measured, Reference, Settings, TrainedTask, evaluate, train};

const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let folder = PathBuf::from(given.next().ok_or("a folder with train and dev is needed")?);
    let pack = PathBuf::from(given.next().ok_or("a file for the pack is needed")?);
    let looks_at_dev = given.next().is_some_and(|flag| flag == "--dev");
    let reference = given.next().map(|path| Reference::read(Path::new(&path))).transpose()?;
    let corpus = Corpus::read(&folder, &["train"])?;
    eprintln!("{} rows read", corpus.examples.len());
    let models = train(&corpus, &Settings::default(), report);
    std::fs::write(&pack, models.pack(&Value::Null))?;
    if looks_at_dev {
        let dev = Corpus::read(&folder, &["dev"])?;
        let measured = evaluate(&models, &dev, reference.as_ref(), SEED)?;
        print_table(&measured);
    }
    Ok(())
}

fn report(trained: &TrainedTask) {
    let (name, rows) = (trained.task.name, trained.target.len());
    println!("{name:22} {rows:6} rows, out of fold {:.3}", trained.figure());
}

fn print_table(measured: &[Measured]) {
    println!(
        "{:22}{:>6}{:>8}{:>8}{:>14}{:>8}{:>8}{:>8}{:>8}{:>16}",
        "task", "rows", "length", "ours", "95 %", "~length", "cal/cov", "ref", "gain", "95 %"
    );
    let mut gains = Vec::new();
    for one in measured {
        let interval = format!("{:.3}–{:.3}", one.ours.low, one.ours.high);
        let sure = one.calibration.or(one.coverage).unwrap_or(f64::NAN);
        let compared = one.reference.zip(one.gain).map_or_else(String::new, |(reference, gain)| {
            gains.push(gain.value);
            let interval = format!("{:+.3}–{:+.3}", gain.low, gain.high);
            format!("{reference:8.3}{:+8.3}{interval:>16}", gain.value)
        });
        println!(
            "{:22}{:6}{:8.3}{:8.3}{interval:>14}{:8.3}{sure:8.3}{compared}",
            one.task, one.rows, one.length, one.ours.value, one.with_length
        );
    }
    if !gains.is_empty() {
        println!("mean gain {:+.4}", gains.iter().sum::<f64>() / gains.len() as f64);
    }
}
