//! What spar *does*: keeps missions in SQLite, talks to models, plays turns, runs scenarios
//! headlessly. It knows the clock, the disk and the network, and never a terminal.

pub mod bell;
pub mod clock;
pub mod config;

pub mod library;
pub mod provider;
pub mod skills;
pub mod store;

pub mod queue;

pub mod analyze;
pub mod play;

mod engine;

pub use engine::{Engine, Prepared, warm_up};
