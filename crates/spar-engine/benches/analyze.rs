//! How long the analysis of a mission takes, how fast a backlog goes, and what a worker beside it
//! costs a turn.
//!
//! `cargo bench -p spar-engine --bench analyze`; on a busy machine run the binary under
//! `chrt -r 1`. A word given as argument runs only the parts whose name holds it; `SPAR_BENCH_DIR`
//! names the disk.
#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use spar_core::ids::MissionId;
use spar_core::rules::Ending;
use spar_core::scenario::{builtin, load_builtin, read};
use spar_engine::analyze::AnalystOptions;
use spar_engine::clock::Clock;
use spar_engine::play::Route;
use spar_engine::queue::{self, Until, WorkReport, WorkerOptions};
use spar_engine::store::{Durability, OpenOptions, Store};
use spar_engine::{Engine, Prepared};
use tokio_util::sync::CancellationToken;

/// Turns of a mission.
const TURNS: usize = 10;
/// Missions of a backlog.
const BACKLOG: usize = 1_000;
/// Times that turns alone and beside a worker are measured, one after the other.
const ROUNDS: usize = 6;
/// Turns of a round.
const MEASURED: usize = 250;
/// The argument of a process that is to work beside.
const BESIDE: &str = "--work-beside=";

const LINES: [&str; 5] = [
    "I have bad news: the launch slips by two weeks.",
    "I hear that this is hard for you. What worries you most about the plan?",
    "That makes sense. I should have told you earlier, and I am sorry.",
    "Could we look at the launch together and find a date you can rely on?",
    "Thank you. I will write it down today.",
];

fn main() {
    if let Some(path) = std::env::args().find_map(|arg| arg.strip_prefix(BESIDE).map(PathBuf::from))
    {
        let report = work(&path, Until::Drained, 2);
        assert_eq!(report.dead, 0);
        return;
    }
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    let folder = Folder::make();
    println!("{:<58} {:>9} {:>9}", "", "figure", "bar");
    if wants("one mission") {
        one_mission(&folder);
    }
    if wants("backlog") {
        backlog(&folder);
    }
    if wants("turns beside") {
        turns_beside(&folder);
    }
}

/// From the commit that ends a mission to the last of its results, with a worker waiting.
fn one_mission(folder: &Folder) {
    let path = folder.file();
    let engine = engine(&path, Durability::Full);
    let stop = CancellationToken::new();
    let worker = {
        let (engine, stop) = (engine.clone(), stop.clone());
        std::thread::spawn(move || run(&engine, Until::Forever, 1, stop))
    };
    let scenario = scenario();
    let mut took = runtime().block_on(async {
        let mut took = Vec::new();
        for _ in 0..40 {
            let (began, mission) = played(&engine, &scenario).await;
            let mut watch = engine.watch_report(mission).await.expect("a watch");
            watch.completed().await.expect("it is studied");
            took.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        took
    });
    stop.cancel();
    worker.join().expect("the worker ends");
    took.sort_by(f64::total_cmp);
    row("one mission of 10 turns, enqueue to stored, p50, ms", at(&took, 0.5), 30.0);
    row("one mission of 10 turns, enqueue to stored, p95, ms", at(&took, 0.95), 60.0);
}

/// A backlog and two workers, each with the file opened for itself.
fn backlog(folder: &Folder) {
    for (name, run_label) in [("played", None), ("of a run", Some("run-0"))] {
        let path = folder.file();
        fill(&path, run_label);
        let began = Instant::now();
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || work(&path, Until::Drained, 2))
            })
            .collect();
        let reports: Vec<WorkReport> =
            workers.into_iter().map(|worker| worker.join().expect("it ends")).collect();
        let done: u64 = reports.iter().map(|report| report.done).sum();
        assert!(done >= 16 * BACKLOG as u64, "{reports:?}");
        row(
            &format!("backlog of {BACKLOG} missions {name}, two workers, s"),
            began.elapsed().as_secs_f64(),
            20.0,
        );
    }
}

/// Our own share of a turn, alone and with another process working on a backlog in the same file.
/// The two take turns, so that whatever else the machine does meets both alike; what counts is the
/// difference.
fn turns_beside(folder: &Folder) {
    let scenario = scenario();
    let path = folder.file();
    fill(&path, None);
    let engine = engine(&path, Durability::Full);
    let runtime = runtime();
    let (mut alone, mut busy) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.extend(runtime.block_on(own_shares(&engine, &scenario)));
        let mut beside = Beside::begin(&path);
        busy.extend(runtime.block_on(own_shares(&engine, &scenario)));
        assert!(beside.is_at_work(), "the backlog was too short");
    }
    for shares in [&mut alone, &mut busy] {
        shares.sort_by(f64::total_cmp);
    }
    for (share, name, bar) in [(0.5, "p50", 0.3), (0.99, "p99", 3.0)] {
        let (alone, busy) = (at(&alone, share), at(&busy, share));
        figure(&format!("turns alone, own share, {name}, ms"), alone);
        figure(&format!("turns beside a busy worker, own share, {name}, ms"), busy);
        row(&format!("what the worker costs a turn, {name}, ms"), busy - alone, bar);
    }
}

async fn own_shares(engine: &Engine, scenario: &Prepared) -> Vec<f64> {
    let mut shares = Vec::with_capacity(MEASURED);
    let mut live = engine.start(scenario, Some(7)).await.expect("it begins");
    for line in LINES.iter().cycle().take(MEASURED) {
        let report = live.say(line, &mut |_| {}).await.expect("a turn");
        shares.push(report.own_us as f64 / 1_000.0);
    }
    shares
}

/// Fills a file with missions that nobody has studied.
fn fill(path: &Path, run_label: Option<&str>) {
    let engine = engine(path, Durability::Off);
    let scenario = scenario();
    runtime().block_on(async {
        for seed in 0..BACKLOG as u64 {
            let label = run_label.map(str::to_owned);
            let mut live = match label {
                Some(_) => engine.start_in(&scenario, Some(seed), label).await,
                None => engine.start(&scenario, Some(seed)).await,
            }
            .expect("it begins");
            for line in LINES.iter().cycle().take(TURNS) {
                live.say(line, &mut |_| {}).await.expect("a turn");
            }
            live.leave(&mut |_| {}).await.expect("it is left");
        }
    });
}

/// Plays a mission; the moment it was left, and which it is.
async fn played(engine: &Engine, scenario: &Prepared) -> (Instant, MissionId) {
    let mut live = engine.start(scenario, Some(7)).await.expect("it begins");
    for line in LINES.iter().cycle().take(TURNS) {
        live.say(line, &mut |_| {}).await.expect("a turn");
    }
    let began = Instant::now();
    live.leave(&mut |_| {}).await.expect("it is left");
    (began, live.id())
}

fn work(path: &Path, until: Until, concurrency: usize) -> WorkReport {
    run(&engine(path, Durability::Full), until, concurrency, CancellationToken::new())
}

fn run(engine: &Engine, until: Until, concurrency: usize, stop: CancellationToken) -> WorkReport {
    let options = WorkerOptions { concurrency, until, ..WorkerOptions::default() };
    let analyst = engine.analyst(AnalystOptions::default());
    let (store, clock) = (engine.store().clone(), engine.clock().clone());
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(queue::work(store, clock, analyst, options, stop))
}

fn engine(path: &Path, durability: Durability) -> Engine {
    let store = Store::open(&OpenOptions { durability, ..OpenOptions::new(path) });
    Engine::new(store.expect("a store"), Clock::system(), Route::embedded())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A built-in scenario that nothing ends.
fn scenario() -> Prepared {
    let file = builtin().iter().find(|file| file.text.contains("id: launch-slip"));
    let file = file.expect("it is built in");
    let (scenarios, problems) = read(file.file, file.text, &mut load_builtin);
    assert!(problems.is_empty(), "{problems:?}");
    let mut scenario = scenarios.into_iter().next().expect("a scenario");
    scenario.policy.max_turns = u32::MAX;
    scenario.policy.endings = vec![Ending::AbortUser];
    Prepared::new(scenario)
}

/// A process at work on the same file.
struct Beside(Child);

impl Beside {
    fn begin(path: &Path) -> Self {
        let program = std::env::current_exe().expect("this program");
        let argument = format!("{BESIDE}{}", path.display());
        let mut child = Command::new(program).arg(argument).spawn().expect("another process");
        // Long enough to have begun.
        std::thread::sleep(Duration::from_millis(100));
        assert!(child.try_wait().expect("it is known").is_none(), "it works");
        Self(child)
    }

    fn is_at_work(&mut self) -> bool {
        self.0.try_wait().expect("it is known").is_none()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

fn row(name: &str, figure: f64, bar: f64) {
    let verdict = if figure <= bar { "" } else { "  over" };
    println!("{name:<58} {figure:>9.3} {bar:>9.3}{verdict}");
}

/// A figure that is only there to be compared.
fn figure(name: &str, figure: f64) {
    println!("{name:<58} {figure:>9.3}");
}

/// A folder for the files, gone afterwards.
struct Folder {
    path: PathBuf,
    files: std::cell::Cell<u32>,
}

impl Folder {
    fn make() -> Self {
        let parent =
            std::env::var_os("SPAR_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let path = parent.join(format!("spar-bench-analyze-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self { path, files: std::cell::Cell::new(0) }
    }

    fn file(&self) -> PathBuf {
        self.files.set(self.files.get() + 1);
        self.path.join(format!("{}.db", self.files.get()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
