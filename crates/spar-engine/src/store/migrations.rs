//! The schema and its history. Forward only: a released file never changes, and a database of a
//! newer version is left alone.

use std::path::Path;

use rusqlite::Connection;
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
}
