//! Missions from outside: files that `spar missions export` wrote, and putting any imported mission
//! into the store in one step.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use spar_core::ids::{MissionId, TurnIndex};
use spar_core::language::clean;
use spar_core::mission::{Mission, MissionEvent, turn};
use spar_core::scenario::Scenario;
use spar_core::transcript::Problem;

use super::live::summary_after;
use crate::clock::Clock;
use crate::store::{NewMission, ScenarioSnapshot, Store, StoreError};

/// The version of the export that is read.
const FORMAT: u64 = 1;
/// Times that are taken, ms: the years 0 to 9999. Beyond them sums would overflow.
const TIMES: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;
/// More of one reward than anybody can earn in a turn.
const TOO_MUCH: u32 = 1_000_000;
const AS_WRITTEN: &str = "import the file as `spar missions export` wrote it";

/// A mission as an export holds it, checked.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The scenario as it was played.
    pub scenario: Scenario,
    /// Everything that happened, in order.
    pub events: Vec<MissionEvent>,
    /// Who played the persona.
    pub provider: String,
    /// The model that was configured.
    pub model: String,
    /// The headless run it belonged to.
    pub run_label: Option<String>,
}

/// Whether a text is an export: JSON lines with a header, or one JSON value as `missions show
/// --format json` prints it.
#[must_use]
pub fn is_export(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let is_whole = |whole: Value| whole["mission"].is_object() && whole["events"].is_array();
    match serde_json::from_str::<Value>(first) {
        Ok(header) => header["spar"] == "mission" || is_whole(header),
        // Set over several lines it is one JSON value, which a transcript never is.
        Err(_) => first.trim() == "{" && serde_json::from_str(text).is_ok_and(is_whole),
    }
}

/// Reads an export. What comes from outside is cleaned and checked: the events must be such as a
/// mission could have had.
///
/// # Errors
/// Everything that is wrong with it, with its line.
pub fn read_export(text: &str) -> Result<Exported, Vec<Problem>> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let mut problems = Vec::new();
    let (header, rows): (Value, Vec<(u32, Value)>) = match serde_json::from_str::<Value>(text) {
        Ok(mut whole) if whole["events"].is_array() => {
            let events = whole["events"].take();
            let rows = events.as_array().cloned().unwrap_or_default();
            (whole, rows.into_iter().map(|row| (0, row)).collect())
        }
        _ => {
            let (number, header) = lines.next().unwrap_or((1, ""));
            let header = json(number, header, &mut problems);
            let rows = lines.map(|(number, line)| (number, json(number, line, &mut problems)));
            let rows: Vec<_> = rows.collect();
            (header, rows)
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    if let Some(format) = header.get("format").filter(|format| format.as_u64() != Some(FORMAT)) {
        let message = format!("an export of format {format}, and this spar reads format {FORMAT}");
        return Err(vec![Problem::fatal(1, "", message, "export it again with the same spar")]);
    }
    let scenario = part::<Scenario>(1, "scenario", &header["scenario"], &mut problems);
    let mut events = Vec::with_capacity(rows.len());
    for (position, (number, row)) in rows.iter().enumerate() {
        if row["seq"].as_u64() != Some(position as u64) {
            let message = format!("event {position} is not here: `seq` is {}", row["seq"]);
            problems.push(Problem::fatal(*number, "", message, AS_WRITTEN));
        }
        if row["event"].get("at").and_then(Value::as_i64).is_some_and(|at| !TIMES.contains(&at)) {
            let message = format!("the time of event {position} is not one");
            problems.push(Problem::fatal(
                *number,
                &row["event"]["at"].to_string(),
                message,
                AS_WRITTEN,
            ));
        }
        let what = format!("event {position}");
        events.extend(part::<MissionEvent>(*number, &what, &row["event"], &mut problems));
    }
    if problems.is_empty() {
        problems.extend(out_of_order(&events, &rows));
    }
    match scenario {
        Some(scenario) if problems.is_empty() => {
            let word =
                |key: &str| header["mission"][key].as_str().map(|word| clean(word).into_owned());
            Ok(Exported {
                scenario,
                events,
                provider: word("provider").unwrap_or_else(|| "embedded".to_owned()),
                model: word("model").unwrap_or_else(|| "embedded".to_owned()),
                run_label: word("run_label"),
            })
        }
        _ => Err(problems),
    }
}

fn json(number: u32, line: &str, problems: &mut Vec<Problem>) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| {
        let column = error.column().max(1) as u32;
        let problem = Problem::fatal(number, line, "this is not JSON", AS_WRITTEN);
        problems.push(Problem { column, ..problem });
        Value::Null
    })
}

/// A part of the file as what it should be, every text in it cleaned.
fn part<T: for<'a> Deserialize<'a>>(
    number: u32,
    what: &str,
    value: &Value,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let mut safe = value.clone();
    clean_all(&mut safe);
    serde_json::from_value(safe)
        .map_err(|error| {
            let message = format!("the {what} cannot be read: {error}");
            problems.push(Problem::fatal(number, &value.to_string(), message, AS_WRITTEN));
        })
        .ok()
}

fn clean_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(clean_all),
        Value::Object(entries) => entries.values_mut().for_each(clean_all),
        _ => {}
    }
}

/// Events that no mission has in this order, or at all: each with its line.
fn out_of_order(events: &[MissionEvent], rows: &[(u32, Value)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut turn, mut is_over) = (TurnIndex(0), false);
    for (position, (event, (number, _))) in events.iter().zip(rows).enumerate() {
        let fits = match event {
            MissionEvent::Started { .. } => position == 0,
            MissionEvent::UserSpoke { turn: next, .. } => {
                let fits = *next == turn.next();
                turn = *next;
                fits
            }
            MissionEvent::RewardGranted { turn: of, reward } => {
                *of <= turn && reward.amount < TOO_MUCH
            }
            other => other.turn() <= turn,
        };
        if !fits || is_over || (position == 0) != matches!(event, MissionEvent::Started { .. }) {
            let message = format!("event {position} (`{}`) does not belong here", event.kind());
            problems.push(Problem::fatal(*number, "", message, AS_WRITTEN));
        }
        is_over |= matches!(event, MissionEvent::Ended { .. });
    }
    if events.is_empty() {
        problems.push(Problem::fatal(1, "", "the export has no events", AS_WRITTEN));
    }
    problems
}

/// A mission on its way into the store.
pub(crate) struct Incoming<'a> {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) run_label: Option<String>,
    /// What the events add up to.
    pub(crate) mission: &'a Mission,
    pub(crate) events: Vec<MissionEvent>,
}

/// Puts a mission into the store with the job that studies it, whole or not at all.
pub(crate) async fn take_in(
    store: &Store,
    clock: &Clock,
    user: &Arc<str>,
    incoming: Incoming<'_>,
) -> Result<MissionId, StoreError> {
    let Incoming { provider, model, run_label, mission, events } = incoming;
    let now = clock.now();
    let id = MissionId::from_parts(now, clock.entropy());
    let reading = mission.turns().last().and_then(|spoken| spoken.reading.as_ref());
    let trace = format!("{id}-import");
    let analysis = turn::deep_analysis(mission, id, user, trace, reading, now);
    let new = NewMission {
        id,
        session: None,
        user_id: user.to_string(),
        snapshot: ScenarioSnapshot::of(mission.scenario()),
        seed: mission.state().seed,
        provider,
        model,
        run_label,
        started_at: mission.state().started_at,
        events,
    };
    store.import_mission(new, summary_after(mission, &[]), analysis).await?;
    Ok(id)
}
