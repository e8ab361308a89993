//! What was said, as rows: wrapped once per width, drawn only where it is visible.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use spar_core::rules::Tier;

use crate::tui::glyphs::GlyphSet;
use crate::tui::text::{fit, width, wrap};
use crate::tui::theme::{Role, Theme};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The other person's words.
    Persona,
    /// The user's words.
    You,
    /// A line's tier and why.
    Verdict(Tier),
    /// Something beside the conversation.
    Note,
    /// A gate passed.
    Gate,
    /// A strike.
    Strike,
    /// Something to be careful about.
    Warning,
    /// Something went very well.
    Celebration,
}

impl Kind {
    /// How its text looks, and what stands before it.
    fn roles(self) -> (Role, Role) {
        match self {
            Self::Persona => (Role::Text, Role::Persona),
            Self::You => (Role::Text, Role::You),
            Self::Verdict(_) | Self::Note => (Role::Muted, Role::Muted),
            Self::Gate => (Role::Good, Role::Good),
            Self::Strike => (Role::Bad, Role::Bad),
            Self::Warning => (Role::Warning, Role::Warning),
            Self::Celebration => (Role::Epic, Role::Epic),
        }
    }
}

/// One thing in the conversation.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// What it is.
    pub(crate) kind: Kind,
    /// Who says it; empty for what nobody says.
    pub(crate) label: String,
    /// What stands before the text: a badge or a sign.
    pub(crate) lead: String,
    /// The words, new lines included.
    pub(crate) text: String,
    /// An empty row before it.
    pub(crate) gap: bool,
    /// More of it is on its way.
    pub(crate) live: bool,
    rows: Vec<Range<usize>>,
}

impl Entry {
    pub(crate) fn new(kind: Kind, label: &str, lead: String, text: String) -> Self {
        let (label, rows) = (label.to_owned(), Vec::new());
        Self { kind, label, lead, text, gap: false, live: false, rows }
    }

    /// The same, with an empty row before it.
    #[must_use]
    pub(crate) fn after_gap(mut self) -> Self {
        self.gap = true;
        self
    }

    fn room(&self, columns: Columns) -> usize {
        columns.text.saturating_sub(width(&self.lead)).max(1)
    }

    fn height(&self) -> usize {
        self.rows.len() + usize::from(self.gap)
    }

    /// Wraps what was added since. Greedy wrapping only ever changes its last row.
    fn extend(&mut self, more: &str, columns: Columns) {
        let from = self.rows.pop().map_or(0, |row| row.start);
        self.text.push_str(more);
        let room = self.room(columns);
        self.rows.extend(
            wrap(&self.text[from..], room).into_iter().map(|row| row.start + from..row.end + from),
        );
    }
}

/// Cells for names and for text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Names, the space behind them included.
    pub(crate) label: usize,
    /// Text.
    pub(crate) text: usize,
}

/// The conversation as rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transcript {
    entries: Vec<Entry>,
    /// The first row of each entry.
    tops: Vec<usize>,
    /// The first entry of the turn that may still change.
    turn_from: usize,
    columns: Columns,
    /// Rows that are visible.
    height: usize,
    /// The first visible row; `None` follows the newest.
    top: Option<usize>,
}

impl Transcript {
    /// Every row.
    pub(crate) fn total(&self) -> usize {
        match (self.tops.last(), self.entries.last()) {
            (Some(top), Some(entry)) => top + entry.height(),
            _ => 0,
        }
    }

    /// What comes now belongs to a new turn.
    pub(crate) fn begin_turn(&mut self) {
        self.turn_from = self.entries.len();
    }

    /// Replaces what stands in the latest turn.
    pub(crate) fn set_turn(&mut self, entries: Vec<Entry>) {
        self.entries.truncate(self.turn_from);
        self.tops.truncate(self.turn_from);
        for entry in entries {
            self.push(entry);
        }
    }

    /// Adds an entry to the latest turn.
    pub(crate) fn push(&mut self, mut entry: Entry) {
        let top = self.total();
        entry.rows = wrap(&entry.text, entry.room(self.columns));
        self.tops.push(top);
        self.entries.push(entry);
    }

    /// Adds to the entry that is still being written.
    pub(crate) fn extend(&mut self, more: &str) {
        let columns = self.columns;
        if let Some(entry) = self.entries.last_mut().filter(|entry| entry.live) {
            entry.extend(more, columns);
        }
    }

    /// The entry that is still being written.
    pub(crate) fn live(&self) -> Option<&Entry> {
        self.entries.last().filter(|entry| entry.live)
    }

    /// Fits it to these columns and so many visible rows. What was at the top stays there.
    pub(crate) fn reflow(&mut self, columns: Columns, height: usize) {
        self.height = height;
        if columns != self.columns {
            let anchor = self.top.map(|top| self.place(top));
            self.columns = columns;
            self.tops.clear();
            let mut top = 0;
            for entry in &mut self.entries {
                entry.rows = wrap(&entry.text, entry.room(columns));
                self.tops.push(top);
                top += entry.height();
            }
            self.top = anchor.map(|(entry, byte)| self.row_at(entry, byte));
        }
        if self.top.is_some_and(|top| top >= self.last_top()) {
            self.top = None;
        }
    }

    /// The entry and byte shown in a row.
    fn place(&self, row: usize) -> (usize, usize) {
        let entry = self.tops.partition_point(|top| *top <= row).saturating_sub(1);
        let Some(found) = self.entries.get(entry) else { return (0, 0) };
        let within = row - self.tops[entry];
        let row = within.saturating_sub(usize::from(found.gap));
        (entry, found.rows.get(row).map_or(0, |row| row.start))
    }

    fn row_at(&self, entry: usize, byte: usize) -> usize {
        let Some(found) = self.entries.get(entry) else { return 0 };
        let row = found.rows.iter().rposition(|row| row.start <= byte).unwrap_or(0);
        self.tops[entry] + usize::from(found.gap && row > 0) + row
    }

    fn last_top(&self) -> usize {
        self.total().saturating_sub(self.height)
    }

    /// Up by so many rows.
    pub(crate) fn scroll_up(&mut self, rows: usize) {
        let top = self.top.unwrap_or_else(|| self.last_top());
        if self.last_top() > 0 {
            self.top = Some(top.saturating_sub(rows));
        }
    }

    /// Down by so many rows; at the end it follows again.
    pub(crate) fn scroll_down(&mut self, rows: usize) {
        self.top = self.top.map(|top| top + rows).filter(|top| *top < self.last_top());
    }

    /// To the newest, and stay there.
    pub(crate) fn follow(&mut self) {
        self.top = None;
    }

    /// Rows below what is visible, when it does not follow.
    pub(crate) fn rows_below(&self) -> Option<usize> {
        self.top.map(|top| self.last_top().saturating_sub(top))
    }

    /// One less than a screenful, so that a row stays in sight.
    pub(crate) fn page(&self) -> usize {
        self.height.saturating_sub(2).max(1)
    }

    /// Draws the visible rows.
    pub(crate) fn draw(&self, area: Rect, buffer: &mut Buffer, theme: Theme, glyphs: GlyphSet) {
        let height = usize::from(area.height);
        let first = self.top.unwrap_or_else(|| self.total().saturating_sub(height));
        let from = self.tops.partition_point(|top| *top <= first).saturating_sub(1);
        for (entry, top) in self.entries.iter().zip(&self.tops).skip(from) {
            if *top >= first + height {
                break;
            }
            let head = top + usize::from(entry.gap);
            for (index, row) in entry.rows.iter().enumerate() {
                let Some(y) = (head + index).checked_sub(first) else { continue };
                if y >= height {
                    break;
                }
                let line = Rect::new(area.x, area.y + y as u16, area.width, 1);
                let last = index + 1 == entry.rows.len();
                self.draw_row(entry, index == 0, &entry.text[row.clone()], line, buffer, theme);
                if last && entry.live {
                    let column = self.columns.label + width(&entry.text[row.clone()]);
                    put(buffer, line, column, glyphs.caret(), theme.style(Role::Muted));
                }
            }
        }
    }

    fn draw_row(
        &self,
        entry: &Entry,
        first: bool,
        words: &str,
        line: Rect,
        buffer: &mut Buffer,
        theme: Theme,
    ) {
        let (text, lead) = entry.kind.roles();
        let lead_cells = width(&entry.lead);
        if first {
            let label = fit(&entry.label, self.columns.label.saturating_sub(2));
            put(buffer, line, 0, &label, theme.style(lead));
            if let Kind::Verdict(tier) = entry.kind {
                // The badge is the first four cells of the lead, the number the rest.
                let (badge, number) = entry.lead.split_at(4.min(entry.lead.len()));
                put(buffer, line, self.columns.label, badge, theme.badge(tier));
                put(buffer, line, self.columns.label + 4, number, theme.tier(tier));
            } else {
                put(buffer, line, self.columns.label, &entry.lead, theme.style(lead));
            }
        }
        put(buffer, line, self.columns.label + lead_cells, words.trim_end(), theme.style(text));
    }
}

/// Writes text at a column of a row, never past its end.
fn put(buffer: &mut Buffer, line: Rect, column: usize, text: &str, style: Style) {
    let Some(room) = usize::from(line.width).checked_sub(column) else { return };
    buffer.set_stringn(line.x + column as u16, line.y, text, room, style);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeName;

    const COLUMNS: Columns = Columns { label: 6, text: 14 };

    fn transcript(entries: usize, height: usize) -> Transcript {
        let mut transcript = Transcript::default();
        transcript.reflow(COLUMNS, height);
        for at in 0..entries {
            let text = format!("line {at} has some words");
            transcript.push(Entry::new(Kind::Persona, "Dana", String::new(), text).after_gap());
        }
        transcript
    }

    fn drawn(transcript: &Transcript, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, 20, height);
        let mut buffer = Buffer::empty(area);
        transcript.draw(area, &mut buffer, Theme::new(ThemeName::Mono), GlyphSet::Ascii);
        (0..height)
            .map(|y| {
                let row: String = (0..20).map(|x| buffer[(x, y)].symbol().to_owned()).collect();
                row.trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn it_follows_the_newest() {
        let transcript = transcript(20, 4);
        assert_eq!(drawn(&transcript, 3), ["", "Dana  line 19 has", "      some words"]);
    }

    #[test]
    fn scrolled_up_the_visible_rows_do_not_move_while_text_arrives() {
        let mut transcript = transcript(20, 6);
        let mut live = Entry::new(Kind::Persona, "Dana", String::new(), String::new());
        live.live = true;
        transcript.push(live);
        transcript.scroll_up(9);
        let before = drawn(&transcript, 6);
        for word in ["a ", "reply ", "that ", "grows ", "over ", "rows, ", "and ", "rows"] {
            transcript.extend(word);
            transcript.reflow(COLUMNS, 6);
            assert_eq!(drawn(&transcript, 6), before);
        }
        transcript.follow();
        assert!(drawn(&transcript, 6).join("\n").contains("rows"));
    }

    #[test]
    fn a_reply_that_grew_is_wrapped_like_one_that_came_whole() {
        let text = "Two weeks. And when did you know, exactly? 日本語 supercalifragilistic, no.";
        let mut grown = Transcript::default();
        grown.reflow(COLUMNS, 30);
        let mut live = Entry::new(Kind::Persona, "Dana", String::new(), String::new());
        live.live = true;
        grown.push(live);
        for letter in text.chars() {
            grown.extend(&letter.to_string());
        }
        let grown_rows = grown.entries[0].rows.clone();
        assert_eq!(grown_rows, wrap(text, COLUMNS.text));
    }

    #[test]
    fn a_new_width_keeps_what_is_at_the_top() {
        let mut transcript = transcript(40, 5);
        transcript.scroll_up(30);
        let top = drawn(&transcript, 5).join(" ");
        transcript.reflow(Columns { label: 6, text: 60 }, 5);
        let (entry, _) = transcript.place(transcript.top.expect("still scrolled"));
        assert!(top.contains(&format!("line {entry} ")), "{top} / {entry}");
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let mut transcript = transcript(10, 5);
        transcript.scroll_up(1000);
        assert_eq!(transcript.top, Some(0));
        transcript.scroll_down(1000);
        assert_eq!(transcript.top, None);
        let mut short = self::transcript(1, 5);
        short.scroll_up(3);
        assert_eq!(short.top, None);
    }
}
