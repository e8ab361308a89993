//! The request of a prompted stage. What it holds is bounded: when the talk is too long for it, the
//! oldest turns are left out and the prompt says so.

use std::fmt::Write as _;

use serde_json::Value;

use crate::analysis::Context;
use crate::analysis::words::clip;
use crate::chat::{ChatMessage, ChatRequest, ChatRole, OutputSchema, Sampling};
use crate::ids::TurnIndex;
use crate::language::clean;
use crate::mission::SpokenTurn;
use crate::mission::prompt::version_of;
use crate::routing::{Profile, Task};
use crate::rules::Outcome;
use crate::units::Tokens;

/// What the messages of one request may take, in tokens as estimated.
pub(super) const MOST_PROMPT_TOKENS: usize = 6_000;
/// Bytes of English text a token stands for, about.
const BYTES_A_TOKEN: usize = 4;
/// How many of the newest turns are kept, step by step, until the prompt fits.
const LADDER: [usize; 4] = [usize::MAX, 10, 5, 3];
/// The longest line given whole, in characters, and the longest when nothing else helps.
const LONGEST_LINE: usize = 1_200;
const LONGEST_LINE_CUT: usize = 240;
/// The longest piece of other results, in characters.
const LONGEST_FOUND: usize = 2_400;
/// Close to what was said, not to what might be.
const TEMPERATURE: f64 = 0.2;
/// How every analyst is told to read and to write.
const COMMON: &str = include_str!("../../../prompts/analysis.md");

/// What a stage asks for.
#[derive(Debug, Clone, Copy)]
pub(in crate::analysis) struct Prompt {
    /// Which task: decides the role.
    pub(in crate::analysis) task: Task,
    /// The stage's own instructions: a file of `prompts/`.
    pub(in crate::analysis) system: &'static str,
    /// Bound on the answer.
    pub(in crate::analysis) max_tokens: Tokens,
    /// The answer's schema.
    pub(in crate::analysis) schema: fn() -> Value,
}

/// What a request builds on.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct Material {
    /// What other stages found, a line each.
    pub(in crate::analysis) found: Vec<String>,
    /// What the stage itself made of the turns up to `context.since`, in a few lines. With it only
    /// later turns are given in full.
    pub(in crate::analysis) before: Option<String>,
}

impl Prompt {
    /// First 12 hex digits of the SHA-256 of everything constant in it.
    pub(in crate::analysis) fn version(&self) -> String {
        version_of(&[COMMON, self.system, &(self.schema)().to_string()])
    }

    /// The request; `None` when no turn can be studied.
    pub(in crate::analysis) fn request(
        &self,
        context: &Context<'_>,
        material: &Material,
    ) -> Option<ChatRequest> {
        if !context.mission.scenario().is_scored() {
            return None;
        }
        let all: Vec<&SpokenTurn> = context.turns().filter(|turn| may_be_shown(turn)).collect();
        let (turns, before) = match &material.before {
            Some(before) => {
                let new = all.partition_point(|spoken| spoken.turn <= context.since);
                // With nothing new the whole talk is looked at once more.
                if new == 0 || new == all.len() {
                    (all.as_slice(), None)
                } else {
                    (&all[new..], Some(before.as_str()))
                }
            }
            None => (all.as_slice(), None),
        };
        turns.last()?;
        let schema = (self.schema)();
        let system = format!("{COMMON}{}", self.system);
        let user = self.fitting(context, material, before, turns, &schema, system.len());
        Some(ChatRequest {
            task: self.task.name().to_owned(),
            role: self.task.role(Profile::default()),
            messages: vec![
                ChatMessage::new(ChatRole::System, system),
                ChatMessage::new(ChatRole::User, user),
            ],
            schema: Some(OutputSchema { name: self.task.name().to_owned(), schema: schema.into() }),
            sampling: Sampling {
                temperature: Some(TEMPERATURE),
                max_tokens: Some(self.max_tokens),
                ..Sampling::default()
            },
            background: true,
            offline: None,
        })
    }

    /// The user's message with as many of the newest turns as fit.
    fn fitting(
        &self,
        context: &Context<'_>,
        material: &Material,
        before: Option<&str>,
        turns: &[&SpokenTurn],
        schema: &Value,
        taken: usize,
    ) -> String {
        let fields: Vec<&str> = schema["properties"]
            .as_object()
            .map(|fields| fields.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let head = head(context, material, before);
        let end = format!(
            "\nAnswer with one JSON object with the fields {}, in this order, and nothing else.",
            fields.join(", ")
        );
        let most = MOST_PROMPT_TOKENS * BYTES_A_TOKEN;
        let made = |keep: usize, line: usize| {
            let left_out = turns.len().saturating_sub(keep);
            let shown = &turns[left_out..];
            format!("{head}{}{end}", transcript(context, shown, left_out, before.is_some(), line))
        };
        LADDER
            .into_iter()
            // A very long talk is not written out to find that it does not fit.
            .filter(|keep| *keep != usize::MAX || turns.len() <= most / 40)
            .map(|keep| made(keep, LONGEST_LINE))
            .find(|text| taken + text.len() <= most)
            .unwrap_or_else(|| made(LADDER[LADDER.len() - 1], LONGEST_LINE_CUT))
    }
}

/// A line that nobody answered was taken back, or left unanswered for safety's sake: no model is
/// shown it.
fn may_be_shown(spoken: &SpokenTurn) -> bool {
    spoken.reply.is_some() && !spoken.in_crisis()
}

/// What the talk is about, how it ended, and what was found.
fn head(context: &Context<'_>, material: &Material, before: Option<&str>) -> String {
    let scenario = context.mission.scenario();
    let (persona, objective) = (&scenario.persona, &scenario.objective);
    let mut text = format!(
        "The rehearsal: {}. The other is {}: {}.\nWhat you were there for: {}. {}\n",
        one_line(&scenario.title, 120),
        one_line(&persona.name, 60),
        one_line(&persona.role, 200),
        one_line(&objective.title, 200),
        one_line(&objective.description, 600),
    );
    let how = match context.mission.state().ending() {
        None => "It is still going on.".to_owned(),
        Some(ending) => {
            let outcome = match ending.outcome() {
                Outcome::Success => "won",
                Outcome::Failure => "lost",
                Outcome::Aborted => "broken off",
            };
            format!("It is over, {outcome}: {}", ending.in_words())
        }
    };
    let _ = writeln!(text, "{how}");
    if !material.found.is_empty() {
        text.push_str("\n<found>\n");
        for line in &material.found {
            let _ = writeln!(text, "{}", one_line(line, LONGEST_FOUND / 4));
        }
        text.push_str("</found>\n");
    }
    if let Some(before) = before {
        let before = one_line(before, LONGEST_FOUND);
        let _ = write!(text, "\n<before>\n{before}\n</before>\n");
    }
    text
}

fn transcript(
    context: &Context<'_>,
    turns: &[&SpokenTurn],
    left_out: usize,
    is_later: bool,
    longest: usize,
) -> String {
    let mut text = String::from("\n");
    let first = turns.first().map_or(TurnIndex(0), |spoken| spoken.turn);
    if is_later {
        let _ = writeln!(
            text,
            "Turns up to {} were studied before: <before> holds what came of it. Answer for the \
             whole talk, those turns included.",
            context.since
        );
    }
    match left_out {
        0 => {}
        1 => {
            let _ = writeln!(text, "One turn before turn {first} is left out to save room.");
        }
        more => {
            let _ = writeln!(text, "{more} turns before turn {first} are left out to save room.");
        }
    }
    let name = one_line(&context.mission.scenario().persona.name, 60);
    text.push_str("<transcript>\n");
    if let Some(opener) = context.mission.quotable_opener()
        && left_out == 0
        && !is_later
    {
        let _ = writeln!(text, "[0] {name}: {}", one_line(opener, longest));
    }
    for spoken in turns {
        let _ = writeln!(text, "[{}] You: {}", spoken.turn, one_line(&spoken.user, longest));
        if let Some(read) = &spoken.reading {
            let cues: Vec<&str> = read.cues.iter().map(|hit| hit.cue.name()).collect();
            let _ = writeln!(
                text,
                "    (score {}; mood {:.0}/{:.0}/{:.0}{}{})",
                read.score,
                spoken.vector.positivity,
                spoken.vector.tension,
                spoken.vector.comfort,
                if cues.is_empty() { "" } else { "; " },
                cues.join(", ")
            );
        }
        if let Some(reply) = &spoken.reply {
            let _ = writeln!(text, "[{}] {name}: {}", spoken.turn, one_line(&reply.text, longest));
        }
    }
    text.push_str("</transcript>\n");
    text
}

/// Foreign text on one line, which can close no fence and open no new line of the transcript.
fn one_line(text: &str, longest: usize) -> String {
    let safe = clean(text).replace('<', "\u{2039}").replace('>', "\u{203a}");
    clip(&safe.split_whitespace().collect::<Vec<_>>().join(" "), longest)
}
