//! What is on the screen.

use ratatui::layout::{Rect, Size};

use super::glyphs::GlyphSet;
use super::screens::briefing::Briefing;
use super::screens::chat::{Chat, ChatLayout};
use super::screens::library::Library;
use super::screens::overlay::Overlay;
use super::screens::summary::{self, Summary};
use super::theme::{Theme, ThemeName};

/// The smallest screen that is of use, columns and rows.
pub(crate) const USEFUL: Size = Size { width: 40, height: 10 };

/// How things look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Colours.
    pub(crate) theme: ThemeName,
    /// Signs.
    pub(crate) glyphs: GlyphSet,
}

/// The whole state of the screen.
#[derive(Debug)]
pub(crate) struct App {
    /// Where one is.
    pub(crate) screen: Screen,
    /// What lies above it.
    pub(crate) overlay: Option<Overlay>,
    /// The missions one can play.
    pub(crate) missions: Library,
    /// The mission being played or looked back on.
    pub(crate) chat: Option<Box<Chat>>,
    /// Colours.
    pub(crate) theme: Theme,
    /// Signs.
    pub(crate) glyphs: GlyphSet,
    /// The terminal's size.
    pub(crate) size: Size,
}

/// Where one is.
#[derive(Debug)]
pub(crate) enum Screen {
    /// The mission list.
    Library,
    /// What a mission is about, before it starts.
    Briefing(Box<Briefing>),
    /// A mission is being opened.
    Opening,
    /// The conversation.
    Chat,
    /// How it went.
    Summary(Summary),
}

impl App {
    /// The mission list, before the missions are known.
    pub(crate) fn new(look: Look, size: Size) -> Self {
        Self {
            screen: Screen::Library,
            overlay: None,
            missions: Library::default(),
            chat: None,
            theme: Theme::new(look.theme),
            glyphs: look.glyphs,
            size,
        }
    }

    /// Whether a clock is on the screen that has to run.
    pub(crate) fn has_running_clock(&self) -> bool {
        matches!(self.screen, Screen::Chat)
            && self.chat.as_ref().is_some_and(|chat| chat.has_running_clock())
    }

    /// Whether a mission is under way that leaving would interrupt.
    pub(crate) fn is_playing(&self) -> bool {
        matches!(self.screen, Screen::Chat)
            && self.chat.as_ref().is_some_and(|chat| chat.mission.state().ending().is_none())
    }

    /// Brings what depends on the screen's size up to date. Called after every change, so that
    /// drawing only reads.
    pub(crate) fn reflow(&mut self) {
        let area = Rect::from((ratatui::layout::Position::ORIGIN, self.size));
        if let Some(chat) = &mut self.chat {
            let layout = ChatLayout::of(area, chat);
            chat.reflow(&layout);
            if let Some(page) = &mut chat.report {
                let columns = summary::columns(area);
                match &mut self.screen {
                    Screen::Summary(summary) => {
                        summary.top = page.reflow(columns, summary.top);
                    }
                    _ => {
                        page.reflow(columns, 0);
                    }
                }
            }
        }
    }
}
