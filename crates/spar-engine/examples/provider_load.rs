//! What the client costs: asks a server many times over and prints wall time, rate and the
//! percentiles of what it logged. Start `mock_server` first; measure CPU with `time`.
//!
//! `cargo run --release -p spar-engine --example provider_load -- http://127.0.0.1:8077/v1 1200 32`

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use spar_core::chat::{ChatMessage, ChatRequest, ChatRole, OutputSchema, Role, Sampling};
use spar_engine::clock::Clock;
use spar_engine::provider::{
    CassetteConfig, CassetteMode, CassetteProvider, OpenAiConfig, OpenAiProvider, Provider,
    ProviderError, RoleModels,
};

const USAGE: &str = "provider_load URL REQUESTS IN_FLIGHT [record FILE | replay FILE]";

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its terminal")]
async fn main() -> ExitCode {
    match load(&std::env::args().skip(1).collect::<Vec<_>>()).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("{reason}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

async fn load(arguments: &[String]) -> Result<String, String> {
    let [url, requests, in_flight, rest @ ..] = arguments else {
        return Err("three arguments are needed".to_owned());
    };
    let requests: usize = requests.parse().map_err(|_| "how many requests?".to_owned())?;
    let in_flight: usize = in_flight.parse().map_err(|_| "how many in flight?".to_owned())?;
    let clock = Clock::system();
    let provider = provider(url, rest, &clock)?;
    let next = Arc::new(AtomicUsize::new(0));
    let started = clock.monotonic_micros();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let (provider, next) = (Arc::clone(&provider), Arc::clone(&next));
        workers.spawn(async move {
            let mut times = Vec::new();
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && number < requests
            {
                let outcome = provider.chat(&request(number), &mut |_| {}).await?;
                times.push(outcome.total_ms);
            }
            Ok::<_, ProviderError>(times)
        });
    }
    let mut times = Vec::new();
    for worker in workers.join_all().await {
        times.extend(worker.map_err(|error| error.to_string())?);
    }
    let seconds = (clock.monotonic_micros() - started) as f64 / 1e6;
    times.sort_by(f64::total_cmp);
    let percentile = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Ok(format!(
        "{requests} requests in {seconds:.3} s, {:.0}/s; logged p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        requests as f64 / seconds,
        percentile(0.5),
        percentile(0.99),
        percentile(1.0),
    ))
}

fn provider(url: &str, rest: &[String], clock: &Clock) -> Result<Arc<dyn Provider>, String> {
    let models = RoleModels::single("mock");
    let openai = OpenAiProvider::new(OpenAiConfig::new(url, models.clone()), clock.clone())
        .map_err(|error| error.to_string())?;
    let openai: Arc<dyn Provider> = Arc::new(openai);
    let (mode, path) = match rest {
        [] => return Ok(openai),
        [mode, path] if mode == "record" => (CassetteMode::Record, path),
        [mode, path] if mode == "replay" => (CassetteMode::Replay, path),
        _ => return Err("record FILE or replay FILE".to_owned()),
    };
    let config = CassetteConfig { path: path.into(), mode, pace: false, models };
    let inner = (mode == CassetteMode::Record).then_some(openai);
    let cassette = CassetteProvider::open(config, inner, clock.clone());
    Ok(Arc::new(cassette.map_err(|error| error.to_string())?))
}

/// A turn as the fast path sends it: a persona of 2 KB, twelve turns, a schema.
fn request(number: usize) -> ChatRequest {
    let mut messages = vec![ChatMessage::new(ChatRole::System, "You are Dana. ".repeat(150))];
    for turn in 0..12 {
        let role = if turn % 2 == 0 { ChatRole::User } else { ChatRole::Assistant };
        messages
            .push(ChatMessage::new(role, format!("{number}/{turn} {}", "as I said, ".repeat(8))));
    }
    let field = |kind: &str| json!({"type": kind});
    let schema = json!({
        "type": "object",
        "properties": {"reply": field("string"), "cues": {"type": "array", "items": field("string")},
            "localScoreNumeric": field("integer"), "moodDelta": field("string")},
        "required": ["reply", "cues", "localScoreNumeric", "moodDelta"],
        "additionalProperties": false,
    });
    ChatRequest {
        task: "chat_turn".to_owned(),
        role: Role::Mini,
        messages,
        schema: Some(OutputSchema { name: "turn".to_owned(), schema: schema.into() }),
        sampling: Sampling { temperature: Some(0.7), ..Sampling::default() },
        background: false,
        offline: None,
    }
}
