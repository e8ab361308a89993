//! A line split into words once, for every reader of it.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// A line of text and its normalised words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    text: String,
    words: Vec<String>,
    /// Where each word stands in the text, in bytes.
    spans: Vec<Range<usize>>,
}

impl Line {
    /// Splits at Unicode word boundaries; only words that hold a letter or digit count.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // A word takes five or six bytes with its space.
        let likely = text.len() / 5 + 1;
        let (mut words, mut spans) = (Vec::with_capacity(likely), Vec::with_capacity(likely));
        for (start, word) in text.unicode_word_indices() {
            let normal = normalise(word);
            if !normal.is_empty() {
                words.push(contracted(&normal).map_or(normal, str::to_owned));
                spans.push(start..start + word.len());
            }
        }
        for at in 1..words.len() {
            let short = match words[at - 1].as_str() {
                "its" if FOLLOW_IT_IS.contains(&words[at].as_str()) => "it's",
                "ill" if FOLLOW_I_WILL.contains(&words[at].as_str()) => "i'll",
                "id" if FOLLOW_I_WOULD.contains(&words[at].as_str()) => "i'd",
                _ => continue,
            };
            words[at - 1] = short.to_owned();
        }
        Self { text: text.to_owned(), words, spans }
    }

    /// The line as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Lower-case words in order.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// What stands between the word before `index` and the word at `index`; for the count of words,
    /// what stands after the last one.
    pub(crate) fn gap_before(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            Some(previous) => self.spans.get(previous).map_or(self.text.len(), |span| span.end),
            None => 0,
        };
        let end = self.spans.get(index).map_or(self.text.len(), |span| span.start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Whether a sentence ends before the word at `index`.
    pub(crate) fn ends_sentence_before(&self, index: usize) -> bool {
        let Some(previous) = index.checked_sub(1).and_then(|at| self.words.get(at)) else {
            return false;
        };
        let gap = self.gap_before(index);
        let stops = gap.bytes().filter(|byte| *byte == b'.').count();
        gap.contains(['?', '!', '\n']) || (stops == 1 && !ABBREVIATED.contains(&previous.as_str()))
    }

    /// The words of the range as they were typed, with what stands between them.
    pub(crate) fn as_typed(&self, words: Range<usize>) -> &str {
        match self.spans.get(words) {
            Some([only]) => self.text.get(only.clone()).unwrap_or_default(),
            Some([first, .., last]) => self.text.get(first.start..last.end).unwrap_or_default(),
            _ => "",
        }
    }
}

/// Words that end in a full stop without ending the sentence.
const ABBREVIATED: [&str; 10] = ["mr", "mrs", "ms", "dr", "st", "vs", "etc", "e.g", "i.e", "prof"];

/// Words that come after "it's" and hardly ever after the "its" of "its roof".
const FOLLOW_IT_IS: [&str; 16] = [
    "a", "about", "all", "been", "fine", "going", "just", "my", "not", "ok", "okay", "on",
    "really", "so", "the", "your",
];

/// Verbs that come after "I'll" and hardly ever after the "ill" of "he fell ill".
const FOLLOW_I_WILL: [&str; 32] = [
    "ask", "be", "bring", "call", "check", "come", "do", "drive", "drop", "fix", "get", "give",
    "go", "have", "help", "keep", "let", "make", "pay", "pick", "put", "ring", "see", "send",
    "sort", "stay", "take", "talk", "tell", "text", "try", "write",
];

/// The same for "I'd".
const FOLLOW_I_WOULD: [&str; 9] =
    ["be", "hate", "have", "like", "love", "need", "prefer", "rather", "say"];

/// The contraction that a word typed without its apostrophe can only be. "Ill", "well", "were",
/// "wed", "hell" and "id" are words of their own and stay.
fn contracted(word: &str) -> Option<&'static str> {
    Some(match word {
        "aint" => "ain't",
        "arent" => "aren't",
        "cant" => "can't",
        "couldnt" => "couldn't",
        "couldve" => "could've",
        "didnt" => "didn't",
        "doesnt" => "doesn't",
        // Written as in messages.
        "u" => "you",
        "ur" => "your",
        "r" => "are",
        "tho" => "though",
        "pls" | "plz" => "please",
        "thx" => "thanks",
        "cos" | "cuz" => "because",
        "dont" => "don't",
        "hadnt" => "hadn't",
        "hasnt" => "hasn't",
        "havent" => "haven't",
        "heres" => "here's",
        "hes" => "he's",
        "hows" => "how's",
        "im" => "i'm",
        "isnt" => "isn't",
        "itd" => "it'd",
        "itll" => "it'll",
        "ive" => "i've",
        "lets" => "let's",
        "mustnt" => "mustn't",
        "shes" => "she's",
        "shouldnt" => "shouldn't",
        "shouldve" => "should've",
        "thats" => "that's",
        "theres" => "there's",
        "theyd" => "they'd",
        "theyll" => "they'll",
        "theyre" => "they're",
        "theyve" => "they've",
        "wasnt" => "wasn't",
        "werent" => "weren't",
        "weve" => "we've",
        "whats" => "what's",
        "wheres" => "where's",
        "whos" => "who's",
        "wont" => "won't",
        "wouldnt" => "wouldn't",
        "wouldve" => "would've",
        "youd" | "ud" => "you'd",
        "youll" | "ull" => "you'll",
        "youre" | "ure" => "you're",
        "youve" | "uve" => "you've",
        _ => return None,
    })
}

/// Lower case with straight apostrophes, none of them at an end.
fn normalise(word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'\'') {
        return word.to_ascii_lowercase();
    }
    let straight = word.replace(['\u{2019}', '\u{2018}', '\u{02bc}'], "'").to_lowercase();
    straight.trim_matches('\'').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apostrophes_and_case_are_one() {
        assert_eq!(Line::new("I WON\u{2019}T — really.").words(), ["i", "won't", "really"]);
    }

    #[test]
    fn forgotten_apostrophes_are_put_back() {
        let line = Line::new("he fell ill, ill ring him if uve no time and id rather see his id");
        let words = "he fell ill i'll ring him if you've no time and i'd rather see his id";
        assert_eq!(line.words().join(" "), words);
        let line = Line::new("Im sure its not his, but its roof is well and dont ask.");
        let words = "i'm sure it's not his but its roof is well and don't ask";
        assert_eq!(line.words().join(" "), words);
        assert_eq!(line.as_typed(0..1), "Im");
    }

    #[test]
    fn gaps_and_words_together_are_the_text() {
        let line = Line::new("  “No” — not İstanbul, ok?\n");
        let mut text = String::new();
        for index in 0..line.words().len() {
            text.push_str(line.gap_before(index));
            text.push_str(line.as_typed(index..index + 1));
        }
        text.push_str(line.gap_before(line.words().len()));
        assert_eq!(text, line.text());
        assert_eq!(line.as_typed(1..3), "not İstanbul");
    }

    #[test]
    fn a_line_without_words_is_one_gap() {
        let line = Line::new("?!");
        assert_eq!((line.words().len(), line.gap_before(0)), (0, "?!"));
    }
}
