//! Contrast of the page's colours, by the formula of WCAG 2 (relative luminance, ratio from 1 to 21).

use std::collections::BTreeMap;

/// The colours of each theme of a page; what a later one leaves out stays as in the first.
pub(crate) fn themes(html: &str) -> Vec<BTreeMap<&str, u32>> {
    let mut themes: Vec<BTreeMap<&str, u32>> = Vec::new();
    for block in html.split(":root {").skip(1) {
        let block = block.split('}').next().unwrap_or_default();
        let mut theme = themes.first().cloned().unwrap_or_default();
        for line in block.split("--").skip(1) {
            let Some((name, value)) = line.split_once(": #") else { continue };
            let digits = value.split(';').next().unwrap_or_default();
            // `#abc` is short for `#aabbcc`.
            let digits: String = match digits.len() {
                3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
                _ => digits.to_owned(),
            };
            theme.insert(name, u32::from_str_radix(&digits, 16).expect("a colour"));
        }
        themes.push(theme);
    }
    themes
}

/// How far apart two colours are.
pub(crate) fn ratio(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: u32) -> f64 {
    let part = |shift: u32| {
        let value = f64::from(colour >> shift & 0xff) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}
