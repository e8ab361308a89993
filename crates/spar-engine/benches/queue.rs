//! What the queue costs, beside what the disk under it can do, in one run.
//!
//! `cargo bench -p spar-engine --bench queue`; on a busy machine run the binary under `chrt -r 1`, or
//! the scheduler is what gets measured. A word given as argument runs only the parts whose name holds
//! it; `SPAR_BENCH_DIR` names the disk.
#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

#[path = "queue/alone.rs"]
mod alone;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use spar_core::job::{JobKind, Stage};
use spar_engine::clock::Clock;
use spar_engine::queue::{Claimed, Handler, Outcome, Running, Until, WorkerOptions, work};
use spar_engine::store::{
    Durability, Job, JobSubject, NewJob, OpenOptions, Store, StoreError, WriteTransaction,
};
use tokio_util::sync::CancellationToken;

/// Callers at the same time.
const IN_FLIGHT: usize = 64;
/// Jobs done in a measurement.
const JOBS: usize = 20_000;
/// Rounds in which the disk and one caller take turns.
const ROUNDS: usize = 5;
const KIND: JobKind = JobKind::Stage(Stage::Topics);
/// A helper's file: this program is started again as another process.
const FILE: &str = "SPAR_BENCH_FILE";
/// What that process does; the work of `latency_across` when nothing is said.
const TASK: &str = "SPAR_BENCH_TASK";

fn main() {
    if let Some(file) = std::env::var_os(FILE) {
        return match std::env::var(TASK) {
            Ok(task) => alone::be(&task, Path::new(&file)),
            Err(_) => be_the_other_process(Path::new(&file)),
        };
    }
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    let folder = Folder::make();
    let runtime = runtime();

    if wants("enqueue") {
        // The disk's own pace wanders by half within a minute: the two take turns, and each has the
        // median of its rounds.
        let (disk, ours): (Vec<f64>, Vec<f64>) = (0..ROUNDS)
            .map(|_| (append_and_sync(&folder.0), runtime.block_on(one_caller(&folder.store()))))
            .unzip();
        let (disk, ours) = (median(disk), median(ours));
        row("disk: append 300 bytes + fsync", per_second(disk));
        row("enqueue, one caller", share(ours, disk));
        let rate = (0..3).map(|_| runtime.block_on(many_callers(&folder.store())));
        row(&format!("enqueue, {IN_FLIGHT} in flight"), per_second(rate.fold(0.0, f64::max)));
    }
    if wants("process") {
        for concurrency in [1, 4, 64] {
            let store = folder.store();
            fill(&store, JOBS);
            let rate = runtime.block_on(process(&store, concurrency));
            row(&format!("process, {concurrency} at once, each acknowledged"), per_second(rate));
        }
    }
    if wants("latency") {
        let [p50, p99] = append_and_sync_now_and_then(&folder.0);
        row("disk: append + fsync, 200/s, p50 | p99", format!("{p50:>7.0} | {p99:.0} µs"));
        let [[p50, p99], [asked50, asked99]] = runtime.block_on(latency(&folder.store()));
        row("enqueue to start, 200/s, one process, p50 | p99", format!("{p50:>7.0} | {p99:.0} µs"));
        row("  of it until the enqueue is answered", format!("{asked50:>7.0} | {asked99:.0} µs"));
        let [p50, p99] = runtime.block_on(latency_across(&folder.store()));
        row("enqueue to start, 200/s, across, p50 | p99", format!("{p50:>7.0} | {p99:.0} µs"));
    }
    if wants("history") {
        let store = folder.store();
        let fresh = [runtime.block_on(one_caller(&store)), {
            fill(&store, JOBS);
            runtime.block_on(process(&store, 4))
        }];
        finish_a_million(&store);
        let old = [runtime.block_on(one_caller(&store)), {
            fill(&store, JOBS);
            runtime.block_on(process(&store, 4))
        }];
        for (name, place) in [("enqueue, one caller", 0), ("process, 4 at once", 1)] {
            let (fresh, old) = (fresh[place], old[place]);
            row(
                &format!("{name}, before | after 1,000,000 finished"),
                format!("{fresh:>7.0} | {old:.0} /s = {:+.1} %", (old / fresh - 1.0) * 100.0),
            );
        }
    }
    if wants("idle") {
        let cpu = alone::figure("idle", folder.store().path());
        row(
            &format!("idle worker alone in a process, CPU over {} s", alone::IDLE_S),
            format!("{:>10.2} % (± {:.2})", cpu * 100.0, 1.0 / alone::IDLE_S as f64),
        );
    }
    if wants("memory") {
        let [bare, full] =
            ["baseline", "queue"].map(|task| alone::figure(task, folder.store().path()));
        row(
            "peak memory, queue alone - bare process = the queue's",
            format!("{full:>10.1} - {bare:.1} = {:.1} MB", full - bare),
        );
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

fn row(name: &str, figure: impl std::fmt::Display) {
    println!("{name:<56} {figure}");
}

fn per_second(rate: f64) -> String {
    format!("{rate:>10.0} /s")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn share(rate: f64, disk: f64) -> String {
    format!("{rate:>10.0} /s = {:.0} % of the disk", rate / disk * 100.0)
}

/// A folder on the disk to be measured.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Self {
        let parent =
            std::env::var_os("SPAR_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let path = parent.join(format!("spar-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// A new store, fully durable.
    fn store(&self) -> Store {
        static COUNT: AtomicI64 = AtomicI64::new(0);
        let name = format!("{}.db", COUNT.fetch_add(1, Ordering::Relaxed));
        Store::open(&OpenOptions::new(self.0.join(name))).expect("the store opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn append_and_sync(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("append")).expect("a file");
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 300]).expect("room");
        file.sync_all().expect("a disk");
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// The same once in 5 ms, as jobs are asked for below: a disk that was idle takes longer. Median and
/// 99th percentile, µs.
fn append_and_sync_now_and_then(folder: &Path) -> [f64; 2] {
    let mut file = File::create(folder.join("append")).expect("a file");
    let mut times: Vec<f64> = (0..1_000)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(5));
            let began = Instant::now();
            file.write_all(&[7; 300]).expect("room");
            file.sync_all().expect("a disk");
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    percentiles(&mut times)
}

/// A job of 300 bytes, each its own.
fn job() -> NewJob {
    static KEY: AtomicI64 = AtomicI64::new(0);
    let now = Clock::system().now();
    NewJob {
        kind: KIND,
        subject: JobSubject::Row(0),
        key: KEY.fetch_add(1, Ordering::Relaxed),
        priority: 100,
        run_at: now,
        expires_at: None,
        max_attempts: 3,
        created_at: now,
        payload: "x".repeat(300),
    }
}

fn fill(store: &Store, jobs: usize) {
    store
        .write(move |tx| {
            for _ in 0..jobs {
                tx.enqueue(&job())?;
            }
            Ok::<_, StoreError>(())
        })
        .wait()
        .expect("jobs");
}

async fn one_caller(store: &Store) -> f64 {
    let store = store.clone();
    let task = tokio::spawn(async move {
        let (began, mut count) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_secs(2) {
            store.enqueue(job()).await.expect("a job");
            count += 1;
        }
        f64::from(count) / began.elapsed().as_secs_f64()
    });
    task.await.expect("no panic")
}

async fn many_callers(store: &Store) -> f64 {
    const EACH: usize = 3_000;
    let began = Instant::now();
    let tasks = (0..IN_FLIGHT).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..EACH {
                store.enqueue(job()).await.expect("a job");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    (IN_FLIGHT * EACH) as f64 / began.elapsed().as_secs_f64()
}

/// Does nothing, and says when it was asked to.
struct Nothing<F>(F);

impl<F: Fn(&Claimed) + Send + Sync + 'static> Handler for Nothing<F> {
    fn kinds(&self) -> Vec<JobKind> {
        Stage::ALL.into_iter().map(JobKind::Stage).collect()
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        (self.0)(job);
        Box::pin(async { Outcome::done() })
    }

    fn on_given_up(&self, _: &Job, _: &str, _: &WriteTransaction<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

fn options(concurrency: usize, until: Until) -> WorkerOptions {
    WorkerOptions { concurrency, until, schedules: Vec::new(), ..WorkerOptions::default() }
}

async fn process(store: &Store, concurrency: usize) -> f64 {
    let store = store.clone();
    let began = Instant::now();
    let work = work(
        store,
        Clock::system(),
        Arc::new(Nothing(|_: &Claimed| {})),
        options(concurrency, Until::Drained),
        CancellationToken::new(),
    );
    let report = tokio::spawn(work).await.expect("no panic");
    report.done as f64 / began.elapsed().as_secs_f64()
}

/// Times from before the call that enqueues to the first line of the job's work, and to the call's
/// answer, with a job each 5 ms: medians and 99th percentiles, µs.
async fn latency(store: &Store) -> [[f64; 2]; 2] {
    let asked: Arc<Mutex<std::collections::HashMap<i64, Instant>>> = Arc::default();
    let times: Arc<Mutex<Vec<f64>>> = Arc::default();
    let (sees, notes) = (Arc::clone(&asked), Arc::clone(&times));
    let handler = Nothing(move |claimed: &Claimed| {
        let now = Instant::now();
        let asked = sees.lock().expect("no panic").remove(&claimed.job.key);
        let asked = asked.expect("it was asked for");
        notes.lock().expect("no panic").push((now - asked).as_secs_f64() * 1e6);
    });
    let stop = CancellationToken::new();
    let worker = tokio::spawn(work(
        store.clone(),
        Clock::system(),
        Arc::new(handler),
        options(4, Until::Forever),
        stop.clone(),
    ));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let store = store.clone();
    let asks = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let mut answered = Vec::new();
        for _ in 0..2_000 {
            ticks.tick().await;
            let (job, now) = (job(), Instant::now());
            asked.lock().expect("no panic").insert(job.key, now);
            store.enqueue(job).await.expect("a job");
            answered.push(now.elapsed().as_secs_f64() * 1e6);
        }
        answered
    });
    let mut answered = asks.await.expect("no panic");
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    worker.await.expect("no panic");
    [percentiles(&mut times.lock().expect("no panic")), percentiles(&mut answered)]
}

fn percentiles(times: &mut [f64]) -> [f64; 2] {
    times.sort_by(f64::total_cmp);
    [50, 99].map(|p| times[(times.len() - 1) * p / 100])
}

/// The same, with the worker in another process. Each job carries the moment it was asked for, in
/// the machine's own time, which both processes read.
async fn latency_across(store: &Store) -> [f64; 2] {
    let this = std::env::current_exe().expect("this program");
    let mut other = Command::new(this)
        .env(FILE, store.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("another process");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asking = store.clone();
    let asks = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        for _ in 0..2_000 {
            ticks.tick().await;
            let job = NewJob { payload: micros().to_string(), ..job() };
            asking.enqueue(job).await.expect("a job");
        }
    });
    asks.await.expect("no panic");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    drop(other.stdin.take());
    let output = other.wait_with_output().expect("its times");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut times: Vec<f64> = text.split_whitespace().filter_map(|t| t.parse().ok()).collect();
    assert_eq!(times.len(), 2_000, "every job was begun");
    percentiles(&mut times)
}

#[expect(clippy::disallowed_methods, reason = "two processes share no other clock")]
fn micros() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_micros() as u64
}

fn be_the_other_process(file: &Path) {
    let store = Store::open(&OpenOptions {
        durability: Durability::Full,
        create: false,
        ..OpenOptions::new(file)
    })
    .expect("the store opens");
    let times: Arc<Mutex<Vec<u64>>> = Arc::default();
    let notes = Arc::clone(&times);
    let handler = Nothing(move |claimed: &Claimed| {
        let asked: u64 = claimed.job.payload.parse().expect("a moment");
        notes.lock().expect("no panic").push(micros().saturating_sub(asked));
    });
    let stop = CancellationToken::new();
    let stops = stop.clone();
    std::thread::spawn(move || {
        let mut nothing = String::new();
        let _ = std::io::stdin().read_line(&mut nothing);
        stops.cancel();
    });
    runtime().block_on(async {
        let options = options(4, Until::Forever);
        let work = work(store, Clock::system(), Arc::new(handler), options, stop);
        tokio::spawn(work).await.expect("no panic");
    });
    for time in times.lock().expect("no panic").iter() {
        println!("{time}");
    }
}

/// A million finished jobs, as if they had been done here and called off.
fn finish_a_million(store: &Store) {
    let connection = rusqlite::Connection::open(store.path()).expect("a second connection");
    connection
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
             INSERT INTO job (kind, subject, key, state, priority, due, run_at, waits_since, \
             attempt, max_attempts, claim, created_at, finished_at, payload)
             SELECT 'topics', 1 + i % 5000, i, 'done', 100, i, i, i, 1, 3, 1, i, i, \
             printf('%300d', i) FROM n",
        )
        .expect("a million rows");
}
