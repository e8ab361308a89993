//! The one write connection, and group commit led by the caller.
//!
//! A caller that finds the line idle runs its own transaction on the spot: nothing is faster. A
//! caller that finds it busy leaves its step in the queue and joins the transaction that forms
//! while the present one is being synced; a thread of the line's own, started when it is first
//! needed, takes over whatever a caller leaves behind, so that nobody works for others for long.
//!
//! Each step of a group runs inside a savepoint and has its own answer: one that fails or panics
//! takes back its own changes and nobody else's. Only a failing commit fails everyone.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::StoreError;

/// Steps that share a commit at most: bounds how long the first of them waits for the last.
const GROUP: usize = 512;

/// Pauses between attempts to get the write lock from another process, ms. It is normally held for
/// a fraction of a millisecond; SQLite's own schedule soon sleeps a hundred.
const LOCK_PAUSES: [f64; 6] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0];

/// A transaction as a step sees it. What can be done with it stands with the tables.
pub struct WriteTransaction<'a> {
    pub(super) connection: &'a Connection,
    path: &'a Path,
    /// The last thing SQLite refused: the reason, should the whole transaction be gone.
    refused: RefCell<Option<StoreError>>,
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
}

/// The line of those who want to write.
pub(super) struct WriteLine {
    path: PathBuf,
    patience: Duration,
    connection: Mutex<Connection>,
    queue: Mutex<Queue>,
    /// Wakes the line's own thread.
    handed_over: Condvar,
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

/// What one caller wants done, whatever its types.
trait Step: Send {
    /// Runs it and keeps its answer. `true`: its changes are to stay.
    fn run(&mut self, transaction: &WriteTransaction<'_>) -> bool;
    /// Says whether the changes stayed, and gives the answer to the caller.
    fn settle(self: Box<Self>, fate: Result<(), &StoreError>);
}

impl WriteLine {
    pub(super) fn new(path: PathBuf, connection: Connection, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            path,
            patience,
            connection: Mutex::new(connection),
            queue: Mutex::default(),
            handed_over: Condvar::new(),
        })
    }

    /// A change that happens once it is awaited or waited for.
    pub(super) fn commit<T, E, F>(self: &Arc<Self>, work: F) -> Commit<T, E>
    where
        F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let slot = Arc::new(Slot::default());
        let step = Closure { work: Some(work), kept: None, slot: Arc::clone(&slot) };
        Commit { unsent: Some((Arc::clone(self), Box::new(step))), slot }
    }

    /// Runs something on the connection outside any transaction, when the line is idle.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&self.connection())
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
    fn join(&self, step: Box<dyn Step>) -> Option<Box<dyn Step>> {
        let mut queue = self.queue();
        if queue.led {
            queue.waiting.push_back(step);
            return None;
        }
        queue.led = true;
        Some(step)
    }

    /// Runs the caller's own step and passes the lead on.
    fn lead(self: &Arc<Self>, step: Box<dyn Step>) {
        self.run_group(VecDeque::from([step]));
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.led = false;
        } else {
            self.hand_over(queue);
        }
    }

    /// Has the step run by the line's own thread.
    fn delegate(self: &Arc<Self>, step: Box<dyn Step>) {
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
        let connection = self.connection();
        while !steps.is_empty() {
            self.run_transaction(&connection, &mut steps);
        }
    }

    /// Runs steps from the front in one transaction; those it did not come to are left.
    fn run_transaction(&self, connection: &Connection, steps: &mut VecDeque<Box<dyn Step>>) {
        if let Err(error) = self.begin(connection) {
            steps.drain(..).for_each(|step| step.settle(Err(&error)));
            return;
        }
        let transaction =
            WriteTransaction { connection, path: &self.path, refused: RefCell::default() };
        // Alone in its transaction a step needs no savepoint.
        let shared = steps.len() > 1;
        let mut done = Vec::with_capacity(steps.len());
        let mut changed = false;
        let mut lost = None;
        while let Some(mut step) = steps.pop_front() {
            let kept = if shared {
                run_in_savepoint(&transaction, step.as_mut())
            } else {
                Ok(step.run(&transaction))
            };
            done.push(step);
            changed |= matches!(kept, Ok(true));
            // A full disk or an I/O error can take the whole transaction with it.
            if kept.is_err() || connection.is_autocommit() {
                let refused = transaction.refused.borrow_mut().take();
                lost = Some(kept.err().or(refused).unwrap_or_else(|| StoreError::Statement {
                    path: self.path.clone(),
                    reason: "the transaction was rolled back".to_owned(),
                }));
                break;
            }
        }
        let fate = match lost {
            Some(error) => Err(error),
            None if changed => run(connection, "COMMIT").map_err(|error| transaction.error(&error)),
            None => Ok(()),
        };
        if !connection.is_autocommit() {
            // Nothing to keep, or a commit that failed. Should even this fail, the next BEGIN says so.
            let _ = run(connection, "ROLLBACK");
        }
        for step in done {
            step.settle(fate.as_ref().copied());
        }
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

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

/// A change to the store. Nothing happens until it is awaited (never blocking an async runtime's
/// only thread) or waited for with [`Commit::wait`]. Once begun it happens even if the caller goes
/// away.
#[must_use = "nothing is written until it is awaited or waited for"]
pub struct Commit<T, E = StoreError> {
    unsent: Option<(Arc<WriteLine>, Box<dyn Step>)>,
    slot: Arc<Slot<T, E>>,
}

impl<T, E> Commit<T, E> {
    /// One that failed before it began.
    pub(super) fn failed(error: E) -> Self {
        let slot = Slot::default();
        slot.fill(Answer::Returned(Err(error)));
        Self { unsent: None, slot: Arc::new(slot) }
    }

    /// Blocks until the change is on disk. Never call it inside another change: it would wait for
    /// itself.
    pub fn wait(mut self) -> Result<T, E> {
        if let Some((line, step)) = self.unsent.take()
            && let Some(step) = line.join(step)
        {
            line.lead(step);
        }
        self.slot.wait().unfold()
    }
}

impl<T, E> Future for Commit<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some((line, step)) = self.unsent.take()
            && let Some(step) = line.join(step)
        {
            match Handle::try_current().map(|handle| handle.runtime_flavor()) {
                Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| line.lead(step)),
                // A runtime with one thread must not stand still for a disk.
                _ => line.delegate(step),
            }
        }
        self.slot.poll(context).map(Answer::unfold)
    }
}

/// A step made of a closure.
struct Closure<F, T, E> {
    work: Option<F>,
    kept: Option<Answer<T, E>>,
    slot: Arc<Slot<T, E>>,
}

impl<F, T, E> Step for Closure<F, T, E>
where
    F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, transaction: &WriteTransaction<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        // What the closure leaves half done is rolled back, so that nobody sees it.
        let answer = match catch_unwind(AssertUnwindSafe(|| work(transaction))) {
            Ok(result) => Answer::Returned(result),
            Err(panic) => Answer::Panicked(panic),
        };
        let keep = matches!(answer, Answer::Returned(Ok(_)));
        self.kept = Some(answer);
        keep
    }

    fn settle(mut self: Box<Self>, fate: Result<(), &StoreError>) {
        let answer = match (self.kept.take(), fate) {
            // An answer of its own stands, whatever became of the others.
            (Some(answer @ (Answer::Returned(Err(_)) | Answer::Panicked(_))), _)
            | (Some(answer), Ok(())) => answer,
            (_, Err(error)) => Answer::Returned(Err(error.clone().into())),
            (None, Ok(())) => return,
        };
        self.slot.fill(answer);
    }
}

/// What came of a step.
enum Answer<T, E> {
    Returned(Result<T, E>),
    /// The closure panicked; the panic goes on in whoever asked for the change.
    Panicked(Box<dyn Any + Send>),
}

impl<T, E> Answer<T, E> {
    fn unfold(self) -> Result<T, E> {
        match self {
            Self::Returned(result) => result,
            Self::Panicked(panic) => resume_unwind(panic),
        }
    }
}

/// Where an answer is left for its caller.
struct Slot<T, E> {
    state: Mutex<SlotState<T, E>>,
    filled: Condvar,
}

enum SlotState<T, E> {
    Empty,
    Awaited(Waker),
    Filled(Answer<T, E>),
}

impl<T, E> Default for Slot<T, E> {
    fn default() -> Self {
        Self { state: Mutex::new(SlotState::Empty), filled: Condvar::new() }
    }
}

impl<T, E> Slot<T, E> {
    fn fill(&self, answer: Answer<T, E>) {
        let before = std::mem::replace(&mut *self.state(), SlotState::Filled(answer));
        match before {
            SlotState::Awaited(waker) => waker.wake(),
            _ => self.filled.notify_one(),
        }
    }

    fn wait(&self) -> Answer<T, E> {
        let mut state = self.state();
        loop {
            match std::mem::replace(&mut *state, SlotState::Empty) {
                SlotState::Filled(answer) => return answer,
                _ => state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Answer<T, E>> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, SlotState::Empty) {
            SlotState::Filled(answer) => Poll::Ready(answer),
            _ => {
                *state = SlotState::Awaited(context.waker().clone());
                Poll::Pending
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, SlotState<T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
