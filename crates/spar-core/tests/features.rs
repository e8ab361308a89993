//! `docs/features.md` says what the extractor does.

use std::fs;

use spar_core::reading::features::features_markdown;

#[test]
fn the_page_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/features.md");
    let page = features_markdown();
    if std::env::var_os("UPDATE_FEATURES").is_some() {
        fs::write(path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/features.md is stale: run this test with UPDATE_FEATURES=1");
}
