//! A mission: events, the fold over them, and one turn as pure steps.

mod event;

pub use event::{
    MissionEvent, PersonaLine, Problem, ReadingSource, StrikeCause, Timings, TurnReading,
};
