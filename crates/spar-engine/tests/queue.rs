//! The job queue: one binary, one module per concern.

#[path = "queue/support.rs"]
mod support;

#[path = "queue/follow_up.rs"]
mod follow_up;
#[path = "queue/model.rs"]
mod model;

#[path = "queue/conformance.rs"]
mod conformance;
// It needs to be told one start of the machine from another.
#[cfg(target_os = "linux")]
#[path = "queue/power.rs"]
mod power;
#[cfg(unix)]
#[path = "queue/processes.rs"]
mod processes;
#[path = "queue/property.rs"]
mod property;
#[path = "queue/threads.rs"]
mod threads;
#[path = "queue/together.rs"]
mod together;
#[path = "queue/workers.rs"]
mod workers;
