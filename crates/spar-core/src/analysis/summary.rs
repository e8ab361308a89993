//! The mission in a few words, for lists.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::Context;
use super::prompted::{self, Fields, Material, Prompt};
use super::seen::{Seen, seen};
use super::topics::Topics;
use super::words::capital;
use crate::chat::ChatRequest;
use crate::mission::Phase;
use crate::reading::Cue;
use crate::routing::Task;
use crate::rules::Ending;

/// Characters of a summary at most.
pub const LONGEST: usize = 45;

/// The mission in a few words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ActionSummary {
    /// At most [`LONGEST`] characters, e.g. "Owned the slip, left with a joint plan".
    pub text: String,
}

/// The summary, from ending, gates and cues alone: the first of several, the fullest first, that is
/// short enough.
#[must_use]
pub fn offline(context: &Context<'_>) -> ActionSummary {
    let text = ways(context)
        .into_iter()
        .map(|way| capital(&way))
        .find(|way| way.graphemes(true).count() <= LONGEST);
    ActionSummary { text: text.unwrap_or_else(|| "Talked it through".to_owned()) }
}

fn ways(context: &Context<'_>) -> Vec<String> {
    let end = how_it_ended(context);
    let Some(first) = context.turns().next() else { return vec![format!("said nothing, {end}")] };
    if !context.mission.scenario().is_scored() {
        return vec![format!("talked in another language, {end}"), end.to_owned()];
    }
    let seen = seen(context);
    if seen.is_empty() {
        let stopped = first.reading.is_none() && context.mission.state().phase == Phase::Paused;
        let said = if stopped { "stopped to look after yourself" } else { "said nothing to read" };
        return vec![format!("{said}, {end}"), said.to_owned()];
    }
    let mut deeds = deeds(&seen);
    if let Some(topic) = context.results.topics.as_ref().and_then(|topics| topics.topics.first()) {
        let at = usize::from(deeds.len() > 1);
        deeds.insert(at, format!("talked about {}", topic.name));
    }
    let mut ways = Vec::new();
    if let [first, second, ..] = deeds.as_slice() {
        ways.push(format!("{first}, {second}, {end}"));
    }
    ways.extend(deeds.iter().map(|deed| format!("{deed}, {end}")));
    ways.push(end.to_owned());
    ways
}

/// What the person mainly did, in the past tense, the most telling first.
fn deeds(seen: &[Seen<'_>]) -> Vec<String> {
    /// Cues, what they amount to, and the share of turns from which they tell.
    const DEEDS: [(&[Cue], &str, f64); 11] = [
        (&[Cue::Threat, Cue::Slur, Cue::Sexual, Cue::Insult], "crossed a line", 0.0),
        (&[Cue::Blames, Cue::Sarcasm], "put the blame on them", 0.3),
        (&[Cue::Dismisses], "waved it away", 0.3),
        (&[Cue::Pressures, Cue::Commands], "pushed for a yes", 0.3),
        (&[Cue::Hedges], "hedged", 0.4),
        (&[Cue::TakesResponsibility], "owned your part", 0.0),
        (&[Cue::SetsBoundary, Cue::Declines], "held the line", 0.0),
        (&[Cue::AcknowledgesFeeling, Cue::Validates, Cue::Reflects], "heard them out", 0.15),
        (&[Cue::StatesPosition], "said it plainly", 0.1),
        (&[Cue::OpenQuestion], "asked questions", 0.1),
        (&[Cue::ProposesPlan, Cue::Commits], "offered a plan", 0.0),
    ];
    let turns = seen.len() as f64;
    let mut found: Vec<String> = DEEDS
        .iter()
        .filter(|(cues, _, from)| {
            let count = seen.iter().filter(|turn| turn.has_any(cues)).count();
            count > 0 && count as f64 / turns >= *from
        })
        .map(|(_, deed, _)| (*deed).to_owned())
        .collect();
    if found.is_empty() {
        found.push("talked".to_owned());
    }
    found
}

/// After a comma.
fn how_it_ended(context: &Context<'_>) -> &'static str {
    let Some(ending) = context.mission.state().ending() else {
        return match context.mission.state().phase {
            Phase::Paused => "paused",
            _ => "still talking",
        };
    };
    match ending {
        Ending::AbortSystemError => "cut off by an error",
        Ending::AbortDisqualified => "was disqualified",
        Ending::FailTimer => "ran out of time",
        Ending::FailStrikes => "struck out",
        Ending::FailGateSequence => "came out with it too late",
        Ending::FailMoodCollapse => "and it broke down",
        Ending::FailObjective => "lost the aim",
        Ending::SuccessObjective => "got what you came for",
        Ending::SuccessGateSequence => "passed every gate",
        Ending::SuccessScoreMilestone => "kept a high standard",
        Ending::FailMaxTurns => "ran out of turns",
        Ending::AbortUser => "left early",
    }
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::ActionSummary,
    system: include_str!("../../prompts/action_summary.md"),
    max_tokens: 80,
    schema,
};

fn schema() -> Value {
    prompted::object(&[("summary", prompted::text("at most 45 characters, past tense"))])
}

/// The request of this stage. Always of the whole: a summary of the end alone would be none.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let found = context.results.topics.as_ref().map(Topics::in_lines).unwrap_or_default();
    PROMPT.request(context, &Material { found, before: None })
}

/// What a model's answer means. One that is too long is not cut: half a summary says something
/// else.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> ActionSummary {
    let Some(text) = fields.text("summary", 4 * LONGEST) else { return offline(context) };
    let text = text.trim_matches(['"', '\u{201c}', '\u{201d}']).trim_end_matches('.').trim();
    let length = text.graphemes(true).count();
    if length == 0 || length > LONGEST {
        fields.complain("summary", format!("{length} characters, at most {LONGEST}"));
        return offline(context);
    }
    ActionSummary { text: capital(text) }
}
