//! One stage of a pass: what it looks at, whom it asks, what it leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use spar_core::analysis::skills::Fusion;
use spar_core::analysis::{self, Context, StageOutput};
use spar_core::chat::FinishReason;
use spar_core::ids::TurnIndex;
use spar_core::job::{Need, Stage};
use spar_core::language::clean;
use spar_core::mission::Problem;
use spar_core::report::Strategy;
use spar_core::units::Timestamp;

use super::ask::{Asked, Asker, Question};
use super::cache::Loaded;
use super::settle::{Ended, Fate};
use super::{Analyst, trouble};
use crate::queue::Outcome;
use crate::store::{
    Job, Made, NewResult, Pass, RunStatus, StageResult, StageRun, StageView, StoreError,
};

/// More than this of an answer is not looked at, bytes: every answer worth anything is shorter.
const LONGEST_ANSWER: usize = 256 * 1024;
/// The first wait for a model that is away; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// And at most so long.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// After so long the stand-in stays.
const PATIENCE_MS: u64 = 24 * 3_600_000;

/// A stage that has begun.
struct Begun<'a> {
    analyst: &'a Analyst,
    stage: Stage,
    job: &'a Job,
    pass: Pass,
    loaded: &'a Loaded,
    view: &'a StageView,
    fusion: Arc<Fusion>,
    at: Timestamp,
    began_us: u64,
    /// The row of its line in the log.
    noted: Option<i64>,
}

impl Analyst {
    /// Does a stage's part of a pass.
    pub(super) async fn do_stage(&self, stage: Stage, job: &Job) -> Outcome {
        let Ok(pass) = serde_json::from_str::<Pass>(&job.payload) else {
            return Outcome::Cancelled { reason: "its payload is no pass".to_owned() };
        };
        let began_us = self.clock.monotonic_micros();
        let found = self
            .cache
            .load(&self.store, job.subject, pass.seq)
            .and_then(|loaded| Ok((loaded, self.store.stage_view(job.subject, stage, pass.pass)?)));
        let (loaded, view) = match found {
            Ok(found) => found,
            Err(error) => return trouble(&error),
        };
        // A newer pass asks for this stage itself once what it needs is there.
        if view.pass.is_some_and(|newest| newest.pass > pass.pass) {
            return Outcome::done();
        }
        let (loaded, view) = (&*loaded, &view);
        let at = self.clock.now();
        let fusion = self.weights.current();
        let mut begun = Begun {
            analyst: self,
            stage,
            job,
            pass,
            loaded,
            view,
            fusion,
            at,
            began_us,
            noted: None,
        };
        match begun.run().await {
            Ok(outcome) => outcome,
            Err(error) => trouble(&error),
        }
    }
}

impl Begun<'_> {
    async fn run(&mut self) -> Result<Outcome, StoreError> {
        if let Some(need) = self.missing() {
            return Ok(self.failed(format!("needs {need}, which failed")));
        }
        let context = self.context();
        let Ok(request) = guarded(|| analysis::request(self.stage, &context)) else {
            return Ok(self.failed("the analyzer panicked".to_owned()));
        };
        let (Some(request), Some(task)) = (request, analysis::task(self.stage)) else {
            return Ok(self.offline(None));
        };
        // What was played offline stays offline.
        let asker = self.analyst.asker.as_ref().filter(|_| self.loaded.meta.provider != "embedded");
        let Some(asker) = asker else { return Ok(self.offline(None)) };
        let (store, clock) = (&self.analyst.store, &self.analyst.clock);
        let through = self.pass.through;
        let question = asker.question(store, clock, self.job.subject, through, task, request)?;
        if self.was_answered(&question) {
            return Ok(self.ended(Fate::Done(None), None, true));
        }
        self.ask(asker, &question).await
    }

    /// Asks, and makes what it can of what comes back.
    async fn ask(&mut self, asker: &Asker, question: &Question) -> Result<Outcome, StoreError> {
        let (row, run) = (self.job.subject, self.line(RunStatus::Started, None));
        let (store, clock) = (&self.analyst.store, &self.analyst.clock);
        self.noted = Some(store.write(move |tx| tx.note_stage_run(row, &run)).await?);
        let prompt_version = analysis::prompt_version(self.stage);
        Ok(match asker.ask(store, clock, question, prompt_version.as_deref()).await? {
            Asked::Answered(outcome, cost) => {
                let asked = Made {
                    model: Some(outcome.model.clone()),
                    cost,
                    ..self.asked(question, prompt_version)
                };
                self.answered(&outcome.text, outcome.finish == FinishReason::Refused, asked)
            }
            Asked::Unreachable { reason, wait_ms } => {
                let asked = self.asked(question, prompt_version);
                self.deferred(&reason, asked, |deferrals| self.wait(deferrals, wait_ms))
            }
            Asked::Tomorrow { reason, day } => {
                // Nobody was asked: it waits for the day and for no model.
                let asked =
                    Made { model: None, role: None, ..self.asked(question, prompt_version) };
                self.deferred(&reason, asked, |_| day)
            }
            Asked::Never { reason } => {
                let made = Made {
                    reason: Some(clean(&reason).into_owned()),
                    ..self.asked(question, prompt_version)
                };
                self.computed(made, false)
            }
        })
    }

    /// A model answered: what can be used of it, and the offline form for the rest.
    fn answered(&self, text: &str, is_refused: bool, asked: Made) -> Outcome {
        let (text, is_cut) = cut(text, LONGEST_ANSWER);
        let context = self.context();
        let text = if is_refused { "" } else { text };
        let Ok((output, mut problems)) =
            guarded(|| analysis::interpret(self.stage, &context, text))
        else {
            return self.failed("the analyzer panicked".to_owned());
        };
        let note = |message: &str| Problem { field: String::new(), message: message.to_owned() };
        if is_refused {
            problems.push(note("the model declined"));
        }
        if is_cut {
            problems.push(note("the answer was longer than anything worth reading"));
        }
        // A problem without a field is about the whole answer.
        let is_useless = problems.iter().any(|problem| problem.field.is_empty()) && !is_cut;
        let strategy = match problems.is_empty() {
            true => Strategy::Model,
            false if is_useless => Strategy::Offline,
            false => Strategy::Mixed,
        };
        let reason = is_useless.then(|| "nothing in the model's answer could be used".to_owned());
        self.done(output, Made { strategy, reason, problems, ..asked }, false)
    }

    /// Nobody answered: the offline form for the time being, and another try later. After a day it
    /// stays.
    fn deferred(&self, reason: &str, asked: Made, until: impl FnOnce(u32) -> Timestamp) -> Outcome {
        let reason = clean(reason).into_owned();
        let before = self.view.progress_of(self.stage);
        let since = before.and_then(|progress| progress.deferred_since);
        let made = Made { reason: Some(reason.clone()), ..asked };
        let now = self.analyst.clock.now();
        if since.is_some_and(|since| now.since(since) >= PATIENCE_MS) {
            return self.computed(made, false);
        }
        let deferrals = before.map_or(0, |progress| progress.deferrals);
        match self.computed(made, true) {
            Outcome::Done(apply) => {
                Outcome::Snoozed { until: until(deferrals), reason, apply: Some(apply) }
            }
            other => other,
        }
    }

    /// When to look again for a model that is away.
    fn wait(&self, deferrals: u32, at_least: Option<u64>) -> Timestamp {
        let clock = &self.analyst.clock;
        let wait = FIRST_WAIT.saturating_mul(1 << deferrals.min(16)).min(LONGEST_WAIT);
        // Half of it fixed and half by chance, so that stages do not all come back at once.
        let wait = wait.mul_f64(0.5 + 0.5 * clock.fraction());
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(at_least.unwrap_or(0));
        Timestamp::from_millis(clock.now().as_millis().saturating_add_unsigned(wait))
    }

    fn offline(&self, reason: Option<String>) -> Outcome {
        self.computed(Made { reason, profile: self.analyst.profile, ..self.looked_at() }, false)
    }

    /// The offline form.
    fn computed(&self, made: Made, provisional: bool) -> Outcome {
        let context = self.context();
        match guarded(|| analysis::offline(self.stage, &context)) {
            Ok(output) => {
                self.done(output, Made { strategy: Strategy::Offline, ..made }, provisional)
            }
            Err(()) => self.failed("the analyzer panicked".to_owned()),
        }
    }

    /// It has a result; it becomes a new version when it is not what is there already.
    fn done(&self, output: StageOutput, mut made: Made, provisional: bool) -> Outcome {
        let elapsed = self.analyst.clock.monotonic_micros().saturating_sub(self.began_us);
        made.duration_ms = elapsed as f64 / 1_000.0;
        let is_known = !self.pass.forced
            && self.view.newest.as_ref().is_some_and(|newest| {
                newest.through == self.pass.through
                    && newest.provisional == provisional
                    && newest.made.strategy == made.strategy
                    && newest.made.prompt_hash == made.prompt_hash
                    && newest.output().as_ref() == Some(&output)
            });
        let reason = made.reason.clone().filter(|_| provisional);
        let newest = self.view.newest.as_ref().and_then(StageResult::output);
        let is_same = newest.as_ref() == Some(&output);
        let result = (!is_known).then_some(NewResult { output, made, provisional });
        let fate = if provisional { Fate::Deferred(result) } else { Fate::Done(result) };
        self.ended(fate, reason, is_same)
    }

    /// It failed. What waits for it goes on, or fails with it, at once; the attempts it has left may
    /// still put it right.
    fn failed(&self, error: String) -> Outcome {
        match self.ended(Fate::Failed, Some(error.clone()), false) {
            Outcome::Done(apply) => Outcome::Failed { error, apply: Some(apply) },
            other => other,
        }
    }

    fn ended(&self, fate: Fate, error: Option<String>, is_same: bool) -> Outcome {
        let run = self.line(RunStatus::Completed, error);
        let (row, pass, noted) = (self.job.subject, self.pass, self.noted);
        let at = self.analyst.clock.now();
        Outcome::Done(Box::new(move |tx| {
            Ended { row, pass, fate, run, noted, at, is_same }.settle(tx)
        }))
    }

    /// Its line in the log.
    fn line(&self, status: RunStatus, error: Option<String>) -> StageRun {
        let elapsed = self.analyst.clock.monotonic_micros().saturating_sub(self.began_us);
        StageRun {
            stage: self.stage,
            pass: self.pass.pass,
            through: self.pass.through,
            job_id: Some(self.job.id),
            attempt: self.job.attempt,
            status,
            started_at: self.at,
            duration_ms: (status != RunStatus::Started).then_some(elapsed as f64 / 1_000.0),
            error,
        }
    }

    /// A stage it cannot do without and that has no result.
    fn missing(&self) -> Option<Stage> {
        let needs = self.stage.needs().iter();
        needs
            .filter(|(need, how)| *how == Need::Required && !self.view.results.has(*need))
            .map(|(need, _)| *need)
            .next()
    }

    /// The very question was answered before: asking again would cost and bring nothing.
    fn was_answered(&self, question: &Question) -> bool {
        !self.pass.forced
            && self.view.newest.as_ref().is_some_and(|newest| {
                !newest.provisional
                    && newest.through == self.pass.through
                    && newest.made.strategy != Strategy::Offline
                    && newest.made.prompt_hash.as_ref() == Some(&question.hash)
            })
    }

    /// Each pass looks at the whole mission afresh, so that a result does not depend on how many
    /// passes came before it. Passes get rarer as a mission gets longer: together they cost no more
    /// than a multiple of its length.
    fn context(&self) -> Context<'_> {
        Context {
            mission_id: self.loaded.meta.id,
            mission: &self.loaded.mission,
            history: &self.loaded.before.history,
            results: &self.view.results,
            fusion: &self.fusion,
            since: TurnIndex(0),
            previous: None,
        }
    }

    fn asked(&self, question: &Question, prompt_version: Option<String>) -> Made {
        Made {
            model: Some(question.model.clone()),
            role: Some(question.request.role),
            profile: question.profile,
            prompt_version,
            prompt_hash: Some(question.hash.clone()),
            ..self.looked_at()
        }
    }

    fn looked_at(&self) -> Made {
        let before = &self.loaded.before;
        let history = u32::try_from(before.history.missions.len()).unwrap_or(u32::MAX);
        Made {
            missions_analysed: history.saturating_add(1),
            total_missions: before.total_missions,
            ..Made::default()
        }
    }
}

/// Runs an analyzer. A panic in one is a bug of ours, reported by the panic hook; it takes nothing
/// with it but its stage.
fn guarded<T>(analyzer: impl FnOnce() -> T) -> Result<T, ()> {
    catch_unwind(AssertUnwindSafe(analyzer)).map_err(|_| ())
}

/// The beginning of a text, and whether there was more.
fn cut(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    (&text[..end], true)
}
