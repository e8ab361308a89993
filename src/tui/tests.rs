//! The screen without a terminal: what keys and news do to it, and how it looks.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use spar_core::chat::Usage;
use spar_core::ids::{MissionId, TurnIndex};
use spar_core::mission::{
    Mission, MissionEvent, PersonaLine, ReadingSource, StrikeCause, Timings, TurnReading,
};
use spar_core::persona::{OfflineScript, Persona};
use spar_core::reading::{BoundaryRisk, Delta, Deltas, MicroFlag, ReaderSpec, Safety};
use spar_core::rules::{
    Condition, Difficulty, Dynamics, Ending, MoodVector, Reward, RewardKind, RewardLimits,
    event_hint,
};
use spar_core::scenario::{
    Category, Gate, ModelSettings, Objective, ObjectiveKind, Playthroughs, Policy, SafetyResponse,
    Scenario, Script, Tone,
};
use spar_core::units::{Confidence, Score, Timestamp};

use super::app::{App, Look, Screen};
use super::effect::Effect;
use super::glyphs::GlyphSet;
use super::message::{Message, Opened, Unfinished};
use super::screens::overlay::Overlay;
use super::theme::ThemeName;
use super::update::update;
use super::view::view;

mod looks;
mod plays;
mod reports;

/// A scenario as small as it can be and still show everything.
fn scenario(tone: Tone) -> Arc<Scenario> {
    let start = MoodVector { positivity: 45.0, tension: 50.0, comfort: 40.0 };
    let gate = |id: &str, title: &str, required: bool| Gate {
        id: id.to_owned(),
        title: title.to_owned(),
        when: Condition { tests: Vec::new() },
        required,
        required_by: None,
        reason: id.to_uppercase(),
    };
    Arc::new(Scenario {
        id: "launch-slip".to_owned(),
        title: "Tell Dana the launch slips".to_owned(),
        summary: "The launch moves by two weeks. Say it plainly and leave with a plan.".to_owned(),
        category: Category::Work,
        tags: Vec::new(),
        language: "en".to_owned(),
        version: 1,
        tone,
        persona: Persona {
            name: "Dana".to_owned(),
            role: "Product manager who carried the launch date upstairs".to_owned(),
            backstory: "Dana reports to the board on Friday.".to_owned(),
            wants: Vec::new(),
            fears: Vec::new(),
            voice: "short, dry".to_owned(),
            style: spar_core::persona::Style::default(),
            start,
            rest: start,
            secrets: Vec::new(),
        },
        objective: Objective {
            kind: ObjectiveKind::DeliverBadNews,
            title: "Say it plainly and leave with a plan".to_owned(),
            description: "The migration failed its second dry run.".to_owned(),
            progress: Vec::new(),
            won_when: None,
            lost_when: None,
        },
        difficulty: Difficulty::Medium,
        knobs: Difficulty::Medium.knobs(),
        dynamics: Dynamics::default(),
        policy: Policy {
            max_turns: 12,
            min_turns: 4,
            strikes: 3,
            seconds_per_turn: None,
            seconds_extension: None,
            mission_seconds: None,
            milestone: None,
            on_threat: SafetyResponse::End,
            on_slur: SafetyResponse::End,
            on_sexual: SafetyResponse::End,
            endings: Ending::PRECEDENCE.to_vec(),
        },
        reader: ReaderSpec { english: true, ..ReaderSpec::default() },
        gates: vec![
            gate("plain", "The news is out", true),
            gate("trust", "She feels seen", true),
            gate("asked", "You asked what it costs her", false),
        ],
        rewards: RewardLimits::default(),
        model: ModelSettings::default(),
        offline: OfflineScript::default(),
        script: Script::default(),
        expect: Vec::new(),
        playthroughs: Playthroughs::default(),
    })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
}

fn mission_id() -> MissionId {
    MissionId::from_parts(at(0), [7; 10])
}

fn reading(score: f64, confidence: f64, risk: BoundaryRisk, flags: &[MicroFlag]) -> TurnReading {
    let good = score >= 60.0;
    let toward = |good: bool| if good { Delta::Up } else { Delta::Down };
    let (score, confidence) = (Score::new(score), Confidence::new(confidence));
    TurnReading {
        cues: Vec::new(),
        score,
        confidence,
        local_score: score,
        model_score: None,
        deltas: Deltas { mood: toward(good), tension: toward(!good), comfort: toward(good) },
        strength: 1.0,
        boundary_risk: risk,
        safety: Safety::Clear,
        flags: flags.to_vec(),
        hint: event_hint(score, confidence, risk, flags),
        source: ReadingSource::Local,
        reason: "says the hard thing plainly and owns the delay".to_owned(),
        on_topic: true,
        problems: Vec::new(),
    }
}

fn persona_line(text: &str, degraded: bool) -> PersonaLine {
    PersonaLine {
        text: text.to_owned(),
        provider: "embedded".to_owned(),
        model: "embedded".to_owned(),
        offline: None,
        degraded,
        degraded_reason: degraded.then(|| "no answer within 8 s".to_owned()),
        valid: None,
        timings: Timings::default(),
        usage: Usage::default(),
        cost: None,
        attempts: 1,
    }
}

fn spoke(turn: u32, text: &str) -> MissionEvent {
    MissionEvent::UserSpoke { turn: TurnIndex(turn), at: at(turn.into()), text: text.to_owned() }
}

fn read(turn: u32, reading: TurnReading) -> MissionEvent {
    MissionEvent::TurnRead { turn: TurnIndex(turn), reading }
}

fn answered(turn: u32, text: &str) -> MissionEvent {
    let line = persona_line(text, false);
    MissionEvent::PersonaSpoke { turn: TurnIndex(turn), at: at(turn.into()), line }
}

fn gate_passed(turn: u32, gate: &str) -> MissionEvent {
    let turn = TurnIndex(turn);
    MissionEvent::GatePassed { turn, gate: gate.to_owned(), reason: String::new() }
}

fn granted(turn: u32, kind: RewardKind, amount: u32) -> MissionEvent {
    MissionEvent::RewardGranted { turn: TurnIndex(turn), reward: Reward { kind, amount } }
}

/// A mission that has begun and nothing more.
fn begun(tone: Tone) -> Mission {
    let mut mission = Mission::new(scenario(tone));
    mission.apply(&MissionEvent::Started {
        at: at(0),
        seed: 1,
        opener: Some("You look like you've got something. Go on.".to_owned()),
        memory: None,
    });
    mission
}

/// Four turns that show everything a turn can show.
fn four_turns() -> Vec<Vec<MissionEvent>> {
    vec![
        vec![spoke(1, "We are going to slip by two weeks, and I should have told you on Monday.")],
        vec![
            read(1, reading(96.0, 0.8, BoundaryRisk::Low, &[MicroFlag::Brilliant])),
            gate_passed(1, "plain"),
            granted(1, RewardKind::Xp, 28),
            granted(1, RewardKind::Coins, 9),
            answered(1, "Two weeks. And when did you know?"),
        ],
        vec![spoke(2, "hm")],
        vec![
            read(2, reading(50.0, 0.1, BoundaryRisk::Low, &[])),
            MissionEvent::PersonaSpoke {
                turn: TurnIndex(2),
                at: at(2),
                line: persona_line("That's not an answer.", true),
            },
        ],
        vec![spoke(3, "You always overreact.\nAlways.")],
        vec![
            read(3, reading(20.0, 0.7, BoundaryRisk::High, &[MicroFlag::Dismissive])),
            MissionEvent::StrikeGiven { turn: TurnIndex(3), cause: StrikeCause::Boundary },
            answered(3, "Excuse me?"),
        ],
        vec![spoke(4, "Sorry. That was about me, not you. What does the ninth cost you?")],
        vec![
            read(4, reading(78.0, 0.8, BoundaryRisk::Low, &[])),
            gate_passed(4, "asked"),
            answered(4, "The board, on Friday. 日本語 and a 👩‍👩‍👧 besides."),
        ],
    ]
}

fn app(width: u16, height: u16) -> App {
    App::new(Look { theme: ThemeName::Mono, glyphs: GlyphSet::Unicode }, Size { width, height })
}

fn library_message(unfinished: Vec<Unfinished>) -> Message {
    let mut hard = (*scenario(Tone::Neutral)).clone();
    hard.id = "car-keys".to_owned();
    hard.title = "The car keys".to_owned();
    hard.category = Category::Health;
    hard.difficulty = Difficulty::Hard;
    let scenarios = vec![Arc::new(hard), scenario(Tone::Neutral)];
    Message::Library { scenarios, unfinished, broken: Vec::new() }
}

fn unfinished() -> Unfinished {
    Unfinished { id: mission_id(), title: "Ask Renee for the raise".to_owned(), turns: 3 }
}

fn opened(mission: Mission) -> Message {
    Message::Opened(Box::new(Opened { mission, offline: true }))
}

/// In the conversation, before the first line.
fn in_chat(width: u16, height: u16) -> App {
    let mut app = app(width, height);
    update(&mut app, opened(begun(Tone::Neutral)));
    app
}

/// In the conversation, after four turns.
fn after_four_turns(width: u16, height: u16) -> App {
    let mut app = in_chat(width, height);
    for events in four_turns() {
        update(&mut app, Message::Committed(events));
    }
    app
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    chord(app, code, KeyModifiers::NONE)
}

fn chord(app: &mut App, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    update(app, Message::Key { key: KeyEvent::new(code, modifiers), pasted: false })
}

fn type_text(app: &mut App, text: &str) {
    for letter in text.chars() {
        press(app, KeyCode::Char(letter));
    }
}

fn drawn(app: &App) -> String {
    let backend = TestBackend::new(app.size.width, app.size.height);
    let mut terminal = Terminal::new(backend).expect("a test terminal");
    terminal.draw(|frame| view(app, frame)).expect("a test terminal");
    let buffer = terminal.backend().buffer();
    let mut rows = Vec::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = super::text::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        rows.push(row.trim_end().to_owned());
    }
    rows.join("\n")
}
