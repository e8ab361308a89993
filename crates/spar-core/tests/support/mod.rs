//! Missions played in tests: no store, no model, every step as the engine takes it.
#![allow(dead_code, reason = "each test binary uses the part it needs")]

use std::sync::Arc;

use spar_core::mission::reply::ModelAnswer;
use spar_core::mission::turn::{self, Heard, Verdict};
use spar_core::mission::{Mission, MissionEvent, PersonaLine, Phase};
use spar_core::reading::{
    BoundaryRisk, CueHit, CueName, Delta, Deltas, LocalReading, Reader, Safety,
};
use spar_core::rules::Ending;
use spar_core::scenario::{Scenario, parse_one};
use spar_core::units::{Confidence, Score, Timestamp};

/// The start of every mission played here, ms.
pub(crate) const START: i64 = 1_700_000_000_000;

/// A small scenario; `extra` is YAML added at the top level.
pub(crate) fn scenario(extra: &str) -> Arc<Scenario> {
    let text = format!(
        "spar: 1\nid: tested\ntitle: Tested\nsummary: A talk for a test.\ncategory: work\n\
         persona: {{name: Ada, role: A colleague}}\n\
         {extra}\n\
         offline:\n  replies: [{{when: {{}}, lines: [Go on., I see., And then?]}}]\n"
    );
    // A test that names no objective is not about it.
    let text = if extra.contains("objective:") {
        text
    } else {
        format!("{text}objective: {{kind: free, title: Talk}}\n")
    };
    Arc::new(
        parse_one("tested.yaml", &text).unwrap_or_else(|problems| panic!("{problems}\n{text}")),
    )
}

/// A mission and everything that happened in it.
pub(crate) struct Play {
    /// The fold so far.
    pub(crate) mission: Mission,
    /// What was folded.
    pub(crate) events: Vec<MissionEvent>,
    /// What the clock says, ms.
    pub(crate) now: i64,
}

impl Play {
    /// A mission that has begun.
    pub(crate) fn start(scenario: &Arc<Scenario>, seed: u64) -> Self {
        Self::start_with(scenario, &Arc::new(Reader::new(scenario.reader.clone())), seed)
    }

    /// The same, with a reader that was made before: making one is what takes time.
    pub(crate) fn start_with(scenario: &Arc<Scenario>, reader: &Arc<Reader>, seed: u64) -> Self {
        let mission = Mission::with_reader(Arc::clone(scenario), Arc::clone(reader));
        let mut play = Self { mission, events: Vec::new(), now: START };
        play.happen(vec![turn::begin(scenario, seed, None, play.at())]);
        play
    }

    /// Plays lines until they run out or the mission is over, and leaves.
    pub(crate) fn through(scenario: &Arc<Scenario>, lines: &[String], seed: u64) -> Self {
        let mut play = Self::start(scenario, seed);
        for line in lines {
            match play.mission.state().phase {
                Phase::Ended(_) => break,
                Phase::Paused => {
                    let at = play.at();
                    play.happen(vec![MissionEvent::Resumed { at }]);
                }
                _ => {}
            }
            play.say(line);
        }
        let events = turn::leave(&play.mission, Ending::AbortUser, play.at());
        play.happen(events);
        play
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Folds what happened, and keeps it.
    pub(crate) fn happen(&mut self, events: Vec<MissionEvent>) -> Vec<MissionEvent> {
        events.iter().for_each(|event| self.mission.apply(event));
        self.events.extend(events.iter().cloned());
        events
    }

    /// Commits a line and reads it. Panics when it is refused.
    pub(crate) fn hear(&mut self, text: &str) -> Heard {
        self.now += 1_000;
        let spoken = turn::spoken(&self.mission, text, self.at())
            .unwrap_or_else(|refused| panic!("`{text}`: {refused}"));
        self.happen(vec![spoken]);
        turn::hear(&self.mission).expect("the line that was just said is waiting")
    }

    /// A whole turn as the reader reads it, answered by the embedded persona.
    pub(crate) fn say(&mut self, text: &str) -> Vec<MissionEvent> {
        let heard = self.hear(text);
        self.answer(&heard, &ModelAnswer::default())
    }

    /// A whole turn whose local reading is made by hand.
    pub(crate) fn say_read(&mut self, local: LocalReading, verdict: Verdict) -> Vec<MissionEvent> {
        let heard = Heard { local, verdict, ..self.hear("A line.") };
        self.answer(&heard, &ModelAnswer::default())
    }

    /// The rest of a turn: the persona's answer and what follows.
    pub(crate) fn answer(&mut self, heard: &Heard, model: &ModelAnswer) -> Vec<MissionEvent> {
        let asked = matches!(heard.verdict, Verdict::Proceed | Verdict::Strike(_));
        let line = asked.then(|| embedded(&self.mission, heard));
        self.now += 500;
        let trust = turn::UNMEASURED_TRUST;
        let events =
            turn::decide(&self.mission, heard, model, Confidence::new(trust), line, self.at());
        self.happen(events)
    }

    /// Lets time pass, as the engine does while it waits for a line.
    pub(crate) fn wait(&mut self, seconds: i64) -> Vec<MissionEvent> {
        self.now += seconds * 1_000;
        let events = turn::tick(&self.mission, self.at());
        self.happen(events)
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.mission.state().ending()
    }
}

/// What the embedded persona answers, as the engine records it.
pub(crate) fn embedded(mission: &Mission, heard: &Heard) -> PersonaLine {
    turn::offline_reply(mission, heard).into_line(0, None)
}

/// A local reading that is sure of its score and moves nothing.
pub(crate) fn scored(score: f64) -> LocalReading {
    LocalReading {
        cues: Vec::new(),
        safety: Safety::Clear,
        score: Score::new(score),
        confidence: Confidence::new(0.8),
        deltas: Deltas::default(),
        strength: 1.0,
        boundary_risk: BoundaryRisk::Low,
        flags: Vec::new(),
        reason: "by hand".to_owned(),
        on_topic: true,
    }
}

/// The same, with cues.
pub(crate) fn cued(score: f64, cues: &[&str]) -> LocalReading {
    let cues =
        cues.iter().map(|name| CueHit { cue: CueName::from(*name), strength: 1.0 }).collect();
    LocalReading { cues, ..scored(score) }
}

/// A reading that hurts as much as one line can.
pub(crate) fn crushing(score: f64) -> LocalReading {
    let deltas = Deltas { mood: Delta::Down, tension: Delta::Up, comfort: Delta::Down };
    LocalReading { deltas, strength: 1.5, ..scored(score) }
}
