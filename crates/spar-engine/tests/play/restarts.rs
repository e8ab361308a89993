//! The program stops at any moment, and a mission goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use spar_core::mission::Phase;
use spar_engine::Engine;
use spar_engine::play::Route;
use spar_engine::provider::{ScriptedAnswer, ScriptedProvider};
use spar_engine::store::{OpenOptions, Store};

use crate::support::{
    answered, assert_same, broken_off, good, kinds, last_reply, manual_clock, prepared,
};

/// A program that was just started on the file.
fn start_program(
    path: &std::path::Path,
    answers: impl IntoIterator<Item = ScriptedAnswer>,
) -> (Engine, Arc<ScriptedProvider>) {
    let model = Arc::new(ScriptedProvider::new(answers));
    let store = Store::open(&OpenOptions::new(path)).expect("the store opens");
    let route = Route::to_model(model.clone(), "scripted");
    (Engine::new(store, manual_clock(), route), model)
}

#[tokio::test]
async fn a_line_without_its_answer_is_answered_once_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missions.db");
    let id = {
        let stall = ScriptedAnswer::stall(["{\"reply\": \"Well"]);
        let (engine, _) = start_program(&path, [good("Go on."), stall]);
        let mut live = engine.start(&prepared(""), Some(7)).await.expect("it begins");
        answered(&mut live, "I have news about the date.").await;
        broken_off(&mut live, "The date slips.").await;
        live.id()
        // Everything is dropped here: the process is gone between its two commits.
    };

    let (engine, model) = start_program(&path, [good("Since when do you know?")]);
    let unfinished = engine.store().unfinished().expect("a list");
    assert_eq!(unfinished.iter().map(|meta| meta.id).collect::<Vec<_>>(), [id]);
    let mut live = engine.resume(id).await.expect("it is taken up");
    assert_eq!(live.mission().state().phase, Phase::Answering);
    assert!(live.answer_pending(&mut |_| {}).await.expect("answered").is_some());
    assert!(live.answer_pending(&mut |_| {}).await.expect("nothing left").is_none());
    assert_eq!(model.asked().len(), 1);
    let asked = model.asked().remove(0);
    let last = asked.messages.last().expect("the prompt ends with the line");
    assert_eq!(last.content, "The date slips.");
    assert_eq!(last_reply(&live).text, "Since when do you know?");
    let events = engine.store().load(id).expect("it loads").events;
    for kind in ["user_spoke", "persona_spoke"] {
        assert_eq!(kinds(&events).iter().filter(|other| **other == kind).count(), 2, "{kind}");
    }
    drop(live);

    let (engine, _) = start_program(&path, []);
    let mut live = engine.resume(id).await.expect("once more");
    assert!(live.answer_pending(&mut |_| {}).await.expect("nothing left").is_none());
    assert_eq!(live.mission().state().turn.0, 2);
}

#[tokio::test]
async fn a_resumed_mission_is_the_one_that_was_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("missions.db");
    let lines = ["Good morning, Ada.", "The date slips.", "What worries you most about it?"];
    let whole = {
        let (engine, _) = start_program(&path, []);
        let engine = engine.with_route(Route::embedded());
        let mut live = engine.start(&prepared(""), Some(3)).await.expect("it begins");
        for line in lines {
            answered(&mut live, line).await;
        }
        live.mission().clone()
    };
    let first = {
        let (engine, _) = start_program(&path, []);
        // A moment later, so that the ids differ.
        engine.clock().advance(Duration::from_millis(1));
        let engine = engine.with_route(Route::embedded());
        let mut live = engine.start(&prepared(""), Some(3)).await.expect("it begins");
        answered(&mut live, lines[0]).await;
        live.id()
    };
    let (engine, _) = start_program(&path, []);
    let engine = engine.with_route(Route::embedded());
    engine.clock().advance(Duration::from_secs(86_400));
    let mut live = engine.resume(first).await.expect("the next day");
    for line in &lines[1..] {
        answered(&mut live, line).await;
    }
    let replies = |mission: &spar_core::mission::Mission| -> Vec<String> {
        mission.turns().iter().filter_map(|t| Some(t.reply.as_ref()?.text.clone())).collect()
    };
    assert_eq!(replies(live.mission()), replies(&whole));
    assert_eq!(live.mission().state().vector, whole.state().vector);
    assert_eq!(live.mission().score(), whole.score());
    let (_, replayed) = engine.replayed(first).expect("it loads");
    assert_same(&replayed, live.mission(), "after a day away");
}
