//! Who can read the file, and what deleting leaves behind.

use std::fs;
use std::path::Path;

use spar_core::units::Timestamp;
use spar_engine::store::{DeletedRows, MissionStatus, Store, StoreError};

use crate::support::{
    Place, answered, at, full_outbox, mission_id, mission_of, new_mission, reading, said, scenario,
    session_id,
};

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_file_its_log_or_its_folders() {
    use std::os::unix::fs::PermissionsExt;
    let outer = tempfile::tempdir().expect("a folder");
    let path = outer.path().join("a").join("b").join("missions.db");
    let store = Store::open(&spar_engine::store::OpenOptions::new(&path)).expect("it opens");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    store.load(mission_id(1)).expect("it loads");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    for name in ["missions.db", "missions.db-wal", "missions.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
    assert_eq!(mode(path.parent().expect("b")), 0o700);
    assert_eq!(mode(&outer.path().join("a")), 0o700);
}

#[test]
fn deleting_says_what_went_and_keeps_what_others_need() {
    let store = Store::temporary().expect("a temporary store");
    let session = store.current_session("ada", at(0), 20, session_id(1)).wait().expect("one");
    for number in 1..=2 {
        let mut new = new_mission(number);
        new.session = Some(session);
        store.create_mission(new).wait().expect("it begins");
        for turn in 1..=3 {
            let line = [said(turn, "x")];
            let commit = store.append(mission_id(number), turn, &line, full_outbox(number, turn));
            commit.wait().expect("a turn");
        }
    }
    store.create_mission(mission_of(&scenario("raise"), 3)).wait().expect("it begins");

    let rows =
        DeletedRows { missions: 1, events: 4, jobs: 1, prompt_runs: 3, ..Default::default() };
    assert_eq!(store.delete(mission_id(1)), Ok(rows));
    // The session is over by now, and the snapshot is nobody else's.
    let hour = 3_600_000;
    store.current_session("ada", at(hour), 20, session_id(2)).wait().expect("a new one");
    let rows = DeletedRows { snapshots: 1, sessions: 1, ..rows };
    assert_eq!(store.delete(mission_id(2)), Ok(rows));
    assert_eq!(rows.total(), 11);

    assert_eq!(store.load(mission_id(3)).expect("it loads").scenario, scenario("raise"));
    let again = store.delete(mission_id(1));
    assert!(matches!(again, Err(StoreError::NotFound { .. })), "{again:?}");
}

/// Whether any of the database's files holds the text.
fn is_on_disk(place: &Place, text: &str) -> bool {
    let folder = place.path().parent().expect("a folder").to_path_buf();
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn deleted_words_are_on_no_page_any_more() {
    let place = Place::new();
    let store = place.open();
    let secret = "my brother knows nothing of this";
    for number in 1..=2 {
        store.create_mission(new_mission(number)).wait().expect("it begins");
        for turn in 1..=30 {
            let text = if number == 1 { secret } else { "nothing to hide" };
            let events = [said(turn, text), reading(turn, 60.0, 0.9), answered(turn, text)];
            let commit =
                store.append(mission_id(number), turn * 3 - 2, &events, full_outbox(number, turn));
            commit.wait().expect("a turn");
        }
    }
    store.load(mission_id(1)).expect("a reader has been here");
    assert!(is_on_disk(&place, secret));
    store.delete(mission_id(1)).expect("it goes");
    assert!(!is_on_disk(&place, secret));
    assert!(!is_on_disk(&place, &mission_id(1).to_string()));
    assert_eq!(store.load(mission_id(2)).expect("it loads").events.len(), 91);
}

#[test]
fn an_export_holds_everything() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let events = [said(1, "We slip."), reading(1, 71.3, 0.8), answered(1, "How long?")];
    store.append(mission_id(1), 1, &events, full_outbox(1, 1)).wait().expect("a turn");
    let export = store.export(mission_id(1)).expect("an export");
    let kinds: Vec<_> =
        export.events.iter().map(|row| row.event["kind"].as_str().unwrap_or("?")).collect();
    assert_eq!(kinds, ["started", "user_spoke", "turn_read", "persona_spoke"]);
    // A reading carries no time; it happened when the append did.
    assert_eq!(export.events[2].at, Timestamp::from_millis(at(1000).as_millis()));
    assert_eq!((export.prompt_runs.len(), export.jobs.len()), (1, 1));
    assert_eq!(export.mission.status, MissionStatus::Active);
    let json = serde_json::to_string(&export).expect("JSON");
    let back: spar_engine::store::MissionExport = serde_json::from_str(&json).expect("an export");
    assert_eq!(back, export);
}
