//! Anything that can happen to a queue, in any order: the store answers as the reference does, no job
//! is lost, and none is done twice.

use std::collections::HashMap;

use proptest::prelude::*;
use spar_core::job::JobKind;
use spar_core::units::Timestamp;
use spar_engine::store::{
    ClaimOrder, Claimed, Enqueued, JobState, JobSubject, NewJob, OwnerId, Settled, Settlement,
    Store,
};

use crate::conformance::{Queue, failed};
use crate::model::Model;
use crate::support::{START, TOPICS, TRAITS};

const DAY: i64 = 86_400_000;

#[derive(Debug, Clone, Copy)]
enum Act {
    Enqueue {
        kind: bool,
        subject: i64,
        key: i64,
        priority: i64,
        delay: i64,
        expires: Option<i64>,
    },
    Claim {
        worker: usize,
        most: usize,
        limit: Option<usize>,
    },
    Settle {
        which: usize,
        how: u8,
        delay: i64,
    },
    /// With a token that may have lost its worth.
    SettleLate {
        which: usize,
        how: u8,
    },
    Crash {
        worker: usize,
    },
    Pass {
        millis: i64,
    },
    SetBack {
        millis: i64,
    },
    Expire,
    FollowTheClock,
    Pause {
        kind: Option<bool>,
    },
    Resume {
        kind: Option<bool>,
    },
    Retry {
        job: usize,
    },
    Cancel {
        job: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let priority = prop::sample::select(vec![0_i64, 50, 100, 200, 999]);
    let delay = prop::sample::select(vec![0_i64, 0, 0, 5_000, 700_000]);
    let expires = prop::option::weighted(0.2, 1_000_i64..100_000);
    let enqueue = (any::<bool>(), 0..4_i64, 0..4_i64, priority, delay, expires);
    let limit = prop::option::weighted(0.3, 0..3_usize);
    prop_oneof![
        6 => enqueue.prop_map(|(kind, subject, key, priority, delay, expires)| {
            Act::Enqueue { kind, subject, key, priority, delay, expires }
        }),
        5 => (0..3_usize, 1..5_usize, limit)
            .prop_map(|(worker, most, limit)| Act::Claim { worker, most, limit }),
        6 => (any::<usize>(), any::<u8>(), 0..20_000_i64)
            .prop_map(|(which, how, delay)| Act::Settle { which, how, delay }),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(which, how)| Act::SettleLate { which, how }),
        2 => (0..3_usize).prop_map(|worker| Act::Crash { worker }),
        4 => (1..300_000_i64).prop_map(|millis| Act::Pass { millis }),
        1 => prop::sample::select(vec![10_000, 3_600_000, DAY])
            .prop_map(|millis| Act::SetBack { millis }),
        1 => Just(Act::Expire),
        1 => Just(Act::FollowTheClock),
        1 => prop::option::of(any::<bool>()).prop_map(|kind| Act::Pause { kind }),
        1 => prop::option::of(any::<bool>()).prop_map(|kind| Act::Resume { kind }),
        1 => any::<usize>().prop_map(|job| Act::Retry { job }),
        1 => any::<usize>().prop_map(|job| Act::Cancel { job }),
    ]
}

fn kind(which: bool) -> JobKind {
    if which { TOPICS } else { TRAITS }
}

fn settlement(how: u8, now: i64, delay: i64) -> Settlement {
    match how % 8 {
        0 | 1 => failed(Timestamp::from_millis(now + delay)),
        2 => Settlement::Snoozed {
            until: Timestamp::from_millis(now + delay),
            reason: "later".to_owned(),
        },
        3 => Settlement::Cancelled { reason: "no use".to_owned() },
        4 => Settlement::HandedBack,
        _ => Settlement::Done,
    }
}

/// The two queues side by side, and what the outside knows of them.
struct Pair {
    store: Store,
    model: Model,
    workers: Vec<OwnerId>,
    held: Vec<Claimed>,
    old: Vec<Claimed>,
    now: i64,
    /// For each job: how often it was done, and how often it was asked for again while it ran.
    done: HashMap<i64, (u32, u32)>,
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self {
            store: Store::temporary().expect("a store"),
            model: Model::default(),
            workers: Vec::new(),
            held: Vec::new(),
            old: Vec::new(),
            now: START,
            done: HashMap::new(),
        };
        pair.workers = (0..3).map(|_| pair.both(|queue| queue.worker())).collect();
        pair
    }

    fn both<T: PartialEq + std::fmt::Debug>(
        &mut self,
        mut act: impl FnMut(&mut dyn Queue) -> T,
    ) -> T {
        let (store, model) = (act(&mut self.store), act(&mut self.model));
        assert_eq!(store, model, "the store's answer, then the reference's");
        store
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn act(&mut self, act: Act) {
        let at = self.at();
        match act {
            Act::Enqueue { kind: which, subject, key, priority, delay, expires } => {
                let new = NewJob {
                    kind: kind(which),
                    subject: JobSubject::Row(subject),
                    key,
                    priority,
                    run_at: Timestamp::from_millis(self.now + delay),
                    expires_at: expires.map(|after| Timestamp::from_millis(self.now + after)),
                    max_attempts: 2 + u32::from(which),
                    created_at: at,
                    payload: format!("{subject}/{key}/{}", self.now),
                };
                if let Enqueued::RunsAgain(id) = self.both(|queue| queue.enqueue(new.clone())) {
                    self.done.entry(id).or_default().1 += 1;
                }
            }
            Act::Claim { worker, most, limit } => {
                let order = ClaimOrder {
                    kinds: vec![TOPICS, TRAITS],
                    limits: limit.map(|limit| (TOPICS, limit)).into_iter().collect(),
                    most,
                };
                let owner = self.workers[worker];
                let claimed = self.both(|queue| queue.claim(owner, order.clone(), at));
                self.held.extend(claimed);
                self.nobody_shares_a_subject();
            }
            Act::Settle { which, how, delay } if !self.held.is_empty() => {
                let claimed = self.held.remove(which % self.held.len());
                self.settle(&claimed, &settlement(how, self.now, delay));
                self.old.push(claimed);
            }
            Act::SettleLate { which, how } if !self.old.is_empty() => {
                let claimed = self.old[which % self.old.len()].clone();
                self.settle(&claimed, &settlement(how, self.now, 1_000));
            }
            Act::Settle { .. } | Act::SettleLate { .. } => {}
            Act::Crash { worker } => {
                let owner = self.workers[worker];
                let (gone, held) = self.held.drain(..).partition(|claimed| claimed.owner == owner);
                self.held = held;
                self.old.extend::<Vec<_>>(gone);
                self.both(|queue| queue.rescue(owner, at));
            }
            Act::Pass { millis } => self.now += millis,
            Act::SetBack { millis } => self.now -= millis,
            Act::Expire => {
                self.both(|queue| queue.expire(at));
            }
            Act::FollowTheClock => self.both(|queue| queue.follow_the_clock(at)),
            Act::Pause { kind: which } => self.both(|queue| queue.pause(which.map(kind), at)),
            Act::Resume { kind: which } => self.both(|queue| queue.resume(which.map(kind))),
            Act::Retry { job } => {
                let id = self.some_job(job);
                self.both(|queue| queue.retry(id, at));
                // Somebody wants it once more.
                self.done.entry(id).or_default().1 += 1;
            }
            Act::Cancel { job } => {
                let id = self.some_job(job);
                self.both(|queue| queue.cancel(id, at));
            }
        }
    }

    fn settle(&mut self, claimed: &Claimed, settlement: &Settlement) {
        let at = self.at();
        let settled = self.both(|queue| queue.settle(claimed, settlement.clone(), at));
        if *settlement == Settlement::Done && matches!(settled, Settled::Done | Settled::Again) {
            let done = self.done.entry(claimed.job.id).or_default();
            done.0 += 1;
            assert!(done.0 <= 1 + done.1, "job {} was done {} times", claimed.job.id, done.0);
        }
    }

    fn some_job(&self, which: usize) -> i64 {
        let jobs = self.model.all();
        jobs.get(which % (jobs.len() + 1)).map_or(i64::MAX, |job| job.id)
    }

    fn nobody_shares_a_subject(&self) {
        let running: Vec<_> = self
            .store
            .all()
            .into_iter()
            .filter(|job| job.state == JobState::Running && job.subject != 0)
            .map(|job| (job.kind, job.subject))
            .collect();
        let apart: std::collections::HashSet<_> = running.iter().collect();
        assert_eq!(apart.len(), running.len(), "{running:?}");
    }

    /// From here on nothing fails: whatever was asked for comes to an end.
    fn finish(&mut self) {
        let at = self.at();
        self.both(|queue| queue.resume(None));
        for worker in 0..3 {
            self.act(Act::Crash { worker });
        }
        self.both(|queue| queue.follow_the_clock(at));
        for _ in 0..10_000 {
            let unfinished = self.store.all().iter().any(|job| job.finished_at.is_none());
            if !unfinished {
                return;
            }
            self.act(Act::Expire);
            self.act(Act::Claim { worker: 0, most: 4, limit: None });
            while !self.held.is_empty() {
                self.act(Act::Settle { which: 0, how: 7, delay: 0 });
            }
            self.act(Act::Pass { millis: 100_000 });
        }
        panic!("never finished: {:?}", self.store.all());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_as_the_reference(acts in prop::collection::vec(act(), 1..80)) {
        let mut pair = Pair::new();
        for act in acts {
            pair.act(act);
        }
        prop_assert_eq!(pair.store.all(), pair.model.all());
        pair.finish();
        prop_assert_eq!(pair.store.all(), pair.model.all());
    }
}
