//! The terminal screen: `update(&mut App, Message) -> Vec<Effect>` and `view(&App, &mut Frame)`,
//! and a runtime that turns what happens into messages and performs effects.
//!
//! Neither `update` nor `view` does I/O or waits; only the runtime knows the terminal, and only the
//! driver knows the engine. [`plain()`] is the same mission without a screen.

mod app;
mod backend;
mod driver;
mod effect;
mod error;
mod glyphs;
mod keep;
mod keymap;
mod message;
mod plain;
mod runtime;
mod screens;
mod session;
mod signals;
mod terminal;
mod text;
mod theme;
mod update;
mod view;
mod widgets;

#[cfg(test)]
mod tests;

pub(crate) use plain::run as plain;
pub(crate) use runtime::run;
pub(crate) use session::{Session, Start};
