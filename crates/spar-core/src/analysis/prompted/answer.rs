//! A model's answer, taken apart field by field. What is missing or wrong is noted and the offline
//! form stands in for that field alone.

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::repair;
use crate::analysis::Context;
use crate::analysis::words::clip;
use crate::ids::TurnIndex;
use crate::language::{circles_from, clean, without_repeats};
use crate::mission::Problem;
use crate::mission::reply::{kind_of, short};

/// What models write where they have nothing to say.
const NOTHING: [&str; 8] = ["", "null", "none", "n/a", "undefined", "unknown", "-", "\u{2026}"];
/// No more turns than this are read of one list.
const MOST_TURNS: usize = 12;
/// No more problems than this are kept of one answer.
const MOST_PROBLEMS: usize = 24;

/// A model's answer.
#[derive(Debug)]
pub(in crate::analysis) struct Answer {
    object: Map<String, Value>,
    notes: Notes,
}

#[derive(Debug, Default)]
struct Notes {
    problems: RefCell<Vec<Problem>>,
    /// How many values were good.
    taken: Cell<u32>,
}

impl Answer {
    /// Finds the object in the answer. Never fails: without one every field is missing.
    pub(in crate::analysis) fn read(text: &str) -> Self {
        let notes = Notes::default();
        let Some(found) = repair::find(text) else {
            return Self { object: Map::new(), notes };
        };
        if let Some(field) = found.cut_in {
            notes.complain(short(&field), "cut off here; what had arrived is used".to_owned());
        }
        Self { object: found.object, notes }
    }

    /// Its fields.
    pub(in crate::analysis) fn fields(&self) -> Fields<'_> {
        Fields { object: &self.object, path: String::new(), notes: &self.notes }
    }

    /// What was wrong. When nothing was right, one problem of no field says so.
    pub(in crate::analysis) fn into_problems(self) -> Vec<Problem> {
        if self.notes.taken.get() > 0 {
            return self.notes.problems.into_inner();
        }
        let what = if self.object.is_empty() { "no JSON object" } else { "no field as asked for" };
        let message = format!("{what} in the answer; the offline form stands");
        vec![Problem { field: String::new(), message }]
    }
}

impl Notes {
    fn complain(&self, field: String, message: String) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            problems.push(Problem { field, message });
        }
    }

    fn took(&self) {
        self.taken.set(self.taken.get() + 1);
    }
}

/// The fields of an object of the answer.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// Where the object stands: empty, or `topics[1].`
    path: String,
    notes: &'a Notes,
}

impl<'a> Fields<'a> {
    /// Notes that a field cannot be used, and why.
    pub(in crate::analysis) fn complain(&self, field: &str, message: impl Into<String>) {
        self.notes.complain(format!("{}{field}", self.path), message.into());
    }

    fn get(&self, field: &str) -> Option<&'a Value> {
        let found = self.object.get(field).filter(|value| !value.is_null());
        if found.is_none() {
            self.complain(field, "missing; the offline form stands");
        }
        found
    }

    /// A text of at most so many characters, safe to show, on one line, nothing said twice.
    pub(in crate::analysis) fn text(&self, field: &str, most: usize) -> Option<String> {
        let text = self.got_text(field)?;
        match tidy(text, most) {
            Some(tidy) => {
                self.notes.took();
                Some(tidy)
            }
            None => {
                self.complain(field, "says nothing; the offline form stands");
                None
            }
        }
    }

    fn got_text(&self, field: &str) -> Option<&'a str> {
        match self.get(field)? {
            Value::String(text) => Some(text),
            other => {
                self.complain(field, format!("{} instead of text", kind_of(other)));
                None
            }
        }
    }

    /// A number of a range.
    pub(in crate::analysis) fn number(
        &self,
        field: &str,
        range: RangeInclusive<f64>,
    ) -> Option<f64> {
        let number = match self.get(field)? {
            Value::Number(number) => number.as_f64(),
            // Some models quote their numbers.
            Value::String(text) => text.trim().trim_end_matches('%').parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if range.contains(&number) => {
                self.notes.took();
                Some(number)
            }
            Some(number) => {
                let (low, high) = (range.start(), range.end());
                self.complain(field, format!("{number} is outside {low}\u{2013}{high}"));
                None
            }
            None => {
                self.complain(field, "no number");
                None
            }
        }
    }

    /// One of the words that `parse` knows; it is given the word in lower case, words joined by `_`.
    pub(in crate::analysis) fn word<T>(
        &self,
        field: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.got_text(field)?;
        let parsed = parse(&text.trim().to_lowercase().replace([' ', '-'], "_"));
        match parsed {
            Some(_) => self.notes.took(),
            None => self.complain(field, format!("unknown value `{}`", short(text))),
        }
        parsed
    }

    /// A turn that was spoken in this mission.
    pub(in crate::analysis) fn turn(
        &self,
        field: &str,
        context: &Context<'_>,
    ) -> Option<TurnIndex> {
        let number = match self.get(field)? {
            Value::Number(number) => number.as_u64(),
            // "turn 3", "[3]"
            Value::String(text) => text.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok(),
            _ => None,
        };
        let turn = number
            .and_then(|number| u32::try_from(number).ok())
            .map(TurnIndex)
            .filter(|turn| is_spoken(context, *turn));
        match (turn, number) {
            (Some(_), _) => self.notes.took(),
            (None, Some(number)) => self.complain(field, format!("there is no turn {number}")),
            (None, None) => self.complain(field, "no number of a turn"),
        }
        turn
    }

    /// Texts, each at most so many characters, no two the same. An empty list is an answer.
    pub(in crate::analysis) fn texts(
        &self,
        field: &str,
        cap: usize,
        most: usize,
    ) -> Option<Vec<String>> {
        let items = self.list(field, cap)?;
        let mut texts: Vec<String> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (at, item) in items.iter().enumerate().take(cap) {
            let Some(text) = item.as_str().and_then(|text| tidy(text, most)) else {
                self.complain(&format!("{field}[{at}]"), "no text");
                continue;
            };
            let key = text.to_lowercase();
            if !seen.contains(&key) {
                seen.push(key);
                texts.push(text);
            }
        }
        if texts.is_empty() && !items.is_empty() {
            return None;
        }
        self.notes.took();
        Some(texts)
    }

    /// Objects. An empty list is an answer.
    pub(in crate::analysis) fn items(&self, field: &str, cap: usize) -> Option<Vec<Fields<'a>>> {
        let list = self.list(field, cap)?;
        if list.is_empty() {
            self.notes.took();
        }
        let mut items = Vec::new();
        for (at, item) in list.iter().enumerate().take(cap) {
            match item {
                Value::Object(object) => items.push(Self {
                    object,
                    path: format!("{}{field}[{at}].", self.path),
                    notes: self.notes,
                }),
                other => {
                    let what = format!("{} instead of an object", kind_of(other));
                    self.complain(&format!("{field}[{at}]"), what);
                }
            }
        }
        if items.is_empty() && !list.is_empty() { None } else { Some(items) }
    }

    /// The fields of an object within.
    pub(in crate::analysis) fn inner(&self, field: &str) -> Option<Fields<'a>> {
        match self.get(field)? {
            Value::Object(object) => {
                let path = format!("{}{field}.", self.path);
                Some(Self { object, path, notes: self.notes })
            }
            other => {
                self.complain(field, format!("{} instead of an object", kind_of(other)));
                None
            }
        }
    }

    /// Turns that were spoken in this mission, in order, each once; those that were not are left
    /// out. `None` when none is left of some.
    pub(in crate::analysis) fn turns(
        &self,
        field: &str,
        context: &Context<'_>,
    ) -> Option<Vec<TurnIndex>> {
        let items = self.list(field, MOST_TURNS)?;
        let mut turns: Vec<TurnIndex> = Vec::new();
        for (at, item) in items.iter().enumerate().take(MOST_TURNS) {
            let number = item.as_u64().and_then(|number| u32::try_from(number).ok());
            match number.map(TurnIndex).filter(|turn| is_spoken(context, *turn)) {
                Some(turn) => turns.push(turn),
                None => self.complain(&format!("{field}[{at}]"), "no number of a turn"),
            }
        }
        turns.sort_unstable();
        turns.dedup();
        if turns.is_empty() && !items.is_empty() {
            return None;
        }
        self.notes.took();
        Some(turns)
    }

    fn list(&self, field: &str, cap: usize) -> Option<&'a [Value]> {
        match self.get(field)? {
            Value::Array(items) => {
                if items.len() > cap {
                    let more = items.len();
                    self.complain(field, format!("{more} are too many; the first {cap} are used"));
                }
                Some(items)
            }
            other => {
                self.complain(field, format!("{} instead of a list", kind_of(other)));
                None
            }
        }
    }
}

/// Fit to be stored and shown; `None` when nothing is left.
fn tidy(text: &str, most: usize) -> Option<String> {
    let safe = clean(text);
    let flat = safe.split_whitespace().collect::<Vec<_>>().join(" ");
    let once = without_repeats(&flat);
    let tidy = clip(&once, most);
    let bare = tidy.trim_end_matches(['.', '!']).to_lowercase();
    // Who goes round in circles had lost the thread before that.
    (!NOTHING.contains(&bare.as_str()) && circles_from(&once).is_none()).then_some(tidy)
}

/// Whether the turn was spoken and counts. What was said in a crisis is not evidence of anything.
fn is_spoken(context: &Context<'_>, turn: TurnIndex) -> bool {
    let turns = context.mission.turns();
    turns.binary_search_by_key(&turn, |spoken| spoken.turn).ok().is_some_and(|at| {
        let spoken = &turns[at];
        !spoken.cancelled && !spoken.in_crisis()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str, take: impl FnOnce(&Fields<'_>)) -> Vec<String> {
        let answer = Answer::read(text);
        take(&answer.fields());
        answer.into_problems().into_iter().map(|p| format!("{}: {}", p.field, p.message)).collect()
    }

    #[test]
    fn good_fields_have_no_problems() {
        let text = r#"{"a": "One. One more.", "n": "72", "w": "Rising Warmth", "l": ["x", "X", "y"], "o": [{"a": "b"}]}"#;
        let found = problems(text, |fields| {
            assert_eq!(fields.text("a", 99).as_deref(), Some("One. One more."));
            assert_eq!(fields.number("n", 0.0..=100.0), Some(72.0));
            assert_eq!(fields.word("w", |w| (w == "rising_warmth").then_some(1)), Some(1));
            assert_eq!(fields.texts("l", 3, 9), Some(vec!["x".to_owned(), "y".to_owned()]));
            let items = fields.items("o", 2).expect("a list");
            assert_eq!(items[0].text("a", 9).as_deref(), Some("b"));
        });
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn each_bad_field_is_named_with_its_place() {
        let text = r#"{"ok": 1, "a": 3, "n": 700, "w": "sideways", "l": [4], "o": [{"a": "undefined"}, 5]}"#;
        let found = problems(text, |fields| {
            fields.number("ok", 0.0..=1.0);
            assert_eq!(fields.text("a", 99), None);
            assert_eq!(fields.number("n", 0.0..=100.0), None);
            assert_eq!(fields.word::<u8>("w", |_| None), None);
            assert_eq!(fields.texts("l", 3, 9), None);
            let items = fields.items("o", 2).expect("a list");
            assert_eq!(items[0].text("a", 9), None);
            assert_eq!(fields.text("gone", 9), None);
        });
        assert_eq!(
            found,
            [
                "a: a number instead of text",
                "n: 700 is outside 0\u{2013}100",
                "w: unknown value `sideways`",
                "l[0]: no text",
                "o[1]: a number instead of an object",
                "o[0].a: says nothing; the offline form stands",
                "gone: missing; the offline form stands",
            ]
        );
    }

    #[test]
    fn an_answer_without_anything_has_one_problem_of_no_field() {
        for text in ["", "I cannot do that.", r#"{"b": 2}"#, r#"{"a": ""}"#] {
            let found = problems(text, |fields| assert_eq!(fields.text("a", 9), None));
            assert_eq!(found.len(), 1);
            assert!(found[0].starts_with(": no "), "{found:?}");
        }
    }

    #[test]
    fn a_model_that_loops_is_heard_once() {
        let text = format!(r#"{{"a": "{}"}}"#, "It went on and on. ".repeat(50));
        problems(&text, |fields| {
            assert_eq!(fields.text("a", 400).as_deref(), Some("It went on and on."));
        });
    }

    #[test]
    fn a_model_that_goes_round_in_circles_has_said_nothing() {
        let text = format!(r#"{{"a": "{}", "b": "You asked."}}"#, "I'msorry, ".repeat(50));
        let found = problems(&text, |fields| {
            assert_eq!(fields.text("a", 90), None);
            assert_eq!(fields.text("b", 90).as_deref(), Some("You asked."));
        });
        assert_eq!(found, ["a: says nothing; the offline form stands"]);
    }
}
