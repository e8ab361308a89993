//! The twelve endings and their precedence.

use serde::{Deserialize, Serialize};

/// How a mission ended.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The store or the provider is gone and play cannot go on.
    AbortSystemError,
    /// A threat, slur or sexual harassment, by policy at once or after strikes.
    AbortDisqualified,
    /// A turn's or the mission's clock ran out.
    FailTimer,
    /// As many strikes as the policy allows.
    FailStrikes,
    /// A gate marked `required_by` was still open.
    FailGateSequence,
    /// Positivity below 10 or tension above 95 two turns running.
    FailMoodCollapse,
    /// The objective's `lost_when` holds.
    FailObjective,
    /// The objective's `won_when` holds.
    SuccessObjective,
    /// Every required gate is passed.
    SuccessGateSequence,
    /// The running mean reached the milestone.
    SuccessScoreMilestone,
    /// No turns left.
    FailMaxTurns,
    /// The person left.
    AbortUser,
}

/// Which way an ending counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Won.
    Success,
    /// Lost.
    Failure,
    /// Neither: it was broken off.
    Aborted,
}

impl Ending {
    /// Every ending, in the default order of precedence.
    pub const PRECEDENCE: [Self; 12] = [
        Self::AbortSystemError,
        Self::AbortDisqualified,
        Self::FailTimer,
        Self::FailStrikes,
        Self::FailGateSequence,
        Self::FailMoodCollapse,
        Self::FailObjective,
        Self::SuccessObjective,
        Self::SuccessGateSequence,
        Self::SuccessScoreMilestone,
        Self::FailMaxTurns,
        Self::AbortUser,
    ];

    /// Endings a policy cannot forbid: people and machines may always leave.
    pub const ALWAYS: [Self; 2] = [Self::AbortSystemError, Self::AbortUser];

    /// The name in files and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AbortSystemError => "abort_system_error",
            Self::AbortDisqualified => "abort_disqualified",
            Self::FailTimer => "fail_timer",
            Self::FailStrikes => "fail_strikes",
            Self::FailGateSequence => "fail_gate_sequence",
            Self::FailMoodCollapse => "fail_mood_collapse",
            Self::FailObjective => "fail_objective",
            Self::SuccessObjective => "success_objective",
            Self::SuccessGateSequence => "success_gate_sequence",
            Self::SuccessScoreMilestone => "success_score_milestone",
            Self::FailMaxTurns => "fail_max_turns",
            Self::AbortUser => "abort_user",
        }
    }

    /// The ending of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::PRECEDENCE.into_iter().find(|ending| ending.name() == name)
    }

    /// Which way it counts.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::SuccessObjective | Self::SuccessGateSequence | Self::SuccessScoreMilestone => {
                Outcome::Success
            }
            Self::AbortSystemError | Self::AbortUser => Outcome::Aborted,
            _ => Outcome::Failure,
        }
    }

    /// One line for the person who played.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::AbortSystemError => "Something broke, and the mission could not go on.",
            Self::AbortDisqualified => {
                "The mission ended: that went over a line nobody should cross."
            }
            Self::FailTimer => "Time ran out.",
            Self::FailStrikes => "Too many strikes.",
            Self::FailGateSequence => "Something that had to be said in time was not.",
            Self::FailMoodCollapse => "The conversation broke down.",
            Self::FailObjective => "The objective was lost.",
            Self::SuccessObjective => "You reached the objective.",
            Self::SuccessGateSequence => "You passed every gate.",
            Self::SuccessScoreMilestone => "You kept a high standard throughout.",
            Self::FailMaxTurns => "No turns left.",
            Self::AbortUser => "You left the mission.",
        }
    }
}
