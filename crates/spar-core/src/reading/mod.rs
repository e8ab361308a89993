//! What one line says, read here without a model: cues, safety, a score and how sure we are.

mod cue;
mod local;
mod types;

pub use cue::{Cue, CueName};
pub use local::{LineContext, OwnCue, Reader, ReaderSpec};
pub use types::{BoundaryRisk, CueEffect, CueHit, Delta, Deltas, LocalReading, MicroFlag, Safety};
