//! Playing missions: one live, or many headlessly. Introduces providers and store to each other.

mod finalize;
mod live;
mod route;

mod headless;
mod plan;
mod rehearse;

pub use finalize::ReportWatch;
pub(crate) use finalize::report;
pub use headless::{PlayResult, RunOptions, RunUpdate, Verdict, run};
pub(crate) use live::LiveParts;
pub use live::{LiveMission, PlayError, TurnReport, TurnUpdate, UpdateSink};
pub use plan::{Planned, Shard, ShardError, plan};
pub use rehearse::{Rehearsal, Rehearsed, SEEDS, STEP, play_through, rehearse};
pub use route::Route;
