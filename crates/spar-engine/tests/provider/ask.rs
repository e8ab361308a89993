//! How these tests ask: a small request, and what came of it.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use spar_core::chat::{
    ChatDelta, ChatMessage, ChatOutcome, ChatRequest, ChatRole, OutputSchema, Role, Sampling,
};
use spar_engine::clock::Clock;
use spar_engine::provider::{
    OpenAiConfig, OpenAiProvider, Provider, ProviderError, RetryPolicy, RoleModels,
};

use crate::hostile_server::{HostileServer, Reply};

/// The key these tests send; it must never come back.
pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The pieces in order.
    pub(crate) deltas: Vec<String>,
    /// How it ended.
    pub(crate) result: Result<ChatOutcome, ProviderError>,
    /// How many requests the server saw.
    pub(crate) requests: usize,
}

impl Asked {
    /// The outcome of a request that must have gone well, its pieces checked against its text.
    pub(crate) fn outcome(self) -> ChatOutcome {
        let outcome = self.result.expect("an answer");
        assert_eq!(self.deltas.concat(), outcome.text, "the pieces add up to the text");
        outcome
    }

    /// The error of a request that must have failed.
    pub(crate) fn error(self) -> ProviderError {
        self.result.expect_err("no answer")
    }
}

/// A plain request.
pub(crate) fn request() -> ChatRequest {
    ChatRequest {
        task: "chat_turn".to_owned(),
        role: Role::Mini,
        messages: vec![
            ChatMessage::new(ChatRole::System, "Be Dana."),
            ChatMessage::new(ChatRole::User, "Hello"),
        ],
        schema: None,
        sampling: Sampling::default(),
        background: false,
        offline: None,
    }
}

/// A request for structure.
pub(crate) fn structured_request() -> ChatRequest {
    let schema = json!({"type": "object", "properties": {"reply": {"type": "string"}}});
    ChatRequest {
        schema: Some(OutputSchema { name: "turn".to_owned(), schema: schema.into() }),
        ..request()
    }
}

/// The usual settings, with retries that wait microseconds.
pub(crate) fn config(url: &str) -> OpenAiConfig {
    OpenAiConfig {
        api_key: Some(SecretString::from(KEY)),
        retry: RetryPolicy { base: Duration::from_micros(100), ..RetryPolicy::default() },
        ..OpenAiConfig::new(url, RoleModels::single("tiny"))
    }
}

/// A provider with these settings.
pub(crate) fn provider(config: OpenAiConfig) -> OpenAiProvider {
    OpenAiProvider::new(config, Clock::seeded(1)).expect("valid settings")
}

/// Asks `provider`, collecting the pieces.
pub(crate) async fn ask(
    provider: &dyn Provider,
    request: &ChatRequest,
) -> (Vec<String>, Result<ChatOutcome, ProviderError>) {
    let mut deltas = Vec::new();
    let mut sink = |delta: ChatDelta| {
        let ChatDelta::Text(text) = delta;
        deltas.push(text);
    };
    let result = provider.chat(request, &mut sink).await;
    (deltas, result)
}

/// Asks a server that gives these replies.
pub(crate) async fn ask_server(replies: impl IntoIterator<Item = Reply>) -> Asked {
    ask_with(replies, request(), |_| {}).await
}

/// Asks a server that gives these replies, with a request and changed settings.
pub(crate) async fn ask_with(
    replies: impl IntoIterator<Item = Reply>,
    request: ChatRequest,
    change: impl FnOnce(&mut OpenAiConfig),
) -> Asked {
    let server = HostileServer::start(replies);
    let mut config = config(&server.url());
    change(&mut config);
    let provider = provider(config);
    let (deltas, result) = ask(&provider, &request).await;
    if let Err(error) = &result {
        let shown = format!("{error} {error:?} {provider:?}");
        assert!(!shown.contains(KEY), "the key came back: {shown}");
        assert!(!shown.contains('\u{1b}'), "an escape sequence came back: {shown:?}");
    }
    Asked { deltas, result, requests: server.requests().len() }
}

/// An event with this text.
pub(crate) fn delta(text: &str) -> String {
    event(
        &json!({"model": "tiny-2", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}),
    )
}

/// The event that ends an answer, for this reason.
pub(crate) fn finish(reason: &str) -> String {
    event(
        &json!({"model": "tiny-2", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}),
    )
}

/// An event with token counts, and no choices as OpenAI sends it.
pub(crate) fn usage(input: u32, output: u32) -> String {
    event(&json!({"choices": [], "usage": {"prompt_tokens": input, "completion_tokens": output}}))
}

/// The end of a stream.
pub(crate) const DONE: &str = "data: [DONE]\n\n";

/// Any event.
pub(crate) fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

/// An ordinary answer.
pub(crate) fn answer(text: &str) -> String {
    format!("{}{}{}{DONE}", delta(text), finish("stop"), usage(7, 3))
}
