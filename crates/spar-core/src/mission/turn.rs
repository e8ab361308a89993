//! One turn as pure steps: hear the line, ask for an answer, decide what it all means.
//!
//! The engine calls them in this order and does the talking and the storing in between:
//! [`begin`] once, then [`spoken`] → commit → [`hear`] → ([`request`] → model) or [`offline_reply`] → [`decide`] → commit.

use super::reply::ModelAnswer;
use super::{
    Mission, MissionEvent, MissionState, PersonaLine, Phase, ReadingSource, StrikeCause, Timings,
    TurnReading,
};
use crate::chat::{ChatRequest, Usage};
use crate::ids::TurnIndex;
use crate::job::{DeepAnalysis, FastTags};
use crate::language::{Line, clean};
use crate::persona::{OfflineLine, PersonaMemory, Spoken};
use crate::reading::{
    Asked, BoundaryRisk, Cue, CueHit, CueName, LineContext, LocalReading, MicroFlag, Safety,
};
use crate::rules::{
    Ending, EventHint, Knobs, Outcome, Reward, RewardKind, Tier, blend, boundary_cap, event_hint,
    grants_for,
};
use crate::scenario::{SafetyResponse, Scenario, Tone};
use crate::units::{Confidence, MicroUsd, Score, Timestamp};

/// How far a model's number is trusted until the bench has measured that model.
pub const UNMEASURED_TRUST: f64 = 0.7;
/// The longest line taken, in characters. A longer one is refused rather than cut: what is not read
/// cannot be answered, nor kept safe.
pub const LONGEST_LINE: usize = 4_000;
/// How strongly a cue counts that only the model saw.
const MODEL_CUE_STRENGTH: f64 = 0.6;

/// Why a line was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineRefused {
    /// There was nothing in it.
    #[error("the line is empty")]
    Empty,
    /// There was too much in it.
    #[error("the line has more than {LONGEST_LINE} characters; say it in parts")]
    TooLong,
    /// It is not the user's turn.
    #[error("the persona has not answered yet")]
    NotYourTurn,
    /// A crisis paused the mission.
    #[error("the mission is paused")]
    Paused,
    /// The mission is over.
    #[error("the mission is over")]
    Over,
}

/// The event that begins a mission: the persona's first line is chosen by the seed, and says a word
/// about last time when there was one.
#[must_use]
pub fn begin(
    scenario: &Scenario,
    seed: u64,
    memory: Option<PersonaMemory>,
    at: Timestamp,
) -> MissionEvent {
    let opener = match &memory {
        Some(memory) => scenario.offline.opener_again(seed, memory),
        None => scenario.offline.opener(seed),
    };
    MissionEvent::Started { at, seed, opener, memory }
}

/// The event that a line makes, safe characters only.
pub fn spoken(mission: &Mission, text: &str, at: Timestamp) -> Result<MissionEvent, LineRefused> {
    match mission.state().phase {
        Phase::Listening => {}
        Phase::Paused => return Err(LineRefused::Paused),
        Phase::Ended(_) => return Err(LineRefused::Over),
        Phase::New | Phase::Answering => return Err(LineRefused::NotYourTurn),
    }
    let safe = clean(text);
    let trimmed = safe.trim();
    if trimmed.is_empty() {
        return Err(LineRefused::Empty);
    }
    if trimmed.chars().nth(LONGEST_LINE).is_some() {
        return Err(LineRefused::TooLong);
    }
    Ok(MissionEvent::UserSpoke { turn: mission.state().turn.next(), at, text: trimmed.to_owned() })
}

/// A line that was heard: the local reading and what safety says about going on.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Which turn.
    pub turn: TurnIndex,
    /// The line's words.
    pub line: Line,
    /// What the local reader makes of it.
    pub local: LocalReading,
    /// Whether and how to go on.
    pub verdict: Verdict,
}

/// What safety says about a line. Local, and final: a model is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Play on.
    Proceed,
    /// Play on, with a strike.
    Strike(StrikeCause),
    /// The mission is over; no model sees the line.
    Disqualify(StrikeCause),
    /// Somebody may be in danger: pause, show help, send nothing.
    Crisis,
}

/// Reads the line that was just committed. `None` when none is waiting for an answer.
#[must_use]
pub fn hear(mission: &Mission) -> Option<Heard> {
    let state = mission.state();
    if state.phase != Phase::Answering {
        return None;
    }
    let (text, earlier) = state.recent_lines.iter().rev().collect::<Vec<_>>().split_first().map(
        |(newest, rest)| {
            let earlier: Vec<String> = rest.iter().rev().map(|line| (*line).clone()).collect();
            ((*newest).clone(), earlier)
        },
    )?;
    let line = Line::new(&text);
    let context = LineContext {
        partner: state.last_reply.as_deref(),
        earlier: &earlier,
        strayed: state.strayed,
    };
    let local = mission.reader().read(&line, &context);
    let verdict = verdict(mission.scenario(), &local);
    Some(Heard { turn: state.turn, line, local, verdict })
}

fn verdict(scenario: &Scenario, local: &LocalReading) -> Verdict {
    let policy = &scenario.policy;
    let respond = |response: SafetyResponse, cause| match response {
        SafetyResponse::End => Verdict::Disqualify(cause),
        SafetyResponse::Strike => Verdict::Strike(cause),
    };
    match local.safety {
        Safety::Crisis => Verdict::Crisis,
        Safety::Threat => respond(policy.on_threat, StrikeCause::Threat),
        Safety::Slur => respond(policy.on_slur, StrikeCause::Slur),
        Safety::Sexual => respond(policy.on_sexual, StrikeCause::Sexual),
        Safety::Insult => Verdict::Strike(StrikeCause::Insult),
        Safety::Clear if local.boundary_risk == BoundaryRisk::High => {
            Verdict::Strike(StrikeCause::Boundary)
        }
        Safety::Clear => Verdict::Proceed,
    }
}

/// The prompt for a model.
#[must_use]
pub fn request(mission: &Mission, heard: &Heard) -> ChatRequest {
    super::prompt::chat_turn(mission, &heard.line)
}

/// What the embedded persona answers: as if the local reading were all there is, so that the answer
/// fits the mood and the gates as they are after the line.
#[must_use]
pub fn offline_reply(mission: &Mission, heard: &Heard) -> OfflineAnswer {
    let scenario = mission.scenario();
    let reading = scenario
        .is_scored()
        .then(|| blended(scenario, heard, &ModelAnswer::default(), Confidence::new(0.0)));
    let outcome = fold_reading(mission, heard, reading);
    let seed = outcome.state.seed;
    let closing =
        outcome.ending.and_then(|ending| scenario.offline.closing(ending.outcome(), seed));
    if let Some(text) = &closing
        && heard.verdict != Verdict::Proceed
        && !asks(heard)
    {
        return OfflineAnswer { text: text.clone(), from: None };
    }
    let facts = outcome.state.facts(scenario, Some(&heard.line)).with_cues(&heard.local.cues);
    // `after` looks at the line before this one, which is what the state still holds.
    let reply = scenario.offline.reply(&facts, &outcome.state.used_lines, heard.turn.0, seed);
    match (reply, closing) {
        // A question is answered even when it is the last thing said.
        (Some(Spoken { text, from, about_line }), Some(closing))
            if asks(heard) || (about_line && goes_before(&text, &closing)) =>
        {
            OfflineAnswer { text: format!("{text} {closing}"), from: Some(from) }
        }
        (Some(_), Some(closing)) => OfflineAnswer { text: closing, from: None },
        (Some(Spoken { text, from, .. }), None) => OfflineAnswer { text, from: Some(from) },
        (None, Some(closing)) => OfflineAnswer { text: closing, from: None },
        (None, None) => OfflineAnswer { text: "…".to_owned(), from: None },
    }
}

/// The longest answer that is spoken before a closing, in bytes.
const LONGEST_BEFORE_CLOSING: usize = 90;

/// Whether somebody may say this and take their leave in the same breath: it is short, waits for no
/// answer, and they do not say "okay" twice.
fn goes_before(text: &str, closing: &str) -> bool {
    let opening = Line::new(closing).words().first().cloned();
    text.len() <= LONGEST_BEFORE_CLOSING
        && !text.contains('?')
        && !opening.is_some_and(|opening| Line::new(text).words().contains(&opening))
}

fn asks(heard: &Heard) -> bool {
    let is_read = |cue: &Cue| heard.local.has(&(*cue).into());
    [Cue::OpenQuestion, Cue::ClosedQuestion].iter().any(is_read)
        || Asked::of(&heard.line).last().is_some()
}

/// What the embedded persona says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineAnswer {
    /// The words.
    pub text: String,
    /// The authored line, unless it is a closing.
    pub from: Option<OfflineLine>,
}

impl OfflineAnswer {
    /// The answer as it is recorded: `own_us` is our share of the turn, µs, and `degraded` says why
    /// the embedded persona stood in for a model, if it did.
    #[must_use]
    pub fn into_line(self, own_us: u64, degraded: Option<String>) -> PersonaLine {
        PersonaLine {
            text: self.text,
            provider: "embedded".to_owned(),
            model: "embedded".to_owned(),
            offline: self.from,
            degraded: degraded.is_some(),
            degraded_reason: degraded,
            valid: None,
            timings: Timings { own_us, ..Timings::default() },
            usage: Usage::default(),
            cost: Some(MicroUsd(0)),
            attempts: 0,
        }
    }
}

/// Everything that follows from a line and its answer, in the order it is committed.
///
/// `model` is what a model said about the line (empty for the embedded persona), `trust` how far
/// its number is trusted, `line` what the persona said (`None`: nobody answered, by safety).
#[must_use]
pub fn decide(
    mission: &Mission,
    heard: &Heard,
    model: &ModelAnswer,
    trust: Confidence,
    line: Option<PersonaLine>,
    at: Timestamp,
) -> Vec<MissionEvent> {
    if heard.verdict == Verdict::Crisis {
        return vec![MissionEvent::CrisisPaused { turn: heard.turn, at }];
    }
    let scenario = mission.scenario();
    let scored = scenario.is_scored();
    let reading = scored.then(|| blended(scenario, heard, model, trust));
    let Decided { mut events, ending, state } = fold_reading(mission, heard, reading);
    if let Some(line) = line {
        events.push(MissionEvent::PersonaSpoke { turn: heard.turn, at, line });
    }
    if let Some(ending) = ending {
        if let Some(gem) = gem(scenario, &state, ending) {
            events.push(gem);
        }
        events.push(MissionEvent::Ended { at, ending });
    }
    events
}

/// The events of taking a turn back before it was answered. What safety says about the line stands:
/// taking it back undoes no strike and hides no crisis.
#[must_use]
pub fn cancel(mission: &Mission, at: Timestamp) -> Vec<MissionEvent> {
    let Some(heard) = hear(mission) else { return Vec::new() };
    let turn = heard.turn;
    let cancelled = MissionEvent::TurnCancelled { turn, at };
    if heard.verdict == Verdict::Proceed {
        return vec![cancelled];
    }
    let nothing = ModelAnswer::default();
    let mut events = decide(mission, &heard, &nothing, Confidence::new(0.0), None, at);
    let stops = |event: &MissionEvent| {
        matches!(event, MissionEvent::CrisisPaused { .. } | MissionEvent::Ended { .. })
    };
    if !events.iter().any(stops) {
        events.push(cancelled);
    }
    events
}

/// The events of leaving a mission.
#[must_use]
pub fn leave(mission: &Mission, ending: Ending, at: Timestamp) -> Vec<MissionEvent> {
    match mission.state().phase {
        Phase::New | Phase::Ended(_) => Vec::new(),
        _ => vec![MissionEvent::Ended { at, ending }],
    }
}

/// Time left, ms; `None` where there is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeLeft {
    /// For this turn.
    pub turn_ms: Option<u64>,
    /// For the mission.
    pub mission_ms: Option<u64>,
}

/// Time left at `now`. The clock only runs while the user is thinking.
#[must_use]
pub fn time_left(mission: &Mission, now: Timestamp) -> TimeLeft {
    let (state, policy) = (mission.state(), &mission.scenario().policy);
    let is_extended = state.extended_turn == Some(state.turn.next());
    let grace = if is_extended { policy.seconds_extension.unwrap_or(0) } else { 0 };
    let left = |limit_s: u32, used_ms: u64| (u64::from(limit_s) * 1_000).saturating_sub(used_ms);
    TimeLeft {
        turn_ms: policy
            .seconds_per_turn
            .map(|seconds| left(seconds + grace, now.since(state.listening_since))),
        mission_ms: policy.mission_seconds.map(|seconds| {
            left(seconds, now.since(state.started_at).saturating_sub(state.paused_ms))
        }),
    }
}

/// What the clock does at `now`: nothing, the one extension, or the end.
#[must_use]
pub fn tick(mission: &Mission, now: Timestamp) -> Vec<MissionEvent> {
    let (state, policy) = (mission.state(), &mission.scenario().policy);
    if state.phase != Phase::Listening || !policy.endings.contains(&Ending::FailTimer) {
        return Vec::new();
    }
    let left = time_left(mission, now);
    let turn = state.turn.next();
    if left.mission_ms == Some(0) || left.turn_ms == Some(0) {
        let may_extend = left.mission_ms != Some(0)
            && state.extended_turn.is_none()
            && policy.seconds_extension.is_some_and(|seconds| seconds > 0);
        if may_extend {
            return vec![MissionEvent::TimeExtended { turn }];
        }
        return vec![
            MissionEvent::TimeExpired { turn, at: now },
            MissionEvent::Ended { at: now, ending: Ending::FailTimer },
        ];
    }
    Vec::new()
}

/// The analysis job that goes with a decided turn, or with the end of a mission.
#[must_use]
pub fn deep_analysis(
    mission: &Mission,
    mission_id: crate::ids::MissionId,
    user_id: &str,
    trace_id: String,
    reading: Option<&TurnReading>,
    at: Timestamp,
) -> DeepAnalysis {
    DeepAnalysis {
        trace_id,
        scenario_id: mission.scenario().id.clone(),
        mission_id,
        user_id: user_id.to_owned(),
        last_turn_index: mission.state().turn,
        fast_tags: reading.map(|reading| FastTags {
            tier: reading.shown_tier(),
            deltas: reading.deltas,
            boundary_risk: reading.boundary_risk,
            micro_flags: reading.flags.clone(),
        }),
        created_at: at,
    }
}

/// What a reading leads to.
struct Decided {
    events: Vec<MissionEvent>,
    ending: Option<Ending>,
    state: MissionState,
}

/// Folds a reading into a copy of the state and sees what it sets off.
fn fold_reading(mission: &Mission, heard: &Heard, reading: Option<TurnReading>) -> Decided {
    let scenario = mission.scenario();
    let mut draft = Draft { scenario, state: mission.state().clone(), events: Vec::new() };
    let turn = heard.turn;
    let tier = reading.as_ref().and_then(TurnReading::shown_tier);
    if let Some(reading) = reading {
        draft.push(MissionEvent::TurnRead { turn, reading });
    }
    let disqualified = match heard.verdict {
        Verdict::Disqualify(cause) => {
            draft.push(MissionEvent::StrikeGiven { turn, cause });
            true
        }
        Verdict::Strike(cause) => {
            draft.push(MissionEvent::StrikeGiven { turn, cause });
            false
        }
        Verdict::Proceed | Verdict::Crisis => false,
    };
    draft.open_gates(&heard.line, turn);
    draft.make_progress(&heard.line, turn);
    draft.reveal_secrets(&heard.line, turn);
    if let Some(tier) = tier {
        let (xp, coins) = (draft.state.xp, draft.state.coins);
        for reward in grants_for(tier, xp, coins, &scenario.rewards) {
            draft.push(MissionEvent::RewardGranted { turn, reward });
        }
    }
    let ending = draft.ending(&heard.line, disqualified);
    Decided { events: draft.events, ending, state: draft.state }
}

/// A state and the events that led to it from the mission's.
struct Draft<'a> {
    scenario: &'a Scenario,
    state: MissionState,
    events: Vec<MissionEvent>,
}

impl Draft<'_> {
    fn push(&mut self, event: MissionEvent) {
        self.state.apply(self.scenario, &event);
        self.events.push(event);
    }

    /// Passing one gate may be what another waits for, so this goes round until nothing moves.
    fn open_gates(&mut self, line: &Line, turn: TurnIndex) {
        loop {
            let facts = self.state.facts(self.scenario, Some(line));
            let passed = self
                .scenario
                .gates
                .iter()
                .find(|gate| !self.state.gates.contains_key(&gate.id) && gate.when.holds(&facts))
                .map(|gate| (gate.id.clone(), gate.reason.clone()));
            let Some((gate, reason)) = passed else { return };
            self.push(MissionEvent::GatePassed { turn, gate, reason });
        }
    }

    fn make_progress(&mut self, line: &Line, turn: TurnIndex) {
        let facts = self.state.facts(self.scenario, Some(line));
        let made: Vec<_> = self
            .scenario
            .objective
            .progress
            .iter()
            .enumerate()
            .filter(|(at, rule)| {
                !self.state.progress_rules.contains(&(*at as u32)) && rule.when.holds(&facts)
            })
            .map(|(at, rule)| MissionEvent::ProgressMade {
                turn,
                rule: at as u32,
                worth: rule.worth,
            })
            .collect();
        made.into_iter().for_each(|event| self.push(event));
    }

    fn reveal_secrets(&mut self, line: &Line, turn: TurnIndex) {
        let facts = self.state.facts(self.scenario, Some(line));
        let revealed: Vec<_> = self
            .scenario
            .persona
            .secrets
            .iter()
            .filter(|secret| {
                !self.state.secrets.contains(&secret.id) && secret.reveal_when.holds(&facts)
            })
            .map(|secret| MissionEvent::SecretRevealed { turn, secret: secret.id.clone() })
            .collect();
        revealed.into_iter().for_each(|event| self.push(event));
    }

    /// The first ending of the policy's order that holds.
    fn ending(&self, line: &Line, disqualified: bool) -> Option<Ending> {
        let policy = &self.scenario.policy;
        let facts = self.state.facts(self.scenario, Some(line));
        policy.endings.iter().copied().find(|ending| self.holds(*ending, &facts, disqualified))
    }

    fn holds(
        &self,
        ending: Ending,
        facts: &super::state::StateFacts<'_>,
        disqualified: bool,
    ) -> bool {
        let (state, scenario) = (&self.state, self.scenario);
        let policy = &scenario.policy;
        let turn = state.played;
        let struck_out = policy.strikes > 0 && state.strikes.len() >= policy.strikes as usize;
        let worst_disqualifies = state.strikes.last().is_some_and(|cause| cause.disqualifies());
        let may_win = turn >= policy.min_turns
            && state.tally.mean().is_none_or(|mean| mean >= scenario.knobs.fail_threshold);
        let objective = &scenario.objective;
        match ending {
            Ending::AbortDisqualified => disqualified || (struck_out && worst_disqualifies),
            Ending::FailStrikes => struck_out,
            Ending::FailGateSequence => scenario.gates.iter().any(|gate| {
                gate.required_by.is_some_and(|by| turn >= by) && !state.gates.contains_key(&gate.id)
            }),
            Ending::FailMoodCollapse => state.collapsing >= 2,
            Ending::FailObjective => {
                objective.lost_when.as_ref().is_some_and(|when| when.holds(facts))
            }
            Ending::SuccessObjective => {
                may_win && objective.won_when.as_ref().is_some_and(|when| when.holds(facts))
            }
            Ending::SuccessGateSequence => {
                may_win
                    && scenario.required_gates().next().is_some()
                    && scenario.required_gates().all(|gate| state.gates.contains_key(&gate.id))
            }
            Ending::SuccessScoreMilestone => {
                may_win
                    && policy.milestone.is_some_and(|milestone| {
                        state.tally.mean().is_some_and(|mean| mean >= milestone)
                    })
            }
            Ending::FailMaxTurns => turn >= policy.max_turns,
            // These come from the clock, the person or the machine, not from a line.
            Ending::FailTimer | Ending::AbortUser | Ending::AbortSystemError => false,
        }
    }
}

/// The gem of a won mission: for its first S+ line.
fn gem(scenario: &Scenario, state: &MissionState, ending: Ending) -> Option<MissionEvent> {
    let turn = state.first_s_plus?;
    let earned = scenario.rewards.gem && state.gems == 0 && ending.outcome() == Outcome::Success;
    earned.then_some(MissionEvent::RewardGranted {
        turn,
        reward: Reward { kind: RewardKind::Gem, amount: 1 },
    })
}

/// The reading that counts: the model's fields where it gave them, the local ones elsewhere.
fn blended(
    scenario: &Scenario,
    heard: &Heard,
    model: &ModelAnswer,
    trust: Confidence,
) -> TurnReading {
    let local = &heard.local;
    let (blend_score, confidence) = blend(model.score, trust, local.score, local.confidence);
    let mut flags = local.flags.clone();
    for flag in &model.flags {
        if !flags.contains(flag) {
            flags.push(*flag);
        }
    }
    // A model can raise risk, never lower it.
    let boundary_risk = local.boundary_risk.max(model.boundary_risk.unwrap_or_default());
    let mut cues = local.cues.clone();
    for cue in &model.cues {
        if !local.has(cue) && !is_safety_cue(cue) {
            cues.push(CueHit { cue: cue.clone(), strength: MODEL_CUE_STRENGTH });
        }
    }
    let adjusted = adjust(blend_score, &flags, &cues, &scenario.knobs);
    let score = boundary_cap(adjusted, boundary_risk);
    let mut hint = event_hint(score, confidence, boundary_risk, &flags);
    if scenario.tone == Tone::Grave && hint == EventHint::Celebration {
        hint = EventHint::Neutral;
    }
    if model.hint == Some(EventHint::Warning) && boundary_risk >= BoundaryRisk::Med {
        hint = EventHint::Warning;
    }
    let mut deltas = local.deltas;
    deltas.mood = model.mood.unwrap_or(deltas.mood);
    deltas.tension = model.tension.unwrap_or(deltas.tension);
    deltas.comfort = model.comfort.unwrap_or(deltas.comfort);
    TurnReading {
        cues,
        score,
        confidence,
        local_score: local.score,
        model_score: model.score,
        deltas,
        strength: local.strength,
        boundary_risk,
        safety: local.safety,
        flags,
        hint,
        source: match model.score {
            None => ReadingSource::Local,
            Some(_) if local.confidence.get() == 0.0 => ReadingSource::Model,
            Some(_) => ReadingSource::Blended,
        },
        reason: reason(local, model, score, boundary_risk),
        on_topic: local.on_topic,
        problems: model.problems.clone(),
    }
}

/// Safety is decided locally; a model's word on these is heard through the boundary risk alone.
fn is_safety_cue(cue: &CueName) -> bool {
    matches!(
        cue,
        CueName::Common(Cue::Insult | Cue::Threat | Cue::Slur | Cue::Sexual | Cue::Crisis)
    )
}

/// What difficulty does to a score: each bad habit (two at most) costs up to 3 by strictness,
/// hedging up to 4 more where ambiguity is not tolerated, and humour that does no harm adds up to 4.
fn adjust(score: Score, flags: &[MicroFlag], cues: &[CueHit], knobs: &Knobs) -> Score {
    let bad = flags.iter().filter(|flag| flag.is_bad()).count().min(2) as f64;
    let hedging = if flags.contains(&MicroFlag::Hedging) { 1.0 } else { 0.0 };
    let humour = CueName::Common(Cue::Humour);
    let clever = if bad == 0.0 && cues.iter().any(|hit| hit.cue == humour) { 1.0 } else { 0.0 };
    Score::new(
        score.get()
            - bad * 3.0 * knobs.strictness / 100.0
            - hedging * 4.0 * (100.0 - knobs.ambiguity_tolerance) / 100.0
            + clever * 4.0 * knobs.cleverness_bonus / 100.0,
    )
}

/// Why the score is what it is. When model and local reader are far apart, that is said.
fn reason(local: &LocalReading, model: &ModelAnswer, score: Score, risk: BoundaryRisk) -> String {
    if risk == BoundaryRisk::High && local.boundary_risk < BoundaryRisk::High {
        return "the model sees a boundary crossed".to_owned();
    }
    match model.score {
        Some(number) if (number.get() - local.score.get()).abs() > 35.0 => {
            format!("{}; the model says {number}, the words alone {}", local.reason, local.score)
        }
        Some(_) if local.reason.is_empty() => {
            format!("the model puts it at {}", Tier::of(score).name())
        }
        _ => local.reason.clone(),
    }
}
