//! A mission being played: the fast path of DESIGN 4.2, with every step committed before it shows.

use std::sync::{Arc, Mutex, PoisonError};

use spar_core::chat::{ChatDelta, ChatOutcome, ChatRequest, FinishReason, OutputMode, Usage};
use spar_core::ids::{MissionId, SessionId};
use spar_core::job::DeepAnalysis;
use spar_core::mission::reply::{ModelAnswer, ReplyStream, interpret};
use spar_core::mission::turn::{self, Heard, LineRefused, OfflineAnswer, Verdict};
use spar_core::mission::{
    Mission, MissionEvent, PersonaLine, Phase, Problem, Timings, TurnReading, prompt,
};
use spar_core::routing::price_of;
use spar_core::rules::{Ending, mission_score};
use spar_core::units::{MicroUsd, Timestamp};

use super::Route;
use crate::clock::Clock;
use crate::provider::ProviderError;
use crate::store::{
    Commit, MissionStatus, MissionSummaryUpdate, Outbox, PromptRun, Store, StoreError,
};

/// Something that happened while a turn was played, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum TurnUpdate {
    /// These events are on disk.
    Committed(Vec<MissionEvent>),
    /// More of the reply, safe to show.
    Text(String),
    /// The reply broke off, or cannot stand as it came: what was shown of it is withdrawn.
    Retracted,
}

/// Receives updates of a turn.
pub type UpdateSink<'a> = &'a mut (dyn FnMut(TurnUpdate) + Send);

/// How a turn went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TurnReport {
    /// Our own share, both durable commits included, µs.
    pub own_us: u64,
    /// The model's time, ms; 0 when none was asked.
    pub provider_ms: f64,
}

/// Why a turn was not played.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The line was not taken.
    #[error(transparent)]
    Refused(#[from] LineRefused),
    /// The model failed, and the embedded persona may not answer for it. The line stays said.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A mission being played by this process.
pub struct LiveMission {
    store: Store,
    clock: Clock,
    route: Route,
    id: MissionId,
    session: SessionId,
    user: Arc<str>,
    mission: Mission,
    next_seq: u32,
    /// A change that was handed to the store and whose answer was not taken yet. The lock is never
    /// waited for: it lets a mission be looked at from several threads.
    in_flight: Mutex<Option<InFlight>>,
}

/// Events on their way to the disk. They get there even when the call that sent them is dropped.
struct InFlight {
    commit: Commit<u32>,
    events: Vec<MissionEvent>,
}

/// What a live mission is made of; the engine puts it together.
pub(crate) struct LiveParts {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) route: Route,
    pub(crate) id: MissionId,
    pub(crate) session: SessionId,
    pub(crate) user: Arc<str>,
    pub(crate) mission: Mission,
    pub(crate) next_seq: u32,
}

impl LiveMission {
    pub(crate) fn new(parts: LiveParts) -> Self {
        let LiveParts { store, clock, route, id, session, user, mission, next_seq } = parts;
        let in_flight = Mutex::default();
        Self { store, clock, route, id, session, user, mission, next_seq, in_flight }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> MissionId {
        self.id
    }

    /// The session it belongs to.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Where it stands.
    #[must_use]
    pub fn mission(&self) -> &Mission {
        &self.mission
    }

    /// Who answers.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Says a line and plays the turn to its end. Dropping the future cancels it: the line stays
    /// said, and [`LiveMission::cancel_turn`] records that no answer came.
    pub async fn say(
        &mut self,
        text: &str,
        updates: UpdateSink<'_>,
    ) -> Result<TurnReport, PlayError> {
        self.settle(updates).await?;
        let began = self.clock.monotonic_micros();
        let event = turn::spoken(&self.mission, text, self.clock.now())?;
        self.commit(vec![event], Attached::default(), updates).await?;
        let committed_us = self.clock.monotonic_micros() - began;
        self.answer(committed_us, updates).await
    }

    /// Answers a line that was said before the program stopped, if there is one.
    pub async fn answer_pending(
        &mut self,
        updates: UpdateSink<'_>,
    ) -> Result<Option<TurnReport>, PlayError> {
        self.settle(updates).await?;
        if self.mission.state().phase != Phase::Answering {
            return Ok(None);
        }
        self.answer(0, updates).await.map(Some)
    }

    /// Records that the turn under way will have no answer. An answer that was already on its way
    /// to the disk stands.
    pub async fn cancel_turn(&mut self, updates: UpdateSink<'_>) -> Result<(), PlayError> {
        self.settle(updates).await?;
        if self.mission.state().phase != Phase::Answering {
            return Ok(());
        }
        let events = turn::cancel(&self.mission, self.clock.now());
        self.commit(events, Attached::default(), updates).await
    }

    /// Lets the clock do what it does; cheap while nothing is due.
    pub async fn tick(&mut self, updates: UpdateSink<'_>) -> Result<(), PlayError> {
        self.settle(updates).await?;
        let events = turn::tick(&self.mission, self.clock.now());
        if events.is_empty() {
            return Ok(());
        }
        self.commit(events, Attached::default(), updates).await
    }

    /// Goes on after a crisis pause, or after time away. A mission that waits for an answer, or is
    /// over, is left as it is.
    pub async fn resume(&mut self, updates: UpdateSink<'_>) -> Result<(), PlayError> {
        self.settle(updates).await?;
        if !matches!(self.mission.state().phase, Phase::Listening | Phase::Paused) {
            return Ok(());
        }
        let event = MissionEvent::Resumed { at: self.clock.now() };
        self.commit(vec![event], Attached::default(), updates).await
    }

    /// What time it is for this mission.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notes a call that was made for this mission beside its turns, and answers what it cost: the
    /// next line of a simulated user, say.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_call(
        &self,
        request: &ChatRequest,
        route: &Route,
        answer: &Result<ChatOutcome, ProviderError>,
    ) -> Result<Option<MicroUsd>, PlayError> {
        let mut run = PromptRun {
            turn: Some(self.mission.state().turn.next()),
            task: request.task.clone(),
            role: request.role,
            provider: route.provider.name().to_owned(),
            model: route.model.clone(),
            ..self.blank_run()
        };
        match answer {
            Ok(outcome) => {
                run.cost = price_of(&outcome.model)
                    .or(route.price)
                    .and_then(|price| price.cost(&outcome.usage));
                run.model.clone_from(&outcome.model);
                run.usage = outcome.usage;
                run.latency_ms = Some(outcome.total_ms);
                run.ttft_ms = outcome.ttft_ms;
                run.status = "ok".to_owned();
            }
            Err(error) => {
                run.status = "failed".to_owned();
                run.error = Some(error.to_string());
            }
        }
        let cost = run.cost;
        self.store.note_prompt_run(Some(self.id), run).await?;
        Ok(cost)
    }

    /// Leaves the mission for good.
    pub async fn leave(&mut self, updates: UpdateSink<'_>) -> Result<(), PlayError> {
        self.end(Ending::AbortUser, updates).await
    }

    /// Ends the mission from outside: the person left, or the machine could not go on.
    pub async fn end(&mut self, ending: Ending, updates: UpdateSink<'_>) -> Result<(), PlayError> {
        self.settle(updates).await?;
        let events = turn::leave(&self.mission, ending, self.clock.now());
        if events.is_empty() {
            return Ok(());
        }
        self.commit(events, Attached::default(), updates).await
    }

    async fn answer(
        &mut self,
        before_us: u64,
        updates: UpdateSink<'_>,
    ) -> Result<TurnReport, PlayError> {
        let began = self.clock.monotonic_micros();
        let Some(heard) = turn::hear(&self.mission) else {
            return Err(LineRefused::NotYourTurn.into());
        };
        let Answered { line, model, run, provider_us } =
            self.ask(&heard, before_us, began, updates).await?;
        let at = self.clock.now();
        let events = turn::decide(&self.mission, &heard, &model, self.route.trust, line, at);
        let attached = self.attached(&events, run, at);
        self.commit(events, attached, updates).await?;
        let elapsed = self.clock.monotonic_micros() - began;
        Ok(TurnReport {
            own_us: before_us + elapsed.saturating_sub(provider_us),
            provider_ms: provider_us as f64 / 1_000.0,
        })
    }

    /// Gets the persona's words: from the provider, or from the authored lines.
    async fn ask(
        &self,
        heard: &Heard,
        before_us: u64,
        began: u64,
        updates: UpdateSink<'_>,
    ) -> Result<Answered, PlayError> {
        let own_us = |provider_us: u64| {
            before_us + (self.clock.monotonic_micros() - began).saturating_sub(provider_us)
        };
        match heard.verdict {
            Verdict::Crisis => return Ok(Answered::nothing()),
            Verdict::Disqualify(_) => {
                let offline = turn::offline_reply(&self.mission, heard);
                updates(TurnUpdate::Text(offline.text.clone()));
                return Ok(Answered::offline(offline, own_us(0), None));
            }
            Verdict::Proceed | Verdict::Strike(_) => {}
        }
        if self.route.embedded {
            let offline = turn::offline_reply(&self.mission, heard);
            updates(TurnUpdate::Text(offline.text.clone()));
            return Ok(Answered::offline(offline, own_us(0), None));
        }
        let request = turn::request(&self.mission, heard);
        let asked = self.clock.monotonic_micros();
        let mut stream = ReplyStream::default();
        let mut shown = String::new();
        let answer = {
            let mut sink = |ChatDelta::Text(piece): ChatDelta| {
                let text = stream.push(&piece);
                if !text.is_empty() {
                    shown.push_str(&text);
                    updates(TurnUpdate::Text(text));
                }
            };
            self.route.provider.chat(&request, &mut sink).await
        };
        let provider_us = self.clock.monotonic_micros() - asked;
        match answer {
            Ok(outcome) => {
                let answered = self.read(heard, outcome, own_us(provider_us), provider_us);
                // What was shown on the way may not be what is kept: a preface, a reply without
                // end, a refusal.
                let kept = answered.line.as_ref().map_or("", |line| &line.text);
                if shown != *kept && !shown.split_whitespace().eq(kept.split_whitespace()) {
                    if !shown.is_empty() {
                        updates(TurnUpdate::Retracted);
                    }
                    updates(TurnUpdate::Text(kept.to_owned()));
                }
                Ok(answered)
            }
            Err(error) if self.route.may_degrade => {
                if !shown.is_empty() {
                    updates(TurnUpdate::Retracted);
                }
                tracing::warn!(%error, mission = %self.id, "the model failed; the embedded persona answers");
                let offline = turn::offline_reply(&self.mission, heard);
                updates(TurnUpdate::Text(offline.text.clone()));
                let run = self.failed_run(&error, provider_us);
                let mut answered =
                    Answered::offline(offline, own_us(provider_us), Some(error.to_string()));
                answered.run = Some(run);
                answered.provider_us = provider_us;
                Ok(answered)
            }
            Err(error) => {
                if !shown.is_empty() {
                    updates(TurnUpdate::Retracted);
                }
                Err(error.into())
            }
        }
    }

    /// Takes a model's answer apart. A reply that is missing falls back to the authored one, as any
    /// other field does to the local reading.
    fn read(&self, heard: &Heard, outcome: ChatOutcome, own_us: u64, provider_us: u64) -> Answered {
        let scenario = self.mission.scenario();
        let known = |name: &str| prompt::is_known_cue(scenario, name);
        let mut model = interpret(&outcome.text, outcome.mode, &known);
        let mut offline = None;
        let declined = outcome.finish == FinishReason::Refused;
        if model.reply.is_empty() || declined {
            // Declining is the model's business, not the persona's.
            let what = if declined { "the model declined" } else { "empty" };
            let spoken = turn::offline_reply(&self.mission, heard);
            model.reply = spoken.text;
            offline = spoken.from;
            if declined || !model.problems.iter().any(|problem| problem.field == "reply") {
                model.problems.push(Problem {
                    field: "reply".to_owned(),
                    message: format!("{what}; the embedded persona spoke"),
                });
            }
            model.valid = model.valid.map(|_| false);
        }
        // The price is that of the model that answered: a scenario may ask for another role.
        let cost = price_of(&outcome.model)
            .or(self.route.price)
            .and_then(|price| price.cost(&outcome.usage));
        let line = PersonaLine {
            text: std::mem::take(&mut model.reply),
            provider: self.route.provider.name().to_owned(),
            model: outcome.model.clone(),
            offline,
            degraded: false,
            degraded_reason: None,
            valid: if outcome.mode == OutputMode::Plain { None } else { model.valid },
            timings: Timings { ttft_ms: outcome.ttft_ms, total_ms: outcome.total_ms, own_us },
            usage: outcome.usage,
            cost,
            attempts: outcome.attempts,
        };
        let run = PromptRun {
            model: outcome.model,
            usage: outcome.usage,
            latency_ms: Some(outcome.total_ms),
            ttft_ms: outcome.ttft_ms,
            cost,
            status: "ok".to_owned(),
            ..self.blank_run()
        };
        Answered { line: Some(line), model, run: Some(run), provider_us }
    }

    fn failed_run(&self, error: &ProviderError, provider_us: u64) -> PromptRun {
        PromptRun {
            latency_ms: Some(provider_us as f64 / 1_000.0),
            status: "failed".to_owned(),
            error: Some(error.to_string()),
            ..self.blank_run()
        }
    }

    fn blank_run(&self) -> PromptRun {
        let id = uuid::Uuid::from_u128(u128::from_le_bytes(self.clock.entropy()));
        PromptRun {
            request_id: id.to_string(),
            turn: Some(self.mission.state().turn),
            task: prompt::CHAT_TURN.to_owned(),
            role: self.mission.scenario().model.role,
            provider: self.route.provider.name().to_owned(),
            model: self.route.model.clone(),
            prompt_hash: None,
            prompt_version: Some(prompt::version().to_owned()),
            rubric_version: None,
            usage: Usage::default(),
            latency_ms: None,
            ttft_ms: None,
            cost: None,
            status: String::new(),
            error: None,
            at: self.clock.now(),
        }
    }

    /// What is committed together with a decided turn: the analysis job it asks for, and the call.
    fn attached(
        &self,
        events: &[MissionEvent],
        prompt_run: Option<PromptRun>,
        at: Timestamp,
    ) -> Attached {
        let reading = events.iter().find_map(|event| match event {
            MissionEvent::TurnRead { reading, .. } => Some(reading),
            _ => None,
        });
        let deep_analysis = reading.map(|reading| self.deep_analysis(Some(reading), at));
        Attached { deep_analysis, prompt_run }
    }

    fn deep_analysis(&self, reading: Option<&TurnReading>, at: Timestamp) -> DeepAnalysis {
        let trace = format!("{}-{}", self.id, self.mission.state().turn);
        turn::deep_analysis(&self.mission, self.id, &self.user, trace, reading, at)
    }

    /// Puts events on disk, then folds them in, then shows them. When the disk says no, nothing
    /// has changed here either.
    async fn commit(
        &mut self,
        events: Vec<MissionEvent>,
        attached: Attached,
        updates: UpdateSink<'_>,
    ) -> Result<(), PlayError> {
        let summary = summary_after(&self.mission, &events);
        // Whatever ends a mission, it is studied: a turn that ends it brings its own job.
        let at_the_end =
            (summary.status == MissionStatus::Ended).then(|| self.deep_analysis(None, summary.at));
        let outbox = Outbox {
            summary,
            deep_analysis: attached.deep_analysis.or(at_the_end),
            prompt_run: attached.prompt_run,
        };
        let commit = self.store.append(self.id, self.next_seq, &events, outbox);
        *self.in_flight() = Some(InFlight { commit, events });
        self.settle(updates).await
    }

    /// Takes the answer of a change under way, if there is one: this call's, or that of a call that
    /// was dropped while it waited for the disk.
    async fn settle(&mut self, updates: UpdateSink<'_>) -> Result<(), PlayError> {
        let Some(in_flight) = self.in_flight() else { return Ok(()) };
        let answer = (&mut in_flight.commit).await;
        let events = self.in_flight().take().map_or_else(Vec::new, |in_flight| in_flight.events);
        self.next_seq = answer?;
        events.iter().for_each(|event| self.mission.apply(event));
        updates(TurnUpdate::Committed(events));
        Ok(())
    }

    fn in_flight(&mut self) -> &mut Option<InFlight> {
        self.in_flight.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is committed together with events.
#[derive(Default)]
struct Attached {
    deep_analysis: Option<DeepAnalysis>,
    prompt_run: Option<PromptRun>,
}

/// Where the mission will stand once these events are folded in.
pub(super) fn summary_after(mission: &Mission, events: &[MissionEvent]) -> MissionSummaryUpdate {
    let mut state = mission.state().clone();
    events.iter().for_each(|event| state.apply(mission.scenario(), event));
    MissionSummaryUpdate {
        at: state.last_at,
        status: match state.phase {
            Phase::Ended(_) => MissionStatus::Ended,
            Phase::Paused => MissionStatus::Paused,
            Phase::New | Phase::Listening | Phase::Answering => MissionStatus::Active,
        },
        turns: state.turn,
        score: mission_score(state.tally.mean(), state.has_failed()),
        ending: state.ending(),
    }
}

/// The persona's words and what came with them.
struct Answered {
    line: Option<PersonaLine>,
    model: ModelAnswer,
    run: Option<PromptRun>,
    provider_us: u64,
}

impl Answered {
    fn nothing() -> Self {
        Self { line: None, model: ModelAnswer::default(), run: None, provider_us: 0 }
    }

    fn offline(answer: OfflineAnswer, own_us: u64, degraded: Option<String>) -> Self {
        let line = answer.into_line(own_us, degraded);
        Self { line: Some(line), ..Self::nothing() }
    }
}
