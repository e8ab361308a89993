//! Scenarios: the file as written, the problems found in it, and the scenario as it is played.
//!
//! A text becomes a tree that knows its places (`yaml`), is put together with what it extends
//! (`compose`), checked against the schema of the file's structs (`check`, `schema`, `file`), and
//! resolved into a [`Scenario`] that is valid by construction (`resolve`). Every step reports all
//! it finds; none stops at the first problem.

mod builtin;
mod check;
mod compose;
mod conditions;
mod file;
mod generic;
mod imported;
mod label;
mod lines;
mod model;
mod problems;
mod read;
mod resolve;
mod schema;
mod script;
mod shape;
mod starter;
mod steps;
mod tree;
mod yaml;

pub use builtin::{BuiltIn, builtin, load_builtin};
pub use compose::Loader;
pub use imported::imported;
pub use model::{
    Category, Gate, ModelSettings, Objective, ObjectiveKind, Policy, ProgressRule, SafetyResponse,
    Scenario, Tone,
};
pub use problems::{Problem, Problems, nearest, visible};
pub use read::{parse_one, read};
pub use schema::{derived_schema, schema};
pub use script::{
    Branch, Check, CheckItem, LatencyCheck, Level, Playthroughs, ReplyCheck, SaveRule, Script,
    ScriptLine, Simulate, Step, VarSet,
};
pub use starter::{Answers, QUESTIONS, Question, from_answers, starter};
pub use yaml::{MAX_BYTES, decode};
