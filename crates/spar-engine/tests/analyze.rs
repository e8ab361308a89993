//! The analysis of missions, from the job a turn leaves to the report.

#[path = "analyze/support.rs"]
mod support;

#[path = "analyze/interruptions.rs"]
mod interruptions;
#[path = "analyze/locked.rs"]
mod locked;
#[path = "analyze/memory.rs"]
mod memory;
#[path = "analyze/models.rs"]
mod models;
#[path = "analyze/passes.rs"]
mod passes;
#[path = "analyze/reports.rs"]
mod reports;
