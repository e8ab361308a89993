//! The whole frame: the screen, what lies above it, and the last pass over the colours.

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;

use super::app::{App, Screen, USEFUL};
use super::screens::{briefing, chat, library, overlay, summary};
use super::text::{self, fit};
use super::theme::Role;

/// Draws the app. Only reads.
pub(crate) fn view(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, app.theme.ground());
    if area.width < USEFUL.width || area.height < USEFUL.height {
        too_small(app, frame, area);
    } else {
        match (&app.screen, &app.chat) {
            (Screen::Briefing(briefing), _) => briefing::view(app, briefing, frame, area),
            (Screen::Chat, Some(chat)) => chat::view(app, chat, frame, area),
            (Screen::Summary(summary), Some(chat)) => {
                summary::view(app, summary, chat, frame, area);
            }
            (Screen::Opening, _) => {
                let words = fit("Opening the mission\u{2026}", usize::from(area.width));
                frame.buffer_mut().set_string(0, 0, words, app.theme.style(Role::Muted));
            }
            _ => library::view(app, frame, area),
        }
        overlay::view(app, frame, area);
    }
    app.glyphs.flatten(frame.buffer_mut());
    settle(frame.buffer_mut());
    app.theme.strip(frame.buffer_mut());
}

/// Marks the cells behind joined characters to be written in every frame. A terminal that draws the
/// parts of such a cluster one by one paints over those cells, and the next frame would not know.
fn settle(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width);
    if width == 0 {
        return;
    }
    for at in 0..buffer.content.len() {
        let symbol = buffer.content[at].symbol();
        if symbol.len() < 4 || symbol.chars().nth(1).is_none() {
            continue;
        }
        let parts: usize =
            symbol.chars().map(|part| text::width(part.encode_utf8(&mut [0; 4]))).sum();
        let drawn = text::width(symbol);
        let row_end = (at / width + 1) * width;
        let from = (at + drawn).min(row_end);
        let to = (at + parts).min(row_end);
        for cell in buffer.content.get_mut(from..to).unwrap_or_default() {
            cell.diff_option = CellDiffOption::AlwaysUpdate;
        }
    }
}

fn too_small(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let lines = [
        format!("Too small: {}x{}", area.width, area.height),
        format!("spar needs {}x{}", USEFUL.width, USEFUL.height),
        "Nothing is lost.".to_owned(),
    ];
    for (y, words) in (area.top()..area.bottom()).zip(lines) {
        let words = fit(&words, usize::from(area.width)).into_owned();
        frame.buffer_mut().set_string(area.x, y, words, app.theme.style(Role::Text));
    }
}
