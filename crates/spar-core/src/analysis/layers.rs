//! Five layers of skill, each with what it rests on.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Context;
use super::moments::{Course, Moment, course, deed, moments, name};
use super::prompted::{self, Fields, Material, Prompt};
use super::traits::Trait;
use super::words::{capital, counted, number, sentence};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::reading::Cue;
use crate::routing::Task;
use crate::rules::Mood;
use crate::units::Score;

/// Five layers of skill, from the ground up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Layers {
    /// All five, in the order of [`LayerKind::ALL`]; none when no line was read.
    pub layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Layer {
    /// Which.
    pub kind: LayerKind,
    /// 0–100; `None` when nothing in the mission shows it.
    pub score: Option<Score>,
    /// Why, one to three sentences.
    pub reasons: Vec<String>,
    /// Turns that show it, at most three.
    pub turns: Vec<TurnIndex>,
}

/// The layers.
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
pub enum LayerKind {
    /// Says what there is to say, and lets the other speak.
    Fundamentals,
    /// Hears and names feelings, their own included.
    EmotionalIntelligence,
    /// Reads the room: pace, topic, boundaries.
    SocialDynamics,
    /// Moves things: asks, proposes, agrees.
    Influence,
    /// Does all of it under pressure, and recovers.
    Mastery,
}

impl LayerKind {
    /// From the ground up.
    pub const ALL: [Self; 5] = [
        Self::Fundamentals,
        Self::EmotionalIntelligence,
        Self::SocialDynamics,
        Self::Influence,
        Self::Mastery,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fundamentals => "fundamentals",
            Self::EmotionalIntelligence => "emotional_intelligence",
            Self::SocialDynamics => "social_dynamics",
            Self::Influence => "influence",
            Self::Mastery => "mastery",
        }
    }

    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Fundamentals => "fundamentals",
            Self::EmotionalIntelligence => "emotional intelligence",
            Self::SocialDynamics => "social dynamics",
            Self::Influence => "influence",
            Self::Mastery => "mastery",
        }
    }
}

/// Each layer: the cues that show it, those that speak against it, and the trait beside it.
const SHOWN_BY: [(LayerKind, &[Cue], &[Cue], Trait); 4] = [
    (
        LayerKind::Fundamentals,
        &[
            Cue::StatesPosition,
            Cue::GivesReason,
            Cue::OpenQuestion,
            Cue::Greets,
            Cue::Thanks,
            Cue::Summarises,
            Cue::MakesRequest,
        ],
        &[Cue::Hedges, Cue::OverExplains, Cue::Fills, Cue::OffTopic],
        Trait::Clarity,
    ),
    (
        LayerKind::EmotionalIntelligence,
        &[
            Cue::AcknowledgesFeeling,
            Cue::Validates,
            Cue::Reflects,
            Cue::SharesFeeling,
            Cue::Apologises,
            Cue::Appreciates,
        ],
        &[Cue::Dismisses, Cue::Sarcasm, Cue::Insult, Cue::Needy],
        Trait::EmotionalWarmth,
    ),
    (
        LayerKind::SocialDynamics,
        &[
            Cue::AsksPermission,
            Cue::RespectsBoundary,
            Cue::SetsBoundary,
            Cue::OffersChoice,
            Cue::Humour,
            Cue::Agrees,
            Cue::Reflects,
        ],
        &[Cue::InterruptsTopic, Cue::Pressures, Cue::Teases, Cue::Insult, Cue::Threat, Cue::Sexual],
        Trait::TensionControl,
    ),
    (
        LayerKind::Influence,
        &[
            Cue::ProposesPlan,
            Cue::Commits,
            Cue::MakesRequest,
            Cue::OffersChoice,
            Cue::TakesResponsibility,
            Cue::Declines,
        ],
        &[Cue::Commands, Cue::Pressures, Cue::Blames, Cue::MakesExcuses, Cue::Advises],
        Trait::Confidence,
    ),
];
/// From this tension on, a line is said under pressure.
const PRESSED_FROM: f64 = 60.0;
/// Reasons and turns of a layer.
const MOST_REASONS: usize = 3;
/// Characters of a reason of a model.
const LONGEST: usize = 320;

/// The layers, from cues, mood and traits alone.
///
/// The first four: of the turns that show the layer, g for it and b against it,
/// score = 0.4·mean score of those turns + 0.4·100·(g+1)/(g+b+2) + 0.2·the trait beside it
/// (without traits the first two weigh half each); nothing shown, no score. A turn that does both
/// counts for both. Mastery: of the turns that were said under pressure (tension from 60, the
/// persona testing, annoyed, hurt or cold, or the line before 30 points down on the one before),
/// score = 0.6·mean score + 0.4·100·the share after which tension fell or the mood rose; no
/// pressure, no score.
#[must_use]
pub fn offline(context: &Context<'_>) -> Layers {
    let moments = moments(context);
    if moments.is_empty() || course(context) == Course::Crisis {
        return Layers::default();
    }
    let traits = context.results.traits.as_ref().and_then(|traits| traits.scores);
    let mut layers: Vec<Layer> = SHOWN_BY
        .iter()
        .map(|(kind, good, bad, beside)| {
            shown(context, &moments, *kind, good, bad, traits.map(|scores| scores.get(*beside)))
        })
        .collect();
    layers.push(mastery(context, &moments));
    Layers { layers }
}

fn shown(
    context: &Context<'_>,
    moments: &[Moment<'_>],
    kind: LayerKind,
    good: &[Cue],
    bad: &[Cue],
    beside: Option<Score>,
) -> Layer {
    let of = |cues: &[Cue]| moments.iter().filter(|m| m.has_any(cues)).collect::<Vec<_>>();
    let (for_it, against) = (of(good), of(bad));
    let showing: Vec<&Moment<'_>> =
        moments.iter().filter(|m| m.has_any(good) || m.has_any(bad)).collect();
    if showing.is_empty() {
        let nothing = match kind {
            LayerKind::Fundamentals => "No line was plain or vague enough to tell.",
            LayerKind::EmotionalIntelligence => "Feelings, yours or theirs, were not touched on.",
            LayerKind::SocialDynamics => "Nothing came up that asked for a sense of the room.",
            _ => "Nothing was asked for, offered or agreed.",
        };
        return Layer { kind, score: None, reasons: vec![nothing.to_owned()], turns: Vec::new() };
    }
    let (g, b) = (for_it.len() as f64, against.len() as f64);
    let share = 100.0 * (g + 1.0) / (g + b + 2.0);
    let mean = mean_score(&showing);
    let score = match beside {
        Some(beside) => 0.4 * mean + 0.4 * share + 0.2 * beside.get(),
        None => 0.5 * mean + 0.5 * share,
    };
    let mut reasons = Vec::new();
    let mut turns = Vec::new();
    let best = for_it.iter().max_by(|a, b| a.read.score.get().total_cmp(&b.read.score.get()));
    let worst = against.iter().min_by(|a, b| a.read.score.get().total_cmp(&b.read.score.get()));
    let name = name(context);
    for (found, cues, count) in [(best, good, for_it.len()), (worst, bad, against.len())] {
        let Some(moment) = found else { continue };
        let cue = cues.iter().copied().find(|cue| moment.has(*cue));
        let Some(did) = cue.and_then(|cue| deed(cue, name)) else { continue };
        let others = match count - 1 {
            0 => String::new(),
            1 => ", and once more elsewhere".to_owned(),
            more => format!(", and in {} more", counted(more, "turn", "turns")),
        };
        reasons.push(format!("In turn {} you {did} ({}){others}.", moment.turn(), moment.quoted()));
        turns.push(moment.turn());
    }
    if reasons.is_empty() {
        let turns_showing = counted(showing.len(), "turn shows", "turns show");
        reasons.push(format!("{} it, none of them strongly.", capital(&turns_showing)));
    }
    if for_it.is_empty() && !against.is_empty() {
        reasons.push("Nothing in the other lines stands against that.".to_owned());
    }
    turns.extend(showing.iter().map(|moment| moment.turn()));
    Layer { kind, score: Some(Score::new(score)), reasons, turns: first_few(turns) }
}

fn mastery(context: &Context<'_>, moments: &[Moment<'_>]) -> Layer {
    let kind = LayerKind::Mastery;
    let mut last: Option<f64> = None;
    let mut dropped = false;
    let pressed: Vec<&Moment<'_>> = moments
        .iter()
        .enumerate()
        .filter(|(at, moment)| {
            let mood =
                at.checked_sub(1).and_then(|at| moments.get(at)).map(|before| before.spoken.mood);
            let is_pressed = moment.before.tension >= PRESSED_FROM
                || matches!(mood, Some(Mood::Testing | Mood::Annoyed | Mood::Hurt | Mood::Cold))
                || dropped;
            let score = moment.read.score.get();
            dropped = last.is_some_and(|last| last - score > 30.0);
            last = Some(score);
            is_pressed
        })
        .map(|(_, moment)| moment)
        .collect();
    if pressed.is_empty() {
        let reason = "It never got hard enough to show how you do under pressure.".to_owned();
        return Layer { kind, score: None, reasons: vec![reason], turns: Vec::new() };
    }
    let eased: Vec<&&Moment<'_>> = pressed
        .iter()
        .filter(|moment| moment.moved()[1] < -0.5 || moment.moved()[0] > 0.5)
        .collect();
    let share = 100.0 * eased.len() as f64 / pressed.len() as f64;
    let score = Score::new(0.6 * mean_score(&pressed) + 0.4 * share);
    let name = name(context);
    let under = counted(pressed.len(), "line was", "lines were");
    let mut reasons = vec![match (eased.len(), pressed.len()) {
        (0, 1) => "One line was said under pressure, and it did not ease it.".to_owned(),
        (0, _) => format!("{} said under pressure, and none of them eased it.", capital(&under)),
        (1, 1) => "One line was said under pressure, and it eased it.".to_owned(),
        (all, of) if all == of => {
            format!("{} said under pressure, and each of them eased it.", capital(&under))
        }
        (some, _) => {
            let eased = if some == 1 {
                "one of them".to_owned()
            } else {
                format!("{} of them", number(some))
            };
            format!("{} said under pressure, and {eased} eased it.", capital(&under))
        }
    }];
    let told = eased
        .iter()
        .max_by(|a, b| a.opening().total_cmp(&b.opening()))
        .map(|moment| (**moment, true))
        .or_else(|| {
            pressed
                .iter()
                .min_by(|a, b| a.opening().total_cmp(&b.opening()))
                .map(|moment| (*moment, false))
        });
    let mut turns = Vec::new();
    if let Some((moment, good)) = told {
        let movement = moment.movement();
        if !movement.is_empty() {
            let turn = moment.turn();
            let did = moment.deed_of(good, name).map_or_else(
                || format!("said {}", moment.quoted()),
                |did| format!("{did} ({})", moment.quoted()),
            );
            reasons.push(format!("In turn {turn} you {did}: {movement}."));
        }
        turns.push(moment.turn());
    }
    turns.extend(pressed.iter().map(|moment| moment.turn()));
    Layer { kind, score: Some(score), reasons, turns: first_few(turns) }
}

fn mean_score(moments: &[&Moment<'_>]) -> f64 {
    let sum: f64 = moments.iter().map(|moment| moment.read.score.get()).sum();
    sum / moments.len().max(1) as f64
}

/// The first three, each once, in order.
fn first_few(turns: Vec<TurnIndex>) -> Vec<TurnIndex> {
    let mut few: Vec<TurnIndex> = Vec::new();
    for turn in turns {
        if few.len() < MOST_REASONS && !few.contains(&turn) {
            few.push(turn);
        }
    }
    few.sort_unstable();
    few
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::Layers,
    system: include_str!("../../prompts/layers.md"),
    max_tokens: 1_200,
    schema,
};

fn schema() -> Value {
    let layer = prompted::object(&[
        ("reasons", prompted::list(&prompted::text("one sentence"), MOST_REASONS)),
        ("turns", prompted::list(&prompted::turn(), MOST_REASONS)),
        ("score", prompted::within(0, 100)),
    ]);
    let fields: Vec<(&str, Value)> =
        LayerKind::ALL.iter().map(|kind| (kind.name(), layer.clone())).collect();
    prompted::object(&fields)
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    if course(context) == Course::Crisis {
        return None;
    }
    let found = offline(context)
        .layers
        .iter()
        .map(|layer| {
            let score = layer.score.map_or("not shown".to_owned(), |score| score.to_string());
            format!("{}: {score}. {}", layer.kind.name(), layer.reasons.join(" "))
        })
        .collect();
    PROMPT.request(context, &Material { found, before: None })
}

/// What a model's answer means: its reasons, and the mean of its score and ours. A layer that
/// nothing shows stays without a score: a model cannot have seen what was not there.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Layers {
    let mut layers = offline(context);
    for layer in &mut layers.layers {
        let Some(answer) = fields.inner(layer.kind.name()) else { continue };
        let Some(ours) = layer.score else { continue };
        if let Some(score) = answer.number("score", 0.0..=100.0) {
            layer.score = Some(Score::new((ours.get() + score) / 2.0));
        }
        if let Some(reasons) = answer.texts("reasons", MOST_REASONS, LONGEST)
            && !reasons.is_empty()
        {
            layer.reasons = reasons.iter().map(|reason| sentence(reason)).collect();
        }
        if let Some(turns) = answer.turns("turns", context)
            && !turns.is_empty()
        {
            layer.turns = first_few(turns);
        }
    }
    layers
}
