//! Why a model did not answer, sorted by who must act.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a model did not answer. Cassettes keep these, so a change here is a change of their format.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderError {
    /// No connection: DNS, refused, unreachable, TLS.
    #[error("no connection to {url}: {reason}")]
    Connect {
        /// The address asked, without credentials.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// 401 or 403.
    #[error("{url} refuses the key: {message}")]
    Unauthorized {
        /// The address asked.
        url: String,
        /// The server's words, made safe to show.
        message: String,
    },
    /// 404 on the model or the path.
    #[error("{url} knows no model `{model}`: {message}")]
    UnknownModel {
        /// The address asked.
        url: String,
        /// The model asked for.
        model: String,
        /// The server's words.
        message: String,
    },
    /// 429 after all retries.
    #[error("{url} is limiting requests: {message}")]
    RateLimited {
        /// The address asked.
        url: String,
        /// The server's words.
        message: String,
        /// How long it asks us to wait, when it said so.
        retry_after: Option<Duration>,
    },
    /// Any other status that is not 2xx, or an error object inside an answer.
    #[error("{url} answered with an error ({status}): {message}")]
    Server {
        /// The address asked.
        url: String,
        /// HTTP status; 200 for an error inside an answer.
        status: u16,
        /// The server's words.
        message: String,
    },
    /// A time limit ran out.
    #[error("{url} took too long: {limit}")]
    Timeout {
        /// The address asked.
        url: String,
        /// Which limit: `connecting`, `no first token within 20 s`, …
        limit: String,
    },
    /// The answer stopped before it was finished, or made no sense as a stream.
    #[error("{url} broke off its answer: {reason}")]
    Broken {
        /// The address asked.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The answer held no text at all.
    #[error("{model} answered with nothing")]
    Empty {
        /// The model asked.
        model: String,
    },
    /// A replayed cassette holds no answer to this request.
    #[error(
        "cassette {path} has no answer to this request ({hash}); record it again with --cassette record"
    )]
    Unmatched {
        /// The cassette.
        path: String,
        /// Hash of the request.
        hash: String,
    },
    /// The call could cost more than is left of the run's budget. Nothing was sent.
    #[error("the budget of ${budget:.4} is reached (${spent:.4} spent or reserved)")]
    Budget {
        /// The budget, dollars.
        budget: f64,
        /// What was spent or is reserved by calls under way, dollars.
        spent: f64,
    },
    /// The provider cannot serve this request as configured.
    #[error("{0}")]
    Config(String),
}

impl ProviderError {
    /// Whether asking again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::RateLimited { .. }
            | Self::Timeout { .. }
            | Self::Broken { .. } => true,
            Self::Server { status, .. } => *status >= 500 || *status == 408 || *status == 409,
            _ => false,
        }
    }
}
