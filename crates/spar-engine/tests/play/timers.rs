//! The clocks of a mission, moved by hand.

use std::time::Duration;

use spar_core::mission::turn::time_left;
use spar_core::rules::Ending;

use crate::support::{Table, answered, kinds, prepared};

const TIMED: &str = "policy: {max_turns: 90, seconds_per_turn: 30, seconds_extension: 15, endings: [fail_timer, fail_max_turns]}";

#[tokio::test]
async fn a_turn_has_one_extension_and_then_an_end() {
    let table = Table::offline();
    let mut live = table.start_of(&prepared(TIMED)).await;
    table.clock.advance(Duration::from_secs(29));
    live.tick(&mut |_| {}).await.expect("a tick");
    answered(&mut live, "The date slips.").await;
    assert_eq!(time_left(live.mission(), table.clock.now()).turn_ms, Some(30_000));

    table.clock.advance(Duration::from_secs(30));
    live.tick(&mut |_| {}).await.expect("a tick");
    live.tick(&mut |_| {}).await.expect("a tick");
    assert_eq!(time_left(live.mission(), table.clock.now()).turn_ms, Some(15_000));
    table.clock.advance(Duration::from_secs(14));
    live.tick(&mut |_| {}).await.expect("a tick");
    answered(&mut live, "What worries you most?").await;

    table.clock.advance(Duration::from_secs(30));
    live.tick(&mut |_| {}).await.expect("a tick");
    assert_eq!(live.mission().state().ending(), Some(Ending::FailTimer));
    let all = kinds(&table.events(&live)).join(" ");
    assert_eq!(all.matches("time_extended").count(), 1);
    assert!(all.ends_with("time_expired ended"), "{all}");
}

#[tokio::test]
async fn time_away_and_time_waiting_do_not_count() {
    let table = Table::offline();
    let mission = "policy: {max_turns: 90, mission_seconds: 60, endings: [fail_timer]}";
    let mut live = table.start_of(&prepared(mission)).await;
    table.clock.advance(Duration::from_secs(40));
    answered(&mut live, "The date slips.").await;
    let id = live.id();
    drop(live);
    table.clock.advance(Duration::from_secs(3_600));
    let mut live = table.engine.resume(id).await.expect("an hour later");
    let left = time_left(live.mission(), table.clock.now());
    assert_eq!(left.mission_ms, Some(20_000));
    live.tick(&mut |_| {}).await.expect("a tick");
    assert_eq!(live.mission().state().ending(), None);
    table.clock.advance(Duration::from_secs(20));
    live.tick(&mut |_| {}).await.expect("a tick");
    assert_eq!(live.mission().state().ending(), Some(Ending::FailTimer));
}
