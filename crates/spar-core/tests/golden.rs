//! Golden missions: whole conversations as text, to be read in a review when a rule changes.
//!
//! A file of `tests/golden` names a scenario and a seed, and either the playthrough to play
//! (`plays: skilled`) or its own lines (`you: …`). Under each line stands what it led to.
//! `UPDATE_GOLDEN=1 cargo test -p spar-core --test golden` writes them anew; to add one, write its
//! head and its `you:` lines and do the same.

#[path = "golden/script.rs"]
mod script;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use script::{Script, rendered};
use spar_core::mission::{Mission, MissionEvent};
use spar_core::scenario::{Level, Scenario, builtin, load_builtin, read};
use support::Play;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn is_blessing() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1")
}

fn built_in(id: &str) -> Arc<Scenario> {
    let file = builtin()
        .iter()
        .find(|file| file.id == id)
        .unwrap_or_else(|| panic!("no built-in scenario is called `{id}`"));
    let (mut scenarios, problems) = read(file.file, file.text, &mut load_builtin);
    assert_eq!(problems, [], "{id}");
    Arc::new(scenarios.pop().expect("a built-in file holds a scenario"))
}

/// Plays a script until its lines run out or the mission is over, and leaves.
fn played(scenario: &Arc<Scenario>, script: &Script) -> Vec<MissionEvent> {
    Play::through(scenario, &script.lines, script.seed).events
}

#[test]
fn golden_missions_are_as_they_were() {
    let mut changed = Vec::new();
    let mut count = 0;
    for path in files() {
        count += 1;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let kept = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let head = Script::read(&kept).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let scenario = built_in(&head.scenario);
        let script = match head.plays {
            Some(level) => Script { lines: scenario.playthroughs.lines(level).to_vec(), ..head },
            None => head,
        };
        let events = played(&scenario, &script);
        let text = rendered(&scenario, &script, &events);

        // What was stored tells the same story.
        let stored = serde_json::to_string(&events).expect("events become JSON");
        let back: Vec<MissionEvent> = serde_json::from_str(&stored).expect("and come back");
        assert_eq!(rendered(&scenario, &script, &back), text, "{name}: replayed from JSON");
        let (live, again) =
            (Mission::replay(scenario.clone(), &events), Mission::replay(scenario, &back));
        assert_eq!(live.state(), again.state(), "{name}: replayed from JSON");

        if is_blessing() {
            fs::write(&path, &text).unwrap_or_else(|error| panic!("{name}: {error}"));
        } else if let Some(difference) = first_difference(&kept, &text) {
            changed.push(format!("{name}: {difference}"));
        }
    }
    assert!(count >= builtin().len(), "only {count} golden missions were found");
    assert!(
        changed.is_empty(),
        "{} of {count} golden missions changed; if that is meant, run with UPDATE_GOLDEN=1 and \
         read the difference\n\n{}",
        changed.len(),
        changed.join("\n\n")
    );
}

#[test]
fn every_built_in_scenario_has_a_skilled_golden_mission() {
    let scripts: Vec<Script> = files()
        .iter()
        .filter_map(|path| Script::read(&fs::read_to_string(path).ok()?).ok())
        .collect();
    for file in builtin() {
        let has = scripts
            .iter()
            .any(|script| script.scenario == file.id && script.plays == Some(Level::Skilled));
        if !has && is_blessing() {
            let path = folder().join(format!("{}.skilled.mission", file.id));
            let head = format!("scenario: {}\nseed: 1\nplays: skilled\n", file.id);
            fs::write(&path, head).expect("the folder of golden missions can be written");
        } else {
            assert!(
                has,
                "`{}` has none; run twice with UPDATE_GOLDEN=1 to make and to fill it",
                file.id
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_mission_and_another_seed_another() {
    let scenario = built_in("launch-slip");
    let lines = scenario.playthroughs.skilled.clone();
    let of = |seed| {
        let script = Script { seed, lines: lines.clone(), ..Script::default() };
        played(&scenario, &script)
    };
    assert_eq!(of(1), of(1));
    let (one, other) = (of(1), of(2));
    assert_ne!(one, other);
    // Chance has no part in what a line is worth.
    let scores = |events: &[MissionEvent]| {
        let mission = Mission::replay(scenario.clone(), events);
        let turns = mission.turns().iter();
        turns.filter_map(|turn| Some(turn.reading.as_ref()?.local_score)).collect::<Vec<_>>()
    };
    assert_eq!(scores(&one), scores(&other));
}

#[test]
fn a_changed_line_is_found() {
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    let found = first_difference("a\nb\nc\n", "a\nx\nc\n").expect("they differ");
    assert!(found.contains("line 2") && found.contains("- b") && found.contains("+ x"), "{found}");
    assert!(first_difference("a\n", "a\nb\n").is_some());
}

/// The first line that differs, and the line before it.
fn first_difference(kept: &str, text: &str) -> Option<String> {
    if kept == text {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), text.lines().collect());
    let at = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let line = |lines: &[&str]| lines.get(at).copied().unwrap_or("(nothing)").to_owned();
    let before = at.checked_sub(1).and_then(|at| old.get(at)).copied().unwrap_or_default();
    Some(format!("line {}\n  {before}\n- {}\n+ {}", at + 1, line(&old), line(&new)))
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder of golden missions is there");
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mission"))
        .collect();
    files.sort();
    files
}
