//! What a process costs that does one thing and nothing else: this program, started again with a
//! task, and what the system says of it. Figures of Linux.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use spar_engine::clock::Clock;
use spar_engine::queue::{Claimed, Until, work};
use spar_engine::store::{OpenOptions, Store};
use tokio_util::sync::CancellationToken;

use crate::{FILE, JOBS, Nothing, TASK, fill, many_callers, options, process, runtime};

/// As long as an idle worker is watched, s. The system counts in steps of 10 ms: 0.03 % of it.
pub(crate) const IDLE_S: u64 = 30;
/// What the system counts a process' time in: its ABI says 100 a second, whatever the kernel's own.
const TICKS_A_SECOND: f64 = 100.0;

/// Does a task in this process and prints its one figure.
pub(crate) fn be(task: &str, file: &Path) {
    let runtime = runtime();
    let figure = match task {
        // The program and its runtime, as they are before any queue.
        "baseline" => runtime.block_on(async {
            tokio::spawn(async {}).await.expect("no panic");
            peak_mb()
        }),
        "queue" => runtime.block_on(async {
            let store = open(file);
            many_callers(&store).await;
            fill(&store, JOBS);
            process(&store, 4).await;
            peak_mb()
        }),
        "idle" => runtime.block_on(idle(&open(file))),
        other => panic!("no such task: {other}"),
    };
    println!("{figure}");
}

/// The figure of a process that does only this.
pub(crate) fn figure(task: &str, file: &Path) -> f64 {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .env(TASK, task)
        .env(FILE, file)
        .stderr(Stdio::inherit())
        .output()
        .expect("another process");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a figure")
}

fn open(file: &Path) -> Store {
    Store::open(&OpenOptions::new(file)).expect("the store opens")
}

/// Share of a core that a worker with nothing to do takes.
async fn idle(store: &Store) -> f64 {
    let stop = CancellationToken::new();
    let worker = tokio::spawn(work(
        store.clone(),
        Clock::system(),
        Arc::new(Nothing(|_: &Claimed| {})),
        options(4, Until::Forever),
        stop.clone(),
    ));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (before, began) = (cpu_seconds(), Instant::now());
    tokio::time::sleep(Duration::from_secs(IDLE_S)).await;
    let share = (cpu_seconds() - before) / began.elapsed().as_secs_f64();
    stop.cancel();
    worker.await.expect("no panic");
    share
}

/// This process' time on a core, s: of all its threads, those that have ended included.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in brackets, and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    // Fields 14 and 15: in its own code and in the system's.
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse().ok()).collect();
    if ticks.len() == 2 { ticks.iter().sum::<f64>() / TICKS_A_SECOND } else { f64::NAN }
}

/// The most memory this process ever had, MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kb.unwrap_or(f64::NAN) / 1024.0
}
