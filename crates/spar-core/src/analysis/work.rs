//! One door to all stages, for the runner.

use super::prompted::{Answer, Fields};
use super::{Context, StageOutput};
use crate::chat::ChatRequest;
use crate::job::Stage;
use crate::mission::Problem;
use crate::routing::Task;

/// What a model would be asked for; `None` for a stage that is computed.
#[must_use]
pub fn task(stage: Stage) -> Option<Task> {
    match stage {
        Stage::MoodTimeline => Some(Task::MoodAnalysis),
        Stage::Traits => Some(Task::Traits),
        Stage::Topics => Some(Task::TopicExtraction),
        Stage::ActionSummary => Some(Task::ActionSummary),
        Stage::Breakthroughs => Some(Task::BreakthroughDetection),
        Stage::Layers => Some(Task::Layers),
        Stage::Coaching => Some(Task::DeepAnalysis),
        Stage::Prose => Some(Task::Prose),
        Stage::Skills => Some(Task::SkillReasoning),
        Stage::Patterns => Some(Task::SessionInsights),
        Stage::PersonaMemory => Some(Task::SessionSummary),
        Stage::TurnImpact
        | Stage::Gates
        | Stage::Synergy
        | Stage::CategoryStats
        | Stage::Insights => None,
    }
}

/// What to ask a model; `None` when there is nothing to ask: the stage is computed, or nothing was
/// said that could be studied.
#[must_use]
pub fn request(stage: Stage, context: &Context<'_>) -> Option<ChatRequest> {
    match stage {
        Stage::MoodTimeline => super::mood_timeline::request(context),
        Stage::Traits => super::traits::request(context),
        Stage::Topics => super::topics::request(context),
        Stage::Breakthroughs => super::breakthroughs::request(context),
        Stage::ActionSummary => super::summary::request(context),
        Stage::Patterns => super::patterns::request(context),
        Stage::Layers => super::layers::request(context),
        Stage::Coaching => super::coaching::request(context),
        Stage::Prose => super::prose::request(context),
        Stage::Skills => super::skills::request(context),
        Stage::PersonaMemory => super::persona_memory::request(context),
        Stage::TurnImpact
        | Stage::Gates
        | Stage::Synergy
        | Stage::CategoryStats
        | Stage::Insights => None,
    }
}

/// The version of what a model is asked for: it changes with every edit of the prompt or of the
/// schema, and only then. `None` for a stage that is computed.
#[must_use]
pub fn prompt_version(stage: Stage) -> Option<String> {
    let prompt = match stage {
        Stage::MoodTimeline => &super::mood_timeline::PROMPT,
        Stage::Traits => &super::traits::PROMPT,
        Stage::Topics => &super::topics::PROMPT,
        Stage::Breakthroughs => &super::breakthroughs::PROMPT,
        Stage::ActionSummary => &super::summary::PROMPT,
        Stage::Patterns => &super::patterns::PROMPT,
        Stage::Layers => &super::layers::PROMPT,
        Stage::Coaching => &super::coaching::PROMPT,
        Stage::Prose => &super::prose::PROMPT,
        Stage::Skills => &super::skills::PROMPT,
        Stage::PersonaMemory => &super::persona_memory::PROMPT,
        Stage::TurnImpact
        | Stage::Gates
        | Stage::Synergy
        | Stage::CategoryStats
        | Stage::Insights => return None,
    };
    Some(prompt.version())
}

/// What a model's answer means. Fields that are missing or wrong are those of the offline form, and
/// each is named; an answer of which nothing can be used is the offline form with one problem whose
/// field is empty.
#[must_use]
pub fn interpret(stage: Stage, context: &Context<'_>, answer: &str) -> (StageOutput, Vec<Problem>) {
    match stage {
        Stage::MoodTimeline => read(answer, |fields| {
            StageOutput::MoodTimeline(super::mood_timeline::interpret(context, fields))
        }),
        Stage::Traits => {
            read(answer, |fields| StageOutput::Traits(super::traits::interpret(context, fields)))
        }
        Stage::Topics => {
            read(answer, |fields| StageOutput::Topics(super::topics::interpret(context, fields)))
        }
        Stage::Breakthroughs => read(answer, |fields| {
            StageOutput::Breakthroughs(super::breakthroughs::interpret(context, fields))
        }),
        Stage::ActionSummary => read(answer, |fields| {
            StageOutput::ActionSummary(super::summary::interpret(context, fields))
        }),
        Stage::Patterns => read(answer, |fields| {
            StageOutput::Patterns(super::patterns::interpret(context, fields))
        }),
        Stage::Layers => {
            read(answer, |fields| StageOutput::Layers(super::layers::interpret(context, fields)))
        }
        Stage::Coaching => read(answer, |fields| {
            StageOutput::Coaching(super::coaching::interpret(context, fields))
        }),
        Stage::Prose => {
            read(answer, |fields| StageOutput::Prose(super::prose::interpret(context, fields)))
        }
        Stage::Skills => {
            read(answer, |fields| StageOutput::Skills(super::skills::interpret(context, fields)))
        }
        Stage::PersonaMemory => read(answer, |fields| {
            StageOutput::PersonaMemory(super::persona_memory::interpret(context, fields))
        }),
        Stage::TurnImpact
        | Stage::Gates
        | Stage::Synergy
        | Stage::CategoryStats
        | Stage::Insights => (offline(stage, context), Vec::new()),
    }
}

fn read(
    answer: &str,
    make: impl FnOnce(&Fields<'_>) -> StageOutput,
) -> (StageOutput, Vec<Problem>) {
    let answer = Answer::read(answer);
    let output = make(&answer.fields());
    (output, answer.into_problems())
}

/// What the stage finds without a model.
#[must_use]
pub fn offline(stage: Stage, context: &Context<'_>) -> StageOutput {
    match stage {
        Stage::MoodTimeline => StageOutput::MoodTimeline(super::mood_timeline::offline(context)),
        Stage::TurnImpact => StageOutput::TurnImpact(super::turn_impact::offline(context)),
        Stage::Traits => StageOutput::Traits(super::traits::offline(context)),
        Stage::Gates => StageOutput::Gates(super::gates::offline(context)),
        Stage::Topics => StageOutput::Topics(super::topics::offline(context)),
        Stage::Breakthroughs => StageOutput::Breakthroughs(super::breakthroughs::offline(context)),
        Stage::ActionSummary => StageOutput::ActionSummary(super::summary::offline(context)),
        Stage::Patterns => StageOutput::Patterns(super::patterns::offline(context)),
        Stage::Layers => StageOutput::Layers(super::layers::offline(context)),
        Stage::Coaching => StageOutput::Coaching(super::coaching::offline(context)),
        Stage::Prose => StageOutput::Prose(super::prose::offline(context)),
        Stage::Skills => StageOutput::Skills(super::skills::offline(context)),
        Stage::Synergy => StageOutput::Synergy(super::synergy::offline(context)),
        Stage::CategoryStats => StageOutput::CategoryStats(super::category_stats::offline(context)),
        Stage::PersonaMemory => StageOutput::PersonaMemory(super::persona_memory::offline(context)),
        Stage::Insights => StageOutput::Insights(super::insights::offline(context)),
    }
}
