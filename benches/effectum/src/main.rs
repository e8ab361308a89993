//! The rows of `crates/spar-engine/benches/queue.rs` for effectum 0.7, a job queue on SQLite, as durable
//! as ours: on disk when the call returns. Jobs of 300 bytes, two threads, the same counts.
//!
//! effectum asks for `PRAGMA journal = wal` (the pragma is called `journal_mode`, so nothing happens)
//! and for `synchronous = normal`. Here the file is in WAL mode before it comes to it, and its wish for
//! less than FULL is not granted. `as-shipped` as argument leaves both as they are.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use effectum::{Error, Job, JobRunner, Queue, RunningJob, Worker};
use rusqlite::ffi;

const IN_FLIGHT: usize = 64;
const EACH: usize = 3_000;
const JOBS: usize = 20_000;
/// What effectum takes in one call.
const AT_ONCE: usize = 1_000;

fn main() {
    let as_shipped = std::env::args().any(|argument| argument == "as-shipped");
    if !as_shipped {
        stay_durable();
    }
    let parent = std::env::var_os("SPAR_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = parent.join(format!("spar-bench-effectum-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut count = 0;
    let mut file = || {
        count += 1;
        let path = folder.join(format!("{count}.db"));
        if !as_shipped {
            let connection = rusqlite::Connection::open(&path).expect("a file");
            let mode: String = connection
                .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
                .expect("a log");
            assert_eq!(mode, "wal");
        }
        path
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let disk = append_and_sync(&folder);
    row("disk: append 300 bytes + fsync", format!("{disk:>10.0} /s"));
    let rate = runtime.block_on(one_caller(&file()));
    row(
        "enqueue, one caller",
        format!("{rate:>10.0} /s = {:.0} % of the disk", rate / disk * 100.0),
    );
    let rate = (0..3).map(|_| runtime.block_on(many_callers(&file()))).fold(0.0, f64::max);
    row(&format!("enqueue, {IN_FLIGHT} in flight"), format!("{rate:>10.0} /s"));
    let rate = runtime.block_on(process(&file()));
    row("process, 4 at once, each acknowledged", format!("{rate:>10.0} /s"));
    let [p50, p99] = runtime.block_on(latency(&file()));
    row("enqueue to start, 200/s, one process, p50 | p99", format!("{p50:>7.0} | {p99:.0} µs"));
    let _ = std::fs::remove_dir_all(&folder);
}

fn row(name: &str, figure: String) {
    println!("{name:<56} {figure}");
}

/// Every connection opened from now on hears nothing of `PRAGMA synchronous`, and keeps to SQLite's own
/// FULL. There is no safe door to that.
fn stay_durable() {
    unsafe extern "C" fn opened(
        connection: *mut ffi::sqlite3,
        _: *mut *const c_char,
        _: *const ffi::sqlite3_api_routines,
    ) -> c_int {
        // SAFETY: SQLite hands over a connection that is open; the function outlives it.
        unsafe { ffi::sqlite3_set_authorizer(connection, Some(asked), std::ptr::null_mut()) }
    }
    unsafe extern "C" fn asked(
        _: *mut c_void,
        action: c_int,
        first: *const c_char,
        _: *const c_char,
        _: *const c_char,
        _: *const c_char,
    ) -> c_int {
        // SAFETY: for a pragma SQLite passes its name, ended by a zero.
        let is_it = action == ffi::SQLITE_PRAGMA
            && !first.is_null()
            && unsafe { CStr::from_ptr(first) }.to_bytes().eq_ignore_ascii_case(b"synchronous");
        if is_it { ffi::SQLITE_IGNORE } else { ffi::SQLITE_OK }
    }
    // SAFETY: nothing of SQLite has been used yet, and the function lives as long as the program.
    let told = unsafe { ffi::sqlite3_auto_extension(Some(opened)) };
    assert_eq!(told, ffi::SQLITE_OK);
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

fn job(number: usize) -> Job {
    // The number tells jobs apart; the rest is weight.
    Job::builder("nothing").payload(format!("{number:0300}").into_bytes()).build()
}

async fn one_caller(path: &Path) -> f64 {
    let queue = Arc::new(Queue::new(path).await.expect("a queue"));
    let task = tokio::spawn(async move {
        let (began, mut count) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_secs(2) {
            queue.add_job(job(count)).await.expect("a job");
            count += 1;
        }
        count as f64 / began.elapsed().as_secs_f64()
    });
    task.await.expect("no panic")
}

async fn many_callers(path: &Path) -> f64 {
    let queue = Arc::new(Queue::new(path).await.expect("a queue"));
    let began = Instant::now();
    let tasks = (0..IN_FLIGHT).map(|_| {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move {
            for number in 0..EACH {
                queue.add_job(job(number)).await.expect("a job");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    (IN_FLIGHT * EACH) as f64 / began.elapsed().as_secs_f64()
}

/// What jobs tell: the moment each was asked for, and the times it took to begin them, µs.
#[derive(Debug, Default)]
struct Notes {
    asked: HashMap<Vec<u8>, Instant>,
    times: Vec<f64>,
}
type Context = Arc<Mutex<Notes>>;

async fn worker(queue: &Queue, context: Context) -> Worker {
    async fn nothing(job: RunningJob, context: Context) -> Result<(), Error> {
        let now = Instant::now();
        let mut notes = context.lock().expect("no panic");
        if let Some(asked) = notes.asked.remove(&job.payload) {
            notes.times.push((now - asked).as_secs_f64() * 1e6);
        }
        Ok(())
    }
    let runner = JobRunner::builder("nothing", nothing).build();
    Worker::builder(queue, context)
        .max_concurrency(4)
        .jobs([runner])
        .build()
        .await
        .expect("a worker")
}

async fn process(path: &Path) -> f64 {
    let queue = Queue::new(path).await.expect("a queue");
    for from in (0..JOBS).step_by(AT_ONCE) {
        queue.add_jobs((from..from + AT_ONCE).map(job).collect()).await.expect("jobs");
    }
    let began = Instant::now();
    let worker = worker(&queue, Context::default()).await;
    while worker.counts().finished < JOBS as u64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    JOBS as f64 / began.elapsed().as_secs_f64()
}

async fn latency(path: &Path) -> [f64; 2] {
    let queue = Arc::new(Queue::new(path).await.expect("a queue"));
    let context = Context::default();
    let worker = worker(&queue, Arc::clone(&context)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (asks, notes) = (Arc::clone(&queue), Arc::clone(&context));
    let asking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        for number in 0..2_000 {
            ticks.tick().await;
            let (job, now) = (job(number), Instant::now());
            notes.lock().expect("no panic").asked.insert(job.payload.clone(), now);
            asks.add_job(job).await.expect("a job");
        }
    });
    asking.await.expect("no panic");
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(worker);
    let times = &mut context.lock().expect("no panic").times;
    assert_eq!(times.len(), 2_000, "every job was begun");
    times.sort_by(f64::total_cmp);
    [50, 99].map(|p| times[(times.len() - 1) * p / 100])
}
