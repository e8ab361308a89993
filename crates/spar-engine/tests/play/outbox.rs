//! No reply without its job, no job without its reply; and two who play one mission.

use std::sync::{Arc, Mutex};

use spar_core::chat::ChatRequest;
use spar_core::job::DeepAnalysis;
use spar_core::mission::{Mission, MissionEvent, Phase};
use spar_engine::clock::Clock;
use spar_engine::play::PlayError;
use spar_engine::provider::{Answer, DeltaSink, Provider, ScriptedAnswer, ScriptedProvider};
use spar_engine::store::{
    JobState, MissionStatus, MissionSummaryUpdate, Outbox, Store, StoreError,
};

use crate::support::{Table, answered, assert_same, broken_off, good, kinds, manual_clock, say};

#[tokio::test]
async fn each_reply_brings_its_job_and_the_newer_takes_the_place_of_the_older() {
    let (table, _) = Table::scripted((0..4).map(|_| good("Go on.")));
    let mut live = table.start().await;
    for turn in 1..=4 {
        answered(&mut live, "What matters most to you about the plan?").await;
        let jobs = table.store.jobs_of(live.id()).expect("jobs");
        assert_eq!(jobs.len(), 1, "turn {turn}");
        assert_eq!((jobs[0].kind.as_str(), jobs[0].state), ("deep_analysis", JobState::Ready));
        let analysis: DeepAnalysis = serde_json::from_str(&jobs[0].payload).expect("a payload");
        assert_eq!(analysis.last_turn_index.0, turn);
        assert_eq!(analysis.mission_id, live.id());
        let reading = live.mission().turns().last().and_then(|spoken| spoken.reading.clone());
        let reading = reading.expect("it was read");
        let tags = analysis.fast_tags.as_ref().expect("a turn that was read");
        assert_eq!(tags.tier, reading.shown_tier());
        assert_eq!(tags.deltas, reading.deltas);
        let runs = table.store.prompt_runs(live.id()).expect("the log of calls");
        assert_eq!(runs.len(), turn as usize, "and its call is logged with it");
    }
}

#[tokio::test]
async fn a_line_alone_brings_no_job() {
    let (table, _) = Table::scripted([ScriptedAnswer::stall(["{\"reply\": \"Well"])]);
    let mut live = table.start().await;
    broken_off(&mut live, "The date slips.").await;
    assert_eq!(kinds(&table.events(&live)), ["started", "user_spoke"]);
    assert!(table.store.jobs_of(live.id()).expect("jobs").is_empty());
}

#[tokio::test]
async fn of_two_who_play_one_mission_the_slower_is_told() {
    let (table, model) = Table::scripted([good("Go on.")]);
    let mut one = table.start().await;
    let mut other = table.engine.resume(one.id()).await.expect("taken up elsewhere");
    let before = one.mission().clone();
    let (report, seen) = say(&mut one, "The date slips.").await;
    assert!(matches!(report, Err(PlayError::Store(StoreError::Conflict { .. }))));
    assert!(seen.0.is_empty(), "nothing was shown as committed");
    assert_same(one.mission(), &before, "the loser's mission");
    assert!(model.asked().is_empty());

    answered(&mut other, "The date slips.").await;
    table.assert_whole(&other, "the winner's mission");
    assert_eq!(kinds(&table.events(&other))[..3], ["started", "resumed", "user_spoke"]);
}

/// Goes on with the mission behind the player's back, at the moment the model is asked.
struct Meddler {
    store: Store,
    clock: Clock,
    inner: ScriptedProvider,
    meddled: Mutex<bool>,
}

impl Provider for Meddler {
    fn name(&self) -> &str {
        "meddler"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        let mut meddled = self.meddled.lock().expect("no panic before");
        if !std::mem::replace(&mut *meddled, true) {
            let id = self.store.find("last").expect("a mission");
            let stored = self.store.load(id).expect("it loads");
            let mission = Mission::replay(Arc::new(stored.scenario), &stored.events);
            let turn = mission.state().turn;
            let at = self.clock.now();
            let events = [MissionEvent::TurnCancelled { turn, at }];
            let summary = MissionSummaryUpdate {
                at,
                status: MissionStatus::Active,
                turns: turn,
                score: None,
                ending: None,
            };
            let seq = stored.meta.next_seq;
            self.store
                .append(id, seq, &events, Outbox::summary_only(summary))
                .wait()
                .expect("it is the first to go on");
        }
        self.inner.chat(request, sink)
    }
}

#[tokio::test]
async fn a_reply_that_cannot_be_stored_leaves_no_job_and_no_trace() {
    let store = Store::temporary().expect("a store");
    let meddler = Arc::new(Meddler {
        store: store.clone(),
        clock: manual_clock(),
        inner: ScriptedProvider::new([good("By how much?"), good("Now I hear you.")]),
        meddled: Mutex::default(),
    });
    let route = spar_engine::play::Route::to_model(meddler, "scripted");
    let engine = spar_engine::Engine::new(store.clone(), manual_clock(), route);
    let prepared = crate::support::prepared("");
    let mut live = engine.start(&prepared, Some(7)).await.expect("it begins");
    let (report, seen) = say(&mut live, "The date slips.").await;
    assert!(matches!(report, Err(PlayError::Store(StoreError::Conflict { .. }))));
    assert_eq!(kinds(&seen.events()), ["user_spoke"]);
    assert_eq!(live.mission().state().phase, Phase::Answering, "as it was before the reply");
    assert!(live.mission().turns()[0].reply.is_none());
    assert!(live.mission().turns()[0].reading.is_none());
    let stored = store.load(live.id()).expect("it loads").events;
    assert_eq!(kinds(&stored), ["started", "user_spoke", "turn_cancelled"]);
    assert!(store.jobs_of(live.id()).expect("jobs").is_empty());
    assert!(store.prompt_runs(live.id()).expect("calls").is_empty());

    let mut again = engine.resume(live.id()).await.expect("taken up");
    answered(&mut again, "As I said, the date slips.").await;
    assert_eq!(store.jobs_of(live.id()).expect("jobs").len(), 1);
}

#[tokio::test]
async fn a_turn_that_ends_the_mission_brings_its_job_too() {
    let table = Table::offline();
    let prepared = crate::support::prepared("policy: {max_turns: 2}");
    let mut live = table.start_of(&prepared).await;
    answered(&mut live, "The date slips.").await;
    answered(&mut live, "What do you need?").await;
    assert!(live.mission().state().ending().is_some());
    let jobs = table.store.jobs_of(live.id()).expect("jobs");
    let analysis: DeepAnalysis = serde_json::from_str(&jobs[0].payload).expect("a payload");
    assert_eq!((jobs.len(), analysis.last_turn_index.0), (1, 2));
    let meta = table.store.mission(live.id()).expect("its row");
    assert_eq!(meta.status, MissionStatus::Ended);
    assert_eq!(meta.ending, live.mission().state().ending());
}
