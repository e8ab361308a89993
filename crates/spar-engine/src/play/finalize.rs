//! The end of a mission, and whoever asks for its report: makes what is missing urgent, waits a
//! moment to be woken, and makes a report of what is there by then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use spar_core::analysis::Results;
use spar_core::ids::MissionId;
use spar_core::job::{JobKind, Stage, Wave, policy, priority};
use spar_core::mission::{Mission, turn};
use spar_core::report::{
    Freshness, GenerationMetadata, MissionFacts, Report, ReportInput, StageStatus, TaskCost, build,
};
use spar_core::routing::Task;
use spar_core::units::MicroUsd;

use crate::bell::Ear;
use crate::clock::Clock;
use crate::store::{
    JobSubject, MissionAnalysis, MissionMeta, MissionStatus, NewJob, PromptRun, StageOutcome,
    StageResult, Store, StoreError, StoredMission,
};

/// The report of a mission, after waiting for its analysis at most so long. Nothing is waited for
/// that nobody is going to do: somebody must be at work on the store.
///
/// # Errors
/// When the mission is not there or the store fails.
pub(crate) async fn report(
    store: &Store,
    clock: &Clock,
    mission: MissionId,
    wait: Duration,
) -> Result<Report, StoreError> {
    let mut watch = ReportWatch::begin(store, clock, mission).await?;
    if !wait.is_zero() && !watch.is_complete()? {
        // Whatever is missing by then is marked so.
        if let Ok(waited) = tokio::time::timeout(wait, watch.completed()).await {
            waited?;
        }
    }
    watch.report()
}

/// A report that grows: asks for what is missing, and tells when there is more.
pub struct ReportWatch {
    store: Store,
    stored: StoredMission,
    mission: Mission,
    ear: Ear,
}

impl ReportWatch {
    /// Makes what is missing of a mission's analysis urgent.
    ///
    /// # Errors
    /// When the mission is not there or the store fails.
    pub(crate) async fn begin(
        store: &Store,
        clock: &Clock,
        mission: MissionId,
    ) -> Result<Self, StoreError> {
        // Before the first look, so that nothing is missed between the two.
        let ear = store.bell().finished();
        let stored = store.load(mission)?;
        let folded = Mission::replay(Arc::new(stored.scenario.clone()), &stored.events);
        let watch = Self { store: store.clone(), stored, mission: folded, ear };
        let analysis = store.analysis(mission)?;
        if standing(&watch.stored.meta, &analysis) != Standing::Complete {
            watch.hurry(clock, &analysis).await?;
        }
        Ok(watch)
    }

    /// Whether nothing more is to be expected.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_complete(&self) -> Result<bool, StoreError> {
        let meta = &self.stored.meta;
        Ok(standing(meta, &self.store.analysis(meta.id)?) != Standing::Pending)
    }

    /// Waits until somebody finished something: then there may be more to show.
    pub async fn changed(&mut self) {
        self.ear.heard().await;
    }

    /// Waits until nothing more is to be expected.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn completed(&mut self) -> Result<(), StoreError> {
        while !self.is_complete()? {
            self.changed().await;
        }
        Ok(())
    }

    /// The report of what is there now.
    ///
    /// # Errors
    /// When the store fails.
    pub fn report(&self) -> Result<Report, StoreError> {
        let (store, meta) = (&self.store, &self.stored.meta);
        let analysis = store.analysis(meta.id)?;
        let mut results = Results::default();
        for output in analysis.newest.iter().filter_map(StageResult::output) {
            results.insert(output);
        }
        let stages = Stage::ALL
            .into_iter()
            .map(|stage| (stage, status(meta, &analysis, stage)))
            .collect::<BTreeMap<_, _>>();
        let costs = costs(&store.prompt_runs(meta.id)?);
        let before = store.before(meta, self.mission.scenario())?;
        Ok(build(&ReportInput {
            mission: &self.mission,
            facts: &facts(meta),
            results: &results,
            stages: &stages,
            costs: &costs,
            previous: before.history.previous_of(&meta.scenario_id),
        }))
    }

    /// What waits for a worker goes first; what nobody asked for yet is asked for.
    async fn hurry(&self, clock: &Clock, analysis: &MissionAnalysis) -> Result<(), StoreError> {
        let meta = &self.stored.meta;
        let (id, now) = (meta.id, clock.now());
        let is_asked_for = analysis.pass_is_due || !analysis.unfinished.is_empty();
        let trace = format!("{id}-report");
        let wanted = turn::deep_analysis(&self.mission, id, &meta.user_id, trace, None, now);
        let payload = serde_json::to_string(&wanted).map_err(|error| StoreError::Unreadable {
            path: self.store.path().to_path_buf(),
            what: "a job".to_owned(),
            reason: error.to_string(),
        })?;
        let is_over = meta.status == MissionStatus::Ended;
        self.store
            .write(move |tx| {
                if !is_asked_for && is_over {
                    tx.enqueue(&NewJob {
                        kind: JobKind::DeepAnalysis,
                        subject: JobSubject::Mission(id),
                        key: 0,
                        priority: priority::AWAITED,
                        run_at: now,
                        expires_at: None,
                        max_attempts: policy::ATTEMPTS,
                        created_at: now,
                        payload,
                    })?;
                }
                tx.hurry_analysis(tx.row_of(id)?, priority::AWAITED)
            })
            .await
    }
}

/// How a mission's analysis stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Everything there is to be said is said.
    Complete,
    /// Somebody is at work, or will be at once.
    Pending,
    /// Not complete, and nobody will change that at this moment.
    Resting,
}

fn standing(meta: &MissionMeta, analysis: &MissionAnalysis) -> Standing {
    let Some(pass) = analysis.pass.filter(|pass| pass.seq == meta.next_seq) else {
        let is_asked_for = analysis.pass_is_due || !analysis.unfinished.is_empty();
        return if is_asked_for { Standing::Pending } else { Standing::Resting };
    };
    let takes = |stage: &Stage| pass.is_final || stage.wave() == Wave::First;
    let mut all = Stage::ALL.into_iter().filter(takes);
    let is_settled = |stage: Stage| {
        analysis.progress_of(stage).is_some_and(|progress| progress.settled_pass >= pass.pass)
    };
    if analysis.pass_is_due || !all.all(is_settled) {
        return Standing::Pending;
    }
    let stands = |stage: Stage| {
        analysis.progress_of(stage).is_some_and(|progress| progress.outcome == StageOutcome::Done)
    };
    // What failed may be tried again, and a model that is away will be asked again: not now.
    if Stage::ALL.into_iter().filter(takes).all(stands) {
        Standing::Complete
    } else {
        Standing::Resting
    }
}

/// How one stage stands.
fn status(meta: &MissionMeta, analysis: &MissionAnalysis, stage: Stage) -> StageStatus {
    let newest = analysis.newest.iter().find(|result| result.stage == stage);
    StageStatus { freshness: freshness(meta, analysis, stage, newest), made: newest.map(made) }
}

fn freshness(
    meta: &MissionMeta,
    analysis: &MissionAnalysis,
    stage: Stage,
    newest: Option<&StageResult>,
) -> Freshness {
    let is_over = meta.status == MissionStatus::Ended;
    if stage.wave() == Wave::Second && !is_over {
        return Freshness::Waiting { reason: "the mission is not over".to_owned() };
    }
    let pass = analysis.pass;
    let progress = analysis.progress_of(stage);
    let is_settled = progress
        .is_some_and(|progress| pass.is_some_and(|pass| progress.settled_pass >= pass.pass));
    let is_whole = pass.is_some_and(|pass| pass.seq == meta.next_seq && pass.is_final == is_over);
    let is_pending = standing(meta, analysis) == Standing::Pending;
    match progress.filter(|_| is_settled) {
        Some(progress) if progress.outcome == StageOutcome::Failed => Freshness::Failed {
            reason: progress.error.clone().unwrap_or_else(|| "it could not be made".to_owned()),
        },
        Some(progress) if progress.outcome == StageOutcome::Provisional => Freshness::Waiting {
            reason: match &progress.error {
                Some(error) => format!("a model will be asked again: {error}"),
                None => "a model will be asked again".to_owned(),
            },
        },
        Some(_) if is_whole => Freshness::Fresh,
        _ => match newest {
            Some(newest) if !is_over && newest.through == meta.turns => Freshness::Fresh,
            Some(newest) if !is_pending || !is_over => Freshness::Stale { through: newest.through },
            _ if is_pending => Freshness::InProgress,
            _ if !is_over => {
                Freshness::Waiting { reason: "it comes after a few more turns".to_owned() }
            }
            _ => Freshness::NotAnalysed,
        },
    }
}

fn made(result: &StageResult) -> GenerationMetadata {
    let made = &result.made;
    GenerationMetadata {
        strategy: made.strategy,
        model: made.model.clone(),
        role: made.role,
        profile: made.model.is_some().then_some(made.profile),
        problems: made.problems.clone(),
        prompt_version: made.prompt_version.clone(),
        duration_ms: Some(made.duration_ms.round() as u64),
        cost: made.cost,
        version: Some(result.version),
        through: result.through,
        missions_analysed: made.missions_analysed,
        total_missions: made.total_missions,
    }
}

fn facts(meta: &MissionMeta) -> MissionFacts {
    MissionFacts {
        mission_id: meta.id,
        session_id: meta.session,
        started_at: meta.started_at,
        ended_at: meta.ended_at,
        provider: meta.provider.clone(),
        model: meta.model.clone(),
        run: meta.run_label.clone(),
        imported: meta.is_imported(),
    }
}

/// What was asked, added up by task.
fn costs(runs: &[PromptRun]) -> Vec<TaskCost> {
    let mut costs: BTreeMap<Task, TaskCost> = BTreeMap::new();
    for run in runs {
        let Some(task) = Task::ALL.into_iter().find(|task| task.name() == run.task) else {
            continue;
        };
        let cost = costs.entry(task).or_insert(TaskCost {
            task,
            runs: 0,
            failed: 0,
            input_tokens: 0,
            output_tokens: 0,
            cost: Some(MicroUsd(0)),
        });
        cost.runs += 1;
        cost.input_tokens += u64::from(run.usage.input.unwrap_or(0));
        cost.output_tokens += u64::from(run.usage.output.unwrap_or(0));
        if run.status == "failed" {
            // What a call without an answer cost, nobody knows; it is counted, and not priced.
            cost.failed += 1;
        } else {
            cost.cost = cost.cost.zip(run.cost).map(|(sum, more)| sum + more);
        }
    }
    costs.into_values().collect()
}
