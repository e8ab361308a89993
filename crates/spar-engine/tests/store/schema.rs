//! The schema: released versions still open, rows cannot be edited, views say what the program says.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use spar_core::job::Stage;
use spar_core::rules::{Tier, is_shown};
use spar_core::units::{Confidence, Score};
use spar_engine::store::{SCHEMA_VERSION, Store, StoreError};

use crate::support::{
    Place, answered, full_outbox, mission_id, new_mission, reading, said, scenario, session_id,
};

/// The dump of a database of a released schema: made by that version, with a mission in it.
fn dump_path(version: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/schemas")
        .join(format!("{version:04}.sql"))
}

fn read_dump(version: i64) -> String {
    std::fs::read_to_string(dump_path(version)).expect("every released schema has a dump")
}

/// The database as SQL: tables, rows, then what hangs on them.
fn dump(connection: &Connection) -> String {
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("a query");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("texts")
    };
    let mut lines = vec![
        format!("PRAGMA user_version = {SCHEMA_VERSION};"),
        format!("PRAGMA application_id = {};", 0x7370_6172),
        "PRAGMA foreign_keys = OFF;".to_owned(),
    ];
    let own = "sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let mut add = |texts: Vec<String>| lines.extend(texts.into_iter().map(|text| text + ";"));
    add(texts(&format!("SELECT sql FROM sqlite_schema WHERE type = 'table' AND {own}")));
    for table in texts(&format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND {own}")) {
        let columns =
            texts(&format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
        let row = columns.join(" || ', ' || ");
        add(texts(&format!("SELECT 'INSERT INTO {table} VALUES (' || {row} || ')' FROM {table}")));
    }
    add(texts(&format!("SELECT sql FROM sqlite_schema WHERE type <> 'table' AND {own}")));
    lines.join("\n") + "\n"
}

/// Tables, indexes, triggers and views with their texts.
fn objects(connection: &Connection) -> Vec<(String, String)> {
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        .expect("a query");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<rusqlite::Result<_>>().expect("objects")
}

fn place_with(dump: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.path().parent().expect("a folder")).expect("a folder");
    place.connection().execute_batch(dump).expect("the dump loads");
    place
}

#[test]
fn the_view_of_the_analysis_asks_for_the_stages_the_program_requires() {
    let place = Place::new();
    drop(place.open());
    let objects = objects(&place.connection());
    let (_, sql) = objects.iter().find(|(name, _)| name == "mission_analysis").expect("the view");
    let (_, after) = sql.split_once("progress.stage IN (").expect("the stages it names");
    let (listed, _) = after.split_once(')').expect("the end of the list");
    let mut named: Vec<&str> =
        listed.split(',').map(|stage| stage.trim().trim_matches('\'')).collect();
    named.sort_unstable();
    let required = Stage::ALL.into_iter().filter(|stage| stage.is_required());
    let mut required: Vec<&str> = required.map(Stage::name).collect();
    required.sort_unstable();
    assert_eq!(named, required);
    let count = format!("count(*) = {} ", required.len());
    assert!(sql.contains(&count), "all of them must be there: {sql}");
}

/// A new migration comes with a dump. The first run writes it and fails, so that somebody looks.
#[test]
fn the_newest_schema_has_a_dump() {
    let path = dump_path(SCHEMA_VERSION);
    if !path.exists() {
        let place = Place::new();
        let store = place.open();
        store.create_mission(new_mission(1)).wait().expect("it begins");
        let events = [said(1, "We slip."), reading(1, 71.3, 0.8), answered(1, "How long?")];
        store.append(mission_id(1), 1, &events, full_outbox(1, 1)).wait().expect("a turn");
        std::fs::write(&path, dump(&place.connection())).expect("the dump is written");
        panic!("{} was missing and has been written: look at it and commit it", path.display());
    }
}

#[test]
fn every_released_schema_opens_and_keeps_its_missions() {
    let fresh = Place::new();
    drop(fresh.open());
    for version in 1..=SCHEMA_VERSION {
        let place = place_with(&read_dump(version));
        let store = place.open();
        let stored = store.load(mission_id(1)).expect("its mission loads");
        assert_eq!(stored.scenario, scenario("launch"));
        assert_eq!(stored.events.len(), 4, "schema {version}");
        assert_eq!(store.jobs_of(mission_id(1)).expect("jobs").len(), 1);
        assert_eq!(store.prompt_runs(mission_id(1)).expect("calls").len(), 1);
        store.append(mission_id(1), 4, &[said(2, "on")], full_outbox(1, 2)).wait().expect("on");
        drop(store);
        assert_eq!(objects(&place.connection()), objects(&fresh.connection()));
    }
}

#[test]
fn a_released_migration_is_never_edited() {
    let place = place_with(&read_dump(1));
    let sql = include_str!("../../src/store/migrations/0001_init.sql");
    let fresh = Connection::open_in_memory().expect("memory");
    fresh.execute_batch(sql).expect("the first migration runs");
    assert_eq!(objects(&place.connection()), objects(&fresh));
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let place = Place::new();
    drop(place.open());
    place.connection().pragma_update(None, "user_version", 99).expect("a newer version");
    let before = std::fs::read(place.path()).expect("the file");
    let error = Store::open(&place.options()).map(|_| ()).expect_err("it is newer");
    assert!(
        matches!(error, StoreError::Newer { found: 99, known, .. } if known == SCHEMA_VERSION),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(message.contains("missions.db") && message.contains("update spar"), "{message}");
    assert_eq!(std::fs::read(place.path()).expect("the file"), before);
}

#[test]
fn events_cannot_be_edited() {
    let place = Place::new();
    place.open().create_mission(new_mission(1)).wait().expect("it begins");
    for sql in [
        "UPDATE mission_event SET body = '{}'",
        "UPDATE mission_event SET seq = seq + 1 WHERE mission_id = 1",
    ] {
        let error = place.connection().execute(sql, []).expect_err("append-only");
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[test]
fn every_table_is_strict() {
    let place = Place::new();
    drop(place.open());
    let loose: Vec<String> = place
        .connection()
        .prepare(
            "SELECT name FROM pragma_table_list \
             WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
        )
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("a list");
    assert!(loose.is_empty(), "{loose:?}");
}

#[test]
fn the_turn_view_knows_the_bands_of_the_program() {
    let place = Place::new();
    let store = place.open();
    store.create_mission(new_mission(1)).wait().expect("it begins");
    // Every tenth of a point that lies near the edge of a band, sure and unsure.
    let scores: Vec<(f64, f64)> = [0, 399, 400, 599, 600, 749, 750, 849, 850, 949, 950, 1000]
        .into_iter()
        .flat_map(|tenths| [0.399, 0.4, 1.0].map(|sure| (f64::from(tenths) / 10.0, sure)))
        .collect();
    let events: Vec<_> =
        (1..).zip(&scores).map(|(turn, (score, sure))| reading(turn, *score, *sure)).collect();
    store.append(mission_id(1), 1, &events, full_outbox(1, 1)).wait().expect("readings");
    let tiers: Vec<Option<String>> = place
        .connection()
        .prepare("SELECT tier FROM turn ORDER BY turn")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("tiers");
    let expected: Vec<_> = scores
        .iter()
        .map(|(score, sure)| {
            let shown = is_shown(Confidence::new(*sure));
            shown.then(|| Tier::of(Score::new(*score)).name().to_owned())
        })
        .collect();
    assert_eq!(tiers, expected);
}

#[test]
fn views_show_a_turn_and_a_session_in_a_row() {
    let place = Place::new();
    let store = place.open();
    let session = store.current_session("ada", crate::support::at(0), 20, session_id(1)).wait();
    let mut new = new_mission(1);
    new.session = session.ok();
    store.create_mission(new).wait().expect("it begins");
    let events = [said(1, "We slip."), reading(1, 71.3, 0.8), answered(1, "How long?")];
    store.append(mission_id(1), 1, &events, full_outbox(1, 1)).wait().expect("a turn");

    let connection = place.connection();
    let shown = |columns: &str, view: &str| {
        let sql = format!("SELECT {columns} FROM {view}");
        let mut statement = connection.prepare(&sql).expect("a view");
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let row = statement.query_row([], |row| {
            (0..names.len()).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect()
        });
        let row: Vec<rusqlite::types::Value> = row.expect("one row");
        let cells = names.iter().zip(row).map(|(name, value)| {
            use rusqlite::types::Value;
            let value = match value {
                Value::Null => "-".to_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => number.to_string(),
                Value::Text(text) => text,
                Value::Blob(bytes) => format!("{bytes:?}"),
            };
            format!("{name}: {value}")
        });
        cells.collect::<Vec<_>>().join("\n")
    };
    let turn = shown(
        "turn, at, user_text, reply, score, confidence, tier, mood_delta, tension_delta, \
         comfort_delta, degraded, provider, model, ttft_ms, total_ms, own_us, cost_micro_usd",
        "turn",
    );
    let session = shown(
        "user_id, started_at, last_at, ended_at, missions, ended_missions, turns, mean_score",
        "session_overview",
    );
    insta::assert_snapshot!(turn, @r"
    turn: 1
    at: 1750000001000
    user_text: We slip.
    reply: How long?
    score: 71.3
    confidence: 0.8
    tier: B
    mood_delta: stable
    tension_delta: down
    comfort_delta: stable
    degraded: 0
    provider: openai
    model: gpt-4o-mini
    ttft_ms: 312.25
    total_ms: 911.5
    own_us: 640
    cost_micro_usd: 219
    ");
    insta::assert_snapshot!(session, @r"
    user_id: ada
    started_at: 1750000000000
    last_at: 1750000001000
    ended_at: -
    missions: 1
    ended_missions: 0
    turns: 1
    mean_score: 61.5
    ");
}
