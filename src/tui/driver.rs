//! Between the screen and the engine: owns the mission that is being played, does what the screen
//! asks for, and reports what became of it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use spar_core::ids::MissionId;
use spar_core::language::clean;
use spar_core::mission::Phase;
use spar_core::scenario::Problem;
use spar_engine::library::{Library, Listing};
use spar_engine::play::{LiveMission, PlayError, TurnReport, TurnUpdate};
use spar_engine::store::{MissionMeta, StoreError};
use spar_engine::{Engine, Prepared};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::effect::Effect;
use super::keep;
use super::message::{Message, Opened, Unfinished};

/// A growing report is shown anew at most this often.
const REFRESH: Duration = Duration::from_millis(60);
/// How many commands may wait. They come from a person's keys; more than this is a stuck key.
pub(crate) const COMMANDS: usize = 32;

/// Owns the mission that is being played. Lives until the screen stops asking.
pub(crate) struct Driver {
    engine: Engine,
    scenarios: Library,
    /// Used for the first mission only: playing again is another mission.
    seed: Option<u64>,
    commands: mpsc::Receiver<Effect>,
    messages: Messages,
    live: Option<LiveMission>,
    /// Commands that came while a turn was under way.
    waiting: VecDeque<Effect>,
    /// How long the first report of a mission is held back for the rest of it.
    max_wait: Duration,
    /// Shows the report of the mission before, until another is opened.
    following: Option<AbortOnDropHandle<()>>,
}

/// Where news goes. Unbounded, because the engine's sink cannot wait; what is in it is bounded by
/// one turn, and the screen takes all there is each time.
type Messages = mpsc::UnboundedSender<Message>;

/// How a turn came to its end.
enum TurnEnd {
    /// By itself.
    Played(Result<(), PlayError>),
    /// The user did not wait for the answer.
    Cancelled,
    /// The mission is put away, or the program is left: the line waits for its answer.
    Abandoned,
}

impl Driver {
    pub(crate) fn new(
        engine: Engine,
        scenarios: Library,
        seed: Option<u64>,
        commands: mpsc::Receiver<Effect>,
        messages: Messages,
    ) -> Self {
        let (live, waiting, max_wait) = (None, VecDeque::new(), Duration::ZERO);
        let following = None;
        Self { engine, scenarios, seed, commands, messages, live, waiting, max_wait, following }
    }

    /// Holds the first report of a mission back so long, unless it is whole before: whoever reads it
    /// then does not see it change under their eyes.
    pub(crate) fn waiting_at_most(self, max_wait: Duration) -> Self {
        Self { max_wait, ..self }
    }

    /// Does what is asked until nobody asks any more.
    pub(crate) async fn run(mut self) {
        self.list().await;
        loop {
            let command = match self.waiting.pop_front() {
                Some(command) => command,
                None => match self.commands.recv().await {
                    Some(command) => command,
                    None => return,
                },
            };
            self.perform(command).await;
        }
    }

    fn tell(&self, message: Message) {
        // A screen that is gone needs no news.
        let _ = self.messages.send(message);
    }

    async fn list(&mut self) {
        let library = self.scenarios.clone();
        let listing = tokio::task::spawn_blocking(move || library.list()).await;
        let Listing { scenarios, problems, .. } = listing.unwrap_or_default();
        let scenarios =
            scenarios.into_iter().map(|found| Arc::new(found.scenario)).collect::<Vec<_>>();
        let broken = broken_files(&problems);
        match self.unfinished() {
            Ok(unfinished) => self.tell(Message::Library { scenarios, unfinished, broken }),
            Err(error) => {
                self.tell(Message::Library { scenarios, unfinished: Vec::new(), broken });
                self.tell(Message::Failed(error.to_string()));
            }
        }
    }

    fn unfinished(&self) -> Result<Vec<Unfinished>, StoreError> {
        // Missions of headless runs belong to their run, and one in which nothing was said holds
        // nothing to come back to.
        let own = |meta: &MissionMeta| meta.run_label.is_none() && meta.turns.0 > 0;
        Ok(self
            .engine
            .store()
            .unfinished()?
            .into_iter()
            .filter(own)
            .map(|meta| Unfinished { id: meta.id, title: meta.scenario_title, turns: meta.turns.0 })
            .collect())
    }

    async fn perform(&mut self, command: Effect) {
        match command {
            Effect::FindUnfinished => match self.unfinished() {
                Ok(unfinished) => self.tell(Message::Unfinished(unfinished)),
                Err(error) => self.tell(Message::Failed(error.to_string())),
            },
            Effect::Start(scenario) => {
                let prepared = Prepared::new((*scenario).clone());
                let seed = self.seed.take();
                let started = self.engine.start(&prepared, seed).await;
                self.open(started).await;
            }
            Effect::Resume(id) => {
                let resumed = self.engine.resume(id).await;
                self.open(resumed).await;
            }
            Effect::Say(line) => self.turn(Some(line)).await,
            Effect::AskAgain => self.turn(None).await,
            Effect::CancelTurn => self.cancel().await,
            Effect::ResumePaused => {
                let mut sink = sink(&self.messages);
                let done = match &mut self.live {
                    Some(live) => live.resume(&mut sink).await,
                    None => Ok(()),
                };
                self.report(done);
            }
            Effect::CameBack => {
                let mut sink = sink(&self.messages);
                let done = match &mut self.live {
                    // A crisis pause is left by a word of the user's only.
                    Some(live) if live.mission().state().phase == Phase::Listening => {
                        live.resume(&mut sink).await
                    }
                    _ => Ok(()),
                };
                self.report(done);
            }
            Effect::ClockRanDown => {
                let mut sink = sink(&self.messages);
                let done = match &mut self.live {
                    Some(live) => live.tick(&mut sink).await,
                    None => Ok(()),
                };
                self.report(done);
            }
            Effect::Leave => {
                let mut sink = sink(&self.messages);
                let done = match &mut self.live {
                    Some(live) => live.leave(&mut sink).await,
                    None => Ok(()),
                };
                self.report(done);
            }
            Effect::Park => self.live = None,
            Effect::FollowReport => self.follow_report(),
            Effect::SaveReport(report) => {
                let folder = std::env::current_dir();
                let save = move || keep::save(&report, &folder?);
                let saved = tokio::task::spawn_blocking(save).await;
                let saved = saved.unwrap_or_else(|lost| Err(lost.into()));
                self.tell(Message::ReportSaved(saved.map_err(|error| error.to_string())));
            }
            // These are the runtime's own.
            Effect::Suspend | Effect::Repaint | Effect::Quit => {}
        }
    }

    fn report(&self, done: Result<(), PlayError>) {
        if let Err(error) = done {
            self.tell(Message::Failed(error.to_string()));
        }
    }

    fn follow_report(&mut self) {
        let Some(live) = &self.live else { return };
        let messages = self.messages.clone();
        let follow = follow(self.engine.clone(), live.id(), self.max_wait, messages);
        self.following = Some(AbortOnDropHandle::new(tokio::spawn(follow)));
    }

    async fn open(&mut self, opened: Result<LiveMission, PlayError>) {
        // No report of another mission comes after this one is open.
        self.following = None;
        let live = match opened {
            Ok(live) => live,
            Err(error) => return self.tell(Message::Failed(error.to_string())),
        };
        let is_pending = live.mission().state().phase == Phase::Answering;
        self.tell(Message::Opened(Box::new(Opened {
            mission: live.mission().clone(),
            offline: live.route().embedded,
        })));
        self.live = Some(live);
        if is_pending {
            self.turn(None).await;
        }
    }

    /// Plays a turn: says the line, or asks for the answer that is still owed. Goes on listening
    /// meanwhile, so that it can be stopped.
    async fn turn(&mut self, line: Option<String>) {
        let Some(live) = &mut self.live else { return };
        let mut sink = sink(&self.messages);
        let (commands, waiting) = (&mut self.commands, &mut self.waiting);
        let end = {
            let turn = async {
                match &line {
                    Some(line) => live.say(line, &mut sink).await.map(|_: TurnReport| ()),
                    None => live.answer_pending(&mut sink).await.map(|_| ()),
                }
            };
            tokio::pin!(turn);
            loop {
                tokio::select! {
                    biased;
                    played = &mut turn => break TurnEnd::Played(played),
                    command = commands.recv() => match command {
                        Some(Effect::CancelTurn) => break TurnEnd::Cancelled,
                        Some(Effect::Leave) => {
                            waiting.push_back(Effect::Leave);
                            break TurnEnd::Cancelled;
                        }
                        Some(Effect::Park) => break TurnEnd::Abandoned,
                        None => break TurnEnd::Abandoned,
                        Some(other) => waiting.push_back(other),
                    },
                }
            }
        };
        match end {
            TurnEnd::Played(Ok(())) => {}
            TurnEnd::Played(Err(error)) => self.tell(Message::TurnFailed(error.to_string())),
            TurnEnd::Cancelled => self.cancel().await,
            TurnEnd::Abandoned => self.live = None,
        }
    }

    async fn cancel(&mut self) {
        let Some(live) = &mut self.live else { return };
        let _ = self.messages.send(Message::ReplyRetracted);
        let id = live.id();
        let mut sink = sink(&self.messages);
        if live.cancel_turn(&mut sink).await.is_err() {
            // The answer was being written to disk when it was stopped: what is there now counts.
            let reopened = self.engine.resume(id).await;
            match reopened {
                Ok(live) => {
                    self.tell(Message::Opened(Box::new(Opened {
                        mission: live.mission().clone(),
                        offline: live.route().embedded,
                    })));
                    self.live = Some(live);
                }
                Err(error) => self.tell(Message::TurnFailed(error.to_string())),
            }
        }
    }
}

/// Sends the report of a mission when it is whole or has been waited for long enough, and from then
/// on as it grows, until nothing more is to come.
async fn follow(engine: Engine, mission: MissionId, max_wait: Duration, messages: Messages) {
    let followed = async {
        let mut watch = engine.watch_report(mission).await?;
        if let Ok(waited) = tokio::time::timeout(max_wait, watch.completed()).await {
            waited?;
        }
        loop {
            let is_complete = watch.is_complete()?;
            if messages.send(Message::Report(Box::new(watch.report()?))).is_err() || is_complete {
                return Ok(());
            }
            watch.changed().await;
            // Stages come in bursts; a screen need not show each of them alone.
            tokio::time::sleep(REFRESH).await;
        }
    };
    let followed: Result<(), StoreError> = followed.await;
    if let Err(error) = followed {
        let _ = messages.send(Message::Failed(error.to_string()));
    }
}

/// A line for every file with problems: its name and the first of them.
fn broken_files(problems: &[Problem]) -> Vec<String> {
    let mut files: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for problem in problems {
        if files.contains(&problem.file.as_str()) {
            continue;
        }
        files.push(&problem.file);
        let place = match problem.line {
            0 => String::new(),
            line => format!(":{line}"),
        };
        let name = Path::new(&problem.file).file_name().unwrap_or_default().to_string_lossy();
        lines.push(clean(&format!("{name}{place}: {}", problem.message)).into_owned());
    }
    lines
}

fn sink(messages: &Messages) -> impl FnMut(TurnUpdate) + Send + use<> {
    let messages = messages.clone();
    move |update| {
        let message = match update {
            TurnUpdate::Committed(events) => Message::Committed(events),
            TurnUpdate::Text(text) => Message::ReplyText(text),
            TurnUpdate::Retracted => Message::ReplyRetracted,
        };
        let _ = messages.send(message);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use spar_core::mission::{MissionEvent, Phase};
    use spar_core::report::Report;
    use spar_engine::analyze::AnalystOptions;
    use spar_engine::clock::Clock;
    use spar_engine::play::Route;
    use spar_engine::provider::{ScriptedAnswer, ScriptedProvider};
    use spar_engine::queue::{self, Until, WorkerOptions};
    use spar_engine::store::Store;
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// A driver with a model that answers as told, and a screen that only listens.
    struct Played {
        commands: Option<mpsc::Sender<Effect>>,
        messages: mpsc::UnboundedReceiver<Message>,
        task: tokio::task::JoinHandle<()>,
    }

    impl Played {
        /// In a mission, before the first line.
        async fn begin(engine: &Engine) -> Self {
            let library = Library::open(&[]);
            let scenario = library.find("launch-slip").expect("it is built in").scenario;
            let played = Self::open(engine, library);
            played.ask(Effect::Start(Arc::new(scenario))).await;
            played
        }

        fn open(engine: &Engine, library: Library) -> Self {
            Self::open_waiting(engine, library, Duration::ZERO)
        }

        fn open_waiting(engine: &Engine, library: Library, max_wait: Duration) -> Self {
            let (command_sender, commands) = mpsc::channel(COMMANDS);
            let (message_sender, messages) = mpsc::unbounded_channel();
            let driver = Driver::new(engine.clone(), library, Some(7), commands, message_sender)
                .waiting_at_most(max_wait);
            Self { commands: Some(command_sender), messages, task: tokio::spawn(driver.run()) }
        }

        /// Ten turns, and left.
        async fn play_ten_turns(engine: &Engine, max_wait: Duration) -> Self {
            let library = Library::open(&[]);
            let scenario = library.find("launch-slip").expect("it is built in").scenario;
            let mut played = Self::open_waiting(engine, library, max_wait);
            played.ask(Effect::Start(Arc::new(scenario))).await;
            for turn in 1..=10 {
                played.ask(Effect::Say(format!("The launch slips by {turn} days."))).await;
                played
                    .until_event(|event| matches!(event, MissionEvent::PersonaSpoke { .. }))
                    .await;
            }
            played.ask(Effect::Leave).await;
            played.until_event(|event| matches!(event, MissionEvent::Ended { .. })).await;
            played.ask(Effect::FollowReport).await;
            played
        }

        /// The next report.
        async fn report(&mut self) -> Box<Report> {
            self.until(|message| match message {
                Message::Report(report) => Some(report.clone()),
                _ => None,
            })
            .await
        }

        async fn ask(&self, effect: Effect) {
            let commands = self.commands.as_ref().expect("still asking");
            commands.send(effect).await.expect("the driver listens");
        }

        /// The next message that this picks something from.
        async fn until<T>(&mut self, pick: impl Fn(&Message) -> Option<T>) -> T {
            loop {
                let message = self.messages.recv().await.expect("the driver is there");
                if let Some(found) = pick(&message) {
                    return found;
                }
            }
        }

        async fn until_event(&mut self, is_it: impl Fn(&MissionEvent) -> bool) {
            self.until(|message| match message {
                Message::Committed(events) => events.iter().any(&is_it).then_some(()),
                _ => None,
            })
            .await;
        }

        async fn end(mut self) {
            self.commands = None;
            self.task.await.expect("the driver ends without a panic");
        }
    }

    fn engine(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Engine {
        let provider = Arc::new(ScriptedProvider::new(answers));
        let store = Store::temporary().expect("a temporary store");
        Engine::new(store, Clock::seeded(1), Route::to_model(provider, "scripted"))
    }

    fn is_text(message: &Message) -> Option<()> {
        matches!(message, Message::ReplyText(_)).then_some(())
    }

    #[tokio::test]
    async fn a_stopped_answer_is_withdrawn_and_the_next_line_is_answered() {
        let whole = ScriptedAnswer::text("Then start over.");
        let engine = engine([ScriptedAnswer::stall(["Two we"]), whole]);
        let mut played = Played::begin(&engine).await;
        played.ask(Effect::Say("We slip by two weeks.".to_owned())).await;
        played.until(is_text).await;
        played.ask(Effect::CancelTurn).await;
        played.until(|message| matches!(message, Message::ReplyRetracted).then_some(())).await;
        played.until_event(|event| matches!(event, MissionEvent::TurnCancelled { .. })).await;
        played.ask(Effect::Say("Let me say that again.".to_owned())).await;
        played.until_event(|event| matches!(event, MissionEvent::PersonaSpoke { .. })).await;
        played.end().await;
    }

    #[tokio::test]
    async fn a_mission_put_away_in_mid_answer_is_answered_when_it_is_taken_up() {
        let whole = ScriptedAnswer::text("Two weeks, then.");
        let engine = engine([ScriptedAnswer::stall(["Two we"]), whole]);
        let mut played = Played::begin(&engine).await;
        played.ask(Effect::Say("We slip by two weeks.".to_owned())).await;
        played.until(is_text).await;
        played.ask(Effect::Park).await;
        played.ask(Effect::FindUnfinished).await;
        let id = played
            .until(|message| match message {
                Message::Unfinished(unfinished) => unfinished.first().map(|mission| mission.id),
                _ => None,
            })
            .await;
        played.ask(Effect::Resume(id)).await;
        let phase = played
            .until(|message| match message {
                Message::Opened(opened) => Some(opened.mission.state().phase),
                _ => None,
            })
            .await;
        assert_eq!(phase, Phase::Answering);
        played.until_event(|event| matches!(event, MissionEvent::PersonaSpoke { .. })).await;
        played.end().await;
    }

    #[tokio::test]
    async fn a_broken_file_is_named_in_the_mission_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "spar: 1\nid: mine\ntitel: Mine\n";
        std::fs::write(folder.path().join("mine.yaml"), text).expect("it is written");
        let engine = engine([]);
        let mut played = Played::open(&engine, Library::of(&[folder.path().to_owned()]));
        let broken = played
            .until(|message| match message {
                Message::Library { broken, .. } => Some(broken.clone()),
                _ => None,
            })
            .await;
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].starts_with("mine.yaml:1: "), "{broken:?}");
        played.end().await;
    }

    #[tokio::test]
    async fn coming_back_is_written_down() {
        let engine = engine([]);
        let mut played = Played::begin(&engine).await;
        played.ask(Effect::CameBack).await;
        played.until_event(|event| matches!(event, MissionEvent::Resumed { .. })).await;
        played.end().await;
    }

    #[tokio::test]
    async fn leaving_in_mid_answer_ends_the_mission() {
        let engine = engine([ScriptedAnswer::stall(["Two we"])]);
        let mut played = Played::begin(&engine).await;
        played.ask(Effect::Say("We slip by two weeks.".to_owned())).await;
        played.until(is_text).await;
        played.ask(Effect::Leave).await;
        played.until_event(|event| matches!(event, MissionEvent::Ended { .. })).await;
        played.ask(Effect::FindUnfinished).await;
        let unfinished = played
            .until(|message| match message {
                Message::Unfinished(unfinished) => Some(unfinished.len()),
                _ => None,
            })
            .await;
        assert_eq!(unfinished, 0);
        played.end().await;
    }

    #[tokio::test]
    async fn quitting_in_mid_answer_does_not_wait_for_it() {
        let engine = engine([ScriptedAnswer::stall(["Two we"])]);
        let mut played = Played::begin(&engine).await;
        played.ask(Effect::Say("We slip by two weeks.".to_owned())).await;
        played.until(is_text).await;
        played.end().await;
        assert_eq!(engine.store().unfinished().expect("the store answers").len(), 1);
    }

    /// Studies what there is to study until it is dropped.
    fn studying(engine: &Engine) -> AbortOnDropHandle<()> {
        let (store, clock) = (engine.store().clone(), engine.clock().clone());
        let handler = engine.analyst(AnalystOptions::default());
        AbortOnDropHandle::new(tokio::spawn(async move {
            let options = WorkerOptions { until: Until::Forever, ..WorkerOptions::default() };
            queue::work(store, clock, handler, options, CancellationToken::new()).await;
        }))
    }

    fn offline_engine() -> Engine {
        let store = Store::temporary().expect("a temporary store");
        Engine::new(store, Clock::seeded(1), Route::embedded())
    }

    #[tokio::test]
    async fn the_first_report_that_is_shown_is_whole() {
        let engine = offline_engine();
        let _study = studying(&engine);
        let mut played = Played::play_ten_turns(&engine, Duration::from_secs(600)).await;
        let report = played.report().await;
        assert_eq!((report.completion_percent, report.mission.turns), (100, 10));
        // Nothing more comes of it: what comes next is the list.
        played.ask(Effect::FindUnfinished).await;
        let next = played
            .until(|message| match message {
                Message::Report(_) => Some("a report"),
                Message::Unfinished(_) => Some("the list"),
                _ => None,
            })
            .await;
        assert_eq!(next, "the list");
        played.end().await;
    }

    #[tokio::test]
    async fn a_report_that_takes_too_long_is_shown_as_it_grows() {
        let engine = offline_engine();
        let mut played = Played::play_ten_turns(&engine, Duration::ZERO).await;
        let first = played.report().await;
        assert!(first.completion_percent < 100, "nobody has studied it");
        let _study = studying(&engine);
        let mut last = first.completion_percent;
        while last < 100 {
            let more = played.report().await.completion_percent;
            assert!(more >= last, "{more} after {last}");
            last = more;
        }
        played.end().await;
    }
}
