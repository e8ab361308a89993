//! How good models are on labelled lines they have not seen: each task's figure with its interval, the
//! figure of length alone, and the difference to the predictions of a reference.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spar_core::learn::measure::{Interval, auc, bootstrap, paired_bootstrap, spearman};

use super::corpus::{Corpus, TASKS, groups};
use super::train::Models;

/// Resamples of dialogues for an interval.
const DRAWS: u32 = 1_000;

/// How good a model is on one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// The task.
    pub task: &'static str,
    /// `spearman` or `auc`.
    pub metric: &'static str,
    /// Rows and dialogues.
    pub rows: usize,
    /// Dialogues they are from.
    pub dialogues: usize,
    /// Ours.
    pub ours: Interval,
    /// What the number of words alone reaches.
    pub length: f64,
    /// Rank correlation of our score with the number of words.
    pub with_length: f64,
    /// The reference's figure on the same rows, where there is one.
    pub reference: Option<f64>,
    /// Ours less the reference's, paired by dialogue.
    pub gain: Option<Interval>,
}

/// Predictions of a reference, by task and row.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    predicted: HashMap<(String, String), f32>,
}

/// Why predictions of a reference could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The file cannot be read.
    #[error("{}: {source}; benches/skills_reference.py --out writes it", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row is not as it should be.
    #[error("{}:{line}: {source}", path.display())]
    Row {
        /// Where.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Row {
    id: String,
    task: String,
    both: f32,
}

impl Reference {
    /// Reads JSONL rows with `id`, `task` and `both`.
    pub fn read(path: &Path) -> Result<Self, ReferenceError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ReferenceError::File { path: path.to_owned(), source })?;
        let mut predicted = HashMap::new();
        for (at, line) in text.lines().enumerate() {
            let row: Row = serde_json::from_str(line).map_err(|source| ReferenceError::Row {
                path: path.to_owned(),
                line: at + 1,
                source,
            })?;
            predicted.insert((row.task, row.id), row.both);
        }
        Ok(Self { predicted })
    }

    fn of(&self, task: &str, id: &str) -> Option<f32> {
        self.predicted.get(&(task.to_owned(), id.to_owned())).copied()
    }
}

/// Measures every task. A task of which the reference lacks a row is not compared.
#[must_use]
pub fn evaluate(
    models: &Models,
    corpus: &Corpus,
    reference: Option<&Reference>,
    seed: u64,
) -> Vec<Measured> {
    (0..TASKS.len()).map(|at| measure(at, models, corpus, reference, seed)).collect()
}

fn measure(
    at: usize,
    models: &Models,
    corpus: &Corpus,
    reference: Option<&Reference>,
    seed: u64,
) -> Measured {
    let (task, model) = (TASKS[at], &models.tasks[at]);
    let metric = if task.real { spearman } else { auc };
    let (examples, target) = corpus.of(at);
    let group = groups(&examples);
    let predicted: Vec<f32> = examples
        .iter()
        .map(|one| model.margin(&models.scale.linear_row(&one.features), &one.features))
        .collect();
    let words: Vec<f32> = examples.iter().map(|one| one.words).collect();
    let theirs: Option<Vec<f32>> = reference.and_then(|reference| {
        examples.iter().map(|one| reference.of(task.name, &one.id)).collect()
    });
    let gain = theirs
        .as_ref()
        .map(|theirs| paired_bootstrap(&target, (&predicted, theirs), &group, DRAWS, seed, metric));
    Measured {
        task: task.name,
        metric: if task.real { "spearman" } else { "auc" },
        rows: examples.len(),
        dialogues: group.iter().max().map_or(0, |last| *last as usize + 1),
        ours: bootstrap(&target, &predicted, &group, DRAWS, seed, metric),
        length: metric(&target, &words),
        with_length: spearman(&words, &predicted),
        reference: theirs.as_ref().map(|theirs| metric(&target, theirs)),
        gain,
    }
}
