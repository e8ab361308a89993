//! Missions on disk: one SQLite file, one write connection with group commit, a few WAL readers.
//! Nothing outside this folder knows SQL, so that another database can stand beside it.
//!
//! A change is a [`Commit`]: await it, or [`Commit::wait`] for it. When it answers, the change is as
//! durable as the store was opened to be.

mod error;
mod migrations;

mod commit;
mod read;
mod write;

mod open;

mod snapshots;

mod analysis;
mod bulk;
mod claims;
mod events;
mod history;
mod job_control;
mod jobs;
mod missions;
mod pipeline;
mod prompt_runs;
mod sessions;
mod standby;
mod workers;

mod delete;
mod export;

pub use analysis::{
    AnalysisExport, Made, MissionAnalysis, NewResult, Pass, RunStatus, StageOutcome, StageProgress,
    StageResult, StageRun, StageView, last_analyzed_turn,
};
pub use claims::{ClaimOrder, Claimed, OwnerId, Settled, Settlement};
pub use commit::Commit;
pub use delete::DeletedRows;
pub use error::StoreError;
pub use events::Outbox;
pub use export::{EventRow, MissionExport};
pub use history::Before;
pub use job_control::{CalledOff, JobFilter, KindStats, Retried};
pub use jobs::{Enqueued, Job, JobState, JobSubject, NewJob};
pub use migrations::SCHEMA_VERSION;
pub use missions::{
    MissionFilter, MissionMeta, MissionStatus, MissionSummaryUpdate, NewMission, StoredMission,
};
pub use open::{Durability, OpenOptions, Store};
pub use pipeline::{EventJob, PipelineEvent};
pub use prompt_runs::PromptRun;
pub use sessions::SessionMeta;
pub use snapshots::ScenarioSnapshot;
pub use standby::StandBy;
pub use workers::{NewWorker, Rescued, WorkerRow};
pub use write::WriteTransaction;
