//! A line split into words once, for every reader of it.

use unicode_segmentation::UnicodeSegmentation;

/// A line of text and its normalised words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    text: String,
    words: Vec<String>,
}

impl Line {
    /// Splits at Unicode word boundaries; only words that hold a letter or digit count.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let normal = text.replace(['\u{2019}', '\u{2018}', '\u{02bc}'], "'").to_lowercase();
        let words = normal.unicode_words().map(str::to_owned).collect();
        Self { text: text.to_owned(), words }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apostrophes_and_case_are_one() {
        assert_eq!(Line::new("I WON\u{2019}T — really.").words(), ["i", "won't", "really"]);
    }
}
