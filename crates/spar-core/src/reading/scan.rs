//! One pass of the word lists over a line, with guards, negation and reported speech applied.

use std::ops::Range;

use super::Cue;
use super::lexicon::{Lexicon, Section, lexicon};
use super::matcher::{Encoded, Match};
use super::shape::Shape;
use crate::language::Line;

/// How far before a phrase a bare "not" still takes it back.
const NEGATION_REACH: usize = 2;
/// How far words such as "I'm not saying" reach.
const FRAME_REACH: usize = 5;
/// How far they reach where a mistake would hurt somebody.
const SERIOUS_FRAME_REACH: usize = 2;
/// How far "he said" reaches.
const REPORT_REACH: usize = 8;
/// How far it reaches where a mistake could cost a life.
const CRISIS_REPORT_REACH: usize = 2;
/// Words that end what a negation or a report covers.
const SCOPE_ENDS: [&str; 5] = ["but", "because", "so", "if", "although"];

/// A phrase of the lists that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// What it speaks for.
    pub(super) section: Section,
    /// The words it covers.
    pub(super) words: Range<usize>,
    /// Weak evidence.
    pub(super) weak: bool,
}

/// A line and what the lists find in it.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    /// The line.
    pub(super) line: &'a Line,
    /// Its words in the matcher's terms.
    pub(super) encoded: Encoded,
    /// Its build.
    pub(super) shape: Shape,
    /// What was found: by section, overlapping ones of a section as one.
    pub(super) hits: Vec<Hit>,
    /// The lists.
    pub(super) lexicon: &'static Lexicon,
}

impl<'a> Scan<'a> {
    /// Reads the line.
    pub(super) fn new(line: &'a Line) -> Self {
        let lexicon = lexicon();
        let encoded = lexicon.matcher.encode(line);
        let shape = Shape::new(line, |word| encoded.classes(word) & lexicon.classes.lead != 0);
        let found = lexicon.matcher.find(&encoded, &shape, true);
        let mut scan = Self { line, encoded, shape, hits: Vec::new(), lexicon };
        scan.hits = scan.counting(&found);
        scan
    }

    /// The hits of a section.
    pub(super) fn of(&self, section: Section) -> impl Iterator<Item = &Hit> {
        self.hits.iter().filter(move |hit| hit.section == section)
    }

    /// The hits of a cue.
    pub(super) fn cue(&self, cue: Cue) -> impl Iterator<Item = &Hit> {
        self.of(Section::Cue(cue))
    }

    /// Whether the word is of a class (a bit of [`super::lexicon::Classes`]).
    pub(super) fn is(&self, word: usize, class: u64) -> bool {
        self.encoded.classes(word) & class != 0
    }

    /// The word, or nothing past the end.
    pub(super) fn word(&self, at: usize) -> &str {
        self.line.words().get(at).map_or("", String::as_str)
    }

    fn counting(&self, found: &[Match]) -> Vec<Hit> {
        let entry = |found: &Match| self.lexicon.entries[found.pattern as usize];
        let guards: Vec<(Section, Range<usize>)> = found
            .iter()
            .filter(|found| entry(found).guard)
            .map(|found| (entry(found).section, found.start..found.end))
            .collect();
        let scopes = |section: Section| -> Vec<Range<usize>> {
            found
                .iter()
                .filter(|found| entry(found).section == section)
                .map(|found| found.start..found.end)
                .collect()
        };
        let (frames, reports) = (scopes(Section::Frame), scopes(Section::Reported));
        let mut hits: Vec<Hit> = found
            .iter()
            .map(|found| (entry(found), found.start..found.end))
            .filter(|(entry, words)| {
                !entry.guard
                    && !matches!(entry.section, Section::Frame | Section::Reported)
                    && !guards
                        .iter()
                        .any(|(section, guard)| *section == entry.section && overlap(guard, words))
                    && !self.is_negated(entry.section, words, &frames)
                    && !self.is_reported(entry.section, words, &reports)
            })
            .map(|(entry, words)| Hit { section: entry.section, words, weak: entry.weak })
            .collect();
        hits.sort_by_key(|hit| (hit.section, hit.words.start, hit.words.end));
        let mut merged: Vec<Hit> = Vec::with_capacity(hits.len());
        for hit in hits {
            match merged.last_mut() {
                Some(last) if last.section == hit.section && overlap(&last.words, &hit.words) => {
                    last.words.end = last.words.end.max(hit.words.end);
                    last.weak &= hit.weak;
                }
                _ => merged.push(hit),
            }
        }
        merged
    }

    /// "not sorry", "never your fault", "I'm not saying you always …".
    fn is_negated(&self, section: Section, words: &Range<usize>, frames: &[Range<usize>]) -> bool {
        let classes = &self.lexicon.classes;
        let direct = !self.is(words.start, classes.subject)
            && !self.shape.starts_sentence(words.start)
            && (1..=NEGATION_REACH.min(words.start))
                .map(|back| words.start - back)
                .take_while(|at| {
                    !self.shape.starts_clause(at + 1)
                        && !self.is(*at, classes.subject)
                        && !SCOPE_ENDS.contains(&self.word(*at))
                })
                .any(|at| self.is(at, classes.negator));
        let reach = match section {
            // "I don't think you understand I want to die" takes nothing back.
            Section::Cue(Cue::Crisis) => return direct,
            Section::Cue(Cue::Threat | Cue::Slur | Cue::Sexual) => SERIOUS_FRAME_REACH,
            _ => FRAME_REACH,
        };
        direct || frames.iter().any(|frame| self.reaches(frame.end, words.start, reach))
    }

    /// "he said I was useless": not what the speaker says to the other.
    fn is_reported(
        &self,
        section: Section,
        words: &Range<usize>,
        reports: &[Range<usize>],
    ) -> bool {
        let reach = match section {
            Section::Cue(Cue::Crisis) => CRISIS_REPORT_REACH,
            Section::Cue(
                Cue::Insult
                | Cue::Threat
                | Cue::Slur
                | Cue::Sexual
                | Cue::Blames
                | Cue::Pressures
                | Cue::Commands
                | Cue::Dismisses
                | Cue::Advises
                | Cue::MakesExcuses
                | Cue::Declines,
            ) => REPORT_REACH,
            _ => return false,
        };
        let same_sentence = |report: &Range<usize>| {
            self.shape.sentence(report.start) == self.shape.sentence(words.start)
        };
        reports.iter().any(|report| {
            self.reaches(report.end, words.start, reach)
                || (self.shape.is_quoted(words.start) && same_sentence(report))
        })
    }

    /// Whether what ends before `from` still covers the word `to`.
    fn reaches(&self, from: usize, to: usize, reach: usize) -> bool {
        from <= to
            && to - from <= reach
            && (from..=to).all(|at| !self.shape.starts_clause(at))
            && (from..to).all(|at| !SCOPE_ENDS.contains(&self.word(at)))
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(cue: Cue, text: &str) -> bool {
        Scan::new(&Line::new(text)).cue(cue).next().is_some()
    }

    #[test]
    fn negation_takes_back() {
        assert!(has(Cue::Apologises, "I'm sorry."));
        assert!(!has(Cue::Apologises, "I'm not sorry."));
        assert!(!has(Cue::Apologises, "I'm not really sorry."));
        assert!(has(Cue::Blames, "You always do this."));
        assert!(!has(Cue::Blames, "I'm not saying you always do this."));
        assert!(!has(Cue::Blames, "I don't think it's your fault."));
        assert!(has(Cue::Blames, "It's not my idea, you always do this."));
        assert!(has(Cue::Blames, "Not my idea. You always do this."));
        assert!(!has(Cue::Dismisses, "I'm not going to tell you to calm down."));
    }

    #[test]
    fn what_others_said_is_not_what_one_says() {
        assert!(has(Cue::Blames, "You never listen."));
        assert!(!has(Cue::Blames, "My boss said you never listen."));
        assert!(!has(Cue::Blames, "She told me it was your fault."));
        assert!(!has(Cue::Insult, "He wrote \u{201c}you idiot\u{201d} to me."));
        assert!(!has(Cue::Threat, "He said he'd hurt me. He said i'll hurt you."));
        assert!(has(Cue::Insult, "He left. You idiot."));
    }
}
