//! The report as Markdown (CommonMark with tables).

use super::document::{Bar, Block, Course, Document, GateLine, Head, Ink, Part, Span};
use super::outline::document;
use super::{Report, TurnLine, words};
use crate::analysis::turn_impact::KeyLine;
use crate::language::clean;

/// The report as Markdown. Nothing that was said in it can become a heading, a link or HTML.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let Document { head, parts } = document(report);
    let mut page = Page(String::new());
    page.head(&head);
    parts.iter().for_each(|part| page.part(part));
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// Lines with an empty one before them.
    fn paragraph(&mut self, text: &str) {
        self.0.push('\n');
        self.line(text);
    }

    fn head(&mut self, head: &Head<'_>) {
        self.line(&format!("# {}", escaped(head.title)));
        self.paragraph(&format!("*{}*", escaped(&head.with)));
        self.paragraph(&format!("Aim: {}", escaped(head.objective)));
        self.paragraph(&format!("**{}.** {}", head.verdict, escaped(head.ending)));
        if let Some(summary) = head.summary {
            self.paragraph(&escaped(summary));
        }
        let score = head.score.as_ref().map(|score| ("score", score));
        let figures = head.figures.iter().map(|(name, value)| (*name, value));
        let figures: Vec<_> = score
            .into_iter()
            .chain(figures)
            .map(|(name, value)| format!("{name} **{}**", escaped(value)))
            .collect();
        self.paragraph(&figures.join(" · "));
    }

    fn part(&mut self, part: &Part<'_>) {
        self.paragraph(&format!("## {}", escaped(&part.title)));
        if let Some(note) = &part.note {
            self.paragraph(&format!("*{}*", escaped(note)));
        }
        part.blocks.iter().for_each(|block| self.block(block));
    }

    fn block(&mut self, block: &Block<'_>) {
        match block {
            Block::Paragraph(spans) => self.paragraph(&inked(spans)),
            Block::Subheading(title) => self.paragraph(&format!("### {title}")),
            Block::List(items) => self.list(items.iter().map(|item| inked(item))),
            Block::Pairs(pairs) => self.list(
                pairs.iter().map(|(name, spans)| format!("{}: {}", escaped(name), inked(spans))),
            ),
            Block::Table { head, rows } => {
                let rows = rows.iter().map(|row| row.iter().map(|cell| escaped(cell)).collect());
                self.table(head, rows);
            }
            Block::Bars(bars) => {
                self.table(&["", "of 100", "", "why"], bars.iter().map(bar));
            }
            Block::Gates(gates) => self.list(gates.iter().map(gate)),
            Block::Cards(cards) => self.list(cards.iter().map(|card| {
                let turn = card.turn.map(|turn| format!(", turn {turn}")).unwrap_or_default();
                let (title, body) = (escaped(card.title), escaped(card.body));
                format!("**{title}** ({}{turn}). {body}", card.kind)
            })),
            Block::Course(course) => self.course(course),
            Block::KeyLines { lines, persona } => {
                lines.iter().for_each(|line| self.key_line(line, persona));
            }
            Block::Transcript { turns, persona } => {
                turns.iter().for_each(|turn| self.turn(turn, persona));
            }
        }
    }

    fn list(&mut self, items: impl Iterator<Item = String>) {
        self.0.push('\n');
        items.for_each(|item| self.line(&format!("- {item}")));
    }

    fn table(&mut self, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        self.paragraph(&format!("| {} |", head.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(head.len())));
        rows.for_each(|row| self.line(&format!("| {} |", row.join(" | "))));
    }

    fn course(&mut self, course: &Course<'_>) {
        self.paragraph(&course.in_words());
        if course.arcs.is_empty() {
            return;
        }
        self.list(course.arcs.iter().map(|arc| {
            if arc.from == arc.to {
                format!("{}, turn {}", arc.label, arc.from)
            } else {
                format!("{}, turns {}–{}", arc.label, arc.from, arc.to)
            }
        }));
    }

    fn key_line(&mut self, key: &KeyLine, persona: &str) {
        let (score, kind) = (words::score(key.score, key.tier), words::key_line(key.kind));
        self.paragraph(&format!("**Turn {} · {score} · {kind}**", key.turn));
        self.quote("You", &key.text);
        if let Some(reply) = &key.reply {
            self.line(">");
            self.line(&format!("> **{}:** {}", escaped(persona), escaped(reply)));
        }
        if !key.reason.is_empty() {
            self.paragraph(&format!("Why: {}", escaped(&key.reason)));
        }
        if let Some(better) = &key.better {
            self.paragraph(&format!("Better: *{}*", escaped(better)));
        }
    }

    fn turn(&mut self, turn: &TurnLine, persona: &str) {
        if let Some(user) = &turn.user {
            let score = turn.score.map(|score| format!(" · {}", words::score(score, turn.tier)));
            let back = if turn.taken_back { " · taken back" } else { "" };
            let (score, mood) = (score.unwrap_or_default(), turn.mood.name());
            let flags = words::flags(&turn.flags);
            self.paragraph(&format!("**Turn {}**{score} · mood {mood}{back}{flags}", turn.turn));
            self.quote("You", user);
            if let Some(reply) = &turn.persona {
                self.line(">");
                self.line(&format!("> **{}:** {}", escaped(persona), escaped(reply)));
            }
        } else if let Some(opener) = &turn.persona {
            self.quote(&escaped(persona), opener);
        }
        if let Some(reason) = turn.reason.as_deref().filter(|reason| !reason.is_empty()) {
            self.paragraph(&format!("*{}*", escaped(reason)));
        }
    }

    fn quote(&mut self, who: &str, said: &str) {
        self.paragraph(&format!("> **{who}:** {}", escaped(said)));
    }
}

fn bar(bar: &Bar<'_>) -> Vec<String> {
    let value = bar.value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"));
    let aside = bar.aside.as_deref().map(escaped).unwrap_or_default();
    vec![bar.name.to_owned(), value, aside, escaped(&bar.reason)]
}

fn gate(gate: &GateLine<'_>) -> String {
    let state = match gate.passed_in {
        Some(turn) => format!("passed in turn {turn}"),
        None if gate.required => "open, and needed".to_owned(),
        None => "open".to_owned(),
    };
    let sign = if gate.passed_in.is_some() { "✓" } else { "✗" };
    let missing = gate.missing.map(|missing| format!(" ({})", escaped(missing)));
    format!("{sign} {}: {state}{}", escaped(gate.title), missing.unwrap_or_default())
}

/// Spans with their weight. Spaces stay outside of the stars, or Markdown would not see them.
fn inked(spans: &[Span<'_>]) -> String {
    spans
        .iter()
        .map(|span| {
            let star = match span.ink {
                Ink::Strong | Ink::Heading | Ink::Good | Ink::Bad | Ink::Accent => "**",
                Ink::Plain | Ink::Muted => "",
            };
            let text = span.text.as_ref();
            let inner = escaped(text.trim());
            if star.is_empty() || inner.is_empty() {
                return escaped(text);
            }
            let (before, after) = (text.len() - text.trim_start().len(), text.trim_end().len());
            format!("{}{star}{inner}{star}{}", &text[..before], &text[after..])
        })
        .collect()
}

/// The text with everything taken from it that Markdown would act on, on one line.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    let text = clean(text);
    for (at, c) in text.char_indices() {
        let acts = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' => true,
            // At the beginning of a line these make lists, and a link without brackets has a colon.
            '-' | '+' | '=' => safe.is_empty(),
            '.' | ')' => (1..10).contains(&at) && safe.bytes().all(|byte| byte.is_ascii_digit()),
            ':' => text[at..].starts_with("://"),
            _ => false,
        };
        if acts {
            safe.push('\\');
        }
        safe.push(if c == '\n' { ' ' } else { c });
    }
    safe
}
