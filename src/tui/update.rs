//! What happens to the screen when something happens. No I/O and no waiting.

use spar_core::mission::{MissionEvent, Phase};
use spar_core::rules::Ending;

use super::app::{App, Screen};
use super::effect::Effect;
use super::keymap::{self, Action};
use super::message::Message;
use super::screens::chat::{self, Chat};
use super::screens::overlay::{self, Overlay};
use super::screens::report_page::ReportPage;
use super::screens::summary::Summary;
use super::screens::{briefing, library, summary};
use super::session::AWAY_MS;

/// Takes a message in and says what is to be done outside.
pub(crate) fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let effects = take_in(app, message);
    overlay::follow_phase(app);
    app.reflow();
    effects
}

fn take_in(app: &mut App, message: Message) -> Vec<Effect> {
    match message {
        Message::Key { key, pasted } => {
            keymap::action(key).map_or_else(Vec::new, |action| act(app, action, pasted))
        }
        Message::Paste(text) => {
            if app.overlay.is_none()
                && matches!(app.screen, Screen::Chat)
                && let Some(chat) = &mut app.chat
            {
                chat::paste(chat, &text);
            }
            Vec::new()
        }
        Message::Resized(width, height) => {
            app.size = ratatui::layout::Size { width, height };
            Vec::new()
        }
        Message::Clock(now) => clock(app, now),
        Message::CameBack => came_back(app),
        Message::Library { scenarios, unfinished, broken } => {
            app.missions.fill(scenarios, unfinished, broken);
            Vec::new()
        }
        Message::Unfinished(unfinished) => {
            app.missions.set_unfinished(unfinished);
            Vec::new()
        }
        Message::Opened(opened) => {
            app.chat = Some(Box::new(Chat::new(*opened, app.glyphs)));
            app.screen = Screen::Chat;
            Vec::new()
        }
        Message::Failed(why) => {
            if matches!(app.screen, Screen::Opening) {
                app.screen = Screen::Library;
            }
            app.overlay = Some(Overlay::Trouble(why));
            Vec::new()
        }
        Message::Committed(events) => commit(app, &events),
        Message::Report(report) => {
            // A mission that goes on has none: it is that of the one before.
            if let Some(chat) = &mut app.chat
                && chat.mission.state().ending().is_some()
            {
                match &mut chat.report {
                    Some(page) => page.renew(report),
                    None => chat.report = Some(ReportPage::new(report)),
                }
            }
            Vec::new()
        }
        Message::ReportSaved(saved) => {
            if let Some(page) = app.chat.as_mut().and_then(|chat| chat.report.as_mut()) {
                page.kept(saved.as_deref().map_err(String::as_str));
            }
            Vec::new()
        }
        Message::ReplyText(text) => {
            if let Some(chat) = &mut app.chat {
                chat.hear(&text);
            }
            Vec::new()
        }
        Message::ReplyRetracted => {
            if let Some(chat) = &mut app.chat {
                chat.retract();
            }
            Vec::new()
        }
        Message::TurnFailed(why) => {
            if let Some(chat) = &mut app.chat {
                chat.fail(why);
            }
            Vec::new()
        }
    }
}

fn act(app: &mut App, action: Action, pasted: bool) -> Vec<Effect> {
    match action {
        Action::Interrupt => return interrupt(app),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Repaint => return vec![Effect::Repaint],
        Action::Help if app.overlay.is_none() => {
            app.overlay = Some(Overlay::Help { top: 0 });
            return Vec::new();
        }
        _ => {}
    }
    if app.overlay.is_some() {
        return overlay::act(app, action);
    }
    match app.screen {
        Screen::Library => library::act(app, action),
        Screen::Briefing(_) => briefing::act(app, action),
        Screen::Opening => Vec::new(),
        Screen::Chat => chat::act(app, action, pasted),
        Screen::Summary(_) => summary::act(app, action),
    }
}

/// Ctrl+C: the first asks, the second quits. What was said is saved either way.
fn interrupt(app: &mut App) -> Vec<Effect> {
    match app.overlay {
        Some(Overlay::Leave { to_quit: true, .. } | Overlay::Quit { .. }) => {
            if app.is_playing() {
                vec![Effect::Park, Effect::Quit]
            } else {
                vec![Effect::Quit]
            }
        }
        _ => {
            app.overlay = Some(Overlay::quit(app.is_playing()));
            Vec::new()
        }
    }
}

fn clock(app: &mut App, now: spar_core::units::Timestamp) -> Vec<Effect> {
    let Some(chat) = &mut app.chat else { return Vec::new() };
    if chat.now.is_some_and(|before| now.since(before) > AWAY_MS) {
        return came_back(app);
    }
    chat.now = Some(now);
    let ran_down =
        chat.time_left().is_some_and(|left| left.turn_ms == Some(0) || left.mission_ms == Some(0));
    if ran_down { vec![Effect::ClockRanDown] } else { Vec::new() }
}

/// Forgets what time it was: until the mission knows, no clock may run down.
fn came_back(app: &mut App) -> Vec<Effect> {
    let Some(chat) = &mut app.chat else { return Vec::new() };
    chat.now = None;
    if chat.has_running_clock() { vec![Effect::CameBack] } else { Vec::new() }
}

fn commit(app: &mut App, events: &[MissionEvent]) -> Vec<Effect> {
    let Some(chat) = &mut app.chat else { return Vec::new() };
    chat.fold(events);
    if let Phase::Ended(ending) = chat.mission.state().phase {
        if matches!(app.overlay, Some(Overlay::Leave { .. })) {
            app.overlay = None;
        }
        // Who left has seen the conversation; who won or lost reads the last words first.
        if ending == Ending::AbortUser {
            app.screen = Screen::Summary(Summary::default());
        }
    }
    let has_ended = events.iter().any(|event| matches!(event, MissionEvent::Ended { .. }));
    if has_ended { vec![Effect::FollowReport] } else { Vec::new() }
}
