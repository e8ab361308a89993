//! Makes a server's words fit to be shown: one line, bounded, no control characters, no key.

/// Longest message kept, in characters: enough for any error meant for people.
const LONGEST: usize = 400;

/// Beginnings of the keys of well-known services. A server may quote a key it was sent, in part.
const KEY_PREFIXES: [&str; 7] = ["sk-", "sk_", "gsk_", "xai-", "AIza", "hf_", "nvapi-"];

/// What stands where a key was.
const REDACTED: &str = "[key]";

/// `text` as one safe line. `key` is the key in use, which must not come back out.
pub(crate) fn safe_line(text: &str, key: Option<&str>) -> String {
    let mut line = String::new();
    let mut characters = 0;
    let mut gap = false;
    for character in text.chars() {
        if character.is_whitespace() {
            gap = !line.is_empty();
            continue;
        }
        if is_invisible(character) {
            continue;
        }
        if characters >= LONGEST {
            line.push('…');
            break;
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
        }
        line.push(character);
        characters += 1;
    }
    redact(&line, key)
}

/// Control characters, direction overrides and zero-width marks: nothing a message needs, and all
/// it takes to make a terminal show something else than what was said.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn redact(line: &str, key: Option<&str>) -> String {
    let key = key.map(str::trim).filter(|key| key.len() >= 4);
    let line = key.map_or_else(|| line.to_owned(), |key| line.replace(key, REDACTED));
    // Servers like to quote a key with its middle starred out; its start is enough to know it by.
    let start = key.filter(|key| key.len() >= 12).and_then(|key| key.get(..6));
    let looks_like_key = |word: &str| {
        word.len() >= 8
            && (KEY_PREFIXES.iter().any(|prefix| word.starts_with(prefix))
                || start.is_some_and(|start| word.starts_with(start)))
    };
    let is_key_character =
        |character: char| character.is_ascii_alphanumeric() || "-_*.•…".contains(character);

    let mut safe = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while !rest.is_empty() {
        let word_end = rest.find(|c| !is_key_character(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        safe.push_str(if looks_like_key(word) { REDACTED } else { word });
        let next_word = after.find(is_key_character).unwrap_or(after.len());
        let (between, after) = after.split_at(next_word);
        safe.push_str(between);
        rest = after;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_line_breaks_go() {
        let text = "bad\x1b[31m \r\n\tthing\u{202e}\u{9b}!\0";
        assert_eq!(safe_line(text, None), "bad[31m thing!");
    }

    #[test]
    fn the_key_goes_whole_starred_or_foreign() {
        let key = Some("verysecretvalue123");
        assert_eq!(safe_line("key verysecretvalue123.", key), "key [key].");
        assert_eq!(safe_line("(verysec********e123)", key), "([key])");
        assert_eq!(
            safe_line("Incorrect API key: sk-abc***xyz, see docs", None),
            "Incorrect API key: [key], see docs"
        );
        assert_eq!(safe_line("ask-me-anything sky", None), "ask-me-anything sky");
    }

    #[test]
    fn long_messages_are_cut() {
        let line = safe_line(&"ä".repeat(10_000), None);
        assert_eq!(line.chars().count(), LONGEST + 1);
        assert!(line.ends_with('…'));
    }
}
