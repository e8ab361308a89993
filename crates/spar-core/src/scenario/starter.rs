//! Scenario files that the program writes.

/// A text as a double-quoted YAML scalar on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut found = String::with_capacity(text.len() + 2);
    found.push('"');
    for letter in text.chars() {
        match letter {
            '"' => found.push_str("\\\""),
            '\\' => found.push_str("\\\\"),
            c if c.is_control() => found.push(' '),
            c => found.push(c),
        }
    }
    found.push('"');
    found
}
