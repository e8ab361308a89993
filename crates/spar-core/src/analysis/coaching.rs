//! What to make of a mission: the part a good coach would say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Context;
use super::moments::{
    Course, Moment, as_you, course, felt, in_short, is_grave, moments, name, pick, small, tidy,
};
use super::patterns::Pattern;
use super::prompted::{self, Fields, Material, Prompt};
use super::traits::Trait;
use super::turn_impact::KeyLineKind;
use super::words::{capital, counted, listed, number, quoted, sentence};
use crate::chat::ChatRequest;
use crate::ids::TurnIndex;
use crate::mission::StrikeCause;
use crate::reading::Safety;
use crate::routing::Task;
use crate::rules::{Difficulty, Outcome, Tier};
use crate::units::Score;

/// What to make of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Coaching {
    /// How far they came, in this mission and since the one before.
    pub progress: String,
    /// What the mission shows, at most four sentences.
    pub insights: Vec<String>,
    /// What helped when it got hard, at most three.
    pub coping_skills: Vec<String>,
    /// Where the two of them stand now.
    pub relationship: String,
    /// What to try next, most useful first, at most three.
    pub recommendations: Vec<String>,
}

/// Sentences of each kind.
const MOST_INSIGHTS: usize = 4;
const MOST_SKILLS: usize = 3;
const MOST_RECOMMENDATIONS: usize = 3;
/// From this tension on, it counts as having got hard.
const HARD_FROM: f64 = 52.0;
/// Characters of a sentence or two of a model.
const LONGEST: usize = 420;

/// What to make of it, from what the other stages found.
#[must_use]
pub fn offline(context: &Context<'_>) -> Coaching {
    let moments = moments(context);
    match course(context) {
        Course::Crisis => in_crisis(),
        course if context.turns().next().is_none() => unsaid(context, course),
        Course::Disqualified => disqualified(context, &moments),
        course if moments.is_empty() => unread(context, course),
        course => Coaching {
            progress: progress(context, course),
            insights: insights(context, &moments),
            coping_skills: coping(context, &moments),
            relationship: relationship(context, &moments),
            recommendations: recommendations(context, &moments, course),
        },
    }
}

/// How far they came, in this mission and since the one before.
fn progress(context: &Context<'_>, course: Course) -> String {
    let mission = context.mission;
    let required: Vec<_> = mission.gates().into_iter().filter(|gate| gate.required).collect();
    let passed = required.iter().filter(|gate| gate.passed_in.is_some()).count();
    let turns = counted(context.turns().count(), "line", "lines");
    let grave = is_grave(context);
    let mut text = match course {
        Course::Won if grave => format!("You said what had to be said, in {turns}."),
        Course::Won => pick(
            context,
            "won",
            &["You got what you came for, in {turns}.", "It worked, and it took you {turns}."],
        )
        .replace("{turns}", &turns),
        Course::Lost => pick(
            context,
            "lost",
            &[
                "It did not work out this time; it ended after {turns}.",
                "This one was lost after {turns}.",
            ],
        )
        .replace("{turns}", &turns),
        Course::BrokenOff => format!("It was broken off after {turns}."),
        _ => format!("So far you have said {turns}."),
    };
    if !required.is_empty() && passed < required.len() {
        let of = number(required.len());
        let how = match passed {
            0 => format!("None of the {of} things it needed had happened."),
            1 => format!("One of the {of} things it needed had happened."),
            _ => format!("{} of the {of} things it needed had happened.", capital(&number(passed))),
        };
        text.push_str(&format!(" {how}"));
    }
    if let Some(score) = mission.score() {
        text.push_str(&format!(" {}", against_before(context, score, course)));
    }
    text
}

/// The score against the latest mission of the same scenario.
fn against_before(context: &Context<'_>, score: Score, course: Course) -> String {
    let tier = Tier::of(score).name();
    let Some(past) = context.history.previous_of(&context.mission.scenario().id) else {
        return format!("Your lines were worth {score} on the whole ({tier}).");
    };
    let Some(before) = past.score else {
        return format!(
            "Your lines were worth {score} on the whole ({tier}); the time before was not scored."
        );
    };
    // As they are shown, so that the difference is the one that is seen.
    let by = (score.get().round() - before.get().round()) as i64;
    let points = counted(usize::try_from(by.abs()).unwrap_or(0), "point", "points");
    let compared = match by {
        0 => format!("Your lines were worth {score} ({tier}), as much as the time before."),
        by if by > 0 => format!(
            "Your lines were worth {score} ({tier}), {points} more than the time before ({before})."
        ),
        _ => format!(
            "Your lines were worth {score} ({tier}), {points} fewer than the time before ({before})."
        ),
    };
    match (past.ending.outcome(), course) {
        (Outcome::Failure | Outcome::Aborted, Course::Won) => {
            format!("{compared} And that time it had not worked.")
        }
        (Outcome::Success, Course::Lost) => {
            format!("{compared} That time it had worked, so you know the way.")
        }
        _ => compared,
    }
}

/// What the mission shows, most telling first.
fn insights(context: &Context<'_>, moments: &[Moment<'_>]) -> Vec<String> {
    let name = name(context);
    let mut found = Vec::new();
    if let Some(moment) = worst(moments) {
        let did = moment.deed_of(false, name);
        let movement = moment.movement();
        let did = did.map_or_else(|| "this line hurt".to_owned(), |did| format!("you {did}"));
        found.push(format!(
            "In turn {} {did}: {}. What it did: {movement}.",
            moment.turn(),
            moment.quoted()
        ));
    }
    if let Some(moment) = best(moments) {
        let movement = moment.movement();
        let did = match moment.deed_of(true, name) {
            Some(did) => format!("In turn {} you {did}: {}.", moment.turn(), moment.quoted()),
            None => format!("Turn {} helped most: {}.", moment.turn(), moment.quoted()),
        };
        found.push(if movement.is_empty() {
            did
        } else {
            format!("{did} It moved {name}: {movement}.")
        });
    }
    if let Some(technique) =
        context.results.topics.as_ref().and_then(|topics| topics.technique.as_ref())
    {
        found.push(format!(
            "What you mainly relied on was {}. {}",
            small(technique.name.trim().trim_end_matches('.')),
            sentence(&technique.why)
        ));
    }
    if let Some(habit) = habit(context, true) {
        let turns: Vec<String> = habit.turns.iter().take(4).map(ToString::to_string).collect();
        found.push(format!(
            "In turns {} you {}: a habit to keep.",
            listed(&turns),
            as_you(&habit.label)
        ));
    } else if let Some(change) = trait_change(context) {
        found.push(change);
    }
    if found.is_empty() {
        let turns = counted(moments.len(), "line", "lines");
        found.push(format!("{} moved {name} neither way; a talk that stays on the surface is easy to keep and hard to use.", capital(&turns)));
    }
    found.truncate(MOST_INSIGHTS);
    found.iter().map(|text| tidy(text)).collect()
}

/// The trait that changed most against the mission before, when it changed by much.
fn trait_change(context: &Context<'_>) -> Option<String> {
    let deltas = context.results.traits.as_ref()?.deltas?;
    let (of, by) = Trait::ALL
        .into_iter()
        .zip(deltas)
        .filter(|(of, _)| *of != Trait::Dominance)
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    (by.abs() >= 8.0).then(|| {
        let way = if by > 0.0 { "more" } else { "less" };
        format!(
            "Against the mission before there was {way} {} in it, by {:.0} points.",
            of.in_words(),
            by.abs()
        )
    })
}

/// What helped when it got hard.
fn coping(context: &Context<'_>, moments: &[Moment<'_>]) -> Vec<String> {
    let name = name(context);
    let mut hard: Vec<&Moment<'_>> = moments
        .iter()
        .enumerate()
        .filter(|(at, moment)| {
            let after_a_fall = at.checked_sub(1).is_some_and(|at| moments[at].opening() <= -6.0);
            (moment.before.tension >= HARD_FROM || after_a_fall) && moment.opening() >= 4.0
        })
        .map(|(_, moment)| moment)
        .collect();
    hard.sort_by(|a, b| b.opening().total_cmp(&a.opening()));
    let mut told: Vec<String> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for moment in hard {
        let Some(did) = moment.deed_of(true, name) else { continue };
        if seen.contains(&did) || told.len() == MOST_SKILLS {
            continue;
        }
        let ways = [
            "When it was tense, in turn {turn}, you {did}, and it eased: {movement}.",
            "With {name} under strain in turn {turn}, you {did}. After it: {movement}.",
        ];
        let way = ways[(context.seed() as usize + told.len()) % ways.len()];
        told.push(
            way.replace("{turn}", &moment.turn().to_string())
                .replace("{did}", &did)
                .replace("{name}", name)
                .replace("{movement}", &moment.movement()),
        );
        seen.push(did);
    }
    told
}

/// Where the two of them stand now.
fn relationship(context: &Context<'_>, moments: &[Moment<'_>]) -> String {
    let name = name(context);
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else { return String::new() };
    let (start, end) = (first.before, last.spoken.vector);
    let (before, after) = (felt(start.region()), felt(last.spoken.mood));
    let felt = if before == after {
        format!("{name} was {before} at the start and is {after} now")
    } else {
        format!("{name} went from {before} to {after}")
    };
    let figure = |what: &str, from: f64, to: f64| {
        ((from - to).abs() >= 4.0).then(|| format!("{what} from {from:.0} to {to:.0}"))
    };
    let figures: Vec<String> = [
        figure("goodwill", start.positivity, end.positivity),
        figure("tension", start.tension, end.tension),
        figure("comfort", start.comfort, end.comfort),
    ]
    .into_iter()
    .flatten()
    .collect();
    let felt = if figures.is_empty() {
        format!("{felt}.")
    } else {
        format!("{felt}: {}.", listed(&figures))
    };
    let opened = (end.positivity - start.positivity) + (end.comfort - start.comfort)
        - (end.tension - start.tension);
    let outlook = match opened {
        by if by >= 40.0 => pick(
            context,
            "bond",
            &[
                "There is trust here that the next talk can use.",
                "The next talk would begin on better ground than this one did.",
            ],
        ),
        by if by >= 6.0 => pick(
            context,
            "bond",
            &[
                "A little was gained, and it would hold if it is kept up.",
                "You parted a little closer than you met.",
            ],
        ),
        by if by > -6.0 => pick(
            context,
            "bond",
            &["Between the two of you little has changed.", "You parted about as you met."],
        ),
        by if by > -30.0 => pick(
            context,
            "bond",
            &[
                "Something was lost on the way, and a word about it would be the place to begin.",
                "There is something to mend before the next request.",
            ],
        ),
        _ => pick(
            context,
            "bond",
            &[
                "Before anything else, this needs repair: say what you did, and leave it there.",
                "As it stands, {name} would not pick up the phone gladly; repair comes before everything.",
            ],
        ),
    };
    format!("{felt} {}", outlook.replace("{name}", name))
}

/// What to try next, most useful first.
fn recommendations(context: &Context<'_>, moments: &[Moment<'_>], course: Course) -> Vec<String> {
    let mut found = Vec::new();
    let is_top = course == Course::Won
        && context.mission.score().is_some_and(|score| Tier::of(score) >= Tier::S);
    if course != Course::Won {
        found.extend(open_gate(context, moments));
    }
    let rewrite = rewritten(context, moments);
    // One thing to say about one line.
    let said_of = rewrite.as_ref().map(|(turn, _)| *turn);
    found.extend(rewrite.map(|(_, text)| text));
    if let Some(habit) = habit(context, false) {
        let turns: Vec<String> = habit.turns.iter().take(4).map(ToString::to_string).collect();
        found.push(format!(
            "In turns {} it was the same habit: you {}. {}",
            listed(&turns),
            as_you(&habit.label),
            sentence(&habit.advice)
        ));
    }
    if is_top {
        found.extend(harder(context));
    }
    if course == Course::Won && found.len() < MOST_RECOMMENDATIONS {
        found.extend(open_gate(context, moments));
    }
    if found.is_empty() || (found.len() < 2 && course != Course::Won) {
        found.extend(
            weakest(context, moments)
                .filter(|(turn, _)| Some(*turn) != said_of)
                .map(|(_, text)| text),
        );
    }
    if found.is_empty() {
        found.extend(harder(context));
    }
    found.truncate(MOST_RECOMMENDATIONS);
    found.iter().map(|text| tidy(text)).collect()
}

/// The gate that was missed, what was missing, and where it could have been.
fn open_gate(context: &Context<'_>, moments: &[Moment<'_>]) -> Option<String> {
    let mission = context.mission;
    let open: Vec<_> =
        mission.gates().into_iter().filter(|gate| gate.passed_in.is_none()).collect();
    let gate = open.iter().find(|gate| gate.required).or_else(|| open.first())?;
    let missing = context
        .results
        .gates
        .as_ref()
        .and_then(|found| found.gates.iter().find(|found| found.id == gate.id))
        .and_then(|found| found.missing.as_deref())
        .map(|missing| missing.trim().trim_end_matches('.').to_owned());
    let title = gate.title.trim().trim_end_matches('.');
    let way = match (gate.required, missing) {
        (true, Some(missing)) => {
            format!("Go for \u{201c}{title}\u{201d} first; it stayed open ({missing}).")
        }
        (true, None) => format!("Go for \u{201c}{title}\u{201d} first; it stayed open to the end."),
        (false, Some(missing)) => {
            format!("One thing was left on the table: \u{201c}{title}\u{201d} ({missing}).")
        }
        (false, None) => format!("One thing was left on the table: \u{201c}{title}\u{201d}."),
    };
    // The line after which the persona had least is where a word would have counted most.
    let place = moments
        .iter()
        .filter(|moment| moment.reply().is_some() && moment.opening() <= 0.0)
        .min_by(|a, b| a.opening().total_cmp(&b.opening()))
        .and_then(|moment| Some((moment.turn(), moment.reply()?)));
    Some(match place {
        Some((turn, reply)) => {
            let name = name(context);
            format!(
                "{way} A good place would have been after turn {turn}, when {name} said {}.",
                in_short(reply)
            )
        }
        None => way,
    })
}

/// The line that hurt most, with another way to say it.
fn rewritten(context: &Context<'_>, moments: &[Moment<'_>]) -> Option<(TurnIndex, String)> {
    let lines = &context.results.turn_impact.as_ref()?.key_lines;
    let line = lines
        .iter()
        .filter(|line| line.kind == KeyLineKind::Bottom && line.better.is_some())
        .filter(|line| moments.iter().any(|moment| moment.turn() == line.turn))
        .min_by(|a, b| a.impact.total_cmp(&b.impact))?;
    let better = quoted(line.better.as_deref()?);
    Some((
        line.turn,
        format!("In turn {} you said {}. Try instead: {better}.", line.turn, in_short(&line.text)),
    ))
}

/// The weakest line, and what was said of it.
fn weakest(context: &Context<'_>, moments: &[Moment<'_>]) -> Option<(TurnIndex, String)> {
    let moment = moments
        .iter()
        .filter(|moment| moment.read.confidence.get() > 0.0 && moment.read.score.get() < 60.0)
        .min_by(|a, b| a.read.score.get().total_cmp(&b.read.score.get()))?;
    let name = name(context);
    let turn = moment.turn();
    let reason = moment.read.reason.trim().trim_end_matches('.');
    Some((
        turn,
        match moment.heard {
            Some(heard) => format!(
                "Say turn {turn} again in other words: {} ({reason}). {name} had just said {}; answer that first.",
                moment.quoted(),
                in_short(heard)
            ),
            None => {
                format!("Say turn {turn} again in other words: {} ({reason}).", moment.quoted())
            }
        },
    ))
}

/// Harder things to try, for somebody who can do this one.
fn harder(context: &Context<'_>) -> Vec<String> {
    let scenario = context.mission.scenario();
    let turns = context.turns().count();
    let name = name(context);
    let mut found = Vec::new();
    let next = match scenario.difficulty {
        Difficulty::Easy => Some("medium"),
        Difficulty::Medium => Some("hard"),
        Difficulty::Hard => Some("elite"),
        Difficulty::Elite => None,
    };
    if let Some(next) = next {
        found.push(format!("Try it with the difficulty set to {next}: {name} forgives less there, and a vague word costs more."));
    }
    if turns > scenario.policy.min_turns.max(3) as usize {
        let fewer = counted(turns - 1, "line", "lines");
        found.push(format!(
            "Try to get there in {fewer}: which of these {turns} could go?",
            turns = number(turns)
        ));
    } else {
        found.push(format!("Try it with a worse beginning: open with your weakest sentence, and bring {name} back from there."));
    }
    found
}

fn worst<'m, 'a>(moments: &'m [Moment<'a>]) -> Option<&'m Moment<'a>> {
    moments
        .iter()
        .filter(|moment| moment.opening() <= -4.0)
        .min_by(|a, b| a.opening().total_cmp(&b.opening()))
}

fn best<'m, 'a>(moments: &'m [Moment<'a>]) -> Option<&'m Moment<'a>> {
    moments
        .iter()
        .filter(|moment| moment.opening() >= 3.0 || moment.read.score.get() >= 65.0)
        .max_by(|a, b| a.opening().total_cmp(&b.opening()))
}

fn habit<'a>(context: &Context<'a>, helps: bool) -> Option<&'a Pattern> {
    let found = &context.results.patterns.as_ref()?.patterns;
    found.iter().find(|pattern| pattern.helps == helps)
}

fn disqualified(context: &Context<'_>, moments: &[Moment<'_>]) -> Coaching {
    let name = name(context);
    let cause = context.mission.state().strikes.last().map(StrikeCause::in_words);
    let what = cause.unwrap_or("something nobody should have to hear");
    let before = moments.iter().rev().find(|moment| moment.read.safety == Safety::Clear);
    let mut recommendations = vec![format!(
        "Do not play it again at once. When you do, stop one line earlier: say \u{201c}I need a break\u{201d} where this one had {what}."
    )];
    if let Some(moment) = before {
        recommendations.push(format!(
            "Look at turn {}, {}: from there another line was still open to you.",
            moment.turn(),
            moment.quoted()
        ));
    }
    Coaching {
        progress: format!(
            "The mission was stopped because of {what}. What was good in it does not weigh against that."
        ),
        insights: vec![format!(
            "Outside of a rehearsal a sentence like that ends more than a conversation, and {name} would owe you nothing after it."
        )],
        coping_skills: Vec::new(),
        relationship: format!(
            "There is nothing left to build on with {name}, unless you come back to it yourself, without asking for anything."
        ),
        recommendations: recommendations.iter().map(|text| tidy(text)).collect(),
    }
}

fn in_crisis() -> Coaching {
    Coaching {
        progress: "This one was put aside for something more important, and nothing in it is judged.".to_owned(),
        insights: Vec::new(),
        coping_skills: Vec::new(),
        relationship: "Nobody here is waiting for you to go on.".to_owned(),
        recommendations: vec!["If things are hard right now, talk to somebody today: a person near you, or a helpline.".to_owned()],
    }
}

fn unsaid(context: &Context<'_>, course: Course) -> Coaching {
    let name = name(context);
    let progress = match course {
        Course::Lost => "It ended before you had said a word.",
        Course::Running => "It has not begun yet.",
        _ => "You left before you had said a word.",
    };
    Coaching {
        progress: progress.to_owned(),
        insights: Vec::new(),
        coping_skills: Vec::new(),
        relationship: format!("{name} knows no more of you than before."),
        recommendations: vec![match context.mission.quotable_opener() {
            Some(opener) => {
                format!("Begin by answering {}; one plain sentence is enough.", in_short(opener))
            }
            None => format!(
                "Begin with what it is about: {}.",
                small(context.mission.scenario().objective.title.trim().trim_end_matches('.'))
            ),
        }],
    }
}

fn unread(context: &Context<'_>, course: Course) -> Coaching {
    let lines = counted(context.turns().count(), "line", "lines");
    let how = match course {
        Course::Won => "and it was won",
        Course::Lost => "and it was lost",
        Course::Running => "and it is not over",
        _ => "and it was broken off",
    };
    Coaching {
        progress: format!(
            "You said {lines}, {how}. They were played without being read, so nothing is said about how good they were."
        ),
        insights: Vec::new(),
        coping_skills: Vec::new(),
        relationship: format!("How {} felt was not followed here.", name(context)),
        recommendations: vec!["For a reading of your lines, play it in English.".to_owned()],
    }
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::DeepAnalysis,
    system: include_str!("../../prompts/coaching.md"),
    max_tokens: 1_200,
    schema,
};

fn schema() -> Value {
    let sentence = prompted::text("one or two sentences");
    prompted::object(&[
        ("progress", sentence.clone()),
        ("insights", prompted::list(&sentence, MOST_INSIGHTS)),
        ("coping_skills", prompted::list(&sentence, MOST_SKILLS)),
        ("relationship", sentence.clone()),
        ("recommendations", prompted::list(&sentence, MOST_RECOMMENDATIONS)),
    ])
}

/// The request of this stage; none where our own plain words are all that should be said.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let course = course(context);
    if matches!(course, Course::Crisis | Course::Disqualified) {
        return None;
    }
    let own = offline(context);
    let mut found = vec![own.progress, own.relationship];
    found.extend(own.insights);
    found.extend(own.coping_skills);
    found.extend(own.recommendations);
    if is_grave(context) {
        found.push("The subject is a grave one: write quietly, without praise.".to_owned());
    }
    PROMPT.request(context, &Material { found, before: None })
}

/// What a model's answer means.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Coaching {
    let mut coaching = offline(context);
    let sentences = |texts: Vec<String>| texts.iter().map(|text| sentence(text)).collect();
    if let Some(progress) = fields.text("progress", LONGEST) {
        coaching.progress = sentence(&progress);
    }
    if let Some(insights) = fields.texts("insights", MOST_INSIGHTS, LONGEST) {
        coaching.insights = sentences(insights);
    }
    if let Some(skills) = fields.texts("coping_skills", MOST_SKILLS, LONGEST) {
        coaching.coping_skills = sentences(skills);
    }
    if let Some(relationship) = fields.text("relationship", LONGEST) {
        coaching.relationship = sentence(&relationship);
    }
    if let Some(next) = fields.texts("recommendations", MOST_RECOMMENDATIONS, LONGEST)
        && !next.is_empty()
    {
        coaching.recommendations = sentences(next);
    }
    coaching
}
