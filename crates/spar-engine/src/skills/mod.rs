//! Skill models and the weights of evidence, where they meet files: reads labelled lines, trains, says
//! how good the models are, and reads the weights again when their file changes. Everything that
//! decides is in `spar_core`.

mod corpus;
mod evaluate;
mod ship;
mod train;
mod weights;

pub use corpus::{Corpus, CorpusError, Example, TASKS, Task, groups};
pub use evaluate::{Measured, Reference, ReferenceError, evaluate};
pub use ship::{ShipError, Shipped, ship};
pub use train::{Settings, Trained, TrainedTask, train};
pub use weights::{FusionWeights, WeightsError};
