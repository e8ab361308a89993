//! The named features of a mission's skills: sixteen of how a line is worded, nine of how a mission
//! was played, and one derived for each of the four first skills.

use super::lists::Counts;
use super::{FeatureDef, View, def};

/// Of a line alone nothing is known about how the mission was played.
const BARE: &str = "a line is read without its mission";
const NO_WORDS: &str = "the line has no words";

/// The definitions, in the order of [`write`].
pub(super) fn defs() -> Vec<FeatureDef> {
    vec![
        def(
            "empathy_markers",
            "Words and phrases that understand, feel with or honour the other.",
            0.0,
            50.0,
            "",
        ),
        def(
            "problem_solving_language",
            "Words and phrases that look for a way: plan, option, what if, work out.",
            0.0,
            50.0,
            "",
        ),
        def(
            "perseverance_indicators",
            "Words and phrases that go on in spite of it: keep going, try again, hard work.",
            0.0,
            50.0,
            "",
        ),
        def(
            "social_processes",
            "Share of words about people, talking and helping.",
            0.0,
            1.0,
            NO_WORDS,
        ),
        def(
            "cognitive_processes",
            "Share of words about thinking, knowing and causes.",
            0.0,
            1.0,
            NO_WORDS,
        ),
        def("positive_sentiment", "Share of good words, negations applied.", 0.0, 1.0, NO_WORDS),
        def("negative_sentiment", "Share of bad words, negations applied.", 0.0, 1.0, NO_WORDS),
        def("avg_sentence_length", "Words a sentence.", 0.0, 400.0, NO_WORDS),
        def(
            "syntactic_complexity",
            "Clauses a sentence: breaks by punctuation and words that subordinate.",
            0.0,
            100.0,
            NO_WORDS,
        ),
        def("word_count", "Words.", 0.0, 700.0, ""),
        def("unique_word_count", "Different words.", 0.0, 700.0, ""),
        def(
            "readability_score",
            "Flesch reading ease, syllables counted as groups of vowels; higher is easier.",
            -50.0,
            120.0,
            NO_WORDS,
        ),
        def(
            "noun_count",
            "Words that look like nouns: content words that look like nothing else.",
            0.0,
            700.0,
            "",
        ),
        def(
            "verb_count",
            "Words that look like verbs, by list, ending and the word before.",
            0.0,
            700.0,
            "",
        ),
        def("adj_count", "Words that look like adjectives, by list and ending.", 0.0, 700.0, ""),
        def("adv_count", "Words that look like adverbs, by list and ending.", 0.0, 700.0, ""),
        def(
            "task_completion_rate",
            "Share of the mission's gates that were passed.",
            0.0,
            1.0,
            BARE,
        ),
        def(
            "time_efficiency",
            "Share of the turns allowed that were left when the objective was met.",
            0.0,
            1.0,
            BARE,
        ),
        def("retry_count", "Lines edited and turns tried again.", 0.0, 100.0, BARE),
        def(
            "recovery_rate",
            "Share of drops of the score that were made good within two turns.",
            0.0,
            1.0,
            BARE,
        ),
        def("distraction_resistance", "Share of lines on the topic.", 0.0, 1.0, BARE),
        def("focus_duration", "Longest run of lines on the topic, over all lines.", 0.0, 1.0, BARE),
        def(
            "collaboration_indicators",
            "Share of lines that propose, offer a choice or agree.",
            0.0,
            1.0,
            BARE,
        ),
        def(
            "leadership_indicators",
            "Share of lines that state a position, propose or commit.",
            0.0,
            1.0,
            BARE,
        ),
        def("event_count", "Events of the mission.", 0.0, 10_000.0, BARE),
        def("empathy_social", "empathy_markers × social_processes.", 0.0, 50.0, NO_WORDS),
        def(
            "problem_cognitive",
            "problem_solving_language × cognitive_processes.",
            0.0,
            50.0,
            NO_WORDS,
        ),
        def("distraction_focus", "distraction_resistance × focus_duration.", 0.0, 1.0, BARE),
        def("retry_recovery", "retry_count × recovery_rate.", 0.0, 100.0, BARE),
    ]
}

/// Writes what a line alone can tell.
pub(super) fn write(view: &View<'_>, counts: &Counts, dense: &mut Vec<f32>) {
    let words = view.words();
    let count = words.len();
    let per_word =
        |number: f32| if count == 0 { f32::NAN } else { (number / count as f32).min(1.0) };
    let per_sentence = |number: f32| {
        if count == 0 { f32::NAN } else { number / view.scan.shape.sentences.len().max(1) as f32 }
    };
    let empathy = counts.count("understand")
        + counts.count("sympathy")
        + view.scan.cue(super::Cue::AcknowledgesFeeling).count() as f32
        + view.scan.cue(super::Cue::Validates).count() as f32;
    let solving = counts.count("solve");
    let social = per_word(counts.count("social_word"));
    let cognitive = per_word(counts.count("think_word"));
    let kinds = Kinds::of(view);
    let mut different: Vec<&str> = words.iter().map(String::as_str).collect();
    different.sort_unstable();
    different.dedup();
    dense.extend([
        empathy.min(50.0),
        solving.min(50.0),
        counts.count("persist").min(50.0),
        social,
        cognitive,
        per_word(counts.leaning_count(1.0)),
        per_word(counts.leaning_count(-1.0)),
        per_sentence(count as f32),
        per_sentence(clauses(view)),
        count as f32,
        different.len() as f32,
        readability(view),
        kinds.nouns,
        kinds.verbs,
        kinds.adjectives,
        kinds.adverbs,
    ]);
    dense.extend([f32::NAN; 9]);
    dense.extend([empathy.min(50.0) * social, solving.min(50.0) * cognitive, f32::NAN, f32::NAN]);
}

/// Breaks by punctuation and words that open a clause of their own.
fn clauses(view: &View<'_>) -> f32 {
    let opens = |at: &usize| {
        view.scan.shape.starts_clause(*at)
            || matches!(
                view.scan.word(*at),
                "because"
                    | "although"
                    | "though"
                    | "while"
                    | "unless"
                    | "until"
                    | "if"
                    | "since"
                    | "which"
                    | "who"
                    | "whether"
                    | "whereas"
            )
    };
    (0..view.words().len()).filter(opens).count() as f32
}

fn readability(view: &View<'_>) -> f32 {
    let words = view.words();
    if words.is_empty() {
        return f32::NAN;
    }
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    let sentences = view.scan.shape.sentences.len().max(1) as f32;
    let count = words.len() as f32;
    (206.835 - 1.015 * count / sentences - 84.6 * syllables as f32 / count).clamp(-50.0, 120.0)
}

/// Groups of vowels; a silent last e counts for none.
fn syllables(word: &str) -> usize {
    let is_vowel = |byte: u8| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let bytes = word.as_bytes();
    let groups = (0..bytes.len())
        .filter(|at| is_vowel(bytes[*at]) && (*at == 0 || !is_vowel(bytes[at - 1])))
        .count();
    let silent = bytes.len() > 2 && bytes.ends_with(b"e") && !is_vowel(bytes[bytes.len() - 2]);
    (groups - usize::from(silent && groups > 1)).max(1)
}

/// How many words look like which part of speech. A guess by form: no tagger.
#[derive(Default)]
struct Kinds {
    nouns: f32,
    verbs: f32,
    adjectives: f32,
    adverbs: f32,
}

impl Kinds {
    fn of(view: &View<'_>) -> Self {
        let mut kinds = Self::default();
        for (at, word) in view.words().iter().enumerate() {
            let before = if at == 0 { "" } else { view.scan.word(at - 1) };
            let function = view.scan.is(at, view.scan.lexicon.classes.function);
            let slot = match kind(word, before, function) {
                Kind::Noun => &mut kinds.nouns,
                Kind::Verb => &mut kinds.verbs,
                Kind::Adjective => &mut kinds.adjectives,
                Kind::Adverb => &mut kinds.adverbs,
                Kind::Other => continue,
            };
            *slot += 1.0;
        }
        kinds
    }
}

enum Kind {
    Noun,
    Verb,
    Adjective,
    Adverb,
    Other,
}

fn kind(word: &str, before: &str, function: bool) -> Kind {
    match word {
        "very" | "too" | "also" | "just" | "even" | "still" | "again" | "quite" | "rather"
        | "now" | "never" | "ever" | "always" | "often" | "soon" | "here" | "there" | "then"
        | "well" | "maybe" | "perhaps" | "already" | "almost" | "later" | "together" | "today"
        | "tomorrow" => return Kind::Adverb,
        "is" | "are" | "was" | "were" | "be" | "been" | "am" | "do" | "does" | "did" | "have"
        | "has" | "had" | "get" | "got" | "go" | "going" | "come" | "came" | "make" | "made"
        | "take" | "took" | "give" | "gave" | "say" | "said" | "know" | "think" | "want"
        | "need" | "like" | "ask" | "asked" | "tell" | "told" | "mean" | "see" | "saw" | "feel"
        | "felt" | "find" | "keep" | "let" | "put" | "try" | "help" | "use" | "hope"
        | "understand" => {
            return Kind::Verb;
        }
        "good" | "bad" | "great" | "nice" | "new" | "old" | "big" | "small" | "hard" | "easy"
        | "happy" | "sad" | "sure" | "sorry" | "right" | "wrong" | "fair" | "high" | "low"
        | "long" | "short" | "best" | "better" | "worse" | "worst" | "late" | "early" | "glad"
        | "mad" | "own" | "little" | "real" | "true" | "clear" | "ready" | "cold" | "warm" => {
            return Kind::Adjective;
        }
        _ => {}
    }
    if function || word.len() < 3 || word.contains('\'') || word.bytes().any(|b| b.is_ascii_digit())
    {
        return Kind::Other;
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if word.len() > 4 && word.ends_with("ly") {
        Kind::Adverb
    } else if ends(&["tion", "sion", "ment", "ness", "ity", "ship", "ance", "ence", "ism"]) {
        Kind::Noun
    } else if matches!(
        before,
        "to" | "i"
            | "you"
            | "we"
            | "they"
            | "can"
            | "will"
            | "would"
            | "could"
            | "should"
            | "must"
            | "don't"
            | "didn't"
            | "can't"
            | "won't"
            | "not"
    ) || (word.len() > 4 && ends(&["ing", "ed", "ize", "ise", "ify"]))
    {
        Kind::Verb
    } else if word.len() > 4
        && ends(&["ful", "less", "ous", "ive", "able", "ible", "ical", "ish", "ial"])
    {
        Kind::Adjective
    } else {
        Kind::Noun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_groups_of_vowels() {
        for (word, count) in
            [("the", 1), ("late", 1), ("postpone", 2), ("idea", 2), ("hm", 1), ("agree", 2)]
        {
            assert_eq!(syllables(word), count, "{word}");
        }
    }
}
