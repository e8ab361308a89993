//! What boosted trees are held to.

use proptest::prelude::*;

use super::*;
use crate::learn::measure::auc;

/// Rows of `width` features that look random, and a target made of the first three.
fn rows(count: usize, width: usize, target: impl Fn(&[f32]) -> f32) -> Table {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 24) as f32
    };
    let dense: Vec<f32> = (0..count * width).map(|_| next()).collect();
    let target = dense.chunks_exact(width).map(target).collect();
    Table { width, dense, target, group: (0..count as u32).collect(), ..Table::default() }
}

fn small() -> TreeParams {
    TreeParams { trees: 60, depth: 4, eta: 0.2, columns: 1.0, rows: 1.0, ..Default::default() }
}

fn rmse(forest: &Forest, table: &Table) -> f32 {
    let margins = forest.predict_table(table);
    let square = margins.iter().zip(&table.target).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    (square / table.rows() as f32).sqrt()
}

#[test]
fn a_curve_with_an_interaction_is_found() {
    let curve = |row: &[f32]| (row[0] * 6.0).sin() + 2.0 * row[1] * row[2];
    let table = rows(4_000, 6, curve);
    let forest = Forest::train(&table, Loss::Squared, &TreeParams { trees: 150, ..small() });
    let fresh = rows(5_000, 6, curve).select(&(4_000..5_000).collect::<Vec<_>>());
    let off = rmse(&forest, &fresh);
    assert!(off < 0.1, "{off}");
    let gains = forest.gains();
    assert!(gains[..3].iter().all(|&gain| gain > 20.0 * gains[4]), "{gains:?}");
}

#[test]
fn either_but_not_both_is_found() {
    let either = |row: &[f32]| f32::from(u8::from((row[0] > 0.5) != (row[1] > 0.3)));
    let table = rows(2_000, 4, either);
    let forest = Forest::train(&table, Loss::Logistic, &small());
    assert!(auc(&table.target, &forest.predict_table(&table)) > 0.999);
    let sure = forest.predict(&[0.9, 0.9, 0.5, 0.5]);
    assert!(Loss::Logistic.value(sure) < 0.02, "{sure}");
}

#[test]
fn missing_values_go_where_they_were_learnt_to_go() {
    let mut table = rows(2_000, 2, |row| row[0]);
    for row in (0..2_000).step_by(4) {
        table.dense[row * 2] = f32::NAN;
        table.target[row] = 5.0;
    }
    let forest = Forest::train(&table, Loss::Squared, &small());
    assert!((forest.predict(&[f32::NAN, 0.5]) - 5.0).abs() < 0.1);
    assert!((forest.predict(&[0.25, 0.5]) - 0.25).abs() < 0.1);
    assert_eq!(forest.predict(&[]), forest.predict(&[f32::NAN, f32::NAN]));
}

#[test]
fn the_same_rows_and_seed_give_the_same_trees() {
    let table = rows(500, 5, |row| row[0] - row[1]);
    let params = TreeParams { rows: 0.5, columns: 0.6, ..small() };
    let grown = Forest::train(&table, Loss::Squared, &params);
    assert_eq!(grown, Forest::train(&table, Loss::Squared, &params));
    assert_ne!(grown, Forest::train(&table, Loss::Squared, &TreeParams { seed: 2, ..params }));
    let fewer = Forest::train(&table, Loss::Squared, &TreeParams { trees: 7, ..params });
    assert_eq!(grown.first(7), fewer);
    assert_eq!(grown.first(1_000), grown);
}

#[test]
fn a_heavy_row_counts_as_several() {
    let mut table = rows(300, 3, |row| row[0] * 3.0);
    let twice: Vec<usize> = (0..300).flat_map(|row| [row, row]).collect();
    let doubled = table.select(&twice);
    table.weight = Some(vec![2.0; 300]);
    let params = TreeParams { trees: 10, ..small() };
    let heavy = Forest::train(&table, Loss::Squared, &params);
    let twice = Forest::train(&doubled, Loss::Squared, &params);
    for row in 0..300 {
        let off = heavy.predict(table.dense_row(row)) - twice.predict(table.dense_row(row));
        assert!(off.abs() < 1e-3, "row {row} is off by {off}");
    }
}

#[test]
fn nothing_to_learn_is_no_trouble() {
    let none = Forest::train(&Table::default(), Loss::Logistic, &small());
    assert_eq!(none.predict(&[1.0]), 0.0);
    let same = Table { width: 1, dense: vec![1.0; 9], target: vec![2.5; 9], ..Table::default() };
    assert_eq!(Forest::train(&same, Loss::Squared, &small()).predict(&[1.0]), 2.5);
    let missing = Table { dense: vec![f32::NAN; 9], ..same };
    assert_eq!(Forest::train(&missing, Loss::Squared, &small()).predict(&[1.0]), 2.5);
}

#[test]
fn a_forest_comes_back_from_json_as_it_was() {
    for (loss, cut) in [(Loss::Logistic, 0.5), (Loss::Squared, 0.0)] {
        let table = rows(400, 3, |row| if cut > 0.0 { (row[0] + cut).floor() } else { row[1] });
        let forest = Forest::train(&table, loss, &TreeParams { trees: 5, ..small() });
        let back = Forest::from_xgboost(&forest.to_xgboost(&["a", "b", "c"])).expect("a model");
        assert_eq!(back, forest);
    }
}

#[test]
fn what_is_no_such_model_is_refused_by_name() {
    let forest = Forest::train(&rows(50, 2, |row| row[0]), Loss::Squared, &small());
    let text = forest.to_xgboost(&[]);
    let errors = [
        "{",
        "{}",
        &text.replace("reg:squarederror", "rank:pairwise"),
        &text.replace("gbtree\"", "dart\""),
        &text.replacen("\"left_children\":[1", "\"left_children\":[99999", 1),
        &text.replacen("\"left_children\":[1", "\"left_children\":[0", 1),
        &text.replacen("\"left_children\"", "\"no_children\"", 1),
    ]
    .map(|text| Forest::from_xgboost(text).expect_err("refused").to_string());
    insta::assert_snapshot!(errors.join("\n"), @r"
    the model is not JSON: EOF while parsing an object at line 1 column 1
    the model has no usable `/learner/gradient_booster/name`; write it with XGBoost's save_model to a .json file
    the model's `objective` is `rank:pairwise`; only binary:logistic or reg:squarederror can be read
    the model's `gradient_booster` is `dart`; only gbtree can be read
    tree 0 of the model is broken at node 0: a child that is not there
    tree 0 of the model is broken at node 5: a node with two parents
    the model has no usable `trees[0].left_children`; write it with XGBoost's save_model to a .json file
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Trees see the order of a feature's values and nothing else.
    #[test]
    fn a_monotone_change_of_a_feature_changes_no_prediction(
        values in prop::collection::vec((-50_i16..50, -50_i16..50, any::<bool>()), 10..200),
        scale in 1_u8..9,
    ) {
        let dense: Vec<f32> = values
            .iter()
            .flat_map(|&(a, b, gone)| [f32::from(a), if gone { f32::NAN } else { f32::from(b) }])
            .collect();
        let target = values.iter().map(|&(a, b, _)| f32::from(a) * 0.1 + f32::from(b / 20)).collect();
        let table = Table { width: 2, dense, target, ..Table::default() };
        let mut bent = table.clone();
        let bend = |value: f32| value.powi(3) * f32::from(scale) + value;
        bent.dense.iter_mut().for_each(|value| *value = bend(*value));
        let params = TreeParams { trees: 8, rows: 0.8, min_child_weight: 1.0, ..small() };
        let straight = Forest::train(&table, Loss::Squared, &params);
        let curved = Forest::train(&bent, Loss::Squared, &params);
        prop_assert_eq!(straight.predict_table(&table), curved.predict_table(&bent));
    }
}
