//! What stages leave, each in its own type, and the newest of each kept together.

use serde::{Deserialize, Serialize};

use super::breakthroughs::Breakthroughs;
use super::category_stats::CategoryStats;
use super::coaching::Coaching;
use super::gates::FinalGates;
use super::insights::Insights;
use super::layers::Layers;
use super::mood_timeline::MoodTimeline;
use super::patterns::Patterns;
use super::persona_memory::PersonaMemory;
use super::prose::Prose;
use super::skills::Skills;
use super::summary::ActionSummary;
use super::synergy::Synergies;
use super::topics::Topics;
use super::traits::Traits;
use super::turn_impact::TurnImpacts;
use crate::job::Stage;

/// Defines the closed set of outputs and the bag that holds one of each.
macro_rules! outputs {
    ($($stage:ident($output:ty) $field:ident $doc:literal,)*) => {
        /// What a stage left. Stored as JSON with the stage's name.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "stage", content = "result", rename_all = "snake_case")]
        pub enum StageOutput {
            $(#[doc = $doc] $stage($output),)*
        }

        impl StageOutput {
            /// The stage it is of.
            #[must_use]
            pub fn stage(&self) -> Stage {
                match self {
                    $(Self::$stage(_) => Stage::$stage,)*
                }
            }
        }

        /// The newest result of each stage, of those that have one.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Results {
            $(#[doc = $doc] pub $field: Option<$output>,)*
        }

        impl Results {
            /// Puts a result in its place.
            pub fn insert(&mut self, output: StageOutput) {
                match output {
                    $(StageOutput::$stage(result) => self.$field = Some(result),)*
                }
            }

            /// Whether a stage has left something.
            #[must_use]
            pub fn has(&self, stage: Stage) -> bool {
                match stage {
                    $(Stage::$stage => self.$field.is_some(),)*
                }
            }
        }
    };
}

outputs! {
    MoodTimeline(MoodTimeline) mood_timeline "The course of score and mood.",
    TurnImpact(TurnImpacts) turn_impact "What each line did.",
    Traits(Traits) traits "How the person talked.",
    Gates(FinalGates) gates "Which gates passed.",
    Topics(Topics) topics "What it was about.",
    Breakthroughs(Breakthroughs) breakthroughs "Moments that changed something.",
    ActionSummary(ActionSummary) action_summary "The mission in a few words.",
    Patterns(Patterns) patterns "Habits and moments that took hold.",
    Layers(Layers) layers "Five layers of skill.",
    Coaching(Coaching) coaching "What to make of it.",
    Prose(Prose) prose "The story.",
    Skills(Skills) skills "Skills, inferred from evidence.",
    Synergy(Synergies) synergy "How traits go together.",
    CategoryStats(CategoryStats) category_stats "How this walk of life goes.",
    PersonaMemory(PersonaMemory) persona_memory "What the persona will remember.",
    Insights(Insights) insights "Cards worth reading first.",
}
