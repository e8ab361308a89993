//! Answers from inside the program: whoever built the request also wrote its offline form, and this
//! provider speaks it. No network, no delay, no chance.

use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, FinishReason, OutputMode, Usage};

use super::{Answer, DeltaSink, Provider, ProviderError};

/// Speaks the offline form of each request.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbeddedProvider;

/// The model name of embedded answers.
const MODEL: &str = "embedded";

impl Provider for EmbeddedProvider {
    fn name(&self) -> &str {
        MODEL
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(async move {
            let text = request.offline.as_deref().ok_or_else(|| {
                ProviderError::Config(format!(
                    "task `{}` has no offline form; choose another provider with --provider",
                    request.task
                ))
            })?;
            for word in text.split_inclusive(char::is_whitespace) {
                sink(ChatDelta::Text(word.to_owned()));
            }
            Ok(ChatOutcome {
                text: text.to_owned(),
                model: MODEL.to_owned(),
                finish: FinishReason::Stop,
                mode: OutputMode::Plain,
                usage: Usage {
                    input: Some(0),
                    output: Some(0),
                    cached_input: Some(0),
                    reasoning: Some(0),
                },
                ttft_ms: Some(0.0),
                total_ms: 0.0,
                attempts: 1,
            })
        })
    }
}
