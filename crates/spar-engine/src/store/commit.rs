//! A change as its caller holds it: something to await or to wait for, and the slot where the answer
//! is left.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::bulk::Enqueue;
use super::write::{Step, Weight, WriteLine};
use super::{Enqueued, NewJob, StoreError, WriteTransaction};

/// A change to the store. Nothing happens until it is awaited (never blocking an async runtime's
/// only thread) or waited for with [`Commit::wait`]. Once begun it happens even if the caller goes
/// away.
#[must_use = "nothing is written until it is awaited or waited for"]
pub struct Commit<T, E = StoreError> {
    unsent: Option<(Arc<WriteLine>, Box<dyn Step>)>,
    slot: Arc<Slot<T, E>>,
}

impl Commit<Enqueued> {
    /// A request for work.
    pub(super) fn enqueue(line: Arc<WriteLine>, job: NewJob) -> Self {
        let slot = Arc::new(Slot::default());
        let step = Enqueue::new(job, Arc::clone(&slot));
        Self { unsent: Some((line, Box::new(step))), slot }
    }
}

impl<T, E> Commit<T, E> {
    /// A change that the line will make.
    pub(super) fn new<F>(line: Arc<WriteLine>, work: F, weight: Weight) -> Self
    where
        F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let slot = Arc::new(Slot::default());
        let step = Closure { work: Some(work), kept: None, slot: Arc::clone(&slot), weight };
        Self { unsent: Some((line, Box::new(step))), slot }
    }

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
            match Handle::try_current() {
                // Others are served on other threads meanwhile.
                Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
                    let brief = runtime.metrics().num_workers() > 1 || line.is_quick();
                    let step = if brief || step.weight() == Weight::Soft {
                        line.lead_briefly(step)
                    } else {
                        Some(step)
                    };
                    if let Some(step) = step {
                        tokio::task::block_in_place(|| line.lead(step));
                    }
                }
                // A runtime with one thread must not stand still for a disk.
                _ => {
                    let step = if line.is_quick() { line.lead_briefly(step) } else { Some(step) };
                    if let Some(step) = step {
                        line.delegate(step);
                    }
                }
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
    weight: Weight,
}

impl<F, T, E> Step for Closure<F, T, E>
where
    F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn weight(&self) -> Weight {
        self.weight
    }

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
pub(super) enum Answer<T, E> {
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
pub(super) struct Slot<T, E> {
    state: Mutex<SlotState<T, E>>,
    filled: Condvar,
}

enum SlotState<T, E> {
    Empty,
    Awaited(Waker),
    /// A thread waits for it.
    Waited,
    Filled(Answer<T, E>),
}

impl<T, E> Default for Slot<T, E> {
    fn default() -> Self {
        Self { state: Mutex::new(SlotState::Empty), filled: Condvar::new() }
    }
}

impl<T, E> Slot<T, E> {
    pub(super) fn fill(&self, answer: Answer<T, E>) {
        let before = std::mem::replace(&mut *self.state(), SlotState::Filled(answer));
        match before {
            SlotState::Awaited(waker) => waker.wake(),
            SlotState::Waited => self.filled.notify_one(),
            // Whoever led finds the answer there; a call of the system for nobody is left out.
            SlotState::Empty | SlotState::Filled(_) => {}
        }
    }

    fn wait(&self) -> Answer<T, E> {
        let mut state = self.state();
        loop {
            match std::mem::replace(&mut *state, SlotState::Waited) {
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
