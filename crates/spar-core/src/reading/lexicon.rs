//! The word lists: read from `lexicon/*.txt`, compiled once at first use.
//!
//! A file holds sections, `[cue_name]` or `[class name]`, with one phrase per line. `#` starts a
//! comment. In a phrase `slip*` is any word that starts so, `<feeling>` any word of that class, `_`
//! any one word and `..` up to two. `^` in front binds it to the opening of a sentence and `$`
//! behind to its end. `?` in front marks weak evidence. `!` marks a guard: where it stands, no
//! other phrase of its section counts. The section of slurs is in ROT13.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::Cue;
use super::matcher::{Builder, Matcher, Part, Pattern};
use crate::language::Line;

/// Every file, and what it holds.
const FILES: [(&str, &str); 10] = [
    ("classes.txt", include_str!("lexicon/classes.txt")),
    ("scope.txt", include_str!("lexicon/scope.txt")),
    ("listening.txt", include_str!("lexicon/listening.txt")),
    ("asking.txt", include_str!("lexicon/asking.txt")),
    ("owning.txt", include_str!("lexicon/owning.txt")),
    ("saying.txt", include_str!("lexicon/saying.txt")),
    ("moving.txt", include_str!("lexicon/moving.txt")),
    ("pushing.txt", include_str!("lexicon/pushing.txt")),
    ("texture.txt", include_str!("lexicon/texture.txt")),
    ("safety.txt", include_str!("lexicon/safety.txt")),
];

/// What a phrase of the lists speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Section {
    /// A cue.
    Cue(Cue),
    /// A no, in the persona's line.
    Refusal,
    /// Words that take back what follows: "I'm not saying".
    Frame,
    /// Words that make what follows somebody else's: "he said".
    Reported,
}

impl Section {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "refusal" => Some(Self::Refusal),
            "frame" => Some(Self::Frame),
            "reported" => Some(Self::Reported),
            _ => Cue::from_name(name).map(Self::Cue),
        }
    }
}

/// One phrase of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it speaks for.
    pub(super) section: Section,
    /// Weak evidence.
    pub(super) weak: bool,
    /// Vetoes what it overlaps.
    pub(super) guard: bool,
}

/// Classes that the reader's own rules ask for, a bit each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes {
    /// Words without content of their own.
    pub(super) function: u64,
    /// "not", "never", "don't" …
    pub(super) negator: u64,
    /// Small words before a sentence really opens.
    pub(super) lead: u64,
    /// "I", "you're", "they" …
    pub(super) subject: u64,
    /// "do", "is", "could" …
    pub(super) auxiliary: u64,
    /// "what", "how" …
    pub(super) asking: u64,
    /// "happened", "told": what follows "what" and "who" in a question.
    pub(super) asked_verb: u64,
    /// Numbers, days, times.
    pub(super) exact: u64,
    /// Words of feeling.
    pub(super) feeling: u64,
    /// Function words of other European languages.
    pub(super) foreign: u64,
}

/// The compiled lists.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// Finds every phrase.
    pub(super) matcher: Matcher,
    /// By pattern number.
    pub(super) entries: Vec<Entry>,
    /// Bits of the classes.
    pub(super) classes: Classes,
}

/// The lists, compiled at first use.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| compile(&FILES).0)
}

/// Why a line of a list does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: `{text}` {kind}")]
pub(super) struct ListProblem {
    file: String,
    line: usize,
    text: String,
    kind: &'static str,
}

/// Compiles what is right and reports what is not; a test holds the shipped lists to none.
pub(super) fn compile(files: &[(&str, &str)]) -> (Lexicon, Vec<ListProblem>) {
    let lines =
        files.iter().flat_map(|(_, text)| text.bytes()).filter(|byte| *byte == b'\n').count();
    let mut builder = Builder::new(lines);
    let (mut entries, mut problems) = (Vec::with_capacity(lines), Vec::new());
    for (file, text) in files {
        let mut section: Option<Heading> = None;
        // One for all phrases of the file, so that they take the memory of the longest.
        let mut phrase = Pattern::default();
        for (at, raw) in text.lines().enumerate() {
            let line = without_comment(raw);
            let mut problem = |kind| {
                let file = (*file).to_owned();
                problems.push(ListProblem { file, line: at + 1, text: raw.to_owned(), kind });
            };
            if line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                section = Heading::parse(name.trim_end_matches(']'));
                if section.is_none() {
                    problem("names no cue, class or other section");
                }
                continue;
            }
            match &section {
                None => problem("stands in no section"),
                Some(Heading::Class(class)) => {
                    for word in line.split_ascii_whitespace() {
                        match (read_pattern(word, &mut phrase), phrase.parts.as_slice()) {
                            (true, [part]) => builder.add_member(class, part),
                            _ => problem("holds more than single words"),
                        }
                    }
                }
                Some(Heading::Section(section)) => {
                    let (guard, line) = marked(line, '!');
                    let (weak, line) = marked(line, '?');
                    let number = entries.len() as u32;
                    let is_phrase = if *section == Section::Cue(Cue::Slur) {
                        pattern(&rot13(line)).map(|slur| builder.add(&slur, number)).is_some()
                    } else {
                        let is_phrase = read_pattern(line, &mut phrase);
                        if is_phrase {
                            builder.add(&phrase, number);
                        }
                        is_phrase
                    };
                    if is_phrase {
                        entries.push(Entry { section: *section, weak, guard });
                    } else {
                        problem("is no phrase");
                    }
                }
            }
        }
    }
    let matcher = builder.finish();
    let classes = Classes {
        function: matcher.class("function"),
        negator: matcher.class("negator"),
        lead: matcher.class("lead"),
        subject: matcher.class("subject"),
        auxiliary: matcher.class("auxiliary"),
        asking: matcher.class("asking"),
        asked_verb: matcher.class("asked-verb"),
        exact: matcher.class("exact"),
        feeling: matcher.class("feeling"),
        foreign: matcher.class("foreign"),
    };
    (Lexicon { matcher, entries, classes }, problems)
}

/// What stands in front of a comment. The lists are made ready at every start, so that nothing in
/// here looks at more than bytes where bytes will do.
fn without_comment(line: &str) -> &str {
    let end = line.bytes().position(|byte| byte == b'#').unwrap_or(line.len());
    line[..end].trim_ascii()
}

/// Undoes the veil over the list of slurs.
fn rot13(text: &str) -> String {
    let turned = |c: char, first: u8| char::from((c as u8 - first + 13) % 26 + first);
    text.chars().map(|c| if c.is_ascii_lowercase() { turned(c, b'a') } else { c }).collect()
}

/// Reads one phrase; `None` when there is nothing to look for.
pub(super) fn pattern(source: &str) -> Option<Pattern<'_>> {
    let mut pattern = Pattern::default();
    read_pattern(source, &mut pattern).then_some(pattern)
}

/// The same in place of an earlier one. Answers whether there is anything to look for.
fn read_pattern<'a>(source: &'a str, pattern: &mut Pattern<'a>) -> bool {
    let (opens, source) = marked(source.trim_ascii(), '^');
    let (closes, source) = match source.strip_suffix('$') {
        Some(rest) => (true, rest.trim_ascii_end()),
        None => (false, source),
    };
    (pattern.opens, pattern.closes) = (opens, closes);
    let parts = &mut pattern.parts;
    parts.clear();
    let mut is_solid = false;
    let mut rest = source;
    while let Some((token, is_plain)) = next_token(&mut rest) {
        match token {
            // Nearly every token: looking closer at the few others is what costs.
            _ if is_plain => {
                is_solid = true;
                parts.push(Part::Word(Cow::Borrowed(token)));
            }
            "_" => parts.push(Part::Any),
            ".." => parts.push(Part::Gap),
            _ => {
                is_solid = true;
                match token.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                    Some(class) => parts.push(Part::Class(class)),
                    None if add_words(token, parts) => {}
                    None => return false,
                }
            }
        }
    }
    is_solid
}

/// Takes what stands in front of the next white space, and says whether it is one word in small plain
/// letters. Every byte of the lists goes through here, and is looked at once.
fn next_token<'a>(rest: &mut &'a str) -> Option<(&'a str, bool)> {
    let text = rest.trim_ascii_start();
    let mut is_plain = true;
    let end = text.bytes().position(|byte| {
        is_plain &= is_small(byte) || byte.is_ascii_whitespace();
        byte.is_ascii_whitespace()
    });
    let (token, after) = text.split_at(end.unwrap_or(text.len()));
    *rest = after;
    (!token.is_empty()).then_some((token, is_plain))
}

/// Adds the words of a token: usually one, and two of "check-in". Answers whether it holds any.
fn add_words<'a>(token: &'a str, parts: &mut Vec<Part<'a>>) -> bool {
    let (body, open) = match token.strip_suffix('*') {
        Some(body) => (body, true),
        None => (token, false),
    };
    let before = parts.len();
    if is_plain(body) {
        parts.push(Part::Word(Cow::Borrowed(body)));
    } else {
        let line = Line::new(body);
        parts.extend(line.words().iter().map(|word| Part::Word(Cow::Owned(word.clone()))));
    }
    if parts.len() == before {
        return false;
    }
    if open && let Some(Part::Word(last)) = parts.pop() {
        parts.push(Part::Prefix(last));
    }
    true
}

/// Whether a token is one word in small plain letters.
fn is_plain(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(is_small)
}

fn is_small(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'\''
}

fn marked(source: &str, mark: char) -> (bool, &str) {
    match source.strip_prefix(mark) {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, source),
    }
}

enum Heading {
    Class(String),
    Section(Section),
}

impl Heading {
    fn parse(name: &str) -> Option<Self> {
        match name.strip_prefix("class ") {
            Some(class) => Some(Self::Class(class.trim().to_owned())),
            None => Section::from_name(name).map(Self::Section),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_lists_are_sound() {
        let (lexicon, problems) = compile(&FILES);
        assert_eq!(problems, []);
        let classes = lexicon.classes;
        for bit in [
            classes.function,
            classes.negator,
            classes.lead,
            classes.subject,
            classes.auxiliary,
            classes.asking,
            classes.exact,
            classes.feeling,
            classes.foreign,
        ] {
            assert_eq!(bit.count_ones(), 1, "a class without words");
        }
    }

    #[test]
    fn every_class_a_phrase_names_has_words() {
        for (file, text) in FILES {
            for line in text.lines().map(|line| line.split('#').next().unwrap_or_default()) {
                for part in line.split_whitespace().filter(|part| part.starts_with('<')) {
                    let name = part.trim_start_matches('<').trim_end_matches(['>', '$']);
                    let heading = format!("[class {name}]");
                    assert!(
                        FILES.iter().any(|(_, text)| text.contains(&heading)),
                        "{file}: {part}"
                    );
                }
            }
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        let (_, problems) = compile(&[("x.txt", "lost\n[blames]\n..\n[nonsense]\n")]);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "x.txt:1: `lost` stands in no section",
                "x.txt:3: `..` is no phrase",
                "x.txt:4: `[nonsense]` names no cue, class or other section"
            ]
        );
    }
}
