//! Which model, what it costs, and when it is left alone. Pure: time is an argument wherever it
//! matters.

mod breaker;
mod budget;
mod price;
mod task;

pub use breaker::{Breaker, BreakerSettings};
pub use budget::{BudgetLimits, OverBudget, Scope, Spent};
pub use price::{PRICES_AS_OF, Price, price_of};
pub use task::{Profile, Task, UnknownProfile};
