//! Lines of a persona that fit any talk, by situation and style: what somebody says whose author
//! wrote no lines for them.

use std::fmt::Write as _;

use super::read::parse_one;
use super::starter::quoted;
use crate::persona::{Closings, ReplyBlock, StyleKey};
use crate::reading::Focus;

/// Blocks: a line `> CONDITION`, `> openers`, `> again`, `> success` or `> failure`, an optional `# id`, then
/// lines with the styles they suit.
const LINES: &str = include_str!("generic.lines");

/// One situation and what may be said in it.
struct Block {
    heading: &'static str,
    lines: Vec<&'static str>,
}

impl Block {
    /// Whether it needs the cue and the gates of a scenario made from answers.
    fn is_made_for_answers(&self) -> bool {
        self.heading.contains("says_it") || self.heading.contains("gate:")
    }
}

/// The blocks with the lines that suit a style.
fn blocks(style: StyleKey) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in LINES.lines() {
        if let Some(heading) = line.strip_prefix("> ") {
            blocks.push(Block { heading: heading.trim(), lines: Vec::new() });
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        let Some((styles, text)) = line.split_once('|') else { continue };
        if styles.split_whitespace().any(|suits| suits == "any" || suits == style.name()) {
            block.lines.push(text.trim());
        }
    }
    blocks.retain(|block| !block.lines.is_empty());
    blocks
}

/// The `offline` part of a scenario file. With `for_answers` it has the blocks that ask for the
/// cue `says_it` and the gate `said_plainly`.
pub(super) fn yaml(style: StyleKey, for_answers: bool) -> String {
    let mut blocks = blocks(style);
    blocks.retain(|block| for_answers || !block.is_made_for_answers());
    let mut text = String::from("offline:\n");
    let list = |text: &mut String, indent: &str, name: &str| {
        for block in blocks.iter().filter(|block| block.heading == name) {
            for line in &block.lines {
                let _ = writeln!(text, "{indent}- {}", quoted(line));
            }
        }
    };
    text.push_str("  openers:\n");
    list(&mut text, "    ", "openers");
    text.push_str("  replies:\n");
    for block in blocks.iter().filter(|block| block.heading.starts_with('{')) {
        let _ = writeln!(text, "    - when: {}\n      lines:", block.heading);
        list(&mut text, "        ", block.heading);
    }
    text.push_str("  closings:\n    success:\n");
    list(&mut text, "      ", "success");
    text.push_str("    failure:\n");
    list(&mut text, "      ", "failure");
    text
}

/// Answers to questions nothing is written about, by what is asked for.
pub(super) fn unknown(style: StyleKey) -> Vec<(Focus, Vec<String>)> {
    blocks(style)
        .into_iter()
        .filter_map(|block| {
            let name = block.heading.strip_prefix("unknown ")?;
            let focus = serde_json::from_value(name.into()).ok()?;
            Some((focus, block.lines.into_iter().map(str::to_owned).collect()))
        })
        .collect()
}

/// What introduces an answer that was given before.
pub(super) fn again(style: StyleKey) -> Vec<String> {
    lines_under(&blocks(style), "again")
}

/// Ready to be spoken: first lines of a mission.
pub(super) fn openers(style: StyleKey) -> Vec<String> {
    lines_under(&blocks(style), "openers")
}

/// Last lines of a mission.
pub(super) fn closings(style: StyleKey) -> Closings {
    let blocks = blocks(style);
    Closings { success: lines_under(&blocks, "success"), failure: lines_under(&blocks, "failure") }
}

/// Answers. Only the conditions are read as a scenario's are: the lines are text as they stand, and
/// reading hundreds of them would be most of what a short scenario costs.
pub(super) fn replies(style: StyleKey) -> Vec<ReplyBlock> {
    let mut blocks = blocks(style);
    blocks.retain(|block| block.heading.starts_with('{') && !block.is_made_for_answers());
    let mut text = String::from(HEAD);
    text.push_str("offline:\n  replies:\n");
    for block in &blocks {
        let _ = writeln!(text, "    - when: {}\n      lines: [one]", block.heading);
    }
    // The data is ours, and a test reads it for every style.
    let read = parse_one("generic", &text).map(|scenario| scenario.offline.blocks);
    let with_lines = |(mut reply, block): (ReplyBlock, Block)| {
        reply.lines = block.lines.into_iter().map(str::to_owned).collect();
        reply
    };
    read.unwrap_or_default().into_iter().zip(blocks).map(with_lines).collect()
}

/// What a scenario needs besides its lines.
const HEAD: &str = "spar: 1\nid: generic\ntitle: Generic\ncategory: social\n\
    persona: {name: Someone, role: Someone}\nobjective: {title: Talk}\n";

fn lines_under(blocks: &[Block], heading: &str) -> Vec<String> {
    let under = blocks.iter().filter(|block| block.heading == heading);
    under.flat_map(|block| &block.lines).map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::persona::OfflineScript;

    fn script(style: StyleKey) -> OfflineScript {
        let (openers, closings) = (openers(style), closings(style));
        let again = again(style);
        OfflineScript { slots: Vec::new(), openers, blocks: replies(style), closings, again }
    }

    #[test]
    fn lines_are_what_a_file_with_them_would_give() {
        for style in StyleKey::ALL {
            let text = format!("{HEAD}{}", yaml(style, false));
            let mut read = parse_one("generic", &text).expect("the lines are sound");
            read.offline.blocks.retain(|block| block.unknown.is_none());
            // What no file writes goes by the persona's style, which this one does not name.
            read.offline.again = again(style);
            assert_eq!(read.offline, script(style), "{}", style.name());
        }
    }

    #[test]
    fn every_style_has_enough_to_say_and_says_nothing_twice() {
        for style in StyleKey::ALL {
            let script = script(style);
            let lines: Vec<&String> = script.blocks.iter().flat_map(|block| &block.lines).collect();
            let different: HashSet<&String> = lines.iter().copied().collect();
            assert!(lines.len() >= 100, "{} has {} lines", style.name(), lines.len());
            assert_eq!(lines.len(), different.len(), "{}", style.name());
            assert!(script.openers.len() >= 3 && script.closings.failure.len() >= 2);
        }
    }

    #[test]
    fn every_style_can_say_that_it_does_not_know() {
        for style in StyleKey::ALL {
            let known: Vec<Focus> = unknown(style).into_iter().map(|(focus, _)| focus).collect();
            assert_eq!(known, Focus::ALL, "{}", style.name());
            assert!(unknown(style).iter().all(|(_, lines)| lines.len() >= 3));
        }
    }

    #[test]
    fn styles_are_spelt_as_in_files() {
        for line in LINES.lines().skip_while(|line| !line.starts_with('>')) {
            let Some((styles, _)) = line.split_once('|') else { continue };
            for word in styles.split_whitespace() {
                let known = word == "any" || StyleKey::ALL.iter().any(|key| key.name() == word);
                assert!(known, "{line}");
            }
        }
    }
}
