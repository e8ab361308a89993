//! What the command line hands over: an engine, the scenarios, and how things are to look.

use std::env;
use std::time::Duration;

use spar_core::ids::MissionId;
use spar_core::scenario::Scenario;
use spar_engine::Engine;
use spar_engine::library::Library;

use super::app::Look;
use super::glyphs::GlyphSet;
use super::theme::ThemeName;

/// Where to begin.
pub(crate) enum Start {
    /// At the mission list.
    Home,
    /// At the briefing of a scenario.
    Scenario(Box<Scenario>),
    /// In a mission that was left unfinished.
    Resume(MissionId),
}

/// Everything the screen needs.
pub(crate) struct Session {
    /// Plays and keeps missions.
    pub(crate) engine: Engine,
    /// Where scenarios come from.
    pub(crate) library: Library,
    /// Where to begin.
    pub(crate) start: Start,
    /// The seed of the first mission; `None` draws one.
    pub(crate) seed: Option<u64>,
    /// How long the end of a mission waits for its report to be whole.
    pub(crate) max_wait: Duration,
    /// Nothing moves by itself. This screen has no motion so far; what comes asks here first.
    #[expect(dead_code, reason = "nothing moves yet; the setting is part of the contract")]
    pub(crate) reduced_motion: bool,
    /// `dark`, `light`, `ansi`, `mono`; anything else asks the terminal.
    pub(crate) theme: String,
    /// `unicode`, `ascii`; anything else asks the terminal.
    pub(crate) glyphs: String,
    /// Whether colour is wanted at all.
    pub(crate) colors: bool,
}

/// Time between two looks at a clock, ms, from which on nobody was there: looks come once a second,
/// so the program was stopped meanwhile, or the machine slept.
pub(crate) const AWAY_MS: u64 = 5_000;

impl Session {
    /// The look that was asked for, or that the terminal can show.
    pub(crate) fn look(&self) -> Look {
        let var = |name: &str| env::var(name).ok();
        let term = var("TERM");
        let theme = if self.colors {
            ThemeName::from_name(&self.theme).unwrap_or_else(|| {
                let (color_term, ground) = (var("COLORTERM"), var("COLORFGBG"));
                ThemeName::detect(None, color_term.as_deref(), term.as_deref(), ground.as_deref())
            })
        } else {
            ThemeName::Mono
        };
        let glyphs = GlyphSet::from_name(&self.glyphs).unwrap_or_else(|| {
            let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(|name| var(name).filter(|value| !value.is_empty()));
            GlyphSet::detect(locale.as_deref(), term.as_deref())
        });
        Look { theme, glyphs }
    }
}

#[cfg(test)]
mod tests {
    use spar_engine::config::{GLYPHS, THEMES};

    use super::*;

    #[test]
    fn every_name_that_settings_take_means_a_look() {
        for name in THEMES.into_iter().filter(|name| *name != "auto") {
            assert!(ThemeName::from_name(name).is_some(), "{name}");
        }
        assert!(ThemeName::ALL.iter().all(|theme| THEMES.contains(&theme.name())));
        for name in GLYPHS.into_iter().filter(|name| *name != "auto") {
            assert!(GlyphSet::from_name(name).is_some(), "{name}");
        }
    }
}
