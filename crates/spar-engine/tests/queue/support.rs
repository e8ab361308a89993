//! What the tests share: jobs, a handler made of a closure, a store in a folder of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use spar_core::job::{JobKind, Stage};
use spar_core::units::Timestamp;
use spar_engine::clock::Clock;
use spar_engine::queue::{Claimed, Handler, Outcome, Running};
use spar_engine::store::{
    Job, JobSubject, NewJob, OpenOptions, Store, StoreError, WriteTransaction,
};

/// The moment every test begins at.
pub(crate) const START: i64 = 1_750_000_000_000;

/// A moment of the test, ms after its beginning.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

/// A clock that stands at the beginning.
pub(crate) fn clock() -> Clock {
    Clock::manual(at(0), 7)
}

/// A job of a kind, told from others by its key.
pub(crate) fn job(kind: JobKind, key: i64) -> NewJob {
    NewJob {
        kind,
        subject: JobSubject::Row(0),
        key,
        priority: 100,
        run_at: at(0),
        expires_at: None,
        max_attempts: 3,
        created_at: at(0),
        payload: "{}".to_owned(),
    }
}

pub(crate) const TOPICS: JobKind = JobKind::Stage(Stage::Topics);
pub(crate) const TRAITS: JobKind = JobKind::Stage(Stage::Traits);

/// A folder of its own and stores in it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("missions.db")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&OpenOptions::new(self.path())).expect("the store opens")
    }

    /// A connection beside the store, to look at rows or to get in the way.
    pub(crate) fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("a second connection")
    }
}

type Does = dyn for<'a> Fn(&'a Claimed) -> Running<'a> + Send + Sync;

/// Does two kinds of jobs as a closure says, and notes what was given up.
pub(crate) struct Does2 {
    does: Box<Does>,
    pub(crate) given_up: Mutex<Vec<(i64, String)>>,
}

/// A handler from what it does at once.
pub(crate) fn does(
    does: impl Fn(&Claimed) -> Outcome + Send + Sync + Clone + 'static,
) -> Arc<Does2> {
    handler(move |claimed| {
        let does = does.clone();
        Box::pin(async move { does(claimed) })
    })
}

/// A handler from what it does.
pub(crate) fn handler(
    does: impl for<'a> Fn(&'a Claimed) -> Running<'a> + Send + Sync + 'static,
) -> Arc<Does2> {
    Arc::new(Does2 { does: Box::new(does), given_up: Mutex::default() })
}

impl Handler for Does2 {
    fn kinds(&self) -> Vec<JobKind> {
        vec![TOPICS, TRAITS]
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        (self.does)(job)
    }

    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        _: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        self.given_up.lock().expect("no panic").push((job.id, error.to_owned()));
        Ok(())
    }
}

/// A small stream of chance; the seed is part of the test.
pub(crate) fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}
