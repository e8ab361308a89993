//! Rules: scores, conditions and how specific they are.

use proptest::prelude::*;
use spar_core::language::{Line, Phrase};
use spar_core::reading::{BoundaryRisk, Cue, CueName};
use spar_core::rules::{
    Comparison, Condition, Facts, GateStatus, Gauge, Mood, MoodVector, Test as Asked, Tier, blend,
    boundary_cap, mission_score,
};
use spar_core::units::{Confidence, Score};

use crate::moves::cases;

/// Facts that are set by hand.
#[derive(Debug)]
struct Given {
    line: Line,
    mood: Mood,
    turn: f64,
    cues: Vec<CueName>,
    gates: Vec<String>,
    before: Option<String>,
}

impl Facts for Given {
    fn cue_turns(&self, names: &[CueName], _within: Option<u32>) -> u32 {
        names.iter().filter(|name| self.cues.contains(name)).count() as u32
    }
    fn line(&self) -> Option<&Line> {
        Some(&self.line)
    }
    fn mood(&self) -> Mood {
        self.mood
    }
    fn vector(&self) -> MoodVector {
        MoodVector::default()
    }
    fn gauge(&self, gauge: Gauge) -> Option<f64> {
        match gauge {
            Gauge::Turn => Some(self.turn),
            Gauge::Tension => Some(40.0),
            _ => None,
        }
    }
    fn gate_passed(&self, gate: &str) -> bool {
        self.gates.iter().any(|passed| passed == gate)
    }
    fn boundary_safe_turns(&self) -> Option<u32> {
        None
    }
    fn previous_block(&self) -> Option<&str> {
        self.before.as_deref()
    }
}

fn facts() -> impl Strategy<Value = Given> {
    (
        prop::sample::select(vec!["the board hears it", "two weeks", "nothing much"]),
        prop::sample::select(Mood::ALL.to_vec()),
        1.0..12.0_f64,
        prop::sample::subsequence(vec![Cue::Thanks, Cue::Blames], 0..=2),
        prop::sample::subsequence(vec!["plain".to_owned(), "trust".to_owned()], 0..=2),
        prop::option::of(Just("why_now".to_owned())),
    )
        .prop_map(|(line, mood, turn, cues, gates, before)| Given {
            line: Line::new(line),
            mood,
            turn,
            cues: cues.into_iter().map(CueName::from).collect(),
            gates,
            before,
        })
}

fn phrase(text: &str) -> Phrase {
    Phrase::parse(text).expect("a phrase with words")
}

fn simple_test() -> impl Strategy<Value = Asked> {
    prop_oneof![
        Just(Asked::Mentions(vec![phrase("board"), phrase("weeks")])),
        Just(Asked::After("why_now".to_owned())),
        Just(Asked::Mood(vec![Mood::Guarded, Mood::Warm, Mood::Neutral])),
        (0.0..12.0_f64).prop_map(|n| Asked::Gauge(Gauge::Turn, Comparison::AtLeast(n))),
        Just(Asked::Gauge(Gauge::Score, Comparison::AtLeast(0.0))),
        (1_u32..6).prop_map(Asked::MinTurns),
        Just(Asked::Gates(vec![("plain".to_owned(), GateStatus::Passed)])),
        Just(Asked::NoStrikes),
        Just(Asked::BoundarySafe(Some(2))),
        Just(Asked::Cue { names: vec![Cue::Thanks.into()], at_least: 1, within: Some(1) }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop::collection::vec(simple_test(), 0..4).prop_map(|tests| Condition { tests });
    leaf.prop_recursive(3, 24, 3, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            list().prop_map(|all| Condition { tests: vec![Asked::All(all)] }),
            list().prop_map(|any| Condition { tests: vec![Asked::Any(any)] }),
            inner.clone().prop_map(|not| Condition { tests: vec![Asked::Not(Box::new(not))] }),
            (inner.clone(), simple_test()).prop_map(|(mut condition, test)| {
                condition.tests.push(test);
                condition
            }),
        ]
    })
}

fn holding(tests: Vec<Asked>) -> Condition {
    Condition { tests }
}

proptest! {
    #![proptest_config(cases(200))]

    /// Asking for more is more specific, and never holds where asking for less does not.
    #[test]
    fn one_more_test_is_narrower(condition in condition(), test in simple_test(), facts in facts()) {
        let mut narrower = condition.clone();
        narrower.tests.push(test);
        prop_assert!(narrower.specificity() > condition.specificity());
        prop_assert!(condition.holds(&facts) || !narrower.holds(&facts));
    }

    #[test]
    fn nested_conditions_mean_what_they_say(one in condition(), other in condition(), facts in facts()) {
        let (a, b) = (one.holds(&facts), other.holds(&facts));
        let pair = || vec![one.clone(), other.clone()];
        prop_assert_eq!(holding(vec![Asked::All(pair())]).holds(&facts), a && b);
        prop_assert_eq!(holding(vec![Asked::Any(pair())]).holds(&facts), a || b);
        prop_assert_eq!(holding(vec![Asked::Not(Box::new(one.clone()))]).holds(&facts), !a);

        let (x, y) = (one.specificity(), other.specificity());
        prop_assert_eq!(holding(vec![Asked::All(pair())]).specificity(), x + y);
        prop_assert_eq!(holding(vec![Asked::Any(pair())]).specificity(), x.min(y));
    }

    #[test]
    fn a_condition_comes_back_from_json(condition in condition()) {
        let text = serde_json::to_string(&condition).expect("a condition becomes JSON");
        let back: Condition = serde_json::from_str(&text).expect("and comes back");
        prop_assert_eq!(back, condition);
    }

    /// A blend lies between what was blended, nearer to whom is trusted more.
    #[test]
    fn a_blend_lies_between(model in 0.0..100.0_f64, local in 0.0..100.0_f64, trust in 0.01..1.0_f64, sure in 0.01..1.0_f64) {
        let (low, high) = (model.min(local), model.max(local));
        let (trust, sure) = (Confidence::new(trust), Confidence::new(sure));
        let (model, local) = (Score::new(model), Score::new(local));
        let (score, confidence) = blend(Some(model), trust, local, sure);
        prop_assert!((low - 0.1..=high + 0.1).contains(&score.get()));
        let (less, more) = (trust.get().min(sure.get()), trust.get().max(sure.get()));
        prop_assert!((less - 0.001..=more + 0.001).contains(&confidence.get()));
        if trust > sure {
            let (near, far) = (score.get() - model.get(), score.get() - local.get());
            prop_assert!(near.abs() <= far.abs() + 0.1);
        }
        prop_assert_eq!(blend(None, trust, local, sure), (local, sure));
    }

    #[test]
    fn caps_only_ever_lower(score in 0.0..100.0_f64) {
        let score = Score::new(score);
        for risk in [BoundaryRisk::Low, BoundaryRisk::Med, BoundaryRisk::High] {
            prop_assert!(boundary_cap(score, risk) <= score);
        }
        prop_assert_eq!(mission_score(Some(score.get()), false), Some(score));
        prop_assert!(mission_score(Some(score.get()), true) <= Some(Score::new(59.0)));
    }

    #[test]
    fn a_better_score_is_never_a_worse_tier(one in 0.0..100.0_f64, other in 0.0..100.0_f64) {
        let (low, high) = (Tier::of(Score::new(one.min(other))), Tier::of(Score::new(one.max(other))));
        prop_assert!(low <= high && low.xp() <= high.xp() && low.coins() <= high.coins());
        prop_assert!(low.rarity() <= high.rarity());
    }
}
