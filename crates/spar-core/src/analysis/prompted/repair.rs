//! Finds the JSON object in an answer, and closes one that was cut off.

use serde_json::{Map, Value};

use crate::mission::reply::strip_fence;

/// No more of an answer than this is looked at, bytes.
pub(super) const MOST_LOOKED_AT: usize = 256 * 1024;
/// An object may begin at any of so many braces: prose before it may have some of its own.
const MOST_STARTS: usize = 8;
/// Deeper than this nothing is closed; no schema here is half as deep.
const DEEPEST: usize = 32;

/// An object, and the field in which it was cut off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) object: Map<String, Value>,
    pub(super) cut_in: Option<String>,
}

/// The first object of the answer that has fields. One that was cut, or has a comma too many, is
/// made whole as far as it came.
pub(super) fn find(answer: &str) -> Option<Found> {
    let answer = strip_fence(up_to(answer, MOST_LOOKED_AT));
    let starts = || answer.match_indices('{').map(|(at, _)| &answer[at..]).take(MOST_STARTS);
    let whole = starts().find_map(|body| {
        let mut stream = serde_json::Deserializer::from_str(body).into_iter::<Value>();
        match stream.next() {
            Some(Ok(Value::Object(object))) if !object.is_empty() => Some(object),
            _ => None,
        }
    });
    // A whole object inside of one that was cut is a part of it, not the answer.
    let first_is_whole = whole.is_some() && !starts().next().is_some_and(is_cut_object);
    match whole {
        Some(object) if first_is_whole => Some(Found { object, cut_in: None }),
        whole => {
            starts().find_map(mended).or_else(|| whole.map(|object| Found { object, cut_in: None }))
        }
    }
}

/// Whether what begins like an object of JSON does not parse as one.
fn is_cut_object(body: &str) -> bool {
    let begins = body[1..].trim_start().starts_with('"');
    let mut stream = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    begins && !matches!(stream.next(), Some(Ok(_)))
}

/// The text, or as much of it as so many bytes hold.
fn up_to(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn mended(body: &str) -> Option<Found> {
    if !body[1..].trim_start().starts_with('"') {
        return None;
    }
    let mut walk = Walk::default();
    for c in body.chars() {
        if walk.step(c).is_none() {
            break;
        }
        if walk.open.is_empty() {
            break;
        }
    }
    walk.candidates().into_iter().find_map(|text| {
        let object: Map<String, Value> = serde_json::from_str(&text).ok()?;
        let cut_in = (!walk.open.is_empty()).then(|| walk.key.clone());
        (!object.is_empty()).then_some(Found { object, cut_in })
    })
}

/// Walks a value, writing it down as strict JSON.
#[derive(Debug, Default)]
struct Walk {
    written: String,
    /// Brackets that are open, as the characters that close them.
    open: Vec<char>,
    in_string: bool,
    escaped: bool,
    /// The next string of an object is a key.
    at_key: bool,
    in_key: bool,
    /// The outermost key seen last.
    key: String,
    /// Where the last whole value ended, and what was open there.
    whole: Option<(usize, Vec<char>)>,
}

impl Walk {
    /// Takes one character; `None` when this can be no JSON.
    fn step(&mut self, c: char) -> Option<()> {
        if self.in_string {
            self.step_in_string(c);
            return Some(());
        }
        match c {
            '"' => {
                self.in_string = true;
                self.in_key = self.at_key;
                if self.in_key && self.open.len() == 1 {
                    self.key.clear();
                }
                self.written.push(c);
            }
            '{' | '[' => {
                if self.open.len() >= DEEPEST {
                    return None;
                }
                self.open.push(if c == '{' { '}' } else { ']' });
                self.at_key = c == '{';
                self.written.push(c);
            }
            '}' | ']' => {
                if self.open.last() != Some(&c) {
                    return None;
                }
                self.open.pop();
                // A comma before the end is one too many.
                let kept = self.written.trim_end().trim_end_matches(',').len();
                self.written.truncate(kept);
                self.written.push(c);
                self.at_key = false;
                self.note_whole(self.written.len());
            }
            ',' => {
                let end = self.written.trim_end().len();
                self.note_whole(end);
                self.written.push(c);
                self.at_key = self.open.last() == Some(&'}');
            }
            ':' => {
                self.at_key = false;
                self.written.push(c);
            }
            c => self.written.push(c),
        }
        Some(())
    }

    fn step_in_string(&mut self, c: char) {
        if self.in_key && self.open.len() == 1 && c != '"' {
            self.key.push(c);
        }
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            '"' => {
                self.in_string = false;
                self.written.push(c);
                if !self.in_key {
                    self.note_whole(self.written.len());
                }
                return;
            }
            // Models forget that a string cannot hold these as they are.
            '\n' => return self.written.push_str("\\n"),
            '\t' => return self.written.push_str("\\t"),
            c if c.is_control() => return,
            _ => {}
        }
        self.written.push(c);
    }

    fn note_whole(&mut self, end: usize) {
        self.whole = Some((end, self.open.clone()));
    }

    /// Ways to close it, the one that keeps most first: the text that was being written is closed
    /// after its last whole word, or left out.
    fn candidates(&self) -> Vec<String> {
        let closed = |text: &str, open: &[char]| {
            let mut text = text.to_owned();
            text.extend(open.iter().rev());
            text
        };
        let mut ways = Vec::new();
        if self.in_string && !self.in_key {
            let kept = self.written.rfind(char::is_whitespace).unwrap_or(0);
            let start = self.written.rfind('"').map_or(0, |at| at + 1);
            if kept > start {
                ways.push(closed(&format!("{}\u{2026}\"", &self.written[..kept]), &self.open));
            }
        }
        if self.open.is_empty() {
            ways.push(self.written.clone());
        }
        if let Some((end, open)) = &self.whole {
            ways.push(closed(&self.written[..*end], open));
        }
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"vibe": "tense, then warm", "moments": [{"turn": 3, "label": "you \"owned\" it"}, {"turn": 5, "label": "x"}], "n": 12}"#;

    #[test]
    fn it_is_found_in_prose_and_fences() {
        let plain = find(WHOLE).expect("an object");
        assert_eq!(plain.cut_in, None);
        for text in [
            format!("Sure! Here {{it}} is: {WHOLE} Hope it helps."),
            format!("```json\n{WHOLE}\n```"),
            WHOLE.replace("\"x\"}]", "\"x\",},]"),
        ] {
            assert_eq!(find(&text).map(|found| found.object), Some(plain.object.clone()), "{text}");
        }
        for text in ["", "no JSON", "{}", "[1]", "{not json}", "}{", "{\"", "{\"a"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn every_cut_keeps_what_was_whole() {
        let whole = find(WHOLE).expect("an object").object;
        for (end, _) in WHOLE.char_indices().skip(30) {
            let found = find(&WHOLE[..end]).unwrap_or_else(|| panic!("{}", &WHOLE[..end]));
            assert_eq!(found.object["vibe"], whole["vibe"]);
            assert!(found.cut_in.is_some());
        }
        let cut = find(&WHOLE[..WHOLE.find("\"x\"").expect("there")]).expect("an object");
        assert_eq!(cut.object["moments"][0], whole["moments"][0]);
        assert_eq!(cut.cut_in.as_deref(), Some("moments"));
        let mid = find(r#"{"summary": "It began tense and then it turn"#).expect("an object");
        assert_eq!(mid.object["summary"], "It began tense and then it\u{2026}");
    }

    #[test]
    fn hostile_texts_cost_little() {
        assert_eq!(find(&"{\"a\":".repeat(60_000)), None);
        assert_eq!(find(&"{".repeat(400_000)), None);
        let long = format!("{{\"a\": \"{}", "wörd ".repeat(100_000));
        assert!(find(&long).is_some());
    }
}
