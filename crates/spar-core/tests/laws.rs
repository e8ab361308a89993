//! Laws of a mission, tried on made-up missions: what must hold whatever is said, read or answered.

#[path = "laws/moves.rs"]
mod moves;
mod support;

#[path = "laws/fold.rs"]
mod fold;
#[path = "laws/memory.rs"]
mod memory;
#[path = "laws/mood.rs"]
mod mood;
#[path = "laws/persona.rs"]
mod persona;
#[path = "laws/reply.rs"]
mod reply;
#[path = "laws/rules.rs"]
mod rules;
