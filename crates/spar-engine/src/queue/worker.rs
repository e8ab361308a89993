//! The worker: claims when it is woken and has hands free, and otherwise sleeps.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::liveness::{Liveness, Sign};
use super::perform::perform;
use super::{Claimed, Handler, OwnerId, Until, WorkReport, WorkerOptions};
use crate::bell::Ear;
use crate::clock::Clock;
use crate::store::{ClaimOrder, Settled, Settlement, Store, StoreError};

/// How often a worker looks whether others are gone, and whether it missed a ring.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits after the store could not be used.
const PAUSE: Duration = Duration::from_millis(500);
/// Timers are set no further ahead: one does not run on while a laptop sleeps.
const LONGEST_TIMER: Duration = Duration::from_mins(1);
/// Expired jobs ended in one transaction.
const EXPIRED_AT_ONCE: u32 = 100;

/// Runs jobs until told to stop, or until its options say so. On `stop` running jobs get their grace;
/// what is not finished then is handed back at once: ready for others, its attempt not counted.
pub async fn work(
    store: Store,
    clock: Clock,
    handler: Arc<dyn Handler>,
    options: WorkerOptions,
    stop: CancellationToken,
) -> WorkReport {
    let liveness = Liveness::begin(None);
    let (row, at) = (liveness.row(), clock.now());
    let owner = match store.write(move |transaction| transaction.enter_worker(&row, at)).await {
        Ok(owner) => owner,
        Err(error) => return WorkReport { trouble: Some(error), ..WorkReport::default() },
    };
    let known = handler.kinds();
    let kinds = match &options.kinds {
        Some(wanted) => known.into_iter().filter(|kind| wanted.contains(kind)).collect(),
        None => known,
    };
    let order = ClaimOrder { kinds, limits: options.limits.clone(), most: 0 };
    let mut worker = Worker {
        ear: store.bell().work(),
        watch: Watch::default(),
        held: HashMap::new(),
        tasks: JoinSet::new(),
        report: WorkReport::default(),
        begun: 0,
        store,
        clock,
        handler,
        options,
        liveness,
        owner,
        order,
    };
    if let Err(error) = worker.run(&stop).await {
        worker.report.trouble = Some(error);
    }
    worker.leave().await;
    worker.report
}

struct Worker {
    store: Store,
    clock: Clock,
    handler: Arc<dyn Handler>,
    options: WorkerOptions,
    liveness: Liveness,
    owner: OwnerId,
    order: ClaimOrder,
    ear: Ear,
    watch: Watch,
    tasks: JoinSet<(i64, Result<Settled, StoreError>)>,
    /// Jobs it has, by row.
    held: HashMap<i64, (Arc<Claimed>, AbortHandle)>,
    begun: u64,
    report: WorkReport,
}

/// What it has seen of the others' hearts: the beat, and since when (monotonic, µs) it stands there.
#[derive(Default)]
struct Watch(HashMap<OwnerId, (i64, u64)>);

/// What woke a worker.
enum Woken {
    Work,
    Ended(Option<Result<(i64, Result<Settled, StoreError>), tokio::task::JoinError>>),
    Beat,
    Look,
    Timer,
    Stop,
}

impl Worker {
    async fn run(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beat = tokio::time::interval(self.options.beat);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut may_find_work = true;
        loop {
            let mut timer = None;
            if may_find_work && self.has_hands_free() && !stop.is_cancelled() {
                match self.find_work().await {
                    Ok(more) => may_find_work = more,
                    // Somebody else holds the file, or the disk is full: later.
                    Err(StoreError::Locked { .. } | StoreError::Full { .. }) => {
                        timer = Some(PAUSE);
                    }
                    Err(error) => return Err(error),
                }
            }
            if timer.is_none() && self.has_hands_free() {
                match self.next_moment()? {
                    Some(wait) if wait.is_zero() => {
                        may_find_work = true;
                        continue;
                    }
                    wait => timer = wait,
                }
            }
            if self.has_reached_its_end(may_find_work, timer) {
                return Ok(());
            }
            let woken = tokio::select! {
                biased;
                () = stop.cancelled() => Woken::Stop,
                ended = self.tasks.join_next(), if !self.tasks.is_empty() => Woken::Ended(ended),
                () = self.ear.heard(), if !may_find_work => Woken::Work,
                _ = beat.tick(), if !self.held.is_empty() => Woken::Beat,
                _ = look.tick() => Woken::Look,
                () = sleep(timer), if timer.is_some() => Woken::Timer,
            };
            match woken {
                Woken::Stop => return Ok(()),
                Woken::Work | Woken::Timer => may_find_work = true,
                Woken::Ended(ended) => {
                    self.note_end(ended)?;
                    may_find_work = true;
                }
                Woken::Beat => patient(self.beat().await)?,
                Woken::Look => patient(self.look_around().await)?,
            }
        }
    }

    fn has_hands_free(&self) -> bool {
        let once = self.options.until == Until::Once && self.begun > 0;
        !once && self.held.len() < self.options.concurrency
    }

    /// Claims and begins. `true`: there may be more than it took.
    async fn find_work(&mut self) -> Result<bool, StoreError> {
        self.ear.has_heard();
        let free = match self.options.until {
            Until::Once => 1,
            _ => self.options.concurrency - self.held.len(),
        };
        let order = ClaimOrder { most: free, ..self.order.clone() };
        let claimed = self.store.claim(self.owner, order, self.clock.now()).await?;
        let more = claimed.len() == free;
        for claimed in claimed {
            self.begin(claimed);
        }
        Ok(more)
    }

    fn begin(&mut self, claimed: Claimed) {
        let (id, claimed) = (claimed.job.id, Arc::new(claimed));
        let work = perform(
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&self.handler),
            Arc::clone(&claimed),
        );
        let task = self.tasks.spawn(async move { (id, work.await) });
        self.held.insert(id, (claimed, task));
        self.begun += 1;
    }

    /// How long until a waiting job's time comes or is over, if any has one.
    fn next_moment(&self) -> Result<Option<Duration>, StoreError> {
        let Some(moment) = self.store.next_job_moment()? else { return Ok(None) };
        Ok(Some(Duration::from_millis(moment.since(self.clock.now()))))
    }

    fn has_reached_its_end(&self, may_find_work: bool, next: Option<Duration>) -> bool {
        match self.options.until {
            Until::Forever => false,
            Until::Once => self.held.is_empty() && (self.begun > 0 || !may_find_work),
            Until::Drained => {
                self.held.is_empty()
                    && !may_find_work
                    && next.is_none_or(|wait| wait > self.options.drain_patience)
            }
        }
    }

    fn note_end(
        &mut self,
        ended: Option<Result<(i64, Result<Settled, StoreError>), tokio::task::JoinError>>,
    ) -> Result<(), StoreError> {
        // An aborted task was told so because its job was taken away.
        let Some(Ok((id, settled))) = ended else { return Ok(()) };
        let report = &mut self.report;
        match settled {
            Ok(settled) => {
                self.held.remove(&id);
                *match settled {
                    Settled::Done | Settled::Again => &mut report.done,
                    Settled::Retries => &mut report.failed,
                    Settled::Dead(_) => &mut report.dead,
                    Settled::Snoozed => &mut report.snoozed,
                    Settled::Cancelled => &mut report.cancelled,
                    Settled::HandedBack => &mut report.handed_back,
                    Settled::Lost => &mut report.lost,
                } += 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Renews what it has, and lets go of what was taken away.
    async fn beat(&mut self) -> Result<(), StoreError> {
        let (owner, at) = (self.owner, self.clock.now());
        let ours: HashMap<i64, i64> = self
            .store
            .write(move |transaction| transaction.beat(owner, at))
            .await?
            .into_iter()
            .collect();
        let lost: Vec<i64> = self
            .held
            .iter()
            .filter(|(id, (claimed, _))| ours.get(id) != Some(&claimed.job.claim))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            if let Some((_, task)) = self.held.remove(&id) {
                task.abort();
                self.report.lost += 1;
            }
        }
        Ok(())
    }

    /// Rescues from the gone, ends the expired, follows the clock.
    async fn look_around(&mut self) -> Result<(), StoreError> {
        let now = self.clock.monotonic_micros();
        let lease = u64::try_from(self.options.lease.as_micros()).unwrap_or(u64::MAX);
        let workers = self.store.workers()?;
        self.watch.0.retain(|owner, _| workers.iter().any(|worker| worker.id == *owner));
        for worker in &workers {
            if worker.id == self.owner {
                continue;
            }
            let seen = self.watch.0.entry(worker.id).or_insert((worker.beat, now));
            if seen.0 != worker.beat || worker.running == 0 {
                *seen = (worker.beat, now);
            }
            let still_for = now.saturating_sub(seen.1);
            match self.liveness.sign_of(worker) {
                Sign::Dead => {
                    self.rescue(worker.id, None).await?;
                    Liveness::bury(worker);
                }
                Sign::Lives | Sign::Unknown if worker.running > 0 && still_for >= lease => {
                    self.rescue(worker.id, Some(worker.beat)).await?;
                }
                Sign::Lives | Sign::Unknown => {}
            }
        }
        Ok(())
    }

    async fn rescue(&mut self, owner: OwnerId, beat: Option<i64>) -> Result<(), StoreError> {
        let (handler, at) = (Arc::clone(&self.handler), self.clock.now());
        let rescued = self
            .store
            .write(move |transaction| {
                let rescued = transaction.rescue(owner, beat, at)?;
                for job in &rescued.dead {
                    let error = job.last_error.as_deref().unwrap_or_default();
                    handler.on_given_up(job, error, transaction)?;
                }
                if beat.is_none() {
                    transaction.remove_worker(owner)?;
                }
                Ok::<_, StoreError>(rescued)
            })
            .await?;
        self.report.rescued += u64::from(rescued.ready);
        self.report.dead += rescued.dead.len() as u64;
        Ok(())
    }

    /// Gives running jobs their grace, hands back the rest, and takes its name off the list.
    async fn leave(&mut self) {
        let end = tokio::time::sleep(self.options.grace);
        tokio::pin!(end);
        while !self.held.is_empty() && !self.tasks.is_empty() {
            tokio::select! {
                ended = self.tasks.join_next() => {
                    if let Err(error) = self.note_end(ended) {
                        self.report.trouble = Some(error);
                        break;
                    }
                }
                () = &mut end => break,
            }
        }
        self.tasks.shutdown().await;
        let held: Vec<_> = self.held.drain().map(|(_, (claimed, _))| claimed).collect();
        let (owner, at) = (self.owner, self.clock.now());
        let left = self
            .store
            .write(move |transaction| {
                let mut handed_back = 0;
                for claimed in &held {
                    let settled = transaction.settle(claimed, &Settlement::HandedBack, at)?;
                    handed_back += u64::from(settled == Settled::HandedBack);
                }
                transaction.remove_worker(owner)?;
                Ok::<_, StoreError>(handed_back)
            })
            .await;
        match left {
            Ok(handed_back) => self.report.handed_back += handed_back,
            // Others will see that it is gone.
            Err(error) => self.report.trouble = Some(error),
        }
    }
}

/// A store that is locked or full now may be better later.
fn patient(result: Result<(), StoreError>) -> Result<(), StoreError> {
    match result {
        Err(StoreError::Locked { .. } | StoreError::Full { .. }) => Ok(()),
        other => other,
    }
}

async fn sleep(timer: Option<Duration>) {
    tokio::time::sleep(timer.unwrap_or(LONGEST_TIMER).min(LONGEST_TIMER)).await;
}
