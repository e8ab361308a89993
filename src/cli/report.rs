//! `spar report`: what a mission came to.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use spar_core::report::{self, Report};
use spar_engine::Engine;
use spar_engine::clock::Clock;
use spar_engine::play::Route;
use spar_engine::queue::Until;

use super::context::{Context, runtime};
use super::study::Study;
use super::whole;
use crate::error::{CliError, ExitStatus};

/// Jobs at the same time while somebody waits.
const CONCURRENCY: usize = 4;

/// Arguments of `spar report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// An id, the beginning or end of one, or `last`
    #[arg(default_value = "last")]
    mission: String,
    /// The mission in which something happened most recently (what you get without a MISSION)
    #[arg(long, conflicts_with = "mission")]
    last: bool,
    /// How it is written
    #[arg(long, default_value = "text")]
    format: ReportFormat,
    /// Where to; standard output by default
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Wait for the analysis: so many seconds, or as long as it takes
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "0", value_parser = seconds)]
    wait: Option<Duration>,
    /// Leave out ids, times and costs: the same mission gives the same text
    #[arg(long)]
    stable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For reading
    Text,
    /// For a wiki or a mail
    Markdown,
    /// For programs
    Json,
    /// A page with charts, whole in one file
    Html,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a number of seconds such as 5".to_owned()),
    }
}

pub(crate) fn run(args: &ReportArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let store = context.existing_store()?;
    let id = store.find(&args.mission).map_err(CliError::input)?;
    let clock = Clock::system();
    let analysis = context.analysis(context.server(&clock)?)?;
    let engine = Engine::new(store, clock, Route::embedded());
    let wait = match args.wait {
        None => Some(context.config.max_wait.value),
        Some(wait) if wait.is_zero() => None,
        wait => wait,
    };
    // Somebody must do what is missing, or there would be nothing to wait for.
    let study = Study::begin(&engine, analysis, CONCURRENCY, Until::Forever)?;
    let report = runtime()?.block_on(async {
        match wait {
            Some(wait) => engine.report(id, wait).await,
            None => {
                let mut watch = engine.watch_report(id).await?;
                tokio::select! {
                    waited = watch.completed() => waited?,
                    _ = tokio::signal::ctrl_c() => {}
                }
                watch.report()
            }
        }
    });
    study.end()?;
    let report = report.map_err(CliError::input)?;
    let report = if args.stable { report.stable() } else { report };
    let text = written(&report, args.format);
    match &args.out {
        Some(path) => write(path, &text)?,
        None => io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(ExitStatus::Success)
}

/// The report in one of its forms.
pub(crate) fn written(report: &Report, format: ReportFormat) -> String {
    match format {
        ReportFormat::Text => report::plain_text(&report::text(report, report::COLUMNS)),
        ReportFormat::Markdown => report::markdown(report),
        ReportFormat::Json => report::json(report),
        ReportFormat::Html => report::html(report),
    }
}

/// Writes a report to a file, whole or not at all.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    whole::write(path, text).map_err(|error| {
        CliError::input(format!("cannot write {}: {error}", path.display()))
            .hint("name another file with --out")
    })
}
