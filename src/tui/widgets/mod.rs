//! Parts of screens that are used by more than one, or that are something of their own.

pub(crate) mod composer;
pub(crate) mod footer;
pub(crate) mod meter;
pub(crate) mod panel;
