//! A budget in front of a provider: the most a call can cost is reserved before it is sent, so that
//! the cap is never overshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use spar_core::chat::{ChatOutcome, ChatRequest, Role};
use spar_core::routing::Price;
use spar_core::units::{MicroUsd, Tokens};

use super::{Answer, DeltaSink, Provider, ProviderError};

/// Output tokens reserved for a request that sets no limit of its own.
const UNLIMITED_OUTPUT: Tokens = 4_096;

/// Money that may be spent, shared by everybody who spends it.
#[derive(Debug)]
pub struct Budget {
    limit: MicroUsd,
    /// Spent, and reserved by calls under way.
    taken: AtomicI64,
}

impl Budget {
    /// A budget of which nothing is spent yet.
    #[must_use]
    pub fn new(limit: MicroUsd) -> Self {
        Self { limit, taken: AtomicI64::new(0) }
    }

    /// Spent, and reserved by calls under way.
    #[must_use]
    pub fn taken(&self) -> MicroUsd {
        MicroUsd(self.taken.load(Ordering::Relaxed))
    }

    fn reserve(&self, amount: MicroUsd) -> Result<(), ProviderError> {
        let fits = |taken: i64| {
            let after = taken.saturating_add(amount.0);
            (after <= self.limit.0).then_some(after)
        };
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map(|_| ()).map_err(
            |taken| ProviderError::Budget {
                budget: self.limit.as_dollars(),
                spent: MicroUsd(taken).as_dollars(),
            },
        )
    }

    fn give_back(&self, amount: i64) {
        self.taken.fetch_sub(amount, Ordering::Relaxed);
    }
}

/// A provider that asks the budget first.
pub struct BudgetedProvider {
    inner: Arc<dyn Provider>,
    budget: Arc<Budget>,
    prices: Prices,
}

/// What a call for a role costs; `None` when the price of its model is not known.
pub type Prices = Arc<dyn Fn(Role) -> Option<Price> + Send + Sync>;

impl BudgetedProvider {
    /// Puts the budget in front of a provider whose calls cost this.
    #[must_use]
    pub fn new(inner: Arc<dyn Provider>, budget: Arc<Budget>, prices: Prices) -> Self {
        Self { inner, budget, prices }
    }
}

/// The most a call can cost. A token is never less than a byte, so the bytes of the prompt bound its
/// tokens from above; each message costs a few more for its frame.
pub(crate) fn most_of(request: &ChatRequest, price: Price) -> MicroUsd {
    let prompt: usize =
        request.messages.iter().map(|message| message.content.len() + 16).sum::<usize>()
            + request.schema.as_ref().map_or(0, |schema| schema.schema.text().len());
    let output = request.sampling.max_tokens.unwrap_or(UNLIMITED_OUTPUT);
    price.at_most(prompt as i64, i64::from(output))
}

/// Gives back what was reserved and not spent, also when the call is dropped half-way.
struct Reservation<'a> {
    budget: &'a Budget,
    unspent: i64,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.budget.give_back(self.unspent);
    }
}

impl Provider for BudgetedProvider {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(async move {
            let Some(price) = (self.prices)(request.role) else {
                return Err(ProviderError::Config(format!(
                    "there is no price for the model of role {}, so the budget cannot be kept",
                    request.role.name()
                )));
            };
            let most = most_of(request, price);
            self.budget.reserve(most)?;
            // A call that breaks off or is dropped may have been billed: what was reserved stays
            // spent unless the server said what it cost, or never took the request.
            let mut reservation = Reservation { budget: &self.budget, unspent: 0 };
            let answer: Result<ChatOutcome, _> = self.inner.chat(request, sink).await;
            match &answer {
                Ok(outcome) => {
                    if let Some(cost) = price.cost(&outcome.usage) {
                        // More than was reserved is booked as well.
                        reservation.unspent = most.0 - cost.0;
                    }
                }
                Err(error) if was_refused(error) => reservation.unspent = most.0,
                Err(_) => {}
            }
            answer
        })
    }
}

/// Whether the server never took the request, so that nothing can be owed for it.
fn was_refused(error: &ProviderError) -> bool {
    matches!(
        error,
        ProviderError::Connect { .. }
            | ProviderError::Unauthorized { .. }
            | ProviderError::UnknownModel { .. }
            | ProviderError::RateLimited { .. }
            | ProviderError::Config(_)
            | ProviderError::Unmatched { .. }
    )
}

#[cfg(test)]
mod tests {
    use spar_core::chat::{ChatMessage, ChatRole, Sampling, Usage};

    use super::*;
    use crate::provider::{ScriptedAnswer, ScriptedProvider};

    fn request() -> ChatRequest {
        ChatRequest {
            task: "chat_turn".to_owned(),
            role: Role::Mini,
            messages: vec![ChatMessage::new(ChatRole::User, "x".repeat(84))],
            schema: None,
            sampling: Sampling { max_tokens: Some(100), ..Sampling::default() },
            background: false,
            offline: None,
        }
    }

    #[tokio::test]
    async fn the_cap_is_never_overshot() {
        // 100 prompt tokens at most and 100 generated, a micro-dollar each: 200 reserved.
        let price = Price { input: 1_000_000, cached_input: 1_000_000, output: 1_000_000 };
        let inner = Arc::new(ScriptedProvider::new([
            ScriptedAnswer::text("one"),
            ScriptedAnswer::text("two"),
            ScriptedAnswer::text("three"),
        ]));
        let budget = Arc::new(Budget::new(MicroUsd(400)));
        let provider =
            BudgetedProvider::new(inner.clone(), budget.clone(), Arc::new(move |_| Some(price)));
        for _ in 0..2 {
            provider.chat(&request(), &mut |_| {}).await.expect("within the budget");
        }
        let error = provider.chat(&request(), &mut |_| {}).await.expect_err("over it");
        assert!(matches!(error, ProviderError::Budget { .. }), "{error}");
        assert!(budget.taken().0 <= 400);
        assert_eq!(inner.asked().len(), 2, "nothing was sent over the budget");
    }

    #[tokio::test]
    async fn a_refused_call_costs_nothing() {
        let price = Price { input: 1_000_000, cached_input: 0, output: 1_000_000 };
        let refused = ProviderError::Connect { url: "here".to_owned(), reason: "no".to_owned() };
        let inner = Arc::new(ScriptedProvider::new([ScriptedAnswer::error(refused)]));
        let budget = Arc::new(Budget::new(MicroUsd(400)));
        let provider = BudgetedProvider::new(inner, budget.clone(), Arc::new(move |_| Some(price)));
        provider.chat(&request(), &mut |_| {}).await.expect_err("refused");
        assert_eq!(budget.taken(), MicroUsd(0));
    }

    #[test]
    fn what_is_not_spent_is_given_back() {
        let price = Price { input: 1_000_000, cached_input: 0, output: 1_000_000 };
        let usage = Usage { input: Some(10), output: Some(5), ..Usage::default() };
        assert_eq!(price.cost(&usage), Some(MicroUsd(15)));
        let budget = Budget::new(MicroUsd(100));
        budget.reserve(MicroUsd(60)).expect("fits");
        drop(Reservation { budget: &budget, unspent: 45 });
        assert_eq!(budget.taken(), MicroUsd(15));
    }
}
