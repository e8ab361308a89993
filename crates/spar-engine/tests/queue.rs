//! The job queue: one binary, one module per concern.

#[path = "queue/support.rs"]
mod support;

#[path = "queue/conformance.rs"]
mod conformance;
#[path = "queue/workers.rs"]
mod workers;
