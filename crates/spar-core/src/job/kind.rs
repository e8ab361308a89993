//! Kinds of jobs and how urgent they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Stage;

/// Kinds of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum JobKind {
    /// Study the turns of a mission that were not studied yet: sets off the stages. Its payload is
    /// a [`super::DeepAnalysis`].
    DeepAnalysis,
    /// One stage of a mission's analysis.
    Stage(Stage),
    /// Take away finished jobs and what else has been kept long enough.
    Retention,
}

impl JobKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::DeepAnalysis, Self::Retention]
            .into_iter()
            .chain(Stage::ALL.into_iter().map(Self::Stage))
    }

    /// The name in the store and in flags. A stage goes by its own name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DeepAnalysis => "deep_analysis",
            Self::Stage(stage) => stage.name(),
            Self::Retention => "retention",
        }
    }

    /// Whether its subject is a mission, so that it goes when the mission is deleted.
    #[must_use]
    pub fn is_about_a_mission(self) -> bool {
        !matches!(self, Self::Retention)
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No kind of job has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of job")]
pub struct UnknownJobKind(pub String);

impl FromStr for JobKind {
    type Err = UnknownJobKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all().find(|kind| kind.name() == name).ok_or_else(|| UnknownJobKind(name.to_owned()))
    }
}

impl From<JobKind> for String {
    fn from(kind: JobKind) -> Self {
        kind.name().to_owned()
    }
}

impl TryFrom<String> for JobKind {
    type Error = UnknownJobKind;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

/// Priorities: 0 runs first. Waiting makes a job more urgent, so that nothing starves.
pub mod priority {
    /// Somebody waits for it at this moment: the end of a mission, `report --wait`.
    pub const AWAITED: i64 = 0;
    /// A mission that is over.
    pub const ENDED: i64 = 50;
    /// Turns of a mission that goes on.
    pub const BEHIND_THE_CHAT: i64 = 100;
    /// Housekeeping.
    pub const IDLE: i64 = 200;
}
