//! Gradient-boosted trees: training, prediction, exchange with XGBoost.
//!
//! After Friedman (2001) and Chen and Guestrin (2016): every tree fits the gradient of the loss
//! with second-order gains, over quantile bins.

mod bins;
mod exchange;
mod grow;

use super::Loss;
use super::table::Table;

pub use exchange::ExchangeError;

/// How trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreeParams {
    /// How many trees.
    pub trees: u32,
    /// Splits from root to leaf, at most.
    pub depth: u32,
    /// How much of each tree is taken, above 0 to 1.
    pub eta: f32,
    /// L2 on the leaves, 0 or more.
    pub lambda: f32,
    /// The least sum of second derivatives in a leaf: rows where the loss is squared.
    pub min_child_weight: f32,
    /// The share of features each tree may use, above 0 to 1.
    pub columns: f32,
    /// The share of rows each tree sees, above 0 to 1.
    pub rows: f32,
    /// Decides which features and rows.
    pub seed: u64,
}

impl Default for TreeParams {
    fn default() -> Self {
        Self {
            trees: 200,
            depth: 5,
            eta: 0.08,
            lambda: 1.0,
            min_child_weight: 5.0,
            columns: 0.5,
            rows: 0.8,
            seed: 1,
        }
    }
}

/// A node of a tree: a split, or a leaf where `left` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Node {
    /// The feature that is asked.
    pub feature: u32,
    /// Whether a missing value goes left.
    pub missing_left: bool,
    /// The number values must be below to go left; in a leaf, what is added to the margin.
    pub value: f32,
    /// The left child, counted from the root of the tree; the right one follows it.
    pub left: u32,
    /// What the split gained in training; 0 in a leaf.
    pub gain: f32,
    /// The sum of second derivatives that came by in training.
    pub cover: f32,
}

impl Node {
    /// Whether nothing is asked here.
    pub fn is_leaf(&self) -> bool {
        self.left == 0
    }
}

/// Trees that were grown one upon the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// What the margin means.
    pub loss: Loss,
    /// How many features a row has.
    pub width: u32,
    /// The margin before any tree.
    pub base: f32,
    /// The nodes of all trees, one tree after the other, each from its root.
    pub nodes: Vec<Node>,
    /// Where each tree begins in `nodes`.
    pub roots: Vec<u32>,
}

impl Forest {
    /// Grows trees on the dense features of a table. Without rows, or with a loss that one number
    /// satisfies, there is only that number.
    pub fn train(table: &Table, loss: Loss, params: &TreeParams) -> Self {
        grow::train(table, loss, params)
    }

    /// The margin of one row. A feature beyond the end of the row is missing.
    pub fn predict(&self, row: &[f32]) -> f32 {
        self.predict_by(|feature| row.get(feature).copied().unwrap_or(f32::NAN))
    }

    /// The margin of a row whose features are kept anywhere.
    pub(super) fn predict_by(&self, value: impl Fn(usize) -> f32) -> f32 {
        let leaves = (0..self.roots.len()).map(|tree| self.leaf(tree, &value));
        leaves.fold(self.base, |margin, leaf| margin + leaf)
    }

    /// The margins of all rows of a table.
    pub fn predict_table(&self, table: &Table) -> Vec<f32> {
        (0..table.rows()).map(|row| self.predict(table.dense_row(row))).collect()
    }

    /// The forest of the first trees only: what training with fewer would have given.
    #[must_use]
    pub fn first(&self, trees: usize) -> Self {
        let end = self.roots.get(trees).map_or(self.nodes.len(), |&root| root as usize);
        Self {
            nodes: self.nodes[..end].to_vec(),
            roots: self.roots.iter().copied().take(trees).collect(),
            ..*self
        }
    }

    /// What each feature gained in all splits together.
    pub fn gains(&self) -> Vec<f32> {
        let mut gains = vec![0.0; self.width as usize];
        for node in self.nodes.iter().filter(|node| !node.is_leaf()) {
            if let Some(gain) = gains.get_mut(node.feature as usize) {
                *gain += node.gain;
            }
        }
        gains
    }

    /// The nodes of one tree.
    pub(super) fn tree(&self, tree: usize) -> &[Node] {
        let end = self.roots.get(tree + 1).map_or(self.nodes.len(), |&root| root as usize);
        &self.nodes[self.roots[tree] as usize..end]
    }

    fn leaf(&self, tree: usize, value: &impl Fn(usize) -> f32) -> f32 {
        let nodes = &self.nodes[self.roots[tree] as usize..];
        let mut node = &nodes[0];
        while !node.is_leaf() {
            let value = value(node.feature as usize);
            let left = if value.is_nan() { node.missing_left } else { value < node.value };
            node = &nodes[node.left as usize + usize::from(!left)];
        }
        node.value
    }
}

#[cfg(test)]
mod tests;
