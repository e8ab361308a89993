//! Talking to models. A provider turns a [`ChatRequest`] into text that arrives piece by piece and
//! one [`ChatOutcome`]; everything a server does its own way stays inside the provider's file.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest};

mod error;
mod role_models;
mod safe_text;
mod sse;

mod budgeted;
mod cassette;
mod embedded;
mod openai;
mod scripted;

pub(crate) use budgeted::most_of;
pub use budgeted::{Budget, BudgetedProvider, Prices};
pub use cassette::{CassetteConfig, CassetteError, CassetteMode, CassetteProvider};
pub use embedded::EmbeddedProvider;
pub use error::ProviderError;
pub use openai::{Limits, OpenAiConfig, OpenAiProvider, Quirks, RetryPolicy};
pub use role_models::RoleModels;
pub use scripted::{ScriptedAnswer, ScriptedProvider};

/// Receives pieces of an answer as they arrive, in order.
pub type DeltaSink<'a> = &'a mut (dyn FnMut(ChatDelta) + Send);

/// The answer of a provider, still being made.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<ChatOutcome, ProviderError>> + Send + 'a>>;

/// Something that answers chat requests. Dropping the future cancels the request.
pub trait Provider: Send + Sync {
    /// A short name for logs and reports, e.g. `openai` or `embedded`.
    fn name(&self) -> &str;

    /// Asks, passing text to `sink` as it arrives. The pieces add up to the text of the outcome. A
    /// failure after visible text is never retried.
    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a>;
}

impl<P: Provider + ?Sized> Provider for Arc<P> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        (**self).chat(request, sink)
    }
}
