//! The persona: who they are, and what they say when no model is there.

mod carried;
mod close;
mod cover;
mod memory;
mod offline;
mod profile;
mod rank;

pub(crate) use memory::EARLY;
pub use memory::PersonaMemory;
pub use offline::{
    AsksFor, Closings, OfflineLine, OfflineScript, ReplyBlock, Slot, Spoken, Unknown, UsedLines,
};
pub use profile::{Persona, Secret, Style, StyleIntensity, StyleKey};
