//! The read turns of a mission as moments: what each did, in words that several stages share.

use super::Context;
use super::seen::{Seen, seen};
use super::words::{choose, clip, quoted};
use crate::ids::TurnIndex;
use crate::language::clean;
use crate::mission::{SpokenTurn, TurnReading};
use crate::reading::{Cue, CueName, MicroFlag};
use crate::rules::{Ending, Mood, MoodVector, Outcome};
use crate::scenario::Tone;

/// The longest piece of what was said that is quoted, in characters.
const LONGEST_QUOTE: usize = 74;

/// A turn that was read and answered, or read and left unanswered for what it said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    /// The turn.
    pub(super) spoken: &'a SpokenTurn,
    /// What it meant.
    pub(super) read: &'a TurnReading,
    /// The mood before it.
    pub(super) before: MoodVector,
    /// What the persona had said before it.
    pub(super) heard: Option<&'a str>,
    /// −100–100, from the impacts where they are known, else from the mood alone.
    pub(super) impact: f64,
}

/// Every moment of the mission, in order.
pub(super) fn moments<'a>(context: &Context<'a>) -> Vec<Moment<'a>> {
    let mut heard = context.mission.quotable_opener();
    let mut replies = context.turns().peekable();
    let mut moments = Vec::new();
    for Seen { spoken, read, before, .. } in seen(context) {
        while let Some(earlier) = replies.next_if(|other| other.turn < spoken.turn) {
            heard = match &earlier.reply {
                // What was said in a crisis is given back to nobody.
                Some(_) if earlier.in_crisis() => None,
                Some(line) => Some(line.text.as_str()),
                None => heard,
            };
        }
        let mut moment = Moment { spoken, read, before, heard, impact: 0.0 };
        moment.impact = known_impact(context, spoken.turn)
            .unwrap_or_else(|| (moment.opening() * 2.5).clamp(-100.0, 100.0));
        moments.push(moment);
    }
    moments
}

fn known_impact(context: &Context<'_>, turn: TurnIndex) -> Option<f64> {
    let impacts = &context.results.turn_impact.as_ref()?.turns;
    impacts.iter().find(|impact| impact.turn == turn).map(|impact| impact.impact)
}

impl Moment<'_> {
    pub(super) fn turn(&self) -> TurnIndex {
        self.spoken.turn
    }

    pub(super) fn text(&self) -> &str {
        &self.spoken.user
    }

    pub(super) fn reply(&self) -> Option<&str> {
        self.spoken.reply.as_ref().map(|line| line.text.as_str())
    }

    pub(super) fn has(&self, cue: Cue) -> bool {
        self.read.cues.iter().any(|hit| hit.cue == CueName::Common(cue))
    }

    pub(super) fn has_any(&self, cues: &[Cue]) -> bool {
        cues.iter().any(|cue| self.has(*cue))
    }

    pub(super) fn flagged(&self, flag: MicroFlag) -> bool {
        self.read.flags.contains(&flag)
    }

    /// How positivity, tension and comfort moved.
    pub(super) fn moved(&self) -> [f64; 3] {
        let (now, before) = (self.spoken.vector, self.before);
        [
            now.positivity - before.positivity,
            now.tension - before.tension,
            now.comfort - before.comfort,
        ]
    }

    /// How far the persona opened (above 0) or closed: what positivity and comfort gained and
    /// tension lost, in points.
    pub(super) fn opening(&self) -> f64 {
        let [positivity, tension, comfort] = self.moved();
        positivity + comfort - tension
    }

    /// What moved, in words: "tension down 9, comfort up 6". Empty when nothing did.
    pub(super) fn movement(&self) -> String {
        let [positivity, tension, comfort] = self.moved();
        let mut parts: Vec<(f64, String)> =
            [("goodwill", positivity), ("tension", tension), ("comfort", comfort)]
                .into_iter()
                .filter(|(_, by)| by.abs() >= 1.5)
                .map(|(what, by)| {
                    let way = if by > 0.0 { "up" } else { "down" };
                    (by.abs(), format!("{what} {way} {:.0}", by.abs()))
                })
                .collect();
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        let words: Vec<String> = parts.into_iter().take(2).map(|(_, words)| words).collect();
        words.join(", ")
    }

    /// What the user did in this line, best known first: "owned your part". The first for which
    /// the line is good when it opened the persona, or bad when it closed them.
    pub(super) fn deed(&self, them: &str) -> Option<String> {
        let good = if self.opening().abs() < 0.5 {
            self.read.score.get() >= 50.0
        } else {
            self.opening() > 0.0
        };
        self.deed_of(good, them)
    }

    pub(super) fn deed_of(&self, good: bool, them: &str) -> Option<String> {
        self.telling_cue(good).and_then(|cue| deed(cue, them))
    }

    /// The cue that says most about the line, among the good or the bad ones.
    pub(super) fn telling_cue(&self, good: bool) -> Option<Cue> {
        let order: &[Cue] = if good { &GOOD } else { &BAD };
        order.iter().copied().find(|cue| self.has(*cue))
    }

    /// The line, quoted.
    pub(super) fn quoted(&self) -> String {
        in_short(self.text())
    }
}

/// Cues that speak for a line, the more telling ones first.
pub(super) const GOOD: [Cue; 19] = [
    Cue::TakesResponsibility,
    Cue::AcknowledgesFeeling,
    Cue::Validates,
    Cue::SetsBoundary,
    Cue::Declines,
    Cue::ProposesPlan,
    Cue::Commits,
    Cue::Reflects,
    Cue::OpenQuestion,
    Cue::Summarises,
    Cue::RespectsBoundary,
    Cue::OffersChoice,
    Cue::AsksPermission,
    Cue::Appreciates,
    Cue::SharesFeeling,
    Cue::StatesPosition,
    Cue::Apologises,
    Cue::MakesRequest,
    Cue::GivesReason,
];

/// Cues that speak against it, the worse ones first.
pub(super) const BAD: [Cue; 16] = [
    Cue::Threat,
    Cue::Slur,
    Cue::Sexual,
    Cue::Insult,
    Cue::Sarcasm,
    Cue::Dismisses,
    Cue::Blames,
    Cue::Pressures,
    Cue::Commands,
    Cue::MakesExcuses,
    Cue::InterruptsTopic,
    Cue::Advises,
    Cue::Needy,
    Cue::OffTopic,
    Cue::OverExplains,
    Cue::Hedges,
];

/// What somebody did who showed the cue, after "you"; `them` is the name of the other.
pub(super) fn deed(cue: Cue, them: &str) -> Option<String> {
    let words = match cue {
        Cue::TakesResponsibility => "owned your part",
        Cue::AcknowledgesFeeling => "put {their} feeling into words",
        Cue::Validates => "said that {their} side made sense",
        Cue::SetsBoundary => "said where your line is",
        Cue::Declines => "said no in so many words",
        Cue::ProposesPlan => "put a next step on the table",
        Cue::Commits => "promised something you can be held to",
        Cue::Reflects => "gave {their} words back",
        Cue::OpenQuestion => "asked a question that leaves room for an answer",
        Cue::ClosedQuestion => "asked a yes-or-no question",
        Cue::Summarises => "gathered up what had been said",
        Cue::RespectsBoundary => "left {them} room",
        Cue::OffersChoice => "left {them} the choice",
        Cue::AsksPermission => "asked before going on",
        Cue::Appreciates => "said what you value in {them}",
        Cue::SharesFeeling => "said what you feel yourself",
        Cue::StatesPosition => "said plainly where you stand",
        Cue::Apologises => "said sorry",
        Cue::MakesRequest => "asked for something specific",
        Cue::GivesReason => "said why",
        Cue::Humour => "made it lighter",
        Cue::Thanks => "said thank you",
        Cue::Threat => "made a threat",
        Cue::Slur => "used a slur",
        Cue::Sexual => "made it sexual",
        Cue::Insult => "called {them} names",
        Cue::Sarcasm => "turned sarcastic",
        Cue::Dismisses => "waved {their} worry away",
        Cue::Blames => "looked for the fault elsewhere",
        Cue::Pressures => "pushed for a yes",
        Cue::Commands => "gave orders",
        Cue::MakesExcuses => "explained your part away",
        Cue::InterruptsTopic => "broke off what was being talked about",
        Cue::Advises => "gave advice nobody had asked for",
        Cue::Needy => "asked to be reassured",
        Cue::OffTopic => "talked about something else",
        Cue::OverExplains => "went on for longer than it needed",
        Cue::Hedges => "said it only half",
        Cue::Teases => "teased {them}",
        _ => return None,
    };
    let theirs = if them.ends_with('s') { "'" } else { "'s" };
    Some(words.replace("{them}", them).replace("{their}", &format!("{them}{theirs}")))
}

/// What was said, quoted: whole where it is short, else its first whole sentences.
pub(super) fn in_short(text: &str) -> String {
    let safe = clean(text);
    let flat = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= LONGEST_QUOTE {
        return quoted(&flat);
    }
    let ends = flat.match_indices(['.', '!', '?']).map(|(at, _)| at + 1);
    let fits = |end: &usize| {
        let closes = flat[*end..].starts_with(' ');
        closes && (16..=LONGEST_QUOTE).contains(&flat[..*end].chars().count())
    };
    match ends.rev().find(fits) {
        Some(end) => quoted(&flat[..end]),
        None => quoted(&clip(&flat, LONGEST_QUOTE)),
    }
}

/// A habit as something that you do: "asks two at once" becomes "ask two at once".
pub(super) fn as_you(label: &str) -> String {
    let (verb, rest) = label.split_once(' ').unwrap_or((label, ""));
    let verb = match verb {
        v if v.ends_with("shes") || v.ends_with("ches") => &v[..v.len() - 2],
        v => v.strip_suffix('s').unwrap_or(v),
    };
    format!("{verb} {rest}").trim().replace("their part", "your part")
}

/// How the persona felt, after "Dana was".
pub(super) fn felt(mood: Mood) -> &'static str {
    match mood {
        Mood::Warm => "warm",
        Mood::Excited => "stirred up, in a good way",
        Mood::Interested => "interested",
        Mood::Neutral => "hard to read",
        Mood::Testing => "testing you",
        Mood::Shy => "willing, but not at ease",
        Mood::Guarded => "guarded",
        Mood::Bored => "elsewhere",
        Mood::Annoyed => "annoyed",
        Mood::Hurt => "hurt",
        Mood::Cold => "cold",
    }
}

/// How a mission went, as far as words about it differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// Won.
    Won,
    /// Lost.
    Lost,
    /// It ended over a line nobody should cross.
    Disqualified,
    /// The user left, or something broke.
    BrokenOff,
    /// A crisis stopped it: whatever else happened, nothing in it is judged.
    Crisis,
    /// It is not over.
    Running,
}

/// How it went.
pub(super) fn course(context: &Context<'_>) -> Course {
    let mission = context.mission;
    // A line that was neither read nor answered nor taken back, in a mission that reads lines, is
    // one at which play stopped for help, or one whose answer never came.
    let stopped = mission.scenario().is_scored()
        && mission.turns().iter().any(|spoken| {
            spoken.in_crisis()
                || (spoken.reading.is_none() && spoken.reply.is_none() && !spoken.cancelled)
        });
    match mission.state().ending() {
        Some(Ending::AbortDisqualified) => Course::Disqualified,
        _ if stopped => Course::Crisis,
        None => Course::Running,
        Some(ending) => match ending.outcome() {
            Outcome::Success => Course::Won,
            Outcome::Failure => Course::Lost,
            Outcome::Aborted => Course::BrokenOff,
        },
    }
}

/// Whether the subject asks for quiet words.
pub(super) fn is_grave(context: &Context<'_>) -> bool {
    context.mission.scenario().tone == Tone::Grave
}

/// What the persona is called once they have been named in full: the first name, unless it is a
/// title.
pub(super) fn name<'a>(context: &Context<'a>) -> &'a str {
    const TITLES: [&str; 7] = ["Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "The"];
    let full = context.mission.scenario().persona.name.trim();
    match full.split_whitespace().next() {
        Some(first) if !TITLES.contains(&first.trim_end_matches('.')) => first,
        _ => full,
    }
}

/// One of several ways to say the same, by the mission's seed.
pub(super) fn pick<'a>(context: &Context<'_>, place: &str, ways: &[&'a str]) -> &'a str {
    choose(context.seed(), place, ways)
}

/// With its first letter small, unless the word is a name or an abbreviation ("I", "CV").
pub(super) fn small(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let second_is_small =
        letters.clone().next().is_some_and(|next| next.is_lowercase() || next == ' ');
    if second_is_small && !text.starts_with("I ") && !text.starts_with("I'") {
        first.to_lowercase().chain(letters).collect()
    } else {
        text.to_owned()
    }
}

/// Our own stop after a quotation that brought its mark along is one too many.
pub(super) fn tidy(text: &str) -> String {
    text.replace("?\u{201d}.", "?\u{201d}")
        .replace("!\u{201d}.", "!\u{201d}")
        .replace("\u{2026}\u{201d}.", "\u{2026}\u{201d}")
}
