//! Words of a line, and phrases to find in them. Everything is lower case, with straight
//! apostrophes, so that `Won’t` and `won't` are one word.

mod clean;
mod line;
mod phrase;
mod quote;
mod repeats;

pub use clean::clean;
pub(crate) use clean::is_unsafe;
pub use line::Line;
pub use phrase::{Phrase, PhraseError};
pub use quote::quote;
pub(crate) use repeats::{circles_from, without_repeats};
