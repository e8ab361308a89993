//! Features as small numbers: which of up to 255 quantile bins a value is in.

use super::super::table::Table;

/// Values of one feature share bins so that there are no more than this.
const MOST: usize = 255;

/// One feature of all rows.
pub(super) struct Column {
    /// The smallest training value of each bin, ascending.
    pub(super) edges: Vec<f32>,
    /// The bin of each row; `edges.len()` where the value is missing.
    pub(super) bins: Vec<u8>,
}

impl Column {
    /// How many bins there are, with the one for missing values.
    pub(super) fn size(&self) -> usize {
        self.edges.len() + 1
    }
}

/// Puts every feature of a table into bins.
pub(super) fn columns(table: &Table) -> Vec<Column> {
    (0..table.width).map(|feature| column(table, feature)).collect()
}

fn column(table: &Table, feature: usize) -> Column {
    let value = |row: usize| table.dense_row(row).get(feature).copied().unwrap_or(f32::NAN);
    // −0 and 0 are one value to a comparison, so they are one to the bins.
    let values: Vec<f32> = (0..table.rows()).map(|row| value(row) + 0.0).collect();
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let edges = edges(&sorted);
    let bin = |&value: &f32| {
        if value.is_nan() {
            edges.len() as u8
        } else {
            edges.partition_point(|&edge| edge <= value).saturating_sub(1) as u8
        }
    };
    Column { bins: values.iter().map(bin).collect(), edges }
}

/// Edges that give each bin about the same number of rows; equal values are never torn apart. Only
/// the order of the values counts, so that a monotone change of a feature changes no bin.
fn edges(sorted: &[f32]) -> Vec<f32> {
    let distinct: Vec<&[f32]> = sorted.chunk_by(|a, b| a == b).collect();
    if distinct.len() <= MOST {
        return distinct.iter().map(|same| same[0]).collect();
    }
    let mut edges = Vec::with_capacity(MOST);
    // The rows in no closed bin, those in the open one, and how many the open one is to have: an
    // even share of what the bins before it left.
    let (mut left, mut full, mut share) = (sorted.len(), 0, 0);
    for same in distinct {
        if full >= share && edges.len() < MOST {
            left -= full;
            share = left.div_ceil(MOST - edges.len());
            full = 0;
            edges.push(same[0]);
        }
        full += same.len();
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binned(values: &[f32]) -> Column {
        let table = Table {
            width: 1,
            dense: values.to_vec(),
            target: vec![0.0; values.len()],
            ..Table::default()
        };
        column(&table, 0)
    }

    #[test]
    fn few_values_have_a_bin_each_and_missing_ones_the_last() {
        let column = binned(&[3.0, f32::NAN, 1.0, 3.0, -0.0, 0.0]);
        assert_eq!(column.edges, [0.0, 1.0, 3.0]);
        assert_eq!(column.bins, [2, 3, 1, 2, 0, 0]);
    }

    #[test]
    fn many_values_share_bins_evenly() {
        let values: Vec<f32> = (0..10_000).map(|at| ((at * 7_919) % 10_000) as f32).collect();
        let column = binned(&values);
        assert!((250..=MOST).contains(&column.edges.len()), "{}", column.edges.len());
        let mut counts = vec![0; column.size()];
        column.bins.iter().for_each(|&bin| counts[usize::from(bin)] += 1);
        let edges = column.edges.len();
        assert_eq!(counts[edges], 0);
        assert!(counts[..edges].iter().all(|&count| (20..=80).contains(&count)), "{counts:?}");
    }
}
