//! A thin client for any server that speaks OpenAI's chat completions: OpenAI itself, llama.cpp,
//! Ollama, vLLM, LM Studio, OpenRouter and the rest. They agree on little, so nothing in an answer
//! is taken for granted: every field may be missing, the stream may be cut, stall or carry an error.
//!
//! This file holds the settings and the course of a call: ask, adapt, wait, ask again. What goes
//! over the wire is in [`wire`], what a server turned out to understand in [`dialect`], one
//! exchange in [`exchange`], the answer as it grows in [`draft`].

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use spar_core::chat::{ChatOutcome, ChatRequest, OutputMode};
use tokio::runtime;

use super::safe_text::safe_line;
use super::{Answer, DeltaSink, Provider, ProviderError, RoleModels};
use crate::clock::Clock;

mod dialect;
mod draft;
mod exchange;
mod http;
mod lenient;
mod retry;
mod wire;

use dialect::Dialect;
pub use retry::RetryPolicy;

/// Where to ask, whom, and how patiently.
#[derive(Clone)]
pub struct OpenAiConfig {
    /// E.g. `http://127.0.0.1:8080/v1`. Without a path, `/v1` is meant.
    pub base_url: String,
    /// Sent as a bearer token; local servers need none.
    pub api_key: Option<SecretString>,
    /// Which model stands for which role.
    pub models: RoleModels,
    /// How long to wait for what.
    pub limits: Limits,
    /// When and how often to ask again.
    pub retry: RetryPolicy,
    /// What is known about the server beforehand.
    pub quirks: Quirks,
}

impl OpenAiConfig {
    /// A server and its models, without a key and with the usual patience.
    pub fn new(base_url: impl Into<String>, models: RoleModels) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: None,
            models,
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            quirks: Quirks::default(),
        }
    }
}

impl fmt::Debug for OpenAiConfig {
    /// Leaves out the key, and credentials inside the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = http::base_url(&self.base_url).map(|url| http::shown(&url));
        f.debug_struct("OpenAiConfig")
            .field("base_url", &base_url.unwrap_or_else(|_| "(not an address)".to_owned()))
            .field("has_key", &self.api_key.is_some())
            .field("models", &self.models)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .field("quirks", &self.quirks)
            .finish()
    }
}

/// Time limits of one request. There is none on a healthy stream but the last, which is far away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// From sending the request to the first token, reasoning included.
    pub first_token: Duration,
    /// From one token to the next.
    pub gap: Duration,
    /// From sending the request to the end of the answer.
    pub total: Duration,
}

impl Limits {
    /// Nobody waits at the keyboard for an analyzer, and a small server takes one request at a time:
    /// six times as long for everything but the connection.
    #[must_use]
    pub fn behind_the_chat(self) -> Self {
        const PATIENCE: u32 = 6;
        Self {
            connect: self.connect,
            first_token: self.first_token.saturating_mul(PATIENCE),
            gap: self.gap.saturating_mul(PATIENCE),
            total: self.total.saturating_mul(PATIENCE),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(20),
            gap: Duration::from_secs(15),
            total: Duration::from_secs(120),
        }
    }
}

/// What is known about a server beforehand. The default assumes a server that understands
/// everything, and finds out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// The way to ask for structure to begin with; `None` begins with a JSON Schema.
    pub output_mode: Option<OutputMode>,
    /// Limit tokens by `max_completion_tokens` from the start.
    pub max_completion_tokens: bool,
    /// Do not ask for usage in streams.
    pub no_stream_usage: bool,
}

/// The provider for OpenAI-compatible servers.
pub struct OpenAiProvider {
    config: OpenAiConfig,
    base_url: Url,
    /// The address as shown in errors: without credentials.
    shown_url: String,
    clock: Clock,
    /// One for each runtime that asks: a connection is served where it was opened, and another
    /// thread would have to be woken for every piece of an answer.
    clients: Mutex<Vec<(runtime::Id, Result<reqwest::Client, ProviderError>)>>,
    /// What the models turned out to understand.
    dialects: Mutex<HashMap<String, Dialect>>,
}

impl OpenAiProvider {
    /// Checks the settings; nothing is sent or built yet.
    ///
    /// # Errors
    /// [`ProviderError::Config`] for a base URL that is none, or a key that no header can carry.
    pub fn new(config: OpenAiConfig, clock: Clock) -> Result<Self, ProviderError> {
        let base_url = http::base_url(&config.base_url)?;
        http::check_key(config.api_key.as_ref())?;
        Ok(Self {
            shown_url: http::shown(&base_url),
            base_url,
            config,
            clock,
            clients: Mutex::default(),
            dialects: Mutex::default(),
        })
    }

    /// The address asked, without credentials.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shown_url
    }

    /// The names of the models the server offers, as it orders them.
    ///
    /// # Errors
    /// As for a chat, except that nothing is retried.
    pub async fn models(&self) -> Result<Vec<String>, ProviderError> {
        exchange::list_models(self).await
    }

    async fn ask(
        &self,
        request: &ChatRequest,
        sink: DeltaSink<'_>,
    ) -> Result<ChatOutcome, ProviderError> {
        let model = self.model_for(request)?;
        let mut dialect = self.dialect(model);
        let mut attempts = 0;
        let mut retries = 0;
        loop {
            attempts += 1;
            let failure = match exchange::chat(self, request, model, dialect, sink).await {
                Ok(mut outcome) => {
                    self.remember(model, dialect);
                    outcome.attempts = attempts;
                    return Ok(outcome);
                }
                Err(failure) => failure,
            };
            if failure.visible {
                return Err(failure.error);
            }
            if let Some(objection) = &failure.objection
                && dialect.give_way(objection, request)
            {
                tracing::debug!(url = self.shown_url, model, ?dialect, "asking in a plainer way");
                continue;
            }
            if retries >= self.config.retry.max_retries || !failure.error.is_transient() {
                return Err(failure.error);
            }
            let Some(pause) =
                self.config.retry.pause(retries, failure.retry_after, self.clock.fraction())
            else {
                return Err(self.too_long_to_wait(failure));
            };
            tracing::debug!(url = self.shown_url, model, ?pause, error = %failure.error, "asking again");
            tokio::time::sleep(pause).await;
            retries += 1;
        }
    }

    fn model_for(&self, request: &ChatRequest) -> Result<&str, ProviderError> {
        self.config.models.get(request.role).ok_or_else(|| {
            ProviderError::Config(format!(
                "no model is named for the role `{}`; name one with --model",
                request.role.name()
            ))
        })
    }

    /// The server asked for more patience than we have; whoever reads this learns for how long.
    fn too_long_to_wait(&self, failure: exchange::Failure) -> ProviderError {
        match failure.error {
            error @ ProviderError::RateLimited { .. } => error,
            other => ProviderError::RateLimited {
                url: self.shown_url.clone(),
                message: other.to_string(),
                retry_after: failure.retry_after,
            },
        }
    }

    fn dialect(&self, model: &str) -> Dialect {
        let dialects = self.dialects.lock().unwrap_or_else(PoisonError::into_inner);
        dialects.get(model).copied().unwrap_or_else(|| Dialect::from_quirks(self.config.quirks))
    }

    /// Keeps what was learned once it has proved right. Two requests may learn at the same time, so
    /// the plainer of each trait stays.
    fn remember(&self, model: &str, dialect: Dialect) {
        let mut dialects = self.dialects.lock().unwrap_or_else(PoisonError::into_inner);
        match dialects.get_mut(model) {
            Some(known) => *known = known.plainer(dialect),
            None => {
                dialects.insert(model.to_owned(), dialect);
            }
        }
    }

    /// A server's words made fit to be shown, without the key.
    fn safe(&self, text: &str) -> String {
        safe_line(text, self.config.api_key.as_ref().map(ExposeSecret::expose_secret))
    }
}

impl Provider for OpenAiProvider {
    fn name(&self) -> &str {
        "openai"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(self.ask(request, sink))
    }
}

impl fmt::Debug for OpenAiProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiProvider").field("config", &self.config).finish_non_exhaustive()
    }
}
