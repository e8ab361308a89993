//! What a report of a very long mission costs, in every form.
//!
//! `cargo bench -p spar-core --bench report`

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use spar_core::analysis::Results;
use spar_core::analysis::mood_timeline::{ArcKind, MoodArc, MoodTimeline};
use spar_core::analysis::turn_impact::{TurnImpact, TurnImpacts};
use spar_core::ids::{MissionId, SessionId, TurnIndex};
use spar_core::mission::{Mission, MissionEvent, PersonaLine, ReadingSource, Timings, TurnReading};
use spar_core::reading::{BoundaryRisk, Delta, Deltas, MicroFlag, Safety};
use spar_core::report::{self, MissionFacts, Report, ReportInput};
use spar_core::rules::EventHint;
use spar_core::scenario::{builtin, load_builtin, read};
use spar_core::units::{Confidence, Score, Timestamp};

const TURNS: u32 = 5_000;
const ROUNDS: u32 = 7;
const LINE: &str = "I've known since Monday & I should have told you. What worries you most about \
    <Friday>? Here's what I propose: a third dry run, and two lines from me every morning.";

type Form = fn(&Report) -> String;

fn main() {
    let mission = mission();
    let results = results();
    let input = ReportInput {
        mission: &mission,
        facts: &facts(),
        results: &results,
        stages: &BTreeMap::new(),
        costs: &[],
        previous: None,
    };
    println!("{TURNS} turns");
    measured("build", || report::build(&input).transcript.content.map_or(0, |turns| turns.len()));
    let built = report::build(&input);
    let forms: [(&str, Form); 4] = [
        ("text", |report| report::plain_text(&report::text(report, report::COLUMNS))),
        ("markdown", report::markdown),
        ("json", report::json),
        ("html", report::html),
    ];
    for (name, form) in forms {
        measured(name, || form(&built).len());
    }
}

/// The best round of several, and how much came out of it.
fn measured(name: &str, work: impl Fn() -> usize) {
    let mut size = 0;
    let mut round = || {
        let start = Instant::now();
        size = black_box(work());
        start.elapsed()
    };
    let best = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
    println!("{name:9} {:8.2} ms  {size:9}", best.as_secs_f64() * 1e3);
}

fn mission() -> Mission {
    let file = &builtin()[0];
    let (mut scenarios, _) = read(file.file, file.text, &mut load_builtin);
    let Some(scenario) = scenarios.pop() else { unreachable!("a built-in file holds a scenario") };
    let at = Timestamp::from_millis(1_700_000_000_000);
    let mut mission = Mission::new(Arc::new(scenario));
    mission.apply(&MissionEvent::Started {
        at,
        seed: 1,
        opener: Some("Go on.".to_owned()),
        memory: None,
    });
    for turn in (1..=TURNS).map(TurnIndex) {
        let text = format!("{LINE} ({turn})");
        mission.apply(&MissionEvent::UserSpoke { turn, at, text });
        mission.apply(&MissionEvent::TurnRead { turn, reading: reading(turn) });
        mission.apply(&MissionEvent::PersonaSpoke { turn, at, line: answer() });
    }
    mission
}

fn reading(turn: TurnIndex) -> TurnReading {
    let score = Score::new(f64::from(turn.0 * 37 % 101));
    TurnReading {
        cues: Vec::new(),
        score,
        confidence: Confidence::new(0.7),
        local_score: score,
        model_score: Some(score),
        deltas: Deltas { mood: Delta::Up, tension: Delta::Down, comfort: Delta::Up },
        strength: 1.0,
        boundary_risk: BoundaryRisk::Low,
        safety: Safety::Clear,
        flags: vec![MicroFlag::Plain, MicroFlag::Warm],
        hint: EventHint::Neutral,
        source: ReadingSource::Blended,
        reason: "owns their part and asks an open question".to_owned(),
        on_topic: true,
        problems: Vec::new(),
    }
}

fn answer() -> PersonaLine {
    PersonaLine {
        text: "Right. And nobody's allowed to be surprised again, you hear?".to_owned(),
        provider: "openai".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        offline: None,
        degraded: false,
        degraded_reason: None,
        valid: Some(true),
        timings: Timings { ttft_ms: Some(300.0), total_ms: 1_200.0, own_us: 800 },
        usage: spar_core::chat::Usage::default(),
        cost: None,
        attempts: 1,
    }
}

fn results() -> Results {
    let impact = |turn| TurnImpact {
        turn: TurnIndex(turn),
        impact: 12.0,
        moved: [1.0, -2.0, 1.0],
        score: Score::new(70.0),
        tier: None,
    };
    let arc = |at: u32| MoodArc {
        kind: ArcKind::RisingWarmth,
        from: TurnIndex(at * 10 + 1),
        to: TurnIndex(at * 10 + 10),
    };
    Results {
        turn_impact: Some(TurnImpacts {
            turns: (1..=TURNS).map(impact).collect(),
            key_lines: Vec::new(),
        }),
        mood_timeline: Some(MoodTimeline {
            arcs: (0..TURNS / 10).map(arc).collect(),
            ..MoodTimeline::default()
        }),
        ..Results::default()
    }
}

fn facts() -> MissionFacts {
    let started_at = Timestamp::from_millis(1_700_000_000_000);
    MissionFacts {
        mission_id: MissionId::from_parts(started_at, [1; 10]),
        session_id: Some(SessionId::from_parts(started_at, [2; 10])),
        started_at,
        ended_at: None,
        provider: "openai".to_owned(),
        model: "gpt-4o-mini".to_owned(),
        run: None,
        imported: false,
    }
}
