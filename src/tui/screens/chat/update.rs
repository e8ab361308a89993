//! What keys do in the conversation.

use spar_core::mission::Phase;

use super::Chat;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::screens::overlay::Overlay;
use crate::tui::screens::summary::Summary;
use crate::tui::widgets::composer::Step;

/// Said when a line has reached the longest that is taken.
const FULL: &str = "that is as long as a line can be";

/// An action on the conversation.
pub(crate) fn act(app: &mut App, action: Action, pasted: bool) -> Vec<Effect> {
    let Some(chat) = &mut app.chat else { return Vec::new() };
    chat.remark = None;
    if scrolls(chat, action) {
        return Vec::new();
    }
    if chat.failed.is_some() && chat.mission.state().phase == Phase::Answering {
        return after_failure(chat, action);
    }
    match chat.mission.state().phase {
        Phase::Ended(_) => {
            if matches!(action, Action::Accept | Action::Back) {
                app.screen = Screen::Summary(Summary::default());
            }
            Vec::new()
        }
        _ if action == Action::Back && chat.is_waiting() => vec![Effect::CancelTurn],
        _ if action == Action::Back => {
            app.overlay = Some(Overlay::leave());
            Vec::new()
        }
        Phase::Listening | Phase::Answering => write(chat, action, pasted),
        Phase::New | Phase::Paused => Vec::new(),
    }
}

/// A bracketed paste: all of it is text.
pub(crate) fn paste(chat: &mut Chat, text: &str) {
    let text = spar_core::language::clean(text);
    if !chat.composer.insert(&text) {
        chat.remark = Some(FULL);
    }
}

fn after_failure(chat: &mut Chat, action: Action) -> Vec<Effect> {
    let effect = match action {
        Action::Accept => Effect::AskAgain,
        Action::Back => Effect::CancelTurn,
        _ => return Vec::new(),
    };
    chat.failed = None;
    vec![effect]
}

fn scrolls(chat: &mut Chat, action: Action) -> bool {
    let page = chat.transcript.page();
    match action {
        Action::PageUp => chat.transcript.scroll_up(page),
        Action::PageDown => chat.transcript.scroll_down(page),
        Action::Top => chat.transcript.scroll_up(usize::MAX),
        Action::Bottom => chat.transcript.follow(),
        _ => return false,
    }
    true
}

fn write(chat: &mut Chat, action: Action, pasted: bool) -> Vec<Effect> {
    let cells = chat.composer_cells;
    let composer = &mut chat.composer;
    let all_taken = match action {
        Action::Type(letter) => composer.insert(&letter.to_string()),
        Action::NewLine => composer.insert("\n"),
        Action::Accept if pasted => composer.insert("\n"),
        Action::Next if pasted => composer.insert(" "),
        Action::Accept => return send(chat),
        _ => {
            match action {
                Action::Left => composer.go(Step::Left),
                Action::Right => composer.go(Step::Right),
                Action::WordLeft => composer.go(Step::WordLeft),
                Action::WordRight => composer.go(Step::WordRight),
                Action::Home => composer.go(Step::RowStart),
                Action::End => composer.go(Step::RowEnd),
                Action::Up => composer.go_rows(false, cells),
                Action::Down => composer.go_rows(true, cells),
                Action::Erase => composer.delete(Step::Left),
                Action::EraseNext => composer.delete(Step::Right),
                Action::EraseWord => composer.delete(Step::WordLeft),
                Action::EraseToStart => composer.delete(Step::RowStart),
                Action::EraseToEnd => composer.delete(Step::RowEnd),
                _ => {}
            }
            true
        }
    };
    if !all_taken {
        chat.remark = Some(FULL);
    }
    Vec::new()
}

fn send(chat: &mut Chat) -> Vec<Effect> {
    if !chat.may_speak() {
        chat.remark = Some("wait for the answer, or stop it with Esc");
        return Vec::new();
    }
    if chat.composer.text().trim().is_empty() {
        chat.composer.clear();
        return Vec::new();
    }
    let line = chat.composer.take();
    chat.transcript.follow();
    chat.failed = None;
    chat.sending = Some(line.clone());
    vec![Effect::Say(line)]
}
