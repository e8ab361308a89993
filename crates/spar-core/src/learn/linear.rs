//! Linear models of sparse rows, such as hashed n-grams.
//!
//! Dual coordinate descent after Shalev-Shwartz and Zhang (2013): one row at a time is solved
//! exactly while the others stand still, in an order the seed decides.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::table::{Sparse, Table, shuffle};
use super::{Loss, best_constant};

/// How a linear model is learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearParams {
    /// There are 2^`bits` weights; higher bits of a bucket's number are dropped. Up to 24.
    pub bits: u32,
    /// How much a row's loss counts against the length of the weights, above 0: the more, the less
    /// the weights are held back.
    pub strength: f32,
    /// Passes over the rows, at most.
    pub epochs: u32,
    /// Whether rare buckets weigh more, by the logarithm of their inverse document frequency.
    pub idf: bool,
    /// Whether a row is divided by its Euclidean length (before idf), so that a long line is no
    /// stronger than a short one.
    pub normalise: bool,
    /// Buckets that fewer rows have are left out.
    pub least_rows: u32,
    /// Decides the order of the rows.
    pub seed: u64,
}

impl Default for LinearParams {
    fn default() -> Self {
        Self {
            bits: 17,
            strength: 1.0,
            epochs: 60,
            idf: true,
            normalise: true,
            least_rows: 2,
            seed: 1,
        }
    }
}

/// A pass in which no row was further than this from where it wants to be is the last.
const NEAR: f64 = 1e-3;

/// A linear model of sparse rows. What idf does to a bucket is part of its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// What the margin means.
    pub loss: Loss,
    /// There are 2^`bits` weights.
    pub bits: u32,
    /// Whether a row is divided by its Euclidean length first.
    pub normalise: bool,
    /// The margin of a row without features.
    pub bias: f32,
    /// A weight per bucket.
    pub weights: Vec<f32>,
}

impl Linear {
    /// Learns from the sparse features of a table. Without rows the margin is always 0.
    pub fn train(table: &Table, loss: Loss, params: &LinearParams) -> Self {
        let bits = params.bits.min(24);
        let idf = Idf::new(table, bits, params);
        let rows: Vec<Vec<Sparse>> = (0..table.rows())
            .map(|row| prepared(table.sparse_row(row), bits, params.normalise, &idf))
            .collect();
        let base = best_constant(table, loss);
        let mut descent = Descent::new(&rows, table, loss, params, base, 1 << bits);
        descent.run(params);
        let mut weights = descent.weights;
        weights.iter_mut().zip(&idf.factors).for_each(|(weight, factor)| *weight *= factor);
        Self { loss, bits, normalise: params.normalise, bias: base + descent.bias, weights }
    }

    /// The margin of one row.
    pub fn predict(&self, row: &[Sparse]) -> f32 {
        let mask = mask(self.bits);
        self.bias + dot(row, self.normalise, |bucket| self.weights[(bucket & mask) as usize])
    }

    /// The margins of all rows of a table.
    pub fn predict_table(&self, table: &Table) -> Vec<f32> {
        (0..table.rows()).map(|row| self.predict(table.sparse_row(row))).collect()
    }

    /// The model in a quarter of the space: a byte per weight and one scale. The largest weights are
    /// cut where that makes the squared error of all weights least.
    pub fn quantise(&self) -> Quantised {
        let most = self.weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let scales = (4..=16).map(|part| most * part as f32 / 16.0 / 127.0);
        let error = |scale: f32| -> f64 {
            let off = |&weight: &f32| f64::from(weight - f32::from(byte(weight, scale)) * scale);
            self.weights.iter().map(|weight| off(weight).powi(2)).sum()
        };
        let judged = scales.map(|scale| (error(scale), scale));
        let scale = judged.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, scale)| scale);
        Quantised {
            loss: self.loss,
            bits: self.bits,
            normalise: self.normalise,
            bias: self.bias,
            scale,
            weights: self.weights.iter().map(|&weight| byte(weight, scale)).collect(),
        }
    }
}

/// A linear model with a byte per weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// What the margin means.
    pub loss: Loss,
    /// There are 2^`bits` weights.
    pub bits: u32,
    /// Whether a row is divided by its Euclidean length first.
    pub normalise: bool,
    /// The margin of a row without features.
    pub bias: f32,
    /// What one unit of a byte is worth.
    pub scale: f32,
    /// A byte per bucket.
    pub weights: Vec<i8>,
}

impl Quantised {
    /// The margin of one row.
    pub fn predict(&self, row: &[Sparse]) -> f32 {
        quantised_margin(row, self.bits, self.normalise, self.bias, self.scale, |bucket| {
            self.weights[bucket]
        })
    }

    /// The margins of all rows of a table.
    pub fn predict_table(&self, table: &Table) -> Vec<f32> {
        (0..table.rows()).map(|row| self.predict(table.sparse_row(row))).collect()
    }
}

/// The margin of a row by weights of one byte, wherever they are kept.
pub(super) fn quantised_margin(
    row: &[Sparse],
    bits: u32,
    normalise: bool,
    bias: f32,
    scale: f32,
    weight: impl Fn(usize) -> i8,
) -> f32 {
    let mask = mask(bits);
    bias + scale * dot(row, normalise, |bucket| f32::from(weight((bucket & mask) as usize)))
}

fn byte(weight: f32, scale: f32) -> i8 {
    if scale > 0.0 { (weight / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 }
}

fn mask(bits: u32) -> u32 {
    (1 << bits) - 1
}

/// The row times the weights, divided by the row's length where it is normalised.
fn dot(row: &[Sparse], normalise: bool, weight: impl Fn(u32) -> f32) -> f32 {
    let sum: f32 = row.iter().map(|&(bucket, value)| value * weight(bucket)).sum();
    if normalise { sum * shrink(row) } else { sum }
}

/// One over the Euclidean length of a row; 0 for a row without length.
fn shrink(row: &[Sparse]) -> f32 {
    let square: f32 = row.iter().map(|&(_, value)| value * value).sum();
    if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 }
}

/// How much each bucket counts: ln((1 + rows) / (1 + rows with it)) + 1, or 0 where it is too rare.
struct Idf {
    factors: Vec<f32>,
}

impl Idf {
    fn new(table: &Table, bits: u32, params: &LinearParams) -> Self {
        let mut seen = vec![0_u32; 1 << bits];
        for row in 0..table.rows() {
            let mut buckets: Vec<u32> =
                table.sparse_row(row).iter().map(|&(bucket, _)| bucket & mask(bits)).collect();
            buckets.sort_unstable();
            buckets.dedup();
            buckets.iter().for_each(|&bucket| seen[bucket as usize] += 1);
        }
        let rows = table.rows() as f64;
        let factor = |&seen: &u32| match seen {
            seen if seen < params.least_rows.max(1) => 0.0,
            seen if params.idf => (((1.0 + rows) / (1.0 + f64::from(seen))).ln() + 1.0) as f32,
            _ => 1.0,
        };
        Self { factors: seen.iter().map(factor).collect() }
    }
}

/// The row as the descent sees it: in fewer buckets, normalised, times idf, without zeros.
fn prepared(row: &[Sparse], bits: u32, normalise: bool, idf: &Idf) -> Vec<Sparse> {
    let shrink = if normalise { shrink(row) } else { 1.0 };
    let ready = |&(bucket, value): &Sparse| {
        let bucket = bucket & mask(bits);
        (bucket, value * shrink * idf.factors[bucket as usize])
    };
    let mut row: Vec<Sparse> = row.iter().map(ready).filter(|&(_, value)| value != 0.0).collect();
    row.sort_by_key(|&(bucket, _)| bucket);
    // Buckets that fell together are one feature.
    row.dedup_by(|next, first| {
        let same = next.0 == first.0;
        first.1 += if same { next.1 } else { 0.0 };
        same
    });
    row
}

/// Weights on their way: they are always the rows times `pulls`.
struct Descent<'a> {
    rows: &'a [Vec<Sparse>],
    target: &'a [f32],
    loss: Loss,
    base: f32,
    weights: Vec<f32>,
    /// The weight of a feature that every row has with value 1.
    bias: f32,
    /// How much each row pulls at the weights.
    pulls: Vec<f64>,
    /// The squared length of each row, with the bias.
    squares: Vec<f64>,
    strengths: Vec<f64>,
}

impl<'a> Descent<'a> {
    fn new(
        rows: &'a [Vec<Sparse>],
        table: &'a Table,
        loss: Loss,
        params: &LinearParams,
        base: f32,
        size: usize,
    ) -> Self {
        let square = |row: &Vec<Sparse>| {
            1.0 + row.iter().map(|&(_, value)| f64::from(value).powi(2)).sum::<f64>()
        };
        let strength = f64::from(params.strength.max(1e-9));
        Self {
            rows,
            target: &table.target,
            loss,
            base,
            weights: vec![0.0; size],
            bias: 0.0,
            pulls: vec![0.0; rows.len()],
            squares: rows.iter().map(square).collect(),
            strengths: (0..rows.len())
                .map(|row| f64::from(table.weight_of(row)).max(1e-9) * strength)
                .collect(),
        }
    }

    fn run(&mut self, params: &LinearParams) {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let mut chance = ChaCha8Rng::seed_from_u64(params.seed);
        for _ in 0..params.epochs {
            shuffle(&mut order, &mut chance);
            let furthest = order.iter().map(|&row| self.settle(row)).fold(0.0, f64::max);
            if furthest < NEAR {
                break;
            }
        }
    }

    /// Gives one row the pull that is best while the others keep theirs, and returns how far the
    /// row was from it, in units of its prediction.
    fn settle(&mut self, row: usize) -> f64 {
        let features = &self.rows[row];
        let sum: f32 = features.iter().map(|&(at, value)| value * self.weights[at as usize]).sum();
        let margin = f64::from(self.base + self.bias + sum);
        let (target, square) = (f64::from(self.target[row]), self.squares[row]);
        let (strength, pull) = (self.strengths[row], self.pulls[row]);
        let step = match self.loss {
            Loss::Squared => (target - margin - pull / strength) / (square + 1.0 / strength),
            Loss::Logistic => logistic_step(margin, target, pull, strength, square),
        };
        self.pulls[row] += step;
        self.bias += step as f32;
        for &(at, value) in features {
            self.weights[at as usize] += step as f32 * value;
        }
        let value = f64::from(self.loss.value(margin as f32));
        (target - value - pull / strength).abs()
    }
}

/// The step after which the row's pull is its strength times what its probability lacks: the root
/// of a falling function, by Newton's steps inside a bracket that gets smaller.
fn logistic_step(margin: f64, target: f64, pull: f64, strength: f64, square: f64) -> f64 {
    let (mut low, mut high) = (strength * (target - 1.0) - pull, strength * target - pull);
    let mut step = 0.0_f64.clamp(low.min(high), high.max(low));
    for _ in 0..20 {
        let probability = 1.0 / (1.0 + (-(margin + step * square)).exp());
        let lacking = strength * (target - probability) - (pull + step);
        if lacking.abs() < 1e-9 * strength {
            break;
        }
        if lacking > 0.0 {
            low = step;
        } else {
            high = step;
        }
        let slope = strength * square * probability * (1.0 - probability) + 1.0;
        let next = step + lacking / slope;
        step = if next > low && next < high { next } else { f64::midpoint(low, high) };
    }
    step
}

#[cfg(test)]
mod tests {
    use super::super::sigmoid;
    use super::*;

    /// Rows of a few of 500 buckets; the first 20 buckets pull up, the next 20 down.
    fn words(rows: u32) -> Table {
        let mut table = Table::default();
        for row in 0..rows {
            let mut state = u64::from(row) * 2_654_435_761 + 12_345;
            let mut next = |bound: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
                (state >> 33) % bound
            };
            let features: Vec<Sparse> = (0..12).map(|_| (next(500) as u32, 1.0)).collect();
            let pull = |bucket: u32| match bucket {
                0..20 => 1.0,
                20..40 => -1.0,
                _ => 0.0,
            };
            let sum: f32 = features.iter().map(|&(bucket, _)| pull(bucket)).sum();
            table.sparse.push(features);
            table.target.push(sum);
            table.group.push(row);
        }
        table
    }

    fn plain() -> LinearParams {
        LinearParams {
            bits: 10,
            normalise: false,
            idf: false,
            strength: 10.0,
            ..Default::default()
        }
    }

    #[test]
    fn a_linear_function_is_found() {
        let model = Linear::train(&words(3_000), Loss::Squared, &plain());
        let unseen = words(3_100);
        for row in 3_000..3_100 {
            let off = model.predict(unseen.sparse_row(row)) - unseen.target[row];
            assert!(off.abs() < 0.05, "row {row} is off by {off}");
        }
    }

    #[test]
    fn at_the_optimum_no_weight_wants_to_move() {
        let mut table = words(600);
        table.target.iter_mut().for_each(|target| *target = f32::from(u8::from(*target > 0.0)));
        table.weight = Some((0..600).map(|row| 1.0 + (row % 3) as f32).collect());
        let params = LinearParams { strength: 0.5, epochs: 500, ..plain() };
        let model = Linear::train(&table, Loss::Logistic, &params);
        let mut slopes: Vec<f32> = model.weights.clone();
        for row in 0..600 {
            let lacking = table.target[row] - sigmoid(model.predict(table.sparse_row(row)));
            let pull = 0.5 * table.weight_of(row) * lacking;
            for &(bucket, value) in table.sparse_row(row) {
                if model.weights[bucket as usize] != 0.0 {
                    slopes[bucket as usize] -= pull * value;
                }
            }
        }
        let steepest = slopes.iter().fold(0.0_f32, |most, slope| most.max(slope.abs()));
        assert!(steepest < 0.01, "{steepest}");
    }

    #[test]
    fn the_same_rows_and_seed_give_the_same_weights() {
        let table = words(400);
        let train = |seed| {
            Linear::train(&table, Loss::Squared, &LinearParams { seed, epochs: 3, ..plain() })
        };
        assert_eq!(train(4), train(4));
        assert_ne!(train(4).weights, train(5).weights);
    }

    #[test]
    fn idf_and_length_are_part_of_the_model() {
        let table = words(2_000);
        let params = LinearParams { normalise: true, idf: true, ..plain() };
        let model = Linear::train(&table, Loss::Squared, &params);
        let row = table.sparse_row(1).to_vec();
        let twice: Vec<Sparse> = row.iter().map(|&(bucket, value)| (bucket, 2.0 * value)).collect();
        assert!((model.predict(&row) - model.predict(&twice)).abs() < 1e-5);
        assert_eq!(model.predict(&[]), model.bias);
    }

    #[test]
    fn a_byte_a_weight_is_enough() {
        let table = words(2_000);
        let model = Linear::train(&table, Loss::Squared, &plain());
        let small = model.quantise();
        let off = |row: usize| {
            model.predict(table.sparse_row(row)) - small.predict(table.sparse_row(row))
        };
        let furthest = (0..2_000).map(|row| off(row).abs()).fold(0.0, f32::max);
        assert!(furthest < 0.05, "{furthest}");
    }

    #[test]
    fn without_rows_nothing_is_claimed() {
        let model = Linear::train(&Table::default(), Loss::Logistic, &plain());
        assert_eq!(model.predict(&[(3, 1.0)]), 0.0);
        assert_eq!(model.quantise().predict(&[(3, 1.0)]), 0.0);
    }
}
