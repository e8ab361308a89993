//! Talking to models. A provider turns a [`ChatRequest`] into text that arrives piece by piece and
//! one [`ChatOutcome`]; everything a server does its own way stays inside the provider's file.

use std::future::Future;
use std::pin::Pin;

use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest};

mod error;

pub use error::ProviderError;

/// Receives pieces of an answer as they arrive, in order.
pub type DeltaSink<'a> = &'a mut (dyn FnMut(ChatDelta) + Send);

/// The answer of a provider, still being made.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<ChatOutcome, ProviderError>> + Send + 'a>>;

/// Something that answers chat requests. Dropping the future cancels the request.
pub trait Provider: Send + Sync {
    /// A short name for logs and reports, e.g. `openai` or `embedded`.
    fn name(&self) -> &str;

    /// Asks, passing text to `sink` as it arrives. A failure after visible text is never retried.
    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a>;
}
