//! The course of a mission: smoothed score, mood, what state each turn was in, and the arcs they
//! make together.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompted::{self, Fields, Material, Prompt};
use super::seen::{Seen, seen};
use super::words::{choose, listed, said};
use super::{Context, StageOutput};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::routing::Task;
use crate::rules::{Mood, MoodVector};
use crate::units::Score;

/// Arcs a model may name; more of them is no reading.
const MOST_ARCS: usize = 8;
/// Longest vibe and summary, in characters.
const LONGEST_VIBE: usize = 60;
const LONGEST_SUMMARY: usize = 600;

/// The course of score and mood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodTimeline {
    /// One a turn that was read, in order.
    pub points: Vec<MoodPoint>,
    /// Stretches that belong together, in order, not overlapping.
    pub arcs: Vec<MoodArc>,
    /// The mood of the whole in a word or two, e.g. "tense, then warm".
    pub vibe: String,
    /// What happened to the mood, in two or three sentences.
    pub summary: String,
}

/// One turn of the course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodPoint {
    /// Which turn.
    pub turn: TurnIndex,
    /// The line's score, when it was sure enough to count.
    pub score: Option<Score>,
    /// Exponentially smoothed score, weight 0.35 for the newest.
    pub smoothed: Score,
    /// How the persona felt after it.
    pub mood: Mood,
    /// Positivity after it, 0–100.
    pub positivity: Score,
    /// Tension after it, 0–100.
    pub tension: Score,
    /// Comfort after it, 0–100.
    pub comfort: Score,
    /// Mean of positivity and comfort, 0–100.
    pub warmth: Score,
    /// How smoothly it went, 0–100.
    pub flow: Score,
    /// The state in a word.
    pub state: FlowState,
}

/// The state of a conversation at a turn.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowState {
    /// Good lines, little tension.
    Flow,
    /// Tension stands in the way.
    Tense,
    /// The persona has come closer.
    Warm,
    /// The persona has withdrawn.
    Cold,
    /// None of these.
    #[default]
    Neutral,
}

/// A stretch of turns with a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MoodArc {
    /// Which.
    pub kind: ArcKind,
    /// Its first turn.
    pub from: TurnIndex,
    /// Its last turn.
    pub to: TurnIndex,
}

/// Directions a stretch can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArcKind {
    /// Warmth rises.
    RisingWarmth,
    /// Warmth falls.
    CoolDown,
    /// Tension jumps while the persona tests, and comes down again.
    TestingSpike,
    /// Score and mood come back after a drop.
    Recovery,
    /// Tension builds up.
    TensionBuild,
    /// Nothing much moves.
    Stable,
}

impl ArcKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::RisingWarmth,
        Self::CoolDown,
        Self::TestingSpike,
        Self::Recovery,
        Self::TensionBuild,
        Self::Stable,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RisingWarmth => "rising_warmth",
            Self::CoolDown => "cool_down",
            Self::TestingSpike => "testing_spike",
            Self::Recovery => "recovery",
            Self::TensionBuild => "tension_build",
            Self::Stable => "stable",
        }
    }

    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::RisingWarmth => "rising warmth",
            Self::CoolDown => "cooling down",
            Self::TestingSpike => "a testing spike",
            Self::Recovery => "recovery",
            Self::TensionBuild => "tension building",
            Self::Stable => "steady",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Where a state begins, and where it ends once it is there: the state of a turn does not flicker.
/// A state with an earlier place in the list outranks the others.
///
/// | state | from | until |
/// |---|---|---|
/// | tense | tension 60 | tension under 54 |
/// | cold | warmth under 35 | warmth 40 |
/// | flow | smoothed score 68, tension under 42, warmth 45 | score under 62, tension 48 or warmth under 40 |
/// | warm | warmth 60 | warmth under 55 |
const STATES: [FlowState; 4] =
    [FlowState::Tense, FlowState::Cold, FlowState::Flow, FlowState::Warm];

fn is_in(state: FlowState, point: &MoodPoint, already: bool) -> bool {
    let (score, tension, warmth) = (point.smoothed.get(), point.tension.get(), point.warmth.get());
    let or = |from: f64, until: f64| if already { until } else { from };
    match state {
        FlowState::Tense => tension >= or(60.0, 54.0),
        FlowState::Cold => warmth < or(35.0, 40.0),
        FlowState::Flow => {
            score >= or(68.0, 62.0) && tension < or(42.0, 48.0) && warmth >= or(45.0, 40.0)
        }
        FlowState::Warm => warmth >= or(60.0, 55.0),
        FlowState::Neutral => true,
    }
}

/// The course, from the fold alone.
#[must_use]
pub fn offline(context: &Context<'_>) -> MoodTimeline {
    let seen = seen(context);
    let points = points(&seen);
    let (vibe, summary) = match (seen.first(), seen.last()) {
        (Some(first), Some(last)) => {
            (vibe(&points), summary(context, &seen, first.before, last.spoken.vector))
        }
        _ => nothing(context),
    };
    MoodTimeline { arcs: arcs_of(&seen), points, vibe, summary }
}

fn points(seen: &[Seen<'_>]) -> Vec<MoodPoint> {
    let mut state = FlowState::Neutral;
    seen.iter()
        .map(|turn| {
            let MoodVector { positivity, tension, comfort } = turn.spoken.vector;
            let flow =
                (positivity + comfort + 100.0 - tension) / 3.0 - 10.0 * turn.modifiers as f64;
            let mut point = MoodPoint {
                turn: turn.spoken.turn,
                score: turn.counts().then_some(turn.read.score),
                smoothed: Score::new(turn.smoothed),
                mood: turn.spoken.mood,
                positivity: Score::new(positivity),
                tension: Score::new(tension),
                comfort: Score::new(comfort),
                warmth: Score::new(f64::midpoint(positivity, comfort)),
                flow: Score::new(flow),
                state: FlowState::Neutral,
            };
            let holds = |of: &&FlowState| is_in(**of, &point, **of == state);
            state = STATES.iter().find(holds).copied().unwrap_or_default();
            point.state = state;
            point
        })
        .collect()
}

/// A step of warmth, or of tension, that is a direction and not noise, points.
const STEP: f64 = 1.5;
/// What a stretch must move in all to have a direction, points.
const DIRECTION: f64 = 4.0;
/// A jump of tension that may be a test, points.
const SPIKE: f64 = 6.0;
/// Within so many turns a test is over …
const SPIKE_TURNS: usize = 3;
/// … when tension is back to within this of where it was, points.
const SPIKE_BACK: f64 = 2.0;

/// The arcs: first the spikes, a jump of tension by [`SPIKE`] that is undone within
/// [`SPIKE_TURNS`]; then runs of turns that go the same way, a single turn counted with its
/// neighbours. A run is named by what it moved in all: warmth by [`DIRECTION`] up is rising warmth,
/// or a recovery when it follows a fall or a growth of tension; down is a cool-down, or tension
/// building when tension moved more; tension alone by twice that is tension building; anything else
/// is stable. Together they cover every turn that was read.
fn arcs_of(seen: &[Seen<'_>]) -> Vec<MoodArc> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < seen.len() {
        let run = match spike_end(&seen[at..]) {
            Some(length) => Run { way: Way::Spike, from: at, to: at + length },
            None => Run { way: way(&seen[at]), from: at, to: at },
        };
        at = run.to + 1;
        match runs.last_mut() {
            Some(last) if last.way == run.way && run.way != Way::Spike => last.to = run.to,
            _ => runs.push(run),
        }
    }
    let mut arcs: Vec<MoodArc> = Vec::new();
    for run in settled(runs) {
        let kind = kind(seen, &run, arcs.last().map(|arc| arc.kind));
        let (from, to) = (seen[run.from].spoken.turn, seen[run.to].spoken.turn);
        match arcs.last_mut() {
            Some(last) if last.kind == kind && kind != ArcKind::TestingSpike => last.to = to,
            _ => arcs.push(MoodArc { kind, from, to }),
        }
    }
    arcs
}

/// Turns that go the same way, as positions.
#[derive(Debug, Clone, Copy)]
struct Run {
    way: Way,
    from: usize,
    to: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Warmer,
    Colder,
    Tighter,
    Still,
    Spike,
}

fn warmth(vector: MoodVector) -> f64 {
    f64::midpoint(vector.positivity, vector.comfort)
}

fn way(turn: &Seen<'_>) -> Way {
    let [_, tension, _] = turn.moved();
    let step = warmth(turn.spoken.vector) - warmth(turn.before);
    match step {
        step if step >= STEP => Way::Warmer,
        step if step <= -STEP => Way::Colder,
        _ if tension >= STEP => Way::Tighter,
        _ => Way::Still,
    }
}

/// How many turns after the first of these a spike that begins with it is over.
fn spike_end(seen: &[Seen<'_>]) -> Option<usize> {
    let first = seen.first().filter(|turn| turn.moved()[1] >= SPIKE)?;
    let calm = first.before.tension + SPIKE_BACK;
    (1..=SPIKE_TURNS)
        .find(|after| seen.get(*after).is_some_and(|turn| turn.spoken.vector.tension <= calm))
}

/// Runs of one turn belong to the run before them, or after them when they come first.
fn settled(runs: Vec<Run>) -> Vec<Run> {
    let mut settled: Vec<Run> = Vec::new();
    for run in runs {
        match settled.last_mut() {
            Some(last) if last.way != Way::Spike && run.way != Way::Spike => {
                if last.way == run.way || run.from == run.to {
                    last.to = run.to;
                } else if last.from == last.to {
                    *last = Run { from: last.from, ..run };
                } else {
                    settled.push(run);
                }
            }
            _ => settled.push(run),
        }
    }
    settled
}

fn kind(seen: &[Seen<'_>], run: &Run, earlier: Option<ArcKind>) -> ArcKind {
    if run.way == Way::Spike {
        return ArcKind::TestingSpike;
    }
    let (before, after) = (seen[run.from].before, seen[run.to].spoken.vector);
    let (warmer, tighter) = (warmth(after) - warmth(before), after.tension - before.tension);
    let fell = matches!(earlier, Some(ArcKind::CoolDown | ArcKind::TensionBuild));
    match warmer {
        moved if moved >= DIRECTION && fell => ArcKind::Recovery,
        moved if moved >= DIRECTION => ArcKind::RisingWarmth,
        moved if moved <= -DIRECTION && tighter > -moved => ArcKind::TensionBuild,
        moved if moved <= -DIRECTION => ArcKind::CoolDown,
        _ if tighter >= 2.0 * DIRECTION => ArcKind::TensionBuild,
        _ if tighter <= -2.0 * DIRECTION && fell => ArcKind::Recovery,
        _ => ArcKind::Stable,
    }
}

/// The mood of the first and of the last third, in a word each.
fn vibe(points: &[MoodPoint]) -> String {
    let third = points.len().div_ceil(3);
    let first = air(&points[..third]);
    let last = air(&points[points.len() - third..]);
    match (first == last, points.len()) {
        (true, 1) => first.to_owned(),
        (true, _) => format!("{first} throughout"),
        (false, _) => format!("{first}, then {last}"),
    }
}

/// One word for the air of a stretch, by its mean tension and warmth.
fn air(points: &[MoodPoint]) -> &'static str {
    let mean = |of: fn(&MoodPoint) -> Score| {
        points.iter().map(|point| of(point).get()).sum::<f64>() / points.len().max(1) as f64
    };
    let (tension, warmth) = (mean(|point| point.tension), mean(|point| point.warmth));
    match (tension, warmth) {
        (tension, warmth) if tension >= 60.0 && warmth < 30.0 => "raw",
        (tension, _) if tension >= 58.0 => "tense",
        (_, warmth) if warmth < 35.0 => "cold",
        (tension, warmth) if warmth >= 60.0 && tension < 35.0 => "warm",
        (_, warmth) if warmth >= 60.0 => "lively",
        (tension, warmth) if warmth < 46.0 && tension >= 42.0 => "guarded",
        (tension, _) if tension < 30.0 => "easy",
        _ => "even",
    }
}

/// What can be said where no line was read.
fn nothing(context: &Context<'_>) -> (String, String) {
    let name = &context.mission.scenario().persona.name;
    if !context.mission.scenario().is_scored() {
        let summary = "This language is played but not read, so the mood was not followed.";
        return ("not read".to_owned(), summary.to_owned());
    }
    let summary = match context.turns().next() {
        None => format!("Nothing was said, so {name}'s mood stayed where it was."),
        Some(_) => format!("No line could be read, so {name}'s mood stayed where it was."),
    };
    ("nothing to read".to_owned(), summary)
}

/// What moved less than this over a whole mission hardly moved, points.
const HARDLY: f64 = 4.0;

fn summary(context: &Context<'_>, seen: &[Seen<'_>], start: MoodVector, end: MoodVector) -> String {
    let name = &context.mission.scenario().persona.name;
    let mut sentences = vec![overall(context, start, end)];
    // What a line did for the mood, in points; the first of equals.
    let did = |turn: &&Seen<'_>| {
        let [positivity, tension, comfort] = turn.moved();
        positivity - tension + comfort
    };
    let best = seen.iter().rev().max_by(|a, b| did(a).total_cmp(&did(b)));
    let worst = seen.iter().min_by(|a, b| did(a).total_cmp(&did(b)));
    if let Some(best) = best.filter(|turn| did(turn) >= HARDLY) {
        let way = choose(
            context.seed(),
            "best",
            &["What helped most was", "It eased most in", "The turning point was"],
        );
        sentences.push(format!("{way} {}.", moment(best, true)));
    }
    if let Some(worst) = worst.filter(|turn| did(turn) <= -HARDLY) {
        let way = choose(
            context.seed(),
            "worst",
            &["What cost most was", "It was hardest in", "The low point was"],
        );
        sentences.push(format!("{way} {}.", moment(worst, false)));
    }
    if sentences.len() == 1 && seen.len() > 1 {
        sentences.push(format!("No single line moved {name} far."));
    }
    sentences.join(" ")
}

/// Where the mood began and where it ended.
fn overall(context: &Context<'_>, start: MoodVector, end: MoodVector) -> String {
    let name = &context.mission.scenario().persona.name;
    let (from, to) = (start.region(), context.mission.state().mood);
    let mut parts: Vec<String> = Vec::new();
    for (what, before, after) in [
        ("tension", start.tension, end.tension),
        ("comfort", start.comfort, end.comfort),
        ("good will", start.positivity, end.positivity),
    ] {
        if (after - before).abs() >= HARDLY && parts.len() < 2 {
            let went = if after > before { "rose" } else { "fell" };
            parts.push(format!("{what} {went} from {before:.0} to {after:.0}"));
        }
    }
    let numbers = listed(&parts);
    let over = if context.mission.state().ending().is_some() { "ended" } else { "is now" };
    match (from == to, parts.is_empty()) {
        (true, true) => format!("{name} was {} and stayed so; the mood hardly moved.", from.name()),
        (true, false) => format!("{name} stayed {} on the surface, but {numbers}.", from.name()),
        (false, true) => format!("{name} began {} and {over} {}.", from.name(), to.name()),
        (false, false) => {
            let ways = [" began ", " came in "];
            let began = choose(context.seed(), "overall", &ways);
            format!("{name}{began}{} and {over} {}: {numbers}.", from.name(), to.name())
        }
    }
}

/// A turn, what was said in it and what it moved most.
fn moment(turn: &Seen<'_>, is_good: bool) -> String {
    let [positivity, tension, comfort] = turn.moved();
    let moves = [("good will", positivity), ("tension", tension), ("comfort", comfort)];
    let most = moves
        .iter()
        .max_by(|a, b| {
            let way = |(what, by): &(&str, f64)| {
                if (*what == "tension") == is_good { -by } else { *by }
            };
            way(a).total_cmp(&way(b))
        })
        .filter(|(_, by)| by.abs() >= 1.0);
    let mut text = format!("turn {}", turn.spoken.turn);
    if turn.may_be_quoted() {
        text = format!("{text}, {}", said(&turn.spoken.user));
    }
    if let Some((what, by)) = most {
        let went = if *by > 0.0 { "rose" } else { "fell" };
        text = format!("{text}: {what} {went} by {:.0}", by.abs());
    }
    text
}

/// What a model is asked for: words and the reading of the arcs, never numbers.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::MoodAnalysis,
    system: include_str!("../../prompts/mood_timeline.md"),
    max_tokens: 500,
    schema,
};

fn schema() -> Value {
    let arc = prompted::object(&[
        ("kind", prompted::word(&ArcKind::ALL.map(ArcKind::name))),
        ("from", prompted::turn()),
        ("to", prompted::turn()),
    ]);
    prompted::object(&[
        ("vibe", prompted::text("one to five words")),
        ("summary", prompted::text("two or three sentences")),
        ("arcs", prompted::list(&arc, MOST_ARCS)),
    ])
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let before = match context.previous {
        Some(StageOutput::MoodTimeline(earlier)) => {
            Some(format!("Vibe: {}. {}", earlier.vibe, earlier.summary))
        }
        _ => None,
    };
    PROMPT.request(context, &Material { found: Vec::new(), before })
}

/// What a model's answer means: its words and its arcs, with the numbers of the offline form.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> MoodTimeline {
    let mut timeline = offline(context);
    if let Some(vibe) = fields.text("vibe", LONGEST_VIBE) {
        timeline.vibe = vibe.trim_end_matches('.').to_owned();
    }
    if let Some(summary) = fields.text("summary", LONGEST_SUMMARY) {
        timeline.summary = summary;
    }
    if let Some(arcs) = arcs(context, fields) {
        timeline.arcs = arcs;
    }
    timeline
}

/// The arcs of an answer, when each of them can be used; half a reading is worse than the other.
fn arcs(context: &Context<'_>, fields: &Fields<'_>) -> Option<Vec<MoodArc>> {
    let mut arcs: Vec<MoodArc> = Vec::new();
    for item in fields.items("arcs", MOST_ARCS)? {
        let kind = item.word("kind", ArcKind::from_name)?;
        let (from, to) = (item.turn("from", context)?, item.turn("to", context)?);
        if from > to || arcs.last().is_some_and(|last| from <= last.to) {
            item.complain("from", "the arcs are not in order; those of the offline form stand");
            return None;
        }
        arcs.push(MoodArc { kind, from, to });
    }
    Some(arcs)
}
