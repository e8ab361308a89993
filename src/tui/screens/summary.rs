//! How it went: the ending in words, the score, the gates, and every line with its reason.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use spar_core::mission::{Mission, SpokenTurn};
use spar_core::report::{self, Ink, Report, TextLine, text};
use spar_core::rules::{Outcome, Tier};

use super::chat::{Chat, entries, lines_in_words};
use super::overlay::Overlay;
use crate::tui::app::{App, Screen};
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Action};
use crate::tui::text::{fit, width, wrap};
use crate::tui::theme::Role;
use crate::tui::widgets::{footer, panel};

/// Lines longer than this are hard to read.
const LONGEST_ROW: usize = 92;

/// Where one is in the summary.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// The first row shown.
    top: usize,
    /// Position in [`CHOICES`].
    chosen: usize,
}

#[derive(Debug, Clone, Copy)]
enum Choice {
    PlayAgain,
    List,
    Quit,
}

const CHOICES: [(Choice, &str); 3] =
    [(Choice::PlayAgain, "Play again"), (Choice::List, "Back to the list"), (Choice::Quit, "Quit")];

/// A report laid out for the screen it is on.
#[derive(Debug)]
pub(crate) struct ReportPage {
    report: Box<Report>,
    /// What `lines` are laid out for; 0 before the first time.
    columns: usize,
    lines: Vec<TextLine>,
}

impl ReportPage {
    pub(crate) fn new(report: Box<Report>) -> Self {
        Self { report, columns: 0, lines: Vec::new() }
    }

    /// Lays it out anew when the width is another.
    pub(crate) fn reflow(&mut self, columns: usize) {
        if self.columns != columns {
            self.columns = columns;
            self.lines = text(&self.report, columns);
        }
    }

    fn lines(&self, app: &App, from: usize, count: usize) -> Vec<Line<'static>> {
        let shown = self.lines.iter().skip(from).take(count);
        shown.map(|line| Line::from_iter(line.spans.iter().map(|span| inked(app, span)))).collect()
    }
}

fn inked(app: &App, span: &report::Span<'static>) -> Span<'static> {
    let role = match span.ink {
        Ink::Plain | Ink::Strong => Role::Text,
        Ink::Heading => Role::Title,
        Ink::Muted => Role::Muted,
        Ink::Good => Role::Good,
        Ink::Bad => Role::Bad,
        Ink::Accent => Role::Accent,
    };
    let style = app.theme.style(role);
    let style = if span.ink == Ink::Strong { style.add_modifier(Modifier::BOLD) } else { style };
    Span::styled(span.text.clone(), style)
}

/// The columns a report has on a screen of this size.
pub(crate) fn columns(area: Rect) -> usize {
    usize::from(areas(area)[1].width).min(LONGEST_ROW)
}

/// An action on the summary.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let body = areas(Rect::from((Position::ORIGIN, app.size)))[1];
    let rows = app.chat.as_ref().map_or(0, |chat| rows(app, chat, body.width.into()));
    let last = rows.saturating_sub(usize::from(body.height));
    let page = usize::from(body.height).saturating_sub(2).max(1);
    let Screen::Summary(summary) = &mut app.screen else { return Vec::new() };
    match action {
        Action::Up | Action::Type('k') => summary.top = summary.top.saturating_sub(1),
        Action::Down | Action::Type('j') => summary.top = (summary.top + 1).min(last),
        Action::PageUp => summary.top = summary.top.saturating_sub(page),
        Action::PageDown => summary.top = (summary.top + page).min(last),
        Action::Home | Action::Top => summary.top = 0,
        Action::End | Action::Bottom => summary.top = last,
        Action::Left | Action::Previous => {
            summary.chosen = (summary.chosen + CHOICES.len() - 1) % CHOICES.len();
        }
        Action::Right | Action::Next => summary.chosen = (summary.chosen + 1) % CHOICES.len(),
        Action::Back => return perform(app, Choice::List),
        Action::Type('q') => return perform(app, Choice::Quit),
        Action::Accept => {
            let choice = CHOICES[summary.chosen.min(CHOICES.len() - 1)].0;
            return perform(app, choice);
        }
        _ => {}
    }
    Vec::new()
}

fn perform(app: &mut App, choice: Choice) -> Vec<Effect> {
    let scenario = app.chat.take().map(|chat| chat.mission.scenario().clone());
    match (choice, scenario) {
        (Choice::PlayAgain, Some(scenario)) => {
            app.screen = Screen::Opening;
            vec![Effect::Start(scenario)]
        }
        (Choice::Quit, _) => vec![Effect::Quit],
        _ => {
            app.screen = Screen::Library;
            vec![Effect::FindUnfinished]
        }
    }
}

/// Heading, body, choices, footer.
fn areas(area: Rect) -> [Rect; 4] {
    let [header, body, foot] = panel::page(area);
    let rows = body.height.min(2);
    let choices = Rect { y: body.bottom() - rows.min(1), height: rows.min(1), ..body };
    let body = Rect { height: body.height - rows, ..body };
    [header, body, choices, foot]
}

/// Draws the summary.
pub(crate) fn view(app: &App, summary: &Summary, chat: &Chat, frame: &mut Frame<'_>, area: Rect) {
    let [header, body, choices, foot] = areas(area);
    let buffer = frame.buffer_mut();
    panel::heading(app, "How it went", &chat.mission.scenario().title, header, buffer);
    let rows = rows(app, chat, usize::from(body.width));
    let height = usize::from(body.height);
    let top = summary.top.min(rows.saturating_sub(height));
    let below = rows.saturating_sub(top + height);
    let shown = match &chat.report {
        Some(page) => page.lines(app, top, height),
        None => {
            lines(app, chat, usize::from(body.width)).into_iter().skip(top).take(height).collect()
        }
    };
    for (at, line) in shown.into_iter().enumerate() {
        line.render(Rect::new(body.x, body.y + at as u16, body.width, 1), buffer);
    }
    let mut spans = Vec::new();
    for (at, (_, words)) in CHOICES.iter().enumerate() {
        let style =
            if at == summary.chosen { app.theme.chosen() } else { app.theme.style(Role::Text) };
        let sign = if at == summary.chosen { app.glyphs.pointer() } else { " " };
        spans.push(Span::styled(format!("{sign} {words} "), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans).render(choices, buffer);
    if below > 0 {
        let words = format!("{} {below} more", app.glyphs.down());
        Line::styled(words, app.theme.style(Role::Muted)).right_aligned().render(choices, buffer);
    }
    let hints = app.overlay.as_ref().map_or(keymap::SUMMARY, Overlay::hints);
    footer::draw(hints, foot, buffer, app.theme);
}

/// The outcome in two words.
pub(crate) fn outcome_in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "Mission won",
        Outcome::Failure => "Mission lost",
        Outcome::Aborted => "Mission left",
    }
}

/// How many rows there are to scroll through.
fn rows(app: &App, chat: &Chat, cells: usize) -> usize {
    chat.report.as_ref().map_or_else(|| lines(app, chat, cells).len(), |page| page.lines.len())
}

/// What the events alone say, before the report is there.
fn lines(app: &App, chat: &Chat, cells: usize) -> Vec<Line<'static>> {
    let cells = cells.min(LONGEST_ROW);
    let mission = &chat.mission;
    let mut lines = outcome_lines(app, mission, cells);
    let gates = gate_lines(app, mission, cells);
    if !gates.is_empty() {
        lines.push(Line::default());
        lines.extend(gates);
    }
    if mission.turns().is_empty() {
        lines.push(Line::default());
        let words = "Nothing was said.";
        lines.extend(panel::paragraph(words, cells, "", app.theme.style(Role::Muted)));
        return lines;
    }
    lines.push(Line::default());
    lines.push(Line::styled("Your lines", app.theme.style(Role::Title)));
    for spoken in mission.turns() {
        lines.extend(turn_lines(app, spoken, cells));
    }
    lines
}

fn outcome_lines(app: &App, mission: &Mission, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let state = mission.state();
    let mut lines = Vec::new();
    if let Some(ending) = state.ending() {
        let (sign, role) = match ending.outcome() {
            Outcome::Success => (app.glyphs.check(), Role::Good),
            Outcome::Failure => (app.glyphs.strike(), Role::Bad),
            Outcome::Aborted => (app.glyphs.dot(), Role::Muted),
        };
        lines.push(Line::from(vec![
            Span::styled(
                format!("{sign} {}  ", outcome_in_words(ending.outcome())),
                theme.style(role).add_modifier(Modifier::BOLD),
            ),
            Span::styled(ending.in_words(), theme.style(Role::Text)),
        ]));
    }
    lines.push(Line::default());
    if let Some(score) = mission.score() {
        let tier = Tier::of(score);
        let count = state.tally.count;
        lines.push(Line::from(vec![
            Span::styled("Score   ", theme.style(Role::Muted)),
            Span::styled(format!(" {} ", tier.name()), theme.badge(tier)),
            Span::styled(format!(" {score}"), theme.tier(tier)),
            Span::styled(format!("   mean of {}", lines_in_words(count)), theme.style(Role::Muted)),
        ]));
        if state.tally.mean().is_some_and(|mean| mean > score.get() + 0.5) {
            let words = "A mission that was lost scores at most 59.";
            lines.extend(panel::paragraph(words, cells, "        ", theme.style(Role::Muted)));
        }
    } else {
        let words = "No line was scored.";
        lines.push(Line::styled(words, theme.style(Role::Muted)));
    }
    let (mood, vector) = (state.mood, state.vector);
    lines.push(Line::from(vec![
        Span::styled("Mood    ", theme.style(Role::Muted)),
        Span::styled(format!("{} {}", app.glyphs.face(mood), mood.name()), theme.mood(mood)),
        Span::styled(
            format!(
                "   positivity {:.0}, tension {:.0}, comfort {:.0}",
                vector.positivity, vector.tension, vector.comfort
            ),
            theme.style(Role::Muted),
        ),
    ]));
    if mission.may_celebrate() && state.xp + state.coins + state.gems > 0 {
        let gem = if state.gems > 0 { ", a gem" } else { "" };
        let words = format!("{} XP, {} coins{gem}", state.xp, state.coins);
        lines.push(Line::from(vec![
            Span::styled("Earned  ", theme.style(Role::Muted)),
            Span::styled(words, theme.style(Role::Text)),
        ]));
    }
    if state.degraded_turns > 0 {
        let words = format!(
            "In {} the model did not answer and the offline persona stood in.",
            if state.degraded_turns == 1 {
                "one turn".to_owned()
            } else {
                format!("{} turns", state.degraded_turns)
            }
        );
        lines.extend(panel::paragraph(&words, cells, "", theme.style(Role::Warning)));
    }
    lines
}

fn gate_lines(app: &App, mission: &Mission, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let gates = mission.gates();
    if gates.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::styled("Gates", theme.style(Role::Title))];
    for gate in gates {
        let extra = if gate.required { "" } else { " (extra)" };
        let (sign, role, when) = match gate.passed_in {
            Some(turn) => (app.glyphs.check(), Role::Good, format!("turn {turn}")),
            None => (app.glyphs.open(), Role::Muted, "not passed".to_owned()),
        };
        let room = cells.saturating_sub(width(&when) + width(extra) + 6);
        lines.push(Line::from(vec![
            Span::styled(format!("{sign} "), theme.style(role)),
            Span::styled(fit(gate.title, room).into_owned(), theme.style(Role::Text)),
            Span::styled(extra, theme.style(Role::Muted)),
            Span::styled(format!("  {when}"), theme.style(Role::Muted)),
        ]));
    }
    lines
}

/// Cells before what was said: the turn's number, its badge and its score.
const INDENT: usize = 15;

/// A line as it was said, on one row, and under it why it scored as it did.
fn turn_lines(app: &App, spoken: &SpokenTurn, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let number = format!("{:>3}  ", spoken.turn);
    let tier = spoken.reading.as_ref().and_then(|reading| reading.shown_tier());
    let mut head = vec![Span::styled(number, theme.style(Role::Muted))];
    match (tier, &spoken.reading) {
        (Some(tier), Some(reading)) => {
            head.push(Span::styled(format!(" {:<2} ", tier.name()), theme.badge(tier)));
            head.push(Span::styled(format!(" {:>3}  ", reading.score), theme.tier(tier)));
        }
        _ => head.push(Span::styled(" -        ", theme.style(Role::Muted))),
    }
    let words = spoken.user.replace('\n', " ");
    let room = cells.saturating_sub(INDENT);
    head.push(Span::styled(fit(&words, room).into_owned(), theme.style(Role::Text)));
    let mut lines = vec![Line::from(head)];
    let reason = match (&spoken.reading, spoken.cancelled) {
        (Some(reading), _) if tier.is_some() => reading.reason.clone(),
        (Some(reading), _) => entries::score_in_words(reading),
        (None, true) => "you stopped the answer".to_owned(),
        (None, false) => "not scored".to_owned(),
    };
    for row in wrap(&reason, room.max(1)) {
        let words = reason[row].trim_end();
        if !words.is_empty() {
            let words = format!("{}{words}", " ".repeat(INDENT));
            lines.push(Line::styled(words, theme.style(Role::Muted)));
        }
    }
    lines
}
