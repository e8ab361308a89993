//! The learnt skills of a line, and the two that follow rules.

use std::sync::LazyLock;

use super::Cue;
use super::features::{
    FEATURE_VERSION, Features, Said, Scale, extract, extract_with_and_without, features,
};
use super::{Skill, SkillScore, SkillScores};
use crate::learn::conformal::confidence;
use crate::learn::pack::{Pack, PackError, Prediction};
use crate::units::Confidence;

/// The models that come with spar.
static BUILTIN: &[u8] = include_bytes!("../../weights/skills.spar");

/// A thing that models are learnt for, by the name of the label they were learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facet {
    /// The label.
    pub name: &'static str,
    /// The skill it belongs to.
    pub skill: Skill,
    /// Whether less of it is more of the skill.
    turned: bool,
    /// Whether it was learnt with the lines before.
    context: bool,
}

const fn facet(name: &'static str, skill: Skill, turned: bool, context: bool) -> Facet {
    Facet { name, skill, turned, context }
}

/// Every facet, those of a skill side by side.
pub const FACETS: [Facet; 10] = [
    facet("showing-empathy", Skill::Empathy, false, true),
    facet("promote-coordination", Skill::ProblemSolving, false, true),
    facet("uncivil", Skill::SelfRegulation, true, false),
    facet("growth", Skill::Resilience, false, false),
    facet("optimism", Skill::Resilience, false, false),
    facet("uptake_z", Skill::ReflectiveListening, false, true),
    facet("politeness_z", Skill::Politeness, false, true),
    facet("receptive_z", Skill::Receptiveness, false, true),
    facet("elicit-pref", Skill::Questions, false, true),
    facet("inquiry", Skill::Questions, false, true),
];

/// Reads skills off lines with the models of one pack.
#[derive(Debug)]
pub struct SkillReader {
    pack: Pack,
    scale: Scale,
    cues: Vec<(Cue, usize)>,
    sentence_length: Option<usize>,
}

/// What was read off a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SkillsRead {
    /// The line as numbers.
    pub features: Features,
    /// The skills that could be read.
    pub skills: SkillScores,
    /// What each model said, in the order of [`FACETS`].
    pub facets: Vec<(&'static str, Prediction)>,
}

impl SkillReader {
    /// The reader with the models that come with spar.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static READER: LazyLock<SkillReader> = LazyLock::new(|| {
            let pack =
                Pack::open(BUILTIN, FEATURE_VERSION).expect("a test opens the built-in pack");
            SkillReader::new(pack).expect("a test reads the manifest of the built-in pack")
        });
        &READER
    }

    /// A reader with the models of a pack.
    ///
    /// # Errors
    /// When its manifest does not say how features are scaled.
    pub fn new(pack: Pack) -> Result<Self, PackError> {
        let scale = serde_json::from_value(pack.manifest()?["scale"].take())
            .map_err(|_| PackError::Broken { at: 0, what: "the manifest has no scale" })?;
        let at = |name: &str| features().iter().position(|def| def.name == name);
        let cues = Cue::ALL
            .iter()
            .filter_map(|cue| Some((*cue, at(&format!("cue_{}", cue.name()))?)))
            .collect();
        Ok(Self { pack, scale, cues, sentence_length: at("avg_sentence_length") })
    }

    /// The pack it reads with.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// Reads a line said after `before`, oldest first.
    #[must_use]
    pub fn read(&self, text: &str, before: &[Said<'_>]) -> SkillsRead {
        // Some models were learnt from lines without what was said before, and are asked so.
        let (features, alone) = if before.is_empty() {
            (extract(text, before), None)
        } else {
            let (with, without) = extract_with_and_without(text, before);
            (with, Some(without))
        };
        let row = self.scale.linear_row(&features);
        let alone = alone.map(|alone| (self.scale.linear_row(&alone), alone));
        let facets = FACETS.iter().filter_map(|facet| {
            let model = self.pack.model(facet.name)?;
            let said = match &alone {
                Some((row, alone)) if !facet.context => model.predict(&alone.dense, row),
                _ => model.predict(&features.dense, &row),
            };
            Some((facet.name, said))
        });
        let facets: Vec<(&'static str, Prediction)> = facets.collect();
        let mut skills = SkillScores::default();
        let present = features.dense.iter().filter(|value| !value.is_nan()).count();
        let known = (present, features.dense.len());
        for skill in Skill::ALL {
            let score = if skill.is_learnt() {
                learnt(skill, &facets, known)
            } else {
                Some(self.by_rule(skill, &features))
            };
            if let Some(score) = score {
                skills.set(skill, score);
            }
        }
        SkillsRead { features, skills, facets }
    }

    /// 50 and what the strongest cue for the skill adds, less what the strongest against it takes.
    fn by_rule(&self, skill: Skill, features: &Features) -> SkillScore {
        let strongest = |of: &[Cue]| {
            let strengths = self.cues.iter().filter(|(cue, _)| of.contains(cue));
            strengths.map(|(_, at)| f64::from(features.dense[*at])).fold(0.0, f64::max)
        };
        let (good, bad) = skill.cues();
        let length = self.sentence_length.map_or(0.0, |at| f64::from(features.dense[at]));
        let long = if skill == Skill::Clarity && length > 25.0 { 15.0 } else { 0.0 };
        let (good, bad) = (strongest(good), strongest(bad));
        let score = (50.0 + 35.0 * good - 40.0 * bad - long).clamp(0.0, 100.0);
        let seen = if good > 0.0 || bad > 0.0 { 0.55 } else { 0.25 };
        SkillScore { score, standing: score, confidence: Confidence::new(seen), interval: None }
    }
}

/// A skill of its facets: any of them shows it (1 − Π(1 − p)); its standing is their mean.
fn learnt(
    skill: Skill,
    facets: &[(&'static str, Prediction)],
    (present, all): (usize, usize),
) -> Option<SkillScore> {
    let of = FACETS.iter().filter(|facet| facet.skill == skill);
    let said: Vec<Prediction> = of
        .filter_map(|facet| {
            let (_, said) = facets.iter().find(|(name, _)| *name == facet.name)?;
            Some(if facet.turned { turned(*said) } else { *said })
        })
        .collect();
    if said.is_empty() {
        return None;
    }
    let any = |of: fn(&Prediction) -> f32| {
        1.0 - said.iter().map(|said| 1.0 - f64::from(of(said))).product::<f64>()
    };
    let mean = |of: fn(&Prediction) -> f32| {
        said.iter().map(|said| f64::from(of(said))).sum::<f64>() / said.len() as f64
    };
    let kept = |share: f64| (share * 10_000.0).round() / 100.0;
    let value = any(|said| said.value);
    let sure = confidence(value as f32, mean(|said| said.variance) as f32, present, all);
    Some(SkillScore {
        score: kept(value),
        standing: kept(mean(|said| said.standing)),
        confidence: Confidence::new(f64::from(sure)),
        interval: Some([kept(any(|said| said.interval.0)), kept(any(|said| said.interval.1))]),
    })
}

/// What the same says of the opposite.
fn turned(said: Prediction) -> Prediction {
    Prediction {
        value: 1.0 - said.value,
        standing: 1.0 - said.standing,
        variance: said.variance,
        interval: (1.0 - said.interval.1, 1.0 - said.interval.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_models_are_whole() {
        let reader = SkillReader::builtin();
        reader.pack().verify().expect("the bytes that were trained");
        for facet in FACETS {
            assert!(reader.pack().model(facet.name).is_some(), "{}", facet.name);
        }
    }

    #[test]
    fn a_question_is_one_and_an_insult_is_not_civil() {
        let reader = SkillReader::builtin();
        let score = |text: &str, skill: Skill| {
            reader.read(text, &[]).skills.get(skill).expect("a score").standing
        };
        let asks = score("What would you like to have most of all?", Skill::Questions);
        assert!(asks > score("I will take two of those.", Skill::Questions) + 20.0, "{asks}");
        let calm =
            score("Thanks, I see what you mean. Let me look into it.", Skill::SelfRegulation);
        let hot = score("This is utter garbage and you are a stupid idiot.", Skill::SelfRegulation);
        assert!(calm > hot + 20.0, "{calm} {hot}");
    }
}
