//! What is left of the queue when the power goes.
//!
//! After each change that was acknowledged as durable the database and its log are kept as the system
//! has them. From one such moment and the next, files are made as a power cut between the two may leave
//! them, and each is opened again: nothing of the next change written, a part of it, in order or not,
//! with sectors missing, zeros or rubbish in place of others, or all of it; and, where the log was
//! copied into the database meanwhile, a part of that.
//!
//! It shows that whatever can be left of an unfinished change takes nothing of what was acknowledged
//! before, does nothing twice, and leaves a database that is whole. It takes on trust that what was
//! acknowledged was on disk by then: whether SQLite asks for the sync, whether the system passes it on
//! and whether the disk obeys cannot be seen from in here. Nor are there disks here that spoil what they
//! were not writing.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::Path;

use spar_engine::queue::{Outcome, Until, WorkerOptions, work};
use spar_engine::store::{
    ClaimOrder, Claimed, Durability, EventJob, Job, JobFilter, JobState, NewWorker, OpenOptions,
    OwnerId, Settled, Settlement, Store, StoreError,
};
use tokio_util::sync::CancellationToken;

use crate::support::{Place, TOPICS, at, chance, clock, does, job};

/// Changes that are made, claims not counted.
const CHANGES: usize = 60;
/// The word for what a job does, written in the transaction that acknowledges it.
const EFFECT: &str = "effect";
/// What a disk writes whole or not at all, bytes.
const SECTOR: usize = 512;

/// The files as they are at a moment.
#[derive(Clone)]
struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
}

impl Files {
    /// Reading them from within the process that has them open costs SQLite its locks; nobody else
    /// is there to take them.
    fn of(place: &Place) -> Self {
        let path = place.path();
        let read = |path: &Path| fs::read(path).expect("the file");
        Self { database: read(&path), log: read(&path.with_extension("db-wal")) }
    }

    fn put_into(&self, place: &Place) {
        fs::write(place.path(), &self.database).expect("the database");
        fs::write(place.path().with_extension("db-wal"), &self.log).expect("the log");
    }
}

/// How much of a change came to the disk.
#[derive(Debug, Clone, Copy)]
enum Left {
    Nothing,
    /// Everything up to a byte.
    Beginning,
    /// Some sectors and not others.
    SomeSectors,
    /// Everything up to a byte; the length of the whole, with zeros.
    Zeros,
    /// Everything up to a byte; rubbish where the rest was to be.
    Rubbish,
    Everything,
}

const LEFT: [Left; 6] = [
    Left::Nothing,
    Left::Beginning,
    Left::SomeSectors,
    Left::Zeros,
    Left::Rubbish,
    Left::Everything,
];

/// A file on its way from one content to another.
fn torn(before: &[u8], after: &[u8], left: Left, state: &mut u64) -> Vec<u8> {
    let mut differing = (0..after.len()).filter(|at| before.get(*at) != after.get(*at));
    let (first, last) = (differing.clone().next(), differing.next_back());
    let (Some(first), Some(last)) = (first, last) else { return before.to_vec() };
    let cut = first + 1 + (chance(state) as usize) % (last - first + 1);
    let mut file = before.to_vec();
    let take = |file: &mut Vec<u8>, range: Range<usize>| {
        file.resize(file.len().max(range.end), 0);
        file[range.clone()].copy_from_slice(&after[range]);
    };
    match left {
        Left::Nothing => {}
        Left::Everything => take(&mut file, 0..after.len()),
        Left::Beginning => take(&mut file, 0..cut),
        Left::SomeSectors => {
            for from in (0..after.len()).step_by(SECTOR) {
                if chance(state).is_multiple_of(2) {
                    take(&mut file, from..(from + SECTOR).min(after.len()));
                }
            }
        }
        Left::Zeros | Left::Rubbish => {
            take(&mut file, 0..cut);
            file.resize(file.len().max(after.len()), 0);
            for at in (cut..after.len()).filter(|at| before.get(*at) != after.get(*at)) {
                file[at] = match left {
                    Left::Zeros => 0,
                    _ => chance(state) as u8,
                };
            }
        }
    }
    file
}

/// What was acknowledged: keys of jobs.
#[derive(Debug, Clone, Default)]
struct Acknowledged {
    asked_for: BTreeSet<i64>,
    done: BTreeSet<i64>,
}

/// A change, made and acknowledged.
enum Change {
    Enqueue(i64),
    Settle(i64),
    /// The log copied into the database; the next change begins the log anew.
    Checkpoint,
}

struct Author {
    place: Place,
    store: Store,
    owner: OwnerId,
    claimed: Vec<Claimed>,
    acknowledged: Acknowledged,
    /// Chance for what is done next, and for nothing else: how often the tears draw depends on bytes
    /// that differ between runs, and the changes of a seed are to be the same in every run.
    state: u64,
}

impl Author {
    async fn new(seed: u64) -> Self {
        let place = Place::new();
        let options =
            OpenOptions { durability: Durability::Full, ..OpenOptions::new(place.path()) };
        let store = Store::open(&options).expect("the store opens");
        // Of a start of the machine that is over when the files are opened again.
        let row = NewWorker { pid: 1, boot: Some("before".to_owned()), liveness: None };
        let owner = store.write(move |tx| tx.enter_worker(&row, at(0))).await.expect("a worker");
        let acknowledged = Acknowledged::default();
        Self { place, store, owner, claimed: Vec::new(), acknowledged, state: seed }
    }

    /// Makes the next change. Claims come before some: they may be lost, and do not count.
    async fn change(&mut self) -> Change {
        if chance(&mut self.state).is_multiple_of(2) {
            let order = ClaimOrder { kinds: vec![TOPICS], most: 2, ..ClaimOrder::default() };
            self.claimed.extend(self.store.claim(self.owner, order, at(0)).await.expect("a claim"));
        }
        match chance(&mut self.state) % 8 {
            0 => {
                let connection = self.place.connection();
                let sql = "PRAGMA wal_checkpoint(PASSIVE)";
                connection.query_row(sql, [], |_| Ok(())).expect("a checkpoint");
                Change::Checkpoint
            }
            1..=4 if !self.claimed.is_empty() => {
                let claimed = self.claimed.remove(0);
                let key = claimed.job.key;
                let settled = self.store.write(move |tx| {
                    let settled = tx.settle(&claimed, &Settlement::Done, at(0))?;
                    tx.note_pipeline_event(EventJob::of(&claimed.job), EFFECT, None, at(0))?;
                    Ok::<_, StoreError>(settled)
                });
                assert_eq!(settled.await, Ok(Settled::Done));
                Change::Settle(key)
            }
            _ => {
                let key = self.acknowledged.asked_for.len() as i64;
                self.store.enqueue(job(TOPICS, key)).await.expect("a job");
                Change::Enqueue(key)
            }
        }
    }
}

/// Opens what is left, compares it with what was acknowledged, and finishes the work.
async fn check(files: &Files, acknowledged: &Acknowledged, change: &Change, story: &str) {
    let place = Place::new();
    files.put_into(&place);
    let whole: String = place
        .connection()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap_or_else(|error| panic!("{story}: {error}"));
    assert_eq!(whole, "ok", "{story}");
    let options = OpenOptions { durability: Durability::Off, ..OpenOptions::new(place.path()) };
    let store = Store::open(&options).unwrap_or_else(|error| panic!("{story}: {error}"));

    let jobs = jobs_by_key(&store, story);
    for key in &acknowledged.asked_for {
        assert!(jobs.contains_key(key), "{story}: job {key} is lost");
    }
    for (key, (job, effects)) in &jobs {
        let in_flight = matches!(change, Change::Enqueue(new) if new == key);
        assert!(in_flight || acknowledged.asked_for.contains(key), "{story}: {key} from nowhere");
        let is_done = job.state == JobState::Done;
        assert_eq!(
            u32::from(is_done),
            *effects,
            "{story}: acknowledgement without effect: {job:?}"
        );
        assert!(is_done || !acknowledged.done.contains(key), "{story}: {key} is undone");
        let may_be_done = matches!(change, Change::Settle(now) if now == key);
        assert!(!is_done || may_be_done || acknowledged.done.contains(key), "{story}: {job:?}");
    }

    let options = WorkerOptions {
        until: Until::Drained,
        concurrency: 16,
        schedules: Vec::new(),
        ..WorkerOptions::default()
    };
    let handler = does(|claimed| {
        let job = claimed.job.clone();
        Outcome::Done(Box::new(move |transaction| {
            transaction.note_pipeline_event(EventJob::of(&job), EFFECT, None, at(0))
        }))
    });
    let report = work(store.clone(), clock(), handler, options, CancellationToken::new()).await;
    assert_eq!((report.failed, report.lost, report.trouble), (0, 0, None), "{story}");
    let after = jobs_by_key(&store, story);
    assert_eq!(after.len(), jobs.len(), "{story}");
    for (job, effects) in after.values() {
        assert_eq!((job.state, *effects), (JobState::Done, 1), "{story}: {job:?}");
    }
}

/// The jobs and how often each had its effect.
fn jobs_by_key(store: &Store, story: &str) -> HashMap<i64, (Job, u32)> {
    let mut effects: HashMap<i64, u32> = HashMap::new();
    for event in store.pipeline_events(0, u32::MAX).expect("events") {
        *effects.entry(event.job).or_default() += u32::from(event.transition == EFFECT);
    }
    let jobs = store.jobs(&JobFilter { limit: 10_000, ..JobFilter::default() }).expect("jobs");
    let count = jobs.len();
    let by_key: HashMap<_, _> = jobs
        .into_iter()
        .map(|job| {
            let effects = effects.get(&job.id).copied().unwrap_or(0);
            (job.key, (job, effects))
        })
        .collect();
    assert_eq!(by_key.len(), count, "{story}: a job is there twice");
    by_key
}

#[tokio::test(start_paused = true)]
async fn a_power_cut_takes_nothing_that_was_acknowledged() {
    let mut author = Author::new(20_261_128).await;
    let mut tears = 20_261_127;
    let mut before = Files::of(&author.place);
    let (mut checkpoints, mut begun_anew) = (0, 0);
    for number in 0..CHANGES {
        let change = author.change().await;
        let after = Files::of(&author.place);
        let log_is_new = before.log.get(..32) != after.log.get(..32);
        checkpoints += u32::from(matches!(change, Change::Checkpoint));
        begun_anew += u32::from(log_is_new);
        for left in LEFT {
            let story = format!("change {number}, {left:?}");
            // The log is written and synced before anything of it goes into the database.
            let files = if matches!(change, Change::Checkpoint) {
                let database = torn(&before.database, &after.database, left, &mut tears);
                Files { database, log: after.log.clone() }
            } else {
                assert!(before.database == after.database, "{story}: no automatic checkpoint");
                let log = torn(&before.log, &after.log, left, &mut tears);
                Files { database: before.database.clone(), log }
            };
            check(&files, &author.acknowledged, &change, &story).await;
        }
        let acknowledged = &mut author.acknowledged;
        match change {
            Change::Enqueue(key) => drop(acknowledged.asked_for.insert(key)),
            Change::Settle(key) => drop(acknowledged.done.insert(key)),
            Change::Checkpoint => {}
        }
        before = after;
    }
    let acknowledged = &author.acknowledged;
    assert!(acknowledged.asked_for.len() > 10 && acknowledged.done.len() > 10, "{acknowledged:?}");
    assert!(checkpoints > 2 && begun_anew > 2, "{checkpoints} checkpoints, {begun_anew} logs");
}
