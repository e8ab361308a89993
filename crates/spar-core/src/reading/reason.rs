//! One line that says why the score is what it is, as a coach would put it.

use super::Cue;
use super::legible::Legible;
use super::local::ReaderSpec;
use super::notice::Noticed;
use super::scan::Scan;
use super::score::{Mover, What};
use super::weights::weight;
use crate::language::clean;

/// What is weaker than this is not worth a word …
const FAINT: f64 = 1.5;
/// … nor is what is weaker than this share of the strongest.
const MINOR: f64 = 0.25;
/// Longest piece of the line that is quoted, in words.
const LONGEST_QUOTE: usize = 5;

/// The reason.
pub(super) fn reason(
    scan: &Scan<'_>,
    noticed: &Noticed,
    movers: &[Mover],
    spec: &ReaderSpec,
) -> String {
    match noticed.legible {
        _ if !spec.english => return "not scored: not English".to_owned(),
        Legible::Foreign => return "not scored: not English".to_owned(),
        Legible::Gibberish => return "cannot be read as words".to_owned(),
        Legible::Empty => return "says nothing that can be read".to_owned(),
        Legible::English => {}
    }
    let Some(first) = movers.first().filter(|mover| mover.points.abs() >= FAINT) else {
        return if scan.line.words().len() < 4 {
            "too short to say much about".to_owned()
        } else {
            "says nothing that moves the talk either way".to_owned()
        };
    };
    let said = say(first, scan, spec, true);
    let second = movers[1..].iter().find(|mover| {
        mover.points.abs() >= FAINT.max(first.points.abs() * MINOR)
            && !is_same(first.what, mover.what, spec)
    });
    let Some(second) = second else { return said };
    let also = say(second, scan, spec, false);
    let joint = match (first.points > 0.0, second.points > 0.0) {
        (true, true) => " and ",
        (false, false) => ", and ",
        (true, false) | (false, true) => ", but ",
    };
    format!("{said}{joint}{also}")
}

/// Two names of one thing would read as a stutter.
fn is_same(one: What, other: What, spec: &ReaderSpec) -> bool {
    let name = |what: What| match what {
        What::Own(at) => spec.own_cues.get(at).map_or("", |cue| cue.name.as_str()),
        What::Common(cue) => cue.name(),
        What::Plain => Cue::StatesPosition.name(),
        What::Repeated => "",
    };
    let verb = |what: What| name(what).split('_').next().unwrap_or_default().to_owned();
    !name(one).is_empty() && verb(one) == verb(other)
}

fn say(mover: &Mover, scan: &Scan<'_>, spec: &ReaderSpec, quoting: bool) -> String {
    let cue = match mover.what {
        What::Own(at) => {
            return spec
                .own_cues
                .get(at)
                .map_or_else(String::new, |cue| cue.name.replace('_', " "));
        }
        What::Plain => return "says the hard thing plainly".to_owned(),
        What::Repeated => return "says the same again".to_owned(),
        What::Common(cue) => cue,
    };
    let says = weight(cue).says;
    match quoting.then(|| evidence(scan, cue)).flatten() {
        Some(words) => format!("{says} (\u{201c}{words}\u{201d})"),
        None => says.to_owned(),
    }
}

/// The words that gave a bad habit away; of good ones the coach need not show proof.
fn evidence(scan: &Scan<'_>, cue: Cue) -> Option<String> {
    let quotable = matches!(
        cue,
        Cue::Blames
            | Cue::Dismisses
            | Cue::Pressures
            | Cue::Commands
            | Cue::MakesExcuses
            | Cue::Sarcasm
            | Cue::Advises
            | Cue::Hedges
            | Cue::Needy
            | Cue::AcknowledgesFeeling
    );
    let hit = scan.cue(cue).filter(|_| quotable).max_by_key(|hit| hit.words.len())?;
    let end = hit.words.end.min(hit.words.start + LONGEST_QUOTE);
    let typed = clean(scan.line.as_typed(hit.words.start..end))
        .replace(['\n', '\u{201c}', '\u{201d}', '"'], " ");
    Some(typed.split_whitespace().collect::<Vec<_>>().join(" "))
}
