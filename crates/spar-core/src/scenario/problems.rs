//! What is wrong with a scenario file, said so that it can be mended: where, what, and the way out.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// More problems than this are counted, not listed: nobody reads them, and a hostile file must not
/// fill the memory.
const MOST: usize = 200;

/// The longest message or help, in characters; both may quote the file.
const LONGEST_MESSAGE: usize = 400;
/// Longer words are not compared with others: nobody misspells them.
const LONGEST_WORD: usize = 64;
/// So many known words are compared with an unknown one.
const MOST_COMPARED: usize = 1000;

/// The longest piece of a source line that is shown, in characters.
const EXCERPT: usize = 110;

/// One thing that is wrong with a scenario file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: String,
    /// 1-based; 0 when the problem is the file as a whole.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// How many characters of the line are meant, at least 1.
    pub length: u32,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// The line it stands in, as the file has it; empty when the problem is the file as a whole.
    pub excerpt: String,
    /// The way out, if we know one.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of a file as a whole.
    #[must_use]
    pub fn of_file(file: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            column: 1,
            length: 1,
            message: message.into(),
            excerpt: String::new(),
            help,
        }
    }
}

impl fmt::Display for Problem {
    /// `path:line:col: message`, the line with a mark under the place, and the help. Control
    /// characters of the file are made visible: they never reach a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", visible(&self.file))?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", visible(&self.message))?;
        if !self.excerpt.trim().is_empty() {
            let (text, offset, length) = self.window();
            let number = self.line.to_string();
            let gutter = " ".repeat(number.len());
            write!(f, "\n  {number} | {text}")?;
            write!(f, "\n  {gutter} | {}{}", " ".repeat(offset), "^".repeat(length))?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {}", visible(help))?;
        }
        Ok(())
    }
}

impl Problem {
    /// The piece of the line that is shown, how far in the mark starts, and how long it is.
    fn window(&self) -> (String, usize, usize) {
        let letters: Vec<char> = self.excerpt.chars().collect();
        let at = (self.column as usize).saturating_sub(1).min(letters.len());
        let start = if at > EXCERPT * 2 / 3 { at - EXCERPT / 3 } else { 0 };
        let end = letters.len().min(start + EXCERPT);
        let piece: String = letters[start..end].iter().collect();
        let before: String = letters[start..at].iter().collect();
        let lead = if start > 0 { "…" } else { "" };
        let trail = if end < letters.len() { "…" } else { "" };
        let length = (self.length as usize).clamp(1, end.saturating_sub(at).max(1));
        let offset = lead.chars().count() + columns(&visible(&before));
        (format!("{lead}{}{trail}", visible(&piece)), offset, length)
    }
}

/// How many columns the text takes: two for the wide letters of East Asia and for pictures.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|letter| match u32::from(letter) {
            0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1faff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

/// The text with control and direction-changing characters replaced by visible stand-ins. Line
/// breaks become spaces.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' => ' ',
            '\t' => '\u{2192}',
            '\u{7f}' => '\u{2421}',
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
            '\u{80}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => '\u{fffd}',
            _ => letter,
        })
        .collect()
}

/// Everything that is wrong with one reading, in the order of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A place in one of the files of a reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Span {
    /// Position of the file in the [`Report`].
    pub(super) file: u32,
    /// 1-based.
    pub(super) line: u32,
    /// 1-based, in characters.
    pub(super) column: u32,
    /// In characters, at least 1.
    pub(super) length: u32,
}

/// A file that takes part in a reading.
struct Source {
    path: String,
    lines: Vec<String>,
}

/// Gathers the problems of one reading and knows the files they point into.
#[derive(Default)]
pub(super) struct Report {
    sources: Vec<Source>,
    problems: Vec<Problem>,
    seen: HashSet<(Span, String)>,
    unlisted: usize,
}

impl Report {
    /// Adds a file; spans refer to it by the returned number.
    pub(super) fn source(&mut self, path: &str, text: &str) -> u32 {
        let normal;
        let text = if text.contains('\r') {
            normal = text.replace("\r\n", "\n").replace('\r', "\n");
            &normal
        } else {
            text
        };
        let lines = text.split('\n').map(str::to_owned).collect();
        self.sources.push(Source { path: path.to_owned(), lines });
        (self.sources.len() - 1) as u32
    }

    /// Notes a problem. The same one at the same place counts once: several documents may extend
    /// one faulty file.
    pub(super) fn add(&mut self, at: Span, message: impl Into<String>, help: Option<String>) {
        if self.is_full() {
            self.unlisted += 1;
            return;
        }
        let message = bounded(message.into());
        let at = self.inside(at);
        if !self.seen.insert((at, message.clone())) {
            return;
        }
        let source = self.sources.get(at.file as usize);
        let excerpt = source
            .and_then(|source| source.lines.get((at.line as usize).checked_sub(1)?))
            .cloned()
            .unwrap_or_default();
        self.problems.push(Problem {
            file: source.map_or_else(String::new, |source| source.path.clone()),
            line: at.line,
            column: at.column.max(1),
            length: at.length.max(1),
            message,
            excerpt: clip(excerpt, at.column),
            help: help.map(bounded),
        });
    }

    /// Notes a name that nothing has: `what` it should name, the names there are, and what to do
    /// when none of them is near.
    pub(super) fn unknown<'a>(
        &mut self,
        at: Span,
        what: &str,
        word: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
        otherwise: &str,
    ) {
        // Suggestions are dear; nobody reads those of problems that are only counted.
        let help = (!self.is_full())
            .then(|| suggestion(word, known).unwrap_or_else(|| otherwise.to_owned()));
        self.add(at, format!("unknown {what} `{word}`"), help);
    }

    /// Whether further problems are only counted.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= MOST
    }

    /// The place, or the end of the last line that says something when it lies behind the file:
    /// that is where what is missing is missed.
    fn inside(&self, at: Span) -> Span {
        let Some(source) = self.sources.get(at.file as usize) else { return at };
        let line = |number: u32| source.lines.get((number as usize).wrapping_sub(1));
        let beyond = at.line as usize >= source.lines.len()
            && line(at.line).is_none_or(|text| text.trim().is_empty());
        if at.line == 0 || !beyond {
            return at;
        }
        let last = source.lines.iter().rposition(|text| !text.trim().is_empty()).unwrap_or(0);
        let column = source.lines.get(last).map_or(0, |text| text.trim_end().chars().count());
        Span { line: last as u32 + 1, column: column as u32 + 1, length: 1, ..at }
    }

    /// How many problems were noted so far, listed or not.
    pub(super) fn count(&self) -> usize {
        self.problems.len() + self.unlisted
    }

    /// The text of a line of a file; empty when there is none.
    pub(super) fn line(&self, file: u32, line: u32) -> &str {
        self.sources
            .get(file as usize)
            .and_then(|source| source.lines.get((line as usize).checked_sub(1)?))
            .map_or("", String::as_str)
    }

    /// The problems, in the order of files and lines.
    pub(super) fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems;
        let order: Vec<String> = self.sources.into_iter().map(|source| source.path).collect();
        problems.sort_by_key(|problem| {
            let file = order.iter().position(|path| *path == problem.file);
            (file, problem.line, problem.column)
        });
        if self.unlisted > 0 {
            let file = problems.first().map_or("", |problem| problem.file.as_str());
            let more = Problem::of_file(file, format!("and {} more problems", self.unlisted), None);
            problems.push(more);
        }
        problems
    }
}

/// Keeps problems small when a file has one enormous line; the column still fits the excerpt when
/// the place lies within it.
fn clip(line: String, column: u32) -> String {
    let limit = (column as usize).saturating_add(EXCERPT).max(4 * EXCERPT);
    if limit > 100 * EXCERPT {
        return String::new();
    }
    match line.char_indices().nth(limit) {
        Some((end, _)) => line[..end].to_owned(),
        None => line,
    }
}

/// The nearest of the known words, when one is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let wanted = word.to_lowercase().replace([' ', '-'], "_");
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST_WORD)
        .take(MOST_COMPARED)
        .map(|candidate| {
            let same = candidate.to_lowercase().replace([' ', '-'], "_");
            (strsim::damerau_levenshtein(&wanted, &same), candidate)
        })
        .filter(|(distance, candidate)| {
            let length = candidate.chars().count().max(wanted.chars().count());
            *distance <= (length / 3).max(1) && *distance < length
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?`, or, when there are few, what is known.
fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(meant) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let words: Vec<&str> = known.into_iter().take(15).collect();
    matches!(words.len(), 1..=14).then(|| format!("known: {}", words.join(", ")))
}

/// A message that does not grow with what somebody wrote.
fn bounded(text: String) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(excerpt: &str, column: u32, length: u32) -> Problem {
        Problem {
            file: "a.yaml".to_owned(),
            line: 7,
            column,
            length,
            message: "something is off".to_owned(),
            excerpt: excerpt.to_owned(),
            help: Some("mend it".to_owned()),
        }
    }

    #[test]
    fn a_problem_shows_its_place() {
        insta::assert_snapshot!(problem("  mood: wram", 9, 4), @r"
        a.yaml:7:9: something is off
          7 |   mood: wram
            |         ^^^^
          help: mend it
        ");
    }

    #[test]
    fn control_characters_are_made_visible() {
        let shown = problem("\tmood: \u{1b}[31mred\u{202e}", 8, 3).to_string();
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !shown.contains('\t'));
        assert!(shown.contains("→mood: ␛[31mred"), "{shown}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}wram{}", "a".repeat(300), "b".repeat(300));
        let shown = problem(&line, 301, 4).to_string();
        let rows: Vec<&str> = shown.lines().collect();
        assert!(rows.iter().all(|row| row.chars().count() < 140), "{shown}");
        let caret = rows[2].chars().position(|letter| letter == '^').expect("a mark");
        let marked: String = rows[1].chars().skip(caret).take(4).collect();
        assert_eq!(marked, "wram");
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(nearest("wram", ["warm", "cold"]), Some("warm"));
        assert_eq!(nearest("open-question", ["open_question"]), Some("open_question"));
        assert_eq!(nearest("zebra", ["warm", "cold"]), None);
    }

    #[test]
    fn too_many_problems_are_counted() {
        let mut report = Report::default();
        let file = report.source("a.yaml", &"x\n".repeat(500));
        for line in 1..=500 {
            report.add(Span { file, line, column: 1, length: 1 }, "bad", None);
        }
        let problems = report.finish();
        assert_eq!(problems.len(), MOST + 1);
        assert!(problems[MOST].message.contains("300 more"));
    }
}
