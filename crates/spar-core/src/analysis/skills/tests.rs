use super::evidence::Source;
use super::*;

#[test]
fn the_built_in_weights_are_valid() {
    Fusion::default().validate().expect("valid");
}

#[test]
fn weights_that_do_not_sum_to_one_are_refused_and_the_bounds_pass() {
    let with = |ml: f64| {
        let mut fusion = Fusion::default();
        fusion.weights.get_mut(&Skill::Empathy).expect("weights").ml = ml;
        fusion.validate()
    };
    assert_eq!(with(0.51), Ok(()));
    assert_eq!(with(0.49), Ok(()));
    let error = with(0.52).expect_err("refused").to_string();
    assert_eq!(error, "the weights of empathy sum to 1.020, not to 1 (0.99 to 1.01 is let pass)");
    assert!(with(f64::NAN).is_err());
    let mut fusion = Fusion::default();
    fusion.behavioural.remove("recovery_rate");
    let error = fusion.validate().expect_err("refused").to_string();
    assert_eq!(error, "no numbers for the behavioural feature `recovery_rate`");
}

fn gathered(source: Source, score: f64, confidence: f64) -> Gathered {
    Gathered { source, score, confidence, relevance: 1.0, items: Vec::new() }
}

#[test]
fn a_weight_that_changes_moves_the_result() {
    let sources = || vec![gathered(Source::Ml, 0.9, 0.8), gathered(Source::Linguistic, 0.2, 0.8)];
    let mut fusion = Fusion::default();
    let before = fuse(sources(), fusion.of(Skill::Empathy).expect("weights")).expect("evidence");
    let empathy = fusion.weights.get_mut(&Skill::Empathy).expect("weights");
    (empathy.ml, empathy.linguistic) = (0.25, 0.5);
    let after = fuse(sources(), fusion.of(Skill::Empathy).expect("weights")).expect("evidence");
    assert!(after.score.get() < before.score.get() - 15.0, "{before:?} {after:?}");
}

/// Σ score·w / Σ w with w = weight · relevance · confidence, × (1 + adjustment · (confidence − 0.5)):
/// (0.9·0.4 + 0.2·0.2) / 0.6 = 0.66667, × (1 + 0.1 · 0.3) = 0.68667.
#[test]
fn fused_is_what_a_hand_computes() {
    let sources = vec![gathered(Source::Ml, 0.9, 0.8), gathered(Source::Linguistic, 0.2, 0.8)];
    let fused = fuse(sources, &Fusion::default().weights[&Skill::Empathy]).expect("evidence");
    assert!((fused.score.get() - 68.7).abs() < 0.05, "{fused:?}");
    assert_eq!(fused.confidence.get(), 0.8);
    let shares: Vec<f64> = fused.sources.iter().map(|share| share.share.get()).collect();
    assert_eq!(shares, [0.667, 0.333]);
}

#[test]
fn no_evidence_is_no_estimate() {
    let weights = &Fusion::default().weights[&Skill::Empathy];
    assert!(fuse(Vec::new(), weights).is_none());
    assert!(fuse(vec![gathered(Source::Observation, 0.9, 0.9)], weights).is_none(), "weight 0");
}
