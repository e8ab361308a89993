//! JSON as it goes over the wire. Requests are exact; answers are read leniently, because a field
//! of an unexpected type is no reason to lose the text beside it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spar_core::chat::{
    ChatMessage, ChatRequest, ChatRole, OutputMode, OutputSchema, Schema, Usage,
};
use spar_core::units::Tokens;

use super::dialect::Dialect;
use super::lenient::{Count, Lenient, Many, Text};

/// The body of a chat request, phrased in `dialect`.
pub(super) fn body(request: &ChatRequest, model: &str, dialect: Dialect) -> Vec<u8> {
    let sampling = &request.sampling;
    let limit = sampling.max_tokens;
    let mut body = Vec::with_capacity(likely_length(request));
    let request = WireRequest {
        model,
        messages: messages(request, dialect.structure),
        stream: true,
        stream_options: dialect.stream_usage.then_some(StreamOptions { include_usage: true }),
        response_format: request
            .schema
            .as_ref()
            .and_then(|schema| ResponseFormat::new(schema, dialect.structure)),
        temperature: sampling.temperature.filter(|_| dialect.temperature),
        top_p: sampling.top_p.filter(|_| dialect.top_p),
        max_tokens: limit.filter(|_| !dialect.completion_tokens),
        max_completion_tokens: limit.filter(|_| dialect.completion_tokens),
        // Servers keep seeds in integers of various widths; 31 bits fit all of them.
        seed: sampling.seed.filter(|_| dialect.seed).map(|seed| seed & 0x7fff_ffff),
    };
    serde_json::to_writer(&mut body, &request)
        .expect("strings, numbers and a JSON value always serialise");
    body
}

/// Room for a request, so that the prompt is not moved again and again as its body grows: the texts,
/// some of them escaped, and what stands around them.
fn likely_length(request: &ChatRequest) -> usize {
    let texts: usize = request.messages.iter().map(|message| message.content.len() + 32).sum();
    let schema = request.schema.as_ref().map_or(0, |schema| schema.schema.text().len());
    texts + texts / 16 + schema + 512
}

/// How structure is asked for in a request phrased in `dialect`.
pub(super) fn mode(request: &ChatRequest, dialect: Dialect) -> OutputMode {
    if request.schema.is_some() { dialect.structure } else { OutputMode::Plain }
}

#[derive(Serialize)]
struct WireRequest<'a> {
    model: &'a str,
    messages: Vec<WireMessage<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

#[derive(Serialize)]
struct WireMessage<'a> {
    role: &'static str,
    content: Cow<'a, str>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<JsonSchema<'a>>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a Schema,
}

impl<'a> ResponseFormat<'a> {
    fn new(schema: &'a OutputSchema, mode: OutputMode) -> Option<Self> {
        match mode {
            OutputMode::JsonSchema => Some(Self {
                kind: "json_schema",
                json_schema: Some(JsonSchema {
                    name: &schema.name,
                    strict: true,
                    schema: &schema.schema,
                }),
            }),
            OutputMode::JsonObject => Some(Self { kind: "json_object", json_schema: None }),
            OutputMode::PromptOnly | OutputMode::Plain => None,
        }
    }
}

/// The prompt. Where the server is not told the schema, the system message is.
fn messages(request: &ChatRequest, structure: OutputMode) -> Vec<WireMessage<'_>> {
    let mut messages: Vec<WireMessage<'_>> = request.messages.iter().map(wire_message).collect();
    let told_by_prompt = matches!(structure, OutputMode::JsonObject | OutputMode::PromptOnly);
    if let Some(schema) = request.schema.as_ref().filter(|_| told_by_prompt) {
        let instruction = format!(
            "Answer with a single JSON object and nothing around it: no code fence, no other words. \
             It has to match this JSON Schema: {}",
            schema.schema.text()
        );
        match messages.iter_mut().find(|message| message.role == "system") {
            Some(system) => {
                let content = system.content.to_mut();
                content.push_str("\n\n");
                content.push_str(&instruction);
            }
            None => {
                messages.insert(0, WireMessage { role: "system", content: instruction.into() });
            }
        }
    }
    messages
}

fn wire_message(message: &ChatMessage) -> WireMessage<'_> {
    let role = match message.role {
        ChatRole::System => "system",
        ChatRole::User => "user",
        ChatRole::Assistant => "assistant",
    };
    WireMessage { role, content: Cow::Borrowed(&message.content) }
}

/// One event of a stream, or a whole answer that was not streamed: the two differ in where the
/// text is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) model: Text<'a>,
    #[serde(borrow)]
    pub(super) choices: Many<Lenient<Choice<'a>>>,
    pub(super) usage: Lenient<WireUsage>,
    pub(super) error: Option<Value>,
    /// `error` where the error stands at the top.
    #[serde(borrow)]
    pub(super) object: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow)]
    pub(super) code: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    pub(super) index: Count,
    #[serde(borrow)]
    pub(super) delta: Lenient<Said<'a>>,
    #[serde(borrow)]
    pub(super) message: Lenient<Said<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Text<'a>,
    pub(super) error: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Said<'a> {
    #[serde(borrow)]
    pub(super) content: Text<'a>,
    #[serde(borrow)]
    pub(super) refusal: Text<'a>,
    #[serde(borrow)]
    reasoning_content: Text<'a>,
    #[serde(borrow)]
    reasoning: Text<'a>,
}

impl Said<'_> {
    /// Whether the model thought rather than spoke: a sign of life that is not shown.
    pub(super) fn is_reasoning(&self) -> bool {
        !self.reasoning_content.0.is_empty() || !self.reasoning.0.is_empty()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WireUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Lenient<PromptDetails>,
    completion_tokens_details: Lenient<CompletionDetails>,
    prompt_cache_hit_tokens: Count,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Count,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Count,
}

impl WireUsage {
    /// The counts in our terms. Some servers leave reasoning out of the completion; their total
    /// tells.
    pub(super) fn usage(&self) -> Usage {
        let input = self.prompt_tokens.0;
        let reasoning = self.completion_tokens_details.0.reasoning_tokens.0;
        let mut output = self.completion_tokens.0;
        if let (Some(input), Some(said), Some(thought), Some(total)) =
            (input, output, reasoning, self.total_tokens.0)
            && thought > 0
            && u64::from(total) >= u64::from(input) + u64::from(said) + u64::from(thought)
        {
            output = Some(said.saturating_add(thought));
        }
        Usage {
            input,
            output,
            cached_input: self
                .prompt_tokens_details
                .0
                .cached_tokens
                .0
                .or(self.prompt_cache_hit_tokens.0),
            reasoning,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spar_core::chat::{Role, Sampling};

    use super::super::Quirks;
    use super::*;

    fn request() -> ChatRequest {
        ChatRequest {
            task: "chat_turn".to_owned(),
            role: Role::Mini,
            messages: vec![
                ChatMessage::new(ChatRole::System, "Be Dana."),
                ChatMessage::new(ChatRole::User, "Hi"),
            ],
            schema: Some(OutputSchema {
                name: "turn".to_owned(),
                schema: json!({"type": "object"}).into(),
            }),
            sampling: Sampling { max_tokens: Some(9), ..Sampling::default() },
            background: false,
            offline: Some("never sent".to_owned()),
        }
    }

    fn sent(request: &ChatRequest, dialect: Dialect) -> Value {
        serde_json::from_slice(&body(request, "m", dialect)).expect("JSON")
    }

    #[test]
    fn a_strict_schema_is_nested_and_unset_sampling_left_out() {
        assert_eq!(
            sent(&request(), Dialect::from_quirks(Quirks::default())),
            json!({
                "model": "m",
                "messages": [
                    {"role": "system", "content": "Be Dana."},
                    {"role": "user", "content": "Hi"},
                ],
                "stream": true,
                "stream_options": {"include_usage": true},
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "turn", "strict": true, "schema": {"type": "object"}},
                },
                "max_tokens": 9,
            })
        );
    }

    #[test]
    fn the_plainest_dialect_tells_the_schema_in_the_prompt() {
        let mut dialect = Dialect::from_quirks(Quirks::default());
        dialect.structure = OutputMode::PromptOnly;
        dialect.stream_usage = false;
        dialect.completion_tokens = true;
        let body = sent(&request(), dialect);
        assert_eq!(body.get("response_format"), None);
        assert_eq!(body["max_completion_tokens"], 9);
        let system = body["messages"][0]["content"].as_str().expect("text");
        assert!(system.starts_with("Be Dana.\n\nAnswer with a single JSON object"), "{system}");
        assert!(system.ends_with(r#"{"type":"object"}"#), "{system}");

        let mut without_system = request();
        without_system.messages.remove(0);
        let body = sent(&without_system, dialect);
        assert_eq!(body["messages"][0]["role"], "system");
        assert_eq!(body["messages"][1]["content"], "Hi");
    }

    #[test]
    fn every_field_may_be_of_any_type() {
        let odd =
            ["null", "true", "7", "-7", "1.5", "\"x\"", "[]", "[1,[2]]", "{}", "{\"a\":[{}]}"];
        for value in odd {
            for field in ["model", "choices", "usage", "error", "object", "message", "code"] {
                let json = format!("{{\"{field}\":{value}}}");
                serde_json::from_str::<Chunk<'_>>(&json)
                    .unwrap_or_else(|error| panic!("{json}: {error}"));
            }
            for field in ["index", "delta", "message", "finish_reason", "error"] {
                let json = format!("{{\"choices\":[{{\"{field}\":{value}}}]}}");
                serde_json::from_str::<Chunk<'_>>(&json)
                    .unwrap_or_else(|error| panic!("{json}: {error}"));
            }
            for field in ["prompt_tokens", "completion_tokens_details"] {
                let json = format!("{{\"usage\":{{\"{field}\":{value}}}}}");
                serde_json::from_str::<Chunk<'_>>(&json)
                    .unwrap_or_else(|error| panic!("{json}: {error}"));
            }
        }
    }

    #[test]
    fn reasoning_is_counted_once() {
        let read = |json: Value| {
            serde_json::from_value::<Lenient<WireUsage>>(json).expect("lenient").0.usage()
        };
        let inside = read(json!({"prompt_tokens": 10, "completion_tokens": 50, "total_tokens": 60,
            "completion_tokens_details": {"reasoning_tokens": 30}}));
        assert_eq!((inside.output, inside.reasoning), (Some(50), Some(30)));
        let beside = read(json!({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 60,
            "completion_tokens_details": {"reasoning_tokens": 30}}));
        assert_eq!((beside.output, beside.reasoning), (Some(50), Some(30)));
    }
}
