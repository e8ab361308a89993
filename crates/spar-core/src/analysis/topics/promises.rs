//! Who said they would do what: sentences that promise, on both sides, as they were said.

use super::{Action, LONGEST_ACTION, MOST_ACTIONS, Whose};
use crate::analysis::Context;
use crate::analysis::words::{clip, quoted};
use crate::language::{Line, clean};
use crate::reading::{Cue, CueName, Safety};

/// Openings of a promise, and whose it is when the person says it.
const OPENINGS: [(&str, bool); 10] = [
    ("let's", true),
    ("we will", true),
    ("we'll", true),
    ("i will", false),
    ("i'll", false),
    ("i'm going to", false),
    ("i am going to", false),
    ("i promise to", false),
    ("i propose", false),
    ("i suggest", false),
];

/// What somebody does when they do something; after "I'll" these can be checked later.
const DOING: &str = "\
    add agree answer apologise apologize arrange ask block book bring buy call cancel change check clear come confirm cook \
    cover cut deliver do draft drop email explain find finish fix get give go hand have hold introduce join keep \
    leave lend let look make meet message move name order organise organize own pass pay phone pick plan post prepare \
    present put reach read refund remove repair replace report reschedule return review ring run save schedule see \
    send set share show sign sit speak start stay stop take talk teach tell test text track transfer try update visit walk write";

/// Words after which nothing was promised.
const TAKES_BACK: &str = "if not never won't don't can't cannot might maybe perhaps probably whether unless hope decide think";

/// Words that say by when.
const WHEN: &str = "\
    today tonight tomorrow monday tuesday wednesday thursday friday saturday sunday noon midday midnight \
    morning afternoon evening week month daily weekly hour minutes next";

/// Fewest words of a promise.
const SHORTEST: usize = 5;

/// At most five, in the order they were said; those that say by when before others.
pub(super) fn found(context: &Context<'_>) -> Vec<Action> {
    let mut found: Vec<(bool, Action)> = Vec::new();
    for spoken in context.turns().filter(|spoken| spoken.reply.is_some() && !spoken.in_crisis()) {
        let Some(read) = &spoken.reading else { continue };
        let moves_on = [Cue::ProposesPlan, Cue::Commits]
            .iter()
            .any(|cue| read.cues.iter().any(|hit| hit.cue == CueName::Common(*cue)));
        if read.safety == Safety::Clear {
            promises(&spoken.user, !moves_on, false, |whose, has_when, text| {
                found.push((has_when, Action { text, whose, turn: spoken.turn }));
            });
        }
        let reply = spoken.reply.as_ref().map_or("", |line| line.text.as_str());
        promises(reply, true, true, |whose, has_when, text| {
            found.push((has_when, Action { text, whose, turn: spoken.turn }));
        });
    }
    found.dedup_by(|a, b| a.1.text == b.1.text);
    // Stable: among equals the order in which they were said stays.
    found.sort_by_key(|(has_when, _)| !has_when);
    found.truncate(MOST_ACTIONS);
    let mut actions: Vec<Action> = found.into_iter().map(|(_, action)| action).collect();
    actions.sort_by_key(|action| action.turn);
    actions
}

/// Sentences of the text that promise something. `strictly`: only those that say by when; a line
/// without the cue of a plan may only have the form of one.
fn promises(
    text: &str,
    strictly: bool,
    by_persona: bool,
    mut found: impl FnMut(Whose, bool, String),
) {
    let safe = clean(text);
    for sentence in safe.split_inclusive(['.', '!', '?', '\n']) {
        if sentence.ends_with('?') {
            continue;
        }
        let line = Line::new(sentence);
        let words = line.words();
        let Some((at, length, is_joint)) = opening(words) else { continue };
        let rest = &words[at + length..];
        let is = |word: &String, list: &str| list.split_whitespace().any(|known| known == word);
        let proposes = matches!(words[at + length - 1].as_str(), "propose" | "suggest");
        let does = proposes || rest.iter().take(2).any(|word| is(word, DOING));
        let has_when = rest.iter().any(|word| is(word, WHEN));
        if words.len() - at < SHORTEST
            || !does
            || words.iter().any(|word| is(word, TAKES_BACK))
            || (!has_when && (strictly || rest.first().is_some_and(|word| word == "talk")))
        {
            continue;
        }
        let joint = is_joint || rest.iter().any(|word| word == "together");
        let whose = match (joint, by_persona) {
            (true, _) => Whose::Both,
            (false, true) => Whose::Persona,
            (false, false) => Whose::User,
        };
        // "I propose: a third dry run" is a third dry run.
        let said = line.as_typed(if proposes { at + length } else { at }..words.len());
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        found(whose, has_when, quoted(&clip(&flat, LONGEST_ACTION)));
    }
}

/// How far behind one opening another may begin, in words: "let's do this: I will …".
const NEXT_OPENING: usize = 4;

/// Where a promise begins, how many words its opening has, and whether it is for both.
fn opening(words: &[String]) -> Option<(usize, usize, bool)> {
    let opens = |at: &usize| {
        OPENINGS.iter().find_map(|(opening, is_joint)| {
            let length = opening.split(' ').count();
            let fits = words.len() > at + length
                && opening.split(' ').zip(&words[*at..]).all(|(one, other)| one == other);
            fits.then_some((*at, length, *is_joint))
        })
    };
    let first = (0..words.len()).find_map(|at| opens(&at))?;
    let later = (first.0 + 1..=first.0 + NEXT_OPENING).rev().find_map(|at| opens(&at));
    Some(later.unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        promises(text, false, false, |whose, _, said| all.push(format!("{} {said}", whose.name())));
        all
    }

    #[test]
    fn promises_are_given_as_they_were_said() {
        assert_eq!(
            read(
                "That makes sense. I'll tell Owen together with you this afternoon, before anyone hears it."
            ),
            [
                "both \u{201c}I'll tell Owen together with you this afternoon, before anyone hears it\u{201d}"
            ]
        );
        assert_eq!(
            read("Thanks. I'll have one page on your desk by noon."),
            ["user \u{201c}I'll have one page on your desk by noon\u{201d}"]
        );
        for text in [
            "I'll decide about mad later.",
            "I won't tell you that.",
            "I'll send it if I can find it.",
            "Shall we go?",
            "",
        ] {
            assert_eq!(read(text), Vec::<String>::new(), "{text}");
        }
    }
}
