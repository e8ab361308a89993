//! `spar worker`: the work behind the chat, without one.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Args;
use spar_core::job::JobKind;
use spar_engine::Engine;
use spar_engine::clock::Clock;
use spar_engine::play::Route;
use spar_engine::queue::{self, Until, WorkReport, WorkerOptions};
use tokio_util::sync::CancellationToken;

use super::context::{Context, runtime};
use crate::error::{CliError, ExitStatus};

/// What a stopping worker gives its running jobs before it hands them back.
const GRACE: Duration = Duration::from_secs(3);

/// Arguments of `spar worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Jobs at the same time
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Only jobs of these kinds, e.g. deep_analysis,topics
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<JobKind>,
    /// End when nothing is left to do
    #[arg(long, conflicts_with = "once")]
    drain: bool,
    /// End after one job
    #[arg(long)]
    once: bool,
}

pub(crate) fn run(args: &WorkerArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let store = context.existing_store()?;
    let clock = Clock::system();
    let options = context.analysis(context.server(&clock)?)?;
    let engine = Engine::new(store.clone(), clock.clone(), Route::embedded());
    let analyst = engine.analyst(options);
    let options = WorkerOptions {
        concurrency: usize::from(args.concurrency),
        kinds: (!args.kinds.is_empty()).then(|| args.kinds.clone()),
        until: match (args.drain, args.once) {
            (true, _) => Until::Drained,
            (_, true) => Until::Once,
            _ => Until::Forever,
        },
        grace: GRACE,
        ..WorkerOptions::default()
    };
    let until = options.until;
    let mut err = io::stderr();
    if until == Until::Forever {
        writeln!(err, "spar: working on {}; ctrl-c stops", store.path().display())?;
    }
    let report = runtime()?.block_on(async {
        let stop = CancellationToken::new();
        let asked = stop.clone();
        tokio::spawn(async move {
            asked_to_stop().await;
            asked.cancel();
        });
        queue::work(store, clock, analyst, options, stop).await
    });
    writeln!(err, "spar: {}", in_words(&report))?;
    status(report, until)
}

/// A worker that ran to its end says whether all went well; one that was stopped was.
fn status(report: WorkReport, until: Until) -> Result<ExitStatus, CliError> {
    if let Some(error) = report.trouble {
        return Err(CliError::input(error));
    }
    let failed = until != Until::Forever && (report.dead > 0 || report.failed > 0);
    Ok(if failed { ExitStatus::Failed } else { ExitStatus::Success })
}

fn in_words(report: &WorkReport) -> String {
    let mut words = format!("{} done", report.done);
    for (count, what) in [
        (report.failed, "failed and will be tried again"),
        (report.dead, "given up"),
        (report.snoozed, "put off"),
        (report.cancelled, "called off"),
        (report.expired, "too late"),
        (report.handed_back, "handed back"),
    ] {
        if count > 0 {
            words.push_str(&format!(", {count} {what}"));
        }
    }
    words
}

/// Interrupted from the keyboard, or told to end by whoever started it.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
