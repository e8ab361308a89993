//! Whether a line is language at all, and whether it is English.

use super::scan::Scan;

const VOWELS: &str = "aeiouyàáâäãåæèéêëìíîïòóôöõøùúûüœ";
const KEYBOARD_ROWS: [&str; 6] =
    ["qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz"];
/// Neighbouring keys in a row that make a run, in a word that is not known.
const KEYBOARD_RUN: usize = 4;
/// Consonants in a row that English hardly has.
const CONSONANT_RUN: usize = 6;

/// What kind of text a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Legible {
    /// English, or too short to say otherwise.
    English,
    /// Another language or script.
    Foreign,
    /// No language.
    Gibberish,
    /// No words.
    Empty,
}

/// Looks at letters and at the words that are known.
pub(super) fn legible(scan: &Scan<'_>) -> Legible {
    let words = scan.line.words();
    if words.is_empty() {
        let letters = scan.line.text().chars().any(char::is_alphabetic);
        return if letters { Legible::Foreign } else { Legible::Empty };
    }
    if is_mostly_other_script(scan.line.text()) {
        return Legible::Foreign;
    }
    let foreign_class = scan.lexicon.classes.foreign;
    let foreign = (0..words.len()).filter(|at| scan.is(*at, foreign_class)).count();
    let known = (0..words.len())
        .filter(|at| scan.encoded.is_known(*at) && !scan.is(*at, foreign_class))
        .count();
    if foreign >= 2 && foreign >= known {
        return Legible::Foreign;
    }
    let (mut garbled, mut letters) = (0, 0);
    for (at, word) in words.iter().enumerate() {
        let length = word.chars().filter(|c| c.is_alphabetic()).count();
        letters += length;
        if !scan.encoded.is_known(at) && is_garbled(word) {
            garbled += length;
        }
    }
    let drums = words.len() >= 6 && words.windows(2).all(|pair| pair[0] == pair[1]);
    if drums || (letters > 0 && garbled * 2 >= letters) {
        return Legible::Gibberish;
    }
    Legible::English
}

fn is_mostly_other_script(text: &str) -> bool {
    let (mut latin, mut other) = (0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        match c {
            '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => latin += 1,
            _ => other += 1,
        }
    }
    other > latin
}

/// No word of any language the reader would meet: "asdfgh", "xkcdqw", "hahsjdjs" is too near to one.
fn is_garbled(word: &str) -> bool {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    if letters.len() < KEYBOARD_RUN {
        return false;
    }
    let is_vowel = |c: &char| VOWELS.contains(*c);
    let vowels = letters.iter().filter(|c| is_vowel(c)).count();
    let distinct = {
        let mut seen = letters.clone();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    // "hmmm", "noooo", "yesss" and "aaargh" are sounds that people make.
    let drawn_out =
        distinct <= 3 && letters.windows(3).any(|run| run[0] == run[1] && run[1] == run[2]);
    let one_key = distinct <= 2 && letters.len() >= 7 && !drawn_out_sound(&letters);
    let voiceless = letters.len() >= 5 && vowels == 0 && !word.contains('y') && !drawn_out;
    let all_vowels = letters.len() >= 7 && vowels == letters.len() && distinct > 2;
    let mut consonants = 0;
    let crowded = letters.iter().any(|c| {
        consonants = if is_vowel(c) { 0 } else { consonants + 1 };
        consonants >= CONSONANT_RUN
    }) && !drawn_out;
    one_key || voiceless || all_vowels || crowded || is_keyboard_run(word)
}

/// One sound held on: "noooooo", "hmmmmmmm".
fn drawn_out_sound(letters: &[char]) -> bool {
    letters.windows(2).filter(|pair| pair[0] != pair[1]).count() == 1
}

/// Most of the word is a run of keys; "property" only holds one.
fn is_keyboard_run(word: &str) -> bool {
    let (mut run, mut longest) = (1, 1);
    for pair in word.as_bytes().windows(2) {
        let follows =
            KEYBOARD_ROWS.iter().any(|row| row.as_bytes().windows(2).any(|keys| keys == pair));
        run = if follows { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest >= KEYBOARD_RUN && longest * 3 >= word.len() * 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Line;

    fn read(text: &str) -> Legible {
        legible(&Scan::new(&Line::new(text)))
    }

    #[test]
    fn keys_and_noise_are_gibberish() {
        for text in [
            "asdfghjkl",
            "qwerty qwerty qwerty",
            "xkcdqwrt zzxcv",
            "aaaaaaaaaa",
            "sdkjfh wkjrhf",
            "bla bla bla bla bla bla bla",
            "jfkdls jfkdls jfkdls",
        ] {
            assert_eq!(read(text), Legible::Gibberish, "{text}");
        }
    }

    #[test]
    fn sounds_names_and_short_answers_are_not() {
        for text in [
            "hmm",
            "Hmmmm.",
            "ok",
            "nooooo",
            "Krzysztof and Siobhan Nguyen",
            "tbh idk",
            "brr",
            "The strengths of the rhythm section",
            "were you there, Rewa?",
            "Mr Schwartz",
            "78,000",
            "property",
        ] {
            assert_eq!(read(text), Legible::English, "{text}");
        }
        assert_eq!(read("..."), Legible::Empty);
        assert_eq!(read(""), Legible::Empty);
    }

    #[test]
    fn other_languages_are_recognised() {
        for text in [
            "Ich kann dir das nicht sagen.",
            "No tengo tiempo para esto, pero lo siento.",
            "Je suis désolé pour le retard.",
            "мне очень жаль",
            "申し訳ありません",
            "Nie wiem, ale to jest trudne.",
            "Ik heb het niet gezien.",
        ] {
            assert_eq!(read(text), Legible::Foreign, "{text}");
        }
        for text in [
            "Die launch in June was mine.",
            "My son was in a car with a man.",
            "Per se, no.",
            "Que sera.",
        ] {
            assert_ne!(read(text), Legible::Foreign, "{text}");
        }
    }
}
