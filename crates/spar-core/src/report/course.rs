//! The course of a mission as a chart shows it: few enough points for anybody to see, and what
//! happened along the way.

use super::document::{Course, CoursePoint, Mark, Stretch};
use super::words;
use super::{Report, TurnLine};

/// The most points a chart is drawn with.
pub(super) const POINTS: usize = 400;
/// The most marks of a kind, and stretches. Nobody reads more of them.
const MARKS: usize = 24;

/// The course of a report.
pub(super) fn course(report: &Report) -> Course<'_> {
    let turns = report.transcript.content.as_deref().unwrap_or_default();
    let said: Vec<_> = turns.iter().filter(|turn| !turn.taken_back).collect();
    let per_point = said.len().div_ceil(POINTS).max(1);
    let gates = report.gates.content.iter().flat_map(|found| &found.gates);
    let gates = gates.filter_map(|gate| Some(Mark { turn: gate.passed_in?.0, label: &gate.title }));
    let moments = report.breakthroughs.content.iter().flat_map(|found| &found.moments);
    let moments = moments.map(|moment| Mark { turn: moment.turn.0, label: &moment.label });
    // The passing of a gate can be a moment too. One mark says it.
    let gates: Vec<Mark<'_>> = gates.collect();
    let moments = moments.filter(|moment| gates.iter().all(|gate| gate.label != moment.label));
    let moments = in_order(moments.collect());
    let arcs = report.timeline.content.iter().flat_map(|timeline| &timeline.arcs);
    let arcs =
        arcs.map(|arc| Stretch { from: arc.from.0, to: arc.to.0, label: words::arc(arc.kind) });
    Course {
        points: said.chunks(per_point).filter_map(point).collect(),
        gates: in_order(gates),
        moments,
        arcs: longest(arcs.collect()),
        per_point,
    }
}

/// The mean of the turns a point stands for, at the last of them.
fn point(turns: &[&TurnLine]) -> Option<CoursePoint> {
    let last = turns.last()?;
    let scores: Vec<_> = turns.iter().filter_map(|turn| turn.score).map(f64::from).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let of = |value: fn(&TurnLine) -> f64| {
        mean(&turns.iter().map(|turn| value(turn)).collect::<Vec<_>>())
    };
    Some(CoursePoint {
        turn: last.turn.0,
        score: (!scores.is_empty()).then(|| mean(&scores)),
        tension: of(|turn| turn.vector.tension),
        comfort: of(|turn| turn.vector.comfort),
    })
}

fn in_order(mut marks: Vec<Mark<'_>>) -> Vec<Mark<'_>> {
    marks.sort_by_key(|mark| mark.turn);
    marks.truncate(MARKS);
    marks
}

/// The longest stretches, in order.
fn longest(mut arcs: Vec<Stretch>) -> Vec<Stretch> {
    arcs.sort_by_key(|arc| std::cmp::Reverse(arc.to.saturating_sub(arc.from)));
    arcs.truncate(MARKS);
    arcs.sort_by_key(|arc| arc.from);
    arcs
}
