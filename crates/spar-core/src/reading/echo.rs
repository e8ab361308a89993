//! What a line shares with other lines: with the persona's last one, and with one's own.

use super::scan::Scan;
use crate::language::Line;

/// Longest piece of a word that is compared, so that "postpone" meets "postponing".
const STEM: usize = 6;
/// Shortest word with content of its own.
const SHORTEST: usize = 3;

/// How a line takes up the persona's.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Echo {
    /// Content words that both hold.
    pub(super) shared: usize,
    /// The line is little more than the persona's words said again.
    pub(super) parrots: bool,
}

/// Compares a line with the persona's latest.
pub(super) fn echo(scan: &Scan<'_>, partner: &Scan<'_>) -> Echo {
    let (own, theirs) = (stems(scan), stems(partner));
    let shared = own.iter().filter(|stem| theirs.contains(stem)).count();
    let copied = longest_run(scan.line.words(), partner.line.words());
    let words = scan.line.words().len();
    Echo { shared, parrots: words >= 4 && copied * 4 >= words * 3 }
}

/// Whether the line is nearly one that was said before.
pub(super) fn repeats(line: &Line, earlier: &[String]) -> bool {
    let words = line.words();
    words.len() >= 3
        && earlier.iter().any(|text| {
            // A glance at the length saves the splitting of most lines.
            let (long, short) =
                (text.len().max(line.text().len()), text.len().min(line.text().len()));
            long <= short * 2 && is_near(words, Line::new(text).words())
        })
}

/// The parts of the content words that are compared, each once.
pub(super) fn stems<'a>(scan: &Scan<'a>) -> Vec<&'a str> {
    let function = scan.lexicon.classes.function;
    let mut stems: Vec<&str> = scan
        .line
        .words()
        .iter()
        .enumerate()
        .filter(|(at, word)| word.len() >= SHORTEST && !scan.is(*at, function))
        .map(|(_, word)| stem(word))
        .collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// The part of a word that is compared.
pub(crate) fn stem(word: &str) -> &str {
    let mut stem = word.strip_suffix("'s").unwrap_or(word);
    for ending in ["ing", "ies", "ied", "ed", "ly", "es", "s", "y", "e"] {
        if let Some(short) = stem.strip_suffix(ending)
            && short.len() >= SHORTEST
        {
            stem = short;
            break;
        }
    }
    stem.char_indices().nth(STEM).map_or(stem, |(end, _)| &stem[..end])
}

/// At least 85 of 100 words are the same ones, wherever they stand.
fn is_near(one: &[String], other: &[String]) -> bool {
    if one == other {
        return true;
    }
    if one.len() < 4 || other.len() < 4 {
        return false;
    }
    let common = one.iter().filter(|word| other.contains(word)).count();
    let back = other.iter().filter(|word| one.contains(word)).count();
    common * 100 >= one.len() * 85 && back * 100 >= other.len() * 85
}

/// Length of the longest run of words that stands in both.
pub(super) fn longest_run(one: &[String], other: &[String]) -> usize {
    let mut longest = 0;
    let mut row = vec![0_usize; other.len() + 1];
    for word in one {
        for at in (0..other.len()).rev() {
            row[at + 1] = if *word == other[at] { row[at] + 1 } else { 0 };
            longest = longest.max(row[at + 1]);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_meet() {
        for (one, other) in [
            ("postponed", "postponing"),
            ("worries", "worry"),
            ("tired", "tires"),
            ("slips", "slip"),
        ] {
            assert_eq!(stem(one), stem(other));
        }
    }

    #[test]
    fn taking_up_is_not_saying_again() {
        let (own, partner) = (
            Line::new("So the board is what worries you."),
            Line::new("The board will kill me, I'm worried about Friday."),
        );
        let read = echo(&Scan::new(&own), &Scan::new(&partner));
        assert_eq!(read, Echo { shared: 2, parrots: false });
        let parrot = Line::new("The board will kill me, I'm worried.");
        assert!(echo(&Scan::new(&parrot), &Scan::new(&partner)).parrots);
    }

    #[test]
    fn repeats_are_seen_through_small_changes() {
        let earlier = ["I need an answer by Friday please.".to_owned()];
        assert!(repeats(&Line::new("i need an answer by Friday, please"), &earlier));
        assert!(!repeats(&Line::new("I need an answer, what do you think?"), &earlier));
        assert!(!repeats(&Line::new("Yes."), &["Yes.".to_owned()]));
    }
}
