//! What the store costs, beside what the disk under it can do, in one run.
//!
//! `cargo bench -p spar-engine --bench store`; on a busy machine run the binary under `chrt -r 1`,
//! or the scheduler is what gets measured. A word given as argument runs only the parts whose name
//! holds it; `SPAR_BENCH_DIR` names the disk.
#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

#[path = "../tests/store/support.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod support;

use std::fs::{File, OpenOptions as FileOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use spar_core::job::JobKind;
use spar_core::mission::MissionEvent;
use spar_engine::store::{
    Durability, JobSubject, NewJob, NewMission, OpenOptions, ScenarioSnapshot, Store,
};

use support::{
    answered, at, full_outbox, mission_id, new_mission, outbox, reading, said, scenario,
};

/// Callers at the same time.
const IN_FLIGHT: usize = 64;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    let folder = Folder::make();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");

    let disk = append_and_sync(&folder.0);
    row("disk: append 300 bytes + fsync", format!("{disk:>10.0} /s"));
    row("disk: overwrite 300 bytes + fsync", format!("{:>10.0} /s", overwrite_and_sync(&folder.0)));

    for durability in [Durability::Full, Durability::Normal] {
        let name = format!("enqueue, {durability:?}");
        let store = || folder.store(durability);
        if wants(&format!("{name}, one caller")) {
            let rate = one_caller_blocking(&store());
            row(&format!("{name}, one caller, blocking"), share(rate, disk));
            let rate = runtime.block_on(one_caller_awaiting(&store()));
            row(&format!("{name}, one caller, awaiting"), share(rate, disk));
        }
        if wants(&format!("{name}, tasks")) {
            let rate = runtime.block_on(many_callers_awaiting(&store()));
            row(&format!("{name}, {IN_FLIGHT} tasks"), format!("{rate:>10.0} /s"));
        }
        if wants(&format!("{name}, threads")) {
            let rate = many_callers_blocking(&store());
            row(&format!("{name}, {IN_FLIGHT} threads"), format!("{rate:>10.0} /s"));
        }
    }
    if wants("append") {
        for durability in [Durability::Full, Durability::Off] {
            let [early, late] = append_early_and_late(&folder.store(durability));
            row(
                &format!("append, {durability:?}, at event 50 | 5,000"),
                format!("{early:>7.1} µs | {late:.1} µs = {:.2}", late / early),
            );
        }
    }
    if wants("turn") {
        let store = folder.store(Durability::Full);
        let mut times = runtime.block_on(turns_of_one(&store));
        times.sort();
        let percentile = |p: usize| times[(times.len() - 1) * p / 1000].as_secs_f64() * 1e3;
        row(
            "turn (2 commits), one mission, p50 | p99 | p99.9",
            format!(
                "{:>7.2} | {:.2} | {:.2} ms",
                percentile(500),
                percentile(990),
                percentile(999)
            ),
        );
        let rate = runtime.block_on(turns_of_many(&store));
        row(&format!("turns, {IN_FLIGHT} missions, Full"), format!("{rate:>10.0} /s"));
        let rate = runtime.block_on(turns_of_many(&folder.store(Durability::Off)));
        row(&format!("turns, {IN_FLIGHT} missions, Off"), format!("{rate:>10.0} /s"));
    }
    if wants("load") {
        let (load, stream) = load_long(&folder.store(Durability::Off));
        row("load 50,000 events, scenario included", format!("{load:>7.1} ms"));
        row("stream 50,000 events", format!("{stream:>7.1} ms"));
        row("begin a mission, Off", format!("{:>7.1} µs", begin(&folder.store(Durability::Off))));
    }
}

fn row(name: &str, figure: impl std::fmt::Display) {
    println!("{name:<52} {figure}");
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

    /// A new store.
    fn store(&self, durability: Durability) -> Store {
        static COUNT: AtomicI64 = AtomicI64::new(0);
        let name = format!("{}.db", COUNT.fetch_add(1, Ordering::Relaxed));
        Store::open(&OpenOptions { durability, ..OpenOptions::new(self.0.join(name)) })
            .expect("the store opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs for about two seconds and says how many times a second.
fn rate(mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < Duration::from_secs(2) {
        work();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn append_and_sync(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("append")).expect("a file");
    rate(|| {
        file.write_all(&[7; 300]).expect("room");
        file.sync_all().expect("a disk");
    })
}

fn overwrite_and_sync(folder: &Path) -> f64 {
    let path = folder.join("overwrite");
    std::fs::write(&path, vec![0; 4 << 20]).expect("room");
    let mut file = FileOptions::new().write(true).open(path).expect("a file");
    let mut place = 0;
    rate(|| {
        place = (place + 300) % (4 << 20);
        file.seek(SeekFrom::Start(place)).expect("a place");
        file.write_all(&[7; 300]).expect("room");
        file.sync_all().expect("a disk");
    })
}

/// A job of 300 bytes, each its own.
fn job() -> NewJob {
    static KEY: AtomicI64 = AtomicI64::new(0);
    NewJob {
        kind: JobKind::DeepAnalysis,
        subject: JobSubject::Row(0),
        key: KEY.fetch_add(1, Ordering::Relaxed),
        priority: 100,
        run_at: at(0),
        expires_at: None,
        max_attempts: 3,
        created_at: at(0),
        payload: "x".repeat(300),
    }
}

fn one_caller_blocking(store: &Store) -> f64 {
    rate(|| {
        store.enqueue(job()).wait().expect("a job");
    })
}

async fn one_caller_awaiting(store: &Store) -> f64 {
    let store = store.clone();
    tokio::spawn(async move {
        let began = Instant::now();
        let mut count = 0;
        while began.elapsed() < Duration::from_secs(2) {
            store.enqueue(job()).await.expect("a job");
            count += 1;
        }
        f64::from(count) / began.elapsed().as_secs_f64()
    })
    .await
    .expect("no panic")
}

async fn many_callers_awaiting(store: &Store) -> f64 {
    const EACH: usize = 3000;
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

fn many_callers_blocking(store: &Store) -> f64 {
    const EACH: usize = 1000;
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..IN_FLIGHT {
            scope.spawn(|| {
                for _ in 0..EACH {
                    store.enqueue(job()).wait().expect("a job");
                }
            });
        }
    });
    (IN_FLIGHT * EACH) as f64 / began.elapsed().as_secs_f64()
}

/// The mean of 400 appends around event 50 (over fresh missions) and around event 5,000, µs.
fn append_early_and_late(store: &Store) -> [f64; 2] {
    let measure = |number: u32, first: u32, count: u32| {
        let began = Instant::now();
        for seq in first..first + count {
            let turn = said(seq, "I hear that this is hard for you.");
            store.append(mission_id(number), seq, &[turn], outbox(seq)).wait().expect("a line");
        }
        began.elapsed()
    };
    let mut early = Duration::ZERO;
    for number in 1..=20 {
        store.create_mission(new_mission(number)).wait().expect("it begins");
        measure(number, 1, 39);
        early += measure(number, 40, 20);
    }
    store.create_mission(new_mission(100)).wait().expect("it begins");
    measure(100, 1, 4799);
    let late = measure(100, 4800, 400);
    [early, late].map(|time| time.as_secs_f64() * 1e6 / 400.0)
}

/// Everything a turn commits after the user's line.
fn answer(turn: u32) -> [MissionEvent; 2] {
    let text = "All right. Then tell me what you know, and what you only hope. ".repeat(3);
    [reading(turn, 71.3, 0.81), answered(turn, &text)]
}

/// One turn: the user's line, then everything else.
async fn turn(store: &Store, number: u32, turn: u32) {
    let seq = 1 + (turn - 1) * 3;
    let id = mission_id(number);
    let line = [said(turn, "I hear that this is hard. What would help you most now?")];
    let seq = store.append(id, seq, &line, outbox(turn)).await.expect("the line");
    store.append(id, seq, &answer(turn), full_outbox(number, turn)).await.expect("the answer");
}

async fn turns_of_one(store: &Store) -> Vec<Duration> {
    store.create_mission(new_mission(1)).await.expect("it begins");
    let store = store.clone();
    tokio::spawn(async move {
        let mut times = Vec::new();
        for number in 1..=5000 {
            let began = Instant::now();
            turn(&store, 1, number).await;
            times.push(began.elapsed());
        }
        times
    })
    .await
    .expect("no panic")
}

async fn turns_of_many(store: &Store) -> f64 {
    const EACH: u32 = 300;
    let snapshot = ScenarioSnapshot::of(&scenario("launch"));
    let store = Arc::new(store.clone());
    let began = Instant::now();
    let tasks = (0..IN_FLIGHT as u32).map(|index| {
        let store = Arc::clone(&store);
        let new = NewMission { snapshot: snapshot.clone(), ..new_mission(1000 + index) };
        tokio::spawn(async move {
            store.create_mission(new).await.expect("it begins");
            for number in 1..=EACH {
                turn(&store, 1000 + index, number).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    f64::from(IN_FLIGHT as u32 * EACH) / began.elapsed().as_secs_f64()
}

/// Loading and streaming a mission of 50,000 events, ms.
fn load_long(store: &Store) -> (f64, f64) {
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let mut seq = 1;
    for number in 1..=250 {
        let events: Vec<_> = (0..100)
            .flat_map(|_| {
                let [reading, reply] = answer(number);
                [reading, reply]
            })
            .collect();
        seq = store.append(mission_id(1), seq, &events, outbox(number)).wait().expect("events");
    }
    let began = Instant::now();
    let stored = store.load(mission_id(1)).expect("it loads");
    let load = began.elapsed();
    assert_eq!(stored.events.len(), seq as usize);
    let began = Instant::now();
    let mut seen = 0;
    store.each_event(mission_id(1), 0, |_, _| seen += 1).expect("it streams");
    assert_eq!(seen, seq);
    (load.as_secs_f64() * 1e3, began.elapsed().as_secs_f64() * 1e3)
}

/// The mean of beginning 500 missions of one scenario, µs.
fn begin(store: &Store) -> f64 {
    let snapshot = ScenarioSnapshot::of(&scenario("launch"));
    let began = Instant::now();
    for number in 0..500 {
        let new = NewMission { snapshot: snapshot.clone(), ..new_mission(number) };
        store.create_mission(new).wait().expect("it begins");
    }
    began.elapsed().as_secs_f64() * 1e6 / 500.0
}
