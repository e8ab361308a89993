//! Whether a sentence is the kind of answer that a question wants: a number to "how much", a yes or
//! a no to "did you".

use super::Focus;
use super::words::*;
use crate::language::Line;

/// Whether the answer is of the kind that is asked for, as far as its form tells.
#[must_use]
pub fn is_kind_of_answer(focus: Focus, answer: &Line) -> bool {
    let words = answer.words();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let numbers =
        || has(NUMBERS) || words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit()));
    match focus {
        Focus::YesNo => words.first().is_some_and(|word| OPENING_YES_NO.contains(&word.as_str())),
        Focus::Why => has(&["because", "since", "so", "reason"]),
        Focus::When => has(TIMES) || has(CLOCK) || numbers(),
        Focus::HowMuch => numbers(),
        Focus::HowLong => numbers() || has(CLOCK),
        Focus::Who => {
            has(&["me", "myself", "nobody", "somebody", "everybody", "him", "her"])
                || has_name(answer)
        }
        _ => false,
    }
}

/// A capital inside a sentence.
fn has_name(answer: &Line) -> bool {
    (1..answer.words().len()).any(|at| {
        let starts = answer.gap_before(at).contains(['.', '!', '?', ':', '\u{2026}']);
        let typed = answer.as_typed(at..at + 1);
        let is_i = typed == "I" || typed.starts_with("I'") || typed.starts_with("I\u{2019}");
        !starts && !is_i && typed.starts_with(char::is_uppercase)
    })
}

const OPENING_YES_NO: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "aye",
    "no",
    "nope",
    "not",
    "never",
    "some",
    "sometimes",
    "often",
    "once",
    "maybe",
    "perhaps",
    "probably",
    "sure",
    "always",
    "hardly",
    "partly",
    "mostly",
    "twice",
    "both",
];
const NUMBERS: &[&str] = &[
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "half",
    "dozen",
    "couple",
    "once",
    "twice",
];
const CLOCK: &[&str] = &[
    "o'clock",
    "noon",
    "midnight",
    "tomorrow",
    "yesterday",
    "tonight",
    "today",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
    "saturdays",
    "sundays",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "spring",
    "summer",
    "autumn",
    "winter",
    "easter",
    "christmas",
    "ago",
    "ninth",
    "tenth",
    "since",
    "after",
    "before",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_its_form() {
        for (focus, answer, suits) in [
            (Focus::YesNo, "No. The cover's nice.", true),
            (Focus::YesNo, "The market, mostly.", false),
            (Focus::When, "Thursday. I ring everybody.", true),
            (Focus::When, "He runs the place.", false),
            (Focus::HowMuch, "Thirty-six thousand.", true),
            (Focus::HowMuch, "It costs me sleep.", false),
            (Focus::Who, "Mostly Baz, and the lads.", true),
            (Focus::Who, "I'd rather not. I've said it.", false),
            (Focus::Why, "Because nobody called.", true),
        ] {
            assert_eq!(is_kind_of_answer(focus, &Line::new(answer)), suits, "{answer}");
        }
    }
}
