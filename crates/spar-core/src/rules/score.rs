//! Scores, tiers, rarity, hints and the running tally.

use serde::{Deserialize, Serialize};

use crate::reading::{BoundaryRisk, MicroFlag};
use crate::units::{Confidence, Score};

/// A band of scores. Always follows from the number, never from a model.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub enum Tier {
    /// 0–39.
    D,
    /// 40–59.
    C,
    /// 60–74.
    B,
    /// 75–84.
    A,
    /// 85–94.
    S,
    /// 95–100.
    #[serde(rename = "S+")]
    SPlus,
}

/// Lowest score of each tier, XP and coins a turn, best tier first.
const TIERS: [(Tier, f64, Rarity, u32, u32); 6] = [
    (Tier::SPlus, 95.0, Rarity::Epic, 28, 9),
    (Tier::S, 85.0, Rarity::Epic, 20, 7),
    (Tier::A, 75.0, Rarity::Rare, 14, 5),
    (Tier::B, 60.0, Rarity::Common, 8, 3),
    (Tier::C, 40.0, Rarity::Common, 4, 1),
    (Tier::D, 0.0, Rarity::Common, 0, 0),
];

impl Tier {
    /// Every tier, worst first.
    pub const ALL: [Self; 6] = [Self::D, Self::C, Self::B, Self::A, Self::S, Self::SPlus];

    /// The tier of a score.
    #[must_use]
    pub fn of(score: Score) -> Self {
        TIERS.iter().find(|row| score.get() >= row.1).map_or(Self::D, |row| row.0)
    }

    /// The name people see.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::D => "D",
            Self::C => "C",
            Self::B => "B",
            Self::A => "A",
            Self::S => "S",
            Self::SPlus => "S+",
        }
    }

    /// The tier of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name().eq_ignore_ascii_case(name))
    }

    /// 0 (D) to 5 (S+).
    #[must_use]
    pub fn rank(self) -> u8 {
        self as u8
    }

    /// How rarely one sees it.
    #[must_use]
    pub fn rarity(self) -> Rarity {
        self.row().2
    }

    /// XP a turn of this tier earns.
    #[must_use]
    pub fn xp(self) -> u32 {
        self.row().3
    }

    /// Coins a turn of this tier earns.
    #[must_use]
    pub fn coins(self) -> u32 {
        self.row().4
    }

    fn row(self) -> &'static (Self, f64, Rarity, u32, u32) {
        // The table is best first and ranks are worst first.
        &TIERS[TIERS.len() - 1 - usize::from(self.rank())]
    }
}

/// How rare a tier is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Rarity {
    /// Everyday.
    Common,
    /// Worth a glow.
    Rare,
    /// Worth a celebration.
    Epic,
}

/// What the screen may do about a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventHint {
    /// Nothing.
    #[default]
    Neutral,
    /// Something went very well.
    Celebration,
    /// Something went over a line, or begs.
    Warning,
}

/// A boundary problem caps the turn at this score, whoever says the rest.
const BOUNDARY_CAP: f64 = 45.0;

/// From this blended confidence on, a tier, a badge or an effect may be shown.
pub const SHOWN_FROM: f64 = 0.4;

/// The score after the boundary cap.
#[must_use]
pub fn boundary_cap(score: Score, risk: BoundaryRisk) -> Score {
    if risk == BoundaryRisk::High { Score::new(score.get().min(BOUNDARY_CAP)) } else { score }
}

/// A model's number and the local one, weighted by how far each is trusted:
/// w = c_model / (c_model + c_local). Without a model number the local one stands.
#[must_use]
pub fn blend(
    model: Option<Score>,
    model_trust: Confidence,
    local: Score,
    local_confidence: Confidence,
) -> (Score, Confidence) {
    let Some(model) = model else { return (local, local_confidence) };
    let total = model_trust.get() + local_confidence.get();
    if total <= 0.0 {
        return (local, Confidence::new(0.0));
    }
    let weight = model_trust.get() / total;
    let score = weight * model.get() + (1.0 - weight) * local.get();
    let confidence = weight * model_trust.get() + (1.0 - weight) * local_confidence.get();
    (Score::new(score), Confidence::new(confidence))
}

/// Whether a score of this confidence is shown with tier, badge and effects.
#[must_use]
pub fn is_shown(confidence: Confidence) -> bool {
    confidence.get() >= SHOWN_FROM
}

/// High risk or neediness warns; otherwise S, S+ or brilliance celebrates. A warning outranks a
/// celebration, and what is not sure enough to be shown does neither (risk is always shown).
#[must_use]
pub fn event_hint(
    score: Score,
    confidence: Confidence,
    risk: BoundaryRisk,
    flags: &[MicroFlag],
) -> EventHint {
    let needy = flags.contains(&MicroFlag::Needy) && is_shown(confidence);
    if risk == BoundaryRisk::High || needy {
        return EventHint::Warning;
    }
    let celebrates = Tier::of(score) >= Tier::S || flags.contains(&MicroFlag::Brilliant);
    if celebrates && is_shown(confidence) { EventHint::Celebration } else { EventHint::Neutral }
}

/// The best a failed mission can score.
const FAILED_CAP: f64 = 59.0;

/// The mission's score: the mean of its turns, at most 59 when it failed.
#[must_use]
pub fn mission_score(mean: Option<f64>, failed: bool) -> Option<Score> {
    mean.map(|mean| Score::new(if failed { mean.min(FAILED_CAP) } else { mean }))
}

/// The running account of a mission's scored turns. Costs the same at turn 5,000 as at turn 5.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Turns scored.
    pub count: u32,
    /// Sum of their scores, in tenths of a point, so that order of addition cannot matter.
    pub sum_tenths: u64,
    /// Tier of the latest one.
    pub last_tier: Option<Tier>,
    /// Score of the latest one.
    pub last_score: Option<Score>,
    /// Turns per tier, D first.
    pub per_tier: [u32; 6],
    /// Turns in a row at or above B, up to now.
    pub momentum: u32,
    /// Turns in a row without a boundary problem, up to now.
    pub boundary_safe_streak: u32,
    /// Boundary problems so far.
    pub boundary_problems: u32,
}

impl Tally {
    /// Counts one scored turn.
    pub fn add(&mut self, score: Score) {
        let tier = Tier::of(score);
        self.count += 1;
        self.sum_tenths += (score.get() * 10.0).round() as u64;
        self.last_tier = Some(tier);
        self.last_score = Some(score);
        self.per_tier[usize::from(tier.rank())] += 1;
        self.momentum = if tier >= Tier::B { self.momentum + 1 } else { 0 };
    }

    /// Counts how a turn stands to boundaries, scored or not.
    pub fn add_boundary(&mut self, risk: BoundaryRisk) {
        if risk == BoundaryRisk::High {
            self.boundary_safe_streak = 0;
            self.boundary_problems += 1;
        } else {
            self.boundary_safe_streak += 1;
        }
    }

    /// Mean of the scored turns, 0–100.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_tenths as f64 / 10.0 / f64::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_rarity_and_rewards_are_the_table() {
        let rows: Vec<_> = [100.0, 95.0, 94.9, 85.0, 75.0, 60.0, 59.9, 40.0, 39.9, 0.0]
            .into_iter()
            .map(|n| {
                let tier = Tier::of(Score::new(n));
                format!("{n} {} {:?} {}/{}", tier.name(), tier.rarity(), tier.xp(), tier.coins())
            })
            .collect();
        assert_eq!(
            rows,
            [
                "100 S+ Epic 28/9",
                "95 S+ Epic 28/9",
                "94.9 S Epic 20/7",
                "85 S Epic 20/7",
                "75 A Rare 14/5",
                "60 B Common 8/3",
                "59.9 C Common 4/1",
                "40 C Common 4/1",
                "39.9 D Common 0/0",
                "0 D Common 0/0"
            ]
        );
    }

    #[test]
    fn a_warning_outranks_a_celebration() {
        let sure = Confidence::new(0.9);
        let top = Score::new(99.0);
        assert_eq!(event_hint(top, sure, BoundaryRisk::Low, &[]), EventHint::Celebration);
        assert_eq!(event_hint(top, sure, BoundaryRisk::High, &[]), EventHint::Warning);
        assert_eq!(
            event_hint(top, sure, BoundaryRisk::Low, &[MicroFlag::Brilliant, MicroFlag::Needy]),
            EventHint::Warning
        );
        assert_eq!(
            event_hint(top, Confidence::new(0.3), BoundaryRisk::Low, &[]),
            EventHint::Neutral
        );
    }

    #[test]
    fn a_needy_line_warns_only_when_the_reading_is_sure_enough_to_be_shown() {
        let hint = |sure, risk| {
            event_hint(Score::new(50.0), Confidence::new(sure), risk, &[MicroFlag::Needy])
        };
        assert_eq!(hint(0.39, BoundaryRisk::Low), EventHint::Neutral);
        assert_eq!(hint(0.4, BoundaryRisk::Low), EventHint::Warning);
        assert_eq!(hint(0.1, BoundaryRisk::High), EventHint::Warning, "boundaries always do");
    }

    #[test]
    fn without_a_model_number_the_local_one_stands() {
        let (score, confidence) =
            blend(None, Confidence::new(0.7), Score::new(62.0), Confidence::new(0.5));
        assert_eq!((score.get(), confidence.get()), (62.0, 0.5));
        let (score, _) = blend(
            Some(Score::new(90.0)),
            Confidence::new(0.7),
            Score::new(50.0),
            Confidence::new(0.7),
        );
        assert_eq!(score.get(), 70.0);
    }
}
