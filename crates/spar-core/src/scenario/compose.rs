//! Puts a document together before it is checked: the files it extends, and the shared persona it
//! takes up. Files come from the caller, so nothing here touches a disk.

use std::collections::HashMap;

use super::problems::{Report, Span};
use super::yaml::{Node, Value, documents, merged, texts};

/// Gives the text of a file, or says why it cannot.
pub type Loader<'a> = &'a mut dyn FnMut(&str) -> Result<String, String>;

/// How far a chain of `extends` may reach.
const MAX_CHAIN: usize = 16;
/// How many times one document may take in a file.
const MAX_TAKEN: usize = 64;
/// Keys that belong to one document and are not passed on.
const OWN_KEYS: [&str; 3] = ["id", "abstract", "extends"];

/// Puts documents together; files are loaded once.
pub(super) struct Composer<'a, 'load> {
    pub(super) report: &'a mut Report,
    load: Loader<'load>,
    files: HashMap<String, Option<Node>>,
    chain: Vec<String>,
    taken: usize,
}

impl<'a, 'load> Composer<'a, 'load> {
    pub(super) fn new(report: &'a mut Report, load: Loader<'load>) -> Self {
        Self { report, load, files: HashMap::new(), chain: Vec::new(), taken: 0 }
    }

    /// The document with everything it builds on.
    pub(super) fn whole(&mut self, document: Node, path: &str) -> Node {
        self.taken = 0;
        self.chain = vec![joined("", path)];
        let document = self.extended(document, path);
        self.with_persona(document)
    }

    fn extended(&mut self, document: Node, path: &str) -> Node {
        let Some(extends) = document.get("extends") else { return document };
        let references: Vec<(String, Span)> =
            texts(extends).into_iter().map(|(text, at)| (text.to_owned(), at)).collect();
        let mut base: Option<Node> = None;
        for (reference, at) in references {
            let Some(next) = self.base(&joined(path, &reference), &reference, at) else { continue };
            base = Some(match base {
                Some(base) => merged(base, next),
                None => next,
            });
        }
        match base {
            Some(base) => merged(base, document),
            None => document,
        }
    }

    /// One file that is extended, put together itself and without what is its own.
    fn base(&mut self, target: &str, reference: &str, at: Span) -> Option<Node> {
        if let Some(start) = self.chain.iter().position(|path| path == target) {
            let mut circle = self.chain[start..].to_vec();
            circle.push(target.to_owned());
            let message = format!("`extends` goes in a circle: {}", circle.join(" → "));
            self.report.add(at, message, Some("take one of them out".to_owned()));
            return None;
        }
        self.taken += 1;
        if self.chain.len() >= MAX_CHAIN || self.taken > MAX_TAKEN {
            let message = format!(
                "too many files extend each other here (at most {MAX_CHAIN} in a row, {MAX_TAKEN} in all)"
            );
            self.report.add(at, message, None);
            return None;
        }
        let document = self.file(target, reference, at)?;
        self.chain.push(target.to_owned());
        let whole = self.extended(document, target);
        self.chain.pop();
        Some(without(whole, &OWN_KEYS))
    }

    /// The first document of a file.
    fn file(&mut self, target: &str, reference: &str, at: Span) -> Option<Node> {
        if let Some(known) = self.files.get(target) {
            return known.clone();
        }
        let document = match (self.load)(target) {
            Err(reason) => {
                let help = (target != reference).then(|| format!("looked for `{target}`"));
                self.report.add(at, format!("cannot read `{reference}`: {reason}"), help);
                None
            }
            Ok(text) => {
                let before = self.report.count();
                let (_, documents) = documents(self.report, target, &text);
                let first = documents.into_iter().next();
                match first {
                    Some(node) if matches!(node.value, Value::Map(_)) => Some(node),
                    _ if self.report.count() > before => None,
                    _ => {
                        self.report.add(at, format!("`{reference}` holds no scenario"), None);
                        None
                    }
                }
            }
        };
        self.files.insert(target.to_owned(), document.clone());
        document
    }

    /// The document whose `persona: {use: NAME}` has become that persona with its overrides.
    fn with_persona(&mut self, document: Node) -> Node {
        let personas = document.get("personas");
        if let Some(Node { value: Value::Map(entries), .. }) = personas {
            for (_, persona) in entries {
                if let Some(nested) = persona.get("use") {
                    let help = Some("only `persona` takes one up".to_owned());
                    self.report.add(nested.at, "a shared persona cannot use another", help);
                }
            }
        }
        let Some((name, at)) = document
            .get("persona")
            .and_then(|persona| persona.get("use"))
            .and_then(|name| Some((name.text()?.to_owned(), name.at)))
        else {
            return document;
        };
        let Some(base) = personas.and_then(|personas| personas.get(&name)).cloned() else {
            let known: Vec<&str> = match personas {
                Some(Node { value: Value::Map(entries), .. }) => {
                    entries.iter().filter_map(|(key, _)| key.text()).collect()
                }
                _ => Vec::new(),
            };
            let otherwise = "define it under `personas`";
            self.report.unknown(at, "persona", &name, known.iter().copied(), otherwise);
            return document;
        };
        let Value::Map(mut entries) = document.value else { return document };
        for (key, value) in &mut entries {
            if key.text() == Some("persona") {
                let gap = Node { at: value.at, value: Value::Null };
                let own = without(std::mem::replace(value, gap), &["use"]);
                *value = merged(without(base, &["use"]), own);
                break;
            }
        }
        Node { at: document.at, value: Value::Map(entries) }
    }
}

fn without(mut node: Node, keys: &[&str]) -> Node {
    if let Value::Map(entries) = &mut node.value {
        entries.retain(|(key, _)| !key.text().is_some_and(|word| keys.contains(&word)));
    }
    node
}

/// A path as seen from the folder of another file, with `.` and `..` taken out.
pub(super) fn joined(from: &str, path: &str) -> String {
    let absolute = path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    let folder = if absolute { "" } else { from.rfind(['/', '\\']).map_or("", |at| &from[..=at]) };
    let whole = format!("{folder}{path}").replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let root = if whole.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_are_seen_from_the_file() {
        assert_eq!(joined("a/b.yaml", "base.yaml"), "a/base.yaml");
        assert_eq!(joined("a/b.yaml", "../base.yaml"), "base.yaml");
        assert_eq!(joined("b.yaml", "../base.yaml"), "../base.yaml");
        assert_eq!(joined("../x/b.yaml", "../../c.yaml"), "../../c.yaml");
        assert_eq!(joined("a/b.yaml", "/c/./d.yaml"), "/c/d.yaml");
        assert_eq!(joined("", "./x/../y.yaml"), "y.yaml");
    }
}
