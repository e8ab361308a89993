//! What is spoken: the persona's offline lines with their slots, and the lines of playthroughs.

use super::Playthroughs;
use super::conditions::{Place, is_blank};
use super::file::{OfflineFile, UnknownFile, Words};
use super::generic;
use super::resolve::{Resolver, is_word};
use super::shape::{Entries, Spanned, Text};
use crate::persona::{AsksFor, Closings, OfflineScript, ReplyBlock, Slot, Style, Unknown};
use crate::reading::Focus;
use crate::rules::{Condition, Test};

/// The priority of the list for the rest: where a list for the focus is used up or does not suit
/// ("I don't know how" to "how's the knee"), it comes next.
const AFTER_OTHERS: i32 = -1;

/// What answers a request, an offer, a proposal or a guess comes before what answers any question of
/// yes or no.
fn above_yes_no(focus: Focus) -> i32 {
    i32::from(focus.is_act())
}

impl Resolver<'_> {
    /// The authored lines; what the file does not bring comes from the lines that fit any talk.
    pub(super) fn offline(&mut self, style: Style) -> OfflineScript {
        let Some(written) = &self.file.offline else {
            if self.written.has("offline") {
                return OfflineScript::default();
            }
            return OfflineScript {
                slots: Vec::new(),
                openers: generic::openers(style.key),
                blocks: generic::replies(style.key),
                closings: generic::closings(style.key),
                again: self.again(style),
            };
        };
        let OfflineFile { slots, openers, replies, unknown, closings } = &written.value;
        let slots = self.slots(slots.as_ref());
        let mut blocks = Vec::new();
        for block in replies.iter().flatten() {
            let lines = self.lines(&block.lines, &slots, true);
            let when = self.conditions().read(&block.when, Place::Offline);
            let asks_for = block.asks_for.as_ref().map_or(&[][..], |asked| asked.as_slice());
            let asks_for = self.conditions().asks_for(asks_for);
            blocks.push(ReplyBlock {
                id: block.id.as_ref().map(|id| id.value.clone()),
                when,
                priority: block.priority.unwrap_or(0),
                lines,
                asks_for,
                unknown: None,
            });
        }
        let fallback =
            replies.iter().flatten().any(|block| is_blank(&block.when) && block.asks_for.is_none());
        if !fallback && replies.is_some() && !self.known.damaged.at(written.at) {
            self.report.add(
                written.at,
                "no reply block fits every line",
                Some(
                    "add one with `when: {}`: the persona must never be left without words"
                        .to_owned(),
                ),
            );
        }
        if replies.is_none() && !self.written.has("offline.replies") {
            blocks = generic::replies(style.key);
        }
        blocks.retain(|block| block.unknown.is_none());
        blocks.extend(self.unknown(unknown.as_ref(), &slots, style));
        let mut closing =
            |lines: Option<&Vec<Words>>, general: fn(Closings) -> Vec<String>| match lines {
                Some(lines) => self.lines(lines, &slots, false),
                None => general(generic::closings(style.key)),
            };
        let closings = Closings {
            success: closing(
                closings.as_ref().and_then(|closings| closings.success.as_ref()),
                |closings| closings.success,
            ),
            failure: closing(
                closings.as_ref().and_then(|closings| closings.failure.as_ref()),
                |closings| closings.failure,
            ),
        };
        let openers = match openers {
            Some(openers) => self.lines(openers, &slots, false),
            None => generic::openers(style.key),
        };
        let again = self.again(style);
        OfflineScript { slots, openers, blocks, closings, again }
    }

    /// What introduces an answer given before, where the talk is in the language of spar's own lines.
    fn again(&self, style: Style) -> Vec<String> {
        if self.is_english() { generic::again(style.key) } else { Vec::new() }
    }

    /// Answers for want of a better one. What the file has no lines for, spar's own are for, where
    /// the talk is in their language.
    fn unknown(
        &mut self,
        written: Option<&UnknownFile>,
        slots: &[Slot],
        style: Style,
    ) -> Vec<ReplyBlock> {
        let mut open: Vec<Focus> = Focus::ALL.to_vec();
        let mut blocks = Vec::new();
        let mut answer = |wanted: Vec<Focus>, lines: Vec<String>, whose: Unknown, priority: i32| {
            if !wanted.is_empty() && !lines.is_empty() {
                blocks.push(ReplyBlock {
                    id: None,
                    when: Condition { tests: vec![Test::Asks(wanted)] },
                    priority,
                    lines,
                    asks_for: AsksFor::default(),
                    unknown: Some(whose),
                });
            }
        };
        // The list for the rest comes last.
        for (focus, lines) in written.iter().flat_map(|written| written.lists()) {
            let lines = self.lines(lines, slots, true);
            match focus {
                Some(focus) => {
                    open.retain(|other| *other != focus);
                    answer(vec![focus], lines, Unknown::Own, above_yes_no(focus));
                }
                // Whoever asks whether they have understood is told, and not that nobody knows.
                None => {
                    open.retain(|other| *other == Focus::Check || other.is_act());
                    answer(Focus::ALL.to_vec(), lines, Unknown::Own, AFTER_OTHERS);
                }
            }
        }
        if self.is_english() {
            for (focus, lines) in generic::unknown(style.key) {
                let whose = if focus == Focus::Check { Unknown::Own } else { Unknown::General };
                if open.contains(&focus) {
                    answer(vec![focus], lines, whose, above_yes_no(focus));
                }
            }
        }
        blocks
    }

    fn slots(&mut self, written: Option<&Entries<Vec<Spanned<Text>>>>) -> Vec<Slot> {
        let mut slots = Vec::new();
        for (name, values) in written.iter().flat_map(|slots| &slots.0) {
            if **name == "quote" {
                let help = Some("`{quote}` stands for a piece of what the user said".to_owned());
                self.report.add(name.at, "`quote` cannot be a slot of your own", help);
            } else if !is_word(name) {
                let message = format!("`{}` is no name for a slot", name.value);
                let help = "use lower-case letters, digits and `_`".to_owned();
                self.report.add(name.at, message, Some(help));
            }
            if values.is_empty() {
                let message = format!("the slot `{}` has no values", name.value);
                self.report.add(name.at, message, None);
            }
            let values = values.iter().map(|value| value.value.0.clone()).collect();
            slots.push(Slot { name: name.value.clone(), values });
        }
        slots
    }

    /// Lines of the persona: none empty, every `{name}` known. `{quote}` needs something that was
    /// said, so it fits replies only.
    fn lines(&mut self, written: &[Words], slots: &[Slot], quotes: bool) -> Vec<String> {
        let names = slots.iter().map(|slot| slot.name.as_str());
        for line in written {
            if line.trim().is_empty() {
                self.report.add(line.at, "this line says nothing", None);
            }
            for name in braced(line, "{", "}") {
                if name == "quote" && !quotes {
                    let help = "openers and closings answer nothing; use it in `replies`";
                    let help = Some(help.to_owned());
                    self.report.add(line.at, "`{quote}` has nothing to quote here", help);
                } else if name != "quote" && !slots.iter().any(|slot| slot.name == name) {
                    let known = names.clone().chain(["quote"]);
                    self.report.unknown(line.at, "slot", name, known, "define it under `slots`");
                }
            }
        }
        written.iter().map(|line| line.value.clone()).collect()
    }

    pub(super) fn playthroughs(&mut self) -> Playthroughs {
        let Some(file) = &self.file.playthroughs else { return Playthroughs::default() };
        let mut lines = |written: &Option<Vec<Words>>| {
            let written = written.as_deref().unwrap_or_default();
            for line in written {
                if line.trim().is_empty() {
                    self.report.add(line.at, "this line says nothing", None);
                }
                for name in braced(line, "{{", "}}") {
                    let message = format!("`{{{{{name}}}}}` is not filled in here");
                    let help = Some("only lines of `script` know variables".to_owned());
                    self.report.add(line.at, message, help);
                }
            }
            written.iter().map(|line| line.value.clone()).collect()
        };
        Playthroughs {
            skilled: lines(&file.skilled),
            middling: lines(&file.middling),
            poor: lines(&file.poor),
        }
    }
}

/// The names that stand between braces: `{name}` or `{{name}}`.
pub(super) fn braced<'a>(line: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(open) {
        rest = &rest[start + open.len()..];
        let Some(end) = rest.find(close) else { break };
        let name = rest[..end].trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !name.is_empty() && name.chars().all(plain) {
            names.push(name);
            rest = &rest[end + close.len()..];
        }
    }
    names
}
