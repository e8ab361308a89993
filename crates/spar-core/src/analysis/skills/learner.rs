//! Skills over several missions of one person.
//!
//! ```text
//! score = Σ score·w / Σ w,   w = confidence · ½^(missions since / 5)
//! ```
//!
//! Newer missions count more, since people learn; surer ones count more; more of them do not raise the
//! score, only the confidence.

use serde::Serialize;

use super::Skills;
use crate::reading::Skill;
use crate::units::{Confidence, Score};

/// After so many newer missions one counts half.
const HALVES_AFTER: f64 = 5.0;
/// Missions from which a trend is told.
const TREND_FROM: usize = 4;

/// A skill of a person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LearnerSkill {
    /// Which.
    pub skill: Skill,
    /// 0–100; 50 is what most missions show.
    pub score: Score,
    /// 0–1: grows with the missions there are.
    pub confidence: Confidence,
    /// Where nine of ten such missions lie, 0–100, by how much the missions differ; that of the mission
    /// when there is but one, and none when it has none.
    pub interval: Option<[Score; 2]>,
    /// Newer half less older half, points; from four missions on.
    pub trend: Option<f64>,
    /// Missions that had evidence.
    pub missions: usize,
}

/// The skills of a person, from their missions, newest first. A skill without evidence is left out.
#[must_use]
pub fn over_missions(missions: &[Skills]) -> Vec<LearnerSkill> {
    Skill::ALL.into_iter().filter_map(|skill| over(skill, missions)).collect()
}

fn over(skill: Skill, missions: &[Skills]) -> Option<LearnerSkill> {
    let found: Vec<_> = missions.iter().filter_map(|skills| skills.get(skill)).collect();
    let weights: Vec<f64> = found
        .iter()
        .enumerate()
        .map(|(since, one)| one.confidence.get() * 0.5_f64.powf(since as f64 / HALVES_AFTER))
        .collect();
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let mean = |of: &dyn Fn(usize) -> f64| {
        weights.iter().enumerate().map(|(at, weight)| of(at) * weight).sum::<f64>() / total
    };
    let score = mean(&|at| found[at].score.get());
    let n = found.len() as f64;
    let interval = if found.len() == 1 {
        found[0].interval
    } else {
        let variance = mean(&|at| (found[at].score.get() - score).powi(2)) * n / (n - 1.0);
        // 1.645 spans nine tenths of a normal sample; two missions alike by chance are not certain.
        let half = 1.645 * variance.sqrt().max(5.0);
        Some([Score::new(score - half), Score::new(score + half)])
    };
    let confidence = mean(&|at| found[at].confidence.get()) * n / (n + 1.0);
    Some(LearnerSkill {
        skill,
        score: Score::new(score),
        confidence: Confidence::new(confidence),
        interval,
        trend: trend(&found.iter().map(|one| one.score.get()).collect::<Vec<_>>()),
        missions: found.len(),
    })
}

/// Newer half less older half of scores, newest first; the middle one of an odd number is in neither.
fn trend(scores: &[f64]) -> Option<f64> {
    let half = scores.len() / 2;
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / half as f64;
    (scores.len() >= TREND_FROM)
        .then(|| mean(&scores[..half]) - mean(&scores[scores.len() - half..]))
}

#[cfg(test)]
mod tests {
    use super::super::{Reasoning, SkillEstimate};
    use super::*;

    fn mission(score: f64, confidence: f64) -> Skills {
        Skills {
            estimates: vec![SkillEstimate {
                skill: Skill::Empathy,
                score: Score::new(score),
                confidence: Confidence::new(confidence),
                interval: Some([Score::new(score - 10.0), Score::new(score + 10.0)]),
                learnt: true,
                sources: Vec::new(),
                evidence: Vec::new(),
                reasoning: Reasoning::default(),
            }],
        }
    }

    fn empathy(missions: &[Skills]) -> LearnerSkill {
        let found = over_missions(missions);
        assert_eq!(found.len(), 1, "only what there is evidence of: {found:?}");
        found[0]
    }

    #[test]
    fn the_newest_counts_most_and_the_surest() {
        let (good, poor) = (mission(80.0, 0.6), mission(40.0, 0.6));
        assert!(empathy(&[good.clone(), poor.clone()]).score.get() > 60.0);
        assert!(empathy(&[poor.clone(), good]).score.get() < 60.0);
        let unsure = mission(80.0, 0.1);
        assert!(empathy(&[unsure, poor]).score.get() < 50.0);
    }

    #[test]
    fn more_missions_make_surer_and_not_better() {
        let few = empathy(&vec![mission(70.0, 0.6); 2]);
        let many = empathy(&vec![mission(70.0, 0.6); 12]);
        assert_eq!(few.score, many.score);
        assert!(many.confidence > few.confidence);
        assert_eq!((few.trend, many.trend), (None, Some(0.0)));
    }

    #[test]
    fn a_trend_is_newer_less_older() {
        let missions: Vec<Skills> =
            [70.0, 66.0, 0.0, 50.0, 46.0].map(|score| mission(score, 0.5)).into();
        assert_eq!(empathy(&missions).trend, Some(20.0));
    }

    #[test]
    fn nobody_without_evidence_has_skills() {
        assert!(over_missions(&[]).is_empty());
        assert!(over_missions(&[mission(70.0, 0.0)]).is_empty());
    }
}
