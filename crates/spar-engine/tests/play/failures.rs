//! Models that fail, and turns that are taken back.

use std::future::Future;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use spar_core::mission::Phase;
use spar_engine::play::{PlayError, Route, TurnUpdate};
use spar_engine::provider::{ProviderError, ScriptedAnswer};
use spar_engine::store::StoreError;

use crate::support::{Table, answered, broken, broken_off, good, kinds, last_reply, say, valid};

#[tokio::test]
async fn a_failing_model_degrades_one_turn() {
    let (table, model) = Table::scripted([
        good("Good morning."),
        ScriptedAnswer::error(broken()),
        good("I am back."),
    ]);
    let mut live = table.start().await;
    answered(&mut live, "Good morning, Ada.").await;
    let seen = answered(&mut live, "The date slips by two weeks.").await;

    let line = last_reply(&live);
    assert!(line.degraded && line.offline.is_some());
    assert!(line.degraded_reason.as_deref().expect("a reason").contains("it went away"));
    assert_eq!((seen.text(), seen.retracted()), (line.text.clone(), false));
    assert_eq!(live.mission().state().degraded_turns, 1);
    assert_eq!(live.mission().state().gates.len(), 1, "the line is read all the same");
    table.assert_whole(&live, "after a degraded turn");

    answered(&mut live, "Are you there?").await;
    assert_eq!(
        (last_reply(&live).text.as_str(), last_reply(&live).degraded),
        ("I am back.", false)
    );
    assert_eq!(live.mission().state().degraded_turns, 1);
    let runs = table.store.prompt_runs(live.id()).expect("the log of calls");
    let statuses: Vec<_> = runs.iter().map(|run| run.status.as_str()).collect();
    assert_eq!(statuses, ["ok", "failed", "ok"]);
    assert_eq!(model.asked().len(), 3);
}

#[tokio::test]
async fn what_was_shown_of_a_broken_reply_is_withdrawn() {
    let start = valid("I never said that.", 60)[..22].to_owned();
    let (table, _) = Table::scripted([ScriptedAnswer::broken([start], broken())]);
    let mut live = table.start().await;
    let seen = answered(&mut live, "The date slips.").await;
    let order: Vec<_> = seen
        .0
        .iter()
        .map(|update| match update {
            TurnUpdate::Committed(_) => "committed",
            TurnUpdate::Text(text) if "I never said that.".starts_with(text.as_str()) => "broken",
            TurnUpdate::Text(_) => "offline",
            TurnUpdate::Retracted => "retracted",
        })
        .collect();
    assert_eq!(order, ["committed", "broken", "retracted", "offline", "committed"]);
    assert_eq!(seen.text(), last_reply(&live).text);
    assert!(last_reply(&live).degraded);
}

#[tokio::test]
async fn without_leave_to_degrade_the_failure_is_told_and_the_line_stays_said() {
    let start = valid("I never said that.", 60)[..22].to_owned();
    let (table, model) = Table::scripted([ScriptedAnswer::broken([start], broken())]);
    let strict = Route { may_degrade: false, ..table.engine.route().clone() };
    let engine = table.engine.with_route(strict);
    let mut live = engine.start(&crate::support::prepared(""), Some(7)).await.expect("it begins");
    let (report, seen) = say(&mut live, "The date slips.").await;
    assert!(matches!(report, Err(PlayError::Provider(ProviderError::Broken { .. }))));
    assert!(seen.retracted() && seen.text().is_empty());
    assert_eq!(kinds(&table.events(&live)), ["started", "user_spoke"]);
    assert_eq!(live.mission().state().phase, Phase::Answering);
    assert!(table.store.jobs_of(live.id()).expect("jobs").is_empty());

    let (refused, _) = say(&mut live, "Hello?").await;
    assert!(matches!(refused, Err(PlayError::Refused(_))), "one line at a time");
    model.push(good("Since when?"));
    let report = live.answer_pending(&mut |_| {}).await.expect("it is answered");
    assert!(report.is_some());
    assert_eq!(last_reply(&live).text, "Since when?");
    assert!(live.answer_pending(&mut |_| {}).await.expect("nothing to do").is_none());
    table.assert_whole(&live, "after asking again");
}

#[tokio::test]
async fn a_turn_can_be_taken_back() {
    let (table, _) = Table::scripted([ScriptedAnswer::stall(["{\"reply\": \"Well"]), good("Yes?")]);
    let mut live = table.start().await;
    table.clock.advance(Duration::from_secs(3));
    let shown = broken_off(&mut live, "The date slips.").await;
    assert_eq!(shown, "Well");
    assert_eq!(live.mission().state().phase, Phase::Answering);
    live.cancel_turn(&mut |_| {}).await.expect("it is taken back");
    live.cancel_turn(&mut |_| {}).await.expect("once is enough");
    assert_eq!(kinds(&table.events(&live)), ["started", "user_spoke", "turn_cancelled"]);
    assert!(live.mission().turns()[0].cancelled && live.mission().turns()[0].reply.is_none());
    answered(&mut live, "Let me start over: the date slips.").await;
    assert_eq!(live.mission().state().turn.0, 2);
    table.assert_whole(&live, "after a cancelled turn");
}

#[tokio::test]
async fn a_call_dropped_while_the_disk_works_loses_nothing() {
    let (table, _) = Table::scripted([good("Since when?"), good("Go on.")]);
    let mut live = table.start().await;
    // Another change is under way for as long as we like, so that the line has to wait.
    let (begun, has_begun) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let store = table.store.clone();
    let other = std::thread::spawn(move || {
        let change = store.write(move |_| {
            begun.send(()).expect("the test waits");
            // Sent or dropped, the change is at its end.
            let _ = may_end.recv();
            Ok::<_, StoreError>(())
        });
        change.wait()
    });
    has_begun.recv().expect("the other change begins");
    {
        // One poll hands the line to the store; its answer is never taken.
        let mut sink = |_| {};
        let mut turn = std::pin::pin!(live.say("The date slips.", &mut sink));
        let poll = turn.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Pending), "the store was busy");
    }
    end.send(()).expect("the other change waits");
    other.join().expect("no panic").expect("it was made");
    assert_eq!(live.mission().state().phase, Phase::Listening, "nothing is known of it yet");
    let (refused, seen) = say(&mut live, "And another thing.").await;
    assert!(matches!(refused, Err(PlayError::Refused(_))), "the first line is said");
    assert_eq!(kinds(&seen.events()), ["user_spoke"]);
    live.answer_pending(&mut |_| {}).await.expect("it is answered");
    assert_eq!(last_reply(&live).text, "Since when?");
    answered(&mut live, "And another thing.").await;
    table.assert_whole(&live, "after a dropped call");
}

#[tokio::test]
async fn what_has_ended_stays_ended() {
    let table = Table::offline();
    let mut live = table.start().await;
    answered(&mut live, "The date slips.").await;
    live.leave(&mut |_| {}).await.expect("left");
    let events = table.events(&live);
    live.leave(&mut |_| {}).await.expect("nothing to do");
    live.resume(&mut |_| {}).await.expect("nothing to do");
    live.cancel_turn(&mut |_| {}).await.expect("nothing to do");
    live.tick(&mut |_| {}).await.expect("nothing to do");
    let (refused, _) = say(&mut live, "One more thing.").await;
    assert!(matches!(refused, Err(PlayError::Refused(_))));
    assert_eq!(table.events(&live), events);
    assert_eq!(events.iter().filter(|event| event.kind() == "ended").count(), 1);
}
