//! The outbox: work is enqueued with what it is about, and newer work replaces what still waits.

use spar_core::job::{DeepAnalysis, JobKind};
use spar_core::rules::Ending;
use spar_engine::store::{
    Enqueued, JobState, JobSubject, MissionStatus, NewJob, Outbox, Store, StoreError,
};

use crate::support::{
    Place, analysis, at, full_outbox, mission_id, new_mission, outbox, prompt_run, said,
};

fn payload(store: &Store) -> DeepAnalysis {
    let jobs = store.jobs_of(mission_id(1)).expect("jobs");
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    serde_json::from_str(&jobs[0].payload).expect("a payload")
}

#[test]
fn newer_analysis_replaces_what_still_waits() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    for turn in 1..=3 {
        let commit = store.append(mission_id(1), turn, &[said(turn, "x")], full_outbox(1, turn));
        commit.wait().expect("a turn");
        assert_eq!(payload(&store), analysis(1, turn));
    }
    assert_eq!(store.job_counts(), Ok(vec![(JobState::Ready, 1)]));
}

#[test]
fn the_end_of_a_mission_brings_its_analysis_forward_and_keeps_it_for_ever() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let append = |turn, outbox| {
        store.append(mission_id(1), turn, &[said(turn, "x")], outbox).wait().expect("a turn");
        let mut jobs = store.jobs_of(mission_id(1)).expect("jobs");
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        jobs.remove(0)
    };
    let first = append(1, full_outbox(1, 1));
    let second = append(2, full_outbox(1, 2));
    assert_eq!((second.id, second.priority), (first.id, first.priority));
    assert!(first.expires_at.is_some() && second.expires_at.is_some());
    let mut over = full_outbox(1, 3);
    over.summary.status = MissionStatus::Ended;
    over.summary.ending = Some(Ending::AbortUser);
    let last = append(3, over);
    assert!(last.priority < first.priority, "{last:?}");
    assert_eq!((last.id, last.expires_at), (first.id, None));
    assert_eq!(payload(&store), analysis(1, 3));
}

#[test]
fn a_refused_append_leaves_no_job_and_no_call() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    store.append(mission_id(1), 7, &[said(1, "x")], full_outbox(1, 1)).wait().expect_err("wrong");
    assert_eq!(store.job_counts(), Ok(Vec::new()));
    assert_eq!(store.prompt_runs(mission_id(1)), Ok(Vec::new()));
}

#[test]
fn work_in_progress_is_done_once_more_and_finished_work_never_blocks() {
    let place = Place::new();
    let store = place.open();
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let job = NewJob {
        kind: JobKind::DeepAnalysis,
        subject: JobSubject::Mission(mission_id(1)),
        key: 0,
        priority: 100,
        run_at: at(0),
        expires_at: None,
        max_attempts: 3,
        created_at: at(0),
        payload: "{}".to_owned(),
    };
    let Ok(Enqueued::New(id)) = store.enqueue(job.clone()).wait() else { panic!("a job") };
    let set = |sql: &str| place.connection().execute(sql, [id]).expect("the row changes");
    set("UPDATE job SET attempt = 2 WHERE id = ?1");
    let urgent = NewJob { priority: 0, payload: "[1]".to_owned(), ..job };
    assert_eq!(store.enqueue(urgent).wait(), Ok(Enqueued::Refreshed(id)));
    let waiting = store.jobs_of(mission_id(1)).expect("jobs").remove(0);
    assert_eq!((waiting.attempt, waiting.priority, waiting.payload.as_str()), (2, 0, "[1]"));
    assert!(!waiting.rerun);

    set("UPDATE job SET state = 'running', owner = 1 WHERE id = ?1");
    assert_eq!(store.enqueue(job.clone()).wait(), Ok(Enqueued::RunsAgain(id)));
    assert!(store.jobs_of(mission_id(1)).expect("jobs")[0].rerun);

    set("UPDATE job SET state = 'dead', owner = NULL, finished_at = 1 WHERE id = ?1");
    let Ok(Enqueued::New(second)) = store.enqueue(job.clone()).wait() else { panic!("a job") };
    assert_ne!(second, id);

    let later = NewJob { key: 1, run_at: at(5), ..job };
    store.enqueue(later).wait().expect("a job");
    let counts = store.job_counts().expect("counts");
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u32>(), 3);
    assert!(counts.contains(&(JobState::Scheduled, 1)), "{counts:?}");
}

#[test]
fn work_about_nobody_is_refused() {
    let store = Store::temporary().expect("a temporary store");
    let error = store.note_prompt_run(Some(mission_id(1)), prompt_run(1)).wait();
    assert!(matches!(error, Err(StoreError::NotFound { .. })), "{error:?}");
    // A call that is about no mission is kept all the same.
    assert_eq!(store.note_prompt_run(None, prompt_run(1)).wait(), Ok(()));
}

#[test]
fn calls_come_back_as_they_were_noted() {
    let store = Store::temporary().expect("a temporary store");
    store.create_mission(new_mission(1)).wait().expect("it begins");
    let failed = spar_engine::store::PromptRun {
        status: "failed".to_owned(),
        error: Some("took too long".to_owned()),
        cost: None,
        ttft_ms: None,
        ..prompt_run(1)
    };
    let noted = Outbox { prompt_run: Some(failed.clone()), ..outbox(1) };
    store.append(mission_id(1), 1, &[], noted).wait().expect("a call");
    store.note_prompt_run(Some(mission_id(1)), prompt_run(2)).wait().expect("another");
    assert_eq!(store.prompt_runs(mission_id(1)), Ok(vec![failed, prompt_run(2)]));
}
