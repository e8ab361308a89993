//! Lines of a persona that fit any talk, by situation and style: what somebody says whose author
//! wrote no lines for them.

use std::fmt::Write as _;

use super::parse_one;
use super::starter::quoted;
use crate::persona::{OfflineScript, StyleKey};

/// Blocks: a line `> CONDITION`, `> openers`, `> success` or `> failure`, an optional `# id`, then
/// lines with the styles they suit.
const LINES: &str = include_str!("generic.lines");

/// One situation and what may be said in it.
struct Block<'a> {
    heading: &'a str,
    id: Option<&'a str>,
    lines: Vec<&'a str>,
}

/// The blocks with the lines that suit a style.
fn blocks(style: StyleKey) -> Vec<Block<'static>> {
    let mut blocks: Vec<Block<'static>> = Vec::new();
    for line in LINES.lines() {
        if let Some(heading) = line.strip_prefix("> ") {
            blocks.push(Block { heading: heading.trim(), id: None, lines: Vec::new() });
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        if let Some(id) = line.strip_prefix("# ") {
            block.id = Some(id.trim());
        } else if let Some((styles, text)) = line.split_once('|') {
            let suits = styles.split_whitespace().any(|s| s == "any" || s == style.name());
            if suits {
                block.lines.push(text.trim());
            }
        }
    }
    blocks.retain(|block| !block.lines.is_empty());
    blocks
}

/// The `offline` part of a scenario file.
pub(super) fn yaml(style: StyleKey) -> String {
    let blocks = blocks(style);
    let mut text = String::from("offline:\n");
    let named = |name: &str| {
        let found = blocks.iter().filter(move |block| block.heading == name);
        found.flat_map(|block| block.lines.iter()).map(|line| quoted(line)).collect::<Vec<_>>()
    };
    let list = |text: &mut String, indent: &str, lines: &[String]| {
        for line in lines {
            let _ = writeln!(text, "{indent}- {line}");
        }
    };
    text.push_str("  openers:\n");
    list(&mut text, "    ", &named("openers"));
    text.push_str("  replies:\n");
    for block in blocks.iter().filter(|block| block.heading.starts_with('{')) {
        let _ = writeln!(text, "    - when: {}", block.heading);
        if let Some(id) = block.id {
            let _ = writeln!(text, "      id: {id}");
        }
        text.push_str("      lines:\n");
        let lines: Vec<String> = block.lines.iter().map(|line| quoted(line)).collect();
        list(&mut text, "        ", &lines);
    }
    text.push_str("  closings:\n    success:\n");
    list(&mut text, "      ", &named("success"));
    text.push_str("    failure:\n");
    list(&mut text, "      ", &named("failure"));
    text
}

/// The same, ready to be spoken.
pub(super) fn script(style: StyleKey) -> OfflineScript {
    let text = format!(
        "spar: 1\nid: generic\ntitle: Generic\ncategory: social\n\
         persona: {{name: Someone, role: Someone}}\nobjective: {{title: Talk}}\n{}",
        yaml(style)
    );
    // The data is ours and a test reads it for every style.
    parse_one("generic", &text).map(|scenario| scenario.offline).unwrap_or_default()
}
