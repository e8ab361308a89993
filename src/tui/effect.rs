//! Everything the screen can ask for, in one closed list. The runtime performs it.

use std::sync::Arc;

use spar_core::ids::MissionId;
use spar_core::report::Report;
use spar_core::scenario::Scenario;

/// Something to be done outside the screen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Look for unfinished missions again.
    FindUnfinished,
    /// Begin a mission.
    Start(Arc<Scenario>),
    /// Take a mission up again.
    Resume(MissionId),
    /// Say a line.
    Say(String),
    /// Ask once more for an answer to the line that was said last.
    AskAgain,
    /// Stop waiting for the answer; the line stays said.
    CancelTurn,
    /// Go on after a crisis pause.
    ResumePaused,
    /// Somebody was away while a clock ran: that time does not count.
    CameBack,
    /// The clock has run down: let the mission see to it.
    ClockRanDown,
    /// Show the report of the mission that has just ended, and go on showing it as it grows.
    FollowReport,
    /// Write this report as a page into the current folder.
    SaveReport(Box<Report>),
    /// End the mission for good.
    Leave,
    /// Put the mission away; it can be taken up again.
    Park,
    /// Hand the terminal back and stop until called again.
    Suspend,
    /// Draw every cell anew.
    Repaint,
    /// Leave the program.
    Quit,
}
