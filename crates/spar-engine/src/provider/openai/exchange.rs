//! One exchange with a server: a request, and its answer read against the clock.

use std::sync::PoisonError;
use std::time::Duration;

use reqwest::{Response, StatusCode, Url};
use serde_json::Value;
use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, FinishReason};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout, timeout_at};

use super::dialect::{Dialect, Objection};
use super::draft::{Draft, Fault};
use super::{OpenAiProvider, http, retry, wire};
use crate::provider::sse::{Flow, Framer};
use crate::provider::{DeltaSink, ProviderError};

/// How much of an error's body is read.
const LONGEST_ERROR: usize = 64 * 1024;

/// How much of a model list is read.
const LONGEST_LIST: usize = 4 * 1024 * 1024;

/// How long to wait for usage once the model is done. Servers that count send it at once.
const AFTER_FINISH: Duration = Duration::from_secs(1);

/// How long to wait for the last bytes of a body once the answer is complete, so that its
/// connection can serve the next request.
const DRAIN: Duration = Duration::from_millis(5);

/// An exchange that came to nothing, with all that decides about another.
pub(super) struct Failure {
    pub(super) error: ProviderError,
    /// Whether text has been shown already.
    pub(super) visible: bool,
    /// How long the server asks us to wait.
    pub(super) retry_after: Option<Duration>,
    /// What it objects to in the request, if it does.
    pub(super) objection: Option<Objection>,
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self { error, visible: false, retry_after: None, objection: None }
    }
}

/// Asks once.
pub(super) async fn chat(
    provider: &OpenAiProvider,
    request: &ChatRequest,
    model: &str,
    dialect: Dialect,
    sink: DeltaSink<'_>,
) -> Result<ChatOutcome, Failure> {
    let url = http::endpoint(&provider.base_url, "chat/completions");
    let body = wire::body(request, model, dialect);
    let sending = provider.client()?.post(url).body(body).send();

    let started = provider.clock.monotonic_micros();
    let limits = provider.limits(request);
    let begun = Instant::now();
    let due = Due::new(begun, limits);
    let response = match timeout_at(due.at, sending).await {
        Err(_) => return Err(provider.too_slow(due.limit, limits).into()),
        Ok(Err(error)) => return Err(provider.unreachable(&error).into()),
        Ok(Ok(response)) => response,
    };
    if !response.status().is_success() {
        return Err(provider.refused(response, model).await);
    }

    let mut stream = Stream { response, begun, due, limits, provider };
    let mut draft = Draft::default();
    let mut times = Times::default();
    match stream.read(&mut draft, &mut times, sink).await {
        Ok(()) => {}
        Err(error) => return Err(Failure { visible: times.first_text.is_some(), ..error }),
    }
    let ended = times.end.unwrap_or_else(|| provider.clock.monotonic_micros());
    let millis = |at: u64| at.saturating_sub(started) as f64 / 1_000.0;
    let finish = match draft.finish.take() {
        Some(finish) => finish,
        // The body ended in good order but inside an event: what is there is a part of an answer.
        None if draft.is_cut => FinishReason::Length,
        None => FinishReason::Other("end of stream".to_owned()),
    };
    Ok(ChatOutcome {
        text: draft.text,
        model: if draft.model.is_empty() { model.to_owned() } else { draft.model },
        finish,
        mode: wire::mode(request, dialect),
        usage: draft.usage,
        ttft_ms: times.first_text.map(millis),
        total_ms: millis(ended),
        attempts: 1,
    })
}

/// Asks for the names of the models.
pub(super) async fn list_models(provider: &OpenAiProvider) -> Result<Vec<String>, ProviderError> {
    let url = http::endpoint(&provider.base_url, "models");
    let limit = provider.config.limits.first_token;
    let asked = async {
        let response = provider
            .client()?
            .get(url)
            .send()
            .await
            .map_err(|error| provider.unreachable(&error))?;
        if !response.status().is_success() {
            return Err(provider.refused(response, "").await.error);
        }
        let body = read_body(response, LONGEST_LIST).await;
        serde_json::from_slice::<Value>(&body)
            .map_err(|error| provider.broken(&format!("its list of models is no JSON: {error}")))
    };
    let list = timeout(limit, asked).await.map_err(|_| ProviderError::Timeout {
        url: provider.shown_url.clone(),
        limit: format!("no list of models within {}", shown(limit)),
    })??;
    let entries = list.get("data").or_else(|| list.get("models")).unwrap_or(&list);
    let names = entries.as_array().into_iter().flatten().filter_map(|entry| {
        entry.get("id").or_else(|| entry.get("name")).unwrap_or(entry).as_str()
    });
    Ok(names.map(|name| provider.safe(name)).collect())
}

/// When things happened, µs on the provider's clock.
#[derive(Default)]
struct Times {
    first_text: Option<u64>,
    end: Option<u64>,
}

/// A body being read.
struct Stream<'a> {
    response: Response,
    begun: Instant,
    due: Due,
    limits: super::Limits,
    provider: &'a OpenAiProvider,
}

impl Stream<'_> {
    /// Reads to the end of the answer, passing text on as it comes. Returns with text in the draft,
    /// or not at all.
    async fn read(
        &mut self,
        draft: &mut Draft,
        times: &mut Times,
        sink: DeltaSink<'_>,
    ) -> Result<(), Failure> {
        let limits = self.limits;
        let mut framer = Framer::default();
        let mut due = self.due;
        let timer = tokio::time::sleep_until(due.at);
        tokio::pin!(timer);
        let mut ended = Ending::Open;
        while matches!(ended, Ending::Open) {
            let piece = tokio::select! {
                biased;
                piece = self.response.chunk() => piece,
                () = &mut timer => {
                    // Most tokens only move the limit on; the timer is moved when it rings.
                    if Instant::now() < due.at {
                        timer.as_mut().reset(due.at);
                        continue;
                    }
                    if draft.is_finished() {
                        break;
                    }
                    return Err(self.provider.too_slow(due.limit, limits).into());
                }
            };
            let arrived = self.provider.clock.monotonic_micros();
            let (shown, tokens) = (draft.text.len(), draft.tokens);
            let mut read = |payload: &[u8], whole: bool| draft.read(payload, whole);
            let flow = match &piece {
                Ok(Some(bytes)) => framer.feed(bytes, &mut read),
                Ok(None) => {
                    ended = Ending::Body;
                    framer.finish(&mut read)
                }
                // A connection that breaks once the model is done has broken nothing.
                Err(_) if draft.is_finished() => Ok(Flow::End),
                Err(error) => return Err(self.provider.broken(&http::reason(error)).into()),
            };
            if draft.text.len() > shown {
                times.first_text.get_or_insert(arrived);
                sink(ChatDelta::Text(draft.text[shown..].to_owned()));
            }
            times.end = Some(arrived);
            match flow {
                Err(fault) => return Err(self.provider.fault(fault)),
                Ok(Flow::End) if matches!(ended, Ending::Open) => ended = Ending::Answer,
                Ok(_) => {}
            }
            if draft.tokens > tokens || draft.is_finished() {
                due.token(draft.is_finished(), self.begun, limits);
                if due.at < timer.deadline() {
                    timer.as_mut().reset(due.at);
                }
            }
        }
        if matches!(ended, Ending::Answer) {
            self.drain().await;
        }
        if draft.text.is_empty() {
            return Err(self.nothing(draft, &framer).into());
        }
        Ok(())
    }

    /// Reads what is left of the body, which is next to nothing and usually there already.
    async fn drain(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.response.chunk().await {} };
        // Running out of time only costs the connection.
        let _in_time = timeout(DRAIN, rest).await;
        // The connection goes back to the pool by a task of its own, before the next turn wants one.
        tokio::task::yield_now().await;
    }

    /// Why there is no text.
    fn nothing(&self, draft: &Draft, framer: &Framer) -> ProviderError {
        if draft.is_cut {
            return self.provider.broken("the body ends inside an event");
        }
        if !draft.has_events && !framer.opening().is_empty() {
            let opening = String::from_utf8_lossy(framer.opening());
            let opening = self.provider.safe(&opening);
            return self.provider.broken(&format!("no stream and no JSON, but `{opening}`"));
        }
        let model =
            if draft.model.is_empty() { "the model".to_owned() } else { draft.model.clone() };
        ProviderError::Empty { model }
    }
}

/// How far the reading of a body got.
enum Ending {
    Open,
    /// The answer is complete; the body may not be.
    Answer,
    Body,
}

/// The limit that runs out next.
#[derive(Clone, Copy)]
struct Due {
    at: Instant,
    limit: Limit,
}

#[derive(Clone, Copy)]
enum Limit {
    FirstToken,
    Gap,
    Total,
}

impl Due {
    fn new(begun: Instant, limits: super::Limits) -> Self {
        if limits.total < limits.first_token {
            return Self { at: begun + limits.total, limit: Limit::Total };
        }
        Self { at: begun + limits.first_token, limit: Limit::FirstToken }
    }

    /// A token has come: the next one has its own time, within the total.
    fn token(&mut self, finished: bool, begun: Instant, limits: super::Limits) {
        let patience = if finished { limits.gap.min(AFTER_FINISH) } else { limits.gap };
        let next = Instant::now() + patience;
        let total = begun + limits.total;
        *self = if next < total {
            Self { at: next, limit: Limit::Gap }
        } else {
            Self { at: total, limit: Limit::Total }
        };
    }
}

impl OpenAiProvider {
    /// The client of this runtime. It is made by the first request: reading the certificates of the
    /// platform takes longer than a command that asks nothing.
    fn client(&self) -> Result<reqwest::Client, ProviderError> {
        let runtime = Handle::current().id();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(of, _)| *of == runtime) {
            return client.clone();
        }
        let client = http::client(&self.config, &self.base_url);
        clients.push((runtime, client.clone()));
        client
    }

    /// Sorts an answer that is not 2xx.
    async fn refused(&self, response: Response, model: &str) -> Failure {
        let status = response.status();
        let retry_after = retry::wish(response.headers(), self.clock.now());
        let moved = location(&response);
        let body = match timeout(self.config.limits.gap, read_body(response, LONGEST_ERROR)).await {
            Ok(body) => String::from_utf8_lossy(&body).into_owned(),
            Err(_) => String::new(),
        };
        let mut message = self.safe(&words(&body));
        if message.is_empty() {
            message = status.canonical_reason().unwrap_or("no reason given").to_owned();
        }
        if let Some(moved) = moved {
            message = format!("moved to {}; set the base URL to match", self.safe(&moved));
        }
        let objection = matches!(status.as_u16(), 400 | 422).then(|| Objection::new(&body));
        let error = self.classify(status, message, &body, model, retry_after);
        Failure { error, visible: false, retry_after, objection }
    }

    fn classify(
        &self,
        status: StatusCode,
        message: String,
        body: &str,
        model: &str,
        retry_after: Option<Duration>,
    ) -> ProviderError {
        let url = self.shown_url.clone();
        let unknown_model = body.contains("model_not_found");
        match status.as_u16() {
            401 | 403 if self.config.api_key.is_none() => ProviderError::Unauthorized {
                url,
                message: format!("{message} (no key was sent; set OPENAI_API_KEY)"),
            },
            401 | 403 => ProviderError::Unauthorized { url, message },
            404 if unknown_model || body.to_lowercase().contains("model") => {
                ProviderError::UnknownModel { url, model: model.to_owned(), message }
            }
            404 | 405 => ProviderError::UnknownModel {
                url,
                model: model.to_owned(),
                message: format!("{message} (or the base URL is wrong; it usually ends in /v1)"),
            },
            400 if unknown_model => {
                ProviderError::UnknownModel { url, model: model.to_owned(), message }
            }
            429 => ProviderError::RateLimited { url, message, retry_after },
            status => ProviderError::Server { url, status, message },
        }
    }

    /// Sorts an error that came inside an answer.
    fn fault(&self, fault: Fault) -> Failure {
        let (status, kind, message) = match fault {
            Fault::Unreadable(reason) => return self.broken(&reason).into(),
            Fault::Error { status, kind, message } => (status, kind, message),
        };
        let objection = matches!(status, 200 | 400 | 422).then(|| Objection::new(&message));
        let mut words = self.safe(&message);
        if words.is_empty() {
            words = self.safe(&kind);
        }
        let url = self.shown_url.clone();
        let error = match status {
            401 | 403 => ProviderError::Unauthorized { url, message: words },
            429 => ProviderError::RateLimited { url, message: words, retry_after: None },
            _ if kind.contains("rate_limit") => {
                ProviderError::RateLimited { url, message: words, retry_after: None }
            }
            _ => ProviderError::Server { url, status, message: words },
        };
        Failure { objection, ..Failure::from(error) }
    }

    fn unreachable(&self, error: &reqwest::Error) -> ProviderError {
        let url = self.shown_url.clone();
        if error.is_timeout() {
            let limit = format!("no connection within {}", shown(self.config.limits.connect));
            ProviderError::Timeout { url, limit }
        } else if error.is_connect() {
            ProviderError::Connect { url, reason: self.safe(&http::reason(error)) }
        } else if error.is_builder() {
            ProviderError::Config(format!("cannot ask {url}: {}", self.safe(&http::reason(error))))
        } else {
            self.broken(&http::reason(error))
        }
    }

    fn broken(&self, reason: &str) -> ProviderError {
        ProviderError::Broken { url: self.shown_url.clone(), reason: self.safe(reason) }
    }

    /// How long is waited for the answer to this request.
    fn limits(&self, request: &ChatRequest) -> super::Limits {
        let limits = self.config.limits;
        if request.background { limits.behind_the_chat() } else { limits }
    }

    fn too_slow(&self, limit: Limit, limits: super::Limits) -> ProviderError {
        let limit = match limit {
            Limit::FirstToken => format!("no first token within {}", shown(limits.first_token)),
            Limit::Gap => format!("nothing more for {}", shown(limits.gap)),
            Limit::Total => format!("not done within {}", shown(limits.total)),
        };
        ProviderError::Timeout { url: self.shown_url.clone(), limit }
    }
}

/// Reads at most `limit` bytes of a body, and as far as it can be read.
async fn read_body(mut response: Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        let room = limit - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if body.len() >= limit {
            break;
        }
    }
    body
}

/// Where a redirect points, without credentials.
fn location(response: &Response) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(reqwest::header::LOCATION)?.to_str().ok()?;
    Some(Url::parse(location).map_or_else(|_| location.to_owned(), |url| http::shown(&url)))
}

/// What the body of a refusal says to a person.
fn words(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let value = value.get(0).unwrap_or(&value);
    let error = value.get("error").unwrap_or(value);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let message = text(error.get("message"))
        .or_else(|| text(Some(error)))
        .or_else(|| text(value.get("detail")))
        .or_else(|| text(value.pointer("/detail/0/msg")))
        .unwrap_or_else(|| body.to_owned());
    match text(error.pointer("/metadata/raw")) {
        Some(upstream) => format!("{message}: {upstream}"),
        None => message,
    }
}

/// A duration as a person writes it.
fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 { format!("{} ms", duration.as_millis()) } else { format!("{seconds} s") }
}
