//! The report itself. This is the public JSON of `spar report --json`: its schema is published, and
//! a change that takes something away gets a new version.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{Freshness, GenerationMetadata, TaskCost};
use crate::analysis::breakthroughs::Breakthroughs;
use crate::analysis::category_stats::CategoryStats;
use crate::analysis::coaching::Coaching;
use crate::analysis::gates::FinalGates;
use crate::analysis::insights::Insights;
use crate::analysis::layers::Layers;
use crate::analysis::mood_timeline::MoodTimeline;
use crate::analysis::patterns::Patterns;
use crate::analysis::persona_memory::PersonaMemory;
use crate::analysis::prose::Prose;
use crate::analysis::skills::Skills;
use crate::analysis::summary::ActionSummary;
use crate::analysis::synergy::Synergies;
use crate::analysis::topics::Topics;
use crate::analysis::traits::Traits;
use crate::analysis::turn_impact::TurnImpacts;
use crate::ids::{MissionId, SessionId, TurnIndex};
use crate::mission::{Problem, ReadingSource};
use crate::reading::{BoundaryRisk, MicroFlag};
use crate::rules::{Difficulty, Ending, Mood, MoodVector, Outcome, Rarity, Tier};
use crate::scenario::{Category, Tone};
use crate::units::{MicroUsd, Score, Timestamp};

/// A report of one mission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Always `spar-report`.
    pub format: Format,
    /// Of the format: 1. Fields may be added to a version, never taken away.
    pub version: u32,
    /// Which mission this is about.
    pub mission: MissionHead,
    /// How it ended.
    pub verdict: Verdict,
    /// How much of the analysis is there and up to date, percent.
    pub completion_percent: u32,
    /// The mission in a few words.
    pub summary: Section<ActionSummary>,
    /// What the scores are made of.
    pub breakdown: Section<Breakdown>,
    /// What was earned. Left out of missions whose subject is grave.
    pub rewards: Section<Rewards>,
    /// How the persona felt.
    pub mood: Section<MoodSummary>,
    /// The course of score and mood, with arcs.
    pub timeline: Section<MoodTimeline>,
    /// The gates, with what the open ones lacked.
    pub gates: Section<FinalGates>,
    /// Cards worth reading first.
    pub insights: Section<Insights>,
    /// What each line did, and the lines to look at.
    pub impact: Section<TurnImpacts>,
    /// How the person talked.
    pub traits: Section<Traits>,
    /// Five layers of skill.
    pub layers: Section<Layers>,
    /// Moments that changed something.
    pub breakthroughs: Section<Breakthroughs>,
    /// Habits, and moments that took hold.
    pub patterns: Section<Patterns>,
    /// What it was about, what was agreed, by which technique.
    pub topics: Section<Topics>,
    /// What to make of it.
    pub coaching: Section<Coaching>,
    /// The story.
    pub prose: Section<Prose>,
    /// Skills with confidence and evidence.
    pub skills: Section<Skills>,
    /// Assessments of how far a person has come.
    pub assessments: Section<Unstudied>,
    /// How traits go together over missions.
    pub synergy: Section<Synergies>,
    /// How this walk of life goes.
    pub category: Section<CategoryStats>,
    /// What the persona will remember.
    pub memory: Section<PersonaMemory>,
    /// Against the latest mission of the same scenario before it.
    pub difference: Section<Difference>,
    /// What models cost.
    pub costs: Section<Costs>,
    /// How long answers took.
    pub latencies: Section<Latencies>,
    /// Turns that went wrong technically.
    pub troubles: Section<Vec<Trouble>>,
    /// Everything that was said.
    pub transcript: Section<Vec<TurnLine>>,
}

impl Report {
    /// How each part that an analysis makes stands, in the order of the report.
    #[must_use]
    pub fn standings(&self) -> [&Freshness; 16] {
        [
            &self.summary.freshness,
            &self.timeline.freshness,
            &self.gates.freshness,
            &self.insights.freshness,
            &self.impact.freshness,
            &self.traits.freshness,
            &self.layers.freshness,
            &self.breakthroughs.freshness,
            &self.patterns.freshness,
            &self.topics.freshness,
            &self.coaching.freshness,
            &self.prose.freshness,
            &self.skills.freshness,
            &self.synergy.freshness,
            &self.category.freshness,
            &self.memory.freshness,
        ]
    }

    /// The report without what differs between two analyses of one mission, or between two plays
    /// that went the same way: ids, times of day, durations, versions of results and what the
    /// analysis cost.
    #[must_use]
    pub fn stable(mut self) -> Self {
        let head = &mut self.mission;
        (head.mission_id, head.session_id, head.run) = (None, None, None);
        (head.started_at, head.ended_at, head.duration_ms) = (None, None, None);
        if let Some(difference) = &mut self.difference.content {
            (difference.mission_id, difference.ended_at) = (None, None);
        }
        self.costs.leave_out();
        self.latencies.leave_out();
        self.summary.forget_the_making();
        self.timeline.forget_the_making();
        self.gates.forget_the_making();
        self.insights.forget_the_making();
        self.impact.forget_the_making();
        self.traits.forget_the_making();
        self.layers.forget_the_making();
        self.breakthroughs.forget_the_making();
        self.patterns.forget_the_making();
        self.topics.forget_the_making();
        self.coaching.forget_the_making();
        self.prose.forget_the_making();
        self.skills.forget_the_making();
        self.synergy.forget_the_making();
        self.category.forget_the_making();
        self.memory.forget_the_making();
        self
    }
}

impl<T> Section<T> {
    /// What follows from the events alone is always up to date.
    pub(super) fn of_the_events(content: T) -> Self {
        Self { freshness: Freshness::Fresh, note: None, made: None, content: Some(content) }
    }

    /// A section that has nothing to say, and why.
    pub(super) fn empty(freshness: Freshness, note: &str) -> Self {
        Self { freshness, note: Some(note.to_owned()), made: None, content: None }
    }

    fn leave_out(&mut self) {
        self.content = None;
        self.note = Some("left out of the stable form".to_owned());
    }

    /// Keeps what was found and who found it, not when, how fast and for how much.
    fn forget_the_making(&mut self) {
        if let Some(made) = &mut self.made {
            (made.duration_ms, made.cost, made.version) = (None, None, None);
        }
    }
}

/// The name of the format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Format {
    /// A report.
    #[default]
    #[serde(rename = "spar-report")]
    SparReport,
}

/// A part of a report: what there is of it, and how far it can be relied on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section<T> {
    /// Whether it is up to date.
    pub freshness: Freshness,
    /// Why it is missing, old or incomplete, in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How an analyzer made it; missing where it follows from the mission's events alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<GenerationMetadata>,
    /// What there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<T>,
}

/// Which mission a report is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissionHead {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mission_id: Option<MissionId>,
    /// The sitting it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The scenario's id.
    pub scenario_id: String,
    /// The scenario's title.
    pub title: String,
    /// What the person wanted, in a line.
    pub objective: String,
    /// The other person.
    pub persona: String,
    /// Who they are to the person.
    pub persona_role: String,
    /// Walk of life.
    pub category: Category,
    /// What feedback fits the subject.
    pub tone: Tone,
    /// How hard it was.
    pub difficulty: Difficulty,
    /// BCP 47 tag.
    pub language: String,
    /// Who answered for the persona.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// The seed of everything that was chosen. A text, because JSON numbers are not that long.
    pub seed: String,
    /// The headless run it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Whether it was brought in as a transcript rather than played.
    pub imported: bool,
    /// When it began, ms since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended, ms since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// From the first event to the last, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Turns that were taken, those that were taken back not counted.
    pub turns: u32,
}

/// How a mission ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Which way it counts; missing while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Which of the twelve endings; missing while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// For a person to read.
    pub in_words: String,
    /// The mission's score: the mean, at most 59 when it failed. Missing when nothing was scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// The mean of the scored turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<Score>,
    /// How far the objective came, 0–100.
    pub progress: Score,
    /// Strikes given.
    pub strikes: u32,
}

/// What the scores are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// Turns that were scored.
    pub scored: u32,
    /// Turns that were not: taken back, paused, or in a language that is not read.
    pub unscored: u32,
    /// Scored turns of each tier, best first.
    pub tiers: Vec<TierCount>,
    /// Who read the lines, most frequent first.
    pub sources: Vec<SourceCount>,
    /// Mean of what the local reader alone said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_mean: Option<Score>,
    /// Mean of what the model alone said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_mean: Option<Score>,
    /// Turns that went over a line.
    pub boundary_problems: u32,
    /// The longest row of turns at B or better.
    pub longest_momentum: u32,
    /// The longest row of turns without a boundary problem.
    pub longest_safe: u32,
    /// Remarks on the manner of lines and how many turns had them, most frequent first.
    pub flags: Vec<FlagCount>,
}

/// How many turns were of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierCount {
    /// Which.
    pub tier: Tier,
    /// How many.
    pub turns: u32,
}

/// How many turns were read by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceCount {
    /// Who.
    pub source: ReadingSource,
    /// How many.
    pub turns: u32,
}

/// How many turns had a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagCount {
    /// Which.
    pub flag: MicroFlag,
    /// How many.
    pub turns: u32,
}

/// What was earned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rewards {
    /// Experience.
    pub xp: u32,
    /// Coins.
    pub coins: u32,
    /// Gems.
    pub gems: u32,
    /// The most XP this mission could give.
    pub xp_limit: u32,
    /// The most coins this mission could give.
    pub coin_limit: u32,
    /// Turns of rare tiers.
    pub rare: u32,
    /// Turns of epic tiers.
    pub epic: u32,
}

/// How the persona felt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoodSummary {
    /// Before the first line.
    pub start: Mood,
    /// Before the first line, in numbers.
    pub start_vector: MoodVector,
    /// After the last one.
    pub end: Mood,
    /// After the last one, in numbers.
    pub end_vector: MoodVector,
    /// The strongest tension, and the turn after which it was felt; 0 for the start.
    pub peak_tension: Peak,
    /// Turns after which each mood was felt, most frequent first.
    pub moods: Vec<MoodCount>,
}

/// A highest value and where it was reached first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Peak {
    /// 0–100.
    pub value: Score,
    /// After which turn; 0 is before the first.
    pub turn: TurnIndex,
}

/// How many turns left a mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoodCount {
    /// Which.
    pub mood: Mood,
    /// How many.
    pub turns: u32,
}

/// Nothing of this kind is studied yet, so that there is no value of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unstudied {}

impl JsonSchema for Unstudied {
    fn schema_name() -> Cow<'static, str> {
        "Unstudied".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Not studied yet: there is no value of it.", "not": {} })
    }
}

/// This mission against the one before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The other mission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mission_id: Option<MissionId>,
    /// When it ended, ms since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub ending: Ending,
    /// The score, when both have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Change>,
    /// The turns.
    pub turns: Change,
    /// The traits in their order, when both have them; otherwise empty.
    pub traits: Vec<Change>,
}

/// A number before and now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// In the mission before.
    pub before: f64,
    /// In this one.
    pub now: f64,
    /// `now` less `before`.
    pub by: f64,
}

/// What models cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// The conversation itself, micro-USD; missing when the model's price is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<MicroUsd>,
    /// What was asked about it, by task.
    pub tasks: Vec<TaskCost>,
    /// Everything, micro-USD; missing when the price of any of it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<MicroUsd>,
}

/// How long answers took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latencies {
    /// To the first text, ms; missing when nothing was streamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<Percentiles>,
    /// To the end of the answer, ms.
    pub total_ms: Percentiles,
    /// Our own share, µs.
    pub own_us: Percentiles,
}

/// Of a list of durations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Percentiles {
    /// Half of them took at most this long.
    pub p50: f64,
    /// 95 of 100 took at most this long.
    pub p95: f64,
    /// How many there are.
    pub count: u32,
}

/// A turn that went wrong technically.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// Which turn.
    pub turn: TurnIndex,
    /// What was done about it.
    pub kind: TroubleKind,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

/// What was done about a turn that went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The offline persona answered for a model that failed.
    Degraded,
    /// Fields of the model's answer fell back to the local reading.
    Repaired,
}

/// One turn of the transcript. Turn 0 is the persona's opener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnLine {
    /// Which turn.
    pub turn: TurnIndex,
    /// What the person said; missing for the opener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What the persona answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// The line's score; missing when it was not scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Its tier, when the reading is sure enough to show one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// How rare that is, when the tier is shown and the subject is not grave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rarity: Option<Rarity>,
    /// Why it scored so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ReadingSource>,
    /// How near it came to overstepping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary_risk: Option<BoundaryRisk>,
    /// Remarks on its manner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<MicroFlag>,
    /// How the persona felt after it.
    pub mood: Mood,
    /// The same in numbers, 0–100 each.
    pub vector: MoodVector,
    /// Whether the person took the turn back.
    pub taken_back: bool,
    /// Whether the offline persona answered for a model that failed.
    pub degraded: bool,
}
