//! The worker: claims when it is woken and has hands free, and otherwise sleeps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spar_core::job::{JobKind, policy};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::liveness::{Liveness, Sign};
use super::perform::{Finished, perform};
use super::retention::WithRetention;
use super::settle::{follow_up, give_up_results, settle};
use super::{Claimed, Handler, OwnerId, Schedule, Until, WorkReport, WorkerOptions};
use crate::bell::Ear;
use crate::clock::Clock;
use crate::store::{ClaimOrder, Settled, Settlement, StandBy, Store, StoreError};

/// How often a worker looks whether others are gone, and whether it missed a ring.
const LOOK: Duration = Duration::from_secs(1);
/// The same when no other process can know the file.
const LOOK_ALONE: Duration = Duration::from_secs(10);
/// How long it waits after the store could not be used.
const PAUSE: Duration = Duration::from_millis(500);
/// Timers are set no further ahead: one does not run on while a laptop sleeps.
const LONGEST_TIMER: Duration = Duration::from_secs(60);
/// What an acknowledgement may take when its worker stops, should others hold the file.
const SETTLING: Duration = Duration::from_secs(60);
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
    let liveness = Liveness::begin(store.bell().folder().as_deref());
    let _listening = store.bell().listen();
    let handler: Arc<dyn Handler> =
        Arc::new(WithRetention { handler, store: store.clone(), clock: clock.clone() });
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
        finished: Arc::default(),
        tasks: JoinSet::new(),
        report: WorkReport::default(),
        begun: 0,
        asked: HashMap::new(),
        changes: None,
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

/// A job that is being done.
struct Held {
    claimed: Arc<Claimed>,
    task: AbortHandle,
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
    tasks: JoinSet<Performed>,
    /// Jobs being done.
    held: HashMap<Token, Held>,
    /// Jobs at their end whose acknowledgement is still to be written.
    finished: Arc<Mutex<Vec<Finished>>>,
    begun: u64,
    /// The period each periodic kind was last asked for.
    asked: HashMap<JobKind, i64>,
    /// The count of changes by other processes at the last look.
    changes: Option<i64>,
    report: WorkReport,
}

/// What it has seen of the others' hearts: the beat, and since when (monotonic, µs) it stands there.
#[derive(Default)]
struct Watch(HashMap<OwnerId, (i64, u64)>);

/// A job's row and claim: a job may be claimed anew before the end of its last run was noted.
type Token = (i64, i64);
/// A job's token, and what came of its work.
type Performed = (Token, Finished);
/// The end of a job's task, whether it came by itself or was told to.
type Ended = Result<Performed, tokio::task::JoinError>;

/// What woke a worker.
enum Woken {
    Work,
    Claimed(Vec<Claimed>),
    Ended(Option<Ended>),
    Settle,
    Beat,
    Look,
    Timer,
    Stop,
}

impl Worker {
    async fn run(&mut self, stop: &CancellationToken) -> Result<(), StoreError> {
        let look = if self.store.bell().is_shared() { LOOK } else { LOOK_ALONE };
        let mut look = tokio::time::interval(look);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beat = tokio::time::interval(self.options.beat);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut may_find_work = true;
        // Before anything else: what is expired must not run, what was lost comes first.
        patient(self.look_around().await)?;
        patient(self.follow_the_clock().await)?;
        look.reset();
        while !stop.is_cancelled() {
            let (mut timer, mut is_held_up) = (None, false);
            if self.has_finished_some() || may_find_work && self.hands_free() > 0 {
                match self.settle_and_claim(may_find_work).await {
                    Ok(more) => may_find_work = more,
                    // Somebody else holds the file, or the disk is full: later.
                    Err(StoreError::Locked { .. } | StoreError::Full { .. }) => {
                        (timer, is_held_up) = (Some(PAUSE), true);
                    }
                    Err(error) => return Err(error),
                }
            }
            if timer.is_none() && self.hands_free() > 0 {
                match self.next_moment()? {
                    Some(wait) if wait.is_zero() => {
                        patient(self.follow_the_clock().await)?;
                        may_find_work = true;
                        continue;
                    }
                    wait => timer = wait,
                }
            }
            if self.has_reached_its_end(may_find_work, timer) {
                return Ok(());
            }
            let settles = !is_held_up && self.has_finished_some();
            let mut standing = self.stand_by(may_find_work);
            let woken = tokio::select! {
                biased;
                () = stop.cancelled() => Woken::Stop,
                // Before the rest, or a stream of short jobs would let the lease of a long one end.
                _ = beat.tick(), if !self.held.is_empty() => Woken::Beat,
                _ = look.tick() => Woken::Look,
                ended = self.tasks.join_next(), if !self.tasks.is_empty() => Woken::Ended(ended),
                claimed = claimed_for(&mut standing), if standing.is_some() => Woken::Claimed(claimed),
                () = self.ear.heard(), if !may_find_work => Woken::Work,
                () = std::future::ready(()), if settles => Woken::Settle,
                () = sleep(timer), if timer.is_some() => Woken::Timer,
            };
            let is_given = matches!(woken, Woken::Claimed(_));
            if let Some(standing) = standing.filter(|_| !is_given) {
                standing.leave().await.into_iter().for_each(|claimed| self.begin(claimed));
            }
            match woken {
                Woken::Stop => return Ok(()),
                Woken::Settle => {}
                Woken::Claimed(claimed) => {
                    // Nothing is no answer: it could not be claimed there and then.
                    may_find_work = claimed.is_empty() || claimed.len() == self.hands_free();
                    claimed.into_iter().for_each(|claimed| self.begin(claimed));
                }
                Woken::Work | Woken::Timer => may_find_work = true,
                Woken::Ended(ended) => {
                    self.note_end(ended);
                    // Those that end together are acknowledged, and followed by others, in one commit.
                    tokio::task::yield_now().await;
                    self.note_other_ends();
                }
                Woken::Beat => {
                    patient(self.beat().await)?;
                }
                Woken::Look => {
                    let missed = patient(self.look_around().await)?.unwrap_or(false);
                    may_find_work |= missed;
                }
            }
        }
        Ok(())
    }

    /// What it would take, so many at most.
    fn order_of(&self, most: usize) -> ClaimOrder {
        ClaimOrder { most, ..self.order.clone() }
    }

    /// How many jobs it may begin.
    fn hands_free(&self) -> usize {
        match self.options.until {
            Until::Once => usize::from(self.begun == 0),
            _ => self.options.concurrency.saturating_sub(self.held.len()),
        }
    }

    /// Stands by, while there is nothing to do that it knows of.
    fn stand_by(&self, may_find_work: bool) -> Option<StandBy> {
        let most = self.hands_free();
        if may_find_work || most == 0 {
            return None;
        }
        Some(self.store.stand_by(self.owner, self.order_of(most), self.clock.clone()))
    }

    fn finished(&self) -> MutexGuard<'_, Vec<Finished>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_finished_some(&self) -> bool {
        !self.finished().is_empty()
    }

    /// Acknowledges what has come to its end and, in the same commit, takes as many new jobs as it has
    /// hands for. `true`: there may be more than it took.
    async fn settle_and_claim(&mut self, may_find_work: bool) -> Result<bool, StoreError> {
        let most = self.hands_free();
        if most > 0 {
            self.ear.has_heard();
        }
        let order = self.order_of(most);
        let claimed = if self.has_finished_some() {
            self.settle(Some(order)).await?
        } else {
            self.store.claim(self.owner, order, self.clock.now()).await?
        };
        let (more, some) = (claimed.len() == most, !claimed.is_empty());
        for claimed in claimed {
            self.begin(claimed);
        }
        if some {
            // They go first; what else there is to see to can wait.
            tokio::task::yield_now().await;
            self.note_other_ends();
        }
        Ok(if most == 0 { may_find_work } else { more })
    }

    /// Acknowledges what has come to its end, all or nothing for each, then claims, if it is to. After
    /// an error everything is still to be acknowledged.
    async fn settle(&mut self, order: Option<ClaimOrder>) -> Result<Vec<Claimed>, StoreError> {
        let (finished, handler) = (Arc::clone(&self.finished), Arc::clone(&self.handler));
        let (clock, owner) = (self.clock.clone(), self.owner);
        let written = self
            .store
            .write(move |transaction| {
                let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
                let settled = finished
                    .iter_mut()
                    .map(|one| settle(one, handler.as_ref(), &clock, transaction))
                    .collect::<Result<Vec<_>, _>>()?;
                let claimed = match order {
                    Some(order) if order.most > 0 => {
                        transaction.claim(owner, &order, clock.now())?
                    }
                    _ => Vec::new(),
                };
                Ok::<_, StoreError>((settled, claimed))
            })
            .await;
        match written {
            Ok((settled, claimed)) => {
                self.finished().clear();
                settled.iter().for_each(|settled| self.count(settled));
                Ok(claimed)
            }
            Err(error) => {
                give_up_results(&mut self.finished(), &error, &self.clock);
                Err(error)
            }
        }
    }

    fn begin(&mut self, claimed: Claimed) {
        let (token, claimed) = ((claimed.job.id, claimed.job.claim), Arc::new(claimed));
        let work = perform(Arc::clone(&self.handler), Arc::clone(&claimed), self.clock.clone());
        let task = self.tasks.spawn(async move { (token, work.await) });
        self.held.insert(token, Held { claimed, task });
        self.begun += 1;
    }

    /// How long until a waiting job's time comes or is over, if any has one.
    fn next_moment(&self) -> Result<Option<Duration>, StoreError> {
        let Some(moment) = self.store.next_job_moment()? else { return Ok(None) };
        Ok(Some(Duration::from_millis(moment.since(self.clock.now()))))
    }

    fn has_reached_its_end(&self, may_find_work: bool, next: Option<Duration>) -> bool {
        let is_idle = self.held.is_empty() && !self.has_finished_some();
        match self.options.until {
            Until::Forever => false,
            Until::Once => is_idle && (self.begun > 0 || !may_find_work),
            Until::Drained => {
                is_idle
                    && !may_find_work
                    && next.is_none_or(|wait| wait > self.options.drain_patience)
            }
        }
    }

    fn note_end(&mut self, ended: Option<Ended>) {
        // An aborted task was told so because its job was taken away.
        let Some(Ok((token, finished))) = ended else { return };
        if self.held.remove(&token).is_some() {
            self.finished().push(finished);
        }
    }

    /// Those that have come to their end too.
    fn note_other_ends(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.note_end(Some(ended));
        }
    }

    fn count(&mut self, settled: &Settled) {
        let report = &mut self.report;
        *match settled {
            Settled::Done | Settled::Again => &mut report.done,
            Settled::Retries => &mut report.failed,
            Settled::Dead(_) => &mut report.dead,
            Settled::Snoozed => &mut report.snoozed,
            Settled::Cancelled => &mut report.cancelled,
            Settled::HandedBack => &mut report.handed_back,
            Settled::Lost => &mut report.lost,
        } += 1;
    }

    /// Renews the lease of what it has.
    async fn beat(&mut self) -> Result<(), StoreError> {
        let (owner, at) = (self.owner, self.clock.now());
        self.store.write(move |transaction| transaction.beat(owner, at)).await
    }

    /// Lets go of what was taken away or called off.
    fn let_go(&mut self) -> Result<(), StoreError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let ours: HashMap<i64, i64> = self.store.jobs_of_worker(self.owner)?.into_iter().collect();
        let lost: Vec<Token> = self
            .held
            .iter()
            .filter(|((id, claim), _)| ours.get(id) != Some(claim))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            if let Some(held) = self.held.remove(&id) {
                held.task.abort();
                self.report.lost += 1;
            }
        }
        Ok(())
    }

    /// Rescues from the gone, lets go of what was taken away, asks for periodic work. `true`: there
    /// may be work that nobody rang for.
    async fn look_around(&mut self) -> Result<bool, StoreError> {
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
        self.let_go()?;
        self.ask_for_periodic_work().await?;
        let changes = self.store.changes_by_others();
        let changed = changes.is_some() && changes != self.changes;
        self.changes = changes.or(self.changes);
        Ok(changed)
    }

    /// What the time has brought: waiting jobs whose own time is over, and places in the line that a
    /// clock set back has left in the future.
    async fn follow_the_clock(&mut self) -> Result<(), StoreError> {
        let (handler, at) = (Arc::clone(&self.handler), self.clock.now());
        let expired = self
            .store
            .write(move |transaction| {
                transaction.follow_the_clock(at)?;
                let expired = transaction.expire(EXPIRED_AT_ONCE, at)?;
                for job in &expired {
                    let error = job.last_error.as_deref().unwrap_or_default();
                    follow_up(handler.as_ref(), job, error, at, transaction)?;
                }
                Ok::<_, StoreError>(expired.len())
            })
            .await?;
        self.report.expired += expired as u64;
        Ok(())
    }

    async fn ask_for_periodic_work(&mut self) -> Result<(), StoreError> {
        let at = self.clock.now();
        for index in 0..self.options.schedules.len() {
            let schedule = self.options.schedules[index];
            let period = policy::period(at, schedule.every);
            if !self.order.kinds.contains(&schedule.kind)
                || self.asked.get(&schedule.kind) == Some(&period)
            {
                continue;
            }
            let Schedule { kind, every, priority } = schedule;
            self.store
                .write(move |transaction| transaction.enqueue_periodic(kind, every, priority, at))
                .await?;
            self.asked.insert(kind, period);
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
                    follow_up(handler.as_ref(), job, error, at, transaction)?;
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

    /// Acknowledges everything that is at its end, once others let go of the file.
    async fn settle_patiently(&mut self) -> Result<(), StoreError> {
        while self.has_finished_some() {
            if patient(self.settle(None).await)?.is_none() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Gives running jobs their grace, hands back the rest, and takes its name off the list.
    async fn leave(&mut self) {
        let end = tokio::time::sleep(self.options.grace);
        tokio::pin!(end);
        while !self.held.is_empty() && !self.tasks.is_empty() {
            tokio::select! {
                ended = self.tasks.join_next() => self.note_end(ended),
                () = &mut end => break,
            }
            self.note_other_ends();
            if self.has_finished_some() && patient(self.settle(None).await).is_err() {
                break;
            }
        }
        self.held.values().for_each(|held| held.task.abort());
        let settled = tokio::time::timeout(SETTLING, async {
            while let Some(ended) = self.tasks.join_next().await {
                self.note_end(Some(ended));
            }
            self.settle_patiently().await
        });
        if let Ok(Err(error)) = settled.await {
            self.report.trouble = Some(error);
        }
        self.tasks.shutdown().await;
        let held: Vec<_> = self.held.drain().map(|(_, held)| held.claimed).collect();
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
fn patient<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Err(StoreError::Locked { .. } | StoreError::Full { .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// Waits for what a worker that stands by is given.
async fn claimed_for(standing: &mut Option<StandBy>) -> Vec<Claimed> {
    match standing {
        Some(standing) => standing.claimed().await,
        None => std::future::pending().await,
    }
}

async fn sleep(timer: Option<Duration>) {
    tokio::time::sleep(timer.unwrap_or(LONGEST_TIMER).min(LONGEST_TIMER)).await;
}
