//! The course of a mission: smoothed score, mood, what state each turn was in, and the arcs they
//! make together.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompted::{self, Fields, Material, Prompt};
use super::{Context, StageOutput};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::routing::Task;
use crate::rules::Mood;
use crate::units::Score;

/// Arcs a model may name; more of them is no reading.
const MOST_ARCS: usize = 8;
/// Longest vibe and summary, in characters.
const LONGEST_VIBE: usize = 60;
const LONGEST_SUMMARY: usize = 600;

/// The course of score and mood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MoodTimeline {
    /// One a turn that was read, in order.
    pub points: Vec<MoodPoint>,
    /// Stretches that belong together, in order, not overlapping.
    pub arcs: Vec<MoodArc>,
    /// The mood of the whole in a word or two, e.g. "tense, then warm".
    pub vibe: String,
    /// What happened to the mood, in two or three sentences.
    pub summary: String,
}

/// One turn of the course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MoodPoint {
    /// Which turn.
    pub turn: TurnIndex,
    /// The line's score, when it was sure enough to count.
    pub score: Option<Score>,
    /// Exponentially smoothed score, weight 0.35 for the newest.
    pub smoothed: Score,
    /// How the persona felt after it.
    pub mood: Mood,
    /// Positivity after it, 0–100.
    pub positivity: Score,
    /// Tension after it, 0–100.
    pub tension: Score,
    /// Comfort after it, 0–100.
    pub comfort: Score,
    /// Mean of positivity and comfort, 0–100.
    pub warmth: Score,
    /// How smoothly it went, 0–100.
    pub flow: Score,
    /// The state in a word.
    pub state: FlowState,
}

/// The state of a conversation at a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowState {
    /// Good lines, little tension.
    Flow,
    /// Tension stands in the way.
    Tense,
    /// The persona has come closer.
    Warm,
    /// The persona has withdrawn.
    Cold,
    /// None of these.
    #[default]
    Neutral,
}

/// A stretch of turns with a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoodArc {
    /// Which.
    pub kind: ArcKind,
    /// Its first turn.
    pub from: TurnIndex,
    /// Its last turn.
    pub to: TurnIndex,
}

/// Directions a stretch can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArcKind {
    /// Warmth rises.
    RisingWarmth,
    /// Warmth falls.
    CoolDown,
    /// Tension jumps while the persona tests, and comes down again.
    TestingSpike,
    /// Score and mood come back after a drop.
    Recovery,
    /// Tension builds up.
    TensionBuild,
    /// Nothing much moves.
    Stable,
}

impl ArcKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::RisingWarmth,
        Self::CoolDown,
        Self::TestingSpike,
        Self::Recovery,
        Self::TensionBuild,
        Self::Stable,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RisingWarmth => "rising_warmth",
            Self::CoolDown => "cool_down",
            Self::TestingSpike => "testing_spike",
            Self::Recovery => "recovery",
            Self::TensionBuild => "tension_build",
            Self::Stable => "stable",
        }
    }

    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::RisingWarmth => "rising warmth",
            Self::CoolDown => "cooling down",
            Self::TestingSpike => "a testing spike",
            Self::Recovery => "recovery",
            Self::TensionBuild => "tension building",
            Self::Stable => "steady",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The course, from the fold alone.
#[must_use]
pub fn offline(_context: &Context<'_>) -> MoodTimeline {
    MoodTimeline::default()
}

/// What a model is asked for: words and the reading of the arcs, never numbers.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::MoodAnalysis,
    system: include_str!("../../prompts/mood_timeline.md"),
    max_tokens: 500,
    schema,
};

fn schema() -> Value {
    let arc = prompted::object(&[
        ("kind", prompted::word(&ArcKind::ALL.map(ArcKind::name))),
        ("from", prompted::turn()),
        ("to", prompted::turn()),
    ]);
    prompted::object(&[
        ("vibe", prompted::text("one to five words")),
        ("summary", prompted::text("two or three sentences")),
        ("arcs", prompted::list(&arc, MOST_ARCS)),
    ])
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let before = match context.previous {
        Some(StageOutput::MoodTimeline(earlier)) => {
            Some(format!("Vibe: {}. {}", earlier.vibe, earlier.summary))
        }
        _ => None,
    };
    PROMPT.request(context, &Material { found: Vec::new(), before })
}

/// What a model's answer means: its words and its arcs, with the numbers of the offline form.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> MoodTimeline {
    let mut timeline = offline(context);
    if let Some(vibe) = fields.text("vibe", LONGEST_VIBE) {
        timeline.vibe = vibe.trim_end_matches('.').to_owned();
    }
    if let Some(summary) = fields.text("summary", LONGEST_SUMMARY) {
        timeline.summary = summary;
    }
    if let Some(arcs) = arcs(context, fields) {
        timeline.arcs = arcs;
    }
    timeline
}

/// The arcs of an answer, when each of them can be used; half a reading is worse than the other.
fn arcs(context: &Context<'_>, fields: &Fields<'_>) -> Option<Vec<MoodArc>> {
    let mut arcs: Vec<MoodArc> = Vec::new();
    for item in fields.items("arcs", MOST_ARCS)? {
        let kind = item.word("kind", ArcKind::from_name)?;
        let (from, to) = (item.turn("from", context)?, item.turn("to", context)?);
        if from > to || arcs.last().is_some_and(|last| from <= last.to) {
            item.complain("from", "the arcs are not in order; those of the offline form stand");
            return None;
        }
        arcs.push(MoodArc { kind, from, to });
    }
    Some(arcs)
}
