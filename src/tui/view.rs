//! The whole frame: the screen, what lies above it, and the last pass over the colours.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::app::{App, Screen, USEFUL};
use super::screens::{briefing, chat, library, overlay, summary};
use super::text::fit;
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
    app.theme.strip(frame.buffer_mut());
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
