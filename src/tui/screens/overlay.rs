//! What lies above a screen: the keys, leaving a mission, quitting, and help in a crisis.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use spar_core::mission::{Phase, crisis_help};

use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Action, Hint};
use crate::tui::text::{fit, width};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// What lies above a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// Every key.
    Help {
        /// The first row shown.
        top: usize,
    },
    /// Leave the mission, or stay.
    Leave {
        /// Position in [`LEAVE`].
        chosen: usize,
        /// Ctrl+C asked.
        to_quit: bool,
    },
    /// Quit, or stay; where nothing is under way.
    Quit {
        /// Position in [`QUIT`].
        chosen: usize,
    },
    /// Somebody may be in danger.
    Crisis {
        /// Position in [`CRISIS`].
        chosen: usize,
    },
    /// Something could not be done.
    Trouble(String),
}

/// What one can do about a mission that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Stay,
    Park,
    Leave,
    ParkAndQuit,
    Quit,
    Resume,
}

const LEAVE: &[(Choice, &str)] = &[
    (Choice::Stay, "Stay"),
    (Choice::Park, "Keep it for later, back to the list"),
    (Choice::ParkAndQuit, "Keep it for later and quit"),
    (Choice::Leave, "End it here"),
];
const QUIT: &[(Choice, &str)] = &[(Choice::Stay, "Stay"), (Choice::Quit, "Quit")];
/// The first one does no harm when Enter was on its way already.
const CRISIS: &[(Choice, &str)] = &[
    (Choice::Park, "Leave it for now; you can come back to it"),
    (Choice::Leave, "End the mission"),
    (Choice::Resume, "Go on with the mission"),
];

impl Overlay {
    /// Asks whether to leave the mission.
    pub(crate) fn leave() -> Self {
        Self::Leave { chosen: 0, to_quit: false }
    }

    /// What Ctrl+C asks.
    pub(crate) fn quit(playing: bool) -> Self {
        if playing { Self::Leave { chosen: 2, to_quit: true } } else { Self::Quit { chosen: 1 } }
    }

    fn choices(&mut self) -> Option<(&'static [(Choice, &'static str)], &mut usize)> {
        match self {
            Self::Leave { chosen, .. } => Some((LEAVE, chosen)),
            Self::Quit { chosen } => Some((QUIT, chosen)),
            Self::Crisis { chosen } => Some((CRISIS, chosen)),
            Self::Help { .. } | Self::Trouble(_) => None,
        }
    }

    /// The keys it shows.
    pub(crate) fn hints(&self) -> &'static [Hint] {
        match self {
            Self::Help { .. } => keymap::HELP,
            Self::Trouble(_) => keymap::HELP,
            _ => keymap::CHOICE,
        }
    }
}

/// An action while something lies above the screen.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let Some(overlay) = &mut app.overlay else { return Vec::new() };
    if let Overlay::Help { top } = overlay {
        match action {
            Action::Up | Action::Type('k') => *top = top.saturating_sub(1),
            Action::Down | Action::Type('j') => *top += 1,
            Action::PageUp => *top = top.saturating_sub(10),
            Action::PageDown => *top += 10,
            Action::Home | Action::Top => *top = 0,
            Action::Back | Action::Help | Action::Accept | Action::Type('q') => app.overlay = None,
            _ => {}
        }
        let rows = help_lines(app).len();
        if let Some(Overlay::Help { top }) = &mut app.overlay {
            *top = (*top).min(rows.saturating_sub(help_height(app.size.height)));
        }
        return Vec::new();
    }
    let is_crisis = matches!(overlay, Overlay::Crisis { .. });
    let Some((choices, chosen)) = overlay.choices() else {
        if matches!(action, Action::Back | Action::Accept) {
            app.overlay = None;
        }
        return Vec::new();
    };
    match action {
        Action::Up | Action::Left | Action::Previous | Action::Type('k') => {
            *chosen = chosen.checked_sub(1).unwrap_or(choices.len() - 1);
        }
        Action::Down | Action::Right | Action::Next | Action::Type('j') => {
            *chosen = (*chosen + 1) % choices.len();
        }
        Action::Back if !is_crisis => app.overlay = None,
        Action::Accept => {
            let choice = choices[*chosen].0;
            app.overlay = None;
            return perform(app, choice);
        }
        _ => {}
    }
    Vec::new()
}

fn perform(app: &mut App, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Stay => Vec::new(),
        Choice::Resume => vec![Effect::ResumePaused],
        Choice::Leave => vec![Effect::Leave],
        Choice::Park => {
            app.chat = None;
            app.screen = Screen::Library;
            vec![Effect::Park, Effect::FindUnfinished]
        }
        Choice::ParkAndQuit => vec![Effect::Park, Effect::Quit],
        Choice::Quit => vec![Effect::Quit],
    }
}

/// Shows help in a crisis whenever the mission is paused, and only then.
pub(crate) fn follow_phase(app: &mut App) {
    let paused = matches!(app.screen, Screen::Chat)
        && app.chat.as_ref().is_some_and(|chat| chat.mission.state().phase == Phase::Paused);
    let shown = matches!(app.overlay, Some(Overlay::Crisis { .. }));
    if paused && !shown && !matches!(app.overlay, Some(Overlay::Leave { to_quit: true, .. })) {
        app.overlay = Some(Overlay::Crisis { chosen: 0 });
    } else if shown && !paused {
        app.overlay = None;
    }
}

/// Draws what lies above the screen.
pub(crate) fn view(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(overlay) = &app.overlay else { return };
    let theme = app.theme;
    let most = area.width.saturating_sub(4);
    let cells = most.min(64);
    let room = usize::from(cells);
    let text = theme.style(Role::Text);
    match overlay {
        Overlay::Help { top } => {
            let lines = help_lines(app);
            let height = help_height(area.height);
            let shown = lines.into_iter().skip(*top).take(height).collect();
            panel::draw(frame, area, "Keys", most.min(72), shown, Vec::new(), app);
        }
        Overlay::Leave { chosen, to_quit } => {
            let words = if *to_quit {
                "The mission is not over. What you have said is saved. Press Ctrl+C again to keep \
                 it for later and quit."
            } else {
                "The mission is not over. What you have said is saved."
            };
            let lines = panel::paragraph(words, room, "", text);
            let choices = choice_lines(app, LEAVE, *chosen, room);
            panel::draw(frame, area, "Leave the mission?", cells, lines, choices, app);
        }
        Overlay::Quit { chosen } => {
            let words = "Press Ctrl+C again to quit.";
            let lines = panel::paragraph(words, room.min(40), "", text);
            let choices = choice_lines(app, QUIT, *chosen, room.min(40));
            panel::draw(frame, area, "Quit spar?", cells.min(40), lines, choices, app);
        }
        Overlay::Crisis { chosen } => {
            let help = crisis_help();
            let mut lines = panel::paragraph(help.message, room, "", text);
            let mut contacts = Vec::new();
            for contact in help.contacts {
                contacts.extend(panel::paragraph(contact, room, "", theme.style(Role::Title)));
            }
            // Where not all of it fits, the contacts are what must be seen.
            if lines.len() + contacts.len() + CRISIS.len() + 4 > usize::from(area.height) {
                lines = contacts;
            } else {
                lines.push(Line::default());
                lines.extend(contacts);
            }
            let choices = choice_lines(app, CRISIS, *chosen, room);
            panel::draw(frame, area, "The mission is paused", cells, lines, choices, app);
        }
        Overlay::Trouble(words) => {
            let lines = panel::paragraph(words, room, "", text);
            let way_out = vec![Line::styled("Esc goes back.", theme.style(Role::Muted))];
            panel::draw(frame, area, "That did not work", cells, lines, way_out, app);
        }
    }
}

fn choice_lines(
    app: &App,
    choices: &[(Choice, &'static str)],
    chosen: usize,
    cells: usize,
) -> Vec<Line<'static>> {
    choices
        .iter()
        .enumerate()
        .map(|(at, (_, words))| {
            let words = fit(words, cells.saturating_sub(2)).into_owned();
            if at == chosen {
                let words = format!("{} {words}", app.glyphs.pointer());
                let rest = " ".repeat(cells.saturating_sub(width(&words)));
                Line::from(Span::styled(format!("{words}{rest}"), app.theme.chosen()))
            } else {
                Line::from(Span::styled(format!("  {words}"), app.theme.style(Role::Text)))
            }
        })
        .collect()
}

fn help_height(rows: u16) -> usize {
    usize::from(rows.saturating_sub(3)).max(1)
}

fn help_lines(app: &App) -> Vec<Line<'static>> {
    let cells = usize::from(app.size.width.saturating_sub(4).min(72));
    let column = 21.min(cells / 2);
    let mut lines = Vec::new();
    for (section, hints) in keymap::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(*section, app.theme.style(Role::Title)));
        for hint in *hints {
            let keys = fit(hint.keys, column);
            let pad = " ".repeat(column - width(&keys));
            let words = fit(hint.does, cells.saturating_sub(column + 2));
            lines.push(Line::from(vec![
                Span::styled(format!("{keys}{pad}  "), app.theme.style(Role::Accent)),
                Span::styled(words.into_owned(), app.theme.style(Role::Text)),
            ]));
        }
    }
    lines
}
