//! Scripted conversations without a screen: many at once, scheduled turn by turn, so that a slow
//! answer holds up its own conversation and no other.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::vec;

use serde::{Deserialize, Serialize};
use spar_core::chat::ChatDelta;
use spar_core::ids::MissionId;
use spar_core::language::clean;
use spar_core::mission::checks::{CheckResult, check_end, check_turn};
use spar_core::mission::{NextLine, Phase, ScriptRun, TurnResponse, prompt, turn_response};
use spar_core::rules::{Ending, Tier};
use spar_core::scenario::{Check, Scenario, Simulate};
use spar_core::units::{MicroUsd, Score};
use tokio::runtime;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinSet, yield_now};
use tokio_util::sync::CancellationToken;

use super::{LiveMission, Planned, PlayError, Route};
use crate::provider::{ProviderError, RoleModels};
use crate::{Engine, Prepared};

/// Conversations kept alive for each turn that may be in flight: enough that a free place is
/// always taken, few enough that thousands of conversations cost no memory.
const LIVE_PER_JOB: usize = 4;

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Turns in flight over all conversations, at least 1.
    pub jobs: usize,
    /// Threads that are started to play; 0: the caller's plays. Each keeps its conversations to
    /// itself, with the connections they use, so that no piece of an answer wakes another thread.
    pub threads: usize,
    /// Stops at the first conversation that does not pass; what is not done by then is left out.
    pub fail_fast: bool,
    /// A turn whose model failed is answered offline instead of leaving the conversation unscored.
    pub allow_degraded: bool,
    /// Plays simulated users; `None`: the embedded ones.
    pub user: Option<Route>,
    /// The model behind each role, for results to name; none: the route's.
    pub models: RoleModels,
    /// Name of the run, kept with its missions.
    pub label: String,
    /// Keeps each turn's full response in the result.
    pub keep_turns: bool,
    /// Reports each turn, not only each conversation.
    pub report_turns: bool,
}

impl RunOptions {
    /// Provider and model that answer for a scenario.
    #[must_use]
    pub fn answering(&self, route: &Route, scenario: &Scenario) -> (String, String) {
        let model = self.models.get(scenario.model.role).filter(|_| !route.embedded);
        (route.provider.name().to_owned(), model.unwrap_or(&route.model).to_owned())
    }
}

/// How a conversation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check held.
    Passed,
    /// A check did not.
    Failed,
    /// The provider failed: neither a score nor a pass.
    Unscored,
    /// The budget was reached before it was done.
    OverBudget,
    /// The run was told to stop before it was done: it says nothing about anybody.
    Stopped,
    /// The store failed, or the script could not be played: not the persona's fault.
    Error,
}

/// What came of one conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlayResult {
    /// Names the conversation across runs.
    pub key: String,
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// Who answered; empty in files of versions that did not say.
    #[serde(default)]
    pub provider: String,
    /// The model that was asked; empty in files of versions that did not say.
    #[serde(default)]
    pub model: String,
    /// The script's variables.
    pub vars: std::collections::BTreeMap<String, String>,
    /// 1-based.
    pub repeat: u32,
    /// The mission's seed.
    pub seed: u64,
    /// The mission, when one was begun.
    pub mission_id: Option<MissionId>,
    /// How it came out.
    pub verdict: Verdict,
    /// Why it was not scored, or what went wrong.
    pub reason: Option<String>,
    /// How the mission ended.
    pub ending: Option<Ending>,
    /// The mission's score.
    pub score: Option<Score>,
    /// The score's tier.
    pub tier: Option<Tier>,
    /// Turns played.
    pub turns: u32,
    /// Steps of the script that were never reached.
    pub steps_left: usize,
    /// Turns answered offline for a model that failed.
    pub degraded_turns: u32,
    /// Turns with a field that fell back.
    pub repaired_turns: u32,
    /// Every check, in order.
    pub checks: Vec<CheckResult>,
    /// What it cost, micro-USD; null when a price is not known.
    pub cost_micro_usd: Option<MicroUsd>,
    /// Total time of each answered turn, ms, as stamped at the socket.
    pub turn_ms: Vec<f64>,
    /// Time to the first token of each turn that has one, ms.
    pub ttft_ms: Vec<f64>,
    /// Our own share of each turn, both commits included, µs.
    pub own_us: Vec<u64>,
    /// Wall time, ms.
    pub duration_ms: f64,
    /// Every turn's response, when they are kept.
    #[serde(skip_serializing_if = "Vec::is_empty", skip_deserializing)]
    pub responses: Vec<TurnResponse>,
}

impl PlayResult {
    /// Checks that did not hold.
    pub fn failures(&self) -> impl Iterator<Item = &CheckResult> {
        self.checks.iter().filter(|check| !check.passed)
    }
}

/// Something a watcher of a run may want to show.
#[derive(Debug, Clone, PartialEq)]
pub enum RunUpdate {
    /// A turn is done; only when turns are reported.
    Turn,
    /// A conversation is done.
    Done(Box<PlayResult>),
}

/// Plays everything that was planned and reports each result as it comes, in no order. Dropping the
/// receiver, or cancelling `stop`, ends the run: conversations that were not begun are left out, and
/// those under way come back as stopped. Answers how many were lost to a bug of ours and have no
/// result.
pub async fn run(
    engine: Engine,
    scenarios: Arc<[Prepared]>,
    planned: Vec<Planned>,
    options: RunOptions,
    updates: mpsc::UnboundedSender<RunUpdate>,
    stop: CancellationToken,
) -> usize {
    let jobs = options.jobs.max(1);
    // A single conversation gains nothing by a thread, and one that is started costs a runtime.
    let threads = if planned.len() > 1 { options.threads.min(jobs).min(planned.len()) } else { 0 };
    let run = Arc::new(Run {
        engine,
        scenarios,
        most_live: (jobs * LIVE_PER_JOB).min(planned.len()).div_ceil(threads.max(1)),
        queue: Mutex::new(planned.into_iter()),
        options: Arc::new(options),
        places: Arc::new(Semaphore::new(jobs)),
        updates,
        stop,
    });
    let players: Vec<_> = (0..threads).filter_map(|_| Player::start(&run)).collect();
    let mut lost = if players.is_empty() { run.play().await } else { 0 };
    for player in players {
        lost += player.finish().await;
    }
    lost
}

/// A run as the threads that play it share it.
struct Run {
    engine: Engine,
    scenarios: Arc<[Prepared]>,
    queue: Mutex<vec::IntoIter<Planned>>,
    options: Arc<RunOptions>,
    places: Arc<Semaphore>,
    /// Conversations that one thread keeps alive.
    most_live: usize,
    updates: mpsc::UnboundedSender<RunUpdate>,
    stop: CancellationToken,
}

impl Run {
    /// Plays conversations from the queue on the caller's thread until none is left. Answers how
    /// many were lost.
    async fn play(&self) -> usize {
        let mut live: JoinSet<PlayResult> = JoinSet::new();
        let mut lost = 0;
        loop {
            let joined = if let Some(conversation) = self.next(live.len()) {
                let stop = self.stop.clone();
                live.spawn(async move { conversation.play(&stop).await });
                // What is under way goes first, so that a thread takes no more than it gets done.
                yield_now().await;
                live.try_join_next()
            } else {
                let Some(joined) = live.join_next().await else { return lost };
                Some(joined)
            };
            match joined {
                Some(Ok(result)) => self.report(result),
                // A panic in one conversation is a bug, reported by the panic hook; the others go
                // on.
                Some(Err(_)) => lost += 1,
                None => {}
            }
        }
    }

    /// The next conversation, if there is one and room for it beside those alive.
    fn next(&self, live: usize) -> Option<Conversation> {
        if live >= self.most_live || self.stop.is_cancelled() {
            return None;
        }
        let planned = self.queue.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        Some(Conversation {
            engine: self.engine.with_seed(planned.seed),
            prepared: self.scenarios[planned.scenario].clone(),
            planned,
            options: Arc::clone(&self.options),
            places: Arc::clone(&self.places),
            updates: self.updates.clone(),
        })
    }

    fn report(&self, result: PlayResult) {
        let fine = matches!(result.verdict, Verdict::Passed | Verdict::Stopped);
        if self.options.fail_fast && !fine {
            self.stop.cancel();
        }
        if self.updates.send(RunUpdate::Done(Box::new(result))).is_err() {
            self.stop.cancel();
        }
    }
}

/// A thread that plays.
struct Player {
    thread: thread::JoinHandle<()>,
    lost: oneshot::Receiver<usize>,
}

impl Player {
    /// Starts one; `None` when there is no thread to be had: others play what it would have, the
    /// caller's if need be.
    fn start(run: &Arc<Run>) -> Option<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let (sender, lost) = oneshot::channel();
        let run = Arc::clone(run);
        let play = move || {
            let _ = sender.send(runtime.block_on(run.play()));
        };
        let thread = thread::Builder::new().name("player".to_owned()).spawn(play).ok()?;
        Some(Self { thread, lost })
    }

    /// Waits for its end without standing still, and answers how many conversations it lost. A
    /// panic of its own goes on here.
    async fn finish(self) -> usize {
        let lost = self.lost.await;
        // It has answered, so there is next to nothing left to wait for.
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
        lost.unwrap_or_default()
    }
}

/// One conversation and what it needs.
struct Conversation {
    engine: Engine,
    prepared: Prepared,
    planned: Planned,
    options: Arc<RunOptions>,
    places: Arc<Semaphore>,
    updates: mpsc::UnboundedSender<RunUpdate>,
}

/// Why a conversation stopped before its end.
enum Stopped {
    Play(PlayError),
    /// The run was told to stop.
    Cancelled,
}

impl From<PlayError> for Stopped {
    fn from(error: PlayError) -> Self {
        Self::Play(error)
    }
}

/// Not known once a part of it is not.
fn sum(one: Option<MicroUsd>, other: Option<MicroUsd>) -> Option<MicroUsd> {
    Some(one? + other?)
}

impl Conversation {
    async fn play(self, stop: &CancellationToken) -> PlayResult {
        let began = self.engine.clock().monotonic_micros();
        let mut result = self.blank();
        let route =
            Route { may_degrade: self.options.allow_degraded, ..self.engine.route().clone() };
        let engine = self.engine.with_route(route);
        let label = Some(self.options.label.clone());
        match engine.start_in(&self.prepared, Some(self.planned.seed), label).await {
            Ok(mut live) => {
                result.mission_id = Some(live.id());
                let stopped = tokio::select! {
                    stopped = self.converse(&mut live, &mut result) => stopped,
                    () = stop.cancelled() => Err(Stopped::Cancelled),
                };
                let ended = match &stopped {
                    Ok(()) => live.leave(&mut |_| {}).await,
                    Err(_) => live.end(Ending::AbortSystemError, &mut |_| {}).await,
                };
                self.conclude(&live, stopped.err(), ended.err(), &mut result);
            }
            Err(error) => {
                result.verdict = Verdict::Error;
                result.reason = Some(error.to_string());
            }
        }
        result.duration_ms = (self.engine.clock().monotonic_micros() - began) as f64 / 1_000.0;
        result
    }

    async fn converse(
        &self,
        live: &mut LiveMission,
        result: &mut PlayResult,
    ) -> Result<(), Stopped> {
        let mut script = ScriptRun::new(self.planned.vars.clone(), self.planned.seed);
        let stopped = self.follow(&mut script, live, result).await;
        result.steps_left = script.steps_left(&self.prepared.scenario);
        stopped
    }

    /// Says the script's lines until it or the mission is at its end.
    async fn follow(
        &self,
        script: &mut ScriptRun,
        live: &mut LiveMission,
        result: &mut PlayResult,
    ) -> Result<(), Stopped> {
        let scenario = &*self.prepared.scenario;
        // A crisis pause ends the conversation as well: nobody is there to resume it.
        while live.mission().state().phase == Phase::Listening {
            let next = script.next(scenario, live.mission());
            let text = match &next {
                NextLine::Done => break,
                NextLine::Say { text, .. } => text.clone(),
                NextLine::Simulated { user, embedded } => {
                    self.simulated(live, user, embedded, result).await?
                }
            };
            // The place is held for one turn only, and waiting for it is first come, first served.
            let place = self.places.acquire().await.map_err(|_| Stopped::Cancelled)?;
            let report = live.say(&text, &mut |_| {}).await;
            drop(place);
            let report = report?;
            result.own_us.push(report.own_us);
            if self.options.report_turns {
                let _ = self.updates.send(RunUpdate::Turn);
            }
            result
                .checks
                .extend(next.expects().iter().map(|item| check_turn(live.mission(), item)));
            if let (NextLine::Say { line, .. }, Some(spoken)) =
                (&next, live.mission().turns().last())
            {
                let reply = spoken.reply.as_ref().map(|reply| reply.text.as_str());
                for name in script.save(line, reply.unwrap_or_default()) {
                    result.checks.push(CheckResult {
                        label: format!("save: {name}"),
                        passed: false,
                        found: format!("nothing in the reply matches the pattern of `{name}`"),
                        source_line: line.source_line,
                        turn: Some(spoken.turn.0),
                    });
                }
            }
            if self.options.keep_turns {
                result.responses.extend(turn_response(live.mission(), live.id(), live.session()));
            }
        }
        // A check that was never reached has not held.
        let turns = live.mission().state().turn;
        result.checks.extend(script.unreached(scenario).map(|item| CheckResult {
            label: item.label.clone(),
            passed: false,
            found: format!("not reached: the conversation was over after turn {turns}"),
            source_line: item.source_line,
            turn: None,
        }));
        Ok(())
    }

    /// The next line of a simulated user: a model's, or the embedded one's.
    async fn simulated(
        &self,
        live: &LiveMission,
        user: &Simulate,
        embedded: &str,
        result: &mut PlayResult,
    ) -> Result<String, Stopped> {
        let Some(route) = &self.options.user else { return Ok(embedded.to_owned()) };
        let request = prompt::simulated_user(live.mission(), user);
        let place = self.places.acquire().await.map_err(|_| Stopped::Cancelled)?;
        let answer = route.provider.chat(&request, &mut |_: ChatDelta| {}).await;
        drop(place);
        let cost = live.note_call(&request, route, &answer).await?;
        let outcome = answer.map_err(PlayError::from)?;
        result.cost_micro_usd = sum(result.cost_micro_usd, cost);
        let text = clean(&outcome.text).trim().trim_matches('"').to_owned();
        if text.is_empty() {
            let error = ProviderError::Empty { model: outcome.model };
            return Err(PlayError::from(error).into());
        }
        Ok(text)
    }

    fn conclude(
        &self,
        live: &LiveMission,
        stopped: Option<Stopped>,
        ended: Option<PlayError>,
        result: &mut PlayResult,
    ) {
        let mission = live.mission();
        let state = mission.state();
        result.ending = state.ending();
        result.turns = state.turn.0;
        result.degraded_turns = state.degraded_turns;
        result.repaired_turns = state.repaired_turns;
        // What simulated users cost is there already.
        result.cost_micro_usd = sum(result.cost_micro_usd, state.cost);
        let replies = mission.turns().iter().filter_map(|spoken| spoken.reply.as_ref());
        result.turn_ms = replies.clone().map(|reply| reply.timings.total_ms).collect();
        result.ttft_ms = replies.filter_map(|reply| reply.timings.ttft_ms).collect();
        match stopped {
            None => {
                result.score = mission.score();
                result.tier = result.score.map(Tier::of);
                let scenario: &Scenario = &self.prepared.scenario;
                result.checks.extend(
                    scenario
                        .expect
                        .iter()
                        .filter(|item| !matches!(item.check, Check::PassHat { .. }))
                        .map(|item| check_end(mission, item)),
                );
                let passed = result.checks.iter().all(|check| check.passed);
                result.verdict = if passed { Verdict::Passed } else { Verdict::Failed };
            }
            Some(Stopped::Cancelled) => {
                result.verdict = Verdict::Stopped;
                result.reason = Some("the run was stopped".to_owned());
            }
            Some(Stopped::Play(error)) => {
                result.verdict = match &error {
                    PlayError::Provider(ProviderError::Budget { .. }) => Verdict::OverBudget,
                    PlayError::Provider(_) => Verdict::Unscored,
                    PlayError::Refused(_) | PlayError::Store(_) => Verdict::Error,
                };
                result.reason = Some(error.to_string());
            }
        }
        // A commit under way when the run was stopped happens all the same, so that writing the end
        // after it may be refused. Nothing is lost by that: the mission stays unfinished.
        if let Some(error) = ended
            && result.verdict != Verdict::Stopped
        {
            result.verdict = Verdict::Error;
            result.reason = Some(error.to_string());
        }
    }

    fn blank(&self) -> PlayResult {
        let scenario = &self.prepared.scenario;
        let (provider, model) = self.options.answering(self.engine.route(), scenario);
        PlayResult {
            provider,
            model,
            key: self.planned.key.clone(),
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
            vars: self.planned.vars.clone(),
            repeat: self.planned.repeat,
            seed: self.planned.seed,
            mission_id: None,
            verdict: Verdict::Error,
            reason: None,
            ending: None,
            score: None,
            tier: None,
            turns: 0,
            steps_left: scenario.script.steps.len(),
            degraded_turns: 0,
            repaired_turns: 0,
            checks: Vec::new(),
            cost_micro_usd: Some(MicroUsd(0)),
            turn_ms: Vec::new(),
            ttft_ms: Vec::new(),
            own_us: Vec::new(),
            duration_ms: 0.0,
            responses: Vec::new(),
        }
    }
}
