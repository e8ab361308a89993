//! Analyzers on whole missions: what they leave, as text to be read in a review; edge missions; and
//! what must hold whatever a model answers.

#[path = "analysis/answers.rs"]
mod answers;
#[path = "analysis/crisis.rs"]
mod crisis;
#[path = "analysis/edges.rs"]
mod edges;
#[path = "analysis/rendered.rs"]
mod rendered;
#[path = "analysis/requests.rs"]
mod requests;
#[path = "analysis/second.rs"]
mod second;
mod support;

use std::sync::Arc;

use rendered::first_wave;
use spar_core::analysis::skills::Fusion;
use spar_core::analysis::{Context, History, Results, StageOutput, offline};
use spar_core::ids::{MissionId, TurnIndex};
use spar_core::job::{Stage, Wave};
use spar_core::mission::Mission;
use spar_core::scenario::{Level, Scenario, builtin, load_builtin, read};
use spar_core::units::Timestamp;
use support::Play;

/// A mission, and what the analyzers are given beside it.
pub(crate) struct Studied {
    pub(crate) mission: Mission,
    pub(crate) history: History,
    pub(crate) results: Results,
    pub(crate) fusion: Fusion,
}

impl Studied {
    pub(crate) fn new(mission: Mission) -> Self {
        Self {
            mission,
            history: History::default(),
            results: Results::default(),
            fusion: Fusion::default(),
        }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            mission_id: MissionId::from_parts(Timestamp::from_millis(support::START), [7; 10]),
            mission: &self.mission,
            history: &self.history,
            results: &self.results,
            fusion: &self.fusion,
            since: TurnIndex(0),
            previous: None,
        }
    }

    /// Runs the offline form of a stage.
    pub(crate) fn run(&self, stage: Stage) -> StageOutput {
        offline(stage, &self.context())
    }

    /// The same with every result of the first wave in its place.
    pub(crate) fn through_first_wave(mut self) -> Self {
        for stage in Stage::ALL.into_iter().filter(|stage| stage.wave() == Wave::First) {
            let output = self.run(stage);
            assert_eq!(output.stage(), stage);
            self.results.insert(output);
        }
        self
    }
}

pub(crate) fn built_in(id: &str) -> Arc<Scenario> {
    let file = builtin().iter().find(|file| file.id == id).expect("a built-in scenario");
    let (mut scenarios, problems) = read(file.file, file.text, &mut load_builtin);
    assert_eq!(problems, [], "{id}");
    Arc::new(scenarios.pop().expect("a built-in file holds a scenario"))
}

/// A mission of these lines, left at its end.
pub(crate) fn played(scenario: &Arc<Scenario>, lines: &[String], seed: u64) -> Mission {
    Play::through(scenario, lines, seed).mission
}

pub(crate) fn of_level(id: &str, level: Level, seed: u64) -> Studied {
    let scenario = built_in(id);
    let lines = scenario.playthroughs.lines(level).to_vec();
    Studied::new(played(&scenario, &lines, seed)).through_first_wave()
}

#[test]
fn a_skilled_mission() {
    let studied = of_level("launch-slip", Level::Skilled, 1);
    insta::assert_snapshot!("launch_slip_skilled", first_wave(&studied));
}

#[test]
fn a_middling_mission() {
    let studied = of_level("launch-slip", Level::Middling, 2);
    insta::assert_snapshot!("launch_slip_middling", first_wave(&studied));
}

#[test]
fn a_poor_mission() {
    let studied = of_level("angry-customer", Level::Poor, 3);
    insta::assert_snapshot!("angry_customer_poor", first_wave(&studied));
}

#[test]
fn a_mission_that_holds_a_line() {
    let studied = of_level("no-to-the-boss", Level::Skilled, 4);
    insta::assert_snapshot!("no_to_the_boss_skilled", first_wave(&studied));
}
