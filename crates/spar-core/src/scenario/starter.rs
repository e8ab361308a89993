//! Scenario files that the program writes: the commented starter, and one made from five answers.

use std::fmt::Write as _;

use super::generic;
use super::problems::visible;
use super::resolve::{is_kebab, kebab};
use crate::language::Line;
use crate::persona::StyleKey;

/// A question of `play --about`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Which field of [`Answers`] it fills.
    pub key: &'static str,
    /// What is asked.
    pub text: &'static str,
    /// An answer, as an example.
    pub example: &'static str,
}

/// The five questions, in order.
pub const QUESTIONS: [Question; 5] = [
    Question { key: "who", text: "Who is it?", example: "Marta, my landlady" },
    Question {
        key: "hard_thing",
        text: "What is the hard thing to say, in one line?",
        example: "The heating has been broken for two weeks and I want it repaired",
    },
    Question {
        key: "aim",
        text: "What do you want to leave with?",
        example: "a date for the repair",
    },
    Question {
        key: "style",
        text: "What are they like?",
        example: "warm, direct, dry, anxious, proud, playful, formal or tired",
    },
    Question {
        key: "fear",
        text: "What do they fear, or what will they push back on?",
        example: "what it will cost",
    },
];

/// The answers to [`QUESTIONS`], as typed; any of them may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Who it is: a name, a role, or both with a comma between them.
    pub who: String,
    /// The hard thing to say.
    pub hard_thing: String,
    /// What to leave with.
    pub aim: String,
    /// What they are like, in any words.
    pub style: String,
    /// What they fear or push back on.
    pub fear: String,
}

impl Answers {
    /// Fills the field of a [`Question`]; an unknown key changes nothing.
    pub fn set(&mut self, key: &str, answer: &str) {
        let field = match key {
            "who" => &mut self.who,
            "hard_thing" => &mut self.hard_thing,
            "aim" => &mut self.aim,
            "style" => &mut self.style,
            "fear" => &mut self.fear,
            _ => return,
        };
        answer.clone_into(field);
    }
}

/// The longest answer that is kept, in characters.
const LONGEST: usize = 400;
/// Words that say nothing about the subject.
const COMMON: &str = include_str!("common.words");

/// The commented starter that `scenario new` writes: valid and playable as it stands.
#[must_use]
pub fn starter(id: &str, title: &str) -> String {
    let id = if is_kebab(id) { id.to_owned() } else { kebab(id) };
    // `2026` and `true` would be a number and a truth.
    let is_text = id.starts_with(char::is_alphabetic) && !["true", "false", "null"].contains(&&*id);
    let id = if is_text { id } else { quoted(&id) };
    let title = one_line(title);
    let title = if title.is_empty() { "A talk I have been putting off".to_owned() } else { title };
    include_str!("starter.yaml").replace("{ID}", &id).replace("{TITLE}", &quoted(&title))
}

/// A scenario of somebody's own, made from five answers: valid whatever they typed.
#[must_use]
pub fn from_answers(answers: &Answers) -> String {
    let hard_thing = one_line(&answers.hard_thing);
    let (name, role) = who(&one_line(&answers.who));
    let aim = one_line(&answers.aim);
    let fear = one_line(&answers.fear);
    let style = style(&answers.style);
    let words = subject(&hard_thing);
    let title = if hard_thing.is_empty() {
        format!("A talk with {name}")
    } else {
        format!("Tell {name}: {}", shortened(&hard_thing, 60))
    };
    let aim = if aim.is_empty() { "Say it, and leave with a next step".to_owned() } else { aim };

    let mut text = String::from("spar: 1\n");
    let id =
        kebab(&format!("{name} {}", words.iter().take(3).cloned().collect::<Vec<_>>().join(" ")));
    let _ = writeln!(text, "id: {}", quoted(&id));
    let _ = writeln!(text, "title: {}", quoted(&title));
    let _ = writeln!(text, "summary: {}", quoted(&shortened(&hard_thing, 200)));
    let _ = writeln!(text, "category: {}\ntags: [own]", category(answers));
    let _ = writeln!(text, "persona:\n  name: {}\n  role: {}", quoted(&name), quoted(&role));
    if !fear.is_empty() {
        let _ = writeln!(text, "  fears:\n    - {}", quoted(&fear));
    }
    let _ = writeln!(text, "  style: {{key: {}}}", style.name());
    let _ = writeln!(
        text,
        "objective:\n  kind: {}\n  title: {}\n  description: {}",
        kind(&hard_thing),
        quoted(&aim),
        quoted(&format!("Say this plainly: {hard_thing}"))
    );
    text.push_str("policy: {max_turns: 12, min_turns: 4, word_limit: 90}\n");
    text.push_str(&cues_and_gates(&words));
    text.push_str(&generic::yaml(style, true));
    text
}

/// The scenario's own cues and its three gates: it was said plainly, a feeling was acknowledged,
/// and there is a next step. It counts as said when a word of each half of the hard thing was said.
fn cues_and_gates(words: &[String]) -> String {
    let phrases = |words: &[String]| {
        words.iter().map(|word| quoted(&stem(word))).collect::<Vec<_>>().join(", ")
    };
    let (first, second) = words.split_at(words.len().div_ceil(2));
    let mut text = String::from("cues:\n");
    let all = if words.is_empty() { quoted("need to tell you") } else { phrases(words) };
    let _ = writeln!(text, "  says_it: {{any: [{all}], effect: good, weight: 6}}");
    let plainly = if second.is_empty() {
        "{cue: [says_it, states_position]}".to_owned()
    } else {
        let _ = writeln!(text, "  names_it: {{any: [{}]}}", phrases(first));
        let _ = writeln!(text, "  spells_it_out: {{any: [{}]}}", phrases(second));
        "{all: [{cue: names_it}, {cue: spells_it_out}]}".to_owned()
    };
    let _ = write!(
        text,
        "gates:
  - {{id: said_plainly, title: You said it plainly, when: {plainly}, reason: not_said}}
  - {{id: heard, title: You heard them, when: {{cue: [acknowledges_feeling, validates, reflects]}}, reason: not_heard}}
  - {{id: next_step, title: There is a next step, when: {{cue: [proposes_plan, commits, offers_choice, makes_request], gate: said_plainly, min_turns: 3}}, reason: no_next_step}}
"
    );
    text
}

/// Name and role from one answer: `Marta, my landlady`, `my boss`, `Dana`.
fn who(answer: &str) -> (String, String) {
    let role = |text: &str| {
        let text = text.trim();
        if text.is_empty() { "Somebody you need to talk to".to_owned() } else { text.to_owned() }
    };
    if let Some((name, rest)) = answer.split_once([',', ';', '(']) {
        let name = shortened(name.trim(), 40);
        if !name.is_empty() {
            return (name, role(rest.trim_end_matches(')')));
        }
    }
    for article in ["my ", "our ", "the ", "a ", "an "] {
        let starts = answer.get(..article.len()).is_some_and(|s| s.eq_ignore_ascii_case(article));
        let rest = answer.get(article.len()..).unwrap_or_default().trim();
        if starts && !rest.is_empty() {
            let mut letters = rest.chars();
            let upper: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            return (shortened(&format!("{upper}{}", letters.as_str()), 40), answer.to_owned());
        }
    }
    let name = shortened(answer, 40);
    (if name.is_empty() { "Somebody".to_owned() } else { name }, role(""))
}

/// The style somebody meant.
fn style(answer: &str) -> StyleKey {
    let line = Line::new(answer);
    let has = |words: &[&str]| {
        line.words().iter().any(|word| words.iter().any(|stem| word.starts_with(stem)))
    };
    StyleKey::ALL
        .into_iter()
        .find(|key| has(&[key.name()]))
        .or_else(|| {
            let meanings: [(StyleKey, &[&str]); 8] = [
                (
                    StyleKey::Anxious,
                    &["anx", "nerv", "worr", "scare", "afraid", "insecure", "tense"],
                ),
                (StyleKey::Tired, &["exhaust", "busy", "stress", "burn", "overwork", "weary"]),
                (
                    StyleKey::Proud,
                    &["pride", "stubborn", "arrog", "vain", "ego", "touchy", "bossy"],
                ),
                (StyleKey::Dry, &["sarcas", "iron", "cynic", "laconic", "quiet"]),
                (StyleKey::Playful, &["funn", "jok", "silly", "cheer", "light"]),
                (StyleKey::Formal, &["polite", "offic", "cold", "distant", "strict", "correct"]),
                (StyleKey::Warm, &["kind", "friend", "nice", "gentle", "sweet", "soft", "caring"]),
                (StyleKey::Direct, &["blunt", "straight", "honest", "tough", "harsh", "angry"]),
            ];
            meanings.into_iter().find(|(_, stems)| has(stems)).map(|(key, _)| key)
        })
        .unwrap_or_default()
}

fn mentions_any(text: &str, stems: &[&str]) -> bool {
    let line = Line::new(text);
    line.words().iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)))
}

fn category(answers: &Answers) -> &'static str {
    let text = format!("{} {}", answers.who, answers.hard_thing);
    let walks: [(&str, &[&str]); 4] = [
        ("service", &["customer", "client", "guest"]),
        ("work", &["boss", "manager", "colleague", "cowork", "team", "report", "ceo", "hr", "job"]),
        ("health", &["doctor", "nurse", "patient", "therap", "carer", "hospital", "diagnos"]),
        ("negotiation", &["landlord", "landlady", "seller", "buyer", "price", "contract", "rent"]),
    ];
    walks.into_iter().find(|(_, stems)| mentions_any(&text, stems)).map_or("social", |walk| walk.0)
}

fn kind(hard_thing: &str) -> &'static str {
    let kinds: [(&str, &[&str]); 4] = [
        ("negotiate", &["raise", "salary", "price", "discount", "pay"]),
        ("ask_for_help", &["help", "support", "borrow"]),
        ("say_no", &["no", "won't", "can't", "cannot", "refuse", "declin"]),
        ("set_boundary", &["stop", "boundary", "anymore", "enough"]),
    ];
    let found = kinds.into_iter().find(|(_, stems)| mentions_any(hard_thing, stems));
    found.map_or("deliver_bad_news", |kind| kind.0)
}

/// The words of a line that say what it is about, each once, in order.
fn subject(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in Line::new(line).words() {
        let common = COMMON.split_whitespace().any(|common| common == word);
        if !common && word.chars().count() > 1 && !found.contains(word) && found.len() < 12 {
            found.push(word.clone());
        }
    }
    found
}

/// The word as a phrase that also fits its other endings: `repairs` becomes `repair*`.
fn stem(word: &str) -> String {
    let long = |rest: &&str| rest.chars().count() >= 4;
    let plain = word.chars().all(char::is_alphabetic);
    let cut =
        ["ing", "ed", "es", "s"].into_iter().find_map(|end| word.strip_suffix(end).filter(long));
    match cut {
        Some(rest) if plain => format!("{rest}*"),
        None if plain && word.chars().count() >= 5 => format!("{word}*"),
        _ => word.to_owned(),
    }
}

/// The text on one line, without control characters or braces, and not without end.
fn one_line(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .map(|word| visible(word).replace(['{', '}'], ""))
        .filter(|word| !word.is_empty())
        .collect();
    shortened(&words.join(" "), LONGEST)
}

/// The text, cut at a word where it is too long.
fn shortened(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.trim().to_owned() };
    let cut = text[..end].rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", text[..cut].trim_end())
}

/// The text as a double-quoted YAML scalar on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut found = String::with_capacity(text.len() + 2);
    found.push('"');
    for letter in text.chars() {
        match letter {
            '"' => found.push_str("\\\""),
            '\\' => found.push_str("\\\\"),
            // What YAML does not print stays a space: nobody meant to say it.
            c if c.is_control() || is_unprintable(c) => found.push(' '),
            c => found.push(c),
        }
    }
    found.push('"');
    found
}

/// Characters that YAML wants escaped, and separators that break lines elsewhere.
fn is_unprintable(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read::parse_one;
    use super::*;

    fn example() -> Answers {
        let mut answers = Answers::default();
        for question in QUESTIONS {
            answers.set(question.key, question.example);
        }
        answers
    }

    #[test]
    fn the_starter_is_valid_and_carries_its_name() {
        let scenario = parse_one("s", &starter("launch-slip", "He said \"no\": twice"))
            .unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(scenario.id, "launch-slip");
        assert_eq!(scenario.title, "He said \"no\": twice");
        assert!(scenario.playthroughs.is_complete());
        let scenario = parse_one("s", &starter("My Talk!", "")).expect("any name makes an id");
        assert_eq!(scenario.id, "my-talk");
        for id in ["0", "true", "null", "1e5"] {
            let scenario = parse_one("s", &starter(id, "")).expect("ids are always text");
            assert_eq!(scenario.id, id);
        }
    }

    #[test]
    fn answers_become_a_scenario_that_knows_what_was_said() {
        let text = from_answers(&example());
        let scenario = parse_one("s", &text).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(scenario.persona.name, "Marta");
        assert_eq!(scenario.persona.role, "my landlady");
        assert_eq!(scenario.category.name(), "negotiation");
        let lines: usize = scenario.offline.blocks.iter().map(|block| block.lines.len()).sum();
        assert!(lines >= 100, "{lines} lines");
        let cue = |name: &str| {
            let own = scenario.reader.own_cues.iter().find(|cue| cue.name == name).expect(name);
            own.any.iter().map(|phrase| String::from(phrase.clone())).collect::<Vec<_>>()
        };
        assert_eq!(cue("names_it"), ["heat*", "broken*"]);
        assert_eq!(cue("spells_it_out"), ["repair*"]);
    }

    #[test]
    fn styles_are_understood_in_other_words() {
        for (answer, key) in [
            ("she is rather DRY", StyleKey::Dry),
            ("blunt, but fair", StyleKey::Direct),
            ("worried about everything", StyleKey::Anxious),
            ("", StyleKey::Direct),
        ] {
            assert_eq!(style(answer), key, "{answer}");
        }
    }

    #[test]
    fn people_are_named_in_several_ways() {
        assert_eq!(who("my boss").0, "Boss");
        assert_eq!(who("Dana").0, "Dana");
        assert_eq!(who("Jo (my sister)"), ("Jo".to_owned(), "my sister".to_owned()));
        assert_eq!(who("").0, "Somebody");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_answers_make_a_file_that_reads_without_problems(
            answers in prop::array::uniform5(prop_oneof![
                any::<String>(),
                "[a-z'\":{}\\[\\],#&*!|>%@`\\\\ \n\t-]{0,60}",
                "\\PC{0,40}",
                Just("x ".repeat(4000)),
            ]),
        ) {
            let [who, hard_thing, aim, style, fear] = answers;
            let text = from_answers(&Answers { who, hard_thing, aim, style, fear });
            let read = parse_one("s", &text);
            prop_assert!(read.is_ok(), "{}\n{}", read.err().map(|p| p.to_string()).unwrap_or_default(), text);
        }

        #[test]
        fn any_name_makes_a_starter_that_reads(id in any::<String>(), title in any::<String>()) {
            let read = parse_one("s", &starter(&id, &title));
            prop_assert!(read.is_ok(), "{}", read.err().map(|p| p.to_string()).unwrap_or_default());
        }
    }
}
