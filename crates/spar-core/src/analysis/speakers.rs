//! Who said which line of a transcript that does not say.
//!
//! Offline, lines are the steps of a chain with two states. How likely the speaker changes between
//! two lines follows from how they stand to each other (a question and its answer, a sentence that
//! runs on, an empty line between them), and who is who follows from names: whoever says "Dana, …"
//! is not Dana. The confidence of a label is its probability given the whole transcript, so where
//! lines do not alternate clearly, or nothing tells the two people apart, it says so.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::prompted::Answer;
use crate::chat::{ChatMessage, ChatRequest, ChatRole, OutputSchema, Sampling};
use crate::language::{Line, clean};
use crate::mission::Problem;
use crate::routing::{Profile, Task};
use crate::units::{Confidence, Tokens};

pub use crate::transcript::Speaker;

/// Lines a model is asked about; those after them keep their offline label.
pub const MOST_LINES: usize = 200;
/// How far a model's label is trusted beside our own.
const MODEL_TRUST: f64 = 0.8;
/// Characters of a line that a model is shown.
const LONGEST_SHOWN: usize = 400;
/// How likely the user speaks first when nothing says so: whoever keeps a hard conversation has
/// mostly begun it, but not by much.
const USER_BEGINS: f64 = 0.55;
/// How likely a hint about the first line is right.
const HINTED: f64 = 0.98;
/// Pairs of lines that change speaker, and that do not, before any was seen.
const SEEN_BEFORE: [f64; 2] = [2.2, 0.8];
/// The same where lines hold several sentences: then each is all that somebody said in one go.
const SEEN_IN_TURNS: [f64; 2] = [19.0, 1.0];
/// From this evidence on, in log-odds, a pair says something about the whole transcript.
const TELLING: f64 = 0.7;
const PROMPT: &str = include_str!("../../prompts/speakers.md");

/// A guess at who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpeakerLabel {
    /// Who.
    pub speaker: Speaker,
    /// How sure, 0–1: 0.5 is a toss of a coin, and 0 an empty line, which nobody said.
    pub confidence: Confidence,
}

/// What is known about a transcript beforehand. Without names or a first speaker nothing but habit
/// tells the two people apart, and every confidence stays near a half.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// What the user is called in it.
    pub user: Option<String>,
    /// What the other is called in it.
    pub partner: Option<String>,
    /// Who speaks first.
    pub first: Option<Speaker>,
}

/// One label a line, in order.
#[must_use]
pub fn label(lines: &[String], hints: &Hints) -> Vec<SpeakerLabel> {
    let said: Vec<Said<'_>> = Said::all(lines);
    let chances = chances(&said, hints);
    let mut labels: Vec<SpeakerLabel> = Vec::with_capacity(lines.len());
    let mut spoken = said.iter().zip(&chances).peekable();
    for at in 0..lines.len() {
        let label = match spoken.next_if(|(said, _)| said.at == at) {
            Some((_, user)) => label_of(*user),
            None => SpeakerLabel {
                speaker: labels.last().map_or(Speaker::User, |label| label.speaker),
                confidence: Confidence::new(0.0),
            },
        };
        labels.push(label);
    }
    labels
}

/// How sure the labels are as a whole: the mean over lines that somebody said, 0 when there are
/// none. Below about 0.75 it is better to ask.
#[must_use]
pub fn overall(labels: &[SpeakerLabel]) -> Confidence {
    let sure: Vec<f64> =
        labels.iter().map(|label| label.confidence.get()).filter(|sure| *sure > 0.0).collect();
    if sure.is_empty() {
        return Confidence::new(0.0);
    }
    Confidence::new(sure.iter().sum::<f64>() / sure.len() as f64)
}

/// What to ask a model; `None` when nobody said anything.
#[must_use]
pub fn request(lines: &[String], hints: &Hints) -> Option<ChatRequest> {
    let mut numbered = String::new();
    let mut count = 0_u32;
    for (at, line) in lines.iter().take(MOST_LINES).enumerate() {
        let safe = clean(line).replace('\n', " ");
        let shown: String = safe.trim().chars().take(LONGEST_SHOWN).collect();
        if !shown.is_empty() {
            count += 1;
            let _ = writeln!(numbered, "{}. {shown}", at + 1);
        }
    }
    if count == 0 {
        return None;
    }
    let known = known(hints);
    let system = if known.is_empty() { PROMPT.to_owned() } else { format!("{PROMPT}\n{known}") };
    Some(ChatRequest {
        task: Task::SpeakerLabeling.name().to_owned(),
        role: Task::SpeakerLabeling.role(Profile::default()),
        messages: vec![
            ChatMessage::new(ChatRole::System, system),
            ChatMessage::new(ChatRole::User, numbered),
        ],
        schema: Some(OutputSchema {
            name: Task::SpeakerLabeling.name().to_owned(),
            schema: schema().into(),
        }),
        sampling: Sampling {
            temperature: Some(0.0),
            max_tokens: Some(100 + 20 * count as Tokens),
            ..Sampling::default()
        },
        background: false,
        offline: None,
    })
}

/// What a model's answer means, weighed against our own labels: the two are taken for independent
/// witnesses, the model one that is right four times in five. Lines it says nothing about, or
/// nothing that can be used, keep their own label.
#[must_use]
pub fn interpret(
    lines: &[String],
    hints: &Hints,
    answer: &str,
) -> (Vec<SpeakerLabel>, Vec<Problem>) {
    let mut labels = label(lines, hints);
    let answer = Answer::read(answer);
    let Some(listed) = answer.fields().items("speakers", lines.len().saturating_mul(2)) else {
        return (labels, answer.into_problems());
    };
    let mut named = vec![None; lines.len()];
    for item in &listed {
        let line = item.number("line", 1.0..=lines.len() as f64).filter(|line| line.fract() == 0.0);
        let speaker = item.word("speaker", |word| match word {
            "user" => Some(Speaker::User),
            "partner" => Some(Speaker::Partner),
            _ => None,
        });
        // In range, so nothing is lost.
        if let Some(slot) = line.and_then(|line| named.get_mut(line as usize - 1)) {
            *slot = speaker;
        }
    }
    drop(listed);
    let mut problems = answer.into_problems();
    let mut missing = 0_u32;
    for (label, model) in labels.iter_mut().zip(named).take(MOST_LINES) {
        match model {
            _ if label.confidence.get() == 0.0 => {}
            Some(model) => *label = label_of(together(label, model)),
            None => missing += 1,
        }
    }
    if missing > 0 {
        let lines = if missing == 1 { "line has" } else { "lines have" };
        let message = format!("{missing} {lines} no speaker in the answer");
        problems.push(Problem { field: "speakers".to_owned(), message });
    }
    (labels, problems)
}

/// The chance that the user said it, from our own label and a model's.
fn together(own: &SpeakerLabel, model: Speaker) -> f64 {
    let chance = |speaker, sure: f64| if speaker == Speaker::User { sure } else { 1.0 - sure };
    let (ours, theirs) = (chance(own.speaker, own.confidence.get()), chance(model, MODEL_TRUST));
    let (user, partner) = (ours * theirs, (1.0 - ours) * (1.0 - theirs));
    user / (user + partner)
}

fn label_of(user: f64) -> SpeakerLabel {
    let (speaker, sure) =
        if user >= 0.5 { (Speaker::User, user) } else { (Speaker::Partner, 1.0 - user) };
    // Nobody is ever sure of such a thing, and 0 stands for an empty line.
    SpeakerLabel { speaker, confidence: Confidence::new(sure.clamp(0.5, 0.99)) }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"speakers": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "line": {"type": "integer"},
                "speaker": {"type": "string", "enum": ["user", "partner"]}
            },
            "required": ["line", "speaker"],
            "additionalProperties": false
        }}},
        "required": ["speakers"],
        "additionalProperties": false
    })
}

/// What is known beforehand, for a model.
fn known(hints: &Hints) -> String {
    let mut text = String::new();
    if let Some(name) = &hints.user {
        let _ = writeln!(text, "The user is called {}.", clean(name));
    }
    if let Some(name) = &hints.partner {
        let _ = writeln!(text, "The partner is called {}.", clean(name));
    }
    match hints.first {
        Some(Speaker::User) => text.push_str("The user speaks first.\n"),
        Some(Speaker::Partner) => text.push_str("The partner speaks first.\n"),
        None => {}
    }
    text
}

/// A line that somebody said.
struct Said<'a> {
    /// Position among all lines.
    at: usize,
    text: &'a str,
    words: Vec<String>,
    /// Whoever is spoken to by name, lower case.
    addressed: Option<String>,
    /// Whoever gives their name, lower case.
    introduced: Option<String>,
}

impl<'a> Said<'a> {
    fn all(lines: &'a [String]) -> Vec<Self> {
        let said = lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty());
        said.map(|(at, line)| {
            let text = line.trim();
            let words = Line::new(text).words().to_vec();
            Self { at, text, addressed: vocative(text), introduced: introduction(text), words }
        })
        .collect()
    }

    fn first(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    fn is_quoted(&self) -> bool {
        self.text.starts_with('>')
    }

    fn asks(&self) -> bool {
        self.text.trim_end_matches(['"', '\u{201d}', '\'', ')']).ends_with('?')
    }

    /// The sentence goes on in the next line.
    fn is_open(&self) -> bool {
        let opened = self.text.matches('\u{201c}').count();
        opened > self.text.matches('\u{201d}').count()
            || self.text.ends_with([',', ';', ':', '-', '\u{2013}', '\u{2014}'])
            || self.text.ends_with(char::is_alphabetic)
    }

    /// How many sentences it has: marks at the end of a word, runs of them counted once.
    fn sentences(&self) -> usize {
        let ends = self.text.split_whitespace().filter(|word| word.ends_with(['.', '!', '?']));
        let rest = !self.text.ends_with(|c: char| !c.is_alphanumeric());
        (ends.count() + usize::from(rest)).max(1)
    }

    fn starts_low(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_lowercase)
    }
}

/// Words that begin many sentences and are nobody's name.
const NO_NAMES: [&str; 40] = [
    "yes",
    "no",
    "well",
    "okay",
    "ok",
    "sure",
    "fine",
    "right",
    "look",
    "listen",
    "so",
    "but",
    "and",
    "please",
    "sorry",
    "thanks",
    "actually",
    "honestly",
    "anyway",
    "now",
    "then",
    "great",
    "good",
    "true",
    "exactly",
    "still",
    "today",
    "tomorrow",
    "yesterday",
    "yeah",
    "oh",
    "hmm",
    "also",
    "first",
    "second",
    "again",
    "maybe",
    "perhaps",
    "alright",
    "wait",
];

/// The name a line speaks to: "Dana, …", "Hi Dana", "…, Dana."
fn vocative(text: &str) -> Option<String> {
    let is_name = |word: &str| {
        word.chars().count() >= 2
            && word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
            && !NO_NAMES.contains(&word.to_lowercase().as_str())
            && !word.starts_with("I'")
    };
    let mut words = text.split_whitespace();
    let first = words.next()?;
    if let Some(name) = first.strip_suffix(',')
        && is_name(name)
    {
        return Some(name.to_lowercase());
    }
    let greeting = first.trim_end_matches(',').to_lowercase();
    if ["hi", "hello", "hey", "dear", "morning", "thanks"].contains(&greeting.as_str())
        && let Some(next) = words.next()
    {
        let name = next.trim_end_matches([',', '.', '!', '?']);
        if is_name(name) && name.len() < next.len() {
            return Some(name.to_lowercase());
        }
    }
    let (_, last) = text.trim_end_matches(['.', '!', '?']).rsplit_once(", ")?;
    is_name(last).then(|| last.to_lowercase())
}

/// The name a speaker gives as their own: "I'm Dana", "This is Dana".
fn introduction(text: &str) -> Option<String> {
    let straight = text.replace('\u{2019}', "'");
    ["I'm ", "I am ", "This is ", "My name is ", "my name is "].iter().find_map(|start| {
        let (_, rest) = straight.split_once(start)?;
        let name = rest.split(|c: char| !c.is_alphabetic()).next()?;
        let is_name = name.chars().next().is_some_and(char::is_uppercase)
            && !NO_NAMES.contains(&name.to_lowercase().as_str());
        (name.len() >= 2 && is_name).then(|| name.to_lowercase())
    })
}

/// The chance that the user said each line.
fn chances(said: &[Said<'_>], hints: &Hints) -> Vec<f64> {
    let lower = |name: &Option<String>| {
        let first = name.as_deref()?.split_whitespace().next()?;
        Some(first.to_lowercase())
    };
    let (user, partner) = (lower(&hints.user), lower(&hints.partner));
    let changes = changes(said);
    let begins = match hints.first {
        Some(Speaker::User) => HINTED,
        Some(Speaker::Partner) => 1.0 - HINTED,
        None => USER_BEGINS,
    };
    if user.is_some() || partner.is_some() {
        return forward_backward(
            &evidence(said, user.as_deref(), partner.as_deref()),
            &changes,
            begins,
        )
        .0;
    }
    // Whose the first name in it is nobody says: both ways are played through, and each counts for
    // as much as it explains.
    let name = said.iter().find_map(|said| said.addressed.as_deref());
    let (as_partner, one) = forward_backward(&evidence(said, None, name), &changes, begins);
    let (as_user, other) = forward_backward(&evidence(said, name, None), &changes, begins);
    let weight = 1.0 / (1.0 + (other - one).exp());
    as_partner.iter().zip(as_user).map(|(a, b)| weight * a + (1.0 - weight) * b).collect()
}

/// Log-odds that the user said a line, from the names in it.
fn evidence(said: &[Said<'_>], user: Option<&str>, partner: Option<&str>) -> Vec<f64> {
    let is =
        |name: Option<&str>, other: &Option<String>| name.is_some() && name == other.as_deref();
    said.iter()
        .map(|said| {
            let mut odds = 0.0;
            if is(partner, &said.addressed) || is(user, &said.introduced) {
                odds += 3.0;
            }
            if is(user, &said.addressed) || is(partner, &said.introduced) {
                odds -= 3.0;
            }
            odds
        })
        .collect()
}

/// The chance that the speaker changes between each line and the next.
fn changes(said: &[Said<'_>]) -> Vec<f64> {
    let gaps: Vec<bool> = said.windows(2).map(|pair| pair[1].at > pair[0].at + 1).collect();
    // Empty lines say something where they stand between some lines and not between others.
    let gaps_tell = gaps.contains(&true) && gaps.contains(&false);
    let habits = Habits::of(said);
    let shown: Vec<f64> = said
        .windows(2)
        .zip(&gaps)
        .map(|(pair, gap)| {
            let gap = match (gaps_tell, *gap) {
                (true, true) => 1.8,
                (true, false) => -2.0,
                (false, _) => 0.0,
            };
            gap + between(&pair[0], &pair[1], habits)
        })
        .collect();
    // What can be seen of some pairs says how this transcript is written down.
    let changed = shown.iter().filter(|odds| **odds >= TELLING).count() as f64;
    let stayed = shown.iter().filter(|odds| **odds <= -TELLING).count() as f64;
    let [change, stay] = if habits.turns { SEEN_IN_TURNS } else { SEEN_BEFORE };
    let usual = ((changed + change) / (stayed + stay)).ln();
    shown.iter().map(|odds| 1.0 / (1.0 + (-(usual + odds)).exp())).collect()
}

/// How people write here. Who never begins with a capital does not go on from the line before by
/// leaving it out.
#[derive(Clone, Copy)]
struct Habits {
    /// Lines begin with a capital, as a rule.
    capitals: bool,
    /// Lines end with a full stop or another mark, as a rule.
    stops: bool,
    /// A line holds all that is said in one go.
    turns: bool,
}

impl Habits {
    /// Up to this share of the lines may go without.
    const EXCEPTIONS: f64 = 0.25;
    /// And so many lines in a short one.
    const FEW: usize = 2;
    /// From this share of lines with several sentences on, a line is a turn.
    const SEVERAL: f64 = 0.25;

    fn of(said: &[Said<'_>]) -> Self {
        let few = |without: usize| {
            without <= Self::FEW || without as f64 <= said.len() as f64 * Self::EXCEPTIONS
        };
        let several = said.iter().filter(|said| said.sentences() > 1).count();
        let unstopped = |said: &&Said<'_>| said.text.ends_with(char::is_alphabetic);
        Self {
            capitals: few(said.iter().filter(|said| said.starts_low()).count()),
            stops: few(said.iter().filter(unstopped).count()),
            turns: several as f64 >= said.len() as f64 * Self::SEVERAL,
        }
    }
}

/// Log-odds that the speaker changes between two lines, from how they stand to each other.
fn between(one: &Said<'_>, next: &Said<'_>, habits: Habits) -> f64 {
    const ANSWERS: [&str; 20] = [
        "yes", "no", "yeah", "yep", "nope", "sure", "exactly", "right", "fine", "okay", "ok",
        "thanks", "well", "because", "really", "what", "why", "never", "nothing", "not",
    ];
    const GOES_ON: [&str; 6] = ["and", "also", "plus", "besides", "or", "anyway"];
    let mut odds = 0.0;
    if one.asks() {
        odds += if next.asks() { 0.3 } else { 1.2 };
    }
    if ANSWERS.contains(&next.first()) {
        odds += 0.8;
    } else if GOES_ON.contains(&next.first()) {
        odds -= 0.8;
    }
    let broken_off = one.is_open() && !one.text.ends_with(char::is_alphabetic);
    let goes_low = habits.capitals && next.starts_low();
    if goes_low && (broken_off || (habits.stops && one.is_open())) {
        odds -= 2.5;
    } else if broken_off {
        odds -= 1.2;
    } else if goes_low && !one.starts_low() {
        odds -= 1.0;
    }
    if one.is_quoted() != next.is_quoted() {
        odds += 1.5;
    } else if one.is_quoted() {
        odds -= 1.0;
    }
    if [&one.text, &next.text].iter().all(|text| text.starts_with(['\u{2014}', '\u{2013}'])) {
        odds += 1.5;
    }
    let is_me = |said: &Said<'_>| said.first() == "i" || said.first().starts_with("i'");
    let is_you = |said: &Said<'_>| said.first() == "you" || said.first().starts_with("you'");
    if is_me(one) && is_me(next) && !one.asks() {
        odds -= 0.5;
    } else if is_you(one) && is_me(next) {
        odds += 0.6;
    }
    odds
}

/// Chances over the whole chain and the log-likelihood of what was seen.
fn forward_backward(evidence: &[f64], changes: &[f64], begins: f64) -> (Vec<f64>, f64) {
    let seen = |at: usize| {
        let user = 1.0 / (1.0 + (-evidence[at]).exp());
        [user, 1.0 - user]
    };
    let step = |from: [f64; 2], change: f64| {
        let [user, partner] = from;
        [user * (1.0 - change) + partner * change, user * change + partner * (1.0 - change)]
    };
    let scaled = |[user, partner]: [f64; 2]| {
        let sum = user + partner;
        ([user / sum, partner / sum], sum.ln())
    };
    let mut likelihood = 0.0;
    let mut forward: Vec<[f64; 2]> = Vec::with_capacity(evidence.len());
    for at in 0..evidence.len() {
        let prior = match forward.last() {
            Some(before) => step(*before, changes[at - 1]),
            None => [begins, 1.0 - begins],
        };
        let [user, partner] = seen(at);
        let (next, log) = scaled([prior[0] * user, prior[1] * partner]);
        likelihood += log;
        forward.push(next);
    }
    let mut backward = [1.0, 1.0];
    let mut chances = vec![0.5; evidence.len()];
    for at in (0..evidence.len()).rev() {
        let here = scaled([forward[at][0] * backward[0], forward[at][1] * backward[1]]).0;
        chances[at] = here[0];
        if at > 0 {
            let [user, partner] = seen(at);
            backward = scaled(step([backward[0] * user, backward[1] * partner], changes[at - 1])).0;
        }
    }
    (chances, likelihood)
}

#[cfg(test)]
#[path = "tests/speakers.rs"]
mod tests;
