//! Passes over missions that were played offline.

use std::time::Duration;

use spar_core::ids::TurnIndex;
use spar_core::job::{JobKind, Stage};
use spar_engine::analyze::{AnalystOptions, study_again};
use spar_engine::store::{JobState, StageOutcome, Store};

use crate::support::{Desk, LINES, prepared};

#[tokio::test]
async fn every_stage_of_a_played_mission_completes_offline() {
    let desk = Desk::new();
    let mission = desk.played(5).await;
    let report = desk.drain(AnalystOptions::default()).await;
    assert_eq!((report.failed, report.dead, report.snoozed), (0, 0, 0), "{report:?}");
    let analysis = desk.store.analysis(mission).expect("it is there");
    for stage in Stage::ALL {
        let progress = analysis.progress_of(stage).unwrap_or_else(|| panic!("{stage} has not run"));
        assert_eq!(progress.outcome, StageOutcome::Done, "{stage}");
        assert_eq!(progress.analyzed_through, TurnIndex(5), "{stage}");
        assert_eq!(progress.version, 1, "{stage}");
    }
    assert_eq!(analysis.last_analyzed_turn(), TurnIndex(5));
    assert_eq!(analysis.newest.len(), Stage::ALL.len());
    assert!(analysis.unfinished.is_empty());
    let export = desk.store.export(mission).expect("an export");
    assert_eq!(export.analysis.results.len(), Stage::ALL.len());
    assert_eq!(export.analysis.runs.len(), Stage::ALL.len());
}

#[tokio::test]
async fn doing_it_again_changes_nothing_unless_somebody_insists() {
    let desk = Desk::new();
    let mission = desk.played(4).await;
    desk.drain(AnalystOptions::default()).await;
    let before = desk.findings(mission);
    // The same pass asked for once more: nothing to do.
    let job = desk.store.jobs_of(mission).expect("jobs");
    let payload = job.iter().find(|job| job.kind == "deep_analysis").expect("one").payload.clone();
    let again = spar_engine::store::NewJob {
        kind: JobKind::DeepAnalysis,
        subject: spar_engine::store::JobSubject::Mission(mission),
        key: 0,
        priority: 0,
        run_at: desk.clock.now(),
        expires_at: None,
        max_attempts: 3,
        created_at: desk.clock.now(),
        payload,
    };
    desk.store.enqueue(again).await.expect("asked for");
    let report = desk.drain(AnalystOptions::default()).await;
    assert_eq!(report.done, 1, "the pass is seen to be done");
    assert_eq!(desk.findings(mission), before);

    let at = desk.clock.now();
    desk.store.write(move |tx| study_again(tx, mission, at)).await.expect("asked for");
    let report = desk.drain(AnalystOptions::default()).await;
    assert_eq!(report.done, 1 + Stage::ALL.len() as u64, "{report:?} {:?}", desk.standing(mission));
    assert_eq!(desk.findings(mission), before, "computed again, found again");
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert!(analysis.progress.iter().all(|progress| progress.version == 2), "as a new version");
}

#[tokio::test]
async fn a_mission_that_goes_on_is_studied_now_and_then_and_its_second_wave_waits_for_the_end() {
    let desk = Desk::new();
    let mut live = desk.engine.start(&prepared(), Some(7)).await.expect("it begins");
    let mut studied = Vec::new();
    for line in LINES.iter().cycle().take(8) {
        desk.clock.advance(Duration::from_secs(5));
        live.say(line, &mut |_| {}).await.expect("a turn");
        desk.drain(AnalystOptions::default()).await;
        let analysis = desk.store.analysis(live.id()).expect("it is there");
        studied.push(analysis.last_analyzed_turn().0);
        assert!(analysis.progress_of(Stage::Layers).is_none());
    }
    assert_eq!(studied, [0, 0, 3, 3, 3, 6, 6, 6]);
    live.leave(&mut |_| {}).await.expect("left");
    desk.drain(AnalystOptions::default()).await;
    let analysis = desk.store.analysis(live.id()).expect("it is there");
    assert_eq!(analysis.last_analyzed_turn(), TurnIndex(8));
    assert!(analysis.progress.iter().all(|stage| stage.analyzed_through == TurnIndex(8)));

    // What was found does not depend on the passes before it.
    let other = Desk::new();
    let whole = other.played(8).await;
    other.drain(AnalystOptions::default()).await;
    assert_eq!(desk.findings(live.id()), other.findings(whole));
}

#[tokio::test]
async fn whatever_ends_a_mission_leaves_its_job() {
    let desk = Desk::new();
    let mission = desk.played(0).await;
    let jobs = desk.store.jobs_of(mission).expect("jobs");
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].priority, jobs[0].state), (50, JobState::Ready));
    let report = desk.drain(AnalystOptions::default()).await;
    assert_eq!(report.dead + report.failed, 0, "a mission without a turn is studied too");
    assert_eq!(desk.standing(mission).len(), Stage::ALL.len());
}

#[tokio::test]
async fn a_conversation_of_a_run_is_studied_once_when_it_is_over() {
    let desk = Desk::new();
    let run = Some("run-0".to_owned());
    let mut live = desk.engine.start_in(&prepared(), Some(7), run).await.expect("it begins");
    for line in LINES {
        live.say(line, &mut |_| {}).await.expect("a turn");
        desk.drain(AnalystOptions::default()).await;
    }
    assert!(desk.standing(live.id()).is_empty());
    live.leave(&mut |_| {}).await.expect("left");
    desk.drain(AnalystOptions::default()).await;
    let analysis = desk.store.analysis(live.id()).expect("it is there");
    assert_eq!(analysis.pass.map(|pass| pass.pass), Some(1));
    assert!(analysis.newest.iter().all(|result| result.made.total_missions == 1));
}

#[tokio::test]
async fn deleting_a_mission_takes_everything_found_with_it() {
    let desk = Desk::new();
    let (gone, kept) = (desk.played(3).await, desk.played(3).await);
    desk.drain(AnalystOptions::default()).await;
    let before = desk.findings(kept);
    let rows = desk.store.delete(gone).expect("it goes");
    let stages = Stage::ALL.len() as u64;
    assert_eq!((rows.results, rows.stages), (stages, 2 * stages + 1));
    assert_eq!(desk.findings(kept), before);
}

#[tokio::test]
async fn a_mission_knows_what_came_before_it_and_a_run_does_not() {
    let desk = Desk::new();
    let mut last = desk.played(4).await;
    desk.drain(AnalystOptions::default()).await;
    for _ in 0..2 {
        last = desk.played(4).await;
    }
    let run = desk.played_as(4, Some("run-0")).await;
    desk.drain(AnalystOptions::default()).await;
    let total = |mission| {
        let analysis = desk.store.analysis(mission).expect("it is there");
        analysis.newest.first().map(|result| result.made.total_missions)
    };
    assert_eq!((total(last), total(run)), (Some(3), Some(1)));
    let meta = desk.store.mission(last).expect("its row");
    let scenario = prepared().scenario;
    let before = desk.store.before(&meta, &scenario).expect("history");
    assert_eq!(before.history.missions.len(), 2);
    assert_eq!(before.history.category.missions, 2);
    assert!(before.history.missions[0].ended_at >= before.history.missions[1].ended_at);
    let other = spar_core::scenario::Scenario {
        category: spar_core::scenario::Category::Social,
        ..(*scenario).clone()
    };
    assert_eq!(desk.store.before(&meta, &other).expect("history").history.category.missions, 0);
}

#[tokio::test]
async fn a_store_that_is_full_keeps_nothing_half() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missions.db");
    let options = spar_engine::store::OpenOptions::new(&path);
    let desk = Desk::over(Store::open(&options).expect("a store"));
    let mission = desk.played(5).await;
    let size = std::fs::metadata(&path).expect("the file").len();
    drop(desk);
    // Room for a few pages and no more.
    for room in [0, 8_192, 16_384, 32_768, 65_536] {
        let options = spar_engine::store::OpenOptions {
            size_limit: Some(size + room),
            ..spar_engine::store::OpenOptions::new(&path)
        };
        let Ok(store) = Store::open(&options) else { continue };
        let desk = Desk::over(store);
        desk.drain(AnalystOptions::default()).await;
        let export = desk.store.export(mission).expect("it is whole").analysis;
        let done = export.progress.iter().filter(|stage| stage.outcome == StageOutcome::Done);
        for progress in done {
            let newest = export.results.iter().rfind(|result| result.stage == progress.stage);
            assert_eq!(newest.map(|result| result.version), Some(progress.version));
        }
    }
}
