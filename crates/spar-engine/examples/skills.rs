//! Trains the skill models on `DIR/train` and measures them: by cross-validation, or on `DIR/dev`
//! beside the predictions of a reference.
//!
//! `cargo run --release -p spar-engine --example skills -- DIR [--dev [REFERENCE.jsonl]]`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::{Path, PathBuf};

use spar_core::learn::measure::{auc, spearman};
use spar_engine::skills::{Corpus, Measured, Reference, Settings, TaskModel, evaluate, train};

const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let folder = PathBuf::from(given.next().ok_or("a folder with train and dev is needed")?);
    let looks_at_dev = given.next().is_some_and(|flag| flag == "--dev");
    let reference = given.next().map(|path| Reference::read(Path::new(&path))).transpose()?;
    let corpus = Corpus::read(&folder, &["train"])?;
    eprintln!("{} rows read", corpus.examples.len());
    let models = train(&corpus, &Settings::default(), trained);
    if looks_at_dev {
        let dev = Corpus::read(&folder, &["dev"])?;
        let measured = evaluate(&models, &dev, reference.as_ref(), SEED);
        print_table(&measured);
    }
    Ok(())
}

fn trained(model: &TaskModel) {
    let metric = if model.task.real { spearman } else { auc };
    let figure = metric(&model.target, &model.out_of_fold);
    println!("{:22} {:6} rows, out of fold {figure:.3}", model.task.name, model.target.len());
}

fn print_table(measured: &[Measured]) {
    println!(
        "{:22}{:>6}{:>8}{:>8}{:>16}{:>8}{:>8}{:>18}",
        "task", "rows", "length", "ours", "95 %", "ref", "gain", "95 %"
    );
    let mut gains = Vec::new();
    for one in measured {
        let interval = format!("{:.3}–{:.3}", one.ours.low, one.ours.high);
        let compared = one.reference.zip(one.gain).map_or_else(String::new, |(reference, gain)| {
            gains.push(gain.value);
            format!(
                "{reference:8.3}{:+8.3}{:>18}",
                gain.value,
                format!("{:+.3}–{:+.3}", gain.low, gain.high)
            )
        });
        println!(
            "{:22}{:6}{:8.3}{:8.3}{interval:>16}{compared}",
            one.task, one.rows, one.length, one.ours.value
        );
    }
    if !gains.is_empty() {
        println!("mean gain {:+.4}", gains.iter().sum::<f64>() / gains.len() as f64);
    }
}
