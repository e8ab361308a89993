//! Opening the database file: folders and modes, pragmas, migrations.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use super::read::{self, Readers, Snapshot};
use super::standby::Standby;
use super::write::{Weight, WriteLine, WriteTransaction};
use super::{Commit, Enqueued, NewJob, StoreError, migrations};
use crate::bell::Bell;

/// How long we wait for another process, unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statements the write connection keeps prepared: more than there are, so that none is dropped.
const STATEMENTS: usize = 128;

/// Page cache of a database on disk, KiB: the inner pages of every index stay in memory with a million
/// jobs behind them.
const CACHE: i64 = 8000;
/// Page cache of a temporary one, KiB. What was changed is looked through at every commit, and only
/// goes to a file once a quarter of the cache is full of it: a larger cache makes dearer commits.
const TEMPORARY_CACHE: i64 = 1000;
/// Page size of a temporary one, bytes. Every page that a commit is about to change is copied first,
/// in case it has to be taken back; half the usual size is copied in half the time.
const TEMPORARY_PAGE: u32 = 2048;

/// How errors name a temporary store.
const UNNAMED: &str = "(temporary database)";

/// When a change counts as made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// It is on disk: it survives a power cut.
    #[default]
    Full,
    /// It survives the program, not the machine.
    Normal,
    /// For measuring: nothing is ever forced to disk.
    Off,
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The database file.
    pub path: PathBuf,
    /// When a change counts as made.
    pub durability: Durability,
    /// Makes the file, and folders on the way to it, when they are not there.
    pub create: bool,
    /// How long to wait for another process' lock.
    pub patience: Duration,
    /// The most the file may grow to, bytes; changes beyond it fail as on a full disk.
    pub size_limit: Option<u64>,
}

impl OpenOptions {
    /// The usual: fully durable, made when missing, five seconds of patience, no limit.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            durability: Durability::Full,
            create: true,
            patience: PATIENCE,
            size_limit: None,
        }
    }
}

/// The database: one write line, a few readers. Clones share both.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    line: Arc<WriteLine>,
    bell: Arc<Bell>,
    /// `None`: only one connection can see the database, so whoever reads waits for the writer.
    readers: Option<Readers>,
    path: PathBuf,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.line.close();
    }
}

impl Store {
    /// Opens the file, making or migrating it as needed.
    ///
    /// # Errors
    /// Any [`StoreError`] but those about missions.
    pub fn open(options: &OpenOptions) -> Result<Self, StoreError> {
        let path = &options.path;
        make_file(path, options.create)?;
        let mut connection = patiently(path, options.patience, || connect(options))?;
        migrations::migrate(&mut connection, path)?;
        let bell = Arc::new(Bell::new(Some(path)));
        let line = WriteLine::new(
            path.clone(),
            connection,
            options.patience,
            Arc::clone(&bell),
            options.durability,
        )?;
        let readers = Some(Readers::new(path.clone(), options.patience));
        Ok(Self { inner: Arc::new(Inner { line, bell, readers, path: path.clone() }) })
    }

    /// A store for this process alone. It has no name on disk, so nothing is left of it however the
    /// program ends: SQLite keeps it in memory, and what outgrows its cache in a file that is
    /// unlinked as soon as it is made.
    ///
    /// # Errors
    /// When SQLite cannot set it up.
    pub fn temporary() -> Result<Self, StoreError> {
        let path = PathBuf::from(UNNAMED);
        let mut connection =
            connect_unnamed().map_err(|error| StoreError::from_sqlite(&path, &error, 0))?;
        migrations::migrate(&mut connection, &path)?;
        let bell = Arc::new(Bell::new(None));
        let line =
            WriteLine::new(path.clone(), connection, PATIENCE, Arc::clone(&bell), Durability::Off)?;
        Ok(Self { inner: Arc::new(Inner { line, bell, readers: None, path }) })
    }

    /// The database file; a description in brackets when it is temporary.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// A change made of several: all of it happens, or none. The closure runs on whichever thread
    /// leads the group, so keep it short, and never wait for another change in it.
    pub fn write<T, E, F>(&self, work: F) -> Commit<T, E>
    where
        F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        Commit::new(Arc::clone(&self.inner.line), work, Weight::Full)
    }

    /// Workers that wait for work.
    pub(super) fn standby(&self) -> &Standby {
        self.inner.line.standby()
    }

    /// A request for work, which shares more than a commit with others like it.
    pub(super) fn write_enqueue(&self, job: NewJob) -> Commit<Enqueued> {
        Commit::enqueue(Arc::clone(&self.inner.line), job)
    }

    /// The same for a change that may be lost with the machine's power, though never half.
    pub(super) fn write_softly<T, E, F>(&self, work: F) -> Commit<T, E>
    where
        F: FnOnce(&WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        Commit::new(Arc::clone(&self.inner.line), work, Weight::Soft)
    }

    /// How often other processes have changed the file; `None` while somebody here writes.
    pub(crate) fn changes_by_others(&self) -> Option<i64> {
        self.inner.line.changes_by_others()
    }

    /// Rings after every commit that left work to do or finished some.
    #[must_use]
    pub fn bell(&self) -> &Arc<Bell> {
        &self.inner.bell
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Inner { line, readers, path, .. } = &*self.inner;
        match readers {
            Some(readers) => readers.read(work),
            None => line.alone(|connection| read::in_one_moment(connection, path, work)),
        }
    }

    /// Folds the log back into the file and empties it, so that deleted text is gone from both.
    pub(super) fn fold_log(&self) -> Result<(), StoreError> {
        self.inner
            .line
            .alone(|connection| {
                // Answers one row: whether a reader kept it from finishing, and two counts.
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            })
            .map_err(|error| StoreError::from_sqlite(&self.inner.path, &error, 0))
    }
}

/// Makes the file with its modes before SQLite sees it: the log and the shared memory then take
/// theirs from it. An existing file is never opened here, since closing it again would drop the
/// POSIX locks of every connection this process has on it.
fn make_file(path: &Path, create: bool) -> Result<(), StoreError> {
    let fails = |error: io::Error| StoreError::from_io(path, &error);
    if path.try_exists().map_err(fails)? {
        return Ok(());
    }
    if !create {
        return Err(StoreError::Missing { path: path.to_path_buf() });
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        private_folder().recursive(true).create(parent).map_err(fails)?;
    }
    match private_file().open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(fails(error)),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private_folder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// The write connection.
fn connect(options: &OpenOptions) -> rusqlite::Result<Connection> {
    // No CREATE: the file is there, with the modes we chose. NO_MUTEX: we hold one of our own.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&options.path, flags)?;
    connection.busy_timeout(options.patience)?;
    if connection.is_readonly(MAIN_DB)? {
        // SQLite quietly opens a protected file for reading; better to say so now than at the
        // first line that is lost.
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY),
            None,
        ));
    }
    let synchronous = match options.durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
        Durability::Off => "OFF",
    };
    // Before the log is set up, which is itself a change to a new file.
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Readers do not block the writer nor it them, and a commit is one append and one sync. The
    // automatic checkpoint stays at its 1,000 pages: rarer ones make a longer pause each.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    set_up(&connection, CACHE)?;
    if let Some(limit) = options.size_limit {
        let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = (limit / u64::from(page.max(1))).max(1);
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(connection)
}

/// The only connection of a temporary store.
fn connect_unnamed() -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags("", flags)?;
    // Before anything is written, which would settle it.
    connection.pragma_update(None, "page_size", TEMPORARY_PAGE)?;
    // What takes a change back is thrown away with it; nobody could recover the file anyway.
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    set_up(&connection, TEMPORARY_CACHE)?;
    Ok(connection)
}

/// What every write connection has.
fn set_up(connection: &Connection, cache: i64) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Off by default for the sake of files older than foreign keys.
    connection.pragma_update(None, "foreign_keys", true)?;
    // Conversations are private: what is deleted is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cache_size", -cache)?;
    // Sorting scratch never touches a disk.
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// Tries again while another process is opening the same file: going over to WAL needs the file for
/// itself, and SQLite does not wait for that by its own time-out.
fn patiently(
    path: &Path,
    patience: Duration,
    mut connect: impl FnMut() -> rusqlite::Result<Connection>,
) -> Result<Connection, StoreError> {
    let pause = Duration::from_millis(5);
    let mut waited = Duration::ZERO;
    loop {
        let error = match connect() {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        let busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if !busy || waited >= patience {
            let waited = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            return Err(StoreError::from_sqlite(path, &error, waited));
        }
        thread::sleep(pause);
        waited += pause;
    }
}
