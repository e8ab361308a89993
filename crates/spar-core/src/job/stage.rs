//! The stages of a mission's analysis and what each of them needs: a small graph, as data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One part of a mission's analysis. Each is a job of its own, so that one that fails takes nothing
/// with it but what needs it.
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
pub enum Stage {
    /// The course of score and mood, its states and arcs.
    MoodTimeline,
    /// What each line did, and which lines mattered.
    TurnImpact,
    /// Six traits of how the person talked.
    Traits,
    /// Which gates passed, and how near the others came.
    Gates,
    /// What it was about, what was agreed, by which technique.
    Topics,
    /// Moments after which things were different.
    Breakthroughs,
    /// The mission in at most 45 characters.
    ActionSummary,
    /// Habits that recurred and moments that took hold.
    Patterns,
    /// Five layers of skill, fundamentals to mastery.
    Layers,
    /// Progress, insights, coping skills, relationship, recommendations.
    Coaching,
    /// The story of the conversation.
    Prose,
    /// Skills, inferred from evidence, with reasons.
    Skills,
    /// How traits go together over many missions.
    Synergy,
    /// How missions of this walk of life go.
    CategoryStats,
    /// What the persona will remember next time.
    PersonaMemory,
    /// A few cards worth reading first.
    Insights,
}

/// When a stage runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wave {
    /// For each batch of turns, and at the end.
    First,
    /// Once the mission is over.
    Second,
}

/// How a stage depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Without the other's result it cannot run; when the other has failed, so has it.
    Required,
    /// It waits for the other, and makes do without when the other has failed.
    Wanted,
}

impl Stage {
    /// Every stage, needed ones before those that need them.
    pub const ALL: [Self; 16] = [
        Self::MoodTimeline,
        Self::TurnImpact,
        Self::Traits,
        Self::Gates,
        Self::Topics,
        Self::Breakthroughs,
        Self::ActionSummary,
        Self::Patterns,
        Self::Layers,
        Self::Coaching,
        Self::Prose,
        Self::Skills,
        Self::Synergy,
        Self::CategoryStats,
        Self::PersonaMemory,
        Self::Insights,
    ];

    /// The name in the store, in flags and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MoodTimeline => "mood_timeline",
            Self::TurnImpact => "turn_impact",
            Self::Traits => "traits",
            Self::Gates => "gates",
            Self::Topics => "topics",
            Self::Breakthroughs => "breakthroughs",
            Self::ActionSummary => "action_summary",
            Self::Patterns => "patterns",
            Self::Layers => "layers",
            Self::Coaching => "coaching",
            Self::Prose => "prose",
            Self::Skills => "skills",
            Self::Synergy => "synergy",
            Self::CategoryStats => "category_stats",
            Self::PersonaMemory => "persona_memory",
            Self::Insights => "insights",
        }
    }

    /// When it runs.
    #[must_use]
    pub fn wave(self) -> Wave {
        match self {
            Self::MoodTimeline
            | Self::TurnImpact
            | Self::Traits
            | Self::Gates
            | Self::Topics
            | Self::Breakthroughs
            | Self::ActionSummary => Wave::First,
            _ => Wave::Second,
        }
    }

    /// What it waits for.
    #[must_use]
    pub fn needs(self) -> &'static [(Self, Need)] {
        use Need::{Required, Wanted};
        match self {
            Self::MoodTimeline
            | Self::TurnImpact
            | Self::Traits
            | Self::Gates
            | Self::Topics
            | Self::Skills
            | Self::CategoryStats => &[],
            Self::Breakthroughs => &[(Self::MoodTimeline, Wanted), (Self::TurnImpact, Required)],
            Self::ActionSummary => &[(Self::Topics, Wanted)],
            Self::Patterns => &[(Self::TurnImpact, Required)],
            Self::Layers => &[(Self::TurnImpact, Required), (Self::Traits, Wanted)],
            Self::Coaching => &[
                (Self::TurnImpact, Required),
                (Self::Traits, Wanted),
                (Self::Topics, Wanted),
                (Self::Breakthroughs, Wanted),
                (Self::Gates, Wanted),
                (Self::Patterns, Wanted),
            ],
            Self::Prose => &[
                (Self::MoodTimeline, Wanted),
                (Self::TurnImpact, Required),
                (Self::Topics, Wanted),
                (Self::Breakthroughs, Wanted),
            ],
            Self::Synergy => &[(Self::Traits, Required)],
            Self::PersonaMemory => &[(Self::Topics, Wanted), (Self::Breakthroughs, Wanted)],
            Self::Insights => &[
                (Self::MoodTimeline, Wanted),
                (Self::TurnImpact, Wanted),
                (Self::Gates, Wanted),
                (Self::Patterns, Wanted),
                (Self::Synergy, Wanted),
                (Self::Traits, Wanted),
            ],
        }
    }

    /// The stages that wait for it.
    pub fn needed_by(self) -> impl Iterator<Item = (Self, Need)> {
        Self::ALL.into_iter().filter_map(move |stage| {
            stage.needs().iter().find(|(need, _)| *need == self).map(|(_, how)| (stage, *how))
        })
    }

    /// Whether the mission's analysed index waits for it. History and style do not count.
    #[must_use]
    pub fn is_required(self) -> bool {
        self.wave() == Wave::First
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_has_no_circle_and_no_stage_waits_for_a_later_wave() {
        for (at, stage) in Stage::ALL.into_iter().enumerate() {
            for (need, _) in stage.needs() {
                let before = Stage::ALL.iter().position(|other| other == need);
                assert!(before.is_some_and(|before| before < at), "{stage} stands before {need}");
                assert!(need.wave() <= stage.wave(), "{stage} waits for {need}");
            }
        }
    }

    #[test]
    fn names_are_those_of_serde() {
        for stage in Stage::ALL {
            let json = serde_json::to_string(&stage).expect("a name");
            assert_eq!(json, format!("\"{stage}\""));
        }
    }
}
