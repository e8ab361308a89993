//! When to ask again, and after how long.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use spar_core::units::Timestamp;

/// How often and how patiently to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests after the first.
    pub max_retries: u32,
    /// The longest first pause; each further one may be twice as long.
    pub base: Duration,
    /// The longest pause we choose ourselves.
    pub cap: Duration,
    /// The longest pause a server may ask of us; beyond it we give up at once.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
            patience: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// The pause before the next request after `retries` retries. `wish` is what the server asked
    /// for, `chance` a number in 0..1. `None` when the wish is beyond our patience.
    ///
    /// The jitter is full (anything from nothing to the bound), which spreads clients that failed
    /// together furthest; a wish is kept in full, with jitter on top.
    #[must_use]
    pub fn pause(&self, retries: u32, wish: Option<Duration>, chance: f64) -> Option<Duration> {
        let chance = chance.clamp(0.0, 1.0);
        match wish {
            Some(wish) if wish > self.patience => None,
            Some(wish) => Some(wish + self.base.mul_f64(chance)),
            None => {
                let bound = self.base.saturating_mul(1u32.checked_shl(retries).unwrap_or(u32::MAX));
                Some(bound.min(self.cap).mul_f64(chance))
            }
        }
    }
}

/// How long the server asks us to wait: `retry-after-ms`, then `Retry-After` in seconds or as a
/// date. A date that has passed means now; what cannot be read means nothing.
pub(super) fn wish(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok())
        && let Ok(wish) = Duration::try_from_secs_f64(millis / 1_000.0)
    {
        return Some(wish);
    }
    let after = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = after.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(after).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
    Some(date.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn wish_of(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        wish(&headers.collect(), Timestamp::from_millis(784_111_777_000))
    }

    #[test]
    fn the_three_forms_of_a_wish() {
        let seconds = Duration::from_secs;
        assert_eq!(wish_of(&[("retry-after", "7")]), Some(seconds(7)));
        assert_eq!(wish_of(&[("retry-after", "0.25")]), Some(Duration::from_millis(250)));
        assert_eq!(
            wish_of(&[("retry-after-ms", "1500"), ("retry-after", "9")]),
            Some(Duration::from_millis(1_500))
        );
        let date = "Sun, 06 Nov 1994 08:49:40 GMT";
        assert_eq!(wish_of(&[("retry-after", date)]), Some(seconds(3)));
        let past = "Sun, 06 Nov 1994 08:00:00 GMT";
        assert_eq!(wish_of(&[("retry-after", past)]), Some(seconds(0)));
    }

    #[test]
    fn nonsense_is_no_wish() {
        for value in ["soon", "", "-5", "NaN", "inf", "1e300"] {
            let headers = [("retry-after", value)];
            assert_eq!(wish_of(&headers), None, "{value}");
        }
        assert_eq!(
            wish_of(&[("retry-after-ms", "x"), ("retry-after", "2")]),
            Some(Duration::from_secs(2))
        );
    }

    #[test]
    fn a_wish_beyond_patience_ends_it() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.pause(0, Some(Duration::from_secs(121)), 0.0), None);
        assert_eq!(
            policy.pause(0, Some(Duration::from_secs(120)), 0.0),
            Some(Duration::from_secs(120))
        );
    }

    proptest! {
        /// The pause lies between nothing and a bound that doubles up to the cap.
        #[test]
        fn jitter_is_full_and_bounded(retries in 0u32..80, chance in 0.0f64..1.0) {
            let policy = RetryPolicy::default();
            let pause = policy.pause(retries, None, chance).expect("no wish, no refusal");
            let bound = policy.base.as_secs_f64() * 2f64.powi(retries.min(60) as i32);
            prop_assert!(pause.as_secs_f64() <= bound.min(policy.cap.as_secs_f64()) * chance + 1e-6);
            prop_assert_eq!(policy.pause(retries, None, 0.0), Some(Duration::ZERO));
        }
    }
}
