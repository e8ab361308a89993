//! What all prompted stages share: the request they make and the way their answers are read.

mod answer;
mod ask;
mod repair;
mod schema;

pub(super) use answer::{Answer, Fields};
pub(super) use ask::{Material, Prompt};
pub(super) use schema::{list, object, text, turn, within, word};
