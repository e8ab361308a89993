//! The build of a line: lengths, punctuation, case, marks, and how it opens.

use super::{FeatureDef, View, def, flag};

const NO_WORDS: &str = "the line has no words";
/// Most that is counted of one mark.
const MOST: f32 = 50.0;

/// The definitions, in the order of [`write`].
pub(super) fn defs() -> Vec<FeatureDef> {
    let mut all = vec![
        def("characters", "Characters, up to 2,000.", 0.0, 2_000.0, ""),
        def("sentences", "Sentences.", 0.0, 400.0, ""),
        def("longest_sentence", "Words of the longest sentence.", 0.0, 700.0, NO_WORDS),
        def("first_sentence", "Words of the first sentence.", 0.0, 700.0, NO_WORDS),
        def("last_sentence", "Words of the last sentence.", 0.0, 700.0, NO_WORDS),
        def("word_length", "Mean length of a word, in characters.", 1.0, 40.0, NO_WORDS),
        def("long_words", "Share of words over six characters.", 0.0, 1.0, NO_WORDS),
        def("function_words", "Share of words without content of their own.", 0.0, 1.0, NO_WORDS),
        def("different_words", "Different words over words.", 0.0, 1.0, NO_WORDS),
        def(
            "known_words",
            "Share of words that stand in the cues' word lists.",
            0.0,
            1.0,
            NO_WORDS,
        ),
        def("negators", "Negating words.", 0.0, MOST, ""),
        def(
            "negated_words",
            "Share of words within three words after a negating word, in its clause.",
            0.0,
            1.0,
            NO_WORDS,
        ),
        def("second_person_negated", "A negating word next to \"you\".", 0.0, 1.0, ""),
        def("feeling_words", "Words of the cues' class of feelings.", 0.0, MOST, ""),
        def("exact_words", "Numbers, days and times.", 0.0, MOST, ""),
        def(
            "capital_share",
            "Share of letters that are capitals.",
            0.0,
            1.0,
            "the line has no letters",
        ),
        def("shouted_words", "Words of three letters or more in capitals.", 0.0, MOST, ""),
        def(
            "starts_small",
            "The line starts with a small letter.",
            0.0,
            1.0,
            "it does not start with a letter",
        ),
        def("digit_share", "Share of characters that are digits.", 0.0, 1.0, "the line is empty"),
        def(
            "mark_share",
            "Share of characters that are neither letters, digits nor blanks.",
            0.0,
            1.0,
            "the line is empty",
        ),
        def("drawn_out_words", "Words with a letter three times in a row.", 0.0, MOST, ""),
        def("repeated_marks", "Runs of two or more of ? and !.", 0.0, MOST, ""),
        def("asks_and_shouts", "\"?!\" or \"!?\".", 0.0, 1.0, ""),
        def("smile", "Glad emoticons and emoji.", 0.0, MOST, ""),
        def("frown", "Sad or angry emoticons and emoji.", 0.0, MOST, ""),
        def("emoji", "All emoji.", 0.0, MOST, ""),
        def("links", "Links and their stand-ins.", 0.0, MOST, ""),
        def(
            "code_marks",
            "Backticks, double colons, empty brackets and stand-ins for code.",
            0.0,
            MOST,
            "",
        ),
        def("mentions", "Names after an at sign.", 0.0, MOST, ""),
        def("quoted_words", "Words in quotation marks.", 0.0, 700.0, ""),
        def("line_breaks", "Line breaks.", 0.0, MOST, ""),
        def("unfinished", "The line ends without a closing mark.", 0.0, 1.0, ""),
        def("ends_shouting", "The line ends in !.", 0.0, 1.0, ""),
        def("ends_trailing", "The line ends in dots or a dash.", 0.0, 1.0, ""),
    ];
    all.extend(MARKS.iter().map(|(name, marks)| {
        def(&format!("mark_{name}"), &format!("How many of {marks}"), 0.0, MOST, "")
    }));
    all.extend(OPENINGS.iter().map(|(name, words)| {
        let what = format!("The line opens with one of: {}.", words.join(", "));
        def(&format!("opens_{name}"), &what, 0.0, 1.0, "")
    }));
    all
}

/// Marks that are counted.
const MARKS: [(&str, &str); 8] = [
    ("question", "?"),
    ("exclamation", "!"),
    ("comma", ","),
    ("stop", "."),
    ("colon", ":;"),
    ("dash", "-\u{2013}\u{2014}"),
    ("bracket", "()"),
    ("quote", "\"\u{201c}\u{201d}"),
];

/// First words that say what a line is up to.
const OPENINGS: [(&str, &[&str]); 12] = [
    ("you", &["you", "you're", "your", "you've"]),
    ("i", &["i", "i'm", "i've", "i'd", "i'll", "my"]),
    ("we", &["we", "we're", "let's", "we'll"]),
    ("this", &["this", "that", "it", "it's", "that's", "there"]),
    ("asking", &["what", "how", "which", "who", "where", "when", "what's", "how's"]),
    ("why", &["why", "why's"]),
    (
        "auxiliary",
        &["do", "does", "did", "is", "are", "can", "could", "would", "will", "have", "has"],
    ),
    ("so", &["so", "then"]),
    ("and", &["and", "but", "or", "because"]),
    ("yes", &["yes", "yeah", "ok", "okay", "sure", "right", "agreed", "yep", "true"]),
    ("no", &["no", "nope", "not", "never"]),
    ("greeting", &["hi", "hello", "hey", "thanks", "thank", "please", "sorry"]),
];

/// Writes the build.
pub(super) fn write(view: &View<'_>, dense: &mut Vec<f32>) {
    let text = Text::read(view.scan.line.text());
    lengths(view, &text, dense);
    words(view, dense);
    marks(view, &text, dense);
    dense.extend(text.marks.map(|count| count.min(MOST)));
    let first = view.scan.word(0);
    dense.extend(OPENINGS.iter().map(|(_, words)| flag(words.contains(&first))));
}

fn lengths(view: &View<'_>, text: &Text, dense: &mut Vec<f32>) {
    let sentences = &view.scan.shape.sentences;
    let length = |at: Option<&crate::reading::shape::Sentence>| {
        at.map_or(f32::NAN, |one| (one.end - one.start) as f32)
    };
    let longest = sentences.iter().max_by_key(|one| one.end - one.start);
    dense.extend([
        text.characters,
        sentences.len() as f32,
        length(longest),
        length(sentences.first()),
        length(sentences.last()),
    ]);
}

fn words(view: &View<'_>, dense: &mut Vec<f32>) {
    let (words, scan) = (view.words(), view.scan);
    let classes = &scan.lexicon.classes;
    let share =
        |count: usize| if words.is_empty() { f32::NAN } else { count as f32 / view.per_word() };
    let count = |class: u64| (0..words.len()).filter(|at| scan.is(*at, class)).count();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    let mut different: Vec<&str> = words.iter().map(String::as_str).collect();
    different.sort_unstable();
    different.dedup();
    let negated = |at: &usize| {
        (at.saturating_sub(3)..*at)
            .rev()
            .take_while(|before| !scan.shape.starts_clause(before + 1))
            .any(|before| scan.is(before, classes.negator))
    };
    let you_not = (1..words.len()).any(|at| {
        let you = |at: usize| words[at].starts_with("you");
        (you(at) && scan.is(at - 1, classes.negator))
            || (you(at - 1) && scan.is(at, classes.negator))
    });
    dense.extend([
        share(letters),
        share(words.iter().filter(|word| word.len() > 6).count()),
        share(count(classes.function)),
        share(different.len()),
        share((0..words.len()).filter(|at| scan.encoded.is_known(*at)).count()),
        (count(classes.negator) as f32).min(MOST),
        share((0..words.len()).filter(negated).count()),
        flag(you_not),
        (count(classes.feeling) as f32).min(MOST),
        (count(classes.exact) as f32).min(MOST),
    ]);
}

fn marks(view: &View<'_>, text: &Text, dense: &mut Vec<f32>) {
    let share = |count: f32, of: f32| if of == 0.0 { f32::NAN } else { count / of };
    let words = view.words().len();
    let typed = (0..words).map(|at| view.scan.line.as_typed(at..at + 1));
    let shouted =
        typed.filter(|word| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()));
    let drawn_out = view.words().iter().filter(|word| {
        word.as_bytes()
            .windows(3)
            .any(|run| run[0].is_ascii_alphabetic() && run[0] == run[1] && run[1] == run[2])
    });
    let end = view.scan.line.text().trim_end();
    let small = match view.scan.line.text().chars().next() {
        Some(first) if first.is_alphabetic() => flag(first.is_lowercase()),
        _ => f32::NAN,
    };
    dense.extend([
        share(text.capitals, text.letters),
        (shouted.count() as f32).min(MOST),
        small,
        share(text.digits, text.characters),
        share(text.others, text.characters),
        (drawn_out.count() as f32).min(MOST),
        text.runs.min(MOST),
        flag(text.asks_and_shouts),
        text.smiles.min(MOST),
        text.frowns.min(MOST),
        text.emoji.min(MOST),
        text.links.min(MOST),
        text.code.min(MOST),
        text.mentions.min(MOST),
        (0..words).filter(|at| view.scan.shape.is_quoted(*at)).count() as f32,
        text.breaks.min(MOST),
        flag(!end.ends_with(['.', '?', '!', '\u{2026}', '"', '\u{201d}', ')'])),
        flag(end.ends_with('!')),
        flag(end.ends_with("..") || end.ends_with(['\u{2026}', '-', '\u{2013}', '\u{2014}'])),
    ]);
}

/// What one pass over the characters counts.
#[derive(Default)]
struct Text {
    characters: f32,
    letters: f32,
    capitals: f32,
    digits: f32,
    others: f32,
    runs: f32,
    asks_and_shouts: bool,
    smiles: f32,
    frowns: f32,
    emoji: f32,
    links: f32,
    code: f32,
    mentions: f32,
    breaks: f32,
    marks: [f32; MARKS.len()],
}

impl Text {
    fn read(text: &str) -> Self {
        let mut read = Self::default();
        let (mut before, mut before_that) = (' ', ' ');
        let mut run = 0;
        for now in text.chars() {
            read.characters += 1.0;
            read.class(now);
            read.pair(before_that, before, now);
            run = if matches!(now, '?' | '!') { run + 1 } else { 0 };
            if run == 2 {
                read.runs += 1.0;
            }
            (before_that, before) = (before, now);
        }
        if text.contains("http") || text.contains("www.") || text.contains("<url>") {
            let places = ["http", "www.", "<url>"];
            read.links = places.iter().map(|place| text.matches(place).count() as f32).sum();
        }
        if text.contains("[code]") {
            read.code += text.matches("[code]").count() as f32;
        }
        read
    }

    fn class(&mut self, now: char) {
        if now.is_ascii_lowercase() {
            self.letters += 1.0;
        } else if now.is_alphabetic() {
            self.letters += 1.0;
            self.capitals += flag(now.is_uppercase());
        } else if now.is_numeric() {
            self.digits += 1.0;
        } else if !now.is_whitespace() {
            self.others += 1.0;
            for ((_, marks), count) in MARKS.iter().zip(&mut self.marks) {
                *count += flag(marks.contains(now));
            }
        } else if now == '\n' {
            self.breaks += 1.0;
        }
        match now {
            '\u{1f600}'..='\u{1f60f}'
            | '\u{1f642}'
            | '\u{1f643}'
            | '\u{1f917}'
            | '\u{1f44d}'
            | '\u{1f389}'
            | '\u{2764}'
            | '\u{263a}'
            | '\u{1f970}' => {
                self.smiles += 1.0;
                self.emoji += 1.0;
            }
            '\u{1f610}'..='\u{1f64f}' | '\u{1f44e}' | '\u{2639}' | '\u{1f595}' => {
                self.frowns += 1.0;
                self.emoji += 1.0;
            }
            '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' => self.emoji += 1.0,
            '`' => self.code += 1.0,
            _ => {}
        }
    }

    fn pair(&mut self, before_that: char, before: char, now: char) {
        match (before, now) {
            ('?', '!') | ('!', '?') => self.asks_and_shouts = true,
            (':', ':') | ('(', ')') if before_that.is_alphanumeric() => self.code += 1.0,
            ('@', now) if now.is_alphanumeric() && !before_that.is_alphanumeric() => {
                self.mentions += 1.0;
            }
            _ => {}
        }
        let eyes = |eye: char| matches!(eye, ':' | ';' | '=');
        let nosed = before == '-' && eyes(before_that);
        if nosed || (eyes(before) && !before_that.is_alphanumeric()) {
            match now {
                ')' | 'D' | 'P' | 'p' => self.smiles += 1.0,
                '(' | '/' | '|' | '[' => self.frowns += 1.0,
                _ => {}
            }
        }
    }
}
