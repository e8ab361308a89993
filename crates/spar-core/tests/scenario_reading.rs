//! What a right scenario file means: every key, every default, and laws that hold for any text.

use proptest::prelude::*;
use spar_core::reading::CueName;
use spar_core::rules::{Comparison, Condition, Ending, GateStatus, Gauge, Mood, Test};
use spar_core::scenario::{
    Check, Level, SafetyResponse, Scenario, Step, Tone, builtin, derived_schema, parse_one, read,
    schema, starter,
};

/// Every key of the format at least once.
const EVERYTHING: &str = include_str!("everything.yaml");

/// No more than a scenario needs.
const LEAST: &str = "spar: 1\nid: least\ntitle: Least\ncategory: work\n\
    persona: {name: Kim, role: A neighbour}\nobjective: {title: Talk}\n";

fn everything() -> Scenario {
    parse_one("everything.yaml", EVERYTHING).unwrap_or_else(|problems| panic!("{problems}"))
}

fn least() -> Scenario {
    parse_one("least.yaml", LEAST).unwrap_or_else(|problems| panic!("{problems}"))
}

fn labels(scenario: &Scenario) -> String {
    let label =
        |item: &spar_core::scenario::CheckItem| format!("{:>3}  {}", item.source_line, item.label);
    scenario.expect.iter().map(label).collect::<Vec<_>>().join("\n")
}

#[test]
fn defaults_are_those_of_the_format() {
    let scenario = least();
    assert_eq!(scenario.summary, "Talk");
    assert_eq!((scenario.language.as_str(), scenario.version), ("en", 1));
    assert_eq!(scenario.tone, Tone::Neutral);
    assert!(scenario.reader.english && scenario.reader.topic.is_empty());
    let persona = &scenario.persona;
    assert_eq!(
        (persona.start.positivity, persona.start.tension, persona.start.comfort),
        (50.0, 40.0, 45.0)
    );
    assert_eq!(persona.rest, persona.start);
    let policy = &scenario.policy;
    assert_eq!((policy.max_turns, policy.min_turns, policy.strikes), (12, 3, 3));
    assert_eq!((policy.on_threat, policy.on_slur), (SafetyResponse::End, SafetyResponse::End));
    assert_eq!(policy.on_sexual, SafetyResponse::Strike);
    assert_eq!(policy.endings, Ending::PRECEDENCE);
    assert_eq!(
        (scenario.rewards.xp, scenario.rewards.coins, scenario.rewards.gem),
        (120, 40, true)
    );
    assert_eq!(scenario.script.repeat, 1);
    // A persona is never without words, not even when nobody wrote any.
    assert!(scenario.offline.blocks.iter().any(|block| block.when.tests.is_empty()));
    assert!(!scenario.offline.openers.is_empty() && !scenario.offline.closings.failure.is_empty());
}

#[test]
fn a_short_mission_can_still_be_won() {
    let scenario = parse_one("t", &format!("{LEAST}policy: {{max_turns: 2}}\n")).expect("valid");
    assert_eq!(scenario.policy.min_turns, 2);
}

#[test]
fn every_key_arrives() {
    let scenario = everything();
    assert_eq!(scenario.tags, ["smoke", "all"]);
    assert_eq!(scenario.tone, Tone::Grave);
    assert_eq!(scenario.knobs.strictness, 80.0);
    assert_eq!(scenario.knobs.recovery_difficulty, 75.0);
    assert_eq!(scenario.dynamics.escalation_speed, 70.0);
    assert_eq!((scenario.persona.rest.tension, scenario.persona.rest.comfort), (30.0, 41.0));
    assert_eq!(scenario.persona.secrets[0].id, "board");
    assert_eq!(scenario.objective.progress.len(), 2);
    assert!(scenario.objective.won_when.is_some() && scenario.objective.lost_when.is_some());
    assert_eq!(scenario.policy.milestone, Some(85.0));
    assert_eq!(scenario.policy.on_sexual, SafetyResponse::End);
    assert_eq!(
        scenario.policy.endings,
        [
            Ending::AbortSystemError,
            Ending::SuccessGateSequence,
            Ending::FailMaxTurns,
            Ending::AbortUser
        ]
    );
    assert_eq!(scenario.reader.word_limit, Some(90));
    assert!(scenario.reader.says_hard_thing);
    assert_eq!(scenario.reader.topic.len(), 3);
    let cue = &scenario.reader.own_cues[0];
    assert_eq!(
        (cue.name.as_str(), cue.any.len(), cue.all.len(), cue.unless.len()),
        ("states_the_news", 3, 1, 2)
    );
    assert_eq!(cue.weight, 9.0);
    assert_eq!(scenario.gates[0].title, "It is out");
    assert_eq!(
        (scenario.gates[1].title.as_str(), scenario.gates[1].reason.as_str()),
        ("Next step", "next_step")
    );
    assert!(!scenario.gates[1].required);
    assert_eq!(scenario.gates[0].required_by, Some(4));
    assert!(!scenario.rewards.gem);
    assert_eq!(scenario.model.sampling.seed, Some(u64::MAX));
    assert_eq!(scenario.offline.slots[0].values, ["the fourteenth", "14"]);
    assert_eq!(scenario.script.vars[0].values, ["two", "3"]);
    assert_eq!(scenario.script.repeat, 2);
    assert!(scenario.playthroughs.is_complete());
}

#[test]
fn every_check_arrives_with_its_label_and_line() {
    let scenario = everything();
    insta::assert_snapshot!(labels(&scenario), @r#"
    101  tier: ">= B"
    101  score: ">= 60.5"
    102  mood: warm
    103  mood: [warm, excited]
    104  positivity: "> 40"
    105  tension: "in 0..60"
    106  comfort: "!= 0"
    107  gate: {plain: passed}
    107  gate: {next_step: open}
    108  gate: {plain: passed}
    108  gate: {next_step: passed}
    109  ending: success_gate_sequence
    110  ending: [success_gate_sequence, fail_max_turns]
    111  cue: [states_the_news, humour]
    112  flags: [plain, owning]
    113  flags: {has: [plain], none: [needy]}
    114  boundary_risk: [low, med]
    115  event_hint: celebration
    116  reply: {contains: ["plan"], not_contains: ["model", "7"], matches: "(?i)date", not_matches: "^\s*$", max_chars: 400, language: en}
    117  valid: true
    118  degraded: false
    119  latency_ms: "<= 2500"
    120  latency_ms: {p50: "< 900", p95: "<= 2500"}
    121  ttft_ms: {max: "< 1200", mean: "< 500"}
    122  cost_usd: "<= 0.03"
    123  tokens: "< 9000"
    124  pass_hat: {k: 3, min: 0.8}
    "#);
    let kinds: Vec<String> = scenario
        .expect
        .iter()
        .map(|item| {
            let value = serde_json::to_value(&item.check).expect("checks are JSON");
            value.as_object().and_then(|map| map.keys().next().cloned()).expect("a kind")
        })
        .collect();
    for kind in [
        "tier",
        "score",
        "mood",
        "positivity",
        "tension",
        "comfort",
        "gate",
        "ending",
        "cue",
        "flags",
        "boundary_risk",
        "event_hint",
        "reply",
        "valid",
        "degraded",
        "latency_ms",
        "ttft_ms",
        "cost_usd",
        "tokens",
        "pass_hat",
    ] {
        assert!(kinds.iter().any(|known| known == kind), "{kind}");
    }
}

#[test]
fn conditions_mean_what_they_say() {
    let scenario = everything();
    let Some(Test::All(inner)) = scenario.gates[1].when.tests.first() else { panic!("all") };
    let one = |test: Test| Condition { tests: vec![test] };
    let own = || CueName::from("states_the_news");
    let cue = |at_least, within| Test::Cue { names: vec![own()], at_least, within };
    assert_eq!(
        inner.as_slice(),
        [
            one(cue(1, None)),
            one(cue(2, Some(5))),
            one(Test::Mood(vec![Mood::Warm, Mood::Shy])),
            one(Test::Gauge(Gauge::Tension, Comparison::AtMost(45.0))),
            one(Test::Gauge(Gauge::Turn, Comparison::Equal(3.0))),
            one(Test::MinTurns(2)),
            one(Test::Gates(vec![("plain".into(), GateStatus::Open)])),
            one(Test::BoundarySafe(None)),
            one(Test::BoundarySafe(Some(3))),
            one(Test::NoStrikes),
            one(Test::Any(vec![
                one(Test::Gauge(Gauge::MeanScore, Comparison::Within(20.0, 40.0))),
                one(Test::Tier(">= B".parse().expect("a tier")))
            ])),
            one(Test::Not(Box::new(one(Test::Gauge(
                Gauge::ObjectiveProgress,
                Comparison::Below(10.0)
            ))))),
        ]
    );
    // Offline a cue is about the line just spoken, unless it is counted.
    let block = |number: usize| scenario.offline.blocks[number].when.tests.clone();
    assert_eq!(block(0), [cue(1, Some(1))]);
    assert_eq!(block(1)[0], cue(2, None));
    assert_eq!(block(1).last(), Some(&Test::After("why".to_owned())));
}

#[test]
fn steps_arrive_in_order_with_their_lines() {
    let scenario = everything();
    let [Step::Say(first), Step::Branch(branches), Step::Simulate(simulate)] =
        scenario.script.steps.as_slice()
    else {
        panic!("three steps: {:?}", scenario.script.steps)
    };
    let line = |text: &str| {
        EVERYTHING.lines().position(|line| line.contains(text)).map(|at| at as u32 + 1)
    };
    assert_eq!(Some(first.source_line), line("by {{weeks}} weeks"));
    assert_eq!((first.save[0].name.as_str(), first.expect.len()), ("date", 3));
    assert!(matches!(first.expect[0].check, Check::Flags { .. }));
    assert_eq!(branches[0].line.user, "By {{date}}?");
    assert!(branches[0].when.is_some() && branches[1].when.is_none());
    assert_eq!((simulate.level, simulate.turns), (Level::Skilled, 4));
    assert_eq!(Some(simulate.source_line), line("simulate:"));
}

#[test]
fn a_scenario_survives_json() {
    let texts = [EVERYTHING.to_owned(), LEAST.to_owned(), starter("a", "b")];
    for text in texts.iter().map(String::as_str).chain(builtin().iter().map(|file| file.text)) {
        let scenario = match parse_one("t", text) {
            Ok(scenario) => scenario,
            // Built-in files may extend each other; their own test reads them so.
            Err(_) if text.contains("\nextends:") => continue,
            Err(problems) => panic!("{problems}"),
        };
        let json = serde_json::to_string(&scenario).expect("a scenario is JSON");
        let back: Scenario = serde_json::from_str(&json).expect("it reads back");
        assert_eq!(back, scenario);
    }
}

#[test]
fn the_published_schema_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scenario.schema.json");
    let derived = derived_schema();
    let wanted = format!("{}\n", serde_json::to_string_pretty(&derived).expect("JSON"));
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &wanted).expect("the schema is written");
        return;
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/scenario.schema.json is stale: run this test with UPDATE_SCHEMA=1"
    );
    assert_eq!(schema(), &derived, "what is read is what was written");
}

#[test]
fn every_key_of_the_schema_has_a_hint() {
    fn visit(schema: &serde_json::Value, path: &str, bare: &mut Vec<String>) {
        let maps = [schema.get("properties"), schema.get("$defs")];
        for (key, inner) in maps.into_iter().flatten().filter_map(|map| map.as_object()).flatten() {
            if inner.get("description").is_none() {
                bare.push(format!("{path}/{key}"));
            }
            visit(inner, &format!("{path}/{key}"), bare);
        }
    }
    let mut bare = Vec::new();
    visit(schema(), "", &mut bare);
    assert_eq!(bare, Vec::<String>::new());
}

/// A text with one piece cut out, doubled or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let size = EVERYTHING.chars().count();
    let pieces = prop_oneof![
        Just(String::new()),
        Just("{".to_owned()),
        Just("]".to_owned()),
        Just("\"".to_owned()),
        Just(": ".to_owned()),
        Just("\n".to_owned()),
        Just("\t".to_owned()),
        Just("&a *a ".to_owned()),
        Just("---\n".to_owned()),
        Just("null".to_owned()),
        Just("-1e9".to_owned()),
        any::<char>().prop_map(String::from),
        "\\PC{0,12}",
    ];
    (0..size, 0..40_usize, pieces).prop_map(|(at, length, piece)| {
        let head = EVERYTHING.chars().take(at);
        let tail = EVERYTHING.chars().skip(at + length);
        head.chain(piece.chars()).chain(tail).collect()
    })
}

/// Reads the text and checks what must hold for any.
fn lawful(text: &str) -> Result<(), TestCaseError> {
    let (scenarios, problems) = read("t.yaml", text, &mut |_| Err("no".to_owned()));
    // The walker and the structs agree: what passed the one never fails in the other.
    for problem in &problems {
        for slip in ["unknown field", "missing field", "invalid type", "cannot be understood"] {
            prop_assert!(!problem.message.contains(slip), "{problem}");
        }
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert!(problem.line as usize <= lines.split('\n').count());
        let shown = problem.to_string();
        prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
    prop_assert!(!scenarios.is_empty() || !problems.is_empty() || text.contains("abstract"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bent_file_never_breaks_the_reader(text in mutated()) {
        lawful(&text)?;
    }

    #[test]
    fn any_text_never_breaks_the_reader(text in any::<String>()) {
        lawful(&text)?;
    }

    #[test]
    fn yaml_soup_never_breaks_the_reader(
        words in prop::collection::vec(prop::sample::select(vec![
            "spar: 1", "- ", "  ", "\n", "{", "}", "[", "]", ": ", ", ", "&a ", "*a", "!!str ", "|\n", ">-\n",
            "? ", "\"", "'", "# ", "---\n", "...\n", "%YAML 1.2\n", "<<: ", "persona", "when: ", "gates:\n", "\t", "\r\n",
        ]), 0..40),
    ) {
        lawful(&words.concat())?;
    }
}
