//! Waiting for a report: woken by whoever does the work, and no longer than told.

use std::time::Duration;

use spar_core::job::Stage;
use spar_core::report::Freshness;
use spar_engine::analyze::AnalystOptions;

use crate::support::{Desk, LINES, drain, prepared};

#[tokio::test(start_paused = true)]
async fn without_anybody_at_work_the_wait_ends_when_it_was_told_to() {
    let desk = Desk::new();
    let mission = desk.played(4).await;
    let report = desk.engine.report(mission, Duration::from_secs(1)).await.expect("a report");
    assert_eq!(report.timeline.freshness, Freshness::InProgress);
    assert_eq!(report.prose.freshness, Freshness::InProgress);
    let jobs = desk.store.jobs_of(mission).expect("jobs");
    assert_eq!(jobs[0].priority, 0, "somebody waited for it");
}

#[tokio::test]
async fn with_somebody_at_work_it_comes_whole() {
    let desk = Desk::new();
    let mission = desk.played(4).await;
    let analyst = desk.analyst(AnalystOptions::default());
    let (report, _) = tokio::join!(
        desk.engine.report(mission, Duration::from_secs(60)),
        drain(&desk.store, &desk.clock, analyst, 1)
    );
    let report = report.expect("a report");
    for freshness in [
        &report.timeline.freshness,
        &report.impact.freshness,
        &report.insights.freshness,
        &report.coaching.freshness,
        &report.memory.freshness,
    ] {
        assert_eq!(*freshness, Freshness::Fresh);
    }
    assert_eq!(report.completion_percent, 100);
}

#[tokio::test]
async fn sections_land_one_by_one() {
    let desk = Desk::new();
    let mission = desk.played(4).await;
    let mut watch = desk.engine.watch_report(mission).await.expect("a watch");
    assert!(!watch.is_complete().expect("it is looked at"));
    let analyst = desk.analyst(AnalystOptions::default());
    let watching = async {
        let mut looks = 0;
        while !watch.is_complete().expect("it is looked at") {
            watch.changed().await;
            looks += 1;
        }
        (looks, watch.report().expect("a report"))
    };
    let ((looks, report), _) = tokio::join!(watching, drain(&desk.store, &desk.clock, analyst, 1));
    assert!(looks >= 1 && looks <= 1 + Stage::ALL.len(), "{looks}");
    assert_eq!(report.completion_percent, 100);
}

#[tokio::test]
async fn a_mission_that_goes_on_has_a_report_of_what_there_is() {
    let desk = Desk::new();
    let mut live = desk.engine.start(&prepared(), Some(7)).await.expect("it begins");
    for line in LINES.iter().take(4) {
        live.say(line, &mut |_| {}).await.expect("a turn");
        if live.mission().state().turn.0 == 3 {
            desk.drain(AnalystOptions::default()).await;
        }
    }
    let report = desk.engine.report(live.id(), Duration::ZERO).await.expect("a report");
    let through = spar_core::ids::TurnIndex(3);
    assert_eq!(report.timeline.freshness, Freshness::Stale { through });
    let waits = Freshness::Waiting { reason: "the mission is not over".to_owned() };
    assert_eq!(report.prose.freshness, waits);
}
