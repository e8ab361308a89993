//! What a report says, in what order, before anybody decides how it looks. The text, Markdown and
//! HTML forms draw the same document, so that they cannot say different things.

use std::borrow::Cow;

use super::TurnLine;
use crate::analysis::turn_impact::KeyLine;
use crate::rules::Outcome;

/// A piece of text with a part to play. The forms decide what it looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<'a> {
    /// The words.
    pub text: Cow<'a, str>,
    /// Its part.
    pub ink: Ink,
}

/// The parts that text can play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// Worth more weight.
    Strong,
    /// Said in passing.
    Muted,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Neither, but to be noticed.
    Accent,
}

impl<'a> Span<'a> {
    pub(super) fn new(ink: Ink, text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), ink }
    }
}

/// A line of spans.
pub(super) type Spans<'a> = Vec<Span<'a>>;

/// The whole of a report.
pub(super) struct Document<'a> {
    pub(super) head: Head<'a>,
    pub(super) parts: Vec<Part<'a>>,
}

/// What stands at the top.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    /// Whom one talked to and how hard it was.
    pub(super) with: String,
    pub(super) objective: &'a str,
    pub(super) outcome: Option<Outcome>,
    /// The outcome in a word.
    pub(super) verdict: &'static str,
    /// The ending in a sentence.
    pub(super) ending: &'a str,
    /// The mission in a few words.
    pub(super) summary: Option<&'a str>,
    pub(super) score: Option<String>,
    /// A few figures, name first.
    pub(super) figures: Vec<(&'static str, String)>,
}

/// A part with a heading.
pub(super) struct Part<'a> {
    /// For links within a page.
    pub(super) id: &'static str,
    pub(super) title: Cow<'a, str>,
    /// How far it can be relied on, in a line.
    pub(super) note: Option<String>,
    pub(super) blocks: Vec<Block<'a>>,
}

/// What a part is made of.
pub(super) enum Block<'a> {
    Paragraph(Spans<'a>),
    /// A heading within a part.
    Subheading(&'static str),
    List(Vec<Spans<'a>>),
    /// Names and what belongs to them.
    Pairs(Vec<(Cow<'a, str>, Spans<'a>)>),
    /// The first column is text, the others are figures.
    Table {
        head: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    Bars(Vec<Bar<'a>>),
    Gates(Vec<GateLine<'a>>),
    Cards(Vec<Card<'a>>),
    Course(Course<'a>),
    KeyLines {
        lines: &'a [KeyLine],
        persona: &'a str,
    },
    Transcript {
        turns: &'a [TurnLine],
        persona: &'a str,
    },
}

/// A value from 0 to 100 with what is said about it.
pub(super) struct Bar<'a> {
    pub(super) name: &'static str,
    pub(super) value: Option<f64>,
    /// Where a mark stands: the long-term value.
    pub(super) mark: Option<f64>,
    /// Behind the number, e.g. how it changed.
    pub(super) aside: Option<String>,
    pub(super) reason: Cow<'a, str>,
}

/// A gate and how it stands.
pub(super) struct GateLine<'a> {
    pub(super) title: &'a str,
    pub(super) passed_in: Option<u32>,
    pub(super) required: bool,
    pub(super) missing: Option<&'a str>,
}

/// Something worth reading first.
pub(super) struct Card<'a> {
    pub(super) kind: &'static str,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) turn: Option<u32>,
}

/// The course of a mission, thinned out when it is long.
pub(super) struct Course<'a> {
    pub(super) points: Vec<CoursePoint>,
    pub(super) gates: Vec<Mark<'a>>,
    pub(super) moments: Vec<Mark<'a>>,
    pub(super) arcs: Vec<Stretch>,
    /// How many turns a point stands for.
    pub(super) per_point: usize,
}

/// A point of the course; each value 0–100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CoursePoint {
    pub(super) turn: u32,
    pub(super) score: Option<f64>,
    pub(super) tension: f64,
    pub(super) comfort: f64,
}

/// Something that happened in a turn.
pub(super) struct Mark<'a> {
    pub(super) turn: u32,
    pub(super) label: &'a str,
}

/// Turns that belong together.
pub(super) struct Stretch {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) label: &'static str,
}

impl Course<'_> {
    /// The course in a sentence, for those who do not see the chart.
    pub(super) fn in_words(&self) -> String {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return "Nothing was said yet.".to_owned();
        };
        let scores = || self.points.iter().filter_map(|point| point.score);
        let score = match (scores().next(), scores().next_back()) {
            (Some(from), Some(to)) => format!("Score from {from:.0} to {to:.0}, "),
            _ => String::new(),
        };
        format!(
            "{score}tension from {:.0} to {:.0}, comfort from {:.0} to {:.0}, between turn {} and \
             turn {}.",
            first.tension, last.tension, first.comfort, last.comfort, first.turn, last.turn
        )
    }
}
