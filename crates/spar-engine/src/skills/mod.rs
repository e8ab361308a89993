//! Skill models and the weights of evidence, where they meet files.

mod weights;

pub use weights::{FusionWeights, WeightsError};
