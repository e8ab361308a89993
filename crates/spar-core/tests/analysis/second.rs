//! What the stages at the end of a mission leave, as text, and what must hold of it.

use std::fmt::Write as _;

use proptest::prelude::*;
use spar_core::analysis::coaching::Coaching;
use spar_core::analysis::insights::{InsightCard, InsightKind};
use spar_core::analysis::prose::{MOST_WORDS, Prose};
use spar_core::analysis::traits::{Trait, TraitScores, Traits};
use spar_core::analysis::{
    CategoryTotals, History, PastMission, StageOutput, interpret, prompt_version, request,
};
use spar_core::ids::MissionId;
use spar_core::job::{Stage, Wave};
use spar_core::persona::PersonaMemory;
use spar_core::rules::Ending;
use spar_core::scenario::{Category, Level, builtin};
use spar_core::units::{Score, Timestamp};

use crate::support::{START, scenario};
use crate::{Studied, built_in, of_level, played};

impl Studied {
    /// With every result of the second wave in its place as well.
    fn through_second_wave(mut self) -> Self {
        for stage in Stage::ALL.into_iter().filter(|stage| stage.wave() == Wave::Second) {
            let output = self.run(stage);
            assert_eq!(output.stage(), stage);
            self.results.insert(output);
        }
        self
    }
}

fn second_wave(studied: &Studied) -> String {
    let mut text = String::new();
    let results = &studied.results;
    let list = |text: &mut String, items: &[String]| {
        for item in items {
            let _ = writeln!(text, "  - {item}");
        }
    };
    if let Some(prose) = &results.prose {
        let _ = writeln!(text, "PROSE, {} words\n{}", prose.words(), prose.paragraphs.join("\n\n"));
    }
    if let Some(coaching) = &results.coaching {
        let _ = writeln!(text, "\nCOACHING\n{}", coaching.progress);
        list(&mut text, &coaching.insights);
        text.push_str("coping:\n");
        list(&mut text, &coaching.coping_skills);
        let _ = writeln!(text, "{}\nnext:", coaching.relationship);
        list(&mut text, &coaching.recommendations);
    }
    if let Some(patterns) = &results.patterns {
        text.push_str("\nPATTERNS\n");
        for hook in &patterns.hooks {
            let sign = if hook.opened { '+' } else { '-' };
            let _ = writeln!(text, "  {sign} {} ({}): {}", hook.key, hook.label, hook.why);
        }
        for pattern in &patterns.patterns {
            let sign = if pattern.helps { '+' } else { '-' };
            let turns: Vec<String> = pattern.turns.iter().map(ToString::to_string).collect();
            let _ = writeln!(
                text,
                "  {sign} {} in {}: {}",
                pattern.key,
                turns.join(", "),
                pattern.advice
            );
        }
    }
    if let Some(layers) = &results.layers {
        text.push_str("\nLAYERS\n");
        for layer in &layers.layers {
            let score = layer.score.map_or("not shown".to_owned(), |score| score.to_string());
            let turns: Vec<String> = layer.turns.iter().map(ToString::to_string).collect();
            let _ = writeln!(
                text,
                "  {} {score} [{}]: {}",
                layer.kind.in_words(),
                turns.join(", "),
                layer.reasons.join(" ")
            );
        }
    }
    if let Some(memory) = &results.persona_memory {
        let _ = writeln!(
            text,
            "\nMEMORY of {}, carries {}\n  {}",
            memory.persona, memory.carry, memory.attitude
        );
        list(&mut text, &memory.items);
        let _ = writeln!(text, "  recalled: {}", memory.woven_into("Hello."));
    }
    if let Some(insights) = &results.insights {
        text.push_str("\nINSIGHTS\n");
        for card in &insights.cards {
            let _ =
                writeln!(text, "  {} {} | {} | {}", card.priority, card.key, card.title, card.body);
        }
    }
    text
}

#[test]
fn the_end_of_a_skilled_mission() {
    let studied = of_level("launch-slip", Level::Skilled, 1).through_second_wave();
    insta::assert_snapshot!("end_launch_slip_skilled", second_wave(&studied));
}

#[test]
fn the_end_of_a_middling_mission() {
    let studied = of_level("launch-slip", Level::Middling, 2).through_second_wave();
    insta::assert_snapshot!("end_launch_slip_middling", second_wave(&studied));
}

#[test]
fn the_end_of_a_poor_mission() {
    let studied = of_level("angry-customer", Level::Poor, 3).through_second_wave();
    insta::assert_snapshot!("end_angry_customer_poor", second_wave(&studied));
}

#[test]
fn the_end_of_a_grave_mission() {
    let studied = of_level("car-keys", Level::Skilled, 5).through_second_wave();
    insta::assert_snapshot!("end_car_keys_skilled", second_wave(&studied));
}

fn of_lines(id: &str, lines: &[&str]) -> Studied {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let mission = played(&built_in(id), &lines, 1);
    Studied::new(mission).through_first_wave().through_second_wave()
}

#[test]
fn missions_of_which_little_can_be_said() {
    let mut text = String::new();
    for (what, studied) in [
        ("NOTHING SAID", of_lines("launch-slip", &[])),
        (
            "ONE LINE",
            of_lines(
                "launch-slip",
                &["The launch slips by two weeks, and I should have told you on Monday."],
            ),
        ),
        (
            "DISQUALIFIED",
            of_lines(
                "launch-slip",
                &["The launch slips by two weeks.", "Shut up or I will kill you."],
            ),
        ),
        (
            "A CRISIS",
            of_lines("launch-slip", &["The launch slips by two weeks.", "I want to kill myself."]),
        ),
        (
            "NOT ENGLISH",
            Studied::new(played(
                &scenario("language: de\n"),
                &["Guten Tag.".to_owned(), "Es tut mir leid.".to_owned()],
                1,
            ))
            .through_first_wave()
            .through_second_wave(),
        ),
    ] {
        let _ = writeln!(text, "=== {what}\n{}", second_wave(&studied));
    }
    insta::assert_snapshot!("end_edges", text);
}

/// Every text that a person may read of it.
fn texts(studied: &Studied) -> Vec<String> {
    let results = &studied.results;
    let mut texts =
        results.prose.as_ref().map(|prose| prose.paragraphs.clone()).unwrap_or_default();
    if let Some(coaching) = &results.coaching {
        let Coaching { progress, insights, coping_skills, relationship, recommendations } =
            coaching;
        texts.extend([progress.clone(), relationship.clone()]);
        texts.extend([insights, coping_skills, recommendations].into_iter().flatten().cloned());
    }
    if let Some(patterns) = &results.patterns {
        texts.extend(patterns.hooks.iter().map(|hook| hook.why.clone()));
        texts.extend(patterns.patterns.iter().map(|pattern| pattern.advice.clone()));
    }
    if let Some(layers) = &results.layers {
        texts.extend(layers.layers.iter().flat_map(|layer| layer.reasons.clone()));
    }
    if let Some(memory) = &results.persona_memory {
        texts.extend(memory.items.iter().chain([&memory.attitude]).cloned());
    }
    if let Some(insights) = &results.insights {
        texts.extend(insights.cards.iter().map(|card| card.body.clone()));
    }
    texts
}

#[test]
fn every_built_in_mission_reads_well() {
    for file in builtin() {
        for (seed, level) in [(1, Level::Skilled), (2, Level::Middling), (3, Level::Poor)] {
            let studied = of_level(file.id, level, seed).through_second_wave();
            let prose = studied.results.prose.clone().expect("a story");
            let what = format!("{} {}", file.id, level.name());
            let all = second_wave(&studied);
            assert!((3..=5).contains(&prose.paragraphs.len()), "{what}\n{all}");
            assert!((120..=330).contains(&prose.words()), "{what}: {} words\n{all}", prose.words());
            for text in texts(&studied) {
                let starts = text.chars().next().is_some_and(|c| !c.is_lowercase());
                let ends = text.ends_with(['.', '?', '!', '\u{201d}', '\u{2026}']);
                assert!(starts && ends, "{what}: {text:?}");
                for wrong in [
                    "undefined",
                    "NaN",
                    "None)",
                    "Some(",
                    "{",
                    "}",
                    "  ",
                    "..",
                    ".\u{201d}.",
                    " ,",
                    ": .",
                ] {
                    assert!(!text.contains(wrong), "{what}: {wrong:?} in {text:?}");
                }
            }
            let coaching = studied.results.coaching.expect("coaching");
            assert!(coaching.insights.len() <= 4 && !coaching.insights.is_empty(), "{what}");
            assert!((1..=3).contains(&coaching.recommendations.len()), "{what}");
        }
    }
}

fn past(traits: Option<[f64; 6]>, insights: &[String]) -> PastMission {
    PastMission {
        mission_id: MissionId::from_parts(Timestamp::from_millis(START), [1; 10]),
        scenario_id: "launch-slip".to_owned(),
        category: Category::Work,
        persona: "Dana".to_owned(),
        ended_at: Timestamp::from_millis(START),
        ending: Ending::FailMaxTurns,
        score: Some(Score::new(48.0)),
        turns: 6,
        traits: traits.map(TraitScores::of),
        insights: insights.to_vec(),
        memory: None,
    }
}

#[test]
fn coaching_compares_with_the_mission_before() {
    let mut studied = of_level("launch-slip", Level::Skilled, 1);
    studied.history.missions = vec![past(None, &[])];
    let studied = studied.through_second_wave();
    let progress = studied.results.coaching.expect("coaching").progress;
    assert!(progress.contains("more than the time before (48)"), "{progress}");
    assert!(progress.ends_with("And that time it had not worked."), "{progress}");
}

fn with_traits(this: [f64; 6], earlier: &[[f64; 6]]) -> Studied {
    let mut studied = of_level("launch-slip", Level::Skilled, 1);
    studied.results.traits =
        Some(Traits { scores: Some(TraitScores::of(this)), ..Traits::default() });
    studied.history.missions = earlier.iter().map(|traits| past(Some(*traits), &[])).collect();
    studied
}

#[test]
fn synergy_is_what_a_hand_computes() {
    // confidence 10..50 and clarity 20, 40, 50, 40, 60: r = 80 / sqrt(100 · 88) · 10 / 10.
    let rows = [
        [10.0, 20.0, 50.0, 90.0, 50.0, 40.0],
        [20.0, 40.0, 50.0, 80.0, 51.0, 45.0],
        [30.0, 50.0, 50.0, 70.0, 50.0, 40.0],
        [40.0, 40.0, 50.0, 60.0, 49.0, 45.0],
        [50.0, 60.0, 50.0, 50.0, 50.0, 40.0],
    ];
    let StageOutput::Synergy(found) = with_traits(rows[0], &rows[1..]).run(Stage::Synergy) else {
        panic!("another stage");
    };
    assert_eq!(found.missions, 5);
    let of = |a, b| found.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b));
    let pair = of(Trait::Confidence, Trait::Clarity).expect("they rise together");
    // Deviations −20 −10 0 10 20 and −22 −2 8 −2 18: 800 / sqrt(1000 · 880) = 0.853.
    assert_eq!((pair.r, pair.n), (0.85, 5));
    assert_eq!(of(Trait::Confidence, Trait::TensionControl).map(|pair| pair.r), Some(-1.0));
    assert!(found.pairs.iter().all(|pair| pair.a != Trait::Humor && pair.b != Trait::Humor));
    assert!(found.pairs.windows(2).all(|two| two[0].r.abs() >= two[1].r.abs()));

    let few = with_traits(rows[0], &rows[1..4]).run(Stage::Synergy);
    assert!(
        matches!(few, StageOutput::Synergy(found) if found.pairs.is_empty() && found.missions == 4)
    );
    let many = with_traits(rows[0], &[rows[1]; 40]).run(Stage::Synergy);
    assert!(matches!(many, StageOutput::Synergy(found) if found.missions == 15));
}

#[test]
fn a_category_counts_this_mission_once() {
    let mut studied = of_level("launch-slip", Level::Skilled, 1);
    let score = studied.mission.score().expect("it was scored");
    studied.history.category = CategoryTotals {
        missions: 3,
        won: 1,
        scored: 2,
        score_tenths: 1_000,
        best: Some(Score::new(60.0)),
    };
    for _ in 0..2 {
        let StageOutput::CategoryStats(stats) = studied.run(Stage::CategoryStats) else {
            panic!("another stage");
        };
        assert_eq!((stats.missions, stats.won), (4, 2));
        assert_eq!(stats.mean_score, Some(Score::new((100.0 + score.get()) / 3.0)));
        assert_eq!((stats.best, stats.is_best), (Some(score), true));
        studied.results.insert(StageOutput::CategoryStats(stats));
    }
    studied.history = History::default();
    let first = studied.run(Stage::CategoryStats);
    assert!(
        matches!(first, StageOutput::CategoryStats(stats) if !stats.is_best && stats.missions == 1)
    );
}

fn cards(studied: &Studied) -> Vec<InsightCard> {
    match studied.run(Stage::Insights) {
        StageOutput::Insights(insights) => insights.cards,
        other => panic!("{:?}", other.stage()),
    }
}

#[test]
fn what_was_shown_lately_waits_and_comes_back_when_nothing_else_is_left() {
    let mut studied = of_level("launch-slip", Level::Middling, 2).through_second_wave();
    let mut shown: Vec<String> = Vec::new();
    for round in 0..40 {
        let now: Vec<String> = cards(&studied).into_iter().map(|card| card.key).collect();
        assert!(!now.is_empty(), "round {round}");
        if now.iter().any(|key| shown.contains(key)) {
            assert!(round >= 2, "there were others left");
            assert_eq!(now[..2], shown[..2], "then they come as at first");
            return;
        }
        shown.extend(now);
        studied.history.missions = vec![past(None, &shown)];
    }
    panic!("it never ran out of cards");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cards_keep_their_caps(seed in 0_u64..1_000, level in 0_usize..3, hidden in prop::collection::vec(0_usize..12, 0..8)) {
        let level = [Level::Skilled, Level::Middling, Level::Poor][level];
        let mut studied = of_level("launch-slip", level, seed).through_second_wave();
        let all = cards(&studied);
        let keys: Vec<String> =
            hidden.iter().filter_map(|at| all.get(*at)).map(|card| card.key.clone()).collect();
        let old = vec!["tip:long_ago".to_owned()];
        studied.history.missions =
            vec![past(None, &[]), past(None, &keys), past(None, &[]), past(None, &[]), past(None, &[]), past(None, &old)];
        let cards = cards(&studied);
        let of = |kinds: &[InsightKind]| cards.iter().filter(|card| kinds.contains(&card.kind)).count();
        prop_assert!(cards.len() <= 6);
        prop_assert!(of(&[InsightKind::Gate]) <= 3);
        prop_assert!(of(&[InsightKind::Hook, InsightKind::Pattern]) <= 3);
        prop_assert!(of(&[InsightKind::Tip, InsightKind::Mood, InsightKind::Synergy]) <= 2);
        prop_assert!(cards.windows(2).all(|two| two[0].priority >= two[1].priority));
        prop_assert!(cards.iter().all(|card| !keys.contains(&card.key)));
        prop_assert_eq!(&cards, &crate::second::cards(&studied));
    }
}

const PROMPTED: [Stage; 5] =
    [Stage::Patterns, Stage::Layers, Stage::Coaching, Stage::Prose, Stage::PersonaMemory];

#[test]
fn each_prompt_has_a_version_of_its_own_and_asks_about_these_turns() {
    let studied = of_level("launch-slip", Level::Middling, 2).through_second_wave();
    let mut versions: Vec<String> = Vec::new();
    for stage in PROMPTED {
        let request = request(stage, &studied.context()).expect("there is something to ask");
        assert!(request.messages[1].content.contains("[1] You: Hi Dana"), "{stage}");
        assert!(request.messages[1].content.contains("<found>"), "{stage}");
        let version = prompt_version(stage).expect("it is prompted");
        assert!(!versions.contains(&version));
        versions.push(version);
    }
}

#[test]
fn after_a_crisis_no_model_is_asked_and_nothing_of_it_is_kept() {
    let studied =
        of_lines("launch-slip", &["The launch slips by two weeks.", "I want to kill myself."]);
    for stage in PROMPTED {
        assert_eq!(request(stage, &studied.context()), None, "{stage}");
    }
    let memory = studied.results.persona_memory.expect("a memory");
    assert_eq!(memory.items, Vec::<String>::new());
    assert!(memory.carry >= 0.0);
}

#[test]
fn a_models_story_is_cut_at_a_sentence_and_a_short_one_is_named() {
    let studied = of_level("launch-slip", Level::Skilled, 1).through_second_wave();
    let story = |paragraphs: &[String]| {
        let answer = serde_json::json!({ "paragraphs": paragraphs }).to_string();
        match interpret(Stage::Prose, &studied.context(), &answer) {
            (StageOutput::Prose(prose), problems) => (prose, problems),
            (other, _) => panic!("{:?}", other.stage()),
        }
    };
    let paragraph = |at: usize| {
        (0..18)
            .map(|line| format!("In part {at} this is sentence number {line}."))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let long: Vec<String> = (0..7).map(paragraph).collect();
    let (prose, problems) = story(&long);
    assert!((700..=MOST_WORDS).contains(&prose.words()), "{}", prose.words());
    assert!(prose.paragraphs.iter().all(|paragraph| paragraph.ends_with('.')));
    assert_eq!(problems, []);
    let (prose, problems) = story(&["Dana heard you. That was all.".to_owned()]);
    assert_eq!(prose, Prose { paragraphs: vec!["Dana heard you. That was all.".to_owned()] });
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "six words where 200 are the least");
}

#[test]
fn a_model_gives_words_to_kinds_that_are_ours() {
    let studied = of_level("launch-slip", Level::Middling, 2).through_second_wave();
    let answer = r#"{
        "hooks": [{"key": "named_the_feeling", "turn": 4, "why": "it was said aloud"},
                  {"key": "invented", "turn": 4, "why": "no"}],
        "patterns": [{"key": "hedges_the_point", "turns": [2, 1, 99], "advice": "say it once"},
                     {"key": "blames", "turns": [3], "advice": "once is no habit"}]}"#;
    let (StageOutput::Patterns(found), problems) =
        interpret(Stage::Patterns, &studied.context(), answer)
    else {
        panic!("another stage");
    };
    assert_eq!(found.hooks.len(), 1);
    assert_eq!(found.hooks[0].why, "It was said aloud.");
    assert!(found.hooks[0].opened);
    assert_eq!(found.patterns.len(), 1);
    assert_eq!(found.patterns[0].turns.len(), 2);
    let named: Vec<String> =
        problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
    assert_eq!(
        named,
        [
            "hooks[1].key: unknown value `invented`",
            "patterns[0].turns[2]: no number of a turn",
            "patterns[1].turns: a habit shows in two turns at least",
        ]
    );
}

fn within_range(output: &StageOutput) -> bool {
    match output {
        StageOutput::Patterns(found) => found.hooks.len() <= 3 && found.patterns.len() <= 4,
        StageOutput::Layers(found) => {
            found.layers.len() == 5
                && found
                    .layers
                    .iter()
                    .all(|layer| (1..=3).contains(&layer.reasons.len()) && layer.turns.len() <= 3)
        }
        StageOutput::Coaching(found) => {
            found.insights.len() <= 4
                && found.coping_skills.len() <= 3
                && (1..=3).contains(&found.recommendations.len())
                && !found.progress.is_empty()
                && !found.relationship.is_empty()
        }
        StageOutput::Prose(found) => (1..=MOST_WORDS).contains(&found.words()),
        StageOutput::PersonaMemory(found) => {
            found.items.len() <= PersonaMemory::MOST_ITEMS
                && found.carry.abs() <= PersonaMemory::MOST_CARRY
                && !found.attitude.is_empty()
        }
        _ => false,
    }
}

/// Values of every kind, under the names that are asked for.
fn answer() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        ".{0,60}".prop_map(|text| serde_json::json!(text).to_string()),
        "[a-z. ]{0,400}".prop_map(|text| serde_json::json!(text).to_string()),
        prop::collection::vec(-3_i64..12, 0..6)
            .prop_map(|list| serde_json::json!(list).to_string()),
        prop::collection::vec(".{0,80}", 0..12)
            .prop_map(|list| serde_json::json!(list).to_string()),
    ];
    let names = prop::sample::select(vec![
        "hooks",
        "patterns",
        "key",
        "turn",
        "turns",
        "why",
        "advice",
        "fundamentals",
        "mastery",
        "influence",
        "score",
        "reasons",
        "progress",
        "insights",
        "coping_skills",
        "relationship",
        "recommendations",
        "paragraphs",
        "items",
        "attitude",
    ]);
    let object = prop::collection::vec((names.clone(), leaf.clone()), 0..6).prop_map(|fields| {
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", fields.join(", "))
    });
    let value = prop_oneof![
        leaf,
        object.clone(),
        prop::collection::vec(object, 0..4).prop_map(|list| format!("[{}]", list.join(", "))),
    ];
    let whole = prop::collection::vec((names, value), 0..8).prop_map(|fields| {
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", fields.join(", "))
    });
    prop_oneof![3 => whole, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_leaves_something_in_range(answers in prop::collection::vec(answer(), 1..8)) {
        let studied = of_level("launch-slip", Level::Middling, 2).through_second_wave();
        for answer in answers {
            for stage in PROMPTED {
                let (output, problems) = interpret(stage, &studied.context(), &answer);
                prop_assert!(within_range(&output), "{stage} of {answer}: {output:?}");
                prop_assert!(problems.len() <= 30);
            }
        }
    }
}
