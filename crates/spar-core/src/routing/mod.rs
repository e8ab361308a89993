//! Which model, and what it costs. Pure: time is an argument wherever it matters.

mod price;
mod task;

pub use price::{PRICES_AS_OF, Price, price_of};
pub use task::{Profile, Task, UnknownProfile};
