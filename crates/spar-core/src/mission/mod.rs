//! A mission: events, the fold over them, and one turn as pure steps.

pub mod checks;
mod event;
pub mod import;
pub mod prompt;
pub mod reply;
mod safety;
mod script_run;
mod state;
pub mod turn;
mod view;

pub use event::{
    MissionEvent, PersonaLine, Problem, ReadingSource, StrikeCause, Timings, TurnReading,
};
pub use safety::{CrisisHelp, crisis_help};
pub use script_run::{NextLine, ScriptRun, simulated_line};
pub use state::{Dynamic, GateState, Mission, MissionState, Phase, SpokenTurn, Strikes};
pub use view::{TurnResponse, turn_response};
