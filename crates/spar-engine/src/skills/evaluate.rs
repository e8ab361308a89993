//! How good models are on labelled lines they have not seen: each task's figure with its interval, the
//! figure of length alone, and the difference to the predictions of a reference.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spar_core::learn::measure::{
    Interval, auc, bootstrap, calibration_error, paired_bootstrap, spearman,
};
use spar_core::learn::pack::{Pack, PackError, Prediction};
use spar_core::reading::features::{FEATURE_VERSION, Scale};

use super::corpus::{Corpus, TASKS, groups};
use super::train::{Trained, TrainedTask};

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
    /// How far probabilities are from what comes, in the mean of ten bins; of yes-and-no tasks.
    pub calibration: Option<f64>,
    /// Share of labels inside their interval; of real-valued tasks.
    pub coverage: Option<f64>,
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

/// Measures every task with the models as they are packed. A task of which the reference lacks a row
/// is not compared.
///
/// # Errors
/// When the pack cannot be opened, which would be a fault of its writer.
pub fn evaluate(
    trained: &Trained,
    corpus: &Corpus,
    reference: Option<&Reference>,
    seed: u64,
) -> Result<Vec<Measured>, PackError> {
    let pack = Pack::from_file(trained.pack(&Value::Null), FEATURE_VERSION)?;
    let measured = trained.tasks.iter().enumerate();
    Ok(measured
        .map(|(at, one)| {
            let rows = Rows::new(at, one, corpus, &pack, &trained.scale);
            rows.measure(one, reference, seed)
        })
        .collect())
}

/// What a model says of the rows of its task, beside what people said.
struct Rows<'a> {
    task: usize,
    ids: Vec<&'a str>,
    target: Vec<f32>,
    group: Vec<u32>,
    words: Vec<f32>,
    said: Vec<Prediction>,
}

impl<'a> Rows<'a> {
    fn new(
        task: usize,
        trained: &TrainedTask,
        corpus: &'a Corpus,
        pack: &Pack,
        scale: &Scale,
    ) -> Self {
        let (examples, target) = corpus.of(task);
        let model = pack.model(trained.task.name);
        let said = examples.iter().filter_map(|one| {
            Some(model?.predict(&one.features.dense, &scale.linear_row(&one.features)))
        });
        Self {
            task,
            ids: examples.iter().map(|one| one.id.as_str()).collect(),
            group: groups(&examples),
            words: examples.iter().map(|one| one.words).collect(),
            said: said.collect(),
            target,
        }
    }

    fn measure(&self, trained: &TrainedTask, reference: Option<&Reference>, seed: u64) -> Measured {
        let task = TASKS[self.task];
        let metric = if task.real { spearman } else { auc };
        let predicted: Vec<f32> = self.said.iter().map(|said| said.value).collect();
        let theirs: Option<Vec<f32>> = reference
            .and_then(|reference| self.ids.iter().map(|id| reference.of(task.name, id)).collect());
        let gain = theirs.as_ref().map(|theirs| {
            let both = (predicted.as_slice(), theirs.as_slice());
            paired_bootstrap(&self.target, both, &self.group, DRAWS, seed, metric)
        });
        let inside = |(said, target): (&Prediction, &f32)| {
            let truth = trained.model.calibration.value(*target);
            (said.interval.0..=said.interval.1).contains(&truth)
        };
        let held = self.said.iter().zip(&self.target).filter(|pair| inside(*pair)).count();
        Measured {
            task: task.name,
            metric: if task.real { "spearman" } else { "auc" },
            rows: self.target.len(),
            dialogues: self.group.iter().max().map_or(0, |last| *last as usize + 1),
            ours: bootstrap(&self.target, &predicted, &self.group, DRAWS, seed, metric),
            length: metric(&self.target, &self.words),
            with_length: spearman(&self.words, &predicted),
            calibration: (!task.real).then(|| calibration_error(&self.target, &predicted, 10)),
            coverage: task.real.then(|| held as f64 / self.target.len().max(1) as f64),
            reference: theirs.as_ref().map(|theirs| metric(&self.target, theirs)),
            gain,
        }
    }
}
