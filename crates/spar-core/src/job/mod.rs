//! Jobs: work that happens behind the chat. This floor names the work and says in which order its
//! parts depend on each other; the engine keeps and runs it.

mod deep_analysis;
mod kind;
pub mod policy;
mod stage;

pub use deep_analysis::{DeepAnalysis, FastTags, is_due};
pub use kind::{JobKind, priority};
pub use stage::{Need, Stage, Wave};
