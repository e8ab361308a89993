//! A report of a mission: what happened, what it was worth, and what to make of it. [`build`] is a
//! pure function of the fold and of what the analyzers left; the forms are pure functions of the
//! [`Report`]. Nothing that is missing makes a report fail: each section says how fresh it is, and
//! an empty one says why in a line.

mod build;
mod input;
mod model;

pub use build::build;
pub use input::{
    Freshness, GenerationMetadata, MissionFacts, ReportInput, StageStatus, Strategy, TaskCost,
};
pub use model::{
    Breakdown, Change, Costs, Difference, FlagCount, Format, Latencies, MissionHead, MoodCount,
    MoodSummary, Peak, Percentiles, Report, Rewards, Section, SourceCount, TierCount, Trouble,
    TroubleKind, TurnLine, Unstudied, Verdict,
};
