//! A short piece of what somebody said, fit to be given back.

use std::ops::Range;

use super::{Line, clean};

/// Fewest and most words of a quote.
const SHORTEST: usize = 3;
const LONGEST: usize = 8;
/// Words with content of their own that a quote needs.
const CONTENT: usize = 2;

/// Words that point at the speaker or the listener, and would point at the wrong one in another's
/// mouth; also "it" and "this", which would point at nothing.
const POINTING: &str = "\
    i i'm i've i'd i'll me my mine myself we we're we've we'd we'll us our ours ourselves \
    you you're you've you'd you'll your yours yourself it it's it'd it'll its this these \
    that that's those he she they him her them his their he's she's they're let's here there \
    there's here's what what's which who how why please sorry thanks thank hello hi hey okay \
    ok um uh er well maybe perhaps probably guess suppose am";

/// Words that leave something open when a quote begins with them.
const NEVER_FIRST: &str = "\
    and but or so because if when while than then as though although until unless since \
    whether to of is are was were be been being has have had do does did don't doesn't \
    didn't isn't aren't wasn't weren't will won't would wouldn't can can't cannot could \
    couldn't should shouldn't may might must not also too just really very even still again \
    yes no with for from into onto about by at in on up down out off over through some any \
    get gets got say says said tell told know knew think want need like where whose whom \
    either nor yet right sure now come make makes made take takes took give gives gave see \
    saw let";

/// Words that leave something open when a quote ends with them.
const NEVER_LAST: &str = "\
    and but or so because if when while than then as though although until unless since \
    whether to of is are was were be been being has have had do does did don't doesn't \
    didn't isn't aren't wasn't weren't will won't would wouldn't can can't cannot could \
    couldn't should shouldn't may might must not a an the with for from into onto about by \
    at in on very really just even also every each some any no where whose whom before after \
    between during without under against per said says say mr mrs ms more most less get got \
    too both either only another other";

/// What comes after these is a verb in its bare form: "can offer".
const BEFORE_A_VERB: &str = "\
    to will won't would wouldn't can can't cannot could couldn't should shouldn't may might must \
    do don't does doesn't did didn't";

/// Articles, prepositions and the like: fine inside, but no content.
const EMPTY: &str = "\
    a an the all both each every another other such more most less much many few one thing \
    things something anything nothing everything someone everyone nobody somebody bit lot \
    kind sort going before after between during without under against per back";

/// Words that make a quote worth giving: numbers, days, times.
const EXACT: &str = "\
    two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty \
    fifty hundred thousand half twice monday tuesday wednesday thursday friday saturday \
    sunday tomorrow tonight yesterday week weeks month months days hours minutes percent \
    late";

/// Three to eight words of the line that stand on their own; `None` when nothing good is there.
///
/// They stand next to each other between two marks of punctuation or pointing words, as they were
/// typed. Questions are not quoted: given back they would be asked again.
#[must_use]
pub fn quote(line: &Line) -> Option<String> {
    let mut best: Option<(usize, Range<usize>)> = None;
    for run in runs(line) {
        let Some((worth, words)) = within(line, run) else { continue };
        // The first of equals: people put what matters first.
        if best.as_ref().is_none_or(|(most, _)| worth > *most) {
            best = Some((worth, words));
        }
    }
    let (_, words) = best?;
    Some(clean(line.as_typed(words)).into_owned())
}

/// Stretches without punctuation or pointing words, none of them in a question.
fn runs(line: &Line) -> Vec<Range<usize>> {
    let count = line.words().len();
    let mut runs = Vec::new();
    let (mut start, mut of_earlier_sentences) = (0, 0);
    for at in 0..=count {
        let gap = line.gap_before(at);
        if at == count || !gap.trim().is_empty() {
            runs.push(start..at);
            start = at;
        }
        if at == count || gap.contains(['.', '!', '?', '\n']) {
            if gap.contains('?') {
                runs.truncate(of_earlier_sentences);
            }
            of_earlier_sentences = runs.len();
        }
        if at < count && is_in(POINTING, &line.words()[at]) {
            runs.push(start..at);
            start = at + 1;
        }
    }
    runs.retain(|run| run.len() >= SHORTEST);
    runs
}

/// The best quote inside a stretch, and what it is worth.
fn within(line: &Line, run: Range<usize>) -> Option<(usize, Range<usize>)> {
    let words = line.words();
    let is = |at: usize, list: &str| is_in(list, &words[at]);
    let may_be_first =
        |at: &usize| !is(*at, NEVER_FIRST) && !(*at > 0 && is(*at - 1, BEFORE_A_VERB));
    let start = run.clone().find(may_be_first)?;
    let mut end = run.end.min(start + LONGEST);
    while end > start && is(end - 1, NEVER_LAST) {
        end -= 1;
    }
    let is_content =
        |at: &usize| ![EMPTY, NEVER_FIRST, NEVER_LAST].iter().any(|list| is(*at, list));
    let content = (start..end).filter(is_content).count();
    let exact = (start..end)
        .filter(|at| is(*at, EXACT) || words[*at].starts_with(|c: char| c.is_ascii_digit()))
        .count();
    (end >= start + SHORTEST && content >= CONTENT).then_some((content + 2 * exact, start..end))
}

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Option<String> {
        quote(&Line::new(text))
    }

    #[test]
    fn what_matters_is_given_back_as_it_was_typed() {
        for (text, expected) in [
            (
                "The launch slips by two weeks, to the twenty-third.",
                "The launch slips by two weeks",
            ),
            ("I'm afraid we are two weeks late.", "two weeks late"),
            ("I know you have the board meeting on Monday.", "the board meeting on Monday"),
            (
                "And because the vendor changed the contract, I waited.",
                "the vendor changed the contract",
            ),
            ("I can offer a full refund of 386 pounds.", "a full refund of 386 pounds"),
        ] {
            assert_eq!(quoted(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_that_would_read_wrongly() {
        for text in [
            "",
            "No.",
            "I'm sorry, that's on me.",
            "You never listen to me.",
            "What happened to the board meeting on Monday?",
            "Well, I guess, maybe, sort of.",
            "Thank you so much.",
            "It is what it is.",
        ] {
            assert_eq!(quoted(text), None, "{text}");
        }
    }

    #[test]
    fn a_quote_keeps_its_promises() {
        for text in [
            "I told the whole team about the new schedule for the migration before the long weekend in June",
            "My rent went up, the heating broke in the coldest week of the year and nobody called back",
            "one two three four five six seven eight nine ten",
            "\u{1b}[31m red letters everywhere \u{1b}[0m",
        ] {
            let line = Line::new(text);
            let quote = quote(&line).expect("something to quote");
            let words = Line::new(&quote);
            assert!((SHORTEST..=LONGEST).contains(&words.words().len()), "{quote}");
            assert!(words.words().iter().all(|word| !is_in(POINTING, word)), "{quote}");
            assert!(!is_in(NEVER_FIRST, &words.words()[0]), "{quote}");
            assert!(!quote.contains('\u{1b}'));
        }
    }
}
