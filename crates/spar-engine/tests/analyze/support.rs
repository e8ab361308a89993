//! What the tests share: missions that were played, and somebody to study them.

use std::sync::Arc;
use std::time::Duration;

use spar_core::ids::MissionId;
use spar_core::job::Stage;
use spar_core::scenario::parse_one;
use spar_core::units::Timestamp;
use spar_engine::analyze::{Analyst, AnalystOptions, Models};
use spar_engine::clock::Clock;
use spar_engine::play::Route;
use spar_engine::provider::{Provider, RoleModels};
use spar_engine::queue::{self, Handler, Until, WorkReport, WorkerOptions};
use spar_engine::store::{MissionAnalysis, StageOutcome, Store};
use spar_engine::{Engine, Prepared};
use tokio_util::sync::CancellationToken;

/// The moment every test begins at.
pub(crate) const START: i64 = 1_750_000_000_000;

/// Lines that are read as something.
pub(crate) const LINES: [&str; 5] = [
    "I have bad news: the date slips by two weeks.",
    "I hear that this is hard for you. What worries you most about the plan?",
    "That makes sense. I should have told you earlier, and I am sorry.",
    "Could we look at the launch together and find a date you can rely on?",
    "Thank you. I will write it down today.",
];

/// A talk that goes on for as long as one likes.
pub(crate) fn prepared() -> Prepared {
    let text = "spar: 1\nid: studied\ntitle: Tell Ada the date moves\nsummary: A talk for a test.\n\
        category: work\n\
        persona: {name: Ada, role: A colleague}\n\
        objective: {kind: deliver_bad_news, title: Say it, topic: [date, launch, plan]}\n\
        cues: {tells: {any: [the date slips]}}\n\
        gates: [{id: told, title: The news is out, when: {cue: tells}, reason: NOT_TOLD}]\n\
        offline:\n  openers: [You wanted to talk?]\n  replies:\n    \
        - {when: {}, lines: [Go on., I see., And then?, All right.]}\n    \
        - {when: {cue: tells}, lines: [By how much?, Since when do you know?]}\n  \
        closings: {success: [Thank you.], failure: [We are done here.]}\n\
        policy: {max_turns: 90, endings: [abort_disqualified, fail_max_turns]}\n";
    let scenario = parse_one("studied.yaml", text).unwrap_or_else(|problems| panic!("{problems}"));
    Prepared::new(scenario)
}

/// A store, a clock moved by hand, and an engine over both.
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::over(Store::temporary().expect("a temporary store"))
    }

    pub(crate) fn over(store: Store) -> Self {
        let clock = Clock::manual(Timestamp::from_millis(START), 11);
        let engine = Engine::new(store.clone(), clock.clone(), Route::embedded());
        Self { store, clock, engine }
    }

    /// The same with a provider that is no embedded one to begin missions with; lines are still
    /// answered by the authored persona when it fails.
    pub(crate) fn with_model(provider: Arc<dyn Provider>) -> Self {
        let desk = Self::new();
        let engine = desk.engine.with_route(Route::to_model(provider, "gpt-4o-mini"));
        Self { engine, ..desk }
    }

    /// A mission of so many turns that was left.
    pub(crate) async fn played(&self, turns: usize) -> MissionId {
        self.played_as(turns, None).await
    }

    /// The same as part of a run.
    pub(crate) async fn played_as(&self, turns: usize, run: Option<&str>) -> MissionId {
        let mut live = self
            .engine
            .start_in(&prepared(), Some(7), run.map(str::to_owned))
            .await
            .expect("it begins");
        for line in LINES.iter().cycle().take(turns) {
            self.clock.advance(Duration::from_secs(5));
            live.say(line, &mut |_| {}).await.expect("a turn");
        }
        self.clock.advance(Duration::from_secs(1));
        live.leave(&mut |_| {}).await.expect("it is left");
        self.clock.advance(Duration::from_secs(1));
        live.id()
    }

    pub(crate) fn analyst(&self, options: AnalystOptions) -> Arc<Analyst> {
        Arc::new(Analyst::new(self.store.clone(), self.clock.clone(), options))
    }

    /// Does everything there is to do now.
    pub(crate) async fn drain(&self, options: AnalystOptions) -> WorkReport {
        drain(&self.store, &self.clock, self.analyst(options), 1).await
    }

    /// How the stages of a mission stand, in a line each.
    pub(crate) fn standing(&self, mission: MissionId) -> Vec<String> {
        let analysis = self.store.analysis(mission).expect("it is there");
        Stage::ALL.into_iter().filter_map(|stage| standing(&analysis, stage)).collect()
    }

    /// The newest results, with everything that does not depend on how long it took.
    pub(crate) fn findings(&self, mission: MissionId) -> Vec<String> {
        let analysis = self.store.analysis(mission).expect("it is there");
        let mut found: Vec<String> = analysis
            .newest
            .iter()
            .map(|result| format!("{} through {}: {}", result.stage, result.through, result.body))
            .collect();
        found.sort();
        found
    }
}

fn standing(analysis: &MissionAnalysis, stage: Stage) -> Option<String> {
    let progress = analysis.progress_of(stage)?;
    let made = analysis.newest.iter().find(|result| result.stage == stage);
    let strategy = made.map_or("nothing".to_owned(), |made| format!("{:?}", made.made.strategy));
    let error = progress.error.as_ref().map_or(String::new(), |error| format!(" ({error})"));
    let outcome = match progress.outcome {
        StageOutcome::Done => "done",
        StageOutcome::Provisional => "provisional",
        StageOutcome::Failed => "failed",
    };
    let strategy = strategy.to_lowercase();
    Some(format!("{stage} v{} {outcome} {strategy}{error}", progress.version))
}

pub(crate) async fn drain(
    store: &Store,
    clock: &Clock,
    handler: Arc<dyn Handler>,
    concurrency: usize,
) -> WorkReport {
    let options = WorkerOptions {
        concurrency,
        until: Until::Drained,
        drain_patience: Duration::ZERO,
        schedules: Vec::new(),
        ..WorkerOptions::default()
    };
    queue::work(store.clone(), clock.clone(), handler, options, CancellationToken::new()).await
}

/// Options with a model behind them.
pub(crate) fn asking(provider: Arc<dyn Provider>) -> AnalystOptions {
    let models = RoleModels::single("gpt-4o-mini").with(spar_core::chat::Role::Heavy, "gpt-4o");
    AnalystOptions { models: Some(Models { provider, models }), ..AnalystOptions::default() }
}
