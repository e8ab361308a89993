//! What analyzers make of a mission, behind the chat and at its end. Each stage has a file: a
//! computed one is a function of its [`Context`]; a prompted one has `request` and `interpret` as
//! well, and its `offline` form stands in when there is no model, or for the fields that a model got
//! wrong. Nothing here asks a model, reads a clock or stores a row: one runner in the engine does,
//! for all of them.

mod better;
mod context;
mod cues;
mod habits;
mod moments;
mod output;
mod prompted;
mod seen;
mod tips;
mod words;
mod work;

pub mod breakthroughs;
pub mod category_stats;
pub mod coaching;
pub mod gates;
pub mod insights;
pub mod layers;
pub mod mood_timeline;
pub mod patterns;
pub mod persona_memory;
pub mod prose;
pub mod skills;
pub mod speakers;
pub mod summary;
pub mod synergy;
pub mod topics;
pub mod traits;
pub mod turn_impact;

pub use context::{CategoryTotals, Context, History, PastMission};
pub use output::{Results, StageOutput};
pub use work::{interpret, offline, prompt_version, request, task};
