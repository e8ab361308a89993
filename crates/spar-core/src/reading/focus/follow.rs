//! Questions that lean on what was said before: "how much was it", "since when", "and why?".

use super::words::*;
use super::{Asked, Focus, Sighting, bare, is_asking};
use crate::language::Line;
use crate::reading::echo::stem;
use crate::reading::shape::{Sentence, Shape};

/// Whether the last question of a line names no subject of its own, so that it can only be about
/// what was just spoken of. What asks for a plain fact or a reason may have two words of content
/// beside its pronoun ("who told her that"); any other question none, since only its verb would say
/// what it asks ("did she drive").
#[must_use]
pub fn leans_on_before(line: &Line) -> bool {
    let Some((words, focus)) = last_question(line) else { return false };
    let refers = words.iter().any(|word| REFERRING.contains(&bare(word)));
    let addresses = words.iter().any(|word| ["you", "your", "i", "we", "ya"].contains(&bare(word)));
    let clock = words.ends_with(&["is".to_owned(), "it".to_owned()])
        && words.iter().any(|word| TIMES.contains(&word.as_str()));
    if clock || (addresses && !refers) {
        return false;
    }
    let content: Vec<&String> = words.iter().filter(|word| is_content(word)).collect();
    if focus.is_plain() || focus == Focus::Why {
        content.len() <= if refers { 2 } else { 0 }
    } else {
        content.iter().all(|word| VAGUE.contains(&word.as_str())) && (refers || content.is_empty())
    }
}

/// A line with what no subject is made of left out: question words, turned verbs, pronouns.
#[must_use]
pub fn stands_for_subject(line: &Line) -> String {
    let names = |word: &&String| {
        is_asking(word).is_none()
            && ![TURNING, PRONOUNS, FRAMING].iter().any(|list| list.contains(&word.as_str()))
    };
    line.words().iter().filter(names).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The words of a line's last question, or of the whole line where it asks nothing, that are not
/// the mere frame of a sentence.
#[must_use]
pub fn content_words(line: &Line) -> Vec<String> {
    let words = last_question(line).map_or_else(|| line.words().to_vec(), |(words, _)| words);
    words.into_iter().filter(|word| is_content(word)).collect()
}

/// Whether the point of a line (its last question, or all of it) and an answer have a word of
/// content in common, in whatever form.
#[must_use]
pub fn shares_words(line: &Line, answer: &Line) -> bool {
    let tells = |word: &&String| {
        word.len() >= 3
            && !COMMON.contains(&word.as_str())
            && is_content(word)
            && ![VAGUE, DOING].iter().any(|list| list.contains(&word.as_str()))
    };
    let said = content_words(line);
    let said: Vec<&str> = said.iter().filter(tells).map(|word| stem(word)).collect();
    answer.words().iter().filter(tells).any(|word| said.contains(&stem(word)))
}

fn last_question(line: &Line) -> Option<(Vec<String>, Focus)> {
    let shape = Shape::new(line, |at| LEADS.contains(&line.words()[at].as_str()));
    let sighting = Sighting { words: line.words(), shape: &shape };
    let focus = |sentence: &Sentence| {
        let mut asked = Asked::default();
        sighting.sentence(sentence, &mut asked);
        asked.last()
    };
    let (last, found) = shape
        .sentences
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, sentence)| focus(sentence).map(|focus| (at, focus)))?;
    let Sentence { start, end, .. } = shape.sentences[last];
    let before = last.checked_sub(1).map(|before| &shape.sentences[before]);
    let before = before.filter(|it| goes_on(line, it.end, start) && focus(it).is_some());
    let start = before.map_or(start, |before| before.start);
    Some((without_asides(line.words().get(start..end)?), found))
}

/// Whether a sentence that asks goes on with the question right before it: "Is it the money? Or the
/// time?" is one question.
pub(super) fn goes_on(line: &Line, end: usize, start: usize) -> bool {
    end == start && line.words()[start] == "or"
}

/// How many words at `at` only ask for a view of the rest: "what *do you think* he wanted", "what
/// did he want, *do you think*".
fn frame_of_mind(words: &[String], at: usize) -> Option<usize> {
    if at == 0 || !asks_for_view(&words[at..]) {
        return None;
    }
    let is = |at: usize, among: &[&str]| {
        words.get(at).is_some_and(|word| among.contains(&word.as_str()))
    };
    let goes_on = [PRONOUNS, TURNING, DETERMINERS].iter().any(|list| is(at + 3, list));
    let closes = words.len() == at + VIEW && at >= 2 && is_asking(&words[at - 1]).is_none();
    (closes || (goes_on && words.len() > at + 4)).then_some(VIEW)
}

/// Words in "do you think".
pub(super) const VIEW: usize = 3;

/// Whether words begin with "do you think", "would you say".
pub(super) fn asks_for_view(words: &[String]) -> bool {
    let [turned, you, sees, ..] = words else { return false };
    matches!(turned.as_str(), "do" | "would" | "did")
        && you == "you"
        && matches!(sees.as_str(), "think" | "reckon" | "say" | "suppose" | "guess")
}

/// A sentence without what is said in it only for manners: "if you don't mind me asking".
pub(super) fn without_asides(words: &[String]) -> Vec<String> {
    let mut left = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let stands = |aside: &&&[&str]| {
            words[at..].len() >= aside.len()
                && words[at..].iter().zip(**aside).all(|(word, own)| word == own)
        };
        let aside = ASIDES.iter().filter(stands).map(|aside| aside.len()).max();
        let aside = aside.or_else(|| frame_of_mind(words, at));
        if aside.is_none() {
            left.push(words[at].clone());
        }
        at += aside.unwrap_or(1);
    }
    if left.is_empty() { words.to_vec() } else { left }
}

/// The words of a line's last question, or of all of it where it asks nothing, that say what it is
/// about, as they stand.
#[must_use]
pub fn telling_words(line: &Line) -> Vec<String> {
    let words = last_question(line).map_or_else(|| line.words().to_vec(), |(words, _)| words);
    let leads = words.iter().take_while(|word| LEADS.contains(&word.as_str())).count();
    let telling = |word: &String| word.len() >= 3 && tells_something(word);
    words.into_iter().skip(leads).filter(telling).collect()
}

/// Whether a word says what somebody speaks about.
#[must_use]
pub fn tells_something(word: &str) -> bool {
    let measures = AMOUNTS.contains(&word) && !matches!(word, "much" | "many" | "often" | "far");
    (is_content(word) || measures || word == "sorry")
        && ![COMMON, VAGUE, PARTICLES].iter().any(|list| list.contains(&word))
}

pub(super) fn is_content(word: &str) -> bool {
    let bare = bare(word);
    let frame =
        [LEADS, TURNING, PRONOUNS, DETERMINERS, BEFORE, STRESSING, AMOUNTS, REFERRING, FRAMING];
    is_asking(word).is_none()
        && !frame.iter().any(|list| list.contains(&word) || list.contains(&bare))
}
