//! Why the store could not do something: which file, what happened, and the way out.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the store could not do something. Cheap to clone, since a failing commit fails everyone in
/// its group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder may not be written.
    #[error(
        "database {} is read-only; allow writing to the file and its folder, or name another one \
         with --db", .path.display()
    )]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// Another process held the write lock for longer than we wait.
    #[error(
        "database {} is locked by another process (waited {waited_ms} ms); end that process or try \
         again", .path.display()
    )]
    Locked {
        /// The database.
        path: PathBuf,
        /// How long we waited, ms.
        waited_ms: u64,
    },
    /// No room for the change.
    #[error(
        "no room left for database {}; free disk space and try again; what was saved before is safe", .path.display()
    )]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error(
        "database {} is damaged ({reason}); restore it from a backup, or move it away to start \
         afresh", .path.display()
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The file is something else.
    #[error(
        "{} is not a spar database ({reason}); name another file with --db", .path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        reason: String,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "database {} has schema {found} and this version of spar knows {known}; update spar, or \
         name another file with --db", .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema we know.
        known: i64,
    },
    /// There is no such file, and none was to be made.
    #[error(
        "there is no database {}; play a mission first, or name another file with --db",
        .path.display()
    )]
    Missing {
        /// The database.
        path: PathBuf,
    },
    /// No mission answers to this id.
    #[error(
        "database {} has no mission `{wanted}`; `spar missions list` shows what there is",
        .path.display()
    )]
    NotFound {
        /// The database.
        path: PathBuf,
        /// The id or part of it.
        wanted: String,
    },
    /// Several missions answer to this part of an id.
    #[error(
        "several missions in database {} go by `{wanted}` ({}); write more of the id",
        .path.display(), .candidates.join(", ")
    )]
    Ambiguous {
        /// The database.
        path: PathBuf,
        /// The part of an id.
        wanted: String,
        /// Some of the missions meant, newest first.
        candidates: Vec<String>,
    },
    /// Another process went on with the mission.
    #[error(
        "mission {mission} in database {} was continued elsewhere (expected event {expected}, the \
         next one is {found}); close one of the two and resume", .path.display()
    )]
    Conflict {
        /// The database.
        path: PathBuf,
        /// The mission.
        mission: String,
        /// The position the caller meant to write.
        expected: u32,
        /// The position that is really next.
        found: u32,
    },
    /// A row does not hold what its table promises, or would not.
    #[error("{what} in database {} cannot be read back: {reason}", .path.display())]
    Unreadable {
        /// The database.
        path: PathBuf,
        /// Which row.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The operating system refused something.
    #[error(
        "database {} cannot be used: {reason}; check the folder, or name another file with --db",
        .path.display()
    )]
    Io {
        /// The database.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
    /// SQLite refused a statement: a bug of ours.
    #[error("a statement failed in database {}: {reason}", .path.display())]
    Statement {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

impl StoreError {
    /// Sorts an error of SQLite by who must act. `waited_ms` is how long a lock was waited for.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error, waited_ms: u64) -> Self {
        let path = path.to_path_buf();
        let reason = error.to_string();
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => {
                    Self::Unreadable { path, what: "a row".to_owned(), reason }
                }
                _ => Self::Statement { path, reason },
            };
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked { path, waited_ms },
            ErrorCode::DiskFull => Self::Full { path },
            // The shared-memory file is sized by writing to it; that fails on a full disk alone.
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly { path },
            ErrorCode::DatabaseCorrupt => Self::Corrupt { path, reason },
            ErrorCode::NotADatabase => {
                Self::Foreign { path, reason: "it is no SQLite file".to_owned() }
            }
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ => {
                Self::Corrupt { path, reason }
            }
            ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => Self::Io { path, reason },
            _ => Self::Statement { path, reason },
        }
    }

    pub(super) fn from_io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path }
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::Full { path }
            }
            _ => Self::Io { path, reason: error.to_string() },
        }
    }
}
