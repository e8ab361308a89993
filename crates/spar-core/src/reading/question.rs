//! What kind of question a sentence is, by its form.

use super::Cue;
use super::scan::Scan;
use super::shape::Sentence;

/// Questions in a line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Questions {
    /// Strength of the best open one; 0 for none.
    pub(super) open: f64,
    /// Strength of the best closed one; 0 for none.
    pub(super) closed: f64,
}

/// Words after "how" that ask for a number.
const MEASURES: [&str; 9] = ["many", "much", "long", "old", "often", "far", "soon", "big", "late"];
/// Words that ask somebody to speak: "can you tell me what …".
const SPEAKING: [&str; 9] =
    ["tell", "ask", "say", "describe", "explain", "share", "help", "know", "show"];
/// How much of the start of a question a reproach may take.
const OPENING_WORDS: usize = 6;

/// Reads every sentence.
pub(super) fn questions(scan: &Scan<'_>) -> Questions {
    let mut all = Questions::default();
    for sentence in &scan.shape.sentences {
        match kind(scan, sentence) {
            Kind::Open(strength) => all.open = all.open.max(strength),
            Kind::Closed(strength) => all.closed = all.closed.max(strength),
            Kind::None => {}
        }
    }
    all
}

/// Whether the sentence asks, with or without a mark.
pub(super) fn is_asked(scan: &Scan<'_>, sentence: &Sentence) -> bool {
    sentence.asks || !matches!(kind(scan, sentence), Kind::None)
}

enum Kind {
    Open(f64),
    Closed(f64),
    None,
}

fn kind(scan: &Scan<'_>, sentence: &Sentence) -> Kind {
    let classes = &scan.lexicon.classes;
    let starts: Vec<usize> =
        (sentence.start..sentence.end).filter(|at| may_start(scan, sentence, *at)).collect();
    let inverted = |at: usize| {
        scan.is(at, classes.auxiliary) && scan.is(at + 1, classes.subject | classes.function)
    };
    // "What I want to ask is this: could you …?" only looks like a question of what.
    let asked = starts
        .iter()
        .rev()
        .find(|at| scan.is(**at, classes.asking))
        .filter(|at| {
            let later = || starts.iter().any(|later| later > at && inverted(*later));
            !(scan.is(**at + 1, classes.subject) && later())
        })
        .copied();
    if let Some(at) = asked {
        let inverts = sentence.asks || (scan.shape.opens(at) && asks_unmarked(scan, at, sentence));
        if inverts {
            return if reproaches(scan, at, sentence.end) {
                Kind::None
            } else {
                by_question_word(scan, at, sentence)
            };
        }
    }
    let yes_or_no = starts.iter().rev().find(|at| inverted(**at)).copied();
    if let Some(at) = yes_or_no {
        let plainly_asked = scan.shape.opens(at)
            && at + 2 < sentence.end
            && (scan.is(at + 1, classes.subject)
                // "Is it sore" asks, "do it", "have it ready" and "may it" do not.
                || (scan.word(at + 1) == "it"
                    && !matches!(scan.word(at), "do" | "have" | "may" | "should" | "had")));
        if (sentence.asks || plainly_asked) && !reproaches(scan, at, sentence.end) {
            return indirect(scan, at, sentence).unwrap_or(Kind::Closed(0.8));
        }
        return Kind::None;
    }
    if sentence.asks && !reproaches(scan, sentence.start, sentence.end) {
        return Kind::Closed(0.5);
    }
    Kind::None
}

/// Whether what opens with an asking word is a question though no mark says so: "why did the last
/// one leave", "what happened to it", "how much". "What I need is time" and "when you're late, we
/// wait" are none.
fn asks_unmarked(scan: &Scan<'_>, at: usize, sentence: &Sentence) -> bool {
    let classes = &scan.lexicon.classes;
    let (word, next) = (scan.word(at), scan.word(at + 1));
    let length = sentence.end - at;
    let is_auxiliary = |at: usize| at < sentence.end && scan.is(at, classes.auxiliary);
    // "What hurts is …", "what happened on Monday won't …": the asking word only opens the subject.
    let is_subject = |at: usize| scan.is(at, classes.subject) || scan.word(at) == "it";
    let states =
        |from: usize| (from..sentence.end).any(|at| is_auxiliary(at) && !is_subject(at - 1));
    // "What did", "why is", "when are" and so on. "Which is why …" goes on from what was said.
    if word != "which" && is_auxiliary(at + 1) {
        let subject_first = scan.is(at + 2, classes.subject);
        return length >= 3 && (subject_first || !states(at + 2));
    }
    match word {
        "what's" | "who's" | "where's" | "how's" | "why's" | "when's" => {
            length >= 3 && !states(at + 1)
        }
        "what" | "who" if scan.is(at + 1, classes.asked_verb) => !states(at + 2),
        "what" if matches!(next, "else" | "about") => !states(at + 2),
        "how" if next == "come" => length >= 3,
        "how" if MEASURES.contains(&next) && length == 2 => true,
        // "How bad is it", "what time did she leave", "which one do you want".
        "how" | "what" | "which" => {
            !scan.is(at + 1, classes.subject)
                && (at + 2..sentence.end.min(at + 5))
                    .any(|at| is_auxiliary(at) && is_subject(at + 1))
        }
        _ => false,
    }
}

/// A question may start where a sentence opens, after a break, or after "and", "but", "so".
fn may_start(scan: &Scan<'_>, sentence: &Sentence, at: usize) -> bool {
    scan.shape.opens(at)
        || scan.shape.starts_clause(at)
        || (at > sentence.start && matches!(scan.word(at - 1), "and" | "but" | "so" | "or"))
        // "In what way …", "To whom …".
        || (at == sentence.start + 1
            && matches!(scan.word(at - 1), "in" | "at" | "for" | "with" | "to" | "on" | "from"))
}

fn by_question_word(scan: &Scan<'_>, at: usize, sentence: &Sentence) -> Kind {
    let (word, next) = (scan.word(at), scan.word(at + 1));
    let length = sentence.end - at;
    let is = |cue: Cue| scan.cue(cue).any(|hit| hit.words.contains(&at));
    let strength = match word {
        "how" | "what" if next == "about" => return Kind::Closed(0.4),
        // "What if it fails?" wonders aloud; where it offers something the plan counts.
        "what" if next == "if" => return Kind::Closed(0.4),
        "how" if MEASURES.contains(&next) => return Kind::Closed(0.6),
        // "What time", "what day" ask for a fact.
        "what" if matches!(next, "time" | "day" | "date" | "number" | "size") => {
            return Kind::Closed(0.6);
        }
        _ if is(Cue::Advises) || is(Cue::ProposesPlan) => return Kind::Closed(0.4),
        _ if is(Cue::Greets) => 0.45,
        "why" | "why's" if matches!(scan.word(at + 2), "you" | "your") => 0.45,
        "why" | "why's" => 0.6,
        "which" | "who" | "who's" | "whose" | "when" | "when's" | "where" | "where's" => 0.6,
        _ => 0.85,
    };
    Kind::Open(if length < 3 { strength * 0.5 } else { strength })
}

/// "Can you tell me what happened?" is open, though it could be answered with yes.
fn indirect(scan: &Scan<'_>, at: usize, sentence: &Sentence) -> Option<Kind> {
    let speaks = (at..sentence.end).find(|at| SPEAKING.contains(&scan.word(*at)))?;
    let asking = scan.lexicon.classes.asking;
    (speaks + 1..sentence.end.min(speaks + 6))
        .any(|at| scan.is(at, asking) && matches!(scan.word(at), "what" | "how" | "why" | "what's"))
        .then_some(Kind::Open(0.7))
}

/// A question that only dresses up a reproach.
fn reproaches(scan: &Scan<'_>, at: usize, end: usize) -> bool {
    let opening = at..end.min(at + OPENING_WORDS);
    [Cue::Blames, Cue::Sarcasm, Cue::Dismisses, Cue::Insult].into_iter().any(|cue| {
        scan.cue(cue)
            .any(|hit| !hit.weak && hit.words.start < opening.end && opening.start < hit.words.end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Line;

    fn read(text: &str) -> &'static str {
        let line = Line::new(text);
        let found = questions(&Scan::new(&line));
        match (found.open > 0.0, found.closed > 0.0) {
            (true, false) => "open",
            (false, true) => "closed",
            (true, true) => "both",
            (false, false) => "none",
        }
    }

    #[test]
    fn form_decides() {
        for (text, expected) in [
            ("What worries you most?", "open"),
            ("That makes sense, and what would you change?", "open"),
            ("Before I say a word about price: what matters most to you?", "open"),
            ("If you changed one thing, which one would it be?", "open"),
            ("Dana, how do you see it?", "open"),
            ("In what way could I help?", "open"),
            ("how would you handle it", "open"),
            ("Can you tell me what happened?", "open"),
            ("Is it the traffic?", "closed"),
            ("What I want to ask is this: could you come up in June?", "closed"),
            ("How many days?", "closed"),
            ("do you want some tea", "closed"),
            ("You were late?", "closed"),
            ("What's wrong with you?", "none"),
            ("How could you?", "none"),
            ("Why can't you just listen?", "none"),
            ("What I need is time.", "none"),
            ("How I see it is simple.", "none"),
            ("We know what it costs.", "none"),
            ("wait what happened to the truck", "open"),
            ("why did the last one leave", "open"),
            ("how bad is it", "open"),
            ("what time did she leave", "closed"),
            ("how much", "closed"),
            ("is it still sore", "closed"),
            ("What matters to me is the date.", "none"),
            ("What happened on Monday won't happen again.", "none"),
            ("what happened when you didn't call", "open"),
            ("How hard this is!", "none"),
            ("Which is why I called.", "none"),
            ("When you are late, we wait.", "none"),
            ("Is all.", "none"),
            ("Do it now.", "none"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
