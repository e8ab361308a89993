//! Learning from labelled rows: what knows numbers and nothing of language.
//!
//! A [`table::Table`] is learnt by boosted trees and by a sparse linear model, their margins are
//! blended and calibrated, and the whole is packed into bytes that a program carries with it.
//! Everything is one thread and seeded: the same rows and the same seed give the same bytes.

pub mod blend;
pub mod conformal;
pub mod linear;
pub mod measure;
pub mod pack;
pub mod table;
pub mod trees;

/// What a model is told to be wrong about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The target is 0 or 1, the margin is log-odds.
    Logistic,
    /// The target is any number, the margin is an estimate of it.
    Squared,
}

impl Loss {
    /// What a margin means: a probability, or the number itself.
    pub fn value(self, margin: f32) -> f32 {
        match self {
            Self::Logistic => sigmoid(margin),
            Self::Squared => margin,
        }
    }
}

/// The margin that fits best when nothing is known: the mean of the target, or its log-odds.
pub fn best_constant(table: &table::Table, loss: Loss) -> f32 {
    let weight = |row: usize| f64::from(table.weight_of(row));
    let all: f64 = (0..table.rows()).map(weight).sum();
    let sum = table.target.iter().enumerate().map(|(row, &target)| f64::from(target) * weight(row));
    let mean = if all > 0.0 { (sum.sum::<f64>() / all) as f32 } else { 0.0 };
    match loss {
        Loss::Logistic if all > 0.0 => logit(mean),
        _ => mean,
    }
}

/// The probability of log-odds.
pub fn sigmoid(margin: f32) -> f32 {
    1.0 / (1.0 + (-margin).exp())
}

/// The log-odds of a probability, which is kept a millionth away from certainty.
pub fn logit(probability: f32) -> f32 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).ln()
}
