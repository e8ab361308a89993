//! From cues to a score, a confidence and the movements of the mood.

use super::legible::Legible;
use super::local::ReaderSpec;
use super::notice::Noticed;
use super::own::OwnFound;
use super::weights::{
    BASE, BOUNDARY_CAP, DIMINISH, DIMINISH_OWN, Family, MOVES, MUFFLED, PLAIN, REACH, REPEATED,
    SCALE, SPOILED, SPOILED_FROM, weight,
};
use super::{BoundaryRisk, Cue, CueEffect, Delta, Deltas};

/// Confidence without evidence, and the share of the way to the ceiling that evidence can take.
const UNSURE: f64 = 0.35;
const CEILING: f64 = 0.86;
/// Confidence of a line that cannot be read, or that says next to nothing.
const BLIND: f64 = 0.2;
const THIN: f64 = 0.34;

/// One thing that moved the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mover {
    /// Which cue.
    pub(super) what: What,
    /// Points after diminishing; negative is against the line.
    pub(super) points: f64,
}

/// A common cue, an own one by its index, or the manner of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// From the vocabulary.
    Common(Cue),
    /// The scenario's own.
    Own(usize),
    /// The hard thing was said without wrapping.
    Plain,
    /// It was said before.
    Repeated,
}

/// The numbers of a line.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    /// 0–100.
    pub(super) score: f64,
    /// 0–1.
    pub(super) confidence: f64,
    /// Directions.
    pub(super) deltas: Deltas,
    /// 0.5–1.5.
    pub(super) strength: f64,
    /// What moved it, strongest first.
    pub(super) movers: Vec<Mover>,
}

/// What is known beside the cues.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Words in the line.
    pub(super) words: usize,
    /// It was said before.
    pub(super) repeats: bool,
    /// How close it comes to overstepping.
    pub(super) risk: BoundaryRisk,
}

/// Scores a line.
pub(super) fn score(
    noticed: &Noticed,
    own: &OwnFound,
    spec: &ReaderSpec,
    manner: Manner,
) -> Scored {
    let mut items = Vec::new();
    let mut sure = 0.0;
    let mut mood = [0.0; 3];
    for (cue, strength) in noticed.cues.found() {
        let row = weight(cue);
        items.push((row.family, What::Common(cue), row.points * strength));
        sure += row.sure * strength;
        for (sum, part) in mood.iter_mut().zip(row.mood) {
            *sum += part * strength;
        }
    }
    for (at, strength) in &own.cues {
        let Some(cue) = spec.own_cues.get(*at) else { continue };
        let (family, sign) = match cue.effect {
            CueEffect::Good => (Family::OwnGood, 1.0),
            CueEffect::Bad => (Family::OwnBad, -1.0),
            CueEffect::Neutral => continue,
        };
        items.push((family, What::Own(*at), sign * cue.weight * strength));
        sure += strength;
        let share = sign * strength * (cue.weight / 12.0).min(1.0);
        for (sum, part) in mood.iter_mut().zip([-0.6, 0.5, 0.5]) {
            *sum += part * share;
        }
    }
    if is_plain(noticed, own, spec) {
        items.push((Family::Saying, What::Plain, PLAIN));
    }
    let mut movers = diminish(items);
    if manner.repeats {
        movers.push(Mover { what: What::Repeated, points: -REPEATED });
    }
    let good: f64 = movers.iter().map(|mover| mover.points.max(0.0)).sum();
    let bad: f64 = movers.iter().map(|mover| -mover.points.min(0.0)).sum();
    let muffled = 1.0 - MUFFLED * noticed.cues.of(Cue::Hedges);
    let kept = 1.0 - SPOILED * (bad / SPOILED_FROM).min(1.0);
    let net = good * muffled * kept - bad;
    let mut score = BASE + net.signum() * REACH * (1.0 - (-net.abs() / SCALE).exp());
    if manner.risk == BoundaryRisk::High {
        score = score.min(BOUNDARY_CAP);
    }
    movers.sort_by(|one, other| other.points.abs().total_cmp(&one.points.abs()));
    Scored {
        score,
        confidence: confidence(noticed, manner.words, sure, good, bad),
        deltas: Deltas {
            tension: direction(mood[0]),
            comfort: direction(mood[1]),
            mood: direction(mood[2]),
        },
        strength: (0.6 + 0.9 * (score - BASE).abs() / REACH).clamp(0.5, 1.5),
        movers,
    }
}

/// Whether the line says a hard thing without wrapping it.
pub(super) fn is_plain(noticed: &Noticed, own: &OwnFound, spec: &ReaderSpec) -> bool {
    let cues = &noticed.cues;
    let says = [Cue::StatesPosition, Cue::Declines, Cue::SetsBoundary]
        .into_iter()
        .any(|cue| cues.of(cue) >= 0.6);
    let own_good = own
        .cues
        .iter()
        .filter_map(|(at, _)| spec.own_cues.get(*at))
        .any(|cue| cue.effect == CueEffect::Good);
    let wrapped = cues.of(Cue::Hedges) > 0.2
        || [
            Cue::OverExplains,
            Cue::Needy,
            Cue::Blames,
            Cue::MakesExcuses,
            Cue::Dismisses,
            Cue::Sarcasm,
        ]
        .into_iter()
        .any(|cue| cues.of(cue) > 0.0);
    spec.says_hard_thing && says && !wrapped && (own_good || spec.own_cues.is_empty())
}

/// The strongest of a family counts whole, the next ones less and less.
fn diminish(mut items: Vec<(Family, What, f64)>) -> Vec<Mover> {
    items.sort_by(|one, other| one.0.cmp(&other.0).then(other.2.abs().total_cmp(&one.2.abs())));
    let mut movers = Vec::with_capacity(items.len());
    let (mut family, mut share) = (None, 1.0);
    for (of, what, points) in items {
        share = match (family == Some(of), of) {
            (false, _) => 1.0,
            (true, Family::OwnGood | Family::OwnBad) => share * DIMINISH_OWN,
            (true, _) => share * DIMINISH,
        };
        family = Some(of);
        movers.push(Mover { what, points: points * share });
    }
    movers
}

fn confidence(noticed: &Noticed, words: usize, sure: f64, good: f64, bad: f64) -> f64 {
    match noticed.legible {
        Legible::Foreign => return 0.0,
        Legible::Gibberish | Legible::Empty => return BLIND,
        Legible::English => {}
    }
    let evidence = 1.0 - (-sure * 0.9).exp();
    let conflict = if good + bad > 0.0 { 2.0 * good.min(bad) / (good + bad) } else { 0.0 };
    let confidence = (UNSURE + (CEILING - UNSURE) * evidence) * (1.0 - 0.35 * conflict);
    if words < 3 && sure < 1.0 { confidence.min(THIN) } else { confidence }
}

fn direction(sum: f64) -> Delta {
    if sum >= MOVES {
        Delta::Up
    } else if sum <= -MOVES {
        Delta::Down
    } else {
        Delta::Stable
    }
}
