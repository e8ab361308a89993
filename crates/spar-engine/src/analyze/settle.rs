//! What follows from a stage's end, in the transaction of its result: how far it has come, the log,
//! and the stages that waited for it.

use spar_core::job::{Need, Stage, Wave};
use spar_core::report::Strategy;
use spar_core::units::Timestamp;

use crate::store::{
    EventJob, NewResult, Pass, RunStatus, StageOutcome, StageProgress, StageRun, StoreError,
    WriteTransaction,
};

/// The offline form stands in for a model.
const STOOD_IN: &str = "stood_in";
/// It stands in for parts of a model's answer.
const MENDED: &str = "mended";

/// How a stage came out.
pub(super) enum Fate {
    /// With this result, or with the one that is there already.
    Done(Option<NewResult>),
    /// With this result for the time being, or with the one that is there already.
    Deferred(Option<NewResult>),
    /// With none.
    Failed,
}

/// A stage at the end of its part of a pass.
pub(super) struct Ended {
    pub(super) row: i64,
    pub(super) pass: Pass,
    pub(super) fate: Fate,
    /// Its line in the log; the status follows from the fate.
    pub(super) run: StageRun,
    /// The line's row, when its beginning was noted.
    pub(super) noted: Option<i64>,
    pub(super) at: Timestamp,
    /// It found what the result before it said already.
    pub(super) is_same: bool,
}

impl Ended {
    /// Keeps the result, how far the stage has come and its line in the log, and asks for the
    /// stages that waited for it.
    pub(super) fn settle(mut self, tx: &WriteTransaction<'_>) -> Result<(), StoreError> {
        let stage = self.run.stage;
        let before = progress_of(&tx.stage_progress(self.row)?, stage);
        let result = match &self.fate {
            Fate::Done(result) | Fate::Deferred(result) => result.as_ref(),
            Fate::Failed => None,
        };
        self.tell(tx, result)?;
        let version = match result {
            Some(result) => tx.keep_result(self.row, &self.pass, result, self.at)?,
            None => before.version,
        };
        let (status, outcome) = match self.fate {
            Fate::Done(_) => (RunStatus::Completed, StageOutcome::Done),
            Fate::Deferred(_) => (RunStatus::Deferred, StageOutcome::Provisional),
            Fate::Failed => (RunStatus::Failed, StageOutcome::Failed),
        };
        self.run.status = status;
        match self.noted {
            Some(noted) => tx.end_stage_run(noted, &self.run)?,
            None => tx.note_stage_run(self.row, &self.run).map(|_| ())?,
        }
        let waits = outcome == StageOutcome::Provisional;
        tx.keep_progress(
            self.row,
            &StageProgress {
                stage,
                settled_pass: before.settled_pass.max(self.pass.pass),
                outcome,
                // Neither a failure nor a stand-in counts as studied.
                analyzed_through: match outcome {
                    StageOutcome::Done => before.analyzed_through.max(self.pass.through),
                    _ => before.analyzed_through,
                },
                version,
                error: self.run.error.clone(),
                deferred_since: waits.then(|| before.deferred_since.unwrap_or(self.at)),
                deferrals: if waits { before.deferrals.saturating_add(1) } else { 0 },
            },
        )?;
        // Those who made do with a stand-in, or without, look again.
        let is_news = before.settled_pass == self.pass.pass
            && outcome == StageOutcome::Done
            && match before.outcome {
                StageOutcome::Done => false,
                StageOutcome::Provisional => !self.is_same,
                StageOutcome::Failed => true,
            };
        Spread { tx, row: self.row, pass: self.pass, at: self.at }.after(stage, is_news)
    }

    /// What watchers of the work want to know and the queue cannot: that a model was wanted and the
    /// offline form stands in for it, or for parts of its answer. Begun, done, failed and put off
    /// are told by the queue. Counts, and no words of a model.
    fn tell(
        &self,
        tx: &WriteTransaction<'_>,
        result: Option<&NewResult>,
    ) -> Result<(), StoreError> {
        let (Some(id), Some(NewResult { made, .. })) = (self.run.job_id, result) else {
            return Ok(());
        };
        let problems = match made.problems.len() {
            0 => None,
            1 => Some("1 problem in the answer".to_owned()),
            more => Some(format!("{more} problems in the answer")),
        };
        let (word, detail) = match made.strategy {
            Strategy::Offline if made.reason.is_some() || problems.is_some() => {
                (STOOD_IN, made.reason.clone().or(problems))
            }
            Strategy::Mixed => (MENDED, problems),
            _ => return Ok(()),
        };
        let (kind, attempt) = (self.run.stage.name(), self.run.attempt);
        let job = EventJob { id, kind, subject: self.row, attempt };
        tx.note_pipeline_event(job, word, detail.as_deref(), self.at)
    }
}

/// Asks for the stages of a pass that wait for nothing.
pub(super) fn begin(
    tx: &WriteTransaction<'_>,
    row: i64,
    pass: Pass,
    at: Timestamp,
) -> Result<(), StoreError> {
    let spread = Spread { tx, row, pass, at };
    let roots = Stage::ALL.into_iter().filter(|stage| stage.needs().is_empty());
    roots.filter(|stage| spread.takes(*stage)).try_for_each(|stage| spread.enqueue(stage))
}

fn progress_of(progress: &[StageProgress], stage: Stage) -> StageProgress {
    progress.iter().find(|row| row.stage == stage).cloned().unwrap_or(StageProgress {
        stage,
        settled_pass: 0,
        outcome: StageOutcome::Failed,
        analyzed_through: spar_core::ids::TurnIndex(0),
        version: 0,
        error: None,
        deferred_since: None,
        deferrals: 0,
    })
}

/// A pass on its way through the graph.
struct Spread<'a> {
    tx: &'a WriteTransaction<'a>,
    row: i64,
    pass: Pass,
    at: Timestamp,
}

impl Spread<'_> {
    /// Whether the stage has a part in this pass.
    fn takes(&self, stage: Stage) -> bool {
        self.pass.is_final || stage.wave() == Wave::First
    }

    /// Asks for the stages that waited for this one and now wait for nothing else. One that
    /// requires what has failed has failed too.
    fn after(&self, stage: Stage, is_news: bool) -> Result<(), StoreError> {
        for (dependent, _) in stage.needed_by().filter(|(dependent, _)| self.takes(*dependent)) {
            let progress = self.tx.stage_progress(self.row)?;
            let is_settled =
                |stage: Stage| progress_of(&progress, stage).settled_pass >= self.pass.pass;
            if is_settled(dependent) && !is_news {
                continue;
            }
            let missing = dependent.needs().iter().find(|(need, how)| {
                *how == Need::Required
                    && is_settled(*need)
                    && progress_of(&progress, *need).outcome == StageOutcome::Failed
            });
            if let Some((need, _)) = missing {
                if !is_settled(dependent) {
                    self.fail(dependent, *need)?;
                }
            } else if dependent.needs().iter().all(|(need, _)| is_settled(*need)) {
                self.enqueue(dependent)?;
            }
        }
        Ok(())
    }

    fn fail(&self, stage: Stage, need: Stage) -> Result<(), StoreError> {
        let run = StageRun {
            stage,
            pass: self.pass.pass,
            through: self.pass.through,
            job_id: None,
            attempt: 0,
            status: RunStatus::Failed,
            started_at: self.at,
            duration_ms: Some(0.0),
            error: Some(format!("needs {need}, which failed")),
        };
        let (row, pass, at) = (self.row, self.pass, self.at);
        Ended { row, pass, fate: Fate::Failed, run, noted: None, at, is_same: false }
            .settle(self.tx)
    }

    fn enqueue(&self, stage: Stage) -> Result<(), StoreError> {
        // Somebody may have come to wait for it since the pass began.
        let newest = self.tx.pass(self.row)?.unwrap_or(self.pass);
        let priority = self.pass.priority.min(newest.priority);
        self.tx.enqueue_stage(self.row, stage, &self.pass, priority, self.at).map(|_| ())
    }
}
