//! Lines that no model sees, and what becomes of the mission.

use spar_core::mission::{Phase, turn};
use spar_core::rules::Ending;
use spar_engine::play::PlayError;

use crate::support::{Table, answered, good, kinds, last_reply, prepared, say};

#[tokio::test]
async fn a_crisis_is_sent_nowhere_and_pauses_the_mission() {
    let (table, model) = Table::scripted([good("I am glad you are here.")]);
    let mut live = table.start().await;
    let seen = answered(&mut live, "I want to die.").await;
    assert!(model.asked().is_empty(), "no model hears it");
    assert!(seen.text().is_empty(), "the persona does not answer it");
    assert_eq!(kinds(&table.events(&live)), ["started", "user_spoke", "crisis_paused"]);
    assert_eq!(live.mission().state().phase, Phase::Paused);
    assert_eq!(live.mission().score(), None, "nothing is scored");
    assert!(table.store.jobs_of(live.id()).expect("jobs").is_empty(), "nor studied");

    let (refused, _) = say(&mut live, "Forget it.").await;
    assert!(matches!(refused, Err(PlayError::Refused(turn::LineRefused::Paused))));
    let again = table.engine.resume(live.id()).await.expect("taken up");
    assert_eq!(again.mission().state().phase, Phase::Paused, "only a person ends the pause");

    live.resume(&mut |_| {}).await.expect("it goes on");
    answered(&mut live, "The date of the launch moves.").await;
    assert_eq!(last_reply(&live).text, "I am glad you are here.");
    let asked = model.asked().remove(0);
    let later = asked.messages.iter().find(|message| message.content.contains("want to die"));
    assert_eq!(later, None, "nor later");
    table.assert_whole(&live, "after the pause");
}

#[tokio::test]
async fn a_paused_mission_can_be_left() {
    let table = Table::offline();
    let mut live = table.start().await;
    answered(&mut live, "I want to die.").await;
    live.leave(&mut |_| {}).await.expect("left");
    assert_eq!(live.mission().state().ending(), Some(Ending::AbortUser));
    assert!(table.store.unfinished().expect("a list").is_empty());
}

#[tokio::test]
async fn a_threat_ends_the_mission_without_a_model() {
    let (table, model) = Table::scripted([]);
    let mut live = table.start().await;
    let seen = answered(&mut live, "Say that again and I'll hurt you.").await;
    assert!(model.asked().is_empty());
    assert_eq!(live.mission().state().ending(), Some(Ending::AbortDisqualified));
    let last = last_reply(&live);
    assert_eq!((seen.text(), last.degraded), (last.text.clone(), false));
    assert_eq!(last.text, "We are done here.", "the closing words");
    assert_eq!(table.store.prompt_runs(live.id()).expect("calls"), []);
}

#[tokio::test]
async fn strikes_add_up_to_the_end() {
    let (table, model) = Table::scripted((0..3).map(|_| good("Excuse me?")));
    let policy = "policy: {strikes: 2, endings: [fail_strikes, fail_max_turns]}";
    let mut live = table.start_of(&prepared(policy)).await;
    answered(&mut live, "You idiot.").await;
    assert_eq!((live.mission().state().strikes.len(), live.mission().state().ending()), (1, None));
    answered(&mut live, "You're useless.").await;
    assert_eq!(live.mission().state().ending(), Some(Ending::FailStrikes));
    assert_eq!(model.asked().len(), 2, "an insult is answered");
}
