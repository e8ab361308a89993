//! How a line takes up what the persona has just said: gives a piece of it back, mocks it, owns up to
//! it, answers it, or leaves the answer open.

use super::Cue;
use super::answer::ShortAnswer;
use super::echo::stem;
use super::scan::Scan;
use super::shape::Sentence;

/// Longest piece that is only given back: "In front of everyone."
const LONGEST_PIECE: usize = 5;
/// Longest line that can mock by saying a word over and over, and how often it says it.
const LONGEST_MOCKING: usize = 8;
const MOCKING: usize = 3;
/// What opens a sentence about the other that does not judge what they should do.
const YOU: [&str; 5] = ["you", "you've", "you'd", "you're", "yours"];
/// After "you" these steer, foretell or measure: "you could", "you'll", "you only".
const STEERING: [&str; 21] = [
    "should",
    "could",
    "can",
    "can't",
    "need",
    "must",
    "ought",
    "might",
    "may",
    "will",
    "would",
    "have",
    "had",
    "just",
    "only",
    "always",
    "never",
    "better",
    "know",
    "think",
    "shouldn't",
];
/// Words that make a clause say that it was so: "I did", "it was, by two days", "I did say that".
const OWNED: [&[&str]; 13] = [
    &["i", "did"],
    &["i", "was"],
    &["i", "have"],
    &["i", "had"],
    &["i", "didn't"],
    &["i", "wasn't"],
    &["i", "do"],
    &["we", "did"],
    &["we", "were"],
    &["it", "was"],
    &["it", "is"],
    &["it", "does"],
    &["that", "was"],
];
/// Longest clause that says so.
const LONGEST_OWNED: usize = 4;
/// Asks for somebody's counsel.
const ASKS_ADVICE: [&[&str]; 8] = [
    &["what", "should", "i"],
    &["what", "would", "you", "do"],
    &["what", "do", "i"],
    &["how", "do", "i"],
    &["what", "can", "i"],
    &["how", "can", "i"],
    &["should", "i"],
    &["any", "advice"],
];

/// What the line does with the persona's latest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Uptake {
    /// Opens with a piece of their words, or says of them what they said: "A whole year."
    pub(super) gives_back: bool,
    /// Says one of their words over and over.
    pub(super) mocks: bool,
    /// They reproached, and the line says that it was so.
    pub(super) owns_up: bool,
    /// They asked, and the line says a number, a day or a time.
    pub(super) is_exact: bool,
    /// They asked, and the line is no more than "dunno".
    pub(super) leaves_open: bool,
    /// They told something, and the line is no more than "Oh."
    pub(super) brushes_off: bool,
    /// They asked what to do.
    pub(super) was_asked_for_advice: bool,
}

/// Compares the line with the persona's latest.
pub(super) fn uptake(scan: &Scan<'_>, partner: &Scan<'_>) -> Uptake {
    let asked = partner.shape.sentences.last().is_some_and(|last| last.asks);
    Uptake {
        gives_back: !asked && (opens_with_piece(scan, partner) || speaks_of_them(scan, partner)),
        mocks: mocks(scan, partner),
        owns_up: !asked && owns_up(scan, partner),
        is_exact: asked && is_exact(scan),
        leaves_open: asked && ShortAnswer::of(scan.line) == Some(ShortAnswer::Unsure),
        brushes_off: !asked
            && scan.line.words().len() <= 2
            && partner.line.words().len() > 2
            && scan.shape.sentences.iter().all(|sentence| !sentence.asks),
        was_asked_for_advice: asked
            && ASKS_ADVICE.iter().any(|words| holds(partner.line.words(), words)),
    }
}

/// The first clause is short and mostly theirs.
fn opens_with_piece(scan: &Scan<'_>, partner: &Scan<'_>) -> bool {
    let Some(first) = scan.shape.sentences.first() else { return false };
    let end = clause_end(scan, first);
    let theirs = |word: &str| partner.line.words().iter().any(|other| stem(other) == stem(word));
    let negates = |at: usize| scan.is(at, scan.lexicon.classes.negator) && !theirs(scan.word(at));
    let piece = first.start..end;
    // "They hardly break." — "They'll break." speaks against them.
    let classes = &scan.lexicon.classes;
    let contradicts = scan.is(first.start, classes.subject)
        && (0..partner.line.words().len()).any(|at| partner.is(at, classes.negator))
        && !piece.clone().any(|at| scan.is(at, classes.negator));
    if (first.asks && end == first.end)
        || piece.len() > LONGEST_PIECE
        || piece.clone().any(negates)
        || scan.word(first.start) == "then"
        || contradicts
    {
        return false;
    }
    let shared = piece.clone().filter(|at| theirs(scan.word(*at))).count();
    let has_content = piece.clone().any(|at| is_content(scan, at) && theirs(scan.word(at)));
    shared * 2 >= piece.len() && (has_content || shared == piece.len() && piece.len() <= 2)
}

/// A sentence that opens with "you" and holds a word of theirs, without telling them what to do.
fn speaks_of_them(scan: &Scan<'_>, partner: &Scan<'_>) -> bool {
    let classes = &scan.lexicon.classes;
    let theirs = |at: usize| {
        is_content(scan, at)
            && partner.line.words().iter().any(|other| stem(other) == stem(scan.word(at)))
    };
    let negated = (0..partner.line.words().len()).any(|at| partner.is(at, classes.negator));
    scan.shape.sentences.iter().any(|sentence| {
        let opening = (sentence.start..sentence.end.min(sentence.start + 2))
            .find(|at| scan.shape.opens(*at) && YOU.contains(&scan.word(*at)));
        let Some(at) = opening else { return false };
        !sentence.asks
            && !STEERING.contains(&scan.word(at + 1))
            && (at..sentence.end).any(theirs)
            && (negated || !(at..sentence.end).any(|at| scan.is(at, classes.negator)))
    })
}

/// "School, school, always school."
fn mocks(scan: &Scan<'_>, partner: &Scan<'_>) -> bool {
    let words = scan.line.words();
    words.len() <= LONGEST_MOCKING
        && words.iter().enumerate().any(|(at, word)| {
            is_content(scan, at)
                && words.iter().filter(|other| *other == word).count() >= MOCKING
                && partner.line.words().contains(word)
        })
}

/// "You never said it was a problem." — "I didn't. That was wrong." "You left the gate open." — "I
/// left it open."
fn owns_up(scan: &Scan<'_>, partner: &Scan<'_>) -> bool {
    let Some(first) = scan.shape.sentences.first() else { return false };
    let said = partner.line.words();
    let reproached = said.iter().any(|word| word == "your" || YOU.contains(&word.as_str()));
    let end = clause_end(scan, first);
    let words = &scan.line.words()[first.start..end];
    if !reproached
        || first.asks
        || scan.word(end) == "but"
        || words.iter().any(|word| word == "but")
    {
        return false;
    }
    let says_so = OWNED.iter().any(|owned| {
        words.iter().take(owned.len()).eq(owned.iter())
            && (words.len() == owned.len()
                || (words.len() <= LONGEST_OWNED
                    && words[owned.len()..].iter().any(|word| said.contains(word))))
    });
    let mirrors = words.len() >= 2
        && words[0] == "i"
        && is_content(scan, first.start + 1)
        && said.windows(2).any(|pair| pair[0] == "you" && stem(&pair[1]) == stem(&words[1]));
    says_so || mirrors
}

fn is_exact(scan: &Scan<'_>) -> bool {
    let exact = scan.lexicon.classes.exact;
    scan.shape
        .sentences
        .iter()
        .filter(|sentence| !sentence.asks)
        .any(|sentence| (sentence.start..sentence.end).any(|at| scan.is(at, exact)))
        && scan.cue(Cue::Hedges).next().is_none()
}

/// One past the last word of the sentence's first clause.
fn clause_end(scan: &Scan<'_>, sentence: &Sentence) -> usize {
    (sentence.start + 1..sentence.end)
        .find(|at| scan.shape.starts_clause(*at))
        .unwrap_or(sentence.end)
}

fn is_content(scan: &Scan<'_>, at: usize) -> bool {
    let classes = &scan.lexicon.classes;
    scan.word(at).len() >= 3 && (!scan.is(at, classes.function) || scan.is(at, classes.exact))
}

fn holds(words: &[String], wanted: &[&str]) -> bool {
    words.windows(wanted.len()).any(|window| window.iter().eq(wanted))
}
