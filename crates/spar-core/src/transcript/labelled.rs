//! Transcripts as people write them: names before the words, or words alone.

use super::{Parsed, Problem, Speaker, Utterance};
use crate::language::clean;

/// Words that open a sentence with a colon and are nobody's name.
const NO_NAMES: [&str; 25] = [
    "also", "answer", "anyway", "but", "example", "finally", "first", "honestly", "however",
    "http", "https", "listen", "look", "note", "ok", "okay", "p.s", "ps", "question", "remember",
    "second", "so", "still", "well", "yes",
];
/// The longest name, in characters.
const LONGEST_NAME: usize = 40;

/// Whether the first line with words begins with somebody's name.
pub(super) fn opens_with_a_name(text: &str) -> bool {
    if is_labelled_throughout(text) {
        return true;
    }
    text.lines().map(unquoted).find(|line| !is_silent(line)).is_some_and(|line| {
        let line = clean(line);
        label(&line).is_some()
    })
}

/// Whether every line with words begins with a word and a colon: then these are names however they
/// are written. Where only some do, a small word before a colon may be part of a sentence.
fn is_labelled_throughout(text: &str) -> bool {
    let mut lines = text.lines().map(unquoted).filter(|line| !is_silent(line)).peekable();
    lines.peek().is_some() && lines.all(|line| label_in(line, true).is_some())
}

/// Reads names and words. Lines without a name belong to whoever spoke last. Without any name it is
/// plain text.
pub(super) fn parse(text: &str) -> Parsed {
    let safe = clean(text);
    let mut parsed = Parsed::default();
    let mut preface: Vec<(u32, &str)> = Vec::new();
    let mut open: Option<Open> = None;
    let any_case = is_labelled_throughout(&safe);
    for (number, line) in (1..).zip(safe.lines()) {
        let line = unquoted(line);
        if line.is_empty() {
            if let Some(open) = &mut open {
                open.lines.push(String::new());
            }
            continue;
        }
        if is_silent(line) && open.is_none() || is_rule(line) || is_remark(line) {
            continue;
        }
        if let Some(Label { name, rest }) = label_in(line, any_case) {
            close(open.replace(Open::new(number, name)), &mut parsed);
            if let Some(open) = &mut open {
                open.lines.push(unescaped(rest));
            }
        } else if let Some(open) = &mut open {
            open.lines.push(unescaped(line));
        } else {
            preface.push((number, line));
        }
    }
    if open.is_none() {
        return paragraphs(text);
    }
    close(open, &mut parsed);
    if let (Some((first, words)), Some((last, _))) = (preface.first(), preface.last()) {
        let lines =
            if first == last { "this line".to_owned() } else { format!("up to line {last}, this") };
        let message = format!("{lines} comes before anybody speaks and is left out");
        parsed.problems.insert(0, Problem::note(*first, words, message));
    }
    parsed
}

/// Reads words alone: one utterance a paragraph, or a line where no paragraph has two.
pub(super) fn paragraphs(text: &str) -> Parsed {
    let safe = clean(text);
    let lines: Vec<(u32, &str)> = (1..).zip(safe.lines().map(str::trim)).collect();
    let groups: Vec<&[(u32, &str)]> =
        lines.split(|(_, line)| line.is_empty()).filter(|group| !group.is_empty()).collect();
    let by_paragraph = groups.len() > 1 && groups.iter().any(|group| group.len() > 1);
    let mut parsed = Parsed::default();
    let mut say = |group: &[(u32, &str)]| {
        let words: Vec<&str> = group.iter().map(|(_, line)| *line).collect();
        let line = group.first().map_or(1, |(number, _)| *number);
        let text = words.join("\n");
        let said = Utterance { name: None, side: None, text, at: None, line };
        parsed.transcript.utterances.push(said);
    };
    for group in groups {
        if by_paragraph {
            say(group);
        } else {
            group.chunks(1).for_each(&mut say);
        }
    }
    parsed
}

/// An utterance whose end was not seen yet.
struct Open {
    line: u32,
    name: String,
    lines: Vec<String>,
}

impl Open {
    fn new(line: u32, name: &str) -> Self {
        Self { line, name: name.to_owned(), lines: Vec::new() }
    }
}

fn close(open: Option<Open>, parsed: &mut Parsed) {
    let Some(Open { line, name, lines }) = open else { return };
    let text = lines.join("\n").trim().to_owned();
    if text.is_empty() {
        let message = "nothing is said here, so the line is left out";
        parsed.add(Problem::note(line, &name, message));
        return;
    }
    let side = Speaker::of_role(&name);
    let said = Utterance { name: Some(name), side, text, at: None, line };
    parsed.transcript.utterances.push(said);
}

/// The line without the marks of a quotation.
fn unquoted(line: &str) -> &str {
    let mut line = line.trim();
    while let Some(rest) = line.strip_prefix('>') {
        line = rest.trim_start();
    }
    line
}

/// Nothing a person says: an empty line, a heading, a rule.
fn is_silent(line: &str) -> bool {
    line.is_empty() || line.starts_with('#') || is_rule(line)
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && ['-', '*', '_'].iter().any(|mark| line.chars().all(|c| c == *mark))
}

/// What an export of spar's own notes under a line: `*72 (B) · names a feeling · warm*`.
fn is_remark(line: &str) -> bool {
    let inner = line.strip_prefix('*').and_then(|line| line.strip_suffix('*'));
    inner.is_some_and(|inner| {
        let opens = inner.starts_with(|c: char| c.is_ascii_digit());
        inner == "not scored"
            || inner.starts_with("too little to go on · ")
            || opens && inner.matches(" · ").count() >= 2 && inner.contains(" (")
    })
}

/// A name and the words after it.
struct Label<'a> {
    name: &'a str,
    rest: &'a str,
}

/// The name a line begins with: bold, or plain and capitalised, with a colon after it.
fn label(line: &str) -> Option<Label<'_>> {
    label_in(line, false)
}

/// The same; `any_case` takes names without a capital as well.
fn label_in(line: &str, any_case: bool) -> Option<Label<'_>> {
    let line = without_time(without_bullet(line));
    for mark in ["**", "__"] {
        if let Some(inner) = line.strip_prefix(mark) {
            let (name, rest) = inner.split_once(mark)?;
            let (name, rest) = match name.trim_end().strip_suffix(':') {
                Some(name) => (name, rest),
                None => (name, rest.trim_start().strip_prefix(':')?),
            };
            return is_name(name, 5, true).then(|| Label { name: name.trim(), rest: rest.trim() });
        }
    }
    let (name, rest) = line.split_once(':')?;
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (ends && is_name(name, 3, any_case)).then(|| Label { name: name.trim(), rest: rest.trim() })
}

fn without_bullet(line: &str) -> &str {
    ["- ", "* ", "+ ", "• "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
        .unwrap_or(line)
        .trim_start()
}

/// `[10:32] Ana: hello` and `12/05/2024, 10:32 - Ana: hello` without the time.
fn without_time(line: &str) -> &str {
    let split = match line.strip_prefix('[') {
        Some(rest) => rest.split_once(']'),
        None => line.split_once(" - "),
    };
    match split {
        Some((time, rest)) if is_time(time) => rest.trim_start(),
        _ => line,
    }
}

fn is_time(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || ":.,/-APMapm".contains(c))
}

fn is_name(text: &str, most_words: usize, any_case: bool) -> bool {
    let name = text.trim();
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_short = !name.is_empty()
        && name.chars().nth(LONGEST_NAME).is_none()
        && (1..=most_words).contains(&words.len());
    let is_plain = name.starts_with(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || " .'’-_()&".contains(c));
    let is_capitalised = || words.iter().all(|word| !word.starts_with(char::is_lowercase));
    is_short
        && is_plain
        && !NO_NAMES.contains(&name.to_lowercase().as_str())
        && (any_case || Speaker::of_role(name).is_some() || is_capitalised())
}

/// Markdown's escapes as the characters they stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(letters.next_if(char::is_ascii_punctuation).unwrap_or('\\')),
            other => plain.push(other),
        }
    }
    plain
}
