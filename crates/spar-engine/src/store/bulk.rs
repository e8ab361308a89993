//! Asking for work, many at a time: requests that share a commit go into the table with one statement,
//! which costs each of them half of what one of its own does.

use std::sync::{Arc, OnceLock};

use rusqlite::Statement;

use super::commit::{Answer, Slot};
use super::jobs::{INSERT, INSERT_VALUES, NewRow, ON_CONFLICT};
use super::write::{Step, Weight};
use super::{Enqueued, JobSubject, NewJob, StoreError, WriteTransaction};
use crate::bell::Ring;

/// How many requests go together, by what there are: a statement is kept prepared for each.
const SIZES: [usize; 2] = [16, 4];

/// A request for work as a step of its own.
pub(super) struct Enqueue {
    job: NewJob,
    kept: Option<Result<Enqueued, StoreError>>,
    slot: Arc<Slot<Enqueued, StoreError>>,
}

impl Enqueue {
    /// A request that leaves its answer there.
    pub(super) fn new(job: NewJob, slot: Arc<Slot<Enqueued, StoreError>>) -> Self {
        Self { job, kept: None, slot }
    }

    /// Whether it can go together with others: one about a mission has to look for that first.
    fn is_plain(&self) -> bool {
        matches!(self.job.subject, JobSubject::Row(_))
    }
}

impl Step for Enqueue {
    fn weight(&self) -> Weight {
        // Of its statements only the last one that runs changes anything.
        Weight::Single
    }

    fn run(&mut self, transaction: &WriteTransaction<'_>) -> bool {
        let answer = transaction.enqueue(&self.job);
        let keep = answer.is_ok();
        self.kept = Some(answer);
        keep
    }

    fn settle(mut self: Box<Self>, fate: Result<(), &StoreError>) {
        let answer = match (self.kept.take(), fate) {
            (Some(Ok(_)) | None, Err(error)) => Err(error.clone()),
            (Some(answer), _) => answer,
            (None, Ok(())) => return,
        };
        self.slot.fill(Answer::Returned(answer));
    }

    fn as_enqueue(&mut self) -> Option<&mut Enqueue> {
        self.is_plain().then_some(self)
    }
}

/// How many of the steps in front to run together: 1 when there is nothing to be gained.
pub(super) fn together<'a>(steps: impl Iterator<Item = &'a mut Box<dyn Step>>) -> usize {
    let plain = steps.take(SIZES[0]).map_while(|step| step.as_enqueue()).count();
    SIZES.into_iter().find(|size| plain >= *size).unwrap_or(1)
}

/// Runs requests together. `false`: one of them cannot go with the others (the same work waits
/// already, most likely), and nothing was changed.
///
/// # Errors
/// When the whole transaction is lost.
pub(super) fn enqueue(
    transaction: &WriteTransaction<'_>,
    steps: &mut [Box<dyn Step>],
) -> Result<bool, StoreError> {
    let mut requests: Vec<&mut Enqueue> =
        steps.iter_mut().filter_map(|step| step.as_enqueue()).collect();
    let Ok(last) = transaction.apart(|| insert(transaction, &requests))? else { return Ok(false) };
    // One statement numbers its rows one after the other.
    let first = last + 1 - requests.len() as i64;
    for (id, request) in (first..).zip(&mut requests) {
        request.kept = Some(Ok(Enqueued::New(id)));
    }
    transaction.ring(Ring::WORK);
    Ok(true)
}

/// Puts all of them into the table, or fails. Answers the last one's number.
fn insert(
    transaction: &WriteTransaction<'_>,
    requests: &[&mut Enqueue],
) -> Result<i64, StoreError> {
    let connection = transaction.connection;
    let added = connection
        .prepare_cached(text(requests.len()))
        .and_then(|mut statement| {
            bind(&mut statement, requests)?;
            statement.raw_execute()
        })
        .map_err(|error| transaction.error(&error))?;
    if added == requests.len() {
        return Ok(connection.last_insert_rowid());
    }
    let reason = "some of the work waits already".to_owned();
    Err(StoreError::Statement { path: transaction.path().to_path_buf(), reason })
}

fn bind(statement: &mut Statement<'_>, requests: &[&mut Enqueue]) -> rusqlite::Result<()> {
    let mut place = 0;
    for request in requests {
        let JobSubject::Row(subject) = request.job.subject else { continue };
        for value in NewRow::of(subject, &request.job).values() {
            place += 1;
            statement.raw_bind_parameter(place, value)?;
        }
    }
    Ok(())
}

/// The statement for so many.
fn text(size: usize) -> &'static str {
    static TEXTS: [OnceLock<String>; SIZES.len()] = [const { OnceLock::new() }; SIZES.len()];
    let which = SIZES.iter().position(|known| *known == size).unwrap_or_default();
    TEXTS[which].get_or_init(|| {
        let values = vec![INSERT_VALUES; SIZES[which]].join(", ");
        format!("{INSERT} VALUES {values} {ON_CONFLICT}")
    })
}
