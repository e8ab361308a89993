//! Trains a linear model and boosted trees for every task, and joins the two.

use spar_core::learn::Loss;
use spar_core::learn::linear::{Linear, LinearParams, Quantised};
use spar_core::learn::table::{Table, folds, split};
use spar_core::learn::trees::{Forest, TreeParams};
use spar_core::reading::features::{Features, Scale, features};

use super::corpus::{Corpus, Example, TASKS, Task, groups};

/// How models are trained. The defaults were chosen by cross-validation inside the training split.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Folds by dialogue, for what the trees hear of the linear model and for the blend.
    pub folds: u8,
    /// The linear model of a yes-and-no task.
    pub linear: LinearParams,
    /// How strongly a row counts in the linear model of a real-valued task.
    pub real_strength: f32,
    /// The trees.
    pub trees: TreeParams,
    /// Decides folds, orders and samples.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            folds: 5,
            linear: LinearParams {
                bits: 17,
                strength: 0.03,
                epochs: 60,
                idf: true,
                // The blocks of a row have their lengths already.
                normalise: false,
                least_rows: 2,
                seed: 1,
            },
            real_strength: 0.01,
            trees: TreeParams {
                trees: 250,
                depth: 4,
                eta: 0.05,
                lambda: 2.0,
                min_child_weight: 5.0,
                columns: 0.3,
                rows: 0.8,
                seed: 1,
            },
            seed: 1,
        }
    }
}

/// Models of all tasks.
#[derive(Debug, Clone)]
pub struct Models {
    /// How the linear models read dense features.
    pub scale: Scale,
    /// One for each of [`TASKS`].
    pub tasks: Vec<TaskModel>,
}

/// The model of one task.
#[derive(Debug, Clone)]
pub struct TaskModel {
    /// What it is for.
    pub task: Task,
    /// Reads pieces and scaled dense features.
    pub linear: Quantised,
    /// Read the dense features and, as the last one, the margin of the linear model.
    pub forest: Forest,
    /// How the margins are joined.
    pub join: Join,
    /// Joined margins of the training rows, each from models that did not see its dialogue.
    pub out_of_fold: Vec<f32>,
    /// The targets of those rows.
    pub target: Vec<f32>,
    /// The dialogues of those rows.
    pub group: Vec<u32>,
}

/// Joins two margins: each brought to mean 0 and spread 1 by what it is out of fold, then their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Join {
    linear: (f32, f32),
    forest: (f32, f32),
}

impl Join {
    fn learn(linear: &[f32], forest: &[f32]) -> Self {
        Self { linear: middle(linear), forest: middle(forest) }
    }

    /// The joined margin.
    #[must_use]
    pub fn of(&self, linear: f32, forest: f32) -> f32 {
        let scaled = |value: f32, (mean, spread): (f32, f32)| (value - mean) / spread;
        0.5 * (scaled(linear, self.linear) + scaled(forest, self.forest))
    }
}

impl Models {
    /// Joined margins of a line, one for each of [`TASKS`].
    #[must_use]
    pub fn margins(&self, read: &Features) -> Vec<f32> {
        let row = self.scale.linear_row(read);
        self.tasks.iter().map(|model| model.margin(&row, read)).collect()
    }
}

impl TaskModel {
    /// The joined margin of a line.
    #[must_use]
    pub fn margin(&self, linear_row: &[(u32, f32)], read: &Features) -> f32 {
        let linear = self.linear.predict(linear_row);
        let mut dense = read.dense.clone();
        dense.push(linear);
        self.join.of(linear, self.forest.predict(&dense))
    }
}

/// Trains every task; `done` is told of each one that is.
pub fn train(corpus: &Corpus, settings: &Settings, mut done: impl FnMut(&TaskModel)) -> Models {
    let scale = Scale::learn(corpus.examples.iter().map(|one| one.features.dense.as_slice()));
    let tasks = TASKS
        .iter()
        .enumerate()
        .map(|(at, task)| {
            let (examples, target) = corpus.of(at);
            let model = train_task(*task, &table(&examples, target, &scale), settings);
            done(&model);
            model
        })
        .collect();
    Models { scale, tasks }
}

/// The rows of a task for the two learners; the last dense feature is kept for the linear margin.
fn table(examples: &[&Example], target: Vec<f32>, scale: &Scale) -> Table {
    let width = features().len() + 1;
    let mut dense = Vec::with_capacity(examples.len() * width);
    for example in examples {
        dense.extend_from_slice(&example.features.dense);
        dense.push(f32::NAN);
    }
    Table {
        width,
        dense,
        sparse: examples.iter().map(|example| scale.linear_row(&example.features)).collect(),
        target,
        group: groups(examples),
        weight: None,
    }
}

fn train_task(task: Task, rows: &Table, settings: &Settings) -> TaskModel {
    let loss = if task.real { Loss::Squared } else { Loss::Logistic };
    let strength = if task.real { settings.real_strength } else { settings.linear.strength };
    let params = LinearParams { strength, seed: settings.seed, ..settings.linear };
    let trees = TreeParams { seed: settings.seed, ..settings.trees };
    let folds = folds(&rows.group, settings.folds, settings.seed);
    // A yes is rare in most tasks: in the linear model both answers count the same.
    let evened = Table { weight: (!task.real).then(|| even(&rows.target)), ..rows.clone() };
    let linear_out = out_of_fold(&evened, &folds, settings.folds, |outside, inside| {
        Linear::train(outside, loss, &params).predict_table(inside)
    });
    let mut heard = rows.clone();
    hear(&mut heard, &linear_out);
    let forest_out = out_of_fold(&heard, &folds, settings.folds, |outside, inside| {
        Forest::train(outside, loss, &trees).predict_table(inside)
    });
    let join = Join::learn(&linear_out, &forest_out);
    let joined = linear_out.iter().zip(&forest_out);
    TaskModel {
        task,
        linear: Linear::train(&evened, loss, &params).quantise(),
        forest: Forest::train(&heard, loss, &trees),
        join,
        out_of_fold: joined.map(|(linear, forest)| join.of(*linear, *forest)).collect(),
        target: rows.target.clone(),
        group: rows.group.clone(),
    }
}

/// Weights that give the rows of either answer half of the whole.
fn even(target: &[f32]) -> Vec<f32> {
    let all = target.len() as f32;
    let yes = target.iter().filter(|value| **value > 0.5).count() as f32;
    let weight = |count: f32| if count > 0.0 { all / (2.0 * count) } else { 1.0 };
    target.iter().map(|value| weight(if *value > 0.5 { yes } else { all - yes })).collect()
}

/// Puts the margins into the last dense feature.
fn hear(rows: &mut Table, margins: &[f32]) {
    let width = rows.width;
    for (row, margin) in margins.iter().enumerate() {
        rows.dense[(row + 1) * width - 1] = *margin;
    }
}

/// A prediction for every row, from a model of the other folds.
fn out_of_fold(
    rows: &Table,
    folds: &[u8],
    count: u8,
    predict: impl Fn(&Table, &Table) -> Vec<f32>,
) -> Vec<f32> {
    let mut all = vec![0.0; rows.rows()];
    for fold in 0..count {
        let (outside, inside) = split(folds, fold);
        let predicted = predict(&rows.select(&outside), &rows.select(&inside));
        inside.iter().zip(predicted).for_each(|(row, value)| all[*row] = value);
    }
    all
}

/// Mean and standard deviation, the second never 0.
fn middle(values: &[f32]) -> (f32, f32) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    let squares = values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>();
    (mean as f32, ((squares / count).sqrt() as f32).max(1e-6))
}
