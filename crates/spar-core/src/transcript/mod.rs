//! A real conversation as text: who said what, in what order. Reading one yields problems beside
//! the part that was right, with the line each stands in; nothing about who is who is guessed here.

mod dialogue;
mod jsonl;
mod labelled;
mod render;
mod time;

use serde::{Deserialize, Serialize};

use crate::language::clean;
use crate::units::Timestamp;

pub use dialogue::{Conversation, Round, Said, Unsettled, Words, assign, conversation};
pub use render::render;

/// The largest file that is read, in bytes: months of chat.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most turns that are taken.
pub const MOST_TURNS: usize = 10_000;
/// The longest turn that is taken, in characters: what one side said before the other did.
pub const LONGEST_TURN: usize = 20_000;
/// More problems than this are counted, not listed.
const MOST_PROBLEMS: usize = 50;
/// The longest piece of a line that a problem shows, in characters.
const EXCERPT: usize = 60;

/// One of two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person whose side is studied.
    User,
    /// The other.
    Partner,
}

impl Speaker {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::User => Self::Partner,
            Self::Partner => Self::User,
        }
    }

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Partner => "partner",
        }
    }

    /// The side that a word names outright, in any case: `me`, `you` and `user` are one's own;
    /// `partner`, `assistant`, `persona`, `other` and `them` are the other.
    #[must_use]
    pub fn of_role(word: &str) -> Option<Self> {
        match word.trim().to_lowercase().as_str() {
            "user" | "me" | "i" | "you" | "myself" => Some(Self::User),
            "partner" | "assistant" | "persona" | "other" | "them" => Some(Self::Partner),
            _ => None,
        }
    }
}

/// Something somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// Who, as the file names them; `None` when it does not say.
    pub name: Option<String>,
    /// Which side, where the file says so outright.
    pub side: Option<Speaker>,
    /// The words: never empty, control characters removed.
    pub text: String,
    /// When, where the file says so.
    pub at: Option<Timestamp>,
    /// The line of the file it begins in, 1-based.
    pub line: u32,
}

/// What was said, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Every utterance.
    pub utterances: Vec<Utterance>,
}

impl Transcript {
    /// Whether the file names a speaker anywhere.
    #[must_use]
    pub fn has_speakers(&self) -> bool {
        self.utterances.iter().any(|said| said.name.is_some() || said.side.is_some())
    }

    /// The names in it and how often each speaks, in order of appearance. Names that differ only in
    /// case are one.
    #[must_use]
    pub fn names(&self) -> Vec<(String, usize)> {
        let mut names: Vec<(String, usize)> = Vec::new();
        for name in self.utterances.iter().filter_map(|said| said.name.as_deref()) {
            match names.iter_mut().find(|(known, _)| same(known, name)) {
                Some((_, count)) => *count += 1,
                None => names.push((name.to_owned(), 1)),
            }
        }
        names
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// How a transcript is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON object a line: `{"role"|"speaker": …, "text": …, "at": …}`.
    Jsonl,
    /// `**Name:** words`, `Name: words`, `- Name: words`; what follows belongs to the same speaker.
    Markdown,
    /// Words alone: one utterance a paragraph, or a line where there are no paragraphs.
    Text,
}

impl Format {
    /// The format of a file: by the end of its name, and where that says nothing by what is in it.
    #[must_use]
    pub fn of(extension: Option<&str>, text: &str) -> Self {
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            Some("md" | "markdown") => Self::Markdown,
            _ if text.trim_start().starts_with(['{', '[']) && looks_like_json(text) => Self::Jsonl,
            _ if labelled::opens_with_a_name(text) => Self::Markdown,
            _ => Self::Text,
        }
    }
}

/// `[10:32] Ana: hello` opens with a bracket as well.
fn looks_like_json(text: &str) -> bool {
    let first = text.trim_start();
    first.starts_with('{') || first[1..].trim_start().starts_with(['{', ']'])
}

/// Something about a transcript that was missing or wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// 1-based; 0 when it is about the file as a whole.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// The text that is meant, shortened; may be empty.
    pub value: String,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// The way out.
    pub help: String,
    /// Whether the conversation cannot be taken as it is. Otherwise it was dealt with as it says.
    pub is_fatal: bool,
}

impl Problem {
    /// One that has to be mended first.
    pub fn fatal(line: u32, value: &str, message: impl Into<String>, help: &str) -> Self {
        Self {
            line,
            column: 1,
            value: excerpt(value),
            message: message.into(),
            help: help.to_owned(),
            is_fatal: true,
        }
    }

    /// One that was dealt with.
    pub fn note(line: u32, value: &str, message: impl Into<String>) -> Self {
        Self { is_fatal: false, ..Self::fatal(line, value, message, "") }
    }

    /// `FILE:LINE:COLUMN: what is wrong (`value`)`, and the way out.
    #[must_use]
    pub fn shown(&self, file: &str) -> String {
        let help =
            if self.help.is_empty() { String::new() } else { format!("\n  hint: {}", self.help) };
        format!("{}{help}", self.without_help(file))
    }

    fn without_help(&self, file: &str) -> String {
        let place = if self.line == 0 {
            file.to_owned()
        } else {
            format!("{file}:{}:{}", self.line, self.column)
        };
        let value =
            if self.value.is_empty() { String::new() } else { format!(" (`{}`)", self.value) };
        format!("{place}: {}{value}", self.message)
    }
}

/// Problems as they are shown: in the order of the file, each way out said once.
#[must_use]
pub fn shown<'a>(problems: impl IntoIterator<Item = &'a Problem>, file: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut ways_out: Vec<String> = Vec::new();
    for problem in problems {
        lines.push(problem.without_help(file));
        let way_out = format!("  hint: {}", problem.help);
        if !problem.help.is_empty() && !ways_out.contains(&way_out) {
            ways_out.push(way_out);
        }
    }
    lines.append(&mut ways_out);
    lines.join("\n")
}

/// A piece of a line, fit to be shown.
fn excerpt(text: &str) -> String {
    let safe = clean(text);
    let flat = safe.trim().replace('\n', " ");
    match flat.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", flat[..end].trim_end()),
        None => flat,
    }
}

/// A transcript and what was the matter with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What could be read.
    pub transcript: Transcript,
    /// Everything that was found, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Parsed {
    fn add(&mut self, problem: Problem) {
        match self.problems.len() {
            0..MOST_PROBLEMS => self.problems.push(problem),
            MOST_PROBLEMS => self.problems.push(Problem {
                is_fatal: true,
                ..Problem::fatal(0, "", "and more of the like", "mend these first")
            }),
            _ => {}
        }
    }
}

/// The text of a transcript, if its bytes can be one.
///
/// # Errors
/// When it is too large, empty, binary or not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::fatal(
            0,
            "",
            format!("the file is larger than {} MiB, the most that is read", MAX_BYTES >> 20),
            "import the conversations in it one by one",
        ));
    }
    if bytes.contains(&0) {
        return Err(Problem::fatal(
            0,
            "",
            "this is a binary file, not a transcript",
            "transcripts are UTF-8 text: JSON lines, Markdown or plain lines",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let before = String::from_utf8_lossy(&good[start..]);
        Problem {
            column: before.chars().count() as u32 + 1,
            ..Problem::fatal(line as u32, &before, "this byte is not UTF-8", "save it as UTF-8")
        }
    })?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let help = "a transcript has at least one line of each side";
        return Err(Problem::fatal(0, "", "there is nothing in it", help));
    }
    Ok(text)
}

/// Reads a transcript. Whatever the text, nothing panics and no words are lost without a problem
/// that says so.
#[must_use]
pub fn parse(text: &str, format: Format) -> Parsed {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parsed = match format {
        Format::Jsonl => jsonl::parse(text),
        Format::Markdown => labelled::parse(text),
        Format::Text => labelled::paragraphs(text),
    };
    if parsed.transcript.utterances.is_empty() && !parsed.problems.iter().any(|p| p.is_fatal) {
        let help = "a transcript has at least one line of each side";
        parsed.add(Problem::fatal(0, "", "nobody says anything in it", help));
    }
    parsed
}

#[cfg(test)]
mod tests;
