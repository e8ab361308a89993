//! A short piece of what somebody said, fit to be given back.

use std::ops::Range;

use super::{Line, clean};

/// Fewest and most words of a quote.
const SHORTEST: usize = 3;
const LONGEST: usize = 8;
/// Words with content of their own that a quote needs.
const CONTENT: usize = 2;

/// Words that no quote holds. Some point at the speaker or the listener, and would point at the
/// wrong one in another's mouth; some point at nothing outside their sentence; some join it to
/// another one; some are padding.
const BREAKS: &str = "\
    i i'm i've i'd i'll me my mine myself we we're we've we'd we'll us our ours ourselves you you're \
    you've you'd you'll your yours yourself it it's it'd it'll its this these that that's those he \
    she they him her them his their theirs he's she's they're they've let's here there there's \
    here's what what's which who whose how why where and but or so because if when while than then \
    though although until unless since whether please sorry thanks thank hello hi hey okay ok um uh \
    er well maybe perhaps probably guess suppose am bit sort kind something anything whatever \
    somebody someone anyone anybody little once otherwise instead";

/// Where these follow, the phrase before them is not over: "two references couldn't tell [you]".
const CONTINUES: &str = "\
    me my mine us our ours you your yours it its them their theirs him his her this these those";

/// Where a phrase that is too long may be cut.
const CUTS: &str = "of to in on at by for with from into about within before after between during";

/// Words a quote may begin with: what follows is a thing, a number or a time, never a stray verb.
const FIRST: &str = "\
    the a an one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty \
    forty fifty half monday tuesday wednesday thursday friday saturday sunday tomorrow tonight";

/// Words that leave something open when a quote ends with them.
const NEVER_LAST: &str = "\
    as to of is are was were be been being has have had do does did don't doesn't didn't isn't aren't \
    wasn't weren't will won't would wouldn't can can't cannot could couldn't should shouldn't may \
    might must not never a an the with for from into onto about by at in on very really just even \
    also every each some any no after before between during without under against per mr mrs ms more \
    most less too both either only another other get got getting go going said says say saying make \
    makes take takes put all always still such hearing being";

/// Words without content of their own, beside those of [`NEVER_LAST`].
const EMPTY: &str = "\
    one thing things nothing everything everyone nobody lot big deal few same way back now again \
    much many right point";

/// Words that make a quote worth giving: numbers, days, times.
const EXACT: &str = "\
    two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty \
    hundred thousand half twice monday tuesday wednesday thursday friday saturday sunday tomorrow \
    tonight week weeks month months days hours minutes percent late";

/// Three to eight words of the line that stand on their own; `None` when nothing good is there.
///
/// They name a thing or a time, stand next to each other without punctuation between them, and are
/// given as they were typed. Questions are not quoted: given back they would be asked again.
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

/// Stretches without punctuation or breaking words, none of them in a question.
fn runs(line: &Line) -> Vec<Range<usize>> {
    let count = line.words().len();
    let mut runs = Vec::new();
    let (mut start, mut of_earlier_sentences) = (0, 0);
    for at in 0..=count {
        let gap = line.gap_before(at);
        if at == count || !(gap.trim().is_empty() || gap == "-") {
            runs.push(start..at);
            start = at;
        }
        if at == count || gap.contains(['.', '!', '?', '\n']) {
            if gap.contains('?') {
                runs.truncate(of_earlier_sentences);
            }
            of_earlier_sentences = runs.len();
        }
        if at < count && is_in(BREAKS, &line.words()[at]) {
            runs.push(start..at);
            start = at + 1;
        }
    }
    runs.retain(|run| run.len() >= SHORTEST);
    runs
}

/// The first good quote inside a stretch, and what it is worth.
fn within(line: &Line, run: Range<usize>) -> Option<(usize, Range<usize>)> {
    let words = line.words();
    let is = |at: usize, list: &str| is_in(list, &words[at]);
    let is_number = |at: usize| words[at].starts_with(|c: char| c.is_ascii_digit());
    if words.get(run.end).is_some_and(|next| is_in(CONTINUES, next))
        && line.gap_before(run.end).trim().is_empty()
    {
        return None;
    }
    let may_start = |at: &usize| {
        (is(*at, FIRST) || is_number(*at)) && !(*at > 0 && line.gap_before(*at) == "-")
    };
    run.clone().filter(may_start).find_map(|start| {
        let mut end = run.end;
        if end > start + LONGEST {
            end = (start..=start + LONGEST).rev().find(|at| is(*at, CUTS))?;
        }
        while end > start && is(end - 1, NEVER_LAST) {
            end -= 1;
        }
        let exact = (start..end).filter(|at| is(*at, EXACT) || is_number(*at)).count();
        let content = (start..end).filter(|at| !is(*at, NEVER_LAST) && !is(*at, EMPTY)).count();
        (end >= start + SHORTEST && content >= CONTENT).then_some((content + 2 * exact, start..end))
    })
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
            (
                "I'll send you a photo of the printed cover within the hour.",
                "a photo of the printed cover",
            ),
            ("It went from twenty-one days to twelve.", "twenty-one days to twelve"),
            ("They'll be with you Thursday before noon.", "Thursday before noon"),
            ("I carry the weekend phone every third week.", "the weekend phone every third week"),
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
            "It's not a big deal.",
            "Just accept the voucher.",
            "You promised that date to everybody.",
            "The new references couldn't possibly tell you.",
        ] {
            assert_eq!(quoted(text), None, "{text}");
        }
    }

    #[test]
    fn a_quote_keeps_its_promises() {
        for text in [
            "I told the whole team about the new schedule for the migration before the long weekend in June",
            "My rent went up, the heating broke in the coldest week of the year and nobody called back",
            "one two three four of five six seven eight nine ten",
            "\u{1b}[31m the red letters everywhere \u{1b}[0m",
        ] {
            let quote = quoted(text).expect("something to quote");
            let line = Line::new(&quote);
            let words = line.words();
            assert!((SHORTEST..=LONGEST).contains(&words.len()), "{quote}");
            assert!(words.iter().all(|word| !is_in(BREAKS, word)), "{quote}");
            assert!(!is_in(NEVER_LAST, &words[words.len() - 1]), "{quote}");
            assert!(!quote.contains('\u{1b}'));
        }
    }
}
