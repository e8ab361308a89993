//! What one line says, read here without a model: cues, safety, a score and how sure we are.
//!
//! From the bottom up: the vocabulary and the parts of a reading; `shape` and `matcher`, which
//! know words but no meanings; the word lists of `lexicon`; `scan`, which applies them to a
//! line; `question`, `echo`, `uptake`, `legible` and `own`, each for one kind of evidence, and `focus`,
//! which finds what a line asks for by its form alone, as `answer` finds lines that are only a yes or a
//! no; `notice`, which gathers the evidence into cues; `weights` and `score`, which judge; `reason`, which
//! says why; and `local`, the door. `features` reads a line as numbers for the learnt skills, from the
//! same evidence.

mod cue;
mod types;

mod matcher;
mod shape;

mod lexicon;
mod scan;

mod answer;
mod echo;
mod focus;
mod legible;
mod own;
mod question;
mod uptake;

mod boundary;
mod notice;
mod reason;
mod score;
mod weights;

mod describe;
mod local;

pub mod features;

mod conversation;
mod skill;
mod skill_reader;

#[cfg(test)]
mod tests;

pub use answer::ShortAnswer;
pub use conversation::{ConversationSkill, over_lines};
pub use cue::{Cue, CueName};
pub use describe::scoring_markdown;
pub(crate) use echo::stem;
pub use features::{Features, Said, Side};
pub use focus::{
    Asked, Focus, Hold, Topic, content_words, is_kind_of_answer, leans_on_before, names_question,
    shares_words, stands_for_subject, stated, telling_words, tells_something,
};
pub use local::{LineContext, OwnCue, Reader, ReaderSpec};
pub use skill::{Skill, SkillScore, SkillScores};
pub use skill_reader::{FACETS, Facet, SkillReader, SkillsRead};
pub use types::{BoundaryRisk, CueEffect, CueHit, Delta, Deltas, LocalReading, MicroFlag, Safety};
