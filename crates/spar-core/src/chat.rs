//! The provider-neutral vocabulary of talking to a model. Wire formats live with the providers.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::units::Tokens;

/// Who speaks in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatRole {
    /// Instructions.
    System,
    /// The person (or whoever the model answers).
    User,
    /// The model's own earlier words.
    Assistant,
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: ChatRole,
    /// What they say.
    pub content: String,
}

impl ChatMessage {
    /// A message of the given role.
    pub fn new(role: ChatRole, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// Which kind of model a request is for; routing turns it into a model name.
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
pub enum Role {
    /// Fast and cheap: chat turns.
    #[default]
    Mini,
    /// Slower and deeper: analyzers.
    Heavy,
    /// The best there is, for rare moments; falls back to heavy.
    Hero,
    /// Grades other models; falls back to heavy.
    Judge,
}

impl Role {
    /// The name in files, flags and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mini => "mini",
            Self::Heavy => "heavy",
            Self::Hero => "hero",
            Self::Judge => "judge",
        }
    }
}

/// A JSON Schema the answer is asked to follow. Asked: the answer is validated whatever happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputSchema {
    /// A short identifier, as some servers require one.
    pub name: String,
    /// The schema. Key order is kept: models write fields in the order they are listed.
    pub schema: Schema,
}

/// A JSON Schema with its text: it goes into every request, so it is written once and shared by all
/// that ask for the same.
#[derive(Debug, Clone)]
pub struct Schema(Arc<Written>);

#[derive(Debug)]
struct Written {
    value: Value,
    text: Box<RawValue>,
}

impl Schema {
    /// The schema.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        &self.0.value
    }

    /// Its JSON, without spaces.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text.get()
    }
}

impl From<Value> for Schema {
    fn from(value: Value) -> Self {
        let text = to_raw_value(&value).expect("a JSON value always serialises");
        Self(Arc::new(Written { value, text }))
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

/// Sampling settings; `None` leaves the server's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// 0–2.
    pub temperature: Option<f64>,
    /// Nucleus mass, 0–1.
    pub top_p: Option<f64>,
    /// Upper bound on generated tokens.
    pub max_tokens: Option<Tokens>,
    /// Best effort on most servers.
    pub seed: Option<u64>,
}

/// One request to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// What the request is for, e.g. `chat_turn`; shown in logs and prompt runs.
    pub task: String,
    /// Which kind of model it is for.
    pub role: Role,
    /// The prompt.
    pub messages: Vec<ChatMessage>,
    /// The shape asked for; `None` for plain text.
    pub schema: Option<OutputSchema>,
    /// Sampling settings.
    pub sampling: Sampling,
    /// Nobody waits for the answer at this moment, so that a slow server is given its time. Not part
    /// of what is asked.
    #[serde(skip)]
    pub background: bool,
    /// What the embedded provider answers: the offline form of the task, decided by whoever built
    /// the request. Never sent to a server.
    #[serde(skip)]
    pub offline: Option<String>,
}

/// A piece of an answer as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatDelta {
    /// More text of the answer.
    Text(String),
}

/// Tokens as the server counted them; `None` where it did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input: Option<Tokens>,
    /// Tokens generated, reasoning included once.
    pub output: Option<Tokens>,
    /// Prompt tokens served from the server's cache, part of `input`.
    pub cached_input: Option<Tokens>,
    /// Reasoning tokens, part of `output`.
    pub reasoning: Option<Tokens>,
}

/// Why the answer stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The token limit cut it.
    Length,
    /// A content filter stopped it.
    Filtered,
    /// The model declined.
    Refused,
    /// The server did not say, or used a word we do not know.
    Other(String),
}

/// How structured output was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputMode {
    /// `response_format: json_schema`.
    JsonSchema,
    /// `response_format: json_object`.
    JsonObject,
    /// Only the prompt asks for JSON.
    PromptOnly,
    /// Plain text was asked for, or the embedded provider answered.
    Plain,
}

/// A finished answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatOutcome {
    /// The whole text.
    pub text: String,
    /// Which model answered, as the server named it.
    pub model: String,
    /// Why it stopped.
    pub finish: FinishReason,
    /// How structure was asked for.
    pub mode: OutputMode,
    /// Token counts.
    pub usage: Usage,
    /// From sending the request to the first text, ms, of the attempt that succeeded; stamped at the socket.
    pub ttft_ms: Option<f64>,
    /// From sending the request to the end of the answer, ms, of the attempt that succeeded.
    pub total_ms: f64,
    /// How many requests it took, retries included.
    pub attempts: u32,
}
