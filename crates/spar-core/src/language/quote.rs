//! A short piece of what somebody said, fit to be given back.

use super::Line;

/// Three to eight words of the line that stand on their own; `None` when nothing good is there.
#[must_use]
pub fn quote(_line: &Line) -> Option<String> {
    None
}
