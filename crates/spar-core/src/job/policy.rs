//! The queue's figures and the decisions that follow from them. Time and chance are arguments.

use std::time::Duration;

use crate::units::Timestamp;

/// Attempts a job gets unless it says otherwise.
pub const ATTEMPTS: u32 = 3;
/// A worker that has not been heard of for so long has lost its jobs.
pub const LEASE: Duration = Duration::from_secs(30);
/// How often a worker with jobs is heard of: it may miss two beats.
pub const BEAT: Duration = Duration::from_secs(10);
/// Work about a turn is worth doing for so long. What it leaves undone, the end of the mission does.
pub const TURN_EXPIRY: Duration = Duration::from_secs(3_600);
/// What was finished longer ago than this is taken away.
pub const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// More waiting jobs than this is worth a word to whoever looks.
pub const BACKLOG_ALERT: u64 = 100;

/// The most a priority can be; a greater one counts as this.
pub const LEAST_URGENT: i64 = 255;
/// So much waiting makes up for one point of priority, ms: work behind the chat (100) that has waited
/// ten minutes goes before work that somebody awaits (0) and that came only now.
pub const AGEING_MS: i64 = 6_000;

/// The wait before the second attempt is at most this.
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// And before any attempt at most this.
const LONGEST_BACKOFF: Duration = Duration::from_secs(600);

/// A job's place in the line, ms: the least goes first, equal ones in the order they came.
///
/// Effective priority is `priority - waited / AGEING_MS`, where `waited` is how long the job has been
/// ready. All jobs age alike, so subtracting the common `now` changes no comparison, and what is left
/// never changes while a job waits: `ready_at + priority × AGEING_MS`. That is why ageing needs no
/// work at all, an index keeps its order, and nothing starves: whatever comes `priority × AGEING_MS`
/// later stands behind.
#[must_use]
pub fn due(priority: i64, ready_at: Timestamp) -> i64 {
    ready_at.as_millis().saturating_add(priority.clamp(0, LEAST_URGENT) * AGEING_MS)
}

/// How long to wait after a failed attempt (1 is the first): anything between nothing and a ceiling
/// that starts at two seconds and doubles each time, up to ten minutes. `chance` is 0–1. Spreading
/// over the whole range ("full jitter") keeps jobs that failed together from failing together again.
#[must_use]
pub fn backoff(attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = FIRST_BACKOFF.saturating_mul(1 << doublings).min(LONGEST_BACKOFF);
    let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 1.0 };
    ceiling.mul_f64(chance)
}

/// What a clock that went back means for a job that waits for its time. A wait was decided at
/// `decided_at`; a `now` before that moment cannot be, so the clock has been set back and the wait
/// begins afresh: at the worst it lasts twice as long, and not until the clock is there again.
#[must_use]
pub fn retimed(decided_at: Timestamp, run_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (decided_at > now)
        .then(|| now.as_millis().saturating_add_unsigned(run_at.since(decided_at)))
        .map(Timestamp::from_millis)
}

/// Which period `at` falls in, for work done once in each.
#[must_use]
pub fn period(at: Timestamp, every: Duration) -> i64 {
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    at.as_millis().div_euclid(every)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::priority;
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn ten_minutes_make_up_for_a_hundred_points() {
        let old = due(priority::BEHIND_THE_CHAT, at(0));
        assert!(due(priority::AWAITED, at(599_999)) < old);
        assert_eq!(due(priority::AWAITED, at(600_000)), old);
        assert_eq!(due(10_000, at(0)), due(LEAST_URGENT, at(0)));
    }

    #[test]
    fn ceilings_double_up_to_ten_minutes() {
        let ceilings: Vec<u64> =
            [1, 2, 3, 9, 10, 11, 4_000].map(|n| backoff(n, 1.0).as_secs()).to_vec();
        assert_eq!(ceilings, [2, 4, 8, 512, 600, 600, 600]);
    }

    #[test]
    fn a_clock_set_back_by_a_day_costs_one_wait() {
        let day = 86_400_000;
        assert_eq!(retimed(at(day), at(day + 8_000), at(5)), Some(at(8_005)));
        assert_eq!(retimed(at(day), at(day + 8_000), at(day)), None);
    }

    proptest! {
        /// The order in the index is the order of effective priorities, at every moment.
        #[test]
        fn a_fixed_place_is_an_ageing_priority(
            a in (0..=LEAST_URGENT, 0..10_000_000_i64),
            b in (0..=LEAST_URGENT, 0..10_000_000_i64),
            later in 0..10_000_000_i64,
        ) {
            let now = a.1.max(b.1) + later;
            // Times the ageing, so that whole numbers compare exactly.
            let effective = |(priority, ready_at)| priority * AGEING_MS - (now - ready_at);
            let place = |(priority, ready_at)| due(priority, at(ready_at));
            prop_assert_eq!(effective(a).cmp(&effective(b)), place(a).cmp(&place(b)));
        }

        #[test]
        fn backoff_stays_under_its_ceiling(attempt: u32, chance in 0.0..=1.0) {
            prop_assert!(backoff(attempt, chance) <= backoff(attempt, 1.0));
            prop_assert!(backoff(attempt, 1.0) <= LONGEST_BACKOFF);
        }
    }
}
