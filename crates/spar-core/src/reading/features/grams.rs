//! The wording of a line as hashed pieces: words and pairs of words, pieces of three to five
//! characters inside words, and words and pairs of the partner's last line.

use std::ops::Range;

use crate::language::Line;

/// How many buckets there are, all blocks together.
pub const BUCKETS: u32 = 1 << 17;

/// A range of buckets that holds pieces of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// Words and pairs of words of the line.
    Words,
    /// Pieces of its words.
    Characters,
    /// Words and pairs of the partner's last line.
    Partner,
    /// Kept free for the dense features, where a linear model reads them too.
    Dense,
}

impl Block {
    /// Those that hold pieces.
    pub const PIECES: [Self; 3] = [Self::Words, Self::Characters, Self::Partner];

    /// Its buckets.
    #[must_use]
    pub fn buckets(self) -> Range<u32> {
        match self {
            Self::Words => 0..49_152,
            Self::Characters => 49_152..110_592,
            Self::Partner => 110_592..BUCKETS - 1_024,
            Self::Dense => BUCKETS - 1_024..BUCKETS,
        }
    }

    /// The length of its part of a row (root of the sum of squares), where the line has any.
    #[must_use]
    pub fn length(self) -> f32 {
        match self {
            Self::Words => 1.0,
            Self::Characters => 0.7,
            Self::Partner => 0.3,
            Self::Dense => 0.0,
        }
    }
}

/// Shortest and longest piece of a word, in characters, the blanks around the word included.
const SHORTEST: usize = 3;
const LONGEST: usize = 5;
/// Stands before the first word of a sentence.
const START: u64 = 0x5eed;

/// Every piece of a line.
pub(super) fn own(line: &Line) -> Vec<(u32, f32)> {
    let mut buckets = Vec::with_capacity(line.text().len() * 4 + 32);
    let mut sparse = Vec::with_capacity(line.text().len() * 3 + 32);
    words(line, Block::Words, &mut buckets);
    weigh(Block::Words, &mut buckets, &mut sparse);
    characters(line, &mut buckets);
    weigh(Block::Characters, &mut buckets, &mut sparse);
    sparse
}

/// Adds those of the partner's last line.
pub(super) fn partner(line: &Line, sparse: &mut Vec<(u32, f32)>) {
    let mut buckets = Vec::with_capacity(line.words().len() * 3 + 8);
    words(line, Block::Partner, &mut buckets);
    weigh(Block::Partner, &mut buckets, sparse);
}

/// Words, marks that speak (?, !, …) and their pairs, a sentence's start included.
fn words(line: &Line, block: Block, buckets: &mut Vec<u32>) {
    let mut before = START;
    for at in 0..=line.words().len() {
        let gap = line.gap_before(at);
        let asks = gap.contains('?');
        let shouts = gap.contains('!');
        let trails = gap.contains("..") || gap.contains('\u{2026}');
        let stops = gap.contains(['.', '\n']);
        for (stands, mark) in [(asks, "?"), (shouts, "!"), (trails, "...")] {
            if stands && at > 0 {
                let hash = hash(mark.bytes());
                buckets.push(bucket(block, hash));
                buckets.push(bucket(block, pair(before, hash)));
                before = START;
            }
        }
        if stops {
            before = START;
        }
        if let Some(word) = line.words().get(at) {
            let hash = hash(word.bytes());
            buckets.push(bucket(block, hash));
            buckets.push(bucket(block, pair(before, hash)));
            before = hash;
        }
    }
}

/// Pieces of each word with a blank before and behind.
fn characters(line: &Line, buckets: &mut Vec<u32>) {
    let mut wide = Vec::new();
    for word in line.words() {
        wide.clear();
        wide.push(u64::from(b' '));
        wide.extend(word.chars().map(|one| u64::from(u32::from(one))));
        wide.push(u64::from(b' '));
        for start in 0..wide.len() {
            let mut hash = 0xcbf2_9ce4_8422_2325_u64;
            for (length, one) in (1..=LONGEST).zip(&wide[start..]) {
                hash = (hash ^ one).wrapping_mul(0x0100_0000_01b3);
                if length >= SHORTEST {
                    buckets.push(bucket(Block::Characters, hash));
                }
            }
        }
    }
}

/// Counts the buckets, dampens the counts (1 + ln) and gives the block its length.
fn weigh(block: Block, buckets: &mut Vec<u32>, sparse: &mut Vec<(u32, f32)>) {
    buckets.sort_unstable();
    let from = sparse.len();
    for bucket in buckets.drain(..) {
        match sparse[from..].last_mut() {
            Some((last, count)) if *last == bucket => *count += 1.0,
            _ => sparse.push((bucket, 1.0)),
        }
    }
    let mut squares = 0.0;
    for (_, weight) in &mut sparse[from..] {
        if *weight > 1.0 {
            *weight = 1.0 + weight.ln();
        }
        squares += *weight * *weight;
    }
    let scale = if squares > 0.0 { block.length() / squares.sqrt() } else { 0.0 };
    for (_, weight) in &mut sparse[from..] {
        *weight *= scale;
    }
}

/// FNV-1a over the bytes.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn pair(first: u64, second: u64) -> u64 {
    (first.rotate_left(21) ^ second).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ second
}

/// The hash's place in its block.
fn bucket(block: Block, hash: u64) -> u32 {
    let range = block.buckets();
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let spread = (u64::from(range.end - range.start) * (mixed >> 32)) >> 32;
    range.start + spread as u32
}
