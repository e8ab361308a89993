//! A file that another process holds for five seconds while a stage is being done.
//!
//! Real are the other process, its lock on the file and every refusal by SQLite. Virtual are the five
//! seconds: they pass on the runtime's clock, by which the worker waits between its attempts, and a
//! writer waits milliseconds in one go instead of seconds (that it waits as long as it is told to is
//! tested beside it, in the store).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spar_core::job::{JobKind, Stage};
use spar_engine::analyze::{Analyst, AnalystOptions};
use spar_engine::queue::{Claimed, Handler, Outcome, Running};
use spar_engine::store::{Job, OpenOptions, StageOutcome, Store, StoreError, WriteTransaction};
use tokio::sync::oneshot;

use crate::support::{Desk, drain};

/// Names the file to the process that holds it.
const HELD: &str = "SPAR_TEST_HELD_FILE";
/// As long as the file is held, on the runtime's clock.
const HOLD: Duration = Duration::from_secs(5);
/// As long as a writer waits for the file in one go, on the machine's clock.
const PATIENCE: Duration = Duration::from_millis(2);
/// The steps in which time moves on: the worker tries again at least every second one.
const STEP: Duration = Duration::from_millis(250);

/// The other process: holds the file from the word `held` until its input ends. In an ordinary run of
/// the tests there is no file.
#[test]
fn hold_the_file() {
    let Some(path) = std::env::var_os(HELD) else { return };
    let connection = rusqlite::Connection::open(PathBuf::from(path)).expect("the file opens");
    connection.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    let mut out = std::io::stdout().lock();
    out.write_all(b"\nheld\n").and_then(|()| out.flush()).expect("it is told");
    let _ended = std::io::stdin().lock().read_line(&mut String::new());
    connection.execute_batch("ROLLBACK").expect("it lets go");
}

fn hold(path: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "locked::hold_the_file", "--nocapture"])
        .env(HELD, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("another process");
    let out = BufReader::new(child.stdout.take().expect("its words"));
    assert!(out.lines().map_while(Result::ok).any(|line| line == "held"), "it holds the file");
    child
}

/// An analyst while one of whose stages somebody takes the file.
struct Disturbed {
    inner: Arc<Analyst>,
    path: PathBuf,
    holder: Mutex<Option<oneshot::Sender<Child>>>,
}

impl Handler for Disturbed {
    fn kinds(&self) -> Vec<JobKind> {
        self.inner.kinds()
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        Box::pin(async move {
            let outcome: Outcome = self.inner.run(job).await;
            if job.kind == JobKind::Stage(Stage::Traits)
                && let Some(tells) = self.holder.lock().expect("no panic").take()
            {
                tells.send(hold(&self.path)).expect("somebody wants to know");
            }
            outcome
        })
    }

    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        tx: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        self.inner.on_given_up(job, error, tx)
    }
}

/// While it is there the runtime's clock moves only when it is told to: a runtime that waits for a
/// blocking task does not skip ahead.
struct Brake(mpsc::Sender<()>);

impl Brake {
    fn pull() -> Self {
        let (sender, never) = mpsc::channel();
        tokio::task::spawn_blocking(move || never.recv());
        Self(sender)
    }
}

#[tokio::test(start_paused = true)]
async fn results_wait_for_a_file_that_is_held_and_come_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missions.db");
    let options = OpenOptions { patience: PATIENCE, ..OpenOptions::new(&path) };
    let desk = Desk::over(Store::open(&options).expect("a store"));
    let mission = desk.played(5).await;
    let inner = desk.analyst(AnalystOptions::default());
    let (tells, held) = oneshot::channel();
    let handler = Arc::new(Disturbed { inner, path, holder: Mutex::new(Some(tells)) });
    let brake = Brake::pull();
    let worker = tokio::spawn({
        let (store, clock) = (desk.store.clone(), desk.clock.clone());
        async move { drain(&store, &clock, handler, 1).await }
    });
    let mut child = held.await.expect("the file is taken");
    let since = tokio::time::Instant::now();
    while since.elapsed() < HOLD {
        // Those who write stand in one line: what the worker has asked for was refused with this.
        let refused = desk.store.write(|_| Ok::<_, StoreError>(())).await;
        assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
        assert!(!worker.is_finished(), "it waits");
        tokio::time::advance(STEP).await;
    }
    assert_eq!(since.elapsed(), HOLD, "time moved only as it was told to");
    let analysis = desk.store.analysis(mission).expect("reading needs no lock");
    assert!(analysis.progress_of(Stage::Traits).is_none(), "no part of it is there");
    assert!(analysis.newest.iter().all(|result| result.stage != Stage::Traits));
    drop(brake.0);
    drop(child.stdin.take());
    child.wait().expect("it ends");

    let report = worker.await.expect("the worker ends");
    assert_eq!(report.trouble, None);
    assert_eq!((report.failed, report.dead, report.lost), (0, 0, 0), "{report:?}");
    drain(&desk.store, &desk.clock, desk.analyst(AnalystOptions::default()), 1).await;
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert_eq!(analysis.progress.len(), Stage::ALL.len());
    for stage in &analysis.progress {
        assert_eq!((stage.outcome, stage.version), (StageOutcome::Done, 1), "{}", stage.stage);
    }
}
