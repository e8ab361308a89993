//! Everything that can happen to the screen, in one closed list.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::KeyEvent;
use spar_core::ids::MissionId;
use spar_core::mission::{Mission, MissionEvent};
use spar_core::report::Report;
use spar_core::scenario::Scenario;
use spar_core::units::Timestamp;

/// Something that happened. [`crate::tui::update`] turns each into a new state and effects.
#[derive(Debug, Clone)]
pub(crate) enum Message {
    /// A key. `pasted` says that it came with text right behind it, from a terminal that has not
    /// bracketed a paste so far: then Enter is part of the text.
    Key {
        /// Which.
        key: KeyEvent,
        /// Part of a paste.
        pasted: bool,
    },
    /// A bracketed paste.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// What time it is; sent about once a second while a clock is on the screen.
    Clock(Timestamp),
    /// The program was stopped and goes on.
    CameBack,
    /// The missions one can play, and those that can be taken up again.
    Library {
        /// Valid scenarios, in no particular order.
        scenarios: Vec<Arc<Scenario>>,
        /// Unfinished missions, the latest first.
        unfinished: Vec<Unfinished>,
        /// Files that cannot be played: each with its first problem, safe to show.
        broken: Vec<String>,
    },
    /// The unfinished missions have changed.
    Unfinished(Vec<Unfinished>),
    /// A mission is open: new, or taken up again.
    Opened(Box<Opened>),
    /// What was asked for could not be done; in words.
    Failed(String),
    /// These events are on disk.
    Committed(Vec<MissionEvent>),
    /// More of the reply, safe to show.
    ReplyText(String),
    /// The reply broke off: what was shown of it is withdrawn.
    ReplyRetracted,
    /// The report of the mission that has ended, as far as it is there.
    Report(Box<Report>),
    /// The report was written to this file, or could not be written; in words.
    ReportSaved(Result<PathBuf, String>),
    /// The turn under way came to nothing; in words.
    TurnFailed(String),
}

/// A mission that can be played from here on.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// Where it stands.
    pub(crate) mission: Mission,
    /// The offline persona answers.
    pub(crate) offline: bool,
}

/// A mission that was begun and neither finished nor left for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// Which.
    pub(crate) id: MissionId,
    /// What it is called.
    pub(crate) title: String,
    /// Turns spoken.
    pub(crate) turns: u32,
}
