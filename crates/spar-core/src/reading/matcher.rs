//! Finds many patterns of words in a line in one pass: a trie over words, word classes, prefixes,
//! single wild words and short gaps.
//!
//! Knows nothing of cues: a pattern carries a number, and a match says which number stands where.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::shape::Shape;
use crate::language::Line;

/// The tables hold our own word lists: a plain multiplying hash does, and compiles them faster.
#[derive(Debug, Clone, Copy, Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(eight));
        }
    }

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
pub(super) enum Part {
    /// This word.
    Word(String),
    /// A word that starts so.
    Prefix(String),
    /// A word of this class.
    Class(String),
    /// Any one word.
    Any,
    /// Up to two words.
    Gap,
}

/// Parts in order, and where they may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What must stand next to each other.
    pub(super) parts: Vec<Part>,
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

#[derive(Debug, Clone, Default)]
struct Node {
    /// Symbol to node; sorted once everything is added.
    edges: Vec<(u32, u32)>,
    any: Option<u32>,
    gap: Option<u32>,
    /// Patterns that end here, and whether the sentence must end here too.
    ends: Vec<(u32, bool)>,
}

/// What the matcher knows of one word.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Itself, and the classes and prefixes that take it in.
    symbols: Vec<u32>,
    classes: u64,
}

/// Patterns made ready.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    words: Table<String, u32>,
    known: Vec<Known>,
    prefixes: Table<String, Known>,
    /// Lengths in bytes that prefixes have, ascending.
    prefix_lengths: Vec<usize>,
    nodes: Vec<Node>,
    class_names: Vec<String>,
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
            if let Some(known) = self.words.get(word.as_str()).map(|id| &self.known[*id as usize]) {
                encoded.symbols.extend_from_slice(&known.symbols);
                classes = known.classes;
            } else {
                for known in self.prefixes_of(word) {
                    encoded.symbols.extend_from_slice(&known.symbols);
                    classes |= known.classes;
                }
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

    fn prefixes_of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Known> {
        self.prefix_lengths
            .iter()
            .filter_map(|length| word.get(..*length))
            .filter_map(|start| self.prefixes.get(start))
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
        let node = &matcher.nodes[node];
        for (pattern, closes) in &node.ends {
            if !closes || self.shape.closes(at) {
                self.found.push(Match { pattern: *pattern, start, end: at });
            }
        }
        if let Some(gap) = node.gap {
            for after in at..=at + LONGEST_GAP {
                self.step(gap as usize, start, after);
                if !self.goes_on(start, after) {
                    break;
                }
            }
        }
        if !self.goes_on(start, at) {
            return;
        }
        let encoded = self.encoded;
        if !node.edges.is_empty() {
            for symbol in encoded.symbols(at) {
                if let Ok(edge) = node.edges.binary_search_by_key(symbol, |edge| edge.0) {
                    self.step(node.edges[edge].1 as usize, start, at + 1);
                }
            }
        }
        if let Some(any) = node.any {
            self.step(any as usize, start, at + 1);
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
    words: Table<String, u32>,
    prefixes: Table<String, u32>,
    classes: Table<String, u32>,
    class_names: Vec<String>,
    members: Vec<(u32, u32)>,
    nodes: Vec<Node>,
    /// Node and symbol to node, while building.
    edges: Table<(u32, u32), u32>,
    next_symbol: u32,
}

impl Builder {
    /// Nothing yet, with room for about so many patterns.
    pub(super) fn new(patterns: usize) -> Self {
        let mut nodes = Vec::with_capacity(2 + patterns * 3);
        nodes.resize_with(2, Node::default);
        let mut builder = Self { nodes, ..Self::default() };
        builder.edges.reserve(patterns * 3);
        builder.words.reserve(patterns);
        builder
    }

    /// Puts a word or a prefix into a class. At most 64 classes.
    pub(super) fn add_member(&mut self, class: &str, part: &Part) {
        let class = self.class_symbol(class);
        let member = match part {
            Part::Word(word) => self.word_symbol(word),
            Part::Prefix(prefix) => self.prefix_symbol(prefix),
            Part::Class(_) | Part::Any | Part::Gap => return,
        };
        self.members.push((member, class));
    }

    /// Adds a pattern under a number of the caller's choice.
    pub(super) fn add(&mut self, pattern: &Pattern, number: u32) {
        let mut node = if pattern.opens { OPENING } else { ANYWHERE };
        for part in &pattern.parts {
            let symbol = match part {
                Part::Word(word) => self.word_symbol(word),
                Part::Prefix(prefix) => self.prefix_symbol(prefix),
                Part::Class(class) => self.class_symbol(class),
                Part::Any => {
                    node = self.wild(node, |node| &mut node.any);
                    continue;
                }
                Part::Gap => {
                    node = self.wild(node, |node| &mut node.gap);
                    continue;
                }
            };
            let edge = (node as u32, symbol);
            node = match self.edges.get(&edge) {
                Some(known) => *known as usize,
                None => {
                    let next = self.new_node();
                    self.edges.insert(edge, next);
                    next as usize
                }
            };
        }
        self.nodes[node].ends.push((number, pattern.closes));
    }

    /// Makes it ready.
    pub(super) fn finish(mut self) -> Matcher {
        let mut edges: Vec<((u32, u32), u32)> = self.edges.drain().collect();
        edges.sort_unstable();
        for ((from, symbol), to) in edges {
            self.nodes[from as usize].edges.push((symbol, to));
        }
        let mut classes_of: Table<u32, Vec<u32>> = Table::default();
        for (member, class) in &self.members {
            classes_of.entry(*member).or_default().push(*class);
        }
        let bit_of = |class: u32| {
            let name =
                self.classes.iter().find(|(_, symbol)| **symbol == class).map(|entry| entry.0);
            let at = name.and_then(|name| self.class_names.iter().position(|known| known == name));
            at.map_or(0_u64, |bit| 1 << bit)
        };
        let bits: Table<u32, u64> =
            self.classes.values().map(|symbol| (*symbol, bit_of(*symbol))).collect();
        let known_of = |symbol: u32| {
            let classes = classes_of.get(&symbol).map_or(&[][..], Vec::as_slice);
            let mut symbols = vec![symbol];
            symbols.extend_from_slice(classes);
            Known {
                symbols,
                classes: classes.iter().map(|class| bits[class]).fold(0, |a, b| a | b),
            }
        };
        let prefixes: Table<String, Known> = self
            .prefixes
            .iter()
            .map(|(prefix, symbol)| (prefix.clone(), known_of(*symbol)))
            .collect();
        let mut prefix_lengths: Vec<usize> = prefixes.keys().map(String::len).collect();
        prefix_lengths.sort_unstable();
        prefix_lengths.dedup();
        let mut matcher = Matcher {
            words: Table::with_capacity_and_hasher(self.words.len(), BuildHasherDefault::default()),
            known: Vec::with_capacity(self.words.len()),
            prefixes,
            prefix_lengths,
            nodes: self.nodes,
            class_names: self.class_names,
        };
        for (word, symbol) in self.words {
            let mut known = known_of(symbol);
            for prefix in matcher.prefixes_of(&word) {
                known.symbols.extend_from_slice(&prefix.symbols);
                known.classes |= prefix.classes;
            }
            known.symbols.sort_unstable();
            known.symbols.dedup();
            matcher.words.insert(word, matcher.known.len() as u32);
            matcher.known.push(known);
        }
        matcher
    }

    fn wild(&mut self, node: usize, slot: impl Fn(&mut Node) -> &mut Option<u32>) -> usize {
        if let Some(known) = *slot(&mut self.nodes[node]) {
            return known as usize;
        }
        let next = self.new_node();
        *slot(&mut self.nodes[node]) = Some(next);
        next as usize
    }

    fn new_node(&mut self) -> u32 {
        self.nodes.push(Node::default());
        (self.nodes.len() - 1) as u32
    }

    fn word_symbol(&mut self, word: &str) -> u32 {
        symbol_in(&mut self.words, word, &mut self.next_symbol)
    }

    fn prefix_symbol(&mut self, prefix: &str) -> u32 {
        symbol_in(&mut self.prefixes, prefix, &mut self.next_symbol)
    }

    fn class_symbol(&mut self, class: &str) -> u32 {
        if !self.classes.contains_key(class) {
            self.class_names.push(class.to_owned());
        }
        symbol_in(&mut self.classes, class, &mut self.next_symbol)
    }
}

fn symbol_in(table: &mut Table<String, u32>, name: &str, next: &mut u32) -> u32 {
    if let Some(symbol) = table.get(name) {
        return *symbol;
    }
    let symbol = *next;
    *next += 1;
    table.insert(name.to_owned(), symbol);
    symbol
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::lexicon::pattern;

    fn finds(source: &str, text: &str) -> Vec<(usize, usize)> {
        let mut builder = Builder::new(1);
        builder.add_member("mood", &Part::Word("sad".to_owned()));
        builder.add_member("mood", &Part::Prefix("exhaust".to_owned()));
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
