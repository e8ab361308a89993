//! What a persona remembers of one mission in the next.

use spar_core::mission::MissionEvent;
use spar_core::persona::PersonaMemory;
use spar_engine::analyze::AnalystOptions;
use spar_engine::play::LiveMission;

use crate::support::{Desk, prepared};

/// What the persona of a mission remembers, as it was stored at its beginning.
fn remembered(desk: &Desk, live: &LiveMission) -> Option<PersonaMemory> {
    let stored = desk.store.load(live.id()).expect("it is there");
    match stored.events.into_iter().next() {
        Some(MissionEvent::Started { memory, .. }) => memory,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_next_mission_with_a_persona_begins_with_their_memory_of_the_last() {
    let desk = Desk::new();
    let prepared = prepared();
    let first = desk.engine.start(&prepared, Some(7)).await.expect("it begins");
    assert_eq!(remembered(&desk, &first), None, "they have not met");
    desk.played(5).await;
    let early = desk.engine.start(&prepared, Some(7)).await.expect("it begins");
    assert_eq!(remembered(&desk, &early), None, "it was not studied yet");
    desk.drain(AnalystOptions::default()).await;

    let second = desk.engine.start(&prepared, Some(7)).await.expect("it begins");
    let memory = remembered(&desk, &second).expect("they have met");
    assert!(!memory.items.is_empty());
    assert_eq!(second.mission().state().memory.as_ref(), Some(&memory), "and it is played with");

    let run = Some("run-0".to_owned());
    let headless = desk.engine.start_in(&prepared, Some(7), run).await.expect("it begins");
    assert_eq!(remembered(&desk, &headless), None, "a run depends on nothing before it");
    let mut stranger = (*prepared.scenario).clone();
    stranger.persona.name = "Somebody else".to_owned();
    let stranger = spar_engine::Prepared::new(stranger);
    let other = desk.engine.start(&stranger, Some(7)).await.expect("it begins");
    assert_eq!(remembered(&desk, &other), None);
}

#[tokio::test]
async fn a_headless_mission_is_remembered_by_nobody() {
    let desk = Desk::new();
    desk.played_as(5, Some("run-0")).await;
    desk.drain(AnalystOptions::default()).await;
    let live = desk.engine.start(&prepared(), Some(7)).await.expect("it begins");
    assert_eq!(remembered(&desk, &live), None);
}
