//! What the tests share: folders, ids, a scenario, missions.

use std::path::PathBuf;

use spar_core::ids::{MissionId, SessionId, TurnIndex};
use spar_core::mission::MissionEvent;
use spar_core::persona::{OfflineScript, Persona, Style};
use spar_core::reading::ReaderSpec;
use spar_core::rules::{Difficulty, Dynamics, Ending, MoodVector, RewardLimits};
use spar_core::scenario::{
    Category, ModelSettings, Objective, ObjectiveKind, Playthroughs, Policy, SafetyResponse,
    Scenario, Script, Tone,
};
use spar_core::units::{Score, Timestamp};
use spar_engine::store::{
    MissionStatus, MissionSummaryUpdate, NewMission, OpenOptions, Outbox, ScenarioSnapshot, Store,
};

/// The moment every test begins at.
pub(crate) const START: i64 = 1_750_000_000_000;

/// A moment of the test, ms after its beginning.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

/// A mission's id, told from others by its number, at its end as well as its beginning.
pub(crate) fn mission_id(number: u32) -> MissionId {
    MissionId::from_parts(at(i64::from(number) * 100_000), entropy(number))
}

/// A session's id.
pub(crate) fn session_id(number: u32) -> SessionId {
    SessionId::from_parts(at(i64::from(number)), entropy(number))
}

fn entropy(number: u32) -> [u8; 10] {
    let mut entropy = [7; 10];
    entropy[6..].copy_from_slice(&number.to_be_bytes());
    entropy
}

/// A folder of its own and a store in it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("spar").join("missions.db")
    }

    pub(crate) fn options(&self) -> OpenOptions {
        OpenOptions::new(self.path())
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.options()).expect("the store opens")
    }

    /// A connection beside the store, to look at rows or to get in the way.
    pub(crate) fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("a second connection")
    }
}

/// A small scenario.
pub(crate) fn scenario(id: &str) -> Scenario {
    Scenario {
        id: id.to_owned(),
        title: format!("The {id} talk"),
        summary: "Tell Dana that the launch slips.".to_owned(),
        category: Category::Work,
        tags: vec!["news".to_owned()],
        language: "en".to_owned(),
        version: 1,
        tone: Tone::Neutral,
        persona: Persona {
            name: "Dana".to_owned(),
            role: "head of sales".to_owned(),
            backstory: String::new(),
            wants: vec!["a date she can rely on".to_owned()],
            fears: Vec::new(),
            voice: "short sentences".to_owned(),
            style: Style::default(),
            start: MoodVector::default(),
            rest: MoodVector::default(),
            secrets: Vec::new(),
        },
        objective: Objective {
            kind: ObjectiveKind::DeliverBadNews,
            title: "Say it".to_owned(),
            description: String::new(),
            progress: Vec::new(),
            won_when: None,
            lost_when: None,
        },
        difficulty: Difficulty::Medium,
        knobs: Difficulty::Medium.knobs(),
        dynamics: Dynamics::default(),
        policy: Policy {
            max_turns: 12,
            min_turns: 3,
            strikes: 3,
            seconds_per_turn: None,
            seconds_extension: None,
            mission_seconds: None,
            milestone: None,
            on_threat: SafetyResponse::End,
            on_slur: SafetyResponse::End,
            on_sexual: SafetyResponse::Strike,
            endings: Ending::PRECEDENCE.to_vec(),
        },
        reader: ReaderSpec { english: true, ..ReaderSpec::default() },
        gates: Vec::new(),
        rewards: RewardLimits::default(),
        model: ModelSettings::default(),
        offline: OfflineScript::default(),
        script: Script::default(),
        expect: Vec::new(),
        playthroughs: Playthroughs::default(),
    }
}

/// The beginning of a mission of the scenario `launch`.
pub(crate) fn new_mission(number: u32) -> NewMission {
    mission_of(&scenario("launch"), number)
}

/// The beginning of a mission.
pub(crate) fn mission_of(scenario: &Scenario, number: u32) -> NewMission {
    let started_at = at(i64::from(number));
    NewMission {
        id: mission_id(number),
        session: None,
        user_id: "local".to_owned(),
        snapshot: ScenarioSnapshot::of(scenario),
        seed: u64::from(number),
        provider: "embedded".to_owned(),
        model: "embedded".to_owned(),
        run_label: None,
        started_at,
        events: vec![MissionEvent::Started { at: started_at, seed: 7, opener: None }],
    }
}

/// A line of the user.
pub(crate) fn said(turn: u32, text: &str) -> MissionEvent {
    MissionEvent::UserSpoke {
        turn: TurnIndex(turn),
        at: at(i64::from(turn) * 1000),
        text: text.to_owned(),
    }
}

/// Where an active mission stands after a turn.
pub(crate) fn outbox(turn: u32) -> Outbox {
    Outbox::summary_only(MissionSummaryUpdate {
        at: at(i64::from(turn) * 1000),
        status: MissionStatus::Active,
        turns: TurnIndex(turn),
        score: Some(Score::new(61.5)),
        ending: None,
    })
}
