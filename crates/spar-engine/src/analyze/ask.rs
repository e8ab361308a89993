//! Asking a model on behalf of a stage: which one, whether it is worth it, what it cost. One place
//! for all stages.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, Usage};
use spar_core::ids::TurnIndex;
use spar_core::routing::{
    Breaker, BreakerSettings, BudgetLimits, OverBudget, Profile, Spent, Task, price_of,
};
use spar_core::units::{MicroUsd, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;
use crate::provider::{Provider, ProviderError, RoleModels, most_of};
use crate::store::{PromptRun, Store, StoreError};

/// A day, ms.
const DAY: i64 = 86_400_000;

/// Models to ask.
#[derive(Clone)]
pub struct Models {
    /// Who is asked.
    pub provider: Arc<dyn Provider>,
    /// Which model stands behind which role.
    pub models: RoleModels,
}

/// What came of wanting to ask.
pub(super) enum Asked {
    /// An answer, whatever it is worth.
    Answered(Box<ChatOutcome>, Option<MicroUsd>),
    /// Nobody was reached; it is worth asking again, not before so many ms when that is known.
    Unreachable { reason: String, wait_ms: Option<u64> },
    /// The day's budget is reached: it is worth asking again on this day.
    Tomorrow { reason: String, day: Timestamp },
    /// There will be no answer to this question.
    Never { reason: String },
}

/// The question of a stage, with what decides who is asked.
pub(super) struct Question {
    pub(super) row: i64,
    pub(super) through: TurnIndex,
    pub(super) task: Task,
    pub(super) request: ChatRequest,
    pub(super) profile: Profile,
    pub(super) model: String,
    /// The same question has the same hash.
    pub(super) hash: String,
}

/// Asks models within budgets, and leaves those alone that keep failing.
pub(super) struct Asker {
    pub(super) models: Models,
    pub(super) profile: Profile,
    pub(super) budget: BudgetLimits,
    pub(super) breaker: BreakerSettings,
    breakers: Mutex<HashMap<String, Breaker>>,
    /// What calls under way may cost, by mission.
    reserved: Mutex<HashMap<i64, i64>>,
    calls_at_once: NonZeroUsize,
    /// The places in front of each model.
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Asker {
    pub(super) fn new(
        models: Models,
        profile: Profile,
        budget: BudgetLimits,
        breaker: BreakerSettings,
        calls_at_once: NonZeroUsize,
    ) -> Self {
        Self {
            models,
            profile,
            budget,
            breaker,
            breakers: Mutex::default(),
            reserved: Mutex::default(),
            calls_at_once,
            places: Mutex::default(),
        }
    }

    /// Makes a request a question: the profile as the budgets allow, the role that follows from it,
    /// and the model behind that.
    pub(super) fn question(
        &self,
        store: &Store,
        clock: &Clock,
        row: i64,
        through: TurnIndex,
        task: Task,
        mut request: ChatRequest,
    ) -> Result<Question, StoreError> {
        let profile = if self.budget.is_set() {
            self.budget.profile(self.profile, self.spent(store, clock, row)?)
        } else {
            self.profile
        };
        request.role = task.role(profile);
        let model = self.models.models.get(request.role).unwrap_or_default().to_owned();
        let hash = hash_of(&request, &model);
        Ok(Question { row, through, task, request, profile, model, hash })
    }

    /// Asks. Dropping the future cancels the call.
    pub(super) async fn ask(
        &self,
        store: &Store,
        clock: &Clock,
        question: &Question,
        prompt_version: Option<&str>,
    ) -> Result<Asked, StoreError> {
        // Before anything is looked at or measured: while it waits, the model may have gone away or the
        // budget been spent, and the time a server is given to answer begins with the call.
        let _place = self.place(&question.model).await;
        if let Err(wait_ms) = self.breaker_of(question).try_call(now_ms(clock)) {
            let reason = format!("{} keeps failing and is left alone for a while", question.model);
            return Ok(Asked::Unreachable { reason, wait_ms: Some(wait_ms) });
        }
        let mut call = Call { asker: self, clock, question, reserved: 0, is_settled: false };
        if let Err(over) = call.reserve(store)? {
            let reason = over.to_string();
            return Ok(match over {
                OverBudget::Reached { scope: spar_core::routing::Scope::Day, .. } => {
                    Asked::Tomorrow { reason, day: next_day(clock.now()) }
                }
                _ => Asked::Never { reason },
            });
        }
        let at = clock.now();
        let answer = self.models.provider.chat(&question.request, &mut |_: ChatDelta| {}).await;
        call.settle(answer.as_ref().err());
        let run = prompt_run(clock, question, prompt_version, at, self.models.provider.name());
        let (asked, run) = told(answer, run, question);
        let (row, at) = (question.row, clock.now());
        let answers = matches!(asked, Asked::Answered(..)).then(|| question.model.clone());
        // In a transaction of its own: the call was made, whoever gets to keep what it brought.
        store
            .write(move |tx| {
                tx.note_prompt_run(Some(row), &run)?;
                // What holds for this question holds for all that wait for the same model.
                answers.map_or(Ok(()), |model| tx.wake_stages_waiting_for(&model, at))
            })
            .await?;
        Ok(asked)
    }

    /// A place in front of a model, in the order of asking.
    async fn place(&self, model: &str) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let places = places.entry(model.to_owned());
            Arc::clone(places.or_insert_with(|| Arc::new(Semaphore::new(self.calls_at_once.get()))))
        };
        // Nobody closes it.
        places.acquire_owned().await.ok()
    }

    fn spent(&self, store: &Store, clock: &Clock, row: i64) -> Result<Spent, StoreError> {
        let spent = store.spent(row, day_of(clock.now()))?;
        let reserved = self.reserved();
        let mission = reserved.get(&row).copied().unwrap_or(0);
        let all: i64 = reserved.values().sum();
        Ok(Spent { mission: spent.mission + MicroUsd(mission), day: spent.day + MicroUsd(all) })
    }

    fn breaker_of(&self, question: &Question) -> BreakerGuard<'_> {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.entry(question.model.clone()).or_insert_with(|| Breaker::new(self.breaker));
        BreakerGuard { breakers, model: question.model.clone() }
    }

    fn reserved(&self) -> MutexGuard<'_, HashMap<i64, i64>> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model's breaker, for the moment.
struct BreakerGuard<'a> {
    breakers: MutexGuard<'a, HashMap<String, Breaker>>,
    model: String,
}

impl BreakerGuard<'_> {
    fn breaker(&mut self) -> Option<&mut Breaker> {
        self.breakers.get_mut(&self.model)
    }

    fn try_call(mut self, now: u64) -> Result<(), u64> {
        self.breaker().map_or(Ok(()), |breaker| breaker.try_call(now))
    }
}

/// A call under way. Dropping it half-way gives back what was reserved and lets the next one find
/// out how the model is.
struct Call<'a> {
    asker: &'a Asker,
    clock: &'a Clock,
    question: &'a Question,
    reserved: i64,
    is_settled: bool,
}

impl Call<'_> {
    fn reserve(&mut self, store: &Store) -> Result<Result<(), OverBudget>, StoreError> {
        let asker = self.asker;
        if !asker.budget.is_set() {
            return Ok(Ok(()));
        }
        let price = price_of(&self.question.model);
        let most = price.map(|price| most_of(&self.question.request, price));
        let row = self.question.row;
        let stored = store.spent(row, day_of(self.clock.now()))?;
        // Looked at and taken under one lock, so that two calls cannot both take the last of it.
        let mut reserved = asker.reserved();
        let all: i64 = reserved.values().sum();
        let mission = reserved.get(&row).copied().unwrap_or(0);
        let spent =
            Spent { mission: stored.mission + MicroUsd(mission), day: stored.day + MicroUsd(all) };
        if let Err(over) = asker.budget.check(spent, most) {
            return Ok(Err(over));
        }
        self.reserved = most.map_or(0, |most| most.0);
        *reserved.entry(row).or_default() += self.reserved;
        Ok(Ok(()))
    }

    /// The answer is in, or there will be none.
    fn settle(&mut self, error: Option<&ProviderError>) {
        self.is_settled = true;
        let now = now_ms(self.clock);
        let mut guard = self.asker.breaker_of(self.question);
        let Some(breaker) = guard.breaker() else { return };
        match error {
            Some(error) if error.is_transient() => breaker.failed(now),
            _ => breaker.succeeded(),
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.is_settled
            && let Some(breaker) = self.asker.breaker_of(self.question).breaker()
        {
            breaker.given_up(now_ms(self.clock));
        }
        let mut reserved = self.asker.reserved();
        if let Some(mission) = reserved.get_mut(&self.question.row) {
            *mission -= self.reserved;
            if *mission == 0 {
                reserved.remove(&self.question.row);
            }
        }
    }
}

/// What an answer means for the stage, and the line in the log of calls.
fn told(
    answer: Result<ChatOutcome, ProviderError>,
    run: PromptRun,
    question: &Question,
) -> (Asked, PromptRun) {
    match answer {
        Ok(outcome) => {
            let cost = price_of(&outcome.model)
                .or_else(|| price_of(&question.model))
                .and_then(|price| price.cost(&outcome.usage));
            let run = PromptRun {
                model: outcome.model.clone(),
                usage: outcome.usage,
                latency_ms: Some(outcome.total_ms),
                ttft_ms: outcome.ttft_ms,
                cost,
                status: "ok".to_owned(),
                ..run
            };
            (Asked::Answered(Box::new(outcome), cost), run)
        }
        Err(error) => {
            let reason = error.to_string();
            let run = PromptRun { status: "failed".to_owned(), error: Some(reason.clone()), ..run };
            (without_answer(error, reason), run)
        }
    }
}

fn without_answer(error: ProviderError, reason: String) -> Asked {
    match error {
        ProviderError::RateLimited { retry_after, .. } => Asked::Unreachable {
            reason,
            wait_ms: retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        },
        // A key or a name can be put right without playing the mission again.
        ProviderError::Unauthorized { .. } | ProviderError::UnknownModel { .. } => {
            Asked::Unreachable { reason, wait_ms: None }
        }
        error if error.is_transient() => Asked::Unreachable { reason, wait_ms: None },
        _ => Asked::Never { reason },
    }
}

fn prompt_run(
    clock: &Clock,
    question: &Question,
    prompt_version: Option<&str>,
    at: Timestamp,
    provider: &str,
) -> PromptRun {
    let id = uuid::Uuid::from_u128(u128::from_le_bytes(clock.entropy()));
    PromptRun {
        request_id: id.to_string(),
        turn: Some(question.through),
        task: question.task.name().to_owned(),
        role: question.request.role,
        provider: provider.to_owned(),
        model: question.model.clone(),
        prompt_hash: Some(question.hash.clone()),
        prompt_version: prompt_version.map(str::to_owned),
        rubric_version: None,
        usage: Usage::default(),
        latency_ms: Some(clock.now().since(at) as f64),
        ttft_ms: None,
        cost: None,
        status: String::new(),
        error: None,
        at,
    }
}

/// The first 16 hex digits of the SHA-256 of everything that is sent, and of who it is sent to.
fn hash_of(request: &ChatRequest, model: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(model.as_bytes());
    // A request is plain data: it cannot fail to be written.
    digest.update(serde_json::to_vec(request).unwrap_or_default());
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn now_ms(clock: &Clock) -> u64 {
    clock.monotonic_micros() / 1_000
}

/// The beginning of the day (UTC).
fn day_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(DAY) * DAY)
}

fn next_day(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(day_of(at).as_millis().saturating_add(DAY))
}
