//! The questions of a line: how many, which kind, where, and whether they are all there is.

use super::{FeatureDef, View, def, flag};
use crate::reading::question::{is_asked, questions};
use crate::reading::shape::Sentence;

const NONE: &str = "the line asks nothing";

/// The definitions, in the order of [`write`].
pub(super) fn defs() -> Vec<FeatureDef> {
    vec![
        def("open_strength", "Strength of the best open question.", 0.0, 1.0, ""),
        def("closed_strength", "Strength of the best closed question.", 0.0, 1.0, ""),
        def("marked_questions", "Sentences that end in a question mark.", 0.0, 50.0, ""),
        def("unmarked_questions", "Sentences that ask by their form alone.", 0.0, 50.0, ""),
        def("asking_share", "Share of sentences that ask.", 0.0, 1.0, "the line has no words"),
        def("asks_last", "The last sentence asks.", 0.0, 1.0, ""),
        def("asks_first", "The first sentence asks.", 0.0, 1.0, ""),
        def("words_before_question", "Words before the first question.", 0.0, 700.0, NONE),
        def("words_after_question", "Words after the last question.", 0.0, 700.0, NONE),
        def("question_words", "Words of the shortest question.", 0.0, 700.0, NONE),
        def("longest_question", "Words of the longest question.", 0.0, 700.0, NONE),
        def("question_of_you", "A question that holds \"you\" or \"your\".", 0.0, 1.0, NONE),
        def("question_of_i", "A question that holds \"I\" or \"me\".", 0.0, 1.0, NONE),
        def("question_negated", "A question that holds a negation.", 0.0, 1.0, NONE),
        def("question_what", "A question with what.", 0.0, 1.0, NONE),
        def("question_how", "A question with how.", 0.0, 1.0, NONE),
        def("question_why", "A question with why.", 0.0, 1.0, NONE),
        def("question_fact", "A question with who, which, where or when.", 0.0, 1.0, NONE),
        def("question_inverted", "A question that opens with a helping verb.", 0.0, 1.0, NONE),
        def("question_could", "A question with could, would or may.", 0.0, 1.0, NONE),
        def(
            "question_plain",
            "A question without any asking word or helping verb in front.",
            0.0,
            1.0,
            NONE,
        ),
    ]
}

/// Writes the questions.
pub(super) fn write(view: &View<'_>, dense: &mut Vec<f32>) {
    let scan = view.scan;
    let classes = &scan.lexicon.classes;
    let sentences = &scan.shape.sentences;
    let strengths = questions(scan);
    let asked: Vec<&Sentence> =
        sentences.iter().filter(|sentence| is_asked(scan, sentence)).collect();
    let marked = sentences.iter().filter(|sentence| sentence.asks).count();
    let share =
        if sentences.is_empty() { f32::NAN } else { asked.len() as f32 / sentences.len() as f32 };
    let asks = |at: Option<&Sentence>| flag(at.is_some_and(|sentence| is_asked(scan, sentence)));
    dense.extend([
        strengths.open as f32,
        strengths.closed as f32,
        marked as f32,
        (asked.len() - marked.min(asked.len())) as f32,
        share,
        asks(sentences.last()),
        asks(sentences.first()),
    ]);
    let (Some(first), Some(last)) = (asked.first(), asked.last()) else {
        dense.extend([f32::NAN; 14]);
        return;
    };
    let lengths = || asked.iter().map(|sentence| (sentence.end - sentence.start) as f32);
    let any = |holds: &dyn Fn(usize) -> bool| {
        flag(asked.iter().any(|sentence| (sentence.start..sentence.end).any(holds)))
    };
    let word = |words: &'static [&'static str]| any(&|at| words.contains(&scan.word(at)));
    let opens = |class: u64| {
        asked.iter().any(|sentence| {
            (sentence.start..sentence.end).any(|at| scan.shape.opens(at) && scan.is(at, class))
        })
    };
    dense.extend([
        first.start as f32,
        (view.words().len() - last.end) as f32,
        lengths().fold(f32::INFINITY, f32::min),
        lengths().fold(0.0, f32::max),
        word(&["you", "your", "you're", "you'd", "you've", "yours"]),
        word(&["i", "me", "my", "i'm", "mine"]),
        any(&|at| scan.is(at, classes.negator)),
        word(&["what", "what's"]),
        word(&["how", "how's"]),
        word(&["why", "why's"]),
        word(&["who", "which", "where", "when", "whose", "who's", "where's"]),
        flag(opens(classes.auxiliary)),
        word(&["could", "would", "may", "might"]),
        flag(!opens(classes.auxiliary) && !opens(classes.asking)),
    ]);
}
