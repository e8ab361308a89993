//! What the persona will remember next time.

use super::Context;
pub use crate::persona::PersonaMemory;

/// The memory, from how it ended and what stood out.
#[must_use]
pub fn offline(_context: &Context<'_>) -> PersonaMemory {
    PersonaMemory::default()
}
