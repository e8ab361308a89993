//! The fold: replay, the running account, ranges, rewards, size.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use spar_core::mission::turn::Verdict;
use spar_core::mission::{Mission, MissionEvent, MissionState, StrikeCause};
use spar_core::reading::{BoundaryRisk, Cue, CueHit, LocalReading, MicroFlag};
use spar_core::rules::{EventHint, MoodVector, RewardKind, Tier, is_shown};

use crate::moves::{begun, cases, local, moves, play};
use crate::support::{Play, scenario, scored};

fn assert_in_range(vector: &MoodVector) {
    for value in [vector.positivity, vector.tension, vector.comfort] {
        assert!((0.0..=100.0).contains(&value), "{vector:?}");
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn folding_is_replaying_also_through_json(seed in 0_u64..1 << 53, moves in moves(30)) {
        let played = play(seed, &moves);
        let mut one_by_one = MissionState::new(played.mission.scenario());
        let mut stored = Vec::new();
        for event in &played.events {
            one_by_one.apply(played.mission.scenario(), event);
            let text = serde_json::to_string(event).expect("an event becomes JSON");
            let back: MissionEvent = serde_json::from_str(&text).expect("and comes back");
            prop_assert_eq!(&back, event);
            stored.push(back);
        }
        let replayed = Mission::replay(played.mission.scenario().clone(), &stored);
        prop_assert_eq!(&one_by_one, played.mission.state());
        prop_assert_eq!(replayed.state(), played.mission.state());
        prop_assert_eq!(replayed.turns(), played.mission.turns());
        prop_assert_eq!(replayed.score(), played.mission.score());
    }

    #[test]
    fn a_state_comes_back_from_json_whole(moves in moves(20)) {
        let played = play(1, &moves);
        let text = serde_json::to_string(played.mission.state()).expect("a state becomes JSON");
        let back: MissionState = serde_json::from_str(&text).expect("and comes back");
        prop_assert_eq!(&back, played.mission.state());
    }

    #[test]
    fn the_same_seed_and_lines_give_the_same_events(seed in any::<u64>(), moves in moves(20)) {
        prop_assert_eq!(play(seed, &moves).events, play(seed, &moves).events);
    }

    #[test]
    fn the_running_account_is_what_a_report_would_compute(moves in moves(40)) {
        let played = play(7, &moves);
        let readings: Vec<_> =
            played.mission.turns().iter().filter_map(|turn| turn.reading.as_ref()).collect();
        let tally = &played.mission.state().tally;
        prop_assert_eq!(tally.count as usize, readings.len());

        let mean = (!readings.is_empty()).then(|| {
            readings.iter().map(|reading| reading.score.get()).sum::<f64>() / readings.len() as f64
        });
        prop_assert_eq!(tally.mean().is_some(), mean.is_some());
        prop_assert!((tally.mean().unwrap_or(0.0) - mean.unwrap_or(0.0)).abs() < 1e-9);

        let tiers: Vec<Tier> = readings.iter().map(|reading| Tier::of(reading.score)).collect();
        for tier in Tier::ALL {
            let count = tiers.iter().filter(|of_turn| **of_turn == tier).count();
            prop_assert_eq!(tally.per_tier[usize::from(tier.rank())] as usize, count);
        }
        prop_assert_eq!(tally.last_tier, tiers.last().copied());
        let momentum = tiers.iter().rev().take_while(|tier| **tier >= Tier::B).count();
        prop_assert_eq!(tally.momentum as usize, momentum);

        let crossed = |risk: BoundaryRisk| risk == BoundaryRisk::High;
        let safe = readings.iter().rev().take_while(|read| !crossed(read.boundary_risk)).count();
        prop_assert_eq!(tally.boundary_safe_streak as usize, safe);
        let problems = readings.iter().filter(|read| crossed(read.boundary_risk)).count();
        prop_assert_eq!(tally.boundary_problems as usize, problems);

        let mut cues: BTreeMap<_, (u32, u32)> = BTreeMap::new();
        for turn in played.mission.turns() {
            let hits = turn.reading.iter().flat_map(|reading| &reading.cues);
            for cue in hits.map(|hit| hit.cue.clone()).collect::<BTreeSet<_>>() {
                let (turns, last) = cues.entry(cue).or_default();
                (*turns, *last) = (*turns + 1, turn.turn.0);
            }
        }
        let counted: BTreeMap<_, _> = played
            .mission
            .state()
            .cues
            .iter()
            .map(|(name, tally)| (name.clone(), (tally.turns, tally.last)))
            .collect();
        prop_assert_eq!(counted, cues);
    }

    #[test]
    fn every_value_stays_in_range(moves in moves(40)) {
        let played = play(3, &moves);
        let mut state = MissionState::new(played.mission.scenario());
        for event in &played.events {
            state.apply(played.mission.scenario(), event);
            assert_in_range(&state.vector);
            let dynamic = state.dynamic();
            let stability = state.stability(played.mission.scenario());
            for value in [dynamic.risk, dynamic.momentum, dynamic.flow, stability, state.progress] {
                prop_assert!((0.0..=100.0).contains(&value), "{value} after {event:?}");
            }
            if let MissionEvent::TurnRead { reading, .. } = event {
                prop_assert!((0.0..=100.0).contains(&reading.score.get()));
                prop_assert!((0.0..=1.0).contains(&reading.confidence.get()));
            }
        }
        prop_assert!(played.mission.score().is_none_or(|score| score.get() <= 100.0));
    }

    #[test]
    fn a_strength_that_is_no_number_breaks_nothing(
        local in local(),
        strength in prop_oneof![
            Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), any::<f64>()
        ],
    ) {
        let mut play = begun(1);
        play.say_read(LocalReading { strength, ..local }, Verdict::Proceed);
        assert_in_range(&play.mission.state().vector);
    }

    #[test]
    fn a_warning_outranks_a_celebration_and_caps_the_score(moves in moves(30)) {
        let played = play(3, &moves);
        for reading in played.mission.turns().iter().filter_map(|turn| turn.reading.as_ref()) {
            let crossed = reading.boundary_risk == BoundaryRisk::High;
            let needy = reading.flags.contains(&MicroFlag::Needy) && is_shown(reading.confidence);
            if crossed || needy {
                prop_assert_eq!(reading.hint, EventHint::Warning);
            }
            if crossed {
                prop_assert!(reading.score.get() <= 45.0);
            }
            if reading.hint == EventHint::Celebration {
                prop_assert!(reading.shown_tier().is_some());
            }
        }
    }

    #[test]
    fn a_model_raises_risk_and_never_lowers_it(moves in moves(20)) {
        let played = play(3, &moves);
        let said = moves.iter().filter_map(|step| match step {
            crate::moves::Move::Say(said) if said.2 != Verdict::Crisis => Some(&said.0),
            _ => None,
        });
        let read = played.mission.turns().iter().filter_map(|turn| turn.reading.as_ref());
        for (local, reading) in said.zip(read) {
            prop_assert!(reading.boundary_risk >= local.boundary_risk);
            prop_assert_eq!(reading.safety, local.safety);
        }
    }

    #[test]
    fn rewards_are_capped_and_given_once_a_turn(moves in moves(60)) {
        let played = play(3, &moves);
        let limits = &played.mission.scenario().rewards;
        let (mut given, mut sums) = (BTreeSet::new(), BTreeMap::new());
        for event in &played.events {
            if let MissionEvent::RewardGranted { turn, reward } = event {
                prop_assert!(given.insert((*turn, reward.kind)), "twice: {event:?}");
                prop_assert!(reward.amount >= 1);
                *sums.entry(reward.kind).or_insert(0) += reward.amount;
            }
        }
        let sum = |kind| sums.get(&kind).copied().unwrap_or(0);
        prop_assert!(sum(RewardKind::Xp) <= limits.xp && sum(RewardKind::Coins) <= limits.coins);
        prop_assert!(sum(RewardKind::Gem) <= 1);
        let state = played.mission.state();
        prop_assert_eq!((sum(RewardKind::Xp), sum(RewardKind::Coins)), (state.xp, state.coins));
    }

    #[test]
    fn modifiers_last_at_most_three_turns_and_are_never_doubled(moves in moves(60)) {
        let played = play(3, &moves);
        let mut state = MissionState::new(played.mission.scenario());
        for event in &played.events {
            let before = state.modifiers.clone();
            state.apply(played.mission.scenario(), event);
            let kinds: BTreeSet<_> = state.modifiers.iter().map(|modifier| modifier.kind).collect();
            prop_assert_eq!(kinds.len(), state.modifiers.len());
            for modifier in &state.modifiers {
                prop_assert!((1..=3).contains(&modifier.turns_left));
            }
            if matches!(event, MissionEvent::TurnRead { .. }) {
                for old in before {
                    let now = state.modifiers.iter().find(|modifier| modifier.kind == old.kind);
                    let renewed = now.is_some_and(|now| now.turns_left == old.kind.turns());
                    let older = now.map_or(0, |now| now.turns_left) == old.turns_left - 1;
                    prop_assert!(renewed && old.turns_left == 1 || older, "{old:?} became {now:?}");
                }
            } else {
                prop_assert_eq!(before, state.modifiers.clone());
            }
        }
    }
}

/// A long mission with everything in it that repeats: every cue, strikes, all lines used.
#[test]
fn the_state_does_not_grow_with_the_turns() {
    let size = |play: &Play| {
        serde_json::to_string(play.mission.state()).expect("a state becomes JSON").len()
    };
    let mut play = begun(1);
    let mut early = 0;
    for turn in 1..=5_000_usize {
        let cue = Cue::ALL[turn % Cue::ALL.len()];
        let cues = vec![CueHit { cue: cue.into(), strength: 1.0 }];
        let verdict = Verdict::Strike(StrikeCause::Insult);
        play.say_read(LocalReading { cues, ..scored((turn % 101) as f64) }, verdict);
        play.events.clear();
        if turn == 200 {
            early = size(&play);
        }
    }
    let late = size(&play);
    assert!(late as f64 <= 1.2 * early as f64, "{early} bytes at turn 200, {late} at turn 5,000");
}

#[test]
fn a_line_in_a_language_nobody_reads_is_played_and_not_scored() {
    let german = scenario("language: de");
    let mut play = Play::start(&german, 1);
    let events = play.say("Der Termin verschiebt sich um zwei Wochen.");
    assert!(!events.iter().any(|event| matches!(event, MissionEvent::TurnRead { .. })));
    assert_eq!((play.mission.score(), play.mission.turns().len()), (None, 1));
    assert!(play.mission.turns()[0].reply.is_some());
}
