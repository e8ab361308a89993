//! A phrase as a scenario author writes it: whole words, the last one possibly a prefix (`slip*`).

use serde::{Deserialize, Serialize};

use super::Line;

/// A few words to find next to each other in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phrase {
    source: String,
    words: Vec<String>,
    open_end: bool,
}

/// Why a text is no phrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// There is nothing to look for.
    #[error("a phrase needs at least one word")]
    Empty,
}

impl Phrase {
    /// Reads a phrase. A trailing `*` makes its last word a prefix.
    pub fn parse(source: &str) -> Result<Self, PhraseError> {
        let (body, open_end) = match source.trim().strip_suffix('*') {
            Some(body) => (body, true),
            None => (source.trim(), false),
        };
        let words = Line::new(body).words().to_vec();
        if words.is_empty() {
            return Err(PhraseError::Empty);
        }
        Ok(Self { source: source.to_owned(), words, open_end })
    }

    /// Whether the phrase stands somewhere in the line, inside one sentence.
    #[must_use]
    pub fn is_in(&self, line: &Line) -> bool {
        self.places(line).next().is_some()
    }

    /// Where it stands in the line: the position of its first word, each time.
    pub(crate) fn places<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = usize> + 'a {
        let windows = line.words().windows(self.words.len()).enumerate();
        let is_one = |at: usize| {
            (at + 1..at + self.words.len()).all(|inside| !line.ends_sentence_before(inside))
        };
        windows.filter(move |(at, window)| self.fits(window) && is_one(*at)).map(|(at, _)| at)
    }

    /// Its words, in lower case.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether this is one of its words.
    #[must_use]
    pub fn has_word(&self, word: &str) -> bool {
        let Some((last, head)) = self.words.split_last() else { return false };
        head.iter().any(|own| own == word)
            || word == last
            || (self.open_end && word.starts_with(last.as_str()))
    }

    /// How many words it has.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Its words, and whether the last one is a prefix.
    pub(crate) fn parts(&self) -> (&[String], bool) {
        (&self.words, self.open_end)
    }

    fn fits(&self, window: &[String]) -> bool {
        let Some((last, head)) = self.words.split_last() else { return false };
        let Some((end, start)) = window.split_last() else { return false };
        start == head && (end == last || (self.open_end && end.starts_with(last.as_str())))
    }
}

impl TryFrom<String> for Phrase {
    type Error = PhraseError;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        Self::parse(&source)
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(phrase: &str, line: &str) -> bool {
        Phrase::parse(phrase).expect("a phrase").is_in(&Line::new(line))
    }

    #[test]
    fn whole_words_only_unless_starred() {
        assert!(finds("two weeks late", "We are Two weeks, late."));
        assert!(!finds("slip", "It slipped."));
        assert!(finds("slip*", "It slipped."));
        assert!(finds("won't make", "we won\u{2019}t make it"));
    }

    #[test]
    fn a_phrase_stands_inside_one_sentence() {
        assert!(!finds("can you", "Tell me what you can. You needn't say more."));
        assert!(finds("can you", "Tell me what you can. Can you say more?"));
        assert!(finds("mr pell", "Is that Mr. Pell?"));
        assert!(finds("no i can't", "No, I can't."));
    }

    #[test]
    fn empty_phrases_are_refused() {
        assert_eq!(Phrase::parse(" * "), Err(PhraseError::Empty));
    }
}
