//! Workers that stand by. A transaction that brings work claims it for one of them, so that between
//! being asked for and being begun a job sees one commit, and not two.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{ClaimOrder, Claimed, OwnerId, Store, StoreError, WriteTransaction};
use crate::clock::Clock;

/// Workers of this process that wait for work, longest first.
#[derive(Debug, Default)]
pub(super) struct Standby {
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    owner: OwnerId,
    order: ClaimOrder,
    clock: Clock,
    sender: oneshot::Sender<Vec<Claimed>>,
}

/// Jobs claimed for a worker, to be handed to it once they are committed.
#[derive(Debug)]
pub(super) struct Delivery {
    sender: oneshot::Sender<Vec<Claimed>>,
    claimed: Vec<Claimed>,
}

impl Delivery {
    /// Hands them over. A worker that is gone without a word leaves them as it leaves what it was
    /// doing: until others see that it is gone.
    pub(super) fn hand_over(self) {
        let _ = self.sender.send(self.claimed);
    }
}

impl Standby {
    /// Claims what this transaction brought, and what else waits, for whoever waits longest. Should
    /// the delivery be dropped, because the commit failed, that worker is woken empty-handed.
    ///
    /// # Errors
    /// When the transaction is lost with it.
    pub(super) fn claim(
        &self,
        transaction: &WriteTransaction<'_>,
    ) -> Result<Option<Delivery>, StoreError> {
        let Some(Waiting { owner, order, clock, sender, .. }) = self.next() else {
            return Ok(None);
        };
        // The claim is the worker's trouble, and not that of whoever asks for work: it is told to
        // look for itself.
        let claimed = transaction.apart(|| transaction.claim(owner, &order, clock.now()))?;
        Ok(Some(Delivery { sender, claimed: claimed.unwrap_or_default() }))
    }

    /// Who waits longest; one that was dropped where it stood is passed over.
    fn next(&self) -> Option<Waiting> {
        let mut queue = self.queue();
        std::iter::from_fn(|| queue.waiting.pop_front()).find(|next| !next.sender.is_closed())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker that stands by.
pub struct StandBy {
    store: Store,
    number: u64,
    receiver: oneshot::Receiver<Vec<Claimed>>,
}

impl Store {
    /// Has the next transaction that brings work claim it for this worker, as its clock then says.
    #[must_use]
    pub fn stand_by(&self, owner: OwnerId, order: ClaimOrder, clock: Clock) -> StandBy {
        let (sender, receiver) = oneshot::channel();
        let mut queue = self.standby().queue();
        let number = queue.next;
        queue.next += 1;
        queue.waiting.push_back(Waiting { number, owner, order, clock, sender });
        drop(queue);
        StandBy { store: self.clone(), number, receiver }
    }
}

impl StandBy {
    /// Waits for what was claimed; nothing, when there is a reason to look for oneself. May be
    /// dropped half-way and waited for again.
    pub async fn claimed(&mut self) -> Vec<Claimed> {
        (&mut self.receiver).await.unwrap_or_default()
    }

    /// Stands by no longer. Answers with what had been claimed by then.
    pub async fn leave(mut self) -> Vec<Claimed> {
        {
            let mut queue = self.store.standby().queue();
            let before = queue.waiting.len();
            queue.waiting.retain(|waiting| waiting.number != self.number);
            if queue.waiting.len() < before {
                return Vec::new();
            }
        }
        // A transaction is about to say, or has said already.
        self.claimed().await
    }
}
