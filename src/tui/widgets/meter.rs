//! A meter: a bar of fixed length with its number and, where it moved, by how much.

use ratatui::text::Span;

use crate::tui::glyphs::GlyphSet;
use crate::tui::theme::{Role, Theme};

/// The bar alone: `cells` long, filled to `value` of 100.
pub(crate) fn bar(
    value: f64,
    cells: usize,
    role: Role,
    theme: Theme,
    glyphs: GlyphSet,
) -> [Span<'static>; 2] {
    let share = if value.is_finite() { value.clamp(0.0, 100.0) / 100.0 } else { 0.0 };
    let filled = ((share * cells as f64).round() as usize).min(cells);
    [
        Span::styled(glyphs.full().repeat(filled), theme.style(role)),
        Span::styled(glyphs.empty().repeat(cells - filled), theme.style(Role::Rule)),
    ]
}

/// The last change in words: an arrow and whole points; empty when it did not move visibly.
pub(crate) fn change(moved: f64, glyphs: GlyphSet) -> String {
    let points = moved.round();
    if !points.is_finite() || points == 0.0 {
        return String::new();
    }
    let arrow = if points > 0.0 { glyphs.up() } else { glyphs.down() };
    format!("{arrow}{}", points.abs())
}

/// Whether a gauge's value is good, bad or neither; `rising_is_bad` for tension.
pub(crate) fn role_of(value: f64, rising_is_bad: bool) -> Role {
    let good = if rising_is_bad { 100.0 - value } else { value };
    if good >= 60.0 {
        Role::Good
    } else if good < 35.0 {
        Role::Bad
    } else {
        Role::Warning
    }
}

/// The role of a change.
pub(crate) fn role_of_change(moved: f64, rising_is_bad: bool) -> Role {
    if (moved > 0.0) == rising_is_bad { Role::Bad } else { Role::Good }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeName;

    fn drawn(value: f64) -> String {
        bar(value, 10, Role::Good, Theme::new(ThemeName::Mono), GlyphSet::Ascii)
            .iter()
            .map(|span| span.content.as_ref())
            .collect()
    }

    #[test]
    fn a_bar_is_as_full_as_its_value_and_always_as_long() {
        assert_eq!(drawn(0.0), "..........");
        assert_eq!(drawn(45.0), "#####.....");
        assert_eq!(drawn(100.0), "##########");
        assert_eq!(drawn(f64::NAN), "..........");
        assert_eq!(drawn(900.0), "##########");
    }

    #[test]
    fn a_change_has_an_arrow_and_no_change_has_nothing() {
        assert_eq!(change(3.4, GlyphSet::Ascii), "^3");
        assert_eq!(change(-8.0, GlyphSet::Unicode), "↓8");
        assert_eq!(change(0.3, GlyphSet::Unicode), "");
    }

    #[test]
    fn rising_tension_is_bad() {
        assert_eq!(role_of_change(5.0, true), Role::Bad);
        assert_eq!(role_of_change(-5.0, true), Role::Good);
        assert_eq!(role_of_change(5.0, false), Role::Good);
        assert_eq!(role_of(90.0, true), Role::Bad);
    }
}
