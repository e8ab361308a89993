//! Made-up missions: readings, model answers and whatever else can happen between two lines.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use spar_core::mission::reply::ModelAnswer;
use spar_core::mission::turn::{self, Heard, Verdict};
use spar_core::mission::{MissionEvent, Phase, Problem, StrikeCause};
use spar_core::reading::{
    BoundaryRisk, Cue, CueHit, CueName, Delta, Deltas, LocalReading, MicroFlag, Reader, Safety,
};
use spar_core::rules::EventHint;
use spar_core::scenario::Scenario;
use spar_core::units::{Confidence, Score};

use crate::support::{Play, scenario};

/// How many cases to try: the same ones in every run, so that nothing fails by chance, unless
/// `PROPTEST_RNG_SEED` asks for others.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    let asked = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) };
    match asked.rng_seed {
        RngSeed::Random => ProptestConfig { rng_seed: RngSeed::Fixed(20), ..asked },
        RngSeed::Fixed(_) => asked,
    }
}

/// Something that happens in a made-up mission.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// A line, what is read in it, and what a model says about it.
    Say(Box<(LocalReading, ModelAnswer, Verdict)>),
    /// A line that is taken back before an answer comes.
    TakeBack,
    /// So many seconds pass.
    Wait(i64),
    /// The user comes back after so many seconds.
    ComeBack(i64),
}

/// A mission of [`eventful`], begun.
pub(crate) fn begun(seed: u64) -> Play {
    static READER: OnceLock<Arc<Reader>> = OnceLock::new();
    let scenario = eventful();
    let reader = READER.get_or_init(|| Arc::new(Reader::new(scenario.reader.clone())));
    Play::start_with(&scenario, reader, seed)
}

/// A scenario with something of everything, and no ending but the last turn.
fn eventful() -> Arc<Scenario> {
    static SCENARIO: OnceLock<Arc<Scenario>> = OnceLock::new();
    let made = SCENARIO.get_or_init(|| {
        scenario(
            "objective:\n  kind: negotiate\n  title: Agree\n  progress:\n    \
         - {when: {cue: thanks}, worth: 40}\n    - {when: {mean_score: '>= 60'}, worth: 60}\n\
         policy: {max_turns: 100000, strikes: 0, seconds_per_turn: 60, seconds_extension: 30, \
         endings: [fail_max_turns]}\n\
         gates:\n  - {id: thanked, when: {cue: thanks}, reason: A}\n  \
         - {id: calm, when: {all: [{tension: '<= 30'}, {gate: thanked}]}, reason: B}\n\
         cues: {names_a_price: {any: [price*], effect: good}}",
        )
    });
    Arc::clone(made)
}

/// Plays the moves; those that make no sense where the mission stands are left out.
pub(crate) fn play(seed: u64, moves: &[Move]) -> Play {
    let mut play = begun(seed);
    for step in moves {
        if play.mission.state().phase == Phase::Paused {
            let at = play.at();
            play.happen(vec![MissionEvent::Resumed { at }]);
        }
        if play.mission.state().phase != Phase::Listening {
            break;
        }
        match step {
            Move::Say(said) => {
                let (local, model, verdict) = said.as_ref().clone();
                let heard = Heard { local, verdict, ..play.hear("Some line or other.") };
                play.answer(&heard, &model);
            }
            Move::TakeBack => {
                let turn = play.hear("Never mind.").turn;
                let at = play.at();
                play.happen(vec![MissionEvent::TurnCancelled { turn, at }]);
            }
            Move::Wait(seconds) => {
                play.wait(*seconds);
            }
            Move::ComeBack(seconds) => {
                play.now += seconds * 1_000;
                let at = play.at();
                play.happen(vec![MissionEvent::Resumed { at }]);
            }
        }
        assert!(turn::time_left(&play.mission, play.at()).mission_ms.is_none());
    }
    play
}

/// Missions of up to `longest` moves.
pub(crate) fn moves(longest: usize) -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(a_move(), 1..longest)
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        12 => (local(), model(), verdict()).prop_map(|said| Move::Say(Box::new(said))),
        1 => Just(Move::TakeBack),
        1 => (0_i64..90).prop_map(Move::Wait),
        1 => (0_i64..9_000).prop_map(Move::ComeBack),
    ]
}

/// Any local reading, in range as the types make it.
pub(crate) fn local() -> impl Strategy<Value = LocalReading> {
    let numbers = (-20.0..120.0_f64, 0.0..1.2_f64, 0.5..1.5_f64);
    let words = (prop::collection::vec(cue(), 0..6), flags(), deltas(), risk());
    (numbers, words, any::<bool>()).prop_map(
        |((score, confidence, strength), (cues, flags, deltas, boundary_risk), on_topic)| {
            let mut hits: Vec<CueHit> = Vec::new();
            for cue in cues {
                if hits.iter().all(|hit| hit.cue != cue) {
                    hits.push(CueHit { cue, strength: 0.5 });
                }
            }
            LocalReading {
                cues: hits,
                safety: Safety::Clear,
                score: Score::new(score),
                confidence: Confidence::new(confidence),
                deltas,
                strength,
                boundary_risk,
                flags,
                reason: "made up".to_owned(),
                on_topic,
            }
        },
    )
}

/// Any answer of a model, each part there or not.
pub(crate) fn model() -> impl Strategy<Value = ModelAnswer> {
    let parts = (
        prop::option::of(-20.0..120.0_f64),
        prop::option::of(delta()),
        prop::option::of(delta()),
        prop::option::of(delta()),
        prop::option::of(risk()),
        prop::option::of(prop_oneof![
            Just(EventHint::Neutral),
            Just(EventHint::Celebration),
            Just(EventHint::Warning)
        ]),
    );
    (parts, prop::collection::vec(cue(), 0..4), flags(), any::<bool>()).prop_map(
        |((score, mood, tension, comfort, boundary_risk, hint), cues, flags, has_problem)| {
            ModelAnswer {
                reply: "Well.".to_owned(),
                valid: Some(!has_problem),
                cues,
                score: score.map(Score::new),
                mood,
                tension,
                comfort,
                boundary_risk,
                flags,
                hint,
                problems: has_problem
                    .then(|| Problem { field: "cues".to_owned(), message: "made up".to_owned() })
                    .into_iter()
                    .collect(),
            }
        },
    )
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        16 => Just(Verdict::Proceed),
        2 => Just(Verdict::Strike(StrikeCause::Insult)),
        1 => Just(Verdict::Strike(StrikeCause::Boundary)),
        1 => Just(Verdict::Crisis),
    ]
}

fn cue() -> impl Strategy<Value = CueName> {
    prop_oneof![
        8 => prop::sample::select(Cue::ALL).prop_map(CueName::from),
        1 => Just(CueName::from("names_a_price")),
    ]
}

pub(crate) fn flags() -> impl Strategy<Value = Vec<MicroFlag>> {
    prop::sample::subsequence(MicroFlag::ALL.to_vec(), 0..4)
}

pub(crate) fn delta() -> impl Strategy<Value = Delta> {
    prop_oneof![Just(Delta::Up), Just(Delta::Down), Just(Delta::Stable)]
}

pub(crate) fn deltas() -> impl Strategy<Value = Deltas> {
    (delta(), delta(), delta()).prop_map(|(mood, tension, comfort)| Deltas {
        mood,
        tension,
        comfort,
    })
}

pub(crate) fn risk() -> impl Strategy<Value = BoundaryRisk> {
    prop_oneof![
        6 => Just(BoundaryRisk::Low),
        2 => Just(BoundaryRisk::Med),
        1 => Just(BoundaryRisk::High)
    ]
}
