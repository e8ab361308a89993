//! Reports for tests: missions really played, results of analyzers written by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use spar_core::analysis::breakthroughs::{Breakthrough, BreakthroughKind, Breakthroughs};
use spar_core::analysis::category_stats::CategoryStats;
use spar_core::analysis::coaching::Coaching;
use spar_core::analysis::gates::{FinalGate, FinalGates};
use spar_core::analysis::insights::{InsightCard, InsightKind, Insights};
use spar_core::analysis::layers::{Layer, LayerKind, Layers};
use spar_core::analysis::mood_timeline::{ArcKind, MoodArc, MoodTimeline};
use spar_core::analysis::patterns::{Hook, Pattern, Patterns};
use spar_core::analysis::persona_memory::PersonaMemory;
use spar_core::analysis::prose::Prose;
use spar_core::analysis::skills::{
    Evidence, Reasoning, SkillEstimate, Skills, Source, SourceShare,
};
use spar_core::analysis::summary::ActionSummary;
use spar_core::analysis::synergy::{Synergies, Synergy};
use spar_core::analysis::topics::{Action, Technique, Topic, Topics, Whose};
use spar_core::analysis::traits::{Trait, TraitScores, Traits};
use spar_core::analysis::turn_impact::{KeyLine, KeyLineKind, TurnImpacts};
use spar_core::analysis::{PastMission, Results};
use spar_core::chat::Role;
use spar_core::ids::{MissionId, SessionId, TurnIndex};
use spar_core::job::Stage;
use spar_core::mission::{Mission, MissionEvent, Phase, Problem, turn};
use spar_core::reading::Skill;
use spar_core::report::{
    Freshness, GenerationMetadata, MissionFacts, Report, ReportInput, StageStatus, Strategy,
    TaskCost, build,
};
use spar_core::routing::{Profile, Task};
use spar_core::rules::{Ending, Tier};
use spar_core::scenario::{Category, Level, Scenario, Tone, builtin, load_builtin, read};
use spar_core::units::{Confidence, MicroUsd, Score, Timestamp};

use crate::support::{Play, START};

/// Everything a [`ReportInput`] borrows.
pub(crate) struct Sample {
    pub(crate) mission: Mission,
    pub(crate) facts: MissionFacts,
    pub(crate) results: Results,
    pub(crate) stages: BTreeMap<Stage, StageStatus>,
    pub(crate) costs: Vec<TaskCost>,
    pub(crate) previous: Option<PastMission>,
}

impl Sample {
    pub(crate) fn report(&self) -> Report {
        build(&ReportInput {
            mission: &self.mission,
            facts: &self.facts,
            results: &self.results,
            stages: &self.stages,
            costs: &self.costs,
            previous: self.previous.as_ref(),
        })
    }
}

/// A mission nobody has analysed.
pub(crate) fn unanalysed(id: &str, level: Level) -> Sample {
    of(played(&built_in(id), level))
}

/// The same scenario with another tone.
pub(crate) fn grave(id: &str, level: Level) -> Sample {
    let scenario = Scenario { tone: Tone::Grave, ..(*built_in(id)).clone() };
    of(played(&Arc::new(scenario), level))
}

pub(crate) fn of(play: Play) -> Sample {
    let facts = MissionFacts {
        mission_id: MissionId::from_parts(Timestamp::from_millis(START), [1; 10]),
        session_id: Some(SessionId::from_parts(Timestamp::from_millis(START), [2; 10])),
        started_at: Timestamp::from_millis(START),
        ended_at: play.ending().map(|_| play.at()),
        provider: "embedded".to_owned(),
        model: "embedded".to_owned(),
        run: None,
        imported: false,
    };
    Sample {
        mission: play.mission,
        facts,
        results: Results::default(),
        stages: BTreeMap::new(),
        costs: Vec::new(),
        previous: None,
    }
}

/// A lost mission with half of the analysis there: some fresh, some old, some on its way.
pub(crate) fn half(id: &str, level: Level) -> Sample {
    let mut sample = unanalysed(id, level);
    let full = results(&sample.mission);
    sample.results.traits = full.traits;
    sample.results.topics = full.topics;
    sample.results.gates = full.gates;
    let made = |freshness| StageStatus { freshness, made: Some(offline(TurnIndex(3))) };
    let only = |freshness| StageStatus { freshness, made: None };
    sample.stages = BTreeMap::from([
        (Stage::Traits, made(Freshness::Fresh)),
        (Stage::Gates, made(Freshness::Fresh)),
        (Stage::Topics, made(Freshness::Stale { through: TurnIndex(3) })),
        (Stage::TurnImpact, only(Freshness::InProgress)),
        (Stage::MoodTimeline, only(Freshness::InProgress)),
        (
            Stage::Coaching,
            only(Freshness::Waiting { reason: "the impact of lines comes first".into() }),
        ),
        (
            Stage::Prose,
            only(Freshness::Failed { reason: "the model answered with nothing".into() }),
        ),
    ]);
    sample
}

/// A mission of which everything is known.
pub(crate) fn full() -> Sample {
    let mut play = Play::start(&built_in("launch-slip"), 1);
    play_on(&mut play, Level::Skilled);
    let mut sample = of(with_trouble(&play));
    sample.facts.provider = "openai".to_owned();
    sample.facts.model = "gpt-4o-mini".to_owned();
    sample.facts.run = Some("nightly".to_owned());
    sample.results = results(&sample.mission);
    let through = sample.mission.state().turn;
    let status = |stage| {
        let made = match stage {
            Stage::Coaching | Stage::Prose => by_model(through, Vec::new()),
            Stage::Layers => by_model(through, vec![problem("layers.mastery", "is no number")]),
            _ => offline(through),
        };
        (stage, StageStatus { freshness: Freshness::Fresh, made: Some(made) })
    };
    sample.stages = Stage::ALL.into_iter().map(status).collect();
    sample.costs = vec![
        cost(Task::Layers, 1, 0, 2_310, 640),
        cost(Task::DeepAnalysis, 2, 1, 3_480, 702),
        cost(Task::Prose, 1, 0, 2_904, 911),
    ];
    sample.previous = Some(past());
    sample
}

pub(crate) fn built_in(id: &str) -> Arc<Scenario> {
    let file = builtin().iter().find(|file| file.id == id).expect("a built-in scenario");
    let (mut scenarios, problems) = read(file.file, file.text, &mut load_builtin);
    assert_eq!(problems, [], "{id}");
    Arc::new(scenarios.pop().expect("a built-in file holds a scenario"))
}

fn played(scenario: &Arc<Scenario>, level: Level) -> Play {
    let mut play = Play::start(scenario, 1);
    play_on(&mut play, level);
    play
}

fn play_on(play: &mut Play, level: Level) {
    let scenario = Arc::clone(play.mission.scenario());
    for line in scenario.playthroughs.lines(level) {
        if matches!(play.mission.state().phase, Phase::Ended(_)) {
            break;
        }
        play.say(line);
    }
    let events = turn::leave(&play.mission, Ending::AbortUser, play.at());
    play.happen(events);
}

/// The same play as if a model had answered, late once and wrong once.
fn with_trouble(play: &Play) -> Play {
    let mut mission = Mission::new(Arc::clone(play.mission.scenario()));
    for event in &play.events {
        let mut event = event.clone();
        match &mut event {
            MissionEvent::PersonaSpoke { turn, line, .. } => {
                line.timings.ttft_ms = Some(240.0 + 31.0 * f64::from(turn.0));
                line.timings.total_ms = 900.0 + 118.0 * f64::from(turn.0);
                line.timings.own_us = 700 + 40 * u64::from(turn.0);
                line.cost = Some(MicroUsd(212));
                if turn.0 == 4 {
                    line.degraded = true;
                    line.degraded_reason = Some("no answer within 20 s".to_owned());
                }
            }
            MissionEvent::TurnRead { turn, reading } if turn.0 == 2 => {
                reading.problems =
                    vec![problem("boundaryRisk", "`none` is not one of low, med, high")];
            }
            _ => {}
        }
        mission.apply(&event);
    }
    Play { mission, events: play.events.clone(), now: play.now }
}

fn problem(field: &str, message: &str) -> Problem {
    Problem { field: field.to_owned(), message: message.to_owned() }
}

fn offline(through: TurnIndex) -> GenerationMetadata {
    GenerationMetadata {
        strategy: Strategy::Offline,
        model: None,
        role: None,
        profile: None,
        problems: Vec::new(),
        prompt_version: None,
        duration_ms: Some(4),
        cost: None,
        version: Some(2),
        through,
        missions_analysed: 1,
        total_missions: 9,
    }
}

fn by_model(through: TurnIndex, problems: Vec<Problem>) -> GenerationMetadata {
    GenerationMetadata {
        strategy: if problems.is_empty() { Strategy::Model } else { Strategy::Mixed },
        model: Some("gpt-4o".to_owned()),
        role: Some(Role::Heavy),
        profile: Some(Profile::Precision),
        problems,
        prompt_version: Some("1".to_owned()),
        duration_ms: Some(3_920),
        cost: Some(MicroUsd(12_400)),
        ..offline(through)
    }
}

fn cost(task: Task, runs: u32, failed: u32, input: u64, output: u64) -> TaskCost {
    let cost = Some(MicroUsd((input * 5 / 2 + output * 10) as i64));
    TaskCost { task, runs, failed, input_tokens: input, output_tokens: output, cost }
}

fn past() -> PastMission {
    PastMission {
        mission_id: MissionId::from_parts(Timestamp::from_millis(START - 86_400_000), [3; 10]),
        scenario_id: "launch-slip".to_owned(),
        category: Category::Work,
        persona: "Dana".to_owned(),
        ended_at: Timestamp::from_millis(START - 86_400_000),
        ending: Ending::FailMaxTurns,
        score: Some(Score::new(57.0)),
        turns: 10,
        traits: Some(TraitScores::of([58.0, 66.0, 20.0, 61.0, 49.0, 55.0])),
        insights: Vec::new(),
        memory: None,
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What analyzers could have left of a mission.
pub(crate) fn results(mission: &Mission) -> Results {
    Results {
        mood_timeline: Some(timeline()),
        turn_impact: Some(impacts(mission)),
        traits: Some(traits()),
        gates: Some(gates(mission)),
        topics: Some(topics()),
        breakthroughs: Some(Breakthroughs {
            moments: vec![
                moment(BreakthroughKind::Emotion, "Her anger was named, and it eased", 3, 0.82),
                moment(BreakthroughKind::Commitment, "A joint plan with a date", 6, 0.91),
            ],
        }),
        action_summary: Some(ActionSummary {
            text: "Owned the slip, left with a joint plan".to_owned(),
        }),
        patterns: Some(patterns()),
        layers: Some(layers()),
        coaching: Some(Coaching {
            progress:
                "Last time the news came in the fifth turn; this time it was the first thing \
                       you said."
                    .to_owned(),
            insights: texts(&[
                "You say the hard thing before you explain it.",
                "Once she had been heard, the plan needed no selling.",
            ]),
            coping_skills: texts(&["You let the silence after turn 3 stand."]),
            relationship: "Dana is not happy, but she is not alone with it.".to_owned(),
            recommendations: texts(&[
                "Ask what she needs before you bring the plan.",
                "Keep the morning lines to two: she will hold you to it.",
            ]),
        }),
        prose: Some(Prose {
            paragraphs: texts(&[
                "It began with a date. You said it in one breath, the ninth and the twenty-third, \
                 and left her the room to take it in.",
                "What turned the talk was smaller: that you had known since Monday, and said so \
                 before she could find out.",
            ]),
        }),
        synergy: Some(Synergies {
            missions: 9,
            pairs: vec![Synergy {
                a: Trait::EmotionalWarmth,
                b: Trait::TensionControl,
                r: 0.71,
                n: 9,
            }],
        }),
        category_stats: Some(CategoryStats {
            category: Category::Work,
            missions: 6,
            won: 4,
            mean_score: Some(Score::new(68.4)),
            best: Some(Score::new(82.6)),
            is_best: true,
        }),
        persona_memory: Some(PersonaMemory {
            persona: "Dana".to_owned(),
            items: texts(&[
                "You told me about the slip yourself, before I heard it anywhere else.",
                "You promised two lines every morning.",
            ]),
            attitude: "straight with me, even when it costs".to_owned(),
            carry: 4.0,
        }),
        insights: Some(insights()),
        skills: Some(skills()),
    }
}

fn skills() -> Skills {
    let evidence = |content: &str, source, score, turn| Evidence {
        content: content.to_owned(),
        source,
        score,
        confidence: 0.7,
        relevance: 0.9,
        turn: Some(TurnIndex(turn)),
    };
    let share = |source, score, share| SourceShare {
        source,
        score: Score::new(score),
        share: Confidence::new(share),
    };
    Skills {
        estimates: vec![
            SkillEstimate {
                skill: Skill::Empathy,
                score: Score::new(74.2),
                confidence: Confidence::new(0.63),
                interval: Some([Score::new(55.0), Score::new(90.0)]),
                learnt: true,
                sources: vec![share(Source::Ml, 71.0, 0.5), share(Source::Observation, 82.0, 0.5)],
                evidence: vec![
                    evidence("You named her anger", Source::Observation, 0.9, 3),
                    evidence("Your line took up what she felt", Source::Ml, 0.8, 3),
                ],
                reasoning: Reasoning {
                    summary: "Her anger was named before anything was asked of her.".to_owned(),
                    strengths: texts(&["You named her anger before the plan."]),
                    growth: texts(&["Say back what the week costs her."]),
                },
            },
            SkillEstimate {
                skill: Skill::Clarity,
                score: Score::new(61.5),
                confidence: Confidence::new(0.48),
                interval: None,
                learnt: false,
                sources: vec![share(Source::Linguistic, 61.5, 1.0)],
                evidence: vec![evidence(
                    "You gave both dates in one breath",
                    Source::Linguistic,
                    0.8,
                    1,
                )],
                reasoning: Reasoning {
                    summary: "Short sentences carried both dates.".to_owned(),
                    strengths: Vec::new(),
                    growth: texts(&["End on the one thing you ask for."]),
                },
            },
        ],
    }
}

fn timeline() -> MoodTimeline {
    let arc = |kind, from, to| MoodArc { kind, from: TurnIndex(from), to: TurnIndex(to) };
    MoodTimeline {
        points: Vec::new(),
        arcs: vec![
            arc(ArcKind::Stable, 1, 1),
            arc(ArcKind::RisingWarmth, 2, 6),
            arc(ArcKind::Stable, 7, 7),
        ],
        vibe: "tense, then warm".to_owned(),
        summary: "It began guarded and stayed so for two turns. From the moment you owned the \
                  delay, tension only fell."
            .to_owned(),
    }
}

fn impacts(mission: &Mission) -> TurnImpacts {
    let read: Vec<_> =
        mission.turns().iter().filter_map(|turn| Some((turn, turn.reading.as_ref()?))).collect();
    let key = |at: usize, kind, better: Option<&str>| {
        let (turn, reading) = read[at];
        KeyLine {
            turn: turn.turn,
            kind,
            text: turn.user.clone(),
            reply: turn.reply.as_ref().map(|reply| reply.text.clone()),
            score: reading.score,
            tier: reading.shown_tier(),
            rarity: reading.shown_tier().map(Tier::rarity),
            impact: 31.0,
            reason: reading.reason.clone(),
            better: better.map(str::to_owned),
        }
    };
    let mut by_score: Vec<_> = (0..read.len()).collect();
    by_score.sort_by(|a, b| read[*a].1.score.get().total_cmp(&read[*b].1.score.get()));
    let (weakest, best) = (by_score[0], by_score[by_score.len() - 1]);
    let rare = by_score[by_score.len() - 2];
    let better =
        "What worries you most about Friday, and what would you need from me to stand there?";
    let mut key_lines = vec![
        key(weakest, KeyLineKind::Bottom, Some(better)),
        key(best, KeyLineKind::Top, None),
        key(rare, KeyLineKind::Rare, None),
    ];
    key_lines.sort_by_key(|line| line.turn);
    TurnImpacts { turns: Vec::new(), key_lines }
}

fn traits() -> Traits {
    Traits {
        scores: Some(TraitScores::of([74.0, 81.0, 22.0, 78.0, 69.0, 52.0])),
        deltas: Some([16.0, 15.0, 2.0, 17.0, 20.0, -3.0]),
        long_term: Some(TraitScores::of([63.0, 70.0, 21.0, 66.0, 55.0, 54.0])),
        missions: 9,
        reasons: texts(&[
            "Five of seven lines take a position without hedging.",
            "The date and the plan could be repeated by somebody who was not there.",
            "Nothing light was tried, and nothing light was called for.",
            "Tension fell in every turn.",
            "Feelings were named three times.",
            "You spoke about as much as Dana did.",
        ]),
    }
}

fn gates(mission: &Mission) -> FinalGates {
    let gates = mission.scenario().gates.iter().map(|gate| FinalGate {
        id: gate.id.clone(),
        title: gate.title.clone(),
        reason: gate.reason.clone(),
        required: gate.required,
        passed_in: mission.state().gates.get(&gate.id).copied(),
        missing: Some("comfort 41 of 60; one acknowledgement of two".to_owned()),
    });
    FinalGates { gates: gates.collect() }
}

fn topics() -> Topics {
    let share = Confidence::new;
    Topics {
        topics: vec![
            Topic { name: "the two weeks' slip".to_owned(), share: share(0.57) },
            Topic { name: "the plan until Friday".to_owned(), share: share(0.43) },
        ],
        actions: vec![
            action("Send two lines every morning", Whose::User, 6),
            action("Tell Owen together", Whose::Both, 7),
        ],
        technique: Some(Technique {
            name: "owning before proposing".to_owned(),
            why: "The plan came only after the delay had a name to it.".to_owned(),
            turn: TurnIndex(2),
        }),
    }
}

fn action(text: &str, whose: Whose, turn: u32) -> Action {
    Action { text: text.to_owned(), whose, turn: TurnIndex(turn) }
}

fn moment(kind: BreakthroughKind, label: &str, turn: u32, sure: f64) -> Breakthrough {
    let (label, turn) = (label.to_owned(), TurnIndex(turn));
    Breakthrough { kind, label, turn, confidence: Confidence::new(sure) }
}

fn patterns() -> Patterns {
    Patterns {
        hooks: vec![Hook {
            key: "named_the_feeling".to_owned(),
            label: "You named what it does to her".to_owned(),
            turn: TurnIndex(3),
            why: "Nobody had said it aloud before.".to_owned(),
            opened: true,
        }],
        patterns: vec![
            Pattern {
                key: "plain_first".to_owned(),
                label: "Says it plainly first".to_owned(),
                turns: vec![TurnIndex(1), TurnIndex(2), TurnIndex(6)],
                helps: true,
                advice: "Keep it.".to_owned(),
            },
            Pattern {
                key: "late_question".to_owned(),
                label: "Asks late".to_owned(),
                turns: vec![TurnIndex(4)],
                helps: false,
                advice: "Bring the first open question into turn 2.".to_owned(),
            },
        ],
    }
}

fn layers() -> Layers {
    let values = [Some(84.0), Some(76.0), Some(64.0), Some(71.0), None];
    let reasons = [
        "The news stands in the first sentence.",
        "Three feelings named, one of them your own.",
        "You followed her pace and kept within bounds.",
        "A concrete plan, and an invitation to change it.",
        "",
    ];
    let layers =
        LayerKind::ALL.into_iter().zip(values).zip(reasons).map(|((kind, value), why)| Layer {
            kind,
            score: value.map(Score::new),
            reasons: if why.is_empty() { Vec::new() } else { texts(&[why]) },
            turns: if why.is_empty() { Vec::new() } else { vec![TurnIndex(1), TurnIndex(6)] },
        });
    Layers { layers: layers.collect() }
}

fn insights() -> Insights {
    let card = |kind, title: &str, body: &str, turn| InsightCard {
        kind,
        key: title.to_lowercase(),
        title: title.to_owned(),
        body: body.to_owned(),
        turn,
        priority: 10,
    };
    Insights {
        cards: vec![
            card(
                InsightKind::Hook,
                "You named what it does to her",
                "After turn 3 Dana stopped asking how and began asking what next.",
                Some(TurnIndex(3)),
            ),
            card(
                InsightKind::Tip,
                "Ask before you propose",
                "One open question before the plan lets her shape it with you.",
                Some(TurnIndex(4)),
            ),
            card(
                InsightKind::Synergy,
                "Warmth and calm go together",
                "In your missions, tension falls where warmth rises.",
                None,
            ),
        ],
    }
}

/// A mission whose people write what they like, and whose model does too.
pub(crate) fn hostile() -> Sample {
    let mut play = Play::start(&built_in("launch-slip"), 1);
    for line in [
        "<script>alert(1)</script> The launch slips & that's \"my\" fault.",
        "# Owned it\n[click](https://example.org/x) ![img](https://example.org/y.png)",
        "I am \u{202e}desrever\u{202c} and \u{1b}[31mred\u{1b}[0m and \u{7}loud.",
        &"launch".repeat(1_700),
        "שלום Dana, مرحبا, 你好, we slip by two weeks. 👩‍👩‍👧",
        "<img src=x onerror=alert(2)> </details></section> | `code` *bold* _it_",
    ] {
        // Committed as it is: cleaning is not what this is about.
        let heard = play.hear("We slip by two weeks.");
        play.answer(&heard, &spar_core::mission::reply::ModelAnswer::default());
        let at =
            play.events.iter().rposition(|event| matches!(event, MissionEvent::UserSpoke { .. }));
        if let Some(MissionEvent::UserSpoke { text, .. }) = at.map(|at| &mut play.events[at]) {
            line.clone_into(text);
        }
    }
    let mut scenario = (**play.mission.scenario()).clone();
    scenario.title = "\"Launch\" <b>slip</b>".to_owned();
    scenario.persona.name =
        "Dana <i>of a name that is much longer than any screen is wide</i>".to_owned();
    let mission = Mission::replay(Arc::new(scenario), &play.events);
    let mut results = results(&mission);
    if let Some(summary) = &mut results.action_summary {
        summary.text = "# Owned <script>it</script>\u{202e}".to_owned();
    }
    if let Some(insights) = &mut results.insights {
        insights.cards[0].title = "<script>alert(1)</script>".to_owned();
    }
    if let Some(prose) = &mut results.prose {
        prose.paragraphs[0] = "# Owned\n- a list\n1. a number".to_owned();
    }
    Sample { mission, results, ..of(play) }
}

/// A mission that has only begun.
pub(crate) fn silent() -> Sample {
    of(Play::start(&built_in("launch-slip"), 1))
}

/// The turns of a mission over and over, until there are so many.
pub(crate) fn long(turns: u32) -> Sample {
    let play = played(&built_in("launch-slip"), Level::Skilled);
    let mut mission = Mission::new(Arc::clone(play.mission.scenario()));
    mission.apply(&play.events[0]);
    let rounds: Vec<_> = play.events.iter().filter(|event| event.turn().0 > 0).collect();
    let last = rounds.iter().map(|event| event.turn().0).max().unwrap_or(1);
    for round in 0..turns.div_ceil(last) {
        for event in &rounds {
            let mut event = (*event).clone();
            if let MissionEvent::UserSpoke { turn, .. }
            | MissionEvent::TurnRead { turn, .. }
            | MissionEvent::PersonaSpoke { turn, .. } = &mut event
            {
                turn.0 += round * last;
                if turn.0 <= turns {
                    mission.apply(&event);
                }
            }
        }
    }
    let mut sample = of(Play { mission, ..play });
    sample.results.mood_timeline = Some(MoodTimeline {
        arcs: (0..turns / 40)
            .map(|at| MoodArc {
                kind: ArcKind::Recovery,
                from: TurnIndex(at * 40 + 1),
                to: TurnIndex(at * 40 + 1 + at % 40),
            })
            .collect(),
        ..timeline()
    });
    sample
}
