//! Making foreign text safe to show: no control or direction-changing characters get through.

use std::borrow::Cow;

/// The text without control characters (new lines stay, tabs become spaces), without the
/// characters that reorder text, and with `\r\n` as `\n`.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            // A joiner holds emoji together; between letters it only hides a word.
            '\u{200d}' if !safe.ends_with(char::is_alphanumeric) => safe.push(next),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' => safe.push('\n'),
            '\t' => safe.push(' '),
            // A whole escape sequence goes, so that `ESC[31m` does not leave `[31m` behind.
            '\u{1b}' => skip_escape(&mut rest),
            other if is_unsafe(other) => {}
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// Whether a character may do something to a screen other than appear on it.
pub(crate) fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn skip_escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.peek() {
        // CSI: parameters, then one final byte.
        Some('[') => {
            rest.next();
            while let Some(c) = rest.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)) {
                let _ = c;
            }
            rest.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
        }
        // OSC, DCS, APC, PM: a string up to BEL or ESC \. A string that never ends takes at most
        // one line with it.
        Some(']' | 'P' | '_' | '^' | 'X') => {
            rest.next();
            while let Some(c) = rest.next_if(|c| *c != '\n') {
                if c == '\u{7}' || c == '\u{9c}' {
                    return;
                }
                if c == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    return;
                }
            }
        }
        Some(c) if ('\u{20}'..='\u{7e}').contains(c) => {
            rest.next();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_vanish_whole() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m b"), "ared b");
        assert_eq!(clean("x\u{1b}]0;title\u{7}y"), "xy");
        assert_eq!(clean("x\u{1b}]8;;http://e\u{1b}\\link"), "xlink");
        assert_eq!(clean("one\r\ntwo\tthree\u{202e}"), "one\ntwo three");
        assert_eq!(clean("mysel\u{200b}f ki\u{200d}ll a\u{ad}b"), "myself kill ab");
        assert_eq!(clean("plain — ünïcode 👩‍👩‍👧"), "plain — ünïcode 👩‍👩‍👧");
    }

    #[test]
    fn nothing_unsafe_is_left_of_any_bytes() {
        for high in 0..=0x2ff_u32 {
            for low in [0x1b, 0x9b, 0x5b, 0x41, 0x07] {
                let text: String =
                    [low, high, low].iter().filter_map(|code| char::from_u32(*code)).collect();
                assert!(!clean(&text).chars().any(is_unsafe), "{text:?}");
            }
        }
    }
}
