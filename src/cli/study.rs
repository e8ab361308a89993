//! Analysis beside a command: a worker on a thread of its own, so that it never holds up whatever
//! the command is for.

use std::thread::JoinHandle;
use std::time::Duration;

use spar_engine::Engine;
use spar_engine::analyze::AnalystOptions;
use spar_engine::queue::{self, Until, WorkReport, WorkerOptions};
use tokio_util::sync::CancellationToken;

use crate::error::{CliError, ExitStatus};

/// What a stopping worker gives its running jobs: others will do them.
const GRACE: Duration = Duration::from_millis(200);

/// A worker under way.
pub(crate) struct Study {
    stop: CancellationToken,
    thread: JoinHandle<std::io::Result<WorkReport>>,
}

impl Study {
    /// Sets one to work, at a lower priority than everything else where the system knows such.
    pub(crate) fn begin(
        engine: &Engine,
        options: AnalystOptions,
        concurrency: usize,
        until: Until,
    ) -> Result<Self, CliError> {
        let stop = CancellationToken::new();
        let (store, clock) = (engine.store().clone(), engine.clock().clone());
        let (handler, token) = (engine.analyst(options), stop.clone());
        let work = move || {
            step_back();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let options =
                WorkerOptions { concurrency, until, grace: GRACE, ..WorkerOptions::default() };
            Ok(runtime.block_on(queue::work(store, clock, handler, options, token)))
        };
        let thread = std::thread::Builder::new().name("analysis".to_owned()).spawn(work)?;
        Ok(Self { stop, thread })
    }

    /// Has it stop; what it was doing is handed back.
    pub(crate) fn end(self) -> Result<WorkReport, CliError> {
        self.stop.cancel();
        self.wait()
    }

    /// Waits for it to come to its end.
    pub(crate) fn wait(self) -> Result<WorkReport, CliError> {
        let lost = |_| CliError::new(ExitStatus::Bug, "the analysis broke off");
        Ok(self.thread.join().map_err(lost)??)
    }
}

/// Lets others go first. Linux counts niceness by thread; elsewhere the whole program would step
/// back, the screen with it.
#[cfg(target_os = "linux")]
fn step_back() {
    // Should the system refuse, nothing is lost but courtesy.
    let _ = rustix::process::nice(10);
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}
