//! What each line did, which lines mattered, and how the weak ones could have gone.

use serde::{Deserialize, Serialize};

use super::Context;
use super::better::Coach;
use super::seen::{Seen, seen};
use super::words::{choose, clip, listed};
use crate::ids::TurnIndex;
use crate::language::clean;
use crate::rules::{Rarity, Tier};
use crate::units::Score;

/// What each line did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TurnImpacts {
    /// One a turn that was read, in order.
    pub turns: Vec<TurnImpact>,
    /// The lines to look at: at most three best, three weakest and three rare ones, in the order
    /// they were said, each once.
    pub key_lines: Vec<KeyLine>,
}

/// What one line did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TurnImpact {
    /// Which turn.
    pub turn: TurnIndex,
    /// −100–100: what it did for the conversation, mood and score together.
    pub impact: f64,
    /// How it moved positivity, tension and comfort.
    pub moved: [f64; 3],
    /// The line's score.
    pub score: Score,
    /// Its tier, when it is sure enough to be shown.
    pub tier: Option<Tier>,
}

/// A line worth looking at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KeyLine {
    /// Which turn.
    pub turn: TurnIndex,
    /// Why it is one.
    pub kind: KeyLineKind,
    /// The line as it was said.
    pub text: String,
    /// What came back.
    pub reply: Option<String>,
    /// Its score.
    pub score: Score,
    /// Its tier, when it is sure enough to be shown.
    pub tier: Option<Tier>,
    /// Its rarity, when its tier is shown.
    pub rarity: Option<Rarity>,
    /// −100–100.
    pub impact: f64,
    /// Why it scored and worked as it did, in a sentence.
    pub reason: String,
    /// A way to say the same that would have landed better; for weak lines only.
    pub better: Option<String>,
}

/// Why a line is worth looking at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyLineKind {
    /// Among the best.
    Top,
    /// Among the weakest.
    Bottom,
    /// Of a rare tier.
    Rare,
}

/// Key lines of one kind at most.
const MOST_OF_A_KIND: usize = 3;
/// What positivity, comfort and tension can move together in one strong turn, points.
const STRONG_MOVE: f64 = 30.0;
/// A line of this score or more is none of the weak ones, unless it did harm.
const WEAK_BELOW: f64 = 60.0;
/// The longest line kept as a key line, in characters.
const LONGEST_LINE: usize = 400;

/// What each line did, from the fold alone.
///
/// impact = (said + done) / 2, each −100–100, rounded to a tenth, where said = 2 × (score − 50) ×
/// the confidence of the reading, and done = (positivity − tension + comfort moved) / 30 × 100.
#[must_use]
pub fn offline(context: &Context<'_>) -> TurnImpacts {
    let seen = seen(context);
    let turns: Vec<TurnImpact> = seen.iter().map(impact).collect();
    let key_lines = key_lines(context, &seen, &turns);
    TurnImpacts { turns, key_lines }
}

fn impact(turn: &Seen<'_>) -> TurnImpact {
    let moved @ [positivity, tension, comfort] = turn.moved();
    let said = 2.0 * (turn.read.score.get() - 50.0) * turn.read.confidence.get();
    let done = (positivity - tension + comfort) / STRONG_MOVE * 100.0;
    let impact = f64::midpoint(said.clamp(-100.0, 100.0), done.clamp(-100.0, 100.0));
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    TurnImpact {
        turn: turn.spoken.turn,
        // Adding zero turns −0 into 0.
        impact: tenth(impact) + 0.0,
        moved: moved.map(|by| tenth(by) + 0.0),
        score: turn.read.score,
        tier: turn.read.shown_tier(),
    }
}

/// Positions of the key lines: the best first, then rare ones that are not among them, then the
/// weak ones. Lines that could hurt somebody are none.
fn chosen(seen: &[Seen<'_>], turns: &[TurnImpact]) -> Vec<(usize, KeyLineKind)> {
    let mut all: Vec<usize> =
        (0..seen.len()).filter(|at| seen[*at].may_be_quoted() && seen[*at].counts()).collect();
    // Of equals the earlier one comes first, since sorting keeps their order.
    all.sort_by(|a, b| turns[*b].impact.total_cmp(&turns[*a].impact));
    let is_good = |at: &usize| turns[*at].impact > 0.0 && turns[*at].score.get() >= WEAK_BELOW;
    let is_weak = |at: &usize| turns[*at].impact < 0.0 || turns[*at].score.get() < WEAK_BELOW;
    let is_rare = |at: &usize| turns[*at].tier.is_some_and(|tier| tier.rarity() >= Rarity::Rare);
    let mut key: Vec<(usize, KeyLineKind)> = Vec::new();
    let top: Vec<usize> = all.iter().copied().filter(is_good).take(MOST_OF_A_KIND).collect();
    key.extend(top.iter().map(|at| (*at, KeyLineKind::Top)));
    let mut rare: Vec<usize> =
        all.iter().copied().filter(|at| is_rare(at) && !top.contains(at)).collect();
    rare.sort_by(|a, b| turns[*b].score.get().total_cmp(&turns[*a].score.get()));
    key.extend(rare.iter().take(MOST_OF_A_KIND).map(|at| (*at, KeyLineKind::Rare)));
    let taken: Vec<usize> = key.iter().map(|(at, _)| *at).collect();
    let weak = all.iter().rev().copied().filter(|at| is_weak(at) && !taken.contains(at));
    key.extend(weak.take(MOST_OF_A_KIND).map(|at| (at, KeyLineKind::Bottom)));
    key.sort_by_key(|(at, _)| *at);
    key
}

fn key_lines(context: &Context<'_>, seen: &[Seen<'_>], turns: &[TurnImpact]) -> Vec<KeyLine> {
    let mut coach = Coach::new(context);
    chosen(seen, turns)
        .into_iter()
        .map(|(at, kind)| {
            let (turn, impact) = (&seen[at], &turns[at]);
            let better = (kind == KeyLineKind::Bottom).then(|| coach.better(turn)).flatten();
            KeyLine {
                turn: impact.turn,
                kind,
                text: clip(&clean(&turn.spoken.user), LONGEST_LINE),
                reply: turn.spoken.reply.as_ref().map(|line| clip(&line.text, LONGEST_LINE)),
                score: impact.score,
                tier: impact.tier,
                rarity: impact.tier.map(Tier::rarity),
                impact: impact.impact,
                reason: reason(context, turn),
                better,
            }
        })
        .collect()
}

/// Why it scored as it did, and what it did to the mood.
fn reason(context: &Context<'_>, turn: &Seen<'_>) -> String {
    let why = turn.read.reason.trim().trim_end_matches('.');
    let verb = why.split(' ').next().unwrap_or_default();
    let line = match verb {
        "" => "It left little to read".to_owned(),
        "too" => format!("It is {why}"),
        _ => format!("It {why}"),
    };
    let name = &context.mission.scenario().persona.name;
    let place = format!("moved {}", turn.spoken.turn);
    let did = moved_in_words(turn.moved());
    if did.is_empty() {
        let ways = ["and the mood hardly moved", "which left the mood where it was"];
        return format!("{line}, {}.", choose(context.seed(), &place, &ways));
    }
    let ways = ["; ", ", and "];
    let joint = choose(context.seed(), &place, &ways);
    format!("{line}{joint}{name}'s {did}.")
}

/// The two things it moved most, in words; empty when it moved nothing by a point and a half.
fn moved_in_words([positivity, tension, comfort]: [f64; 3]) -> String {
    let mut moves = [("good will", positivity), ("tension", tension), ("comfort", comfort)];
    moves.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let parts: Vec<String> = moves
        .iter()
        .filter(|(_, by)| by.abs() >= 1.5)
        .take(2)
        .map(|(what, by)| {
            format!("{what} {} by {:.0}", if *by > 0.0 { "rose" } else { "fell" }, by.abs())
        })
        .collect();
    listed(&parts)
}
