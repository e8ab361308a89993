//! A report as pages of lines: laid out for a width, and how far its analysis is.

use std::path::Path;

use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use spar_core::language::clean;
use spar_core::report::{self, Freshness, Ink, Report, TextLine, text};

use crate::tui::app::App;
use crate::tui::theme::Role;

/// A report laid out for the screen it is on.
#[derive(Debug)]
pub(crate) struct ReportPage {
    report: Box<Report>,
    /// What `lines` are laid out for; 0 when they are out of date.
    columns: usize,
    lines: Vec<TextLine>,
    /// What became of keeping it in a file.
    remark: Option<String>,
}

/// A row by what it belongs to, so that it is found again when rows come and go above it.
struct Place {
    heading: String,
    below: usize,
}

impl ReportPage {
    pub(crate) fn new(report: Box<Report>) -> Self {
        Self { report, columns: 0, lines: Vec::new(), remark: None }
    }

    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// Takes more of the report in. It is laid out by the next [`ReportPage::reflow`].
    pub(crate) fn renew(&mut self, report: Box<Report>) {
        self.report = report;
        self.columns = 0;
    }

    /// Lays it out anew when the width or the report is another. Answers where the row that was on
    /// top is now.
    pub(crate) fn reflow(&mut self, columns: usize, top: usize) -> usize {
        if self.columns == columns {
            return top;
        }
        let place = self.place(top);
        self.columns = columns;
        self.lines = text(&self.report, columns);
        place.map_or(top, |place| self.row_of(&place))
    }

    /// Says what became of keeping it, until the next key.
    pub(crate) fn kept(&mut self, saved: Result<&Path, &str>) {
        let words = match saved {
            Ok(path) => {
                // The name first: where a line is too short for both, it is what one looks for.
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let folder = path.parent().unwrap_or(Path::new(".")).display();
                format!("Saved as {name} in {folder}")
            }
            Err(why) => format!("Could not be saved: {why}"),
        };
        self.remark = Some(clean(&words).into_owned());
    }

    /// A key was pressed: what was said has been read.
    pub(crate) fn forget_remark(&mut self) {
        self.remark = None;
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Some of its rows.
    pub(crate) fn lines(&self, app: &App, from: usize, count: usize) -> Vec<Line<'static>> {
        let shown = self.lines.iter().skip(from).take(count);
        shown.map(|line| Line::from_iter(line.spans.iter().map(|span| inked(app, span)))).collect()
    }

    /// A line about the report: where it was saved, or what is still to come of it.
    pub(crate) fn status(&self) -> Option<String> {
        self.remark.clone().or_else(|| Standing::of(&self.report).in_words())
    }

    /// The row of the next heading below this one.
    pub(crate) fn next_heading(&self, row: usize) -> Option<usize> {
        self.headings().find(|(at, _)| *at > row).map(|(at, _)| at)
    }

    /// The row of the last heading above this one.
    pub(crate) fn heading_before(&self, row: usize) -> Option<usize> {
        self.headings().take_while(|(at, _)| *at < row).last().map(|(at, _)| at)
    }

    /// The rows on which something begins, and its title.
    fn headings(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().enumerate().filter_map(|(at, line)| {
            let begins = at == 0 || self.lines[at - 1].spans.is_empty();
            let title = line.spans.iter().find(|span| span.ink == Ink::Heading)?;
            begins.then_some((at, title.text.as_ref()))
        })
    }

    fn place(&self, row: usize) -> Option<Place> {
        let (at, heading) = self.headings().take_while(|(at, _)| *at <= row).last()?;
        // The beginning is the beginning, whatever the title is.
        (row > 0).then(|| Place { heading: heading.to_owned(), below: row - at })
    }

    fn row_of(&self, place: &Place) -> usize {
        let mut headings = self.headings().skip_while(|(_, title)| *title != place.heading);
        let Some((at, _)) = headings.next() else { return place.below };
        let end = headings.next().map_or(self.lines.len(), |(next, _)| next);
        (at + place.below).min(end.saturating_sub(1))
    }
}

fn inked(app: &App, span: &report::Span<'static>) -> Span<'static> {
    // The rule beside a heading is there to be seen, not read.
    let is_rule = span.text.chars().all(|sign| matches!(sign, '─' | ' '));
    let role = match span.ink {
        Ink::Muted if is_rule => Role::Rule,
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

/// How far the analysis behind a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing more is to come by itself.
    Settled,
    /// Somebody is at it; so much is there, percent.
    UnderWay(u32),
    /// A model that is away will be asked again, at some later time.
    Waiting,
}

impl Standing {
    pub(crate) fn of(report: &Report) -> Self {
        let standings = report.standings();
        if standings.contains(&&Freshness::InProgress) {
            Self::UnderWay(report.completion_percent)
        } else if standings.iter().any(|part| matches!(part, Freshness::Waiting { .. })) {
            Self::Waiting
        } else {
            Self::Settled
        }
    }

    /// What there is to say about it.
    pub(crate) fn in_words(self) -> Option<String> {
        match self {
            Self::Settled => None,
            Self::UnderWay(percent) => {
                Some(format!("Analysis {percent} %: sections appear as they are ready"))
            }
            Self::Waiting => {
                let words = "Some of it waits for the model; `spar report --last` shows it later";
                Some(words.to_owned())
            }
        }
    }
}
