//! The persona: who they are, and what they say when no model is there.

mod memory;
mod offline;
mod profile;

pub use memory::PersonaMemory;
pub use offline::{Closings, OfflineLine, OfflineScript, ReplyBlock, Slot, Spoken, UsedLines};
pub use profile::{Persona, Secret, Style, StyleIntensity, StyleKey};
