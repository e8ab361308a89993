//! YAML text as a tree whose nodes know where they stand. The parser gives events; the limits on
//! size, depth and aliases are ours, so that no file can cost more than it weighs.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::problems::{Problem, Report, Span};

/// Larger files are refused before anything looks at them: a scenario of a thousand lines weighs
/// less than a tenth of it.
pub const MAX_BYTES: usize = 1_000_000;
/// Lists and maps inside each other.
const MAX_DEPTH: usize = 64;
/// Nodes that aliases may add to one document.
const MAX_ALIASED: usize = 20_000;

/// A value of the file and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) at: Span,
    pub(super) value: Value,
}

/// The values of YAML's core schema.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// The number and how it was written.
    Number(f64, String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; keys are [`Value::Text`] and differ.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The value under a key of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => {
                entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text of a text node.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => {
                1 + entries.iter().map(|(_, value)| 1 + value.size()).sum::<usize>()
            }
            _ => 1,
        }
    }

    fn depth(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Node::depth).max().unwrap_or(0),
            Value::Map(entries) => {
                1 + entries.iter().map(|(_, value)| value.depth()).max().unwrap_or(0)
            }
            _ => 0,
        }
    }
}

/// The text of a scenario file, if its bytes can be one.
pub fn decode(path: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(path, bytes.len()));
    }
    if bytes.contains(&0) {
        return Err(Problem::of_file(
            path,
            "this is a binary file, not a scenario",
            Some("scenarios are YAML text in UTF-8".to_owned()),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let shown = String::from_utf8_lossy(&good[start..]).into_owned();
        Problem {
            file: path.to_owned(),
            line: line as u32,
            column: shown.chars().count() as u32 + 1,
            length: 1,
            message: "this byte is not UTF-8".to_owned(),
            excerpt: shown,
            help: Some("save the file as UTF-8".to_owned()),
        }
    })
}

fn too_large(path: &str, bytes: usize) -> Problem {
    Problem::of_file(
        path,
        format!("the file has {bytes} bytes; a scenario may have at most {MAX_BYTES}"),
        Some("split it, and share the common part with `extends`".to_owned()),
    )
}

/// The documents of a file. A document whose YAML is broken becomes a problem; those before and
/// after it are read.
pub(super) fn documents(report: &mut Report, path: &str, text: &str) -> (u32, Vec<Node>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_BYTES {
        let file = report.source(path, "");
        let problem = too_large(path, text.len());
        report.add(Span { file, ..Span::default() }, problem.message, problem.help);
        return (file, Vec::new());
    }
    let file = report.source(path, text);
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 0;
    while !rest.is_empty() {
        let mut reading = Reading::new(report, file, line, rest);
        let stopped = reading.stream(&mut found);
        let Some(stopped_at) = stopped else { break };
        // What follows the broken document starts at the next line of three dashes.
        let Some((skipped, next)) = next_document(rest, stopped_at.saturating_sub(line)) else {
            break;
        };
        line += skipped;
        rest = next;
    }
    (file, found)
}

/// The rest of the text from the first `---` after the given number of lines (at least one), and
/// how many lines stand before it.
fn next_document(text: &str, after: u32) -> Option<(u32, &str)> {
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_end();
        let marks = bare == "---" || bare.starts_with("--- ") || bare.starts_with("---\t");
        if marks && number > 0 && number as u32 >= after {
            return Some((number as u32, &text[offset..]));
        }
        offset += line.len();
    }
    None
}

/// One pass of the parser over (the rest of) a file.
struct Reading<'a> {
    report: &'a mut Report,
    file: u32,
    /// Lines before the text that is parsed.
    skipped: u32,
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

/// The document cannot be read on; what was wrong is in the report. Holds the line.
struct Stop(u32);

type Step<'a> = (Event<'a>, saphyr_parser::Span);

impl<'a> Reading<'a> {
    fn new(report: &'a mut Report, file: u32, skipped: u32, text: &'a str) -> Self {
        Self {
            report,
            file,
            skipped,
            parser: Parser::new_from_str(text),
            anchors: HashMap::new(),
            aliased: 0,
        }
    }

    /// Reads all documents; the line where reading stopped, when it did.
    fn stream(&mut self, found: &mut Vec<Node>) -> Option<u32> {
        loop {
            match self.document() {
                Ok(Some(Node { value: Value::Null, .. })) => {}
                Ok(Some(node)) => found.push(node),
                Ok(None) => return None,
                Err(Stop(line)) => return Some(line),
            }
        }
    }

    fn document(&mut self) -> Result<Option<Node>, Stop> {
        self.anchors.clear();
        self.aliased = 0;
        loop {
            let Some((event, _)) = self.next()? else { return Ok(None) };
            match event {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart(_) => break,
                _ => {}
            }
        }
        let Some(step) = self.next()? else { return Ok(None) };
        self.node(step, 0).map(Some)
    }

    fn next(&mut self) -> Result<Option<Step<'a>>, Stop> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(step)) => Ok(Some(step)),
            Some(Err(error)) => Err(self.broken(&error)),
        }
    }

    fn node(&mut self, (event, span): Step<'a>, depth: usize) -> Result<Node, Stop> {
        let at = self.span(&span);
        if depth > MAX_DEPTH {
            return Err(self.too_deep(at));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, self.scalar(at, text, style, tag.as_deref()))
            }
            Event::SequenceStart(anchor, tag) => {
                self.reject_tag(at, tag.as_deref());
                (anchor, Value::List(self.list(at, depth)?))
            }
            Event::MappingStart(anchor, tag) => {
                self.reject_tag(at, tag.as_deref());
                (anchor, Value::Map(self.map(at, depth)?))
            }
            Event::Alias(anchor) => return self.alias(at, anchor, depth),
            _ => return Err(self.stop(at, "a value is missing here".to_owned(), None)),
        };
        let node = Node { at, value };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, at: Span, depth: usize) -> Result<Vec<Node>, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Some((Event::SequenceEnd, _)) => return Ok(items),
                Some(step) => items.push(self.node(step, depth + 1)?),
                None => return Err(self.stop(at, "this list is not closed".to_owned(), None)),
            }
        }
    }

    fn map(&mut self, at: Span, depth: usize) -> Result<Vec<(Node, Node)>, Stop> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut first: HashMap<String, u32> = HashMap::new();
        loop {
            let step = match self.next()? {
                Some((Event::MappingEnd, _)) => return Ok(entries),
                Some(step) => step,
                None => return Err(self.stop(at, "this map is not closed".to_owned(), None)),
            };
            let key = self.node(step, depth + 1)?;
            let Some(step) = self.next()? else {
                return Err(self.stop(at, "this map is not closed".to_owned(), None));
            };
            let value = self.node(step, depth + 1)?;
            let Some(key) = self.key(key) else { continue };
            let name = key.text().unwrap_or_default();
            match first.get(name) {
                Some(line) => self.report.add(
                    key.at,
                    format!("the key `{name}` stands twice in this map"),
                    Some(format!("the first one is on line {line}; keep one")),
                ),
                None => {
                    first.insert(name.to_owned(), key.at.line);
                    entries.push((key, value));
                }
            }
        }
    }

    /// Keys are words; numbers and true/false count as they are written.
    fn key(&mut self, mut key: Node) -> Option<Node> {
        let text = match key.value {
            Value::Text(text) | Value::Number(_, text) => text,
            Value::Bool(truth) => truth.to_string(),
            Value::Null => String::new(),
            Value::List(_) | Value::Map(_) => {
                self.report.add(
                    key.at,
                    "a key must be a word, not a list or a map",
                    Some("braces need quotes when they are text: `\"{…}\"`".to_owned()),
                );
                return None;
            }
        };
        if text == "<<" {
            self.report.add(
                key.at,
                "merge keys (`<<`) are not part of YAML 1.2",
                Some("share with `extends`, `personas` or `checks`".to_owned()),
            );
            return None;
        }
        key.value = Value::Text(text);
        Some(key)
    }

    fn alias(&mut self, at: Span, anchor: usize, depth: usize) -> Result<Node, Stop> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(self.stop(
                at,
                "this alias stands for something that contains it, or that another document defines"
                    .to_owned(),
                Some("an anchor must be complete before an alias uses it".to_owned()),
            ));
        };
        self.aliased += node.size();
        if self.aliased > MAX_ALIASED {
            return Err(self.stop(
                at,
                format!("aliases blow this document up by more than {MAX_ALIASED} values"),
                Some("write the list once, or use fewer aliases".to_owned()),
            ));
        }
        if depth + node.depth() > MAX_DEPTH {
            let message = format!("aliases nest this document more than {MAX_DEPTH} deep");
            return Err(self.stop(at, message, None));
        }
        // What is wrong inside is wrong where it is written; the alias only repeats it.
        Ok(node.clone())
    }

    fn scalar(
        &mut self,
        at: Span,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
    ) -> Value {
        if let Some(tag) = tag {
            if tag.is_yaml_core_schema() && tag.suffix == "str" {
                return Value::Text(text.into_owned());
            }
            self.reject_tag(at, Some(tag));
        }
        if style == ScalarStyle::Plain { plain(text) } else { Value::Text(text.into_owned()) }
    }

    fn reject_tag(&mut self, at: Span, tag: Option<&Tag>) {
        let Some(tag) = tag else { return };
        if tag.is_yaml_core_schema() || (tag.handle.is_empty() && tag.suffix == "!") {
            return;
        }
        self.report.add(
            at,
            format!("the tag `{tag}` means nothing here"),
            Some("a text that starts with `!` needs quotes".to_owned()),
        );
    }

    fn span(&self, span: &saphyr_parser::Span) -> Span {
        let same_line = span.start.line() == span.end.line();
        let length = if same_line { span.end.col().saturating_sub(span.start.col()) } else { 1 };
        Span {
            file: self.file,
            line: self.skipped + span.start.line() as u32,
            column: span.start.col() as u32 + 1,
            length: (length as u32).max(1),
        }
    }

    fn stop(&mut self, at: Span, message: String, help: Option<String>) -> Stop {
        self.report.add(at, message, help);
        Stop(at.line)
    }

    fn too_deep(&mut self, at: Span) -> Stop {
        let message = format!("lists and maps stand more than {MAX_DEPTH} deep in each other here");
        self.stop(at, message, None)
    }

    fn broken(&mut self, error: &ScanError) -> Stop {
        let at = Span {
            file: self.file,
            line: self.skipped + error.marker().line() as u32,
            column: error.marker().col() as u32 + 1,
            length: 1,
        };
        // The parser looks ahead, and gives up on depth before the tree does.
        if error.info() == "recursion limit exceeded" {
            return self.too_deep(at);
        }
        let indent: &str = self.report.line(at.file, at.line);
        let tabbed = indent.chars().take_while(|letter| letter.is_whitespace()).any(|c| c == '\t');
        let help = if tabbed {
            "YAML indents with spaces; this line starts with a tab"
        } else {
            "look at the indentation, and quote texts that hold `: ` or start with one of [ ] { } # & * ! | > ' \" % @ ?"
        };
        self.stop(at, format!("this is not YAML: {}", error.info()), Some(help.to_owned()))
    }
}

/// A plain scalar by the core schema of YAML 1.2 (so `yes`, `no` and `on` are words).
fn plain(text: Cow<'_, str>) -> Value {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    match number(&text) {
        Some(number) => Value::Number(number, text.into_owned()),
        None => Value::Text(text.into_owned()),
    }
}

fn number(text: &str) -> Option<f64> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|number| number as f64);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(|number| number as f64);
    }
    let written = |c: u8| c.is_ascii_digit() || matches!(c, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(written) || !text.bytes().any(|c| c.is_ascii_digit()) {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// The texts among the nodes of a list, for references that are looked up before the tree is
/// checked.
pub(super) fn texts(node: &Node) -> Vec<(&str, Span)> {
    match &node.value {
        Value::Text(text) => vec![(text.as_str(), node.at)],
        Value::List(items) => {
            items.iter().filter_map(|item| item.text().map(|text| (text, item.at))).collect()
        }
        _ => Vec::new(),
    }
}

/// The map with the entries of `over` laid on top: maps merge, everything else is replaced.
pub(super) fn merged(under: Node, over: Node) -> Node {
    match (under.value, over.value) {
        (Value::Map(mut entries), Value::Map(above)) => {
            let mut places: HashMap<String, usize> = entries
                .iter()
                .enumerate()
                .filter_map(|(place, (key, _))| Some((key.text()?.to_owned(), place)))
                .collect();
            for (key, value) in above {
                let name = key.text().unwrap_or_default().to_owned();
                match places.get(&name) {
                    Some(place) => {
                        let gap = Node { at: value.at, value: Value::Null };
                        let old = std::mem::replace(&mut entries[*place].1, gap);
                        entries[*place] = (key, merged(old, value));
                    }
                    None => {
                        places.insert(name, entries.len());
                        entries.push((key, value));
                    }
                }
            }
            Node { at: over.at, value: Value::Map(entries) }
        }
        (_, value) => Node { at: over.at, value },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Node>, Vec<Problem>) {
        let mut report = Report::default();
        let (_, documents) = documents(&mut report, "t.yaml", text);
        (documents, report.finish())
    }

    fn value(text: &str) -> Value {
        let (mut documents, problems) = read(text);
        assert_eq!(problems, [], "{text}");
        documents.remove(0).value
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        assert_eq!(value("yes"), Value::Text("yes".into()));
        assert_eq!(value("true"), Value::Bool(true));
        assert_eq!(value("-1.5e2"), Value::Number(-150.0, "-1.5e2".into()));
        assert_eq!(value("0x1f"), Value::Number(31.0, "0x1f".into()));
        for word in ["23rd", "1-2", "2026-01-02", ".", "+", "e5", "1.2.3", "12:30"] {
            assert_eq!(value(word), Value::Text(word.into()));
        }
        assert_eq!(value("'true'"), Value::Text("true".into()));
        assert_eq!(value("!!str 5"), Value::Text("5".into()));
    }

    #[test]
    fn nodes_know_their_place() {
        let (documents, _) = read("# hello\r\na:\r\n  b: [x, \"y\"]\r\n");
        let list = documents[0].get("a").and_then(|a| a.get("b")).expect("a.b");
        let Value::List(items) = &list.value else { panic!("a list") };
        assert_eq!((items[1].at.line, items[1].at.column, items[1].at.length), (3, 10, 3));
    }

    #[test]
    fn duplicate_keys_are_problems_and_the_first_stands() {
        let (documents, problems) = read("a: 1\nb: 2\na: 3\n");
        assert_eq!(documents[0].get("a").map(|node| node.at.line), Some(1));
        assert_eq!((problems[0].line, problems[0].column), (3, 1));
        assert!(problems[0].message.contains("`a` stands twice"));
    }

    #[test]
    fn a_broken_document_does_not_take_the_others_along() {
        let (documents, problems) = read("a: 1\n---\nb: [1,\nc: 2\n---\nd: 4\n---\nx:\n\ty: 1\n");
        assert_eq!(documents.len(), 2, "{problems:?}");
        assert_eq!(documents[1].get("d").map(|node| node.at.line), Some(6));
        assert_eq!(problems.len(), 2);
        assert!(problems[1].help.as_deref().expect("help").contains("tab"), "{problems:?}");
    }

    #[test]
    fn depth_is_bounded() {
        for text in ["[".repeat(100_000), "- ".repeat(50_000), "{a: ".repeat(50_000)] {
            let (_, problems) = read(&text);
            assert!(problems[0].message.contains("deep"), "{:?}", problems[0]);
        }
    }

    #[test]
    fn aliases_work_and_bombs_do_not() {
        let (documents, problems) = read("a: &x [1, 2]\nb: *x\n");
        assert_eq!(problems, []);
        assert_eq!(documents[0].get("a"), documents[0].get("b"));

        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = format!("*a{}, ", level - 1).repeat(9);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", below.trim_end_matches(", ")));
        }
        let (_, problems) = read(&bomb);
        assert!(problems[0].message.contains("blow this document up"));

        let (_, problems) = read("a: &x [1, *x]\n");
        assert!(problems[0].message.contains("contains it"), "{problems:?}");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let large = decode("t", vec![b'a'; 10_000_000]).expect_err("10 MB");
        assert!(large.message.contains("10000000 bytes"));
        assert!(decode("t", vec![0x7f, b'E', 0]).expect_err("binary").message.contains("binary"));
        let latin = decode("t", b"a: 1\nb: caf\xe9\n".to_vec()).expect_err("latin-1");
        assert_eq!((latin.line, latin.column), (2, 7));
    }

    #[test]
    fn tags_and_merge_keys_are_named() {
        let (_, problems) = read("a: !secret x\nb:\n  <<: {c: 1}\n");
        assert!(problems[0].message.contains("!secret"), "{problems:?}");
        assert!(problems[1].message.contains("merge keys"));
    }

    #[test]
    fn maps_merge_and_lists_are_replaced() {
        let under = read("a: {x: 1, y: [1, 2]}\nb: 1\n").0.remove(0);
        let over = read("a: {y: [3], z: 4}\n").0.remove(0);
        let both = merged(under, over);
        let a = both.get("a").expect("a");
        assert_eq!(a.get("y").map(Node::size), Some(2));
        assert!(a.get("x").is_some() && a.get("z").is_some() && both.get("b").is_some());
    }
}
