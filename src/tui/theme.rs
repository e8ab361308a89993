//! The vocabulary of looks: what a thing *is* decides how it looks, here and nowhere else.
//!
//! Views ask for `theme.style(Role::Warning)`, never for a colour. Every difference that a colour
//! makes is also made by a word, a glyph or an attribute, so that `mono` loses nothing.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use spar_core::rules::{Mood, Tier};

/// Which look is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ThemeName {
    /// Light text on dark ground, true colour.
    #[default]
    Dark,
    /// Dark text on light ground, true colour.
    Light,
    /// The terminal's own sixteen colours and its own ground.
    Ansi,
    /// No colour at all: attributes only.
    Mono,
}

impl ThemeName {
    /// Every theme.
    pub(crate) const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Ansi, Self::Mono];

    /// The name on the command line and in the configuration.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Ansi => "ansi",
            Self::Mono => "mono",
        }
    }

    /// The theme of that name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// What suits a terminal that says this about itself: the values of `NO_COLOR`, `COLORTERM`,
    /// `TERM` and `COLORFGBG` (`fore;back`, as some terminals set it).
    #[must_use]
    pub(crate) fn detect(
        no_color: Option<&str>,
        color_term: Option<&str>,
        term: Option<&str>,
        color_fg_bg: Option<&str>,
    ) -> Self {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Self::Mono;
        }
        let true_color = color_term.is_some_and(|value| value == "truecolor" || value == "24bit")
            || term.is_some_and(|value| value.ends_with("-direct"));
        if !true_color {
            return Self::Ansi;
        }
        let back = color_fg_bg.and_then(|value| value.rsplit(';').next());
        if matches!(back, Some("7" | "15")) { Self::Light } else { Self::Dark }
    }
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What is read.
    Text,
    /// What stands beside it.
    Muted,
    /// Names of screens and sections.
    Title,
    /// The other person.
    Persona,
    /// The user.
    You,
    /// What can be pressed, and what is chosen.
    Accent,
    /// Something went well.
    Good,
    /// Something went badly.
    Bad,
    /// Something to be careful about.
    Warning,
    /// Rare and good.
    Epic,
    /// Lines and empty parts of meters; never text.
    Rule,
}

impl Role {
    /// Every role that text is written in.
    #[cfg(test)]
    const TEXT: [Self; 10] = [
        Self::Text,
        Self::Muted,
        Self::Title,
        Self::Persona,
        Self::You,
        Self::Accent,
        Self::Good,
        Self::Bad,
        Self::Warning,
        Self::Epic,
    ];
}

/// Colours by role, in the order of [`Role`], then ground, panel and the ground of what is chosen.
struct Palette {
    roles: [u32; 11],
    ground: u32,
    panel: u32,
    chosen: u32,
}

const DARK: Palette = Palette {
    roles: [
        0xe4e4e0, 0x9fa8b5, 0xf5f3ec, 0x7cc4d8, 0xd8b98a, 0xa9b8f5, 0x86cf8f, 0xf28b82, 0xf0b45a,
        0xd3a4f0, 0x444b57,
    ],
    ground: 0x16181d,
    panel: 0x1f232b,
    chosen: 0x2c3340,
};

const LIGHT: Palette = Palette {
    roles: [
        0x23262d, 0x565d69, 0x101216, 0x0b5a70, 0x6f4a10, 0x3346b0, 0x1d6228, 0xa32018, 0x7f4a00,
        0x742ba3, 0xb9b7ae,
    ],
    ground: 0xfaf9f5,
    panel: 0xf0eee7,
    chosen: 0xe3e2f0,
};

/// A look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme {
    name: ThemeName,
}

impl Theme {
    pub(crate) fn new(name: ThemeName) -> Self {
        Self { name }
    }

    fn palette(self) -> Option<&'static Palette> {
        match self.name {
            ThemeName::Dark => Some(&DARK),
            ThemeName::Light => Some(&LIGHT),
            ThemeName::Ansi | ThemeName::Mono => None,
        }
    }

    /// The whole screen, before anything is drawn on it.
    pub(crate) fn ground(self) -> Style {
        self.palette().map_or(Style::reset(), |palette| {
            Style::reset().fg(rgb(palette.roles[0])).bg(rgb(palette.ground))
        })
    }

    /// A box that lies above the screen.
    pub(crate) fn panel(self) -> Style {
        self.palette().map_or(Style::reset(), |palette| {
            Style::reset().fg(rgb(palette.roles[0])).bg(rgb(palette.panel))
        })
    }

    /// How text of a role looks. Leaves the ground alone.
    pub(crate) fn style(self, role: Role) -> Style {
        let style = match (self.palette(), self.name) {
            (Some(palette), _) => Style::new().fg(rgb(palette.roles[role as usize])),
            (None, ThemeName::Ansi) => match role {
                Role::Text | Role::Title | Role::Muted | Role::Rule => Style::new(),
                Role::Persona => Style::new().fg(Color::Cyan),
                Role::You => Style::new().fg(Color::Blue),
                Role::Accent => Style::new().fg(Color::Blue),
                Role::Good => Style::new().fg(Color::Green),
                Role::Bad => Style::new().fg(Color::Red),
                Role::Warning | Role::Epic => Style::new().fg(Color::Magenta),
            },
            (None, _) => Style::new(),
        };
        let attributes = match role {
            Role::Title | Role::Persona | Role::You | Role::Warning | Role::Epic => Modifier::BOLD,
            Role::Accent if self.palette().is_none() => Modifier::BOLD,
            Role::Muted | Role::Rule if self.palette().is_none() => Modifier::DIM,
            _ => Modifier::empty(),
        };
        style.add_modifier(attributes)
    }

    /// The entry that is chosen.
    pub(crate) fn chosen(self) -> Style {
        self.palette().map_or_else(
            || Style::new().add_modifier(Modifier::REVERSED),
            |palette| {
                Style::new()
                    .fg(rgb(palette.roles[Role::Title as usize]))
                    .bg(rgb(palette.chosen))
                    .add_modifier(Modifier::BOLD)
            },
        )
    }

    /// A tier's badge.
    pub(crate) fn badge(self, tier: Tier) -> Style {
        self.style(Self::tier_role(tier)).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// A tier's number and words.
    pub(crate) fn tier(self, tier: Tier) -> Style {
        self.style(Self::tier_role(tier))
    }

    fn tier_role(tier: Tier) -> Role {
        match tier {
            Tier::SPlus | Tier::S => Role::Epic,
            Tier::A => Role::Good,
            Tier::B => Role::Accent,
            Tier::C => Role::Text,
            Tier::D => Role::Bad,
        }
    }

    /// A mood's face and word.
    pub(crate) fn mood(self, mood: Mood) -> Style {
        self.style(match mood {
            Mood::Warm | Mood::Excited | Mood::Interested => Role::Good,
            Mood::Neutral | Mood::Shy | Mood::Bored => Role::Text,
            Mood::Testing | Mood::Guarded => Role::Warning,
            Mood::Annoyed | Mood::Hurt | Mood::Cold => Role::Bad,
        })
    }

    /// The last pass over a frame: takes every colour away where none are wanted. The buffer is
    /// stripped rather than the output because crossterm's own way of honouring `NO_COLOR` resets
    /// bold and reverse as well.
    pub(crate) fn strip(self, buffer: &mut Buffer) {
        if self.name != ThemeName::Mono {
            return;
        }
        for cell in &mut buffer.content {
            (cell.fg, cell.bg) = (Color::Reset, Color::Reset);
        }
    }
}

fn rgb(hex: u32) -> Color {
    Color::from_u32(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color) -> f64 {
        let Color::Rgb(red, green, blue) = color else { panic!("{color:?} is not true colour") };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The contrast ratio of WCAG 2: 1 to 21.
    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_role_is_readable_on_every_ground() {
        for name in [ThemeName::Dark, ThemeName::Light] {
            let theme = Theme::new(name);
            for ground in [theme.ground(), theme.panel(), theme.chosen()] {
                let back = ground.bg.expect("a true-colour ground");
                for role in Role::TEXT {
                    let front = theme.style(role).fg.expect("a true-colour role");
                    let ratio = contrast(front, back);
                    assert!(ratio >= 4.5, "{name:?} {role:?} on {back}: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn badges_are_readable() {
        for name in [ThemeName::Dark, ThemeName::Light] {
            let theme = Theme::new(name);
            for tier in Tier::ALL {
                let front = theme.badge(tier).fg.expect("a true-colour badge");
                let back = theme.ground().bg.expect("a true-colour ground");
                assert!(contrast(front, back) >= 4.5, "{name:?} {}", tier.name());
            }
        }
    }

    #[test]
    fn mono_keeps_attributes_and_loses_every_colour() {
        let theme = Theme::new(ThemeName::Mono);
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 4, 1));
        let red = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
        buffer.set_string(0, 0, "warn", red);
        theme.strip(&mut buffer);
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset));
        assert!(buffer.content.iter().all(|cell| cell.modifier.contains(Modifier::BOLD)));
    }

    #[test]
    fn a_terminal_gets_what_it_says_it_can_do() {
        let detect = ThemeName::detect;
        assert_eq!(detect(Some("1"), Some("truecolor"), None, None), ThemeName::Mono);
        assert_eq!(detect(Some(""), Some("truecolor"), None, None), ThemeName::Dark);
        assert_eq!(detect(None, Some("24bit"), None, Some("0;15")), ThemeName::Light);
        assert_eq!(detect(None, None, Some("xterm-256color"), None), ThemeName::Ansi);
    }
}
