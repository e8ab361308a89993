//! The report for a terminal: lines of spans, wrapped to a width. Whoever shows them decides what an
//! [`Ink`] looks like; without any, they are plain text.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::document::{
    Bar, Block, Card, Course, CoursePoint, Document, GateLine, Head, Ink, Part, Span,
};
use super::outline::document;
use super::{Report, TurnLine, words};
use crate::analysis::turn_impact::KeyLine;
use crate::language::clean;
use crate::rules::Outcome;

/// The width of a terminal nobody has widened.
pub const COLUMNS: usize = 80;
/// Narrower than this nothing can be laid out; lines then run over.
const NARROWEST: usize = 30;
/// Wider than this nobody can read.
const WIDEST: usize = 100;
/// Columns of a bar, and of the name before it.
const BAR: usize = 20;
const NAME: usize = 24;
/// Columns of the name of who speaks.
const SPEAKER: usize = 12;

/// One line of a report in a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextLine {
    /// Its pieces, in order. Nothing in them moves a cursor or changes a colour.
    pub spans: Vec<Span<'static>>,
}

impl fmt::Display for TextLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spans.iter().try_for_each(|span| f.write_str(&span.text))
    }
}

/// The report as lines of at most so many columns (30–100).
#[must_use]
pub fn text(report: &Report, columns: usize) -> Vec<TextLine> {
    let columns = columns.clamp(NARROWEST, WIDEST);
    lines_of(report, Page { columns, is_spoken: false, lines: Vec::new() })
}

/// The report for somebody who hears it read, a new line after each line: nothing is drawn, and signs
/// are words. How the mission ended is left out: whoever was there has just been told.
#[must_use]
pub fn spoken_text(report: &Report) -> String {
    plain_text(&lines_of(report, Page { columns: COLUMNS, is_spoken: true, lines: Vec::new() }))
}

fn lines_of(report: &Report, mut page: Page) -> Vec<TextLine> {
    let Document { head, parts } = document(report);
    page.head(&head);
    parts.iter().for_each(|part| page.part(part));
    page.lines
}

/// The lines as plain text, a new line after each.
#[must_use]
pub fn plain_text(lines: &[TextLine]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

struct Page {
    columns: usize,
    /// It is heard, not seen: no rules, bars, blocks or signs.
    is_spoken: bool,
    lines: Vec<TextLine>,
}

impl Page {
    fn head(&mut self, head: &Head<'_>) {
        self.wrap(0, 0, &[Span::new(Ink::Heading, head.title)]);
        self.wrap(0, 0, &[Span::new(Ink::Muted, head.with.as_str())]);
        self.wrap(0, 0, &[Span::new(Ink::Muted, "aim: "), Span::new(Ink::Plain, head.objective)]);
        self.blank();
        let ink = match head.outcome {
            Some(Outcome::Success) => Ink::Good,
            Some(Outcome::Failure) => Ink::Bad,
            Some(Outcome::Aborted) | None => Ink::Strong,
        };
        if !self.is_spoken {
            let verdict = Span::new(ink, format!("{}.", head.verdict));
            self.wrap(0, 0, &[verdict, Span::new(Ink::Plain, format!(" {}", head.ending))]);
        }
        if let Some(summary) = head.summary {
            self.wrap(0, 0, &[Span::new(Ink::Strong, summary)]);
        }
        let score = head.score.as_ref().map(|score| ("score", score));
        let figures = head.figures.iter().map(|(name, value)| (*name, value));
        let mut flow = Flow::new(self.columns, 0);
        for (at, (name, value)) in score.into_iter().chain(figures).enumerate() {
            if at > 0 {
                flow.put(Ink::Muted, " · ");
            }
            // A name and its value stay together, and so do a number and its unit.
            let (name, value) = (format!("{name} "), clean(value));
            flow.make_room(name.width() + value.width() + 2);
            flow.put(Ink::Muted, &name);
            flow.put(Ink::Strong, &value);
        }
        flow.end();
        self.lines.append(&mut flow.out);
    }

    fn part(&mut self, part: &Part<'_>) {
        self.blank();
        let title = cut(&clean(&part.title), self.columns - 6);
        let rule = self.columns - title.width() - 4;
        let title = Span::new(Ink::Heading, title);
        self.lines.push(if self.is_spoken {
            line([title])
        } else {
            let end = format!(" {}", "─".repeat(rule));
            line([Span::new(Ink::Muted, "── "), title, Span::new(Ink::Muted, end)])
        });
        if let Some(note) = &part.note {
            self.wrap(2, 2, &[Span::new(Ink::Muted, format!("({note})"))]);
        }
        self.blank();
        for (at, block) in part.blocks.iter().enumerate() {
            if at > 0 && !matches!(part.blocks[at - 1], Block::Subheading(_)) {
                self.blank();
            }
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block<'_>) {
        match block {
            Block::Paragraph(spans) => self.wrap(2, 2, spans),
            Block::Subheading(title) => self.wrap(2, 2, &[Span::new(Ink::Strong, *title)]),
            Block::List(items) => items.iter().for_each(|item| self.item(item)),
            Block::Pairs(pairs) => self.pairs(pairs),
            Block::Table { head, rows } => self.table(head, rows),
            Block::Bars(bars) => bars.iter().for_each(|bar| self.bar(bar)),
            Block::Gates(gates) => gates.iter().for_each(|gate| self.gate(gate)),
            Block::Cards(cards) => self.spaced(cards, Self::card),
            Block::Course(course) => self.course(course),
            Block::KeyLines { lines, persona } => {
                self.spaced(lines, |page, line| page.key_line(line, persona));
            }
            Block::Transcript { turns, persona } => {
                self.spaced(turns, |page, turn| page.turn(turn, persona));
            }
        }
    }

    /// Each with an empty line before it, the first without.
    fn spaced<T>(&mut self, items: &[T], mut draw: impl FnMut(&mut Self, &T)) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.blank();
            }
            draw(self, item);
        }
    }

    fn item(&mut self, spans: &[Span<'_>]) {
        let bullet = [Span::new(Ink::Muted, if self.is_spoken { "- " } else { "· " })];
        let spans: Vec<_> = bullet.iter().chain(spans).cloned().collect();
        self.wrap(2, 4, &spans);
    }

    fn pairs(&mut self, pairs: &[(std::borrow::Cow<'_, str>, Vec<Span<'_>>)]) {
        let widest = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let names = widest.min(self.columns / 2 - 4);
        for (name, spans) in pairs {
            let name = Span::new(Ink::Muted, padded(&clean(name), names + 2));
            let spans: Vec<_> = std::iter::once(&name).chain(spans).cloned().collect();
            self.wrap(2, names + 4, &spans);
        }
    }

    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let width = |at: usize| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width());
            cells.chain(head.get(at).map(|cell| cell.width())).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..head.len()).map(width).collect();
        let mut row = |cells: &[&str], ink: Ink| {
            let mut text = String::new();
            for (at, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let gap = width.saturating_sub(cell.width());
                match at {
                    0 => text.push_str(&padded(cell, *width)),
                    _ => text.push_str(&format!("  {}{cell}", " ".repeat(gap))),
                }
            }
            self.wrap(2, 4, &[Span::new(ink, text)]);
        };
        row(head, Ink::Muted);
        for cells in rows {
            row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), Ink::Plain);
        }
    }

    fn bar(&mut self, bar: &Bar<'_>) {
        let mut spans = vec![Span::new(Ink::Strong, padded(bar.name, NAME))];
        if let Some(value) = bar.value {
            if !self.is_spoken {
                let full = (value / 100.0 * BAR as f64).round() as usize;
                spans.push(Span::new(Ink::Accent, "█".repeat(full.min(BAR))));
                spans.push(Span::new(Ink::Muted, "░".repeat(BAR.saturating_sub(full))));
            }
            spans.push(Span::new(Ink::Strong, format!(" {:>3}", words::whole(value))));
        } else {
            spans.push(Span::new(Ink::Muted, "not shown in this mission"));
        }
        if let Some(aside) = &bar.aside {
            spans.push(Span::new(Ink::Muted, format!("  {aside}")));
        }
        self.wrap(2, 4, &spans);
        if !bar.reason.is_empty() {
            self.wrap(4, 4, &[Span::new(Ink::Muted, bar.reason.as_ref())]);
        }
    }

    fn gate(&mut self, gate: &GateLine<'_>) {
        let (ink, sign) = match gate.passed_in {
            Some(_) => (Ink::Good, "✓ "),
            None if gate.required => (Ink::Bad, "✗ "),
            None => (Ink::Muted, "○ "),
        };
        let sign = if self.is_spoken { "- " } else { sign };
        let state = match gate.passed_in {
            Some(turn) if self.is_spoken => format!(" · passed in turn {turn}"),
            Some(turn) => format!(" · turn {turn}"),
            None if gate.required => " · open, and needed".to_owned(),
            None => " · open".to_owned(),
        };
        let mut spans = vec![
            Span::new(ink, sign),
            Span::new(Ink::Plain, gate.title),
            Span::new(Ink::Muted, state),
        ];
        if let Some(missing) = gate.missing {
            spans.push(Span::new(Ink::Muted, format!(" · {missing}")));
        }
        self.wrap(2, 4, &spans);
    }

    fn card(&mut self, card: &Card<'_>) {
        let turn = card.turn.map(|turn| format!(" · turn {turn}")).unwrap_or_default();
        let kind = Span::new(Ink::Muted, format!(" · {}{turn}", card.kind));
        self.wrap(2, 2, &[Span::new(Ink::Strong, card.title), kind]);
        self.wrap(2, 2, &[Span::new(Ink::Plain, card.body)]);
    }

    fn course(&mut self, course: &Course<'_>) {
        let points = &course.points;
        if points.is_empty() {
            return self.wrap(2, 2, &[Span::new(Ink::Plain, course.in_words())]);
        }
        if self.is_spoken {
            self.wrap(2, 2, &[Span::new(Ink::Plain, course.in_words())]);
        } else {
            self.lines_of_course(points);
        }
        if !course.arcs.is_empty() {
            let arcs = course.arcs.iter().map(|arc| {
                if arc.from == arc.to {
                    format!("{} (turn {})", arc.label, arc.from)
                } else {
                    format!("{} (turns {}–{})", arc.label, arc.from, arc.to)
                }
            });
            let arcs = arcs.collect::<Vec<_>>().join(", ");
            self.wrap(2, 10, &[Span::new(Ink::Plain, "arcs    "), Span::new(Ink::Muted, arcs)]);
        }
    }

    fn lines_of_course(&mut self, points: &[CoursePoint]) {
        let scores: Vec<_> = points.iter().map(|point| point.score).collect();
        let tensions: Vec<_> = points.iter().map(|point| Some(point.tension)).collect();
        let comforts: Vec<_> = points.iter().map(|point| Some(point.comfort)).collect();
        for (name, values) in [("score", scores), ("tension", tensions), ("comfort", comforts)] {
            let known = || values.iter().flatten();
            let Some((first, last)) = known().next().zip(known().next_back()) else { continue };
            let ends = format!("  {} → {}", words::whole(*first), words::whole(*last));
            let room = self.columns - 12 - ends.width();
            self.lines.push(line([
                Span::new(Ink::Plain, format!("  {name:8}")),
                Span::new(Ink::Accent, sparks(&values, room)),
                Span::new(Ink::Muted, ends),
            ]));
        }
    }

    fn key_line(&mut self, key: &KeyLine, persona: &str) {
        let score = words::score(key.score, key.tier);
        let ink = if key.better.is_some() { Ink::Bad } else { Ink::Good };
        self.wrap(
            2,
            2,
            &[
                Span::new(Ink::Strong, format!("turn {} · {score}", key.turn)),
                Span::new(Ink::Muted, " · "),
                Span::new(ink, words::key_line(key.kind)),
            ],
        );
        self.speech("you", Ink::Strong, &key.text, persona);
        if let Some(reply) = &key.reply {
            self.speech(persona, Ink::Plain, reply, persona);
        }
        if !key.reason.is_empty() {
            self.labelled("why", Ink::Muted, &key.reason);
        }
        if let Some(better) = &key.better {
            self.labelled("better", Ink::Good, better);
        }
    }

    fn turn(&mut self, turn: &TurnLine, persona: &str) {
        if let Some(user) = &turn.user {
            let number = Span::new(Ink::Muted, format!("turn {}", turn.turn));
            let score = turn.score.map(|score| words::score(score, turn.tier));
            let score = score.map(|score| format!(" · {score}")).unwrap_or_default();
            let spans =
                [number, Span::new(Ink::Strong, score), Span::new(Ink::Muted, words::about(turn))];
            self.wrap(2, 4, &spans);
            self.speech("you", Ink::Strong, user, persona);
        }
        if let Some(reply) = &turn.persona {
            self.speech(persona, Ink::Plain, reply, persona);
        }
        if let Some(reason) = turn.reason.as_deref().filter(|reason| !reason.is_empty()) {
            self.labelled("why", Ink::Muted, reason);
        }
    }

    fn speech(&mut self, who: &str, ink: Ink, said: &str, persona: &str) {
        let width = persona.width().clamp(6, SPEAKER) + 2;
        let who = cut(&clean(who), width - 2);
        let spans = [Span::new(Ink::Muted, padded(&who, width)), Span::new(ink, said)];
        self.wrap(4, 4 + width, &spans);
    }

    fn labelled(&mut self, label: &str, ink: Ink, said: &str) {
        let spans = [Span::new(Ink::Muted, padded(label, 8)), Span::new(ink, said)];
        self.wrap(4, 12, &spans);
    }

    fn blank(&mut self) {
        self.lines.push(TextLine::default());
    }

    /// Breaks spans into lines at spaces, and within words that are wider than a line. The first
    /// line is indented by `first` columns, the others by `rest`.
    fn wrap(&mut self, first: usize, rest: usize, spans: &[Span<'_>]) {
        let mut flow = Flow::new(self.columns, rest);
        flow.put(Ink::Plain, &" ".repeat(first));
        for span in spans {
            let text = clean(&span.text);
            for (at, row) in text.split('\n').enumerate() {
                if at > 0 {
                    flow.end();
                }
                row.split_inclusive(' ').for_each(|word| flow.word(span.ink, word));
            }
        }
        flow.end();
        self.lines.append(&mut flow.out);
    }
}

/// Words that flow into lines.
struct Flow {
    columns: usize,
    rest: usize,
    used: usize,
    line: Vec<Span<'static>>,
    out: Vec<TextLine>,
}

impl Flow {
    fn new(columns: usize, rest: usize) -> Self {
        Self { columns, rest, used: 0, line: Vec::new(), out: Vec::new() }
    }

    /// Begins a new line unless so many columns are left on this one.
    fn make_room(&mut self, columns: usize) {
        if self.used + columns > self.columns && self.used > self.rest {
            self.end();
        }
    }

    fn word(&mut self, ink: Ink, word: &str) {
        let bare = word.trim_end_matches(' ');
        let width = bare.width();
        if self.used + width > self.columns && self.used > self.rest && width > 0 {
            self.end();
        }
        if self.used + width <= self.columns {
            let gap = if self.used + word.width() <= self.columns { word } else { bare };
            return self.put(ink, gap);
        }
        // Wider than any line: cut where the line ends.
        let mut piece = String::new();
        let mut taken = 0;
        for c in word.chars() {
            let width = c.width().unwrap_or(0);
            if self.used + taken + width > self.columns && taken > 0 {
                self.put(ink, &piece);
                self.end();
                piece.clear();
                taken = 0;
            }
            piece.push(c);
            taken += width;
        }
        self.put(ink, &piece);
    }

    fn put(&mut self, ink: Ink, text: &str) {
        self.used += text.width();
        self.push(ink, text);
    }

    fn push(&mut self, ink: Ink, text: &str) {
        match self.line.last_mut() {
            Some(last) if last.ink == ink => last.text.to_mut().push_str(text),
            _ if text.is_empty() => {}
            _ => self.line.push(Span::new(ink, text.to_owned())),
        }
    }

    /// Ends a line, without spaces at its end, and begins the next.
    fn end(&mut self) {
        let mut spans = std::mem::take(&mut self.line);
        while let Some(last) = spans.last_mut() {
            let length = last.text.trim_end().len();
            if length > 0 {
                last.text.to_mut().truncate(length);
                break;
            }
            spans.pop();
        }
        self.out.push(TextLine { spans });
        self.used = self.rest;
        self.push(Ink::Plain, &" ".repeat(self.rest));
    }
}

fn line<const N: usize>(spans: [Span<'static>; N]) -> TextLine {
    TextLine { spans: spans.into_iter().filter(|span| !span.text.is_empty()).collect() }
}

/// The text with spaces up to a width.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The text up to a width, with an ellipsis for the rest.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + c.width().unwrap_or(0) + 1 > width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

/// Values from 0 to 100 as a row of blocks, thinned out to fit.
fn sparks(values: &[Option<f64>], room: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let step = values.len().div_ceil(room.max(1)).max(1);
    values
        .chunks(step)
        .map(|chunk| {
            let known: Vec<_> = chunk.iter().flatten().collect();
            if known.is_empty() {
                return ' ';
            }
            let mean = known.iter().copied().sum::<f64>() / known.len() as f64;
            BLOCKS[((mean / 100.0 * 7.0).round() as usize).min(7)]
        })
        .collect()
}
