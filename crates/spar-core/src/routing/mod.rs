//! Which model, and what it costs. Pure: time is an argument wherever it matters.

mod price;

pub use price::{PRICES_AS_OF, Price, price_of};
