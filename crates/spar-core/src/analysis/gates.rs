//! Gates at the end: which passed, and how near the others came.

use serde::{Deserialize, Serialize};

use super::Context;
use super::cues::as_thing;
use super::words::{counted, listed, number};
use crate::ids::TurnIndex;
use crate::language::Line;
use crate::rules::{Comparison, Condition, Facts, GateStatus, Gauge, Test};
use crate::scenario::{Gate, Scenario};

/// The gates in the order of the scenario.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FinalGates {
    /// Each of them.
    pub gates: Vec<FinalGate>,
}

/// A gate at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FinalGate {
    /// Its id.
    pub id: String,
    /// Its name on screen.
    pub title: String,
    /// Its reason code.
    pub reason: String,
    /// Whether a success needed it.
    pub required: bool,
    /// The turn it passed in.
    pub passed_in: Option<TurnIndex>,
    /// For an open one: what was missing, in a line ("comfort 52 of 60; one acknowledgement of two").
    pub missing: Option<String>,
}

/// Parts of what was missing that are named at most.
const MOST_PARTS: usize = 4;

/// The gates, from the fold alone.
#[must_use]
pub fn offline(context: &Context<'_>) -> FinalGates {
    let mission = context.mission;
    let (scenario, state) = (mission.scenario(), mission.state());
    let line = mission.turns().last().map(|spoken| Line::new(&spoken.user));
    let facts = state.facts(scenario, line.as_ref());
    let missing = |gate: &Gate| {
        if !scenario.is_scored() {
            return "lines in this language are not read, so it could not pass".to_owned();
        }
        let mut parts = missing_of(&gate.when, &facts, scenario);
        parts.dedup();
        parts.truncate(MOST_PARTS);
        if parts.is_empty() {
            return "what it waited for came too late".to_owned();
        }
        parts.join("; ")
    };
    let gates = scenario
        .gates
        .iter()
        .map(|gate| {
            let passed_in = state.gates.get(&gate.id).copied();
            FinalGate {
                id: gate.id.clone(),
                title: gate.title.clone(),
                reason: gate.reason.clone(),
                required: gate.required,
                passed_in,
                missing: passed_in.is_none().then(|| missing(gate)),
            }
        })
        .collect();
    FinalGates { gates }
}

/// What keeps a condition from holding, a few words each.
fn missing_of(condition: &Condition, facts: &dyn Facts, scenario: &Scenario) -> Vec<String> {
    let failing = condition.tests.iter().filter(|test| !holds(test, facts));
    failing.flat_map(|test| missing_of_test(test, facts, scenario)).collect()
}

fn holds(test: &Test, facts: &dyn Facts) -> bool {
    Condition { tests: vec![test.clone()] }.holds(facts)
}

fn missing_of_test(test: &Test, facts: &dyn Facts, scenario: &Scenario) -> Vec<String> {
    let one = |text: String| vec![text];
    match test {
        Test::Cue { names, at_least, within } => {
            let found = facts.cue_turns(names, *within);
            let things: Vec<String> = names.iter().take(3).map(as_thing).collect();
            let lately = match within {
                Some(1) => " in the last turn".to_owned(),
                Some(turns) => format!(" in the last {turns} turns"),
                None => String::new(),
            };
            let things = things.join(" or ");
            one(match (found, at_least) {
                (0, 1) => format!("{things}: not once{lately}"),
                (found, wanted) => {
                    let found = if found == 0 { "none".to_owned() } else { number(found as usize) };
                    format!("{things}: {found} of {}{lately}", number(*wanted as usize))
                }
            })
        }
        Test::Mentions(phrases) => {
            let words: Vec<String> = phrases
                .iter()
                .take(3)
                .map(|phrase| {
                    let words = String::from(phrase.clone());
                    format!("\u{201c}{}\u{201d}", words.trim_end_matches('*'))
                })
                .collect();
            one(format!("words such as {} in the last line", listed(&words)))
        }
        Test::Asks(wanted) => {
            let words: Vec<&str> = wanted.iter().map(|focus| focus.in_words()).collect();
            one(format!("a question that asks {} in the last line", words.join(" or ")))
        }
        Test::SaysOnly(answers) => {
            let words: Vec<&str> = answers.iter().map(|answer| answer.in_words()).collect();
            one(format!("a last line that is only {}", words.join(" or ")))
        }
        Test::Mood(moods) => {
            let names: Vec<&str> = moods.iter().map(|mood| mood.name()).collect();
            one(format!("a mood of {} (it was {})", names.join(" or "), facts.mood().name()))
        }
        Test::Gauge(gauge, comparison) => one(gauge_in_words(*gauge, *comparison, facts)),
        Test::Tier(comparison) => {
            let wanted =
                comparison.to_string().replace(">= ", "at least ").replace("<= ", "at most ");
            one(format!("a last line of tier {wanted}"))
        }
        Test::MinTurns(turns) => {
            let played = facts.gauge(Gauge::Turn).unwrap_or_default();
            one(format!("turn {played:.0} of {turns}"))
        }
        Test::Gates(gates) => gates
            .iter()
            .filter(|(id, wanted)| facts.gate_passed(id) != (*wanted == GateStatus::Passed))
            .map(|(id, wanted)| {
                let title = scenario
                    .gates
                    .iter()
                    .find(|gate| gate.id == *id)
                    .map_or(id.as_str(), |gate| gate.title.as_str());
                match wanted {
                    GateStatus::Passed => format!("first \u{201c}{title}\u{201d}"),
                    GateStatus::Open => format!("before \u{201c}{title}\u{201d}"),
                }
            })
            .collect(),
        Test::BoundarySafe(None) => one("no line may press too far".to_owned()),
        Test::BoundarySafe(Some(turns)) => {
            let safe = facts.boundary_safe_turns().unwrap_or_default();
            one(format!("turns that press nobody, {} of {turns}", number(safe as usize)))
        }
        Test::NoStrikes => {
            let strikes = facts.gauge(Gauge::Strikes).unwrap_or_default() as usize;
            one(format!("no strikes ({})", counted(strikes, "was given", "were given")))
        }
        Test::After(_) => one("an answer to a certain line".to_owned()),
        Test::All(conditions) => {
            conditions.iter().flat_map(|part| missing_of(part, facts, scenario)).collect()
        }
        Test::Any(conditions) => {
            nearest(conditions.iter().map(|part| missing_of(part, facts, scenario)).collect())
        }
        Test::Not(_) => one("something stood against it at the end".to_owned()),
    }
}

/// Of several ways to pass, those that lack least. Two that lack the same number of the same are
/// said in one.
fn nearest(ways: Vec<Vec<String>>) -> Vec<String> {
    let least = ways.iter().map(Vec::len).filter(|parts| *parts > 0).min().unwrap_or(0);
    let mut near = ways.into_iter().filter(|way| way.len() == least);
    match least {
        0 => Vec::new(),
        1 => {
            let near: Vec<String> = near.flatten().take(3).collect();
            let tail = near.first().and_then(|way| way.split_once(": ")).map(|(_, tail)| tail);
            let heads: Option<Vec<&str>> = near
                .iter()
                .map(|way| way.split_once(": ").filter(|way| Some(way.1) == tail).map(|way| way.0))
                .collect();
            match (heads, tail) {
                (Some(heads), Some(tail)) => vec![format!("{}: {tail}", heads.join(" or "))],
                _ => vec![near.join(", or ")],
            }
        }
        _ => near.next().unwrap_or_default(),
    }
}

/// "comfort 52 of 60": rounded away from the border, so that what was missing can be seen.
fn gauge_in_words(gauge: Gauge, comparison: Comparison, facts: &dyn Facts) -> String {
    let name = match gauge {
        Gauge::Positivity => "good will",
        Gauge::Tension => "tension",
        Gauge::Comfort => "comfort",
        Gauge::Score => "the last score",
        Gauge::MeanScore => "the mean score",
        Gauge::ObjectiveProgress => "progress",
        Gauge::Turn => "turn",
        Gauge::Strikes => "strikes",
    };
    let Some(value) = facts.gauge(gauge) else { return format!("{name}, not known yet") };
    match comparison {
        Comparison::AtLeast(wanted) => format!("{name} {} of {wanted}", value.floor()),
        Comparison::Above(wanted) => {
            format!("{name} {} where more than {wanted} was wanted", value.floor())
        }
        Comparison::AtMost(wanted) => {
            format!("{name} {} where at most {wanted} was wanted", value.ceil())
        }
        Comparison::Below(wanted) => {
            format!("{name} {} where less than {wanted} was wanted", value.ceil())
        }
        Comparison::Equal(wanted) => format!("{name} {} where {wanted} was wanted", value.round()),
        Comparison::NotEqual(wanted) => format!("{name} anything but {wanted}"),
        Comparison::Within(low, high) => {
            let shown = if value < low { value.floor() } else { value.ceil() };
            format!("{name} {shown} where {low} to {high} was wanted")
        }
    }
}
