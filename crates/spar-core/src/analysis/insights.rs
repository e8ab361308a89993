//! A few cards worth reading first: chosen from everything the other stages found, with priorities,
//! caps and a cooldown, so that the same advice does not come five times running.

use serde::{Deserialize, Serialize};

use super::Context;
use super::moments::{Course, Moment, as_you, course, in_short, moments, name};
use super::mood_timeline::ArcKind;
use super::tips::{CROSSED, Fits, TIPS};
use super::words::{capital, counted, listed, number, sentence};
use crate::ids::TurnIndex;

/// Cards, most urgent first, at most six.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Insights {
    /// The cards.
    pub cards: Vec<InsightCard>,
}

/// One card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InsightCard {
    /// What it is about.
    pub kind: InsightKind,
    /// A stable name for the cooldown, e.g. `gate:trust`.
    pub key: String,
    /// In a few words.
    pub title: String,
    /// One to three sentences.
    pub body: String,
    /// The turn that shows it.
    pub turn: Option<TurnIndex>,
    /// Higher comes first.
    pub priority: u32,
}

/// What a card can be about.
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
pub enum InsightKind {
    /// A gate that was missed, or passed well.
    Gate,
    /// A moment that took hold.
    Hook,
    /// A habit.
    Pattern,
    /// Something to try.
    Tip,
    /// The course of the mood.
    Mood,
    /// Traits that go together.
    Synergy,
}

/// Cards in all, of gates, of hooks and patterns together, and of everything else together.
pub const MOST_CARDS: usize = 6;
const MOST_GATES: usize = 3;
const MOST_HABITS: usize = 3;
const MOST_OTHERS: usize = 2;
/// Missions back in which a card that was shown is not shown again while there is another.
pub const COOLDOWN: usize = 5;

impl InsightKind {
    /// How urgent cards of the kind are.
    #[must_use]
    pub fn priority(self) -> u32 {
        match self {
            Self::Gate => 100,
            Self::Hook => 80,
            Self::Pattern => 60,
            Self::Tip => 40,
            Self::Mood => 30,
            Self::Synergy => 20,
        }
    }
}

/// The cards: the most urgent first, within the caps, none that was shown in the last
/// [`COOLDOWN`] missions while there is one that was not. Among equals the seed chooses.
#[must_use]
pub fn offline(context: &Context<'_>) -> Insights {
    let course = course(context);
    if course == Course::Crisis || context.turns().next().is_none() {
        return Insights::default();
    }
    let moments = moments(context);
    let mut cards = Vec::new();
    if course != Course::Disqualified {
        cards.extend(gate_cards(context));
    }
    cards.extend(hook_cards(context));
    cards.extend(pattern_cards(context));
    cards.extend(mood_cards(context));
    cards.extend(synergy_cards(context));
    cards.extend(tip_cards(context, &moments));
    if course == Course::Disqualified {
        // One thing is to be talked about, and no other beside it.
        let crossed = CROSSED.iter().map(|id| format!("tip:{id}")).collect::<Vec<_>>();
        cards.retain(|card| card.key == "hook:crossed_a_line" || crossed.contains(&card.key));
    }
    let shown: Vec<&str> = context
        .history
        .missions
        .iter()
        .take(COOLDOWN)
        .flat_map(|past| past.insights.iter().map(String::as_str))
        .collect();
    Insights { cards: chosen(cards, &shown, context.seed()) }
}

/// The cards that are shown, of all there are.
fn chosen(mut cards: Vec<InsightCard>, shown: &[&str], seed: u64) -> Vec<InsightCard> {
    cards.sort_by_key(|card| (std::cmp::Reverse(card.priority), drawn(seed, &card.key)));
    let (fresh, cooling): (Vec<InsightCard>, Vec<InsightCard>) =
        cards.into_iter().partition(|card| !shown.contains(&card.key.as_str()));
    let from = if fresh.is_empty() { cooling } else { fresh };
    let mut kept: Vec<InsightCard> = Vec::new();
    let (mut gates, mut habits, mut others) = (MOST_GATES, MOST_HABITS, MOST_OTHERS);
    for card in from {
        let left = match card.kind {
            InsightKind::Gate => &mut gates,
            InsightKind::Hook | InsightKind::Pattern => &mut habits,
            InsightKind::Tip | InsightKind::Mood | InsightKind::Synergy => &mut others,
        };
        let is_known = kept.iter().any(|other| other.key == card.key);
        if *left > 0 && !is_known && kept.len() < MOST_CARDS {
            *left -= 1;
            kept.push(card);
        }
    }
    kept
}

/// A number that depends on the seed and the key alone.
fn drawn(seed: u64, key: &str) -> u64 {
    let mut mixed = seed ^ 0x51_7c_c1_b7_27_22_0a_95;
    for byte in key.bytes() {
        mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn card(
    kind: InsightKind,
    key: &str,
    title: &str,
    body: String,
    turn: Option<TurnIndex>,
) -> InsightCard {
    let name = match kind {
        InsightKind::Gate => "gate",
        InsightKind::Hook => "hook",
        InsightKind::Pattern => "pattern",
        InsightKind::Tip => "tip",
        InsightKind::Mood => "mood",
        InsightKind::Synergy => "synergy",
    };
    InsightCard {
        kind,
        key: format!("{name}:{key}"),
        title: capital(title),
        body,
        turn,
        priority: kind.priority(),
    }
}

/// Gates that were missed come first, those a success needed before the others; of a mission
/// without an open one, the gate that was passed last. Gates of two scenarios may have one name, so
/// the scenario is part of the key.
fn gate_cards(context: &Context<'_>) -> Vec<InsightCard> {
    let Some(found) = &context.results.gates else { return Vec::new() };
    let scenario = &context.mission.scenario().id;
    let mut cards: Vec<InsightCard> = found
        .gates
        .iter()
        .filter(|gate| gate.passed_in.is_none())
        .map(|gate| {
            let missing = match &gate.missing {
                Some(missing) => {
                    format!("What was missing: {}.", missing.trim().trim_end_matches('.'))
                }
                None => "It stayed open to the end.".to_owned(),
            };
            let needed = if gate.required {
                "It was needed to get there."
            } else {
                "It was not needed, but it would have helped."
            };
            let key = format!("{scenario}/{}", gate.id);
            let title = format!("Still open: {}", gate.title);
            let mut card =
                card(InsightKind::Gate, &key, &title, format!("{missing} {needed}"), None);
            card.priority -= if gate.required { 0 } else { 5 };
            card
        })
        .collect();
    let last = found
        .gates
        .iter()
        .filter(|gate| gate.passed_in.is_some())
        .max_by_key(|gate| gate.passed_in);
    if cards.is_empty()
        && let Some(gate) = last
        && let Some(turn) = gate.passed_in
    {
        let line = context
            .turns()
            .find(|spoken| spoken.turn == turn && !spoken.in_crisis())
            .map(|spoken| in_short(&spoken.user));
        let body = match line {
            Some(line) => {
                format!("It passed in turn {turn}, with {line}. Nothing was left open after that.")
            }
            None => format!("It passed in turn {turn}, and nothing was left open after that."),
        };
        let mut card = card(
            InsightKind::Gate,
            &format!("{scenario}/{}", gate.id),
            &gate.title,
            body,
            Some(turn),
        );
        card.priority -= 10;
        cards.push(card);
    }
    cards
}

fn hook_cards(context: &Context<'_>) -> Vec<InsightCard> {
    let hooks = context.results.patterns.as_ref().map(|found| found.hooks.as_slice());
    let hooks = hooks.unwrap_or_default().iter();
    hooks
        .map(|hook| {
            card(InsightKind::Hook, &hook.key, &hook.label, hook.why.clone(), Some(hook.turn))
        })
        .collect()
}

fn pattern_cards(context: &Context<'_>) -> Vec<InsightCard> {
    let found = context.results.patterns.as_ref().map(|found| found.patterns.as_slice());
    let found = found.unwrap_or_default().iter();
    found
        .map(|pattern| {
            let turns: Vec<String> =
                pattern.turns.iter().take(4).map(TurnIndex::to_string).collect();
            let where_ = match pattern.turns.len() {
                0 => String::new(),
                1 => format!("In turn {}. ", turns[0]),
                more if more > turns.len() => {
                    format!("In {} turns, the first of them {}. ", number(more), turns[0])
                }
                _ => format!("In turns {}. ", listed(&turns)),
            };
            let title = format!("A habit: you {}", as_you(&pattern.label));
            let body = format!("{where_}{}", sentence(&pattern.advice));
            card(InsightKind::Pattern, &pattern.key, &title, body, pattern.turns.first().copied())
        })
        .collect()
}

fn mood_cards(context: &Context<'_>) -> Vec<InsightCard> {
    let Some(timeline) = &context.results.mood_timeline else { return Vec::new() };
    let name = name(context);
    let told = |kind: ArcKind, from: TurnIndex, to: TurnIndex| {
        let (title, body) = match kind {
            ArcKind::RisingWarmth => (
                "{name} came closer",
                "From turn {from} to turn {to} {name} came closer with almost every line. Look at what those lines have in common.",
            ),
            ArcKind::CoolDown => (
                "{name} drew back",
                "From turn {from} to turn {to} {name} drew back. The line before that stretch is the one to look at.",
            ),
            ArcKind::TestingSpike => (
                "A test, and you were still there",
                "Around turn {from} {name} tested you; by turn {to} the tension had come down again.",
            ),
            ArcKind::Recovery => (
                "It came back after a drop",
                "From turn {from} to turn {to} it recovered. Coming back is harder than not falling, and it can be learned from these lines.",
            ),
            ArcKind::TensionBuild => (
                "The tension was building",
                "From turn {from} to turn {to} the tension grew. A question or a pause in the middle of it would have been the place to let some go.",
            ),
            ArcKind::Stable => return None,
        };
        let fill = |text: &str| {
            text.replace("{name}", name)
                .replace("{from}", &from.to_string())
                .replace("{to}", &to.to_string())
        };
        Some((fill(title), fill(body)))
    };
    timeline
        .arcs
        .iter()
        .filter_map(|arc| {
            let (title, body) = told(arc.kind, arc.from, arc.to)?;
            Some(card(InsightKind::Mood, arc.kind.name(), &title, body, Some(arc.from)))
        })
        .collect()
}

fn synergy_cards(context: &Context<'_>) -> Vec<InsightCard> {
    let Some(found) = &context.results.synergy else { return Vec::new() };
    found
        .pairs
        .iter()
        .map(|pair| {
            let (a, b) = (pair.a.in_words(), pair.b.in_words());
            let together = if pair.r > 0.0 { "rise and fall together" } else { "pull against each other" };
            let title = format!("{a} and {b}");
            let missions = counted(pair.n as usize, "mission", "missions");
            let body = format!(
                "Over your last {missions} these two {together} (r {:.2}). With so few it is a hint and no law.",
                pair.r
            );
            let key = format!("{}+{}", pair.a.name(), pair.b.name());
            card(InsightKind::Synergy, &key, &title, body, None)
        })
        .collect()
}

/// Tips that this mission gives a reason for.
fn tip_cards(context: &Context<'_>, moments: &[Moment<'_>]) -> Vec<InsightCard> {
    let scenario = context.mission.scenario();
    // What was never shown says something only of a talk with some length.
    let is_long_enough = moments.len() >= 4;
    TIPS.iter()
        .filter_map(|tip| {
            let turn = match tip.when {
                Fits::Shown(cue) => Some(moments.iter().find(|m| m.has(cue))?.turn()),
                Fits::Flag(flag) => Some(moments.iter().find(|m| m.flagged(flag))?.turn()),
                Fits::Never(cue) => {
                    (is_long_enough && !moments.iter().any(|m| m.has(cue))).then_some(())?;
                    None
                }
                Fits::Talk(kind) => (scenario.objective.kind == kind).then_some(None)?,
                Fits::Tone(tone) => (scenario.tone == tone).then_some(None)?,
            };
            Some(card(InsightKind::Tip, tip.id, tip.title, tip.body.to_owned(), turn))
        })
        .collect()
}
