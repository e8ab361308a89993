//! What models cost. A model that is not in the table has an unknown cost, never none.

use crate::chat::Usage;
use crate::units::MicroUsd;

/// The day the figures were taken from the vendor's public price list.
pub const PRICES_AS_OF: &str = "2026-11-01";

/// Micro-USD for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Prompt tokens.
    pub input: i64,
    /// Prompt tokens that the server had cached.
    pub cached_input: i64,
    /// Generated tokens.
    pub output: i64,
}

/// Model, then dollars for a million input, cached input and output tokens, in micro-USD.
const PRICES: [(&str, Price); 6] = [
    ("gpt-4o", Price { input: 2_500_000, cached_input: 1_250_000, output: 10_000_000 }),
    ("gpt-4o-mini", Price { input: 150_000, cached_input: 75_000, output: 600_000 }),
    ("gpt-4.1", Price { input: 2_000_000, cached_input: 500_000, output: 8_000_000 }),
    ("gpt-4.1-mini", Price { input: 400_000, cached_input: 100_000, output: 1_600_000 }),
    ("gpt-4.1-nano", Price { input: 100_000, cached_input: 25_000, output: 400_000 }),
    ("embedded", Price { input: 0, cached_input: 0, output: 0 }),
];

/// The price of a model, by its name or its name with a date (`gpt-4o-mini-2024-07-18`) or a
/// vendor before it (`openai/gpt-4o-mini`).
#[must_use]
pub fn price_of(model: &str) -> Option<Price> {
    let name = model.rsplit('/').next().unwrap_or(model);
    PRICES
        .iter()
        .find(|(known, _)| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || is_date(rest))
        })
        .map(|(_, price)| *price)
}

/// `-2024-07-18`
fn is_date(rest: &str) -> bool {
    rest.len() == 11
        && rest.starts_with('-')
        && rest[1..].chars().all(|c| c.is_ascii_digit() || c == '-')
}

impl Price {
    /// What a call cost, rounded up to a whole micro-USD; `None` when the server did not count.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<MicroUsd> {
        let (input, output) = (i64::from(usage.input?), i64::from(usage.output?));
        let cached = i64::from(usage.cached_input.unwrap_or(0)).min(input);
        Some(self.of(input - cached, cached, output))
    }

    /// The most a call can cost: every prompt token at full price, every allowed token generated.
    #[must_use]
    pub fn at_most(&self, input: i64, output: i64) -> MicroUsd {
        self.of(input, 0, output)
    }

    fn of(&self, input: i64, cached: i64, output: i64) -> MicroUsd {
        let scaled = input * self.input + cached * self.cached_input + output * self.output;
        MicroUsd((scaled + 999_999) / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_exact_and_unknown_stays_unknown() {
        let usage = Usage {
            input: Some(1_000),
            output: Some(100),
            cached_input: Some(400),
            ..Usage::default()
        };
        let mini = price_of("gpt-4o-mini-2024-07-18").expect("a known model");
        // 600 × 0.15 + 400 × 0.075 + 100 × 0.60 = 180 micro-USD
        assert_eq!(mini.cost(&usage), Some(MicroUsd(180)));
        assert_eq!(mini.cost(&Usage::default()), None);
        assert_eq!(price_of("openai/gpt-4o"), price_of("gpt-4o"));
        assert_eq!(price_of("smollm2"), None);
        assert_eq!(price_of("gpt-4o-audio"), None);
    }
}
