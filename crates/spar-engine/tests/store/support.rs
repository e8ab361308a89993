//! What the tests share: folders, ids, a scenario, missions.

use std::path::PathBuf;

use spar_core::chat::{Role, Usage};
use spar_core::ids::{MissionId, SessionId, TurnIndex};
use spar_core::job::{DeepAnalysis, FastTags};
use spar_core::mission::{MissionEvent, PersonaLine, ReadingSource, Timings, TurnReading};
use spar_core::persona::{OfflineScript, Persona, Style};
use spar_core::reading::{BoundaryRisk, Cue, CueHit, Delta, Deltas, MicroFlag, ReaderSpec, Safety};
use spar_core::rules::{Difficulty, Dynamics, Ending, EventHint, MoodVector, RewardLimits, Tier};
use spar_core::scenario::{
    Category, ModelSettings, Objective, ObjectiveKind, Playthroughs, Policy, SafetyResponse,
    Scenario, Script, Tone,
};
use spar_core::units::{Confidence, MicroUsd, Score, Timestamp};
use spar_engine::store::{
    MissionStatus, MissionSummaryUpdate, NewMission, OpenOptions, Outbox, PromptRun,
    ScenarioSnapshot, Store,
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
        events: vec![MissionEvent::Started { at: started_at, seed: 7, opener: None, memory: None }],
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

/// Work to be done on a mission after a turn.
pub(crate) fn analysis(number: u32, turn: u32) -> DeepAnalysis {
    DeepAnalysis {
        trace_id: format!("trace-{turn}"),
        scenario_id: "launch".to_owned(),
        mission_id: mission_id(number),
        user_id: "local".to_owned(),
        last_turn_index: TurnIndex(turn),
        fast_tags: Some(FastTags {
            tier: Some(Tier::B),
            deltas: Deltas::default(),
            boundary_risk: BoundaryRisk::Low,
            micro_flags: vec![MicroFlag::Listening],
        }),
        created_at: at(i64::from(turn) * 1000),
    }
}

/// A call of a model for a turn.
pub(crate) fn prompt_run(turn: u32) -> PromptRun {
    PromptRun {
        request_id: format!("request-{turn}"),
        turn: Some(TurnIndex(turn)),
        task: "chat_turn".to_owned(),
        role: Role::Mini,
        provider: "openai".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        prompt_hash: Some("0123456789abcdef".to_owned()),
        prompt_version: Some("1".to_owned()),
        rubric_version: None,
        usage: Usage { input: Some(900), output: Some(140), ..Usage::default() },
        latency_ms: Some(911.5),
        ttft_ms: Some(312.25),
        cost: Some(MicroUsd(219)),
        status: "ok".to_owned(),
        error: None,
        at: at(i64::from(turn) * 1000),
    }
}

/// Everything that follows a turn.
pub(crate) fn full_outbox(number: u32, turn: u32) -> Outbox {
    Outbox {
        deep_analysis: Some(analysis(number, turn)),
        prompt_run: Some(prompt_run(turn)),
        ..outbox(turn)
    }
}

/// What a line meant.
pub(crate) fn reading(turn: u32, score: f64, confidence: f64) -> MissionEvent {
    let reading = TurnReading {
        cues: [Cue::AcknowledgesFeeling, Cue::OpenQuestion, Cue::StatesPosition]
            .map(|cue| CueHit { cue: cue.into(), strength: 0.73 })
            .to_vec(),
        score: Score::new(score),
        confidence: Confidence::new(confidence),
        local_score: Score::new(68.0),
        model_score: Some(Score::new(74.0)),
        deltas: Deltas { tension: Delta::Down, ..Deltas::default() },
        strength: 1.1,
        boundary_risk: BoundaryRisk::Low,
        safety: Safety::Clear,
        flags: vec![MicroFlag::Listening],
        hint: EventHint::Neutral,
        source: ReadingSource::Blended,
        reason: "names the feeling and asks an open question".to_owned(),
        on_topic: true,
        problems: Vec::new(),
    };
    MissionEvent::TurnRead { turn: TurnIndex(turn), reading }
}

/// What the persona answered.
pub(crate) fn answered(turn: u32, text: &str) -> MissionEvent {
    let line = PersonaLine {
        text: text.to_owned(),
        provider: "openai".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        offline: None,
        degraded: false,
        degraded_reason: None,
        valid: Some(true),
        timings: Timings { ttft_ms: Some(312.25), total_ms: 911.5, own_us: 640 },
        usage: Usage { input: Some(900), output: Some(140), ..Usage::default() },
        cost: Some(MicroUsd(219)),
        attempts: 1,
    };
    MissionEvent::PersonaSpoke { turn: TurnIndex(turn), at: at(i64::from(turn) * 1000 + 900), line }
}
