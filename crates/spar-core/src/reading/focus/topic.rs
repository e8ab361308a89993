//! What a line is about: which of its sentences a phrase stands in, and whether it stands there as
//! the subject or in passing.

use super::words::*;
use super::{Asked, Sighting, bare, follow, is_asking};
use crate::language::{Line, Phrase};
use crate::reading::shape::{Sentence, Shape};

/// How a line speaks of what some phrases name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// Not in the sentence that asks.
    Aside,
    /// One word among many: "and the cat was asleep on the *boat*".
    Passing,
    /// In an earlier question than the last.
    Earlier,
    /// It is about that, or too short to tell.
    Subject,
}

/// The sentences of a line that say what it is about: those that ask, or all of them where none
/// does.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The last one counts most where the line asks.
    sentences: Vec<Line>,
    asks: bool,
    /// What is asked may be about anything in the line.
    leans: bool,
    /// And that is what leads up to it: "if he says no, what then", "the message, what of that".
    leans_on_lead: bool,
    /// It asks how something is, not how it is done.
    of_state: bool,
    /// The last question without what leads up to it.
    heart: Line,
    /// What leads up to it in its own sentence.
    lead: Line,
    /// The sentences that ask nothing, where others do.
    stated: Vec<Line>,
    /// The sentence before the last question, where that names nothing itself.
    before: Option<Line>,
}

/// What a question may lean on counts so much of what it names itself.
const BESIDE: f64 = 0.2;
/// And so much of it where the question names nothing: "I'll bring my engineer. Would that be okay?"
const JUST_BEFORE: f64 = 0.6;
/// What leads up to a question counts so much of it, and so much where the question may mean that.
const LEADING_UP: f64 = 0.3;
const LED_UP_TO: f64 = 0.6;
/// What a word counts that is no telling one, but content: "need", "help".
const LIGHT: f64 = 0.7;
/// What a small word counts within a turn of several words.
const SMALL: f64 = 0.4;
/// What stands at the edge of a sentence counts so much of what its heart counts.
const EDGE: f64 = 0.6;

/// Positions of words in a line.
type Range = std::ops::Range<usize>;

/// From so many words of content on, a single one of them may be there in passing.
const MANY: usize = 4;

impl Topic {
    /// What the line is about.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        let shape = Shape::new(line, |at| LEADS.contains(&line.words()[at].as_str()));
        let sighting = Sighting { words: line.words(), shape: &shape };
        let (mut asking, mut all): (Vec<Range>, Vec<Range>) = Default::default();
        for sentence in &shape.sentences {
            let mut asked = Asked::default();
            sighting.sentence(sentence, &mut asked);
            let range = sentence.start..sentence.end;
            if asked.last().is_some() {
                // "Is it the money? Or the time?" is one question.
                match asking.last_mut() {
                    Some(before) if follow::goes_on(line, before.end, range.start) => {
                        before.end = range.end;
                    }
                    _ => asking.push(range.clone()),
                }
            }
            all.push(range);
        }
        let asks = !asking.is_empty();
        let (heart, lead) = asked_last(line, &sighting, asking.last());
        let leans = asks && leans(&heart);
        let names = |line: &Line| line.words().iter().any(|word| follow::tells_something(word));
        let before = asking
            .last()
            .filter(|_| leans && lead.words().is_empty() && !names(&heart))
            .and_then(|last| {
                let at = shape.sentences.iter().position(|one| one.start == last.start)?;
                let Sentence { start, end, .. } = shape.sentences[at.checked_sub(1)?];
                Some(Line::new(line.as_typed(start..end)))
            });
        let is_asked = |range: &Range| {
            asking.iter().any(|asked| asked.start <= range.start && range.end <= asked.end)
        };
        let stated: Vec<Range> = all.into_iter().filter(|range| !is_asked(range)).collect();
        let spoken = |ranges: Vec<Range>| -> Vec<Line> {
            ranges.into_iter().map(|range| Line::new(&spoken_of(line, range, asks))).collect()
        };
        let (sentences, stated) =
            if asks { (spoken(asking), spoken(stated)) } else { (spoken(stated), Vec::new()) };
        let of_state = sentences.last().filter(|_| asks).is_some_and(asks_for_state);
        let leans_on_lead = leans && !is_statement(&lead);
        Self { sentences, asks, leans, leans_on_lead, of_state, heart, lead, stated, before }
    }

    /// Whether it asks how something is: "how's the knee". What tells a way does not answer it.
    #[must_use]
    pub fn asks_for_state(&self) -> bool {
        self.of_state
    }

    /// Whether the line asks anything.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// Whether the phrase stands in the sentence that counts most.
    #[must_use]
    pub fn ends_with(&self, phrase: &Phrase) -> bool {
        self.sentences.last().is_some_and(|last| phrase.is_in(last))
    }

    /// How much of the sentence that counts most these phrases name: a telling word counts 1, a
    /// verb of all work less, a small word only within a turn, and all of them less at the edge of
    /// the sentence. Where the question may be about anything beside it, that counts a little, too.
    #[must_use]
    pub fn weight_of(&self, phrases: &[&Phrase]) -> f64 {
        let weigh = |line: &Line| named_weight(phrases, line);
        let most = |lines: &[Line]| lines.iter().map(weigh).fold(0.0, f64::max);
        if !self.asks {
            return most(&self.sentences);
        }
        let earlier = &self.sentences[..self.sentences.len() - 1];
        let lead = if self.leans_on_lead { LED_UP_TO } else { LEADING_UP };
        let beside = if self.leans { most(earlier).max(most(&self.stated)) * BESIDE } else { 0.0 };
        let before = self.before.as_ref().map_or(0.0, weigh) * JUST_BEFORE;
        weigh(&self.heart) + weigh(&self.lead) * lead + beside.max(before)
    }

    /// Whether the last question itself names any of these; what leads up to it belongs to it where
    /// it may be about that.
    #[must_use]
    pub fn heart_names(&self, phrases: &[&Phrase]) -> bool {
        let stands = |phrase: &&Phrase| {
            phrase.is_in(&self.heart) || (self.leans_on_lead && phrase.is_in(&self.lead))
        };
        phrases.iter().any(stands)
    }

    /// Whether the question may be about anything that stands beside it.
    #[must_use]
    pub fn leans(&self) -> bool {
        self.leans
    }

    /// How much there is to name in the last question and what leads up to it.
    #[must_use]
    pub fn weight(&self) -> f64 {
        let weigh = |word: &String| {
            if follow::tells_something(word) {
                1.0
            } else if follow::is_content(word) {
                LIGHT
            } else {
                0.0
            }
        };
        self.lead.words().iter().chain(self.heart.words()).map(weigh).sum()
    }

    /// How the line speaks of what these phrases name.
    #[must_use]
    pub fn holds(&self, phrases: &[&Phrase]) -> Hold {
        if self.leans {
            return Hold::Subject;
        }
        let Some((last, earlier)) = self.sentences.split_last() else { return Hold::Subject };
        if !self.asks {
            let each =
                self.sentences.iter().filter_map(|sentence| stands(phrases, sentence, false));
            return each.max().unwrap_or(Hold::Subject);
        }
        if let Some(hold) = stands(phrases, last, true) {
            return hold;
        }
        let before = earlier.iter().any(|sentence| phrases.iter().any(|one| one.is_in(sentence)));
        if before { Hold::Earlier } else { Hold::Aside }
    }
}

/// The last question of a line, and what leads up to it in its own sentence. `range` is that
/// sentence, with the one it goes on with.
fn asked_last(line: &Line, sighting: &Sighting<'_>, range: Option<&Range>) -> (Line, Line) {
    let asks = |sentence: &&Sentence| sighting.asks(sentence);
    let (Some(range), Some(sentence)) = (range, sighting.shape.sentences.iter().rev().find(asks))
    else {
        return (Line::new(""), Line::new(""));
    };
    let start =
        if range.start < sentence.start { range.start } else { sighting.question_start(sentence) };
    (
        Line::new(&spoken_of(line, start..sentence.end, true)),
        Line::new(line.as_typed(range.start..start)),
    )
}

/// A sentence, and where it asks, without what is only manners in it.
fn spoken_of(line: &Line, range: Range, asks: bool) -> String {
    let words = &line.words()[range.clone()];
    let left = if asks { follow::without_asides(words) } else { words.to_vec() };
    if left.len() == words.len() { line.as_typed(range).to_owned() } else { left.join(" ") }
}

/// How much of a sentence the phrases name.
fn named_weight(phrases: &[&Phrase], sentence: &Line) -> f64 {
    let words = sentence.words();
    let heart = heart_of(words);
    let mut named = vec![0.0_f64; words.len()];
    for phrase in phrases {
        let count = phrase.word_count();
        for start in phrase.places(sentence) {
            for (at, word) in words.iter().enumerate().skip(start).take(count) {
                let weight = if follow::tells_something(word) {
                    1.0
                } else if follow::is_content(word) {
                    LIGHT
                } else if count > 1 {
                    SMALL
                } else {
                    0.0
                };
                // A turn that begins in the heart belongs to it.
                named[at] = named[at].max(if start < heart { weight } else { weight * EDGE });
            }
        }
    }
    named.into_iter().sum()
}

/// Up to where a sentence says what it is about; what follows says when, where, with whom, what for.
fn heart_of(words: &[String]) -> usize {
    let mut content = 0;
    for (at, word) in words.iter().enumerate() {
        if content > 0 && EDGES.contains(&word.as_str()) {
            return at;
        }
        content += usize::from(follow::is_content(word));
    }
    words.len()
}

/// How the phrases stand in one sentence; `None` where none does.
fn stands(phrases: &[&Phrase], sentence: &Line, asks: bool) -> Option<Hold> {
    let found: Vec<&&Phrase> = phrases.iter().filter(|phrase| phrase.is_in(sentence)).collect();
    if found.is_empty() {
        return None;
    }
    // Who wrote several words wrote what they are about.
    if found.iter().any(|phrase| phrase.word_count() > 1) {
        return Some(Hold::Subject);
    }
    let words = sentence.words();
    let is_named = |at: usize| found.iter().any(|phrase| phrase.has_word(&words[at]));
    let content: Vec<usize> =
        (0..words.len()).filter(|at| follow::is_content(&words[*at])).collect();
    let named = content.iter().filter(|at| is_named(**at)).count();
    // "Like somebody thought about it": "about" names nothing, where something else is named.
    if named == 0
        && content.len() >= 2
        && !(0..words.len()).any(|at| is_lead_word(&words[at]) && is_named(at))
    {
        return Some(if asks { Hold::Passing } else { Hold::Subject });
    }
    let own = ["my", "our", "his", "their"];
    let leads = content.first().is_some_and(|at| {
        is_named(*at) && !at.checked_sub(1).is_some_and(|at| own.contains(&words[at].as_str()))
    });
    let most = if asks { 4 } else { 3 };
    let passes = content.len() >= MANY && named * most <= content.len() && !leads;
    Some(if passes { Hold::Passing } else { Hold::Subject })
}

fn is_lead_word(word: &str) -> bool {
    LEADS.contains(&word)
}

/// Whether a question may be about anything that stands beside it: it has a pronoun for that, or no
/// word that says what it is about.
fn leans(question: &Line) -> bool {
    let words = question.words();
    // "Is there a cheaper one" refers to nothing by its "there".
    let exists = |at: usize| {
        at.checked_sub(1).is_some_and(|before| {
            matches!(words[before].as_str(), "is" | "are" | "was" | "were" | "isn't" | "wasn't")
        }) && at + 2 < words.len()
    };
    let refers = words.iter().enumerate().any(|(at, word)| {
        REFERRING.contains(&bare(word))
            || matches!(word.as_str(), "one" | "so")
            || (word == "there" && !exists(at))
    });
    let tells = |word: &String| {
        follow::is_content(word)
            && !VAGUE.contains(&word.as_str())
            && !DOING.contains(&word.as_str())
            && !matches!(word.as_str(), "agree" | "understand" | "sense" | "deal")
    };
    refers || !words.iter().any(tells)
}

/// Whether what leads up to a question says something by itself: "fifteen hundred is a lot".
fn is_statement(lead: &Line) -> bool {
    let words = lead.words();
    let depends = ["if", "when", "once", "suppose", "supposing", "as", "say"];
    let opens = words.iter().find(|word| !LEADS.contains(&word.as_str()));
    !opens.is_some_and(|word| depends.contains(&word.as_str()))
        && words.iter().any(|word| TURNING.contains(&word.as_str()) || word.contains('\''))
}

/// "How's the knee", "how is your sister doing".
fn asks_for_state(question: &Line) -> bool {
    let words = question.words();
    let Some(how) = words.iter().position(|word| is_asking(word) == Some("how")) else {
        return false;
    };
    let verb = if words[how].contains('\'') { how } else { how + 1 };
    let is = |at: usize, among: &[&str]| {
        words.get(at).is_some_and(|word| among.contains(&word.as_str()))
    };
    let being = verb == how || is(verb, &["is", "are", "was", "were"]);
    let doing =
        ["doing", "going", "getting", "feeling", "holding", "keeping", "coping", "managing"];
    let acts = words.iter().skip(verb + 1).any(|word| {
        let acts = word.ends_with("ing") && word.len() > 5 && !doing.contains(&word.as_str());
        acts || matches!(
            word.as_str(),
            "done" | "made" | "supposed" | "meant" | "to" | "it" | "that"
        )
    });
    being && words.len() > verb + 1 && !acts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(phrases: &[&str], line: &str) -> Hold {
        let phrases: Vec<Phrase> =
            phrases.iter().map(|phrase| Phrase::parse(phrase).expect("a phrase")).collect();
        Topic::of(&Line::new(line)).holds(&phrases.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_word_in_passing_is_not_what_a_line_is_about() {
        for (phrases, line, expected) in [
            (
                &["neighbour"][..],
                "My neighbour lost his licence and it was a relief.",
                Hold::Passing,
            ),
            (&["job"], "It's a funny thing, I used to complain about the job.", Hold::Passing),
            (
                &["cut"],
                "If we cut the reports we keep the date, I don't recommend it.",
                Hold::Passing,
            ),
            (&["ray"], "Ray has been off sick for a week, but he's back on Monday.", Hold::Subject),
            (&["knee"], "My knee hurts from the walk.", Hold::Subject),
            (&["swim*"], "I don't really swim, I'm scared of deep water.", Hold::Subject),
            (
                &["my dad"],
                "I remember the long drive home and the rain at my dad's.",
                Hold::Subject,
            ),
            (
                &["my feet"],
                "I've walked since noon from the station and my feet hurt.",
                Hold::Subject,
            ),
        ] {
            assert_eq!(hold(phrases, line), expected, "{line}");
        }
    }

    #[test]
    fn the_sentence_that_asks_says_what_is_asked_about() {
        for (phrases, line, expected) in [
            (&["noticed"][..], "I noticed you look tired. Are you sleeping?", Hold::Aside),
            (&["sleeping"], "I noticed you look tired. Are you sleeping?", Hold::Subject),
            (&["tom"], "I saw Tom yesterday. Is he always like that?", Hold::Subject),
            (&["tom"], "I saw Tom yesterday. What do you think?", Hold::Subject),
            (&["happened"], "What happened? Was the driver hurt?", Hold::Earlier),
            (&["about"], "How sure do you need to be about a new date?", Hold::Passing),
            (&["lying"], "Isn't it stressful work, lying under buses all day?", Hold::Subject),
            (&["miss"], "What do you miss about Leeds?", Hold::Subject),
        ] {
            assert_eq!(hold(phrases, line), expected, "{line}");
        }
    }

    fn weight(phrases: &[&str], line: &str) -> f64 {
        let phrases: Vec<Phrase> =
            phrases.iter().map(|phrase| Phrase::parse(phrase).expect("a phrase")).collect();
        Topic::of(&Line::new(line)).weight_of(&phrases.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_heart_of_a_question_weighs_more_than_its_edge_and_what_leads_up_to_it() {
        for (line, more, less) in [
            ("What would you need from his team?", "would you need", "his team"),
            ("If tomorrow goes well, what is different?", "different", "tomorrow goes well"),
            ("It's about tomorrow, but I'd like to hear how that night was.", "night", "tomorrow"),
            ("I'll send it tonight. When do you need it by?", "need it", "tonight"),
            ("Would you tell Owen, or shall I?", "tell owen", "shall i"),
            ("Could we show them a demo, maybe on Friday?", "demo", "friday"),
            (
                "If the third run fails, what would you want us to do?",
                "third run fails",
                "you want",
            ),
            ("Fifteen hundred is a lot, what happened?", "happened", "fifteen hundred"),
            ("What do you think was going on for him?", "going on", "do you think"),
            ("What was going on for him, do you think?", "going on", "do you think"),
            (
                "I'd like to bring my engineer. Would that be okay?",
                "bring my engineer",
                "would that",
            ),
        ] {
            let (more, less) = (weight(&[more], line), weight(&[less], line));
            assert!(more > less, "{line}: {more} and {less}");
        }
    }

    #[test]
    fn how_it_is_differs_from_how_it_is_done() {
        let of_state = |line: &str| Topic::of(&Line::new(line)).asks_for_state();
        for line in ["How's the knee?", "How is your sister doing?", "And how was the film?"] {
            assert!(of_state(line), "{line}");
        }
        for line in
            ["How do you do it?", "How is it made?", "How are you going to pay?", "The knee."]
        {
            assert!(!of_state(line), "{line}");
        }
    }
}
