//! Which traits go together in a person's missions.

use serde::{Deserialize, Serialize};

use super::Context;
use super::traits::{Trait, TraitScores};

/// Newest missions that are looked at.
pub const MISSIONS: usize = 15;
/// Fewer missions say nothing.
pub const FEWEST: usize = 5;
/// Weaker correlations are not shown.
pub const SHOWN_FROM: f64 = 0.45;

/// How traits go together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Synergies {
    /// Missions with traits among the newest [`MISSIONS`], this one included.
    pub missions: u32,
    /// Pairs from |r| ≥ [`SHOWN_FROM`], strongest first; none with fewer than [`FEWEST`] missions.
    pub pairs: Vec<Synergy>,
}

/// Two traits that go together, or against each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Synergy {
    /// One.
    pub a: Trait,
    /// The other.
    pub b: Trait,
    /// Pearson's r, −1–1.
    pub r: f64,
    /// Missions it was computed from.
    pub n: u32,
}

/// How traits go together over the newest missions, this one first.
#[must_use]
pub fn offline(context: &Context<'_>) -> Synergies {
    let this = context.results.traits.as_ref().and_then(|traits| traits.scores);
    let earlier = context.history.missions.iter().map(|past| past.traits);
    let scores: Vec<TraitScores> =
        std::iter::once(this).chain(earlier).take(MISSIONS).flatten().collect();
    let mut found = Synergies { missions: scores.len() as u32, pairs: Vec::new() };
    if scores.len() < FEWEST {
        return found;
    }
    for (at, a) in Trait::ALL.into_iter().enumerate() {
        for b in Trait::ALL.into_iter().skip(at + 1) {
            let pairs: Vec<(f64, f64)> =
                scores.iter().map(|score| (score.get(a).get(), score.get(b).get())).collect();
            if let Some(r) = pearson(&pairs).filter(|r| r.abs() >= SHOWN_FROM) {
                // Two decimals are more than so few missions can bear.
                let r = (r * 100.0).round() / 100.0;
                found.pairs.push(Synergy { a, b, r, n: pairs.len() as u32 });
            }
        }
    }
    found.pairs.sort_by(|one, other| other.r.abs().total_cmp(&one.r.abs()));
    found
}

/// Pearson's product-moment correlation; `None` where one side does not vary.
fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mean_a, mean_b) = (
        pairs.iter().map(|pair| pair.0).sum::<f64>() / n,
        pairs.iter().map(|pair| pair.1).sum::<f64>() / n,
    );
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    // Scores have one decimal, so less than this is rounding and not variation.
    if aa < 1e-6 || bb < 1e-6 {
        return None;
    }
    Some((ab / (aa * bb).sqrt()).clamp(-1.0, 1.0))
}
