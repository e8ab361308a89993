//! What can be wrong with a file, a disk or the neighbours, and what is said about it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use spar_engine::store::{OpenOptions, Store, StoreError};

use crate::support::{Place, answered, mission_id, new_mission, outbox, reading, said};

fn refusal(options: &OpenOptions) -> StoreError {
    Store::open(options).map(|_| ()).expect_err("it does not open")
}

#[test]
fn a_missing_file_is_not_made_unless_wanted() {
    let place = Place::new();
    let error = refusal(&OpenOptions { create: false, ..place.options() });
    assert_eq!(error, StoreError::Missing { path: place.path() });
    assert!(!place.path().exists());
}

#[test]
fn a_path_that_cannot_be_a_file_is_named() {
    let place = Place::new();
    fs::create_dir_all(place.path()).expect("a folder where the file should be");
    let error = refusal(&place.options());
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains(&place.path().display().to_string()), "{error}");

    let below_a_file = Place::new();
    let parent = below_a_file.path().parent().expect("a folder").to_path_buf();
    fs::write(&parent, "a file where the folder should be").expect("a file");
    let error = refusal(&below_a_file.options());
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
}

#[test]
fn garbage_is_not_ours() {
    let place = Place::new();
    fs::create_dir_all(place.path().parent().expect("a folder")).expect("a folder");
    let garbage: Vec<u8> = (0..20_000_u32).map(|number| (number * 7 % 251) as u8).collect();
    fs::write(place.path(), &garbage).expect("garbage");
    let error = refusal(&place.options());
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(fs::read(place.path()).expect("the file"), garbage);
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let place = Place::new();
    fs::create_dir_all(place.path().parent().expect("a folder")).expect("a folder");
    let tables = |place: &Place| -> i64 {
        let count = "SELECT count(*) FROM sqlite_schema";
        place.connection().query_row(count, [], |row| row.get(0)).expect("a count")
    };
    place.connection().execute_batch("CREATE TABLE bookmark (url TEXT)").expect("a table");
    let error = refusal(&place.options());
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(tables(&place), 1);
}

/// A file with a long mission, closed so that no log is left beside it.
fn long_mission() -> Place {
    let place = Place::new();
    let store = place.open();
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let events: Vec<_> = (1..=300)
        .flat_map(|turn| [said(turn, "x"), reading(turn, 60.0, 0.9), answered(turn, "y")])
        .collect();
    store.append(mission_id(1), 1, &events, outbox(300)).wait().expect("events");
    drop(store);
    assert!(!place.path().with_file_name("missions.db-wal").exists(), "the log was folded back");
    place
}

/// Opens and reads everything; what is wrong may show at either.
fn read_all(place: &Place) -> Result<usize, StoreError> {
    let store = Store::open(&place.options())?;
    Ok(store.load(mission_id(1))?.events.len())
}

#[test]
fn a_truncated_file_is_damaged_not_empty() {
    let place = long_mission();
    assert_eq!(read_all(&place), Ok(901));
    let whole = fs::read(place.path()).expect("the file");
    for keep in [whole.len() / 2, whole.len() * 3 / 4, 4096, 1000] {
        fs::write(place.path(), &whole[..keep]).expect("a shorter file");
        let error = read_all(&place).expect_err("half of it is gone");
        let told = matches!(error, StoreError::Corrupt { .. } | StoreError::Foreign { .. });
        assert!(told, "{keep} of {} bytes: {error:?}", whole.len());
    }
}

#[test]
fn overwritten_pages_are_damage_that_is_told() {
    let place = long_mission();
    let whole = fs::read(place.path()).expect("the file");
    let pages = whole.len() / 4096;
    let mut told = 0;
    for page in 1..pages {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(place.path(), &damaged).expect("a damaged file");
        match read_all(&place) {
            // Pages of other tables are not read for a mission.
            Ok(events) => assert_eq!(events, 901),
            Err(StoreError::Corrupt { .. } | StoreError::Unreadable { .. }) => told += 1,
            Err(error) => panic!("page {page}: {error:?}"),
        }
    }
    assert!(told * 2 > pages, "only {told} of {pages} pages were missed");
}

#[test]
fn a_body_that_is_no_event_names_the_event() {
    let place = Place::new();
    let store = place.open();
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let broken =
        "INSERT INTO mission_event VALUES (1, 1, 'user_spoke', 1, 0, '{\"kind\": \"sang\"}')";
    place.connection().execute(broken, []).expect("a row");
    let error = store.load(mission_id(1)).expect_err("it is no event");
    let StoreError::Unreadable { what, reason, .. } = &error else { panic!("{error:?}") };
    assert!(what.contains("event 1") && reason.contains("sang"), "{error}");
    // An export shows rows as they are.
    assert_eq!(store.export(mission_id(1)).expect("an export").events.len(), 2);
}

#[test]
fn a_gap_between_events_is_told() {
    let place = Place::new();
    let store = place.open();
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let events = [said(1, "a"), said(2, "b"), said(3, "c")];
    store.append(mission_id(1), 1, &events, outbox(3)).wait().expect("events");
    let delete = |seq: u32| {
        let sql = "DELETE FROM mission_event WHERE seq = ?1";
        assert_eq!(place.connection().execute(sql, [seq]), Ok(1));
        let error = store.load(mission_id(1)).expect_err("one is gone");
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
    };
    delete(3);
    delete(1);
}

#[test]
fn a_lock_that_stays_is_told_and_one_that_goes_is_forgotten() {
    let place = Place::new();
    let impatient = OpenOptions { patience: Duration::from_millis(10), ..place.options() };
    let store = Store::open(&impatient).expect("it opens");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let other = place.connection();
    other.execute_batch("BEGIN EXCLUSIVE").expect("the lock");

    let error = store.append(mission_id(1), 1, &[said(1, "x")], outbox(1)).wait();
    assert!(
        matches!(&error, Err(StoreError::Locked { waited_ms, .. }) if *waited_ms >= 10),
        "{error:?}"
    );
    // Readers read on, and opening asks for no lock.
    assert_eq!(store.load(mission_id(1)).expect("it loads").events.len(), 1);
    Store::open(&impatient).expect("it opens beside the lock");

    other.execute_batch("ROLLBACK").expect("the lock is given back");
    assert_eq!(store.append(mission_id(1), 1, &[said(1, "x")], outbox(1)).wait(), Ok(2));
}

#[test]
fn a_new_file_that_somebody_locks_is_not_waited_for_for_ever() {
    let place = Place::new();
    fs::create_dir_all(place.path().parent().expect("a folder")).expect("a folder");
    let other = place.connection();
    other.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    let error = refusal(&OpenOptions { patience: Duration::from_millis(10), ..place.options() });
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    other.execute_batch("ROLLBACK").expect("the lock is given back");
    drop(other);
    place.open();
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let place = Place::new();
    let limited = OpenOptions { size_limit: Some(256 * 1024), ..place.options() };
    let store = Store::open(&limited).expect("it opens");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let line = "words ".repeat(200);
    let mut acknowledged = 1;
    let error = loop {
        let event = [said(acknowledged, &line)];
        match store.append(mission_id(1), acknowledged, &event, outbox(acknowledged)).wait() {
            Ok(next) => acknowledged = next,
            Err(error) => break error,
        }
        assert!(acknowledged < 1000, "the limit was never reached");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(acknowledged > 50, "{acknowledged} lines fit");
    let events = |store: &Store| store.load(mission_id(1)).expect("it loads").events.len();
    assert_eq!(events(&store), acknowledged as usize);
    drop(store);

    let store = place.open();
    assert_eq!(events(&store), acknowledged as usize);
    let next = store.append(mission_id(1), acknowledged, &[said(1, &line)], outbox(1)).wait();
    assert_eq!(next, Ok(acknowledged + 1));
}

/// Everyone in the group that meets the full disk gets an answer, and the answers are true.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_tells_each_caller_the_truth() {
    let place = Place::new();
    let limited = OpenOptions { size_limit: Some(256 * 1024), ..place.options() };
    let store = Store::open(&limited).expect("it opens");
    for number in 0..16 {
        store.create_mission(new_mission(number)).await.expect("it begins");
    }
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut acknowledged = 1;
                loop {
                    let event = [said(acknowledged, &"words ".repeat(100))];
                    let place = mission_id(number);
                    match store.append(place, acknowledged, &event, outbox(1)).await {
                        Ok(next) => acknowledged = next,
                        Err(StoreError::Full { .. }) => return acknowledged,
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for (number, task) in (0..).zip(tasks) {
        let acknowledged = task.await.expect("no panic");
        let stored = store.load(mission_id(number)).expect("it loads");
        assert_eq!(stored.events.len(), acknowledged as usize, "mission {number}");
    }
}

#[test]
fn every_message_names_the_file_and_a_way_out() {
    let path = Path::new("/data/missions.db").to_path_buf();
    let errors = [
        StoreError::ReadOnly { path: path.clone() },
        StoreError::Locked { path: path.clone(), waited_ms: 5000 },
        StoreError::Full { path: path.clone() },
        StoreError::Corrupt { path: path.clone(), reason: "malformed".to_owned() },
        StoreError::Foreign { path: path.clone(), reason: "it is no SQLite file".to_owned() },
        StoreError::Newer { path: path.clone(), found: 9, known: 1 },
        StoreError::Missing { path: path.clone() },
        StoreError::NotFound { path: path.clone(), wanted: "0197".to_owned() },
        StoreError::Ambiguous {
            path: path.clone(),
            wanted: "0197".to_owned(),
            candidates: vec!["01970".to_owned(), "01971".to_owned()],
        },
        StoreError::Conflict { path, mission: "0197".to_owned(), expected: 3, found: 5 },
    ];
    let messages = errors.map(|error| error.to_string()).join("\n");
    insta::assert_snapshot!(messages, @r"
    database /data/missions.db is read-only; allow writing to the file and its folder, or name another one with --db
    database /data/missions.db is locked by another process (waited 5000 ms); end that process or try again
    no room left for database /data/missions.db; free disk space and try again; what was saved before is safe
    database /data/missions.db is damaged (malformed); restore it from a backup, or move it away to start afresh
    /data/missions.db is not a spar database (it is no SQLite file); name another file with --db
    database /data/missions.db has schema 9 and this version of spar knows 1; update spar, or name another file with --db
    there is no database /data/missions.db; play a mission first, or name another file with --db
    database /data/missions.db has no mission `0197`; `spar missions list` shows what there is
    several missions in database /data/missions.db go by `0197` (01970, 01971); write more of the id
    mission 0197 in database /data/missions.db was continued elsewhere (expected event 3, the next one is 5); close one of the two and resume
    ");
}
