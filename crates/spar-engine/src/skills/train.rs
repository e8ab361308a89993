//! Trains a linear model and boosted trees for every task, joins and calibrates the two, gives them an
//! interval, and packs them.

use serde_json::{Value, json};
use spar_core::learn::Loss;
use spar_core::learn::blend::{Blend, Calibration, out_of_fold, standing};
use spar_core::learn::conformal::{Spread, two_opinions};
use spar_core::learn::linear::{Linear, LinearParams, Quantised};
use spar_core::learn::measure::{auc, spearman};
use spar_core::learn::pack::{Model, mean, write};
use spar_core::learn::table::{Table, draw, folds};
use spar_core::learn::trees::{Forest, TreeParams};
use spar_core::reading::features::{FEATURE_VERSION, Features, Said, Scale, extract, features};

use super::corpus::{Corpus, Example, TASKS, Task, groups};

/// Share of lines whose figure the interval is to hold.
pub(super) const COVERAGE: f64 = 0.9;

/// How models are trained. The defaults were chosen by cross-validation inside the training split.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Folds by dialogue, for the blend, the calibration and the interval.
    pub folds: u8,
    /// The linear model; `strength` is that of a yes-and-no task.
    pub linear: LinearParams,
    /// How strongly a row counts in the linear model of a real-valued task.
    pub real_strength: f32,
    /// The trees of one forest.
    pub trees: TreeParams,
    /// Forests of a task, each on another draw of the dialogues.
    pub forests: u8,
    /// Decides folds, orders, draws and samples.
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
                trees: 200,
                depth: 4,
                eta: 0.06,
                lambda: 2.0,
                min_child_weight: 5.0,
                columns: 0.3,
                rows: 0.8,
                seed: 1,
            },
            forests: 3,
            seed: 1,
        }
    }
}

/// A line of the kind that will be read, without a label.
#[derive(Debug, Clone)]
pub struct Kindred {
    /// As numbers, after what was said before it.
    pub in_place: Features,
    /// As numbers, by itself.
    pub alone: Features,
}

impl Kindred {
    /// A line said after `before`, oldest first.
    #[must_use]
    pub fn new(text: &str, before: &[Said<'_>]) -> Self {
        Self { in_place: extract(text, before), alone: extract(text, &[]) }
    }
}

/// Models of all tasks.
#[derive(Debug, Clone)]
pub struct Trained {
    /// How the linear models read dense features.
    pub scale: Scale,
    /// One for each of [`TASKS`].
    pub tasks: Vec<TrainedTask>,
    /// What they were trained with.
    pub settings: Settings,
}

/// The model of one task, and what it said of its own rows.
#[derive(Debug, Clone)]
pub struct TrainedTask {
    /// What it is for.
    pub task: Task,
    /// As it is packed.
    pub model: Model,
    /// Calibrated figures of the training rows, each from models that did not see its dialogue; blend
    /// and calibration did.
    pub out_of_fold: Vec<f32>,
    /// The targets of those rows.
    pub target: Vec<f32>,
    /// The dialogues of those rows.
    pub group: Vec<u32>,
}

impl TrainedTask {
    /// Spearman of a real-valued task, AUC of another, out of fold.
    #[must_use]
    pub fn figure(&self) -> f64 {
        let metric = if self.task.real { spearman } else { auc };
        metric(&self.target, &self.out_of_fold)
    }
}

impl Trained {
    /// The pack: the manifest says what is known here and, under `about`, what the caller adds (date,
    /// hashes of the data, figures on other splits).
    #[must_use]
    pub fn pack(&self, about: &Value) -> Vec<u8> {
        let tasks = self.tasks.iter().map(|one| {
            json!({
                "name": one.task.name,
                "metric": if one.task.real { "spearman" } else { "auc" },
                "rows": one.target.len(),
                "dialogues": one.group.iter().max().map_or(0, |last| last + 1),
                "out_of_fold": one.figure(),
            })
        });
        let Settings { folds, linear, real_strength, trees, forests, seed } = &self.settings;
        let manifest = json!({
            "features": FEATURE_VERSION,
            "about": about,
            "settings": {
                "folds": folds,
                "seed": seed,
                "linear": {
                    "bits": linear.bits, "strength": linear.strength, "real_strength": real_strength,
                    "epochs": linear.epochs, "least_rows": linear.least_rows,
                },
                "trees": {
                    "forests": forests, "trees": trees.trees, "depth": trees.depth, "eta": trees.eta,
                    "lambda": trees.lambda, "min_child_weight": trees.min_child_weight,
                    "columns": trees.columns, "rows": trees.rows,
                },
            },
            "tasks": tasks.collect::<Vec<_>>(),
            "scale": self.scale,
        });
        let models: Vec<Model> = self.tasks.iter().map(|one| one.model.clone()).collect();
        write(FEATURE_VERSION, &manifest, &models)
    }
}

/// Trains every task; `done` is told of each one that is. `kindred` are lines without labels of the
/// kind that will be read: half of what a standing is among.
pub fn train(
    corpus: &Corpus,
    kindred: &[Kindred],
    settings: &Settings,
    mut done: impl FnMut(&TrainedTask),
) -> Trained {
    let scale = Scale::learn(corpus.examples.iter().map(|one| one.features.dense.as_slice()));
    let tasks = TASKS
        .iter()
        .enumerate()
        .map(|(at, task)| {
            let (examples, target) = corpus.of(at);
            let teacher = Teacher::new(*task, &examples, target, &scale, settings);
            let kindred = unlabelled(kindred, *task, &scale);
            let trained = teacher.train(&kindred);
            done(&trained);
            trained
        })
        .collect();
    Trained { scale, tasks, settings: settings.clone() }
}

/// Lines without labels as a table; they are read with what was said before where the task is.
fn unlabelled(lines: &[Kindred], task: Task, scale: &Scale) -> Table {
    let of = |line: &Kindred| if task.context { &line.in_place } else { &line.alone }.clone();
    let lines: Vec<Features> = lines.iter().map(of).collect();
    Table {
        width: features().len(),
        dense: lines.iter().flat_map(|line| line.dense.iter().copied()).collect(),
        sparse: lines.iter().map(|line| scale.linear_row(line)).collect(),
        target: vec![0.0; lines.len()],
        group: vec![0; lines.len()],
        weight: None,
    }
}

/// The rows of one task and how they are learnt.
struct Teacher {
    task: Task,
    loss: Loss,
    rows: Table,
    linear: LinearParams,
    trees: TreeParams,
    forests: u8,
    folds: Vec<u8>,
    seed: u64,
}

impl Teacher {
    fn new(
        task: Task,
        examples: &[&Example],
        target: Vec<f32>,
        scale: &Scale,
        settings: &Settings,
    ) -> Self {
        let group = groups(examples);
        let strength = if task.real { settings.real_strength } else { settings.linear.strength };
        let dense = examples.iter().flat_map(|one| one.features.dense.iter().copied());
        Self {
            task,
            loss: if task.real { Loss::Squared } else { Loss::Logistic },
            folds: folds(&group, settings.folds, settings.seed),
            rows: Table {
                width: features().len(),
                dense: dense.collect(),
                sparse: examples.iter().map(|one| scale.linear_row(&one.features)).collect(),
                target,
                group,
                weight: None,
            },
            linear: LinearParams { strength, seed: settings.seed, ..settings.linear },
            trees: settings.trees,
            forests: settings.forests.max(1),
            seed: settings.seed,
        }
    }

    fn train(self, kindred: &Table) -> TrainedTask {
        let rows = &self.rows;
        let trees = out_of_fold(&self.folds, |outside, inside| {
            let inside = rows.select(inside);
            average(&self.grow(&rows.select(outside), self.forests), &inside)
        });
        let linear = out_of_fold(&self.folds, |outside, inside| {
            self.line(&rows.select(outside)).predict_table(&rows.select(inside))
        });
        let members = [trees, linear];
        let blend = Blend::fit(&members, &rows.target, self.loss);
        let joined = join(&blend, &members);
        let calibration = if self.task.real {
            Calibration::share(&rows.target)
        } else {
            Calibration::platt(&joined, &rows.target)
        };
        let figures: Vec<f32> = joined.iter().map(|margin| calibration.value(*margin)).collect();
        let (forests, linear) = (self.grow(rows, self.forests), self.line(rows));
        let read = join(&blend, &[average(&forests, kindred), linear.predict_table(kindred)]);
        let read: Vec<f32> = read.iter().map(|margin| calibration.value(*margin)).collect();
        let model = Model {
            name: self.task.name.to_owned(),
            loss: self.loss,
            standing: standing(&figures, &read),
            forests,
            linear: Some(linear),
            spread: Some(self.spread(&figures, &blend, &calibration)),
            blend,
            calibration,
        };
        TrainedTask {
            task: self.task,
            model,
            out_of_fold: figures,
            target: self.rows.target,
            group: self.rows.group,
        }
    }

    /// Forests, each on another draw of the dialogues.
    fn grow(&self, rows: &Table, count: u8) -> Vec<Forest> {
        (1..=u64::from(count))
            .map(|number| {
                let seed = self.seed.wrapping_mul(1_000).wrapping_add(number);
                let params = TreeParams { seed, ..self.trees };
                Forest::train(&rows.select(&draw(&rows.group, seed)), self.loss, &params)
            })
            .collect()
    }

    /// The linear model, as it is packed. A yes is rare in most tasks: here both answers count the same.
    fn line(&self, rows: &Table) -> Quantised {
        let weight = (!self.task.real).then(|| even(&rows.target));
        let evened = Table { weight, dense: Vec::new(), width: 0, ..rows.clone() };
        Linear::train(&evened, self.loss, &self.linear).quantise()
    }

    /// What the interval is learnt from: of a number its own label, of a class a second opinion.
    fn spread(&self, figures: &[f32], blend: &Blend, calibration: &Calibration) -> Spread {
        let rows = &self.rows;
        let params = Spread::params(self.seed);
        if self.task.real {
            let truth: Vec<f32> = rows.target.iter().map(|one| calibration.value(*one)).collect();
            return Spread::fit(rows, &self.folds, figures, &truth, COVERAGE, &params);
        }
        let (first, second) = two_opinions(&rows.group, self.seed, |taught, asked| {
            let (taught, asked) = (rows.select(taught), rows.select(asked));
            let trees = average(&self.grow(&taught, 1), &asked);
            let joined = join(blend, &[trees, self.line(&taught).predict_table(&asked)]);
            joined.iter().map(|margin| calibration.value(*margin)).collect()
        });
        Spread::fit(rows, &self.folds, &first, &second, COVERAGE, &params)
    }
}

/// The mean margin of the forests, for every row.
fn average(forests: &[Forest], rows: &Table) -> Vec<f32> {
    let of = |row: usize| {
        let margins: Vec<f32> =
            forests.iter().map(|forest| forest.predict(rows.dense_row(row))).collect();
        mean(&margins).unwrap_or_default()
    };
    (0..rows.rows()).map(of).collect()
}

/// The blended margin of every row.
fn join(blend: &Blend, members: &[Vec<f32>]) -> Vec<f32> {
    let rows = members.first().map_or(0, Vec::len);
    (0..rows)
        .map(|row| blend.predict(&members.iter().map(|one| one[row]).collect::<Vec<_>>()))
        .collect()
}

/// Weights that give the rows of either answer half of the whole.
fn even(target: &[f32]) -> Vec<f32> {
    let all = target.len() as f32;
    let yes = target.iter().filter(|value| **value > 0.5).count() as f32;
    let weight = |count: f32| if count > 0.0 { all / (2.0 * count) } else { 1.0 };
    target.iter().map(|value| weight(if *value > 0.5 { yes } else { all - yes })).collect()
}
