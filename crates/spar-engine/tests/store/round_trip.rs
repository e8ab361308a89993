//! Every kind of event comes back equal, whatever is in it.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use spar_core::chat::Usage;
use spar_core::ids::TurnIndex;
use spar_core::mission::{
    MissionEvent, PersonaLine, Problem, ReadingSource, StrikeCause, Timings, TurnReading,
};
use spar_core::persona::{OfflineLine, PersonaMemory};
use spar_core::reading::{BoundaryRisk, Cue, CueHit, CueName, Delta, Deltas, MicroFlag, Safety};
use spar_core::rules::{Ending, EventHint, Reward, RewardKind};
use spar_core::units::{Confidence, MicroUsd, Score, Timestamp};
use spar_engine::store::Store;

use crate::support::{mission_id, new_mission, outbox};

fn turn() -> impl Strategy<Value = TurnIndex> {
    any::<u32>().prop_map(TurnIndex)
}

fn moment() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

/// Any text, with the characters that trip formats up made likely.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[\\x00-\\x1f\"\\\\'\u{2028}\u{feff}a]{0,12}",
        Just("👩‍🚀 n'est-ce pas".to_owned())
    ]
}

/// Any number that JSON can hold.
fn number() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO
}

fn cue() -> impl Strategy<Value = CueHit> {
    let name = prop_oneof![
        (0..Cue::ALL.len()).prop_map(|index| CueName::Common(Cue::ALL[index])),
        "[a-z]{3,12}_own".prop_map(|name| CueName::Own(Arc::from(name.as_str()))),
    ];
    (name, number()).prop_map(|(cue, strength)| CueHit { cue, strength })
}

fn deltas() -> impl Strategy<Value = Deltas> {
    let delta = || prop_oneof![Just(Delta::Up), Just(Delta::Down), Just(Delta::Stable)];
    (delta(), delta(), delta()).prop_map(|(mood, tension, comfort)| Deltas {
        mood,
        tension,
        comfort,
    })
}

fn problem() -> impl Strategy<Value = Problem> {
    (text(), text()).prop_map(|(field, message)| Problem { field, message })
}

fn reading() -> impl Strategy<Value = TurnReading> {
    let scores = (0.0..100.0_f64, 0.0..1.0_f64, 0.0..100.0_f64, option::of(0.0..100.0_f64));
    let verdicts = (
        prop_oneof![Just(BoundaryRisk::Low), Just(BoundaryRisk::Med), Just(BoundaryRisk::High)],
        prop_oneof![
            Just(Safety::Clear),
            Just(Safety::Insult),
            Just(Safety::Sexual),
            Just(Safety::Slur),
            Just(Safety::Threat),
            Just(Safety::Crisis)
        ],
        prop_oneof![
            Just(EventHint::Neutral),
            Just(EventHint::Celebration),
            Just(EventHint::Warning)
        ],
        prop_oneof![
            Just(ReadingSource::Model),
            Just(ReadingSource::Local),
            Just(ReadingSource::Blended)
        ],
    );
    let flags = vec((0..MicroFlag::ALL.len()).prop_map(|index| MicroFlag::ALL[index]), 0..4);
    (
        vec(cue(), 0..4),
        scores,
        deltas(),
        number(),
        verdicts,
        flags,
        text(),
        any::<bool>(),
        vec(problem(), 0..3),
    )
        .prop_map(
            |(cues, scores, deltas, strength, verdicts, flags, reason, on_topic, problems)| {
                TurnReading {
                    cues,
                    score: Score::new(scores.0),
                    confidence: Confidence::new(scores.1),
                    local_score: Score::new(scores.2),
                    model_score: scores.3.map(Score::new),
                    deltas,
                    strength,
                    boundary_risk: verdicts.0,
                    safety: verdicts.1,
                    flags,
                    hint: verdicts.2,
                    source: verdicts.3,
                    reason,
                    on_topic,
                    problems,
                }
            },
        )
}

fn persona_line() -> impl Strategy<Value = PersonaLine> {
    let offline = option::of(
        (any::<u32>(), any::<u32>()).prop_map(|(block, line)| OfflineLine { block, line }),
    );
    let timings = (option::of(number()), number(), any::<u64>())
        .prop_map(|(ttft_ms, total_ms, own_us)| Timings { ttft_ms, total_ms, own_us });
    let usage = (any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<u32>>()).prop_map(
        |(input, output, cached_input)| Usage { input, output, cached_input, reasoning: None },
    );
    let degraded = (any::<bool>(), option::of(text()), any::<Option<bool>>());
    let cost = any::<Option<i64>>().prop_map(|cost| cost.map(MicroUsd));
    ((text(), text(), text()), offline, degraded, timings, usage, cost, any::<u32>()).prop_map(
        |((text, provider, model), offline, degraded, timings, usage, cost, attempts)| {
            PersonaLine {
                text,
                provider,
                model,
                offline,
                degraded: degraded.0,
                degraded_reason: degraded.1,
                valid: degraded.2,
                timings,
                usage,
                cost,
                attempts,
            }
        },
    )
}

fn reward() -> impl Strategy<Value = Reward> {
    let kind = prop_oneof![Just(RewardKind::Xp), Just(RewardKind::Coins), Just(RewardKind::Gem)];
    (kind, any::<u32>()).prop_map(|(kind, amount)| Reward { kind, amount })
}

fn cause() -> impl Strategy<Value = StrikeCause> {
    prop_oneof![
        Just(StrikeCause::Insult),
        Just(StrikeCause::Sexual),
        Just(StrikeCause::Slur),
        Just(StrikeCause::Threat),
        Just(StrikeCause::Boundary)
    ]
}

fn memory() -> impl Strategy<Value = PersonaMemory> {
    (text(), vec(text(), 0..4), text(), number()).prop_map(|(persona, items, attitude, carry)| {
        PersonaMemory { persona, items, attitude, carry }
    })
}

/// One event of every kind, in the order of the enum.
fn one_of_each() -> impl Strategy<Value = Vec<MissionEvent>> {
    use MissionEvent as E;
    let started = (moment(), any::<u64>(), option::of(text()), option::of(memory()))
        .prop_map(|(at, seed, opener, memory)| E::Started { at, seed, opener, memory });
    let user =
        (turn(), moment(), text()).prop_map(|(turn, at, text)| E::UserSpoke { turn, at, text });
    let read = (turn(), reading()).prop_map(|(turn, reading)| E::TurnRead { turn, reading });
    let persona = (turn(), moment(), persona_line()).prop_map(|(turn, at, line)| E::PersonaSpoke {
        turn,
        at,
        line,
    });
    let ending = (0..Ending::PRECEDENCE.len()).prop_map(|index| Ending::PRECEDENCE[index]);
    let speech = (started, user, read, persona)
        .prop_map(|(started, user, read, persona)| vec![started, user, read, persona]);
    let course = (
        (turn(), moment()).prop_map(|(turn, at)| E::TurnCancelled { turn, at }),
        (turn(), text(), text()).prop_map(|(turn, gate, reason)| E::GatePassed {
            turn,
            gate,
            reason,
        }),
        (turn(), any::<u32>(), number()).prop_map(|(turn, rule, worth)| E::ProgressMade {
            turn,
            rule,
            worth,
        }),
        (turn(), text()).prop_map(|(turn, secret)| E::SecretRevealed { turn, secret }),
        (turn(), cause()).prop_map(|(turn, cause)| E::StrikeGiven { turn, cause }),
        (turn(), reward()).prop_map(|(turn, reward)| E::RewardGranted { turn, reward }),
    )
        .prop_map(|(a, b, c, d, e, f)| vec![a, b, c, d, e, f]);
    let clock = (
        (turn(), moment()).prop_map(|(turn, at)| E::CrisisPaused { turn, at }),
        moment().prop_map(|at| E::Resumed { at }),
        turn().prop_map(|turn| E::TimeExtended { turn }),
        (turn(), moment()).prop_map(|(turn, at)| E::TimeExpired { turn, at }),
        (moment(), ending).prop_map(|(at, ending)| E::Ended { at, ending }),
    )
        .prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]);
    (speech, course, clock).prop_map(|(a, b, c)| [a, b, c].concat())
}

/// Fails to compile when a kind is added, as a reminder to add it to [`one_of_each`].
fn position(event: &MissionEvent) -> usize {
    match event {
        MissionEvent::Started { .. } => 0,
        MissionEvent::UserSpoke { .. } => 1,
        MissionEvent::TurnRead { .. } => 2,
        MissionEvent::PersonaSpoke { .. } => 3,
        MissionEvent::TurnCancelled { .. } => 4,
        MissionEvent::GatePassed { .. } => 5,
        MissionEvent::ProgressMade { .. } => 6,
        MissionEvent::SecretRevealed { .. } => 7,
        MissionEvent::StrikeGiven { .. } => 8,
        MissionEvent::RewardGranted { .. } => 9,
        MissionEvent::CrisisPaused { .. } => 10,
        MissionEvent::Resumed { .. } => 11,
        MissionEvent::TimeExtended { .. } => 12,
        MissionEvent::TimeExpired { .. } => 13,
        MissionEvent::Ended { .. } => 14,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_appended_is_loaded(events in one_of_each()) {
        let positions: Vec<_> = events.iter().map(position).collect();
        prop_assert_eq!(positions, (0..15).collect::<Vec<_>>());
        let store = Store::temporary().expect("a temporary store");
        let new = new_mission(1);
        store.create_mission(new).wait().expect("it begins");
        store.append(mission_id(1), 1, &events, outbox(1)).wait().expect("events");
        let stored = store.load(mission_id(1)).expect("it loads");
        prop_assert_eq!(&stored.events[1..], &events[..]);
        let mut streamed = Vec::new();
        store.each_event(mission_id(1), 3, |seq, event| streamed.push((seq, event))).expect("events");
        prop_assert_eq!(streamed.len(), 13);
        prop_assert_eq!(&streamed[0], &(3, events[2].clone()));
    }
}
