//! Sessions: runs of missions bounded by idle time.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use spar_core::ids::SessionId;
use spar_core::units::Timestamp;

use super::read::Snapshot;
use super::{Commit, Store, StoreError, WriteTransaction};

/// The latest sign of life in a session: its own or a mission's. Appending to a mission does not
/// touch the session, which keeps a turn one page cheaper.
const LAST_AT: &str = "max(session.last_at, coalesce((SELECT max(mission.last_at) FROM mission \
                       WHERE mission.session_id = session.id), session.last_at))";

/// A session as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionMeta {
    /// Its public id.
    pub id: SessionId,
    /// Whose.
    pub user_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The latest sign of life in it.
    pub last_at: Timestamp,
    /// When it was closed; `None` while it is open.
    pub ended_at: Option<Timestamp>,
}

impl Store {
    /// The session a mission of this user would belong to now. Sessions without a sign of life for
    /// longer than `idle_minutes` are closed (as of that last sign); when none is left open, one
    /// begins under the id `fresh`.
    pub fn current_session(
        &self,
        user_id: &str,
        now: Timestamp,
        idle_minutes: u32,
        fresh: SessionId,
    ) -> Commit<SessionId> {
        let user_id = user_id.to_owned();
        self.write(move |transaction| {
            transaction.current_session(&user_id, now, idle_minutes, fresh)
        })
    }

    /// Every session of a user, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sessions(&self, user_id: &str) -> Result<Vec<SessionMeta>, StoreError> {
        self.read(|moment| moment.sessions(user_id))
    }
}

impl WriteTransaction<'_> {
    fn current_session(
        &self,
        user_id: &str,
        now: Timestamp,
        idle_minutes: u32,
        fresh: SessionId,
    ) -> Result<SessionId, StoreError> {
        let cutoff = now.as_millis().saturating_sub(i64::from(idle_minutes) * 60_000);
        let work = || {
            self.connection
                .prepare_cached(&format!(
                    "UPDATE session SET ended_at = {LAST_AT}, last_at = {LAST_AT} \
                     WHERE user_id = ?1 AND ended_at IS NULL AND {LAST_AT} < ?2"
                ))?
                .execute(params![user_id, cutoff])?;
            // A clock that was put back never shortens a session.
            let open: Option<String> = self
                .connection
                .prepare_cached(
                    "UPDATE session SET last_at = max(last_at, ?2) WHERE id = (SELECT max(id) \
                     FROM session WHERE user_id = ?1 AND ended_at IS NULL) RETURNING public_id",
                )?
                .query_row(params![user_id, now.as_millis()], |row| row.get(0))
                .optional()?;
            if open.is_none() {
                self.connection
                    .prepare_cached(
                        "INSERT INTO session (public_id, user_id, started_at, last_at) \
                         VALUES (?1, ?2, ?3, ?3)",
                    )?
                    .execute(params![fresh.to_string(), user_id, now.as_millis()])?;
            }
            Ok(open)
        };
        match work().map_err(|error| self.error(&error))? {
            None => Ok(fresh),
            Some(text) => text.parse().map_err(|error: uuid::Error| StoreError::Unreadable {
                path: self.path().to_path_buf(),
                what: format!("session `{text}`"),
                reason: error.to_string(),
            }),
        }
    }

    /// The row of a session.
    pub(super) fn session_row(&self, id: SessionId) -> Result<i64, StoreError> {
        let text = id.to_string();
        self.connection
            .prepare_cached("SELECT id FROM session WHERE public_id = ?1")
            .and_then(|mut statement| statement.query_row([&text], |row| row.get(0)).optional())
            .map_err(|error| self.error(&error))?
            .ok_or_else(|| StoreError::Unreadable {
                path: self.path().to_path_buf(),
                what: format!("session `{text}`"),
                reason: "it is not there; it may have been deleted".to_owned(),
            })
    }
}

impl Snapshot<'_> {
    fn sessions(&self, user_id: &str) -> Result<Vec<SessionMeta>, StoreError> {
        self.connection
            .prepare_cached(&format!(
                "SELECT public_id, user_id, started_at, {LAST_AT}, ended_at FROM session \
                 WHERE user_id = ?1 ORDER BY id DESC"
            ))
            .and_then(|mut statement| statement.query_map([user_id], from_row)?.collect())
            .map_err(|error| self.error(&error))
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<SessionMeta> {
    Ok(SessionMeta {
        id: super::missions::parsed(row, 0)?,
        user_id: row.get(1)?,
        started_at: Timestamp::from_millis(row.get(2)?),
        last_at: Timestamp::from_millis(row.get(3)?),
        ended_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
    })
}
