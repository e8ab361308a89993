//! Habits that recurred, and moments that took hold of the other person.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Context;
use super::habits::{HABITS, Habit};
use super::moments::{BAD, Course, GOOD, Moment, course, moments, name, pick};
use super::prompted::{self, Fields, Material, Prompt};
use super::words::sentence;
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::language::Line;
use crate::reading::Cue;
use crate::routing::Task;

/// Moments that are kept.
pub const MOST_HOOKS: usize = 3;
/// Habits that are kept.
pub const MOST_PATTERNS: usize = 4;
/// A persona that moved by less than this, in points over the three gauges, was not taken hold of.
const HOOKED_FROM: f64 = 9.0;
/// Characters of a sentence of a model.
const LONGEST: usize = 320;

/// Habits and moments that took hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Patterns {
    /// Moments that made the persona open up or close, at most three, in order.
    pub hooks: Vec<Hook>,
    /// Habits, at most four, the most telling first.
    pub patterns: Vec<Pattern>,
}

/// A moment that took hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Hook {
    /// A stable name for the kind of moment, e.g. `named_the_feeling`.
    pub key: String,
    /// In a few words.
    pub label: String,
    /// Where.
    pub turn: TurnIndex,
    /// Why it took hold, in a sentence.
    pub why: String,
    /// Whether it opened the persona (or closed them).
    pub opened: bool,
}

/// A habit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Pattern {
    /// A stable name, e.g. `asks_two_at_once`.
    pub key: String,
    /// In a few words.
    pub label: String,
    /// In which turns.
    pub turns: Vec<TurnIndex>,
    /// Whether it helps.
    pub helps: bool,
    /// What to do with it, in a sentence.
    pub advice: String,
}

/// Habits and moments, from cues, moods and impacts alone.
#[must_use]
pub fn offline(context: &Context<'_>) -> Patterns {
    if course(context) == Course::Crisis {
        return Patterns::default();
    }
    let moments = moments(context);
    Patterns { hooks: hooks(context, &moments), patterns: habits(context, &moments) }
}

/// The moments that moved the persona most, each kind once, never three of the same sign.
fn hooks(context: &Context<'_>, moments: &[Moment<'_>]) -> Vec<Hook> {
    let mut jumps: Vec<&Moment<'_>> =
        moments.iter().filter(|moment| moment.opening().abs() >= HOOKED_FROM).collect();
    // A jump of the mood counts first; the impact, which holds the score too, decides among equals.
    let size = |moment: &Moment<'_>| moment.opening().abs() + moment.impact.abs() / 10.0;
    jumps.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut hooks: Vec<Hook> = Vec::new();
    for moment in jumps {
        let hook = hook(context, moment);
        let alike = hooks.iter().filter(|other| other.opened == hook.opened).count();
        let has_other = moments.iter().any(|other| {
            other.opening().abs() >= HOOKED_FROM && (other.opening() > 0.0) != hook.opened
        });
        let is_known = hooks.iter().any(|other| other.key == hook.key);
        if !is_known && (alike < MOST_HOOKS - 1 || !has_other) {
            hooks.push(hook);
        }
        if hooks.len() == MOST_HOOKS {
            break;
        }
    }
    hooks.sort_by_key(|hook| hook.turn);
    hooks
}

fn hook(context: &Context<'_>, moment: &Moment<'_>) -> Hook {
    let opened = moment.opening() > 0.0;
    let cue = moment.telling_cue(opened);
    let (key, label) = hook_kind(cue, opened);
    let name = name(context);
    let did = moment.deed_of(opened, name);
    let quote = moment.quoted();
    let movement = moment.movement();
    let place = format!("hook{}", moment.turn());
    let why = match (did, opened) {
        (Some(did), true) => {
            let then = pick(
                context,
                &place,
                &[
                    "and {name} came closer",
                    "and something in {name} let go",
                    "and {name} leaned in",
                ],
            );
            format!("You {did} ({quote}), {then}: {movement}.")
        }
        (Some(did), false) => {
            let then = pick(
                context,
                &place,
                &[
                    "and {name} drew back",
                    "and {name} closed up",
                    "and it cost you ground with {name}",
                ],
            );
            format!("You {did} ({quote}), {then}: {movement}.")
        }
        (None, true) => format!("Something in {quote} reached {{name}}: {movement}."),
        (None, false) => format!("Something in {quote} put {{name}} off: {movement}."),
    };
    Hook {
        key: key.to_owned(),
        label: label.to_owned(),
        turn: moment.turn(),
        why: why.replace("{name}", name),
        opened,
    }
}

/// The stable name and the words of a kind of moment.
fn hook_kind(cue: Option<Cue>, opened: bool) -> (&'static str, &'static str) {
    match cue {
        Some(Cue::TakesResponsibility) => ("owned_it", "you owned your part"),
        Some(Cue::AcknowledgesFeeling) => ("named_the_feeling", "you named the feeling"),
        Some(Cue::Validates) => ("took_it_seriously", "you took it seriously"),
        Some(Cue::SetsBoundary) => ("drew_the_line", "you drew a line"),
        Some(Cue::Declines) => ("said_no", "you said no"),
        Some(Cue::ProposesPlan) => ("offered_a_step", "you offered a next step"),
        Some(Cue::Commits) => ("made_a_promise", "you made a promise"),
        Some(Cue::Reflects) => ("gave_it_back", "you gave their words back"),
        Some(Cue::OpenQuestion) => ("asked_and_waited", "you asked and left room"),
        Some(Cue::Summarises) => ("summed_it_up", "you summed it up"),
        Some(Cue::RespectsBoundary) => ("left_room", "you left room"),
        Some(Cue::OffersChoice) => ("left_the_choice", "you left the choice"),
        Some(Cue::AsksPermission) => ("asked_first", "you asked first"),
        Some(Cue::Appreciates) => ("saw_the_good", "you said what is good"),
        Some(Cue::SharesFeeling) => ("showed_yourself", "you showed yourself"),
        Some(Cue::StatesPosition) => ("said_it_straight", "you said it straight"),
        Some(Cue::Apologises) => ("said_sorry", "you said sorry"),
        Some(Cue::MakesRequest) => ("asked_for_it", "you asked for it"),
        Some(Cue::GivesReason) => ("said_why", "you said why"),
        Some(Cue::Threat | Cue::Slur | Cue::Sexual | Cue::Insult) => {
            ("crossed_a_line", "a line was crossed")
        }
        Some(Cue::Sarcasm) => ("turned_sarcastic", "it turned sarcastic"),
        Some(Cue::Dismisses) => ("waved_it_away", "a worry was waved away"),
        Some(Cue::Blames) => ("laid_blame", "blame was laid"),
        Some(Cue::Pressures | Cue::Commands) => ("pushed", "it was pushed"),
        Some(Cue::MakesExcuses) => ("made_excuses", "there were excuses"),
        Some(Cue::InterruptsTopic | Cue::OffTopic) => ("left_the_subject", "the subject was left"),
        Some(Cue::Advises) => ("advised", "advice came too soon"),
        Some(Cue::Needy) => ("asked_to_be_liked", "reassurance was asked for"),
        Some(Cue::OverExplains) => ("went_on", "it went on too long"),
        Some(Cue::Hedges) => ("stayed_vague", "it stayed vague"),
        _ if opened => ("reached_them", "a line that reached them"),
        _ => ("lost_them", "a line that lost them"),
    }
}

/// The habits of the mission: at most two that hurt when there are others, and the other way round.
fn habits(context: &Context<'_>, moments: &[Moment<'_>]) -> Vec<Pattern> {
    let lines: Vec<Line> = moments.iter().map(|moment| Line::new(moment.text())).collect();
    let mut found: Vec<(f64, Pattern)> = HABITS
        .iter()
        .filter_map(|habit| {
            let shown = moments.iter().zip(&lines);
            let turns: Vec<TurnIndex> = shown
                .filter(|(moment, line)| (habit.shows)(moment, line))
                .map(|(moment, _)| moment.turn())
                .collect();
            (turns.len() >= habit.from)
                .then(|| (turns.len() as f64 * habit.weight, pattern(context, habit, turns)))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let of = |helps: bool| found.iter().filter(|(_, pattern)| pattern.helps == helps).count();
    let room = |helps: bool| MOST_PATTERNS - of(!helps).min(MOST_PATTERNS / 2);
    let (mut good, mut bad) = (room(true), room(false));
    found.retain(|(_, pattern)| {
        let left = if pattern.helps { &mut good } else { &mut bad };
        let is_kept = *left > 0;
        *left = left.saturating_sub(1);
        is_kept
    });
    found.into_iter().map(|(_, pattern)| pattern).collect()
}

fn pattern(context: &Context<'_>, habit: &Habit, turns: Vec<TurnIndex>) -> Pattern {
    Pattern {
        key: habit.key.to_owned(),
        label: habit.label.to_owned(),
        turns,
        helps: habit.helps,
        advice: pick(context, habit.key, &habit.advice).to_owned(),
    }
}

/// What a model is asked for: which kinds, where, and why. Names and kinds are ours, so that one
/// habit has the same name in every mission.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::SessionInsights,
    system: include_str!("../../prompts/patterns.md"),
    max_tokens: 900,
    schema,
};

fn schema() -> Value {
    let hooks: Vec<&str> = hook_kinds().map(|(key, ..)| key).collect();
    let hook = prompted::object(&[
        ("key", prompted::word(&hooks)),
        ("turn", prompted::turn()),
        ("why", prompted::text("one sentence")),
    ]);
    let pattern = prompted::object(&[
        ("key", prompted::word(&HABITS.map(|habit| habit.key))),
        ("turns", prompted::list(&prompted::turn(), 12)),
        ("advice", prompted::text("one sentence")),
    ]);
    prompted::object(&[
        ("hooks", prompted::list(&hook, MOST_HOOKS)),
        ("patterns", prompted::list(&pattern, MOST_PATTERNS)),
    ])
}

/// Every kind of moment once, and whether it opens.
fn hook_kinds() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    let of = |cues: &'static [Cue], opened: bool| {
        let kinds = cues.iter().map(|cue| Some(*cue)).chain([None]);
        kinds.map(move |cue| (hook_kind(cue, opened), opened))
    };
    let mut seen: Vec<&str> = Vec::new();
    of(&GOOD, true).chain(of(&BAD, false)).filter_map(move |((key, label), opened)| {
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new.then_some((key, label, opened))
    })
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    if course(context) == Course::Crisis {
        return None;
    }
    let own = offline(context);
    let mut found: Vec<String> = own
        .hooks
        .iter()
        .map(|hook| format!("Turn {}: {}. {}", hook.turn, hook.key, hook.why))
        .collect();
    found.extend(own.patterns.iter().map(|pattern| {
        let turns: Vec<String> = pattern.turns.iter().map(TurnIndex::to_string).collect();
        format!("Turns {}: {}", turns.join(", "), pattern.key)
    }));
    PROMPT.request(context, &Material { found, before: None })
}

/// What a model's answer means.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Patterns {
    let mut patterns = offline(context);
    if let Some(hooks) = read_hooks(context, fields) {
        patterns.hooks = hooks;
    }
    if let Some(habits) = read_habits(context, fields) {
        patterns.patterns = habits;
    }
    patterns
}

fn read_hooks(context: &Context<'_>, fields: &Fields<'_>) -> Option<Vec<Hook>> {
    let mut hooks: Vec<Hook> = Vec::new();
    let items = fields.items("hooks", MOST_HOOKS)?;
    let said_something = !items.is_empty();
    for item in items {
        let kind = item.word("key", |word| hook_kinds().find(|(key, ..)| *key == word));
        let (Some((key, label, opened)), Some(turn), Some(why)) =
            (kind, item.turn("turn", context), item.text("why", LONGEST))
        else {
            continue;
        };
        if !hooks.iter().any(|hook| hook.key == key) {
            let (key, label) = (key.to_owned(), label.to_owned());
            hooks.push(Hook { key, label, turn, why: sentence(&why), opened });
        }
    }
    hooks.sort_by_key(|hook| hook.turn);
    (!hooks.is_empty() || !said_something).then_some(hooks)
}

fn read_habits(context: &Context<'_>, fields: &Fields<'_>) -> Option<Vec<Pattern>> {
    let mut patterns: Vec<Pattern> = Vec::new();
    let items = fields.items("patterns", MOST_PATTERNS)?;
    let said_something = !items.is_empty();
    for item in items {
        let habit = item.word("key", |word| HABITS.iter().find(|habit| habit.key == word));
        let (Some(habit), Some(turns), Some(advice)) =
            (habit, item.turns("turns", context), item.text("advice", LONGEST))
        else {
            continue;
        };
        if turns.len() < 2 {
            item.complain("turns", "a habit shows in two turns at least");
        } else if !patterns.iter().any(|pattern| pattern.key == habit.key) {
            patterns.push(Pattern { advice: sentence(&advice), ..pattern(context, habit, turns) });
        }
    }
    (!patterns.is_empty() || !said_something).then_some(patterns)
}
