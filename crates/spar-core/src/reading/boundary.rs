//! How close a line comes to overstepping.

use super::lexicon::Section;
use super::notice::Strengths;
use super::scan::Scan;
use super::{BoundaryRisk, Cue, Safety};
use crate::language::Line;

/// From here on a line presses.
const PRESSES: f64 = 0.4;
/// Pressing so hard that it needs no "no" before it.
const LEANS: f64 = 0.95;
/// How many of the user's earlier lines count as "again".
const AGAIN: usize = 2;

/// What the line could do to a person.
pub(super) fn safety(scan: &Scan<'_>) -> Safety {
    scan.hits
        .iter()
        .map(|hit| match hit.section {
            Section::Cue(Cue::Crisis) => Safety::Crisis,
            Section::Cue(Cue::Threat) => Safety::Threat,
            Section::Cue(Cue::Slur) => Safety::Slur,
            Section::Cue(Cue::Sexual) => Safety::Sexual,
            Section::Cue(Cue::Insult) => Safety::Insult,
            _ => Safety::Clear,
        })
        .max()
        .unwrap_or_default()
}

/// Pressing after a "no" is risky, pressing again is over the line, and so is whatever is unsafe.
pub(super) fn boundary_risk(
    cues: &Strengths,
    safety: Safety,
    partner: Option<&Scan<'_>>,
    earlier: &[String],
) -> BoundaryRisk {
    if !matches!(safety, Safety::Clear | Safety::Crisis) {
        return BoundaryRisk::High;
    }
    let pressing = cues.of(Cue::Pressures).max(cues.of(Cue::Commands));
    if pressing < PRESSES {
        return BoundaryRisk::Low;
    }
    let refused = partner.is_some_and(|partner| partner.of(Section::Refusal).next().is_some());
    if refused {
        let again = earlier.iter().rev().take(AGAIN).any(|text| presses(&Line::new(text)));
        return if again { BoundaryRisk::High } else { BoundaryRisk::Med };
    }
    let leans = cues.of(Cue::Pressures) >= LEANS
        || (cues.of(Cue::Pressures) >= PRESSES && cues.of(Cue::Commands) >= PRESSES);
    if leans { BoundaryRisk::Med } else { BoundaryRisk::Low }
}

fn presses(line: &Line) -> bool {
    let scan = Scan::new(line);
    [Cue::Pressures, Cue::Commands].into_iter().any(|cue| scan.cue(cue).any(|hit| !hit.weak))
}
