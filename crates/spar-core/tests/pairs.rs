//! Two ways to answer the same line: the better one must score higher, and not because it is longer.
//!
//! Every file of `fixtures/pairs` holds JSON lines, each with a line of a built-in scenario's persona
//! and a better and a worse answer, written apart from the word lists. They are read as in play:
//! with the scenario's own cues, its hard or soft objective, and the persona's line before them.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use spar_core::language::Line;
use spar_core::learn::measure::spearman;
use spar_core::reading::{LineContext, Reader, scoring_markdown};
use spar_core::rules::Tier;
use spar_core::scenario::{Level, Scenario, builtin, parse_one};
use spar_core::units::Score;

/// The share of pairs the better line must win, …
const WON: f64 = 0.92;
/// … the share it may lose by more than one tier, …
const FAR_LOST: f64 = 0.03;
/// … and the share in which the better line may be the longer one.
const LONGER: f64 = 0.5;
/// How far the rank of the score may follow the rank of the word count, over every line of the pairs.
const FOLLOWS_LENGTH: f64 = 0.4;

/// One pair; further keys say why, for readers.
#[derive(Debug, Deserialize)]
struct Pair {
    id: String,
    scenario: String,
    persona: String,
    better: String,
    worse: String,
}

/// A pair and what it scored.
struct Read {
    pair: Pair,
    better: f64,
    worse: f64,
}

impl Read {
    fn is_won(&self) -> bool {
        self.better > self.worse
    }

    fn is_tied(&self) -> bool {
        (self.better - self.worse).abs() < f64::EPSILON
    }

    fn is_far_lost(&self) -> bool {
        let rank = |score: f64| Tier::of(Score::new(score)).rank();
        !self.is_won() && rank(self.worse) > rank(self.better) + 1
    }
}

/// The readers of the built-in scenarios.
struct Readers(BTreeMap<&'static str, (Scenario, Reader)>);

impl Readers {
    fn new() -> Self {
        let ready = |item: &'static spar_core::scenario::BuiltIn| {
            let scenario = parse_one(item.file, item.text).unwrap_or_else(|e| panic!("{e}"));
            let reader = Reader::new(scenario.reader.clone());
            (item.id, (scenario, reader))
        };
        Self(builtin().iter().map(ready).collect())
    }

    fn score(&self, scenario: &str, partner: Option<&str>, text: &str) -> f64 {
        let (_, reader) =
            self.0.get(scenario).unwrap_or_else(|| panic!("no scenario is called {scenario}"));
        reader
            .read(&Line::new(text), &LineContext { partner, ..LineContext::default() })
            .score
            .get()
    }
}

/// Every file of pairs by its name, in order.
fn files(readers: &Readers) -> Vec<(String, Vec<Read>)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pairs"));
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("fixtures/pairs is there")
        .map(|entry| entry.expect("can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no pairs in {}", folder.display());
    paths
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(path).expect("can be read");
            let read = |(at, row): (usize, &str)| {
                let pair: Pair = serde_json::from_str(row)
                    .unwrap_or_else(|error| panic!("{name}, line {}: {error}", at + 1));
                let score = |text| readers.score(&pair.scenario, Some(&pair.persona), text);
                Read { better: score(&pair.better), worse: score(&pair.worse), pair }
            };
            let rows = text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty());
            let pairs = rows.map(read).collect();
            (name, pairs)
        })
        .collect()
}

fn words(text: &str) -> usize {
    Line::new(text).words().len()
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// How far the rank of the score follows the rank of the word count.
fn follows_length(rows: &[(f32, f32)]) -> f64 {
    let (scores, words): (Vec<f32>, Vec<f32>) = rows.iter().copied().unzip();
    spearman(&scores, &words)
}

#[test]
fn the_better_line_wins() {
    let readers = Readers::new();
    let mut lines = Vec::new();
    for (name, pairs) in files(&readers) {
        let count = |of: &dyn Fn(&Read) -> bool| pairs.iter().filter(|read| of(read)).count();
        let (won, tied) = (count(&Read::is_won), count(&Read::is_tied));
        let far = count(&Read::is_far_lost);
        let longer = count(&|read| words(&read.pair.better) > words(&read.pair.worse));
        println!(
            "{name}: {} pairs, {won} won ({:.1} %), {tied} tied, {} lost, {far} of them by more than \
             a tier; the better line is the longer one in {:.1} %",
            pairs.len(),
            100.0 * share(won, pairs.len()),
            pairs.len() - won - tied,
            100.0 * share(longer, pairs.len()),
        );
        for scenario in readers.0.keys() {
            let of = |of: &dyn Fn(&Read) -> bool| {
                count(&|read: &Read| read.pair.scenario == *scenario && of(read))
            };
            let (all, won, tied) = (of(&|_| true), of(&Read::is_won), of(&Read::is_tied));
            println!("  {scenario}: {won} won, {tied} tied, {} lost", all - won - tied);
            assert!(all > 0, "{name} has no pair of {scenario}");
        }
        let not_won: Vec<&str> =
            pairs.iter().filter(|read| !read.is_won()).map(|read| read.pair.id.as_str()).collect();
        println!("  not won: {}", not_won.join(" "));
        assert!(share(won, pairs.len()) >= WON, "{name}: {won} of {} won", pairs.len());
        assert!(share(far, pairs.len()) <= FAR_LOST, "{name}: {far} lost by more than a tier");
        assert!(share(longer, pairs.len()) <= LONGER, "{name}: the better line is mostly longer");
        lines.extend(pairs.iter().flat_map(|read| {
            [(read.better, &read.pair.better), (read.worse, &read.pair.worse)]
                .map(|(score, text)| (score as f32, words(text) as f32))
        }));
    }
    let rho = follows_length(&lines);
    println!("score and word count over the lines of all pairs: rho {rho:.3}");
    assert!(rho.abs() < FOLLOWS_LENGTH, "the score follows the length: {rho:.3}");
}

/// The lines of whole talks: better play is more than longer lines there too.
#[test]
fn the_score_of_a_played_line_does_not_follow_its_length() {
    let readers = Readers::new();
    let mut lines = Vec::new();
    for (id, (scenario, _)) in &readers.0 {
        for level in Level::ALL {
            for line in scenario.playthroughs.lines(level) {
                lines.push((readers.score(id, None, line) as f32, words(line) as f32));
            }
        }
    }
    let rho = follows_length(&lines);
    println!("score and word count over {} lines of the playthroughs: rho {rho:.3}", lines.len());
    assert!(rho.abs() < FOLLOWS_LENGTH, "the score follows the length: {rho:.3}");
}

#[test]
fn the_page_on_scoring_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scoring.md");
    let page = scoring_markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/scoring.md is stale: run this test with UPDATE_DOCS=1");
}
