//! The façade: what the binary talks to.

use std::sync::{Arc, Once};
use std::time::Duration;

use spar_core::chat::{ChatOutcome, ChatRequest, Usage};
use spar_core::ids::{MissionId, SessionId};
use spar_core::language::Line;
use spar_core::mission::import::{self, Imported};
use spar_core::mission::prompt::Prompts;
use spar_core::mission::{Mission, Phase, turn};
use spar_core::persona::PersonaMemory;
use spar_core::reading::{LineContext, Reader, ReaderSpec};
use spar_core::report::Report;
use spar_core::routing::price_of;
use spar_core::scenario::Scenario;
use spar_core::transcript::Conversation;

use crate::analyze::{Analyst, AnalystOptions};
use crate::clock::Clock;
use crate::play::{
    self, Exported, Incoming, LiveMission, LiveParts, PlayError, ReportWatch, Route, take_in,
};
use crate::store::{NewMission, PromptRun, ScenarioSnapshot, Store, StoreError, StoredMission};

/// Idle minutes after which a session is closed.
const SESSION_IDLE_MINUTES: u32 = 20;
/// Whose missions these are, until there is more than one person at a machine.
const LOCAL_USER: &str = "local";

/// A store, a clock and somebody who answers. Clones share all three.
#[derive(Clone)]
pub struct Engine {
    store: Store,
    clock: Clock,
    route: Route,
    user: Arc<str>,
}

/// A scenario made ready to be played many times: its snapshot, its reader and what its prompts have
/// in common are built once.
#[derive(Clone)]
pub struct Prepared {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    reader: Arc<Reader>,
    prompts: Arc<Prompts>,
    snapshot: ScenarioSnapshot,
}

impl Prepared {
    /// Makes a scenario ready.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        warm_up();
        Self {
            snapshot: ScenarioSnapshot::of(&scenario),
            reader: Arc::new(Reader::new(scenario.reader.clone())),
            prompts: Arc::default(),
            scenario: Arc::new(scenario),
        }
    }

    /// SHA-256 of the scenario as it is played.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.snapshot.hash()
    }
}

impl Engine {
    /// An engine over an open store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, route: Route) -> Self {
        warm_up();
        Self { store, clock, route, user: LOCAL_USER.into() }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Who answers.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// The same engine with somebody else to answer.
    #[must_use]
    pub fn with_route(&self, route: Route) -> Self {
        Self { route, ..self.clone() }
    }

    /// The same engine with chance of its own, so that ids do not depend on what runs beside it.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self { clock: self.clock.reseeded(seed), ..self.clone() }
    }

    /// Starts a mission. Without a seed, one is drawn. A persona whom the person has met before
    /// remembers it, once that mission was studied.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start(
        &self,
        prepared: &Prepared,
        seed: Option<u64>,
    ) -> Result<LiveMission, PlayError> {
        let (persona, now) = (&prepared.scenario.persona, self.clock.now());
        let memory = self.store.memory_of(&self.user, &persona.name, &persona.role, now)?;
        // A memory of nothing is none.
        let memory = memory.filter(|memory| !memory.items.is_empty());
        self.begin(prepared, seed, None, memory).await
    }

    /// The same with a persona that remembers the user.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start_again(
        &self,
        prepared: &Prepared,
        seed: Option<u64>,
        memory: PersonaMemory,
    ) -> Result<LiveMission, PlayError> {
        self.begin(prepared, seed, None, Some(memory)).await
    }

    /// The same, as part of a headless run, in which nobody remembers anything.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start_in(
        &self,
        prepared: &Prepared,
        seed: Option<u64>,
        run_label: Option<String>,
    ) -> Result<LiveMission, PlayError> {
        self.begin(prepared, seed, run_label, None).await
    }

    async fn begin(
        &self,
        prepared: &Prepared,
        seed: Option<u64>,
        run_label: Option<String>,
        memory: Option<PersonaMemory>,
    ) -> Result<LiveMission, PlayError> {
        let now = self.clock.now();
        // Seeds stay within 53 bits, so that every JSON reader keeps them whole.
        let seed = seed.unwrap_or_else(|| u64::from_le_bytes(self.clock.entropy()) >> 11);
        let id = MissionId::from_parts(now, self.clock.entropy());
        let fresh = SessionId::from_parts(now, self.clock.entropy());
        // Headless conversations are nobody's sitting: they get an id and no session of their own.
        let session = match run_label {
            Some(_) => None,
            None => Some(
                self.store.current_session(&self.user, now, SESSION_IDLE_MINUTES, fresh).await?,
            ),
        };
        let started = turn::begin(&prepared.scenario, seed, memory, now);
        self.store
            .create_mission(NewMission {
                id,
                session,
                user_id: self.user.to_string(),
                snapshot: prepared.snapshot.clone(),
                seed,
                provider: self.route.provider.name().to_owned(),
                model: self.route.model.clone(),
                run_label,
                started_at: now,
                events: vec![started.clone()],
            })
            .await?;
        let mut mission = Mission::with_reader(prepared.scenario.clone(), prepared.reader.clone())
            .sharing(prepared.prompts.clone());
        mission.apply(&started);
        Ok(self.live(id, session.unwrap_or(fresh), mission, 1))
    }

    /// Takes up a mission that was left unfinished. The time away does not count.
    ///
    /// # Errors
    /// When it is not there, or the store fails.
    pub async fn resume(&self, id: MissionId) -> Result<LiveMission, PlayError> {
        let StoredMission { meta, scenario, events } = self.store.load(id)?;
        let mission = Mission::replay(Arc::new(scenario), &events);
        let now = self.clock.now();
        let session = match meta.session {
            Some(session) => session,
            None => {
                let fresh = SessionId::from_parts(now, self.clock.entropy());
                self.store.current_session(&self.user, now, SESSION_IDLE_MINUTES, fresh).await?
            }
        };
        let mut live = self.live(id, session, mission, meta.next_seq);
        if live.mission().state().phase == Phase::Listening {
            live.resume(&mut |_| {}).await?;
        }
        Ok(live)
    }

    /// A stored mission, folded.
    ///
    /// # Errors
    /// When it is not there or cannot be read back.
    pub fn replayed(&self, id: MissionId) -> Result<(StoredMission, Mission), StoreError> {
        let stored = self.store.load(id)?;
        let mission = Mission::replay(Arc::new(stored.scenario.clone()), &stored.events);
        Ok((stored, mission))
    }

    /// The report of a mission, after waiting for its analysis at most so long; what is missing by
    /// then is marked so. Waiting is of use while somebody is at work on the store.
    ///
    /// # Errors
    /// When the mission is not there or the store fails.
    pub async fn report(&self, id: MissionId, wait: Duration) -> Result<Report, StoreError> {
        play::report(&self.store, &self.clock, id, wait).await
    }

    /// A report that grows as the analysis goes on.
    ///
    /// # Errors
    /// When the mission is not there or the store fails.
    pub async fn watch_report(&self, id: MissionId) -> Result<ReportWatch, StoreError> {
        ReportWatch::begin(&self.store, &self.clock, id).await
    }

    /// Somebody to study this store's missions.
    #[must_use]
    pub fn analyst(&self, options: AnalystOptions) -> Arc<Analyst> {
        Arc::new(Analyst::new(self.store.clone(), self.clock.clone(), options))
    }

    /// Takes in a real conversation as a mission that is over, with the job that studies it, in one
    /// step. It belongs to no session: it was no sitting at this machine.
    ///
    /// # Errors
    /// When the store fails; then nothing of it is kept.
    pub async fn import(
        &self,
        scenario: Scenario,
        talk: &Conversation,
    ) -> Result<(MissionId, Imported), StoreError> {
        let imported = import::import(Arc::new(scenario), talk, self.clock.now());
        let incoming = Incoming {
            provider: import::PROVIDER.to_owned(),
            model: import::PROVIDER.to_owned(),
            run_label: None,
            mission: &imported.mission,
            events: imported.events.clone(),
        };
        let id = take_in(&self.store, &self.clock, &self.user, incoming).await?;
        Ok((id, imported))
    }

    /// Asks whoever answers something that belongs to no mission yet, and notes the call: what it
    /// was for, how long it took, what it cost, never its words.
    ///
    /// # Errors
    /// When nobody answers, or the store fails.
    pub async fn ask(&self, request: &ChatRequest) -> Result<ChatOutcome, PlayError> {
        let at = self.clock.now();
        let began = self.clock.monotonic_micros();
        let answer = self.route.provider.chat(request, &mut |_| {}).await;
        let waited_ms = (self.clock.monotonic_micros() - began) as f64 / 1_000.0;
        let done = answer.as_ref().ok();
        let usage = done.map_or_else(Usage::default, |done| done.usage);
        let price = done.and_then(|done| price_of(&done.model)).or(self.route.price);
        let id = uuid::Uuid::from_u128(u128::from_le_bytes(self.clock.entropy()));
        let run = PromptRun {
            request_id: id.to_string(),
            turn: None,
            task: request.task.clone(),
            role: request.role,
            provider: self.route.provider.name().to_owned(),
            model: done.map_or_else(|| self.route.model.clone(), |done| done.model.clone()),
            prompt_hash: None,
            prompt_version: None,
            rubric_version: None,
            usage,
            latency_ms: Some(done.map_or(waited_ms, |done| done.total_ms)),
            ttft_ms: done.and_then(|done| done.ttft_ms),
            cost: done.and(price).and_then(|price| price.cost(&usage)),
            status: if done.is_some() { "ok" } else { "failed" }.to_owned(),
            error: answer.as_ref().err().map(ToString::to_string),
            at,
        };
        self.store.note_prompt_run(None, run).await?;
        Ok(answer?)
    }

    /// Takes in a mission that another machine wrote out, as it was played there. It gets an id of
    /// its own.
    ///
    /// # Errors
    /// When the store fails; then nothing of it is kept.
    pub async fn import_export(
        &self,
        exported: Exported,
    ) -> Result<(MissionId, Mission), StoreError> {
        let mission = Mission::replay(Arc::new(exported.scenario), &exported.events);
        let incoming = Incoming {
            provider: exported.provider,
            model: exported.model,
            run_label: exported.run_label,
            mission: &mission,
            events: exported.events,
        };
        let id = take_in(&self.store, &self.clock, &self.user, incoming).await?;
        Ok((id, mission))
    }

    fn live(
        &self,
        id: MissionId,
        session: SessionId,
        mission: Mission,
        next_seq: u32,
    ) -> LiveMission {
        LiveMission::new(LiveParts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            route: self.route.clone(),
            id,
            session,
            user: self.user.clone(),
            mission,
            next_seq,
        })
    }
}

/// Has the reader's word lists made ready beside everything else that a start does: they take some
/// milliseconds once in a process, which the first line of the first mission would otherwise wait
/// for. Preparing a scenario does it too; a program that knows it will read lines does it first.
pub fn warm_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let read = || {
            let reader = Reader::new(ReaderSpec { english: true, ..ReaderSpec::default() });
            let _reading = reader.read(&Line::new("Are you ready?"), &LineContext::default());
        };
        // Without a thread to spare, the first line waits.
        let _ = std::thread::Builder::new().name("word-lists".to_owned()).spawn(read);
    });
}
