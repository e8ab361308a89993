//! The row a linear model reads: the hashed pieces, and the dense features brought to one scale.

use serde::{Deserialize, Serialize};

use super::grams::Block;
use super::{Features, features};

/// What one spread of a dense feature weighs beside a block of pieces of length 1.
const WEIGHT: f32 = 0.2;
/// Spreads from the middle at which a value is cut.
const FURTHEST: f32 = 4.0;

/// Middle and spread of every dense feature in the lines that models were trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The mean of what is not missing.
    pub mean: Vec<f32>,
    /// One over the standard deviation; 0 for a feature that never changes.
    pub inverse: Vec<f32>,
}

impl Scale {
    /// Learns it from the dense features of many lines.
    pub fn learn<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone) -> Self {
        let width = features().len();
        let (mut count, mut sum) = (vec![0.0_f64; width], vec![0.0_f64; width]);
        let mut squares = vec![0.0_f64; width];
        let present = |row: &'a [f32]| row.iter().enumerate().filter(|(_, value)| !value.is_nan());
        for (at, value) in rows.clone().flat_map(present) {
            count[at] += 1.0;
            sum[at] += f64::from(*value);
        }
        let mean: Vec<f64> =
            sum.iter().zip(&count).map(|(sum, count)| sum / count.max(1.0)).collect();
        for (at, value) in rows.flat_map(present) {
            squares[at] += (f64::from(*value) - mean[at]).powi(2);
        }
        let inverse = squares.iter().zip(&count).map(|(squares, count)| {
            let spread = (squares / count.max(1.0)).sqrt();
            if spread > 1e-6 { (1.0 / spread) as f32 } else { 0.0 }
        });
        Self { inverse: inverse.collect(), mean: mean.iter().map(|mean| *mean as f32).collect() }
    }

    /// The pieces of a line and, behind them, its dense features; what is missing is left out, which
    /// is the middle.
    #[must_use]
    pub fn linear_row(&self, read: &Features) -> Vec<(u32, f32)> {
        let first = Block::Dense.buckets().start;
        let dense = read.dense.iter().zip(self.mean.iter().zip(&self.inverse)).enumerate();
        let scaled = dense.filter_map(|(at, (value, (mean, inverse)))| {
            let spreads = ((value - mean) * inverse).clamp(-FURTHEST, FURTHEST);
            (!spreads.is_nan() && spreads != 0.0).then_some((first + at as u32, WEIGHT * spreads))
        });
        read.sparse.iter().copied().chain(scaled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract;
    use super::*;

    #[test]
    fn what_is_missing_or_never_changes_is_left_out() {
        let lines =
            ["We could meet on Tuesday.", "Why are you always late?!", "Thanks, that helps."];
        let read: Vec<Features> = lines.iter().map(|line| extract(line, &[])).collect();
        let scale = Scale::learn(read.iter().map(|one| one.dense.as_slice()));
        let row = scale.linear_row(&read[1]);
        let dense: Vec<_> =
            row.iter().filter(|(at, _)| Block::Dense.buckets().contains(at)).collect();
        assert!(!dense.is_empty() && dense.len() < features().len());
        assert!(row.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            dense.iter().all(|(_, value)| value.is_finite() && value.abs() <= WEIGHT * FURTHEST)
        );
    }
}
