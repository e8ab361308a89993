use proptest::prelude::*;

use super::*;

fn at(name: &str) -> usize {
    features().iter().position(|feature| feature.name == name).expect("a feature of that name")
}

fn value(name: &str, text: &str, context: &[Said<'_>]) -> f32 {
    extract(text, context).dense[at(name)]
}

fn partner(text: &str) -> Said<'_> {
    Said { by: Side::Partner, text }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = features().iter().map(|feature| &feature.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_line_alone_says_nothing_of_the_mission_or_the_partner() {
    let read = extract("We could meet on Tuesday.", &[]);
    for name in ["retry_count", "recovery_rate", "retry_recovery", "talk_share", "shared_stems"] {
        assert!(read.dense[at(name)].is_nan(), "{name}");
    }
    assert_eq!(read.dense[at("lines_before")], 0.0);
}

#[test]
fn what_is_taken_up_is_seen_through_endings() {
    let context = [partner("I'm worried the roof leaks again.")];
    let line = "So the leaking roof worries you?";
    assert_eq!(value("shared_stems", line, &context), 3.0);
    assert_eq!(value("echo_in_question", line, &context), 1.0);
    assert_eq!(value("turned_person", line, &context), 1.0);
    assert_eq!(value("shared_stems", "Let's talk about lunch.", &context), 0.0);
}

#[test]
fn questions_are_told_by_their_form() {
    assert_eq!(value("question_what", "What would help you most?", &[]), 1.0);
    assert_eq!(value("question_inverted", "Do you need more time?", &[]), 1.0);
    assert_eq!(value("unmarked_questions", "why did the last one leave", &[]), 1.0);
    assert!(value("question_what", "I need more time.", &[]).is_nan());
}

#[test]
fn marks_and_case_are_counted() {
    assert_eq!(value("shouted_words", "WHY is this STILL here?!", &[]), 2.0);
    assert_eq!(value("asks_and_shouts", "WHY is this STILL here?!", &[]), 1.0);
    assert_eq!(value("smile", "Thanks :) see you ;-)", &[]), 2.0);
    assert_eq!(value("mentions", "@ines can you look? Mail me at a@b.example", &[]), 1.0);
    assert_eq!(value("mark_comma", "one, two, three", &[]), 2.0);
}

#[test]
fn only_the_last_lines_count() {
    let many: Vec<Said<'_>> = (0..10).map(|_| partner("The invoice is late.")).collect();
    let line = "Which invoice is it?";
    assert_eq!(extract(line, &many).sparse, extract(line, &many[..CONTEXT_LINES]).sparse);
    assert_eq!(value("lines_before", line, &many), CONTEXT_LINES as f32);
}

proptest! {
    #[test]
    fn every_value_is_in_its_range(text in "\\PC{0,200}", said in "\\PC{0,80}", own: bool) {
        let by = if own { Side::Own } else { Side::Partner };
        let read = extract(&text, &[Said { by, text: &said }]);
        prop_assert_eq!(read.dense.len(), features().len());
        for (value, feature) in read.dense.iter().zip(features()) {
            let (low, high) = feature.range;
            let missing = value.is_nan() && !feature.missing.is_empty();
            prop_assert!(missing || (low..=high).contains(value), "{}: {value}", feature.name);
        }
        for pair in read.sparse.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0);
        }
        for block in Block::PIECES {
            let range = block.buckets();
            let squares: f32 =
                read.sparse.iter().filter(|(at, _)| range.contains(at)).map(|(_, w)| w * w).sum();
            prop_assert!(squares == 0.0 || (squares.sqrt() - block.length()).abs() < 1e-3);
        }
    }

    #[test]
    fn the_same_line_gives_the_same_features(text in "\\PC{0,200}") {
        let (one, other) = (extract(&text, &[]), extract(&text, &[]));
        prop_assert_eq!(one.sparse, other.sparse);
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&one.dense), bits(&other.dense));
    }

    #[test]
    fn read_with_and_without_is_read_twice(text in "\\PC{0,200}", said in "\\PC{0,80}") {
        let context = [Said { by: Side::Partner, text: &said }];
        let (with, without) = extract_with_and_without(&text, &context);
        let bits = |read: &Features| -> (Vec<u32>, Vec<(u32, u32)>) {
            let dense = read.dense.iter().map(|value| value.to_bits()).collect();
            (dense, read.sparse.iter().map(|(at, weight)| (*at, weight.to_bits())).collect())
        };
        prop_assert_eq!(bits(&with), bits(&extract(&text, &context)));
        prop_assert_eq!(bits(&without), bits(&extract(&text, &[])));
    }
}

#[test]
fn blocks_fill_the_buckets_and_the_dense_features_fit() {
    let mut reached = 0;
    for block in Block::PIECES.into_iter().chain([Block::Dense]) {
        assert_eq!(block.buckets().start, reached);
        reached = block.buckets().end;
    }
    assert_eq!(reached, BUCKETS);
    assert!(features().len() <= Block::Dense.buckets().len());
}
