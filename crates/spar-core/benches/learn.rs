//! What learning costs: seconds to train trees and a linear model on rows like those of the
//! corpora, microseconds to predict one.
//!
//! `cargo bench -p spar-core --bench learn`

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::Instant;

use spar_core::learn::Loss;
use spar_core::learn::blend::{Blend, Calibration, standing};
use spar_core::learn::conformal::Spread;
use spar_core::learn::linear::{Linear, LinearParams, Quantised};
use spar_core::learn::measure::{auc, bootstrap};
use spar_core::learn::pack::{Model, Pack, write};
use spar_core::learn::table::{Sparse, Table, folds};
use spar_core::learn::trees::{Forest, TreeParams};

const ROWS: usize = 16_000;
const WIDTH: usize = 250;
const WORDS: usize = 200;

fn main() {
    let table = table();
    let forest = timed("200 trees of depth 5, half the features each", || {
        Forest::train(&table, Loss::Logistic, &TreeParams::default())
    });
    let all = TreeParams { columns: 1.0, rows: 1.0, ..TreeParams::default() };
    timed("200 trees of depth 5, all features and rows", || {
        Forest::train(&table, Loss::Logistic, &all)
    });
    let params = LinearParams { bits: 18, ..LinearParams::default() };
    let linear =
        timed("logistic regression on words", || Linear::train(&table, Loss::Logistic, &params));
    timed("ridge on words", || Linear::train(&table, Loss::Squared, &params));
    timed("200 draws of a bootstrapped AUC", || {
        bootstrap(&table.target, &forest.predict_table(&table), &table.group, 200, 1, auc)
    });
    let small = linear.quantise();
    let packed = packed(&table, &forest, &small);
    println!("{:48} {:8.2} MB", "packed", packed.len() as f64 / 1e6);
    let packed: &'static [u8] = packed.leak();
    let start = Instant::now();
    let pack = Pack::open(packed, 1).expect("just written");
    println!("{:48} {:8.3} ms", "opening it", start.elapsed().as_secs_f64() * 1e3);
    let model = pack.model("bench").expect("just written");
    per_row("a packed model of three forests", |row| {
        model.predict(table.dense_row(row), table.sparse_row(row)).value
    });
    per_row("a forest", |row| forest.predict(table.dense_row(row)));
    per_row("a linear model", |row| small.predict(table.sparse_row(row)));
}

/// A whole model: three forests, words, and the interval around what they say.
fn packed(table: &Table, forest: &Forest, linear: &Quantised) -> Vec<u8> {
    let trees = forest.predict_table(table);
    let words = linear.predict_table(table);
    let blend = Blend::fit(&[trees.clone(), words.clone()], &table.target, Loss::Logistic);
    let margins: Vec<f32> =
        trees.iter().zip(&words).map(|(&tree, &word)| blend.predict(&[tree, word])).collect();
    let calibration = Calibration::platt(&margins, &table.target);
    let figures: Vec<f32> = margins.iter().map(|&margin| calibration.value(margin)).collect();
    let folds = folds(&table.group, 5, 1);
    let spread = timed("a spread in five folds", || {
        Spread::fit(table, &folds, &figures, &table.target, 0.9, &Spread::params(1))
    });
    let model = Model {
        name: "bench".to_owned(),
        loss: Loss::Logistic,
        forests: vec![forest.clone(); 3],
        linear: Some(linear.clone()),
        blend,
        calibration,
        standing: standing(&figures, &[]),
        spread: Some(spread),
    };
    write(1, &serde_json::Value::Null, &[model])
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    println!("{what:48} {:8.2} s", start.elapsed().as_secs_f64());
    made
}

fn per_row(what: &str, predict: impl Fn(usize) -> f32) {
    let start = Instant::now();
    for row in 0..ROWS {
        black_box(predict(black_box(row)));
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / ROWS as f64;
    println!("{:48} {micros:8.2} µs", format!("one row by {what}"));
}

/// Half of the features are counts that are mostly 0, half are numbers of which some are missing;
/// words come as often as words do.
fn table() -> Table {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 24) as f32
    };
    let mut table = Table { width: WIDTH, ..Table::default() };
    for row in 0..ROWS {
        for feature in 0..WIDTH {
            let (chance, value) = (next(), next());
            table.dense.push(match feature % 2 {
                0 if chance < 0.85 => 0.0,
                0 => (value * 5.0).ceil(),
                _ if chance < 0.05 => f32::NAN,
                _ => value,
            });
        }
        let mut words: Vec<u32> = (0..WORDS).map(|_| (next().powi(4) * 100_000.0) as u32).collect();
        words.sort_unstable();
        words.dedup();
        let scattered = |word: &u32| word.wrapping_mul(2_654_435_761) >> 14;
        let features: Vec<Sparse> = words.iter().map(|word| (scattered(word), 1.0)).collect();
        let signal = table.dense_row(row)[0] + 2.0 * table.dense_row(row)[3].max(0.0)
            - f32::from(u8::from(words.contains(&900)))
            + 2.0 * next();
        table.target.push(f32::from(u8::from(signal > 2.3)));
        table.sparse.push(features);
        table.group.push(row as u32 / 8);
    }
    table
}
