//! A line that is only a short answer: yes, no, all right, or not knowing.

use serde::{Deserialize, Serialize};

use crate::language::Line;

/// What a line says that says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortAnswer {
    /// "Yeah", "sure", "I guess".
    Yes,
    /// "No", "not really".
    No,
    /// "Ok", "fine", "got it".
    Ok,
    /// "Dunno", "no idea", "maybe".
    Unsure,
}

/// What each phrase says; `None` says nothing by itself and may stand beside one that does. Where
/// two begin alike, the longer counts.
const PHRASES: &[(Option<ShortAnswer>, &[&str])] = &[
    (
        Some(ShortAnswer::Yes),
        &[
            "yes",
            "yeah",
            "yea",
            "yep",
            "yup",
            "ya",
            "aye",
            "yes please",
            "sure",
            "of course",
            "for sure",
            "definitely",
            "absolutely",
            "certainly",
            "totally",
            "exactly",
            "i do",
            "i am",
            "i did",
            "i have",
            "i will",
            "i would",
            "it is",
            "it does",
            "that's right",
            "thats right",
            "true",
            "correct",
            "indeed",
            "i guess",
            "i guess so",
            "guess so",
            "i suppose",
            "i suppose so",
            "suppose so",
            "i think so",
            "think so",
            "sort of",
            "kind of",
            "kinda",
            "a bit",
            "a little",
            "mhm",
            "mm hm",
            "uh huh",
            "very much",
            "why not",
            "go on",
            "please",
        ],
    ),
    (
        Some(ShortAnswer::No),
        &[
            "no",
            "nope",
            "nah",
            "na",
            "no way",
            "not really",
            "not exactly",
            "not at all",
            "not yet",
            "not now",
            "not today",
            "not much",
            "never",
            "no never",
            "i don't",
            "i dont",
            "i'm not",
            "im not",
            "i didn't",
            "i didnt",
            "i haven't",
            "i havent",
            "i won't",
            "i wont",
            "i can't",
            "i cant",
            "it isn't",
            "it's not",
            "its not",
            "of course not",
            "i don't think so",
            "i dont think so",
            "don't think so",
            "dont think so",
            "i guess not",
            "guess not",
            "i suppose not",
            "suppose not",
            "probably not",
            "no thanks",
            "no thank you",
            "certainly not",
        ],
    ),
    (
        Some(ShortAnswer::Ok),
        &[
            "ok",
            "okay",
            "k",
            "kk",
            "okey",
            "okay then",
            "alright",
            "all right",
            "fine",
            "right",
            "cool",
            "good",
            "great",
            "fair enough",
            "fair",
            "got it",
            "understood",
            "i see",
            "i understand",
            "no problem",
            "no worries",
            "sounds good",
            "that's fine",
            "thats fine",
            "will do",
            "agreed",
            "deal",
            "works for me",
            "very well",
        ],
    ),
    (
        Some(ShortAnswer::Unsure),
        &[
            "dunno",
            "i dunno",
            "idk",
            "i don't know",
            "i dont know",
            "don't know",
            "dont know",
            "no idea",
            "i have no idea",
            "i've no idea",
            "no clue",
            "i have no clue",
            "not sure",
            "i'm not sure",
            "im not sure",
            "i am not sure",
            "unsure",
            "maybe",
            "perhaps",
            "possibly",
            "probably",
            "could be",
            "might be",
            "yes and no",
            "who knows",
            "hard to say",
            "it depends",
            "depends",
            "can't say",
            "cant say",
            "i can't say",
            "i couldn't say",
            "we'll see",
            "i'll see",
            "ill see",
        ],
    ),
    (
        None,
        &[
            "um",
            "uh",
            "er",
            "erm",
            "hm",
            "hmm",
            "mm",
            "oh",
            "ah",
            "well",
            "so",
            "and",
            "but",
            "then",
            "now",
            "really",
            "actually",
            "honestly",
            "just",
            "look",
            "listen",
            "sorry",
            "thanks",
            "thank you",
            "cheers",
            "mate",
            "man",
            "sir",
            "madam",
            "tbh",
            "lol",
            "haha",
            "to be honest",
            "by the way",
            "i mean",
            "you know",
            "anyway",
        ],
    ),
];

/// No phrase has more words.
const LONGEST: usize = 4;

impl ShortAnswer {
    /// Every answer, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Yes, Self::No, Self::Ok, Self::Unsure];

    /// The answer, as in "a line that is only a yes".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Yes => "a yes",
            Self::No => "a no",
            Self::Ok => "an ok",
            Self::Unsure => "not knowing",
        }
    }

    /// What the whole line says, if it is nothing but such an answer; of several ("ok, no") the last
    /// that is not merely "ok". A line with a question mark answers nothing.
    #[must_use]
    pub fn of(line: &Line) -> Option<Self> {
        let words = line.words();
        if line.text().contains('?') {
            return None;
        }
        let (mut at, mut said) = (0, None);
        while at < words.len() {
            let (length, meaning) = (1..=LONGEST.min(words.len() - at))
                .rev()
                .find_map(|length| Some((length, meaning(&words[at..at + length])?)))?;
            if let Some(meaning) = meaning
                && (meaning != Self::Ok || said.is_none())
            {
                said = Some(meaning);
            }
            at += length;
        }
        said
    }
}

/// What a phrase says, if it is one of the list.
fn meaning(words: &[String]) -> Option<Option<ShortAnswer>> {
    let is = |phrase: &&str| phrase.split(' ').eq(words.iter().map(String::as_str));
    PHRASES.iter().find(|(_, phrases)| phrases.iter().any(&is)).map(|(said, _)| *said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_short_answer_only_when_it_is_nothing_else() {
        use ShortAnswer::{No, Ok, Unsure, Yes};
        let rows: &[(Option<ShortAnswer>, &[&str])] = &[
            (
                Some(Yes),
                &["yeah", "Yes.", "sure", "i guess", "ok, yes", "Well... I suppose so.", "YES!!"],
            ),
            (
                Some(No),
                &["no", "not really", "Nah, mate", "ok no", "um, no. Sorry", "No, not really."],
            ),
            (Some(Ok), &["ok", "Okay then.", "alright", "right, fine", "got it, thanks"]),
            (
                Some(Unsure),
                &[
                    "dunno",
                    "no idea",
                    "maybe",
                    "I don\u{2019}t know",
                    "yeah maybe",
                    "yes and no",
                    "hm, not sure really",
                ],
            ),
            (
                None,
                &[
                    "",
                    "hm",
                    "really",
                    "yeah?",
                    "No idea who that is.",
                    "yes, at nine",
                    "no one told me",
                    "I don't know him",
                    "ok and when",
                    "sure thing is",
                    "right and how many",
                    "thanks",
                ],
            ),
        ];
        for (expected, lines) in rows {
            for line in *lines {
                assert_eq!(ShortAnswer::of(&Line::new(line)), *expected, "{line}");
            }
        }
    }

    #[test]
    fn no_phrase_is_longer_than_what_is_looked_for() {
        let longest = PHRASES.iter().flat_map(|(_, phrases)| *phrases);
        assert_eq!(longest.map(|phrase| phrase.split(' ').count()).max(), Some(LONGEST));
    }
}
