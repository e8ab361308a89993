//! Growing trees: histograms of gradients, the best split of each node, breadth first.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::super::table::{Table, shuffle};
use super::super::{Loss, best_constant, sigmoid};
use super::bins::{Column, columns};
use super::{Forest, Node, TreeParams};

/// A split that gains less than this is noise of the arithmetic.
const LEAST_GAIN: f64 = 1e-6;

pub(super) fn train(table: &Table, loss: Loss, params: &TreeParams) -> Forest {
    let base = best_constant(table, loss);
    let mut forest =
        Forest { loss, width: table.width as u32, base, nodes: Vec::new(), roots: Vec::new() };
    if table.rows() == 0 || table.width == 0 {
        return forest;
    }
    let columns = columns(table);
    let mut chance = ChaCha8Rng::seed_from_u64(params.seed);
    let mut margins = vec![base; table.rows()];
    let mut slopes = Slopes::default();
    for _ in 0..params.trees {
        slopes.measure(table, loss, &margins);
        let rows = sample(table.rows(), params.rows, &mut chance);
        let features = sample(table.width, params.columns, &mut chance);
        let nodes = Grower::new(&columns, &features, &slopes, params).grow(rows);
        forest.roots.push(forest.nodes.len() as u32);
        forest.nodes.extend(nodes);
        let tree = forest.roots.len() - 1;
        for (row, margin) in margins.iter_mut().enumerate() {
            let features = table.dense_row(row);
            *margin += forest.leaf(tree, &|feature: usize| features[feature]);
        }
    }
    forest
}

/// A share of the numbers below `count`, one at least, ascending.
fn sample(count: usize, share: f32, chance: &mut ChaCha8Rng) -> Vec<u32> {
    let mut all: Vec<u32> = (0..count as u32).collect();
    if share < 1.0 {
        shuffle(&mut all, chance);
        all.truncate(((count as f32 * share).round() as usize).max(1));
        all.sort_unstable();
    }
    all
}

/// First and second derivatives of the loss at every row.
#[derive(Default)]
struct Slopes {
    first: Vec<f32>,
    second: Vec<f32>,
    /// Both of a row as whole numbers in one word, the first above the second: words can be summed
    /// in any order, and taken away again, without rounding.
    words: Vec<i64>,
    /// What one unit of each half stands for.
    units: (f64, f64),
}

impl Slopes {
    fn measure(&mut self, table: &Table, loss: Loss, margins: &[f32]) {
        self.first.clear();
        self.second.clear();
        for (row, (&margin, &target)) in margins.iter().zip(&table.target).enumerate() {
            let weight = table.weight_of(row);
            let (first, second) = match loss {
                Loss::Logistic => {
                    let probability = sigmoid(margin);
                    (probability - target, (probability * (1.0 - probability)).max(1e-8))
                }
                Loss::Squared => (margin - target, 1.0),
            };
            self.first.push(weight * first);
            self.second.push(weight * second);
        }
        let sum = |values: &[f32]| values.iter().map(|value| f64::from(value.abs())).sum::<f64>();
        // The sums of all rows fit their halves with the rounding of every row to spare.
        let room = f64::from(1_u32 << 30) - self.first.len() as f64;
        let unit = |sum: f64| if sum > 0.0 { sum / room } else { 1.0 };
        self.units = (unit(sum(&self.first)), unit(sum(&self.second)));
        let word = |(&first, &second): (&f32, &f32)| {
            let whole = |value: f32, unit: f64| (f64::from(value) / unit).round() as i64;
            (whole(first, self.units.0) << 32) + whole(second, self.units.1)
        };
        self.words.clear();
        self.words.extend(self.first.iter().zip(&self.second).map(word));
    }

    fn totals(&self, word: i64) -> Totals {
        let second = word & 0xffff_ffff;
        Totals {
            first: ((word - second) >> 32) as f64 * self.units.0,
            second: second as f64 * self.units.1,
        }
    }

    /// The totals of some rows, of the numbers as they were before rounding.
    fn exact(&self, rows: &[u32]) -> Totals {
        let mut totals = Totals { first: 0.0, second: 0.0 };
        for &row in rows {
            totals.first += f64::from(self.first[row as usize]);
            totals.second += f64::from(self.second[row as usize]);
        }
        totals
    }
}

/// Sums of derivatives.
#[derive(Debug, Clone, Copy)]
struct Totals {
    first: f64,
    second: f64,
}

impl Totals {
    /// What a leaf of these rows takes off the loss, twice.
    fn worth(self, lambda: f64) -> f64 {
        self.first * self.first / (self.second + lambda).max(1e-12)
    }

    /// The step of a leaf that takes it off.
    fn step(self, lambda: f64) -> f64 {
        -self.first / (self.second + lambda).max(1e-12)
    }
}

/// The best question to ask of a node's rows.
struct Split {
    gain: f64,
    feature: u32,
    /// Bins below this one go left.
    bin: usize,
    missing_left: bool,
}

/// A node whose rows may still be split.
struct Open {
    node: usize,
    depth: u32,
    /// Its rows, as a range of `Grower::rows`.
    from: usize,
    to: usize,
    histogram: Vec<i64>,
}

struct Grower<'a> {
    columns: &'a [Column],
    features: &'a [u32],
    /// Where the bins of each feature in use begin in a histogram.
    places: Vec<usize>,
    size: usize,
    slopes: &'a Slopes,
    params: &'a TreeParams,
    rows: Vec<u32>,
    nodes: Vec<Node>,
}

impl<'a> Grower<'a> {
    fn new(
        columns: &'a [Column],
        features: &'a [u32],
        slopes: &'a Slopes,
        params: &'a TreeParams,
    ) -> Self {
        let mut size = 0;
        let place = |&feature: &u32| {
            let place = size;
            size += columns[feature as usize].size();
            place
        };
        let places = features.iter().map(place).collect();
        Self {
            columns,
            features,
            places,
            size,
            slopes,
            params,
            rows: Vec::new(),
            nodes: Vec::new(),
        }
    }

    fn grow(mut self, rows: Vec<u32>) -> Vec<Node> {
        self.rows = rows;
        let to = self.rows.len();
        self.nodes.push(self.leaf(&self.rows));
        let histogram = self.histogram(&self.rows);
        let mut open = vec![Open { node: 0, depth: 0, from: 0, to, histogram }];
        // Breadth first, so that two children stand side by side.
        while !open.is_empty() {
            open = open.into_iter().flat_map(|node| self.split(node)).collect();
        }
        self.nodes
    }

    /// Splits a node, and returns the children that may be split further.
    fn split(&mut self, open: Open) -> Vec<Open> {
        if open.depth >= self.params.depth {
            return Vec::new();
        }
        let Some(split) = self.best(&open.histogram) else { return Vec::new() };
        let (from, to) = (open.from, open.to);
        let middle = from + self.part(from, to, &split);
        let left = self.nodes.len();
        for (from, to) in [(from, middle), (middle, to)] {
            self.nodes.push(self.leaf(&self.rows[from..to]));
        }
        let column = &self.columns[split.feature as usize];
        self.nodes[open.node] = Node {
            feature: split.feature,
            missing_left: split.missing_left,
            value: column.edges[split.bin],
            left: left as u32,
            gain: split.gain as f32,
            ..self.nodes[open.node]
        };
        let depth = open.depth + 1;
        if depth >= self.params.depth {
            return Vec::new();
        }
        let (left_histogram, right_histogram) = self.share(open.histogram, from, middle, to);
        vec![
            Open { node: left, depth, from, to: middle, histogram: left_histogram },
            Open { node: left + 1, depth, from: middle, to, histogram: right_histogram },
        ]
    }

    /// The histograms of two children: the smaller one is counted, the other is what remains.
    fn share(
        &self,
        mut parent: Vec<i64>,
        from: usize,
        middle: usize,
        to: usize,
    ) -> (Vec<i64>, Vec<i64>) {
        let left_is_smaller = middle - from <= to - middle;
        let rows = if left_is_smaller { &self.rows[from..middle] } else { &self.rows[middle..to] };
        let smaller = self.histogram(rows);
        parent.iter_mut().zip(&smaller).for_each(|(all, part)| *all -= part);
        if left_is_smaller { (smaller, parent) } else { (parent, smaller) }
    }

    fn leaf(&self, rows: &[u32]) -> Node {
        let totals = self.slopes.exact(rows);
        let step = totals.step(f64::from(self.params.lambda)) * f64::from(self.params.eta);
        Node { value: step as f32, cover: totals.second as f32, ..Node::default() }
    }

    fn histogram(&self, rows: &[u32]) -> Vec<i64> {
        let words: Vec<i64> = rows.iter().map(|&row| self.slopes.words[row as usize]).collect();
        let mut histogram = vec![0; self.size];
        for (&feature, &place) in self.features.iter().zip(&self.places) {
            let column = &self.columns[feature as usize];
            count(column, rows, &words, &mut histogram[place..place + column.size()]);
        }
        histogram
    }

    fn best(&self, histogram: &[i64]) -> Option<Split> {
        let mut best: Option<Split> = None;
        for (&feature, &place) in self.features.iter().zip(&self.places) {
            let bins = &histogram[place..place + self.columns[feature as usize].size()];
            let least = best.as_ref().map_or(LEAST_GAIN, |best| best.gain);
            if let Some(split) = self.best_of(feature, bins, least) {
                best = Some(split);
            }
        }
        best
    }

    /// The best split by one feature, if it gains more than `least`.
    fn best_of(&self, feature: u32, bins: &[i64], mut least: f64) -> Option<Split> {
        let lambda = f64::from(self.params.lambda);
        let (&missing, present) = bins.split_last()?;
        let all: i64 = bins.iter().sum();
        let floor = self.slopes.totals(all).worth(lambda);
        let mut best = None;
        let mut below = 0;
        for (bin, &here) in present.iter().enumerate() {
            for missing_left in [false, true] {
                // Without missing rows both are one question; the heavier side is learnt below.
                if missing == 0 && missing_left {
                    continue;
                }
                let left = if missing_left { below + missing } else { below };
                let Some(gain) = self.gain(left, all, floor) else { continue };
                if gain > least {
                    let heavier_left = 2 * (left & 0xffff_ffff) > (all & 0xffff_ffff);
                    let missing_left = if missing == 0 { heavier_left } else { missing_left };
                    least = gain;
                    best = Some(Split { gain, feature, bin, missing_left });
                }
            }
            below += here;
        }
        best
    }

    /// What a split gains, if both sides are heavy enough.
    fn gain(&self, left: i64, all: i64, floor: f64) -> Option<f64> {
        let lambda = f64::from(self.params.lambda);
        let (left, right) = (self.slopes.totals(left), self.slopes.totals(all - left));
        // A hair less, for the rounding of the halves.
        let least = f64::from(self.params.min_child_weight).max(1e-9) * (1.0 - 1e-5);
        let heavy = left.second >= least && right.second >= least;
        heavy.then(|| (left.worth(lambda) + right.worth(lambda) - floor) / 2.0)
    }

    /// Moves the rows that go left before those that go right, each in their order, and returns how
    /// many go left.
    fn part(&mut self, from: usize, to: usize, split: &Split) -> usize {
        let column = &self.columns[split.feature as usize];
        let missing = column.edges.len();
        let goes_left = |&&row: &&u32| match usize::from(column.bins[row as usize]) {
            bin if bin == missing => split.missing_left,
            bin => bin < split.bin,
        };
        let rows = &mut self.rows[from..to];
        let (left, right): (Vec<u32>, Vec<u32>) = rows.iter().partition(goes_left);
        rows[..left.len()].copy_from_slice(&left);
        rows[left.len()..].copy_from_slice(&right);
        left.len()
    }
}

/// Adds the words of some rows to the bins of one feature. Two histograms take turns, so that rows
/// of one bin, which are the rule for counts of words, do not wait for each other.
fn count(column: &Column, rows: &[u32], words: &[i64], bins: &mut [i64]) {
    if rows.len() < 512 {
        for (&row, word) in rows.iter().zip(words) {
            bins[usize::from(column.bins[row as usize])] += word;
        }
        return;
    }
    let mut even = [0_i64; 256];
    let mut odd = [0_i64; 256];
    let (row_pairs, word_pairs) = (rows.chunks_exact(2), words.chunks_exact(2));
    if let (&[row], &[word]) = (row_pairs.remainder(), word_pairs.remainder()) {
        even[usize::from(column.bins[row as usize])] += word;
    }
    for (rows, words) in row_pairs.zip(word_pairs) {
        even[usize::from(column.bins[rows[0] as usize])] += words[0];
        odd[usize::from(column.bins[rows[1] as usize])] += words[1];
    }
    for ((bin, even), odd) in bins.iter_mut().zip(even).zip(odd) {
        *bin += even + odd;
    }
}
