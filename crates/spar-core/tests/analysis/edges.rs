//! Missions at the edge: nothing said, one line, everything taken back, a crisis, another language,
//! a very long talk; and laws over missions of any lines.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use serde_json::Value;
use spar_core::analysis::traits::Trait;
use spar_core::analysis::{History, PastMission, StageOutput, request};
use spar_core::ids::{MissionId, TurnIndex};
use spar_core::job::{Stage, Wave};
use spar_core::mission::turn::{self, Verdict};
use spar_core::mission::{Mission, MissionEvent};
use spar_core::reading::{Delta, Deltas, LocalReading};
use spar_core::rules::Ending;
use spar_core::scenario::{Category, Level};
use spar_core::units::{Score, Timestamp};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::rendered::first_wave;
use crate::support::{Play, cued, scenario, scored};
use crate::{Studied, built_in, of_level, played};

fn first_stages() -> impl Iterator<Item = Stage> {
    Stage::ALL.into_iter().filter(|stage| stage.wave() == Wave::First)
}

/// What every result must keep, whatever was said and whoever wrote it.
pub(crate) fn check(studied: &Studied) {
    let results = &studied.results;
    let spoken: Vec<TurnIndex> = studied.context().turns().map(|spoken| spoken.turn).collect();
    if let Some(mood) = &results.mood_timeline {
        assert!(!mood.vibe.is_empty() && !mood.summary.is_empty());
        assert!(mood.points.windows(2).all(|pair| pair[0].turn < pair[1].turn));
        assert!(mood.arcs.iter().all(|arc| arc.from <= arc.to));
        assert!(mood.arcs.windows(2).all(|pair| pair[0].to < pair[1].from));
    }
    if let Some(impacts) = &results.turn_impact {
        assert!(impacts.turns.iter().all(|turn| turn.impact.abs() <= 100.0));
        assert!(impacts.key_lines.len() <= 9);
        assert!(impacts.key_lines.windows(2).all(|pair| pair[0].turn < pair[1].turn));
        for line in &impacts.key_lines {
            assert!(line.reason.ends_with('.'), "{}", line.reason);
        }
        let mut better: Vec<_> =
            impacts.key_lines.iter().filter_map(|l| l.better.as_ref()).collect();
        let all = better.len();
        better.sort();
        better.dedup();
        assert_eq!(better.len(), all, "the same suggestion twice");
    }
    if let Some(topics) = &results.topics {
        assert!(topics.topics.len() <= 2 && topics.actions.len() <= 5);
        assert!(topics.actions.iter().all(|action| spoken.contains(&action.turn)));
    }
    if let Some(traits) = &results.traits {
        assert_eq!(traits.reasons.len(), if traits.scores.is_some() { 6 } else { 0 });
    }
    if let Some(breakthroughs) = &results.breakthroughs {
        assert!(breakthroughs.moments.len() <= 5);
        assert!(breakthroughs.moments.iter().all(|moment| spoken.contains(&moment.turn)));
        assert!(breakthroughs.moments.windows(2).all(|pair| pair[0].turn < pair[1].turn));
    }
    if let Some(summary) = &results.action_summary {
        let length = summary.text.graphemes(true).count();
        assert!((1..=45).contains(&length), "{}", summary.text);
    }
    for text in texts(&serde_json::to_value(results).expect("results become JSON")) {
        assert!(!text.trim().is_empty(), "an empty text");
        assert_eq!(spar_core::language::clean(&text), text.as_str());
    }
}

/// The same, and that what was written here reads as if a careful person had.
fn check_offline(studied: &Studied) {
    check(studied);
    for text in texts(&serde_json::to_value(&studied.results).expect("results become JSON")) {
        read_aloud(&text);
    }
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// What nobody careful would have written.
fn read_aloud(text: &str) {
    let slip = ["undefined", "NaN", " .", "..", "{}", "one turns", "one of one", " a a ", "-0"]
        .iter()
        .find(|slip| text.contains(**slip) && !text.contains("..."));
    assert!(slip.is_none(), "`{text}` has `{}`", slip.unwrap_or(&""));
    let long_decimal = text
        .match_indices('.')
        .any(|(at, _)| text[at + 1..].chars().take(2).filter(char::is_ascii_digit).count() == 2);
    assert!(!long_decimal, "`{text}` has a long decimal");
}

fn left(mut play: Play) -> Studied {
    let events = turn::leave(&play.mission, Ending::AbortUser, play.at());
    play.happen(events);
    Studied::new(play.mission).through_first_wave()
}

#[test]
fn nothing_was_said() {
    let studied = Studied::new(played(&built_in("launch-slip"), &[], 1)).through_first_wave();
    check_offline(&studied);
    insta::assert_snapshot!("nothing_said", first_wave(&studied));
    assert!(first_stages().all(|stage| request(stage, &studied.context()).is_none()));
}

#[test]
fn one_line() {
    let lines = ["Look, it's not my fault that it slips.".to_owned()];
    let studied = Studied::new(played(&built_in("launch-slip"), &lines, 1)).through_first_wave();
    check_offline(&studied);
    insta::assert_snapshot!("one_line", first_wave(&studied));
}

#[test]
fn everything_was_taken_back() {
    let mut play = Play::start(&built_in("launch-slip"), 1);
    for line in ["The launch slips by two weeks.", "I should have told you on Monday."] {
        play.hear(line);
        let events = turn::cancel(&play.mission, play.at());
        play.happen(events);
    }
    let studied = left(play);
    check_offline(&studied);
    assert!(studied.results.turn_impact.as_ref().is_some_and(|impacts| impacts.turns.is_empty()));
    assert!(studied.results.traits.as_ref().is_some_and(|traits| traits.scores.is_none()));
    assert!(first_stages().all(|stage| request(stage, &studied.context()).is_none()));
}

#[test]
fn a_crisis_is_studied_by_nobody() {
    let words = "I want to kill myself tonight.";
    let mut play = Play::start(&built_in("launch-slip"), 1);
    play.say("Dana, the launch slips by two weeks.");
    play.say(words);
    let studied = Studied::new(play.mission).through_first_wave();
    check_offline(&studied);
    let text = serde_json::to_string(&studied.results).expect("results become JSON");
    assert!(!text.contains("kill myself"), "{text}");
    for stage in first_stages() {
        if let Some(asked) = request(stage, &studied.context()) {
            let prompt = format!("{:?}", asked.messages);
            assert!(!prompt.contains("kill myself"), "{prompt}");
            // The reasons of skills are asked for with the evidence alone.
            assert!(prompt.contains("[1] You") || stage == Stage::Skills, "{prompt}");
        }
    }
}

#[test]
fn lines_that_hurt_are_not_given_back() {
    let mut play = Play::start(&built_in("launch-slip"), 1);
    play.say("The launch slips by two weeks.");
    play.say("Shut up, you stupid idiot.");
    let studied = left(play);
    check_offline(&studied);
    let impacts = studied.results.turn_impact.as_ref().expect("it ran");
    assert_eq!(impacts.turns.len(), 2);
    assert!(impacts.key_lines.iter().all(|line| line.turn != TurnIndex(2)), "{impacts:?}");
}

#[test]
fn another_language_is_played_and_not_read() {
    let german =
        scenario("language: de\ngates: [{id: a, title: A, when: {min_turns: 12}, reason: A}]");
    let lines =
        ["Der Start verschiebt sich um zwei Wochen.".to_owned(), "Es tut mir leid.".to_owned()];
    let studied = Studied::new(played(&german, &lines, 1)).through_first_wave();
    check_offline(&studied);
    insta::assert_snapshot!("another_language", first_wave(&studied));
}

/// A mission whose lines were read as given, as often as asked for.
fn of_readings(readings: &[LocalReading], times: usize) -> Mission {
    let scenario = scenario("");
    let mut play = Play::start(&scenario, 1);
    play.say_read(readings[0].clone(), Verdict::Proceed);
    let template = play.mission.turns()[0].clone();
    let (read, line) = (template.reading.expect("it was read"), template.reply.expect("answered"));
    let mut mission = Mission::new(scenario);
    let at = Timestamp::from_millis(0);
    mission.apply(&MissionEvent::Started { at, seed: 1, opener: None, memory: None });
    for (number, local) in readings.iter().cycle().take(readings.len() * times).enumerate() {
        let turn = TurnIndex(number as u32 + 1);
        let mut reading = read.clone();
        reading.cues.clone_from(&local.cues);
        reading.flags.clone_from(&local.flags);
        (reading.score, reading.confidence) = (local.score, local.confidence);
        (reading.deltas, reading.strength) = (local.deltas, local.strength);
        let text = format!("Line {number} about the cellar.");
        mission.apply(&MissionEvent::UserSpoke { turn, at, text });
        mission.apply(&MissionEvent::TurnRead { turn, reading });
        mission.apply(&MissionEvent::PersonaSpoke { turn, at, line: line.clone() });
    }
    mission
}

#[test]
fn five_thousand_turns_leave_little_more_than_fifty() {
    let readings = [cued(80.0, &["open_question"]), cued(20.0, &["blames"]), scored(55.0)];
    let sizes = [17, 1_667].map(|times| {
        let studied = Studied::new(of_readings(&readings, times)).through_first_wave();
        check_offline(&studied);
        let results = &studied.results;
        assert_eq!(results.mood_timeline.as_ref().map(|mood| mood.points.len()), Some(3 * times));
        let prompts: Vec<usize> = first_stages()
            .filter_map(|stage| request(stage, &studied.context()))
            .map(|asked| asked.messages.iter().map(|message| message.content.len()).sum())
            .collect();
        assert!(prompts.iter().all(|bytes| *bytes <= 24_000), "{prompts:?}");
        let bounded = (&results.topics, &results.breakthroughs, &results.traits, &results.gates);
        serde_json::to_string(&bounded).expect("JSON").len()
    });
    assert!(sizes[1] < sizes[0] + 500, "{sizes:?}");
}

#[test]
fn a_flat_mission_has_no_breakthrough() {
    let studied = Studied::new(of_readings(&[scored(55.0)], 12)).through_first_wave();
    assert_eq!(studied.results.breakthroughs.map(|found| found.moments), Some(Vec::new()));
    let arcs = studied.results.mood_timeline.map(|mood| mood.arcs.len());
    assert_eq!(arcs, Some(1));
}

#[test]
fn traits_stand_beside_those_of_earlier_missions() {
    let mut studied = of_level("launch-slip", Level::Skilled, 1);
    let alone = studied.results.traits.clone().expect("it ran");
    assert_eq!((alone.deltas, alone.missions), (None, 1));
    assert_eq!(alone.long_term, alone.scores);
    let past = |value: f64| PastMission {
        mission_id: MissionId::from_parts(Timestamp::from_millis(1), [1; 10]),
        scenario_id: "x".to_owned(),
        category: Category::Work,
        persona: "Ada".to_owned(),
        ended_at: Timestamp::from_millis(1),
        ending: Ending::AbortUser,
        score: None,
        turns: 3,
        traits: Some(spar_core::analysis::traits::TraitScores::of([value; 6])),
        insights: Vec::new(),
        memory: None,
    };
    // Newest first: 80 came after 20.
    studied.history = History { missions: vec![past(80.0), past(20.0)], ..History::default() };
    let StageOutput::Traits(traits) = studied.run(Stage::Traits) else { panic!("traits") };
    let now = traits.scores.expect("scored").get(Trait::Clarity).get();
    let delta = traits.deltas.expect("there is one before")[1];
    assert!((delta - (now - 80.0)).abs() < 0.06);
    let mean = 20.0 + 0.3 * (80.0 - 20.0);
    let mean = mean + 0.3 * (now - mean);
    assert_eq!(traits.long_term.map(|of| of.get(Trait::Clarity)), Some(Score::new(mean)));
    assert_eq!(traits.missions, 3);
}

fn any_reading() -> impl Strategy<Value = LocalReading> {
    let delta = prop::sample::select(vec![Delta::Up, Delta::Down, Delta::Stable]);
    let cues = prop::sample::subsequence(
        vec![
            "blames",
            "hedges",
            "open_question",
            "acknowledges_feeling",
            "proposes_plan",
            "states_position",
            "humour",
            "pressures",
            "takes_responsibility",
        ],
        0..4,
    );
    ([delta.clone(), delta.clone(), delta], cues, 0.0..100.0_f64, 0.5..1.5_f64, 0.0..1.0_f64)
        .prop_map(|([mood, tension, comfort], cues, score, strength, sure)| LocalReading {
            deltas: Deltas { mood, tension, comfort },
            strength,
            confidence: spar_core::units::Confidence::new(sure),
            ..cued(score, &cues)
        })
}

/// Lines of all built-in playthroughs.
fn lines() -> &'static [String] {
    static LINES: OnceLock<Vec<String>> = OnceLock::new();
    LINES.get_or_init(|| {
        let all = spar_core::scenario::builtin();
        all.iter()
            .flat_map(|file| {
                let scenario = built_in(file.id);
                Level::ALL.map(|level| scenario.playthroughs.lines(level).to_vec()).concat()
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_course_is_that_of_the_mission(readings in prop::collection::vec(any_reading(), 1..24)) {
        let studied = Studied::new(of_readings(&readings, 1)).through_first_wave();
        check_offline(&studied);
        let mood = studied.results.mood_timeline.as_ref().expect("it ran");
        let (last, state) = (mood.points.last().expect("a point"), studied.mission.state());
        prop_assert_eq!(last.flow, Score::new(state.dynamic().flow));
        prop_assert_eq!(Some(last.smoothed), state.smoothed_score.map(Score::new));
        // The arcs cover every point.
        let covered: u32 = mood.arcs.iter().map(|arc| arc.to.0 - arc.from.0 + 1).sum();
        prop_assert_eq!(covered as usize, mood.points.len());
    }

    #[test]
    fn saying_it_all_twice_makes_nobody_another_person(
        readings in prop::collection::vec(any_reading(), 3..12)
    ) {
        let of = |times| {
            let StageOutput::Traits(traits) =
                Studied::new(of_readings(&readings, times)).run(Stage::Traits)
            else {
                panic!("traits")
            };
            traits.scores
        };
        if let (Some(once), Some(twice)) = (of(1), of(2)) {
            for of in Trait::ALL {
                let apart = (once.get(of).get() - twice.get(of).get()).abs();
                prop_assert!(apart <= 4.0, "{of:?} moved by {apart}");
            }
        }
    }

    #[test]
    fn any_lines_leave_something_worth_reading(
        picks in prop::collection::vec(prop::sample::select(lines().to_vec()), 0..9),
        seed in 0..1_000_u64,
        at in 0..15_usize,
    ) {
        let all = spar_core::scenario::builtin();
        let scenario = built_in(all[at % all.len()].id);
        let studied = Studied::new(played(&Arc::clone(&scenario), &picks, seed)).through_first_wave();
        check_offline(&studied);
    }
}
