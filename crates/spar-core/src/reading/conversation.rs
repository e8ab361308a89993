//! A skill over a whole conversation, from its lines.
//!
//! Not their mean: a person who says three kind things and then an unkind one has not been kind by
//! three quarters. Nor their sum: who talks more is not better at it. Five things count, and none of
//! them grows with the number of lines:
//!
//! ```text
//! score = level + 10·(rate of good lines − rate of poor lines) + 0.2·trend + recovery + steadiness
//! ```
//!
//! - level: mean standing of the lines, each by its confidence;
//! - rates: shares of lines with a standing from 65 on, and up to 35;
//! - trend: mean of the last third less the mean of the first, from six lines on, at most ±30 points;
//! - recovery: −6 points times the share of missteps (lines 20 points below the level) that were not
//!   made good within two lines; one in the last line is left standing. Nothing is added for having
//!   made one and mended it: that is not better than to have made none;
//! - steadiness: 0 for lines that keep to their level, down to −6 points when they are 30 points from
//!   it on average.

use super::SkillScore;
use crate::units::Confidence;

/// Standing from which a line shows the skill well, and up to which poorly.
const GOOD_FROM: f64 = 65.0;
const POOR_TO: f64 = 35.0;
/// What the difference of the two rates is worth.
const RATES: f64 = 10.0;
/// Lines from which a trend is looked for; its share in the score and its bound.
const TREND_FROM: usize = 6;
const TREND: f64 = 0.2;
const TREND_MOST: f64 = 30.0;
/// A misstep is so far below the level; what leaving it costs; lines there are to make it good.
const MISSTEP: f64 = 20.0;
const RECOVERY: f64 = 6.0;
const RECOVERS_WITHIN: usize = 2;
/// Mean distance from the level at which steadiness costs most, and what it costs.
const UNSTEADY: f64 = 30.0;
const STEADINESS: f64 = 6.0;

/// A skill over a conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConversationSkill {
    /// 0–100.
    pub score: f64,
    /// 0–1: grows with the number of lines that could be read and falls with their spread.
    pub confidence: Confidence,
    /// Nine of ten conversations like it, by the spread of the lines: 0–100.
    pub interval: [f64; 2],
    /// Mean standing of the lines.
    pub level: f64,
    /// Last third less first third, points; `None` for fewer than six lines.
    pub trend: Option<f64>,
    /// Share of missteps made good, 0–1; `None` when there were none to make good.
    pub recovery: Option<f64>,
    /// Mean distance of the lines from their level, points.
    pub spread: f64,
    /// Lines that were read.
    pub lines: usize,
}

/// The skill over a conversation; `None` when no line could be read.
#[must_use]
pub fn over_lines(lines: &[SkillScore]) -> Option<ConversationSkill> {
    let weight: f64 = lines.iter().map(|line| line.confidence.get()).sum();
    if weight <= 0.0 {
        return None;
    }
    let mean_of = |lines: &[SkillScore]| {
        let weight: f64 = lines.iter().map(|line| line.confidence.get()).sum();
        let sum: f64 = lines.iter().map(|line| line.standing * line.confidence.get()).sum();
        (weight > 0.0).then(|| sum / weight)
    };
    let level = mean_of(lines)?;
    let share = |holds: &dyn Fn(f64) -> bool| {
        let held = lines.iter().filter(|line| holds(line.standing));
        held.map(|line| line.confidence.get()).sum::<f64>() / weight
    };
    let rates = share(&|standing| standing >= GOOD_FROM) - share(&|standing| standing <= POOR_TO);
    let third = lines.len() / 3;
    let trend = if lines.len() < TREND_FROM {
        None
    } else {
        let first = mean_of(&lines[..third]);
        let last = mean_of(&lines[lines.len() - third..]);
        first.zip(last).map(|(first, last)| last - first)
    };
    let recovery = recovery(lines, level);
    let away = lines.iter().map(|line| (line.standing - level).abs() * line.confidence.get());
    let spread = away.sum::<f64>() / weight;
    let score = level
        + RATES * rates
        + TREND * trend.unwrap_or(0.0).clamp(-TREND_MOST, TREND_MOST)
        + recovery.map_or(0.0, |share| RECOVERY * (share - 1.0))
        - STEADINESS * (spread / UNSTEADY).min(1.0);
    let score = score.clamp(0.0, 100.0);
    let n = lines.len() as f64;
    let sure = weight / n;
    // The mean distance of a normal sample is 0.8 of its deviation; 1.645 spans nine tenths.
    let half = 1.645 * (spread / 0.8).max(8.0) / n.sqrt();
    Some(ConversationSkill {
        score,
        confidence: Confidence::new(sure * n / (n + 2.0)),
        interval: [(score - half).max(0.0), (score + half).min(100.0)],
        level,
        trend,
        recovery,
        spread,
        lines: lines.len(),
    })
}

/// Of the missteps, the share that was made good; `None` when there were none.
fn recovery(lines: &[SkillScore], level: f64) -> Option<f64> {
    let (mut missteps, mut made_good) = (0_u32, 0_u32);
    for (at, line) in lines.iter().enumerate() {
        let after = &lines[at + 1..lines.len().min(at + 1 + RECOVERS_WITHIN)];
        if line.standing > level - MISSTEP {
            continue;
        }
        missteps += 1;
        made_good += u32::from(after.iter().any(|next| next.standing >= level));
    }
    (missteps > 0).then(|| f64::from(made_good) / f64::from(missteps))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(standings: &[f64]) -> Vec<SkillScore> {
        standings
            .iter()
            .map(|standing| SkillScore {
                score: *standing,
                standing: *standing,
                confidence: Confidence::new(0.8),
                interval: None,
            })
            .collect()
    }

    fn score(standings: &[f64]) -> f64 {
        over_lines(&lines(standings)).expect("lines were read").score
    }

    #[test]
    fn talking_more_is_not_rewarded() {
        let once = [70.0, 40.0, 62.0, 55.0, 81.0, 66.0];
        let twice: Vec<f64> = once.iter().chain(&once).copied().collect();
        assert!((score(&once) - score(&twice)).abs() < 4.0, "{} {}", score(&once), score(&twice));
        let same = [60.0; 3];
        let longer = [60.0; 30];
        assert!((score(&same) - score(&longer)).abs() < 1e-9);
    }

    #[test]
    fn a_misstep_made_good_beats_one_left_standing() {
        assert!(score(&[70.0, 20.0, 75.0, 70.0]) > score(&[70.0, 75.0, 70.0, 20.0]));
        assert!(score(&[70.0, 20.0, 75.0, 70.0, 70.0]) > score(&[70.0, 75.0, 20.0, 25.0, 70.0]));
    }

    #[test]
    fn getting_better_beats_getting_worse() {
        assert!(
            score(&[40.0, 45.0, 50.0, 55.0, 60.0, 65.0])
                > score(&[65.0, 60.0, 55.0, 50.0, 45.0, 40.0])
        );
    }

    #[test]
    fn steady_lines_beat_wild_ones_of_the_same_mean() {
        assert!(score(&[60.0; 4]) > score(&[95.0, 25.0, 95.0, 25.0]));
    }

    #[test]
    fn no_line_is_no_score() {
        assert_eq!(over_lines(&[]), None);
    }
}
