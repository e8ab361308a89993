//! How much of a question a block takes in: which of its telling words the block's phrases name, the
//! rare ones counting more. Of two blocks that fit, the one that rests on a word in passing gives way.

use super::offline::{OfflineScript, ReplyBlock};
use super::rank::Rank;
use crate::language::{Line, Phrase};
use crate::reading::{Focus, Topic, stem, telling_words, tells_something};
use crate::rules::{Facts, Test};

/// A word says by itself what is asked from this part of the weight on that a word has which stands
/// nowhere in the script: of 400 blocks no more than thirteen may have it, of ten but one.
const RARE: f64 = 0.56;
/// So many times the weight of what another block names make that one be about something else.
const FAR_MORE: f64 = 3.0;
/// Blocks that name so much of what the closest names are as close.
const NEARLY: f64 = 0.8;
/// What names this share of a question answers it, whatever its other words.
const MOST: f64 = 0.75;
/// A block that names less of a request, an offer or a proposal than this share says nothing to it.
const LEAST: f64 = 0.3;
/// So many blocks that name most of a question are tried.
const TRIED: usize = 6;

/// Stems of words that grade what a question is about.
const GRADES: &[&str] =
    &["best", "worst", "nicest", "favour", "fave", "hardes", "easies", "funnie"];

/// The telling words of a line's last question, or of the line where it asks nothing: their stems.
struct Point(Vec<String>);

/// How much the words of a point weigh in a script.
struct Weights {
    each: Vec<f64>,
    /// Of all of them.
    all: f64,
    /// From this weight on a word says by itself what is spoken of.
    rare: f64,
}

impl OfflineScript {
    /// Sees to it that the question is heard whole: a block that shares but its "what's the best"
    /// comes after not knowing, one that asks the same in other words fits as well where none does,
    /// and a block that hangs on a small word comes after one about the rest.
    pub(super) fn hear_whole_question(
        &self,
        fitting: &mut Vec<(Rank, usize)>,
        facts: &dyn Facts,
        question: Option<Focus>,
        topic: Option<&Topic>,
    ) {
        let (Some(line), Some(topic)) = (facts.line(), topic) else { return };
        let Some(point) = Point::of(line) else { return };
        if facts.asked().last().is_some() {
            for (rank, at) in fitting.iter_mut() {
                let block = &self.blocks[*at];
                if rank.is_on_subject() && block.rests_on_phrases() && point.is_only_graded(block) {
                    *rank = rank.lowered();
                }
            }
            self.pass_over_passing_words(fitting, facts, topic);
            if fitting.iter().all(|(rank, _)| rank.is_for_want_of_better()) {
                let found = self.kindred(&point, facts);
                let rank = |at: usize| self.blocks[at].rank(facts, question, Some(topic)).carried();
                fitting.extend(found.map(|at| (rank(at), at)));
            }
        }
        self.raise_closest(fitting, &point, topic, facts);
    }

    /// Whoever is asked to do something, or offered it, answers that and not a word in it: "could you
    /// get a second *quote* from another firm this week". What answers any request does.
    fn pass_over_passing_words(
        &self,
        fitting: &mut [(Rank, usize)],
        facts: &dyn Facts,
        topic: &Topic,
    ) {
        let asked = facts.asked();
        if !asked.ends_with(&[Focus::Request, Focus::Offer, Focus::Proposal]) {
            return;
        }
        let least = topic.weight() * LEAST;
        for (rank, at) in fitting.iter_mut() {
            let block = &self.blocks[*at];
            let passing = rank.is_on_subject() && block.rests_on_few_words(topic);
            if passing && block.closeness(topic).is_some_and(|named| named < least) {
                *rank = rank.lowered();
            }
        }
    }

    /// The block that answers such a question and names nearly all of it in other words than the
    /// line's: "how did you end up with a lock" for one about ending up here.
    fn kindred(&self, point: &Point, facts: &dyn Facts) -> Option<usize> {
        let weights = point.weigh(self);
        let mut near: Vec<(f64, usize)> = (0..self.blocks.len())
            .filter(|at| self.blocks[*at].answers(facts.asked()))
            .filter_map(|at| Some((weights.of(&point.named_by_each(&self.blocks[at])?), at)))
            .filter(|(weight, _)| *weight >= weights.rare && *weight >= weights.all * MOST)
            .collect();
        near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        near.into_iter().take(TRIED).map(|(_, at)| at).find(|at| self.fits_in_kind(*at, facts))
    }

    /// Where the block that would speak rests on a word or two, and another names far more of what
    /// was said, that one comes before it. A block that answers this question in a turn of its own
    /// gives way only to one that does, too.
    fn raise_closest(
        &self,
        fitting: &mut [(Rank, usize)],
        point: &Point,
        topic: &Topic,
        facts: &dyn Facts,
    ) {
        let Some((top, first)) = fitting.iter().copied().max_by_key(|(rank, _)| *rank) else {
            return;
        };
        let first = &self.blocks[first];
        if !top.is_on_subject() || !first.rests_on_few_words(topic) {
            return;
        }
        let answered = first.answers(facts.asked()) && first.has_turn_in(topic);
        let suits = |block: &ReplyBlock| {
            !answered || block.answers(facts.asked()) || block.has_turn_in(topic)
        };
        let least = point.named(first);
        let names_more =
            |named: &[bool]| named.iter().zip(&least).any(|(one, first)| *one && !first);
        let closer: Vec<(Vec<bool>, usize)> = (0..fitting.len())
            .filter(|nth| fitting[*nth].0.is_on_subject())
            .map(|nth| (point.named(&self.blocks[fitting[nth].1]), nth))
            .filter(|(named, nth)| names_more(named) && suits(&self.blocks[fitting[*nth].1]))
            .collect();
        // Most lines end here: weighing the words means looking through the whole script.
        if closer.is_empty() {
            return;
        }
        let weights = point.weigh(self);
        let least = weights.rare.max(weights.of(&least) * FAR_MORE);
        let closer: Vec<(f64, usize)> = closer
            .into_iter()
            .map(|(named, nth)| (weights.of(&named), nth))
            .filter(|(weight, _)| *weight >= least)
            .collect();
        let most = closer.iter().map(|(weight, _)| *weight).fold(0.0, f64::max);
        let closest = closer
            .into_iter()
            .filter(|(weight, _)| *weight >= most * NEARLY)
            .max_by_key(|(_, nth)| fitting[*nth].0);
        if let Some((_, nth)) = closest {
            fitting[nth].0 = top.raised();
        }
    }
}

impl Point {
    /// What the line is about; `None` where no word of it tells.
    fn of(line: &Line) -> Option<Self> {
        let mut stems: Vec<String> =
            telling_words(line).iter().map(|word| stem(word).to_owned()).collect();
        stems.sort_unstable();
        stems.dedup();
        (!stems.is_empty()).then_some(Self(stems))
    }

    /// The fewer blocks have a word, the more it weighs.
    fn weigh(&self, script: &OfflineScript) -> Weights {
        let mut found = vec![0_u32; self.0.len()];
        let mut blocks = 0_u32;
        for block in script.blocks.iter().filter(|block| block.unknown.is_none()) {
            blocks += 1;
            let mut seen = vec![false; self.0.len()];
            self.look_in(block, &mut seen);
            found.iter_mut().zip(seen).for_each(|(count, seen)| *count += u32::from(seen));
        }
        let weigh = |found: u32| (f64::from(blocks + 1) / f64::from(found + 1)).ln();
        let each: Vec<f64> = found.into_iter().map(weigh).collect();
        let all = each.iter().sum();
        Weights { each, all, rare: f64::from(blocks + 1).ln() * RARE }
    }

    /// Notes which words stand in a phrase or a line of the block.
    fn look_in(&self, block: &ReplyBlock, seen: &mut [bool]) {
        let mut note = |word: &str| {
            for (seen, stem) in seen.iter_mut().zip(&self.0) {
                *seen = *seen || is_of_stem(word, stem, false);
            }
        };
        block.when.visit_wanted(&mut |test| {
            if let Test::Mentions(phrases) = test {
                phrases.iter().flat_map(Phrase::words).for_each(|word| note(word));
            }
        });
        // By bytes, because all of the script is gone through: what is no ASCII is part of a word.
        let parts = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'\'' && byte.is_ascii();
        for line in &block.lines {
            let mut start = 0;
            for (at, byte) in line.bytes().chain([b' ']).enumerate() {
                if parts(byte) {
                    if at > start + 1 {
                        line.get(start..at).into_iter().for_each(&mut note);
                    }
                    start = at + 1;
                }
            }
        }
    }

    /// Which words the block's phrases name: of each phrase all that tells must be spoken of, in
    /// whatever form and order.
    fn named(&self, block: &ReplyBlock) -> Vec<bool> {
        let mut named = vec![false; self.0.len()];
        block.when.visit_wanted(&mut |test| {
            if let Test::Mentions(phrases) = test {
                phrases.iter().for_each(|phrase| self.note(phrase, &mut named));
            }
        });
        named
    }

    /// The same, if every list of phrases that the block wants names something: "how did he find out
    /// you were late" is not the finding out that also wants the stroke.
    fn named_by_each(&self, block: &ReplyBlock) -> Option<Vec<bool>> {
        let (mut named, mut each) = (vec![false; self.0.len()], true);
        block.when.visit_wanted(&mut |test| {
            if let Test::Mentions(phrases) = test {
                let mut of_list = vec![false; self.0.len()];
                phrases.iter().for_each(|phrase| self.note(phrase, &mut of_list));
                each &= of_list.contains(&true);
                named.iter_mut().zip(of_list).for_each(|(named, one)| *named |= one);
            }
        });
        each.then_some(named)
    }

    fn note(&self, phrase: &Phrase, named: &mut [bool]) {
        // Nearly every phrase fails at its first word, and most words at their first letters.
        let mut places = [0_usize; 8];
        let mut count = 0;
        let (words, open_end) = phrase.parts();
        for (nth, word) in words.iter().enumerate() {
            let open = open_end && nth + 1 == words.len();
            match self.0.iter().position(|own| is_of_stem(word, own, open)) {
                Some(at) if count < places.len() => {
                    places[count] = at;
                    count += 1;
                }
                _ if tells_something(word) => return,
                _ => {}
            }
        }
        places[..count].iter().for_each(|at| named[*at] = true);
    }

    /// Whether all that the block names of a question that says more is a degree: "what's the best"
    /// of "what's the best story you heard on that bench".
    fn is_only_graded(&self, block: &ReplyBlock) -> bool {
        let named = self.named(block);
        let mut stems = self.0.iter().zip(&named).filter(|(_, named)| **named).peekable();
        self.0.len() >= 3
            && stems.peek().is_some()
            && stems.all(|(stem, _)| GRADES.contains(&stem.as_str()))
    }
}

impl Weights {
    fn of(&self, named: &[bool]) -> f64 {
        self.each.iter().zip(named).filter(|(_, named)| **named).map(|(weight, _)| weight).sum()
    }
}

/// Whether the word has this stem. Most are told apart by their first letters.
fn is_of_stem(word: &str, wanted: &str, open_end: bool) -> bool {
    let head = wanted.len().min(3);
    let (Some(start), Some(wanted_start)) =
        (word.as_bytes().get(..head), wanted.as_bytes().get(..head))
    else {
        return false;
    };
    start.eq_ignore_ascii_case(wanted_start)
        && (stem(&word.to_lowercase()) == wanted || (open_end && wanted.starts_with(word)))
}
