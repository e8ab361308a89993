//! Questions that lean on what was said before: "how much was it", "since when", "and why?".

use super::words::*;
use super::{Asked, Focus, Sighting, is_asking};
use crate::language::Line;
use crate::reading::echo::stem;
use crate::reading::shape::Shape;

/// Whether the last question of a line names no subject of its own, so that it can only be about
/// what was just spoken of. What asks for a plain fact or a reason may have two words of content
/// beside its pronoun ("who told her that"); any other question none, since only its verb would say
/// what it asks ("did she drive").
#[must_use]
pub fn leans_on_before(line: &Line) -> bool {
    let Some((words, focus)) = last_question(line) else { return false };
    let bare = |word: &String| word.split('\'').next().unwrap_or_default().to_owned();
    let refers = words.iter().any(|word| REFERRING.contains(&bare(word).as_str()));
    let addresses =
        words.iter().any(|word| ["you", "your", "i", "we", "ya"].contains(&bare(word).as_str()));
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
        word.len() >= 4
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
    shape.sentences.iter().rev().find_map(|sentence| {
        let mut asked = Asked::default();
        sighting.sentence(sentence, &mut asked);
        let words = line.words().get(sentence.start..sentence.end)?;
        asked.last().map(|focus| (words.to_vec(), focus))
    })
}

pub(super) fn is_content(word: &str) -> bool {
    let bare = word.split('\'').next().unwrap_or(word);
    let frame =
        [LEADS, TURNING, PRONOUNS, DETERMINERS, BEFORE, STRESSING, AMOUNTS, REFERRING, FRAMING];
    is_asking(word).is_none()
        && !frame.iter().any(|list| list.contains(&word) || list.contains(&bare))
}
