//! Which kind of model a task gets, by profile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::chat::Role;

/// What a model can be asked for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// The persona's answer.
    ChatTurn,
    /// The course of the mood.
    MoodAnalysis,
    /// How the person talked.
    Traits,
    /// What it was about.
    TopicExtraction,
    /// The mission in a few words.
    ActionSummary,
    /// Who said what.
    SpeakerLabeling,
    /// Five layers of skill.
    Layers,
    /// Moments that changed something.
    BreakthroughDetection,
    /// What to make of it.
    DeepAnalysis,
    /// The story.
    Prose,
    /// Why a skill is estimated as it is.
    SkillReasoning,
    /// Habits and moments that took hold.
    SessionInsights,
    /// What the persona will remember.
    SessionSummary,
    /// Grading.
    Judge,
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 14] = [
        Self::ChatTurn,
        Self::MoodAnalysis,
        Self::Traits,
        Self::TopicExtraction,
        Self::ActionSummary,
        Self::SpeakerLabeling,
        Self::Layers,
        Self::BreakthroughDetection,
        Self::DeepAnalysis,
        Self::Prose,
        Self::SkillReasoning,
        Self::SessionInsights,
        Self::SessionSummary,
        Self::Judge,
    ];

    /// The name in files, logs and prompt runs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatTurn => "chat_turn",
            Self::MoodAnalysis => "mood_analysis",
            Self::Traits => "traits",
            Self::TopicExtraction => "topic_extraction",
            Self::ActionSummary => "action_summary",
            Self::SpeakerLabeling => "speaker_labeling",
            Self::Layers => "layers",
            Self::BreakthroughDetection => "breakthrough_detection",
            Self::DeepAnalysis => "deep_analysis",
            Self::Prose => "prose",
            Self::SkillReasoning => "skill_reasoning",
            Self::SessionInsights => "session_insights",
            Self::SessionSummary => "session_summary",
            Self::Judge => "judge",
        }
    }

    /// The kind of model it gets: the routing table.
    #[must_use]
    pub fn role(self, profile: Profile) -> Role {
        match self {
            Self::ChatTurn
            | Self::MoodAnalysis
            | Self::Traits
            | Self::TopicExtraction
            | Self::ActionSummary
            | Self::SpeakerLabeling => Role::Mini,
            Self::Layers | Self::BreakthroughDetection | Self::SkillReasoning => match profile {
                Profile::Precision | Profile::Balanced => Role::Heavy,
                Profile::Rapid => Role::Mini,
            },
            Self::DeepAnalysis | Self::Prose | Self::SessionInsights | Self::SessionSummary => {
                match profile {
                    Profile::Precision => Role::Heavy,
                    Profile::Balanced | Profile::Rapid => Role::Mini,
                }
            }
            Self::Judge => Role::Judge,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much is spent on depth.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The heavy model wherever it helps.
    #[default]
    Precision,
    /// The heavy model where it matters most.
    Balanced,
    /// The mini model everywhere.
    Rapid,
}

impl Profile {
    /// Every profile, dearest first.
    pub const ALL: [Self; 3] = [Self::Precision, Self::Balanced, Self::Rapid];

    /// The name in files and flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Precision => "precision",
            Self::Balanced => "balanced",
            Self::Rapid => "rapid",
        }
    }

    /// The next cheaper one, where a budget runs low; the cheapest stays.
    #[must_use]
    pub fn step_down(self) -> Self {
        match self {
            Self::Precision => Self::Balanced,
            Self::Balanced | Self::Rapid => Self::Rapid,
        }
    }
}

/// No profile has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no profile; profiles are precision, balanced, rapid")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == name)
            .ok_or_else(|| UnknownProfile(name.to_owned()))
    }
}
