//! What speaks for and against a skill: gathered by source, each source counted once.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::weights::{Fusion, SourceWeights};
use super::{behaviour, linguistic};
use crate::analysis::Context;
use crate::analysis::seen::Seen;
use crate::analysis::words::clip;
use crate::ids::TurnIndex;
use crate::reading::{
    ConversationSkill, Cue, Features, Skill, SkillScore, SkillScores, over_lines,
};

/// Where evidence comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The learnt models, line by line.
    Ml,
    /// How the lines are worded.
    Linguistic,
    /// How the mission was played.
    Behavioural,
    /// What was seen turn by turn.
    Observation,
}

impl Source {
    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Ml => "learnt model",
            Self::Linguistic => "wording",
            Self::Behavioural => "how it was played",
            Self::Observation => "what was seen",
        }
    }

    fn weight(self, weights: &SourceWeights) -> f64 {
        match self {
            Self::Ml => weights.ml,
            Self::Linguistic => weights.linguistic,
            Self::Behavioural => weights.behavioural,
            Self::Observation => weights.observation,
        }
    }
}

/// One thing that speaks for or against a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evidence {
    /// What it is, in words.
    pub content: String,
    /// Where it comes from.
    pub source: Source,
    /// 0–1: against the skill, for it.
    pub score: f64,
    /// 0–1.
    pub confidence: f64,
    /// 0–1: how much it has to do with the skill.
    pub relevance: f64,
    /// The turn it was in, when it was in one.
    pub turn: Option<TurnIndex>,
}

impl Evidence {
    /// The word for the side it speaks on.
    #[must_use]
    pub fn side(&self) -> &'static str {
        if self.score >= 0.5 { "for" } else { "against" }
    }
}

/// What one source says of a skill as a whole, and by what.
pub(super) struct Gathered {
    pub(super) source: Source,
    /// 0–1.
    pub(super) score: f64,
    pub(super) confidence: f64,
    pub(super) relevance: f64,
    pub(super) items: Vec<Evidence>,
}

impl Gathered {
    /// weight · relevance · confidence.
    pub(super) fn counts(&self, weights: &SourceWeights) -> f64 {
        self.source.weight(weights) * self.relevance * self.confidence
    }
}

/// A line that was read.
pub(super) struct ReadLine<'a> {
    pub(super) seen: Seen<'a>,
    pub(super) features: Features,
    pub(super) skills: SkillScores,
}

/// What all skills are gathered from; made once a mission.
pub(super) struct Material<'a> {
    lines: Vec<ReadLine<'a>>,
    linguistic: Vec<linguistic::Figure>,
    behavioural: Vec<behaviour::Figure>,
}

/// How a figure bears on a skill: its name, whether more is better, and its relevance 0–1.
type Bears = (&'static str, bool, f64);

/// The longest piece of a line that is given back, in characters.
const QUOTED: usize = 80;

impl<'a> Material<'a> {
    pub(super) fn new(context: &Context<'a>, lines: Vec<ReadLine<'a>>) -> Self {
        let features: Vec<&Features> = lines.iter().map(|line| &line.features).collect();
        let seen: Vec<&Seen<'_>> = lines.iter().map(|line| &line.seen).collect();
        Self {
            linguistic: linguistic::figures(&features),
            behavioural: behaviour::figures(context.mission, &seen),
            lines,
        }
    }

    /// What each source has to say of the skill; a source with nothing to say is not there.
    pub(super) fn gather(&self, skill: Skill, fusion: &Fusion) -> Vec<Gathered> {
        [
            self.ml(skill),
            self.linguistic(skill, fusion),
            self.behavioural(skill, fusion),
            self.observation(skill),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The skill over the lines, for skills that are learnt.
    pub(super) fn over_lines(&self, skill: Skill) -> Option<ConversationSkill> {
        over_lines(&self.scores(skill).map(|(_, score)| score).collect::<Vec<_>>())
    }

    fn scores(&self, skill: Skill) -> impl Iterator<Item = (&ReadLine<'a>, SkillScore)> {
        self.lines.iter().filter_map(move |line| Some((line, line.skills.get(skill)?)))
    }

    fn ml(&self, skill: Skill) -> Option<Gathered> {
        if !skill.is_learnt() {
            return None;
        }
        let whole = self.over_lines(skill)?;
        let items = self
            .scores(skill)
            .filter(|(line, _)| line.seen.may_be_quoted())
            .map(|(line, score)| Evidence {
                content: format!("“{}”", clip(&line.seen.spoken.user, QUOTED)),
                source: Source::Ml,
                score: score.standing / 100.0,
                confidence: score.confidence.get(),
                relevance: 1.0,
                turn: Some(line.seen.spoken.turn),
            })
            .collect();
        Some(Gathered {
            source: Source::Ml,
            score: whole.score / 100.0,
            confidence: whole.confidence.get(),
            relevance: 1.0,
            items,
        })
    }

    /// z-score, clamped to ±3, then the logistic function.
    fn linguistic(&self, skill: Skill, fusion: &Fusion) -> Option<Gathered> {
        // A line or two prove little about how somebody words things.
        let n = self.lines.len() as f64;
        let items = bears_linguistic(skill).iter().filter_map(|(name, more, relevance)| {
            let figure = self.linguistic.iter().find(|figure| figure.name == *name)?;
            let numbers = fusion.linguistic.get(*name)?;
            let z = ((figure.value? - numbers.mean) / numbers.deviation).clamp(-3.0, 3.0);
            let score = 1.0 / (1.0 + (if *more { -z } else { z }).exp());
            Some(Evidence {
                content: figure.words.clone(),
                source: Source::Linguistic,
                score,
                confidence: figure.present * n / (n + 2.0),
                relevance: *relevance,
                turn: None,
            })
        });
        together(Source::Linguistic, items.collect())
    }

    /// Between the lowest and the highest value.
    fn behavioural(&self, skill: Skill, fusion: &Fusion) -> Option<Gathered> {
        let n = self.lines.len() as f64;
        let items = bears_behavioural(skill).iter().filter_map(|(name, more, relevance)| {
            let figure = self.behavioural.iter().find(|figure| figure.name == *name)?;
            let range = fusion.behavioural.get(*name)?;
            let share = ((figure.value? - range.low) / (range.high - range.low)).clamp(0.0, 1.0);
            Some(Evidence {
                content: figure.words.clone(),
                source: Source::Behavioural,
                score: if *more { share } else { 1.0 - share },
                confidence: n / (n + 3.0),
                relevance: *relevance,
                turn: None,
            })
        });
        together(Source::Behavioural, items.collect())
    }

    /// Turns whose cues show the skill, and turns whose cues speak against it.
    fn observation(&self, skill: Skill) -> Option<Gathered> {
        let (shows, against) = skill.cues();
        let items: Vec<Evidence> = self
            .lines
            .iter()
            .filter(|line| line.seen.counts())
            .filter_map(|line| {
                let (good, bad) = (first(&line.seen, shows), first(&line.seen, against));
                // The harm done in a line is what stays.
                let (cue, score) = match (good, bad) {
                    (_, Some(cue)) => (cue, 0.1),
                    (Some(cue), None) => (cue, 0.9),
                    (None, None) => return None,
                };
                let meaning = cue.meaning().trim_end_matches('.');
                Some(Evidence {
                    content: meaning.to_owned(),
                    source: Source::Observation,
                    score,
                    confidence: line.seen.read.confidence.get(),
                    relevance: 0.8,
                    turn: Some(line.seen.spoken.turn),
                })
            })
            .collect();
        let found = together(Source::Observation, items)?;
        let read = self.lines.iter().filter(|line| line.seen.counts()).count().max(1) as f64;
        let share = found.items.len() as f64 / read;
        Some(Gathered { confidence: found.confidence * (0.4 + 0.6 * share), ..found })
    }
}

/// One source out of its items: their means by relevance and confidence. Items with the same words
/// from the same turn are one.
fn together(source: Source, mut items: Vec<Evidence>) -> Option<Gathered> {
    let mut had: HashSet<(String, Option<TurnIndex>)> = HashSet::new();
    items.retain(|item| had.insert((item.content.clone(), item.turn)));
    let weight: f64 = items.iter().map(|item| item.relevance * item.confidence).sum();
    let relevance: f64 = items.iter().map(|item| item.relevance).sum();
    if weight <= 0.0 {
        return None;
    }
    let score = items.iter().map(|item| item.score * item.relevance * item.confidence).sum::<f64>();
    Some(Gathered {
        source,
        score: score / weight,
        confidence: weight / relevance,
        relevance: relevance / items.len() as f64,
        items,
    })
}

fn first(seen: &Seen<'_>, cues: &[Cue]) -> Option<Cue> {
    cues.iter().copied().find(|cue| seen.has(*cue))
}

fn bears_linguistic(skill: Skill) -> &'static [Bears] {
    match skill {
        Skill::Empathy => &[
            ("empathy_markers", true, 1.0),
            ("social_processes", true, 0.5),
            ("negative_sentiment", false, 0.4),
        ],
        Skill::ProblemSolving => {
            &[("problem_solving_language", true, 1.0), ("cognitive_processes", true, 0.5)]
        }
        Skill::SelfRegulation => {
            &[("negative_sentiment", false, 1.0), ("cognitive_processes", true, 0.4)]
        }
        Skill::Resilience => &[
            ("perseverance_indicators", true, 1.0),
            ("positive_sentiment", true, 0.5),
            ("negative_sentiment", false, 0.5),
        ],
        Skill::ReflectiveListening => {
            &[("empathy_markers", true, 0.7), ("social_processes", true, 0.6)]
        }
        Skill::Politeness => {
            &[("positive_sentiment", true, 0.7), ("negative_sentiment", false, 0.8)]
        }
        Skill::Receptiveness => {
            &[("empathy_markers", true, 0.7), ("negative_sentiment", false, 0.7)]
        }
        Skill::Questions => &[],
        Skill::Assertiveness | Skill::Clarity => &[("avg_sentence_length", false, 0.7)],
    }
}

fn bears_behavioural(skill: Skill) -> &'static [Bears] {
    match skill {
        Skill::Empathy => &[("collaboration_indicators", true, 0.7), ("recovery_rate", true, 0.6)],
        Skill::ProblemSolving => &[
            ("task_completion_rate", true, 0.9),
            ("time_efficiency", true, 0.5),
            ("collaboration_indicators", true, 0.7),
        ],
        Skill::SelfRegulation => &[
            ("distraction_resistance", true, 0.8),
            ("focus_duration", true, 0.6),
            ("recovery_rate", true, 0.9),
            ("retry_count", false, 0.3),
        ],
        Skill::Resilience => &[
            ("recovery_rate", true, 1.0),
            ("task_completion_rate", true, 0.5),
            ("event_count", true, 0.2),
        ],
        Skill::ReflectiveListening | Skill::Receptiveness | Skill::Questions => {
            &[("collaboration_indicators", true, 0.7), ("distraction_resistance", true, 0.4)]
        }
        Skill::Politeness => &[],
        Skill::Assertiveness => {
            &[("leadership_indicators", true, 1.0), ("task_completion_rate", true, 0.4)]
        }
        Skill::Clarity => &[("distraction_resistance", true, 0.8), ("time_efficiency", true, 0.4)],
    }
}
