//! What a pack is held to.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::learn::blend::standing;
use crate::learn::linear::{Linear, LinearParams};
use crate::learn::table::{Table, draw, folds};
use crate::learn::trees::TreeParams;

const FEATURES: u32 = 7;

/// Rows with three dense features and two words each.
fn table() -> Table {
    let mut table = Table { width: 3, ..Table::default() };
    for row in 0..240_u32 {
        let at = |by: u32| (row * by % 97) as f32 / 97.0;
        table.dense.extend([at(13), if row % 5 == 0 { f32::NAN } else { at(29) }, at(71)]);
        table.sparse.push(vec![(row % 11, 1.0), (100 + row % 3, 0.5)]);
        table.target.push(f32::from(u8::from(at(13) + at(41) > 1.0)));
        table.group.push(row / 4);
    }
    table
}

fn model(name: &str, loss: Loss, calibration: impl Fn(&[f32], &[f32]) -> Calibration) -> Model {
    let table = table();
    let params = TreeParams { trees: 12, depth: 3, columns: 1.0, ..TreeParams::default() };
    let forests: Vec<Forest> = (0..3)
        .map(|seed| Forest::train(&table.select(&draw(&table.group, seed)), loss, &params))
        .collect();
    let linear = LinearParams { bits: 8, ..LinearParams::default() };
    let linear = Linear::train(&table, loss, &linear).quantise();
    let trees = |row: usize| {
        let margins: Vec<f32> =
            forests.iter().map(|forest| forest.predict(table.dense_row(row))).collect();
        mean(&margins).expect("three forests")
    };
    let trees: Vec<f32> = (0..table.rows()).map(trees).collect();
    let words = linear.predict_table(&table);
    let blend = Blend::fit(&[trees.clone(), words.clone()], &table.target, loss);
    let margins: Vec<f32> =
        trees.iter().zip(&words).map(|(&tree, &word)| blend.predict(&[tree, word])).collect();
    let calibration = calibration(&margins, &table.target);
    let figures: Vec<f32> = margins.iter().map(|&margin| calibration.value(margin)).collect();
    let folds = folds(&table.group, 3, 1);
    let params = Spread::params(1);
    let spread = Spread::fit(&table, &folds, &figures, &table.target, 0.9, &params);
    Model {
        name: name.to_owned(),
        loss,
        forests,
        linear: Some(linear),
        blend,
        calibration,
        standing: standing(&figures, &[]),
        spread: Some(spread),
    }
}

fn models() -> Vec<Model> {
    let share = |_: &[f32], target: &[f32]| Calibration::share(target);
    let number = model("listening", Loss::Squared, share);
    let class = model("empathy", Loss::Logistic, Calibration::platt);
    let trees = Model {
        name: "trees alone".to_owned(),
        linear: None,
        spread: None,
        blend: Blend { bias: 0.0, weights: vec![1.0] },
        calibration: Calibration::isotonic(&[0.0, 1.0], &[0.0, 1.0]),
        ..class.clone()
    };
    vec![number, class, trees]
}

fn packed() -> Vec<u8> {
    write(FEATURES, &json!({"date": "2026-01-02", "rows": 240}), &models())
}

/// The prediction as the parts of a model make it.
fn by_parts(model: &Model, dense: &[f32], sparse: &[Sparse]) -> Prediction {
    let trees: Vec<f32> = model.forests.iter().map(|forest| forest.predict(dense)).collect();
    let linear = model.linear.as_ref().map(|linear| linear.predict(sparse));
    let figure = |tree: Option<f32>| {
        let members: Vec<f32> = tree.into_iter().chain(linear).collect();
        model.calibration.value(model.blend.predict(&members))
    };
    let value = figure(mean(&trees));
    let each: Vec<f32> = trees.iter().map(|&tree| figure(Some(tree))).collect();
    Prediction {
        value,
        standing: model.standing.at(value),
        variance: variance(&each),
        interval: model.spread.as_ref().map_or((0.0, 1.0), |spread| spread.interval(dense, value)),
    }
}

#[test]
fn a_pack_tells_what_is_in_it() {
    let pack = Pack::from_file(packed(), FEATURES).expect("a pack");
    assert_eq!(pack.names().collect::<Vec<_>>(), ["listening", "empathy", "trees alone"]);
    assert_eq!(pack.manifest().expect("JSON")["date"], "2026-01-02");
    assert_eq!(pack.features(), FEATURES);
    assert_eq!(pack.checksum().len(), 32);
    assert_eq!(pack.model("empathy").map(|model| model.loss()), Some(Loss::Logistic));
    assert!(pack.model("charm").is_none());
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    assert!(packed() == packed());
}

#[test]
fn three_draws_show_how_much_is_chance() {
    let pack = Pack::from_file(packed(), FEATURES).expect("a pack");
    let table = table();
    let said = pack.model("empathy").expect("packed").predict(table.dense_row(3), &[]);
    assert!(said.variance > 0.0 && said.variance < 0.1, "{said:?}");
    assert!(said.interval.0 <= said.value && said.value <= said.interval.1, "{said:?}");
}

#[test]
fn bytes_a_program_was_built_with_are_borrowed_and_not_summed() {
    let mut bytes = packed();
    // The lowest bit of the last height of a curve: sound to look at, and not what was written.
    let at = bytes.len() - CHECKSUM - 8;
    bytes[at] ^= 1;
    let bytes: &'static [u8] = Box::leak(bytes.into_boxed_slice());
    let pack = Pack::open(bytes, FEATURES).expect("opening does not look at the checksum");
    assert!(std::ptr::eq(&raw const *pack.bytes, &raw const *bytes));
    assert_eq!(pack.verify(), Err(PackError::Checksum));
    let refused = Pack::from_file(bytes.to_vec(), FEATURES).expect_err("a file is summed");
    assert_eq!(refused, PackError::Checksum);
}

#[test]
fn what_is_no_pack_for_this_program_is_refused_by_name() {
    let pack = packed();
    let with = |at: usize, byte: u8| {
        let mut bytes = pack.clone();
        bytes[at] = byte;
        bytes
    };
    let refused = |bytes: Vec<u8>, features| {
        let bytes: &'static [u8] = Box::leak(bytes.into_boxed_slice());
        Pack::open(bytes, features).expect_err("refused").to_string()
    };
    let short = refused(pack[..pack.len() - 40].to_vec(), FEATURES);
    assert!(short.starts_with("the pack is cut off: byte "), "{short}");
    let errors = [
        refused(b"GGUF".to_vec(), FEATURES),
        refused(with(8, 9), FEATURES),
        refused(pack.clone(), FEATURES + 1),
        refused(pack[..30].to_vec(), FEATURES),
        refused(with(20, 2), FEATURES).split_once(" at byte ").expect("where").0.to_owned(),
        Pack::from_file(with(60, 0), FEATURES).expect_err("refused").to_string(),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    this is not a pack of skill models: it does not begin with SPARPACK
    the pack has format 9, and format 1 is read; train it anew
    the pack knows features of version 7, the program has 8; train it anew
    the pack is cut off: byte 56 is needed and there are 30
    the pack is damaged
    the pack is damaged: its checksum does not match; take another copy or train it anew
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_packed_model_says_what_its_parts_say(
        dense in prop::collection::vec(prop_oneof![Just(f32::NAN), -0.5_f32..1.5], 0..4),
        sparse in prop::collection::btree_map(0_u32..600, -2.0_f32..2.0, 0..8),
    ) {
        thread_local! {
            static MADE: (Vec<Model>, Pack) =
                (models(), Pack::from_file(packed(), FEATURES).expect("a pack"));
        }
        let sparse: Vec<Sparse> = sparse.into_iter().collect();
        MADE.with(|(models, pack)| {
            for model in models {
                let said = pack.model(&model.name).expect("packed").predict(&dense, &sparse);
                let parts = by_parts(model, &dense, &sparse);
                let bits = |said: &Prediction| {
                    [said.value, said.standing, said.variance, said.interval.0, said.interval.1]
                        .map(f32::to_bits)
                };
                prop_assert_eq!(bits(&said), bits(&parts));
                prop_assert!((0.0..=1.0).contains(&said.value));
            }
            Ok(())
        })?;
    }

    /// A file with a byte that is not what was written is refused; bytes a program was built with
    /// may be refused or not, and asking what was opened does not panic.
    #[test]
    fn any_corrupted_byte_is_an_error(place in any::<prop::sample::Index>(), change in 1_u8..=255) {
        thread_local! {
            static PACKED: Vec<u8> = packed();
        }
        let mut bytes = PACKED.with(Clone::clone);
        let at = place.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(Pack::from_file(bytes.clone(), FEATURES).is_err());
        if let Ok(pack) = Pack::new(Cow::Owned(bytes), FEATURES) {
            let names: Vec<String> = pack.names().map(str::to_owned).collect();
            for name in names {
                if let Some(model) = pack.model(&name) {
                    model.predict(&[0.5, f32::NAN], &[(u32::MAX, 1.0)]);
                }
            }
        }
    }

    #[test]
    fn a_pack_that_was_cut_off_is_an_error(length in any::<prop::sample::Index>()) {
        thread_local! {
            static PACKED: Vec<u8> = packed();
        }
        let bytes = PACKED.with(|bytes| bytes[..length.index(bytes.len())].to_vec());
        prop_assert!(Pack::new(Cow::Owned(bytes), FEATURES).is_err());
    }
}
