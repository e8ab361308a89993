//! `spar run`: scripted scenarios without a screen.

mod outcome;
mod report;
mod resume;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use spar_core::routing::price_of;
use spar_core::units::MicroUsd;
use spar_engine::analyze::AnalystOptions;
use spar_engine::clock::Clock;
use spar_engine::play::{self, Planned, Route, RunOptions, RunUpdate, Shard};
use spar_engine::provider::{
    Budget, BudgetedProvider, CassetteConfig, CassetteError, CassetteMode, CassetteProvider,
    Prices, Provider,
};
use spar_engine::queue::Until;
use spar_engine::{Engine, Prepared};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::context::{Context, runtime, runtime_here};
use super::report::{ReportFormat, written};
use super::study::Study;
use crate::error::{CliError, ExitStatus};
use outcome::Outcome;
use report::Reports;

/// Workers that study the conversations of a run.
const WORKERS: usize = 2;

/// Threads that play the conversations of a run: one a core of a small machine. Results are written
/// on the main thread, which may have to wait for whoever reads them.
const PLAYERS: usize = 2;

/// Arguments of `spar run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Scenario ids, files or folders; none: every scenario that `spar scenario list` shows
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Only scenarios whose id, category or a tag contains this (repeatable: any of them)
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Turns in flight over all conversations
    #[arg(long, short = 'j', default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Plays of each script, in place of its own `repeat`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeat: Option<u32>,
    /// Seed of everything that is chosen
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Play only this part of the whole, e.g. 2/4
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Stop at the first conversation that does not pass
    #[arg(long)]
    fail_fast: bool,
    /// Count turns that the embedded persona answered for a model that failed
    #[arg(long)]
    allow_degraded: bool,
    /// Most that may be spent; a call that could exceed it is not sent (exit 4)
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    budget_usd: Option<MicroUsd>,
    /// Who plays simulated users
    #[arg(long, value_name = "WHO", default_value = "embedded")]
    simulate_with: SimulateWith,
    /// Record the model's answers, or answer from a recording
    #[arg(long, value_name = "MODE")]
    cassette: Option<CassetteArg>,
    /// The recording
    #[arg(long, value_name = "FILE", default_value = "spar.cassette.jsonl")]
    cassette_file: PathBuf,
    /// Write JSON lines here, one a conversation, as they are done
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Go on with an earlier --json file: what it has scored is not played again
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    resume: Option<PathBuf>,
    /// Write JUnit XML here
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a Markdown summary here
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Study each conversation before the end
    #[arg(long)]
    analyze: bool,
    /// Write a report of each conversation here, as JSON (studies them as --analyze does)
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
    /// What is printed: text, or the JSON lines
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SimulateWith {
    /// The scenario's playthrough of the level, then stock lines
    Embedded,
    /// The configured model
    Model,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CassetteArg {
    /// Ask the model and write its answers, in place of an old recording
    Record,
    /// Answer from the recording; no network
    Replay,
    /// Answer from the recording, ask for what it lacks and add that
    Auto,
}

impl From<CassetteArg> for CassetteMode {
    fn from(mode: CassetteArg) -> Self {
        match mode {
            CassetteArg::Record => Self::Record,
            CassetteArg::Replay => Self::Replay,
            CassetteArg::Auto => Self::Auto,
        }
    }
}

fn dollars(text: &str) -> Result<MicroUsd, String> {
    match text.parse::<f64>() {
        Ok(dollars) if dollars.is_finite() && (0.0..=1_000_000.0).contains(&dollars) => {
            Ok(MicroUsd((dollars * 1_000_000.0).round() as i64))
        }
        _ => Err("an amount of dollars such as 0.25".to_owned()),
    }
}

pub(crate) fn run(args: &RunArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let scenarios = select(args, context)?;
    let prepared: Arc<[Prepared]> = scenarios.iter().map(|found| found.prepared.clone()).collect();
    let planned = play::plan(&prepared, args.seed, args.repeat, args.shard);
    let clock = Clock::system();
    let route = route(args, context, &clock)?;
    let options = RunOptions {
        jobs: usize::from(args.jobs),
        threads: PLAYERS,
        fail_fast: args.fail_fast,
        allow_degraded: args.allow_degraded,
        user: (args.simulate_with == SimulateWith::Model).then(|| route.clone()),
        models: context.role_models(),
        label: format!("run-{}", args.seed),
        keep_turns: false,
        report_turns: false,
    };
    let earlier = match &args.resume {
        Some(path) => resume::read(path)?,
        None => Vec::new(),
    };
    let answering = |next: &Planned| options.answering(&route, &prepared[next.scenario].scenario);
    let (earlier, to_play) = resume::split(earlier, planned, &answering);
    if let Some(path) = &args.resume {
        resume::tidy(path, &to_play)?;
    }
    let mut outcome = Outcome::new(&scenarios);
    let mut reports = Reports::open(args, context, &scenarios)?;
    let engine = Engine::new(context.run_store()?, clock.clone(), route.clone());
    let options = RunOptions { keep_turns: reports.wants_turns(), ..options };
    for result in earlier {
        reports.carried(&result)?;
        outcome.add(result);
    }
    let analysis = context.analysis((!route.embedded).then(|| route.provider.clone()))?;
    let studied = engine.clone();
    let began = clock.monotonic_micros();
    let (interrupted, lost) = runtime_here()?.block_on(conduct(
        engine,
        prepared,
        to_play,
        options,
        &mut outcome,
        &mut reports,
    ))?;
    outcome.lost = lost;
    outcome.wall_ms = (clock.monotonic_micros() - began) as f64 / 1_000.0;
    if !interrupted && (args.analyze || args.report_dir.is_some()) {
        study(args, &studied, &analysis)?;
        reports.studied(studied.store(), outcome.results())?;
        if let Some(folder) = &args.report_dir {
            write_reports(folder, &studied, &outcome)?;
        }
    }
    reports.finish(&outcome)?;
    Ok(if interrupted { outcome.status().and(ExitStatus::Inconclusive) } else { outcome.status() })
}

/// Does everything the conversations left to do.
fn study(args: &RunArgs, engine: &Engine, options: &AnalystOptions) -> Result<(), CliError> {
    // One worker a core of a small machine; models are asked side by side within each.
    let workers = (0..WORKERS)
        .map(|_| {
            let concurrency = usize::from(args.jobs).div_ceil(WORKERS);
            Study::begin(engine, options.clone(), concurrency, Until::Drained)
        })
        .collect::<Result<Vec<_>, _>>()?;
    for worker in workers {
        let report = worker.wait()?;
        if let Some(error) = report.trouble {
            return Err(CliError::input(error));
        }
    }
    Ok(())
}

/// Writes a report of each conversation, named by its key.
fn write_reports(folder: &Path, engine: &Engine, outcome: &Outcome) -> Result<(), CliError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| CliError::input(format!("cannot make {}: {error}", folder.display())))?;
    let runtime = runtime()?;
    for result in outcome.results() {
        let Some(id) = result.mission_id else { continue };
        // One that an earlier run played is in that run's database.
        let Ok(report) = runtime.block_on(engine.report(id, Duration::ZERO)) else { continue };
        let path = folder.join(format!("{}.json", file_name(&result.key)));
        super::report::write(&path, &written(&report, ReportFormat::Json))?;
    }
    Ok(())
}

/// A key as the name of a file: nothing in it leads elsewhere.
fn file_name(key: &str) -> String {
    key.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

/// Plays what was planned and passes each result on as it comes. Answers whether it was broken off,
/// and how many conversations a bug took.
async fn conduct(
    engine: Engine,
    prepared: Arc<[Prepared]>,
    planned: Vec<Planned>,
    options: RunOptions,
    outcome: &mut Outcome,
    reports: &mut Reports,
) -> Result<(bool, usize), CliError> {
    let stop = CancellationToken::new();
    let (updates, mut results) = mpsc::unbounded_channel();
    let bar = progress(planned.len() as u64);
    let playing =
        tokio::spawn(play::run(engine, prepared, planned, options, updates, stop.clone()));
    let mut interrupted = false;
    let mut trouble = None;
    loop {
        tokio::select! {
            update = results.recv() => match update {
                Some(RunUpdate::Turn) => {}
                Some(RunUpdate::Done(result)) => {
                    bar.inc(1);
                    let written = bar.suspend(|| reports.add(&result));
                    outcome.add(*result);
                    if let Err(error) = written {
                        stop.cancel();
                        trouble = Some(error);
                        break;
                    }
                }
                None => break,
            },
            _ = tokio::signal::ctrl_c(), if !interrupted => {
                interrupted = true;
                stop.cancel();
            }
        }
    }
    bar.finish_and_clear();
    // The last thread ends on its own account.
    let lost = playing.await.map_err(|error| CliError::new(ExitStatus::Bug, error))?;
    trouble.map_or(Ok((interrupted, lost)), Err)
}

fn progress(total: u64) -> ProgressBar {
    // Hidden by itself when standard error is no terminal.
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} conversations {elapsed}")
    {
        bar.set_style(style);
    }
    // What moves the clock is a thread, which nobody needs where nothing is shown.
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(500));
    }
    bar
}

/// The scenarios that were named and pass the filters.
fn select(args: &RunArgs, context: &Context) -> Result<Vec<super::scenario::Found>, CliError> {
    let found = super::scenario::find_all(&context.scenarios(), &args.scenarios)?;
    let wanted: Vec<_> = found
        .into_iter()
        .filter(|found| {
            args.filter.is_empty()
                || args.filter.iter().any(|text| found.prepared.scenario.matches(text))
        })
        .collect();
    if wanted.is_empty() {
        return Err(CliError::input("no scenario passes the filter")
            .hint("`spar scenario list` shows ids, categories and tags"));
    }
    Ok(wanted)
}

fn no_price(model: &str) -> CliError {
    CliError::input(format!(
        "there is no price for model `{model}`, so --budget-usd cannot be kept"
    ))
    .hint("leave --budget-usd out for a server of your own")
}

/// A cassette that cannot be used, with what helps in that case.
fn unusable(error: CassetteError) -> CliError {
    let hint = match &error {
        CassetteError::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            "--cassette record makes one; --cassette-file names another"
        }
        CassetteError::NoProvider { .. } => "name a server with --provider openai --base-url URL",
        CassetteError::File { .. } | CassetteError::Malformed { .. } => {
            "--cassette-file names another"
        }
    };
    CliError::input(error).hint(hint)
}

/// Who answers: the configured provider, with a cassette and a budget in front of it.
fn route(args: &RunArgs, context: &Context, clock: &Clock) -> Result<Route, CliError> {
    let model = &context.config.model_mini.value;
    // Before the cassette: recording begins with emptying the file.
    let budget = match args.budget_usd {
        Some(limit) if args.cassette.is_some() || context.has_server() => {
            price_of(model).ok_or_else(|| no_price(model))?;
            Some(limit)
        }
        _ => None,
    };
    let mut provider = context.server(clock)?;
    if let Some(mode) = args.cassette {
        let config = CassetteConfig {
            path: args.cassette_file.clone(),
            mode: mode.into(),
            pace: false,
            models: context.role_models(),
        };
        let cassette =
            CassetteProvider::open(config, provider.take(), clock.clone()).map_err(unusable)?;
        provider = Some(Arc::new(cassette));
    }
    let Some(mut provider) = provider else { return Ok(Route::embedded()) };
    if let Some(limit) = budget {
        let budget = Arc::new(Budget::new(limit));
        let models = context.role_models();
        let prices: Prices = Arc::new(move |role| models.get(role).and_then(price_of));
        provider = Arc::new(BudgetedProvider::new(provider, budget, prices)) as Arc<dyn Provider>;
    }
    Ok(Route::to_model(provider, model))
}
