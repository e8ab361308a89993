//! The scenario's own cues and its topic, compiled once per scenario.

use std::borrow::Cow;

use super::local::{OwnCue, ReaderSpec};
use super::matcher::{Builder, Matcher, Part, Pattern};
use super::shape::Shape;
use crate::language::{Line, Phrase};

/// Strength of an own cue that one phrase speaks for, and what each further phrase adds.
const STRENGTH: f64 = 0.8;
const FURTHER: f64 = 0.1;

/// The compiled phrases of a scenario.
#[derive(Debug)]
pub(super) struct OwnPhrases {
    matcher: Matcher,
    roles: Vec<Role>,
    needs: Vec<Needs>,
}

/// What one phrase is for.
#[derive(Debug, Clone, Copy)]
enum Role {
    Any(usize),
    All(usize),
    Unless(usize),
    Topic,
}

#[derive(Debug, Clone, Copy)]
struct Needs {
    any: bool,
    all: usize,
}

/// What of the scenario's own a line holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct OwnFound {
    /// Index of the cue and its strength.
    pub(super) cues: Vec<(usize, f64)>,
    /// It holds a word of the topic.
    pub(super) topic: bool,
}

impl OwnPhrases {
    /// Compiles a scenario's phrases.
    pub(super) fn new(spec: &ReaderSpec) -> Self {
        let mut compiler = Compiler { builder: Builder::new(64), roles: Vec::new() };
        let mut needs = Vec::with_capacity(spec.own_cues.len());
        for (at, OwnCue { any, all, unless, .. }) in spec.own_cues.iter().enumerate() {
            // "cant drive" and "can't drive" are one phrase, and one piece of evidence.
            let alone = any.iter().enumerate().filter(|(first, phrase)| {
                !any[..*first].iter().any(|earlier| earlier.parts() == phrase.parts())
            });
            alone.for_each(|(_, phrase)| compiler.add(phrase, Role::Any(at)));
            all.iter().for_each(|phrase| compiler.add(phrase, Role::All(at)));
            unless.iter().for_each(|phrase| compiler.add(phrase, Role::Unless(at)));
            needs.push(Needs { any: !any.is_empty(), all: all.len() });
        }
        spec.topic.iter().for_each(|phrase| compiler.add(phrase, Role::Topic));
        Self { matcher: compiler.builder.finish(), roles: compiler.roles, needs }
    }

    /// Finds them in a line.
    pub(super) fn find(&self, line: &Line, shape: &Shape) -> OwnFound {
        let encoded = self.matcher.encode(line);
        let mut counts = vec![Count::default(); self.needs.len()];
        let mut found = OwnFound::default();
        let mut last = None;
        for hit in self.matcher.find(&encoded, shape, false) {
            // Hits come in order of pattern: the same phrase twice is one piece of evidence.
            if last.replace(hit.pattern) == Some(hit.pattern) {
                continue;
            }
            match self.roles[hit.pattern as usize] {
                Role::Any(cue) => counts[cue].any += 1,
                Role::All(cue) => counts[cue].all += 1,
                Role::Unless(cue) => counts[cue].vetoed = true,
                Role::Topic => found.topic = true,
            }
        }
        for (at, (count, needs)) in counts.iter().zip(&self.needs).enumerate() {
            let holds = (needs.any || needs.all > 0)
                && (count.any > 0 || !needs.any)
                && count.all == needs.all
                && !count.vetoed;
            if holds {
                let further = (count.any + count.all).saturating_sub(1);
                found.cues.push((at, (STRENGTH + FURTHER * further as f64).min(1.0)));
            }
        }
        found
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    any: usize,
    all: usize,
    vetoed: bool,
}

struct Compiler {
    builder: Builder,
    roles: Vec<Role>,
}

impl Compiler {
    fn add(&mut self, phrase: &Phrase, role: Role) {
        let (words, open_end) = phrase.parts();
        let mut parts: Vec<Part<'_>> =
            words.iter().map(|word| Part::Word(Cow::Borrowed(word.as_str()))).collect();
        if open_end && let Some(Part::Word(last)) = parts.pop() {
            parts.push(Part::Prefix(last));
        }
        let pattern = Pattern { parts, opens: false, closes: false };
        self.builder.add(&pattern, self.roles.len() as u32);
        self.roles.push(role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::CueEffect;

    fn phrases(list: &[&str]) -> Vec<Phrase> {
        list.iter().map(|phrase| Phrase::parse(phrase).expect("a phrase")).collect()
    }

    #[test]
    fn any_all_and_unless() {
        let cue = OwnCue {
            name: "states_the_news".to_owned(),
            any: phrases(&["slip*", "two weeks late"]),
            all: phrases(&["launch"]),
            unless: phrases(&["might slip"]),
            effect: CueEffect::Good,
            weight: 8.0,
        };
        let spec =
            ReaderSpec { own_cues: vec![cue], topic: phrases(&["board"]), ..ReaderSpec::default() };
        let own = OwnPhrases::new(&spec);
        let find = |text: &str| {
            let line = Line::new(text);
            own.find(&line, &Shape::plain(&line))
        };
        assert_eq!(find("The launch slipped."), OwnFound { cues: vec![(0, 0.9)], topic: false });
        assert_eq!(find("It slipped. Two weeks. Late."), OwnFound::default());
        assert_eq!(find("Slipping, the launch might slip."), OwnFound::default());
        assert!(find("The Board knows.").topic);
    }

    #[test]
    fn a_phrase_written_twice_counts_once() {
        let cue = OwnCue {
            name: "says_it".to_owned(),
            any: phrases(&["can't drive", "cant drive"]),
            all: Vec::new(),
            unless: Vec::new(),
            effect: CueEffect::Good,
            weight: 8.0,
        };
        let own = OwnPhrases::new(&ReaderSpec { own_cues: vec![cue], ..ReaderSpec::default() });
        let line = Line::new("You cant drive.");
        assert_eq!(own.find(&line, &Shape::plain(&line)).cues, [(0, STRENGTH)]);
    }
}
