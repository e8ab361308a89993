//! From utterances to turns: which side each belongs to, and who answers whom.

use super::{LONGEST_TURN, MOST_TURNS, Problem, Speaker, Transcript, same};
use crate::units::Timestamp;

/// An utterance whose side is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whose side.
    pub speaker: Speaker,
    /// Their name, where the file has one.
    pub name: Option<String>,
    /// The words.
    pub text: String,
    /// When.
    pub at: Option<Timestamp>,
    /// The line of the file, 1-based.
    pub line: u32,
}

/// Why it is not settled who is who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Nobody is named at all.
    NoSpeakers,
    /// These people speak, with the number of times; one of them is the user.
    WhoAreYou(Vec<(String, usize)>),
    /// Nobody is called what was asked for; these are there.
    NobodyCalled(Vec<(String, usize)>),
}

/// Settles who is who. `me` is the user's name in the file; without it, the file must say so
/// itself, with words such as `user` or `me`. Nothing is guessed.
///
/// # Errors
/// When the file leaves it open.
pub fn assign(transcript: &Transcript, me: Option<&str>) -> Result<Vec<Said>, Unsettled> {
    if !transcript.has_speakers() {
        return Err(Unsettled::NoSpeakers);
    }
    let names = transcript.names();
    let me = match me {
        Some(me) if names.iter().any(|(name, _)| same(name, me)) => Some(me.to_owned()),
        Some(_) => return Err(Unsettled::NobodyCalled(names)),
        None => own_name(transcript)?,
    };
    let side = |name: Option<&str>, side: Option<Speaker>| match (&me, name) {
        (Some(me), Some(name)) if same(me, name) => Speaker::User,
        (Some(_), Some(_)) => Speaker::Partner,
        _ => side.unwrap_or(Speaker::Partner),
    };
    let said = transcript.utterances.iter().map(|said| Said {
        speaker: side(said.name.as_deref(), said.side),
        name: said.name.clone(),
        text: said.text.clone(),
        at: said.at,
        line: said.line,
    });
    Ok(said.collect())
}

/// The user's name when the file names nobody as the user but everybody else as the other: the one
/// that is left over. `None` when the file says which lines are the user's.
fn own_name(transcript: &Transcript) -> Result<Option<String>, Unsettled> {
    let sides = || transcript.utterances.iter().map(|said| said.side);
    if sides().any(|side| side == Some(Speaker::User)) {
        return Ok(None);
    }
    let is_left_over = |name: &str| {
        let of_it = |said: &&super::Utterance| said.name.as_deref().is_some_and(|n| same(n, name));
        transcript.utterances.iter().filter(of_it).all(|said| said.side.is_none())
    };
    let names = transcript.names();
    let mut left = names.iter().filter(|(name, _)| is_left_over(name));
    match (left.next(), left.next()) {
        (None, _) => Ok(None),
        (Some((name, _)), None) if sides().any(|side| side.is_some()) => Ok(Some(name.clone())),
        _ => Err(Unsettled::WhoAreYou(names)),
    }
}

/// What one side said before the other did: consecutive utterances, joined by new lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub text: String,
    /// When they began.
    pub at: Option<Timestamp>,
    /// The line of the file they begin in.
    pub line: u32,
}

/// The user's words and the answer, if there was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The user's words.
    pub user: Words,
    /// The answer; only the last round may have none.
    pub partner: Option<Words>,
}

/// A conversation in turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// What the other side is called.
    pub partner: String,
    /// What they said before the user said anything.
    pub opener: Option<Words>,
    /// The turns: at least one.
    pub rounds: Vec<Round>,
}

/// Puts what was said into turns.
///
/// # Errors
/// When only one side speaks, or more is said than is taken: all of it at once.
pub fn conversation(said: &[Said]) -> Result<Conversation, Vec<Problem>> {
    let others = other_names(said);
    let (mut opener, mut rounds): (Option<Words>, Vec<Round>) = (None, Vec::new());
    let mut latest = None;
    for item in said {
        let words = words(item, others.len() > 1);
        let same_side = latest == Some(item.speaker);
        latest = Some(item.speaker);
        match (item.speaker, rounds.last_mut()) {
            (Speaker::User, Some(round)) if same_side => join(&mut round.user, &words),
            (Speaker::User, _) => rounds.push(Round { user: words, partner: None }),
            (Speaker::Partner, Some(Round { partner: Some(before), .. })) => join(before, &words),
            (Speaker::Partner, Some(round)) => round.partner = Some(words),
            (Speaker::Partner, None) => match &mut opener {
                Some(before) => join(before, &words),
                None => opener = Some(words),
            },
        }
    }
    let problems = too_much(opener.as_ref(), &rounds, said);
    if problems.is_empty() {
        Ok(Conversation { partner: called(&others), opener, rounds })
    } else {
        Err(problems)
    }
}

/// Where several people are the other side, each keeps their name.
fn words(item: &Said, with_name: bool) -> Words {
    let name = item.name.as_deref().filter(|_| with_name && item.speaker == Speaker::Partner);
    let text = match name {
        Some(name) => format!("{name}: {}", item.text),
        None => item.text.clone(),
    };
    Words { text, at: item.at, line: item.line }
}

fn join(before: &mut Words, more: &Words) {
    before.text.push('\n');
    before.text.push_str(&more.text);
}

fn other_names(said: &[Said]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for item in said.iter().filter(|item| item.speaker == Speaker::Partner) {
        if let Some(name) = &item.name
            && !names.iter().any(|known| same(known, name))
        {
            names.push(name.clone());
        }
    }
    names
}

fn called(names: &[String]) -> String {
    match names {
        [] => "Partner".to_owned(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, rest @ ..] => format!("{one} and {} others", rest.len()),
    }
}

fn too_much(opener: Option<&Words>, rounds: &[Round], said: &[Said]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let only = |speaker: Speaker| said.iter().all(|item| item.speaker == speaker);
    let line = said.first().map_or(0, |item| item.line);
    if only(Speaker::Partner) {
        let help = "say who you are with --me NAME, or add your own lines";
        problems.push(Problem::fatal(
            line,
            "",
            "only the other side speaks; none of it is you",
            help,
        ));
    } else if only(Speaker::User) {
        let help = "add the answers: a conversation has two sides";
        problems.push(Problem::fatal(line, "", "only you speak; nobody answers", help));
    }
    if rounds.len() > MOST_TURNS {
        let message = format!("{} turns, and at most {MOST_TURNS} are taken", rounds.len());
        let line = rounds.get(MOST_TURNS).map_or(0, |round| round.user.line);
        problems.push(Problem::fatal(line, "", message, "import it in parts"));
    }
    let answers = rounds.iter().filter_map(|round| round.partner.as_ref());
    for words in opener.into_iter().chain(rounds.iter().map(|round| &round.user)).chain(answers) {
        let letters = words.text.chars().count();
        if letters > LONGEST_TURN {
            let message = format!(
                "{letters} characters before the other side speaks, and at most {LONGEST_TURN} are \
                 taken"
            );
            let help = "check that the speakers are told apart here, or shorten it";
            problems.push(Problem::fatal(words.line, &words.text, message, help));
        }
    }
    problems
}
