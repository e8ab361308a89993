//! Stages that fail, and workers that go away in the middle of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use spar_core::ids::TurnIndex;
use spar_core::job::{JobKind, Need, Stage};
use spar_core::report::Freshness;
use spar_engine::analyze::{Analyst, AnalystOptions};
use spar_engine::queue::{self, Claimed, Handler, Outcome, Running, Until, WorkerOptions};
use spar_engine::store::{Job, StageOutcome, StoreError, WriteTransaction};
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, drain};

/// An analyst one of whose stages does not work.
struct Lamed {
    inner: Arc<Analyst>,
    stage: Stage,
    panics: bool,
}

impl Handler for Lamed {
    fn kinds(&self) -> Vec<JobKind> {
        self.inner.kinds()
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        if job.kind != JobKind::Stage(self.stage) {
            return self.inner.run(job);
        }
        Box::pin(async move {
            assert!(!self.panics, "a panic, as a test wants it");
            Outcome::failed("it does not work")
        })
    }

    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        tx: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        self.inner.on_given_up(job, error, tx)
    }
}

fn options(until: Until) -> WorkerOptions {
    WorkerOptions {
        concurrency: 1,
        until,
        drain_patience: Duration::ZERO,
        schedules: Vec::new(),
        grace: Duration::ZERO,
        ..WorkerOptions::default()
    }
}

/// Whether it needs the other, whatever lies between.
fn requires(stage: Stage, other: Stage) -> bool {
    stage
        .needs()
        .iter()
        .any(|(need, how)| *how == Need::Required && (*need == other || requires(*need, other)))
}

#[tokio::test]
async fn a_stage_that_fails_takes_only_those_with_it_that_cannot_do_without() {
    for (stage, panics) in
        [(Stage::TurnImpact, false), (Stage::Traits, true), (Stage::Topics, false)]
    {
        let desk = Desk::new();
        let mission = desk.played(5).await;
        let inner = desk.analyst(AnalystOptions::default());
        let handler = Arc::new(Lamed { inner, stage, panics });
        for _ in 0..4 {
            let (store, clock) = (desk.store.clone(), desk.clock.clone());
            let stop = CancellationToken::new();
            queue::work(store, clock, handler.clone(), options(Until::Drained), stop).await;
            desk.clock.advance(Duration::from_secs(1_200));
        }
        let analysis = desk.store.analysis(mission).expect("it is there");
        for other in Stage::ALL {
            let progress = analysis.progress_of(other).unwrap_or_else(|| panic!("{other}"));
            let fails = other == stage || requires(other, stage);
            let expected = if fails { StageOutcome::Failed } else { StageOutcome::Done };
            assert_eq!(progress.outcome, expected, "{other} without {stage}");
            if other == stage {
                assert_eq!(progress.analyzed_through, TurnIndex(0), "a failure moves nothing");
            } else if fails {
                let error = progress.error.as_deref().unwrap_or_default();
                assert!(error.starts_with("needs "), "{other}: {error}");
            }
        }
        assert_eq!(analysis.last_analyzed_turn(), TurnIndex(0));
        let report = desk.engine.report(mission, Duration::ZERO).await.expect("a report");
        let freshness = match stage {
            Stage::TurnImpact => &report.impact.freshness,
            Stage::Traits => &report.traits.freshness,
            _ => &report.topics.freshness,
        };
        assert!(matches!(freshness, Freshness::Failed { .. }), "{freshness:?}");

        // Asking for the report asked for another try; with a sound analyst nothing is amiss.
        desk.drain(AnalystOptions::default()).await;
        let analysis = desk.store.analysis(mission).expect("it is there");
        assert!(analysis.progress.iter().all(|stage| stage.outcome == StageOutcome::Done));
        assert_eq!(analysis.last_analyzed_turn(), TurnIndex(5));
    }
}

/// An analyst whose worker is told to stop when its n-th job is all but done.
struct Stopped {
    inner: Arc<Analyst>,
    left: AtomicUsize,
    stop: CancellationToken,
}

impl Handler for Stopped {
    fn kinds(&self) -> Vec<JobKind> {
        self.inner.kinds()
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        Box::pin(async move {
            let outcome = self.inner.run(job).await;
            if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
                self.stop.cancel();
                std::future::pending::<()>().await;
            }
            outcome
        })
    }

    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        tx: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        self.inner.on_given_up(job, error, tx)
    }
}

#[tokio::test]
async fn broken_off_at_any_stage_and_taken_up_again_it_comes_to_the_same() {
    let whole = Desk::new();
    let mission = whole.played(5).await;
    whole.drain(AnalystOptions::default()).await;
    let expected = whole.findings(mission);
    for at in 1..=Stage::ALL.len() + 1 {
        let desk = Desk::new();
        let mission = desk.played(5).await;
        let stop = CancellationToken::new();
        let handler = Arc::new(Stopped {
            inner: desk.analyst(AnalystOptions::default()),
            left: AtomicUsize::new(at),
            stop: stop.clone(),
        });
        let (store, clock) = (desk.store.clone(), desk.clock.clone());
        let report = queue::work(store, clock, handler, options(Until::Drained), stop).await;
        assert_eq!(report.handed_back, 1, "job {at}: {report:?}");
        let report = desk.drain(AnalystOptions::default()).await;
        assert_eq!(report.dead + report.failed, 0);
        assert_eq!(desk.findings(mission), expected, "broken off at job {at}");
        let analysis = desk.store.analysis(mission).expect("it is there");
        assert!(analysis.progress.iter().all(|stage| stage.version == 1), "none applied twice");
    }
}

#[tokio::test]
async fn two_workers_find_what_one_finds() {
    let (one, two) = (Desk::new(), Desk::new());
    let mut missions = Vec::new();
    for turns in 1..=8 {
        let first = one.played_as(turns, Some("run-0")).await;
        missions.push((first, two.played_as(turns, Some("run-0")).await));
    }
    one.drain(AnalystOptions::default()).await;
    let analyst = || two.analyst(AnalystOptions::default());
    let (left, right) = tokio::join!(
        drain(&two.store, &two.clock, analyst(), 3),
        drain(&two.store, &two.clock, analyst(), 3)
    );
    assert_eq!(left.done + right.done, 8 * (1 + Stage::ALL.len() as u64));
    for (first, second) in missions {
        let wait = Duration::ZERO;
        let of_one = one.engine.report(first, wait).await.expect("a report").stable();
        let of_two = two.engine.report(second, wait).await.expect("a report").stable();
        assert_eq!(
            serde_json::to_string(&of_one).expect("JSON"),
            serde_json::to_string(&of_two).expect("JSON")
        );
    }
}
