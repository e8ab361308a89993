//! How a mission was played, as nine figures.

use crate::analysis::seen::Seen;
use crate::mission::Mission;
use crate::reading::{Cue, MicroFlag};
use crate::rules::Outcome;

/// The lowest and highest value of each that are told apart.
pub(super) const NUMBERS: [(&str, f64, f64); 9] = [
    ("task_completion_rate", 0.0, 1.0),
    ("time_efficiency", 0.0, 0.7),
    ("retry_count", 0.0, 3.0),
    ("recovery_rate", 0.0, 1.0),
    ("distraction_resistance", 0.4, 1.0),
    ("focus_duration", 0.2, 1.0),
    ("collaboration_indicators", 0.0, 0.6),
    ("leadership_indicators", 0.0, 0.7),
    ("event_count", 6.0, 60.0),
];

/// A score that falls by so much has dropped; it is made good when it is back within so much of
/// where it was, within so many turns.
const DROP: f64 = 15.0;
const BACK_WITHIN: f64 = 5.0;
const RECOVERS_WITHIN: usize = 2;
/// Events that a turn leaves: the line, its reading, the answer.
const EVENTS_A_TURN: usize = 3;

const COLLABORATES: [Cue; 5] =
    [Cue::ProposesPlan, Cue::OffersChoice, Cue::Agrees, Cue::AsksPermission, Cue::Summarises];
const LEADS: [Cue; 4] = [Cue::StatesPosition, Cue::ProposesPlan, Cue::Commits, Cue::SetsBoundary];

/// One figure; `None` where the mission has nothing to tell.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: Option<f64>,
    /// The figure in words, for evidence.
    pub(super) words: String,
}

/// All nine, in the order of [`NUMBERS`], of a mission and its turns.
pub(super) fn figures(mission: &Mission, seen: &[&Seen<'_>]) -> Vec<Figure> {
    let gates = mission.gates();
    let passed = gates.iter().filter(|gate| gate.passed_in.is_some()).count();
    let state = mission.state();
    let most = mission.scenario().policy.max_turns;
    let played = state.played;
    let won = state.ending().is_some_and(|ending| ending.outcome() == Outcome::Success);
    let retries = mission.turns().iter().filter(|spoken| spoken.cancelled).count();
    let recovery = recovery(seen);
    let on_topic: Vec<bool> = seen.iter().map(|turn| !turn.is(MicroFlag::OffTopic)).collect();
    let longest = longest_run(&on_topic);
    let lines = seen.len();
    let share = |count: usize| (lines > 0).then(|| count as f64 / lines as f64);
    let with = |cues: &[Cue]| seen.iter().filter(|turn| turn.has_any(cues)).count();
    let (together, leading) = (with(&COLLABORATES), with(&LEADS));
    let kept = on_topic.iter().filter(|on| **on).count();
    let figure = |name, value, words| Figure { name, value, words };
    vec![
        figure(
            "task_completion_rate",
            (!gates.is_empty()).then(|| passed as f64 / gates.len() as f64),
            format!("{passed} of {} gates passed", gates.len()),
        ),
        figure(
            "time_efficiency",
            (won && most > 0).then(|| f64::from(most.saturating_sub(played)) / f64::from(most)),
            format!("won in {played} of {most} turns"),
        ),
        figure(
            "retry_count",
            (retries > 0).then_some(retries as f64),
            format!("{retries} lines taken back and said anew"),
        ),
        figure(
            "recovery_rate",
            recovery.map(|(made_good, drops)| made_good as f64 / drops as f64),
            recovery.map_or_else(String::new, |(made_good, drops)| {
                format!("{made_good} of {drops} drops of the score made good within two turns")
            }),
        ),
        figure(
            "distraction_resistance",
            share(kept),
            format!("{kept} of {lines} lines to the matter"),
        ),
        figure(
            "focus_duration",
            share(longest),
            format!("{longest} of {lines} lines in a row to the matter"),
        ),
        figure(
            "collaboration_indicators",
            share(together),
            format!("{together} of {lines} lines propose, offer a choice or agree"),
        ),
        figure(
            "leadership_indicators",
            share(leading),
            format!("{leading} of {lines} lines take a position, propose or commit"),
        ),
        figure(
            "event_count",
            (lines > 0).then(|| (played as usize * EVENTS_A_TURN) as f64),
            format!("{played} turns played"),
        ),
    ]
}

/// Drops of the score with a turn after them, and how many were made good.
fn recovery(seen: &[&Seen<'_>]) -> Option<(usize, usize)> {
    let scores: Vec<f64> =
        seen.iter().filter(|turn| turn.counts()).map(|turn| turn.read.score.get()).collect();
    let (mut drops, mut made_good) = (0, 0);
    for at in 1..scores.len() {
        let (before, after) = (scores[at - 1], &scores[at + 1..]);
        if before - scores[at] < DROP || after.is_empty() {
            continue;
        }
        drops += 1;
        let back = after.iter().take(RECOVERS_WITHIN).any(|score| *score >= before - BACK_WITHIN);
        made_good += usize::from(back);
    }
    (drops > 0).then_some((made_good, drops))
}

fn longest_run(held: &[bool]) -> usize {
    let (mut longest, mut run) = (0, 0);
    for held in held {
        run = if *held { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
