//! A mission in plain lines: for screen readers, pipes and terminals that can do nothing.
//!
//! No escape sequence is ever written, nothing moves, and nothing depends on the width. What is
//! read ends with the input: the end of it is leaving.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::Arc;
use std::time::Duration;

use spar_core::ids::MissionId;
use spar_core::language::clean;
use spar_core::mission::{Mission, MissionEvent, Phase, crisis_help};
use spar_core::report::spoken_text;
use spar_core::rules::{Ending, EventHint};
use spar_core::scenario::Scenario;
use spar_engine::play::{LiveMission, PlayError, TurnUpdate};
use spar_engine::{Engine, Prepared};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::error::TuiError;
use super::screens::briefing::limits;
use super::screens::chat::entries;
use super::screens::library::category_in_words;
use super::screens::report_page::Standing;
use super::screens::summary::outcome_in_words;
use super::session::{AWAY_MS, Session, Start};

/// How often the mission's clock is looked at while nobody types.
const SECOND: Duration = Duration::from_secs(1);

const HELP: &str = "\
Write a line and press Enter to say it. A line that ends in a backslash goes on in the next one.
/help  these words
/mood  how the mission stands
/keep  keep the mission for later and stop
/quit  end the mission and see how it went";

/// Plays a mission over standard input and output.
///
/// # Errors
/// When the output goes away, or the mission cannot be played.
pub(crate) async fn run(session: Session) -> Result<(), TuiError> {
    let mut out = io::stdout();
    let echoes = !io::stdin().is_terminal();
    let lines = read_lines(io::stdin());
    let max_wait = session.max_wait;
    Plain { out: &mut out, lines, echoes, drained: false, begun: String::new(), max_wait }
        .session(session)
        .await
}

/// Lines as they come, on a thread of their own: reading standard input cannot be given up.
fn read_lines(input: io::Stdin) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut input = input.lock();
        let mut bytes = Vec::new();
        while matches!(input.read_until(b'\n', &mut bytes), Ok(1..)) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            bytes.clear();
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A conversation in lines.
struct Plain<'a, W: Write> {
    out: &'a mut W,
    lines: mpsc::Receiver<String>,
    /// Nobody else shows what is typed: a pipe has no echo, and a log without it reads badly.
    echoes: bool,
    drained: bool,
    /// Lines of a message that goes on: each ended in a backslash. The clock does not take them.
    begun: String,
    /// How long the end waits for the report to be whole.
    max_wait: Duration,
}

/// What the user did instead of saying something.
enum Input {
    Line(String),
    /// The clock moved the mission on while nobody typed.
    Clock,
    End,
}

impl<W: Write> Plain<'_, W> {
    fn say(&mut self, words: &str) -> io::Result<()> {
        writeln!(self.out, "{}", clean(words))
    }

    async fn session(&mut self, session: Session) -> Result<(), TuiError> {
        let Session { engine, library, start, seed, .. } = session;
        match start {
            Start::Scenario(scenario) => self.begin(&engine, *scenario, seed).await,
            Start::Resume(id) => self.go_on(&engine, id).await,
            Start::Home => {
                let listing = library.list();
                let scenarios = listing.scenarios.into_iter().map(|found| found.scenario);
                match self.choose(scenarios.collect()).await? {
                    Some(scenario) => self.begin(&engine, scenario, seed).await,
                    None => Ok(()),
                }
            }
        }
    }

    async fn choose(&mut self, mut scenarios: Vec<Scenario>) -> Result<Option<Scenario>, TuiError> {
        let key =
            |scenario: &Scenario| (scenario.category, scenario.difficulty, scenario.title.clone());
        scenarios.sort_by_key(key);
        let mut category = None;
        for (at, scenario) in scenarios.iter().enumerate() {
            if category != Some(scenario.category) {
                category = Some(scenario.category);
                self.say(category_in_words(scenario.category))?;
            }
            let words = format!(
                "{:>3}  {} ({}, {})",
                at + 1,
                scenario.title,
                scenario.id,
                scenario.difficulty.name()
            );
            self.say(&words)?;
        }
        loop {
            write!(self.out, "\nWhich one? (a number or a name; /quit leaves) ")?;
            self.out.flush()?;
            let Some(line) = self.lines.recv().await else {
                writeln!(self.out)?;
                return Ok(None);
            };
            let wanted = line.trim();
            if matches!(wanted, "/quit" | "q") {
                return Ok(None);
            }
            let at = wanted
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1))
                .filter(|at| *at < scenarios.len())
                .or_else(|| scenarios.iter().position(|scenario| scenario.id == wanted));
            match at {
                Some(at) => return Ok(Some(scenarios.swap_remove(at))),
                None => self.say("There is no such mission.")?,
            }
        }
    }

    async fn begin(
        &mut self,
        engine: &Engine,
        scenario: Scenario,
        seed: Option<u64>,
    ) -> Result<(), TuiError> {
        self.brief(&scenario)?;
        let live = engine.start(&Prepared::new(scenario), seed).await?;
        self.play(engine, live).await
    }

    async fn go_on(&mut self, engine: &Engine, id: MissionId) -> Result<(), TuiError> {
        let live = engine.resume(id).await?;
        let scenario = Arc::clone(live.mission().scenario());
        self.say(&format!("{}: taken up again.", scenario.title))?;
        if let Some(spoken) = live.mission().turns().last() {
            self.say(&format!("You said: {}", spoken.user))?;
            if let Some(reply) = &spoken.reply {
                let name = entries::short_name(&scenario.persona.name);
                self.say(&format!("{name}: {}", reply.text))?;
            }
        }
        self.play(engine, live).await
    }

    fn brief(&mut self, scenario: &Scenario) -> io::Result<()> {
        let persona = &scenario.persona;
        self.say(&scenario.title)?;
        self.say(&format!("You talk to {}: {}.", persona.name, persona.role))?;
        self.say(&persona.backstory)?;
        self.say(&format!("What you want from this: {}.", scenario.objective.title))?;
        self.say(&scenario.objective.description)?;
        if !scenario.gates.is_empty() {
            self.say("What has to happen:")?;
            for gate in &scenario.gates {
                let extra = if gate.required { "" } else { " (extra)" };
                self.say(&format!("- {}{extra}", gate.title))?;
            }
        }
        for words in limits(scenario) {
            self.say(&words)?;
        }
        if !scenario.is_scored() {
            self.say("Lines in this language are played, not scored.")?;
        }
        self.say("/help lists what else you can type.\n")
    }

    async fn play(&mut self, engine: &Engine, mut live: LiveMission) -> Result<(), TuiError> {
        let name = entries::short_name(&live.mission().scenario().persona.name).to_owned();
        if live.mission().turns().is_empty()
            && let Some(opener) = live.mission().state().opener.clone()
        {
            self.say(&format!("{name}: {opener}"))?;
        }
        if live.mission().state().phase == Phase::Answering {
            self.answer(&mut live, None).await?;
        }
        loop {
            let phase = live.mission().state().phase;
            match phase {
                Phase::Ended(ending) => return self.report(engine, live.id(), ending).await,
                Phase::Paused => {
                    if self.crisis(&mut live).await? {
                        continue;
                    }
                    return Ok(());
                }
                Phase::New | Phase::Listening | Phase::Answering => {}
            }
            match self.input(&mut live).await? {
                Input::Clock => {}
                Input::End => self.leave(&mut live).await?,
                Input::Line(line) => match line.trim() {
                    "" => {}
                    "/help" => self.say(HELP)?,
                    "/mood" => self.standing(live.mission())?,
                    "/keep" => {
                        self.say("Kept. `spar play --resume` goes on from here.")?;
                        return Ok(());
                    }
                    "/quit" => self.leave(&mut live).await?,
                    command if command.starts_with('/') && !command.contains(' ') => {
                        self.say("There is no such command; /help lists them.")?;
                    }
                    _ => self.answer(&mut live, Some(line)).await?,
                },
            }
        }
    }

    /// The next line; lines that end in a backslash go on. Meanwhile the mission's clock runs.
    async fn input(&mut self, live: &mut LiveMission) -> Result<Input, TuiError> {
        write!(self.out, "You: ")?;
        self.out.flush()?;
        loop {
            let looked = live.now();
            let ticks = live.mission().state().phase == Phase::Listening && !self.drained;
            tokio::select! {
                biased;
                line = self.lines.recv() => match line {
                    None => {
                        self.drained = true;
                        writeln!(self.out)?;
                        let whole = std::mem::take(&mut self.begun);
                        return Ok(if whole.is_empty() { Input::End } else { Input::Line(whole) });
                    }
                    Some(line) => {
                        if self.echoes {
                            self.say(&line)?;
                        }
                        let Some(part) = line.strip_suffix('\\') else {
                            let whole = std::mem::take(&mut self.begun) + &line;
                            return Ok(Input::Line(whole));
                        };
                        self.begun.push_str(part);
                        self.begun.push('\n');
                    }
                },
                () = sleep(SECOND), if ticks => {
                    if live.now().since(looked) > AWAY_MS {
                        live.resume(&mut |_| {}).await?;
                        continue;
                    }
                    let mut moved = Vec::new();
                    live.tick(&mut |update| collect(&mut moved, update)).await?;
                    if !moved.is_empty() {
                        writeln!(self.out)?;
                        if moved.iter().any(|event| matches!(event, MissionEvent::TimeExtended { .. })) {
                            self.say("Time is up. You get a little more, this once.")?;
                        }
                        return Ok(Input::Clock);
                    }
                }
            }
        }
    }

    async fn answer(
        &mut self,
        live: &mut LiveMission,
        line: Option<String>,
    ) -> Result<(), TuiError> {
        let mut events = Vec::new();
        let mut sink = |update| collect(&mut events, update);
        let played = match line {
            Some(line) => live.say(&line, &mut sink).await.map(|_| ()),
            None => live.answer_pending(&mut sink).await.map(|_| ()),
        };
        match played {
            Ok(()) => {}
            Err(PlayError::Refused(why)) => self.say(&format!("Not taken: {why}."))?,
            Err(PlayError::Provider(why)) => {
                self.say(&format!("No answer came: {why}. What you said stays said."))?;
                live.cancel_turn(&mut |_| {}).await?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(self.tell(live.mission(), &events)?)
    }

    /// What came of a line, in the order of its importance: the answer first.
    fn tell(&mut self, mission: &Mission, events: &[MissionEvent]) -> io::Result<()> {
        let state = mission.state();
        let scenario = mission.scenario();
        for event in events {
            if let MissionEvent::PersonaSpoke { line, .. } = event {
                let name = entries::short_name(&scenario.persona.name);
                self.say(&format!("{name}: {}", line.text))?;
                if line.degraded {
                    let why = line.degraded_reason.as_deref().unwrap_or("no reason given");
                    self.say(&format!(
                        "(The model did not answer; the offline persona stood in. {why})"
                    ))?;
                }
            }
        }
        for event in events {
            match event {
                MissionEvent::TurnRead { reading, .. } => {
                    self.say(&format!("[score] {}", entries::score_in_words(reading)))?;
                    match reading.hint {
                        EventHint::Warning => {
                            self.say(&format!("[warning] {}", entries::warning(reading)))?;
                        }
                        EventHint::Celebration if mission.may_celebrate() => {
                            self.say(&format!("[well said] {}", entries::celebration(reading)))?;
                        }
                        EventHint::Celebration | EventHint::Neutral => {}
                    }
                }
                MissionEvent::GatePassed { gate, .. } => {
                    let title = scenario.gates.iter().find(|each| each.id == *gate);
                    let title = title.map_or(gate.as_str(), |gate| gate.title.as_str());
                    self.say(&format!("[gate passed] {title}"))?;
                }
                MissionEvent::StrikeGiven { cause, .. } => {
                    let (given, allowed) = (state.strikes.len(), scenario.policy.strikes);
                    let of = if allowed > 0 {
                        format!(" ({given} of {allowed})")
                    } else {
                        String::new()
                    };
                    let words = format!("[strike] {}{of}", cause.in_words());
                    self.say(&words)?;
                }
                _ => {}
            }
        }
        if events.iter().any(|event| matches!(event, MissionEvent::PersonaSpoke { .. })) {
            let (mood, turn) = (state.mood.name(), state.turn);
            self.say(&format!("[mood] {mood} [turn] {turn} of {}", scenario.policy.max_turns))?;
        }
        writeln!(self.out)
    }

    fn standing(&mut self, mission: &Mission) -> io::Result<()> {
        let state = mission.state();
        let vector = state.vector;
        self.say(&format!(
            "Mood {}: positivity {:.0}, tension {:.0}, comfort {:.0}. Progress {:.0} of 100.",
            state.mood.name(),
            vector.positivity,
            vector.tension,
            vector.comfort,
            state.progress
        ))?;
        self.gates(mission)
    }

    fn gates(&mut self, mission: &Mission) -> io::Result<()> {
        for gate in mission.gates() {
            let stands = match gate.passed_in {
                Some(turn) => format!("passed in turn {turn}"),
                None => "not passed".to_owned(),
            };
            self.say(&format!("- {}: {stands}", gate.title))?;
        }
        Ok(())
    }

    /// Shows where to get help and waits for a word. Returns whether play goes on.
    async fn crisis(&mut self, live: &mut LiveMission) -> Result<bool, TuiError> {
        let help = crisis_help();
        self.say(help.message)?;
        for contact in help.contacts {
            self.say(&format!("- {contact}"))?;
        }
        self.say("/keep leaves it for now, /quit ends the mission, /resume goes on with it.")?;
        loop {
            match self.lines.recv().await.as_deref().map(str::trim) {
                Some("/resume") => {
                    live.resume(&mut |_| {}).await?;
                    return Ok(true);
                }
                Some("/quit") => {
                    self.leave(live).await?;
                    return Ok(true);
                }
                // The end of the input is no wish to end anything: the mission stays paused.
                Some("/keep") | None => return Ok(false),
                Some(_) => self.say("Please answer /keep, /quit or /resume.")?,
            }
        }
    }

    async fn leave(&mut self, live: &mut LiveMission) -> Result<(), TuiError> {
        Ok(live.leave(&mut |_| {}).await?)
    }

    /// How it went. What is not there after the wait is named.
    async fn report(
        &mut self,
        engine: &Engine,
        id: MissionId,
        ending: Ending,
    ) -> Result<(), TuiError> {
        let outcome = outcome_in_words(ending.outcome());
        self.say(&format!("{outcome}. {}\n", ending.in_words()))?;
        let report = engine.report(id, self.max_wait).await?;
        self.say(&spoken_text(&report))?;
        match Standing::of(&report) {
            Standing::Settled => {}
            Standing::UnderWay(percent) => self.say(&format!(
                "Analysis {percent} %: `spar report --last` goes on with it and shows the rest."
            ))?,
            Standing::Waiting => self.say(
                "Some of it waits for the model; `spar report --last` asks again and shows it.",
            )?,
        }
        Ok(self.out.flush()?)
    }
}

fn collect(events: &mut Vec<MissionEvent>, update: TurnUpdate) {
    if let TurnUpdate::Committed(committed) = update {
        events.extend(committed);
    }
}

#[cfg(test)]
mod tests {
    use spar_engine::clock::Clock;
    use spar_engine::library::Library;
    use spar_engine::play::Route;
    use spar_engine::store::Store;

    use super::*;

    /// What is written when these lines are said and nobody studies the mission.
    async fn unstudied(said: &[&str]) -> String {
        let store = Store::temporary().expect("a temporary store");
        let engine = Engine::new(store, Clock::seeded(1), Route::embedded());
        let scenario = Library::open(&[]).find("launch-slip").expect("it is built in").scenario;
        let (sender, lines) = mpsc::channel(said.len().max(1));
        for line in said {
            sender.send((*line).to_owned()).await.expect("there is room");
        }
        drop(sender);
        let mut out = Vec::new();
        let (begun, max_wait) = (String::new(), Duration::ZERO);
        Plain { out: &mut out, lines, echoes: true, drained: false, begun, max_wait }
            .begin(&engine, scenario, Some(7))
            .await
            .expect("it is played");
        String::from_utf8(out).expect("text")
    }

    #[tokio::test]
    async fn what_is_missing_of_the_report_is_said_at_its_end() {
        let text = unstudied(&["The launch slips by two weeks.", "/quit"]).await;
        let (_, report) = text.split_once("Mission left.").expect("it ends");
        assert!(report.contains("\nEverything that was said\n"), "{report}");
        assert!(!report.contains("Mission left"), "it is said once: {report}");
        assert!(!report.contains(['─', '█', '░', '▁', '▄', '✓', '✗', '○', '→']), "{report}");
        let last = report.trim_end().lines().last();
        let words = "Analysis 0 %: `spar report --last` goes on with it and shows the rest.";
        assert_eq!(last, Some(words), "{report}");
        assert!(!text.contains('\u{1b}'));
    }
}
