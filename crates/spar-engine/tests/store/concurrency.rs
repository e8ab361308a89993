//! Many callers at once, in one process.

use std::sync::Arc;
use std::thread;

use spar_core::units::Score;
use spar_engine::store::{Durability, OpenOptions, Store, StoreError};

use crate::support::{Place, full_outbox, mission_id, new_mission, outbox, said};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_missions_at_once_each_see_their_own_errors_only() {
    const TURNS: u32 = 20;
    let store = Store::temporary().expect("a temporary store");
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store.create_mission(new_mission(number)).await.expect("it begins");
                let mut refused = 0;
                for turn in 1..=TURNS {
                    let line = [said(turn, &format!("mission {number}, turn {turn}"))];
                    // Every third turn somebody gets the place wrong first.
                    if (turn + number) % 3 == 0 {
                        let wrong = store.append(mission_id(number), 0, &line, outbox(turn)).await;
                        let Err(StoreError::Conflict { mission, expected: 0, found, .. }) = wrong
                        else {
                            panic!("{wrong:?} is no conflict")
                        };
                        assert_eq!((mission, found), (mission_id(number).to_string(), turn));
                        refused += 1;
                    }
                    let next = store
                        .append(mission_id(number), turn, &line, full_outbox(number, turn))
                        .await;
                    assert_eq!(next, Ok(turn + 1));
                }
                refused
            })
        })
        .collect();
    let mut refused = 0;
    for task in tasks {
        refused += task.await.expect("no panic");
    }
    assert_eq!(refused, 64 * TURNS / 3);
    for number in 0..64 {
        let stored = store.load(mission_id(number)).expect("it loads");
        assert_eq!(stored.events.len(), TURNS as usize + 1);
        assert_eq!(stored.events[20], said(20, &format!("mission {number}, turn 20")));
        assert_eq!(stored.meta.score, Some(Score::new(61.5)));
        assert_eq!(store.prompt_runs(mission_id(number)).expect("runs").len(), TURNS as usize);
        assert_eq!(store.jobs_of(mission_id(number)).expect("jobs").len(), 1);
    }
}

/// Two stores on one file share nothing but the file, as two processes do.
#[test]
fn of_two_writers_to_one_place_exactly_one_wins() {
    const PLACES: u32 = 60;
    let place = Place::new();
    let options = OpenOptions { durability: Durability::Normal, ..place.options() };
    let open = || Arc::new(Store::open(&options).expect("the store opens"));
    let stores = [open(), open()];
    stores[0].create_mission(new_mission(1)).wait().expect("it begins");
    let contenders: Vec<_> = (0..4)
        .map(|contender| {
            let store = Arc::clone(&stores[contender % 2]);
            thread::spawn(move || {
                let mut won = Vec::new();
                for seq in 1..=PLACES {
                    let line = [said(seq, &format!("contender {contender}"))];
                    match store.append(mission_id(1), seq, &line, outbox(seq)).wait() {
                        Ok(_) => won.push(seq),
                        Err(StoreError::Conflict { found, .. }) => assert!(found > seq),
                        Err(error) => panic!("{error}"),
                    }
                }
                won
            })
        })
        .collect();
    let mut won: Vec<u32> =
        contenders.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect();
    won.sort_unstable();
    assert_eq!(won, (1..=PLACES).collect::<Vec<_>>());
    assert_eq!(stores[1].load(mission_id(1)).expect("it loads").meta.next_seq, PLACES + 1);
}

#[test]
fn more_readers_than_connections_take_turns() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(store.load(mission_id(1)).expect("it loads").events.len(), 1);
                }
            });
        }
    });
}

#[test]
fn opening_one_new_file_from_many_threads_makes_one_schema() {
    let place = Place::new();
    thread::scope(|scope| {
        for number in 0..8 {
            let place = &place;
            scope.spawn(move || {
                place.open().create_mission(new_mission(number)).wait().expect("it begins");
            });
        }
    });
    assert_eq!(place.open().unfinished().expect("a list").len(), 8);
}

#[test]
fn a_temporary_store_has_no_name_that_could_be_left_behind() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    assert!(!store.path().exists(), "{}", store.path().display());
    let other = store.clone();
    drop(store);
    assert_eq!(other.load(mission_id(1)).expect("another handle still uses it").events.len(), 1);
}

#[test]
fn a_temporary_store_may_outgrow_its_cache() {
    const LINES: u32 = 300;
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let long = "more than fits into memory ".repeat(2_500);
    for turn in 1..=LINES {
        let line = [said(turn, &long)];
        store.append(mission_id(1), turn, &line, outbox(turn)).wait().expect("a turn");
    }
    let events = store.load(mission_id(1)).expect("it loads").events;
    assert_eq!(events.len(), LINES as usize + 1);
    assert_eq!(events[1], said(1, &long));
}
