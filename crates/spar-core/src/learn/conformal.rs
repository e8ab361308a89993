//! How far off a figure may be, and how much to trust it.
//!
//! Split conformal prediction with normalised residuals, after Papadopoulos (2008) and Lei et al.
//! (2018): a small forest learns how large the error of a row tends to be, and the quantile of
//! error over tendency, on rows neither has seen, makes the interval.
//!
//! What an interval claims depends on what the errors were measured against:
//! - for a number, the target itself on the calibrated scale: nine of ten lines like these have
//!   their label inside;
//! - for a class, whose label is only ever 0 or 1, a second opinion ([`two_opinions`]): a model
//!   trained on as many other rows would say a probability inside. It is about the model, not about
//!   what comes; as both opinions come from a third of the rows, it is rather too wide than too
//!   narrow for a model of all rows.

use super::Loss;
use super::blend::out_of_fold;
use super::table::{Table, folds, split};
use super::trees::{Forest, TreeParams};

/// No row is taken for surer than this.
const LEAST_SPREAD: f32 = 0.01;

/// The interval around a calibrated figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// How large the error of a row tends to be, by its dense features and, after them, the figure.
    pub forest: Forest,
    /// How many times that the interval reaches to either side.
    pub reach: f32,
}

impl Spread {
    /// Trees for how large errors tend to be: few and shallow, as errors are noisy.
    pub fn params(seed: u64) -> TreeParams {
        TreeParams {
            trees: 40,
            depth: 3,
            eta: 0.1,
            min_child_weight: 40.0,
            columns: 0.3,
            seed,
            ..TreeParams::default()
        }
    }

    /// Learns from calibrated figures made out of fold and what they should have been, both 0 to 1,
    /// one per row of `table`. `coverage` is the share of rows the interval is to hold, 0.9 say.
    pub fn fit(
        table: &Table,
        folds: &[u8],
        figure: &[f32],
        truth: &[f32],
        coverage: f64,
        params: &TreeParams,
    ) -> Self {
        let errors = errors(table, figure, truth);
        // The reach is measured with forests that did not see the row, as the figures were.
        let tendency = out_of_fold(folds, |outside, inside| {
            let forest = Forest::train(&errors.select(outside), Loss::Squared, params);
            inside.iter().map(|&row| forest.predict(errors.dense_row(row))).collect()
        });
        let times = |(error, tendency): (&f32, &f32)| error / tendency.max(LEAST_SPREAD);
        let mut times: Vec<f32> = errors.target.iter().zip(&tendency).map(times).collect();
        times.sort_by(f32::total_cmp);
        let place = ((times.len() + 1) as f64 * coverage).ceil() as usize;
        let reach = times.get(place.clamp(1, times.len().max(1)) - 1).copied().unwrap_or(1.0);
        Self { forest: Forest::train(&errors, Loss::Squared, params), reach }
    }

    /// The interval around a figure, inside 0 to 1.
    pub fn interval(&self, row: &[f32], figure: f32) -> (f32, f32) {
        let at = self.forest.width as usize - 1;
        let tendency = self.forest.predict_by(|feature| {
            if feature == at { figure } else { row.get(feature).copied().unwrap_or(f32::NAN) }
        });
        around(figure, tendency, self.reach)
    }
}

/// The interval of a figure by the tendency of its error.
pub(super) fn around(figure: f32, tendency: f32, reach: f32) -> (f32, f32) {
    let half = reach * tendency.max(LEAST_SPREAD);
    ((figure - half).clamp(0.0, 1.0), (figure + half).clamp(0.0, 1.0))
}

/// The rows with the figure as their last feature, and the size of its error as their target.
fn errors(table: &Table, figure: &[f32], truth: &[f32]) -> Table {
    let mut dense = Vec::with_capacity(table.rows() * (table.width + 1));
    for (row, &figure) in figure.iter().enumerate() {
        dense.extend_from_slice(table.dense_row(row));
        dense.push(figure);
    }
    Table {
        width: table.width + 1,
        dense,
        target: figure.iter().zip(truth).map(|(figure, truth)| (figure - truth).abs()).collect(),
        group: table.group.clone(),
        ..Table::default()
    }
}

/// Two predictions of every row by models that saw neither the row nor each other's rows: of three
/// folds, a row's own is left out and each of the others teaches one of them. `train` is given the
/// rows to learn from and the rows to predict, and returns calibrated figures.
pub fn two_opinions(
    group: &[u32],
    seed: u64,
    mut train: impl FnMut(&[usize], &[usize]) -> Vec<f32>,
) -> (Vec<f32>, Vec<f32>) {
    let folds = folds(group, 3, seed);
    let mut opinions = (vec![f32::NAN; folds.len()], vec![f32::NAN; folds.len()]);
    for fold in 0..3 {
        let (_, own) = split(&folds, fold);
        for (opinion, teacher) in
            [(&mut opinions.0, (fold + 1) % 3), (&mut opinions.1, (fold + 2) % 3)]
        {
            let (_, taught) = split(&folds, teacher);
            for (&row, value) in own.iter().zip(train(&taught, &own)) {
                opinion[row] = value;
            }
        }
    }
    opinions
}

/// How much to trust a figure, 0 to 1: half for how little models of other draws of the training
/// rows disagree (`variance` of their figures), three tenths for standing clear of the ends, two
/// tenths for the share of features that were there. Without features to expect, all are there.
pub fn confidence(figure: f32, variance: f32, present: usize, total: usize) -> f32 {
    let edge = figure.min(1.0 - figure).clamp(0.0, 1.0);
    let extremity = if edge < 0.2 { 0.5 + 2.5 * edge } else { 1.0 };
    let there = if total == 0 { 1.0 } else { present.min(total) as f32 / total as f32 };
    0.5 / (1.0 + 10.0 * variance.max(0.0)) + 0.3 * extremity + 0.2 * (0.5 + 0.5 * there)
}

#[cfg(test)]
mod tests {
    use super::super::sigmoid;
    use super::*;

    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1_u64 << 24) as f32
        };
        (0..count).map(|_| next()).collect()
    }

    fn table(seed: u64, rows: usize) -> Table {
        Table {
            width: 2,
            dense: noise(seed, rows * 2),
            target: vec![0.0; rows],
            group: (0..rows as u32).map(|row| row / 4).collect(),
            ..Table::default()
        }
    }

    fn params() -> TreeParams {
        TreeParams { trees: 40, depth: 3, eta: 0.15, columns: 1.0, ..TreeParams::default() }
    }

    fn opinion(table: &Table, taught: &[usize], asked: &[usize], loss: Loss) -> Vec<f32> {
        let forest = Forest::train(&table.select(taught), loss, &params());
        asked.iter().map(|&row| loss.value(forest.predict(table.dense_row(row)))).collect()
    }

    /// Noise is five times as large on one side of the second feature as on the other.
    #[test]
    fn nine_of_ten_labels_lie_inside_and_quiet_rows_have_short_intervals() {
        let mut table = table(5, 6_000);
        let luck = noise(6, 6_000);
        for (row, luck) in luck.iter().enumerate() {
            let (x, side) = (table.dense[row * 2], table.dense[row * 2 + 1]);
            let size = if side < 0.5 { 0.1 } else { 0.5 };
            table.target[row] = 0.25 + 0.5 * x + size * (luck - 0.5);
        }
        let (seen, fresh) = ((0..3_000).collect::<Vec<_>>(), (3_000..6_000).collect::<Vec<_>>());
        let (seen, fresh) = (table.select(&seen), table.select(&fresh));
        let folds = folds(&seen.group, 5, 1);
        let figure =
            out_of_fold(&folds, |outside, inside| opinion(&seen, outside, inside, Loss::Squared));
        let spread = Spread::fit(&seen, &folds, &figure, &seen.target, 0.9, &Spread::params(1));
        let model = Forest::train(&seen, Loss::Squared, &params());
        let mut inside = 0;
        let mut widths = [0.0_f32; 2];
        for row in 0..fresh.rows() {
            let features = fresh.dense_row(row);
            let (low, high) = spread.interval(features, model.predict(features));
            inside += usize::from((low..=high).contains(&fresh.target[row]));
            widths[usize::from(features[1] >= 0.5)] += high - low;
        }
        let share = inside as f64 / fresh.rows() as f64;
        assert!((0.88..=0.92).contains(&share), "{share}");
        assert!(widths[1] > 2.5 * widths[0], "{widths:?}");
    }

    #[test]
    fn the_true_probability_lies_inside_nine_times_in_ten() {
        let mut table = table(7, 6_000);
        let luck = noise(8, 6_000);
        let chance = |row: &[f32]| sigmoid(4.0 * (row[0] - 0.5) - 2.0 * (row[1] - 0.5));
        for (row, luck) in luck.iter().enumerate() {
            let came = *luck < chance(table.dense_row(row));
            table.target[row] = f32::from(u8::from(came));
        }
        let seen = table.select(&(0..3_000).collect::<Vec<_>>());
        let (first, second) = two_opinions(&seen.group, 2, |taught, asked| {
            opinion(&seen, taught, asked, Loss::Logistic)
        });
        let folds = folds(&seen.group, 5, 3);
        let spread = Spread::fit(&seen, &folds, &first, &second, 0.9, &Spread::params(1));
        let model = Forest::train(&seen, Loss::Logistic, &params());
        // A model of as many other rows: what is claimed. And the truth, which nobody sees.
        let other = Forest::train(
            &table.select(&(3_000..6_000).collect::<Vec<_>>()),
            Loss::Logistic,
            &params(),
        );
        let (mut by_other, mut by_truth) = (0, 0);
        let fresh = super::tests::table(9, 3_000);
        for row in 0..3_000 {
            let features = fresh.dense_row(row);
            let (low, high) = spread.interval(features, sigmoid(model.predict(features)));
            by_other += usize::from((low..=high).contains(&sigmoid(other.predict(features))));
            by_truth += usize::from((low..=high).contains(&chance(features)));
        }
        let (by_other, by_truth) = (by_other as f64 / 3e3, by_truth as f64 / 3e3);
        assert!(by_other >= 0.9 && by_truth >= 0.9, "{by_other} {by_truth}");
        assert!(by_other < 1.0, "{by_other}");
    }

    #[test]
    fn confidence_by_hand() {
        let near = |found: f32, wanted: f32| assert!((found - wanted).abs() < 1e-6, "{found}");
        near(confidence(0.5, 0.0, 10, 10), 1.0);
        near(confidence(0.1, 0.1, 5, 10), 0.25 + 0.3 * 0.75 + 0.2 * 0.75);
        near(confidence(1.0, 0.0, 0, 10), 0.5 + 0.15 + 0.1);
        // Where the extremity begins to count it makes no jump.
        near(confidence(0.2, 0.0, 1, 1), confidence(0.199_999_99, 0.0, 1, 1));
    }
}
