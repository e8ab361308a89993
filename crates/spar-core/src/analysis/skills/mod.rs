//! Skills, inferred from evidence: what the learnt models say of the lines, how they are worded, how
//! the mission was played, and what was seen turn by turn, each counted once.

mod behaviour;
mod evidence;
mod learner;
mod linguistic;
mod reasons;
mod weights;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompted::{self, Fields, Material as Found, Prompt};
use super::seen::seen;
use super::{Context, History, Results};
use crate::chat::ChatRequest;
use crate::ids::{MissionId, TurnIndex};
use crate::mission::Mission;
use crate::reading::features::CONTEXT_LINES;
use crate::reading::{Said, Side, Skill, SkillReader};
use crate::routing::Task;
use crate::units::{Confidence, Score, Timestamp};

use evidence::{Gathered, Material, ReadLine};

pub use evidence::{Evidence, Source};
pub use learner::{LearnerSkill, over_missions};
pub use reasons::Reasoning;
pub use weights::{Fusion, FusionError, Normal, Range, SourceWeights};

/// Items of evidence that an estimate shows.
pub const SHOWN: usize = 5;
/// An item so near to the middle is no evidence worth showing; it counts all the same.
const SAYS_LITTLE: f64 = 0.2;
/// Skills whose reasons a model is asked for: the surest.
const REASONED: usize = 4;

/// What a mission says about a person's skills.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Skills {
    /// One for each skill that there is evidence of, in the order of [`Skill::ALL`].
    pub estimates: Vec<SkillEstimate>,
}

/// One skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SkillEstimate {
    /// Which.
    pub skill: Skill,
    /// 0–100; 50 is what most lines show.
    pub score: Score,
    /// 0–1.
    pub confidence: Confidence,
    /// Where nine of ten such conversations lie, 0–100; none for a skill that follows rules.
    pub interval: Option<[Score; 2]>,
    /// Learnt from lines that people labelled; otherwise it follows rules.
    pub learnt: bool,
    /// What each source said and how much it counted.
    pub sources: Vec<SourceShare>,
    /// The items that count most, at most [`SHOWN`].
    pub evidence: Vec<Evidence>,
    /// Why, what is strong and what could grow.
    pub reasoning: Reasoning,
}

/// A source's part in an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SourceShare {
    /// Which.
    pub source: Source,
    /// What it said, 0–100.
    pub score: Score,
    /// Its share of the result, 0–1.
    pub share: Confidence,
}

impl Skills {
    /// The estimate of one.
    #[must_use]
    pub fn get(&self, skill: Skill) -> Option<&SkillEstimate> {
        self.estimates.iter().find(|estimate| estimate.skill == skill)
    }

    /// The surest estimates, at most so many, surest first.
    #[must_use]
    pub fn surest(&self, most: usize) -> Vec<&SkillEstimate> {
        let mut sorted: Vec<&SkillEstimate> = self.estimates.iter().collect();
        sorted.sort_by(|one, other| other.confidence.get().total_cmp(&one.confidence.get()));
        sorted.truncate(most);
        sorted
    }
}

/// The skills without a model: the estimates, and reasons by template.
#[must_use]
pub fn offline(context: &Context<'_>) -> Skills {
    let reader = SkillReader::builtin();
    let lines: Vec<ReadLine<'_>> = seen(context)
        .into_iter()
        .map(|seen| {
            let before = said_before(context.mission, seen.spoken.turn);
            let read = reader.read(&seen.spoken.user, &before);
            ReadLine { seen, features: read.features, skills: read.skills }
        })
        .collect();
    let material = Material::new(context, lines);
    let estimates = Skill::ALL
        .into_iter()
        .filter_map(|skill| estimate(skill, &material, context.fusion))
        .collect();
    Skills { estimates }
}

/// The skills of a mission by itself, offline: nothing else was studied, and nothing was before it.
#[must_use]
pub fn of_mission(mission: &Mission, fusion: &Fusion) -> Skills {
    offline(&Context {
        mission_id: MissionId::from_parts(Timestamp::default(), [0; 10]),
        mission,
        history: &History::default(),
        results: &Results::default(),
        fusion,
        since: TurnIndex(0),
        previous: None,
    })
}

/// What was said before a turn, oldest first: the last [`CONTEXT_LINES`].
#[must_use]
pub fn said_before(mission: &Mission, turn: TurnIndex) -> Vec<Said<'_>> {
    let turns = mission.turns();
    let at = turns.partition_point(|spoken| spoken.turn < turn);
    let opener = mission.quotable_opener().map(|text| Said { by: Side::Partner, text });
    let said = turns[..at].iter().filter(|spoken| !spoken.cancelled).flat_map(|spoken| {
        let own = Said { by: Side::Own, text: spoken.user.as_str() };
        let reply = spoken.reply.as_ref().map(|line| Said { by: Side::Partner, text: &line.text });
        [Some(own), reply].into_iter().flatten()
    });
    let mut said: Vec<Said<'_>> = opener.into_iter().chain(said).collect();
    said.split_off(said.len().saturating_sub(CONTEXT_LINES))
}

/// One skill out of all evidence; none when there is none.
fn estimate(skill: Skill, material: &Material<'_>, fusion: &Fusion) -> Option<SkillEstimate> {
    let fused = fuse(material.gather(skill, fusion), fusion.of(skill)?)?;
    // The interval is that of the lines, moved to where the other sources have moved the score.
    let interval = skill.is_learnt().then(|| material.over_lines(skill)).flatten().map(|whole| {
        let moved = fused.score.get() - whole.score;
        whole.interval.map(|end| Score::new(end + moved))
    });
    let mut estimate = SkillEstimate {
        skill,
        score: fused.score,
        confidence: fused.confidence,
        interval,
        learnt: skill.is_learnt(),
        sources: fused.sources,
        evidence: fused.evidence,
        reasoning: Reasoning::default(),
    };
    estimate.reasoning = reasons::template(&estimate);
    Some(estimate)
}

/// What all sources say together.
#[derive(Debug)]
struct Fused {
    score: Score,
    confidence: Confidence,
    sources: Vec<SourceShare>,
    evidence: Vec<Evidence>,
}

/// Σ score·w / Σ w with w = weight · relevance · confidence, then × (1 + adjustment · (confidence −
/// 0.5)). No evidence is no estimate.
fn fuse(gathered: Vec<Gathered>, weights: &SourceWeights) -> Option<Fused> {
    let total: f64 = gathered.iter().map(|source| source.counts(weights)).sum();
    if total <= 0.0 {
        return None;
    }
    let mean = |of: &dyn Fn(&Gathered) -> f64| {
        gathered.iter().map(|source| of(source) * source.counts(weights)).sum::<f64>() / total
    };
    let confidence = mean(&|source| source.confidence);
    let fused = mean(&|source| source.score) * (1.0 + weights.adjustment * (confidence - 0.5));
    let sources = gathered
        .iter()
        .filter(|source| source.counts(weights) > 0.0)
        .map(|source| SourceShare {
            source: source.source,
            score: Score::new(100.0 * source.score),
            share: Confidence::new(source.counts(weights) / total),
        })
        .collect();
    Some(Fused {
        score: Score::new(100.0 * fused.clamp(0.0, 1.0)),
        confidence: Confidence::new(confidence),
        sources,
        evidence: top(gathered, weights),
    })
}

/// The items that count most: of each source those that say most, by what the source is worth.
fn top(gathered: Vec<Gathered>, weights: &SourceWeights) -> Vec<Evidence> {
    let mut items: Vec<(f64, Evidence)> = gathered
        .into_iter()
        .flat_map(|source| {
            let worth = source.counts(weights);
            source.items.into_iter().map(move |item| {
                let says = 0.2 + 2.0 * (item.score - 0.5).abs();
                (worth * item.relevance * item.confidence * says, item)
            })
        })
        .filter(|(worth, item)| *worth > 0.0 && (item.score - 0.5).abs() >= SAYS_LITTLE)
        .collect();
    items.sort_by(|one, other| other.0.total_cmp(&one.0));
    items.truncate(SHOWN);
    let kept = |value: f64| (value * 1000.0).round() / 1000.0;
    items
        .into_iter()
        .map(|(_, item)| Evidence {
            score: kept(item.score),
            confidence: kept(item.confidence),
            relevance: kept(item.relevance),
            ..item
        })
        .collect()
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::SkillReasoning,
    system: include_str!("../../../prompts/skills.md"),
    max_tokens: 1_200,
    schema,
};

fn schema() -> Value {
    let skill = prompted::object(&[
        ("skill", prompted::text("the name of the skill as given in <found>")),
        ("summary", prompted::text("two or three sentences")),
        ("strengths", prompted::list(&prompted::text("one short sentence"), reasons::EACH)),
        ("growth", prompted::list(&prompted::text("one short sentence"), reasons::EACH)),
    ]);
    prompted::object(&[("skills", prompted::list(&skill, REASONED))])
}

/// What a model is asked: to put the surest estimates into words, from the evidence alone.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let skills = offline(context);
    let found: Vec<String> = skills
        .surest(REASONED)
        .into_iter()
        .flat_map(|estimate| {
            let head = format!(
                "{}: {} of 100, confidence {:.2}",
                estimate.skill.name(),
                estimate.score,
                estimate.confidence.get()
            );
            let items = estimate.evidence.iter().map(|item| {
                let turn = item.turn.map_or_else(String::new, |turn| format!(" (turn {turn})"));
                format!(
                    "  {}: {}{turn}, {} the skill",
                    item.source.in_words(),
                    item.content,
                    item.side()
                )
            });
            std::iter::once(head).chain(items).collect::<Vec<_>>()
        })
        .collect();
    if found.is_empty() {
        return None;
    }
    PROMPT.request(context, &Found { found, before: None })
}

/// The estimates are computed; a model's words replace the template's, skill by skill, when they
/// hold to the evidence.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Skills {
    let mut skills = offline(context);
    let asked: Vec<Skill> = skills.surest(REASONED).iter().map(|estimate| estimate.skill).collect();
    reasons::take(&mut skills, &asked, fields);
    skills
}
