//! The fold: what a mission's events add up to.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::prompt::Prompts;
use super::{MissionEvent, PersonaLine, StrikeCause, TurnReading};
use crate::ids::TurnIndex;
use crate::language::Line;
use crate::persona::{PersonaMemory, UsedLines};
use crate::reading::{Asked, CueHit, CueName, MicroFlag, Reader, Safety, stated};
use crate::rules::{
    Difficulty, Ending, Facts, Gauge, Modifier, ModifierKind, Mood, MoodVector, Outcome,
    RewardKind, Tally, Tier, mission_score, stability,
};
use crate::scenario::{Scenario, Tone};
use crate::units::{MicroUsd, Score, Timestamp};

/// How many of the user's latest lines the local reader looks back at.
const LOOK_BACK: usize = 6;
/// Weight of the newest score in the smoothed one.
const SMOOTHING: f64 = 0.35;

/// A scenario being played: its events folded, and what was said.
#[derive(Debug, Clone)]
pub struct Mission {
    scenario: Arc<Scenario>,
    reader: Arc<Reader>,
    prompts: Arc<Prompts>,
    state: MissionState,
    turns: Vec<SpokenTurn>,
}

impl Mission {
    /// A mission before its first event.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>) -> Self {
        let reader = Arc::new(Reader::new(scenario.reader.clone()));
        Self::with_reader(scenario, reader)
    }

    /// The same, with a reader that was already made ready for this scenario: many missions of one
    /// scenario share it.
    #[must_use]
    pub fn with_reader(scenario: Arc<Scenario>, reader: Arc<Reader>) -> Self {
        let state = MissionState::new(&scenario);
        Self { scenario, reader, prompts: Arc::default(), state, turns: Vec::new() }
    }

    /// The same mission sharing what prompts of its scenario have in common.
    #[must_use]
    pub fn sharing(self, prompts: Arc<Prompts>) -> Self {
        Self { prompts, ..self }
    }

    /// The mission that these events add up to.
    pub fn replay<'a>(
        scenario: Arc<Scenario>,
        events: impl IntoIterator<Item = &'a MissionEvent>,
    ) -> Self {
        let mut mission = Self::new(scenario);
        events.into_iter().for_each(|event| mission.apply(event));
        mission
    }

    /// The only way a mission changes.
    pub fn apply(&mut self, event: &MissionEvent) {
        self.state.apply(&self.scenario, event);
        match event {
            MissionEvent::UserSpoke { turn, text, .. } => {
                self.turns.push(SpokenTurn {
                    turn: *turn,
                    user: text.clone(),
                    reading: None,
                    reply: None,
                    vector: self.state.vector,
                    mood: self.state.mood,
                    cancelled: false,
                    withheld: false,
                });
            }
            MissionEvent::TurnRead { reading, .. } => {
                let (vector, mood) = (self.state.vector, self.state.mood);
                if let Some(spoken) = self.turns.last_mut() {
                    spoken.reading = Some(reading.clone());
                    (spoken.vector, spoken.mood) = (vector, mood);
                }
            }
            MissionEvent::PersonaSpoke { line, .. } => {
                if let Some(spoken) = self.turns.last_mut() {
                    spoken.reply = Some(line.clone());
                }
            }
            MissionEvent::TurnCancelled { .. } => {
                if let Some(spoken) = self.turns.last_mut() {
                    spoken.cancelled = true;
                }
            }
            MissionEvent::CrisisPaused { .. } => {
                if let Some(spoken) = self.turns.last_mut() {
                    spoken.withheld = true;
                }
            }
            _ => {}
        }
    }

    /// What is being played.
    #[must_use]
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// The reader made ready for it.
    #[must_use]
    pub fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// What its prompts have in common.
    pub(super) fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// What the events add up to.
    #[must_use]
    pub fn state(&self) -> &MissionState {
        &self.state
    }

    /// What was said, oldest first.
    #[must_use]
    pub fn turns(&self) -> &[SpokenTurn] {
        &self.turns
    }

    /// Where the persona's mood began: as the file says, coloured by what they remember.
    #[must_use]
    pub fn start(&self) -> MoodVector {
        let start = self.scenario.persona.start;
        self.state.memory.as_ref().map_or(start, |memory| memory.colours(start))
    }

    /// The mission's score: mean of its turns, at most 59 when it failed.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        mission_score(self.state.tally.mean(), self.state.has_failed())
    }

    /// Whether it is a real conversation that was imported, not one that was played.
    #[must_use]
    pub fn is_imported(&self) -> bool {
        let first = self.turns.iter().find_map(|spoken| spoken.reply.as_ref());
        first.is_some_and(|reply| reply.provider == super::import::PROVIDER)
    }

    /// The persona's first line, unless it speaks of a crisis: what may be quoted of it and shown to
    /// those who study the mission. A line of a real conversation may be anything.
    #[must_use]
    pub fn quotable_opener(&self) -> Option<&str> {
        let opener = self.state.opener.as_deref()?;
        (!super::import::speaks_of_a_crisis(&self.reader, opener)).then_some(opener)
    }

    /// How it ended, in a line for the person; `None` while it goes on. Nobody left a conversation
    /// that was imported: it was over before.
    #[must_use]
    pub fn ending_in_words(&self) -> Option<&'static str> {
        match self.state.ending()? {
            Ending::AbortUser if self.is_imported() => Some("Imported conversation."),
            ending => Some(ending.in_words()),
        }
    }

    /// The gates in the order of the file, with the turn each passed in.
    #[must_use]
    pub fn gates(&self) -> Vec<GateState<'_>> {
        self.scenario
            .gates
            .iter()
            .map(|gate| GateState {
                id: &gate.id,
                title: &gate.title,
                required: gate.required,
                passed_in: self.state.gates.get(&gate.id).copied(),
            })
            .collect()
    }

    /// Whether celebrations and XP may be shown.
    #[must_use]
    pub fn may_celebrate(&self) -> bool {
        self.scenario.tone != Tone::Grave
    }
}

/// A gate and when it passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GateState<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name on screen.
    pub title: &'a str,
    /// Whether a success needs it.
    pub required: bool,
    /// In which turn it passed.
    pub passed_in: Option<TurnIndex>,
}

/// One turn as it was spoken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpokenTurn {
    /// Which.
    pub turn: TurnIndex,
    /// The user's words.
    pub user: String,
    /// What they meant; `None` when unscored or not read yet.
    pub reading: Option<TurnReading>,
    /// The answer; `None` while it is awaited, or when the turn was cancelled.
    pub reply: Option<PersonaLine>,
    /// The mood after it.
    pub vector: MoodVector,
    /// The mood's label after it.
    pub mood: Mood,
    /// The user took it back before an answer came.
    pub cancelled: bool,
    /// Somebody spoke of a crisis: it is quoted nowhere and sent to no model.
    pub withheld: bool,
}

impl SpokenTurn {
    /// Whether somebody spoke of a crisis in it: then it is quoted nowhere, sent to no model and
    /// evidence of nothing.
    #[must_use]
    pub fn in_crisis(&self) -> bool {
        self.withheld || self.reading.as_ref().is_some_and(|read| read.safety == Safety::Crisis)
    }
}

/// Where a mission stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No event yet.
    #[default]
    New,
    /// The user's turn.
    Listening,
    /// A line was said and its answer is awaited.
    Answering,
    /// Stopped by a crisis; may be resumed or left.
    Paused,
    /// Over.
    Ended(Ending),
}

/// What a mission's events add up to. Bounded: it does not grow with the number of turns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MissionState {
    /// Where it stands.
    pub phase: Phase,
    /// The seed of everything that is chosen.
    pub seed: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When something last happened.
    pub last_at: Timestamp,
    /// Since when the user has been thinking.
    pub listening_since: Timestamp,
    /// Time the user was not asked for: paused, away, or waiting for the persona, ms.
    pub paused_ms: u64,
    /// The persona's first line.
    pub opener: Option<String>,
    /// What the persona remembers of last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<PersonaMemory>,
    /// The latest turn.
    pub turn: TurnIndex,
    /// Turns that were played: all but those taken back or paused, which keep their numbers. What a
    /// policy or a condition counts.
    pub played: u32,
    /// The mood's numbers.
    pub vector: MoodVector,
    /// The mood's label.
    pub mood: Mood,
    /// How the last read turn moved it (positivity, tension, comfort).
    pub last_move: [f64; 3],
    /// Turns in a row beyond what a conversation survives.
    pub collapsing: u32,
    /// The account of scores.
    pub tally: Tally,
    /// Smoothed score (exponential, 0.35).
    pub smoothed_score: Option<f64>,
    /// Cues recognised.
    pub cues: BTreeMap<CueName, CueTally>,
    /// Gates passed, and when.
    pub gates: BTreeMap<String, TurnIndex>,
    /// Progress rules that have held.
    pub progress_rules: BTreeSet<u32>,
    /// How far the objective has come, 0–100.
    pub progress: f64,
    /// Secrets that may be told.
    pub secrets: Vec<String>,
    /// Strikes given.
    pub strikes: Strikes,
    /// XP earned.
    pub xp: u32,
    /// Coins earned.
    pub coins: u32,
    /// Gems earned, 0 or 1.
    pub gems: u32,
    /// The first S+ line.
    pub first_s_plus: Option<TurnIndex>,
    /// What makes the mood harder to move for a while.
    pub modifiers: Vec<Modifier>,
    /// Authored lines said.
    pub used_lines: UsedLines,
    /// Blocks whose lines ask for something the user has told, and in which turn: at most one
    /// entry a block.
    #[serde(default)]
    pub told: BTreeMap<u32, TurnIndex>,
    /// The block the persona's latest line came from.
    pub last_block: Option<u32>,
    /// The persona's latest words.
    pub last_reply: Option<String>,
    /// The user's latest lines, newest last.
    pub recent_lines: VecDeque<String>,
    /// The latest line had nothing to do with the subject.
    pub strayed: bool,
    /// The turn that took the one grace period of the turn clock.
    pub extended_turn: Option<TurnIndex>,
    /// Turns that the embedded persona answered for a model that failed.
    pub degraded_turns: u32,
    /// Turns with at least one field that fell back.
    pub repaired_turns: u32,
    /// What it cost; `None` once a price was not known.
    pub cost: Option<MicroUsd>,
}

/// Strikes given so far: how many, and the latest. The events keep the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strikes {
    count: u32,
    latest: Option<StrikeCause>,
}

impl Strikes {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The cause of the latest one.
    #[must_use]
    pub fn last(&self) -> Option<StrikeCause> {
        self.latest
    }

    fn note(&mut self, cause: StrikeCause) {
        self.count = self.count.saturating_add(1);
        self.latest = Some(cause);
    }
}

/// How often a cue was recognised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueTally {
    /// In how many turns.
    pub turns: u32,
    /// The latest of them.
    pub last: u32,
    /// The latest 64 turns up to `last`, newest in the lowest bit.
    pub recent: u64,
}

impl CueTally {
    fn note(&mut self, turn: u32) {
        if self.turns > 0 && self.last == turn {
            return;
        }
        self.recent = shifted(self.recent, turn.saturating_sub(self.last)) | 1;
        self.turns += 1;
        self.last = turn;
    }

    /// The latest 64 turns as of `turn`, newest in the lowest bit.
    fn as_of(&self, turn: u32) -> u64 {
        shifted(self.recent, turn.saturating_sub(self.last))
    }
}

fn shifted(bits: u64, by: u32) -> u64 {
    bits.checked_shl(by).unwrap_or(0)
}

/// Small currents under the mood, 0–100 each; 50 is calm water for momentum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dynamic {
    /// How near the talk is to going wrong: half the tension, ten a strike, ten for collapse.
    pub risk: f64,
    /// Whether lines are getting better (above 50) or worse.
    pub momentum: f64,
    /// How smoothly it goes: comfort and positivity against tension, less 10 a modifier.
    pub flow: f64,
}

impl MissionState {
    /// The state before the first event.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let start = scenario.persona.start;
        Self { vector: start, mood: start.region(), cost: Some(MicroUsd(0)), ..Self::default() }
    }

    /// Folds one event in.
    pub fn apply(&mut self, scenario: &Scenario, event: &MissionEvent) {
        match event {
            MissionEvent::Started { at, seed, opener, memory } => {
                self.phase = Phase::Listening;
                self.seed = *seed;
                self.started_at = *at;
                self.listening_since = *at;
                self.last_at = *at;
                self.opener.clone_from(opener);
                self.last_reply.clone_from(opener);
                self.memory.clone_from(memory);
                if let Some(memory) = memory {
                    self.vector = memory.colours(scenario.persona.start);
                    self.mood = self.vector.region();
                }
            }
            MissionEvent::UserSpoke { turn, at, text } => {
                self.phase = Phase::Answering;
                self.turn = *turn;
                self.played += 1;
                self.last_at = *at;
                if self.recent_lines.len() == LOOK_BACK {
                    self.recent_lines.pop_front();
                }
                self.recent_lines.push_back(text.clone());
                self.note_told(scenario, *turn, text);
            }
            MissionEvent::TurnRead { turn, reading } => self.read(scenario, *turn, reading),
            MissionEvent::PersonaSpoke { turn, at, line } => self.hear_persona(*turn, *at, line),
            MissionEvent::TurnCancelled { turn, at } => {
                self.told.retain(|_, told_in| told_in != turn);
                self.set_aside();
                self.paused_ms += at.since(self.last_at);
                self.phase = Phase::Listening;
                self.listening_since = *at;
                self.last_at = *at;
            }
            MissionEvent::GatePassed { turn, gate, .. } => {
                self.gates.entry(gate.clone()).or_insert(*turn);
                if scenario.objective.progress.is_empty() {
                    self.progress = self.gate_progress(scenario);
                }
            }
            MissionEvent::ProgressMade { rule, worth, .. } => {
                if self.progress_rules.insert(*rule) {
                    self.progress = (self.progress + worth).clamp(0.0, 100.0);
                }
            }
            MissionEvent::SecretRevealed { secret, .. } => {
                if !self.secrets.contains(secret) {
                    self.secrets.push(secret.clone());
                }
            }
            MissionEvent::StrikeGiven { cause, .. } => self.strikes.note(*cause),
            MissionEvent::RewardGranted { reward, .. } => match reward.kind {
                RewardKind::Xp => self.xp += reward.amount,
                RewardKind::Coins => self.coins += reward.amount,
                RewardKind::Gem => self.gems += reward.amount,
            },
            MissionEvent::CrisisPaused { at, .. } => {
                self.set_aside();
                self.phase = Phase::Paused;
                self.last_at = *at;
            }
            MissionEvent::Resumed { at } => {
                self.paused_ms += at.since(self.last_at);
                if self.phase == Phase::Paused {
                    self.phase = Phase::Listening;
                }
                self.listening_since = *at;
                self.last_at = *at;
            }
            MissionEvent::TimeExtended { turn } => self.extended_turn = Some(*turn),
            MissionEvent::TimeExpired { at, .. } => self.last_at = *at,
            MissionEvent::Ended { at, ending } => {
                self.phase = Phase::Ended(*ending);
                self.last_at = *at;
            }
        }
    }

    /// Notes which blocks ask for what this line tells.
    fn note_told(&mut self, scenario: &Scenario, turn: TurnIndex, text: &str) {
        let mut line = None;
        for (at, block) in scenario.offline.blocks.iter().enumerate() {
            let at = at as u32;
            if block.asks_for.phrases.is_empty() || self.told.contains_key(&at) {
                continue;
            }
            let line = line.get_or_insert_with(|| stated(&Line::new(text)));
            if block.asks_for.is_told_by(line) {
                self.told.insert(at, turn);
            }
        }
    }

    /// The turn that awaits its answer will get none: it does not count as played.
    fn set_aside(&mut self) {
        if self.phase == Phase::Answering {
            self.played = self.played.saturating_sub(1);
        }
    }

    fn read(&mut self, scenario: &Scenario, turn: TurnIndex, reading: &TurnReading) {
        for hit in &reading.cues {
            self.cues.entry(hit.cue.clone()).or_default().note(turn.0);
        }
        let before = self.vector;
        self.vector = before.after(
            reading.deltas,
            reading.strength,
            &scenario.persona.rest,
            &scenario.knobs,
            &scenario.dynamics,
            &self.modifiers,
        );
        self.mood = self.vector.label(self.mood);
        self.last_move = [
            self.vector.positivity - before.positivity,
            self.vector.tension - before.tension,
            self.vector.comfort - before.comfort,
        ];
        self.collapsing = if self.vector.is_collapsing() { self.collapsing + 1 } else { 0 };

        let dropped = self
            .tally
            .last_score
            .is_some_and(|last| last.get() - reading.score.get() > ModifierKind::DROP_FROM);
        self.modifiers.retain_mut(|modifier| {
            modifier.turns_left -= 1;
            modifier.turns_left > 0
        });
        let bad_flags = reading.flags.iter().filter(|flag| flag.is_bad()).count();
        for (kind, holds) in [
            (ModifierKind::TensionSpike, self.last_move[1] >= ModifierKind::SPIKE_FROM),
            (ModifierKind::ScoreDrop, dropped),
            (ModifierKind::TwoBadFlags, bad_flags >= 2),
        ] {
            if holds && !self.modifiers.iter().any(|modifier| modifier.kind == kind) {
                self.modifiers.push(Modifier { kind, turns_left: kind.turns() });
            }
        }

        // Without any confidence (another language, noise) there is nothing to count.
        if reading.confidence.get() > 0.0 {
            self.tally.add(reading.score);
        }
        self.tally.add_boundary(reading.boundary_risk);
        if self.first_s_plus.is_none() && reading.shown_tier() == Some(Tier::SPlus) {
            self.first_s_plus = Some(turn);
        }
        let score = reading.score.get();
        self.smoothed_score =
            Some(self.smoothed_score.map_or(score, |old| old + SMOOTHING * (score - old)));
        self.strayed = !reading.on_topic || reading.flags.contains(&MicroFlag::OffTopic);
        if !reading.problems.is_empty() {
            self.repaired_turns += 1;
        }
    }

    fn hear_persona(&mut self, turn: TurnIndex, at: Timestamp, line: &PersonaLine) {
        if !matches!(self.phase, Phase::Ended(_)) {
            self.phase = Phase::Listening;
        }
        self.paused_ms += at.since(self.last_at);
        self.last_at = at;
        self.listening_since = at;
        self.last_reply = Some(line.text.clone());
        self.last_block = line.offline.map(|from| from.block);
        if let Some(from) = line.offline {
            self.used_lines.note(from, turn.0);
        }
        if line.degraded {
            self.degraded_turns += 1;
        }
        self.cost = match (self.cost, line.cost) {
            (Some(total), Some(more)) => Some(total + more),
            _ => None,
        };
    }

    fn gate_progress(&self, scenario: &Scenario) -> f64 {
        let required = scenario.required_gates().count();
        if required == 0 {
            return 0.0;
        }
        let passed =
            scenario.required_gates().filter(|gate| self.gates.contains_key(&gate.id)).count();
        passed as f64 / required as f64 * 100.0
    }

    /// How it ended, once it has.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        match self.phase {
            Phase::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// Whether it ended in failure, disqualification included.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.ending().is_some_and(|ending| ending.outcome() == Outcome::Failure)
    }

    /// The small currents under the mood.
    #[must_use]
    pub fn dynamic(&self) -> Dynamic {
        let momentum = match (self.smoothed_score, self.tally.mean()) {
            (Some(smoothed), Some(mean)) => 50.0 + (smoothed - mean),
            _ => 50.0,
        };
        let MoodVector { positivity, tension, comfort } = self.vector;
        let risk = tension / 2.0
            + 10.0 * self.strikes.len() as f64
            + if self.collapsing > 0 { 10.0 } else { 0.0 };
        let flow =
            (positivity + comfort + (100.0 - tension)) / 3.0 - 10.0 * self.modifiers.len() as f64;
        Dynamic {
            risk: risk.clamp(0.0, 100.0),
            momentum: momentum.clamp(0.0, 100.0),
            flow: flow.clamp(0.0, 100.0),
        }
    }

    /// How far the persona is still itself, 0–100.
    #[must_use]
    pub fn stability(&self, scenario: &Scenario) -> f64 {
        let style = scenario.persona.style;
        stability(style.key.name(), style.intensity.factor(), self.mood, &self.modifiers)
    }

    /// What conditions look at; `line` is the one just spoken.
    #[must_use]
    pub fn facts<'a>(&'a self, scenario: &'a Scenario, line: Option<&'a Line>) -> StateFacts<'a> {
        StateFacts { state: self, scenario, line, cues: None, asked: OnceCell::new() }
    }

    /// The difficulty's word for the persona, in the prompt.
    #[must_use]
    pub fn difficulty_in_words(level: Difficulty) -> &'static str {
        match level {
            Difficulty::Easy => "You are willing to be won over.",
            Difficulty::Medium => "You are fair, neither easy nor hard to win over.",
            Difficulty::Hard => "You are hard to win over and slow to forgive.",
            Difficulty::Elite => "You notice everything and forgive very little.",
        }
    }
}

/// A mission's state as conditions see it.
#[derive(Debug, Clone)]
pub struct StateFacts<'a> {
    state: &'a MissionState,
    scenario: &'a Scenario,
    line: Option<&'a Line>,
    /// The cues of that line and their strengths, where they are known.
    cues: Option<&'a [CueHit]>,
    /// Found once, when a condition first wants to know.
    asked: OnceCell<Asked>,
}

impl<'a> StateFacts<'a> {
    /// The same, with what was found in the line just spoken.
    #[must_use]
    pub fn with_cues(self, cues: &'a [CueHit]) -> Self {
        Self { cues: Some(cues), ..self }
    }
}

impl Facts for StateFacts<'_> {
    /// Exact within the latest 64 turns; for a mission-long count over several names, the count of
    /// the most frequent one (they are asked for with `at_least: 1` in all but odd cases).
    fn cue_turns(&self, names: &[CueName], within: Option<u32>) -> u32 {
        let tallies = names.iter().filter_map(|name| self.state.cues.get(name));
        let turn = self.state.turn.0;
        let recent = tallies.clone().fold(0, |bits, tally| bits | tally.as_of(turn));
        match within {
            Some(turns) if turns < 64 => (recent & ((1 << turns) - 1)).count_ones(),
            _ => recent.count_ones().max(tallies.map(|tally| tally.turns).max().unwrap_or(0)),
        }
    }

    fn line(&self) -> Option<&Line> {
        self.line
    }

    fn asked(&self) -> Asked {
        *self.asked.get_or_init(|| self.line.map(Asked::of).unwrap_or_default())
    }

    fn cue_strength(&self, name: &CueName) -> f64 {
        let Some(cues) = self.cues else { return 1.0 };
        cues.iter().find(|hit| hit.cue == *name).map_or(0.0, |hit| hit.strength)
    }

    fn earlier_line(&self, turn: u32) -> Option<Line> {
        let back = self.state.turn.0.checked_sub(turn).filter(|_| turn > 0)? as usize;
        let newest = self.state.recent_lines.len().checked_sub(1)?;
        self.state.recent_lines.get(newest.checked_sub(back)?).map(|text| Line::new(text))
    }

    fn previous_line(&self) -> Option<Line> {
        self.earlier_line(self.state.turn.0.checked_sub(1)?)
    }

    fn previous_position(&self) -> Option<usize> {
        self.state.last_block.map(|block| block as usize)
    }

    fn is_told(&self, block: usize) -> bool {
        u32::try_from(block).is_ok_and(|block| self.state.told.contains_key(&block))
    }

    fn mood(&self) -> Mood {
        self.state.mood
    }

    fn vector(&self) -> MoodVector {
        self.state.vector
    }

    fn gauge(&self, gauge: Gauge) -> Option<f64> {
        let state = self.state;
        match gauge {
            Gauge::Positivity => Some(state.vector.positivity),
            Gauge::Tension => Some(state.vector.tension),
            Gauge::Comfort => Some(state.vector.comfort),
            Gauge::Score => state.tally.last_score.map(Score::get),
            Gauge::MeanScore => state.tally.mean(),
            Gauge::ObjectiveProgress => Some(state.progress),
            Gauge::Turn => Some(f64::from(state.played)),
            Gauge::Strikes => Some(state.strikes.len() as f64),
        }
    }

    fn gate_passed(&self, gate: &str) -> bool {
        self.state.gates.contains_key(gate)
    }

    fn boundary_safe_turns(&self) -> Option<u32> {
        let tally = &self.state.tally;
        (tally.boundary_problems > 0).then_some(tally.boundary_safe_streak)
    }

    fn previous_block(&self) -> Option<&str> {
        let block = self.scenario.offline.blocks.get(self.state.last_block? as usize)?;
        block.id.as_deref()
    }
}
