//! The conversation: what was said, how it stands, and the line being written.

pub(crate) mod entries;
mod layout;
mod status;
mod transcript;
mod update;
mod view;

use spar_core::mission::turn::{TimeLeft, time_left};
use spar_core::mission::{Mission, MissionEvent, Phase, StrikeCause};
use spar_core::units::Timestamp;

pub(crate) use layout::ChatLayout;
pub(crate) use status::lines_in_words;
pub(crate) use update::{act, paste};
pub(crate) use view::view;

use crate::tui::glyphs::GlyphSet;
use crate::tui::message::Opened;
use crate::tui::screens::report_page::ReportPage;
use crate::tui::text::width;
use crate::tui::widgets::composer::Composer;
use transcript::{Entry, Kind, Transcript};

/// A mission on the screen.
#[derive(Debug)]
pub(crate) struct Chat {
    /// The screen's own fold of the events it was sent.
    pub(crate) mission: Mission,
    /// The line being written.
    pub(crate) composer: Composer,
    /// The offline persona answers.
    pub(crate) offline: bool,
    /// Why the turn under way came to nothing, until it is asked for again or given up.
    pub(crate) failed: Option<String>,
    /// The line that was sent and is not on disk yet.
    pub(crate) sending: Option<String>,
    /// A word about the composer, until the next key.
    pub(crate) remark: Option<&'static str>,
    /// How it went, once it is over.
    pub(crate) report: Option<ReportPage>,
    /// The latest time heard of.
    pub(crate) now: Option<Timestamp>,
    transcript: Transcript,
    strikes_of_turn: Vec<(StrikeCause, usize)>,
    glyphs: GlyphSet,
    /// The composer's cells, for moving by rows.
    composer_cells: usize,
}

impl Chat {
    pub(crate) fn new(opened: Opened, glyphs: GlyphSet) -> Self {
        let Opened { mission, offline } = opened;
        let mut transcript = Transcript::default();
        entries::opening(&mission, glyphs).into_iter().for_each(|entry| transcript.push(entry));
        for spoken in mission.turns() {
            transcript.begin_turn();
            transcript.set_turn(entries::turn(&mission, spoken, &[], glyphs));
        }
        let history = mission.turns().iter().map(|spoken| spoken.user.clone()).collect();
        Self {
            composer: Composer::with_history(history),
            mission,
            offline,
            failed: None,
            sending: None,
            remark: None,
            report: None,
            now: None,
            transcript,
            strikes_of_turn: Vec::new(),
            glyphs,
            composer_cells: 80,
        }
    }

    /// Folds events in and brings the transcript up to date.
    pub(crate) fn fold(&mut self, events: &[MissionEvent]) {
        for event in events {
            self.mission.apply(event);
            match event {
                MissionEvent::UserSpoke { text, .. } => {
                    self.composer.remember(text);
                    (self.sending, self.failed) = (None, None);
                    self.strikes_of_turn.clear();
                    self.transcript.begin_turn();
                    self.transcript.follow();
                }
                MissionEvent::StrikeGiven { cause, .. } => {
                    let count = self.mission.state().strikes.len();
                    self.strikes_of_turn.push((*cause, count));
                }
                MissionEvent::TimeExtended { .. } => {
                    self.transcript.begin_turn();
                    let text = self.extension_in_words();
                    self.transcript.push(entries::note(self.glyphs, text));
                    self.transcript.begin_turn();
                }
                _ => {}
            }
        }
        // What the clock does belongs to the turn that has not been spoken yet.
        let spoken = self.mission.turns().last().map(|spoken| spoken.turn);
        if events.iter().any(|event| spoken == Some(event.turn())) {
            self.show_turn();
        }
        if !matches!(self.mission.state().phase, Phase::Answering) {
            (self.sending, self.failed) = (None, None);
        }
        if !self.has_running_clock() {
            // Nobody looks at the clock until it runs again: that gap is nobody's absence.
            self.now = None;
        }
    }

    fn extension_in_words(&self) -> String {
        match self.mission.scenario().policy.seconds_extension {
            Some(seconds) => format!("Time is up. You get {seconds} seconds more, this once."),
            None => "Time is up. You get a little more, this once.".to_owned(),
        }
    }

    /// Writes the latest turn anew; what was shown of a reply that is now whole goes with it.
    fn show_turn(&mut self) {
        if let Some(spoken) = self.mission.turns().last() {
            let turn = entries::turn(&self.mission, spoken, &self.strikes_of_turn, self.glyphs);
            self.transcript.set_turn(turn);
        }
    }

    /// More of the reply.
    pub(crate) fn hear(&mut self, more: &str) {
        if self.mission.state().phase != Phase::Answering {
            return;
        }
        if self.transcript.live().is_none() {
            let name = entries::short_name(&self.mission.scenario().persona.name);
            let mut entry = Entry::new(Kind::Persona, name, String::new(), String::new());
            entry.live = true;
            self.transcript.push(entry);
        }
        self.transcript.extend(more);
    }

    /// The reply broke off.
    pub(crate) fn retract(&mut self) {
        if self.transcript.live().is_some() {
            self.show_turn();
        }
    }

    /// The turn came to nothing. A line that was not even taken goes back to where it was written.
    pub(crate) fn fail(&mut self, why: String) {
        self.retract();
        if let Some(line) = self.sending.take() {
            self.composer.restore(line);
        }
        self.failed = Some(why);
    }

    /// Whether the reply is being written.
    pub(crate) fn is_replying(&self) -> bool {
        self.transcript.live().is_some()
    }

    /// Whether a line may be sent.
    pub(crate) fn may_speak(&self) -> bool {
        self.sending.is_none() && self.mission.state().phase == Phase::Listening
    }

    /// Whether an answer is awaited.
    pub(crate) fn is_waiting(&self) -> bool {
        self.failed.is_none()
            && (self.sending.is_some() || self.mission.state().phase == Phase::Answering)
    }

    /// Whether a clock runs for the user.
    pub(crate) fn has_running_clock(&self) -> bool {
        let policy = &self.mission.scenario().policy;
        self.mission.state().phase == Phase::Listening
            && (policy.seconds_per_turn.is_some() || policy.mission_seconds.is_some())
    }

    /// Time left, once the time is known.
    pub(crate) fn time_left(&self) -> Option<TimeLeft> {
        let now = self.now?;
        self.has_running_clock().then(|| time_left(&self.mission, now))
    }

    /// Fits what was said to the layout.
    pub(crate) fn reflow(&mut self, layout: &ChatLayout) {
        let name = width(entries::short_name(&self.mission.scenario().persona.name));
        let columns = layout.columns(name.max(3));
        self.composer_cells = usize::from(layout.composer_text().width);
        self.transcript.reflow(columns, usize::from(layout.body.height));
    }
}
