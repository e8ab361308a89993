//! Two alphabets of signs: one for terminals that draw Unicode, one for those that do not.

use ratatui::buffer::Buffer;
use spar_core::rules::Mood;

/// Which alphabet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum GlyphSet {
    /// Lines, blocks and marks.
    #[default]
    Unicode,
    /// What every terminal has.
    Ascii,
}

impl GlyphSet {
    /// The set of that name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "unicode" => Some(Self::Unicode),
            "ascii" => Some(Self::Ascii),
            _ => None,
        }
    }

    /// What suits a terminal with this locale (`LC_ALL`, `LC_CTYPE` or `LANG`, the first that is
    /// set) and `TERM`.
    #[must_use]
    pub(crate) fn detect(locale: Option<&str>, term: Option<&str>) -> Self {
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        if utf8 && term != Some("linux") { Self::Unicode } else { Self::Ascii }
    }

    /// The last pass over a frame where only ASCII is drawn: typographic marks in what people and
    /// models wrote become the plain ones. Letters of other scripts stay; they have no plain form.
    pub(crate) fn flatten(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            let plain = match cell.symbol() {
                "…" => ".",
                "‘" | "’" => "'",
                "“" | "”" | "„" => "\"",
                "–" | "—" | "‑" => "-",
                "•" | "·" => "*",
                // What reports are drawn with.
                "─" => "-",
                "→" => ">",
                "✓" => "+",
                "✗" => "x",
                "○" => "o",
                "░" => ".",
                "▁" => "_",
                "▂" => ".",
                "▃" => ":",
                "▄" => "-",
                "▅" => "=",
                "▆" => "+",
                "▇" => "*",
                "█" => "#",
                _ => continue,
            };
            cell.set_symbol(plain);
        }
    }

    fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// A gate that is passed, or a good thing.
    pub(crate) fn check(self) -> &'static str {
        self.pick("✓", "+")
    }

    /// A gate that is open.
    pub(crate) fn open(self) -> &'static str {
        self.pick("○", "o")
    }

    /// A strike.
    pub(crate) fn strike(self) -> &'static str {
        self.pick("✗", "x")
    }

    /// Something to be careful about.
    pub(crate) fn warning(self) -> &'static str {
        self.pick("▲", "!")
    }

    /// A celebration.
    pub(crate) fn star(self) -> &'static str {
        self.pick("★", "*")
    }

    /// The chosen entry.
    pub(crate) fn pointer(self) -> &'static str {
        self.pick("▸", ">")
    }

    /// A small separator between words.
    pub(crate) fn dot(self) -> &'static str {
        self.pick("·", "-")
    }

    /// Filled part of a meter.
    pub(crate) fn full(self) -> &'static str {
        self.pick("━", "#")
    }

    /// Empty part of a meter.
    pub(crate) fn empty(self) -> &'static str {
        self.pick("─", ".")
    }

    /// A horizontal rule.
    pub(crate) fn rule(self) -> &'static str {
        self.pick("─", "-")
    }

    /// A vertical rule.
    pub(crate) fn bar(self) -> &'static str {
        self.pick("│", "|")
    }

    /// Rising.
    pub(crate) fn up(self) -> &'static str {
        self.pick("↑", "^")
    }

    /// Falling.
    pub(crate) fn down(self) -> &'static str {
        self.pick("↓", "v")
    }

    /// Where the reply is still being written.
    pub(crate) fn caret(self) -> &'static str {
        self.pick("▍", "_")
    }

    /// Something is awaited.
    pub(crate) fn waiting(self) -> &'static str {
        self.pick("…", "...")
    }

    /// The corners of a box: top left, top right, bottom left, bottom right.
    pub(crate) fn corners(self) -> [&'static str; 4] {
        match self {
            Self::Unicode => ["╭", "╮", "╰", "╯"],
            Self::Ascii => ["+", "+", "+", "+"],
        }
    }

    /// A mood's face, five cells wide.
    pub(crate) fn face(self, mood: Mood) -> &'static str {
        match mood {
            Mood::Warm => self.pick("(◠‿◠)", "(^_^)"),
            Mood::Excited => self.pick("(^▽^)", "(^o^)"),
            Mood::Interested => self.pick("(•‿•)", "(o_o)"),
            Mood::Neutral => self.pick("(•_•)", "(._.)"),
            Mood::Testing => self.pick("(•_¬)", "(o_-)"),
            Mood::Shy => self.pick("(._.)", "(,_,)"),
            Mood::Guarded => self.pick("[•_•]", "[o_o]"),
            Mood::Bored => self.pick("(=_=)", "(=_=)"),
            Mood::Annoyed => self.pick("(>_<)", "(>_<)"),
            Mood::Hurt => self.pick("(;_;)", "(;_;)"),
            Mood::Cold => self.pick("[-_-]", "[-_-]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_differ_and_are_five_cells_wide() {
        for set in [GlyphSet::Unicode, GlyphSet::Ascii] {
            let mut seen: Vec<&str> = Vec::new();
            for mood in Mood::ALL {
                let face = set.face(mood);
                assert_eq!(crate::tui::text::width(face), 5, "{face}");
                assert!(!seen.contains(&face), "{face} twice");
                seen.push(face);
            }
        }
        assert!(Mood::ALL.iter().all(|mood| GlyphSet::Ascii.face(*mood).is_ascii()));
    }

    #[test]
    fn a_locale_without_utf_8_gets_ascii() {
        assert_eq!(GlyphSet::detect(Some("en_US.UTF-8"), Some("xterm")), GlyphSet::Unicode);
        assert_eq!(GlyphSet::detect(Some("C"), Some("xterm")), GlyphSet::Ascii);
        assert_eq!(GlyphSet::detect(Some("en_US.UTF-8"), Some("linux")), GlyphSet::Ascii);
        assert_eq!(GlyphSet::detect(None, None), GlyphSet::Ascii);
    }
}
