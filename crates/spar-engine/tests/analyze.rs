//! The analysis of missions, from the job a turn leaves to the report.

#[path = "analyze/support.rs"]
mod support;

#[path = "analyze/models.rs"]
mod models;
#[path = "analyze/passes.rs"]
mod passes;
