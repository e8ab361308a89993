//! Which cues a line gives, and how strongly: the lists' hits and what form and context add.

use super::Cue;
use super::echo::{self, Echo};
use super::legible::{Legible, legible};
use super::lexicon::Section;
use super::own::OwnFound;
use super::question::{is_asked, questions};
use super::scan::{Hit, Scan};
use super::uptake::{Uptake, uptake};

/// One good phrase, a weak one, and what each further one adds.
const STRONG: f64 = 0.8;
const WEAK: f64 = 0.45;
const FURTHER: f64 = 0.1;
/// What one hedge or filler counts; they only say something in numbers.
const EACH_HEDGE: f64 = 0.36;
const EACH_FILLER: f64 = 0.25;
/// Words a line may have where the scenario sets no limit.
const WORD_LIMIT: usize = 90;
/// Words after which a sentence runs on.
const RUN_ON: usize = 32;

/// What goes against the other; beside it, their words are no reflection.
const AGAINST: &[Cue] = &[
    Cue::Blames,
    Cue::Dismisses,
    Cue::Pressures,
    Cue::Commands,
    Cue::Sarcasm,
    Cue::MakesExcuses,
    Cue::Advises,
    Cue::Insult,
];

/// Strength of every common cue, 0–1; 0 where it was not found.
#[derive(Debug, Clone)]
pub(super) struct Strengths([f64; Cue::ALL.len()]);

impl Strengths {
    /// How strongly the cue was found.
    pub(super) fn of(&self, cue: Cue) -> f64 {
        self.0[cue as usize]
    }

    /// Every cue that was found.
    pub(super) fn found(&self) -> impl Iterator<Item = (Cue, f64)> {
        Cue::ALL.iter().map(|cue| (*cue, self.of(*cue))).filter(|(_, strength)| *strength > 0.0)
    }

    fn set(&mut self, cue: Cue, strength: f64) {
        self.0[cue as usize] = strength.clamp(0.0, 1.0);
    }

    fn raise(&mut self, cue: Cue, strength: f64) {
        self.set(cue, self.of(cue).max(strength));
    }

    fn damp(&mut self, cue: Cue, factor: f64) {
        self.set(cue, self.of(cue) * factor);
    }

    fn any(&self, cues: &[Cue]) -> bool {
        cues.iter().any(|cue| self.of(*cue) > 0.0)
    }
}

/// What is known around a line when it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// The persona's latest line.
    pub(super) partner: Option<&'a Scan<'a>>,
    /// The scenario's own cues and topic in the line.
    pub(super) own: &'a OwnFound,
    /// The scenario names a topic.
    pub(super) has_topic: bool,
    /// The line before this one was off the topic.
    pub(super) strayed: bool,
    /// Words before a line is too long.
    pub(super) word_limit: Option<u32>,
}

/// What was noticed in a line.
#[derive(Debug, Clone)]
pub(super) struct Noticed {
    /// The common cues.
    pub(super) cues: Strengths,
    /// What kind of text it is.
    pub(super) legible: Legible,
    /// Whether it has to do with the talk.
    pub(super) on_topic: bool,
}

/// Reads the cues.
pub(super) fn notice(scan: &Scan<'_>, around: &Around<'_>) -> Noticed {
    let mut cues = from_lists(scan);
    let legible = legible(scan);
    let echo = around.partner.map(|partner| echo::echo(scan, partner));
    if legible == Legible::Gibberish {
        cues.set(Cue::Gibberish, 1.0);
    } else {
        ask(scan, &mut cues);
        refuse(scan, &mut cues);
        reflect(scan, echo, &mut cues);
        be_exact(scan, &mut cues);
        if let Some(partner) = around.partner {
            take_up(uptake(scan, partner), &mut cues);
        }
        soften(scan, &mut cues);
    }
    let words = scan.line.words().len();
    let limit =
        around.word_limit.map_or(WORD_LIMIT, |limit| (limit as usize).min(WORD_LIMIT)).max(1);
    if words > limit {
        cues.set(Cue::OverExplains, 0.5 + (words - limit) as f64 / limit as f64);
    } else if runs_on(scan) {
        cues.set(Cue::OverExplains, WEAK);
    }
    let on_topic = !around.has_topic
        || around.own.topic
        || !around.own.cues.is_empty()
        || words <= 3
        // "Is there anything I don't know?" has no subject of its own to stray to.
        || echo::stems(scan).len() <= 1
        || echo.is_some_and(|echo| echo.shared > 0)
        || is_about_the_talk(&cues);
    if !on_topic && around.strayed {
        cues.set(Cue::OffTopic, STRONG);
    }
    Noticed { cues, legible, on_topic }
}

fn from_lists(scan: &Scan<'_>) -> Strengths {
    let mut cues = Strengths([0.0; Cue::ALL.len()]);
    for hit in &scan.hits {
        let Section::Cue(cue) = hit.section else { continue };
        if is_something_else(scan, cue, hit) {
            continue;
        }
        let found = cues.of(cue);
        let one = if hit.weak { WEAK } else { STRONG };
        let strength = match cue {
            Cue::Hedges => found + EACH_HEDGE * if hit.weak { 0.5 } else { 1.0 },
            Cue::Fills => found + EACH_FILLER,
            Cue::Insult | Cue::Threat | Cue::Slur | Cue::Sexual | Cue::Crisis => 1.0,
            _ if found > 0.0 => found.max(one) + FURTHER,
            _ => one,
        };
        cues.set(cue, strength);
    }
    cues
}

/// Whether the sentence around a phrase makes something else of it.
fn is_something_else(scan: &Scan<'_>, cue: Cue, hit: &Hit) -> bool {
    let Some(sentence) = scan.shape.sentence(hit.words.start) else { return false };
    match cue {
        // "Do you miss it?" asks for a feeling.
        Cue::AcknowledgesFeeling => {
            sentence.asks
                && !hit.weak
                && hit.words.start > sentence.start
                && scan.is(hit.words.start - 1, scan.lexicon.classes.auxiliary)
        }
        // "Oh, so it's my fault?" owns nothing.
        Cue::TakesResponsibility => is_asked(scan, sentence),
        // "Do the others know?" and "sit down, do you want a tea?" give no orders; "sit down, will
        // you?" does.
        Cue::Commands => {
            let classes = &scan.lexicon.classes;
            let asks =
                |at: usize| scan.is(at, classes.auxiliary) && scan.is(at + 1, classes.subject);
            (sentence.asks
                && (scan.word(hit.words.start) == "do"
                    || (hit.words.end..sentence.end.saturating_sub(2)).any(asks)))
                || asks_about_many(scan, hit.words.start, sentence.end)
        }
        // "He used to ring on Sundays" plans nothing.
        Cue::ProposesPlan => (sentence.start + 1..sentence.end.saturating_sub(1)).any(|at| {
            scan.word(at) == "used"
                && scan.word(at + 1) == "to"
                && !scan.is(at - 1, scan.lexicon.classes.auxiliary)
                && !scan.word(at - 1).contains('\'')
        }),
        // "No! And what did you do?" is surprise.
        Cue::Declines => {
            hit.words.len() == 1
                && scan.line.gap_before(hit.words.end).contains('!')
                && scan.shape.sentence(hit.words.end).is_some_and(|next| is_asked(scan, next))
        }
        // Only where it opens is "hey" a greeting.
        Cue::Greets => scan.word(hit.words.start) == "hey" && hit.words.start > sentence.start,
        _ => false,
    }
}

/// "Another one … no": a no that stands alone at the end.
fn refuse(scan: &Scan<'_>, cues: &mut Strengths) {
    let Some(last) = scan.line.words().len().checked_sub(1) else { return };
    let stands_alone = scan.word(last) == "no" && last > 0 && scan.shape.starts_clause(last);
    let trails = scan.line.gap_before(last).contains(['\u{2026}', '.', '\u{2014}']);
    let asked = scan.shape.sentence(last).is_none_or(|sentence| sentence.asks);
    if stands_alone && trails && !asked && scan.word(last - 1) != "oh" {
        cues.raise(Cue::Declines, STRONG);
    }
}

fn ask(scan: &Scan<'_>, cues: &mut Strengths) {
    let asked = questions(scan);
    cues.raise(Cue::OpenQuestion, asked.open);
    if cues.of(Cue::AsksPermission) == 0.0 || asked.open == 0.0 {
        cues.raise(Cue::ClosedQuestion, asked.closed);
    }
}

/// Giving back is a stem ("so you …") and words of theirs; all their words are an echo, not a
/// reflection.
fn reflect(scan: &Scan<'_>, echo: Option<Echo>, cues: &mut Strengths) {
    let stem = cues.of(Cue::Reflects);
    let Some(echo) = echo else { return };
    if echo.parrots {
        cues.set(Cue::Reflects, 0.0);
    } else if echo.shared >= 2 && stem > 0.0 {
        cues.set(Cue::Reflects, 1.0);
    } else if echo.shared == 0 && stem <= WEAK {
        cues.set(Cue::Reflects, 0.0);
    } else if echo.shared >= 2
        && scan.line.words().iter().any(|word| word.starts_with("you"))
        && !cues.any(AGAINST)
        && cues.of(Cue::ClosedQuestion) == 0.0
    {
        cues.raise(Cue::Reflects, WEAK);
    }
}

/// One sentence of many parts that does not come to its end.
fn runs_on(scan: &Scan<'_>) -> bool {
    scan.shape.sentences.iter().any(|one| {
        let parts = (one.start + 1..one.end).filter(|at| scan.shape.starts_clause(*at)).count();
        one.end - one.start > RUN_ON && parts >= 2
    })
}

/// What the line makes of the persona's latest.
fn take_up(uptake: Uptake, cues: &mut Strengths) {
    if uptake.mocks {
        cues.set(Cue::Reflects, 0.0);
        cues.raise(Cue::Sarcasm, WEAK);
    } else if uptake.gives_back && !cues.any(AGAINST) {
        cues.raise(Cue::Reflects, WEAK);
    }
    if uptake.owns_up && !cues.any(AGAINST) {
        cues.raise(Cue::TakesResponsibility, WEAK);
    }
    if uptake.is_exact {
        cues.raise(Cue::StatesPosition, WEAK);
    }
    if uptake.leaves_open {
        cues.raise(Cue::Hedges, WEAK);
    }
    if uptake.brushes_off && cues.found().next().is_none() {
        cues.raise(Cue::Fills, WEAK);
    }
    if uptake.was_asked_for_advice {
        cues.set(Cue::Advises, 0.0);
    }
}

/// Numbers, days and times make a sentence that can be checked.
fn be_exact(scan: &Scan<'_>, cues: &mut Strengths) {
    let exact = scan.lexicon.classes.exact;
    let hedged = |at: usize| scan.cue(Cue::Hedges).any(|hit| hit.words.contains(&at));
    let mut most = 0;
    for sentence in scan.shape.sentences.iter().filter(|sentence| !sentence.asks) {
        let words = sentence.start..sentence.end;
        if words.len() >= 4 && !words.clone().any(hedged) {
            most = most.max(words.filter(|at| scan.is(*at, exact)).count());
        }
    }
    if most >= 1 {
        for cue in [Cue::ProposesPlan, Cue::Commits, Cue::StatesPosition] {
            if cues.of(cue) > 0.0 {
                cues.set(cue, cues.of(cue) + 0.2);
            }
        }
    }
    if most >= 2 {
        cues.raise(Cue::StatesPosition, 0.6);
    } else if most == 1 && scan.line.words().first().is_some_and(|word| is_first_person(word)) {
        cues.raise(Cue::StatesPosition, 0.3);
    }
}

fn is_first_person(word: &str) -> bool {
    matches!(
        word,
        "i" | "i'm" | "i've" | "i'd" | "i'll" | "we" | "we're" | "we've" | "we'd" | "we'll"
    )
}

/// Where cues change each other's meaning.
fn soften(scan: &Scan<'_>, cues: &mut Strengths) {
    let hedged = cues.of(Cue::Hedges);
    if hedged > 0.0 {
        for cue in
            [Cue::StatesPosition, Cue::ProposesPlan, Cue::Commits, Cue::SetsBoundary, Cue::Declines]
        {
            cues.damp(cue, 1.0 - 0.45 * hedged);
        }
    }
    // "Please" turns an order into a request.
    if cues.of(Cue::Commands) > 0.0 && scan.line.words().iter().any(|word| word == "please") {
        cues.damp(Cue::Commands, 0.5);
        cues.raise(Cue::MakesRequest, 0.5);
    }
    // "I know you're upset, but calm down" takes back what it gives.
    if cues.any(&[Cue::Dismisses, Cue::Blames, Cue::Insult]) {
        for cue in [Cue::AcknowledgesFeeling, Cue::Validates, Cue::Apologises, Cue::Reflects] {
            cues.damp(cue, 0.5);
        }
    }
    if cues.of(Cue::Sarcasm) > 0.0 {
        for cue in [Cue::Thanks, Cue::Appreciates, Cue::Agrees, Cue::GivesReason, Cue::Humour] {
            cues.set(cue, 0.0);
        }
    }
    if cues.of(Cue::MakesExcuses) > 0.0 {
        cues.damp(Cue::TakesResponsibility, 0.6);
        cues.damp(Cue::GivesReason, 0.3);
    }
    // Sorry said over and over asks for comfort instead of giving it.
    if scan.cue(Cue::Apologises).count() >= 3 {
        cues.raise(Cue::Needy, WEAK);
    }
}

/// Cues that belong to any hard talk, whatever it is about.
fn is_about_the_talk(cues: &Strengths) -> bool {
    cues.found().any(|(cue, _)| {
        !matches!(
            cue,
            Cue::OpenQuestion
                | Cue::ClosedQuestion
                | Cue::StatesPosition
                | Cue::GivesReason
                | Cue::MakesRequest
                | Cue::SharesFeeling
                | Cue::Advises
                | Cue::Hedges
                | Cue::Fills
                | Cue::OverExplains
                | Cue::Humour
                | Cue::Teases
                | Cue::Greets
                | Cue::Gibberish
                | Cue::InterruptsTopic
                | Cue::ProposesPlan
                | Cue::Commits
        )
    })
}

/// "Do the engineers swear" asks, mark or no mark; "do the dishes now" orders.
fn asks_about_many(scan: &Scan<'_>, at: usize, end: usize) -> bool {
    const GOING_ON: [&str; 22] = [
        "now", "first", "today", "tonight", "tomorrow", "and", "before", "after", "for", "or",
        "by", "at", "on", "in", "properly", "again", "yourself", "right", "then", "like", "please",
        "with",
    ];
    scan.word(at) == "do"
        && matches!(scan.word(at + 1), "the" | "your" | "their" | "his" | "her" | "these" | "those")
        && scan.word(at + 2).ends_with('s')
        && at + 3 < end
        && !GOING_ON.contains(&scan.word(at + 3))
}
