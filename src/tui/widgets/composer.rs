//! The composer: a line of one's own before it is sent, over as many rows as it needs.
//!
//! The caret stands between grapheme clusters, and rows come from the same wrapping as the chat, so
//! that joined and wide characters are edited and drawn as the one thing they look like.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::tui::text::{width, wrap};
use crate::tui::theme::{Role, Theme};

/// The longest line the mission takes, in characters.
const LONGEST: usize = spar_core::mission::turn::LONGEST_LINE;

/// Where the caret goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// One cluster back.
    Left,
    /// One cluster on.
    Right,
    /// To the start of the word.
    WordLeft,
    /// To the end of the word.
    WordRight,
    /// To the start of the row.
    RowStart,
    /// To the end of the row.
    RowEnd,
}

/// Text being written, and the lines written before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Composer {
    text: String,
    /// Byte position, always between clusters.
    caret: usize,
    /// The column that moving up and down aims for.
    goal: Option<usize>,
    /// Lines sent before, oldest first.
    history: Vec<String>,
    /// Which of them is shown.
    recalled: Option<usize>,
}

impl Composer {
    /// With lines that were sent before, oldest first.
    pub(crate) fn with_history(history: Vec<String>) -> Self {
        Self { history, ..Self::default() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Puts text in at the caret. What does not fit any more is left out; returns whether all did.
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
        self.text.insert_str(self.caret, &text[..end]);
        self.caret = self.snap(self.caret + end);
        self.edited();
        end == text.len()
    }

    /// Takes the line out, to be sent.
    pub(crate) fn take(&mut self) -> String {
        let line = std::mem::take(&mut self.text);
        self.caret = 0;
        self.edited();
        line
    }

    /// Remembers a line that was said.
    pub(crate) fn remember(&mut self, line: &str) {
        if self.history.last().is_none_or(|last| last != line) {
            self.history.push(line.to_owned());
        }
    }

    /// Puts a line back that could not be sent.
    pub(crate) fn restore(&mut self, line: String) {
        if self.text.is_empty() {
            self.caret = line.len();
            self.text = line;
            self.edited();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.caret = 0;
        self.edited();
    }

    /// Removes from the caret to where the step leads.
    pub(crate) fn delete(&mut self, step: Step) {
        let target = self.target(step);
        let range = target.min(self.caret)..target.max(self.caret);
        self.caret = range.start;
        self.text.replace_range(range, "");
        self.caret = self.snap(self.caret);
        self.edited();
    }

    pub(crate) fn go(&mut self, step: Step) {
        self.caret = self.target(step);
        self.goal = None;
    }

    /// A row up or down; from the first row up into the lines sent before, and back.
    pub(crate) fn go_rows(&mut self, down: bool, cells: usize) {
        if self.text.is_empty() || self.recalled.is_some() {
            self.recall(down);
            return;
        }
        let rows = self.rows(cells);
        let row = self.row_of_caret(&rows);
        let goal = self.goal.unwrap_or_else(|| width(&self.text[rows[row].start..self.caret]));
        let target = if down { row + 1 } else { row.wrapping_sub(1) };
        if let Some(target) = rows.get(target) {
            self.caret = self.at_column(target.clone(), goal);
            self.goal = Some(goal);
        }
    }

    fn recall(&mut self, down: bool) {
        let shown = match (self.recalled, down) {
            (None, false) => self.history.len().checked_sub(1),
            (None, true) => None,
            (Some(at), false) => Some(at.saturating_sub(1)),
            (Some(at), true) => (at + 1 < self.history.len()).then_some(at + 1),
        };
        self.text = shown.and_then(|at| self.history.get(at)).cloned().unwrap_or_default();
        self.caret = self.text.len();
        self.goal = None;
        self.recalled = shown;
    }

    fn edited(&mut self) {
        self.goal = None;
        self.recalled = None;
    }

    fn target(&self, step: Step) -> usize {
        let (before, after) = self.text.split_at(self.caret);
        match step {
            Step::Left => before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at),
            Step::Right => {
                self.caret + after.graphemes(true).next().map_or(0, |cluster| cluster.len())
            }
            Step::WordLeft => before.unicode_word_indices().next_back().map_or(0, |(at, _)| at),
            Step::WordRight => {
                self.caret
                    + after
                        .unicode_word_indices()
                        .next()
                        .map_or(after.len(), |(at, word)| at + word.len())
            }
            Step::RowStart => before.rfind('\n').map_or(0, |at| at + 1),
            Step::RowEnd => self.caret + after.find('\n').unwrap_or(after.len()),
        }
    }

    /// The first cluster boundary at or after a byte position.
    fn snap(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        match cursor.is_boundary(&self.text, 0) {
            Ok(false) => cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(at),
            _ => at,
        }
    }

    /// One cell is kept free for the caret behind the last character of a row.
    fn rows(&self, cells: usize) -> Vec<Range<usize>> {
        wrap(&self.text, cells.saturating_sub(1).max(1))
    }

    fn row_of_caret(&self, rows: &[Range<usize>]) -> usize {
        rows.iter().rposition(|row| row.start <= self.caret).unwrap_or(0)
    }

    fn at_column(&self, row: Range<usize>, goal: usize) -> usize {
        let mut column = 0;
        let last_row = row.end == self.text.len() || self.text[row.end..].starts_with('\n');
        for (at, cluster) in self.text[row.clone()].grapheme_indices(true) {
            if column >= goal {
                return row.start + at;
            }
            // Behind the last cluster of a wrapped row is the start of the next one.
            if !last_row && row.start + at + cluster.len() == row.end {
                return row.start + at;
            }
            column += width(cluster);
        }
        row.end
    }

    /// How many rows it fills at this width.
    pub(crate) fn height(&self, cells: usize) -> usize {
        self.rows(cells).len()
    }

    /// Draws it and says where the caret stands. When it does not fit, the caret's row is shown.
    pub(crate) fn draw(
        &self,
        area: Rect,
        buffer: &mut Buffer,
        theme: Theme,
        placeholder: &str,
    ) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        let cells = usize::from(area.width);
        if self.text.is_empty() {
            buffer.set_stringn(area.x, area.y, placeholder, cells, theme.style(Role::Muted));
            return Some(area.as_position());
        }
        let rows = self.rows(cells);
        let caret_row = self.row_of_caret(&rows);
        let height = usize::from(area.height);
        let top = (caret_row + 1).saturating_sub(height).min(rows.len().saturating_sub(height));
        for (line, row) in rows.iter().skip(top).take(height).enumerate() {
            let y = area.y + line as u16;
            buffer.set_stringn(area.x, y, &self.text[row.clone()], cells, theme.style(Role::Text));
        }
        let column = width(&self.text[rows[caret_row].start..self.caret]).min(cells - 1);
        Some(Position::new(area.x + column as u16, area.y + (caret_row - top) as u16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays keys on an empty composer twelve cells wide; the result shows the caret as `|`.
    fn after(keys: &[&str]) -> String {
        let mut composer = Composer::with_history(vec!["first".to_owned(), "second".to_owned()]);
        for key in keys {
            match *key {
                "<left>" => composer.go(Step::Left),
                "<right>" => composer.go(Step::Right),
                "<word-left>" => composer.go(Step::WordLeft),
                "<word-right>" => composer.go(Step::WordRight),
                "<home>" => composer.go(Step::RowStart),
                "<end>" => composer.go(Step::RowEnd),
                "<backspace>" => composer.delete(Step::Left),
                "<delete>" => composer.delete(Step::Right),
                "<kill-word>" => composer.delete(Step::WordLeft),
                "<up>" => composer.go_rows(false, 12),
                "<down>" => composer.go_rows(true, 12),
                text => {
                    composer.insert(text);
                }
            }
        }
        let mut shown = composer.text.clone();
        shown.insert(composer.caret, '|');
        shown
    }

    #[test]
    fn clusters_are_one_step_and_one_deletion() {
        assert_eq!(after(&["a👩‍👩‍👧b", "<left>", "<left>"]), "a|👩‍👩‍👧b");
        assert_eq!(after(&["a👩‍👩‍👧", "<backspace>"]), "a|");
        assert_eq!(after(&["e", "\u{301}", "<left>"]), "|e\u{301}");
        assert_eq!(after(&["ab", "<home>", "<delete>"]), "|b");
        assert_eq!(after(&["<backspace>", "<delete>", "<left>", "<right>"]), "|");
    }

    #[test]
    fn words_and_rows() {
        assert_eq!(after(&["tell Dana now", "<word-left>"]), "tell Dana |now");
        assert_eq!(after(&["tell Dana", "<home>", "<word-right>"]), "tell| Dana");
        assert_eq!(after(&["tell Dana", "<kill-word>"]), "tell |");
        assert_eq!(after(&["one\ntwo", "<home>"]), "one\n|two");
        assert_eq!(after(&["one\ntwo", "<up>"]), "one|\ntwo");
        // Twelve cells: "the launch " and "slips" are two rows of one line.
        assert_eq!(after(&["the launch slips", "<up>"]), "the l|aunch slips");
        assert_eq!(after(&["the launch slips", "<up>", "<down>"]), "the launch slips|");
    }

    #[test]
    fn up_in_an_empty_composer_brings_back_what_was_said() {
        assert_eq!(after(&["<up>"]), "second|");
        assert_eq!(after(&["<up>", "<up>", "<up>"]), "first|");
        assert_eq!(after(&["<up>", "<up>", "<down>"]), "second|");
        assert_eq!(after(&["<up>", "<down>"]), "|");
        // Once it is edited it is a line like any other.
        assert_eq!(after(&["<up>", "!", "<up>"]), "second!|");
    }

    #[test]
    fn a_line_longer_than_the_mission_takes_is_cut_and_said() {
        let mut composer = Composer::default();
        assert!(composer.insert(&"a".repeat(LONGEST)));
        assert!(!composer.insert("b"));
        assert_eq!(composer.text().len(), LONGEST);
    }

    #[test]
    fn the_caret_is_drawn_inside_whatever_area_there_is() {
        let mut composer = Composer::default();
        composer.insert("日本語 the launch slips\nby two weeks 👩‍👩‍👧");
        for (cells, height) in [(1, 1), (2, 3), (7, 2), (40, 5)] {
            let area = Rect::new(3, 2, cells, height);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 20));
            let theme = Theme::new(crate::tui::theme::ThemeName::Mono);
            let caret = composer.draw(area, &mut buffer, theme, "").expect("an area");
            assert!(area.contains(caret), "{caret:?} outside {area:?}");
        }
    }
}
