//! What the persona will remember next time.

use serde_json::Value;

use super::Context;
use super::moments::{Course, Moment, course, moments, pick};
use super::prompted::{self, Fields, Material, Prompt};
use super::words::{clip, sentence};
use crate::chat::ChatRequest;
use crate::persona::EARLY;
pub use crate::persona::PersonaMemory;
use crate::reading::{Cue, Safety};
use crate::routing::Task;

/// Characters of a remembered sentence, and of the attitude.
const LONGEST: usize = 180;

/// The memory, from how it ended and what stood out.
///
/// What is carried over: 4 for a mission that was won, −3 for one that was lost, −10 for one that
/// was disqualified, and a twenty-fifth of how far the persona had opened by the end; after a crisis
/// never less than nothing, and not a word of it is kept.
#[must_use]
pub fn offline(context: &Context<'_>) -> PersonaMemory {
    let moments = moments(context);
    let course = course(context);
    let carry = carry(context, course, !moments.is_empty());
    let mut items = match course {
        Course::Crisis => Vec::new(),
        _ => remembered(context, &moments),
    };
    if let Some(end) = ending(context, course, moments.len()) {
        items.truncate(PersonaMemory::MOST_ITEMS - 1);
        // After such an end nothing else comes to mind first.
        let at = if course == Course::Disqualified { 0 } else { items.len() };
        items.insert(at, end);
    }
    PersonaMemory {
        persona: context.mission.scenario().persona.name.clone(),
        items,
        attitude: attitude(context, course, carry).to_owned(),
        carry,
    }
}

fn carry(context: &Context<'_>, course: Course, was_read: bool) -> f64 {
    let state = context.mission.state();
    let start = context.mission.scenario().persona.start;
    let (now, then) = (state.vector, start);
    let opened = (now.positivity - then.positivity) + (now.comfort - then.comfort)
        - (now.tension - then.tension);
    let outcome = match course {
        Course::Won => 4.0,
        Course::Lost => -3.0,
        Course::Disqualified => return -PersonaMemory::MOST_CARRY,
        Course::BrokenOff | Course::Crisis | Course::Running => 0.0,
    };
    let opened = if was_read { opened / 25.0 } else { 0.0 };
    let most = PersonaMemory::MOST_CARRY;
    let carry = (outcome + opened).round().clamp(-most, most);
    // Zero has no sign that anybody should see.
    let carry = if carry == 0.0 { 0.0 } else { carry };
    if course == Course::Crisis { carry.max(0.0) } else { carry }
}

/// What stood out, most telling first: the best and the worst of what was done, each once.
fn remembered(context: &Context<'_>, moments: &[Moment<'_>]) -> Vec<String> {
    let mut ranked: Vec<(f64, &Moment<'_>, Cue)> = moments
        .iter()
        .filter(|moment| moment.read.safety == Safety::Clear)
        .filter_map(|moment| {
            let good = if moment.opening().abs() < 0.5 {
                moment.read.score.get() >= 50.0
            } else {
                moment.opening() > 0.0
            };
            let cue = moment.telling_cue(good)?;
            // What was said in the first lines is remembered longer.
            let early = if moment.turn().0 <= 2 { 3.0 } else { 0.0 };
            Some((moment.opening().abs() + early, moment, cue))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut items: Vec<String> = Vec::new();
    let mut known: Vec<Cue> = Vec::new();
    for (_, moment, cue) in ranked {
        if known.contains(&cue) {
            continue;
        }
        known.push(cue);
        if let Some(item) = memory_of(context, moment, cue) {
            items.push(item);
        }
        if items.len() == PersonaMemory::MOST_ITEMS {
            break;
        }
    }
    items
}

/// A line as the persona remembers it.
fn memory_of(context: &Context<'_>, moment: &Moment<'_>, cue: Cue) -> Option<String> {
    let early = moment.turn().0.checked_sub(1).and_then(|at| EARLY.get(at as usize));
    let at = early.copied().unwrap_or_default();
    let ways: &[&str] = match cue {
        Cue::StatesPosition => &["You told me straight{at}.", "You said it plainly{at}."],
        Cue::TakesResponsibility => {
            &["You owned your part without being pushed{at}.", "You took your share of it{at}."]
        }
        Cue::AcknowledgesFeeling => {
            &["You noticed what it did to me, and said so{at}.", "You saw how I felt{at}."]
        }
        Cue::Validates => &["You said my side of it made sense{at}.", "You took me seriously{at}."],
        Cue::Reflects => {
            &["You gave me back what I had said, and got it right.", "You had listened."]
        }
        Cue::OpenQuestion => &[
            "You asked, and left me room to answer{at}.",
            "You wanted to know how it looks from here{at}.",
        ],
        Cue::ProposesPlan => &[
            "You came with a next step I could use{at}.",
            "You had something to offer besides words{at}.",
        ],
        Cue::Commits => {
            &["You promised me something{at}.", "You gave me your word on something{at}."]
        }
        Cue::OffersChoice | Cue::RespectsBoundary | Cue::AsksPermission => {
            &["You left me the choice{at}.", "You did not crowd me{at}."]
        }
        Cue::SetsBoundary => {
            &["You told me where your line is{at}.", "You drew a line and kept to it{at}."]
        }
        Cue::Declines => {
            &["You said no, and it was a no{at}.", "You turned me down to my face{at}."]
        }
        Cue::Appreciates => {
            &["You said what you see in me{at}.", "You found something good to say{at}."]
        }
        Cue::Apologises => &["You said sorry{at}.", "You apologised{at}."],
        Cue::SharesFeeling => {
            &["You told me how it is for you{at}.", "You let me see how you felt{at}."]
        }
        Cue::Blames => {
            &["You looked for the fault with others{at}.", "You made it somebody else's fault{at}."]
        }
        Cue::Dismisses => &["You told me it was nothing{at}.", "You waved it away{at}."],
        Cue::Pressures | Cue::Commands => {
            &["You pushed me{at}.", "You wanted a yes more than an answer{at}."]
        }
        Cue::Sarcasm => &["You made fun of it{at}.", "You turned sarcastic on me{at}."],
        Cue::MakesExcuses => &[
            "You had reasons ready before I had a word in{at}.",
            "You explained yourself out of it{at}.",
        ],
        Cue::Advises => &[
            "You told me what to do before you had asked{at}.",
            "You gave me advice I had not asked for{at}.",
        ],
        Cue::InterruptsTopic | Cue::OffTopic => {
            &["You changed the subject on me.", "You talked about something else."]
        }
        Cue::Hedges => {
            &["You took your time getting to the point.", "You went around it for a while."]
        }
        Cue::OverExplains => {
            &["You talked for a long time{at}.", "You said a great deal at once{at}."]
        }
        Cue::Needy => &["You wanted to hear that I am not angry.", "You asked me to reassure you."],
        _ => return None,
    };
    Some(pick(context, &format!("memory{}", moment.turn()), ways).replace("{at}", at))
}

/// How it ended, as the persona would put it; nothing when there was nothing to end.
fn ending(context: &Context<'_>, course: Course, read: usize) -> Option<String> {
    let ways: &[&str] = match course {
        Course::Won => &["You left me with something I can work with.", "You and I got somewhere."],
        Course::Lost if read > 0 => {
            &["You and I did not get there.", "You lost me before the end."]
        }
        Course::Disqualified => &[
            "You went over a line with me.",
            "You said something to me that I will not have said.",
        ],
        Course::BrokenOff if read > 0 => {
            &["You left before we were done.", "You broke off in the middle."]
        }
        _ => return None,
    };
    Some(pick(context, "memory_end", ways).to_owned())
}

fn attitude(context: &Context<'_>, course: Course, carry: f64) -> &'static str {
    let ways: &[&'static str] = match (course, carry) {
        (Course::Crisis, _) => {
            &["I hope you are all right.", "I would be glad to hear how you are."]
        }
        (Course::Disqualified, _) => &[
            "I do not know that I want to talk to you again.",
            "If we talk again, it will be on other terms.",
        ],
        (_, carry) if carry >= 6.0 => {
            &["I trust you more than I did.", "I would come to you first, next time."]
        }
        (_, carry) if carry >= 2.0 => {
            &["I can work with you.", "I think you mean well, and mostly it shows."]
        }
        (_, carry) if carry <= -6.0 => {
            &["I keep my guard up with you.", "I expect the worst when you want to talk."]
        }
        (_, carry) if carry <= -2.0 => {
            &["I am careful with you now.", "I will wait and see, with you."]
        }
        _ => &["I have not made up my mind about you.", "I take you as you come."],
    };
    pick(context, "attitude", ways)
}

/// What a model is asked for: the words. How much is carried over is ours.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::SessionSummary,
    system: include_str!("../../prompts/persona_memory.md"),
    max_tokens: 400,
    schema,
};

fn schema() -> Value {
    let item = prompted::text("one sentence that begins with You");
    prompted::object(&[
        ("items", prompted::list(&item, PersonaMemory::MOST_ITEMS)),
        ("attitude", prompted::text("one sentence")),
    ])
}

/// The request of this stage; none after a crisis, of which nothing is to be kept.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    if course(context) == Course::Crisis {
        return None;
    }
    let own = offline(context);
    let found = vec![format!("{} {}", own.items.join(" "), own.attitude)];
    PROMPT.request(context, &Material { found, before: None })
}

/// What a model's answer means.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> PersonaMemory {
    let mut memory = offline(context);
    if course(context) == Course::Crisis {
        return memory;
    }
    if let Some(items) = fields.texts("items", PersonaMemory::MOST_ITEMS, LONGEST)
        && !items.is_empty()
    {
        memory.items = items.iter().map(|item| clip(&sentence(item), LONGEST)).collect();
    }
    if let Some(attitude) = fields.text("attitude", LONGEST) {
        memory.attitude = clip(&sentence(&attitude), LONGEST);
    }
    memory
}
