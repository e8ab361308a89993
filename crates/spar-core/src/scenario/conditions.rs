//! Conditions as written become conditions that can be asked; whatever they refer to must exist.

use std::collections::BTreeSet;

use super::check::Damaged;
use super::file::{ConditionFile, CueTest, GateTest, SafeTest};
use super::problems::{Report, Span};
use super::shape::{Compare, CompareTier, Entries, Named, Spanned, Text};
use crate::language::Phrase;
use crate::persona::AsksFor;
use crate::reading::{Cue, CueName};
use crate::rules::{Comparison, Condition, GateStatus, Gauge, Test, TierComparison};

/// What conditions and checks of one scenario may refer to.
#[derive(Default)]
pub(super) struct Known {
    /// The scenario's own cues.
    pub(super) cues: BTreeSet<String>,
    /// Gates.
    pub(super) gates: BTreeSet<String>,
    /// Reply blocks that have a name.
    pub(super) blocks: BTreeSet<String>,
    /// The last turn.
    pub(super) max_turns: u32,
    /// Maps whose missing parts may only have been misspelt.
    pub(super) damaged: Damaged,
}

/// Where a condition stands, which decides what it may ask and what a cue alone means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a reply block: about the line just spoken.
    Offline,
    /// Anywhere else: about the mission so far.
    Mission,
}

/// Reads conditions, noting every problem.
pub(super) struct Conditions<'a> {
    pub(super) report: &'a mut Report,
    pub(super) known: &'a Known,
}

impl Conditions<'_> {
    /// The condition; tests that make no sense are left out of it and in the report.
    pub(super) fn read(&mut self, written: &Spanned<ConditionFile>, place: Place) -> Condition {
        let mut tests = Vec::new();
        let file = &written.value;
        if let Some(cue) = &file.cue {
            tests.extend(self.cue(cue, place));
        }
        if let Some(phrases) = &file.mentions {
            let phrases = self.phrases(phrases.as_slice());
            if !phrases.is_empty() {
                tests.push(Test::Mentions(phrases));
            }
        }
        if let Some(asks) = &file.asks {
            tests.push(Test::Asks(asks.as_slice().iter().map(|focus| focus.0).collect()));
        }
        if let Some(answers) = &file.says_only {
            tests.push(Test::SaysOnly(answers.as_slice().iter().map(|said| said.0).collect()));
        }
        if let Some(moods) = &file.mood {
            tests.push(Test::Mood(moods.as_slice().iter().map(|mood| mood.0).collect()));
        }
        for (gauge, comparison) in [
            (Gauge::Positivity, &file.positivity),
            (Gauge::Tension, &file.tension),
            (Gauge::Comfort, &file.comfort),
            (Gauge::Score, &file.score),
            (Gauge::MeanScore, &file.mean_score),
            (Gauge::ObjectiveProgress, &file.objective_progress),
            (Gauge::Turn, &file.turn),
            (Gauge::Strikes, &file.strikes),
        ] {
            let Some(comparison) = comparison else { continue };
            let read = match gauge {
                Gauge::Turn | Gauge::Strikes => self.compare(comparison),
                _ => self.percent(comparison),
            };
            tests.extend(read.map(|comparison| Test::Gauge(gauge, comparison)));
        }
        if let Some(tier) = &file.tier {
            tests.extend(self.tier(tier).map(Test::Tier));
        }
        if let Some(turns) = &file.min_turns {
            if turns.value > self.known.max_turns {
                self.report.add(
                    turns.at,
                    format!(
                        "`min_turns: {}` never holds: the mission has at most {} turns",
                        turns.value, self.known.max_turns
                    ),
                    Some("lower it, or raise `policy.max_turns`".to_owned()),
                );
            }
            tests.push(Test::MinTurns(turns.value));
        }
        if let Some(gate) = &file.gate {
            let gates = self.gates(gate, written.at);
            if !gates.is_empty() {
                tests.push(Test::Gates(gates));
            }
        }
        self.flags(file, &mut tests);
        if let Some(block) = &file.after {
            tests.extend(self.after(block, place));
        }
        for (make, written) in [
            (Test::All as fn(Vec<Condition>) -> Test, &file.all),
            (Test::Any as fn(Vec<Condition>) -> Test, &file.any),
        ] {
            let Some(written) = written else { continue };
            tests.push(make(written.iter().map(|inner| self.read(inner, place)).collect()));
        }
        if let Some(inner) = &file.not {
            let condition = self.read(inner, place);
            if is_blank(&inner.value) && !self.known.damaged.at(inner.at) {
                let help = Some("put a condition in it, or leave it out".to_owned());
                self.report.add(inner.at, "`not: {}` never holds", help);
            }
            tests.push(Test::Not(Box::new(condition)));
        }
        Condition { tests }
    }

    fn flags(&mut self, file: &ConditionFile, tests: &mut Vec<Test>) {
        match &file.boundary_safe {
            Some(SafeTest::Turns(turns)) => tests.push(Test::BoundarySafe(Some(*turns))),
            Some(SafeTest::Ever(truth)) if truth.value => tests.push(Test::BoundarySafe(None)),
            Some(SafeTest::Ever(truth)) => self.report.add(
                truth.at,
                "`boundary_safe` can only be true or a number of turns",
                Some("for the opposite write `not: {boundary_safe: true}`".to_owned()),
            ),
            None => {}
        }
        match &file.no_strikes {
            Some(truth) if truth.value => tests.push(Test::NoStrikes),
            Some(truth) => self.report.add(
                truth.at,
                "`no_strikes` can only be true",
                Some("for the opposite write `strikes: \">= 1\"`".to_owned()),
            ),
            None => {}
        }
    }

    fn cue(&mut self, test: &CueTest, place: Place) -> Option<Test> {
        // Inside `offline` a cue means the line just spoken; anywhere else, the mission so far.
        let usual = (place == Place::Offline).then_some(1);
        let (names, at_least, within) = match test {
            CueTest::One(name) => (std::slice::from_ref(name), 1, usual),
            CueTest::AnyOf(names) => (names.as_slice(), 1, usual),
            CueTest::Counted(count) => {
                let at_least = count.at_least.unwrap_or(1);
                // Asking for more than one line cannot be about the last one only.
                let within = count.within.or(usual.filter(|_| at_least == 1));
                if let Some(within) = within
                    && within < at_least
                {
                    let at = count.name.as_slice().first().map_or(Span::default(), |name| name.at);
                    self.report.add(
                        at,
                        format!("{at_least} times within {within} lines never holds"),
                        Some("raise `within` or lower `at_least`".to_owned()),
                    );
                }
                (count.name.as_slice(), at_least, within)
            }
        };
        let names = self.cue_names(names);
        (!names.is_empty()).then_some(Test::Cue { names, at_least, within })
    }

    /// Cues by name; unknown ones are problems.
    pub(super) fn cue_names(&mut self, names: &[Spanned<String>]) -> Vec<CueName> {
        names.iter().filter_map(|name| self.cue_name(name)).collect()
    }

    fn cue_name(&mut self, name: &Spanned<String>) -> Option<CueName> {
        let known = Cue::from_name(name).is_some() || self.known.cues.contains(name.as_str());
        if known {
            return Some(CueName::from(name.as_str()));
        }
        let words =
            self.known.cues.iter().map(String::as_str).chain(Cue::ALL.iter().map(|cue| cue.name()));
        let otherwise = "define it under `cues`, or see `spar scenario cues`";
        self.report.unknown(name.at, "cue", name, words, otherwise);
        None
    }

    /// What the lines of a block ask for: cues by name, and phrases.
    pub(super) fn asks_for(&mut self, written: &[Spanned<Text>]) -> AsksFor {
        let is_cue = |text: &str| Cue::from_name(text).is_some() || self.known.cues.contains(text);
        // Nobody says a word with `_` in it: that was meant to be a cue.
        let (cues, phrases): (Vec<_>, Vec<_>) = written
            .iter()
            .cloned()
            .partition(|text| is_cue(&text.value.0) || text.value.0.contains('_'));
        let cues: Vec<_> =
            cues.into_iter().map(|cue| Spanned { at: cue.at, value: cue.value.0 }).collect();
        AsksFor { cues: self.cue_names(&cues), phrases: self.phrases(&phrases) }
    }

    /// Gates and the status each must have.
    pub(super) fn gates(&mut self, test: &GateTest, at: Span) -> Vec<(String, GateStatus)> {
        match test {
            GateTest::One(name) => self.gate(name, GateStatus::Passed).into_iter().collect(),
            GateTest::Each(names) => {
                names.iter().filter_map(|name| self.gate(name, GateStatus::Passed)).collect()
            }
            GateTest::Status(Entries(entries)) => {
                if entries.is_empty() {
                    let help = Some("name one: `gate: {ID: passed}`".to_owned());
                    self.report.add(at, "`gate` names no gate", help);
                }
                entries
                    .iter()
                    .filter_map(|(name, Named(status))| self.gate(name, *status))
                    .collect()
            }
        }
    }

    fn gate(&mut self, name: &Spanned<String>, status: GateStatus) -> Option<(String, GateStatus)> {
        if self.known.gates.contains(name.as_str()) {
            return Some((name.value.clone(), status));
        }
        let known = self.known.gates.iter().map(String::as_str);
        self.report.unknown(name.at, "gate", name, known, "define it under `gates`");
        None
    }

    fn after(&mut self, block: &Spanned<String>, place: Place) -> Option<Test> {
        if place == Place::Mission {
            self.report.add(
                block.at,
                "`after` only makes sense in `offline`",
                Some("it asks which reply block spoke last".to_owned()),
            );
            return None;
        }
        if self.known.blocks.contains(block.as_str()) {
            return Some(Test::After(block.value.clone()));
        }
        let known = self.known.blocks.iter().map(String::as_str);
        self.report.unknown(block.at, "reply block", block, known, "give the block an `id`");
        None
    }

    /// Phrases; those without a word are problems.
    pub(super) fn phrases(&mut self, texts: &[Spanned<Text>]) -> Vec<Phrase> {
        texts
            .iter()
            .filter_map(|text| match Phrase::parse(&text.value.0) {
                Ok(phrase) => Some(phrase),
                Err(error) => {
                    self.report.add(
                        text.at,
                        format!("`{}` is no phrase: {error}", text.value.0),
                        None,
                    );
                    None
                }
            })
            .collect()
    }

    /// A comparison with any number.
    pub(super) fn compare(&mut self, written: &Compare) -> Option<Comparison> {
        match written.0.parse::<Comparison>() {
            Ok(comparison) => Some(comparison),
            Err(error) => {
                self.report.add(written.0.at, error.to_string(), comparison_help(&written.0));
                None
            }
        }
    }

    /// A comparison with something that lies between 0 and 100.
    pub(super) fn percent(&mut self, written: &Compare) -> Option<Comparison> {
        let comparison = self.compare(written)?;
        let possible = match comparison {
            Comparison::AtLeast(n) => n <= 100.0,
            Comparison::AtMost(n) => n >= 0.0,
            Comparison::Above(n) => n < 100.0,
            Comparison::Below(n) => n > 0.0,
            Comparison::Equal(n) | Comparison::NotEqual(n) => (0.0..=100.0).contains(&n),
            Comparison::Within(low, high) => low <= 100.0 && high >= 0.0,
        };
        if possible {
            return Some(comparison);
        }
        let message = format!("`{}` lies outside of 0 to 100", written.0.as_str());
        self.report.add(written.0.at, message, None);
        None
    }

    /// A comparison with a tier.
    pub(super) fn tier(&mut self, written: &CompareTier) -> Option<TierComparison> {
        match written.0.parse::<TierComparison>() {
            Ok(comparison) => Some(comparison),
            Err(error) => {
                self.report.add(written.0.at, error.to_string(), comparison_help(&written.0));
                None
            }
        }
    }
}

/// The two slips everybody makes.
fn comparison_help(written: &str) -> Option<String> {
    let bare = written.trim();
    for (slip, right) in [("=>", ">="), ("=<", "<="), ("≥", ">="), ("≤", "<="), ("=", "==")] {
        if let Some(rest) = bare.strip_prefix(slip)
            && !bare.starts_with("==")
        {
            return Some(format!("did you mean \"{right} {}\"?", rest.trim()));
        }
    }
    None
}

/// Whether nothing at all is asked.
pub(super) fn is_blank(condition: &ConditionFile) -> bool {
    let ConditionFile {
        cue,
        mentions,
        asks,
        says_only,
        mood,
        positivity,
        tension,
        comfort,
        score,
        tier,
        mean_score,
        objective_progress,
        turn,
        strikes,
        min_turns,
        gate,
        boundary_safe,
        no_strikes,
        after,
        all,
        any,
        not,
    } = condition;
    cue.is_none()
        && mentions.is_none()
        && asks.is_none()
        && says_only.is_none()
        && mood.is_none()
        && tier.is_none()
        && min_turns.is_none()
        && gate.is_none()
        && boundary_safe.is_none()
        && no_strikes.is_none()
        && after.is_none()
        && all.is_none()
        && any.is_none()
        && not.is_none()
        && [positivity, tension, comfort, score, mean_score, objective_progress, turn, strikes]
            .into_iter()
            .all(Option::is_none)
}
