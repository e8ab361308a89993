//! Scripts played without a screen.

use std::sync::Arc;

use serde_json::json;
use spar_core::chat::{ChatOutcome, ChatRequest, ChatRole, FinishReason, OutputMode, Usage};
use spar_core::routing::Price;
use spar_core::units::MicroUsd;
use spar_engine::play::{PlayResult, Route, RunOptions, RunUpdate, Verdict, plan, run};
use spar_engine::provider::{
    Answer, Budget, BudgetedProvider, DeltaSink, Provider, ProviderError, RoleModels,
    ScriptedAnswer, ScriptedProvider,
};
use spar_engine::store::Store;
use spar_engine::{Engine, Prepared};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{broken, good, manual_clock, prepared, valid};

fn options(jobs: usize) -> RunOptions {
    RunOptions {
        jobs,
        threads: 0,
        fail_fast: false,
        allow_degraded: false,
        user: None,
        models: RoleModels::default(),
        label: "test".to_owned(),
        keep_turns: true,
        report_turns: true,
    }
}

/// Plays these scenarios and returns what came of it, in the order it came.
async fn played(route: Route, yaml: &[&str], options: RunOptions) -> Vec<PlayResult> {
    let scenarios: Arc<[Prepared]> = yaml.iter().map(|extra| prepared(extra)).collect();
    let planned = plan(&scenarios, 1, None, None);
    let store = Store::temporary().expect("a store");
    let engine = Engine::new(store, manual_clock(), route);
    let (updates, mut received) = mpsc::unbounded_channel();
    run(engine, scenarios, planned, options, updates, CancellationToken::new()).await;
    let mut results = Vec::new();
    while let Some(update) = received.recv().await {
        if let RunUpdate::Done(result) = update {
            results.push(*result);
        }
    }
    results
}

async fn one(route: Route, yaml: &str) -> PlayResult {
    let mut results = played(route, &[yaml], options(1)).await;
    assert_eq!(results.len(), 1);
    results.remove(0)
}

fn scripted(answers: impl IntoIterator<Item = ScriptedAnswer>) -> (Route, Arc<ScriptedProvider>) {
    let model = Arc::new(ScriptedProvider::new(answers));
    (Route::to_model(model.clone(), "scripted"), model)
}

/// What the user said in a conversation: the last line of each prompt.
fn lines(model: &ScriptedProvider) -> Vec<String> {
    let asked = model.asked();
    asked.iter().filter_map(|request| Some(request.messages.last()?.content.clone())).collect()
}

#[tokio::test]
async fn checks_decide_the_verdict() {
    let passing = "script: [{user: The date slips., expect: [{gate: {told: passed}}]}]\nexpect: [{score: \">= 1\"}]";
    let result = one(Route::embedded(), passing).await;
    assert_eq!((result.verdict, result.reason.as_deref()), (Verdict::Passed, None));
    assert_eq!((result.checks.len(), result.turns, result.steps_left), (2, 1, 0));
    assert!(result.score.is_some() && result.mission_id.is_some());
    assert_eq!(result.responses.len(), 1);

    let failing = "script: [{user: Nice weather., expect: [{gate: {told: passed}}]}]";
    let result = one(Route::embedded(), failing).await;
    assert_eq!(result.verdict, Verdict::Failed);
    let failure = result.failures().next().expect("a check that did not hold");
    assert_eq!((failure.found.as_str(), failure.turn), ("gate told was open", Some(1)));
}

#[tokio::test]
async fn the_first_branch_that_fits_is_taken() {
    let yaml = "script:\n  - user: The date slips.\n  - branch:\n      - {when: {gate: {told: open}}, user: Not told.}\n      - {when: {gate: {told: passed}}, user: Told.}\n      - {else: true, user: Otherwise.}\n  - branch:\n      - {when: {tension: \"> 99\"}, user: Never.}\n  - user: The end.";
    let (route, model) = scripted((0..3).map(|_| good("Yes.")));
    let result = one(route, yaml).await;
    assert_eq!(result.verdict, Verdict::Passed);
    assert_eq!(lines(&model), ["The date slips.", "Told.", "The end."]);
}

#[tokio::test]
async fn captures_are_used_in_later_lines() {
    let yaml = "vars: {who: [Bo]}\nscript:\n  - {user: \"{{who}} says hello.\", save: {number: {matches: \"ticket ([0-9]+)\"}}}\n  - {user: \"About {{number}}, {{who}}.\"}";
    let (route, model) = scripted([good("That is ticket 4711, then."), good("Yes.")]);
    assert_eq!(one(route, yaml).await.verdict, Verdict::Passed);
    assert_eq!(lines(&model), ["Bo says hello.", "About 4711, Bo."]);

    let (route, _) = scripted([good("No number here."), good("Yes.")]);
    let result = one(route, yaml).await;
    assert_eq!(result.verdict, Verdict::Failed);
    assert_eq!(result.failures().next().map(|check| check.label.as_str()), Some("save: number"));
}

#[tokio::test]
async fn a_simulated_user_stops_when_told() {
    let playthroughs = "playthroughs:\n  skilled: [Good morning., The date slips., What worries you?, Let us plan.]\n  middling: [Well.]\n  poor: [No.]";
    let simulate = |until: &str| {
        format!(
            "{playthroughs}\nscript:\n  - simulate: {{as: A lead, level: skilled, turns: 4{until}}}\n  - user: The end."
        )
    };
    let until = simulate(", until: {gate: {told: passed}}");
    let (route, model) = scripted((0..3).map(|_| good("Yes.")));
    let result = one(route, &until).await;
    assert_eq!((result.verdict, result.turns), (Verdict::Passed, 3));
    assert_eq!(lines(&model), ["Good morning.", "The date slips.", "The end."]);
    assert_eq!(one(Route::embedded(), &simulate("")).await.turns, 5);
}

#[tokio::test]
async fn a_model_can_play_the_user() {
    let yaml = "script: [{simulate: {as: A lead, level: poor, turns: 2}}]";
    let (user, user_model) = scripted([
        ScriptedAnswer::text("\"The date slips.\""),
        ScriptedAnswer::text("\u{1b}[1mDeal with it."),
    ]);
    let (persona, persona_model) = scripted([good("What?"), good("Excuse me?")]);
    let options = RunOptions { user: Some(user), ..options(1) };
    let results = played(persona, &[yaml], options).await;
    assert_eq!(results[0].verdict, Verdict::Passed);
    assert_eq!(lines(&persona_model), ["The date slips.", "Deal with it."]);
    let seen_by_user = &user_model.asked()[1].messages;
    assert_eq!(seen_by_user.last().map(|m| m.content.as_str()), Some("What?"));
    assert_eq!(seen_by_user.last().map(|m| m.role), Some(ChatRole::User));
}

#[tokio::test]
async fn calls_of_a_simulated_user_are_noted_and_counted() {
    // 150 tokens a call as the server counts, a micro-dollar each.
    let price = Price { input: 1_000_000, cached_input: 1_000_000, output: 1_000_000 };
    let mut user = Route::to_model(Arc::new(Echo), "echo");
    user.price = Some(price);
    let scenarios: Arc<[Prepared]> =
        [prepared("script: [{simulate: {as: A lead, level: poor, turns: 2}}]")].into();
    let planned = plan(&scenarios, 1, None, None);
    let store = Store::temporary().expect("a store");
    let engine = Engine::new(store.clone(), manual_clock(), Route::embedded());
    let options = RunOptions { user: Some(user), ..options(1) };
    let (updates, mut received) = mpsc::unbounded_channel();
    run(engine, scenarios, planned, options, updates, CancellationToken::new()).await;
    let mut results = Vec::new();
    while let Some(update) = received.recv().await {
        if let RunUpdate::Done(result) = update {
            results.push(*result);
        }
    }
    assert_eq!(results[0].cost_micro_usd, Some(MicroUsd(300)));
    assert_eq!((results[0].provider.as_str(), results[0].model.as_str()), ("embedded", "embedded"));
    let runs = store.prompt_runs(results[0].mission_id.expect("a mission")).expect("they read");
    let noted: Vec<_> = runs
        .iter()
        .map(|run| (run.task.as_str(), run.turn.map(|turn| turn.0), run.cost, run.status.as_str()))
        .collect();
    let cost = Some(MicroUsd(150));
    assert_eq!(
        noted,
        [("simulated_user", Some(1), cost, "ok"), ("simulated_user", Some(2), cost, "ok")]
    );
}

/// Answers from what it is asked alone, after yielding as often as the line is long: conversations
/// that run side by side overtake each other.
struct Echo;

impl Provider for Echo {
    fn name(&self) -> &str {
        "echo"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        Box::pin(async move {
            let line = request.messages.last().map(|m| m.content.clone()).unwrap_or_default();
            for _ in 0..line.len() % 17 {
                tokio::task::yield_now().await;
            }
            let score = 40 + line.len() % 50;
            let text = valid(&format!("You say: {line}"), u32::try_from(score).unwrap_or(0));
            sink(spar_core::chat::ChatDelta::Text(text.clone()));
            Ok(ChatOutcome {
                text,
                model: "echo".to_owned(),
                finish: FinishReason::Stop,
                mode: OutputMode::JsonSchema,
                usage: Usage { input: Some(100), output: Some(50), ..Usage::default() },
                ttft_ms: Some(0.0),
                total_ms: 0.0,
                attempts: 1,
            })
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn results_depend_neither_on_jobs_nor_threads_nor_on_order() {
    let long = "vars: {who: [Ada, Bo, Cleo], what: [date, launch]}\nrepeat: 4\nscript: [{user: \"{{who}}, about the {{what}}.\"}, {user: The date slips.}, {user: \"What do you need, {{who}}?\"}]";
    let simulated = "repeat: 6\nscript: [{simulate: {as: A lead, level: middling, turns: 5}}]";
    for route in [Route::embedded(), Route::to_model(Arc::new(Echo), "echo")] {
        let mut runs = Vec::new();
        for (jobs, threads, order) in [
            (1, 0, [long, simulated]),
            (16, 0, [long, simulated]),
            (16, 3, [long, simulated]),
            (16, 3, [simulated, long]),
        ] {
            let options = RunOptions { threads, ..options(jobs) };
            let mut results = played(route.clone(), &order, options).await;
            assert_eq!(results.len(), 30);
            for result in &mut results {
                // What the machine had to do with it.
                (result.own_us, result.duration_ms) = (Vec::new(), 0.0);
                for response in &mut result.responses {
                    response.timings.own_us = 0;
                    // Sessions are shared by whoever comes first.
                    response.session_id = spar_core::ids::SessionId::from_parts(
                        spar_core::units::Timestamp::default(),
                        [0; 10],
                    );
                }
            }
            results.sort_by(|one, other| one.key.cmp(&other.key));
            runs.push(results);
        }
        for (one, other) in runs[0].iter().zip(&runs[1]) {
            assert_eq!(one, other, "--jobs 1 and --jobs 16");
        }
        assert_eq!(runs[1], runs[2], "the caller's thread and three");
        assert_eq!(runs[2], runs[3], "one order and the other");
    }
}

#[tokio::test]
async fn fail_fast_stops_at_the_first_failure() {
    let yaml = "repeat: 40\nscript: [{user: Nice weather., expect: [{gate: {told: passed}}]}, {user: Bye.}]";
    let fail_fast = RunOptions { fail_fast: true, ..options(1) };
    let results = played(Route::embedded(), &[yaml], fail_fast).await;
    let (failed, stopped): (Vec<_>, Vec<_>) =
        results.iter().partition(|result| result.verdict == Verdict::Failed);
    assert!(!failed.is_empty() && results.len() <= 8, "{} were begun", results.len());
    assert!(stopped.iter().all(|result| result.verdict == Verdict::Stopped));
    assert_eq!(played(Route::embedded(), &[yaml], options(1)).await.len(), 40);
}

#[tokio::test]
async fn a_failing_provider_leaves_the_conversation_unscored() {
    let yaml = "script: [{user: Hello.}, {user: The date slips.}, {user: Bye.}]";
    let (route, _) = scripted([good("Hi."), ScriptedAnswer::error(broken())]);
    let result = one(route, yaml).await;
    assert_eq!((result.verdict, result.score, result.tier), (Verdict::Unscored, None, None));
    assert!(result.reason.expect("a reason").contains("it went away"));
    assert_eq!((result.turns, result.steps_left), (2, 1));

    let (route, _) = scripted([good("Hi."), ScriptedAnswer::error(broken()), good("Bye.")]);
    let degrading = RunOptions { allow_degraded: true, ..options(1) };
    let results = played(route, &[yaml], degrading).await;
    assert_eq!((results[0].verdict, results[0].degraded_turns), (Verdict::Passed, 1));
    assert!(results[0].score.is_some());
}

#[tokio::test]
async fn a_simulated_user_that_fails_is_no_failure_of_the_persona() {
    let yaml = "script: [{simulate: {as: A lead, level: poor, turns: 2}}]";
    for answer in [ScriptedAnswer::error(broken()), ScriptedAnswer::text("  \u{1b}[1m ")] {
        let (user, _) = scripted([answer]);
        let options = RunOptions { user: Some(user), ..options(1) };
        let results = played(Route::embedded(), &[yaml], options).await;
        assert_eq!(results[0].verdict, Verdict::Unscored, "{results:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_is_never_overshot() {
    // 150 tokens a call as the server counts, a micro-dollar each; some thousand are reserved.
    let price = Price { input: 1_000_000, cached_input: 1_000_000, output: 1_000_000 };
    let budget = Arc::new(Budget::new(MicroUsd(12_000)));
    let provider =
        BudgetedProvider::new(Arc::new(Echo), budget.clone(), Arc::new(move |_| Some(price)));
    let mut route = Route::to_model(Arc::new(provider), "echo");
    route.price = Some(price);
    let yaml = "repeat: 30\nscript: [{user: Hello.}, {user: The date slips.}, {user: Bye.}]";
    let results = played(route, &[yaml], options(8)).await;
    assert_eq!(results.len(), 30);
    let over = results.iter().filter(|result| result.verdict == Verdict::OverBudget).count();
    let passed = results.iter().filter(|result| result.verdict == Verdict::Passed).count();
    assert!(over > 0, "the budget was enough for all of it");
    assert_eq!(over + passed, 30);
    let spent: i64 =
        results.iter().filter_map(|result| result.cost_micro_usd).map(|cost| cost.0).sum();
    assert!(spent <= 12_000 && spent == budget.taken().0, "{spent}, {:?}", budget.taken());
    let reason = results.iter().find_map(|result| result.reason.clone()).expect("a reason");
    assert!(reason.contains("budget"), "{reason}");
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_the_rest_out() {
    let scenarios: Arc<[Prepared]> =
        [prepared("repeat: 9\nscript: [{user: Hello.}, {user: Bye.}]")].into();
    let (route, model) = scripted([good("Hi."), good("Bye."), ScriptedAnswer::stall(["{"])]);
    let store = Store::temporary().expect("a store");
    let engine = Engine::new(store.clone(), manual_clock(), route);
    let (updates, mut received) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let planned = plan(&scenarios, 1, None, None);
    let running = tokio::spawn(run(engine, scenarios, planned, options(1), updates, stop.clone()));
    let mut results = Vec::new();
    let mut turns = 0;
    while let Some(update) = received.recv().await {
        match update {
            RunUpdate::Turn => turns += 1,
            RunUpdate::Done(result) => results.push(result),
        }
        if turns == 2 && !stop.is_cancelled() {
            // Somebody is to be in the middle of a turn.
            while lines(&model).len() < 3 {
                tokio::task::yield_now().await;
            }
            stop.cancel();
        }
    }
    running.await.expect("it ends by itself");
    assert_eq!(turns, 2, "the third turn never came to its end");
    let scored = |verdict| matches!(verdict, Verdict::Failed | Verdict::Passed);
    assert!(!results.iter().any(|result| result.score.is_some() && !scored(result.verdict)));
    assert!(results.iter().any(|result| result.verdict == Verdict::Stopped));
    assert!(results.len() < 9, "what was not begun is left out");
    let unfinished = store.unfinished().expect("a list");
    assert!(unfinished.is_empty(), "a mission nobody will go on with is ended: {unfinished:?}");
}

#[tokio::test]
async fn one_error_is_not_anothers() {
    let yaml = "repeat: 3\nscript: [{user: Hello.}]";
    let error = ProviderError::Unauthorized {
        url: "http://model.test".to_owned(),
        message: "no such key".to_owned(),
    };
    let (route, _) = scripted([good("Hi."), ScriptedAnswer::error(error), good("Hi.")]);
    let results = played(route, &[yaml], options(1)).await;
    let count = |verdict| results.iter().filter(|result| result.verdict == verdict).count();
    assert_eq!((count(Verdict::Passed), count(Verdict::Unscored)), (2, 1));
}

#[tokio::test]
async fn results_read_back_as_they_were_written() {
    let result = one(Route::embedded(), "script: [{user: The date slips.}]").await;
    let text = serde_json::to_string(&result).expect("JSON");
    let mut back: PlayResult = serde_json::from_str(&text).expect("a result");
    back.responses.clone_from(&result.responses);
    assert_eq!(back, result);
    assert_eq!(json!(result.verdict), json!("passed"));
}
