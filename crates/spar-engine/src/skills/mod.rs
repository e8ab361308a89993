//! Learning and measuring the skill models: reads labelled lines, trains, and says how good it is.
//! Everything that decides is `spar_core::learn` and `spar_core::reading::features`; here is the disk.

mod corpus;
mod evaluate;
mod train;

pub use corpus::{Corpus, CorpusError, Example, TASKS, Task, groups};
pub use evaluate::{Measured, Reference, ReferenceError, evaluate};
pub use train::{Settings, Trained, TrainedTask, train};
