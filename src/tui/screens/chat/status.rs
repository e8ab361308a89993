//! How the mission stands: in a few rows above the conversation, or in full beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use spar_core::mission::{Mission, TurnReading};

use super::Chat;
use crate::tui::app::App;
use crate::tui::text::{fit, wrap};
use crate::tui::theme::Role;
use crate::tui::widgets::meter;

/// A gauge of the mood: its name, its value, its last move, and whether rising is bad.
type Gauge = (&'static str, f64, f64, bool);

fn gauges(mission: &Mission) -> [Gauge; 3] {
    let state = mission.state();
    let [positivity, tension, comfort] = state.last_move;
    [
        ("positivity", state.vector.positivity, positivity, false),
        ("tension", state.vector.tension, tension, true),
        ("comfort", state.vector.comfort, comfort, false),
    ]
}

/// The reading of the latest line that was read.
fn latest(mission: &Mission) -> Option<&TurnReading> {
    mission.turns().iter().rev().find_map(|spoken| spoken.reading.as_ref())
}

fn gap(line: &mut Vec<Span<'static>>) {
    if !line.is_empty() {
        line.push(Span::raw("   "));
    }
}

/// The mission in one to three rows.
pub(super) fn compact(app: &App, chat: &Chat, area: Rect, buffer: &mut Buffer) {
    let rows = [face_row(app, chat), gauge_row(app, chat, area.width), goal_row(app, chat)];
    for (at, spans) in rows.into_iter().enumerate().take(usize::from(area.height)) {
        let row = Rect::new(area.x + 1, area.y + at as u16, area.width.saturating_sub(1), 1);
        Line::from(spans).render(row.intersection(area), buffer);
    }
}

fn face_row(app: &App, chat: &Chat) -> Vec<Span<'static>> {
    let (theme, glyphs) = (app.theme, app.glyphs);
    let mission = &chat.mission;
    let mood = mission.state().mood;
    let mut spans =
        vec![Span::styled(format!("{} {}", glyphs.face(mood), mood.name()), theme.mood(mood))];
    if let Some(tier) = latest(mission).and_then(TurnReading::shown_tier) {
        let score = latest(mission).map(|reading| reading.score).unwrap_or_default();
        gap(&mut spans);
        spans.push(Span::styled("last ", theme.style(Role::Muted)));
        spans.push(Span::styled(format!(" {} ", tier.name()), theme.badge(tier)));
        spans.push(Span::styled(format!(" {score}"), theme.tier(tier)));
    }
    if let Some(mean) = mission.state().tally.mean() {
        gap(&mut spans);
        spans.push(Span::styled("mean ", theme.style(Role::Muted)));
        spans.push(Span::styled(format!("{mean:.0}"), theme.style(Role::Text)));
    }
    if let Some(words) = answered_by(chat) {
        gap(&mut spans);
        spans.push(Span::styled(words, theme.style(Role::Muted)));
    }
    spans
}

/// Who answers, where that is not the configured model.
fn answered_by(chat: &Chat) -> Option<&'static str> {
    let latest = chat.mission.turns().iter().rev().find_map(|turn| turn.reply.as_ref());
    if latest.is_some_and(|reply| reply.degraded) {
        return Some("model away: offline persona");
    }
    chat.offline.then_some("offline persona")
}

fn gauge_row(app: &App, chat: &Chat, cells: u16) -> Vec<Span<'static>> {
    let (theme, glyphs) = (app.theme, app.glyphs);
    let mut spans = Vec::new();
    for (name, value, moved, rising_is_bad) in gauges(&chat.mission) {
        gap(&mut spans);
        spans.push(Span::styled(format!("{name} "), theme.style(Role::Muted)));
        if cells >= 76 {
            spans.extend(meter::bar(value, 6, meter::role_of(value, rising_is_bad), theme, glyphs));
            spans.push(Span::raw(" "));
        }
        spans.push(Span::styled(format!("{value:.0}"), theme.style(Role::Text)));
        let change = meter::change(moved, glyphs);
        if !change.is_empty() {
            let role = meter::role_of_change(moved, rising_is_bad);
            spans.push(Span::styled(format!(" {change}"), theme.style(role)));
        }
    }
    spans
}

fn goal_row(app: &App, chat: &Chat) -> Vec<Span<'static>> {
    let (theme, glyphs) = (app.theme, app.glyphs);
    let mission = &chat.mission;
    let gates = mission.gates();
    let mut spans = Vec::new();
    if !gates.is_empty() {
        spans.push(Span::styled("gates ", theme.style(Role::Muted)));
        for gate in &gates {
            let (sign, role) = gate_sign(app, gate.passed_in.is_some());
            spans.push(Span::styled(sign, theme.style(role)));
        }
        let passed = gates.iter().filter(|gate| gate.passed_in.is_some()).count();
        let words = format!(" {passed}/{}", gates.len());
        spans.push(Span::styled(words, theme.style(Role::Text)));
    }
    let progress = mission.state().progress;
    gap(&mut spans);
    spans.push(Span::styled("progress ", theme.style(Role::Muted)));
    spans.extend(meter::bar(progress, 6, Role::Accent, theme, glyphs));
    spans.push(Span::styled(format!(" {progress:.0}%"), theme.style(Role::Text)));
    let (strikes, allowed) = strikes(mission);
    if allowed > 0 {
        gap(&mut spans);
        spans.push(Span::styled("strikes ", theme.style(Role::Muted)));
        let role = if strikes > 0 { Role::Bad } else { Role::Text };
        spans.push(Span::styled(format!("{strikes}/{allowed}"), theme.style(role)));
    }
    spans
}

fn gate_sign(app: &App, passed: bool) -> (&'static str, Role) {
    if passed { (app.glyphs.check(), Role::Good) } else { (app.glyphs.open(), Role::Muted) }
}

fn strikes(mission: &Mission) -> (usize, u32) {
    (mission.state().strikes.len(), mission.scenario().policy.strikes)
}

/// The mission in full, in sections with empty rows between them.
pub(super) fn full(app: &App, chat: &Chat, area: Rect, buffer: &mut Buffer) {
    let theme = app.theme;
    for y in area.top()..area.bottom() {
        buffer.set_string(area.x, y, app.glyphs.bar(), theme.style(Role::Rule));
    }
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let cells = usize::from(inner.width);
    let mut lines = Vec::new();
    for section in [
        persona_section(app, chat, cells),
        mood_section(app, chat),
        score_section(app, chat, cells),
        gate_section(app, chat, cells),
        progress_section(app, chat, cells),
    ] {
        if section.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(section);
    }
    for (at, line) in lines.into_iter().enumerate().take(usize::from(inner.height)) {
        line.render(Rect::new(inner.x, inner.y + at as u16, inner.width, 1), buffer);
    }
}

fn persona_section(app: &App, chat: &Chat, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let state = chat.mission.state();
    let persona = &chat.mission.scenario().persona;
    let mood = state.mood;
    let mut lines = vec![
        Line::styled(fit(&persona.name, cells).into_owned(), theme.style(Role::Persona)),
        Line::styled(format!("{}  {}", app.glyphs.face(mood), mood.name()), theme.mood(mood)),
    ];
    if let Some(modifier) = state.modifiers.first() {
        let words = format!("{} {}", app.glyphs.dot(), modifier.kind.in_words());
        lines.push(Line::styled(words, theme.style(Role::Warning)));
    }
    if let Some(words) = answered_by(chat) {
        let words = format!("{} {words}", app.glyphs.dot());
        lines.push(Line::styled(words, theme.style(Role::Muted)));
    }
    lines
}

fn mood_section(app: &App, chat: &Chat) -> Vec<Line<'static>> {
    let (theme, glyphs) = (app.theme, app.glyphs);
    gauges(&chat.mission)
        .into_iter()
        .map(|(name, value, moved, rising_is_bad)| {
            let role = meter::role_of(value, rising_is_bad);
            let mut spans = vec![Span::styled(format!("{name:<11}"), theme.style(Role::Muted))];
            spans.extend(meter::bar(value, 12, role, theme, glyphs));
            spans.push(Span::styled(format!(" {value:>3.0}"), theme.style(Role::Text)));
            let change = meter::change(moved, glyphs);
            let role = meter::role_of_change(moved, rising_is_bad);
            spans.push(Span::styled(format!(" {change}"), theme.style(role)));
            Line::from(spans)
        })
        .collect()
}

fn score_section(app: &App, chat: &Chat, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let state = chat.mission.state();
    let Some(mean) = state.tally.mean() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(reading) = latest(&chat.mission) {
        let label = Span::styled("last line  ", theme.style(Role::Muted));
        match reading.shown_tier() {
            Some(tier) => {
                lines.push(Line::from(vec![
                    label,
                    Span::styled(format!(" {} ", tier.name()), theme.badge(tier)),
                    Span::styled(format!(" {}", reading.score), theme.tier(tier)),
                ]));
                for row in wrap(&reading.reason, cells).into_iter().take(2) {
                    let words = reading.reason[row].trim_end().to_owned();
                    lines.push(Line::styled(words, theme.style(Role::Muted)));
                }
            }
            None => lines.push(Line::from(vec![
                label,
                Span::styled("not scored", theme.style(Role::Muted)),
            ])),
        }
    }
    lines.push(Line::from(vec![
        Span::styled("mean       ", theme.style(Role::Muted)),
        Span::styled(format!("{mean:.0}"), theme.style(Role::Text)),
        Span::styled(
            format!(" of {}", lines_in_words(state.tally.count)),
            theme.style(Role::Muted),
        ),
    ]));
    if chat.mission.may_celebrate() && state.xp > 0 {
        lines.push(Line::from(vec![
            Span::styled("earned     ", theme.style(Role::Muted)),
            Span::styled(
                format!("{} XP, {} coins", state.xp, state.coins),
                theme.style(Role::Text),
            ),
        ]));
    }
    lines
}

/// "1 line", "3 lines".
pub(crate) fn lines_in_words(count: u32) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

fn gate_section(app: &App, chat: &Chat, cells: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let gates = chat.mission.gates();
    if gates.is_empty() {
        return Vec::new();
    }
    let passed = gates.iter().filter(|gate| gate.passed_in.is_some()).count();
    let mut lines = vec![Line::from(vec![
        Span::styled("Gates ", theme.style(Role::Title)),
        Span::styled(format!("{passed} of {}", gates.len()), theme.style(Role::Muted)),
    ])];
    for gate in &gates {
        let (sign, role) = gate_sign(app, gate.passed_in.is_some());
        let extra = if gate.required { "" } else { " (extra)" };
        let text = if gate.passed_in.is_some() { Role::Text } else { Role::Muted };
        let words = format!("{}{extra}", gate.title);
        let mut sign = Span::styled(format!("{sign} "), theme.style(role));
        for row in wrap(&words, cells.saturating_sub(2)).into_iter().take(2) {
            let words = Span::styled(words[row].trim_end().to_owned(), theme.style(text));
            lines.push(Line::from(vec![std::mem::replace(&mut sign, Span::raw("  ")), words]));
        }
    }
    lines
}

fn progress_section(app: &App, chat: &Chat, cells: usize) -> Vec<Line<'static>> {
    let (theme, glyphs) = (app.theme, app.glyphs);
    let progress = chat.mission.state().progress;
    let mut spans = vec![Span::styled("progress   ", theme.style(Role::Muted))];
    spans.extend(meter::bar(progress, cells.min(33) - 21.min(cells), Role::Accent, theme, glyphs));
    spans.push(Span::styled(format!(" {progress:>3.0}%"), theme.style(Role::Text)));
    let mut lines = vec![Line::from(spans)];
    let (strikes, allowed) = strikes(&chat.mission);
    if allowed > 0 {
        let left = (allowed as usize).saturating_sub(strikes);
        lines.push(Line::from(vec![
            Span::styled("strikes    ", theme.style(Role::Muted)),
            Span::styled(glyphs.strike().repeat(strikes.min(9)), theme.style(Role::Bad)),
            Span::styled(glyphs.dot().repeat(left.min(9)), theme.style(Role::Muted)),
            Span::styled(format!(" {strikes} of {allowed}"), theme.style(Role::Text)),
        ]));
    }
    lines
}
