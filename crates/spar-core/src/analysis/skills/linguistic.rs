//! How the lines of a mission are worded, as figures of a line.

use crate::reading::Features;
use crate::reading::features::features;

/// Mean and deviation of each figure over the lines the models were learnt from, counts for a line of
/// its own length.
pub(super) const NUMBERS: [(&str, f64, f64); 8] = [
    ("empathy_markers", 0.25, 0.6),
    ("problem_solving_language", 0.35, 0.7),
    ("perseverance_indicators", 0.1, 0.35),
    ("social_processes", 0.08, 0.08),
    ("cognitive_processes", 0.05, 0.06),
    ("positive_sentiment", 0.06, 0.08),
    ("negative_sentiment", 0.03, 0.05),
    ("avg_sentence_length", 11.0, 6.0),
];

/// A figure over the lines of a mission.
pub(super) struct Figure {
    pub(super) name: &'static str,
    /// Mean over the lines that have it; `None` when none has.
    pub(super) value: Option<f64>,
    /// Share of the lines that have it, 0–1.
    pub(super) present: f64,
    /// The figure in words, for evidence.
    pub(super) words: String,
}

/// All of them, in the order of [`NUMBERS`].
pub(super) fn figures(lines: &[&Features]) -> Vec<Figure> {
    NUMBERS
        .iter()
        .map(|(name, ..)| {
            let values: Vec<f64> = features()
                .iter()
                .position(|def| def.name == *name)
                .map(|at| lines.iter().map(move |line| f64::from(line.dense[at])))
                .into_iter()
                .flatten()
                .filter(|value| !value.is_nan())
                .collect();
            let mean =
                (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
            let present = values.len() as f64 / lines.len().max(1) as f64;
            Figure { name, value: mean, present, words: in_words(name, mean) }
        })
        .collect()
}

fn in_words(name: &str, mean: Option<f64>) -> String {
    let Some(mean) = mean else { return String::new() };
    let a_line = |what: &str| format!("{mean:.1} {what} a line");
    let share = |what: &str| format!("{:.0} % of the words {what}", mean * 100.0);
    match name {
        "empathy_markers" => a_line("words of understanding"),
        "problem_solving_language" => a_line("words that look for a way"),
        "perseverance_indicators" => a_line("words of keeping at it"),
        "social_processes" => share("about people and talking"),
        "cognitive_processes" => share("about thinking and causes"),
        "positive_sentiment" => share("good ones"),
        "negative_sentiment" => share("bad ones"),
        _ => format!("{mean:.0} words a sentence"),
    }
}
