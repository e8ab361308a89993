//! One line that says why the score is what it is, as a coach would put it.

use super::Cue;
use super::legible::Legible;
use super::local::{OwnCue, ReaderSpec};
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
    // Two of one verb would read as a stutter: "says it plainly and says no".
    let verb = |words: &str| words.split(' ').next().map(str::to_owned);
    let second = movers[1..]
        .iter()
        .filter(|mover| mover.points.abs() >= FAINT.max(first.points.abs() * MINOR))
        .map(|mover| (mover, say(mover, scan, spec, false)))
        .find(|(_, also)| verb(also) != verb(&said));
    let Some((second, also)) = second else { return said };
    let joint = match (first.points > 0.0, second.points > 0.0) {
        (true, true) => " and ",
        (false, false) => ", and ",
        (true, false) | (false, true) => ", but ",
    };
    format!("{said}{joint}{also}")
}

/// The words of one mover.
fn say(mover: &Mover, scan: &Scan<'_>, spec: &ReaderSpec, quoting: bool) -> String {
    let cue = match mover.what {
        What::Own(at) => return spec.own_cues.get(at).map_or_else(String::new, own_words),
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

/// Authors name their cues by what the line does ("owns_the_delay"); where they do not, the name
/// is given as a name.
fn own_words(cue: &OwnCue) -> String {
    let words = cue.name.replace('_', " ");
    let verb = words.split(' ').next().unwrap_or_default();
    if verb.ends_with('s') && !verb.ends_with("ss") {
        words
    } else {
        format!("shows \u{201c}{words}\u{201d}")
    }
}

/// The words that gave a bad habit away, or the feeling that was named; of other good things the
/// coach need not show proof.
fn evidence(scan: &Scan<'_>, cue: Cue) -> Option<String> {
    let words = match cue {
        Cue::AcknowledgesFeeling => {
            let feeling = scan.lexicon.classes.feeling;
            let at =
                scan.cue(cue).flat_map(|hit| hit.words.clone()).find(|at| scan.is(*at, feeling))?;
            at..at + 1
        }
        Cue::Blames
        | Cue::Dismisses
        | Cue::Pressures
        | Cue::Commands
        | Cue::MakesExcuses
        | Cue::Sarcasm
        | Cue::Advises
        | Cue::Hedges
        | Cue::Needy => {
            let hit = scan.cue(cue).max_by_key(|hit| hit.words.len())?;
            hit.words.start..hit.words.end.min(hit.words.start + LONGEST_QUOTE)
        }
        _ => return None,
    };
    let typed = clean(scan.line.as_typed(words)).replace(['\n', '\u{201c}', '\u{201d}', '"'], " ");
    let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    (!typed.is_empty()).then_some(typed)
}
