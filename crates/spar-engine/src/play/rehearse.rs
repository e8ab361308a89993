//! Playthroughs: a scenario's own skilled, middling and poor lines, played offline over many seeds
//! without a store. `spar scenario check` asks whether better play scores better.

use std::sync::Arc;

use spar_core::mission::reply::ModelAnswer;
use spar_core::mission::{Mission, turn};
use spar_core::reading::Reader;
use spar_core::rules::Ending;
use spar_core::scenario::{Level, Scenario};
use spar_core::units::{Confidence, Timestamp};

/// Points between one level and the next.
pub const STEP: f64 = 12.0;
/// Seeds a check plays.
pub const SEEDS: u64 = 20;

/// The scores of one level over the seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsed {
    /// Which level.
    pub level: Level,
    /// The mission score of each seed, 0–100.
    pub scores: Vec<f64>,
    /// How the first seed ended.
    pub ending: Option<Ending>,
}

impl Rehearsed {
    /// The mean score.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.scores.iter().sum::<f64>() / self.scores.len().max(1) as f64
    }
}

/// Whether a scenario tells good play from bad.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// Skilled, middling, poor.
    pub levels: Vec<Rehearsed>,
}

impl Rehearsal {
    /// Steps that are smaller than [`STEP`], in words.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.levels
            .windows(2)
            .filter_map(|pair| {
                let (better, worse) = (&pair[0], &pair[1]);
                let step = better.mean() - worse.mean();
                (step < STEP).then(|| {
                    format!(
                        "{} scores {:.1} and {} {:.1}: a step of {step:.1}, less than {STEP}",
                        better.level.name(),
                        better.mean(),
                        worse.level.name(),
                        worse.mean(),
                    )
                })
            })
            .collect()
    }
}

/// Plays the three playthroughs over the seeds `0..seeds`.
#[must_use]
pub fn rehearse(scenario: &Arc<Scenario>, seeds: u64) -> Rehearsal {
    let reader = Arc::new(Reader::new(scenario.reader.clone()));
    let levels = [Level::Skilled, Level::Middling, Level::Poor]
        .map(|level| {
            let mut scores = Vec::new();
            let mut ending = None;
            for seed in 0..seeds {
                let mission =
                    play_through(scenario, &reader, scenario.playthroughs.lines(level), seed);
                scores.extend(mission.score().map(spar_core::units::Score::get));
                if seed == 0 {
                    ending = mission.state().ending();
                }
            }
            Rehearsed { level, scores, ending }
        })
        .into();
    Rehearsal { levels }
}

/// Plays these lines on the embedded persona until they run out or the mission ends.
#[must_use]
pub fn play_through(
    scenario: &Arc<Scenario>,
    reader: &Arc<Reader>,
    lines: &[String],
    seed: u64,
) -> Mission {
    let mut mission = Mission::with_reader(Arc::clone(scenario), Arc::clone(reader));
    let at = Timestamp::default();
    mission.apply(&turn::begin(scenario, seed, None, at));
    for line in lines {
        // A line that is refused (empty, or the mission is over) ends the play.
        let Ok(event) = turn::spoken(&mission, line, at) else { break };
        mission.apply(&event);
        let Some(heard) = turn::hear(&mission) else { break };
        let line = turn::offline_reply(&mission, &heard).into_line(0, None);
        let model = ModelAnswer::default();
        let events = turn::decide(&mission, &heard, &model, Confidence::new(0.0), Some(line), at);
        events.iter().for_each(|event| mission.apply(event));
    }
    for event in turn::leave(&mission, Ending::AbortUser, at) {
        mission.apply(&event);
    }
    mission
}
