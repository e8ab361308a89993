//! Databases that cannot be used: said with their path and the way out, and left as they are.

use std::sync::mpsc;
use std::thread;

use spar_engine::store::{OpenOptions, Store, StoreError};

use super::home::{Home, Ran};

const PLAY: [&str; 5] = ["play", "freeplay", "--plain", "--db", "m.db"];
const COMMANDS: [&[&str]; 3] =
    [&["missions", "list", "--db", "m.db"], &PLAY, &["run", "freeplay", "--db", "m.db"]];

#[test]
fn another_file_is_refused_and_left_alone() {
    let home = Home::new();
    let text = "Dear diary, ".repeat(1_000);
    home.write("m.db", &text);
    for command in COMMANDS {
        home.spar(command).exits(2).complains(&["m.db is not a spar database", "--db"]);
    }
    assert_eq!(home.read("m.db"), text);
}

#[test]
fn a_damaged_file_is_refused_and_left_alone() {
    let home = Home::new();
    home.spar(&["run", "freeplay", "--repeat", "8", "--db", "m.db"]).exits(0);
    let mut bytes = std::fs::read(home.path("m.db")).expect("the file is there");
    // The first page still says what it is; the tables behind it are gone.
    bytes[4_096..].fill(0xA5);
    home.write("m.db", &bytes);
    let ran = home.spar(&["missions", "list", "--db", "m.db"]).exits(2);
    ran.complains(&["m.db", "damaged", "restore it from a backup"]);
    assert_eq!(std::fs::read(home.path("m.db")).expect("the file is there"), bytes);
}

#[test]
fn a_cut_file_is_refused_and_left_alone() {
    let home = Home::new();
    home.spar(&["run", "freeplay", "--repeat", "8", "--db", "m.db"]).exits(0);
    let mut bytes = std::fs::read(home.path("m.db")).expect("the file is there");
    bytes.truncate(bytes.len() / 2 + 100);
    home.write("m.db", &bytes);
    home.spar(&["missions", "list", "--db", "m.db"]).exits(2).complains(&["m.db", "damaged"]);
    assert_eq!(std::fs::read(home.path("m.db")).expect("the file is there"), bytes);
}

#[test]
fn a_locked_file_is_waited_for_and_then_named() {
    let home = Home::new();
    home.spar_told("Hello.\n/keep\n", &PLAY).exits(0);
    let store = Store::open(&OpenOptions::new(home.path("m.db"))).expect("it opens");
    let (held, is_held) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let holder = thread::spawn(move || {
        let change = store.write(move |_| -> Result<(), StoreError> {
            held.send(()).expect("the test waits");
            // Until the test is done with it, or gone.
            let _ = released.recv();
            Ok(())
        });
        change.wait()
    });
    is_held.recv().expect("the change begins");
    // Looking needs no lock.
    home.spar(&["missions", "list", "--db", "m.db"]).exits(0).prints(&["freeplay"]);
    home.spar(&["missions", "delete", "last", "--yes", "--db", "m.db"])
        .exits(2)
        .complains(&["m.db is locked by another process", "try again"]);
    drop(release);
    holder.join().expect("no panic").expect("the change is made");
    home.spar(&["missions", "delete", "last", "--yes", "--db", "m.db"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_named() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;

    let home = Home::new();
    home.spar_told("Hello.\n/keep\n", &PLAY).exits(0);
    let allow = |path: &std::path::Path, mode: u32| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions change");
    };
    let before = fs::read(home.path("m.db")).expect("the file is there");
    allow(&home.path("m.db"), 0o444);
    allow(&home.path(""), 0o555);
    allow(&home.root(), 0o755);
    // Root may write anywhere, so that nobody has to ask; nobody may not look into a build folder,
    // so the program comes to them.
    let is_root = fs::metadata(home.root()).expect("it is there").uid() == 0;
    let program = home.root().join("spar");
    fs::copy(env!("CARGO_BIN_EXE_spar"), &program).expect("the program is copied");
    for command in COMMANDS {
        let mut asked = std::process::Command::new(&program);
        asked.env_clear().envs(home.variables()).current_dir(home.path("")).args(command);
        if is_root {
            asked.gid(65_534).uid(65_534);
        }
        let ran = Ran::of(&mut assert_cmd::Command::from_std(asked)).exits(2);
        ran.complains(&["m.db is read-only", "allow writing", "--db"]);
    }
    allow(&home.path(""), 0o755);
    assert_eq!(fs::read(home.path("m.db")).expect("the file is there"), before);
}

#[test]
fn a_place_that_holds_no_file_is_named() {
    let home = Home::new();
    home.spar(&["missions", "list", "--db", "absent.db"])
        .exits(2)
        .complains(&["there is no database absent.db", "play a mission first"]);
    assert!(!home.path("absent.db").exists(), "looking makes nothing");
    home.write("folder/x", "");
    home.spar(&["missions", "list", "--db", "folder"]).exits(2).complains(&["folder", "--db"]);
    home.write("file", "");
    home.spar(&["run", "freeplay", "--db", "file/m.db"]).exits(2).complains(&["file/m.db", "--db"]);
    home.spar_with(&[("SPAR_DB", "absent.db")], &["missions", "list"])
        .exits(2)
        .complains(&["absent.db"]);
}
