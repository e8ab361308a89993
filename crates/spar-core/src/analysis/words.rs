//! Small parts of sentences: counts, lists, pieces of what was said, and a seeded choice between
//! ways to say the same.

use unicode_segmentation::UnicodeSegmentation;

use super::Context;
use crate::language::{Line, clean, quote};

/// The longest piece of a line that is quoted when it has no phrase that stands on its own, in
/// characters.
const LONGEST_QUOTE: usize = 56;

/// What the persona is called in a sentence: the first name, or a title with the last one.
pub(super) fn called<'a>(context: &Context<'a>) -> &'a str {
    let name = context.mission.scenario().persona.name.as_str();
    let first = name.split_whitespace().next().unwrap_or(name);
    let is_title =
        ["the", "a", "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame", "herr", "frau"]
            .contains(&first.trim_end_matches('.').to_lowercase().as_str());
    if is_title { name } else { first }
}

/// The text, or its beginning up to a word boundary and an ellipsis: at most so many characters as
/// people count them, the ellipsis included.
pub(super) fn clip(text: &str, most: usize) -> String {
    let text = text.trim();
    // No character is shorter than a byte.
    if text.len() <= most || text.graphemes(true).nth(most).is_none() {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let end = text.grapheme_indices(true).nth(room).map_or(text.len(), |(at, _)| at);
    let fits = &text[..end];
    // A single long word is cut where the room ends.
    let cut = if text[end..].starts_with(char::is_whitespace) {
        fits
    } else {
        fits.rfind(char::is_whitespace).map_or(fits, |at| &fits[..at])
    };
    let cut = cut.trim_end_matches(|c: char| c.is_whitespace() || ",;:–—-".contains(c));
    if most == 0 { String::new() } else { format!("{cut}\u{2026}") }
}

/// "one turn", "three turns", "12 turns".
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// Small numbers as words.
pub(super) fn number(count: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// "a", "a and b", "a, b and c".
pub(super) fn listed<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// With its first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// As a sentence: a capital first and a mark at the end. Nothing stays nothing.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let ends = text.ends_with(['.', '!', '?', '\u{2026}'])
        || [".\u{201d}", "!\u{201d}", "?\u{201d}", "\u{2026}\u{201d}"]
            .iter()
            .any(|end| text.ends_with(end));
    format!("{}{}", capital(text), if ends { "" } else { "." })
}

/// One of several ways to say the same. The same seed, place and list give the same one.
pub(super) fn choose<'a>(seed: u64, place: &str, ways: &[&'a str]) -> &'a str {
    let mut mixed = seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in place.bytes() {
        mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let at = (mixed >> 33) as usize % ways.len().max(1);
    ways.get(at).copied().unwrap_or_default()
}

/// A piece of what was said, in quotation marks: a phrase that stands on its own where there is
/// one, otherwise the beginning.
pub(super) fn said(text: &str) -> String {
    let safe = clean(text);
    let flat = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    let piece = if flat.chars().count() <= LONGEST_QUOTE {
        flat
    } else {
        quote(&Line::new(&flat)).unwrap_or_else(|| opening(&flat))
    };
    quoted(&piece)
}

/// The first sentence, or as much of it as is quoted.
fn opening(text: &str) -> String {
    let end = text.find(['.', '!', '?']).map_or(text.len(), |at| at + 1);
    let first = text.get(..end).unwrap_or(text);
    clip(if first.chars().count() >= 12 { first } else { text }, LONGEST_QUOTE)
}

/// In quotation marks, without marks inside and without a full stop at the end.
pub(super) fn quoted(text: &str) -> String {
    let inner = text.replace(['\u{201c}', '\u{201d}', '"'], "'");
    format!("\u{201c}{}\u{201d}", inner.trim().trim_end_matches(['.', ',', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipped_texts_end_with_a_word_and_are_short_enough() {
        assert_eq!(clip("one two three", 13), "one two three");
        assert_eq!(clip("one two three", 12), "one two\u{2026}");
        assert_eq!(clip("one, two", 5), "one\u{2026}");
        assert_eq!(clip("abcdefgh", 4), "abc\u{2026}");
        assert_eq!(clip("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2).graphemes(true).count(), 2);
        assert_eq!(clip("abc", 0), "");
    }

    #[test]
    fn counts_and_lists_are_english() {
        assert_eq!(counted(1, "turn", "turns"), "one turn");
        assert_eq!(counted(0, "turn", "turns"), "no turns");
        assert_eq!(counted(40, "turn", "turns"), "40 turns");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(sentence("it held \u{201c}No.\u{201d}"), "It held \u{201c}No.\u{201d}");
        assert_eq!(sentence("  "), "");
    }

    #[test]
    fn what_was_said_is_quoted_once_and_flat() {
        assert_eq!(said("Say \"no\".\nNow"), "\u{201c}Say 'no'. Now\u{201d}");
        assert!(said(&"word ".repeat(400)).chars().count() <= LONGEST_QUOTE + 2);
    }
}
