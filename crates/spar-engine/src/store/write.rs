//! The one write connection, and group commit led by the caller.
//!
//! A caller that finds the line idle runs its own transaction on the spot: nothing is faster. A
//! caller that finds it busy leaves its step in the queue and joins the transaction that forms
//! while the present one is being synced; a thread of the line's own, started when it is first
//! needed, takes over whatever a caller leaves behind, so that nobody works for others for long.
//!
//! Each step of a group runs inside a savepoint and has its own answer: one that fails or panics
//! takes back its own changes and nobody else's. Only a failing commit fails everyone.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::bulk::{self, Enqueue};
use super::standby::Standby;
use super::{Durability, StoreError};
use crate::bell::{Bell, Ring};
use crate::clock;

/// Steps that share a commit at most: bounds how long the first of them waits for the last.
const GROUP: usize = 512;

/// What a commit may take, on the average, to be made on a thread that has others to serve, µs. A
/// thread given away for it and had back costs a third of that.
const BRIEF: u32 = 400;

/// Pauses between attempts to get the write lock from another process, ms. It is normally held for
/// a fraction of a millisecond; SQLite's own schedule soon sleeps a hundred.
const LOCK_PAUSES: [f64; 6] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0];

/// A transaction as a step sees it. What can be done with it stands with the tables.
pub struct WriteTransaction<'a> {
    pub(super) connection: &'a Connection,
    path: &'a Path,
    /// The last thing SQLite refused: the reason, should the whole transaction be gone.
    refused: RefCell<Option<StoreError>>,
    /// What to ring for once this is committed.
    ring: Cell<Ring>,
}

impl WriteTransaction<'_> {
    /// Names the file in an error of SQLite.
    pub(super) fn error(&self, error: &rusqlite::Error) -> StoreError {
        let error = StoreError::from_sqlite(self.path, error, 0);
        *self.refused.borrow_mut() = Some(error.clone());
        error
    }

    /// The database.
    pub(super) fn path(&self) -> &Path {
        self.path
    }

    /// Runs a part that may fail by itself: what it changed is then taken back, and the rest of the
    /// transaction goes on. The inner answer is the part's own.
    ///
    /// # Errors
    /// When the whole transaction is lost with it, as a full disk can have it.
    pub fn apart<T>(
        &self,
        part: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<Result<T, StoreError>, StoreError> {
        let run = |sql| run(self.connection, sql).map_err(|error| self.error(&error));
        run("SAVEPOINT part")?;
        let answer = part();
        if self.connection.is_autocommit() {
            return Err(answer.err().unwrap_or_else(|| self.lost()));
        }
        if answer.is_err() {
            run("ROLLBACK TO part")?;
        }
        run("RELEASE part")?;
        Ok(answer)
    }

    /// Why the transaction is gone.
    fn lost(&self) -> StoreError {
        self.refused.borrow_mut().take().unwrap_or_else(|| StoreError::Statement {
            path: self.path.to_path_buf(),
            reason: "the transaction was rolled back".to_owned(),
        })
    }

    /// Rings once the change is committed.
    pub(super) fn ring(&self, ring: Ring) {
        self.ring.set(self.ring.get().and(ring));
    }
}

/// The line of those who want to write.
pub(super) struct WriteLine {
    path: PathBuf,
    patience: Duration,
    bell: Arc<Bell>,
    standby: Standby,
    /// No commit waits for a disk: a change takes some ten microseconds.
    is_quick: bool,
    /// Commits wait for the disk, unless all in them can do without.
    is_full: bool,
    /// What a commit that waits for the disk lately took, µs.
    sync_micros: AtomicU32,
    connection: Mutex<Writer>,
    queue: Mutex<Queue>,
    /// Wakes the line's own thread.
    handed_over: Condvar,
}

/// The connection, and whether its commits now do without the disk.
struct Writer {
    connection: Connection,
    is_soft: bool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Box<dyn Step>>,
    /// Somebody leads: a caller, or the thread.
    led: bool,
    /// The lead is the thread's to take.
    for_thread: bool,
    closing: bool,
    thread: Option<JoinHandle<()>>,
}

/// What a change needs of the transaction it shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The disk, and a savepoint when it is not alone.
    Full,
    /// The disk. When it fails it leaves nothing behind, as a single statement does: no savepoint.
    Single,
    /// A savepoint; its changes may be lost with the machine's power.
    Soft,
}

/// What one caller wants done, whatever its types.
pub(super) trait Step: Send {
    /// What it needs.
    fn weight(&self) -> Weight;
    /// Runs it and keeps its answer. `true`: its changes are to stay.
    fn run(&mut self, transaction: &WriteTransaction<'_>) -> bool;
    /// Says whether the changes stayed, and gives the answer to the caller.
    fn settle(self: Box<Self>, fate: Result<(), &StoreError>);
    /// Itself, if it only asks for work and can do that together with others.
    fn as_enqueue(&mut self) -> Option<&mut Enqueue> {
        None
    }
}

impl WriteLine {
    /// A line to this connection. It waits `patience` for another process' lock.
    pub(super) fn new(
        path: PathBuf,
        connection: Connection,
        patience: Duration,
        bell: Arc<Bell>,
        durability: Durability,
    ) -> Result<Arc<Self>, StoreError> {
        // The line waits for locks itself, at a finer grain than SQLite does.
        connection
            .busy_timeout(Duration::ZERO)
            .map_err(|error| StoreError::from_sqlite(&path, &error, 0))?;
        Ok(Arc::new(Self {
            path,
            patience,
            bell,
            standby: Standby::default(),
            is_quick: durability == Durability::Off,
            is_full: durability == Durability::Full,
            // Of a disk not known yet one thinks no good.
            sync_micros: AtomicU32::new(2 * BRIEF),
            connection: Mutex::new(Writer { connection, is_soft: false }),
            queue: Mutex::default(),
            handed_over: Condvar::new(),
        }))
    }

    /// Runs something on the connection outside any transaction, when the line is idle.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.connection().connection)
    }

    /// SQLite's count of changes by others, when the line is idle.
    pub(super) fn changes_by_others(&self) -> Option<i64> {
        let writer = self.connection.try_lock().ok()?;
        let mut ask = writer.connection.prepare_cached("PRAGMA data_version").ok()?;
        ask.query_row([], |row| row.get(0)).ok()
    }

    /// Takes no more steps for granted: runs what waits and ends the thread.
    pub(super) fn close(&self) {
        let thread = {
            let mut queue = self.queue();
            queue.closing = true;
            self.handed_over.notify_all();
            queue.thread.take()
        };
        // The last handle may have been dropped by a step, on that very thread.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id())
        {
            // A panic of the thread has been reported by the panic hook already.
            let _ = thread.join();
        }
    }

    /// Joins those who wait when somebody leads already; otherwise the caller has the lead now, and
    /// gets its step back.
    pub(super) fn join(&self, step: Box<dyn Step>) -> Option<Box<dyn Step>> {
        let mut queue = self.queue();
        if queue.led {
            queue.waiting.push_back(step);
            return None;
        }
        queue.led = true;
        Some(step)
    }

    /// Who waits for work.
    pub(super) fn standby(&self) -> &Standby {
        &self.standby
    }

    /// Whether a change may be made on a thread that has others to serve.
    pub(super) fn is_quick(&self) -> bool {
        self.is_quick
    }

    /// Runs the caller's own step on a thread that has others to serve, when that thread will not
    /// stand still for longer than a step of its own work takes: no disk is waited for, or a fast
    /// one. Otherwise, and while another process holds the file, the step is given back.
    pub(super) fn lead_briefly(self: &Arc<Self>, step: Box<dyn Step>) -> Option<Box<dyn Step>> {
        let soft = step.weight() == Weight::Soft;
        if !soft && !self.is_quick && self.sync_micros.load(Ordering::Relaxed) > BRIEF {
            return Some(step);
        }
        {
            let Ok(mut writer) = self.connection.try_lock() else { return Some(step) };
            self.choose_durability(&mut writer, soft);
            if run(&writer.connection, "BEGIN IMMEDIATE").is_err() {
                return Some(step);
            }
            self.run_begun(&writer, &mut VecDeque::from([step]));
        }
        self.pass_on();
        None
    }

    /// Runs the caller's own step and passes the lead on. Where no disk is waited for, what came
    /// meanwhile is run too: waking another thread for it would take longer.
    pub(super) fn lead(self: &Arc<Self>, step: Box<dyn Step>) {
        self.run_group(VecDeque::from([step]));
        self.pass_on();
    }

    fn pass_on(self: &Arc<Self>) {
        let came = {
            let mut queue = self.queue();
            let all =
                self.is_quick || queue.waiting.iter().all(|step| step.weight() == Weight::Soft);
            if all { std::mem::take(&mut queue.waiting) } else { VecDeque::new() }
        };
        self.run_group(came);
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.led = false;
        } else {
            self.hand_over(queue);
        }
    }

    /// Has the step run by the line's own thread.
    pub(super) fn delegate(self: &Arc<Self>, step: Box<dyn Step>) {
        let mut queue = self.queue();
        queue.waiting.push_back(step);
        self.hand_over(queue);
    }

    /// Leaves the lead to the line's own thread, starting it when there is none yet.
    fn hand_over(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>) {
        queue.for_thread = true;
        if queue.thread.is_some() {
            drop(queue);
            self.handed_over.notify_one();
            return;
        }
        let line = Arc::clone(self);
        let thread = thread::Builder::new().name("store-writer".to_owned());
        if let Ok(thread) = thread.spawn(move || line.serve()) {
            queue.thread = Some(thread);
        } else {
            // No thread to be had: the work still gets done, here.
            drop(queue);
            self.drain();
        }
    }

    /// The thread: sleeps until the lead is handed over.
    fn serve(&self) {
        let mut queue = self.queue();
        loop {
            if queue.for_thread {
                drop(queue);
                self.drain();
                queue = self.queue();
            } else if queue.closing {
                return;
            } else {
                queue = self.handed_over.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Leads until nobody waits.
    fn drain(&self) {
        loop {
            let group = {
                let mut queue = self.queue();
                if queue.waiting.is_empty() {
                    queue.led = false;
                    queue.for_thread = false;
                    return;
                }
                let size = queue.waiting.len().min(GROUP);
                queue.waiting.drain(..size).collect()
            };
            self.run_group(group);
        }
    }

    /// Runs steps until each has its answer: normally in one transaction.
    fn run_group(&self, mut steps: VecDeque<Box<dyn Step>>) {
        let mut writer = self.connection();
        while !steps.is_empty() {
            self.choose_durability(
                &mut writer,
                steps.iter().all(|step| step.weight() == Weight::Soft),
            );
            self.run_transaction(&writer, &mut steps);
        }
    }

    /// A commit in which nothing must outlive a power cut does not wait for the disk. The next one
    /// that does wait takes it along, since the log is one file.
    fn choose_durability(&self, writer: &mut Writer, soft: bool) {
        if !self.is_full || writer.is_soft == soft {
            return;
        }
        let level = if soft { "NORMAL" } else { "FULL" };
        // Should it not change, commits are safer than they need be, or the next step is to say so.
        if writer.connection.pragma_update(None, "synchronous", level).is_ok() {
            writer.is_soft = soft;
        }
    }

    /// Runs steps from the front in one transaction; those it did not come to are left.
    fn run_transaction(&self, writer: &Writer, steps: &mut VecDeque<Box<dyn Step>>) {
        if let Err(error) = self.begin(&writer.connection) {
            steps.drain(..).for_each(|step| step.settle(Err(&error)));
            return;
        }
        self.run_begun(writer, steps);
    }

    /// The same in a transaction that has begun.
    fn run_begun(&self, writer: &Writer, steps: &mut VecDeque<Box<dyn Step>>) {
        let connection = &writer.connection;
        let transaction = WriteTransaction {
            connection,
            path: &self.path,
            refused: RefCell::default(),
            ring: Cell::default(),
        };
        // Alone in its transaction a step needs no savepoint.
        let shared = steps.len() > 1;
        let mut done: Vec<Box<dyn Step>> = Vec::with_capacity(steps.len());
        let mut changed = false;
        let mut lost = None;
        while !steps.is_empty() {
            let (before, count) = (done.len(), bulk::together(steps.iter_mut()));
            done.extend(steps.drain(..count));
            let kept = run_steps(&transaction, &mut done[before..], shared);
            changed |= matches!(kept, Ok(true));
            // A full disk or an I/O error can take the whole transaction with it.
            if kept.is_err() || connection.is_autocommit() {
                lost = Some(kept.err().unwrap_or_else(|| transaction.lost()));
                break;
            }
        }
        let mut delivery = None;
        if lost.is_none() && changed && transaction.ring.get().work {
            match self.standby.claim(&transaction) {
                Ok(claimed) => delivery = claimed,
                Err(error) => lost = Some(error),
            }
        }
        let fate = match lost {
            Some(error) => Err(error),
            None if changed => self.commit(writer).map_err(|error| transaction.error(&error)),
            None => Ok(()),
        };
        if !connection.is_autocommit() {
            // Nothing to keep, or a commit that failed. Should even this fail, the next BEGIN says so.
            let _ = run(connection, "ROLLBACK");
        }
        if changed && fate.is_ok() {
            // Before the ring, which tells the same worker less.
            if let Some(delivery) = delivery {
                delivery.hand_over();
            }
            if transaction.ring.get().is_any() {
                self.bell.ring(transaction.ring.get());
            }
        }
        for step in done {
            step.settle(fate.as_ref().copied());
        }
    }

    /// Commits, and keeps in mind what the disk takes.
    fn commit(&self, writer: &Writer) -> rusqlite::Result<()> {
        if !self.is_full || writer.is_soft {
            return run(&writer.connection, "COMMIT");
        }
        let (result, took) = clock::timed(|| run(&writer.connection, "COMMIT"));
        // Only whoever has the connection writes it. An eighth of each, and no more than twice what is
        // brief: one checkpoint, or one hiccup of the disk, is no trend.
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX).min(2 * BRIEF);
        let before = self.sync_micros.load(Ordering::Relaxed);
        self.sync_micros.store(before - before / 8 + took / 8, Ordering::Relaxed);
        result
    }

    /// `BEGIN IMMEDIATE`, with patience. (A deferred transaction that becomes a writing one fails
    /// with BUSY however long the time-out.)
    fn begin(&self, connection: &Connection) -> Result<(), StoreError> {
        let patience = self.patience.as_secs_f64() * 1000.0;
        let mut waited = 0.0;
        let mut attempt = 0;
        loop {
            let Err(error) = run(connection, "BEGIN IMMEDIATE") else { return Ok(()) };
            let busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
            if !busy || waited >= patience {
                return Err(StoreError::from_sqlite(&self.path, &error, waited as u64));
            }
            let pause = LOCK_PAUSES[attempt.min(LOCK_PAUSES.len() - 1)];
            thread::sleep(Duration::from_secs_f64(pause / 1000.0));
            waited += pause;
            attempt += 1;
        }
    }

    fn connection(&self) -> MutexGuard<'_, Writer> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs steps that follow one another, together if they can be. Answers whether any has changes to
/// keep; an error means the transaction is no use.
fn run_steps(
    transaction: &WriteTransaction<'_>,
    steps: &mut [Box<dyn Step>],
    shared: bool,
) -> Result<bool, StoreError> {
    if steps.len() > 1 && bulk::enqueue(transaction, steps)? {
        return Ok(true);
    }
    let mut keep = false;
    for step in steps {
        keep |= if shared && step.weight() != Weight::Single {
            run_in_savepoint(transaction, step.as_mut())?
        } else {
            step.run(transaction)
        };
        if transaction.connection.is_autocommit() {
            break;
        }
    }
    Ok(keep)
}

/// Runs a step so that its changes can be taken back. An error means the transaction is no use.
fn run_in_savepoint(
    transaction: &WriteTransaction<'_>,
    step: &mut dyn Step,
) -> Result<bool, StoreError> {
    let connection = transaction.connection;
    run(connection, "SAVEPOINT step").map_err(|error| transaction.error(&error))?;
    let keep = step.run(transaction);
    if connection.is_autocommit() {
        return Ok(keep);
    }
    if !keep {
        run(connection, "ROLLBACK TO step").map_err(|error| transaction.error(&error))?;
    }
    run(connection, "RELEASE step").map_err(|error| transaction.error(&error))?;
    Ok(keep)
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc;
    use std::task::Poll;

    use super::super::Commit;
    use super::*;

    /// A line to a file with one table, whose foreign key is only checked by COMMIT.
    struct Bench {
        line: Arc<WriteLine>,
        _folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("line.db");
            let connection = Connection::open(&path).expect("a file");
            connection
                .execute_batch(
                    "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; \
                     CREATE TABLE item (name TEXT PRIMARY KEY, \
                     parent TEXT REFERENCES item (name) DEFERRABLE INITIALLY DEFERRED) STRICT;",
                )
                .expect("a table");
            let line = WriteLine::new(
                path,
                connection,
                Duration::from_millis(20),
                Arc::default(),
                Durability::Full,
            )
            .expect("a line");
            Self { line, _folder: folder }
        }

        fn commit<T, F>(&self, work: F) -> Commit<T, Refusal>
        where
            F: FnOnce(&WriteTransaction<'_>) -> Result<T, Refusal> + Send + 'static,
            T: Send + 'static,
        {
            Commit::new(Arc::clone(&self.line), work, Weight::Full)
        }

        fn items(&self) -> Vec<String> {
            self.line.alone(|connection| {
                let mut statement =
                    connection.prepare("SELECT name FROM item ORDER BY name").expect("a query");
                let names = statement.query_map([], |row| row.get(0)).expect("rows");
                names.collect::<rusqlite::Result<_>>().expect("names")
            })
        }

        /// Runs steps as one group: holds the line with a step of its own until all have joined.
        fn as_one_group<T: Send + 'static>(
            &self,
            steps: Vec<Commit<T, Refusal>>,
        ) -> Vec<thread::Result<Result<T, Refusal>>> {
            let (release, held) = mpsc::channel::<()>();
            let line = Arc::clone(&self.line);
            let holder = thread::spawn(move || {
                Commit::new(
                    line,
                    move |_| held.recv().map_err(|_| Refusal::Mine("gone")),
                    Weight::Full,
                )
                .wait()
            });
            while !self.line.queue().led {
                thread::yield_now();
            }
            let count = steps.len();
            let callers: Vec<_> =
                steps.into_iter().map(|step| thread::spawn(move || step.wait())).collect();
            while self.line.queue().waiting.len() < count {
                thread::yield_now();
            }
            release.send(()).expect("the holder waits");
            holder.join().expect("no panic").expect("it was released");
            callers.into_iter().map(thread::JoinHandle::join).collect()
        }

        fn add(&self, name: &'static str, parent: Option<&'static str>) -> Commit<(), Refusal> {
            self.commit(move |transaction| insert(transaction, name, parent))
        }
    }

    impl Drop for Bench {
        fn drop(&mut self) {
            self.line.close();
        }
    }

    #[derive(Debug, PartialEq)]
    enum Refusal {
        Mine(&'static str),
        Store(StoreError),
    }

    impl From<StoreError> for Refusal {
        fn from(error: StoreError) -> Self {
            Self::Store(error)
        }
    }

    fn insert(
        transaction: &WriteTransaction<'_>,
        name: &str,
        parent: Option<&str>,
    ) -> Result<(), Refusal> {
        transaction
            .connection
            .execute("INSERT INTO item VALUES (?1, ?2)", [Some(name), parent])
            .map(|_| ())
            .map_err(|error| transaction.error(&error).into())
    }

    #[test]
    fn each_step_of_a_group_has_its_own_answer() {
        let bench = Bench::new();
        let refuses = bench.commit(|transaction| {
            insert(transaction, "half", None)?;
            Err(Refusal::Mine("changed my mind"))
        });
        let steps = vec![bench.add("a", None), refuses, bench.add("a", None), bench.add("b", None)];
        let answers = bench.as_one_group(steps);
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("no panic")).collect();
        assert_eq!(answers[1], Err(Refusal::Mine("changed my mind")));
        // Whichever of the two came first has the name.
        let twins = [&answers[0], &answers[2]];
        assert_eq!(twins.iter().filter(|answer| answer.is_ok()).count(), 1, "{twins:?}");
        assert_eq!(answers[3], Ok(()));
        assert_eq!(bench.items(), ["a", "b"]);
    }

    #[test]
    fn a_panic_is_its_callers_alone() {
        let bench = Bench::new();
        let panics = bench.commit(|transaction| {
            insert(transaction, "half", None)?;
            std::panic::panic_any("a bug");
        });
        let answers = bench.as_one_group(vec![bench.add("a", None), panics, bench.add("b", None)]);
        assert!(matches!(answers[0], Ok(Ok(()))) && matches!(answers[2], Ok(Ok(()))));
        let panic = answers[1].as_ref().expect_err("the panic goes on in its caller");
        assert_eq!(panic.downcast_ref(), Some(&"a bug"));
        assert_eq!(bench.items(), ["a", "b"]);

        let alone = bench.commit(|_| -> Result<(), Refusal> { std::panic::panic_any(7) });
        assert!(catch_unwind(AssertUnwindSafe(|| alone.wait())).is_err());
        assert_eq!(bench.add("c", None).wait(), Ok(()));
    }

    #[test]
    fn a_failing_commit_fails_everyone_in_it_and_nobody_after() {
        let bench = Bench::new();
        let steps = vec![bench.add("a", None), bench.add("orphan", Some("nobody"))];
        for answer in bench.as_one_group(steps) {
            let answer = answer.expect("no panic");
            assert!(
                matches!(answer, Err(Refusal::Store(StoreError::Statement { .. }))),
                "{answer:?}"
            );
        }
        assert_eq!(bench.add("orphan", Some("nobody")).wait().map_err(|_| ()), Err(()));
        assert_eq!(bench.add("b", None).wait(), Ok(()));
        assert_eq!(bench.items(), ["b"]);
    }

    #[test]
    fn a_transaction_that_sqlite_took_back_fails_those_before_and_spares_those_after() {
        let bench = Bench::new();
        let lost = bench.commit(|transaction| {
            // What a full disk does to the transaction, without one.
            run(transaction.connection, "ROLLBACK").map_err(|e| transaction.error(&e))?;
            Err::<(), _>(Refusal::Mine("disk"))
        });
        let answers = bench.as_one_group(vec![bench.add("a", None), lost, bench.add("b", None)]);
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("no panic")).collect();
        assert_eq!(answers[1], Err(Refusal::Mine("disk")));
        // The order of arrival decides who was before: what was answered is what is there.
        for (name, answer) in [("a", &answers[0]), ("b", &answers[2])] {
            assert_eq!(bench.items().iter().any(|item| item == name), answer.is_ok(), "{name}");
        }
    }

    #[test]
    fn a_lock_is_waited_for_as_long_as_patience_lasts() {
        let bench = Bench::new();
        let other = Connection::open(&bench.line.path).expect("a second connection");
        other.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
        let error = bench.add("a", None).wait().expect_err("it is locked");
        let Refusal::Store(StoreError::Locked { waited_ms, .. }) = error else {
            panic!("{error:?}")
        };
        assert!((20..30).contains(&waited_ms), "{waited_ms}");
        other.execute_batch("ROLLBACK").expect("the lock is given back");
        assert_eq!(bench.add("a", None).wait(), Ok(()));
    }

    #[tokio::test]
    async fn a_runtime_with_one_thread_is_not_held_up() {
        let bench = Bench::new();
        let caller = thread::current().id();
        let leader = bench.commit(move |_| Ok::<_, Refusal>(thread::current().id()));
        assert_ne!(leader.await.expect("an answer"), caller);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_idle_caller_leads_by_itself() {
        let bench = Bench::new();
        let line = Arc::clone(&bench.line);
        tokio::spawn(async move {
            let caller = thread::current().id();
            let leader =
                Commit::new(line, move |_| Ok::<_, Refusal>(thread::current().id()), Weight::Full);
            assert_eq!(leader.await.expect("an answer"), caller);
        })
        .await
        .expect("no panic");
    }

    #[tokio::test]
    async fn what_was_begun_happens_though_its_caller_went_away() {
        let bench = Bench::new();
        let mut going = Box::pin(bench.add("a", None));
        let polled = std::future::poll_fn(|context| Poll::Ready(going.as_mut().poll(context)));
        let _ = polled.await;
        drop(going);
        // Steps run in the order they came.
        assert_eq!(bench.add("b", None).await, Ok(()));
        assert_eq!(bench.items(), ["a", "b"]);
    }

    #[test]
    fn nothing_happens_before_it_is_asked_for() {
        let bench = Bench::new();
        drop(bench.add("a", None));
        assert!(bench.items().is_empty());
    }
}
