//! Rows to learn from, and how they are split.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Bucket and value of a sparse feature; a row holds each bucket once at most.
pub type Sparse = (u32, f32);

/// Rows to learn from: dense features for trees, sparse ones for linear models, and what the rows
/// are worth. Every list is as long as `target`, or empty where a kind of feature is not used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// How many dense features a row has.
    pub width: usize,
    /// Row after row of dense features; NaN is a missing value.
    pub dense: Vec<f32>,
    /// The sparse features of each row, in any order.
    pub sparse: Vec<Vec<Sparse>>,
    /// What is to be learnt: 0 or 1 where the loss is logistic, any finite number otherwise.
    pub target: Vec<f32>,
    /// Rows of one group (a dialogue) are never split between training and measuring.
    pub group: Vec<u32>,
    /// How much each row counts, above 0; all the same without it.
    pub weight: Option<Vec<f32>>,
}

impl Table {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.target.len()
    }

    /// The dense features of a row; empty where the table has none.
    pub fn dense_row(&self, row: usize) -> &[f32] {
        self.dense.get(row * self.width..(row + 1) * self.width).unwrap_or_default()
    }

    /// The sparse features of a row; empty where the table has none.
    pub fn sparse_row(&self, row: usize) -> &[Sparse] {
        self.sparse.get(row).map(Vec::as_slice).unwrap_or_default()
    }

    /// How much a row counts.
    pub fn weight_of(&self, row: usize) -> f32 {
        self.weight.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0)
    }

    /// A table of some of the rows, in the order given.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            width: self.width,
            dense: rows.iter().flat_map(|&row| self.dense_row(row)).copied().collect(),
            sparse: if self.sparse.is_empty() {
                Vec::new()
            } else {
                rows.iter().map(|&row| self.sparse_row(row).to_vec()).collect()
            },
            target: pick(&self.target, rows),
            group: pick(&self.group, rows),
            weight: self.weight.as_ref().map(|weights| pick(weights, rows)),
        }
    }
}

/// The values at some places; a place that is not there is left out.
pub fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|&row| values.get(row)).copied().collect()
}

/// The fold of every row, 0 to `k` − 1: all rows of a group share one, and the folds are about
/// equally large. Groups are shuffled by the seed, then each, the largest first, goes to the fold
/// that is smallest so far.
pub fn folds(group: &[u32], k: u8, seed: u64) -> Vec<u8> {
    let k = k.max(1);
    let mut sizes = group_sizes(group);
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    shuffle(&mut sizes, &mut chance);
    sizes.sort_by_key(|&(_, size)| std::cmp::Reverse(size));
    let mut filled = vec![0_usize; usize::from(k)];
    let mut placed: Vec<(u32, u8)> = Vec::with_capacity(sizes.len());
    for (name, size) in sizes {
        let fold = (0..k).min_by_key(|&fold| filled[usize::from(fold)]).unwrap_or(0);
        filled[usize::from(fold)] += size;
        placed.push((name, fold));
    }
    placed.sort_unstable();
    let fold_of = |name: &u32| {
        placed.binary_search_by_key(name, |&(name, _)| name).map_or(0, |at| placed[at].1)
    };
    group.iter().map(fold_of).collect()
}

/// The rows outside a fold and the rows in it, both in order.
pub fn split(folds: &[u8], fold: u8) -> (Vec<usize>, Vec<usize>) {
    (0..folds.len()).partition(|&row| folds[row] != fold)
}

/// Rows of as many groups as there are, drawn with replacement: another training set that might as
/// well have been. Forests of several draws show by their variance how much chance is in a figure.
pub fn draw(group: &[u32], seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..group.len()).collect();
    order.sort_by_key(|&row| group[row]);
    let groups: Vec<&[usize]> = order.chunk_by(|&a, &b| group[a] == group[b]).collect();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let drawn = (0..groups.len()).map(|_| groups[below(&mut chance, groups.len())]);
    drawn.flatten().copied().collect()
}

/// Every group with the number of its rows, ordered by name.
pub(super) fn group_sizes(group: &[u32]) -> Vec<(u32, usize)> {
    let mut names = group.to_vec();
    names.sort_unstable();
    names.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

/// Fisher and Yates' shuffle.
pub(super) fn shuffle<T>(items: &mut [T], chance: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(chance, last + 1));
    }
}

/// A number from 0 to `bound` − 1; the bias of the multiplication is below one in a billion here.
pub(super) fn below(chance: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u128::from(chance.next_u64()) * bound as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_stays_in_one_fold_and_folds_are_even() {
        let group: Vec<u32> = (0..1_000).map(|row| row / 7).collect();
        let folds = folds(&group, 5, 3);
        for (row, fold) in folds.iter().enumerate().skip(1) {
            if group[row] == group[row - 1] {
                assert_eq!(*fold, folds[row - 1]);
            }
        }
        for fold in 0..5 {
            let (rest, inside) = split(&folds, fold);
            assert_eq!(rest.len() + inside.len(), 1_000);
            assert!((190..=210).contains(&inside.len()), "fold {fold} has {}", inside.len());
        }
    }

    #[test]
    fn the_seed_alone_decides_the_folds() {
        let group: Vec<u32> = (0..200).collect();
        assert_eq!(folds(&group, 4, 1), folds(&group, 4, 1));
        assert_ne!(folds(&group, 4, 1), folds(&group, 4, 2));
    }

    #[test]
    fn selected_rows_carry_all_they_had() {
        let table = Table {
            width: 2,
            dense: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            sparse: vec![vec![(1, 1.0)], vec![], vec![(9, 2.0)]],
            target: vec![0.0, 1.0, 0.5],
            group: vec![7, 8, 9],
            weight: Some(vec![1.0, 2.0, 3.0]),
        };
        let picked = table.select(&[2, 0]);
        assert_eq!(picked.dense, [5.0, 6.0, 1.0, 2.0]);
        assert_eq!(picked.sparse_row(0), [(9, 2.0)]);
        assert_eq!((picked.target, picked.group), (vec![0.5, 0.0], vec![9, 7]));
        assert_eq!(picked.weight, Some(vec![3.0, 1.0]));
    }
}
