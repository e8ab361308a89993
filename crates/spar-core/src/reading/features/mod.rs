//! A line as numbers, for the learnt skills: one extractor for training and for play.
//!
//! `lists` counts words and phrases, `linguistic` gives the named features of a mission's skills,
//! `form` the build of a line, `asks` its questions, `context` what it takes up of what was said, and
//! `grams` the hashed pieces of its wording. A dense feature that has nothing to speak of is missing
//! (`NaN`), never zero by default; each one says when.
//!
//! A change of what any feature means is a new [`FEATURE_VERSION`]: models refuse another one.

mod asks;
mod context;
mod describe;
mod form;
mod grams;
mod linguistic;
mod lists;
mod scale;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use super::cue::Cue;
use super::notice::{Around, notice};
use super::own::OwnFound;
use super::scan::Scan;
use crate::language::Line;

pub use describe::features_markdown;
pub use grams::{BUCKETS, Block};
pub use scale::Scale;

/// The meaning of all features together; goes up when any of them changes.
pub const FEATURE_VERSION: u32 = 1;

/// How many of the lines before are looked at, newest first.
pub const CONTEXT_LINES: usize = 4;

/// How much of a line is read, in characters; what is longer is cut there, the partner's line too.
const LONGEST: usize = 2_000;
const LONGEST_PARTNER: usize = 600;

/// One dense feature.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureDef {
    /// Its name, unique.
    pub name: String,
    /// What it counts or measures.
    pub what: String,
    /// Lowest and highest value.
    pub range: (f32, f32),
    /// When it is missing; empty for never.
    pub missing: &'static str,
}

/// Whose line it is, as the person being read sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The person being read.
    Own,
    /// The other one.
    Partner,
}

/// A line that was said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who said it.
    pub by: Side,
    /// What they said.
    pub text: &'a str,
}

/// A line as numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// One value for each of [`features`], in that order; `NaN` where it is missing.
    pub dense: Vec<f32>,
    /// Hashed pieces: bucket (below [`BUCKETS`]) and weight, ascending, each bucket once. Each block
    /// has its [`Block::length`], or is empty.
    pub sparse: Vec<(u32, f32)>,
}

/// Every dense feature, in order.
pub fn features() -> &'static [FeatureDef] {
    static FEATURES: LazyLock<Vec<FeatureDef>> = LazyLock::new(|| {
        let mut all = linguistic::defs();
        all.extend(cue_defs());
        all.extend(lists::defs());
        all.extend(form::defs());
        all.extend(asks::defs());
        all.extend(context::defs());
        all
    });
    &FEATURES
}

/// Reads a line, said after `context` (oldest first; only the last [`CONTEXT_LINES`] are looked at).
#[must_use]
pub fn extract(text: &str, context: &[Said<'_>]) -> Features {
    let line = Line::new(cut(text, LONGEST));
    Extractor::new(&line, &Scan::new(&line)).after(context)
}

/// The same, and the line read without what was said before it; what is the same in both is read once.
#[must_use]
pub fn extract_with_and_without(text: &str, context: &[Said<'_>]) -> (Features, Features) {
    let line = Line::new(cut(text, LONGEST));
    let scan = Scan::new(&line);
    let extractor = Extractor::new(&line, &scan);
    (extractor.after(context), extractor.after(&[]))
}

/// What is the same in a line whatever was said before it.
struct Extractor<'a> {
    scan: &'a Scan<'a>,
    counts: lists::Counts,
    /// The pieces of its own wording.
    pieces: Vec<(u32, f32)>,
}

impl<'a> Extractor<'a> {
    fn new(line: &Line, scan: &'a Scan<'a>) -> Self {
        Self { scan, counts: lists::Counts::of(scan), pieces: grams::own(line) }
    }

    fn after(&self, context: &[Said<'_>]) -> Features {
        let context = &context[context.len().saturating_sub(CONTEXT_LINES)..];
        let theirs = context.iter().rev().find(|said| said.by == Side::Partner);
        let partner_line = theirs.map(|said| Line::new(cut(said.text, LONGEST_PARTNER)));
        let partner = partner_line.as_ref().map(Scan::new);
        let own = OwnFound::default();
        let noticed = notice(
            self.scan,
            &Around {
                partner: partner.as_ref(),
                own: &own,
                has_topic: false,
                strayed: false,
                word_limit: None,
            },
        );
        let view = View { scan: self.scan, partner: partner.as_ref(), context };
        let mut dense = Vec::with_capacity(features().len());
        linguistic::write(&view, &self.counts, &mut dense);
        dense.extend(Cue::ALL.iter().map(|cue| noticed.cues.of(*cue) as f32));
        lists::write(&view, &self.counts, &mut dense);
        form::write(&view, &mut dense);
        asks::write(&view, &mut dense);
        context::write(&view, &mut dense);
        let mut sparse = self.pieces.clone();
        if let Some(partner) = &partner_line {
            grams::partner(partner, &mut sparse);
        }
        Features { dense, sparse }
    }
}

/// What the parts of the extractor read from.
struct View<'a> {
    scan: &'a Scan<'a>,
    partner: Option<&'a Scan<'a>>,
    context: &'a [Said<'a>],
}

impl View<'_> {
    fn words(&self) -> &[String] {
        self.scan.line.words()
    }

    /// The count of words, at least one, to divide by.
    fn per_word(&self) -> f32 {
        self.words().len().max(1) as f32
    }
}

fn cue_defs() -> impl Iterator<Item = FeatureDef> {
    Cue::ALL.iter().map(|cue| FeatureDef {
        name: format!("cue_{}", cue.name()),
        what: format!("Strength of the cue: {}", lower_first(cue.meaning())),
        range: (0.0, 1.0),
        missing: "",
    })
}

/// A definition, with less to write.
fn def(name: &str, what: &str, low: f32, high: f32, missing: &'static str) -> FeatureDef {
    FeatureDef { name: name.to_owned(), what: what.to_owned(), range: (low, high), missing }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_lowercase().collect::<String>());
    first.unwrap_or_default() + characters.as_str()
}

/// The text up to so many characters.
fn cut(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(end, _)| &text[..end])
}

/// 1 or 0.
fn flag(holds: bool) -> f32 {
    if holds { 1.0 } else { 0.0 }
}
