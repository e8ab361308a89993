//! The store against real files: one binary, one module per concern.

#[path = "store/support.rs"]
mod support;

#[path = "store/missions.rs"]
mod missions;
