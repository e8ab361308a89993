//! What the conversation was about, what was agreed or offered in it, and by which technique.

mod promises;
mod subjects;
mod technique;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompted::{self, Fields, Material, Prompt};
use super::words::sentence;
use super::{Context, StageOutput};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::routing::Task;
use crate::units::Confidence;

/// What it was about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Topics {
    /// At most two, the larger first.
    pub topics: Vec<Topic>,
    /// What somebody said they would do, at most five.
    pub actions: Vec<Action>,
    /// What the person mainly did to get there.
    pub technique: Option<Technique>,
}

/// A subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Topic {
    /// In a few words.
    pub name: String,
    /// Share of the turns that were about it, 0–1.
    pub share: Confidence,
}

/// Something somebody said they would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Action {
    /// In a line.
    pub text: String,
    /// Whose it is.
    pub whose: Whose,
    /// Where it was said.
    pub turn: TurnIndex,
}

/// Whose an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The person's.
    User,
    /// The persona's.
    Persona,
    /// Both.
    Both,
}

/// A way of going about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Technique {
    /// Its name, e.g. "reflecting before proposing".
    pub name: String,
    /// Why that is what it was, in a sentence.
    pub why: String,
    /// The turn that shows it best.
    pub turn: TurnIndex,
}

/// Topics, actions and technique at most.
const MOST_TOPICS: usize = 2;
const MOST_ACTIONS: usize = 5;
/// Longest texts, in characters.
const LONGEST_NAME: usize = 48;
const LONGEST_ACTION: usize = 120;
const LONGEST_WHY: usize = 240;

/// Subjects, actions and technique, from words and cues alone. In a language that is not read there
/// are none.
#[must_use]
pub fn offline(context: &Context<'_>) -> Topics {
    if !context.mission.scenario().is_scored() {
        return Topics::default();
    }
    Topics {
        topics: subjects::found(context),
        actions: promises::found(context),
        technique: technique::found(context),
    }
}

impl Topics {
    /// What was found, a line each, for the prompts of other stages.
    pub(super) fn in_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.topics.is_empty() {
            let names: Vec<&str> = self.topics.iter().map(|topic| topic.name.as_str()).collect();
            lines.push(format!("It was about {}.", names.join(" and ")));
        }
        for action in &self.actions {
            let whose = action.whose.name();
            lines.push(format!("Turn {}, to do for the {whose}: {}", action.turn, action.text));
        }
        if let Some(technique) = &self.technique {
            lines.push(format!("Technique: {}. {}", technique.name, technique.why));
        }
        lines
    }
}

impl Whose {
    /// Everybody.
    pub const ALL: [Self; 3] = [Self::User, Self::Persona, Self::Both];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Persona => "persona",
            Self::Both => "both",
        }
    }
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::TopicExtraction,
    system: include_str!("../../../prompts/topics.md"),
    max_tokens: 600,
    schema,
};

fn schema() -> Value {
    let topic = prompted::object(&[
        ("name", prompted::text("one to four words")),
        ("share", prompted::within(0, 100)),
    ]);
    let action = prompted::object(&[
        ("text", prompted::text("who does what by when")),
        ("whose", prompted::word(&Whose::ALL.map(Whose::name))),
        ("turn", prompted::turn()),
    ]);
    let technique = prompted::object(&[
        ("name", prompted::text("a few words")),
        ("why", prompted::text("one sentence that names turns")),
        ("turn", prompted::turn()),
    ]);
    prompted::object(&[
        ("topics", prompted::list(&topic, MOST_TOPICS)),
        ("actions", prompted::list(&action, MOST_ACTIONS)),
        ("technique", technique),
    ])
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let before = match context.previous {
        Some(StageOutput::Topics(earlier)) => Some(earlier.in_lines().join(" ")),
        _ => None,
    };
    PROMPT.request(context, &Material { found: Vec::new(), before })
}

/// What a model's answer means.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Topics {
    let mut topics = offline(context);
    if let Some(items) = fields.items("topics", MOST_TOPICS) {
        let read: Vec<Topic> = items.iter().filter_map(topic).collect();
        if !read.is_empty() || items.is_empty() {
            topics.topics = read;
            topics.topics.sort_by(|a, b| b.share.get().total_cmp(&a.share.get()));
        }
    }
    if let Some(items) = fields.items("actions", MOST_ACTIONS) {
        let read: Vec<Action> = items.iter().filter_map(|item| action(context, item)).collect();
        if !read.is_empty() || items.is_empty() {
            topics.actions = read;
            topics.actions.sort_by_key(|action| action.turn);
        }
    }
    if let Some(read) = fields.inner("technique").and_then(|item| technique_of(context, &item)) {
        topics.technique = Some(read);
    }
    topics
}

fn topic(item: &Fields<'_>) -> Option<Topic> {
    let name = item.text("name", LONGEST_NAME)?;
    let share = item.number("share", 0.0..=100.0)?;
    Some(Topic { name, share: Confidence::new(share / 100.0) })
}

fn action(context: &Context<'_>, item: &Fields<'_>) -> Option<Action> {
    let text = item.text("text", LONGEST_ACTION)?;
    let whose =
        item.word("whose", |word| Whose::ALL.into_iter().find(|whose| whose.name() == word))?;
    let turn = item.turn("turn", context)?;
    Some(Action { text, whose, turn })
}

fn technique_of(context: &Context<'_>, item: &Fields<'_>) -> Option<Technique> {
    let name = item.text("name", LONGEST_NAME)?;
    let why = sentence(&item.text("why", LONGEST_WHY)?);
    let turn = item.turn("turn", context)?;
    Some(Technique { name, why, turn })
}
