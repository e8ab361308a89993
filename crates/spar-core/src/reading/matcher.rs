//! Finds many patterns of words in a line in one pass: a trie over words, word classes, prefixes,
//! single wild words and short gaps.
//!
//! Knows nothing of cues: a pattern carries a number, and a match says which number stands where.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::shape::Shape;
use crate::language::Line;

/// The tables hold our own word lists: a plain multiplying hash does, and compiles them faster.
#[derive(Debug, Clone, Copy, Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            self.write_u64(u64::from_le_bytes(*eight));
        }
        if !rest.is_empty() {
            self.write_u64(rest.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        }
    }

    /// The byte that ends a text: keys are single texts, which it tells nothing of.
    fn write_u8(&mut self, _end: u8) {}

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        // The table uses the low bits, the product is best in its high ones.
        self.0.rotate_left(26)
    }
}

type Table<K, V> = HashMap<K, V, BuildHasherDefault<WordHasher>>;

/// One place in a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// This word.
    Word(Cow<'a, str>),
    /// A word that starts so.
    Prefix(Cow<'a, str>),
    /// A word of this class.
    Class(&'a str),
    /// Any one word.
    Any,
    /// Up to two words.
    Gap,
}

/// Parts in order, and where they may stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern<'a> {
    /// What must stand next to each other.
    pub(super) parts: Vec<Part<'a>>,
    /// Only where a sentence opens.
    pub(super) opens: bool,
    /// Only where a sentence ends.
    pub(super) closes: bool,
}

/// A pattern found: its number and the words it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    /// The number the pattern was added with.
    pub(super) pattern: u32,
    /// The first word.
    pub(super) start: usize,
    /// One past the last word.
    pub(super) end: usize,
}

/// Most words a [`Part::Gap`] stands for.
const LONGEST_GAP: usize = 2;
/// Where patterns start that may stand anywhere, and those that open a sentence.
const ANYWHERE: usize = 0;
const OPENING: usize = 1;

/// A node number that leads nowhere: no edge goes back to where patterns start.
const NOWHERE: u32 = 0;

/// Small, since there are ten thousand: edges and ends stand in tables beside the nodes.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    any: u32,
    gap: u32,
    /// Whether an edge leads on.
    leads_on: bool,
    /// Where its part of `ends` begins; it reaches to where the next node's begins.
    ends: u32,
}

/// Patterns made ready.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    words: Table<Box<str>, u32>,
    prefixes: Table<Box<str>, u32>,
    /// First byte and length in bytes of every prefix, ascending, each once.
    prefix_lengths: Vec<(u8, usize)>,
    /// By symbol: the classes of the word or prefix, a bit each.
    classes: Vec<u64>,
    nodes: Vec<Node>,
    /// Node and symbol to node.
    edges: Table<(u32, u32), u32>,
    /// Patterns that end, node by node, and whether the sentence must end there too.
    ends: Vec<(u32, bool)>,
    class_names: Vec<String>,
    /// By class: its symbol.
    class_symbols: Vec<u32>,
}

/// The words of one line as the matcher sees them.
#[derive(Debug, Clone)]
pub(super) struct Encoded {
    symbols: Vec<u32>,
    /// Where each word's symbols end in `symbols`.
    ends: Vec<usize>,
    classes: Vec<u64>,
    /// Whether each word stands in any pattern or class.
    known: Vec<bool>,
}

impl Encoded {
    /// The classes of a word, a bit each; 0 past the end.
    pub(super) fn classes(&self, index: usize) -> u64 {
        self.classes.get(index).copied().unwrap_or(0)
    }

    /// Whether the word stands in any pattern or class.
    pub(super) fn is_known(&self, index: usize) -> bool {
        self.known.get(index).copied().unwrap_or(false)
    }

    fn symbols(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.symbols[start..self.ends[index]]
    }
}

impl Matcher {
    /// The class's bit; 0 for a class that has no words.
    pub(super) fn class(&self, name: &str) -> u64 {
        let at = self.class_names.iter().position(|known| known == name);
        at.map_or(0, |bit| 1 << bit)
    }

    /// Looks every word up once.
    pub(super) fn encode(&self, line: &Line) -> Encoded {
        let count = line.words().len();
        let mut encoded = Encoded {
            symbols: Vec::with_capacity(count * 3),
            ends: Vec::with_capacity(count),
            classes: Vec::with_capacity(count),
            known: Vec::with_capacity(count),
        };
        for word in line.words() {
            let before = encoded.symbols.len();
            let mut classes = 0;
            for symbol in self.words.get(word.as_str()).into_iter().chain(self.prefixes_of(word)) {
                encoded.symbols.push(*symbol);
                classes |= self.classes[*symbol as usize];
            }
            let mut left = classes;
            while left != 0 {
                encoded.symbols.push(self.class_symbols[left.trailing_zeros() as usize]);
                left &= left - 1;
            }
            encoded.known.push(encoded.symbols.len() > before);
            encoded.ends.push(encoded.symbols.len());
            encoded.classes.push(classes);
        }
        encoded
    }

    /// Every match, in order of pattern and place, each once. With `within_sentences` none reaches
    /// over the end of a sentence.
    pub(super) fn find(
        &self,
        encoded: &Encoded,
        shape: &Shape,
        within_sentences: bool,
    ) -> Vec<Match> {
        let mut walk = Walk { matcher: self, encoded, shape, within_sentences, found: Vec::new() };
        for start in 0..encoded.ends.len() {
            walk.step(ANYWHERE, start, start);
            if shape.opens(start) {
                walk.step(OPENING, start, start);
            }
        }
        walk.found.sort_unstable();
        walk.found.dedup();
        walk.found
    }

    fn prefixes_of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a u32> {
        let first = word.as_bytes().first().copied().unwrap_or(0);
        let from = self.prefix_lengths.partition_point(|(byte, _)| *byte < first);
        self.prefix_lengths[from..]
            .iter()
            .take_while(move |(byte, _)| *byte == first)
            .filter_map(|(_, length)| word.get(..*length))
            .filter_map(|start| self.prefixes.get(start))
    }

    /// The patterns that end at a node.
    fn ends(&self, node: usize) -> &[(u32, bool)] {
        let end = self.nodes.get(node + 1).map_or(self.ends.len(), |next| next.ends as usize);
        &self.ends[self.nodes[node].ends as usize..end]
    }
}

/// One pass over one line.
struct Walk<'a> {
    matcher: &'a Matcher,
    encoded: &'a Encoded,
    shape: &'a Shape,
    within_sentences: bool,
    found: Vec<Match>,
}

impl Walk<'_> {
    /// Goes on from `node` with the word at `at`. As deep as the longest pattern, which is short.
    fn step(&mut self, node: usize, start: usize, at: usize) {
        let matcher = self.matcher;
        for (pattern, closes) in matcher.ends(node) {
            if !closes || self.shape.closes(at) {
                self.found.push(Match { pattern: *pattern, start, end: at });
            }
        }
        let number = node as u32;
        let node = matcher.nodes[node];
        if node.gap != NOWHERE {
            for after in at..=at + LONGEST_GAP {
                self.step(node.gap as usize, start, after);
                if !self.goes_on(start, after) {
                    break;
                }
            }
        }
        if !self.goes_on(start, at) {
            return;
        }
        if node.leads_on {
            let encoded = self.encoded;
            for symbol in encoded.symbols(at) {
                if let Some(next) = matcher.edges.get(&(number, *symbol)) {
                    self.step(*next as usize, start, at + 1);
                }
            }
        }
        if node.any != NOWHERE {
            self.step(node.any as usize, start, at + 1);
        }
    }

    fn goes_on(&self, start: usize, at: usize) -> bool {
        at < self.encoded.ends.len()
            && (at == start || !self.within_sentences || !self.shape.starts_sentence(at))
    }
}

/// Collects patterns and classes.
#[derive(Debug, Default)]
pub(super) struct Builder {
    words: Table<Box<str>, u32>,
    prefixes: Table<Box<str>, u32>,
    class_names: Vec<String>,
    class_symbols: Vec<u32>,
    /// The class that was asked for last: lists of members ask for the same again and again.
    last_class: usize,
    /// A word's or prefix's symbol, and the number of a class it is in.
    members: Vec<(u32, usize)>,
    nodes: Vec<Node>,
    edges: Table<(u32, u32), u32>,
    /// Node, pattern, and whether the sentence must end there too.
    ends: Vec<(u32, u32, bool)>,
    next_symbol: u32,
}

impl Builder {
    /// Nothing yet, with room for about so many patterns.
    pub(super) fn new(patterns: usize) -> Self {
        let mut nodes = Vec::with_capacity(2 + patterns * 2);
        nodes.resize_with(2, Node::default);
        let mut builder = Self { nodes, ..Self::default() };
        builder.edges.reserve(patterns * 2);
        builder.words.reserve(patterns / 2);
        builder.ends.reserve(patterns);
        builder
    }

    /// Puts a word or a prefix into a class. At most 64 classes.
    pub(super) fn add_member(&mut self, class: &str, part: &Part<'_>) {
        let class = self.class(class);
        let member = match part {
            Part::Word(word) => symbol_in(&mut self.words, word, &mut self.next_symbol),
            Part::Prefix(prefix) => symbol_in(&mut self.prefixes, prefix, &mut self.next_symbol),
            Part::Class(_) | Part::Any | Part::Gap => return,
        };
        self.members.push((member, class));
    }

    /// Adds a pattern under a number of the caller's choice.
    pub(super) fn add(&mut self, pattern: &Pattern<'_>, number: u32) {
        let mut node = if pattern.opens { OPENING } else { ANYWHERE };
        for part in &pattern.parts {
            let symbol = match part {
                Part::Word(word) => symbol_in(&mut self.words, word, &mut self.next_symbol),
                Part::Prefix(prefix) => {
                    symbol_in(&mut self.prefixes, prefix, &mut self.next_symbol)
                }
                Part::Class(class) => {
                    let class = self.class(class);
                    self.class_symbols[class]
                }
                Part::Any => {
                    node = self.wild(node, |node| &mut node.any);
                    continue;
                }
                Part::Gap => {
                    node = self.wild(node, |node| &mut node.gap);
                    continue;
                }
            };
            self.nodes[node].leads_on = true;
            let fresh = self.nodes.len() as u32;
            let next = *self.edges.entry((node as u32, symbol)).or_insert(fresh);
            if next == fresh {
                self.nodes.push(Node::default());
            }
            node = next as usize;
        }
        self.ends.push((node as u32, number, pattern.closes));
    }

    /// Makes it ready.
    pub(super) fn finish(mut self) -> Matcher {
        let mut classes = vec![0_u64; self.next_symbol as usize];
        for (member, class) in &self.members {
            classes[*member as usize] |= 1 << class;
        }
        let mut prefix_lengths: Vec<(u8, usize)> = self
            .prefixes
            .keys()
            .filter_map(|prefix| Some((*prefix.as_bytes().first()?, prefix.len())))
            .collect();
        prefix_lengths.sort_unstable();
        prefix_lengths.dedup();
        let ends = self.ends_by_node();
        Matcher {
            words: self.words,
            prefixes: self.prefixes,
            prefix_lengths,
            classes,
            nodes: self.nodes,
            edges: self.edges,
            ends,
            class_names: self.class_names,
            class_symbols: self.class_symbols,
        }
    }

    /// Brings the ends of each node together, and has the nodes know where theirs begin. How many a
    /// node has says where they go, so nothing is compared.
    fn ends_by_node(&mut self) -> Vec<(u32, bool)> {
        for (node, _, _) in &self.ends {
            self.nodes[*node as usize].ends += 1;
        }
        let mut so_far = 0;
        for node in &mut self.nodes {
            so_far += node.ends;
            node.ends = so_far;
        }
        let mut ends = vec![(0, false); self.ends.len()];
        for (node, pattern, closes) in self.ends.iter().rev() {
            let place = &mut self.nodes[*node as usize].ends;
            *place -= 1;
            ends[*place as usize] = (*pattern, *closes);
        }
        ends
    }

    fn wild(&mut self, node: usize, slot: impl Fn(&mut Node) -> &mut u32) -> usize {
        let fresh = self.nodes.len() as u32;
        let next = slot(&mut self.nodes[node]);
        if *next != NOWHERE {
            return *next as usize;
        }
        *next = fresh;
        self.nodes.push(Node::default());
        fresh as usize
    }

    /// The number of a class, known or new.
    fn class(&mut self, name: &str) -> usize {
        if self.class_names.get(self.last_class).is_some_and(|last| last == name) {
            return self.last_class;
        }
        self.last_class = match self.class_names.iter().position(|known| known == name) {
            Some(known) => known,
            None => {
                self.class_names.push(name.to_owned());
                self.class_symbols.push(self.next_symbol);
                self.next_symbol += 1;
                self.class_names.len() - 1
            }
        };
        self.last_class
    }
}

fn symbol_in(table: &mut Table<Box<str>, u32>, name: &str, next: &mut u32) -> u32 {
    if let Some(symbol) = table.get(name) {
        return *symbol;
    }
    let symbol = *next;
    *next += 1;
    table.insert(name.into(), symbol);
    symbol
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::lexicon::pattern;

    fn finds(source: &str, text: &str) -> Vec<(usize, usize)> {
        let mut builder = Builder::new(1);
        builder.add_member("mood", &Part::Word("sad".into()));
        builder.add_member("mood", &Part::Prefix("exhaust".into()));
        builder.add(&pattern(source).expect("a pattern"), 7);
        let matcher = builder.finish();
        let line = Line::new(text);
        let encoded = matcher.encode(&line);
        let found = matcher.find(&encoded, &Shape::plain(&line), true);
        found.into_iter().map(|found| (found.start, found.end)).collect()
    }

    #[test]
    fn words_are_whole_and_prefixes_open() {
        assert_eq!(finds("two weeks", "In two weeks. Two. Weeks."), [(1, 3)]);
        assert_eq!(finds("slip", "it slipped"), []);
        assert_eq!(finds("slip*", "it slipped"), [(1, 2)]);
    }

    #[test]
    fn classes_wild_words_and_gaps() {
        assert_eq!(finds("you sound <mood>", "You sound exhausted."), [(0, 3)]);
        assert_eq!(finds("you sound <mood>", "You sound fine."), []);
        assert_eq!(finds("you _ me", "you told me, you me"), [(0, 3)]);
        assert_eq!(finds("not .. sad", "not so very sad"), [(0, 4)]);
        assert_eq!(finds("not .. sad", "not at all that sad"), []);
    }

    #[test]
    fn anchors_hold() {
        assert_eq!(finds("^ stop", "Please don't stop. Stop it."), [(3, 4)]);
        assert_eq!(finds("right $", "The right one, right?"), [(3, 4)]);
    }
}
