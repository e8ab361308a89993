//! Which of the blocks that fit speaks: how far each answers the question in the line, how specific
//! it is, and how closely it is tied to the line.

use super::offline::{ReplyBlock, Unknown};
use crate::reading::{Asked, Cue, CueName, Focus, names_question};
use crate::rules::{Facts, Test};

/// What blocks that fit are chosen by, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    standing: Standing,
    /// How specific the condition is, and the priority.
    level: i32,
    tie: Tie,
}

/// How far a block answers the question in the line; without a question all stand equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It would fit whatever the question is about.
    Anything,
    /// It says, in general words, that the persona does not know.
    Unknown,
    /// It remarks on a word of the question, and asks nothing about questions itself.
    Remark,
    /// It says in the persona's own words that they do not know.
    OwnUnknown,
    /// It reacts to the tone of the line, and to nothing it says.
    Tone,
    /// It is about what was spoken of just before, and the question names no subject.
    Carried,
    /// It is about what was asked, or nobody could pass over what it reacts to.
    Subject,
}

impl Rank {
    /// The same for a block whose subject is that of the line before.
    pub(super) fn carried(self) -> Self {
        Self { standing: Standing::Carried, ..self }
    }
}

impl ReplyBlock {
    /// How specific the block is, and among equals how closely it is tied to the line. Whoever is
    /// asked something answers that first. `question` is what must be answered, if anything.
    pub(super) fn rank(&self, facts: &dyn Facts, question: Option<Focus>) -> Rank {
        let specific = i32::try_from(self.when.specificity()).unwrap_or(i32::MAX);
        let level = specific.saturating_add(self.priority);
        let standing = question.map_or(Standing::Subject, |focus| self.standing(facts, focus));
        Rank { standing, level, tie: self.tie(facts.asked()) }
    }

    fn standing(&self, facts: &dyn Facts, question: Focus) -> Standing {
        match self.unknown {
            Some(Unknown::Own) => return Standing::OwnUnknown,
            Some(Unknown::General) => return Standing::Unknown,
            None => {}
        }
        let (mut on_subject, mut remarks, mut expects_question) = (false, false, false);
        let mut tone = Standing::Anything;
        self.when.visit_wanted(&mut |test| match test {
            Test::Asks(_) | Test::After(_) => on_subject = true,
            Test::Mentions(phrases) => {
                remarks = true;
                expects_question |= phrases.iter().any(|phrase| names_question(phrase.words()));
            }
            Test::Cue { names, .. } => {
                expects_question |= names.iter().any(is_question);
                for name in names {
                    match cue_standing(name, facts, question) {
                        Standing::Subject => on_subject = true,
                        standing => tone = tone.max(standing),
                    }
                }
            }
            _ => {}
        });
        match (on_subject, remarks) {
            (true, _) => Standing::Subject,
            (false, true) if expects_question || !question.is_plain() => Standing::Subject,
            (false, true) => tone.max(Standing::Remark),
            (false, false) => tone,
        }
    }

    /// The words that none of its phrases has.
    pub(super) fn beside_subject(&self, mut words: Vec<String>) -> Vec<String> {
        self.when.visit_wanted(&mut |test| {
            if let Test::Mentions(phrases) = test {
                words.retain(|word| !phrases.iter().any(|phrase| phrase.has_word(word)));
            }
        });
        words
    }

    /// Whether it answers the last question of a line, and that about a subject.
    pub(super) fn answers(&self, asked: Asked) -> bool {
        let Some(last) = asked.last() else { return false };
        let (mut asks, mut on_subject) = (false, false);
        self.when.visit_wanted(&mut |test| match test {
            Test::Asks(wanted) => asks |= wanted.contains(&last),
            Test::Mentions(_) => on_subject = true,
            Test::Cue { names, .. } => {
                on_subject |= names.iter().any(|name| matches!(name, CueName::Own(_)));
            }
            _ => {}
        });
        asks && on_subject && self.unknown.is_none()
    }

    /// Whether it knows no yes or no where the user wants to hear what the other thinks: "am I
    /// wrong".
    pub(super) fn evades(&self, asked: Asked) -> bool {
        let wants = |test: &Test| match test {
            Test::Asks(wanted) => {
                wanted.contains(&Focus::YesNo) && !wanted.contains(&Focus::Opinion)
            }
            _ => false,
        };
        self.unknown.is_some()
            && asked.last() == Some(Focus::Opinion)
            && self.when.tests.iter().any(wants)
    }

    fn tie(&self, asked: Asked) -> Tie {
        let mut tie = Tie::Situation;
        self.when.visit(&mut |test| {
            tie = tie.max(match test {
                Test::Asks(wanted) if asked.last().is_some_and(|last| wanted.contains(&last)) => {
                    Tie::LastQuestion
                }
                Test::Asks(_) => Tie::Question,
                Test::Cue { names, .. } if names.iter().any(is_question) => Tie::Question,
                Test::Cue { .. } | Test::Mentions(_) | Test::SaysOnly(_) | Test::After(_) => {
                    Tie::Line
                }
                _ => Tie::Situation,
            });
        });
        tie
    }
}

/// How far a block answers a question by being tied to this cue. One that is easily seen where it
/// is not meant counts as tone, and only when it is strong in this very line.
fn cue_standing(name: &CueName, facts: &dyn Facts, question: Focus) -> Standing {
    let CueName::Common(cue) = name else { return Standing::Subject };
    if is_easily_mistaken(*cue) {
        let reacts = !question.is_plain() || calls_for_reaction(*cue);
        if reacts && facts.cue_strength(name) >= SURE { Standing::Tone } else { Standing::Anything }
    } else if !question.is_plain() || calls_for_reaction(*cue) {
        Standing::Subject
    } else {
        Standing::Anything
    }
}

/// From this strength on a cue is more than a guess: one plain phrase gives 0.8, a doubtful 0.45.
const SURE: f64 = 0.6;

/// Tones of voice that a plain question is often taken for.
fn is_easily_mistaken(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Blames
            | Cue::Pressures
            | Cue::Commands
            | Cue::Dismisses
            | Cue::Needy
            | Cue::Advises
            | Cue::Hedges
            | Cue::Fills
            | Cue::OverExplains
            | Cue::InterruptsTopic
            | Cue::OffTopic
            | Cue::Sarcasm
            | Cue::Teases
            | Cue::MakesExcuses
            | Cue::Declines
            | Cue::Disagrees
    )
}

/// What nobody answers with "I don't know", whatever else is asked in the same breath.
fn calls_for_reaction(cue: Cue) -> bool {
    matches!(
        cue,
        Cue::Insult
            | Cue::Threat
            | Cue::Slur
            | Cue::Sexual
            | Cue::Crisis
            | Cue::Blames
            | Cue::Dismisses
            | Cue::Sarcasm
            | Cue::Commands
            | Cue::Pressures
            | Cue::InterruptsTopic
            | Cue::Gibberish
    )
}

/// What a block answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// The mood, the gates, the hour: fits whatever was said.
    Situation,
    /// Something in the line.
    Line,
    /// A question in the line.
    Question,
    /// What the line asks for last.
    LastQuestion,
}

fn is_question(name: &CueName) -> bool {
    matches!(name, CueName::Common(Cue::OpenQuestion | Cue::ClosedQuestion))
}
