//! Leaving a model alone for a while once it keeps failing, and finding out when it is back.

use std::collections::VecDeque;

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// So many failures …
    pub failures: usize,
    /// … within so many ms open it.
    pub window_ms: u64,
    /// It stays open for so many ms, then lets one call through.
    pub open_ms: u64,
    /// A call let through that was never heard of again counts as failed after so many ms.
    pub probe_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, window_ms: 60_000, open_ms: 30_000, probe_ms: 120_000 }
    }
}

/// A circuit breaker: one for each model. Every time it is told is in ms of a clock that never goes
/// back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Calls go through; the latest failures, oldest first.
    Closed(VecDeque<u64>),
    /// No call goes through before this.
    Open { until: u64 },
    /// One call is on its way to find out.
    HalfOpen { since: u64 },
}

impl Breaker {
    /// A closed one.
    #[must_use]
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed(VecDeque::new()) }
    }

    /// Whether a call may be made now; each `Ok` must be followed by [`Breaker::succeeded`],
    /// [`Breaker::failed`] or [`Breaker::given_up`].
    ///
    /// # Errors
    /// How many ms to wait before it is worth asking again.
    pub fn try_call(&mut self, now: u64) -> Result<(), u64> {
        match self.state {
            State::Closed(_) => Ok(()),
            State::Open { until } if now < until => Err(until - now),
            State::HalfOpen { since } if now < since.saturating_add(self.settings.probe_ms) => {
                Err(since + self.settings.probe_ms - now)
            }
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen { since: now };
                Ok(())
            }
        }
    }

    /// A call was answered: all is well again.
    pub fn succeeded(&mut self) {
        self.state = State::Closed(VecDeque::new());
    }

    /// A call failed in a way that says something about the model's server.
    pub fn failed(&mut self, now: u64) {
        let settings = self.settings;
        let open = State::Open { until: now.saturating_add(settings.open_ms) };
        match &mut self.state {
            State::Closed(failures) => {
                failures.push_back(now);
                while failures
                    .front()
                    .is_some_and(|at| now.saturating_sub(*at) > settings.window_ms)
                {
                    failures.pop_front();
                }
                if failures.len() >= settings.failures.max(1) {
                    self.state = open;
                }
            }
            State::HalfOpen { .. } => self.state = open,
            // A call that began before it opened; its failure is no news.
            State::Open { .. } => {}
        }
    }

    /// A call was dropped before its answer: the next one may find out.
    pub fn given_up(&mut self, now: u64) {
        if matches!(self.state, State::HalfOpen { .. }) {
            self.state = State::Open { until: now };
        }
    }

    /// Whether calls go through as a matter of course.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: BreakerSettings =
        BreakerSettings { failures: 3, window_ms: 1_000, open_ms: 500, probe_ms: 2_000 };

    fn opened_at(now: u64) -> Breaker {
        let mut breaker = Breaker::new(SETTINGS);
        (0..3).for_each(|_| breaker.failed(now));
        breaker
    }

    #[test]
    fn it_opens_after_failures_close_together_and_lets_one_call_find_out() {
        let mut breaker = opened_at(100);
        assert_eq!(breaker.try_call(100), Err(500));
        assert_eq!(breaker.try_call(599), Err(1));
        assert_eq!(breaker.try_call(600), Ok(()));
        assert_eq!(breaker.try_call(601), Err(1_999), "one is on its way already");
        breaker.failed(700);
        assert_eq!(breaker.try_call(701), Err(499), "open once more");
        assert_eq!(breaker.try_call(1_200), Ok(()));
        breaker.succeeded();
        assert!(breaker.is_closed());
    }

    #[test]
    fn failures_far_apart_do_not_open_it() {
        let mut breaker = Breaker::new(SETTINGS);
        for second in 0..100 {
            breaker.failed(second * 600);
            assert!(breaker.is_closed());
        }
    }

    #[test]
    fn a_success_wipes_the_slate() {
        let mut breaker = Breaker::new(SETTINGS);
        for now in 0..100 {
            breaker.failed(now);
            breaker.failed(now);
            breaker.succeeded();
        }
        assert!(breaker.is_closed());
    }

    #[test]
    fn a_probe_that_was_dropped_or_lost_blocks_nobody() {
        let mut breaker = opened_at(0);
        assert_eq!(breaker.try_call(500), Ok(()));
        breaker.given_up(510);
        assert_eq!(breaker.try_call(510), Ok(()));
        assert_eq!(breaker.try_call(2_510), Ok(()), "the one before was never heard of again");
    }

    #[test]
    fn late_failures_of_older_calls_keep_it_open_no_longer() {
        let mut breaker = opened_at(0);
        breaker.failed(400);
        assert_eq!(breaker.try_call(500), Ok(()));
    }
}
