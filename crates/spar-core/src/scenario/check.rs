//! Checks a tree against the file's own JSON Schema, gathering every problem, and gives back the
//! part that fits: a key that does not is dropped, so that what is right is still looked at.
//!
//! Only the words of JSON Schema that `file.rs` produces are understood; a test fails when a
//! struct starts to produce another.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::problems::{Report, Span, nearest};
use super::yaml::{Node, Value};

/// Maps that lost something because it did not fit: what they lack may only have been misspelt.
#[derive(Debug, Default)]
pub(super) struct Damaged(HashSet<Span>);

impl Damaged {
    /// Whether the map at this place, or one inside it, lost something.
    pub(super) fn at(&self, at: Span) -> bool {
        self.0.contains(&at)
    }
}

/// The part of the node that fits the schema (`None` when nothing does), and where it lost
/// something.
pub(super) fn check(schema: &Json, node: Node, report: &mut Report) -> (Option<Node>, Damaged) {
    let mut checker = Checker { root: schema, report, damaged: Damaged::default() };
    let node = checker.node(schema, node, None);
    (node, checker.damaged)
}

struct Checker<'a> {
    root: &'a Json,
    report: &'a mut Report,
    damaged: Damaged,
}

impl<'a> Checker<'a> {
    /// Checks one node; `name` is the key it stands under.
    fn node(&mut self, schema: &'a Json, node: Node, name: Option<&str>) -> Option<Node> {
        let schema = self.chosen(schema, &node);
        let fitting = self.takes(schema, &node.value);
        if fitting == Some(false) && matches!(node.value, Value::Null) {
            let options = self.kinds(schema);
            let message = match name {
                Some(name) => format!("`{name}` has no value"),
                None => "a value is missing here".to_owned(),
            };
            let help = format!("write {}, or leave it out", alternatives(&options));
            self.report.add(node.at, message, Some(help));
            return None;
        }
        if fitting == Some(false) {
            let options = self.kinds(schema);
            self.wrong_kind(&options, &node, name);
            return None;
        }
        self.in_bounds(schema, &node, name)?;
        match node.value {
            Value::Map(entries) => {
                let entries = self.map(schema, entries, &node.at, name)?;
                Some(Node { value: Value::Map(entries), ..node })
            }
            Value::List(items) => {
                let items = self.list(schema, items, name);
                // What is left may be less than the schema wants; that was said item by item.
                let enough = schema.get("minItems").is_none() || !items.is_empty();
                enough.then_some(Node { value: Value::List(items), ..node })
            }
            _ => Some(node),
        }
    }

    fn map(
        &mut self,
        schema: &'a Json,
        entries: Vec<(Node, Node)>,
        at: &Span,
        name: Option<&str>,
    ) -> Option<Vec<(Node, Node)>> {
        let empty = Map::new();
        let known = schema.get("properties").and_then(Json::as_object);
        let open = schema.get("additionalProperties").filter(|open| open.is_object());
        let mut kept = Vec::with_capacity(entries.len());
        let mut dropped: Vec<String> = Vec::new();
        let mut whole = true;
        let before = self.report.count();
        for (key, value) in entries {
            let word = key.text().unwrap_or_default();
            let inner = known.and_then(|known| known.get(word)).or(open);
            let checked = match inner {
                Some(inner) => self.node(inner, value, Some(word)),
                None => {
                    self.unknown_key(known.unwrap_or(&empty), &key, word, name);
                    None
                }
            };
            match checked {
                Some(value) => kept.push((key, value)),
                None => {
                    whole &= !required(schema).any(|wanted| wanted == word);
                    dropped.push(word.to_owned());
                }
            }
        }
        if self.report.count() > before {
            self.damaged.0.insert(*at);
        }
        for wanted in required(schema) {
            let written = kept.iter().any(|(key, _)| key.text() == Some(wanted))
                || dropped.iter().any(|word| word == wanted);
            if !written {
                let place = name.map_or("the document".to_owned(), |name| format!("`{name}`"));
                self.report.add(
                    *at,
                    format!("{place} lacks `{wanted}`"),
                    self.hint(schema, wanted),
                );
                whole = false;
            }
        }
        // The version of the format alone does not make the rest unreadable.
        (whole || name.is_none()).then_some(kept)
    }

    fn list(&mut self, schema: &'a Json, items: Vec<Node>, name: Option<&str>) -> Vec<Node> {
        match schema.get("items") {
            Some(inner) => {
                items.into_iter().filter_map(|item| self.node(inner, item, name)).collect()
            }
            None => items,
        }
    }

    /// Follows references, and of several alternatives takes the one made for this kind of value.
    fn chosen(&self, schema: &'a Json, node: &Node) -> &'a Json {
        let schema = self.resolved(schema);
        let Some(options) = schema.get("anyOf").and_then(Json::as_array) else { return schema };
        options
            .iter()
            .map(|option| self.resolved(option))
            .find(|option| self.takes(option, &node.value) == Some(true))
            .unwrap_or(schema)
    }

    fn resolved(&self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        while let Some(path) = schema.get("$ref").and_then(Json::as_str) {
            match path.strip_prefix('#').and_then(|path| self.root.pointer(path)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// Whether a schema takes this kind of value; `None` when it does not say.
    fn takes(&self, schema: &'a Json, value: &Value) -> Option<bool> {
        let own = match schema.get("type") {
            Some(Json::String(kind)) => Some(fits(kind, value)),
            Some(Json::Array(kinds)) => {
                Some(kinds.iter().filter_map(Json::as_str).any(|kind| fits(kind, value)))
            }
            _ => None,
        };
        let options = schema.get("anyOf").and_then(Json::as_array).into_iter().flatten();
        options.fold(own, |taken, option| match (taken, self.takes(self.resolved(option), value)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (one, other) => one.or(other),
        })
    }

    /// The kinds of value a schema takes, as JSON Schema names them, for messages.
    fn kinds(&self, schema: &'a Json) -> Vec<&'a str> {
        let mut found = Vec::new();
        let options = schema.get("anyOf").and_then(Json::as_array);
        for option in options.into_iter().flatten().chain([schema]) {
            match self.resolved(option).get("type") {
                Some(Json::String(kind)) => found.push(kind.as_str()),
                Some(Json::Array(kinds)) => found.extend(kinds.iter().filter_map(Json::as_str)),
                _ => {}
            }
        }
        found
    }

    fn wrong_kind(&mut self, options: &[&str], node: &Node, name: Option<&str>) {
        let what = name.map_or("this".to_owned(), |name| format!("`{name}`"));
        let given = given(&node.value);
        let help = match &node.value {
            Value::Number(_, text) if options.contains(&"string") => {
                Some(format!("quote it: \"{text}\""))
            }
            Value::Bool(truth) if options.contains(&"string") => {
                Some(format!("quote it: \"{truth}\""))
            }
            Value::Map(_) if options.contains(&"string") => {
                Some("a text that starts with `{` or holds `: ` needs quotes".to_owned())
            }
            Value::Text(_) if options == ["array"] => {
                Some("write it as a list: [one, another]".to_owned())
            }
            Value::Text(text) if options == ["boolean"] => match text.to_lowercase().as_str() {
                "yes" | "on" => Some("write `true`".to_owned()),
                "no" | "off" => Some("write `false`".to_owned()),
                _ => None,
            },
            _ => None,
        };
        self.report.add(
            node.at,
            format!("{what} must be {}, not {given}", alternatives(options)),
            help,
        );
    }

    fn unknown_key(
        &mut self,
        known: &Map<String, Json>,
        key: &Node,
        word: &str,
        name: Option<&str>,
    ) {
        if self.report.is_full() {
            self.report.add(key.at, "unknown key", None);
            return;
        }
        let place = name.map_or(String::new(), |name| format!(" in `{name}`"));
        let help = match nearest(word, known.keys().map(String::as_str)) {
            Some(meant) => Some(format!("did you mean `{meant}`?")),
            None => self.elsewhere(word).or_else(|| {
                let words: Vec<&str> = known.keys().map(String::as_str).collect();
                (!words.is_empty()).then(|| format!("known keys: {}", words.join(", ")))
            }),
        };
        self.report.add(key.at, format!("unknown key `{word}`{place}"), help);
    }

    /// Where a key that is unknown here would belong.
    fn elsewhere(&self, word: &str) -> Option<String> {
        let homes: Vec<&str> = self
            .root
            .get("properties")?
            .as_object()?
            .iter()
            .filter(|(_, schema)| {
                let keys = self.resolved(schema).get("properties");
                keys.is_some_and(|keys| keys.get(word).is_some())
            })
            .map(|(name, _)| name.as_str())
            .collect();
        match homes.as_slice() {
            [home] => Some(format!("`{word}` belongs under `{home}`")),
            _ => None,
        }
    }

    fn hint(&self, schema: &'a Json, key: &str) -> Option<String> {
        let property = schema.get("properties")?.get(key)?;
        let text =
            property.get("description").or_else(|| self.resolved(property).get("description"));
        Some(format!("`{key}`: {}", text?.as_str()?))
    }

    /// Words of a vocabulary, ranges of numbers, and lengths.
    fn in_bounds(&mut self, schema: &'a Json, node: &Node, name: Option<&str>) -> Option<()> {
        let what = || name.map_or("this".to_owned(), |name| format!("`{name}`"));
        match &node.value {
            Value::Text(text) => {
                if let Some(words) = schema.get("enum").and_then(Json::as_array) {
                    let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
                    if !words.contains(&text.as_str()) {
                        let meant = nearest(text, words.iter().copied());
                        let listed = format!("one of: {}", words.join(", "));
                        let help = match meant {
                            Some(meant) => format!("did you mean `{meant}`? {listed}"),
                            None => listed,
                        };
                        self.report.add(
                            node.at,
                            format!("{} cannot be `{text}`", what()),
                            Some(help),
                        );
                        return None;
                    }
                }
                if schema.get("minLength").is_some() && text.trim().is_empty() {
                    self.report.add(node.at, format!("{} is empty", what()), None);
                    return None;
                }
            }
            Value::Number(number, text) => {
                let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
                let (low, high) = (bound("minimum"), bound("maximum"));
                let whole = schema.get("type").is_some_and(|kind| kind == "integer");
                if low.is_some_and(|low| *number < low) || high.is_some_and(|high| *number > high) {
                    let range = match (low, high) {
                        (Some(low), Some(high)) if low == high => format!("must be {low}"),
                        (Some(low), Some(high)) if high < f64::from(u32::MAX) => {
                            format!("must lie between {low} and {high}")
                        }
                        (_, Some(high)) if *number > high => format!("must be at most {high}"),
                        (low, _) => format!("must be at least {}", low.unwrap_or(0.0)),
                    };
                    self.report.add(node.at, format!("{} {range}; it is {text}", what()), None);
                    return None;
                }
                if whole && !is_whole(*number, text) {
                    self.report.add(
                        node.at,
                        format!("{} must be a whole number, not {text}", what()),
                        None,
                    );
                    return None;
                }
            }
            Value::List(items) if items.is_empty() && schema.get("minItems").is_some() => {
                let help = Some("put something in, or leave the key out".to_owned());
                self.report.add(node.at, format!("{} is an empty list", what()), help);
                return None;
            }
            _ => {}
        }
        Some(())
    }
}

fn required(schema: &Json) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// Whole, and held exactly: as written, or as a number that a float does not round.
fn is_whole(number: f64, written: &str) -> bool {
    written.parse::<u64>().is_ok() || (number.fract() == 0.0 && number.abs() < 9e15)
}

fn fits(kind: &str, value: &Value) -> bool {
    match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        // A number with a fraction is told apart later, where the message can say so.
        Value::Number(..) => kind == "number" || kind == "integer",
        Value::Text(_) => kind == "string",
        Value::List(_) => kind == "array",
        Value::Map(_) => kind == "object",
    }
}

fn in_words(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a map",
        _ => "something else",
    }
}

fn alternatives(kinds: &[&str]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for kind in kinds {
        let word = in_words(kind);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, head)) => format!("{} or {last}", head.join(", ")),
        None => "something else".to_owned(),
    }
}

fn given(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(_, text) => format!("the number {text}"),
        Value::Text(text) if text.chars().count() <= 40 => format!("the text `{text}`"),
        Value::Text(_) => "text".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a map".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    /// Every keyword the structs produce is one the checker obeys or one that cannot reject.
    #[test]
    fn every_keyword_of_the_schema_is_understood() {
        const OBEYED: [&str; 14] = [
            "$ref",
            "type",
            "anyOf",
            "enum",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "minimum",
            "maximum",
            "minItems",
            "minLength",
            "$defs",
            "pattern",
        ];
        const REMARKS: [&str; 4] = ["$schema", "title", "description", "examples"];

        fn visit(schema: &Json, unknown: &mut Vec<String>) {
            let Some(map) = schema.as_object() else { return };
            for (key, value) in map {
                if !OBEYED.contains(&key.as_str()) && !REMARKS.contains(&key.as_str()) {
                    unknown.push(key.clone());
                }
                match key.as_str() {
                    "properties" | "$defs" => {
                        let inner = value.as_object().expect("a map of schemas");
                        inner.values().for_each(|schema| visit(schema, unknown));
                    }
                    "anyOf" => {
                        let inner = value.as_array().expect("a list of schemas");
                        inner.iter().for_each(|schema| visit(schema, unknown));
                    }
                    "items" | "additionalProperties" => visit(value, unknown),
                    _ => {}
                }
            }
        }

        let mut unknown = Vec::new();
        visit(schema(), &mut unknown);
        assert_eq!(unknown, Vec::<String>::new());
    }
}
