//! How a line is built: sentences, clauses, quotation, and where a sentence really opens.

use crate::language::Line;

/// A name or a title and a name, as in "Mr Pell, …".
const LONGEST_VOCATIVE: usize = 3;

/// One sentence of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Its first word.
    pub(super) start: usize,
    /// One past its last word.
    pub(super) end: usize,
    /// It ends in a question mark.
    pub(super) asks: bool,
}

/// The build of a line.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// In order; together they hold every word.
    pub(super) sentences: Vec<Sentence>,
    sentence_of: Vec<usize>,
    clause_starts: Vec<bool>,
    openings: Vec<bool>,
    quoted: Vec<bool>,
}

impl Shape {
    /// Reads the punctuation; `is_lead` says which words may stand before a sentence really opens
    /// ("okay", "so", "please").
    pub(super) fn new(line: &Line, is_lead: impl Fn(usize) -> bool) -> Self {
        let mut shape = Self::punctuate(line);
        for sentence in &shape.sentences {
            mark_openings(sentence, &shape.clause_starts, &mut shape.openings, &is_lead);
        }
        shape
    }

    /// Without knowledge of words: a sentence opens at its first word.
    #[cfg(test)]
    pub(super) fn plain(line: &Line) -> Self {
        Self::new(line, |_| false)
    }

    /// Whether a sentence starts with the word.
    pub(super) fn starts_sentence(&self, word: usize) -> bool {
        self.sentence_of.get(word).is_some_and(|sentence| self.sentences[*sentence].start == word)
    }

    /// Whether a sentence or a part of one, set off by punctuation, starts with the word.
    pub(super) fn starts_clause(&self, word: usize) -> bool {
        self.clause_starts.get(word).copied().unwrap_or(false)
    }

    /// Whether a sentence opens here, names and small words before it aside.
    pub(super) fn opens(&self, word: usize) -> bool {
        self.openings.get(word).copied().unwrap_or(false)
    }

    /// Whether a sentence ends before this word.
    pub(super) fn closes(&self, word: usize) -> bool {
        word >= self.sentence_of.len() || self.starts_sentence(word)
    }

    /// Whether the word stands in quotation marks.
    pub(super) fn is_quoted(&self, word: usize) -> bool {
        self.quoted.get(word).copied().unwrap_or(false)
    }

    /// The sentence that holds the word; the word must be one of the line's.
    pub(super) fn sentence(&self, word: usize) -> Option<&Sentence> {
        self.sentence_of.get(word).and_then(|sentence| self.sentences.get(*sentence))
    }

    fn punctuate(line: &Line) -> Self {
        let count = line.words().len();
        let mut shape = Self {
            sentences: Vec::new(),
            sentence_of: Vec::with_capacity(count),
            clause_starts: Vec::with_capacity(count),
            openings: vec![false; count],
            quoted: Vec::with_capacity(count),
        };
        let mut inside_quotes = false;
        for word in 0..count {
            let gap = line.gap_before(word);
            for mark in gap.chars() {
                match mark {
                    '"' => inside_quotes = !inside_quotes,
                    '\u{201c}' | '\u{00ab}' => inside_quotes = true,
                    '\u{201d}' | '\u{00bb}' => inside_quotes = false,
                    _ => {}
                }
            }
            let starts = word == 0 || line.ends_sentence_before(word);
            if starts {
                if let Some(last) = shape.sentences.last_mut() {
                    last.end = word;
                    last.asks = gap.contains('?');
                }
                shape.sentences.push(Sentence { start: word, end: count, asks: false });
            }
            shape.clause_starts.push(starts || splits_clause(gap));
            shape.sentence_of.push(shape.sentences.len() - 1);
            shape.quoted.push(inside_quotes);
        }
        if let Some(last) = shape.sentences.last_mut() {
            last.asks = line.gap_before(count).contains('?');
        }
        shape
    }
}

fn splits_clause(gap: &str) -> bool {
    gap.contains([',', ';', ':', '(', ')', '\u{2013}', '\u{2014}', '\u{2026}'])
        || gap.contains(" - ")
        || gap.contains("..")
        || gap.contains("--")
}

/// A sentence opens at its first word, after a name that is set off, after a colon-like break
/// near its start, and after each small word that merely leads in.
fn mark_openings(
    sentence: &Sentence,
    clause_starts: &[bool],
    openings: &mut [bool],
    is_lead: &impl Fn(usize) -> bool,
) {
    let Sentence { start, end, .. } = *sentence;
    let mut open = vec![start];
    let vocative_end =
        (start + 1..end.min(start + LONGEST_VOCATIVE + 1)).find(|at| clause_starts[*at]);
    open.extend(vocative_end);
    for mut at in open {
        openings[at] = true;
        while at + 1 < end && is_lead(at) {
            at += 1;
            openings[at] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_should() {
        let line = Line::new("Mr. Pell, it's 3.5 degrees... really. Why? \"No\" he said\nOk");
        let shape = Shape::plain(&line);
        let ends: Vec<_> = shape
            .sentences
            .iter()
            .map(|sentence| (line.as_typed(sentence.start..sentence.end), sentence.asks))
            .collect();
        assert_eq!(
            ends,
            [
                ("Mr. Pell, it's 3.5 degrees... really", false),
                ("Why", true),
                ("No\" he said", false),
                ("Ok", false)
            ]
        );
        assert!(shape.is_quoted(7) && !shape.is_quoted(8));
    }

    #[test]
    fn names_and_small_words_do_not_hide_the_opening() {
        let line = Line::new("Dana, so listen to me");
        let shape = Shape::new(&line, |word| line.words()[word] == "so");
        assert_eq!((0..5).filter(|word| shape.opens(*word)).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
