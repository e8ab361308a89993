//! Where the parts of the conversation's screen lie, by how much room there is.

use ratatui::layout::Rect;

use super::Chat;
use super::transcript::Columns;

/// From this width on the state of the mission stands beside the conversation.
const WIDE: u16 = 100;
/// The side panel, its rule included.
const SIDE: u16 = 36;
/// Lines longer than this are hard to read.
const LONGEST_ROW: u16 = 88;

/// The areas of the screen. Empty ones are not drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ChatLayout {
    /// Title, turn, clock.
    pub(crate) header: Rect,
    /// The mission's state in a few rows; empty when there is a side panel.
    pub(crate) status: Rect,
    /// The rule under header and status.
    pub(crate) upper_rule: Rect,
    /// What was said.
    pub(crate) body: Rect,
    /// The mission's state in full; empty where there is no room for it.
    pub(crate) side: Rect,
    /// The rule above the composer; says how much lies below when scrolled up.
    pub(crate) lower_rule: Rect,
    /// Where one writes.
    pub(crate) composer: Rect,
    /// Keys.
    pub(crate) footer: Rect,
}

impl ChatLayout {
    /// Cuts the area up.
    pub(crate) fn of(area: Rect, chat: &Chat) -> Self {
        let wide = area.width >= WIDE && area.height >= 24;
        let status = match area.height {
            _ if wide => 0,
            18.. => 3,
            13.. => 2,
            _ => 1,
        };
        let most = (area.height / 4).clamp(1, 8);
        let cells = Self::composer_cells(area.width);
        let composer = (chat.composer.height(usize::from(cells)) as u16).clamp(1, most);

        let mut rest = area;
        let footer = cut_bottom(&mut rest, 1);
        let composer = cut_bottom(&mut rest, composer);
        let lower_rule = cut_bottom(&mut rest, 1);
        let header = cut_top(&mut rest, 1);
        let status = cut_top(&mut rest, status);
        let upper_rule = cut_top(&mut rest, 1);
        let mut side = Rect::default();
        if wide {
            side = Rect { x: rest.right() - SIDE, width: SIDE, ..rest };
            rest.width -= SIDE;
        }
        let margin = u16::from(area.width >= 60);
        let body =
            Rect { x: rest.x + margin, width: rest.width.saturating_sub(2 * margin), ..rest };
        Self { header, status, upper_rule, body, side, lower_rule, composer, footer }
    }

    /// Cells for what is written, behind the prompt.
    fn composer_cells(width: u16) -> u16 {
        width.saturating_sub(4).min(LONGEST_ROW + 10)
    }

    /// Where the text of the composer goes, behind the prompt.
    pub(crate) fn composer_text(&self) -> Rect {
        let cells = Self::composer_cells(self.composer.width);
        Rect { x: self.composer.x + self.composer.width.min(3), width: cells, ..self.composer }
    }

    /// Cells for names and for words in the body. Names take at most twelve.
    pub(crate) fn columns(&self, longest_name: usize) -> Columns {
        let most = if self.body.width < 56 { 8 } else { 12 };
        let label = (longest_name + 2).clamp(5, most);
        let text = usize::from(self.body.width.min(LONGEST_ROW + 12)).saturating_sub(label).max(1);
        Columns { label, text }
    }
}

fn cut_top(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    let cut = Rect { height: rows, ..*rest };
    rest.y += rows;
    rest.height -= rows;
    cut
}

fn cut_bottom(rest: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(rest.height);
    rest.height -= rows;
    Rect { y: rest.bottom(), height: rows, ..*rest }
}
