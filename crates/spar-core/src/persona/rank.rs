//! Which of the blocks that fit speaks: how far each answers the question in the line, how specific
//! it is, and how closely it is tied to the line.

use super::offline::{ReplyBlock, Unknown};
use crate::language::Phrase;
use crate::reading::{
    Asked, Cue, CueName, Focus, Hold, Topic, names_question, telling_words, tells_something,
};
use crate::rules::{Facts, Gauge, Test};

/// What blocks that fit are chosen by, most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    standing: Standing,
    /// How specific the condition is, and the priority.
    level: i32,
    tie: Tie,
}

/// How far a block answers the question in the line; without a question all stand equal but those
/// that have only a slight tie to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// The line asks nothing, and the block hangs on a word in passing or a cue guessed at.
    Slight,
    /// The line asks nothing, and the block hangs on the mood, the hour or the gates alone.
    Situation,
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
    /// It answers an earlier question of the line than the last.
    Earlier,
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

    /// One that comes before this.
    pub(super) fn raised(self) -> Self {
        Self { level: self.level.saturating_add(1), ..self }
    }

    /// Whether the block is about what was asked.
    pub(super) fn is_on_subject(self) -> bool {
        self.standing == Standing::Subject
    }

    /// Whether the block is about something in the line, be it an earlier question.
    pub(super) fn is_answer(self) -> bool {
        self.standing >= Standing::Earlier
    }

    /// The same for a block that only remarks on a word.
    pub(super) fn lowered(self) -> Self {
        Self { standing: Standing::Remark, ..self }
    }

    /// The same for a block that is about the edge of the question.
    pub(super) fn edged(self) -> Self {
        Self { standing: Standing::Earlier, ..self }
    }

    /// Whether the block fits only for want of one about the question.
    pub(super) fn is_for_want_of_better(self) -> bool {
        self.standing <= Standing::OwnUnknown
    }

    /// Whether the block was chosen for what the line says, and not for want of a better one.
    pub(super) fn is_about_line(self) -> bool {
        self.tie >= Tie::Line && self.standing > Standing::OwnUnknown
    }
}

impl ReplyBlock {
    /// How specific the block is, and among equals how closely it is tied to the line. Whoever is
    /// asked something answers that first. `question` is what must be answered, if anything.
    pub(super) fn rank(
        &self,
        facts: &dyn Facts,
        question: Option<Focus>,
        topic: Option<&Topic>,
    ) -> Rank {
        let specific = i32::try_from(self.when.specificity()).unwrap_or(i32::MAX);
        let level = specific.saturating_add(self.priority);
        let standing = match question {
            Some(focus) => self.standing(facts, focus).min(self.most_by_topic(topic)),
            None if facts.asked().last().is_none() && self.is_slight(facts, topic) => {
                Standing::Slight
            }
            None if facts.asked().last().is_none() && self.is_of_situation() => Standing::Situation,
            None if self.when.tests.is_empty() => Standing::Anything,
            None => Standing::Subject,
        };
        Rank { standing, level, tie: self.tie(facts.asked()) }
    }

    /// How high it can stand where the line asks, by which of its sentences it is about.
    fn most_by_topic(&self, topic: Option<&Topic>) -> Standing {
        let (phrases, tied_elsewhere) = self.ties();
        let Some(topic) = topic.filter(|_| !phrases.is_empty() && !tied_elsewhere) else {
            return Standing::Subject;
        };
        match topic.holds(&phrases) {
            Hold::Subject => Standing::Subject,
            Hold::Earlier => Standing::Earlier,
            Hold::Passing | Hold::Aside => Standing::Remark,
        }
    }

    /// Whether only phrases tie it to the line, and those of them that stand in the question are
    /// single words or short turns that tell nothing.
    pub(super) fn rests_on_few_words(&self, topic: &Topic) -> bool {
        let (phrases, tied_elsewhere) = self.ties();
        let says_enough = |phrase: &&Phrase| {
            let words = phrase.words();
            words.len() >= 3 || (words.len() == 2 && words.iter().any(|word| tells_something(word)))
        };
        let mut enough = phrases.iter().filter(|phrase| says_enough(phrase));
        !phrases.is_empty() && !tied_elsewhere && !enough.any(|phrase| topic.ends_with(phrase))
    }

    /// Whether only phrases tie it to the line.
    pub(super) fn rests_on_phrases(&self) -> bool {
        let (phrases, tied_elsewhere) = self.ties();
        !phrases.is_empty() && !tied_elsewhere
    }

    /// Whether a phrase of two words and more stands in the sentence that counts most.
    pub(super) fn has_turn_in(&self, topic: &Topic) -> bool {
        let (phrases, _) = self.ties();
        phrases.iter().any(|phrase| phrase.word_count() > 1 && topic.ends_with(phrase))
    }

    /// Whether a phrase of three words and more stands in the sentence that counts most.
    pub(super) fn has_long_turn_in(&self, topic: &Topic) -> bool {
        let (phrases, _) = self.ties();
        phrases.iter().any(|phrase| phrase.word_count() > 2 && topic.ends_with(phrase))
    }

    /// Whether all that ties it to a line that asks nothing is a word said in passing, or common
    /// cues that are only guessed at.
    fn is_slight(&self, facts: &dyn Facts, topic: Option<&Topic>) -> bool {
        let (phrases, tied_elsewhere) = self.ties();
        if !phrases.is_empty() {
            let holds = |topic: &Topic| topic.holds(&phrases) == Hold::Passing;
            return !tied_elsewhere && topic.is_some_and(holds);
        }
        let (mut guessed, mut sure) = (false, false);
        self.when.visit_wanted(&mut |test| match test {
            Test::Cue { names, .. } => {
                for name in names {
                    let strength = facts.cue_strength(name);
                    let guess = matches!(name, CueName::Common(_))
                        && (strength < SURE || greets_in_passing(name, facts));
                    guessed |= guess && strength > 0.0;
                    sure |= !guess;
                }
            }
            Test::After(_) | Test::SaysOnly(_) | Test::Asks(_) => sure = true,
            _ => {}
        });
        guessed && !sure
    }

    /// Whether nothing in the line ties it to it, and yet it does not fit every line. A priority
    /// says that it is meant to be heard.
    fn is_of_situation(&self) -> bool {
        let mut wanted = false;
        self.when.visit_wanted(&mut |test| {
            wanted |= matches!(
                test,
                Test::Cue { .. }
                    | Test::Mentions(_)
                    | Test::Asks(_)
                    | Test::SaysOnly(_)
                    | Test::After(_)
            );
        });
        !wanted && !self.when.tests.is_empty() && self.priority <= 0
    }

    /// Its phrases, and whether something else in the line ties it to it as well.
    pub(super) fn ties(&self) -> (Vec<&Phrase>, bool) {
        let (mut phrases, mut tied_elsewhere) = (Vec::new(), false);
        self.when.visit_wanted(&mut |test| match test {
            Test::Mentions(found) => phrases.extend(found),
            Test::Cue { names, .. } => {
                tied_elsewhere |= !names.iter().all(is_question);
            }
            Test::After(_) | Test::SaysOnly(_) => tied_elsewhere = true,
            _ => {}
        });
        (phrases, tied_elsewhere)
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

    /// Whether it is meant for a question: it asks for one, or a phrase of its has a question word.
    pub(super) fn expects_question(&self) -> bool {
        let mut expects = false;
        self.when.visit_wanted(&mut |test| match test {
            Test::Asks(_) => expects = true,
            Test::Mentions(phrases) => {
                expects |= phrases.iter().any(|phrase| names_question(phrase.words()));
            }
            Test::Cue { names, .. } => expects |= names.iter().any(is_question),
            _ => {}
        });
        expects
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
        let (mut asks, mut on_subject) = (false, false);
        self.when.visit_wanted(&mut |test| match test {
            Test::Asks(wanted) => asks |= asked.ends_with(wanted),
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

    /// Whether it knows no way, and that only.
    pub(super) fn knows_no_way(&self) -> bool {
        let of_way = |test: &Test| matches!(test, Test::Asks(wanted) if wanted[..] == [Focus::How]);
        self.unknown.is_some() && self.when.tests.iter().any(of_way)
    }

    fn tie(&self, asked: Asked) -> Tie {
        let mut tie = Tie::Situation;
        self.when.visit(&mut |test| {
            tie = tie.max(match test {
                Test::Asks(wanted) if asked.ends_with(wanted) => Tie::LastQuestion,
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
    // Good day is no answer, but to "how are things".
    if *cue == Cue::Greets && question != Focus::How && says_more(facts) {
        return Standing::Anything;
    }
    if is_easily_mistaken(*cue) {
        let reacts = !question.is_plain() || calls_for_reaction(*cue);
        if reacts && facts.cue_strength(name) >= SURE { Standing::Tone } else { Standing::Anything }
    } else if calls_for_reaction(*cue) {
        Standing::Subject
    } else if question.is_plain() {
        Standing::Anything
    } else if seeks_more(question) && !is_question(name) && *cue != Cue::OffersChoice {
        Standing::Remark
    } else {
        Standing::Subject
    }
}

/// Whether who asks so wants that first, whatever else the line does.
fn seeks_more(question: Focus) -> bool {
    matches!(question, Focus::How | Focus::What | Focus::Why | Focus::Which)
}

/// Whether the cue is a greeting, later than at the beginning, in a line that says more than that.
fn greets_in_passing(name: &CueName, facts: &dyn Facts) -> bool {
    *name == CueName::Common(Cue::Greets)
        && facts.gauge(Gauge::Turn).is_none_or(|turn| turn > 1.0)
        && says_more(facts)
}

/// Whether the line has a word that tells something.
fn says_more(facts: &dyn Facts) -> bool {
    facts.line().is_some_and(|line| !telling_words(line).is_empty())
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
