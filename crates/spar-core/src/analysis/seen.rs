//! The turns that can be studied, each with what it moved: what the computed forms start from.

use super::Context;
use crate::mission::{SpokenTurn, TurnReading};
use crate::reading::{BoundaryRisk, Cue, CueName, MicroFlag, Safety};
use crate::rules::{Modifier, ModifierKind, MoodVector};
use crate::units::Score;

/// A turn that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    /// The turn.
    pub(super) spoken: &'a SpokenTurn,
    /// What it meant.
    pub(super) read: &'a TurnReading,
    /// The mood before it.
    pub(super) before: MoodVector,
    /// Modifiers in force after it.
    pub(super) modifiers: usize,
    /// The smoothed score after it, as the mission keeps it.
    pub(super) smoothed: f64,
}

/// Weight of the newest score in the smoothed one.
const SMOOTHING: f64 = 0.35;

/// Every turn that was read and not taken back, oldest first; none in a language that is not read,
/// and none in which the speaker may have been in danger. One walk over the mission.
pub(super) fn seen<'a>(context: &Context<'a>) -> Vec<Seen<'a>> {
    let mut before = context.mission.start();
    let mut modifiers: Vec<Modifier> = Vec::new();
    let mut last_score: Option<Score> = None;
    let mut smoothed: Option<f64> = None;
    let mut all = Vec::new();
    for spoken in context.mission.turns() {
        let Some(read) = &spoken.reading else { continue };
        let score = read.score.get();
        let now = smoothed.map_or(score, |old| old + SMOOTHING * (score - old));
        smoothed = Some(now);
        renew(&mut modifiers, read, spoken.vector.tension - before.tension, last_score);
        if read.confidence.get() > 0.0 {
            last_score = Some(read.score);
        }
        if !spoken.cancelled && !spoken.in_crisis() {
            let modifiers = modifiers.len();
            all.push(Seen { spoken, read, before, modifiers, smoothed: now });
        }
        before = spoken.vector;
    }
    all
}

/// The modifiers after a turn, as the fold of the mission has them.
fn renew(
    modifiers: &mut Vec<Modifier>,
    read: &TurnReading,
    tension: f64,
    last_score: Option<Score>,
) {
    modifiers.retain_mut(|modifier| {
        modifier.turns_left -= 1;
        modifier.turns_left > 0
    });
    let fell =
        last_score.is_some_and(|last| last.get() - read.score.get() > ModifierKind::DROP_FROM);
    let bad_flags = read.flags.iter().filter(|flag| flag.is_bad()).count();
    for (kind, holds) in [
        (ModifierKind::TensionSpike, tension >= ModifierKind::SPIKE_FROM),
        (ModifierKind::ScoreDrop, fell),
        (ModifierKind::TwoBadFlags, bad_flags >= 2),
    ] {
        if holds && !modifiers.iter().any(|modifier| modifier.kind == kind) {
            modifiers.push(Modifier { kind, turns_left: kind.turns() });
        }
    }
}

impl Seen<'_> {
    /// How it moved positivity, tension and comfort.
    pub(super) fn moved(&self) -> [f64; 3] {
        let after = self.spoken.vector;
        [
            after.positivity - self.before.positivity,
            after.tension - self.before.tension,
            after.comfort - self.before.comfort,
        ]
    }

    /// Whether the reading was sure enough to count at all.
    pub(super) fn counts(&self) -> bool {
        self.read.confidence.get() > 0.0
    }

    /// Whether it shows the cue.
    pub(super) fn has(&self, cue: Cue) -> bool {
        self.read.cues.iter().any(|hit| hit.cue == CueName::Common(cue))
    }

    /// Whether it shows one of the cues.
    pub(super) fn has_any(&self, cues: &[Cue]) -> bool {
        cues.iter().any(|cue| self.has(*cue))
    }

    /// Whether it carries the flag.
    pub(super) fn is(&self, flag: MicroFlag) -> bool {
        self.read.flags.contains(&flag)
    }

    /// Whether the line may be given back to its speaker: nothing in it hurts anybody.
    pub(super) fn may_be_quoted(&self) -> bool {
        self.read.safety == Safety::Clear && self.read.boundary_risk != BoundaryRisk::High
    }
}
