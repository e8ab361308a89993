//! Several models made one, and its margin made a figure from 0 to 1.

use super::table::split;
use super::{Loss, sigmoid};

/// Predictions for every row by models that did not see the row's fold: `train` is given the rows
/// to learn from and the rows to predict, and returns a prediction for each of the latter.
pub fn out_of_fold(
    folds: &[u8],
    mut train: impl FnMut(&[usize], &[usize]) -> Vec<f32>,
) -> Vec<f32> {
    let mut predicted = vec![f32::NAN; folds.len()];
    for fold in 0..=folds.iter().copied().max().unwrap_or(0) {
        let (outside, inside) = split(folds, fold);
        if inside.is_empty() {
            continue;
        }
        for (row, value) in inside.iter().zip(train(&outside, &inside)) {
            predicted[*row] = value;
        }
    }
    predicted
}

/// How the margins of several models are added up. No weight is below 0: a model that would count
/// against the others is left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Blend {
    /// The margin where all others are 0.
    pub bias: f32,
    /// What each member's margin counts.
    pub weights: Vec<f32>,
}

impl Blend {
    /// Learns the weights from the members' margins (a list per member, as long as the target; take
    /// them out of fold) by logistic or least squares regression.
    pub fn fit(margins: &[Vec<f32>], target: &[f32], loss: Loss) -> Self {
        let mut members: Vec<usize> = (0..margins.len()).collect();
        loop {
            let solution = newton(margins, &members, target, loss);
            let weakest = (0..members.len())
                .filter(|&at| solution[at + 1] < 0.0)
                .min_by(|&a, &b| solution[a + 1].total_cmp(&solution[b + 1]));
            if let Some(weakest) = weakest {
                members.remove(weakest);
                continue;
            }
            let mut weights = vec![0.0; margins.len()];
            for (&member, &weight) in members.iter().zip(&solution[1..]) {
                weights[member] = weight as f32;
            }
            return Self { bias: solution[0] as f32, weights };
        }
    }

    /// The blended margin.
    pub fn predict(&self, margins: &[f32]) -> f32 {
        let parts = self.weights.iter().zip(margins).map(|(weight, margin)| weight * margin);
        parts.fold(self.bias, |sum, part| sum + part)
    }
}

/// Bias and weights by Newton's method; a trace of ridge keeps members that say the same apart.
fn newton(margins: &[Vec<f32>], members: &[usize], target: &[f32], loss: Loss) -> Vec<f64> {
    let size = members.len() + 1;
    let ridge = 1e-4 * target.len().max(1) as f64;
    let mut solution = vec![0.0; size];
    for _ in 0..30 {
        let mut slope: Vec<f64> = solution.iter().map(|weight| -ridge * weight).collect();
        slope[0] = 0.0;
        let mut curve = vec![vec![0.0; size]; size];
        (1..size).for_each(|at| curve[at][at] = ridge);
        curve[0][0] = 1e-9;
        for (row, &target) in target.iter().enumerate() {
            let feature =
                |at: usize| if at == 0 { 1.0 } else { f64::from(margins[members[at - 1]][row]) };
            let features: Vec<f64> = (0..size).map(feature).collect();
            let margin: f64 = features.iter().zip(&solution).map(|(a, b)| a * b).sum();
            let (value, bend) = match loss {
                Loss::Squared => (margin, 1.0),
                Loss::Logistic => {
                    let value = 1.0 / (1.0 + (-margin).exp());
                    (value, (value * (1.0 - value)).max(1e-6))
                }
            };
            for (a, feature) in features.iter().enumerate() {
                slope[a] += (f64::from(target) - value) * feature;
                for (b, other) in features.iter().enumerate() {
                    curve[a][b] += bend * feature * other;
                }
            }
        }
        let step = solve(curve, slope);
        solution.iter_mut().zip(&step).for_each(|(weight, step)| *weight += step);
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    solution
}

/// Solves a small symmetric system by elimination with the largest pivot.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for at in 0..size {
        let largest = (at..size)
            .max_by(|&a, &b| matrix[a][at].abs().total_cmp(&matrix[b][at].abs()))
            .unwrap_or(at);
        matrix.swap(at, largest);
        right.swap(at, largest);
        if matrix[at][at].abs() < 1e-12 {
            continue;
        }
        let (above, below) = matrix.split_at_mut(at + 1);
        let pivot = &above[at];
        for (place, row) in below.iter_mut().enumerate() {
            let factor = row[at] / pivot[at];
            row.iter_mut().zip(pivot).for_each(|(entry, pivot)| *entry -= factor * pivot);
            right[at + 1 + place] -= factor * right[at];
        }
    }
    for at in (0..size).rev() {
        let known: f64 = (at + 1..size).map(|column| matrix[at][column] * right[column]).sum();
        let pivot = matrix[at][at];
        right[at] = if pivot.abs() < 1e-12 { 0.0 } else { (right[at] - known) / pivot };
    }
    right
}

/// A rising line through points, flat beyond its ends.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// Places, ascending; equal ones are a jump.
    pub x: Vec<f32>,
    /// Heights, ascending, as many as places.
    pub y: Vec<f32>,
}

impl Curve {
    /// The share of some values that lies below a number, 0 to 1, by `points` of their quantiles.
    pub fn share_below(values: &[f32], points: usize) -> Self {
        let mut sorted: Vec<f32> =
            values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f32::total_cmp);
        if sorted.is_empty() {
            return Self::default();
        }
        let last = points.max(2) - 1;
        let share = |at: usize| at as f32 / last as f32;
        let value = |at: usize| {
            let place = share(at) * (sorted.len() - 1) as f32;
            let (low, part) = (place.floor() as usize, place.fract());
            let high = sorted[(low + 1).min(sorted.len() - 1)];
            sorted[low] + (high - sorted[low]) * part
        };
        Self { x: (0..=last).map(value).collect(), y: (0..=last).map(share).collect() }
    }

    /// The rising line nearest to the targets (isotonic regression by pooling neighbours that fall),
    /// through the middles of its steps.
    pub fn isotonic(predicted: &[f32], target: &[f32]) -> Self {
        let mut order: Vec<usize> = (0..predicted.len().min(target.len())).collect();
        order.sort_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
        // Sums of places, sums of targets, counts.
        let mut steps: Vec<(f64, f64, f64)> = Vec::new();
        for same in order.chunk_by(|&a, &b| predicted[a] == predicted[b]) {
            let mut step = same.iter().fold((0.0, 0.0, 0.0), |sum, &row| {
                (sum.0 + f64::from(predicted[row]), sum.1 + f64::from(target[row]), sum.2 + 1.0)
            });
            while let Some(&last) = steps.last()
                && last.1 * step.2 >= step.1 * last.2
            {
                step = (step.0 + last.0, step.1 + last.1, step.2 + last.2);
                steps.pop();
            }
            steps.push(step);
        }
        let x = steps.iter().map(|step| (step.0 / step.2) as f32).collect();
        Self { x, y: steps.iter().map(|step| (step.1 / step.2) as f32).collect() }
    }

    /// The height at a place; halfway up where it jumps. 0.5 without points.
    pub fn at(&self, place: f32) -> f32 {
        curve_at(self.x.len(), |at| self.x[at], |at| self.y[at], place)
    }
}

/// The height of a curve whose points are kept anywhere.
pub(super) fn curve_at(
    points: usize,
    x: impl Fn(usize) -> f32,
    y: impl Fn(usize) -> f32,
    place: f32,
) -> f32 {
    let first = |beyond: &dyn Fn(f32) -> bool| {
        let (mut low, mut high) = (0, points);
        while low < high {
            let middle = usize::midpoint(low, high);
            if beyond(x(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    };
    let from = first(&|x| x >= place);
    let to = first(&|x| x > place);
    match (from, to) {
        _ if points == 0 => 0.5,
        (from, to) if from < to => f32::midpoint(y(from), y(to - 1)),
        (0, _) => y(0),
        (from, _) if from == points => y(points - 1),
        (from, _) => {
            let part = (place - x(from - 1)) / (x(from) - x(from - 1));
            y(from - 1) + (y(from) - y(from - 1)) * part
        }
    }
}

/// How a blended margin becomes a figure from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Calibration {
    /// The probability of log-odds that are stretched and moved (Platt).
    Platt {
        /// What the margin is multiplied by.
        slope: f32,
        /// What is added then.
        offset: f32,
    },
    /// A curve: isotonic for classes, the share of training targets below for numbers.
    Curve(Curve),
}

impl Calibration {
    /// Platt's calibration of margins (out of fold) for a target of 0 and 1.
    pub fn platt(margins: &[f32], target: &[f32]) -> Self {
        let fitted = Blend::fit(&[margins.to_vec()], target, Loss::Logistic);
        Self::Platt { slope: fitted.weights[0], offset: fitted.bias }
    }

    /// Isotonic calibration of margins (out of fold) for a target of 0 and 1.
    pub fn isotonic(margins: &[f32], target: &[f32]) -> Self {
        Self::Curve(Curve::isotonic(margins, target))
    }

    /// The share of the training targets that is below an estimate of the target.
    pub fn share(target: &[f32]) -> Self {
        Self::Curve(Curve::share_below(target, 65))
    }

    /// The calibrated figure, 0 to 1.
    pub fn value(&self, margin: f32) -> f32 {
        match self {
            Self::Platt { slope, offset } => sigmoid(slope * margin + offset),
            Self::Curve(curve) => curve.at(margin).clamp(0.0, 1.0),
        }
    }
}

/// How many quantiles tell the standing of a line among the training lines.
const STANDING_POINTS: usize = 33;

/// The share of lines that show less, by their calibrated figures: the mean of the shares among the
/// training lines (predicted out of fold) and among lines of the kind that will be read, where there
/// are any. The first are often longer, or of another sort of talk, and alone would put every short
/// line near the bottom.
pub fn standing(training: &[f32], kindred: &[f32]) -> Curve {
    let among = [training, kindred].map(|values| Curve::share_below(values, STANDING_POINTS));
    if kindred.is_empty() {
        let [training, _] = among;
        return training;
    }
    let mut x: Vec<f32> = among.iter().flat_map(|curve| curve.x.iter().copied()).collect();
    x.sort_by(f32::total_cmp);
    x.dedup();
    let y = x.iter().map(|place| f32::midpoint(among[0].at(*place), among[1].at(*place)));
    Curve { y: y.collect(), x }
}

#[cfg(test)]
mod tests {
    use super::super::measure::calibration_error;
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

    #[test]
    fn two_members_are_weighed_by_what_they_know() {
        let (a, b) = (noise(1, 2_000), noise(2, 2_000));
        let target: Vec<f32> = a.iter().zip(&b).map(|(a, b)| 3.0 * a + b - 1.0).collect();
        let blend = Blend::fit(&[a, b], &target, Loss::Squared);
        for (found, wanted) in
            [(blend.bias, -1.0), (blend.weights[0], 3.0), (blend.weights[1], 1.0)]
        {
            assert!((found - wanted).abs() < 0.02, "{blend:?}");
        }
    }

    #[test]
    fn a_member_that_would_count_against_the_others_is_left_out() {
        let (a, b) = (noise(1, 2_000), noise(2, 2_000));
        let target: Vec<f32> = a.iter().zip(&b).map(|(a, b)| 3.0 * a - b).collect();
        let blend = Blend::fit(&[a, b], &target, Loss::Squared);
        assert_eq!(blend.weights[1], 0.0);
        assert!(blend.weights[0] > 2.8, "{blend:?}");
    }

    #[test]
    fn members_that_say_the_same_share_the_weight() {
        let a = noise(1, 500);
        let target: Vec<f32> = a.iter().map(|a| 2.0 * a).collect();
        let blend = Blend::fit(&[a.clone(), a], &target, Loss::Squared);
        assert!((blend.weights[0] - blend.weights[1]).abs() < 1e-3, "{blend:?}");
    }

    #[test]
    fn isotonic_regression_by_hand() {
        let curve = Curve::isotonic(&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 1.0]);
        assert_eq!(curve, Curve { x: vec![1.0, 2.5, 4.0], y: vec![0.0, 0.5, 1.0] });
        assert_eq!([0.0, 1.75, 2.5, 9.0].map(|place| curve.at(place)), [0.0, 0.25, 0.5, 1.0]);
    }

    #[test]
    fn a_margin_too_sure_of_itself_is_put_right() {
        let (margins, luck) = (noise(3, 6_000), noise(4, 6_000));
        let margins: Vec<f32> = margins.iter().map(|margin| 12.0 * margin - 6.0).collect();
        let came =
            |(margin, luck): (&f32, &f32)| f32::from(u8::from(*luck < sigmoid(margin / 3.0)));
        let target: Vec<f32> = margins.iter().zip(&luck).map(came).collect();
        let error = |value: &dyn Fn(f32) -> f32| {
            let said: Vec<f32> = margins.iter().map(|&margin| value(margin)).collect();
            calibration_error(&target, &said, 10)
        };
        let platt = Calibration::platt(&margins, &target);
        let isotonic = Calibration::isotonic(&margins, &target);
        assert!(error(&sigmoid) > 0.1);
        assert!(error(&|margin| platt.value(margin)) < 0.02);
        assert!(error(&|margin| isotonic.value(margin)) < 0.02);
    }

    #[test]
    fn a_share_is_of_the_values_below() {
        let values: Vec<f32> = (0..=1_000).map(|value| value as f32).collect();
        let curve = Curve::share_below(&values, 33);
        assert!((curve.at(250.0) - 0.25).abs() < 1e-3);
        assert_eq!((curve.at(-5.0), curve.at(5_000.0)), (0.0, 1.0));
        // Where many values are one, the share is half of them.
        let curve = Curve::share_below(&[0.0, 0.0, 0.0, 0.0, 1.0], 5);
        assert!((curve.at(0.0) - 0.375).abs() < 1e-6);
        assert_eq!(Curve::default().at(3.0), 0.5);
    }

    #[test]
    fn a_standing_hears_training_lines_and_kindred_ones_alike() {
        let training: Vec<f32> = (50..=100).map(|value| value as f32 / 100.0).collect();
        let kindred: Vec<f32> = (0..=50).map(|value| value as f32 / 100.0).collect();
        assert!(standing(&training, &[]).at(0.25) < 1e-6);
        let both = standing(&training, &kindred);
        assert!((both.at(0.25) - 0.25).abs() < 0.01, "{}", both.at(0.25));
        assert!((both.at(0.75) - 0.75).abs() < 0.01, "{}", both.at(0.75));
        assert!(both.x.is_sorted() && both.y.is_sorted());
    }

    #[test]
    fn no_row_is_predicted_by_who_saw_it() {
        let folds = [0, 1, 2, 1, 0];
        let predicted = out_of_fold(&folds, |outside, inside| {
            assert!(inside.iter().all(|row| !outside.contains(row)));
            inside.iter().map(|&row| row as f32).collect()
        });
        assert_eq!(predicted, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
