//! The schema and its history. Forward only: a released file never changes, and a database of a
//! newer version is left alone.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

/// `PRAGMA application_id` of our files: "spar" in ASCII. The first migration sets it.
const APPLICATION_ID: i64 = 0x7370_6172;

/// Every migration, oldest first. The position (from 1) is the schema's version.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_init.sql")),
    M::up(include_str!("migrations/0002_queue.sql")),
    M::up(include_str!("migrations/0003_analysis.sql")),
];

/// What they all come to, for a database that is new: a third of the time, which every run that keeps
/// nothing would otherwise wait for.
const WHOLE: &str = include_str!("migrations/whole.sql");

/// The newest schema this version knows.
pub const SCHEMA_VERSION: i64 = STEPS.len() as i64;

/// Brings the file to the newest schema. Refuses files of other programs and of newer versions
/// before anything is written.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let mut attempts = 0;
    loop {
        let found = check(connection, path)?;
        if found == SCHEMA_VERSION {
            return Ok(());
        }
        if found == 0 && begin(connection).map_err(|e| StoreError::from_sqlite(path, &e, 0))? {
            return Ok(());
        }
        let Err(error) = Migrations::from_slice(STEPS).to_latest(connection) else {
            return Ok(());
        };
        // Another process may have migrated between our look and our lock: look again.
        attempts += 1;
        if attempts == 3 || check(connection, path)? == found {
            return Err(describe(path, error));
        }
    }
}

/// Makes the newest schema where there is none at all. `false`: somebody was here first.
fn begin(connection: &mut Connection) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_empty: bool =
        transaction.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if !is_empty {
        return Ok(false);
    }
    transaction.execute_batch(WHOLE)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(true)
}

/// The file's schema version, if it is ours and not newer than we are.
fn check(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let read = || {
        // One transaction, so that another process' migration cannot fall between two answers.
        let moment = connection.unchecked_transaction()?;
        let ask = |sql: &str| moment.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok((
            ask("SELECT user_version FROM pragma_user_version")?,
            ask("SELECT application_id FROM pragma_application_id")?,
            ask("SELECT count(*) FROM sqlite_schema")?,
        ))
    };
    let (found, application, objects) =
        read().map_err(|error| StoreError::from_sqlite(path, &error, 0))?;
    let is_empty = found == 0 && application == 0 && objects == 0;
    if application != APPLICATION_ID && !is_empty {
        let reason = "it is a SQLite file of another program".to_owned();
        return Err(StoreError::Foreign { path: path.to_path_buf(), reason });
    }
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known: SCHEMA_VERSION });
    }
    Ok(found)
}

fn describe(path: &Path, error: rusqlite_migration::Error) -> StoreError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => {
            StoreError::from_sqlite(path, &err, 0)
        }
        other => StoreError::Statement { path: path.to_path_buf(), reason: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_valid_on_an_empty_database() {
        Migrations::from_slice(STEPS).validate().expect("migrations run from empty");
    }

    #[test]
    fn the_schema_at_once_is_what_the_steps_come_to() {
        let mut by_steps = Connection::open_in_memory().expect("a database");
        Migrations::from_slice(STEPS).to_latest(&mut by_steps).expect("the steps run");
        let mut at_once = Connection::open_in_memory().expect("a database");
        migrate(&mut at_once, Path::new("new")).expect("it is made");
        let all = |connection: &Connection| -> Vec<String> {
            let mut rows = connection
                .prepare(
                    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema \
                     UNION ALL SELECT 'version ' || user_version FROM pragma_user_version \
                     UNION ALL SELECT 'program ' || application_id FROM pragma_application_id",
                )
                .expect("a query");
            let rows = rows.query_map([], |row| row.get(0)).expect("rows");
            rows.collect::<rusqlite::Result<_>>().expect("texts")
        };
        let sorted = |mut texts: Vec<String>| {
            texts.sort();
            texts.join("\n")
        };
        assert_eq!(sorted(all(&at_once)), sorted(all(&by_steps)));
        // Once there is something, it is left alone.
        assert!(!begin(&mut at_once).expect("it is looked at"));
    }
}
