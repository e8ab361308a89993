//! What spar *decides*: how a line is read, what it does to the persona's mood and the score,
//! which gates open, when a mission ends, and what the persona answers offline.
//!
//! Invariants, each kept by a test or a lint:
//! - Nothing here reads a clock, a disk, a socket or the environment; time and chance are arguments.
//! - A mission changes only by mission events, and its state is a fold over them.
//! - Input that can be wrong yields problems beside the part that was right; it never panics.
//!
//! Modules are listed in the order that reads best, lowest floor first.

pub mod ids;
pub mod units;

pub mod chat;
pub mod language;
pub mod learn;
pub mod transcript;

pub mod job;
pub mod reading;
pub mod routing;
pub mod rules;

pub mod persona;
pub mod rate;

pub mod scenario;

pub mod mission;

pub mod analysis;

pub mod report;
