//! Reading a model's answer: the reply while it is still arriving, and the whole, field by field.

use serde_json::Value;

use super::Problem;
use crate::chat::OutputMode;
use crate::language::{circles_from, clean, without_repeats};
use crate::reading::{BoundaryRisk, CueName, Delta, MicroFlag};
use crate::rules::EventHint;
use crate::units::Score;

/// The longest reply kept, in characters: a persona that talks longer is not having a conversation.
const LONGEST_REPLY: usize = 1_200;
/// More cues than this in one line is a model ticking every box.
const MOST_CUES: usize = 8;

/// What a model said about a line. Every part may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelAnswer {
    /// The persona's words; empty when there were none.
    pub reply: String,
    /// Whether everything asked for came back whole; `None` when only text was asked for.
    pub valid: Option<bool>,
    /// Cues it saw.
    pub cues: Vec<CueName>,
    /// Its number.
    pub score: Option<Score>,
    /// Positivity.
    pub mood: Option<Delta>,
    /// Tension.
    pub tension: Option<Delta>,
    /// Comfort.
    pub comfort: Option<Delta>,
    /// Its verdict on the boundary.
    pub boundary_risk: Option<BoundaryRisk>,
    /// Its remarks.
    pub flags: Vec<MicroFlag>,
    /// Its wish for the screen; only a warning is heeded.
    pub hint: Option<EventHint>,
    /// What was missing or wrong.
    pub problems: Vec<Problem>,
}

/// Reads a whole answer. Never fails: what is wrong is listed, and plain text is a reply.
#[must_use]
pub fn interpret(text: &str, mode: OutputMode, known_cue: &dyn Fn(&str) -> bool) -> ModelAnswer {
    let mut answer = ModelAnswer::default();
    if mode == OutputMode::Plain {
        answer.reply = tidy_reply(text, &mut answer.problems);
        return answer;
    }
    let Some((object, whole)) = find_object(text) else {
        answer.problems.push(Problem {
            field: String::new(),
            message: "plain text instead of JSON; the reading is local".to_owned(),
        });
        answer.reply = tidy_reply(strip_fence(text), &mut answer.problems);
        answer.valid = Some(false);
        return answer;
    };
    if !whole {
        answer.problems.push(Problem {
            field: String::new(),
            message: "the JSON was cut off; what had arrived is used".to_owned(),
        });
    }
    let mut fields = Fields { object: &object, problems: &mut answer.problems };
    let reply = fields.text("reply").unwrap_or_default();
    answer.cues = fields.cues(known_cue);
    answer.score = fields.score();
    answer.mood = fields.word("moodDelta", parse_delta);
    answer.tension = fields.word("tensionDelta", parse_delta);
    answer.comfort = fields.word("comfortDelta", parse_delta);
    answer.boundary_risk = fields.word("boundaryRisk", parse_risk);
    answer.flags = fields.flags();
    answer.hint = fields.word("uiEventHint", parse_hint);
    answer.valid = Some(whole && answer.problems.is_empty());
    answer.reply = tidy_reply(&reply, &mut answer.problems);
    answer
}

/// Names every field of the answer, in the order the schema asks for them.
pub const FIELDS: [&str; 9] = [
    "reply",
    "cues",
    "localScoreNumeric",
    "moodDelta",
    "tensionDelta",
    "comfortDelta",
    "boundaryRisk",
    "microFlags",
    "uiEventHint",
];

fn parse_delta(word: &str) -> Option<Delta> {
    match word {
        "up" => Some(Delta::Up),
        "down" => Some(Delta::Down),
        "stable" => Some(Delta::Stable),
        _ => None,
    }
}

fn parse_risk(word: &str) -> Option<BoundaryRisk> {
    match word {
        "low" => Some(BoundaryRisk::Low),
        "med" | "medium" => Some(BoundaryRisk::Med),
        "high" => Some(BoundaryRisk::High),
        _ => None,
    }
}

fn parse_hint(word: &str) -> Option<EventHint> {
    match word {
        "neutral" => Some(EventHint::Neutral),
        "celebration" => Some(EventHint::Celebration),
        "warning" => Some(EventHint::Warning),
        _ => None,
    }
}

/// Takes fields out of an object, noting what is missing or wrong.
struct Fields<'a> {
    object: &'a serde_json::Map<String, Value>,
    problems: &'a mut Vec<Problem>,
}

impl Fields<'_> {
    fn complain(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(Problem { field: field.to_owned(), message: message.into() });
    }

    fn get(&mut self, field: &str) -> Option<Value> {
        let found = self.object.get(field).filter(|value| !value.is_null()).cloned();
        if found.is_none() {
            self.complain(field, "missing; the local reading stands");
        }
        found
    }

    fn text(&mut self, field: &str) -> Option<String> {
        match self.get(field)? {
            Value::String(text) => Some(text),
            other => {
                self.complain(field, format!("{} instead of text", kind_of(&other)));
                None
            }
        }
    }

    fn word<T>(&mut self, field: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
        let word = self.text(field)?;
        let parsed = parse(word.trim().to_lowercase().as_str());
        if parsed.is_none() {
            self.complain(field, format!("unknown value `{}`", short(&word)));
        }
        parsed
    }

    fn score(&mut self) -> Option<Score> {
        let field = "localScoreNumeric";
        let number = match self.get(field)? {
            Value::Number(number) => number.as_f64(),
            // Some models quote their numbers.
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if (0.0..=100.0).contains(&number) => Some(Score::new(number)),
            Some(number) => {
                self.complain(field, format!("{number} is outside 0–100"));
                None
            }
            None => {
                self.complain(field, "no number");
                None
            }
        }
    }

    fn words(&mut self, field: &str) -> Vec<String> {
        match self.get(field) {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(|item| item.as_str().map(|word| word.trim().to_lowercase()))
                .collect(),
            // A checklist: every key that is true.
            Some(Value::Object(map)) => map
                .iter()
                .filter(|(_, set)| set.as_bool() == Some(true))
                .map(|(key, _)| key.clone())
                .collect(),
            Some(other) => {
                self.complain(field, format!("{} instead of a list", kind_of(&other)));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn cues(&mut self, known: &dyn Fn(&str) -> bool) -> Vec<CueName> {
        let mut names = self.words("cues");
        names.sort();
        names.dedup();
        let (known, unknown): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| known(name));
        if let Some(name) = unknown.first() {
            self.complain("cues", format!("unknown cue `{}`", short(name)));
        }
        if known.len() > MOST_CUES {
            self.complain("cues", format!("{} cues in one line are not believed", known.len()));
            return Vec::new();
        }
        known.into_iter().map(CueName::from).collect()
    }

    fn flags(&mut self) -> Vec<MicroFlag> {
        let names = self.words("microFlags");
        let mut flags = Vec::new();
        for name in names {
            match MicroFlag::ALL.into_iter().find(|flag| flag.name() == name) {
                Some(flag) if !flags.contains(&flag) => flags.push(flag),
                Some(_) => {}
                None => self.complain("microFlags", format!("unknown flag `{}`", short(&name))),
            }
        }
        flags
    }
}

pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

pub(crate) fn short(text: &str) -> String {
    clean(text).chars().take(40).collect()
}

/// Removes a Markdown fence around the answer.
pub(crate) fn strip_fence(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    let Some(inner) = text.strip_prefix("```") else { return text };
    let inner = inner.split_once('\n').map_or("", |(_, body)| body);
    inner.trim_end().strip_suffix("```").unwrap_or(inner).trim()
}

/// The first JSON object of the text, and whether it was whole. One that was cut off is closed
/// after its last complete member.
fn find_object(text: &str) -> Option<(serde_json::Map<String, Value>, bool)> {
    let text = strip_fence(text);
    let start = text.find('{')?;
    let body = &text[start..];
    let mut stream = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    if let Some(Ok(Value::Object(object))) = stream.next() {
        return Some((object, true));
    }
    let mut scanner = Scanner::default();
    body.chars().for_each(|c| scanner.step(c, &mut String::new()));
    // The reply itself may have been what was cut: what had arrived of it is still worth showing.
    let mut object: serde_json::Map<String, Value> = scanner
        .members_end
        .and_then(|end| serde_json::from_str(&format!("{}}}", &body[..end])).ok())
        .unwrap_or_default();
    if !scanner.reply.is_empty() && !object.contains_key("reply") {
        object.insert("reply".to_owned(), Value::String(scanner.reply));
    }
    (!object.is_empty()).then_some((object, false))
}

/// A reply fit to be spoken: safe characters, single spaces, no sentence right after itself, and
/// not longer than a person would listen.
fn tidy_reply(text: &str, problems: &mut Vec<Problem>) -> String {
    let safe = clean(text);
    let joined = safe
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    let mut complain = |message: &str| {
        problems.push(Problem { field: "reply".to_owned(), message: message.to_owned() });
    };
    let mut tidy = without_repeats(&joined);
    if tidy.len() < joined.len() {
        complain("repeated sentences were left out");
    }
    if let Some(end) = circles_from(&tidy) {
        complain("goes round in circles; cut there");
        tidy.truncate(end);
    }
    if tidy.chars().count() > LONGEST_REPLY {
        complain("far too long; cut at a sentence");
        let cut: String = tidy.chars().take(LONGEST_REPLY).collect();
        let end = cut
            .rfind(['.', '!', '?', '…'])
            .map_or(cut.len(), |at| at + cut[at..].chars().next().map_or(1, char::len_utf8));
        tidy = cut[..end].to_owned();
    }
    tidy
}

/// What starts an escape sequence.
const ESCAPE: char = '\u{1b}';

/// The `reply` field of a growing answer, as text to show. Plain text passes through.
#[derive(Debug, Default)]
pub struct ReplyStream {
    scanner: Scanner,
    kind: StreamKind,
    /// The end of what may be shown, while the next piece can still change what it means.
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum StreamKind {
    /// Only white space or a BOM so far.
    #[default]
    Undecided,
    /// So many back-ticks, fewer than a fence has.
    Ticks(u8),
    /// The first line of a fence, which names a language.
    FenceLine,
    /// Within a fence, only white space so far.
    Fenced,
    /// An object.
    Json,
    /// Not JSON: shown as it comes, up to the first brace.
    Text,
    /// Text that turned into an object: the rest waits for [`interpret`].
    Held,
}

impl ReplyStream {
    /// For an answer whose form is known in advance to be text.
    #[must_use]
    pub fn plain() -> Self {
        Self { kind: StreamKind::Text, ..Self::default() }
    }

    /// Takes the next piece of the answer; returns what can be shown now, made safe. The pieces
    /// may be cut anywhere: what is shown in the end is the same.
    pub fn push(&mut self, piece: &str) -> String {
        let mut shown = String::new();
        let mut rest = piece;
        loop {
            if self.kind == StreamKind::Json {
                rest = self.scanner.plain(rest, &mut shown);
            }
            let mut chars = rest.chars();
            let Some(c) = chars.next() else { return self.release(&shown) };
            self.step(c, &mut shown);
            rest = chars.as_str();
        }
    }

    fn step(&mut self, c: char, shown: &mut String) {
        match self.kind {
            StreamKind::Json => self.scanner.step(c, shown),
            StreamKind::Text if c == '{' => self.kind = StreamKind::Held,
            StreamKind::Text => shown.push(c),
            StreamKind::Held => {}
            StreamKind::FenceLine if c == '\n' => self.kind = StreamKind::Fenced,
            StreamKind::FenceLine => {}
            StreamKind::Ticks(2) if c == '`' => self.kind = StreamKind::FenceLine,
            StreamKind::Ticks(ticks) if c == '`' => self.kind = StreamKind::Ticks(ticks + 1),
            StreamKind::Ticks(ticks) => {
                self.kind = StreamKind::Text;
                (0..ticks).for_each(|_| shown.push('`'));
                self.step(c, shown);
            }
            StreamKind::Undecided if c == '`' => self.kind = StreamKind::Ticks(1),
            StreamKind::Undecided | StreamKind::Fenced => {
                if c == '{' {
                    self.kind = StreamKind::Json;
                    self.scanner.step(c, shown);
                } else if !c.is_whitespace() && c != '\u{feff}' {
                    self.kind = StreamKind::Text;
                    shown.push(c);
                }
            }
        }
    }

    /// Holds back what a later piece may turn into something else: an escape sequence, which ends
    /// with its line at the latest, and a `\r` that may belong to a `\r\n`.
    fn release(&mut self, shown: &str) -> String {
        let mut text = std::mem::take(&mut self.held);
        let goes_on = text.starts_with(ESCAPE) && !shown.contains('\n');
        text.push_str(shown);
        if goes_on {
            self.held = text;
            return String::new();
        }
        let line = text.rfind('\n').map_or(0, |at| at + 1);
        let open = text[line..].find(ESCAPE).map(|at| line + at);
        let held_from = open.or_else(|| text.ends_with('\r').then(|| text.len() - 1));
        if let Some(at) = held_from {
            self.held = text.split_off(at);
        }
        match clean(&text) {
            std::borrow::Cow::Borrowed(_) => text,
            std::borrow::Cow::Owned(safe) => safe,
        }
    }
}

/// Walks a JSON object character by character, keeping the value of its `reply` member.
#[derive(Debug, Default)]
struct Scanner {
    depth: u32,
    in_string: bool,
    /// The string just read at depth 1 is a key until a colon follows.
    key: String,
    is_value: bool,
    in_reply: bool,
    escape: Escape,
    high_surrogate: Option<u16>,
    reply: String,
    offset: usize,
    members_end: Option<usize>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Backslash,
    Unicode {
        digits: u8,
        code: u32,
    },
}

impl Scanner {
    /// Takes at once what stands for itself in a string, which is most of an answer; what is left
    /// goes step by step.
    fn plain<'t>(&mut self, text: &'t str, shown: &mut String) -> &'t str {
        if !self.in_string || self.escape != Escape::None {
            return text;
        }
        let end = text.bytes().position(|byte| matches!(byte, b'"' | b'\\'));
        let (plain, rest) = text.split_at(end.unwrap_or(text.len()));
        self.emit(plain, shown);
        self.offset += plain.len();
        rest
    }

    fn step(&mut self, c: char, shown: &mut String) {
        if self.in_string {
            self.in_string_step(c, shown);
        } else {
            match c {
                '"' => {
                    self.in_string = true;
                    if self.depth == 1 && !self.is_value {
                        self.key.clear();
                    }
                    self.in_reply = self.depth == 1
                        && self.is_value
                        && self.key == "reply"
                        && self.reply.is_empty();
                }
                ':' if self.depth == 1 => self.is_value = true,
                ',' if self.depth == 1 => {
                    self.is_value = false;
                    self.members_end = Some(self.offset);
                }
                '{' | '[' => self.depth += 1,
                '}' | ']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.offset += c.len_utf8();
    }

    fn in_string_step(&mut self, c: char, shown: &mut String) {
        match self.escape {
            Escape::None => match c {
                '"' => {
                    self.in_string = false;
                    self.in_reply = false;
                    self.high_surrogate = None;
                    // The member is complete once its string closed, whether or not a comma came.
                    if self.depth == 1 && self.is_value {
                        self.members_end = Some(self.offset + 1);
                    }
                }
                '\\' => self.escape = Escape::Backslash,
                c => self.emit_char(c, shown),
            },
            Escape::Backslash => {
                self.escape = Escape::None;
                match c {
                    'u' => self.escape = Escape::Unicode { digits: 0, code: 0 },
                    'n' => self.emit("\n", shown),
                    't' => self.emit("\t", shown),
                    'r' | 'b' | 'f' => {}
                    c => self.emit_char(c, shown),
                }
            }
            Escape::Unicode { digits, code } => {
                let code = code * 16 + c.to_digit(16).unwrap_or(0);
                if digits < 3 {
                    self.escape = Escape::Unicode { digits: digits + 1, code };
                } else {
                    self.escape = Escape::None;
                    self.emit_unit(code as u16, shown);
                }
            }
        }
    }

    /// One UTF-16 unit of a `\u` escape; pairs may be cut between pieces.
    fn emit_unit(&mut self, unit: u16, shown: &mut String) {
        let units: &[u16] = match self.high_surrogate.take() {
            Some(high) => &[high, unit],
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high_surrogate = Some(unit);
                return;
            }
            None => &[unit],
        };
        for decoded in char::decode_utf16(units.iter().copied()) {
            self.emit_char(decoded.unwrap_or(char::REPLACEMENT_CHARACTER), shown);
        }
    }

    fn emit_char(&mut self, c: char, shown: &mut String) {
        self.emit(c.encode_utf8(&mut [0; 4]), shown);
    }

    fn emit(&mut self, text: &str, shown: &mut String) {
        if self.in_reply {
            self.reply.push_str(text);
            shown.push_str(text);
        } else if self.depth == 1 && !self.is_value {
            self.key.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"reply": "Well… \"fine\" \ud83d\ude00.", "cues": ["blames"], "localScoreNumeric": 72,
        "moodDelta": "up", "tensionDelta": "down", "comfortDelta": "stable", "boundaryRisk": "low",
        "microFlags": ["plain"], "uiEventHint": "neutral"}"#;

    fn read(text: &str) -> ModelAnswer {
        interpret(text, OutputMode::JsonSchema, &|name| name == "blames")
    }

    fn streamed(text: &str, step: usize) -> String {
        let mut stream = ReplyStream::default();
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(step).map(|piece| stream.push(&piece.iter().collect::<String>())).collect()
    }

    #[test]
    fn a_whole_answer_has_no_problems() {
        let answer = read(WHOLE);
        assert_eq!(answer.reply, "Well… \"fine\" 😀.");
        assert_eq!(answer.valid, Some(true));
        assert_eq!(answer.score, Some(Score::new(72.0)));
        assert_eq!(answer.problems, []);
    }

    #[test]
    fn the_reply_streams_whatever_the_cuts() {
        for step in [1, 2, 3, 7, 1_000] {
            assert_eq!(streamed(WHOLE, step), "Well… \"fine\" 😀.", "in steps of {step}");
            assert_eq!(streamed(&format!("```json\n{WHOLE}\n```"), step), "Well… \"fine\" 😀.");
            assert_eq!(streamed("Just text, 2 < 3.", step), "Just text, 2 < 3.");
        }
    }

    #[test]
    fn a_nested_reply_is_not_the_reply() {
        assert_eq!(streamed(r#"{"x": {"reply": "no"}, "y": ["reply"], "reply": "yes"}"#, 3), "yes");
    }

    #[test]
    fn every_cut_keeps_what_had_arrived() {
        for (end, _) in WHOLE.char_indices().skip(1) {
            let answer = read(&WHOLE[..end]);
            assert!(
                "Well… \"fine\" 😀.".starts_with(answer.reply.trim_end_matches('\u{fffd}'))
                    || end < 12,
                "{end}: {answer:?}"
            );
            assert_eq!(answer.valid, Some(false));
            assert!(!answer.problems.is_empty());
        }
        let cut = read(&WHOLE[..WHOLE.find("\"moodDelta").expect("there")]);
        assert_eq!(cut.score, Some(Score::new(72.0)));
    }

    #[test]
    fn wrong_fields_fall_back_alone() {
        let answer = read(
            r#"{"reply": "Ok.", "cues": ["blames", "flies"], "localScoreNumeric": 720, "moodDelta": "sideways",
                "tensionDelta": "down", "comfortDelta": 3, "boundaryRisk": "med", "microFlags": "none"}"#,
        );
        assert_eq!(answer.tension, Some(Delta::Down));
        assert_eq!((answer.score, answer.mood, answer.comfort), (None, None, None));
        let mut fields: Vec<_> = answer.problems.iter().map(|p| p.field.as_str()).collect();
        fields.dedup();
        assert_eq!(
            fields,
            ["cues", "localScoreNumeric", "moodDelta", "comfortDelta", "microFlags", "uiEventHint"]
        );
    }

    #[test]
    fn plain_text_fences_and_chatter_are_read() {
        assert_eq!(read("I see. Go on.").reply, "I see. Go on.");
        assert_eq!(read(&format!("Sure! Here it is:\n{WHOLE}\nHope it helps")).valid, Some(true));
        assert_eq!(read(&format!("```json\n{WHOLE}\n```")).valid, Some(true));
        assert_eq!(read("").reply, "");
        assert_eq!(read("[1, 2]").reply, "[1, 2]");
    }

    #[test]
    fn a_box_ticker_is_not_believed() {
        let all: Vec<String> = (0..12).map(|n| format!("\"c{n}\"")).collect();
        let text = format!(r#"{{"reply": "Ok.", "cues": [{}]}}"#, all.join(","));
        assert!(interpret(&text, OutputMode::JsonSchema, &|_| true).cues.is_empty());
    }

    #[test]
    fn replies_are_tidied() {
        let repeated = "I do not know what to say. ".repeat(60);
        let answer = interpret(&repeated, OutputMode::Plain, &|_| true);
        assert_eq!(answer.reply, "I do not know what to say.");
        assert_eq!(answer.problems.len(), 1);
        let sorry = interpret(&"Sorry. ".repeat(30), OutputMode::Plain, &|_| true);
        assert_eq!(sorry.reply, "Sorry. Sorry.");
        let hostile = interpret("Hi \u{1b}[2Jthere\u{7}", OutputMode::Plain, &|_| true);
        assert_eq!(hostile.reply, "Hi there");
    }
}
