//! Records what a provider answers, and answers from the recording. Runs against a cassette need no
//! network, cost nothing and come out the same, with the timing of the day they were recorded.
//!
//! A cassette is one file of JSON lines: a header with the format number, then one exchange a line.
//! Requests are known by a hash and never stored; the n-th time the same request is made, the n-th
//! recorded answer to it is given.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use sha2::{Digest, Sha256};
use spar_core::chat::{ChatDelta, ChatMessage, ChatOutcome, ChatRequest, OutputSchema, Sampling};
use tokio::time::{Instant, sleep_until};

use super::{Answer, DeltaSink, Provider, ProviderError, RoleModels};
use crate::clock::Clock;

mod tape;

use tape::{Chunk, Exchange, Line, Next, Tape};

/// The format written, and the only one read.
const FORMAT: u32 = 1;

/// What to do with a cassette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CassetteMode {
    /// Ask, and write the answers to a new cassette in place of an old one.
    Record,
    /// Answer from the cassette; what it does not hold is an error.
    Replay,
    /// Answer from the cassette, ask for what it does not hold, and add that. Failures on it are
    /// asked again.
    Auto,
}

/// Which cassette, and how to use it.
#[derive(Debug, Clone)]
pub struct CassetteConfig {
    /// The file.
    pub path: PathBuf,
    /// What to do with it.
    pub mode: CassetteMode,
    /// Whether to take as long as the recorded answers took.
    pub pace: bool,
    /// Which models the roles stand for: a recording of one model is no answer of another.
    pub models: RoleModels,
}

/// Why a cassette cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    /// It cannot be read or written.
    #[error("cassette {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("cassette {path}, line {line}: {reason}; record it again with --cassette record")]
    Malformed {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Recording needs somebody to ask.
    #[error("cassette {path}: nothing to record from; choose a provider, or use --cassette replay")]
    NoProvider {
        /// The file.
        path: String,
    },
}

/// A provider with a recording in front of it.
pub struct CassetteProvider {
    config: CassetteConfig,
    inner: Option<Arc<dyn Provider>>,
    clock: Clock,
    tape: Mutex<Tape>,
}

impl CassetteProvider {
    /// Opens a cassette. `inner` is asked when recording; a replay needs none.
    ///
    /// # Errors
    /// A file that cannot be read, written or understood; no provider to record from.
    pub fn open(
        config: CassetteConfig,
        inner: Option<Arc<dyn Provider>>,
        clock: Clock,
    ) -> Result<Self, CassetteError> {
        if inner.is_none() && config.mode != CassetteMode::Replay {
            return Err(CassetteError::NoProvider { path: config.path.display().to_string() });
        }
        let tape = match config.mode {
            CassetteMode::Record => Tape::create(&config.path)?,
            CassetteMode::Replay => Tape::read(&config.path)?,
            CassetteMode::Auto => Tape::read_and_append(&config.path)?,
        };
        Ok(Self { config, inner, clock, tape: Mutex::new(tape) })
    }

    async fn answer(
        &self,
        request: &ChatRequest,
        sink: DeltaSink<'_>,
    ) -> Result<ChatOutcome, ProviderError> {
        let hash = self.hash(request);
        let next = self.tape().next(&hash, self.config.mode);
        match next {
            Next::Recorded(exchange) => return self.replay(&exchange, sink).await,
            Next::Ask { repeat } => {
                if let Some(inner) = &self.inner {
                    return self.record(&**inner, request, hash, repeat, sink).await;
                }
            }
            Next::Nothing => {}
        }
        Err(ProviderError::Unmatched { path: self.shown_path(), hash })
    }

    async fn replay(
        &self,
        exchange: &Exchange,
        sink: DeltaSink<'_>,
    ) -> Result<ChatOutcome, ProviderError> {
        let started = Instant::now();
        let wait_until = async |millis: f64| {
            if self.config.pace
                && let Ok(delay) = Duration::try_from_secs_f64(millis / 1_000.0)
            {
                sleep_until(started + delay).await;
            }
        };
        for Chunk(millis, text) in &exchange.chunks {
            wait_until(*millis).await;
            sink(ChatDelta::Text(text.clone()));
        }
        if let Ok(outcome) = &exchange.result {
            wait_until(outcome.total_ms).await;
        }
        exchange.result.clone()
    }

    async fn record(
        &self,
        inner: &dyn Provider,
        request: &ChatRequest,
        hash: String,
        repeat: u32,
        sink: DeltaSink<'_>,
    ) -> Result<ChatOutcome, ProviderError> {
        let started = self.clock.monotonic_micros();
        let mut chunks = Vec::new();
        let mut listen = |delta: ChatDelta| {
            let ChatDelta::Text(text) = &delta;
            let micros = self.clock.monotonic_micros().saturating_sub(started);
            chunks.push(Chunk(micros as f64 / 1_000.0, text.clone()));
            sink(delta);
        };
        let result = inner.chat(request, &mut listen).await;
        // What is wrong on our side says nothing about the model, and is gone by the next run.
        if !matches!(result, Err(ProviderError::Config(_) | ProviderError::Unmatched { .. })) {
            let line = Line::new(hash, repeat, request, chunks, &result);
            // A short append to the page cache: quicker than handing it to another thread.
            self.tape().append(&line).map_err(|error| {
                ProviderError::Config(format!(
                    "cannot write to cassette {}: {error}",
                    self.shown_path()
                ))
            })?;
        }
        result
    }

    /// A request by what decides its answer: the model, the prompt, the shape and the sampling.
    fn hash(&self, request: &ChatRequest) -> String {
        #[derive(Serialize)]
        struct Canonical<'a> {
            format: u32,
            model: &'a str,
            messages: &'a [ChatMessage],
            schema: &'a Option<OutputSchema>,
            sampling: &'a Sampling,
        }
        let canonical = Canonical {
            format: FORMAT,
            model: self.config.models.get(request.role).unwrap_or(request.role.name()),
            messages: &request.messages,
            schema: &request.schema,
            sampling: &request.sampling,
        };
        let bytes = serde_json::to_vec(&canonical)
            .expect("strings, numbers and a JSON value always serialise");
        Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown_path(&self) -> String {
        self.config.path.display().to_string()
    }
}

impl Provider for CassetteProvider {
    fn name(&self) -> &str {
        "cassette"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(self.answer(request, sink))
    }
}
