//! A report of a mission: what happened, what it was worth, and what to make of it. [`build`] is a
//! pure function of the fold and of what the analyzers left; the forms are pure functions of the
//! [`Report`]. Nothing that is missing makes a report fail: each section says how fresh it is, and
//! an empty one says why in a line.

mod build;
mod course;
mod document;
mod html;
mod input;
mod json;
mod markdown;
mod model;
mod outline;
mod text;
mod words;

pub use build::build;
pub use document::{Ink, Span};
pub use html::html;
pub use input::{
    Freshness, GenerationMetadata, MissionFacts, ReportInput, StageStatus, Strategy, TaskCost,
};
pub use json::{json, schema};
pub use markdown::markdown;
pub use model::{
    Breakdown, Change, Costs, Difference, FlagCount, Format, Latencies, MissionHead, MoodCount,
    MoodSummary, Peak, Percentiles, Report, Rewards, Section, SourceCount, TierCount, Trouble,
    TroubleKind, TurnLine, Unstudied, Verdict,
};
pub use text::{COLUMNS, TextLine, plain_text, spoken_text, text};
