//! Moments after which the conversation was another one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::better::wanted_cues;
use super::prompted::{self, Fields, Material, Prompt};
use super::seen::{Seen, seen};
use super::words::clip;
use super::{Context, StageOutput};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::reading::Cue;
use crate::routing::Task;
use crate::rules::Mood;
use crate::scenario::Gate;
use crate::units::Confidence;

/// Moments that changed something, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Breakthroughs {
    /// At most five.
    pub moments: Vec<Breakthrough>,
}

/// A moment that changed something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Breakthrough {
    /// What changed.
    pub kind: BreakthroughKind,
    /// In a few words.
    pub label: String,
    /// The turn it can be seen in.
    pub turn: TurnIndex,
    /// 0–1.
    pub confidence: Confidence,
}

/// What a moment can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakthroughKind {
    /// The persona let them in.
    Trust,
    /// Something was put right.
    Repair,
    /// A feeling was named, and it helped.
    Emotion,
    /// Somebody saw it another way.
    Insight,
    /// Somebody said what they would do.
    Commitment,
    /// A line was drawn or kept.
    Boundary,
}

impl BreakthroughKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Trust, Self::Repair, Self::Emotion, Self::Insight, Self::Commitment, Self::Boundary];
}

/// Moments at most.
const MOST: usize = 5;
/// The longest label, in characters.
const LONGEST_LABEL: usize = 80;
/// A line that changes something is at least this good.
const GOOD_FROM: f64 = 60.0;
/// A fall of tension, or a rise of comfort, that is more than the usual one, points.
const TENSION_DROP: f64 = 8.0;
const COMFORT_JUMP: f64 = 6.0;
/// A line that does this harm needs a repair: tension up by so much, points.
const HURT: f64 = 5.0;
/// A repair comes within so many turns.
const REPAIR_TURNS: usize = 3;

impl BreakthroughKind {
    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Repair => "repair",
            Self::Emotion => "emotion",
            Self::Insight => "insight",
            Self::Commitment => "commitment",
            Self::Boundary => "boundary",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The moments, from the course of the mood, the gates and the cues alone. A turn is one when its
/// line was good and something changed with it: a gate passed, the mood got a better name, tension
/// fell or comfort rose more than usual, or a hurt was made good. Each of these is a piece of
/// evidence; a turn with one piece needs it to be a gate, a mood or a repair. The strongest five
/// stay, in the order they were said.
#[must_use]
pub fn offline(context: &Context<'_>) -> Breakthroughs {
    let seen = seen(context);
    let mut found: Vec<Breakthrough> =
        (0..seen.len()).filter_map(|at| moment(context, &seen, at)).collect();
    // Of equals the earlier one stays.
    found.sort_by(|a, b| b.confidence.get().total_cmp(&a.confidence.get()));
    found.truncate(MOST);
    found.sort_by_key(|moment| moment.turn);
    Breakthroughs { moments: found }
}

/// How good a mood is, to see whether a change of it is for the better.
fn rank(mood: Mood) -> u8 {
    match mood {
        Mood::Cold | Mood::Hurt => 0,
        Mood::Annoyed | Mood::Bored => 1,
        Mood::Guarded | Mood::Testing => 2,
        Mood::Neutral | Mood::Shy => 3,
        Mood::Interested => 4,
        Mood::Excited | Mood::Warm => 5,
    }
}

fn moment(context: &Context<'_>, seen: &[Seen<'_>], at: usize) -> Option<Breakthrough> {
    let turn = &seen[at];
    let [positivity, tension, comfort] = turn.moved();
    let is_good = turn.counts() && turn.read.score.get() >= GOOD_FROM;
    if !is_good || !turn.may_be_quoted() || positivity - tension + comfort < 1.0 {
        return None;
    }
    let name = &context.mission.scenario().persona.name;
    let gate = passed_in(context, turn);
    let earlier = at.checked_sub(1).map(|before| seen[before].spoken.mood);
    let mood_before = earlier.unwrap_or_else(|| turn.before.region());
    let warmed = rank(turn.spoken.mood) > rank(mood_before);
    let repaired = (tension <= -HURT / 2.0).then(|| hurt_before(seen, at)).flatten();
    let calmed = tension <= -TENSION_DROP;
    let opened = comfort >= COMFORT_JUMP;
    let strong =
        usize::from(gate.is_some()) + usize::from(warmed) + usize::from(repaired.is_some());
    let soft = usize::from(calmed) + usize::from(opened);
    if strong == 0 && soft < 2 {
        return None;
    }
    let kind = if repaired.is_some() { BreakthroughKind::Repair } else { kind(turn, warmed) };
    let label = if let Some(hurt) = repaired {
        format!("What turn {hurt} had cost was made good")
    } else if let Some(gate) = gate {
        gate.title.clone()
    } else if warmed {
        format!("{name} went from {} to {}", mood_before.name(), turn.spoken.mood.name())
    } else {
        let by = tension.abs();
        match kind {
            BreakthroughKind::Emotion => format!("{name} felt seen, and tension fell by {by:.0}"),
            BreakthroughKind::Insight => {
                format!("A question opened it up; tension fell by {by:.0}")
            }
            _ => format!("{name} eased: tension fell by {by:.0}"),
        }
    };
    let evidence = 0.3 + 0.2 * strong as f64 + 0.1 * soft as f64;
    let sure = 0.5 + 0.5 * turn.read.confidence.get();
    Some(Breakthrough {
        kind,
        label: clip(&label, LONGEST_LABEL),
        turn: turn.spoken.turn,
        confidence: Confidence::new(evidence.min(0.95) * sure),
    })
}

/// The first gate that passed in the turn by something the line did.
fn passed_in<'a>(context: &Context<'a>, turn: &Seen<'_>) -> Option<&'a Gate> {
    let passed = &context.mission.state().gates;
    context.mission.scenario().gates.iter().find(|gate| {
        passed.get(&gate.id) == Some(&turn.spoken.turn)
            && wanted_cues(&gate.when)
                .iter()
                .any(|cue| turn.read.cues.iter().any(|hit| hit.cue == *cue))
    })
}

/// The turn shortly before in which a line hurt.
fn hurt_before(seen: &[Seen<'_>], at: usize) -> Option<TurnIndex> {
    let from = at.saturating_sub(REPAIR_TURNS);
    let hurt = seen[from..at].iter().rposition(|turn| turn.moved()[1] >= HURT)? + from;
    // Only the first good line after it is the repair.
    let between = seen[hurt + 1..at].iter().all(|turn| turn.moved()[1] > -HURT / 2.0);
    between.then_some(seen[hurt].spoken.turn)
}

fn kind(turn: &Seen<'_>, warmed: bool) -> BreakthroughKind {
    let has = |cues: &[Cue]| turn.has_any(cues);
    if has(&[Cue::SetsBoundary, Cue::Declines]) {
        BreakthroughKind::Boundary
    } else if has(&[Cue::ProposesPlan, Cue::Commits]) {
        BreakthroughKind::Commitment
    } else if has(&[Cue::TakesResponsibility]) {
        BreakthroughKind::Repair
    } else if has(&[Cue::AcknowledgesFeeling, Cue::Validates]) {
        BreakthroughKind::Emotion
    } else if !warmed && has(&[Cue::OpenQuestion, Cue::Reflects, Cue::Summarises]) {
        BreakthroughKind::Insight
    } else {
        BreakthroughKind::Trust
    }
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::BreakthroughDetection,
    system: include_str!("../../prompts/breakthroughs.md"),
    max_tokens: 400,
    schema,
};

fn schema() -> Value {
    let moment = prompted::object(&[
        ("kind", prompted::word(&BreakthroughKind::ALL.map(BreakthroughKind::name))),
        ("label", prompted::text("at most eight words")),
        ("turn", prompted::turn()),
        ("confidence", prompted::within(0, 100)),
    ]);
    prompted::object(&[("moments", prompted::list(&moment, MOST))])
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let mut found = Vec::new();
    if let Some(timeline) = &context.results.mood_timeline {
        found.push(timeline.summary.clone());
    }
    if let Some(impacts) = &context.results.turn_impact {
        found.extend(
            impacts.key_lines.iter().map(|line| {
                format!("Turn {}, impact {:.0}: {}", line.turn, line.impact, line.reason)
            }),
        );
    }
    let passed = &context.mission.state().gates;
    for gate in &context.mission.scenario().gates {
        if let Some(turn) = passed.get(&gate.id) {
            found.push(format!("Turn {turn}: {} (passed)", gate.title));
        }
    }
    let before = match context.previous {
        Some(StageOutput::Breakthroughs(earlier)) => {
            let one = |moment: &Breakthrough| {
                format!("Turn {}, {}: {}.", moment.turn, moment.kind.name(), moment.label)
            };
            let moments: Vec<String> = earlier.moments.iter().map(one).collect();
            Some(if moments.is_empty() { "None so far.".to_owned() } else { moments.join(" ") })
        }
        _ => None,
    };
    PROMPT.request(context, &Material { found, before })
}

/// What a model's answer means. A moment of which a part is wrong is left out; when that leaves
/// none, the offline form stands.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Breakthroughs {
    let Some(items) = fields.items("moments", MOST) else { return offline(context) };
    let mut moments: Vec<Breakthrough> = Vec::new();
    for item in &items {
        let Some(moment) = read_moment(context, item) else { continue };
        if moments.iter().any(|known| known.turn == moment.turn) {
            item.complain("turn", format!("turn {} is named twice", moment.turn));
            continue;
        }
        moments.push(moment);
    }
    if moments.is_empty() && !items.is_empty() {
        return offline(context);
    }
    moments.sort_by_key(|moment| moment.turn);
    Breakthroughs { moments }
}

fn read_moment(context: &Context<'_>, item: &Fields<'_>) -> Option<Breakthrough> {
    let kind = item.word("kind", BreakthroughKind::from_name)?;
    let label = item.text("label", LONGEST_LABEL)?.trim_end_matches('.').to_owned();
    let turn = item.turn("turn", context)?;
    let confidence = Confidence::new(item.number("confidence", 0.0..=100.0)? / 100.0);
    Some(Breakthrough { kind, label, turn, confidence })
}
