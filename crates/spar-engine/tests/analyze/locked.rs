//! A file that another process holds while a stage is being done.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use spar_core::job::{JobKind, Stage};
use spar_engine::analyze::{Analyst, AnalystOptions};
use spar_engine::queue::{Claimed, Handler, Outcome, Running};
use spar_engine::store::{Job, OpenOptions, StageOutcome, Store, StoreError, WriteTransaction};

use crate::support::{Desk, drain};

/// Names the file to the process that holds it.
const HELD: &str = "SPAR_TEST_HELD_FILE";
/// As long as the file is held: longer than any writer waits for it in one go.
const HOLD: Duration = Duration::from_secs(5);

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
    holder: Arc<Mutex<Option<Child>>>,
}

impl Handler for Disturbed {
    fn kinds(&self) -> Vec<JobKind> {
        self.inner.kinds()
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        Box::pin(async move {
            let outcome: Outcome = self.inner.run(job).await;
            if job.kind == JobKind::Stage(Stage::Traits) {
                *self.holder.lock().expect("no panic") = Some(hold(&self.path));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_wait_for_a_file_that_is_held_and_come_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missions.db");
    let desk = Desk::over(Store::open(&OpenOptions::new(&path)).expect("a store"));
    let mission = desk.played(5).await;
    let inner = desk.analyst(AnalystOptions::default());
    let holder = Arc::new(Mutex::new(None));
    let handler = Arc::new(Disturbed { inner, path, holder: holder.clone() });
    let worker = tokio::spawn({
        let (store, clock) = (desk.store.clone(), desk.clock.clone());
        async move { drain(&store, &clock, handler, 1).await }
    });
    let mut child = loop {
        if let Some(child) = holder.lock().expect("no panic").take() {
            break child;
        }
        tokio::task::yield_now().await;
    };
    // The length of the hold is what is tested; nothing is expected to happen in it.
    tokio::time::sleep(HOLD).await;
    let analysis = desk.store.analysis(mission).expect("reading needs no lock");
    assert!(analysis.progress_of(Stage::Traits).is_none(), "no part of it is there");
    assert!(analysis.newest.iter().all(|result| result.stage != Stage::Traits));
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
