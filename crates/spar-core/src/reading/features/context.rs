//! What a line takes up of what was said: words of the partner's last line, length beside it, and
//! the place in the talk.

use super::{FeatureDef, Side, View, def, flag};
use crate::reading::echo::{longest_run, stem};
use crate::reading::question::is_asked;
use crate::reading::scan::Scan;

const ALONE: &str = "the partner has said nothing in the last lines";
const NOTHING: &str = "nothing was said before";

/// The definitions, in the order of [`write`].
pub(super) fn defs() -> Vec<FeatureDef> {
    vec![
        def("lines_before", "Lines said before, up to four.", 0.0, 4.0, ""),
        def("follows_self", "The line before is the speaker's own.", 0.0, 1.0, NOTHING),
        def(
            "talk_share",
            "Own words over all words of the last lines, this one included.",
            0.0,
            1.0,
            NOTHING,
        ),
        def("own_words_before", "Own words in the last lines.", 0.0, 10_000.0, NOTHING),
        def("partner_words", "Words of the partner's last line.", 0.0, 300.0, ALONE),
        def(
            "length_ratio",
            "Logarithm of own words over the partner's, one added to each.",
            -10.0,
            10.0,
            ALONE,
        ),
        def("partner_asks", "The partner's last line asks.", 0.0, 1.0, ALONE),
        def(
            "partner_ends_asking",
            "The partner's last line ends in a question mark.",
            0.0,
            1.0,
            ALONE,
        ),
        def("partner_greets", "The partner's last line greets.", 0.0, 1.0, ALONE),
        def("partner_feeling", "Feeling words of the partner's last line.", 0.0, 300.0, ALONE),
        def("partner_negates", "Negating words of the partner's last line.", 0.0, 300.0, ALONE),
        def("partner_refuses", "The partner's last line refuses.", 0.0, 1.0, ALONE),
        def(
            "partner_exact",
            "Numbers, days and times of the partner's last line.",
            0.0,
            300.0,
            ALONE,
        ),
        def("partner_self", "Share of I, me, my in the partner's last line.", 0.0, 1.0, ALONE),
        def("shared_stems", "Content words of both, by stem.", 0.0, 300.0, ALONE),
        def("shared_of_own", "Shared content words over own ones.", 0.0, 1.0, ALONE),
        def("shared_of_theirs", "Shared content words over the partner's.", 0.0, 1.0, ALONE),
        def("shared_jaccard", "Shared content words over those of either.", 0.0, 1.0, ALONE),
        def(
            "shared_weight",
            "Shared content words, longer and rarer ones for more.",
            0.0,
            900.0,
            ALONE,
        ),
        def("shared_weight_of_theirs", "The same over the partner's own weight.", 0.0, 1.0, ALONE),
        def(
            "shared_any",
            "Share of own words, function words too, that the partner used.",
            0.0,
            1.0,
            ALONE,
        ),
        def("shared_pairs", "Pairs of neighbouring words in both.", 0.0, 300.0, ALONE),
        def("longest_echo", "Longest run of words in both.", 0.0, 300.0, ALONE),
        def("echo_share", "That run over the words of the line.", 0.0, 1.0, ALONE),
        def(
            "echo_early",
            "Place of the first shared content word in the line, 0 first.",
            0.0,
            1.0,
            "nothing is shared",
        ),
        def(
            "echo_of_end",
            "Place of the last shared word in the partner's line, 1 last.",
            0.0,
            1.0,
            "nothing is shared",
        ),
        def(
            "echo_in_order",
            "Shared words that follow each other in both, over shared ones.",
            0.0,
            1.0,
            "nothing is shared",
        ),
        def(
            "echo_in_question",
            "A question of the line holds a shared content word.",
            0.0,
            1.0,
            ALONE,
        ),
        def("echo_numbers", "Numbers in both.", 0.0, 300.0, ALONE),
        def("turned_person", "The partner's \"I\" comes back as \"you\".", 0.0, 1.0, ALONE),
        def("new_stems", "Own content words that the partner did not use.", 0.0, 700.0, ALONE),
        def("same_opening", "Both lines open with the same word.", 0.0, 1.0, ALONE),
    ]
}

/// Writes what there is.
pub(super) fn write(view: &View<'_>, dense: &mut Vec<f32>) {
    place(view, dense);
    match view.partner {
        Some(partner) => {
            theirs(view, partner, dense);
            taken_up(view.scan, partner, dense);
        }
        None => dense.extend([f32::NAN; 28]),
    }
}

fn place(view: &View<'_>, dense: &mut Vec<f32>) {
    let Some(last) = view.context.last() else {
        dense.extend([0.0, f32::NAN, f32::NAN, f32::NAN]);
        return;
    };
    let words = |side: Side| -> f32 {
        let said = view.context.iter().filter(|said| said.by == side);
        said.map(|said| said.text.split_whitespace().take(5_000).count() as f32).sum()
    };
    let (own, partner) = (words(Side::Own), words(Side::Partner));
    let now = view.words().len() as f32;
    dense.extend([
        view.context.len() as f32,
        flag(last.by == Side::Own),
        (own + now) / (own + now + partner).max(1.0),
        own.min(10_000.0),
    ]);
}

fn theirs(view: &View<'_>, partner: &Scan<'_>, dense: &mut Vec<f32>) {
    let classes = &partner.lexicon.classes;
    let words = partner.line.words().len();
    let count = |class: u64| (0..words).filter(|at| partner.is(*at, class)).count() as f32;
    let own = view.words().len() as f32;
    let me = partner.line.words().iter().filter(|word| is_self(word)).count();
    dense.extend([
        words as f32,
        ((own + 1.0) / (words as f32 + 1.0)).ln(),
        flag(partner.shape.sentences.iter().any(|sentence| is_asked(partner, sentence))),
        flag(partner.line.text().trim_end().ends_with('?')),
        flag(partner.cue(crate::reading::Cue::Greets).next().is_some()),
        count(classes.feeling),
        count(classes.negator),
        flag(partner.of(crate::reading::lexicon::Section::Refusal).next().is_some()),
        count(classes.exact),
        me as f32 / words.max(1) as f32,
    ]);
}

fn is_self(word: &str) -> bool {
    matches!(word, "i" | "me" | "my" | "mine" | "i'm" | "i've" | "i'd" | "i'll" | "myself")
}

fn taken_up(own: &Scan<'_>, partner: &Scan<'_>, dense: &mut Vec<f32>) {
    let (mine, their) = (Stems::of(own), Stems::of(partner));
    let (own_words, their_words) = (own.line.words(), partner.line.words());
    // Places of the shared words: in the line and in the partner's.
    let shared: Vec<(usize, usize)> =
        mine.first.iter().filter_map(|(stem, at)| Some((*at, their.place(stem)?))).collect();
    let count = shared.len() as f32;
    let weight = |word: &str| 1.0 + word.len().min(12) as f32 / 4.0;
    let shared_weight: f32 = shared.iter().map(|(at, _)| weight(&own_words[*at])).sum();
    let their_weight: f32 = their.first.iter().map(|(_, at)| weight(&their_words[*at])).sum();
    let either = (mine.first.len() + their.first.len()) as f32 - count;
    let over = |part: f32, whole: f32| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
    let known: Vec<&str> = sorted(their_words.iter().map(String::as_str));
    let any = own_words.iter().filter(|word| known.binary_search(&word.as_str()).is_ok()).count();
    let their_pairs = sorted(pairs(their_words));
    let own_pairs = sorted(pairs(own_words));
    let pairs = own_pairs.iter().filter(|pair| their_pairs.binary_search(pair).is_ok()).count();
    let run = longest_run(own_words, their_words) as f32;
    let words = own_words.len() as f32;
    dense.extend([
        count,
        over(count, mine.first.len() as f32),
        over(count, their.first.len() as f32),
        over(count, either),
        shared_weight,
        over(shared_weight, their_weight),
        over(any as f32, words),
        pairs as f32,
        run,
        over(run, words),
    ]);
    order(&shared, own_words.len(), their_words.len(), dense);
    let asked = |at: usize| own.shape.sentence(at).is_some_and(|sentence| is_asked(own, sentence));
    let digits = |word: &&String| word.bytes().all(|byte| byte.is_ascii_digit());
    let numbers =
        own_words.iter().filter(digits).filter(|word| known.binary_search(&word.as_str()).is_ok());
    let turned = their_words.iter().any(|word| is_self(word))
        && own_words.iter().any(|word| word.starts_with("you"));
    dense.extend([
        flag(shared.iter().any(|(at, _)| asked(*at))),
        numbers.count() as f32,
        flag(turned),
        mine.first.len() as f32 - count,
        flag(!own_words.is_empty() && own_words.first() == their_words.first()),
    ]);
}

/// Where the shared words stand, and whether their order is kept.
fn order(shared: &[(usize, usize)], own: usize, theirs: usize, dense: &mut Vec<f32>) {
    if shared.is_empty() {
        dense.extend([f32::NAN; 3]);
        return;
    }
    let mut by_place = shared.to_vec();
    by_place.sort_unstable();
    let first = by_place.first().map_or(0, |(at, _)| *at);
    let last = by_place.iter().map(|(_, at)| *at).max().unwrap_or(0);
    let kept = by_place.windows(2).filter(|pair| pair[0].1 < pair[1].1).count() + 1;
    dense.extend([
        first as f32 / own.max(1) as f32,
        (last + 1) as f32 / theirs.max(1) as f32,
        kept as f32 / by_place.len() as f32,
    ]);
}

/// Content words by stem, and where each first stands.
struct Stems<'a> {
    first: Vec<(&'a str, usize)>,
}

impl<'a> Stems<'a> {
    fn of(scan: &Scan<'a>) -> Self {
        let function = scan.lexicon.classes.function;
        let line: &'a crate::language::Line = scan.line;
        let mut first: Vec<(&'a str, usize)> = line
            .words()
            .iter()
            .enumerate()
            .filter(|(at, word)| {
                (word.len() >= 3 || word.bytes().all(|byte| byte.is_ascii_digit()))
                    && !scan.is(*at, function)
            })
            .map(|(at, word)| (stem(word), at))
            .collect();
        first.sort_unstable();
        first.dedup_by_key(|(stem, _)| *stem);
        Self { first }
    }

    fn place(&self, stem: &str) -> Option<usize> {
        let at = self.first.binary_search_by_key(&stem, |(stem, _)| *stem).ok()?;
        Some(self.first[at].1)
    }
}

fn pairs(words: &[String]) -> impl Iterator<Item = (&str, &str)> {
    words.windows(2).map(|pair| (pair[0].as_str(), pair[1].as_str()))
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = items.collect();
    all.sort_unstable();
    all.dedup();
    all
}
