//! What each source of evidence is worth to each skill, and how its figures become 0–1. Data: it can
//! be replaced by a file, and says what is wrong with one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::reading::Skill;

/// How evidence is weighed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    /// What each source is worth, for each skill.
    pub weights: BTreeMap<Skill, SourceWeights>,
    /// Linguistic features: the mean and the deviation that make a z-score of a line's value.
    pub linguistic: BTreeMap<String, Normal>,
    /// Behavioural features: the lowest and highest value, which become 0 and 1.
    pub behavioural: BTreeMap<String, Range>,
}

/// What each source is worth to one skill. The parts sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceWeights {
    /// What the learnt models say of the lines.
    pub ml: f64,
    /// How the lines are worded.
    pub linguistic: f64,
    /// How the mission was played.
    pub behavioural: f64,
    /// What was seen turn by turn: cues that show the skill or speak against it.
    #[serde(default)]
    pub observation: f64,
    /// How far confidence moves the result: × (1 + adjustment · (confidence − 0.5)).
    pub adjustment: f64,
}

/// A mean and a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normal {
    /// The mean.
    pub mean: f64,
    /// The standard deviation, above 0.
    pub deviation: f64,
}

/// A lowest and a highest value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Becomes 0.
    pub low: f64,
    /// Becomes 1.
    pub high: f64,
}

/// What is wrong with weights.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FusionError {
    /// The parts of a skill do not sum to 1.
    #[error("the weights of {skill} sum to {sum:.3}, not to 1 (0.99 to 1.01 is let pass)")]
    Sum {
        /// Whose.
        skill: &'static str,
        /// What they sum to.
        sum: f64,
    },
    /// A weight is below 0 or no number.
    #[error("weight `{part}` of {skill} is {value}; a weight is a number from 0 to 1")]
    Weight {
        /// Whose.
        skill: &'static str,
        /// Which part.
        part: &'static str,
        /// What stands there.
        value: f64,
    },
    /// A skill has no weights.
    #[error("no weights for {0}")]
    Missing(&'static str),
    /// A skill that is not learnt leans on a model.
    #[error("{0} is not learnt, so its `ml` is 0")]
    NotLearnt(&'static str),
    /// A feature nobody knows.
    #[error("no {kind} feature is called `{name}`; there are {known}")]
    Unknown {
        /// Linguistic or behavioural.
        kind: &'static str,
        /// The name as written.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A feature that evidence is made of has no numbers.
    #[error("no numbers for the {kind} feature `{name}`")]
    NoNumbers {
        /// Linguistic or behavioural.
        kind: &'static str,
        /// Which.
        name: &'static str,
    },
    /// A spread of nothing.
    #[error("`{name}`: {what}")]
    Spread {
        /// Which feature.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
}

impl Default for Fusion {
    fn default() -> Self {
        use Skill as S;
        let parts = |ml, linguistic, behavioural, observation, adjustment| SourceWeights {
            ml,
            linguistic,
            behavioural,
            observation,
            adjustment,
        };
        let weights = [
            (S::Empathy, parts(0.50, 0.25, 0.15, 0.0, 0.10)),
            (S::ProblemSolving, parts(0.50, 0.20, 0.20, 0.0, 0.10)),
            (S::SelfRegulation, parts(0.50, 0.10, 0.30, 0.0, 0.10)),
            (S::Resilience, parts(0.50, 0.15, 0.25, 0.0, 0.10)),
            (S::ReflectiveListening, parts(0.50, 0.10, 0.10, 0.20, 0.10)),
            (S::Politeness, parts(0.60, 0.20, 0.0, 0.10, 0.10)),
            (S::Receptiveness, parts(0.50, 0.15, 0.10, 0.15, 0.10)),
            (S::Questions, parts(0.60, 0.0, 0.10, 0.20, 0.10)),
            (S::Assertiveness, parts(0.0, 0.10, 0.30, 0.50, 0.10)),
            (S::Clarity, parts(0.0, 0.30, 0.10, 0.50, 0.10)),
        ];
        Self {
            weights: weights.into_iter().collect(),
            linguistic: super::linguistic::NUMBERS
                .iter()
                .map(|(name, mean, deviation)| {
                    ((*name).to_owned(), Normal { mean: *mean, deviation: *deviation })
                })
                .collect(),
            behavioural: super::behaviour::NUMBERS
                .iter()
                .map(|(name, low, high)| ((*name).to_owned(), Range { low: *low, high: *high }))
                .collect(),
        }
    }
}

impl Fusion {
    /// Whether these can be used.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), FusionError> {
        for skill in Skill::ALL {
            let name = skill.name();
            let weights = self.weights.get(&skill).ok_or(FusionError::Missing(name))?;
            weights.validate(skill)?;
        }
        let linguistic: Vec<&'static str> =
            super::linguistic::NUMBERS.iter().map(|row| row.0).collect();
        let behavioural: Vec<&'static str> =
            super::behaviour::NUMBERS.iter().map(|row| row.0).collect();
        known("linguistic", &self.linguistic.keys(), &linguistic)?;
        known("behavioural", &self.behavioural.keys(), &behavioural)?;
        for (name, normal) in &self.linguistic {
            if !(normal.mean.is_finite() && normal.deviation.is_finite() && normal.deviation > 0.0)
            {
                let what = "the deviation is a number above 0";
                return Err(FusionError::Spread { name: name.clone(), what });
            }
        }
        for (name, range) in &self.behavioural {
            if !(range.low.is_finite() && range.high.is_finite() && range.low < range.high) {
                let what = "`low` is below `high`";
                return Err(FusionError::Spread { name: name.clone(), what });
            }
        }
        Ok(())
    }

    /// What the sources are worth to a skill.
    #[must_use]
    pub(super) fn of(&self, skill: Skill) -> Option<&SourceWeights> {
        self.weights.get(&skill)
    }
}

/// Every name is known, and every known one is there.
fn known<'a>(
    kind: &'static str,
    names: &(impl Iterator<Item = &'a String> + Clone),
    known: &[&'static str],
) -> Result<(), FusionError> {
    if let Some(name) = names.clone().find(|name| !known.contains(&name.as_str())) {
        let (name, known) = (name.clone(), known.join(", "));
        return Err(FusionError::Unknown { kind, name, known });
    }
    match known.iter().find(|name| !names.clone().any(|there| there == *name)) {
        Some(name) => Err(FusionError::NoNumbers { kind, name }),
        None => Ok(()),
    }
}

impl SourceWeights {
    fn validate(&self, skill: Skill) -> Result<(), FusionError> {
        let parts = [
            ("ml", self.ml),
            ("linguistic", self.linguistic),
            ("behavioural", self.behavioural),
            ("observation", self.observation),
            ("adjustment", self.adjustment),
        ];
        let name = skill.name();
        if let Some((part, value)) =
            parts.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value))
        {
            return Err(FusionError::Weight { skill: name, part, value });
        }
        if !skill.is_learnt() && self.ml > 0.0 {
            return Err(FusionError::NotLearnt(name));
        }
        let sum: f64 = parts.iter().map(|(_, value)| value).sum();
        // The bounds themselves are let pass, whatever the last bit of the sum.
        if (sum - 1.0).abs() > 0.01 + 1e-9 {
            return Err(FusionError::Sum { skill: name, sum });
        }
        Ok(())
    }
}
