//! A briefing: who one is about to talk to, what for, and within which limits.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use spar_core::scenario::Scenario;

use super::library::{category_in_words, level_in_words};
use super::overlay::Overlay;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Action};
use crate::tui::theme::Role;
use crate::tui::widgets::{footer, panel};

/// Lines longer than this are hard to read.
const LONGEST_ROW: usize = 84;

/// The briefing of a scenario.
#[derive(Debug)]
pub(crate) struct Briefing {
    scenario: Arc<Scenario>,
    /// The first row shown.
    top: usize,
}

impl Briefing {
    pub(crate) fn new(scenario: Arc<Scenario>) -> Self {
        Self { scenario, top: 0 }
    }
}

/// An action on the briefing.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let [_, body, _] = panel::page(Rect::from((ratatui::layout::Position::ORIGIN, app.size)));
    let Screen::Briefing(briefing) = &app.screen else { return Vec::new() };
    let rows = lines(app, &briefing.scenario, usize::from(body.width)).len();
    let last = rows.saturating_sub(usize::from(body.height));
    let Screen::Briefing(briefing) = &mut app.screen else { return Vec::new() };
    let page = usize::from(body.height).saturating_sub(2).max(1);
    match action {
        Action::Accept => {
            let scenario = briefing.scenario.clone();
            app.screen = Screen::Opening;
            return vec![Effect::Start(scenario)];
        }
        Action::Back => app.screen = Screen::Library,
        Action::Up | Action::Type('k') => briefing.top = briefing.top.saturating_sub(1),
        Action::Down | Action::Type('j') => briefing.top = (briefing.top + 1).min(last),
        Action::PageUp => briefing.top = briefing.top.saturating_sub(page),
        Action::PageDown => briefing.top = (briefing.top + page).min(last),
        Action::Home | Action::Top => briefing.top = 0,
        Action::End | Action::Bottom => briefing.top = last,
        _ => {}
    }
    Vec::new()
}

/// Draws the briefing.
pub(crate) fn view(app: &App, briefing: &Briefing, frame: &mut Frame<'_>, area: Rect) {
    let [header, body, foot] = panel::page(area);
    let buffer = frame.buffer_mut();
    let scenario = &briefing.scenario;
    let beside =
        format!("{}, {}", category_in_words(scenario.category), scenario.difficulty.name());
    panel::heading(app, &scenario.title, &beside, header, buffer);
    let lines = lines(app, scenario, usize::from(body.width));
    let height = usize::from(body.height);
    let top = briefing.top.min(lines.len().saturating_sub(height));
    let below = lines.len().saturating_sub(top + height);
    for (at, line) in lines.into_iter().skip(top).take(height).enumerate() {
        line.render(Rect::new(body.x, body.y + at as u16, body.width, 1), buffer);
    }
    if below > 0 {
        let words = format!("{} more", app.glyphs.down());
        let row = Rect { y: foot.y.saturating_sub(1), height: 1, ..body };
        Line::styled(words, app.theme.style(Role::Muted)).right_aligned().render(row, buffer);
    }
    let hints = app.overlay.as_ref().map_or(keymap::BRIEFING, Overlay::hints);
    footer::draw(hints, foot, buffer, app.theme);
}

fn lines(app: &App, scenario: &Scenario, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let cells = cells.min(LONGEST_ROW);
    let text = theme.style(Role::Text);
    let muted = theme.style(Role::Muted);
    let mut lines = vec![Line::from(vec![
        Span::styled(scenario.persona.name.clone(), theme.style(Role::Persona)),
        Span::raw(" "),
        Span::styled(
            format!(
                " {} {}",
                app.glyphs.face(scenario.persona.start.region()),
                scenario.persona.start.region().name()
            ),
            theme.mood(scenario.persona.start.region()),
        ),
    ])];
    lines.extend(panel::paragraph(&scenario.persona.role, cells, "", muted));
    if !scenario.persona.backstory.is_empty() {
        lines.push(Line::default());
        lines.extend(panel::paragraph(&scenario.persona.backstory, cells, "", text));
    }
    let heading = |words: &'static str| Line::styled(words, theme.style(Role::Title));
    lines.extend([Line::default(), heading("What you want from this")]);
    lines.extend(panel::paragraph(&scenario.objective.title, cells, "", text));
    if !scenario.objective.description.is_empty() {
        lines.extend(panel::paragraph(&scenario.objective.description, cells, "", muted));
    }
    if !scenario.gates.is_empty() {
        lines.extend([Line::default(), heading("What has to happen")]);
        for gate in &scenario.gates {
            let mut words = gate.title.clone();
            if let Some(by) = gate.required_by {
                words.push_str(&format!(" (by turn {by})"));
            } else if !gate.required {
                words.push_str(" (extra)");
            }
            let mut rows = panel::paragraph(&words, cells.saturating_sub(2), "  ", text);
            if let Some(sign) = rows.first_mut().and_then(|row| row.spans.first_mut()) {
                *sign = Span::styled(format!("{} ", app.glyphs.open()), muted);
            }
            lines.extend(rows);
        }
    }
    lines.extend([Line::default(), heading("Limits")]);
    for words in limits(scenario) {
        lines.extend(panel::paragraph(&words, cells, "", text));
    }
    lines
}

/// The rules of the mission, a sentence each.
pub(crate) fn limits(scenario: &Scenario) -> Vec<String> {
    let policy = &scenario.policy;
    let level = scenario.difficulty;
    let mut limits = vec![
        format!("At most {} turns, at least {}.", policy.max_turns, policy.min_turns),
        format!("Level {}: {}.", level.name(), level_in_words(level)),
    ];
    match policy.strikes {
        0 => {}
        1 => limits.push("One strike ends it.".to_owned()),
        strikes => limits.push(format!("{strikes} strikes end it.")),
    }
    if let Some(seconds) = policy.seconds_per_turn {
        let more = policy
            .seconds_extension
            .map(|more| format!(", and {more} more once"))
            .unwrap_or_default();
        limits.push(format!("{seconds} seconds for each answer{more}."));
    }
    if let Some(seconds) = policy.mission_seconds {
        limits.push(format!("{} minutes in all.", seconds.div_ceil(60)));
    }
    if let Some(words) = scenario.reader.word_limit {
        limits.push(format!("More than {words} words in one go count as too many."));
    }
    limits
}
