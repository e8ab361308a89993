//! Doing jobs: who has one, and what became of it. A claim carries a token, (id, claim); whatever
//! is written for a job afterwards is written only while the token still holds.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension, ToSql, params};
use spar_core::job::JobKind;
use spar_core::job::policy::{self, AGEING_MS};
use spar_core::units::Timestamp;

use super::jobs::{COLUMNS, from_row};
use super::pipeline::EventJob;
use super::{Job, Store, StoreError, WriteTransaction};
use crate::bell::Ring;

/// A worker, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(pub i64);

/// A job that a worker has. `(job.id, job.claim)` is the token: the same pair never comes twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The job as it was when it was claimed; this attempt is counted already.
    pub job: Job,
    /// Its kind.
    pub kind: JobKind,
    /// Who has it.
    pub owner: OwnerId,
}

/// What a worker would take.
#[derive(Debug, Clone, Default)]
pub struct ClaimOrder {
    /// Kinds it can do.
    pub kinds: Vec<JobKind>,
    /// Kinds of which only so many may run at once, counted over all workers of the file.
    pub limits: HashMap<JobKind, usize>,
    /// Jobs it has hands for.
    pub most: usize,
}

/// What came of a claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is done.
    Done,
    /// It failed: another try at this time, or dead after the last.
    Failed {
        /// Why.
        error: String,
        /// When to try again.
        retry_at: Timestamp,
    },
    /// Later; this was no attempt.
    Snoozed {
        /// When.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// No use any more.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// The worker goes; anybody may take it at once. This was no attempt.
    HandedBack,
}

/// Where a settled job now stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It was not the caller's any more: nothing was changed, and nothing else may be.
    Lost,
    /// Done.
    Done,
    /// Done (or called off), and ready once more, because it was asked for meanwhile.
    Again,
    /// It will be tried again.
    Retries,
    /// It was given up: as it now stands.
    Dead(Box<Job>),
    /// It waits.
    Snoozed,
    /// Called off.
    Cancelled,
    /// Ready for others.
    HandedBack,
}

impl Store {
    /// Takes jobs for a worker, the most urgent first.
    ///
    /// The commit is not forced to disk: a claim that a power cut undoes is a job that waits again.
    pub fn claim(
        &self,
        owner: OwnerId,
        order: ClaimOrder,
        at: Timestamp,
    ) -> super::Commit<Vec<Claimed>> {
        self.write_softly(move |transaction| transaction.claim(owner, &order, at))
    }
}

impl WriteTransaction<'_> {
    /// Takes jobs for a worker, the most urgent first: by effective priority, then as they came. Two
    /// jobs of one kind about one subject never run side by side (subject 0, the database as a
    /// whole, is none); different kinds about one subject do.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn claim(
        &self,
        owner: OwnerId,
        order: &ClaimOrder,
        at: Timestamp,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.promote(at)?;
        let mut kinds = self.open_kinds(order)?;
        let mut taken = Vec::new();
        while taken.len() < order.most {
            let wanted = order.most - taken.len();
            let (passed_over, found) = self.candidates(&mut kinds, wanted, at)?;
            for (id, kind) in &found {
                taken.extend(self.take(*id, *kind, owner, at)?);
            }
            // One of a kind about a subject now runs; the next pass sees that.
            if found.is_empty() || !passed_over {
                break;
            }
        }
        Ok(taken)
    }

    /// Settles a claimed job, if it is still the caller's. Call it before anything else that is
    /// written for the job: everything in a transaction holds or nothing does.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn settle(
        &self,
        claimed: &Claimed,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<Settled, StoreError> {
        let settled = self.change_state(claimed, settlement, at)?;
        let (word, detail) = match (&settled, settlement) {
            (Settled::Lost, _) => return Ok(settled),
            (Settled::Done, _) => ("done", None),
            (Settled::Again, _) => ("again", None),
            (Settled::Retries, Settlement::Failed { error, .. }) => ("failed", Some(error)),
            (Settled::Dead(_), Settlement::Failed { error, .. }) => ("dead", Some(error)),
            (Settled::Snoozed, Settlement::Snoozed { reason, .. }) => ("snoozed", Some(reason)),
            (_, Settlement::Cancelled { reason }) => ("cancelled", Some(reason)),
            _ => ("handed_back", None),
        };
        self.note_pipeline_event(EventJob::of(&claimed.job), word, detail.map(String::as_str), at)?;
        self.ring(match settled {
            Settled::Done | Settled::Cancelled => Ring::FINISHED,
            _ => Ring::BOTH,
        });
        Ok(settled)
    }

    fn change_state(
        &self,
        claimed: &Claimed,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<Settled, StoreError> {
        let job = &claimed.job;
        let (id, claim, now) = (job.id, job.claim, at.as_millis());
        let changes = |sql: &str, values: &[&dyn ToSql]| {
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(values))
                .map(|rows| rows == 1)
                .map_err(|error| self.error(&error))
        };
        match settlement {
            Settlement::Done => {
                let done = changes(
                    "UPDATE job SET state = 'done', owner = NULL, finished_at = ?3 \
                     WHERE id = ?1 AND claim = ?2 AND state = 'running' AND rerun = 0",
                    &[&id, &claim, &now],
                )?;
                if done {
                    return Ok(Settled::Done);
                }
                self.runs_again(id, claim, at)
            }
            Settlement::Cancelled { reason } => {
                let cancelled = changes(
                    "UPDATE job SET state = 'cancelled', owner = NULL, finished_at = ?3, \
                     last_error = ?4 \
                     WHERE id = ?1 AND claim = ?2 AND state = 'running' AND rerun = 0",
                    &[&id, &claim, &now, reason],
                )?;
                if cancelled {
                    return Ok(Settled::Cancelled);
                }
                self.runs_again(id, claim, at)
            }
            Settlement::Failed { error, .. } if job.attempt >= job.max_attempts => {
                let dead = changes(
                    "UPDATE job SET last_error = ?3 \
                     WHERE id = ?1 AND claim = ?2 AND state = 'running'",
                    &[&id, &claim, error],
                )?;
                if !dead {
                    return Ok(Settled::Lost);
                }
                Ok(Settled::Dead(Box::new(self.bury(id, "dead", at)?)))
            }
            Settlement::Failed { error, retry_at } => {
                let waits = changes(
                    "UPDATE job SET state = 'scheduled', owner = NULL, rerun = 0, run_at = ?3, \
                     waits_since = ?4, last_error = ?5 \
                     WHERE id = ?1 AND claim = ?2 AND state = 'running'",
                    &[&id, &claim, &retry_at.as_millis(), &now, error],
                )?;
                Ok(if waits { Settled::Retries } else { Settled::Lost })
            }
            Settlement::Snoozed { until, .. } => {
                let waits = changes(
                    "UPDATE job SET state = 'scheduled', owner = NULL, rerun = 0, run_at = ?3, \
                     waits_since = ?4, attempt = attempt - 1 \
                     WHERE id = ?1 AND claim = ?2 AND state = 'running'",
                    &[&id, &claim, &until.as_millis(), &now],
                )?;
                Ok(if waits { Settled::Snoozed } else { Settled::Lost })
            }
            Settlement::HandedBack => {
                let back = changes(
                    // It keeps its place in the line.
                    "UPDATE job SET state = 'ready', owner = NULL, rerun = 0, \
                     attempt = attempt - 1 \
                     WHERE id = ?1 AND claim = ?2 AND state = 'running'",
                    &[&id, &claim],
                )?;
                Ok(if back { Settled::HandedBack } else { Settled::Lost })
            }
        }
    }

    /// What was asked for while it ran: ready again, with all its attempts, since it succeeded.
    fn runs_again(&self, id: i64, claim: i64, at: Timestamp) -> Result<Settled, StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE job SET state = 'ready', owner = NULL, rerun = 0, attempt = 0, \
                 run_at = ?3, waits_since = ?3, due = ?3 + priority * ?4 \
                 WHERE id = ?1 AND claim = ?2 AND state = 'running'",
            )
            .and_then(|mut statement| {
                statement.execute(params![id, claim, at.as_millis(), AGEING_MS])
            })
            .map(|rows| if rows == 1 { Settled::Again } else { Settled::Lost })
            .map_err(|error| self.error(&error))
    }

    /// Ends a job that came to nothing. When it was asked for again while it ran, that request lives
    /// on as a job of its own: one that is dead never blocks the next.
    pub(super) fn bury(&self, id: i64, state: &str, at: Timestamp) -> Result<Job, StoreError> {
        let work = || {
            self.connection
                .prepare_cached(
                    "UPDATE job SET state = ?2, owner = NULL, finished_at = ?3 WHERE id = ?1",
                )?
                .execute(params![id, state, at.as_millis()])?;
            let job = self
                .connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM job WHERE id = ?1"))?
                .query_row([id], from_row)?;
            if job.rerun {
                self.connection
                    .prepare_cached(
                        "INSERT INTO job (kind, subject, key, state, priority, due, run_at, \
                         waits_since, expires_at, max_attempts, created_at, payload) \
                         SELECT kind, subject, key, 'ready', priority, ?2 + priority * ?3, ?2, ?2, \
                         expires_at, max_attempts, ?2, payload FROM job WHERE id = ?1",
                    )?
                    .execute(params![id, at.as_millis(), AGEING_MS])?;
            }
            Ok(job)
        };
        self.ring(Ring::BOTH);
        work().map_err(|error| self.error(&error))
    }

    /// Makes ready what has waited long enough, and begins waits afresh that a clock set back would
    /// draw out.
    fn promote(&self, at: Timestamp) -> Result<(), StoreError> {
        let now = at.as_millis();
        let run = |sql: &str, values: &[&dyn ToSql]| {
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(values))
                .map_err(|error| self.error(&error))
        };
        // Nearly always there is nothing of the kind, and a look costs less than two empty changes.
        let is_due: bool = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM job WHERE state = 'scheduled' AND run_at <= ?1) \
                 OR EXISTS (SELECT 1 FROM job WHERE state = 'scheduled' AND waits_since > ?1)",
            )
            .and_then(|mut look| look.query_row([now], |row| row.get(0)))
            .map_err(|error| self.error(&error))?;
        if !is_due {
            return Ok(());
        }
        run(
            // As policy::retimed says.
            "UPDATE job SET run_at = ?1 + max(0, run_at - waits_since), waits_since = ?1 \
             WHERE state = 'scheduled' AND waits_since > ?1",
            &[&now],
        )?;
        run(
            "UPDATE job SET state = 'ready', due = run_at + priority * ?2 \
             WHERE state = 'scheduled' AND run_at <= ?1",
            &[&now, &AGEING_MS],
        )?;
        Ok(())
    }

    /// The kinds of which some may begin, with how many (`usize::MAX` for no limit).
    fn open_kinds(&self, order: &ClaimOrder) -> Result<Vec<(JobKind, usize)>, StoreError> {
        let paused = self.paused_kinds()?;
        if paused.contains("*") {
            return Ok(Vec::new());
        }
        let mut open = Vec::new();
        let waiting =
            self.ready_kinds()?.into_iter().filter(|kind| !paused.contains(kind.as_str()));
        for name in waiting {
            let Some(kind) = order.kinds.iter().find(|kind| kind.name() == name) else { continue };
            let left = match order.limits.get(kind) {
                None => usize::MAX,
                Some(limit) => limit.saturating_sub(self.running(*kind)?),
            };
            if left > 0 {
                open.push((*kind, left));
            }
        }
        Ok(open)
    }

    /// The kinds of which some are ready: a step into the index for each, and not a look for every
    /// kind there could be.
    fn ready_kinds(&self) -> Result<Vec<String>, StoreError> {
        self.connection
            .prepare_cached(
                "WITH RECURSIVE kinds (kind) AS ( \
                 SELECT min(kind) FROM job WHERE state = 'ready' UNION ALL \
                 SELECT (SELECT min(kind) FROM job WHERE state = 'ready' AND kind > kinds.kind) \
                 FROM kinds WHERE kinds.kind IS NOT NULL) \
                 SELECT kind FROM kinds WHERE kind IS NOT NULL",
            )
            .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
            .map_err(|error| self.error(&error))
    }

    fn paused_kinds(&self) -> Result<HashSet<String>, StoreError> {
        self.connection
            .prepare_cached("SELECT kind FROM paused_kind")
            .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
            .map_err(|error| self.error(&error))
    }

    fn running(&self, kind: JobKind) -> Result<usize, StoreError> {
        self.connection
            .prepare_cached("SELECT count(*) FROM job WHERE state = 'running' AND kind = ?1")
            .and_then(|mut found| found.query_row([kind.name()], |row| row.get::<_, u32>(0)))
            .map(|count| count as usize)
            .map_err(|error| self.error(&error))
    }

    /// The best of all kinds together, and whether one was passed over because another about the
    /// same subject was chosen with it.
    fn candidates(
        &self,
        kinds: &mut [(JobKind, usize)],
        wanted: usize,
        at: Timestamp,
    ) -> Result<(bool, Vec<(i64, JobKind)>), StoreError> {
        let mut found: Vec<(i64, i64, i64, usize)> = Vec::new();
        // Where the search of a kind ended with more to come.
        let mut cut = vec![None; kinds.len()];
        for (place, (kind, left)) in kinds.iter().enumerate().filter(|(_, (_, left))| *left > 0) {
            let most = wanted.min(*left);
            let mut read = || {
                let mut statement = self.connection.prepare_cached(
                    "SELECT due, id, subject FROM job \
                     WHERE state = 'ready' AND kind = ?1 \
                     AND (expires_at IS NULL OR expires_at > ?2) \
                     AND (subject = 0 OR NOT EXISTS (SELECT 1 FROM job AS other \
                     WHERE other.state = 'running' AND other.kind = ?1 \
                     AND other.subject = job.subject)) \
                     ORDER BY due, id LIMIT ?3",
                )?;
                let limit = i64::try_from(most).unwrap_or(i64::MAX);
                let mut rows = statement.query(params![kind.name(), at.as_millis(), limit])?;
                let before = found.len();
                while let Some(row) = rows.next()? {
                    found.push((row.get(0)?, row.get(1)?, row.get(2)?, place));
                }
                if found.len() - before == most {
                    cut[place] = found.last().map(|(due, id, ..)| (*due, *id));
                }
                Ok(())
            };
            read().map_err(|error| self.error(&error))?;
        }
        found.sort_unstable();
        let mut chosen = Vec::with_capacity(wanted.min(found.len()));
        let mut subjects = HashSet::new();
        let mut passed_over = false;
        // Beyond this place another kind's next one, not yet seen, may come first.
        let mut horizon = (i64::MAX, i64::MAX);
        for (due, id, subject, place) in found {
            if chosen.len() == wanted || (due, id) > horizon {
                break;
            }
            let (kind, left) = &mut kinds[place];
            if subject != 0 && !subjects.insert((place, subject)) {
                passed_over = true;
                horizon = horizon.min(cut[place].unwrap_or(horizon));
            } else if *left > 0 {
                *left -= 1;
                chosen.push((id, *kind));
            }
        }
        Ok((passed_over, chosen))
    }

    fn take(
        &self,
        id: i64,
        kind: JobKind,
        owner: OwnerId,
        at: Timestamp,
    ) -> Result<Option<Claimed>, StoreError> {
        let taken = self
            .connection
            // Counted here, so that a crash counts.
            .prepare_cached(&format!(
                "UPDATE job SET state = 'running', owner = ?2, attempt = attempt + 1, \
                 claim = claim + 1 WHERE id = ?1 AND state = 'ready' RETURNING {COLUMNS}"
            ))
            .and_then(|mut take| take.query_row(params![id, owner.0], from_row).optional())
            .map_err(|error| self.error(&error))?;
        let Some(job) = taken else { return Ok(None) };
        self.note_pipeline_event(EventJob::of(&job), "started", None, at)?;
        Ok(Some(Claimed { job, kind, owner }))
    }

    /// Puts a row's place in the line back where the clock now is, should it have been set back.
    pub(super) fn put_back_in_line(&self, at: Timestamp) -> Result<(), StoreError> {
        let latest = policy::due(policy::LEAST_URGENT, at);
        for kind in JobKind::all() {
            self.connection
                .prepare_cached(
                    "UPDATE job SET due = ?3 + priority * ?4 \
                     WHERE state = 'ready' AND kind = ?1 AND due > ?2",
                )
                .and_then(|mut statement| {
                    statement.execute(params![kind.name(), latest, at.as_millis(), AGEING_MS])
                })
                .map_err(|error| self.error(&error))?;
        }
        Ok(())
    }
}

impl<'a> EventJob<'a> {
    /// The job as it stands.
    #[must_use]
    pub fn of(job: &'a Job) -> Self {
        Self { id: job.id, kind: &job.kind, subject: job.subject, attempt: job.attempt }
    }
}
