//! A box above the screen, with a title, lines of text and choices.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget as _};

use crate::tui::app::App;
use crate::tui::glyphs::GlyphSet;
use crate::tui::text::{fit, width, wrap};
use crate::tui::theme::{Role, Theme};

/// A paragraph in one role, wrapped to a width, each row with the same indentation.
pub(crate) fn paragraph(
    text: &str,
    cells: usize,
    indent: &str,
    style: Style,
) -> Vec<Line<'static>> {
    let room = cells.saturating_sub(width(indent)).max(1);
    wrap(text, room)
        .into_iter()
        .map(|row| {
            let words = text[row].trim_end();
            Line::from(vec![Span::raw(indent.to_owned()), Span::styled(words.to_owned(), style)])
        })
        .collect()
}

/// Draws a box in the middle of the area: lines of at most `cells`, and below them, after an empty
/// row, what is chosen from. When it does not all fit, the lines give way.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    cells: u16,
    mut lines: Vec<Line<'static>>,
    choices: Vec<Line<'static>>,
    app: &App,
) {
    let room = usize::from(area.height.saturating_sub(2));
    if choices.is_empty() {
        lines.truncate(room);
    } else if lines.len() + 1 + choices.len() <= room {
        lines.push(Line::default());
    } else {
        lines.truncate(room.saturating_sub(choices.len()));
    }
    lines.extend(choices);
    let height = (lines.len() as u16).saturating_add(2).min(area.height);
    let across = cells.saturating_add(4).min(area.width);
    let outer = Rect::new(
        area.x + (area.width - across) / 2,
        area.y + (area.height - height) / 2,
        across,
        height,
    );
    if outer.width < 3 || outer.height < 3 {
        return;
    }
    Clear.render(outer, frame.buffer_mut());
    frame.buffer_mut().set_style(outer, app.theme.panel());
    border(frame, outer, title, app.theme, app.glyphs);
    for (at, line) in lines.into_iter().enumerate().take(usize::from(outer.height) - 2) {
        let (y, width) = (outer.y + 1 + at as u16, outer.width.saturating_sub(4));
        line.render(Rect::new(outer.x + 2, y, width, 1), frame.buffer_mut());
    }
}

fn border(frame: &mut Frame<'_>, outer: Rect, title: &str, theme: Theme, glyphs: GlyphSet) {
    let style = theme.style(Role::Muted);
    let [top_left, top_right, bottom_left, bottom_right] = glyphs.corners();
    let inner = usize::from(outer.width) - 2;
    let edge = glyphs.rule().repeat(inner);
    let buffer = frame.buffer_mut();
    buffer.set_string(outer.x, outer.y, format!("{top_left}{edge}{top_right}"), style);
    let bottom = outer.bottom() - 1;
    buffer.set_string(outer.x, bottom, format!("{bottom_left}{edge}{bottom_right}"), style);
    for y in outer.y + 1..bottom {
        buffer.set_string(outer.x, y, glyphs.bar(), style);
        buffer.set_string(outer.right() - 1, y, glyphs.bar(), style);
    }
    if !title.is_empty() && inner > 4 {
        let title = format!(" {} ", fit(title, inner - 4));
        buffer.set_string(outer.x + 2, outer.y, title, theme.style(Role::Title));
    }
}

/// A page: its heading, its body with a margin, and its footer.
pub(crate) fn page(area: Rect) -> [Rect; 3] {
    let head = area.height.min(2);
    let foot = (area.height - head).min(1);
    let spare = u16::from(area.height >= 14);
    let margin = u16::from(area.width >= 50);
    let heading = Rect { height: head, ..area };
    let footer = Rect { y: area.bottom() - foot, height: foot, ..area };
    let top = heading.bottom() + spare;
    let body = Rect {
        x: area.x + margin,
        y: top.min(footer.y),
        width: area.width.saturating_sub(2 * margin),
        height: footer.y.saturating_sub(top + spare),
    };
    [heading, body, footer]
}

/// A page's heading: its title, a few words beside it, and a rule under both.
pub(crate) fn heading(app: &App, title: &str, beside: &str, area: Rect, buffer: &mut Buffer) {
    let cells = usize::from(area.width).saturating_sub(2);
    let title = fit(title, cells);
    let room = cells.saturating_sub(width(&title) + 3);
    let beside = fit(beside, room);
    let spans = vec![
        Span::raw(" "),
        Span::styled(title.into_owned(), app.theme.style(Role::Title)),
        Span::raw("   "),
        Span::styled(beside.into_owned(), app.theme.style(Role::Muted)),
    ];
    Line::from(spans).render(Rect { height: area.height.min(1), ..area }, buffer);
    if area.height > 1 {
        rule(app, Rect { y: area.y + 1, height: 1, ..area }, buffer);
    }
}

/// A rule across the area's first row.
pub(crate) fn rule(app: &App, area: Rect, buffer: &mut Buffer) {
    let line = app.glyphs.rule().repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, line, app.theme.style(Role::Rule));
}
