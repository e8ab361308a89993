//! WAL readers: a few read-only connections, opened when first needed. A reader sees one moment of
//! the database, is never blocked by the writer and never blocks it.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// Connections kept at most; a caller beyond that waits for one to come back.
const CONNECTIONS: usize = 4;
/// Statements each connection keeps prepared.
const STATEMENTS: usize = 64;

/// The pool.
pub(super) struct Readers {
    path: PathBuf,
    patience: Duration,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    open: usize,
}

/// One moment of the database, for reading.
#[derive(Clone, Copy)]
pub(super) struct Snapshot<'a> {
    /// Inside a read transaction.
    pub(super) connection: &'a Connection,
    path: &'a Path,
}

impl Snapshot<'_> {
    /// Names the file in an error of SQLite.
    pub(super) fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(self.path, error, 0)
    }

    /// The database.
    pub(super) fn path(&self) -> &Path {
        self.path
    }
}

impl Readers {
    pub(super) fn new(path: PathBuf, patience: Duration) -> Self {
        Self { path, patience, pool: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs `work` in one read transaction. Keep it short: an open reader keeps the log from being
    /// folded back into the file.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let lease = Lease { connection: Some(self.take()?), readers: self };
        let Some(connection) = lease.connection.as_ref() else {
            unreachable!("a lease holds its connection until it is dropped")
        };
        in_one_moment(connection, &self.path, work)
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let mut pool = self.pool();
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Ok(connection);
            }
            if pool.open < CONNECTIONS {
                break;
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        pool.open += 1;
        drop(pool);
        self.connect().inspect_err(|_| {
            self.pool().open -= 1;
            self.returned.notify_one();
        })
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        // Not NO_MUTEX's business: a connection is only ever used by the thread that leased it.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            // Readers only ever wait while another process recovers the log after a crash.
            connection.busy_timeout(self.patience)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(connection)
        };
        open().map_err(|error| self.error(&error))
    }

    fn error(&self, error: &rusqlite::Error) -> StoreError {
        let waited = u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX);
        StoreError::from_sqlite(&self.path, error, waited)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `work` in one read transaction of this connection.
pub(super) fn in_one_moment<T>(
    connection: &Connection,
    path: &Path,
    work: impl FnOnce(Snapshot<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection
        .unchecked_transaction()
        .map_err(|error| StoreError::from_sqlite(path, &error, 0))?;
    work(Snapshot { connection: &transaction, path })
}

/// A connection on loan; it goes back even when the borrower panics.
struct Lease<'a> {
    connection: Option<Connection>,
    readers: &'a Readers,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.pool().idle.push(connection);
            self.readers.returned.notify_one();
        }
    }
}
