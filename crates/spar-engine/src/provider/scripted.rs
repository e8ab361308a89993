//! A provider that says what a test told it to, in order, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, FinishReason, OutputMode, Usage};

use super::{Answer, DeltaSink, Provider, ProviderError};

/// One answer of a script.
#[derive(Debug, Clone)]
pub struct ScriptedAnswer {
    deltas: Vec<String>,
    end: End,
}

#[derive(Debug, Clone)]
enum End {
    Done(Box<ChatOutcome>),
    Failed(ProviderError),
    Never,
}

impl ScriptedAnswer {
    /// The whole text at once.
    pub fn text(text: impl Into<String>) -> Self {
        Self::pieces([text.into()])
    }

    /// The text in these pieces.
    pub fn pieces<S: Into<String>>(pieces: impl IntoIterator<Item = S>) -> Self {
        let deltas: Vec<String> = pieces.into_iter().map(Into::into).collect();
        let outcome = ChatOutcome {
            text: deltas.concat(),
            model: "scripted".to_owned(),
            finish: FinishReason::Stop,
            mode: OutputMode::JsonSchema,
            usage: Usage::default(),
            ttft_ms: Some(0.0),
            total_ms: 0.0,
            attempts: 1,
        };
        Self { deltas, end: End::Done(Box::new(outcome)) }
    }

    /// These pieces, then this outcome exactly.
    pub fn outcome<S: Into<String>>(
        pieces: impl IntoIterator<Item = S>,
        outcome: ChatOutcome,
    ) -> Self {
        let deltas = pieces.into_iter().map(Into::into).collect();
        Self { deltas, end: End::Done(Box::new(outcome)) }
    }

    /// A failure before any text.
    #[must_use]
    pub fn error(error: ProviderError) -> Self {
        Self { deltas: Vec::new(), end: End::Failed(error) }
    }

    /// These pieces, then a failure.
    pub fn broken<S: Into<String>>(
        pieces: impl IntoIterator<Item = S>,
        error: ProviderError,
    ) -> Self {
        Self { deltas: pieces.into_iter().map(Into::into).collect(), end: End::Failed(error) }
    }

    /// These pieces, then nothing, ever: for cancelling.
    pub fn stall<S: Into<String>>(pieces: impl IntoIterator<Item = S>) -> Self {
        Self { deltas: pieces.into_iter().map(Into::into).collect(), end: End::Never }
    }
}

/// Plays a queue of answers. Asking more often than there are answers is an error that says so.
#[derive(Debug, Default)]
pub struct ScriptedProvider {
    answers: Mutex<VecDeque<ScriptedAnswer>>,
    asked: Mutex<Vec<ChatRequest>>,
}

impl ScriptedProvider {
    /// A provider with these answers.
    pub fn new(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() }
    }

    /// Adds an answer at the end of the queue.
    pub fn push(&self, answer: ScriptedAnswer) {
        lock(&self.answers).push_back(answer);
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<ChatRequest> {
        lock(&self.asked).clone()
    }

    /// How many answers are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        lock(&self.answers).len()
    }
}

impl Provider for ScriptedProvider {
    fn name(&self) -> &str {
        "scripted"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(async move {
            let number = {
                let mut asked = lock(&self.asked);
                asked.push(request.clone());
                asked.len()
            };
            let answer = lock(&self.answers).pop_front().ok_or_else(|| {
                ProviderError::Config(format!(
                    "the script has no answer to request {number} (task `{}`)",
                    request.task
                ))
            })?;
            for delta in answer.deltas {
                sink(ChatDelta::Text(delta));
            }
            match answer.end {
                End::Done(outcome) => Ok(*outcome),
                End::Failed(error) => Err(error),
                End::Never => std::future::pending().await,
            }
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
