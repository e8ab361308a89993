//! The rules of a mission and their tables: mood, score, conditions, endings, rewards. Every figure
//! that someone may want to tune stands in one of these files, as data.

mod condition;
mod difficulty;
mod ending;
mod mood;
mod reward;
mod score;

pub use condition::{
    Comparison, ComparisonError, Condition, Facts, GateStatus, Gauge, Test, TierComparison,
};
pub use difficulty::{Difficulty, Dynamics, Knobs};
pub use ending::{Ending, Outcome};
pub use mood::{Modifier, ModifierKind, Mood, MoodVector, stability};
pub use reward::{Reward, RewardKind, RewardLimits, grants_for};
pub use score::{
    EventHint, Rarity, SHOWN_FROM, Tally, Tier, blend, boundary_cap, event_hint, is_shown,
    mission_score,
};
