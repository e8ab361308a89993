//! The mission list: what one can play, by walk of life, and what one can take up again.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use spar_core::rules::Difficulty;
use spar_core::scenario::{Category, Scenario};

use super::briefing::Briefing;
use super::overlay::Overlay;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Action};
use crate::tui::message::Unfinished;
use crate::tui::text::{fit, width, wrap};
use crate::tui::theme::Role;
use crate::tui::widgets::{footer, panel};

/// How many unfinished missions are offered; the store keeps the others.
const OFFERED: usize = 3;

/// The missions and the one that is chosen.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// Sorted by category, difficulty and title.
    scenarios: Vec<Arc<Scenario>>,
    unfinished: Vec<Unfinished>,
    /// Files that cannot be played, each with its first problem.
    broken: Vec<String>,
    /// Position among unfinished missions and scenarios, in that order.
    chosen: usize,
    loaded: bool,
}

/// An entry that can be chosen.
enum Entry<'a> {
    Unfinished(&'a Unfinished),
    Scenario(&'a Arc<Scenario>),
}

impl Library {
    /// Takes the missions over.
    pub(crate) fn fill(
        &mut self,
        mut scenarios: Vec<Arc<Scenario>>,
        unfinished: Vec<Unfinished>,
        broken: Vec<String>,
    ) {
        scenarios.sort_by(|one, other| {
            (one.category, one.difficulty, &one.title).cmp(&(
                other.category,
                other.difficulty,
                &other.title,
            ))
        });
        self.scenarios = scenarios;
        self.loaded = true;
        self.broken = broken;
        self.set_unfinished(unfinished);
    }

    /// Takes the unfinished missions over; what was chosen stays chosen.
    pub(crate) fn set_unfinished(&mut self, mut unfinished: Vec<Unfinished>) {
        unfinished.truncate(OFFERED);
        let scenario = self.chosen.checked_sub(self.unfinished.len());
        let had_none = self.unfinished.is_empty();
        self.chosen = match scenario {
            // What can be taken up again is what one most likely came for.
            Some(0) | None if had_none || scenario.is_none() => 0,
            Some(at) => at + unfinished.len(),
            None => 0,
        };
        self.unfinished = unfinished;
        self.chosen = self.chosen.min(self.len().saturating_sub(1));
    }

    fn len(&self) -> usize {
        self.unfinished.len() + self.scenarios.len()
    }

    fn entry(&self, at: usize) -> Option<Entry<'_>> {
        match at.checked_sub(self.unfinished.len()) {
            None => self.unfinished.get(at).map(Entry::Unfinished),
            Some(at) => self.scenarios.get(at).map(Entry::Scenario),
        }
    }

    /// The first entry of each section.
    fn sections(&self) -> Vec<usize> {
        let mut starts = Vec::new();
        if !self.unfinished.is_empty() {
            starts.push(0);
        }
        let mut latest = None;
        for (at, scenario) in self.scenarios.iter().enumerate() {
            if latest != Some(scenario.category) {
                latest = Some(scenario.category);
                starts.push(at + self.unfinished.len());
            }
        }
        starts
    }

    fn go_section(&mut self, on: bool) {
        let starts = self.sections();
        let target = if on {
            starts.iter().find(|start| **start > self.chosen).or(starts.first())
        } else {
            starts.iter().rev().find(|start| **start < self.chosen).or(starts.last())
        };
        self.chosen = target.copied().unwrap_or(0);
    }
}

/// An action on the mission list.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let library = &mut app.missions;
    let last = library.len().saturating_sub(1);
    match action {
        Action::Up | Action::Type('k') => library.chosen = library.chosen.saturating_sub(1),
        Action::Down | Action::Type('j') => library.chosen = (library.chosen + 1).min(last),
        Action::PageUp => library.chosen = library.chosen.saturating_sub(8),
        Action::PageDown => library.chosen = (library.chosen + 8).min(last),
        Action::Home | Action::Top => library.chosen = 0,
        Action::End | Action::Bottom => library.chosen = last,
        Action::Next | Action::Right => library.go_section(true),
        Action::Previous | Action::Left => library.go_section(false),
        Action::Type('q') => return vec![Effect::Quit],
        Action::Back => app.overlay = Some(Overlay::quit(false)),
        Action::Accept => return open(app),
        _ => {}
    }
    Vec::new()
}

fn open(app: &mut App) -> Vec<Effect> {
    let (screen, effects) = match app.missions.entry(app.missions.chosen) {
        Some(Entry::Unfinished(unfinished)) => {
            (Screen::Opening, vec![Effect::Resume(unfinished.id)])
        }
        Some(Entry::Scenario(scenario)) => {
            (Screen::Briefing(Box::new(Briefing::new(scenario.clone()))), Vec::new())
        }
        None => return Vec::new(),
    };
    app.screen = screen;
    effects
}

/// Draws the mission list.
pub(crate) fn view(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let buffer = frame.buffer_mut();
    let [header, body, foot] = panel::page(area);
    panel::heading(app, "spar", "rehearse a hard conversation", header, buffer);
    let hints = app.overlay.as_ref().map_or(keymap::LIBRARY, Overlay::hints);
    footer::draw(hints, foot, buffer, app.theme);
    if app.missions.len() == 0 {
        let words =
            if app.missions.loaded { "No missions found." } else { "Looking for missions\u{2026}" };
        let room = usize::from(body.width);
        buffer.set_stringn(body.x, body.y, words, room, app.theme.style(Role::Muted));
        return;
    }
    let (list, detail) = if area.width >= 84 {
        let list = Rect { width: (body.width / 2).min(60), ..body };
        let x = list.right() + 3;
        (list, Rect { x, width: body.right() - x, ..body })
    } else {
        let rows = (body.height / 3).clamp(3, 8).min(body.height);
        let list = Rect { height: body.height.saturating_sub(rows + 1), ..body };
        (list, Rect { y: body.bottom() - rows, height: rows, ..body })
    };
    draw_list(app, list, buffer);
    if detail.y > list.bottom() {
        panel::rule(app, Rect { y: detail.y - 1, height: 1, ..body }, buffer);
    }
    draw_detail(app, detail, buffer);
}

/// The list's rows: headings, entries, and the row of the chosen entry.
fn draw_list(app: &App, area: Rect, buffer: &mut Buffer) {
    let library = &app.missions;
    let cells = usize::from(area.width);
    let starts = library.sections();
    let mut rows = Vec::new();
    let mut chosen_row = 0;
    for at in 0..app.missions.len() {
        if starts.contains(&at) {
            if !rows.is_empty() && app.size.height >= 18 {
                rows.push(Line::default());
            }
            let title = match library.entry(at) {
                Some(Entry::Scenario(scenario)) => category_in_words(scenario.category),
                _ => "Take up again",
            };
            rows.push(Line::styled(title, app.theme.style(Role::Title)));
        }
        if at == library.chosen {
            chosen_row = rows.len();
        }
        rows.push(entry_row(app, at, cells));
    }
    if !library.broken.is_empty() {
        rows.push(Line::default());
        let heading = "Cannot be played (`spar scenario check` says more)";
        rows.push(Line::styled(fit(heading, cells).into_owned(), app.theme.style(Role::Warning)));
        for broken in &library.broken {
            let words = format!("  {}", fit(broken, cells.saturating_sub(2)));
            rows.push(Line::styled(words, app.theme.style(Role::Muted)));
        }
    }
    let height = usize::from(area.height);
    // The chosen entry stays in the middle, so that what comes next is in sight.
    let top = chosen_row.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    for (at, line) in rows.into_iter().skip(top).take(height).enumerate() {
        line.render(Rect::new(area.x, area.y + at as u16, area.width, 1), buffer);
    }
}

fn entry_row(app: &App, at: usize, cells: usize) -> Line<'static> {
    let (theme, glyphs) = (app.theme, app.glyphs);
    let (title, right) = match app.missions.entry(at) {
        Some(Entry::Scenario(scenario)) => {
            (scenario.title.clone(), scenario.difficulty.name().to_owned())
        }
        Some(Entry::Unfinished(unfinished)) => {
            (unfinished.title.clone(), format!("turn {}", unfinished.turns))
        }
        None => return Line::default(),
    };
    let right = if cells >= 30 { right } else { String::new() };
    let title = fit(&title, cells.saturating_sub(width(&right) + 4)).into_owned();
    let pad = " ".repeat(cells.saturating_sub(width(&title) + width(&right) + 3));
    if at == app.missions.chosen {
        let words = format!("{} {title}{pad}{right} ", glyphs.pointer());
        return Line::styled(words, theme.chosen());
    }
    Line::from(vec![
        Span::raw("  "),
        Span::styled(title, theme.style(Role::Text)),
        Span::raw(pad),
        Span::styled(right, theme.style(Role::Muted)),
    ])
}

fn draw_detail(app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = app.theme;
    let cells = usize::from(area.width.min(72));
    let text = theme.style(Role::Text);
    let mut lines = Vec::new();
    match app.missions.entry(app.missions.chosen) {
        Some(Entry::Scenario(scenario)) => {
            let roomy = area.height > 8;
            if roomy {
                lines.extend(panel::paragraph(
                    &scenario.title,
                    cells,
                    "",
                    theme.style(Role::Title),
                ));
                lines.push(Line::default());
            }
            lines.extend(panel::paragraph(&scenario.summary, cells, "", text));
            if roomy {
                lines.push(Line::default());
            }
            lines.extend(facts(app, scenario, cells));
        }
        Some(Entry::Unfinished(unfinished)) => {
            lines.extend(panel::paragraph(&unfinished.title, cells, "", theme.style(Role::Title)));
            if area.height > 8 {
                lines.push(Line::default());
            }
            let turns = super::chat::lines_in_words(unfinished.turns);
            let words = format!(
                "You were in the middle of this: {turns} spoken, all of them saved. Enter goes on \
                 where you stopped."
            );
            lines.extend(panel::paragraph(&words, cells, "", text));
        }
        None => {}
    }
    for (at, line) in lines.into_iter().enumerate().take(usize::from(area.height)) {
        line.render(Rect::new(area.x, area.y + at as u16, area.width, 1), buffer);
    }
}

fn facts(app: &App, scenario: &Scenario, cells: usize) -> Vec<Line<'static>> {
    let muted = app.theme.style(Role::Muted);
    let text = app.theme.style(Role::Text);
    let mut rows = Vec::new();
    let mut row = |label: &str, words: &str| {
        let mut label = format!("{label:<8}");
        for range in wrap(words, cells.saturating_sub(8).max(1)) {
            let words = words[range].trim_end().to_owned();
            let label = std::mem::replace(&mut label, " ".repeat(8));
            rows.push(Line::from(vec![Span::styled(label, muted), Span::styled(words, text)]));
        }
    };
    let persona = format!("{}, {}", scenario.persona.name, scenario.persona.role);
    let level = scenario.difficulty;
    row("with", &persona);
    row("level", &format!("{}: {}", level.name(), level_in_words(level)));
    row("turns", &format!("at most {}", scenario.policy.max_turns));
    rows
}

/// What a level means for the person who plays.
pub(crate) fn level_in_words(level: Difficulty) -> &'static str {
    match level {
        Difficulty::Easy => "willing to be won over",
        Difficulty::Medium => "fair",
        Difficulty::Hard => "slow to forgive",
        Difficulty::Elite => "nothing slips by",
    }
}

/// A walk of life as a heading.
pub(crate) fn category_in_words(category: Category) -> &'static str {
    match category {
        Category::Work => "Work",
        Category::Service => "Service",
        Category::Health => "Health",
        Category::Social => "Friends and family",
        Category::Negotiation => "Negotiation",
    }
}
