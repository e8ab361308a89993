//! Rust sources as the layer test sees them: words without comments and texts, and the paths they
//! spell, each with its line.

/// One source file.
pub(crate) struct Source {
    /// As shown in complaints.
    pub(crate) file: String,
    /// Path of its module in the crate; empty for the root.
    pub(crate) module: Vec<String>,
    /// Every path that is spelt in it, imports expanded, oldest line first.
    pub(crate) paths: Vec<Spelt>,
}

/// A path spelt in a source, from the crate's root (`crate`) or from another crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spelt {
    /// 1-based.
    pub(crate) line: usize,
    /// `["crate", "rules", "Tier"]`, `["std", "fs"]`; `*` where everything is taken.
    pub(crate) segments: Vec<String>,
    /// What a `use` calls it here, when it is a `use`.
    pub(crate) named: Option<String>,
    /// Whether it is shown again (`pub use`).
    pub(crate) shown: bool,
    /// Whether it was written as a plain name, which may be a module of this one.
    pub(crate) relative: bool,
}

/// A word or a sign of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

impl Source {
    /// Reads a file; `folder` is the crate's `src`.
    pub(crate) fn read(folder: &str, file: &str, text: &str) -> Self {
        let module = module_of(folder, file);
        let tokens = tokens(&bare(text));
        let paths =
            Walk { tokens: &tokens, at: 0, module: module.clone(), depths: Vec::new() }.paths();
        Self { file: file.to_owned(), module, paths }
    }
}

/// `src/play/live.rs` is `play::live`, `src/play/mod.rs` is `play`, `src/lib.rs` is the root.
fn module_of(folder: &str, file: &str) -> Vec<String> {
    let inside = file.strip_prefix(folder).unwrap_or(file).trim_start_matches('/');
    let mut parts: Vec<String> =
        inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The source with comments, texts and characters blanked; lines stay where they were.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end > at {
            out.push(' ');
            out.extend(chars[at..end].iter().filter(|c| **c == '\n'));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment, text or character that starts here ends; `at` when none does.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied();
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if next(1) == Some('/') => {
            (at..chars.len()).find(|i| chars[*i] == '\n').unwrap_or(chars.len())
        }
        '/' if next(1) == Some('*') => block_comment(chars, at),
        '"' => quoted(chars, at + 1),
        'b' | 'c' if !after_word && next(1) == Some('"') => quoted(chars, at + 2),
        'b' | 'c' if !after_word && next(1) == Some('r') => raw(chars, at + 2).unwrap_or(at),
        'r' if !after_word => raw(chars, at + 1).unwrap_or(at),
        '\'' => character(chars, at),
        _ => at,
    }
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn quoted(chars: &[char], start: usize) -> usize {
    let mut at = start;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a raw text whose hashes start here; `None` when it is no raw text.
fn raw(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start..].iter().take_while(|c| **c == '#').count();
    (chars.get(start + hashes) == Some(&'"')).then_some(())?;
    let body = start + hashes + 1;
    let closes = |at: usize| {
        chars[at] == '"'
            && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    Some((body..chars.len()).find(|at| closes(*at)).map_or(chars.len(), |at| at + 1 + hashes))
}

/// `'x'` and `'\n'` are skipped, the lifetime `'a` is not.
fn character(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            (at + 3..chars.len()).find(|i| chars[*i] == '\'').map_or(chars.len(), |i| i + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push(Token { line: number + 1, text: rest[..length].to_owned() });
            rest = rest[length..].trim_start();
        }
    }
    found
}

/// Goes through the words, keeping track of the module they stand in.
struct Walk<'a> {
    tokens: &'a [Token],
    at: usize,
    module: Vec<String>,
    /// For each open brace, whether it opened a module.
    depths: Vec<bool>,
}

impl Walk<'_> {
    fn paths(mut self) -> Vec<Spelt> {
        let mut found = Vec::new();
        while self.at < self.tokens.len() {
            match self.word(0) {
                "{" => self.open(false),
                "}" => self.close(),
                "mod" if self.word(2) == "{" => {
                    self.module.push(self.word(1).to_owned());
                    self.at += 2;
                    self.open(true);
                }
                "use" => self.import(&mut found),
                word if is_word(word) && self.word(1) == "::" && !self.follows_path() => {
                    self.inline(&mut found);
                }
                _ => self.at += 1,
            }
        }
        found
    }

    fn word(&self, offset: usize) -> &str {
        self.tokens.get(self.at + offset).map_or("", |token| token.text.as_str())
    }

    fn open(&mut self, is_module: bool) {
        self.depths.push(is_module);
        self.at += 1;
    }

    fn close(&mut self) {
        if self.depths.pop() == Some(true) {
            self.module.pop();
        }
        self.at += 1;
    }

    /// In `<T as Trait>::Output::x` and `Vec::<u8>::new` the later parts start no path.
    fn follows_path(&self) -> bool {
        let before = |offset: usize| {
            self.at.checked_sub(offset).and_then(|at| self.tokens.get(at)).map(|t| t.text.as_str())
        };
        before(1) == Some("::") && before(2).is_some_and(|word| is_word(word) || word == ">")
    }

    /// A path in the middle of the code: `crate::rules::Tier::of(…)`.
    fn inline(&mut self, found: &mut Vec<Spelt>) {
        let line = self.tokens[self.at].line;
        let mut written = vec![self.word(0).to_owned()];
        self.at += 1;
        while self.word(0) == "::" && is_word(self.word(1)) {
            written.push(self.word(1).to_owned());
            self.at += 2;
        }
        self.note(found, line, &written, None, false);
    }

    fn import(&mut self, found: &mut Vec<Spelt>) {
        let before = self.at.checked_sub(1).map_or("", |at| self.tokens[at].text.as_str());
        // `pub use` and `pub(crate) use`; a `use<'a>` of captured lifetimes is none.
        let shown = before == "pub" || before == ")";
        self.at += 1;
        if self.word(0) == "<" {
            return;
        }
        if self.word(0) == "::" {
            self.at += 1;
        }
        self.tree(found, &[], shown);
    }

    /// `a::{b, c as d, e::*}`: a path for each leaf, on the line of its own last word.
    fn tree(&mut self, found: &mut Vec<Spelt>, prefix: &[String], shown: bool) {
        let mut written = prefix.to_vec();
        let mut line = self.tokens.get(self.at).map_or(0, |token| token.line);
        loop {
            match self.word(0) {
                "{" => {
                    self.at += 1;
                    while !matches!(self.word(0), "}" | "" | ";") {
                        self.tree(found, &written, shown);
                        if self.word(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.at += 1;
                    written.push("*".to_owned());
                    break;
                }
                word if is_word(word) => {
                    line = self.tokens[self.at].line;
                    written.push(word.to_owned());
                    self.at += 1;
                    if self.word(0) != "::" {
                        break;
                    }
                    self.at += 1;
                }
                _ => return,
            }
        }
        if written.len() > 1 && written.last().is_some_and(|last| last == "self") {
            written.pop();
        }
        let mut named = written.last().cloned();
        if self.word(0) == "as" {
            named = Some(self.word(1).to_owned());
            self.at += 2;
        }
        self.note(found, line, &written, named, shown);
    }

    fn note(
        &self,
        found: &mut Vec<Spelt>,
        line: usize,
        written: &[String],
        named: Option<String>,
        shown: bool,
    ) {
        let mut rest = written;
        let mut base: Option<Vec<String>> = None;
        while let Some((first, tail)) = rest.split_first() {
            let from = match first.as_str() {
                "crate" => Vec::new(),
                "self" => base.clone().unwrap_or_else(|| self.module.clone()),
                "super" => {
                    let mut up = base.clone().unwrap_or_else(|| self.module.clone());
                    up.pop();
                    up
                }
                _ => break,
            };
            base = Some(from);
            rest = tail;
        }
        let relative = base.is_none();
        let mut segments = match base {
            Some(base) => [vec!["crate".to_owned()], base].concat(),
            None => Vec::new(),
        };
        segments.extend_from_slice(rest);
        found.push(Spelt { line, segments, named, shown, relative });
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
