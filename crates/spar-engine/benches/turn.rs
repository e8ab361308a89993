//! What a turn costs beyond the model's time, on a fully durable file; whether it grows with the
//! mission; and how long the built-in playthroughs take.
//!
//! `cargo bench -p spar-engine --bench turn`; on a busy machine run the binary under `chrt -r 1`.
//! A word given as argument runs only the parts whose name holds it; `SPAR_BENCH_DIR` names the
//! disk.
#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, FinishReason, OutputMode, Usage};
use spar_core::rules::Ending;
use spar_core::scenario::{Level, Scenario, builtin, load_builtin, read};
use spar_engine::clock::Clock;
use spar_engine::play::{Route, SEEDS, rehearse};
use spar_engine::provider::{Answer, DeltaSink, Provider};
use spar_engine::store::{Durability, OpenOptions, Store};
use spar_engine::{Engine, Prepared};

/// Turns that percentiles are taken over.
const TURNS: usize = 2_000;
/// Turns on each side of the one that is looked at.
const AROUND: usize = 25;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    let folder = Folder::make();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let scenarios = builtins();
    let long = endless(&scenarios, "launch-slip");
    println!("{:<58} {:>9} {:>9}", "", "figure", "bar");

    let model = || Route::to_model(Arc::new(AtOnce::new()), "at-once");
    for (who, route) in [("embedded", Route::embedded()), ("a 0 ms model", model())] {
        if wants("own share") {
            let store = folder.store(Durability::Full);
            let mut own = runtime.block_on(turns(&store, &long, route.clone(), TURNS));
            own.sort_by(f64::total_cmp);
            let at = |share: f64| own[((own.len() - 1) as f64 * share) as usize] / 1_000.0;
            row(&format!("own share, {who}, durable, p50, ms"), at(0.5), 1.0);
            row(&format!("own share, {who}, durable, p99, ms"), at(0.99), 5.0);
        }
        if wants("growth") {
            for durability in [Durability::Full, Durability::Off] {
                let store = folder.store(durability);
                let own = runtime.block_on(turns(&store, &long, route.clone(), 5_000 + AROUND));
                let ratio = median(&own[5_000 - AROUND..]) / median(&own[50 - AROUND..50 + AROUND]);
                row(&format!("growth, {who}, {durability:?}, turn 5,000 / turn 50"), ratio, 1.2);
            }
        }
    }
    if wants("offline") {
        let count = scenarios.len();
        let began = Instant::now();
        for scenario in &scenarios {
            let rehearsal = rehearse(scenario, SEEDS);
            assert!(rehearsal.levels.iter().all(|level| !level.scores.is_empty()));
        }
        let wall = began.elapsed().as_secs_f64();
        // The bar is for twelve scenarios.
        row(
            &format!("offline, {count} scenarios × 3 × {SEEDS}, s"),
            wall,
            3.0 * count as f64 / 12.0,
        );
    }
}

fn row(name: &str, figure: f64, bar: f64) {
    let verdict = if figure <= bar { "" } else { "  over" };
    println!("{name:<58} {figure:>9.3} {bar:>9.3}{verdict}");
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Every built-in scenario.
fn builtins() -> Vec<Arc<Scenario>> {
    builtin()
        .iter()
        .flat_map(|file| {
            let (scenarios, problems) = read(file.file, file.text, &mut load_builtin);
            assert!(problems.is_empty(), "{}: {problems:?}", file.file);
            scenarios
        })
        .map(Arc::new)
        .collect()
}

/// A scenario that goes on for ever.
fn endless(scenarios: &[Arc<Scenario>], id: &str) -> Prepared {
    let found = scenarios.iter().find(|scenario| scenario.id == id).expect("a built-in scenario");
    let mut scenario = (**found).clone();
    scenario.policy.max_turns = u32::MAX;
    scenario.policy.endings = vec![Ending::FailMaxTurns];
    Prepared::new(scenario)
}

/// Our own share of each of so many turns of one mission, µs.
async fn turns(store: &Store, prepared: &Prepared, route: Route, count: usize) -> Vec<f64> {
    let engine = Engine::new(store.clone(), Clock::system(), route);
    let prepared = prepared.clone();
    let playing = tokio::spawn(async move {
        let mut live = engine.start(&prepared, Some(1)).await.expect("it begins");
        let lines: Vec<String> = [Level::Skilled, Level::Middling]
            .into_iter()
            .flat_map(|level| prepared.scenario.playthroughs.lines(level).to_vec())
            .collect();
        let mut own = Vec::with_capacity(count);
        for turn in 0..count {
            let report = live.say(&lines[turn % lines.len()], &mut |_| {}).await;
            own.push(report.expect("a turn").own_us as f64);
        }
        own
    });
    playing.await.expect("no panic")
}

/// A model that costs nothing and streams a valid answer in eight pieces.
struct AtOnce {
    text: String,
}

impl AtOnce {
    fn new() -> Self {
        let text = json!({
            "reply": "All right. Then tell me what you know, and what you only hope.",
            "cues": ["open_question", "acknowledges_feeling"],
            "localScoreNumeric": 72,
            "moodDelta": "stable",
            "tensionDelta": "down",
            "comfortDelta": "stable",
            "boundaryRisk": "low",
            "microFlags": [],
            "uiEventHint": "neutral",
        });
        Self { text: text.to_string() }
    }
}

impl Provider for AtOnce {
    fn name(&self) -> &str {
        "at-once"
    }

    fn chat<'a>(&'a self, _request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(async move {
            // The text is ASCII, so that it can be cut anywhere.
            let size = self.text.len().div_ceil(8);
            for piece in self.text.as_bytes().chunks(size) {
                sink(ChatDelta::Text(String::from_utf8_lossy(piece).into_owned()));
            }
            Ok(ChatOutcome {
                text: self.text.clone(),
                model: "at-once".to_owned(),
                finish: FinishReason::Stop,
                mode: OutputMode::JsonSchema,
                usage: Usage { input: Some(900), output: Some(90), ..Usage::default() },
                ttft_ms: Some(0.0),
                total_ms: 0.0,
                attempts: 1,
            })
        })
    }
}

/// A folder on the disk to be measured.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Self {
        let parent =
            std::env::var_os("SPAR_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let path = parent.join(format!("spar-bench-turn-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// A new store.
    fn store(&self, durability: Durability) -> Store {
        let count = std::fs::read_dir(&self.0).expect("the folder is there").count();
        let path = Path::new(&self.0).join(format!("{count}.db"));
        Store::open(&OpenOptions { durability, ..OpenOptions::new(path) }).expect("it opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
