//! Models that answer badly, late, or not at all.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, FinishReason, OutputMode, Role, Usage};
use spar_core::ids::TurnIndex;
use spar_core::job::Stage;
use spar_core::report::{Freshness, Strategy};
use spar_core::routing::{BreakerSettings, BudgetLimits, Profile};
use spar_core::units::MicroUsd;
use spar_engine::analyze::AnalystOptions;
use spar_engine::provider::{Answer, DeltaSink, Provider, ProviderError};
use spar_engine::store::{JobState, StageOutcome};

use crate::support::{Desk, asking, drain};

/// A model whose answers a test chooses. It plays no persona: turns fall back to the authored one.
struct Model {
    answer: Mutex<String>,
    away: AtomicBool,
    asked: AtomicUsize,
    roles: Mutex<Vec<Role>>,
    /// Calls under way by role, and the most there ever were.
    under_way: Mutex<HashMap<Role, (usize, usize)>>,
}

impl Model {
    fn saying(answer: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(answer.into()),
            away: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            roles: Mutex::default(),
            under_way: Mutex::default(),
        })
    }

    fn away() -> Arc<Self> {
        let model = Self::saying("{}");
        model.away.store(true, Ordering::Relaxed);
        model
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Provider for Model {
    fn name(&self) -> &str {
        "model"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(async move {
            let unreachable = ProviderError::Connect {
                url: "http://model.test".to_owned(),
                reason: "refused".to_owned(),
            };
            if request.task == "chat_turn" {
                return Err(unreachable);
            }
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.roles.lock().expect("no panic").push(request.role);
            {
                let mut under_way = self.under_way.lock().expect("no panic");
                let (now, most) = under_way.entry(request.role).or_default();
                *now += 1;
                *most = (*most).max(*now);
            }
            // Others get their turn, and would ask now if they could.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            self.under_way.lock().expect("no panic").entry(request.role).or_default().0 -= 1;
            if self.away.load(Ordering::Relaxed) {
                return Err(unreachable);
            }
            let text = self.answer.lock().expect("no panic").clone();
            sink(ChatDelta::Text(text.clone()));
            Ok(ChatOutcome {
                text,
                model: "gpt-4o".to_owned(),
                finish: FinishReason::Stop,
                mode: OutputMode::JsonSchema,
                usage: Usage { input: Some(1_000), output: Some(100), ..Usage::default() },
                ttft_ms: Some(1.0),
                total_ms: 2.0,
                attempts: 1,
            })
        })
    }
}

/// A mission that was played with a model, and that model. How many stages ask it.
async fn played_with(model: &Arc<Model>) -> (Desk, spar_core::ids::MissionId, usize) {
    let desk = Desk::with_model(model.clone());
    let mission = desk.played(5).await;
    let probe = Model::saying("{}");
    let other = Desk::with_model(probe.clone());
    other.played(5).await;
    other.drain(asking(probe.clone())).await;
    let prompted = probe.asked();
    assert!(prompted > 0, "some stage asks");
    (desk, mission, prompted)
}

#[tokio::test]
async fn worthless_answers_give_the_offline_form_and_say_so() {
    let huge = format!("{{\"story\": \"{}\"}}", "ä".repeat(5_000_000));
    for answer in ["no JSON at all", "{\"course\": [{\"turn\"", "", "[[[[[[", "null", &huge] {
        let model = Model::saying(answer);
        let (desk, mission, prompted) = played_with(&model).await;
        let report = desk.drain(asking(model.clone())).await;
        assert_eq!((report.failed, report.dead, report.snoozed), (0, 0, 0));
        assert_eq!(model.asked(), prompted, "each is asked once");
        let analysis = desk.store.analysis(mission).expect("it is there");
        let what: String = answer.chars().take(20).collect();
        for result in &analysis.newest {
            let made = &result.made;
            assert_ne!(made.strategy, Strategy::Model, "{} of `{what}`", result.stage);
            if made.model.is_some() {
                assert!(!made.problems.is_empty(), "{} of `{what}`", result.stage);
                // 1,000 tokens in and 100 out of gpt-4o.
                assert_eq!(made.cost, Some(MicroUsd(3_500)));
            }
            assert!(result.body.to_string().len() < 100_000, "{}", result.stage);
        }
        assert_eq!(analysis.last_analyzed_turn(), TurnIndex(5));
        let runs = desk.store.prompt_runs(mission).expect("the log of calls");
        let calls = runs.iter().filter(|run| run.task != "chat_turn");
        assert_eq!(calls.filter(|run| run.status == "ok").count(), prompted);
    }
}

#[tokio::test]
async fn a_model_that_is_away_for_an_hour_is_asked_again_and_stood_in_for() {
    let model = Model::away();
    let (desk, mission, prompted) = played_with(&model).await;
    let report = desk.drain(asking(model.clone())).await;
    assert_eq!(report.snoozed as usize, prompted, "{report:?}");
    assert_eq!((report.failed, report.dead), (0, 0));
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert_eq!(analysis.newest.len(), Stage::ALL.len(), "every stage has something to show");
    let provisional =
        analysis.progress.iter().filter(|stage| stage.outcome == StageOutcome::Provisional);
    assert_eq!(provisional.count(), prompted);
    assert!(analysis.last_analyzed_turn() < TurnIndex(5), "a stand-in is no study");
    let shown = desk.engine.report(mission, Duration::ZERO).await.expect("a report");
    let Freshness::Waiting { reason } = &shown.timeline.freshness else {
        panic!("{:?}", shown.timeline.freshness)
    };
    assert!(reason.contains("no connection"), "{reason}");
    assert!(shown.timeline.content.is_some());

    // Three quarters of an hour later it is still away.
    for _ in 0..45 {
        desk.clock.advance(Duration::from_secs(60));
        desk.drain(asking(model.clone())).await;
    }
    assert!(model.asked() > prompted, "it was asked again");
    assert!(model.asked() < prompted * 12, "{} times: not every minute", model.asked());
    let jobs = desk.store.jobs_of(mission).expect("jobs");
    assert!(jobs.iter().all(|job| job.attempt <= 1), "waiting is no attempt");
    model.away.store(false, Ordering::Relaxed);
    for _ in 0..60 {
        desk.clock.advance(Duration::from_secs(60));
        desk.drain(asking(model.clone())).await;
    }
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert!(analysis.progress.iter().all(|stage| stage.outcome == StageOutcome::Done));
    assert_eq!(analysis.last_analyzed_turn(), TurnIndex(5));
    assert!(analysis.unfinished.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_answer_of_a_model_wakes_all_that_wait_for_it() {
    let model = Model::away();
    let (desk, mission, prompted) = played_with(&model).await;
    // One model stands behind every question.
    let options = || AnalystOptions { profile: Profile::Rapid, ..asking(model.clone()) };
    let other = desk.played(5).await;
    for _ in 0..8 {
        desk.drain(options()).await;
        desk.clock.advance(Duration::from_secs(3_600));
    }
    desk.drain(options()).await;
    let waiting = |mission| {
        let jobs = desk.store.jobs_of(mission).expect("jobs");
        jobs.into_iter().filter(|job| job.state == JobState::Scheduled).collect::<Vec<_>>()
    };
    let mut times: Vec<_> =
        waiting(mission).into_iter().chain(waiting(other)).map(|job| job.run_at).collect();
    assert_eq!(times.len(), 2 * prompted);
    times.sort_unstable();
    assert!(times[0] < times[1], "they do not all come back at once by themselves");
    model.away.store(false, Ordering::Relaxed);
    desk.clock.advance(Duration::from_millis(times[0].since(desk.clock.now())));
    desk.drain(options()).await;
    for mission in [mission, other] {
        assert!(waiting(mission).is_empty());
        let analysis = desk.store.analysis(mission).expect("it is there");
        assert!(analysis.progress.iter().all(|stage| stage.outcome == StageOutcome::Done));
    }
}

/// Whether a reason says that the model was asked in vain, or too often in vain to be asked.
fn is_away(reason: Option<&str>) -> bool {
    let says = |words| reason.is_some_and(|reason| reason.contains(words));
    says("no connection") || says("keeps failing")
}

/// What watchers of the work are told of the stages of a mission, by word.
fn told(desk: &Desk, word: &str) -> Vec<(String, Option<String>)> {
    let events = desk.store.pipeline_events(0, 10_000).expect("events").into_iter();
    events
        .filter(|event| event.transition == word && event.kind != "deep_analysis")
        .map(|event| (event.kind, event.detail))
        .collect()
}

#[tokio::test]
async fn whoever_watches_the_work_is_told_of_stand_ins_and_problems() {
    let model = Model::away();
    let (desk, _, prompted) = played_with(&model).await;
    desk.drain(asking(model.clone())).await;
    assert_eq!(told(&desk, "started").len(), Stage::ALL.len());
    assert_eq!(told(&desk, "done").len(), Stage::ALL.len() - prompted);
    for word in ["snoozed", "stood_in"] {
        let told = told(&desk, word);
        assert_eq!(told.len(), prompted, "{word}");
        for (stage, why) in told {
            assert!(is_away(why.as_deref()), "{stage}: {why:?}");
        }
    }

    // Of an answer with one field that is right, the others are counted.
    let model = Model::saying(json!({"vibe": "calm and open"}).to_string());
    let (desk, _, prompted) = played_with(&model).await;
    desk.drain(asking(model.clone())).await;
    let mended = told(&desk, "mended");
    assert_eq!(mended.len(), 1, "{mended:?}");
    assert_eq!(mended[0].0, "mood_timeline");
    assert_eq!(mended[0].1.as_deref(), Some("2 problems in the answer"));
    assert_eq!(told(&desk, "stood_in").len(), prompted - 1);

    // What is computed here stands in for nothing.
    let desk = Desk::new();
    desk.played(5).await;
    desk.drain(AnalystOptions::default()).await;
    assert_eq!(told(&desk, "done").len(), Stage::ALL.len());
    assert!(told(&desk, "stood_in").is_empty());
}

#[tokio::test]
async fn after_a_day_the_stand_in_stays() {
    let model = Model::away();
    let (desk, mission, _) = played_with(&model).await;
    for _ in 0..30 {
        desk.drain(asking(model.clone())).await;
        desk.clock.advance(Duration::from_secs(3_600));
    }
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert!(analysis.progress.iter().all(|stage| stage.outcome == StageOutcome::Done));
    let asked = analysis.newest.iter().filter(|result| result.made.model.is_some());
    assert!(asked.clone().count() > 0);
    for result in asked {
        assert_eq!(result.made.strategy, Strategy::Offline);
        let reason = result.made.reason.as_deref();
        assert!(is_away(reason), "{reason:?}");
    }
}

#[tokio::test]
async fn what_was_played_offline_is_studied_offline() {
    let model = Model::saying("{}");
    let desk = Desk::new();
    let mission = desk.played(5).await;
    desk.drain(asking(model.clone())).await;
    assert_eq!(model.asked(), 0);
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert!(analysis.newest.iter().all(|result| result.made.strategy == Strategy::Offline));
}

#[tokio::test]
async fn at_the_hard_mark_nothing_is_asked_and_at_the_soft_one_a_cheaper_model_is() {
    let limits = |micro| BudgetLimits { per_mission: Some(MicroUsd(micro)), per_day: None };
    let model = Model::saying("{}");
    let (desk, mission, _) = played_with(&model).await;
    let options = AnalystOptions { budget: limits(10), ..asking(model.clone()) };
    let report = desk.drain(options).await;
    assert_eq!((model.asked(), report.snoozed), (0, 0));
    let analysis = desk.store.analysis(mission).expect("it is there");
    let reasons = analysis.newest.iter().filter_map(|result| result.made.reason.as_deref());
    assert!(reasons.clone().count() > 0);
    assert!(reasons.clone().all(|reason| reason.contains("mission budget of $0.0000")));

    // An amount of nothing at all is spent from the start: two steps down from precision.
    let model = Model::saying("{}");
    let (desk, mission, _) = played_with(&model).await;
    let free = BudgetLimits { per_mission: Some(MicroUsd(0)), per_day: Some(MicroUsd(0)) };
    desk.drain(AnalystOptions { budget: free, ..asking(model) }).await;
    let analysis = desk.store.analysis(mission).expect("it is there");
    let asked = analysis.newest.iter().filter(|result| result.made.model.is_some());
    assert!(asked.clone().count() > 0);
    for result in asked {
        assert_eq!(result.made.profile, Profile::Rapid);
        assert_eq!(result.made.role, Some(Role::Mini));
    }
}

#[tokio::test]
async fn the_budget_of_a_day_puts_questions_off_to_the_next() {
    let model = Model::saying("{}");
    let (desk, mission, prompted) = played_with(&model).await;
    let budget = BudgetLimits { per_mission: None, per_day: Some(MicroUsd(1)) };
    let options = AnalystOptions { budget, ..asking(model.clone()) };
    let report = desk.drain(options).await;
    assert_eq!((model.asked(), report.snoozed as usize), (0, prompted));
    desk.clock.advance(Duration::from_secs(86_400));
    desk.drain(asking(model.clone())).await;
    assert_eq!(model.asked(), prompted);
    let analysis = desk.store.analysis(mission).expect("it is there");
    assert!(analysis.progress.iter().all(|stage| stage.outcome == StageOutcome::Done));
}

#[tokio::test]
async fn a_model_that_keeps_failing_is_left_alone() {
    let model = Model::away();
    let (desk, _, prompted) = played_with(&model).await;
    for _ in 0..9 {
        desk.played(5).await;
    }
    let breaker = BreakerSettings { failures: 2, ..BreakerSettings::default() };
    let options = AnalystOptions { breaker, profile: Profile::Rapid, ..asking(model.clone()) };
    let report = desk.drain(options).await;
    assert_eq!(report.snoozed as usize, 10 * prompted, "each has its offline form meanwhile");
    assert_eq!(model.asked(), 2, "one model stands behind all of them");
}

#[tokio::test]
async fn a_question_that_was_answered_is_not_asked_again() {
    let model = Model::saying(json!({"reply": "x"}).to_string());
    let (desk, mission, prompted) = played_with(&model).await;
    desk.drain(asking(model.clone())).await;
    assert_eq!(model.asked(), prompted);
    let at = desk.clock.now();
    desk.store
        .write(move |tx| spar_engine::analyze::study_again(tx, mission, at))
        .await
        .expect("asked for");
    desk.drain(asking(model.clone())).await;
    assert_eq!(model.asked(), 2 * prompted, "unless somebody insists");
}

#[tokio::test]
async fn no_more_of_them_ask_a_model_at_once_than_it_has_places() {
    for places in [1, 2, 3] {
        let model = Model::saying("no JSON at all");
        let (desk, _, prompted) = played_with(&model).await;
        let calls_at_once = NonZeroUsize::new(places).expect("some");
        let options = AnalystOptions { calls_at_once, ..asking(model.clone()) };
        let report = drain(&desk.store, &desk.clock, desk.analyst(options), 16).await;
        assert_eq!((report.failed, report.dead, report.trouble), (0, 0, None));
        assert_eq!(model.asked(), prompted, "each had its turn");
        let under_way = model.under_way.lock().expect("no panic");
        let most = under_way.values().map(|(_, most)| *most).max();
        assert_eq!(most, Some(places), "{under_way:?}");
    }
}
