//! Playing missions: one live, or many headlessly. Introduces providers and store to each other.

mod finalize;
mod import;
mod live;
mod route;

mod headless;
mod plan;
mod rehearse;

pub use finalize::ReportWatch;
pub(crate) use finalize::report;
pub use headless::{PlayResult, RunOptions, RunUpdate, Verdict, run};
pub use import::{Exported, is_export, read_export};
pub(crate) use import::{Incoming, take_in};
pub(crate) use live::LiveParts;
pub use live::{LiveMission, PlayError, TurnReport, TurnUpdate, UpdateSink};
pub use plan::{Planned, Shard, ShardError, plan};
pub use rehearse::{Rehearsal, Rehearsed, SEEDS, STEP, play_through, rehearse};
pub use route::Route;
