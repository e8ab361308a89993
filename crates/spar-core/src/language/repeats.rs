//! Text that says the same again and again, as small models do.

/// Drops a sentence that was already said in this text; a very short one ("No.") may be said twice,
/// for effect.
pub(crate) fn without_repeats(text: &str) -> String {
    let mut said: Vec<(String, u32)> = Vec::new();
    let mut kept = String::with_capacity(text.len());
    for sentence in text.split_inclusive(['.', '!', '?', '\n']) {
        let words = sentence.trim().to_lowercase();
        let times = match said.iter_mut().find(|(earlier, _)| *earlier == words) {
            Some((_, times)) => {
                *times += 1;
                *times
            }
            None => {
                // What was said long ago may come again; and a very long reply stays cheap to read.
                if said.len() == 64 {
                    said.remove(0);
                }
                said.push((words.clone(), 1));
                1
            }
        };
        let most = if words.chars().count() > 12 { 1 } else { 2 };
        if times <= most || words.is_empty() {
            kept.push_str(sentence);
        }
    }
    kept.trim().to_owned()
}

/// Where a text begins to go round in circles inside a sentence, if it does: the same words, or the
/// same letters, at least [`COPIES`] times on end and over no less than [`SHORTEST`] letters. Answers
/// with the byte at which the first copy ends, so that what is in front of it can be kept.
pub(crate) fn circles_from(text: &str) -> Option<usize> {
    // Only letters and digits count: models vary what stands between them.
    let (mut ends, mut letters) = (Vec::new(), Vec::new());
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()).take(LOOKED_AT) {
        ends.push(at + c.len_utf8());
        letters.extend(c.to_lowercase().next());
    }
    let circle = |period: usize| {
        let needed = (period * (COPIES - 1)).max(SHORTEST.saturating_sub(period));
        let mut same = 0;
        for at in period..letters.len() {
            same = if letters[at] == letters[at - period] { same + 1 } else { 0 };
            if same == needed {
                return Some(ends[at - needed]);
            }
        }
        None
    };
    (1..=LONGEST_CIRCLE.min(letters.len() / COPIES)).filter_map(circle).min()
}

/// So many copies on end are no emphasis.
const COPIES: usize = 4;
/// Nor are they in less than so many letters: "no, no, no, no" is what people say.
const SHORTEST: usize = 20;
/// So many letters are looked at: nobody is shown more of one text.
const LOOKED_AT: usize = 4_000;
/// Longer circles are whole sentences, which [`without_repeats`] sees to.
const LONGEST_CIRCLE: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_whatever_stands_between_its_copies() {
        for (text, kept) in [
            ("I'msorry, I'msorry, I'msorry, I'msorry, I", "I'msorry"),
            ("She said that that that that that that that", "She said that"),
            ("Fine. sorrysorrysorrysorry", "Fine. sorry"),
            ("Then a plan, and a PLAN; and a plan and a plan and a plan", "Then a plan, and"),
            ("hmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", "hm"),
        ] {
            assert_eq!(circles_from(text).map(|end| &text[..end]), Some(kept), "{text}");
        }
    }

    #[test]
    fn what_people_say_is_no_circle() {
        for text in [
            "",
            "No, no, no, no. Not again.",
            "Very, very, very good.",
            "Blah blah blah, that is what I heard.",
            "One at nine, one at ten, one at eleven, one at noon.",
            "It cost 1000000000 of something.",
        ] {
            assert_eq!(circles_from(text), None, "{text}");
        }
    }
}
