//! How good predictions are, and how sure one can be of that.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::table::{below, pick};

/// Spearman's rank correlation, −1 to 1; ties share their mean rank. 0 where one side is constant.
pub fn spearman(target: &[f32], predicted: &[f32]) -> f64 {
    let (a, b) = (ranks(target), ranks(predicted));
    pearson(&a, &b)
}

/// Pearson's correlation, −1 to 1; 0 where one side is constant.
fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let count = a.len().min(b.len()) as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    if square_a > 0.0 && square_b > 0.0 { both / (square_a * square_b).sqrt() } else { 0.0 }
}

/// The rank of every value, from 1; ties share their mean.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for same in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (same.len() as f64 + 1.0) / 2.0;
        same.iter().for_each(|&row| ranks[row] = rank);
        before += same.len();
    }
    ranks
}

/// The chance that a row of class 1 is predicted above one of class 0, ties counting half: the area
/// under the ROC curve, 0 to 1. 0.5 where there is one class only. Targets above 0.5 are class 1.
pub fn auc(target: &[f32], predicted: &[f32]) -> f64 {
    let ranks = ranks(predicted);
    let positive = |row: &usize| target[*row] > 0.5;
    let ones = (0..target.len()).filter(positive).count() as f64;
    let zeros = target.len() as f64 - ones;
    if ones == 0.0 || zeros == 0.0 {
        return 0.5;
    }
    let sum: f64 = (0..target.len()).filter(positive).map(|row| ranks[row]).sum();
    (sum - ones * (ones + 1.0) / 2.0) / (ones * zeros)
}

/// The mean of both classes' F1, 0 to 1, where predictions from `threshold` on are class 1. A class
/// that neither occurs nor is predicted has F1 0.
pub fn macro_f1(target: &[f32], predicted: &[f32], threshold: f32) -> f64 {
    // Rows by what they are and what they were taken for.
    let mut counts = [[0_usize; 2]; 2];
    for (&target, &predicted) in target.iter().zip(predicted) {
        counts[usize::from(target > 0.5)][usize::from(predicted >= threshold)] += 1;
    }
    f1_of(&counts)
}

fn f1_of(counts: &[[usize; 2]; 2]) -> f64 {
    let f1 = |class: usize| {
        let hits = 2 * counts[class][class];
        let all = hits + counts[class][1 - class] + counts[1 - class][class];
        if all == 0 { 0.0 } else { hits as f64 / all as f64 }
    };
    f64::midpoint(f1(0), f1(1))
}

/// The threshold with the best macro-F1 on these rows (choose it on training rows), and that F1.
pub fn best_threshold(target: &[f32], predicted: &[f32]) -> (f32, f64) {
    let mut order: Vec<usize> = (0..target.len()).collect();
    order.sort_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
    let ones = target.iter().filter(|&&target| target > 0.5).count();
    let mut counts = [[0, target.len() - ones], [0, ones]];
    let mut best = (predicted.iter().copied().fold(f32::INFINITY, f32::min), f1_of(&counts));
    let mut last = None;
    for same in order.chunk_by(|&a, &b| predicted[a] == predicted[b]) {
        let here = predicted[same[0]];
        if let Some(last) = last {
            let f1 = f1_of(&counts);
            if f1 > best.1 {
                best = (f32::midpoint(last, here), f1);
            }
        }
        for &row in same {
            let class = usize::from(target[row] > 0.5);
            counts[class][1] -= 1;
            counts[class][0] += 1;
        }
        last = Some(here);
    }
    best
}

/// The expected calibration error, 0 to 1: probabilities are put into `bins` equal bins, and the
/// distance between what was said and what came is averaged over the rows.
pub fn calibration_error(target: &[f32], probability: &[f32], bins: usize) -> f64 {
    let bins = bins.max(1);
    let mut sums = vec![(0.0_f64, 0.0_f64); bins];
    for (&target, &probability) in target.iter().zip(probability) {
        let bin = ((probability * bins as f32) as usize).min(bins - 1);
        sums[bin].0 += f64::from(probability);
        sums[bin].1 += f64::from(target);
    }
    let apart: f64 = sums.iter().map(|(said, came)| (said - came).abs()).sum();
    apart / target.len().max(1) as f64
}

/// The mean squared distance between probability and outcome, 0 to 1.
pub fn brier(target: &[f32], probability: &[f32]) -> f64 {
    let square = |(&a, &b): (&f32, &f32)| f64::from(a - b).powi(2);
    target.iter().zip(probability).map(square).sum::<f64>() / target.len().max(1) as f64
}

/// A figure and the range that 95 % of the resamples fall into.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// The figure on the rows as they are.
    pub value: f64,
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// A measure of predictions, with its bootstrap interval: whole groups are drawn with replacement
/// `draws` times (1,000 is usual).
pub fn bootstrap(
    target: &[f32],
    predicted: &[f32],
    group: &[u32],
    draws: u32,
    seed: u64,
    measure: impl Fn(&[f32], &[f32]) -> f64,
) -> Interval {
    resampled(group, target.len(), draws, seed, |rows| {
        measure(&pick(target, rows), &pick(predicted, rows))
    })
}

/// How much better the first predictions are than the second by a measure, with its bootstrap
/// interval: both are measured on the same draws of groups. An interval without 0 is a difference.
pub fn paired_bootstrap(
    target: &[f32],
    predicted: (&[f32], &[f32]),
    group: &[u32],
    draws: u32,
    seed: u64,
    measure: impl Fn(&[f32], &[f32]) -> f64,
) -> Interval {
    resampled(group, target.len(), draws, seed, |rows| {
        let target = pick(target, rows);
        measure(&target, &pick(predicted.0, rows)) - measure(&target, &pick(predicted.1, rows))
    })
}

fn resampled(
    group: &[u32],
    rows: usize,
    draws: u32,
    seed: u64,
    measure: impl Fn(&[usize]) -> f64,
) -> Interval {
    let value = measure(&(0..rows).collect::<Vec<_>>());
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by_key(|&row| group.get(row));
    let groups: Vec<&[usize]> = order.chunk_by(|&a, &b| group.get(a) == group.get(b)).collect();
    if groups.is_empty() || draws == 0 {
        return Interval { value, low: value, high: value };
    }
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn: Vec<f64> = (0..draws)
        .map(|_| {
            let pick = (0..groups.len()).map(|_| groups[below(&mut chance, groups.len())]);
            measure(&pick.flatten().copied().collect::<Vec<_>>())
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    Interval { value, low: percentile(&drawn, 0.025), high: percentile(&drawn, 0.975) }
}

/// The value below which a share of sorted values lies, between its neighbours.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let high = sorted[(low + 1).min(sorted.len() - 1)];
    sorted[low] + (high - sorted[low]) * part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9, "{found} instead of {wanted}");
    }

    #[test]
    fn rank_correlation_by_hand() {
        // Differences of ranks 0, 1, 1, 1, 1: 1 − 6·4 / (5·24).
        near(spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 30.0, 20.0, 50.0, 40.0]), 0.8);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
        near(spearman(&[0.0, 1.0, 1.0, 2.0], &[1.0, 2.0, 3.0, 4.0]), 4.5 / 22.5_f64.sqrt());
        near(spearman(&[1.0, 2.0], &[3.0, 3.0]), 0.0);
    }

    #[test]
    fn area_by_hand() {
        // Of 2 · 3 pairs 4 are in order and 1 is a tie.
        near(auc(&[1.0, 1.0, 0.0, 0.0, 0.0], &[0.9, 0.4, 0.4, 0.1, 0.8]), 4.5 / 6.0);
        near(auc(&[1.0, 1.0], &[0.1, 0.9]), 0.5);
    }

    #[test]
    fn both_classes_count_alike_by_hand() {
        // Class 1: one hit, one false alarm, one missed: 2/4. Class 0: two hits: 4/6.
        let (target, predicted) = ([1.0, 1.0, 0.0, 0.0, 0.0], [0.9, 0.2, 0.6, 0.1, 0.3]);
        near(macro_f1(&target, &predicted, 0.5), (0.5 + 4.0 / 6.0) / 2.0);
        let (threshold, f1) = best_threshold(&target, &predicted);
        near(f1, macro_f1(&target, &predicted, threshold));
        // Taking only the surest row: class 1 has 2/3, class 0 has 6/7.
        near(f1, (2.0 / 3.0 + 6.0 / 7.0) / 2.0);
        assert!((0.6..0.9).contains(&threshold));
    }

    #[test]
    fn calibration_and_brier_by_hand() {
        let (target, said) = ([1.0, 0.0, 1.0, 1.0], [0.25, 0.25, 0.75, 1.0]);
        // Of two bins, one said .5 and got 1, the other said 1.75 and got 2.
        near(calibration_error(&target, &said, 2), (0.5 + 0.25) / 4.0);
        near(brier(&target, &said), (0.5625 + 0.0625 + 0.0625) / 4.0);
    }

    #[test]
    fn a_bootstrap_interval_is_seeded_and_holds_the_figure() {
        let target: Vec<f32> = (0..300).map(|row| (row * 37 % 101) as f32).collect();
        let noisy: Vec<f32> = (0..300).map(|row| target[row] + (row * 53 % 97) as f32).collect();
        let group: Vec<u32> = (0..300).map(|row| row / 3).collect();
        let found = bootstrap(&target, &noisy, &group, 500, 9, spearman);
        assert_eq!(found, bootstrap(&target, &noisy, &group, 500, 9, spearman));
        assert!(found.low < found.value && found.value < found.high, "{found:?}");
        assert!(found.high - found.low < 0.3, "{found:?}");
        let better = paired_bootstrap(&target, (&target, &noisy), &group, 500, 9, spearman);
        near(better.value, 1.0 - found.value);
        assert!(better.low > 0.0, "{better:?}");
        let same = paired_bootstrap(&target, (&noisy, &noisy), &group, 500, 9, spearman);
        assert_eq!((same.low, same.high), (0.0, 0.0));
    }

    #[test]
    fn rows_of_one_group_are_drawn_together() {
        // Two groups, in each of which all is the same: a draw is one of three mixtures.
        let (target, group) = ([1.0, 1.0, 0.0, 0.0], [5, 5, 6, 6]);
        let found = bootstrap(&target, &[0.5; 4], &group, 200, 1, brier);
        assert_eq!((found.low, found.high), (0.25, 0.25));
        let mean = |target: &[f32], _: &[f32]| f64::from(target.iter().sum::<f32>()) / 4.0;
        let found = bootstrap(&target, &[0.5; 4], &group, 200, 1, mean);
        assert_eq!((found.low, found.value, found.high), (0.0, 0.5, 1.0));
    }
}
