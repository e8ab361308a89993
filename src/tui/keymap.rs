//! Keys: what each means, and which ones a screen shows.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key asks for; a screen decides what that means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Ctrl+C.
    Interrupt,
    /// Ctrl+Z.
    Suspend,
    /// Ctrl+L.
    Repaint,
    /// F1.
    Help,
    /// Esc.
    Back,
    /// Enter.
    Accept,
    /// Alt+Enter, Shift+Enter, Ctrl+J.
    NewLine,
    /// Tab.
    Next,
    /// Shift+Tab.
    Previous,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Ctrl+Left, Alt+B.
    WordLeft,
    /// Ctrl+Right, Alt+F.
    WordRight,
    /// Home, Ctrl+A.
    Home,
    /// End, Ctrl+E.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Ctrl+Home.
    Top,
    /// Ctrl+End.
    Bottom,
    /// Backspace.
    Erase,
    /// Delete, Ctrl+D.
    EraseNext,
    /// Ctrl+W, Alt+Backspace.
    EraseWord,
    /// Ctrl+U.
    EraseToStart,
    /// Ctrl+K.
    EraseToEnd,
    /// A character.
    Type(char),
}

/// The action of a key; `None` for keys without a meaning and for releases.
pub(crate) fn action(key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    Some(match key.code {
        KeyCode::Enter if alt || shift || control => Action::NewLine,
        KeyCode::Enter => Action::Accept,
        KeyCode::Esc => Action::Back,
        KeyCode::F(1) => Action::Help,
        KeyCode::BackTab => Action::Previous,
        KeyCode::Tab if shift => Action::Previous,
        KeyCode::Tab => Action::Next,
        KeyCode::Up => Action::Up,
        KeyCode::Down => Action::Down,
        KeyCode::Left if control || alt => Action::WordLeft,
        KeyCode::Right if control || alt => Action::WordRight,
        KeyCode::Left => Action::Left,
        KeyCode::Right => Action::Right,
        KeyCode::Home if control => Action::Top,
        KeyCode::End if control => Action::Bottom,
        KeyCode::Home => Action::Home,
        KeyCode::End => Action::End,
        KeyCode::PageUp => Action::PageUp,
        KeyCode::PageDown => Action::PageDown,
        KeyCode::Backspace if control || alt => Action::EraseWord,
        KeyCode::Backspace => Action::Erase,
        KeyCode::Delete => Action::EraseNext,
        KeyCode::Char(letter) if control => match letter.to_ascii_lowercase() {
            'c' => Action::Interrupt,
            'z' => Action::Suspend,
            'l' => Action::Repaint,
            'j' => Action::NewLine,
            'm' => Action::Accept,
            'a' => Action::Home,
            'e' => Action::End,
            'b' => Action::Left,
            'f' => Action::Right,
            'p' => Action::Up,
            'n' => Action::Down,
            'h' => Action::Erase,
            'd' => Action::EraseNext,
            'w' => Action::EraseWord,
            'u' => Action::EraseToStart,
            'k' => Action::EraseToEnd,
            _ => return None,
        },
        KeyCode::Char(letter) if alt => match letter.to_ascii_lowercase() {
            'b' => Action::WordLeft,
            'f' => Action::WordRight,
            _ => return None,
        },
        KeyCode::Char(letter) => Action::Type(letter),
        _ => return None,
    })
}

/// A key and what it does, as shown on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The keys' names.
    pub(crate) keys: &'static str,
    /// A word or two.
    pub(crate) does: &'static str,
}

const fn hint(keys: &'static str, does: &'static str) -> Hint {
    Hint { keys, does }
}

const KEYS: Hint = hint("F1", "all keys");

/// The mission list's keys.
pub(crate) const LIBRARY: &[Hint] = &[
    hint("Up/Down", "choose"),
    hint("Enter", "open"),
    hint("q", "quit"),
    hint("Tab", "next category"),
    KEYS,
];

/// A briefing's keys.
pub(crate) const BRIEFING: &[Hint] =
    &[hint("Enter", "start"), hint("Esc", "back"), hint("Up/Down", "scroll"), KEYS];

/// The chat's keys while the user may speak.
pub(crate) const SPEAKING: &[Hint] = &[
    hint("Enter", "send"),
    hint("Alt+Enter", "new line"),
    hint("Esc", "leave"),
    hint("PgUp/PgDn", "scroll"),
    hint("Up", "earlier lines"),
    KEYS,
];

/// The chat's keys while the persona answers.
pub(crate) const WAITING: &[Hint] =
    &[hint("Esc", "stop the answer"), hint("PgUp/PgDn", "scroll"), KEYS];

/// The chat's keys when an answer failed.
pub(crate) const FAILED: &[Hint] =
    &[hint("Enter", "ask again"), hint("Esc", "go on without"), KEYS];

/// The chat's keys when the mission is over.
pub(crate) const OVER: &[Hint] =
    &[hint("Enter", "see how it went"), hint("PgUp/PgDn", "scroll"), KEYS];

/// The summary's keys, when there is a report. Those that nobody guesses have room on the narrowest
/// screen too.
pub(crate) const SUMMARY: &[Hint] = &[
    hint("Enter", "go"),
    hint("Tab", "choose"),
    hint("n/N", "section"),
    hint("s", "save"),
    hint("Up/Down", "scroll"),
    hint("Esc", "list"),
    KEYS,
];

/// The summary's keys before there is a report.
pub(crate) const BARE_SUMMARY: &[Hint] = &[
    hint("Enter", "go"),
    hint("Tab", "choose"),
    hint("Up/Down", "scroll"),
    hint("Esc", "list"),
    KEYS,
];

/// A box with choices.
pub(crate) const CHOICE: &[Hint] = &[hint("Up/Down", "choose"), hint("Enter", "do it")];

/// The help's own keys.
pub(crate) const HELP: &[Hint] = &[hint("Up/Down", "scroll"), hint("Esc", "back")];

/// Every key, by where it works.
pub(crate) const ALL: &[(&str, &[Hint])] = &[
    (
        "Everywhere",
        &[
            hint("F1", "this page"),
            hint("Esc", "back"),
            hint("Ctrl+C", "ask to quit; twice: quit"),
            hint("Ctrl+Z", "to the shell, and back with fg"),
            hint("Ctrl+L", "draw the screen anew"),
        ],
    ),
    (
        "Mission list",
        &[
            hint("Up/Down, j/k", "choose"),
            hint("Tab, Right", "next category"),
            hint("Shift+Tab, Left", "previous category"),
            hint("Home/End", "first, last"),
            hint("Enter", "open the briefing, or resume"),
            hint("q", "quit"),
        ],
    ),
    (
        "Conversation",
        &[
            hint("Enter", "send"),
            hint("Alt+Enter, Ctrl+J", "new line (Shift+Enter where the terminal tells)"),
            hint("PgUp/PgDn", "scroll"),
            hint("Ctrl+Home/Ctrl+End", "to the first, to the newest"),
            hint("Up", "earlier lines, when nothing is typed"),
            hint("Esc", "stop an answer; leave the mission"),
            hint("Ctrl+W/Ctrl+U/Ctrl+K", "erase word, to start, to end"),
            hint("Ctrl+Left/Right", "a word back, on"),
        ],
    ),
    (
        "How it went",
        &[
            hint("Left/Right, Tab", "choose what next"),
            hint("Enter", "do it"),
            hint("Up/Down, PgUp/PgDn", "scroll"),
            hint("n, N", "to the next section, to the one before"),
            hint("s", "save the report as a page in this folder"),
            hint("q", "quit"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
        action(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn three_ways_to_a_new_line_and_one_to_send() {
        assert_eq!(press(KeyCode::Enter, KeyModifiers::NONE), Some(Action::Accept));
        assert_eq!(press(KeyCode::Enter, KeyModifiers::ALT), Some(Action::NewLine));
        assert_eq!(press(KeyCode::Enter, KeyModifiers::SHIFT), Some(Action::NewLine));
        assert_eq!(press(KeyCode::Char('j'), KeyModifiers::CONTROL), Some(Action::NewLine));
    }

    #[test]
    fn releases_and_unknown_chords_mean_nothing() {
        let mut release = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(action(release), None);
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::CONTROL), None);
        assert_eq!(press(KeyCode::F(12), KeyModifiers::NONE), None);
        assert_eq!(press(KeyCode::Char('Q'), KeyModifiers::SHIFT), Some(Action::Type('Q')));
    }
}
