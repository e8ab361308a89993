//! The floors: what may import what, as data, and a test that reads every source file of the
//! workspace and fails with the line that climbs. ARCHITECTURE.md prints the same tables.

#[path = "layers/code.rs"]
mod code;
#[path = "layers/rules.rs"]
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

use code::Source;
use rules::{Complaint, CrateLayers, Only, check, check_manifest, printed_floors, printed_only};

/// Every crate, lowest first. Imports go down or sideways, never up, never in a circle. A module
/// inside a module is named by its path where it stands on a floor of its own.
const CRATES: [CrateLayers; 3] = [
    CrateLayers {
        name: "spar-core",
        source: "crates/spar-core/src",
        floors: &[
            &["ids", "units"],
            &["chat", "language", "learn", "transcript"],
            &["reading", "rules", "routing", "job"],
            &["persona", "rate"],
            &["scenario"],
            &["mission"],
            &["analysis"],
            &["report"],
        ],
        no_dependency: &[
            "spar-engine",
            "tokio",
            "reqwest",
            "rusqlite",
            "ratatui",
            "crossterm",
            "clap",
            "getrandom",
        ],
        no_path: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::io",
            "std::time::Instant",
            "std::time::SystemTime",
            "uuid::Uuid::now_v7",
            "uuid::Uuid::new_v4",
        ],
    },
    CrateLayers {
        name: "spar-engine",
        source: "crates/spar-engine/src",
        floors: &[
            &["bell", "clock", "config"],
            &["library", "provider", "skills", "store"],
            &["queue"],
            &["analyze", "play"],
            &["engine"],
            // They drive the façade, so they stand above it though they live in `play`.
            &["play::headless", "play::plan"],
        ],
        no_dependency: &["spar", "ratatui", "crossterm", "clap", "indicatif"],
        no_path: &["std::io::stdout", "std::io::stdin", "std::io::stderr"],
    },
    CrateLayers {
        name: "spar",
        source: "src",
        floors: &[&["error"], &["tui"], &["cli"]],
        no_dependency: &["reqwest", "rusqlite"],
        no_path: &["jiff::Timestamp::now", "jiff::Zoned::now"],
    },
];

/// What only one place may name.
const ONLY: [Only; 5] = [
    Only { path: "reqwest", within: &["spar-engine::provider"], why: "one place speaks HTTP" },
    Only { path: "rusqlite", within: &["spar-engine::store"], why: "one place speaks SQL" },
    Only {
        path: "std::time::Instant",
        within: &["spar-engine::clock"],
        why: "one place reads the clock; everybody else is told the time",
    },
    Only {
        path: "std::time::SystemTime",
        within: &["spar-engine::clock"],
        why: "one place reads the clock; everybody else is told the time",
    },
    Only {
        path: "tokio::time::Instant",
        within: &["spar-engine::provider", "spar::tui::runtime"],
        why: "deadlines of a request and the pace of frames, on the timer that tests can pause",
    },
];

/// Modules of one floor that must not know each other all the same.
const STRANGERS: [(&str, &str, &str); 2] =
    [("spar-engine", "provider", "store"), ("spar-engine", "library", "provider")];

#[test]
fn no_import_climbs() {
    let complaints: Vec<String> = CRATES
        .iter()
        .flat_map(|layers| check(layers, &sources(layers), &ONLY, &STRANGERS))
        .map(|complaint| complaint.to_string())
        .collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_table_names_no_module_that_is_gone() {
    for layers in &CRATES {
        let there: Vec<String> =
            sources(layers).iter().map(|source| source.module.join("::")).collect();
        let named = layers.floors.iter().flat_map(|floor| floor.iter());
        let gone: Vec<_> =
            named.filter(|entry| !there.iter().any(|module| module == **entry)).collect();
        assert!(gone.is_empty(), "`{}` has no {gone:?}; take them out of the table", layers.name);
    }
}

/// A reader of sources that finds nothing would find nothing wrong.
#[test]
fn turned_upside_down_every_crate_climbs() {
    const TURNED: [CrateLayers; 2] = [
        CrateLayers { floors: &[&["mission"], &["scenario"], &["rules"], &["units"]], ..CRATES[0] },
        CrateLayers { floors: &[&["engine"], &["play"], &["provider", "store"]], ..CRATES[1] },
    ];
    for layers in TURNED {
        let climbing = check(&layers, &sources(&layers), &[], &[])
            .iter()
            .filter(|complaint| complaint.to_string().contains("imports never go up"))
            .count();
        assert!(climbing >= 4, "{}: only {climbing} climb", layers.name);
    }
}

#[test]
fn no_manifest_reaches_for_what_its_crate_must_not_know() {
    let complaints: Vec<String> = CRATES
        .iter()
        .flat_map(|layers| {
            let folder = layers.source.strip_suffix("src").unwrap_or_default();
            let path = format!("{folder}Cargo.toml");
            check_manifest(layers, &path, &read(&root().join(&path)))
        })
        .map(|complaint| complaint.to_string())
        .collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_map_prints_these_tables() {
    let map = read(&root().join("ARCHITECTURE.md"));
    for (name, table) in [("floors", printed_floors(&CRATES)), ("only", printed_only(&ONLY))] {
        let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
        let printed = map
            .split_once(&begin)
            .and_then(|(_, rest)| rest.split_once(&end))
            .map(|(printed, _)| printed.trim());
        let wanted = table.trim();
        assert_eq!(
            printed,
            Some(wanted),
            "ARCHITECTURE.md must print this between `{}` and `{end}`:\n\n{wanted}\n",
            begin.trim()
        );
    }
}

/// A small crate to plant violations in.
const PLANTED: CrateLayers = CrateLayers {
    name: "planted",
    source: "planted/src",
    floors: &[&["low"], &["left", "right"], &["high"], &["left::lifted"]],
    no_dependency: &["tokio"],
    no_path: &["std::fs"],
};

fn complaints(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> =
        files.iter().map(|(path, text)| Source::read("planted/src", path, text)).collect();
    let only = [Only { path: "reqwest", within: &["planted::left"], why: "one place speaks HTTP" }];
    check(&PLANTED, &sources, &only, &[("planted", "right", "low")])
        .iter()
        .map(Complaint::to_string)
        .collect()
}

#[test]
fn a_climbing_import_is_caught_however_it_is_written() {
    for text in [
        "use crate::high::Thing;",
        "use crate::{left::A, high};",
        "pub(crate) use crate::high as other;",
        "fn f() -> crate::high::Thing { todo() }",
        "mod inner { use super::super::high::Thing; }",
        "use super::high::{A, B};",
        "use\n    crate::\n    high::Thing;",
    ] {
        let found = complaints(&[("planted/src/low.rs", text), ("planted/src/high.rs", "")]);
        // A tree of imports is told apart by the line of each name in it.
        let line = if text.starts_with("use\n") { 3 } else { 1 };
        let wanted = format!("planted/src/low.rs:{line}: `low` (floor 0) imports `high` (floor 2)");
        assert!(found.iter().any(|complaint| complaint.contains(&wanted)), "{text}: {found:?}");
    }
}

#[test]
fn going_down_sideways_and_within_oneself_is_fine() {
    let found = complaints(&[
        ("planted/src/lib.rs", "pub mod low; mod left; pub use left::A;"),
        ("planted/src/low.rs", "pub struct Low;"),
        ("planted/src/left/mod.rs", "mod own; pub use own::A; use super::low::Low;"),
        ("planted/src/left/own.rs", "use super::B; use crate::low::Low;"),
        ("planted/src/left/lifted.rs", "use crate::high::H; use super::B;"),
        ("planted/src/high.rs", "use crate::{A, low}; use crate::right;"),
        ("planted/src/right.rs", "use crate::left::{self, A};"),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn words_in_comments_and_texts_are_not_imports() {
    let found = complaints(&[(
        "planted/src/low.rs",
        r####"
        //! See [`crate::high::Thing`].
        /* use crate::high; /* nested */ use crate::high; */
        const A: &str = "use crate::high::Thing;\" crate::high";
        const B: &str = r#"crate::high "quoted" "#;
        const C: char = '"'; const D: &[u8] = b"crate::high";
        fn f<'a>(x: &'a str) -> &'a str { x } // crate::high
        "####,
    )]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_name_shown_again_at_the_root_still_belongs_to_its_module() {
    let found = complaints(&[
        ("planted/src/lib.rs", "mod high;\npub use high::{Facade, Ready as Prepared};"),
        ("planted/src/left.rs", "\nuse crate::{Facade};\nuse crate::Prepared;"),
        ("planted/src/high.rs", ""),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("planted/src/left.rs:2: `left` (floor 1) imports `high`"));
    assert!(found[1].starts_with("planted/src/left.rs:3: `left` (floor 1) imports `high`"));
}

#[test]
fn a_name_shown_again_by_its_parent_still_belongs_to_the_floor_above() {
    let found = complaints(&[
        ("planted/src/left/mod.rs", "mod lifted; pub use lifted::run;"),
        ("planted/src/left/own.rs", "use super::run;"),
        ("planted/src/left/lifted.rs", "pub fn run() {}"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`left` (floor 1) imports `left::lifted` (floor 3)"), "{found:?}");
}

#[test]
fn a_circle_on_one_floor_is_caught() {
    let found = complaints(&[
        ("planted/src/left.rs", "use crate::right::R;"),
        ("planted/src/right.rs", "\n\nuse crate::left::L;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    for part in ["in a circle", "planted/src/left.rs:1", "planted/src/right.rs:3"] {
        assert!(found[0].contains(part), "{found:?}");
    }
}

#[test]
fn strangers_forbidden_paths_and_reserved_names_are_caught() {
    let found = complaints(&[
        (
            "planted/src/right.rs",
            "use crate::low::L;\nuse std::{fmt, fs::File};\nuse reqwest::Url;",
        ),
        ("planted/src/high.rs", "fn f() { let _ = ::std::fs::read(p); }"),
        ("planted/src/left.rs", "fn f(client: reqwest::Client) {}"),
    ]);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(
        found.iter().any(|c| c.starts_with("planted/src/right.rs:1:") && c.contains("strangers"))
    );
    assert!(
        found.iter().any(|c| c.starts_with("planted/src/right.rs:2:") && c.contains("std::fs"))
    );
    assert!(found.iter().any(|c| c.starts_with("planted/src/right.rs:3:") && c.contains("HTTP")));
    assert!(found.iter().any(|c| c.starts_with("planted/src/high.rs:1:") && c.contains("std::fs")));
}

#[test]
fn a_reserved_name_is_caught_through_an_import() {
    let only = [Only { path: "std::time::Instant", within: &["planted::low"], why: "one clock" }];
    let read = |text| {
        let sources = [Source::read("planted/src", "planted/src/high.rs", text)];
        check(&PLANTED, &sources, &only, &[]).len()
    };
    assert_eq!(read("use std::time::{Duration, Instant};"), 1);
    assert_eq!(read("use std::time;\nfn f() { time::Instant::now(); }"), 1);
    assert_eq!(read("use std::time as t;\nfn f() { t::Instant::now(); }"), 1);
    assert_eq!(read("use std::time::Duration;\nfn f(i: Instant) {}"), 0);
    assert_eq!(read("use std::time::*;"), 1);
}

#[test]
fn a_module_on_no_floor_is_caught() {
    let found = complaints(&[("planted/src/stray.rs", "fn f() {}")]);
    assert_eq!(
        found,
        [
            "planted/src/stray.rs:1: `stray` is on no floor of `planted`; add it to the table in tests/layers.rs"
        ]
    );
}

#[test]
fn a_forbidden_dependency_is_caught_in_every_spelling() {
    for manifest in [
        "[dependencies]\ntokio.workspace = true\n",
        "[dependencies]\ntokio = \"1\"\n",
        "[dependencies]\nserde = \"1\"\n[dependencies.tokio]\nversion = \"1\"\n",
        "[target.'cfg(unix)'.dependencies]\ntokio = { version = \"1\" }\n",
        "[build-dependencies]\n\"tokio\" = \"1\"\n",
        "[dependencies]\nruntime = { package = \"tokio\", version = \"1\" }\n",
    ] {
        assert_eq!(check_manifest(&PLANTED, "Cargo.toml", manifest).len(), 1, "{manifest}");
    }
    for manifest in [
        "[dev-dependencies]\ntokio = \"1\"\n",
        "[dependencies]\n# tokio = \"1\"\ntokio-like = \"1\"\n",
        "[workspace.dependencies]\ntokio = \"1\"\n",
    ] {
        assert_eq!(check_manifest(&PLANTED, "Cargo.toml", manifest).len(), 0, "{manifest}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources(layers: &CrateLayers) -> Vec<Source> {
    let mut files = Vec::new();
    gather(&root().join(layers.source), &mut files);
    files.sort();
    assert!(files.len() > 2, "{} holds no sources", layers.source);
    files
        .iter()
        .map(|file| {
            let shown = file
                .strip_prefix(root())
                .map_or_else(|_| file.display().to_string(), |path| path.display().to_string());
            Source::read(layers.source, &shown.replace('\\', "/"), &read(file))
        })
        .collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry of a folder can be read").path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
