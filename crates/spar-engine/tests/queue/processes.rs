//! Workers in processes of their own, killed at any moment. The helpers are this very test binary,
//! started again with a task in the environment.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use spar_core::job::JobKind;
use spar_engine::clock::Clock;
use spar_engine::queue::{Outcome, Until, WorkerOptions, work};
use spar_engine::store::{
    Durability, EventJob, JobFilter, JobState, NewJob, OpenOptions, Store, StoreError,
};
use tokio_util::sync::CancellationToken;

use crate::support::{Does2, Place, TOPICS, TRAITS, chance, does, job};

/// What a helper is to do.
const TASK: &str = "SPAR_QUEUE_TEST_TASK";
/// On which file.
const FILE: &str = "SPAR_QUEUE_TEST_FILE";
/// Kills by each of the two who kill.
const KILLS: u32 = 150;
/// The word for what a job does, written in the transaction that acknowledges it.
const EFFECT: &str = "effect";

/// The helpers' entry. In an ordinary run of the tests there is no task.
#[test]
fn helper() {
    let (Ok(task), Some(file)) = (std::env::var(TASK), std::env::var_os(FILE)) else { return };
    // A kill is no power cut: what was committed is with the system.
    let options =
        OpenOptions { create: false, durability: Durability::Normal, ..OpenOptions::new(file) };
    let store = Store::open(&options).expect("the store opens");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let options = WorkerOptions { schedules: Vec::new(), ..WorkerOptions::default() };
    let stop = CancellationToken::new();
    let clock = Clock::system();
    match task.as_str() {
        "work" => {
            runtime.block_on(work(store, clock.clone(), writes_an_effect(clock), options, stop));
        }
        "poison" => {
            let handler = does(|_| std::process::abort());
            runtime.block_on(work(store, clock, handler, options, stop));
        }
        other => panic!("no such task: {other}"),
    }
}

/// Tells that it begins, and writes a row with the acknowledgement.
fn writes_an_effect(clock: Clock) -> Arc<Does2> {
    does(move |claimed| {
        tell("begins");
        let (job, at) = (claimed.job.clone(), clock.now());
        Outcome::Done(Box::new(move |transaction| {
            transaction.note_pipeline_event(EventJob::of(&job), EFFECT, None, at)
        }))
    })
}

/// Writes a line past the test harness, which would hold it back.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    // The parent may have stopped listening.
    let _ = out.write_all(format!("\n@{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn start(task: &str, place: &Place) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "processes::helper", "--nocapture", "--test-threads=1"])
        .env(TASK, task)
        .env(FILE, place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a helper starts")
}

fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = child.stdout.take().expect("its output");
    BufReader::new(out)
        .split(b'\n')
        .map_while(Result::ok)
        .filter_map(|line| String::from_utf8(line).ok()?.strip_prefix('@').map(str::to_owned))
}

fn real(kind: JobKind, key: i64) -> NewJob {
    let now = Clock::system().now();
    NewJob { run_at: now, created_at: now, max_attempts: 10_000, ..job(kind, key) }
}

/// Does what is left, in this process.
fn finish(store: &Store) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let options = WorkerOptions {
        until: Until::Drained,
        concurrency: 64,
        schedules: Vec::new(),
        ..WorkerOptions::default()
    };
    let clock = Clock::system();
    let handler = writes_an_effect(clock.clone());
    let report =
        runtime.block_on(work(store.clone(), clock, handler, options, CancellationToken::new()));
    assert_eq!(report.trouble, None);
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_happens_twice() {
    let place = Place::new();
    let store = Store::open(&OpenOptions {
        durability: Durability::Normal,
        ..OpenOptions::new(place.path())
    })
    .expect("the store opens");
    let before_each = 12;
    thread::scope(|scope| {
        for killer in 0..2_i64 {
            let (store, place) = (&store, &place);
            scope.spawn(move || {
                let mut state = 20_260_102 + killer as u64;
                for round in 0..i64::from(KILLS) {
                    let jobs: Vec<NewJob> = (0..before_each)
                        .map(|n| real(TOPICS, (killer * 1_000 + round) * 100 + n))
                        .collect();
                    store
                        .write(move |tx| {
                            jobs.iter().try_for_each(|job| tx.enqueue(job).map(|_| ()))
                        })
                        .wait()
                        .map_err(|error: StoreError| error)
                        .expect("jobs");
                    let mut worker = start("work", place);
                    let lines = told(&mut worker);
                    // One that finds everything done by the other is killed with the next jobs.
                    let _ = lines.take((chance(&mut state) % 10) as usize).count();
                    worker.kill().expect("it dies");
                    worker.wait().expect("it is gone");
                }
            });
        }
    });
    finish(&store);
    let jobs = store.jobs(&JobFilter { limit: 100_000, ..JobFilter::default() }).expect("jobs");
    assert_eq!(jobs.len(), 2 * KILLS as usize * before_each as usize);
    assert!(jobs.iter().all(|job| job.state == JobState::Done), "{jobs:?}");
    let mut effects: HashMap<i64, u32> = HashMap::new();
    for event in store.pipeline_events(0, u32::MAX).expect("events") {
        *effects.entry(event.job).or_default() += u32::from(event.transition == EFFECT);
    }
    assert!(jobs.iter().all(|job| effects.get(&job.id) == Some(&1)), "{effects:?}");
    let rescued: u32 = jobs.iter().map(|job| job.rescued).sum();
    assert!(rescued > 0, "the kills never hit a running job");
    assert!(store.workers().expect("workers").is_empty(), "every dead worker is off the list");
}

#[test]
fn a_job_that_kills_its_workers_ends_dead() {
    let place = Place::new();
    let store = place.open();
    store.enqueue(NewJob { max_attempts: 3, ..real(TRAITS, 1) }).wait().expect("a job");
    for _ in 0..3 {
        assert!(!start("poison", &place).wait().expect("it ends").success());
    }
    finish(&store);
    let dead =
        store.jobs(&JobFilter { limit: 10, ..JobFilter::default() }).expect("jobs").remove(0);
    assert_eq!((dead.state, dead.attempt), (JobState::Dead, 3));
    assert_eq!(dead.last_error.as_deref(), Some("its worker died or stood still each time"));
}
