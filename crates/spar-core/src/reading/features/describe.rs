//! The table of all features as a page.

use std::fmt::Write;

use super::{BUCKETS, Block, CONTEXT_LINES, FEATURE_VERSION, features};

/// `docs/features.md`, written from the definitions.
#[must_use]
pub fn features_markdown() -> String {
    let mut page = format!(
        "# Features of a line\n\n\
         What the skill models read from a line: version {FEATURE_VERSION}, {} dense features and {BUCKETS} \
         buckets. This page is generated from `spar_core::reading::features`; a test keeps it in step \
         (`UPDATE_FEATURES=1 cargo test -p spar-core --test features` writes it).\n\n\
         One extractor serves training and play. It looks at the line and at the last {CONTEXT_LINES} lines \
         before it. A feature that has nothing to speak of is missing (`NaN`) and not zero: boosted trees \
         learn a side for it, linear models leave it out. A line alone says nothing about how a mission was \
         played, so the behavioural features are missing there.\n\n\
         ## Hashed pieces\n\n\
         Counts c become 1 + ln c; each block is then scaled to its length (root of the sum of squares). The \
         last {} buckets are where a linear model reads the dense features, brought to one scale.\n\n\
         | block | buckets | length | what |\n|---|---|---|---|\n",
        features().len(),
        Block::Dense.buckets().len(),
    );
    for (block, what) in [
        (
            Block::Words,
            "words and pairs of words, with ?, !, … and the start of a sentence as words",
        ),
        (Block::Characters, "three to five characters inside a word, blanks around it included"),
        (Block::Partner, "words and pairs of words of the partner's last line"),
    ] {
        let range = block.buckets();
        let _ = writeln!(
            page,
            "| {block:?} | {}–{} | {} | {what} |",
            range.start,
            range.end - 1,
            block.length()
        );
    }
    page.push_str("\n## Dense features\n\n| # | name | what | range | missing when |\n|---|---|---|---|---|\n");
    for (at, feature) in features().iter().enumerate() {
        let (low, high) = feature.range;
        let missing = if feature.missing.is_empty() { "never" } else { feature.missing };
        let what = feature.what.replace('|', "\\|");
        let _ = writeln!(page, "| {at} | `{}` | {what} | {low}–{high} | {missing} |", feature.name);
    }
    page
}
