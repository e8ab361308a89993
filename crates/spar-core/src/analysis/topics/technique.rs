//! How the person went about it: what came before what.

use super::Technique;
use crate::analysis::Context;
use crate::analysis::seen::{Seen, seen};
use crate::analysis::words::{counted, number};
use crate::reading::Cue;

const HEARS: [Cue; 3] = [Cue::AcknowledgesFeeling, Cue::Validates, Cue::Reflects];
const MOVES: [Cue; 2] = [Cue::ProposesPlan, Cue::Commits];
const OWNS: [Cue; 1] = [Cue::TakesResponsibility];
const ASKS: [Cue; 1] = [Cue::OpenQuestion];
const STATES: [Cue; 3] = [Cue::StatesPosition, Cue::SetsBoundary, Cue::Declines];

/// Ways that work against oneself: cues, name, and what was done.
const AGAINST: [(&[Cue], &str, &str); 5] = [
    (&[Cue::Blames, Cue::Sarcasm, Cue::Insult], "putting it on the other", "put the fault on them"),
    (&[Cue::Pressures, Cue::Commands], "pushing for a yes", "pushed"),
    (&[Cue::Dismisses], "waving it away", "waved their side away"),
    (&[Cue::MakesExcuses], "explaining it away", "explained your part away"),
    (&[Cue::Hedges, Cue::Fills], "saying it half", "said it half"),
];

/// Ways of one kind: cues, name, and what was done.
const ALONE: [(&[Cue], &str, &str); 7] = [
    (&ASKS, "asking open questions", "asked an open question"),
    (&HEARS, "hearing them out", "showed that you had heard"),
    (&MOVES, "offering next steps", "offered a next step"),
    (&[Cue::OffersChoice, Cue::RespectsBoundary], "leaving room", "left room"),
    (&OWNS, "owning your part", "owned your part"),
    (&STATES, "saying it plainly", "said it plainly"),
    (&[Cue::Humour], "keeping it light", "kept it light"),
];

/// From this share of the turns on, a way is what was mainly done.
const MAINLY: f64 = 0.4;

/// The technique: what worked against oneself when it came in most turns, otherwise the first
/// telling order of two things, otherwise what was done most often.
pub(super) fn found(context: &Context<'_>) -> Option<Technique> {
    let seen: Vec<Seen<'_>> = seen(context).into_iter().filter(Seen::counts).collect();
    mostly(&seen, &AGAINST, MAINLY)
        .or_else(|| ordered(context, &seen))
        .or_else(|| mostly(&seen, &ALONE, 0.0))
        .or_else(|| mostly(&seen, &AGAINST, 0.0))
}

fn ordered(context: &Context<'_>, seen: &[Seen<'_>]) -> Option<Technique> {
    let name = &context.mission.scenario().persona.name;
    let first = |cues: &[Cue], from: usize| {
        seen.iter().enumerate().skip(from).find(|(_, turn)| turn.has_any(cues)).map(|(at, _)| at)
    };
    let turn = |at: usize| seen[at].spoken.turn;
    let both = |one: &[Cue], then: &[Cue]| {
        let at = first(one, 0)?;
        let next = first(then, at + 1)?;
        // Only what came first for the first time is an order.
        (first(then, 0)? > at).then_some((at, next))
    };
    if let Some((heard, moved)) = both(&HEARS, &MOVES) {
        return Some(Technique {
            name: "hearing before proposing".to_owned(),
            why: format!(
                "You showed {name} in turn {} that you had heard, and only then, in turn {}, said what should happen next.",
                turn(heard),
                turn(moved)
            ),
            turn: turn(heard),
        });
    }
    if let Some((owned, asked)) = both(&OWNS, &ASKS) {
        return Some(Technique {
            name: "owning before asking".to_owned(),
            why: format!(
                "You owned your part in turn {} before you asked {name} anything in turn {}.",
                turn(owned),
                turn(asked)
            ),
            turn: turn(owned),
        });
    }
    if let Some((asked, stated)) = both(&ASKS, &STATES) {
        return Some(Technique {
            name: "asking before telling".to_owned(),
            why: format!(
                "You asked {name} in turn {} before you said in turn {} what you think or need.",
                turn(asked),
                turn(stated)
            ),
            turn: turn(asked),
        });
    }
    None
}

/// What was done in most turns, when that is at least `share` of them.
fn mostly(seen: &[Seen<'_>], ways: &[(&[Cue], &str, &str)], share: f64) -> Option<Technique> {
    let count = |cues: &[Cue]| seen.iter().filter(|turn| turn.has_any(cues)).count();
    let (cues, name, did) = ways.iter().rev().max_by_key(|(cues, ..)| count(cues))?;
    let times = count(cues);
    if times == 0 || (times as f64) < share * seen.len() as f64 {
        return None;
    }
    let clearest = seen.iter().rev().filter(|turn| turn.has_any(cues)).max_by(|a, b| {
        let from_middle = |turn: &Seen<'_>| (turn.read.score.get() - 50.0).abs();
        from_middle(a).total_cmp(&from_middle(b))
    })?;
    let turn = clearest.spoken.turn;
    let why = match (times, seen.len()) {
        (1, _) => format!("You {did} in turn {turn}."),
        (times, all) if times == all => {
            format!(
                "You {did} in all {}, most clearly in turn {turn}.",
                counted(all, "turn", "turns")
            )
        }
        (times, all) => {
            let of = counted(all, "turn", "turns");
            format!("You {did} in {} of {of}, most clearly in turn {turn}.", number(times))
        }
    };
    Some(Technique { name: (*name).to_owned(), why, turn })
}
