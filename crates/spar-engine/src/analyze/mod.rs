//! Doing the analysis of missions: the jobs that turns and endings leave behind. Between an
//! analyzer's `request` and its `interpret` stands one runner for all of them: which model, within
//! which budget, what it cost, what is kept, and who goes next.

mod ask;
mod cache;
mod settle;
mod stage;

use std::num::NonZeroUsize;

use spar_core::job::{self, DeepAnalysis, JobKind, Stage, policy, priority};
use spar_core::mission::Phase;
use spar_core::routing::{BreakerSettings, BudgetLimits, Profile};
use spar_core::units::Timestamp;

pub use ask::Models;

use crate::clock::Clock;
use crate::config::CALLS_AT_ONCE;
use crate::queue::{Claimed, Handler, Outcome, Running};
use crate::skills::FusionWeights;
use crate::store::{
    Enqueued, Job, JobSubject, NewJob, Pass, RunStatus, StageOutcome, StageProgress, StageRun,
    Store, StoreError, WriteTransaction,
};
use ask::Asker;
use cache::Cache;
use settle::{Ended, Fate};

/// What analyzers may use.
#[derive(Clone)]
pub struct AnalystOptions {
    /// Models to ask; `None`: everything is computed here.
    pub models: Option<Models>,
    /// How much is spent on depth, while the budgets allow it.
    pub profile: Profile,
    /// What may be spent.
    pub budget: BudgetLimits,
    /// When a model that keeps failing is left alone.
    pub breaker: BreakerSettings,
    /// How many of them may ask one model at the same time. The others wait for their turn, which no
    /// time limit of a call counts.
    pub calls_at_once: NonZeroUsize,
    /// How evidence of skills is weighed.
    pub weights: FusionWeights,
}

impl Default for AnalystOptions {
    fn default() -> Self {
        Self {
            models: None,
            profile: Profile::default(),
            budget: BudgetLimits::default(),
            breaker: BreakerSettings::default(),
            calls_at_once: CALLS_AT_ONCE,
            weights: FusionWeights::default(),
        }
    }
}

/// Studies missions.
pub struct Analyst {
    store: Store,
    clock: Clock,
    asker: Option<Asker>,
    profile: Profile,
    cache: Cache,
    weights: FusionWeights,
}

impl Analyst {
    /// Somebody who studies the missions of this store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, options: AnalystOptions) -> Self {
        let AnalystOptions { models, profile, budget, breaker, calls_at_once, weights } = options;
        let asker = |models| Asker::new(models, profile, budget, breaker, calls_at_once);
        Self { store, clock, asker: models.map(asker), profile, cache: Cache::default(), weights }
    }

    /// Sets off a pass, if the mission is worth one.
    fn set_off(&self, job: &Job) -> Outcome {
        let wanted = match Wanted::read(&job.payload) {
            Ok(wanted) => wanted,
            Err(reason) => return Outcome::Cancelled { reason },
        };
        match self.pass_of(job, wanted) {
            Ok(Some(pass)) => {
                let (row, at) = (job.subject, self.clock.now());
                Outcome::Done(Box::new(move |tx| {
                    let pass = tx.begin_pass(row, pass, at)?;
                    settle::begin(tx, row, pass, at)
                }))
            }
            Ok(None) => Outcome::done(),
            Err(error) => trouble(&error),
        }
    }

    /// The pass a mission is worth as it stands now.
    fn pass_of(&self, job: &Job, wanted: Wanted) -> Result<Option<Pass>, StoreError> {
        let meta = self.store.mission_at(job.subject)?;
        let loaded = self.cache.load(&self.store, job.subject, meta.next_seq)?;
        let state = loaded.mission.state();
        let is_over = matches!(state.phase, Phase::Ended(_));
        // What a run reports must not depend on how fast its analysis was: it is studied once, whole.
        if meta.run_label.is_some() && !is_over {
            return Ok(None);
        }
        let analysis = self.store.analysis(meta.id)?;
        if let Some(before) = analysis.pass {
            let is_same = before.seq == meta.next_seq && !wanted.force;
            if is_same && !has_loose_ends(&analysis.progress, before) {
                return Ok(None);
            }
            let is_due = wanted.force || job::is_due(before.through, state.turn, is_over);
            if !is_due {
                return Ok(None);
            }
        } else if !job::is_due(spar_core::ids::TurnIndex(0), state.turn, is_over) && !wanted.force {
            return Ok(None);
        }
        Ok(Some(Pass {
            pass: 0,
            seq: meta.next_seq,
            through: state.turn,
            is_final: is_over,
            forced: wanted.force,
            priority: if is_over { job.priority.min(priority::ENDED) } else { job.priority },
        }))
    }
}

impl Handler for Analyst {
    fn kinds(&self) -> Vec<JobKind> {
        std::iter::once(JobKind::DeepAnalysis)
            .chain(Stage::ALL.into_iter().map(JobKind::Stage))
            .collect()
    }

    fn run<'a>(&'a self, job: &'a Claimed) -> Running<'a> {
        Box::pin(async move {
            match job.kind {
                JobKind::DeepAnalysis => self.set_off(&job.job),
                JobKind::Stage(stage) => self.do_stage(stage, &job.job).await,
                other => Outcome::failed(format!("{other} is no work for an analyst")),
            }
        })
    }

    fn on_given_up(
        &self,
        job: &Job,
        error: &str,
        tx: &WriteTransaction<'_>,
    ) -> Result<(), StoreError> {
        let Ok(JobKind::Stage(stage)) = job.kind.parse() else { return Ok(()) };
        let Ok(pass) = serde_json::from_str::<Pass>(&job.payload) else { return Ok(()) };
        let is_known = tx.stage_progress(job.subject)?.iter().any(|progress| {
            progress.stage == stage
                && progress.settled_pass >= pass.pass
                && progress.outcome == StageOutcome::Failed
        });
        if is_known {
            return Ok(());
        }
        let at = self.clock.now();
        let run = StageRun {
            stage,
            pass: pass.pass,
            through: pass.through,
            job_id: Some(job.id),
            attempt: job.attempt,
            status: RunStatus::Failed,
            started_at: at,
            duration_ms: Some(0.0),
            error: Some(error.to_owned()),
        };
        Ended { row: job.subject, pass, fate: Fate::Failed, run, noted: None, at, is_same: false }
            .settle(tx)
    }
}

/// Whether a stage of the pass failed or made do: then the same events are worth another pass.
fn has_loose_ends(progress: &[StageProgress], pass: Pass) -> bool {
    progress
        .iter()
        .any(|stage| stage.settled_pass == pass.pass && stage.outcome == StageOutcome::Failed)
}

/// What an error of the store means for a job.
fn trouble(error: &StoreError) -> Outcome {
    match error {
        StoreError::NotFound { .. } => {
            Outcome::Cancelled { reason: "the mission is gone".to_owned() }
        }
        error => Outcome::failed(error.to_string()),
    }
}

/// What the job of a pass asks for. A turn's job says more than is needed here.
#[derive(Clone, Copy)]
struct Wanted {
    force: bool,
}

impl Wanted {
    fn read(payload: &str) -> Result<Self, String> {
        if payload == FORCED {
            return Ok(Self { force: true });
        }
        serde_json::from_str::<DeepAnalysis>(payload)
            .map(|_| Self { force: false })
            .map_err(|error| format!("its payload is no deep analysis: {error}"))
    }
}

/// The payload of a pass that somebody asked for by hand.
const FORCED: &str = r#"{"force":true}"#;

/// Has a mission studied once more, although nothing has changed.
///
/// # Errors
/// When the mission is not there or the file cannot be written.
pub fn study_again(
    tx: &WriteTransaction<'_>,
    mission: spar_core::ids::MissionId,
    at: Timestamp,
) -> Result<Enqueued, StoreError> {
    tx.enqueue(&NewJob {
        kind: JobKind::DeepAnalysis,
        subject: JobSubject::Mission(mission),
        key: 0,
        priority: priority::AWAITED,
        run_at: at,
        expires_at: None,
        max_attempts: policy::ATTEMPTS,
        created_at: at,
        payload: FORCED.to_owned(),
    })
}
