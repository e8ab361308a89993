//! Measuring, wrapping and shortening text in terminal cells.
//!
//! Everything counts grapheme clusters and asks the buffer's own width function, so that what is
//! measured here is what is drawn: wide, joined and combining characters included.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::CellWidth;
use textwrap::WordSeparator;
use unicode_segmentation::UnicodeSegmentation;

/// Width in cells. Control characters take none: the buffer does not draw them.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(grapheme_width).sum()
}

fn grapheme_width(grapheme: &str) -> usize {
    if grapheme.chars().any(char::is_control) { 0 } else { usize::from(grapheme.cell_width()) }
}

/// The text, cut to `cells` with an ellipsis when it is wider.
pub(crate) fn fit(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let more = grapheme_width(grapheme);
        if used + more > cells - 1 {
            break;
        }
        used += more;
        kept.push_str(grapheme);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// The rows that the text fills at this width, as byte ranges.
///
/// Lines break where Unicode allows it and inside a word only when the word alone is too wide.
/// White space at a break hangs: it belongs to the row before and may reach past the width. A new
/// line character belongs to no row. There is always at least one row.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        wrap_line(line, start, cells.max(1), &mut rows);
        start += line.len() + 1;
    }
    rows
}

fn wrap_line(line: &str, offset: usize, cells: usize, rows: &mut Vec<Range<usize>>) {
    let (mut from, mut at, mut used) = (0, 0, 0);
    for word in WordSeparator::UnicodeBreakProperties.find_words(line) {
        let letters = width(word.word);
        let whole = word.word.len() + word.whitespace.len();
        if used + letters > cells && at > from {
            rows.push(offset + from..offset + at);
            (from, used) = (at, 0);
        }
        if letters > cells {
            for (index, grapheme) in word.word.grapheme_indices(true) {
                let more = grapheme_width(grapheme);
                if used + more > cells && at + index > from {
                    rows.push(offset + from..offset + at + index);
                    (from, used) = (at + index, 0);
                }
                used += more;
            }
        } else {
            used += letters;
        }
        used += word.whitespace.len();
        at += whole;
    }
    // What the separator did not hand out (white space before the first word) is kept.
    rows.push(offset + from..offset + line.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, cells: usize) -> Vec<&str> {
        wrap(text, cells).into_iter().map(|row| &text[row]).collect()
    }

    #[test]
    fn words_stay_whole_and_white_space_hangs() {
        assert_eq!(rows("the launch slips", 9), ["the ", "launch ", "slips"]);
        assert_eq!(rows("the launch slips", 10), ["the launch ", "slips"]);
        assert_eq!(rows("one\n\ntwo", 10), ["one", "", "two"]);
        assert_eq!(rows("", 10), [""]);
    }

    #[test]
    fn long_words_and_wide_characters_break_between_clusters() {
        assert_eq!(rows("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(rows("日本語日本", 4), ["日本", "語日", "本"]);
        assert_eq!(rows("👩‍👩‍👧👩‍👩‍👧", 2), ["👩‍👩‍👧", "👩‍👩‍👧"]);
        // A cluster wider than the row gets a row of its own rather than looping for ever.
        assert_eq!(rows("日本", 1), ["日", "本"]);
    }

    #[test]
    fn every_byte_but_new_lines_is_in_exactly_one_row() {
        let text = "  lead,  two  spaces \n日本 語 and-hyphens naïve é\n\nend ";
        for cells in 1..30 {
            let mut joined = String::new();
            for row in wrap(text, cells) {
                joined.push_str(&text[row]);
            }
            assert_eq!(joined, text.replace('\n', ""), "at {cells}");
        }
    }

    #[test]
    fn shortened_text_fits() {
        assert_eq!(fit("Tell Dana", 20), "Tell Dana");
        assert_eq!(fit("Tell Dana", 6), "Tell …");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("abc", 0), "");
    }
}
