//! Time and chance. The only place in the engine that reads either; everything else is handed a
//! [`Clock`], so that a test can hold time still and a seed can bring the same ids back.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use spar_core::units::Timestamp;

/// A source of time and of chance. Cheap to clone; clones share both.
#[derive(Clone)]
pub struct Clock {
    time: Arc<Time>,
    chance: Arc<Mutex<ChaCha20Rng>>,
}

enum Time {
    /// The machine's clocks; monotonic time counts from the making of the clock.
    System { origin: Instant },
    /// Stands still until told to move.
    Manual { start: Timestamp, elapsed_micros: AtomicU64 },
}

/// Runs something and says how long it took, by the machine's monotonic clock: for whoever adapts
/// to what the disk takes, never for what is recorded.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed())
}

impl Clock {
    /// Real time, entropy from the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self::new(system_time(), os_seed())
    }

    /// Real time, entropy that follows from `seed` alone: the n-th draw is always the same.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::new(system_time(), seed_bytes(seed))
    }

    /// Time that moves only by [`Clock::advance`], and seeded entropy: two clocks made alike give
    /// the same ids for the same calls.
    #[must_use]
    pub fn manual(start: Timestamp, seed: u64) -> Self {
        let time = Time::Manual { start, elapsed_micros: AtomicU64::new(0) };
        Self::new(time, seed_bytes(seed))
    }

    fn new(time: Time, seed: [u8; 32]) -> Self {
        Self { time: Arc::new(time), chance: Arc::new(Mutex::new(ChaCha20Rng::from_seed(seed))) }
    }

    /// The same time with entropy of its own. Work that runs side by side takes one each, so that
    /// what it draws does not depend on who came first.
    #[must_use]
    pub fn reseeded(&self, seed: u64) -> Self {
        let chance = ChaCha20Rng::from_seed(seed_bytes(seed));
        Self { time: Arc::clone(&self.time), chance: Arc::new(Mutex::new(chance)) }
    }

    /// The time of day, UTC.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &*self.time {
            Time::System { .. } => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Time::Manual { start, elapsed_micros } => {
                let millis = elapsed_micros.load(Ordering::Relaxed) / 1_000;
                let millis = i64::try_from(millis).unwrap_or(i64::MAX);
                Timestamp::from_millis(start.as_millis().saturating_add(millis))
            }
        }
    }

    /// Microseconds since the clock was made; never goes back.
    #[must_use]
    pub fn monotonic_micros(&self) -> u64 {
        match &*self.time {
            Time::System { origin } => {
                u64::try_from(origin.elapsed().as_micros()).unwrap_or(u64::MAX)
            }
            Time::Manual { elapsed_micros, .. } => elapsed_micros.load(Ordering::Relaxed),
        }
    }

    /// Moves a manual clock forward. Real time cannot be moved: on any other clock this is nothing.
    pub fn advance(&self, by: Duration) {
        if let Time::Manual { elapsed_micros, .. } = &*self.time {
            let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
            elapsed_micros.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// Unpredictable bytes (predictable ones, if the clock was given a seed).
    #[must_use]
    pub fn entropy<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A number from 0 up to but not including 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        // 53 bits fill the mantissa of a double exactly.
        (u64::from_le_bytes(self.entropy()) >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl std::fmt::Debug for Clock {
    /// Names the kind only: the state of the generator would foretell ids.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.time {
            Time::System { .. } => "Clock(system)",
            Time::Manual { .. } => "Clock(manual)",
        })
    }
}

fn system_time() -> Time {
    Time::System { origin: Instant::now() }
}

fn seed_bytes(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes
}

/// 32 bytes from the operating system, through the generator that TLS links anyway. Should the
/// system have none to give, the hash keys of this process and the time must do: ids need to differ,
/// they guard nothing.
fn os_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    if rustls::crypto::ring::default_provider().secure_random.fill(&mut seed).is_err() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        for (index, part) in seed.chunks_exact_mut(8).enumerate() {
            let mut hasher = std::hash::RandomState::new().build_hasher();
            hasher.write_u128(now);
            hasher.write_usize(index);
            part.copy_from_slice(&hasher.finish().to_le_bytes());
        }
    }
    seed
}

#[cfg(test)]
mod tests {
    use spar_core::ids::MissionId;

    use super::*;

    #[test]
    fn manual_clocks_made_alike_give_the_same_ids() {
        let ids = || {
            let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000), 7);
            let mut ids = Vec::new();
            for _ in 0..3 {
                ids.push(MissionId::from_parts(clock.now(), clock.entropy()));
                clock.advance(Duration::from_millis(5));
            }
            ids
        };
        assert_eq!(ids(), ids());
        assert_eq!(ids().iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn manual_time_moves_only_when_told() {
        let clock = Clock::manual(Timestamp::from_millis(10), 0);
        assert_eq!((clock.now().as_millis(), clock.monotonic_micros()), (10, 0));
        clock.advance(Duration::from_micros(2_500));
        assert_eq!((clock.now().as_millis(), clock.monotonic_micros()), (12, 2_500));
    }

    #[test]
    fn system_clocks_draw_differently_and_seeded_ones_alike() {
        assert_ne!(Clock::system().entropy::<16>(), Clock::system().entropy::<16>());
        assert_eq!(Clock::seeded(3).entropy::<16>(), Clock::seeded(3).entropy::<16>());
        assert_ne!(Clock::seeded(3).entropy::<16>(), Clock::seeded(4).entropy::<16>());
    }

    #[test]
    fn a_reseeded_clock_shares_time_but_not_chance() {
        let clock = Clock::manual(Timestamp::from_millis(0), 1);
        let other = clock.reseeded(2);
        let expected = Clock::seeded(2).entropy::<8>();
        let _drawn_from_the_first: [u8; 8] = clock.entropy();
        clock.advance(Duration::from_millis(9));
        assert_eq!(other.entropy::<8>(), expected);
        assert_eq!(other.now().as_millis(), 9);
    }

    #[test]
    fn fractions_stay_below_one_and_spread() {
        let clock = Clock::seeded(11);
        let drawn: Vec<f64> = (0..1_000).map(|_| clock.fraction()).collect();
        assert!(drawn.iter().all(|value| (0.0..1.0).contains(value)));
        let mean = drawn.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "mean {mean}");
    }
}
