//! What a model may answer: everything. What comes of it: something in range, and a list of what was
//! wrong.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use spar_core::analysis::traits::Trait;
use spar_core::analysis::{StageOutput, interpret, task};
use spar_core::ids::TurnIndex;
use spar_core::job::{Stage, Wave};
use spar_core::scenario::Level;

use crate::edges::check;
use crate::{Studied, of_level};

fn studied() -> &'static Studied {
    static STUDIED: OnceLock<Studied> = OnceLock::new();
    STUDIED.get_or_init(|| of_level("launch-slip", Level::Skilled, 1))
}

fn prompted() -> Vec<Stage> {
    Stage::ALL.into_iter().filter(|s| s.wave() == Wave::First && task(*s).is_some()).collect()
}

/// An answer as it was asked for.
fn good(stage: Stage) -> Value {
    match stage {
        Stage::MoodTimeline => json!({
            "vibe": "wary, then warm",
            "summary": "Dana came in wary. Turn 2 let her breathe, and turn 5 opened her up.",
            "arcs": [{"kind": "rising_warmth", "from": 1, "to": 4}, {"kind": "stable", "from": 5, "to": 7}]
        }),
        Stage::Traits => {
            let mut fields = serde_json::Map::new();
            for (at, of) in Trait::ALL.into_iter().enumerate() {
                fields.insert(of.name().to_owned(), json!(40 + 10 * at));
                fields.insert(
                    format!("{}_why", of.name()),
                    json!(format!("Turn {} shows it.", at + 1)),
                );
            }
            Value::Object(fields)
        }
        Stage::Topics => json!({
            "topics": [{"name": "the launch date", "share": 80}, {"name": "Friday's board", "share": 30}],
            "actions": [{"text": "Tell Owen together this afternoon", "whose": "both", "turn": 7}],
            "technique": {"name": "owning before asking", "why": "Turn 2 came before turn 4.", "turn": 2}
        }),
        Stage::Breakthroughs => json!({
            "moments": [{"kind": "repair", "label": "The two silent days were owned", "turn": 2, "confidence": 80}]
        }),
        Stage::ActionSummary => json!({"summary": "Owned the slip, left with a joint plan"}),
        other => panic!("{other} asks no model yet"),
    }
}

/// The stage's result of this answer, checked.
fn checked(stage: Stage, answer: &str) -> (StageOutput, Vec<spar_core::mission::Problem>) {
    let (output, problems) = interpret(stage, &studied().context(), answer);
    assert_eq!(output.stage(), stage);
    let mut again = Studied::new(studied().mission.clone());
    again.results.insert(output.clone());
    check(&again);
    (output, problems)
}

#[test]
fn an_answer_as_asked_for_has_no_problems_and_counts() {
    for stage in prompted() {
        let (output, problems) = checked(stage, &good(stage).to_string());
        assert_eq!(problems, [], "{stage}");
        assert_ne!(output, studied().run(stage), "{stage}: the answer changed nothing");
    }
}

#[test]
fn garbage_is_the_offline_form_and_one_problem_of_no_field() {
    let other = r#"{"weather": "fine"}"#;
    for stage in prompted() {
        for answer in
            ["", "I'd rather not.", "{}", "[1, 2]", "\u{0}\u{1b}[31m", "```json\n```", other]
        {
            let (output, problems) = checked(stage, answer);
            assert_eq!(output, studied().run(stage), "{stage}: {answer}");
            let fields: Vec<&str> = problems.iter().map(|p| p.field.as_str()).collect();
            assert_eq!(fields, [""], "{stage}: {answer}");
        }
    }
}

#[test]
fn numbers_of_the_mood_are_never_a_models() {
    let (StageOutput::MoodTimeline(read), _) =
        checked(Stage::MoodTimeline, &good(Stage::MoodTimeline).to_string())
    else {
        panic!("a timeline")
    };
    let measured = studied().results.mood_timeline.as_ref().expect("it ran");
    assert_eq!(read.points, measured.points);
    assert_eq!(read.vibe, "wary, then warm");
}

#[test]
fn traits_are_half_the_models() {
    let (StageOutput::Traits(read), _) = checked(Stage::Traits, &good(Stage::Traits).to_string())
    else {
        panic!("traits")
    };
    let measured = studied().results.traits.as_ref().and_then(|traits| traits.scores);
    let (measured, read) = (measured.expect("scored"), read.scores.expect("scored"));
    let half = f64::midpoint(measured.get(Trait::Clarity).get(), 50.0);
    assert!((read.get(Trait::Clarity).get() - half).abs() < 0.06);
}

#[test]
fn one_bad_part_costs_that_part_alone() {
    let mut answer = good(Stage::Breakthroughs);
    let bad = json!({"kind": "repair", "label": "Nowhere", "turn": 40, "confidence": 80});
    answer["moments"].as_array_mut().expect("a list").push(bad);
    let (StageOutput::Breakthroughs(read), problems) =
        checked(Stage::Breakthroughs, &answer.to_string())
    else {
        panic!("breakthroughs")
    };
    assert_eq!(read.moments.len(), 1);
    assert_eq!(read.moments[0].turn, TurnIndex(2));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].field, "moments[1].turn");

    let long =
        json!({"summary": "Owned the slip and then talked about everything that followed from it"});
    let (output, problems) = checked(Stage::ActionSummary, &long.to_string());
    assert_eq!(output, studied().run(Stage::ActionSummary));
    assert_eq!(problems.len(), 1);
}

/// A value of any shape, often with the names that are asked for.
fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>().prop_map(Value::String),
        prop::sample::select(vec![
            "repair",
            "stable",
            "user",
            "turn 3",
            "undefined",
            "",
            "99999999999"
        ])
        .prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..9_u8).prop_map(Value::from),
        text,
    ];
    let names = vec![
        "vibe",
        "summary",
        "arcs",
        "kind",
        "from",
        "to",
        "topics",
        "name",
        "share",
        "actions",
        "text",
        "whose",
        "turn",
        "technique",
        "why",
        "moments",
        "label",
        "confidence",
        "clarity",
        "humor_why",
    ];
    leaf.prop_recursive(3, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(prop::sample::select(names.clone()), inner, 0..9).prop_map(
                |map| map.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_breaks_anything(value in any_value(), noise in any::<String>()) {
        for stage in prompted() {
            checked(stage, &value.to_string());
            checked(stage, &format!("{noise}{value}{noise}"));
        }
    }

    #[test]
    fn no_cut_breaks_anything(at in 0..400_usize, noise in "[{}\\[\\]\",:\\\\ a]{0,12}") {
        for stage in prompted() {
            let whole = good(stage).to_string();
            let cut: String = whole.chars().take(at).collect();
            checked(stage, &format!("{cut}{noise}"));
        }
    }
}
