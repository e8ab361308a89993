//! Scenarios: the file as written, the problems found in it, and the scenario as it is played.

mod model;
mod script;

pub use model::{
    Category, Gate, ModelSettings, Objective, ObjectiveKind, Policy, ProgressRule, SafetyResponse,
    Scenario, Tone,
};
pub use script::{
    Branch, Check, CheckItem, LatencyCheck, Level, Playthroughs, ReplyCheck, SaveRule, Script,
    ScriptLine, Simulate, Step, VarSet,
};
