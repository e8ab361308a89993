//! Counts of the word lists in `words.txt`, and the leaning of a line's feeling words.

use std::sync::LazyLock;

use super::{FeatureDef, View, def};
use crate::reading::lexicon::pattern;
use crate::reading::matcher::{Builder, Matcher, Pattern};
use crate::reading::scan::Scan;

/// Most that is counted of one list in a line.
const MOST: f32 = 50.0;
/// How far before a good or bad word a negation turns it.
const TURN_REACH: usize = 3;

/// One list.
struct List {
    name: &'static str,
    what: &'static str,
    share: bool,
}

/// The compiled lists.
struct Lists {
    lists: Vec<List>,
    matcher: Matcher,
    /// By pattern: its list.
    of: Vec<u16>,
    good: usize,
    bad: usize,
    very_bad: usize,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| compile(include_str!("words.txt")));

/// What the lists found in a line.
pub(super) struct Counts {
    by_list: Vec<u16>,
    /// Good and bad words by sentence position: (word, +1 or −1, negations applied).
    leanings: Vec<(usize, f32)>,
}

impl Counts {
    /// Counts every list in one pass. Phrases of a list that overlap count once.
    pub(super) fn of(scan: &Scan<'_>) -> Self {
        let lists = &*LISTS;
        let encoded = lists.matcher.encode(scan.line);
        let mut found: Vec<(u16, usize, usize)> = lists
            .matcher
            .find(&encoded, &scan.shape, true)
            .into_iter()
            .map(|hit| (lists.of[hit.pattern as usize], hit.start, hit.end))
            .collect();
        found.sort_unstable();
        let mut counts = Self { by_list: vec![0; lists.lists.len()], leanings: Vec::new() };
        let mut last: Option<(u16, usize)> = None;
        for (list, start, end) in found {
            if let Some((before, reached)) = &mut last
                && *before == list
                && start < *reached
            {
                *reached = end.max(*reached);
                continue;
            }
            last = Some((list, end));
            let list = usize::from(list);
            counts.by_list[list] = counts.by_list[list].saturating_add(1);
            let leaning = if list == lists.good {
                1.0
            } else if list == lists.bad {
                -1.0
            } else if list == lists.very_bad {
                -1.5
            } else {
                continue;
            };
            let turned = (start.saturating_sub(TURN_REACH)..start)
                .rev()
                .take_while(|at| !scan.shape.starts_clause(at + 1))
                .any(|at| scan.is(at, scan.lexicon.classes.negator));
            counts.leanings.push((start, if turned { leaning * -0.7 } else { leaning }));
        }
        counts.leanings.sort_by_key(|(at, _)| *at);
        counts
    }

    /// How often a list was found.
    pub(super) fn count(&self, name: &str) -> f32 {
        let at = LISTS.lists.iter().position(|list| list.name == name);
        at.map_or(0.0, |at| f32::from(self.by_list[at]))
    }

    /// Sum of the leanings of words in the range.
    fn leaning(&self, words: std::ops::Range<usize>) -> f32 {
        self.leanings.iter().filter(|(at, _)| words.contains(at)).map(|(_, lean)| lean).sum()
    }

    /// How many good words (or, with -1, bad ones) stand, negations applied.
    pub(super) fn leaning_count(&self, sign: f32) -> f32 {
        self.leanings.iter().filter(|(_, lean)| lean * sign > 0.0).count() as f32
    }
}

/// The definitions, in the order of [`write`].
pub(super) fn defs() -> Vec<FeatureDef> {
    let counts = LISTS.lists.iter().map(|list| {
        def(&format!("n_{}", list.name), &format!("Count: {}.", list.what), 0.0, MOST, "")
    });
    let shares = LISTS.lists.iter().filter(|list| list.share).map(|list| {
        let what = format!("Count over the number of words: {}.", list.what);
        def(&format!("share_{}", list.name), &what, 0.0, 1.0, "the line has no words")
    });
    let leaning = [
        ("leaning", "Good words less bad ones, turned by negations, over the root of all words."),
        ("leaning_first", "The same for the first sentence."),
        ("leaning_last", "The same for the last sentence."),
        ("leaning_after_but", "The same for what follows the last \"but\" or \"however\"."),
    ];
    let missing = ["", "", "the line has one sentence", "the line has none"];
    let leaning = leaning
        .iter()
        .zip(missing)
        .map(|((name, what), missing)| def(name, what, -10.0, 10.0, missing));
    counts.chain(shares).chain(leaning).collect()
}

/// Writes the counts.
pub(super) fn write(view: &View<'_>, counts: &Counts, dense: &mut Vec<f32>) {
    let words = view.words().len();
    dense.extend(counts.by_list.iter().map(|count| f32::from(*count).min(MOST)));
    let shares = LISTS.lists.iter().zip(&counts.by_list).filter(|(list, _)| list.share);
    dense.extend(shares.map(|(_, count)| {
        if words == 0 { f32::NAN } else { (f32::from(*count) / words as f32).min(1.0) }
    }));
    let lean = |range: std::ops::Range<usize>| {
        let length = (range.len().max(1) as f32).sqrt();
        (counts.leaning(range) / length).clamp(-10.0, 10.0)
    };
    let sentences = &view.scan.shape.sentences;
    let first = sentences.first().map_or(0.0, |first| lean(first.start..first.end));
    let last = match sentences.as_slice() {
        [_, .., last] => lean(last.start..last.end),
        _ => f32::NAN,
    };
    let turn = view.words().iter().rposition(|word| matches!(word.as_str(), "but" | "however"));
    dense.extend([lean(0..words), first, last, turn.map_or(f32::NAN, |at| lean(at + 1..words))]);
}

/// Reads the lists; a test holds them to no problem, so that a wrong line can simply be left out.
fn compile(text: &'static str) -> Lists {
    let mut builder = Builder::new(text.lines().count() * 2);
    let (mut lists, mut of) = (Vec::<List>::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some((head, what)) = heading(line) {
            let share = head.ends_with('%');
            let name = head.trim_end_matches('%').trim_end();
            lists.push(List { name, what, share });
            continue;
        }
        let Some(list) = lists.len().checked_sub(1) else { continue };
        let mut add = |pattern: &Pattern<'_>| {
            builder.add(pattern, of.len() as u32);
            of.push(list as u16);
        };
        match line.strip_prefix('=') {
            Some(words) => words.split_whitespace().filter_map(pattern).for_each(|one| add(&one)),
            None if line.is_empty() || line.starts_with('#') => {}
            None => pattern(line).iter().for_each(add),
        }
    }
    let find = |name: &str| lists.iter().position(|list| list.name == name).unwrap_or(usize::MAX);
    let (good, bad, very_bad) = (find("good"), find("bad"), find("very_bad"));
    Lists { good, bad, very_bad, matcher: builder.finish(), of, lists }
}

/// `[name %] what it counts`
fn heading(line: &'static str) -> Option<(&'static str, &'static str)> {
    let (head, what) = line.strip_prefix('[')?.split_once(']')?;
    Some((head.trim(), what.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Line;
    use crate::reading::matcher::Part;

    #[test]
    fn the_shipped_lists_are_sound() {
        let mut names: Vec<_> = LISTS.lists.iter().map(|list| list.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a list twice");
        assert!(LISTS.lists.iter().all(|list| !list.what.is_empty()));
        assert!([LISTS.good, LISTS.bad, LISTS.very_bad].iter().all(|at| *at < count));
        for (at, list) in LISTS.lists.iter().enumerate() {
            assert!(LISTS.of.iter().any(|of| usize::from(*of) == at), "{} is empty", list.name);
        }
        for line in include_str!("words.txt").lines().filter(|line| !line.starts_with(['#', '['])) {
            let body = line.trim_start_matches('=');
            let written: Vec<_> = body.split_whitespace().collect();
            for word in &written {
                let whole = pattern(word.trim_start_matches(['^', '$'])).is_none_or(|found| {
                    matches!(found.parts.as_slice(), [Part::Word(_) | Part::Prefix(_)])
                });
                assert!(whole, "{word} is more than one word");
            }
            // Words are compared after contractions and messages are put right.
            let read = Line::new(&body.replace(['^', '$', '*'], " "));
            for word in read.words() {
                assert!(
                    written.iter().any(|one| one.trim_end_matches('*') == word),
                    "`{line}`: `{word}` is how a line says it"
                );
            }
        }
    }

    #[test]
    fn negation_turns_a_good_word() {
        let count = |text: &str| {
            let line = Line::new(text);
            let counts = Counts::of(&Scan::new(&line));
            (counts.leaning_count(1.0), counts.leaning_count(-1.0))
        };
        assert_eq!(count("That is a good plan."), (1.0, 0.0));
        assert_eq!(count("That is not a good plan."), (0.0, 1.0));
        assert_eq!(count("No, that is a good plan."), (1.0, 0.0));
        assert_eq!(count("It isn't bad at all."), (1.0, 0.0));
    }
}
