//! How it went: the ending in words, the score, the gates, and every line with its reason.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use spar_core::mission::{Mission, SpokenTurn};
use spar_core::rules::{Outcome, Tier};

use super::chat::{Chat, entries, lines_in_words};
use super::overlay::Overlay;
use super::report_page::ReportPage;
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
    pub(crate) top: usize,
    /// Position in [`CHOICES`].
    chosen: usize,
}

#[derive(Debug, Clone, Copy)]
enum Choice {
    PlayAgain,
    List,
    Quit,
}

/// Each with its words, and those for where there is little room.
const CHOICES: [(Choice, [&str; 2]); 3] = [
    (Choice::PlayAgain, ["Play again", "Again"]),
    (Choice::List, ["Back to the list", "List"]),
    (Choice::Quit, ["Quit", "Quit"]),
];

/// With fewer rows than this for everything, a line about the report gets no space above it.
const ROOMY: u16 = 14;

/// The columns a report has on a screen of this size.
pub(crate) fn columns(area: Rect) -> usize {
    usize::from(areas(area, false)[1].width).min(LONGEST_ROW)
}

/// An action on the summary.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if let Some(page) = app.chat.as_mut().and_then(|chat| chat.report.as_mut()) {
        page.forget_remark();
    }
    let has_status = app.chat.as_ref().is_some_and(|chat| status(chat).is_some());
    let body = areas(Rect::from((Position::ORIGIN, app.size)), has_status)[1];
    let rows = app.chat.as_ref().map_or(0, |chat| rows(app, chat, body.width.into()));
    let last = rows.saturating_sub(usize::from(body.height));
    let page = usize::from(body.height).saturating_sub(2).max(1);
    if action == Action::Type('s') {
        return save(app);
    }
    let Screen::Summary(summary) = &mut app.screen else { return Vec::new() };
    let page_of = app.chat.as_ref().and_then(|chat| chat.report.as_ref());
    // The page may have become shorter since: what is shown is what one moves from.
    summary.top = summary.top.min(last);
    match action {
        Action::Type('n') => {
            let next = page_of.and_then(|page| page.next_heading(summary.top));
            summary.top = next.unwrap_or(last).min(last);
        }
        Action::Type('N' | 'p') => {
            let before = page_of.and_then(|page| page.heading_before(summary.top));
            summary.top = before.unwrap_or(0);
        }
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

/// Has the report kept, as it is on the screen.
fn save(app: &App) -> Vec<Effect> {
    let page = app.chat.as_ref().and_then(|chat| chat.report.as_ref());
    page.map(|page| Effect::SaveReport(Box::new(page.report().clone()))).into_iter().collect()
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

/// Heading, body, a line about the report if there is one, choices, footer.
fn areas(area: Rect, has_status: bool) -> [Rect; 5] {
    let [header, body, foot] = panel::page(area);
    let space = u16::from(!has_status || body.height >= ROOMY);
    let status_rows = u16::from(has_status);
    let rows = body.height.min(space + status_rows + 1);
    let choices = Rect { y: body.bottom() - rows.min(1), height: rows.min(1), ..body };
    let status_rows = status_rows.min(rows - choices.height);
    let status = Rect { y: choices.y - status_rows, height: status_rows, ..body };
    let body = Rect { height: body.height - rows, ..body };
    [header, body, status, choices, foot]
}

/// The line about the report.
fn status(chat: &Chat) -> Option<String> {
    chat.report.as_ref().and_then(ReportPage::status)
}

/// Draws the summary.
pub(crate) fn view(app: &App, summary: &Summary, chat: &Chat, frame: &mut Frame<'_>, area: Rect) {
    let words = status(chat);
    let [header, body, status, choices, foot] = areas(area, words.is_some());
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
    if let Some(words) = words {
        let words = fit(&words, usize::from(status.width)).into_owned();
        Line::styled(words, app.theme.style(Role::Muted)).render(status, buffer);
    }
    draw_choices(app, summary, below, choices, buffer);
    let keys = if chat.report.is_some() { keymap::SUMMARY } else { keymap::BARE_SUMMARY };
    let hints = app.overlay.as_ref().map_or(keys, Overlay::hints);
    footer::draw(hints, foot, buffer, app.theme);
}

/// What one can do next, and how much there is to scroll to.
fn draw_choices(app: &App, summary: &Summary, below: usize, area: Rect, buffer: &mut Buffer) {
    let more =
        if below > 0 { format!("{} {below} more", app.glyphs.down()) } else { String::new() };
    let row = |size: usize| {
        let mut spans = Vec::new();
        for (at, (_, words)) in CHOICES.iter().enumerate() {
            let (style, sign) = if at == summary.chosen {
                (app.theme.chosen(), app.glyphs.pointer())
            } else {
                (app.theme.style(Role::Text), " ")
            };
            spans.push(Span::styled(format!("{sign} {} ", words[size]), style));
            spans.push(Span::raw(" "));
        }
        Line::from(spans)
    };
    let (long, cells) = (row(0), usize::from(area.width));
    let choices = if long.width() + width(&more) <= cells { long } else { row(1) };
    let has_room = choices.width() + width(&more) <= cells;
    choices.render(area, buffer);
    if has_room {
        // A style of the line would colour the whole row.
        let more = Span::styled(more, app.theme.style(Role::Muted));
        Line::from(more).right_aligned().render(area, buffer);
    }
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
    chat.report.as_ref().map_or_else(|| lines(app, chat, cells).len(), ReportPage::rows)
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
