//! From what is known about a mission to the report. Linear in its turns.

use std::collections::BTreeMap;

use super::model::{
    Breakdown, Change, Costs, Difference, FlagCount, Format, Latencies, MissionHead, MoodCount,
    MoodSummary, Peak, Percentiles, Report, Rewards, Section, SourceCount, TierCount, Trouble,
    TroubleKind, TurnLine, Verdict,
};
use super::{Freshness, ReportInput, StageStatus};
use crate::analysis::PastMission;
use crate::analysis::gates::{FinalGate, FinalGates};
use crate::analysis::traits::Trait;
use crate::analysis::turn_impact::{KeyLineKind, TurnImpacts};
use crate::ids::TurnIndex;
use crate::job::Stage;
use crate::mission::{Phase, Problem, SpokenTurn, TurnReading};
use crate::reading::BoundaryRisk;
use crate::routing::Task;
use crate::rules::{Mood, Rarity, Tier};
use crate::scenario::Tone;
use crate::units::{MicroUsd, Score};

/// In the place of words that are not given back.
const NOT_QUOTED: &str = "(not quoted)";

/// The version of the format.
const VERSION: u32 = 1;
/// Assessments are no stage of a mission's analysis.
const NO_SUCH_STAGE: &str = "not analysed by this version of spar";

/// The report. It never fails: what is missing is named where it would stand.
#[must_use]
pub fn build(input: &ReportInput<'_>) -> Report {
    let results = input.results;
    Report {
        format: Format::SparReport,
        version: VERSION,
        mission: head(input),
        verdict: verdict(input),
        completion_percent: completion(input),
        summary: studied(input, Stage::ActionSummary, &results.action_summary),
        breakdown: breakdown(input),
        rewards: rewards(input),
        mood: mood(input),
        timeline: studied(input, Stage::MoodTimeline, &results.mood_timeline),
        gates: gates(input),
        insights: studied(input, Stage::Insights, &results.insights),
        impact: impact(input),
        traits: studied(input, Stage::Traits, &results.traits),
        layers: studied(input, Stage::Layers, &results.layers),
        breakthroughs: studied(input, Stage::Breakthroughs, &results.breakthroughs),
        patterns: studied(input, Stage::Patterns, &results.patterns),
        topics: studied(input, Stage::Topics, &results.topics),
        coaching: studied(input, Stage::Coaching, &results.coaching),
        prose: studied(input, Stage::Prose, &results.prose),
        skills: studied(input, Stage::Skills, &results.skills),
        assessments: Section::empty(Freshness::NotAnalysed, NO_SUCH_STAGE),
        synergy: studied(input, Stage::Synergy, &results.synergy),
        category: studied(input, Stage::CategoryStats, &results.category_stats),
        memory: studied(input, Stage::PersonaMemory, &results.persona_memory),
        difference: difference(input),
        costs: costs(input),
        latencies: latencies(input),
        troubles: troubles(input),
        transcript: transcript(input),
    }
}

fn is_grave(input: &ReportInput<'_>) -> bool {
    input.mission.scenario().tone == Tone::Grave
}

/// The turns that count.
fn turns<'a>(input: &ReportInput<'a>) -> impl Iterator<Item = &'a SpokenTurn> + Clone {
    input.mission.turns().iter().filter(|spoken| !spoken.cancelled)
}

/// Readings that say something: without any confidence there is nothing to count.
fn readings<'a>(input: &ReportInput<'a>) -> impl Iterator<Item = &'a TurnReading> + Clone {
    input.mission.turns().iter().filter_map(|spoken| spoken.reading.as_ref()).filter(|r| counts(r))
}

fn counts(reading: &TurnReading) -> bool {
    reading.confidence.get() > 0.0
}

/// How a stage stands. A result that nobody has said anything about is taken to be whole; a status
/// that promises a result which is not there is not believed.
fn status(input: &ReportInput<'_>, stage: Stage) -> StageStatus {
    let has = input.results.has(stage);
    let mut status = match input.stages.get(&stage) {
        Some(status) => status.clone(),
        None if has => StageStatus { freshness: Freshness::Fresh, made: None },
        None => StageStatus::default(),
    };
    if !has && matches!(status.freshness, Freshness::Fresh | Freshness::Stale { .. }) {
        status.freshness = Freshness::NotAnalysed;
    }
    status
}

/// The section of a stage.
fn studied<T: Clone>(input: &ReportInput<'_>, stage: Stage, result: &Option<T>) -> Section<T> {
    let status = status(input, stage);
    let note = note(&status, result.is_some(), input.mission.state().turn);
    Section { freshness: status.freshness, note, made: status.made, content: result.clone() }
}

/// Why a section is missing, old or incomplete.
fn note(status: &StageStatus, has: bool, last: TurnIndex) -> Option<String> {
    let older = if has { "; what stands here is older" } else { "" };
    let note = match &status.freshness {
        Freshness::Fresh => {
            let problems = status.made.as_ref().map_or(0, |made| made.problems.len());
            return (problems > 0).then(|| match problems {
                1 => "one field of the answer was computed here".to_owned(),
                many => format!("{many} fields of the answer were computed here"),
            });
        }
        Freshness::Stale { through } => format!("covers turns 1–{through} of {last}"),
        Freshness::InProgress => format!("in progress{older}"),
        Freshness::Waiting { reason } => format!("waiting: {reason}{older}"),
        Freshness::Failed { reason } => format!("failed: {reason}{older}"),
        Freshness::NotAnalysed => "not analysed".to_owned(),
    };
    Some(note)
}

fn completion(input: &ReportInput<'_>) -> u32 {
    let fresh = Stage::ALL
        .into_iter()
        .filter(|stage| status(input, *stage).freshness == Freshness::Fresh)
        .count();
    (fresh * 100 / Stage::ALL.len()) as u32
}

fn head(input: &ReportInput<'_>) -> MissionHead {
    let (facts, scenario) = (input.facts, input.mission.scenario());
    let until = facts.ended_at.unwrap_or(input.mission.state().last_at);
    MissionHead {
        mission_id: Some(facts.mission_id),
        session_id: facts.session_id,
        scenario_id: scenario.id.clone(),
        title: scenario.title.clone(),
        objective: scenario.objective.title.clone(),
        persona: scenario.persona.name.clone(),
        persona_role: scenario.persona.role.clone(),
        category: scenario.category,
        tone: scenario.tone,
        difficulty: scenario.difficulty,
        language: scenario.language.clone(),
        provider: facts.provider.clone(),
        model: facts.model.clone(),
        seed: input.mission.state().seed.to_string(),
        run: facts.run.clone(),
        imported: facts.imported,
        started_at: Some(facts.started_at),
        ended_at: facts.ended_at,
        duration_ms: (!facts.imported).then(|| until.since(facts.started_at)),
        turns: turns(input).count() as u32,
    }
}

fn verdict(input: &ReportInput<'_>) -> Verdict {
    let state = input.mission.state();
    let ending = state.ending();
    let in_words = match (ending, state.phase) {
        (Some(ending), _) => input.mission.ending_in_words().unwrap_or(ending.in_words()),
        (None, Phase::Paused) => "The mission is paused.",
        (None, Phase::New) => "The mission has not begun.",
        (None, _) => "The mission is still going on.",
    };
    Verdict {
        outcome: ending.map(crate::rules::Ending::outcome),
        ending,
        in_words: in_words.to_owned(),
        score: input.mission.score(),
        mean: state.tally.mean().map(Score::new),
        progress: Score::new(state.progress),
        strikes: state.strikes.len() as u32,
    }
}

fn breakdown(input: &ReportInput<'_>) -> Section<Breakdown> {
    let tally = &input.mission.state().tally;
    let all = input.mission.turns().len() as u32;
    let read = input.mission.turns().iter().filter_map(|spoken| spoken.reading.as_ref());
    let mut flags: BTreeMap<_, u32> = BTreeMap::new();
    let mut sources = [0; 3];
    for reading in readings(input) {
        reading.flags.iter().for_each(|flag| *flags.entry(*flag).or_default() += 1);
        sources[reading.source as usize] += 1;
    }
    let mut flags: Vec<_> =
        flags.into_iter().map(|(flag, turns)| FlagCount { flag, turns }).collect();
    flags.sort_by_key(|count| std::cmp::Reverse(count.turns));
    let content = Breakdown {
        scored: tally.count,
        unscored: all.saturating_sub(tally.count),
        tiers: Tier::ALL
            .into_iter()
            .rev()
            .map(|tier| TierCount { tier, turns: tally.per_tier[usize::from(tier.rank())] })
            .collect(),
        sources: by_source(sources),
        local_mean: mean(readings(input).map(|reading| reading.local_score)),
        model_mean: mean(readings(input).filter_map(|reading| reading.model_score)),
        boundary_problems: tally.boundary_problems,
        longest_momentum: longest(readings(input).map(|r| Tier::of(r.score) >= Tier::B)),
        longest_safe: longest(read.map(|r| r.boundary_risk != BoundaryRisk::High)),
        flags,
    };
    let mut section = Section::of_the_events(content);
    if !input.mission.scenario().is_scored() {
        section.note = Some("lines in this language are played, not scored".to_owned());
    } else if tally.count == 0 {
        section.note = Some("no line was scored".to_owned());
    }
    section
}

fn by_source(counts: [u32; 3]) -> Vec<SourceCount> {
    use crate::mission::ReadingSource::{Blended, Local, Model};
    let mut sources: Vec<_> = [Model, Local, Blended]
        .into_iter()
        .map(|source| SourceCount { source, turns: counts[source as usize] })
        .filter(|count| count.turns > 0)
        .collect();
    sources.sort_by_key(|count| std::cmp::Reverse(count.turns));
    sources
}

fn mean(scores: impl Iterator<Item = Score>) -> Option<Score> {
    let (sum, count) =
        scores.fold((0.0, 0_u32), |(sum, count), score| (sum + score.get(), count + 1));
    (count > 0).then(|| Score::new(sum / f64::from(count)))
}

/// The longest row of `true`.
fn longest(row: impl Iterator<Item = bool>) -> u32 {
    let (best, _) = row.fold((0, 0), |(best, now): (u32, u32), holds| {
        let now = if holds { now + 1 } else { 0 };
        (best.max(now), now)
    });
    best
}

fn rewards(input: &ReportInput<'_>) -> Section<Rewards> {
    if is_grave(input) {
        return Section::empty(Freshness::Fresh, "left out: the subject is grave");
    }
    let (state, limits) = (input.mission.state(), input.mission.scenario().rewards);
    let of = |rarity| {
        let tiers = readings(input).filter_map(TurnReading::shown_tier);
        tiers.filter(|tier| tier.rarity() == rarity).count() as u32
    };
    Section::of_the_events(Rewards {
        xp: state.xp,
        coins: state.coins,
        gems: state.gems,
        xp_limit: limits.xp,
        coin_limit: limits.coins,
        rare: of(Rarity::Rare),
        epic: of(Rarity::Epic),
    })
}

fn mood(input: &ReportInput<'_>) -> Section<MoodSummary> {
    let (state, start) = (input.mission.state(), input.mission.scenario().persona.start);
    let mut counts: BTreeMap<Mood, u32> = BTreeMap::new();
    let mut peak = Peak { value: Score::new(start.tension), turn: TurnIndex(0) };
    for spoken in turns(input).filter(|spoken| spoken.reading.is_some()) {
        *counts.entry(spoken.mood).or_default() += 1;
        let value = Score::new(spoken.vector.tension);
        if value > peak.value {
            peak = Peak { value, turn: spoken.turn };
        }
    }
    let mut moods: Vec<_> =
        counts.into_iter().map(|(mood, turns)| MoodCount { mood, turns }).collect();
    moods.sort_by_key(|count| std::cmp::Reverse(count.turns));
    Section::of_the_events(MoodSummary {
        start: start.region(),
        start_vector: rounded(start),
        end: state.mood,
        end_vector: rounded(state.vector),
        peak_tension: peak,
        moods,
    })
}

/// The gates come from the fold, which is never old; what an open one lacked is the stage's.
fn gates(input: &ReportInput<'_>) -> Section<FinalGates> {
    let studied = studied(input, Stage::Gates, &input.results.gates);
    let known = studied.content.map_or_else(Vec::new, |found| found.gates);
    let gates: Vec<_> = input
        .mission
        .scenario()
        .gates
        .iter()
        .map(|gate| {
            let passed_in = input.mission.state().gates.get(&gate.id).copied();
            let missing = known.iter().find(|known| known.id == gate.id);
            FinalGate {
                id: gate.id.clone(),
                title: gate.title.clone(),
                reason: gate.reason.clone(),
                required: gate.required,
                passed_in,
                missing: missing
                    .filter(|_| passed_in.is_none())
                    .and_then(|gate| gate.missing.clone()),
            }
        })
        .collect();
    let is_open = gates.iter().any(|gate| gate.passed_in.is_none());
    let note = if gates.is_empty() {
        Some("this scenario has no gates".to_owned())
    } else {
        // What nothing is missing from needs no analysis.
        studied.note.filter(|_| is_open).map(|note| format!("what open gates lacked: {note}"))
    };
    let (freshness, made) = (studied.freshness, studied.made);
    Section { freshness, note, made, content: Some(FinalGates { gates }) }
}

/// Where the subject is grave, no line is called rare.
fn impact(input: &ReportInput<'_>) -> Section<TurnImpacts> {
    let mut section = studied(input, Stage::TurnImpact, &input.results.turn_impact);
    if is_grave(input)
        && let Some(impacts) = &mut section.content
    {
        for line in &mut impacts.key_lines {
            line.rarity = None;
            if line.kind == KeyLineKind::Rare {
                line.kind = KeyLineKind::Top;
            }
        }
    }
    section
}

fn difference(input: &ReportInput<'_>) -> Section<Difference> {
    let Some(past) = input.previous else {
        return Section::empty(Freshness::Fresh, "no earlier mission of this scenario");
    };
    Section::of_the_events(Difference {
        mission_id: Some(past.mission_id),
        ended_at: Some(past.ended_at),
        ending: past.ending,
        score: past
            .score
            .zip(input.mission.score())
            .map(|(before, now)| change(before.get(), now.get())),
        turns: change(f64::from(past.turns), turns(input).count() as f64),
        traits: trait_changes(input, past),
    })
}

fn trait_changes(input: &ReportInput<'_>, past: &PastMission) -> Vec<Change> {
    let now = input.results.traits.as_ref().and_then(|traits| traits.scores);
    let Some((before, now)) = past.traits.zip(now) else { return Vec::new() };
    Trait::ALL.into_iter().map(|of| change(before.get(of).get(), now.get(of).get())).collect()
}

fn change(before: f64, now: f64) -> Change {
    Change { before, now, by: tenth(now - before) }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn costs(input: &ReportInput<'_>) -> Section<Costs> {
    let conversation = input.mission.state().cost;
    let asked =
        input.costs.iter().try_fold(MicroUsd(0), |sum, task| task.cost.map(|cost| sum + cost));
    // Prompt runs of the conversation are counted once: by task when they are listed there.
    let is_listed = input.costs.iter().any(|task| task.task == Task::ChatTurn);
    let total = if is_listed {
        asked
    } else {
        asked.zip(conversation).map(|(asked, conversation)| asked + conversation)
    };
    let mut section =
        Section::of_the_events(Costs { conversation, tasks: input.costs.to_vec(), total });
    if total.is_none() {
        section.note = Some("the price of a model that was used is not known".to_owned());
    }
    section
}

fn latencies(input: &ReportInput<'_>) -> Section<Latencies> {
    if input.facts.imported {
        return Section::empty(Freshness::Fresh, "an imported conversation has no timings");
    }
    let timings =
        || input.mission.turns().iter().filter_map(|spoken| Some(spoken.reply.as_ref()?.timings));
    let total = percentiles(timings().map(|timings| timings.total_ms).collect());
    let own = percentiles(timings().map(|timings| timings.own_us as f64).collect());
    let Some((total_ms, own_us)) = total.zip(own) else {
        return Section::empty(Freshness::Fresh, "no answer was given");
    };
    let ttft_ms = percentiles(timings().filter_map(|timings| timings.ttft_ms).collect());
    Section::of_the_events(Latencies { ttft_ms, total_ms, own_us })
}

/// By nearest rank; `None` of nothing.
fn percentiles(mut values: Vec<f64>) -> Option<Percentiles> {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (share * values.len() as f64).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied().map(tenth)
    };
    Some(Percentiles { p50: at(0.50)?, p95: at(0.95)?, count: values.len() as u32 })
}

fn troubles(input: &ReportInput<'_>) -> Section<Vec<Trouble>> {
    let mut troubles = Vec::new();
    for spoken in input.mission.turns() {
        if let Some(reply) = spoken.reply.as_ref().filter(|reply| reply.degraded) {
            let why = reply.degraded_reason.as_deref().unwrap_or("the model did not answer");
            let problem = Problem { field: String::new(), message: why.to_owned() };
            let kind = TroubleKind::Degraded;
            troubles.push(Trouble { turn: spoken.turn, kind, problems: vec![problem] });
        }
        let problems = spoken.reading.as_ref().map_or(&[][..], |reading| &reading.problems);
        if !problems.is_empty() {
            let (turn, problems) = (spoken.turn, problems.to_vec());
            troubles.push(Trouble { turn, kind: TroubleKind::Repaired, problems });
        }
    }
    Section::of_the_events(troubles)
}

fn transcript(input: &ReportInput<'_>) -> Section<Vec<TurnLine>> {
    let grave = is_grave(input);
    // A report may be passed on; what was said in a crisis is not.
    let quoted = || input.mission.quotable_opener().unwrap_or(NOT_QUOTED);
    let opener = input.mission.state().opener.as_ref().map(|_| opener_line(input, quoted()));
    let lines = input.mission.turns().iter().map(|spoken| line(spoken, grave));
    let lines: Vec<_> = opener.into_iter().chain(lines).collect();
    let mut section = Section::of_the_events(lines);
    if section.content.as_ref().is_some_and(Vec::is_empty) {
        section.note = Some("nothing was said".to_owned());
    }
    section
}

fn opener_line(input: &ReportInput<'_>, opener: &str) -> TurnLine {
    let start = input.mission.scenario().persona.start;
    TurnLine {
        turn: TurnIndex(0),
        user: None,
        persona: Some(opener.to_owned()),
        score: None,
        tier: None,
        rarity: None,
        reason: None,
        source: None,
        boundary_risk: None,
        flags: Vec::new(),
        mood: start.region(),
        vector: rounded(start),
        taken_back: false,
        degraded: false,
    }
}

fn line(spoken: &SpokenTurn, grave: bool) -> TurnLine {
    let reading = spoken.reading.as_ref();
    let scored = reading.filter(|reading| counts(reading));
    let tier = scored.and_then(TurnReading::shown_tier);
    let quoted = |words: &str| {
        if spoken.in_crisis() { NOT_QUOTED.to_owned() } else { words.to_owned() }
    };
    TurnLine {
        turn: spoken.turn,
        user: Some(quoted(&spoken.user)),
        persona: spoken.reply.as_ref().map(|reply| quoted(&reply.text)),
        score: scored.map(|reading| reading.score),
        tier,
        rarity: tier.map(Tier::rarity).filter(|_| !grave),
        // It may be about the very words.
        reason: scored.filter(|_| !spoken.in_crisis()).map(|reading| reading.reason.clone()),
        source: reading.map(|reading| reading.source),
        boundary_risk: reading.map(|reading| reading.boundary_risk),
        flags: reading.map(|reading| reading.flags.clone()).unwrap_or_default(),
        mood: spoken.mood,
        vector: rounded(spoken.vector),
        taken_back: spoken.cancelled,
        degraded: spoken.reply.as_ref().is_some_and(|reply| reply.degraded),
    }
}

/// A tenth of a point is what is stored of scores, too.
fn rounded(vector: crate::rules::MoodVector) -> crate::rules::MoodVector {
    crate::rules::MoodVector {
        positivity: tenth(vector.positivity),
        tension: tenth(vector.tension),
        comfort: tenth(vector.comfort),
    }
}
