//! The conversation's screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use spar_core::mission::Phase;
use spar_core::mission::turn::TimeLeft;

use super::{Chat, ChatLayout, entries, status};
use crate::tui::app::App;
use crate::tui::keymap::{self, Hint};
use crate::tui::text::{fit, width};
use crate::tui::theme::Role;
use crate::tui::widgets::footer;

/// Below this much time left the clock is a warning.
const SHORT_MS: u64 = 20_000;

/// Draws the conversation.
pub(crate) fn view(app: &App, chat: &Chat, frame: &mut Frame<'_>, area: Rect) {
    let layout = ChatLayout::of(area, chat);
    let buffer = frame.buffer_mut();
    header(app, chat, layout.header, buffer);
    if !layout.side.is_empty() {
        status::full(app, chat, layout.side, buffer);
    }
    status::compact(app, chat, layout.status, buffer);
    rule(app, layout.upper_rule, buffer);
    rule(app, layout.lower_rule, buffer);
    chat.transcript.draw(layout.body, buffer, app.theme, app.glyphs);
    below(app, chat, layout.lower_rule, buffer);
    footer::draw(hints(app, chat), layout.footer, buffer, app.theme);
    compose(app, chat, &layout, frame);
}

fn header(app: &App, chat: &Chat, area: Rect, buffer: &mut ratatui::buffer::Buffer) {
    let theme = app.theme;
    let scenario = chat.mission.scenario();
    let mut right = Vec::new();
    if let Some(left) = chat.time_left() {
        for (words, short) in clocks(left) {
            let role = if short { Role::Warning } else { Role::Text };
            right.push(Span::styled(words, theme.style(role)));
            right.push(Span::raw("   "));
        }
    }
    // The one that is being played, or comes next.
    let state = chat.mission.state();
    let turn = state.played + u32::from(chat.may_speak() || state.phase == Phase::Paused);
    let turn = turn.clamp(1, scenario.policy.max_turns.max(1));
    let turns = format!("turn {turn} of {} ", scenario.policy.max_turns);
    right.push(Span::styled(turns, theme.style(Role::Muted)));
    let right_cells: usize = right.iter().map(|span| width(&span.content)).sum();
    let room = usize::from(area.width).saturating_sub(right_cells + 3);
    buffer.set_stringn(
        area.x + area.width.min(1),
        area.y,
        fit(&scenario.title, room),
        room,
        theme.style(Role::Title),
    );
    let x = area.right().saturating_sub(right_cells as u16).max(area.x);
    Line::from(right).render(Rect { x, width: area.right() - x, ..area }, buffer);
}

/// The clocks in words, and whether little is left.
fn clocks(left: TimeLeft) -> Vec<(String, bool)> {
    let mut clocks = Vec::new();
    if let Some(ms) = left.turn_ms {
        clocks.push((format!("{} to answer", minutes(ms)), ms < SHORT_MS));
    }
    if let Some(ms) = left.mission_ms {
        clocks.push((format!("{} left", minutes(ms)), ms < SHORT_MS));
    }
    clocks
}

/// Minutes and seconds, rounded up so that 0:00 means over.
fn minutes(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn rule(app: &App, area: Rect, buffer: &mut ratatui::buffer::Buffer) {
    if !area.is_empty() {
        let line = app.glyphs.rule().repeat(usize::from(area.width));
        buffer.set_string(area.x, area.y, line, app.theme.style(Role::Rule));
    }
}

/// On the rule above the composer: how much lies below, or what is going on.
fn below(app: &App, chat: &Chat, area: Rect, buffer: &mut ratatui::buffer::Buffer) {
    let name = entries::short_name(&chat.mission.scenario().persona.name);
    let (words, role) = if let Some(rows) = chat.transcript.rows_below() {
        let words = format!("{} {rows} more below, Ctrl+End", app.glyphs.down());
        (words, Role::Accent)
    } else if let Some(remark) = chat.remark {
        (remark.to_owned(), Role::Warning)
    } else if chat.is_replying() {
        (format!("{name} is answering"), Role::Muted)
    } else if chat.is_waiting() {
        (format!("{name} is thinking{}", app.glyphs.waiting()), Role::Muted)
    } else {
        return;
    };
    let words = format!(" {} ", fit(&words, usize::from(area.width).saturating_sub(6)));
    let x = area.x + area.width.min(3);
    let room = usize::from(area.right() - x);
    buffer.set_stringn(x, area.y, words, room, app.theme.style(role));
}

fn hints(app: &App, chat: &Chat) -> &'static [Hint] {
    if let Some(overlay) = &app.overlay {
        return overlay.hints();
    }
    match chat.mission.state().phase {
        Phase::Ended(_) => keymap::OVER,
        Phase::Answering if chat.failed.is_some() => keymap::FAILED,
        _ if chat.is_waiting() => keymap::WAITING,
        _ => keymap::SPEAKING,
    }
}

fn compose(app: &App, chat: &Chat, layout: &ChatLayout, frame: &mut Frame<'_>) {
    let theme = app.theme;
    let area = layout.composer;
    let text = layout.composer_text();
    let buffer = frame.buffer_mut();
    if let Some(ending) = chat.mission.state().ending() {
        let words = format!("{} {}", app.glyphs.dot(), ending.in_words());
        let words = fit(&words, usize::from(area.width).saturating_sub(2)).into_owned();
        buffer.set_string(area.x + 1, area.y, words, theme.style(Role::Title));
        return;
    }
    if let Some(why) = &chat.failed {
        let words = format!("{} {why}", app.glyphs.warning());
        let words = fit(&words, usize::from(area.width).saturating_sub(2)).into_owned();
        if chat.mission.state().phase == Phase::Answering {
            buffer.set_string(area.x + 1, area.y, words, theme.style(Role::Warning));
            return;
        }
        let row = layout.lower_rule;
        let room = usize::from(row.width).saturating_sub(4);
        buffer.set_stringn(row.x + 2, row.y, words, room, theme.style(Role::Warning));
    }
    let prompt = Span::styled(app.glyphs.pointer(), theme.style(Role::You));
    if area.width > 2 {
        buffer.set_span(area.x + 1, area.y, &prompt, 1);
    }
    let name = entries::short_name(&chat.mission.scenario().persona.name);
    let placeholder = if chat.may_speak() { format!("Say it to {name}") } else { String::new() };
    let caret = chat.composer.draw(text, buffer, theme, &placeholder);
    if app.overlay.is_none()
        && let Some(caret) = caret
    {
        frame.set_cursor_position(caret);
    }
}
