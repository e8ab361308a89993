//! Missions from beginning to end: create, append, load, find, list.

use spar_core::ids::TurnIndex;
use spar_core::mission::MissionEvent;
use spar_core::rules::Ending;
use spar_core::units::Score;
use spar_engine::store::{
    MissionFilter, MissionStatus, MissionSummaryUpdate, Outbox, Store, StoreError,
};

use crate::support::{
    Place, analysis, answered, at, mission_id, mission_of, new_mission, outbox, said, scenario,
    session_id,
};

#[test]
fn a_mission_comes_back_as_it_was_written() {
    let place = Place::new();
    let new = new_mission(1);
    let store = place.open();
    store.create_mission(new.clone()).wait().expect("it begins");
    let next = store.append(new.id, 1, &[said(1, "Dana, we slip.")], outbox(1)).wait();
    assert_eq!(next, Ok(2));
    drop(store);

    let stored = place.open().load(new.id).expect("it loads");
    assert_eq!(stored.scenario, scenario("launch"));
    assert_eq!(stored.events, [new.events[0].clone(), said(1, "Dana, we slip.")]);
    assert_eq!(stored.meta.status, MissionStatus::Active);
    assert_eq!((stored.meta.turns, stored.meta.next_seq), (TurnIndex(1), 2));
    assert_eq!((stored.meta.score, stored.meta.last_at), (Some(Score::new(61.5)), at(1000)));
    assert_eq!(stored.meta.scenario_title, "The launch talk");
}

#[test]
fn the_end_is_kept_in_the_row() {
    let store = Store::temporary().expect("a temporary store");
    let new = new_mission(1);
    store.create_mission(new.clone()).wait().expect("it begins");
    assert_eq!(store.unfinished().expect("a list").len(), 1);
    let summary = MissionSummaryUpdate {
        at: at(9000),
        status: MissionStatus::Ended,
        turns: TurnIndex(4),
        score: Some(Score::new(59.0)),
        ending: Some(Ending::FailStrikes),
    };
    let ended = MissionEvent::Ended { at: at(9000), ending: Ending::FailStrikes };
    store.append(new.id, 1, &[ended], Outbox::summary_only(summary)).wait().expect("it ends");
    let meta = store.mission(new.id).expect("its row");
    assert_eq!((meta.status, meta.ending), (MissionStatus::Ended, Some(Ending::FailStrikes)));
    assert_eq!(meta.ended_at, Some(at(9000)));
    assert_eq!(store.unfinished(), Ok(Vec::new()));
}

#[test]
fn the_row_follows_every_change_of_status_and_stays_where_there_is_none() {
    let store = Store::temporary().expect("a temporary store");
    let new = new_mission(1);
    store.create_mission(new.clone()).wait().expect("it begins");
    let mut seq = 1;
    let (active, paused) = (MissionStatus::Active, MissionStatus::Paused);
    for (turn, status) in (1..).zip([active, paused, paused, active, active]) {
        let summary = MissionSummaryUpdate { status, ..outbox(turn).summary };
        let outbox = Outbox::summary_only(summary);
        seq = store.append(new.id, seq, &[said(turn, "x")], outbox).wait().expect("a line");
        let meta = store.mission(new.id).expect("its row");
        assert_eq!((meta.status, meta.turns, meta.next_seq), (status, TurnIndex(turn), seq));
        assert_eq!((meta.score, meta.last_at), (summary.score, summary.at));
        assert_eq!((meta.ending, meta.ended_at), (None, None));
        assert_eq!(store.unfinished().expect("a list"), [meta]);
    }
}

#[test]
fn an_imported_mission_is_there_whole_with_its_job_or_not_at_all() {
    let store = Store::temporary().expect("a temporary store");
    let ended = MissionEvent::Ended { at: at(9000), ending: Ending::AbortUser };
    let mut new = new_mission(1);
    new.events.extend([said(1, "Dana, we slip."), answered(1, "Thank you."), ended]);
    let summary = MissionSummaryUpdate {
        at: at(9000),
        status: MissionStatus::Ended,
        turns: TurnIndex(1),
        score: Some(Score::new(70.0)),
        ending: Some(Ending::AbortUser),
    };
    let import = || store.import_mission(new.clone(), summary, analysis(1, 1)).wait();
    import().expect("it is taken in");
    let stored = store.load(new.id).expect("it loads");
    assert_eq!(stored.events, new.events);
    assert_eq!((stored.meta.status, stored.meta.turns), (MissionStatus::Ended, TurnIndex(1)));
    assert_eq!(stored.meta.ended_at, Some(at(9000)));
    let jobs = store.jobs_of(new.id).expect("its jobs");
    assert_eq!(jobs.iter().map(|job| job.priority).collect::<Vec<_>>(), [50]);

    // The same id again fails late, in the middle of the transaction, and leaves no trace.
    import().expect_err("the id is taken");
    assert_eq!(store.list(&MissionFilter::default()).expect("a list").len(), 1);
    assert_eq!(store.load(new.id).expect("it loads").events, new.events);
    assert_eq!(store.jobs_of(new.id).expect("its jobs").len(), 1);
}

#[test]
fn an_append_at_the_wrong_place_is_refused_and_changes_nothing() {
    let store = Store::temporary().expect("a temporary store");
    let new = new_mission(1);
    store.create_mission(new.clone()).wait().expect("it begins");
    store.append(new.id, 1, &[said(1, "first")], outbox(1)).wait().expect("the first line");
    for expected in [0, 1, 3] {
        let error = store.append(new.id, expected, &[said(2, "x")], outbox(2)).wait();
        let Err(StoreError::Conflict { expected: told, found, .. }) = error else {
            panic!("{error:?} is no conflict")
        };
        assert_eq!((told, found), (expected, 2));
    }
    let stored = store.load(new.id).expect("it loads");
    assert_eq!((stored.events.len(), stored.meta.turns), (2, TurnIndex(1)));
    let nobody = store.append(mission_id(9), 0, &[], outbox(1)).wait();
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
}

#[test]
fn numbers_that_json_cannot_hold_are_refused_before_they_are_written() {
    let store = Store::temporary().expect("a temporary store");
    let new = new_mission(1);
    store.create_mission(new.clone()).wait().expect("it begins");
    let event = MissionEvent::ProgressMade { turn: TurnIndex(1), rule: 0, worth: f64::NAN };
    let error = store.append(new.id, 1, &[event], outbox(1)).wait();
    assert!(matches!(error, Err(StoreError::Unreadable { .. })), "{error:?}");
    assert_eq!(store.load(new.id).expect("it loads").events.len(), 1);
}

#[test]
fn ids_are_found_by_either_end_and_last_is_the_latest() {
    let store = Store::temporary().expect("a temporary store");
    for number in 1..=3 {
        store.create_mission(new_mission(number)).wait().expect("it begins");
    }
    store.append(mission_id(2), 1, &[said(1, "hello")], outbox(1)).wait().expect("a line");
    assert_eq!(store.find("last"), Ok(mission_id(2)));

    let id = mission_id(3).to_string();
    assert_eq!(store.find(&id), Ok(mission_id(3)));
    assert_eq!(store.find(&id.to_uppercase()), Ok(mission_id(3)));
    assert_eq!(store.find(&id[id.len() - 6..]), Ok(mission_id(3)));
    assert_eq!(store.find(&id[..14]), Ok(mission_id(3)));
    let error = store.find("0").expect_err("all begin so");
    let StoreError::Ambiguous { candidates, .. } = &error else { panic!("{error}") };
    assert_eq!(candidates.len(), 3);
    for wanted in ["", "zebra", "*", "%", "ffff", "last "] {
        let error = store.find(wanted).expect_err("nobody answers to that");
        assert!(matches!(error, StoreError::NotFound { .. }), "{wanted:?}: {error}");
    }
}

#[test]
fn lists_are_filtered_and_newest_first() {
    let store = Store::temporary().expect("a temporary store");
    for number in 1..=6 {
        let mut new =
            mission_of(&scenario(if number % 2 == 0 { "raise" } else { "launch" }), number);
        new.run_label = (number > 4).then(|| "nightly".to_owned());
        store.create_mission(new).wait().expect("it begins");
    }
    let numbers = |filter: MissionFilter| -> Vec<u64> {
        store.list(&filter).expect("a list").iter().map(|meta| meta.seed).collect()
    };
    let all = MissionFilter::default();
    assert_eq!(numbers(all.clone()), [6, 5, 4, 3, 2, 1]);
    assert_eq!(numbers(MissionFilter { limit: Some(2), ..all.clone() }), [6, 5]);
    let raise = Some("raise".to_owned());
    assert_eq!(numbers(MissionFilter { scenario_id: raise, ..all.clone() }), [6, 4, 2]);
    assert_eq!(numbers(MissionFilter { since: Some(at(5)), ..all.clone() }), [6, 5]);
    let nightly = Some("nightly".to_owned());
    assert_eq!(numbers(MissionFilter { run_label: nightly, ..all.clone() }), [6, 5]);
    let ended = Some(MissionStatus::Ended);
    assert!(numbers(MissionFilter { status: ended, ..all }).is_empty());
}

#[test]
fn any_seed_survives_sqlite_signed_integers() {
    let store = Store::temporary().expect("a temporary store");
    let mut new = new_mission(1);
    new.seed = u64::MAX - 3;
    store.create_mission(new.clone()).wait().expect("it begins");
    assert_eq!(store.mission(new.id).expect("its row").seed, u64::MAX - 3);
}

#[test]
fn sessions_close_when_nothing_happens_for_long() {
    let store = Store::temporary().expect("a temporary store");
    let minute = 60_000;
    let enter = |millis: i64, fresh: u32| {
        store.current_session("ada", at(millis), 20, session_id(fresh)).wait().expect("a session")
    };
    assert_eq!(enter(0, 1), session_id(1));
    assert_eq!(enter(19 * minute, 2), session_id(1));
    // A turn of its mission is a sign of life too.
    let mut new = new_mission(1);
    (new.session, new.started_at) = (Some(session_id(1)), at(30 * minute));
    store.create_mission(new).wait().expect("it begins");
    assert_eq!(enter(49 * minute, 3), session_id(1));
    // A clock that was put back neither closes nor shortens.
    assert_eq!(enter(5 * minute, 4), session_id(1));
    assert_eq!(enter(70 * minute, 5), session_id(5));
    // Another user has a session of their own.
    let other = store.current_session("bob", at(70 * minute), 20, session_id(6)).wait();
    assert_eq!(other, Ok(session_id(6)));

    let sessions = store.sessions("ada").expect("a list");
    let ends: Vec<_> = sessions.iter().map(|session| session.ended_at).collect();
    assert_eq!(ends, [None, Some(at(49 * minute))]);
    assert_eq!(store.mission(mission_id(1)).expect("its row").session, Some(session_id(1)));
}
