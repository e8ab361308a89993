//! The store against real files: one binary, one module per concern.

#[path = "store/support.rs"]
mod support;

#[path = "store/concurrency.rs"]
mod concurrency;
#[path = "store/faults.rs"]
mod faults;
#[path = "store/jobs.rs"]
mod jobs;
#[path = "store/missions.rs"]
mod missions;
#[path = "store/privacy.rs"]
mod privacy;
#[path = "store/processes.rs"]
mod processes;
#[path = "store/round_trip.rs"]
mod round_trip;
#[path = "store/schema.rs"]
mod schema;
