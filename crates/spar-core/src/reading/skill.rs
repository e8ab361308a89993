//! The skills that a line can show, and how a score of one is written down.

use serde::{Deserialize, Serialize};

use super::Cue;
use crate::units::Confidence;

/// Something a person can be better or worse at in a conversation.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Skill {
    /// Takes in what the other feels, and shows it.
    Empathy,
    /// Looks for a way that works for both.
    ProblemSolving,
    /// Stays civil when it gets hot.
    SelfRegulation,
    /// Finds what can still be done or learnt.
    Resilience,
    /// Takes up what the other said and builds on it.
    ReflectiveListening,
    /// Asks, thanks and softens where it costs nothing.
    Politeness,
    /// Lets another view stand while holding one's own.
    Receptiveness,
    /// Asks what the other wants and thinks.
    Questions,
    /// Says what one wants and where one's line is. By rule, not learnt.
    Assertiveness,
    /// Says it so that it can be repeated. By rule, not learnt.
    Clarity,
}

impl Skill {
    /// Every skill, learnt ones first.
    pub const ALL: [Self; 10] = [
        Self::Empathy,
        Self::ProblemSolving,
        Self::SelfRegulation,
        Self::Resilience,
        Self::ReflectiveListening,
        Self::Politeness,
        Self::Receptiveness,
        Self::Questions,
        Self::Assertiveness,
        Self::Clarity,
    ];

    /// Cues that show it, and cues that speak against it.
    pub(crate) fn cues(self) -> (&'static [Cue], &'static [Cue]) {
        use Cue as C;
        match self {
            Self::Empathy => (
                &[C::AcknowledgesFeeling, C::Validates, C::Appreciates],
                &[C::Dismisses, C::Insult, C::Sarcasm, C::Blames],
            ),
            Self::ProblemSolving => (
                &[C::ProposesPlan, C::OffersChoice, C::Commits, C::Summarises],
                &[C::MakesExcuses, C::Blames],
            ),
            Self::SelfRegulation => (
                &[C::TakesResponsibility, C::RespectsBoundary, C::AsksPermission],
                &[C::Insult, C::Sarcasm, C::Threat, C::Pressures, C::Commands, C::Blames],
            ),
            Self::Resilience => {
                (&[C::Commits, C::ProposesPlan, C::TakesResponsibility], &[C::Needy])
            }
            Self::ReflectiveListening => (
                &[C::Reflects, C::Summarises, C::AcknowledgesFeeling],
                &[C::InterruptsTopic, C::Advises, C::Dismisses, C::Commands],
            ),
            Self::Politeness => (
                &[C::Thanks, C::Apologises, C::AsksPermission, C::Appreciates],
                &[C::Insult, C::Commands, C::Sarcasm],
            ),
            Self::Receptiveness => (
                &[C::Validates, C::Agrees, C::OffersChoice, C::RespectsBoundary],
                &[C::Dismisses, C::Blames, C::Insult, C::Pressures],
            ),
            Self::Questions => (&[C::OpenQuestion], &[]),
            Self::Assertiveness => (
                &[
                    C::StatesPosition,
                    C::SetsBoundary,
                    C::Declines,
                    C::MakesRequest,
                    C::Commits,
                    C::ProposesPlan,
                ],
                &[C::Hedges, C::Needy, C::MakesExcuses, C::Insult, C::Threat],
            ),
            Self::Clarity => (
                &[C::StatesPosition, C::MakesRequest, C::Summarises, C::GivesReason],
                &[C::Hedges, C::OverExplains, C::Fills, C::OffTopic, C::Gibberish],
            ),
        }
    }

    /// Whether it is learnt from lines that people have labelled; the others follow rules.
    #[must_use]
    pub fn is_learnt(self) -> bool {
        !matches!(self, Self::Assertiveness | Self::Clarity)
    }

    /// The name in files and flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empathy => "empathy",
            Self::ProblemSolving => "problem_solving",
            Self::SelfRegulation => "self_regulation",
            Self::Resilience => "resilience",
            Self::ReflectiveListening => "reflective_listening",
            Self::Politeness => "politeness",
            Self::Receptiveness => "receptiveness",
            Self::Questions => "questions",
            Self::Assertiveness => "assertiveness",
            Self::Clarity => "clarity",
        }
    }

    /// The words on screen and in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Empathy => "empathy",
            Self::ProblemSolving => "problem-solving",
            Self::SelfRegulation => "self-regulation",
            Self::Resilience => "resilience",
            Self::ReflectiveListening => "reflective listening",
            Self::Politeness => "politeness",
            Self::Receptiveness => "receptiveness",
            Self::Questions => "questions",
            Self::Assertiveness => "assertiveness",
            Self::Clarity => "clarity",
        }
    }

    /// The skill of that name; hyphens and underscores are the same.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|skill| skill.name() == name)
    }
}

/// How much of a skill was shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SkillScore {
    /// 0–100. For a learnt skill its calibrated value: of a hundred lines that score 30, people find
    /// the skill in thirty (or, for one that people grade, rate it above thirty in a hundred).
    pub score: f64,
    /// 0–100: the share of the lines it was learnt from that show less. What a conversation is
    /// judged by, since skills differ in how often anybody shows them.
    pub standing: f64,
    /// 0–1.
    pub confidence: Confidence,
    /// Where the score lies in nine of ten such lines, 0–100; none for a skill that follows rules.
    pub interval: Option<[f64; 2]>,
}

/// A score for each skill that could be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SkillScores([Option<SkillScore>; Skill::ALL.len()]);

impl SkillScores {
    /// The score of one.
    #[must_use]
    pub fn get(&self, skill: Skill) -> Option<SkillScore> {
        self.0[skill as usize]
    }

    /// Puts one in its place.
    pub fn set(&mut self, skill: Skill, score: SkillScore) {
        self.0[skill as usize] = Some(score);
    }

    /// Those that could be read, in the order of [`Skill::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Skill, SkillScore)> + '_ {
        Skill::ALL.into_iter().filter_map(|skill| Some((skill, self.get(skill)?)))
    }
}
