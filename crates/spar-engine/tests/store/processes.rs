//! Several processes on one file, and processes that die. The helpers are this very test binary,
//! started again with a task in the environment.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use spar_engine::store::{Durability, OpenOptions, Store, StoreError};

use crate::support::{
    Place, analysis, answered, full_outbox, mission_id, new_mission, outbox, reading, said,
};

/// What a helper is to do.
const TASK: &str = "SPAR_STORE_TEST_TASK";
/// On which file.
const FILE: &str = "SPAR_STORE_TEST_FILE";
/// Missions a helper appends to at the same time.
const MISSIONS: u32 = 3;

/// The helpers' entry. In an ordinary run of the tests there is no task.
#[test]
fn helper() {
    let (Ok(task), Some(file)) = (std::env::var(TASK), std::env::var_os(FILE)) else { return };
    let options = OpenOptions {
        create: false,
        durability: if task.ends_with("normal") { Durability::Normal } else { Durability::Full },
        ..OpenOptions::new(file)
    };
    match task.split(' ').next() {
        Some("append") => append_for_ever(&options),
        Some("race") => race(&options),
        Some("open") => tell(&match Store::open(&options) {
            Ok(_) => "opened".to_owned(),
            Err(error) => format!("{error:?}"),
        }),
        other => panic!("no such task: {other:?}"),
    }
}

/// Writes a line past the test harness, which would hold it back.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    // The parent may have stopped listening.
    let _ = out.write_all(format!("\n@{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn helper_command(program: &Path, task: &str, file: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--exact", "processes::helper", "--nocapture", "--test-threads=1"])
        .env(TASK, task)
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn start(task: &str, place: &Place) -> Child {
    let program = std::env::current_exe().expect("this binary");
    helper_command(&program, task, &place.path()).spawn().expect("a helper starts")
}

/// What a helper says, as it says it.
fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = child.stdout.take().expect("its output");
    // A line cut off by a kill was not acknowledged to anyone.
    BufReader::new(out)
        .split(b'\n')
        .map_while(Result::ok)
        .filter_map(|line| String::from_utf8(line).ok()?.strip_prefix('@').map(str::to_owned))
}

/// Plays turns in a few missions at once, each from where it stands, and tells what was
/// acknowledged: `user 2 17` (mission 2 has 17 events now, the last one the user's line) and
/// `turn 2 19`.
fn append_for_ever(options: &OpenOptions) {
    let store = Store::open(options).expect("the store opens");
    thread::scope(|scope| {
        for number in 0..MISSIONS {
            let store = &store;
            scope.spawn(move || {
                let meta = store.mission(mission_id(number)).expect("its row");
                let (mut seq, mut turn) = (meta.next_seq, meta.turns.0);
                loop {
                    turn += 1;
                    let line = [said(turn, "I hear that this is hard.")];
                    let commit = store.append(mission_id(number), seq, &line, outbox(turn));
                    seq = commit.wait().expect("the line");
                    tell(&format!("user {number} {seq}"));
                    let events = [reading(turn, 71.3, 0.8), answered(turn, "Go on.")];
                    let commit =
                        store.append(mission_id(number), seq, &events, full_outbox(number, turn));
                    seq = commit.wait().expect("the answer");
                    tell(&format!("turn {number} {seq}"));
                }
            });
        }
    });
}

/// A small stream of chance; the seed is part of the test.
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn kill_at_random_points(durability: &str, rounds: u32) {
    let place = Place::new();
    let store = place.open();
    for number in 0..MISSIONS {
        store.create_mission(new_mission(number)).wait().expect("it begins");
    }
    drop(store);
    let mut state = 20_260_101;
    let mut acknowledged = [1_u32; MISSIONS as usize];
    for round in 0..rounds {
        let mut child = start(&format!("append {durability}"), &place);
        let mut lines = told(&mut child);
        let mut note = |line: String| {
            let mut words = line.split(' ').skip(1).filter_map(|word| word.parse::<u32>().ok());
            let (Some(number), Some(seq)) = (words.next(), words.next()) else {
                panic!("{line:?} is no acknowledgement")
            };
            acknowledged[number as usize] = acknowledged[number as usize].max(seq);
        };
        let until = chance(&mut state) % 60;
        for _ in 0..until {
            note(lines.next().expect("the helper goes on until it is killed"));
        }
        child.kill().expect("the helper is killed");
        // What it said before it died counts too.
        lines.for_each(&mut note);
        child.wait().expect("it is gone");
        check_after_a_kill(&place, &acknowledged, round);
    }
    let total: u32 = acknowledged.iter().sum();
    assert!(total > rounds * 10, "only {total} events were acknowledged in {rounds} rounds");
}

/// Nothing acknowledged is lost, and nothing is there by half.
fn check_after_a_kill(place: &Place, acknowledged: &[u32], round: u32) {
    let store = place.open();
    for (number, acknowledged) in (0..).zip(acknowledged) {
        // Loading also checks that events follow each other without a gap.
        let stored = store.load(mission_id(number)).expect("it loads");
        let count = stored.meta.next_seq;
        assert!(count >= *acknowledged, "round {round}: {count} of {acknowledged} events");
        let kinds: Vec<_> = stored.events.iter().map(|event| event.kind()).collect();
        // A kill may fall between a line and its answer. The next helper then begins a new turn
        // with a line of its own; an answer is never there by half, nor without its line.
        let mut answers = 0;
        for (index, kind) in kinds.iter().enumerate() {
            match *kind {
                "turn_read" => {
                    assert_eq!(kinds[index - 1], "user_spoke", "round {round}");
                    assert_eq!(kinds.get(index + 1), Some(&"persona_spoke"), "round {round}");
                    answers += 1;
                }
                "persona_spoke" => assert_eq!(kinds[index - 1], "turn_read", "round {round}"),
                _ => {}
            }
        }
        let lines = kinds.iter().filter(|kind| **kind == "user_spoke").count();
        assert_eq!(stored.meta.turns.0 as usize, lines, "round {round}");
        // The outbox: a call for each answer, and a job about the last of them.
        assert_eq!(store.prompt_runs(mission_id(number)).expect("calls").len(), answers);
        let jobs = store.jobs_of(mission_id(number)).expect("jobs");
        assert_eq!(jobs.len(), usize::from(answers > 0), "round {round}");
        let last = stored.events.iter().rev().find(|event| event.kind() == "persona_spoke");
        if let (Some(job), Some(last)) = (jobs.first(), last) {
            let expected = analysis(number, last.turn().0);
            let found = serde_json::from_str::<spar_core::job::DeepAnalysis>(&job.payload);
            assert_eq!(found.expect("a payload"), expected, "round {round}");
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    kill_at_random_points("full", 40);
}

#[test]
fn a_killed_process_loses_nothing_even_without_syncs() {
    kill_at_random_points("normal", 40);
}

/// Tries to be the one who appends each event, and tells which it was.
fn race(options: &OpenOptions) {
    let store = Store::open(options).expect("the store opens");
    for seq in 1..=100 {
        let line = [said(seq, "me")];
        match store.append(mission_id(0), seq, &line, outbox(seq)).wait() {
            Ok(_) => tell(&format!("won {seq}")),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => tell(&format!("{error}")),
        }
        // Meanwhile each has a mission of its own to write to.
        let own = mission_id(std::process::id());
        let next = store.mission(own).map_or(0, |meta| meta.next_seq);
        if next == 0 {
            let mut new = new_mission(1);
            new.id = own;
            store.create_mission(new).wait().expect("its own mission begins");
        } else {
            store.append(own, next, &[said(seq, "own")], outbox(seq)).wait().expect("its own");
        }
    }
    tell("done");
}

#[test]
fn processes_share_a_file_and_exactly_one_wins_each_place() {
    let place = Place::new();
    place.open().create_mission(new_mission(0)).wait().expect("it begins");
    let mut children = [start("race normal", &place), start("race normal", &place)];
    // Both are read at once, so that neither waits for its listener.
    let answers: Vec<Vec<String>> = thread::scope(|scope| {
        let listeners: Vec<_> = children
            .iter_mut()
            .map(|child| {
                let lines = told(child);
                scope.spawn(move || lines.collect::<Vec<_>>())
            })
            .collect();
        listeners.into_iter().map(|listener| listener.join().expect("no panic")).collect()
    });
    let mut won = Vec::new();
    for (child, lines) in children.iter_mut().zip(&answers) {
        assert!(child.wait().expect("it ends").success(), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("done"));
        for line in &lines[..lines.len() - 1] {
            let seq = line.strip_prefix("won ").unwrap_or_else(|| panic!("{line}"));
            won.push(seq.parse::<u32>().expect("a number"));
        }
        let own = place.open().load(mission_id(child.id())).expect("its own mission");
        assert_eq!(own.events.len(), 100);
    }
    won.sort_unstable();
    assert_eq!(won, (1..=100).collect::<Vec<_>>());
    assert_eq!(place.open().load(mission_id(0)).expect("it loads").events.len(), 101);
}

/// The file modes that make a database read-only mean nothing to root: then the helper runs as
/// nobody, from a copy of this binary that nobody may execute.
#[cfg(unix)]
#[test]
fn a_read_only_file_or_folder_is_told_when_opening() {
    use std::fs::{File, Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;

    let place = Place::new();
    place.open().create_mission(new_mission(0)).wait().expect("it begins");
    let file = place.path();
    let folder = file.parent().expect("a folder");
    let outer = folder.parent().expect("an outer folder");
    let mode = |path: &Path, mode: u32| {
        set_permissions(path, Permissions::from_mode(mode)).expect("the mode changes");
    };
    mode(&file, 0o400);
    let is_root = File::options().write(true).open(&file).is_ok();
    let this = std::env::current_exe().expect("this binary");
    let copy = outer.join("helper");
    if is_root {
        std::fs::copy(&this, &copy).expect("a copy");
        mode(&copy, 0o755);
        mode(outer, 0o755);
        for path in [folder, &file] {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("the owner changes");
        }
    }
    let opens = || {
        let mut command = helper_command(if is_root { &copy } else { &this }, "open", &file);
        if is_root {
            command.uid(NOBODY).gid(NOBODY).current_dir("/");
        }
        let mut child = command.spawn().expect("a helper starts");
        let said = told(&mut child).next();
        child.wait().expect("it ends");
        said.expect("an answer")
    };
    let answer = opens();
    assert!(answer.starts_with("ReadOnly"), "file: {answer}");
    mode(&file, 0o600);
    mode(folder, 0o500);
    let answer = opens();
    assert!(answer.starts_with("ReadOnly"), "folder: {answer}");
    mode(folder, 0o700);
    assert_eq!(opens(), "opened");
}
