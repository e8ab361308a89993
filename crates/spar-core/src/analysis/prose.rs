//! The story of a conversation, for somebody who would rather read than look at figures.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Context;
use super::moments::{
    Course, Moment, as_you, course, felt, in_short, is_grave, moments, name, pick, small, tidy,
};
use super::prompted::{self, Fields, Material, Prompt};
use super::words::{capital, counted, listed, sentence};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::routing::Task;
use crate::rules::Ending;
use crate::scenario::ObjectiveKind;

/// Words of a model's story: more are cut at a sentence, fewer are noted.
pub const MOST_WORDS: usize = 750;
/// Fewer words than this are accepted and named as a problem.
pub const FEWEST_WORDS: usize = 200;
/// Words of a story that is told without a model.
const MOST_OFFLINE: usize = 290;
/// Paragraphs of a story.
const MOST_PARAGRAPHS: usize = 8;
/// Characters of a paragraph of a model.
const LONGEST: usize = 2_400;

/// The story, in paragraphs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Prose {
    /// Paragraphs, plain text: 500–750 words by a model, 120–300 offline. Fewer when little was
    /// said.
    pub paragraphs: Vec<String>,
}

impl Prose {
    /// Words of the whole.
    #[must_use]
    pub fn words(&self) -> usize {
        self.paragraphs.iter().map(|paragraph| paragraph.split_whitespace().count()).sum()
    }
}

/// The story, from what the other stages found.
#[must_use]
pub fn offline(context: &Context<'_>) -> Prose {
    let moments = moments(context);
    let course = course(context);
    let paragraphs = match course {
        Course::Crisis => vec![begun(context, true), crisis()],
        _ if context.turns().next().is_none() => {
            vec![format!("{} {}", begun(context, true), unsaid(context))]
        }
        _ if moments.is_empty() => {
            vec![begun(context, false), unread(context), ended(context, course, None)]
        }
        _ => told(context, &moments, course),
    };
    Prose {
        paragraphs: paragraphs
            .iter()
            .map(|text| tidy(text))
            .filter(|text| !text.is_empty())
            .collect(),
    }
}

fn told(context: &Context<'_>, moments: &[Moment<'_>], course: Course) -> Vec<String> {
    let tip = tipping(context, moments);
    let mut paragraphs = vec![begun(context, false)];
    if tip.is_none_or(|tip| tip.turn() != moments[0].turn()) {
        paragraphs[0].push_str(&format!(" {}", first_line(context, &moments[0])));
    }
    if let Some(tip) = tip {
        paragraphs.push(tipped(context, tip));
    }
    paragraphs.push(between(context, moments, tip));
    paragraphs.push(ended(context, course, tip.map(Moment::turn)));
    let so_far: usize = paragraphs.iter().map(|text| text.split_whitespace().count()).sum();
    let mut last = kept(context, moments, course, true);
    if so_far + last.split_whitespace().count() > MOST_OFFLINE {
        last = kept(context, moments, course, false);
    }
    paragraphs.push(last);
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// Who, what was at stake, and how the other one was.
fn begun(context: &Context<'_>, is_short: bool) -> String {
    let scenario = context.mission.scenario();
    let persona = &scenario.persona;
    let name = &persona.name;
    let role = persona.role.split(';').next().unwrap_or_default().trim().trim_end_matches('.');
    let who = if role.is_empty() { name.clone() } else { format!("{name}, {}", small(role)) };
    let met = pick(
        context,
        "met",
        &[
            "This was a talk with {who}.",
            "The other side of the table was {who}.",
            "You sat down with {who}.",
        ],
    )
    .replace("{who}", &who);
    if is_short {
        return met;
    }
    let aim = small(scenario.objective.title.trim().trim_end_matches('.'));
    let stake = first_sentence(&scenario.summary);
    let stake = if scenario.objective.kind == ObjectiveKind::Free {
        String::new()
    } else {
        format!(" {} What you were there for: {aim}.", sentence(stake))
    };
    let mood = context.mission.start().region();
    let opened = match context.mission.quotable_opener() {
        Some(opener) => {
            let way = pick(
                context,
                "opener",
                &[
                    "{name} was {felt} at first, and began with {line}.",
                    "{name} was {felt} at the start, and opened with {line}.",
                ],
            );
            way.replace("{felt}", felt(mood)).replace("{line}", &in_short(opener))
        }
        None => format!("{{name}} was {} at the start.", felt(mood)),
    };
    tidy(&format!("{met}{stake} {}", opened.replace("{name}", name)))
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let end = text
        .match_indices(['.', '!', '?'])
        .map(|(at, _)| at + 1)
        .find(|end| text[*end..].starts_with(' ') || *end == text.len());
    let first = end.map_or(text, |end| &text[..end]);
    // "Mrs." alone is no sentence.
    if first.split_whitespace().count() < 3 { text } else { first }
}

fn first_line(context: &Context<'_>, moment: &Moment<'_>) -> String {
    let name = name(context);
    let quote = moment.quoted();
    let did = moment.deed(name);
    let start = match did {
        Some(did) => format!("Your first line {quote}: you {did}."),
        None => format!("You began with {quote}."),
    };
    let start = start.replacen("Your first line", "Your first line was", 1);
    let then = match moment.opening() {
        by if by >= 6.0 => {
            pick(context, "first", &["It was heard.", "That went down well.", "{name} took it in."])
        }
        by if by <= -6.0 => pick(
            context,
            "first",
            &["It cost you something at once.", "{name} did not like it.", "It landed badly."],
        ),
        _ => pick(
            context,
            "first",
            &["It changed little yet.", "It neither helped nor hurt.", "{name} waited for more."],
        ),
    };
    format!("{start} {}", then.replace("{name}", name))
}

/// The turn where it tipped: a breakthrough where one was found, otherwise the largest move of the
/// mood, when there was one worth the word.
fn tipping<'m, 'a>(context: &Context<'_>, moments: &'m [Moment<'a>]) -> Option<&'m Moment<'a>> {
    let found = context.results.breakthroughs.as_ref().and_then(|found| {
        let surest = |a: &f64, b: &f64| a.total_cmp(b);
        let best =
            found.moments.iter().max_by(|a, b| surest(&a.confidence.get(), &b.confidence.get()))?;
        moments.iter().find(|moment| moment.turn() == best.turn)
    });
    let mut largest: Option<&Moment<'_>> = None;
    for moment in moments {
        if largest.is_none_or(|so_far| moment.opening().abs() > so_far.opening().abs()) {
            largest = Some(moment);
        }
    }
    found.or(largest).filter(|moment| moment.opening().abs() >= 6.0)
}

fn tipped(context: &Context<'_>, moment: &Moment<'_>) -> String {
    let earlier = context.turns().rfind(|spoken| spoken.turn < moment.turn());
    let mood_before = earlier.map_or(context.mission.start().region(), |spoken| spoken.mood);
    let name = name(context);
    let good = moment.opening() > 0.0;
    let turn = ordinal(moment.turn());
    let way = if good {
        pick(
            context,
            "tip",
            &[
                "It tipped in your {turn} line.",
                "The {turn} line was where it turned.",
                "What moved {name} most came in your {turn} line.",
            ],
        )
    } else {
        pick(
            context,
            "tip",
            &[
                "It slipped in your {turn} line.",
                "The {turn} line was where you lost ground.",
                "What cost most was your {turn} line.",
            ],
        )
    };
    let mut text = way.replace("{turn}", &turn).replace("{name}", name);
    match moment.deed_of(good, name) {
        Some(did) => text.push_str(&format!(" You {did}: {}.", moment.quoted())),
        None => text.push_str(&format!(" You said {}.", moment.quoted())),
    }
    if let Some(reply) = moment.reply() {
        let answered = pick(
            context,
            "answered",
            &["{name} answered {quote}.", "What came back was {quote}.", "The answer was {quote}."],
        );
        text.push_str(&format!(
            " {}",
            answered.replace("{name}", name).replace("{quote}", &in_short(reply))
        ));
    }
    let (before, after) = (felt(mood_before), felt(moment.spoken.mood));
    let [_, tension, _] = moment.moved();
    let air = match (good, tension) {
        (true, by) if by <= -4.0 => "You could feel the tension give",
        (true, _) => "Something came loose",
        (false, by) if by >= 4.0 => "The air grew tighter",
        (false, _) => "Something closed",
    };
    let then = match (before == after, good) {
        (false, _) => format!("{air}, and after it {name} was {after}."),
        (true, true) => format!("{air}, even if {name} was still {after} on the outside."),
        (true, false) => format!("{air}, and {name} was {after} as before, only more so."),
    };
    format!("{text} {then}")
}

/// What else happened: the main things that helped and that hurt, with their lines.
fn between(context: &Context<'_>, moments: &[Moment<'_>], tip: Option<&Moment<'_>>) -> String {
    let name = name(context);
    let told = [Some(moments[0].turn()), tip.map(Moment::turn)];
    let rest: Vec<&Moment<'_>> =
        moments.iter().filter(|moment| !told.contains(&Some(moment.turn()))).collect();
    let mut good: Vec<&Moment<'_>> = rest.iter().copied().filter(|m| m.opening() >= 3.0).collect();
    let mut bad: Vec<&Moment<'_>> = rest.iter().copied().filter(|m| m.opening() <= -3.0).collect();
    good.sort_by(|a, b| b.opening().total_cmp(&a.opening()));
    bad.sort_by(|a, b| a.opening().total_cmp(&b.opening()));
    let deeds = |list: &[&Moment<'_>], helps: bool| {
        let mut seen: Vec<String> = Vec::new();
        let mut told: Vec<String> = Vec::new();
        for moment in list {
            let Some(did) = moment.deed_of(helps, name) else { continue };
            if !seen.contains(&did) && told.len() < 3 {
                told.push(if told.is_empty() {
                    format!("{did} ({})", moment.quoted())
                } else {
                    did.clone()
                });
                seen.push(did);
            }
        }
        told
    };
    let (helped, hurt) = (deeds(&good, true), deeds(&bad, false));
    let mut text = String::new();
    if !helped.is_empty() {
        let way = pick(
            context,
            "helped",
            &[
                "Elsewhere it helped that you {deeds}.",
                "In other lines you {deeds}, and each time it eased things a little.",
                "Beside that you {deeds}, and it helped.",
            ],
        );
        let way = if helped.len() == 1 {
            way.replace("In other lines", "In another line")
                .replace("and each time it eased", "and it eased")
        } else {
            way.to_owned()
        };
        text.push_str(&way.replace("{deeds}", &listed(&helped)));
    }
    if !hurt.is_empty() {
        let way = if helped.is_empty() {
            pick(
                context,
                "hurt",
                &[
                    "Along the way you {deeds}, and {name} noticed.",
                    "It did not help that you {deeds}.",
                ],
            )
        } else {
            pick(
                context,
                "hurt",
                &["It helped less that you {deeds}.", "Against that, you {deeds}."],
            )
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&way.replace("{deeds}", &listed(&hurt)).replace("{name}", name));
    }
    if rest.is_empty() {
        return text;
    }
    let quiet = rest.len() - good.len() - bad.len();
    if text.is_empty() {
        text = pick(
            context,
            "quiet",
            &[
                "Between the turns told here little moved, for better or worse.",
                "The rest went by without much effect.",
            ],
        )
        .to_owned();
    } else if quiet >= 2 {
        text.push_str(&format!(
            " {} went by without much effect.",
            capital(&counted(quiet, "other line", "other lines"))
        ));
    }
    if let Some(timeline) = &context.results.mood_timeline
        && !timeline.vibe.trim().is_empty()
    {
        let vibe = timeline.vibe.trim().trim_end_matches('.');
        text.push_str(&format!(" As a whole the talk was {}.", small(vibe)));
    }
    text
}

/// How it ended, and what stayed open.
fn ended(context: &Context<'_>, course: Course, told: Option<TurnIndex>) -> String {
    let mission = context.mission;
    let name = name(context);
    let turns = context.turns().count();
    let lines = counted(turns, "line", "lines");
    let mut text = match course {
        Course::Won => pick(
            context,
            "won",
            &[
                "After {lines} of yours you were where you wanted to be.",
                "It took {lines}, and you got there.",
                "You got there in {lines}.",
            ],
        )
        .replace("{lines}", &lines),
        Course::Lost => lost(context, &lines),
        Course::Disqualified => format!(
            "It ended after {lines}, because something was said that goes over a line. There is no good version of that sentence, and a real {name} would not have stayed either."
        ),
        Course::BrokenOff if mission.state().ending() == Some(Ending::AbortSystemError) => {
            format!("After {lines} something broke, and it could not go on.")
        }
        Course::BrokenOff => format!("You left after {lines}, before it was decided."),
        Course::Crisis | Course::Running => format!(
            "So far there {} {lines}, and it is not over.",
            if turns == 1 { "is" } else { "are" }
        ),
    };
    let required: Vec<_> = mission.gates().into_iter().filter(|gate| gate.required).collect();
    let (passed, open): (Vec<_>, Vec<_>) =
        required.iter().partition(|gate| gate.passed_in.is_some());
    let titles = |gates: &[&crate::mission::GateState<'_>]| {
        let titles: Vec<String> = gates.iter().map(|gate| quoted_title(gate.title)).collect();
        listed(&titles)
    };
    if !open.is_empty() && course != Course::Disqualified {
        let still = if course == Course::Won {
            "Left open:"
        } else if open.len() == 1 {
            "One thing it needed was still missing:"
        } else {
            "Still missing from what it needed:"
        };
        text.push_str(&format!(" {still} {}.", titles(&open)));
    } else if !passed.is_empty() && course == Course::Won {
        text.push_str(&format!(" Everything it needed had happened: {}.", titles(&passed)));
    }
    let last = context.turns().next_back().filter(|spoken| !spoken.in_crisis());
    if let Some(reply) = last.and_then(|spoken| spoken.reply.as_ref())
        && course != Course::Disqualified
        && last.map(|spoken| spoken.turn) != told
    {
        let way = pick(
            context,
            "closing",
            &["{name}'s last words were {quote}.", "{name} left it at {quote}."],
        );
        text.push_str(&format!(
            " {}",
            way.replace("{name}", name).replace("{quote}", &in_short(&reply.text))
        ));
    }
    tidy(&text)
}

fn quoted_title(title: &str) -> String {
    format!("\u{201c}{}\u{201d}", title.trim().trim_end_matches('.'))
}

fn lost(context: &Context<'_>, lines: &str) -> String {
    let name = name(context);
    match context.mission.state().ending() {
        Some(Ending::FailMoodCollapse) => format!(
            "After {lines} the talk broke down: there was no goodwill left in {name} to go on with."
        ),
        Some(Ending::FailStrikes) => {
            format!("After {lines} it was stopped, because too much had been said that hurts.")
        }
        Some(Ending::FailTimer) => format!("After {lines} the time was up."),
        Some(Ending::FailGateSequence) => {
            format!("After {lines} it was too late for something that had to be said early.")
        }
        Some(Ending::FailMaxTurns) => {
            format!("After {lines} there was no room left, and it was not decided.")
        }
        _ => format!("After {lines} what you came for was out of reach."),
    }
}

/// What is worth keeping.
fn kept(context: &Context<'_>, moments: &[Moment<'_>], course: Course, with_habit: bool) -> String {
    if course == Course::Disqualified {
        return "What is worth keeping is the moment before that line: when it rises in you, say that you need a break, and take it.".to_owned();
    }
    let best = moments.iter().filter(|moment| moment.read.shown_tier().is_some()).max_by(|a, b| {
        (a.read.score.get() + a.opening()).total_cmp(&(b.read.score.get() + b.opening()))
    });
    let good = best.filter(|moment| moment.read.score.get() >= 55.0);
    let habit = context
        .results
        .patterns
        .as_ref()
        .and_then(|patterns| patterns.patterns.iter().find(|habit| !habit.helps));
    let mut text = match good {
        Some(moment) => {
            let way = if is_grave(context) {
                pick(context, "keep", &["If one sentence is to be kept, it is this one: {quote}.", "The sentence that carried most was {quote}."])
            } else {
                pick(context, "keep", &["Worth keeping: {quote}.", "The line to remember is {quote}.", "If you keep one sentence of it, keep {quote}."])
            };
            let why = sentence(&format!("it {}", moment.read.reason.trim()));
            format!("{} {why}", way.replace("{quote}", &moment.quoted()))
        }
        None => "No line of this one stands out as one to repeat; what it shows is where the next try can begin.".to_owned(),
    };
    if let Some(habit) = habit.filter(|_| with_habit) {
        let turns = counted(habit.turns.len(), "line", "lines");
        text.push_str(&format!(
            " What to watch: in {turns} it was the same habit: you {}. {}",
            as_you(&habit.label),
            sentence(&habit.advice)
        ));
    }
    text
}

fn unsaid(context: &Context<'_>) -> String {
    format!(
        "It ended before you said a word, so there is no story to tell; {} is still waiting for one.",
        name(context)
    )
}

fn unread(context: &Context<'_>) -> String {
    let lines = counted(context.turns().count(), "line", "lines");
    format!(
        "You said {lines}. They were played, but not read for what they did, so this can say only who was there and how it went, not which of them mattered."
    )
}

fn crisis() -> String {
    "It was put aside for something more important than practice. Nothing of it is told again or judged here. If things are hard right now, please talk to somebody today: a person near you, or a helpline.".to_owned()
}

/// "first" to "twelfth", then "13th".
fn ordinal(turn: TurnIndex) -> String {
    const WORDS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth", "eleventh", "twelfth",
    ];
    let at = turn.0.checked_sub(1).and_then(|at| WORDS.get(at as usize));
    at.map_or_else(
        || {
            let end = match (turn.0 % 10, turn.0 % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{turn}{end}")
        },
        |word| (*word).to_owned(),
    )
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::Prose,
    system: include_str!("../../prompts/prose.md"),
    max_tokens: 1_600,
    schema,
};

fn schema() -> Value {
    let paragraph = prompted::text("a paragraph");
    prompted::object(&[("paragraphs", prompted::list(&paragraph, MOST_PARAGRAPHS))])
}

/// The request of this stage; none where our own few words are all that should be said.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    if matches!(course(context), Course::Crisis | Course::Disqualified) {
        return None;
    }
    let mut found = offline(context).paragraphs;
    if is_grave(context) {
        found.push("The subject is a grave one: write quietly, without praise.".to_owned());
    }
    PROMPT.request(context, &Material { found, before: None })
}

/// What a model's answer means: its paragraphs, cut at a sentence when there are too many words.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Prose {
    let Some(paragraphs) = fields.texts("paragraphs", MOST_PARAGRAPHS, LONGEST) else {
        return offline(context);
    };
    let prose = Prose { paragraphs: within(paragraphs, MOST_WORDS) };
    match prose.words() {
        0 => {
            fields.complain("paragraphs", "empty; the offline form stands");
            offline(context)
        }
        words if words < FEWEST_WORDS => {
            let what = counted(words, "word", "words");
            fields.complain("paragraphs", format!("{what} where {FEWEST_WORDS} are the least"));
            prose
        }
        _ => prose,
    }
}

/// So many words at most, cut after a whole sentence.
fn within(paragraphs: Vec<String>, most: usize) -> Vec<String> {
    let mut left = most;
    let mut kept = Vec::new();
    for paragraph in paragraphs {
        let words = paragraph.split_whitespace().count();
        if words <= left {
            left -= words;
            kept.push(sentence(&paragraph));
            continue;
        }
        let cut: Vec<&str> = paragraph.split_whitespace().take(left).collect();
        let cut = cut.join(" ");
        let end = cut.rfind(['.', '!', '?']).map(|at| at + 1);
        match end {
            Some(end) if end > 0 => kept.push(cut[..end].to_owned()),
            _ if kept.is_empty() => kept.push(sentence(&cut)),
            _ => {}
        }
        break;
    }
    kept
}
