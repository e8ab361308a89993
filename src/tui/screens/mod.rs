//! The screens: each with its state, what keys do in it, and how it is drawn.

pub(crate) mod briefing;
pub(crate) mod chat;
pub(crate) mod library;
pub(crate) mod overlay;
pub(crate) mod report_page;
pub(crate) mod summary;
