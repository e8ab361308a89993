//! The last row of every screen: the keys that work now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use crate::tui::keymap::Hint;
use crate::tui::text::width;
use crate::tui::theme::{Role, Theme};

/// Draws as many hints as fit, in the order of their importance. The last one is never left out.
pub(crate) fn draw(hints: &[Hint], area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some((last, others)) = hints.split_last() else { return };
    let cells = usize::from(area.width);
    let room = |hint: &Hint| width(hint.keys) + 1 + width(hint.does) + 3;
    let mut used = 1 + room(last);
    let mut shown = Vec::new();
    for hint in others {
        used += room(hint);
        if used > cells + 3 {
            break;
        }
        shown.push(*hint);
    }
    shown.push(*last);
    let mut spans = vec![Span::raw(" ")];
    for (at, hint) in shown.iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw("   "));
        }
        spans.push(Span::styled(hint.keys, theme.style(Role::Accent)));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(hint.does, theme.style(Role::Muted)));
    }
    Line::from(spans).render(area, buffer);
}
