//! The persona's mood: a vector, its label with hysteresis, and what moves it.

use serde::{Deserialize, Serialize};

use super::{Dynamics, Knobs};
use crate::reading::{Delta, Deltas};

/// A delta moves positivity, tension and comfort by this much before scaling.
const STEP: MoodVector = MoodVector { positivity: 6.0, tension: 8.0, comfort: 6.0 };
/// The share of the way back to rest that each turn takes.
const RELAX: f64 = 0.08;
/// How far inside another region the vector must be before the label changes.
const HYSTERESIS: f64 = 4.0;

/// The label of a mood: a region of the vector.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
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
pub enum Mood {
    /// Open and at ease.
    Warm,
    /// Open and stirred up.
    Excited,
    /// Leaning in.
    Interested,
    /// Neither.
    #[default]
    Neutral,
    /// Pushing to see what holds.
    Testing,
    /// Willing, not at ease.
    Shy,
    /// Closed until shown otherwise.
    Guarded,
    /// Elsewhere.
    Bored,
    /// Irritated.
    Annoyed,
    /// Wounded.
    Hurt,
    /// Shut.
    Cold,
}

impl Mood {
    /// Every mood.
    pub const ALL: [Self; 11] = [
        Self::Warm,
        Self::Excited,
        Self::Interested,
        Self::Neutral,
        Self::Testing,
        Self::Shy,
        Self::Guarded,
        Self::Bored,
        Self::Annoyed,
        Self::Hurt,
        Self::Cold,
    ];

    /// The word on screen and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Excited => "excited",
            Self::Interested => "interested",
            Self::Neutral => "neutral",
            Self::Testing => "testing",
            Self::Shy => "shy",
            Self::Guarded => "guarded",
            Self::Bored => "bored",
            Self::Annoyed => "annoyed",
            Self::Hurt => "hurt",
            Self::Cold => "cold",
        }
    }

    /// The mood of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mood| mood.name() == name)
    }
}

/// Ranges of positivity, tension and comfort, and the label of the box they span.
type Region = ([f64; 2], [f64; 2], [f64; 2], Mood);

/// Half-open ranges of positivity, tension and comfort, and the label of the box they span. The
/// upper face of the cube belongs to it. Together they cover the cube without gap or overlap.
const REGIONS: [Region; 17] = [
    ([0.0, 35.0], [0.0, 50.0], [0.0, 35.0], Mood::Cold),
    ([0.0, 35.0], [50.0, 100.0], [0.0, 35.0], Mood::Hurt),
    ([0.0, 35.0], [0.0, 40.0], [35.0, 100.0], Mood::Bored),
    ([0.0, 35.0], [40.0, 100.0], [35.0, 100.0], Mood::Annoyed),
    ([35.0, 65.0], [0.0, 35.0], [0.0, 35.0], Mood::Shy),
    ([35.0, 65.0], [35.0, 100.0], [0.0, 35.0], Mood::Guarded),
    ([35.0, 65.0], [0.0, 60.0], [35.0, 60.0], Mood::Neutral),
    ([35.0, 65.0], [60.0, 75.0], [35.0, 60.0], Mood::Testing),
    ([35.0, 65.0], [75.0, 100.0], [35.0, 60.0], Mood::Annoyed),
    ([35.0, 65.0], [0.0, 60.0], [60.0, 100.0], Mood::Interested),
    ([35.0, 65.0], [60.0, 100.0], [60.0, 100.0], Mood::Testing),
    ([65.0, 100.0], [0.0, 65.0], [0.0, 35.0], Mood::Shy),
    ([65.0, 100.0], [65.0, 100.0], [0.0, 35.0], Mood::Guarded),
    ([65.0, 100.0], [0.0, 65.0], [35.0, 60.0], Mood::Interested),
    ([65.0, 100.0], [65.0, 100.0], [35.0, 60.0], Mood::Testing),
    ([65.0, 100.0], [0.0, 45.0], [60.0, 100.0], Mood::Warm),
    ([65.0, 100.0], [45.0, 100.0], [60.0, 100.0], Mood::Excited),
];

/// Positivity, tension and comfort, 0–100 each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodVector {
    /// How well disposed.
    pub positivity: f64,
    /// How strained; high is bad.
    pub tension: f64,
    /// How safe it feels.
    pub comfort: f64,
}

impl Default for MoodVector {
    fn default() -> Self {
        Self { positivity: 50.0, tension: 40.0, comfort: 45.0 }
    }
}

impl MoodVector {
    /// The label of the region the vector lies in.
    #[must_use]
    pub fn region(&self) -> Mood {
        let inside = |[low, high]: [f64; 2], value: f64| {
            value >= low && (value < high || (high == 100.0 && value <= 100.0))
        };
        REGIONS
            .iter()
            .find(|(positivity, tension, comfort, _)| {
                inside(*positivity, self.positivity)
                    && inside(*tension, self.tension)
                    && inside(*comfort, self.comfort)
            })
            .map_or(Mood::Neutral, |row| row.3)
    }

    /// The label after moving here from `current`: another one only when the vector lies clearly
    /// inside its region, so that the face does not flicker at a border.
    #[must_use]
    pub fn label(&self, current: Mood) -> Mood {
        let candidate = self.region();
        if candidate == current {
            return current;
        }
        let probes = [
            (HYSTERESIS, 0.0, 0.0),
            (-HYSTERESIS, 0.0, 0.0),
            (0.0, HYSTERESIS, 0.0),
            (0.0, -HYSTERESIS, 0.0),
            (0.0, 0.0, HYSTERESIS),
            (0.0, 0.0, -HYSTERESIS),
        ];
        let clear = probes.iter().all(|(positivity, tension, comfort)| {
            self.moved(*positivity, *tension, *comfort).region() == candidate
        });
        if clear { candidate } else { current }
    }

    /// One turn's move: the deltas, scaled, and a step back to rest.
    #[must_use]
    pub fn after(
        &self,
        deltas: Deltas,
        strength: f64,
        rest: &Self,
        knobs: &Knobs,
        dynamics: &Dynamics,
        modifiers: &[Modifier],
    ) -> Self {
        // What is no number moves like a line of middling strength.
        let strength = if strength.is_nan() { 1.0 } else { strength.clamp(0.5, 1.5) };
        let scale = |good: bool| {
            let factor = if good { knobs.good_factor() } else { knobs.bad_factor() };
            let timed: f64 = modifiers.iter().map(|modifier| modifier.kind.factor(good)).product();
            strength * factor * timed
        };
        let step = |delta: Delta, size: f64, good: bool, temper: f64| {
            if delta == Delta::Stable { 0.0 } else { delta.sign() * size * scale(good) * temper }
        };
        let warmth = Dynamics::factor(dynamics.warmth);
        let escalation = Dynamics::factor(dynamics.escalation_speed);
        let letting_go = Dynamics::factor(100.0 - dynamics.hostility);
        let positivity_good = deltas.mood == Delta::Up;
        let tension_good = deltas.tension == Delta::Down;
        let comfort_good = deltas.comfort == Delta::Up;
        let moved = self.moved(
            step(
                deltas.mood,
                STEP.positivity,
                positivity_good,
                if positivity_good { warmth } else { 1.0 },
            ),
            step(
                deltas.tension,
                STEP.tension,
                tension_good,
                if tension_good { letting_go } else { escalation },
            ),
            step(
                deltas.comfort,
                STEP.comfort,
                comfort_good,
                Dynamics::factor(dynamics.vulnerability),
            ),
        );
        let relax = RELAX * Dynamics::factor(dynamics.pace);
        let toward = |value: f64, rest: f64| (rest - value) * relax;
        moved.moved(
            toward(moved.positivity, rest.positivity),
            toward(moved.tension, rest.tension),
            toward(moved.comfort, rest.comfort),
        )
    }

    /// Moved and kept within 0–100.
    #[must_use]
    pub fn moved(&self, positivity: f64, tension: f64, comfort: f64) -> Self {
        Self {
            positivity: (self.positivity + positivity).clamp(0.0, 100.0),
            tension: (self.tension + tension).clamp(0.0, 100.0),
            comfort: (self.comfort + comfort).clamp(0.0, 100.0),
        }
    }

    /// Beyond what a conversation survives: positivity below 10 or tension above 95.
    #[must_use]
    pub fn is_collapsing(&self) -> bool {
        self.positivity < 10.0 || self.tension > 95.0
    }
}

/// Why the mood is harder to move for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModifierKind {
    /// Tension jumped by at least [`ModifierKind::SPIKE_FROM`] in a turn.
    TensionSpike,
    /// The score fell by more than [`ModifierKind::DROP_FROM`].
    ScoreDrop,
    /// Two bad flags on one line.
    TwoBadFlags,
}

impl ModifierKind {
    /// A jump of tension that counts as a spike, points.
    pub const SPIKE_FROM: f64 = 10.0;
    /// A fall of the score from one turn to the next that counts as a drop, points.
    pub const DROP_FROM: f64 = 30.0;

    /// How many turns it lasts.
    #[must_use]
    pub fn turns(self) -> u8 {
        match self {
            Self::TensionSpike => 3,
            Self::ScoreDrop | Self::TwoBadFlags => 2,
        }
    }

    /// What it multiplies good and bad moves by.
    #[must_use]
    pub fn factor(self, good: bool) -> f64 {
        match (self, good) {
            (Self::TensionSpike, true) => 0.8,
            (Self::ScoreDrop, true) => 0.85,
            (Self::TwoBadFlags, false) => 1.2,
            _ => 1.0,
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::TensionSpike => "still stung",
            Self::ScoreDrop => "thrown by the turn",
            Self::TwoBadFlags => "on edge",
        }
    }
}

/// A modifier and the turns it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modifier {
    /// Why.
    pub kind: ModifierKind,
    /// Turns left.
    pub turns_left: u8,
}

/// Moods a persona of this style would not be in without a reason.
const CONTRADICTIONS: [(&str, &[Mood]); 8] = [
    ("warm", &[Mood::Cold, Mood::Annoyed, Mood::Bored]),
    ("direct", &[Mood::Shy]),
    ("dry", &[Mood::Excited]),
    ("anxious", &[Mood::Bored, Mood::Excited]),
    ("proud", &[Mood::Shy, Mood::Hurt]),
    ("playful", &[Mood::Cold, Mood::Bored]),
    ("formal", &[Mood::Excited]),
    ("tired", &[Mood::Excited]),
];

/// How far the persona is still itself, 0–100: 100 minus what contradicts its style (30, scaled by
/// how strong the style is: 0.7 mild, 1 normal, 1.3 strong), minus 10 for each modifier.
#[must_use]
pub fn stability(style: &str, intensity: f64, mood: Mood, modifiers: &[Modifier]) -> f64 {
    let contradicts =
        CONTRADICTIONS.iter().any(|(key, moods)| *key == style && moods.contains(&mood));
    let penalty = if contradicts { 30.0 * intensity } else { 0.0 } + 10.0 * modifiers.len() as f64;
    (100.0 - penalty).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds([low, high]: [f64; 2], value: f64) -> bool {
        value >= low && (value < high || high == 100.0)
    }

    #[test]
    fn regions_cover_the_cube_without_gap_or_overlap() {
        for positivity in 0..=100 {
            for tension in 0..=100 {
                for comfort in 0..=100 {
                    let owners = REGIONS
                        .iter()
                        .filter(|region| {
                            holds(region.0, f64::from(positivity))
                                && holds(region.1, f64::from(tension))
                                && holds(region.2, f64::from(comfort))
                        })
                        .count();
                    assert_eq!(owners, 1, "({positivity}, {tension}, {comfort})");
                }
            }
        }
    }

    #[test]
    fn every_mood_has_a_region() {
        for mood in Mood::ALL {
            assert!(REGIONS.iter().any(|region| region.3 == mood), "{mood:?} is nowhere");
        }
    }

    #[test]
    fn a_label_does_not_flicker_at_a_border() {
        let just_over = MoodVector { positivity: 66.0, tension: 20.0, comfort: 80.0 };
        assert_eq!(just_over.region(), Mood::Warm);
        assert_eq!(just_over.label(Mood::Interested), Mood::Interested);
        let clearly = MoodVector { positivity: 70.0, ..just_over };
        assert_eq!(clearly.label(Mood::Interested), Mood::Warm);
    }

    #[test]
    fn harder_amplifies_the_bad_and_damps_the_good() {
        use super::super::Difficulty;
        let start = MoodVector::default();
        let tension_after = |delta, level: Difficulty| {
            let deltas = Deltas { tension: delta, ..Deltas::default() };
            start.after(deltas, 1.0, &start, &level.knobs(), &Dynamics::default(), &[]).tension
        };
        assert!(
            tension_after(Delta::Up, Difficulty::Elite)
                > tension_after(Delta::Up, Difficulty::Easy)
        );
        assert!(
            tension_after(Delta::Down, Difficulty::Elite)
                > tension_after(Delta::Down, Difficulty::Easy)
        );
    }
}
