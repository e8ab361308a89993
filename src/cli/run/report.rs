//! What a run prints and writes: text or JSON lines as it goes, JUnit and Markdown at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;
use spar_core::job::Stage;
use spar_core::language::clean;
use spar_core::mission::checks::CheckResult;
use spar_engine::play::{PlayResult, Verdict};
use spar_engine::store::{MissionAnalysis, StageOutcome, Store};

use super::RunArgs;
use super::outcome::{Outcome, Percentiles, Summary};
use crate::cli::args::Format;
use crate::cli::context::Context;
use crate::cli::scenario::Found;
use crate::cli::whole;
use crate::error::CliError;

/// A JSON line.
#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

/// How far a conversation was studied.
#[derive(Serialize)]
struct Studied<'a> {
    /// The conversation's.
    key: &'a str,
    /// Every stage has a result that stands.
    complete: bool,
    failed_stages: Vec<&'static str>,
}

impl<'a> Studied<'a> {
    fn new(key: &'a str, analysis: &MissionAnalysis) -> Self {
        let came_out = |stage: Stage| analysis.progress_of(stage).map(|progress| progress.outcome);
        let failed = |stage: &Stage| came_out(*stage) == Some(StageOutcome::Failed);
        Self {
            key,
            complete: Stage::ALL
                .into_iter()
                .all(|stage| came_out(stage) == Some(StageOutcome::Done)),
            failed_stages: Stage::ALL.into_iter().filter(failed).map(Stage::name).collect(),
        }
    }
}

/// Everything that is told about a run.
pub(super) struct Reports {
    format: Format,
    colors: bool,
    annotate: bool,
    json: Option<(PathBuf, BufWriter<File>)>,
    junit: Option<PathBuf>,
    markdown: Option<PathBuf>,
    /// Scenario id → the file it stands in, for annotations.
    files: BTreeMap<String, String>,
}

impl Reports {
    /// Opens the files before anything is played, so that a wrong path costs nothing.
    pub(super) fn open(
        args: &RunArgs,
        context: &Context,
        scenarios: &[Found],
    ) -> Result<Self, CliError> {
        let json = match (&args.json, &args.resume) {
            (Some(path), _) => Some((path.clone(), File::create(path))),
            (None, Some(path)) => Some((path.clone(), OpenOptions::new().append(true).open(path))),
            (None, None) => None,
        };
        let json = match json {
            Some((path, Ok(file))) => Some((path, BufWriter::new(file))),
            Some((path, Err(error))) => return Err(unwritable(&path, &error)),
            None => None,
        };
        for path in [&args.junit, &args.markdown].into_iter().flatten() {
            whole::probe(path).map_err(|error| unwritable(path, &error))?;
        }
        Ok(Self {
            format: args.format,
            colors: context.colors_stdout(),
            annotate: std::env::var_os("GITHUB_ACTIONS").is_some(),
            json,
            junit: args.junit.clone(),
            markdown: args.markdown.clone(),
            files: scenarios
                .iter()
                .map(|found| (found.prepared.scenario.id.clone(), found.file()))
                .collect(),
        })
    }

    /// Whether somebody will read each turn's response.
    pub(super) fn wants_turns(&self) -> bool {
        self.json.is_some() || self.format == Format::Json
    }

    /// Tells of a conversation that an earlier run has scored; its line is in the file already.
    pub(super) fn carried(&mut self, result: &PlayResult) -> Result<(), CliError> {
        self.print(result)
    }

    /// Tells of a conversation that was just played.
    pub(super) fn add(&mut self, result: &PlayResult) -> Result<(), CliError> {
        if let Some((path, file)) = &mut self.json {
            // A line is on its way to the disk before the next conversation is reported.
            write_line(file, "conversation", result)
                .and_then(|()| file.flush())
                .map_err(|error| unwritable(path, &error))?;
        }
        self.print(result)
    }

    /// Tells how far each conversation was studied, in lines of their own: those of the
    /// conversations were on the disk before. One that an earlier run played is in that run's
    /// database, and its line stays there.
    pub(super) fn studied(
        &mut self,
        store: &Store,
        results: &[PlayResult],
    ) -> Result<(), CliError> {
        for result in results {
            let Some(Ok(analysis)) = result.mission_id.map(|id| store.analysis(id)) else {
                continue;
            };
            let line = Studied::new(&result.key, &analysis);
            if let Some((path, file)) = &mut self.json {
                write_line(file, "analysis", &line)
                    .and_then(|()| file.flush())
                    .map_err(|error| unwritable(path, &error))?;
            }
            if self.format == Format::Json {
                write_line(&mut io::stdout().lock(), "analysis", &line)?;
            }
        }
        Ok(())
    }

    /// The end: summary, JUnit, Markdown.
    pub(super) fn finish(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        let summary = outcome.summary();
        if let Some((path, file)) = &mut self.json {
            write_line(file, "summary", &summary)
                .and_then(|()| file.flush())
                .map_err(|error| unwritable(path, &error))?;
        }
        if let Some(path) = &self.junit {
            let text = junit(outcome)?;
            whole::write(path, &text).map_err(|error| unwritable(path, &error))?;
        }
        if let Some(path) = &self.markdown {
            whole::write(path, markdown(outcome, &summary))
                .map_err(|error| unwritable(path, &error))?;
        }
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => write_line(&mut out, "summary", &summary)?,
            Format::Text => write!(out, "{}", summary_text(&summary, self.colors))?,
        }
        out.flush()?;
        if self.annotate {
            for check in &summary.pass_hat {
                if !check.passed {
                    self.annotation(&check.scenario, check.source_line, &check.label, "")?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, result: &PlayResult) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => write_line(&mut out, "conversation", result)?,
            Format::Text => write!(out, "{}", result_text(result, self.colors))?,
        }
        drop(out);
        if self.annotate {
            for check in result.failures() {
                self.annotation(&result.scenario, check.source_line, &check.label, &check.found)?;
            }
        }
        Ok(())
    }

    /// A workflow command that marks the scenario's line. Its syntax asks for these escapes.
    fn annotation(
        &self,
        scenario: &str,
        line: u32,
        label: &str,
        found: &str,
    ) -> Result<(), CliError> {
        let message =
            |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let property = |text: &str| message(text).replace(':', "%3A").replace(',', "%2C");
        let file = self.files.get(scenario).map_or(scenario, String::as_str);
        let text = format!(
            "::error file={},line={line},title={}::{}\n",
            property(file),
            property(&format!("{scenario}: {label}")),
            message(if found.is_empty() { "not met" } else { found }),
        );
        // JSON on standard output must stay JSON.
        match self.format {
            Format::Text => io::stdout().lock().write_all(text.as_bytes())?,
            Format::Json => io::stderr().lock().write_all(text.as_bytes())?,
        }
        Ok(())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> CliError {
    CliError::input(format!("cannot write {}: {error}", path.display()))
}

fn write_line<T: Serialize>(out: &mut impl Write, kind: &'static str, body: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Line { kind, body })?;
    out.write_all(b"\n")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "FAILED",
        Verdict::Unscored => "UNSCORED",
        Verdict::OverBudget => "OVER BUDGET",
        Verdict::Stopped => "STOPPED",
        Verdict::Error => "ERROR",
    }
}

fn painted(text: &str, good: bool, colors: bool) -> String {
    match (colors, good) {
        (false, _) => text.to_owned(),
        (true, true) => format!("\u{1b}[32m{text}\u{1b}[0m"),
        (true, false) => format!("\u{1b}[31m{text}\u{1b}[0m"),
    }
}

fn name(result: &PlayResult) -> String {
    let mut name = format!("{} #{}", result.scenario, result.repeat);
    for (var, value) in &result.vars {
        let _ = write!(name, " {var}={value}");
    }
    clean(&name).into_owned()
}

fn result_text(result: &PlayResult, colors: bool) -> String {
    let good = result.verdict == Verdict::Passed;
    let verdict = painted(&format!("{:<8}", word(result.verdict)), good, colors);
    let score = result.score.map_or("   –".to_owned(), |score| format!("{score:>4}"));
    let tier = result.tier.map_or("", |tier| tier.name());
    let ending = result.ending.map_or("", |ending| ending.name());
    let mut text = format!(
        "{verdict} {:<28} {score} {tier:<2} {:>3} turns  {ending}\n",
        name(result),
        result.turns
    );
    if let Some(reason) = &result.reason {
        let _ = writeln!(text, "         {}", clean(reason));
    }
    for check in result.failures() {
        let _ = writeln!(text, "         {}", failure(check));
    }
    if result.degraded_turns > 0 {
        let _ = writeln!(text, "         {} turns answered offline", result.degraded_turns);
    }
    text
}

fn failure(check: &CheckResult) -> String {
    let place = match check.turn {
        Some(turn) => format!("turn {turn}"),
        None => "end".to_owned(),
    };
    let text = format!("line {}, {place}: {}: {}", check.source_line, check.label, check.found);
    clean(&text).into_owned()
}

fn summary_text(summary: &Summary, colors: bool) -> String {
    let all_well = summary.exit == 0;
    let mut text = String::from("\n");
    let mut counts = format!("{} passed, {} failed", summary.passed, summary.failed);
    for (count, what) in [
        (summary.unscored, "unscored"),
        (summary.over_budget, "over budget"),
        (summary.stopped, "stopped"),
        (summary.errors, "errors"),
        (summary.lost, "lost to a bug in spar"),
    ] {
        if count > 0 {
            let _ = write!(counts, ", {count} {what}");
        }
    }
    let _ = writeln!(
        text,
        "{} of {} conversations, {} turns in {:.2} s",
        painted(&counts, all_well, colors),
        summary.conversations,
        summary.turns,
        summary.wall_ms / 1_000.0
    );
    let times = |label: &str, times: &Percentiles, unit: &str| match (times.p50, times.p99) {
        (Some(p50), Some(p99)) => format!("{label} p50 {p50:.1} {unit}, p99 {p99:.1} {unit}\n"),
        _ => String::new(),
    };
    text.push_str(&times("own share of a turn", &summary.own_us, "µs"));
    if summary.turn_ms.p50.is_some_and(|p50| p50 > 0.0) {
        text.push_str(&times("model's turn", &summary.turn_ms, "ms"));
        text.push_str(&times("first token", &summary.ttft_ms, "ms"));
        match summary.cost_micro_usd {
            Some(cost) => {
                let _ = writeln!(text, "cost ${:.4}", cost.as_dollars());
            }
            None => text.push_str("cost not known: no price for this model\n"),
        }
    }
    for check in &summary.pass_hat {
        let estimate = check
            .estimate
            .map_or("too few plays to say".to_owned(), |estimate| format!("{estimate:.3}"));
        let _ = writeln!(text, "{}: {}: {estimate}", check.scenario, check.label);
    }
    for scenario in &summary.without_script {
        let _ = writeln!(text, "{scenario} has no script: nothing was run");
    }
    if summary.conversations == 0 {
        text.push_str("nothing was played\n");
    }
    text
}

fn junit(outcome: &Outcome) -> Result<String, CliError> {
    let mut report = Report::new("spar run");
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for result in &outcome.results {
        let suite = suites
            .entry(&result.scenario)
            .or_insert_with(|| TestSuite::new(result.scenario.clone()));
        let mut status = match result.verdict {
            Verdict::Passed => TestCaseStatus::success(),
            Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Verdict::Stopped => TestCaseStatus::skipped(),
            Verdict::Unscored | Verdict::OverBudget | Verdict::Error => {
                TestCaseStatus::non_success(NonSuccessKind::Error)
            }
        };
        if result.verdict != Verdict::Passed {
            let failures: Vec<_> = result.failures().map(failure).collect();
            let message =
                result.reason.clone().or_else(|| failures.first().cloned()).unwrap_or_default();
            status.set_type(word(result.verdict).to_lowercase());
            status.set_message(message);
            status.set_description(failures.join("\n"));
        }
        let mut case = TestCase::new(name(result), status);
        case.set_classname(result.scenario.clone());
        case.set_time(Duration::from_secs_f64(result.duration_ms.max(0.0) / 1_000.0));
        suite.add_test_case(case);
    }
    for check in outcome.pass_hats() {
        let status = if check.passed {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(
                check.estimate.map_or("too few plays to say".to_owned(), |e| format!("{e:.3}")),
            );
            status
        };
        suites
            .entry(
                outcome
                    .results
                    .iter()
                    .find(|r| r.scenario == check.scenario)
                    .map_or("pass_hat", |result| result.scenario.as_str()),
            )
            .or_insert_with(|| TestSuite::new(check.scenario.clone()))
            .add_test_case(TestCase::new(check.label.clone(), status));
    }
    report.add_test_suites(suites.into_values());
    report.to_string().map_err(CliError::input)
}

fn markdown(outcome: &Outcome, summary: &Summary) -> String {
    let mut text = format!(
        "## spar run: {} passed, {} failed of {}\n\n| conversation | verdict | score | turns | ending |\n|---|---|---|---|---|\n",
        summary.passed, summary.failed, summary.conversations
    );
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;");
    for result in &outcome.results {
        let score = result.score.map_or("–".to_owned(), |score| {
            format!("{score} ({})", result.tier.map_or("", |tier| tier.name()))
        });
        let _ = writeln!(
            text,
            "| {} | {} | {score} | {} | {} |",
            cell(&name(result)),
            word(result.verdict).to_lowercase(),
            result.turns,
            result.ending.map_or("", |ending| ending.name())
        );
    }
    let failed: Vec<_> =
        outcome.results.iter().filter(|result| result.verdict != Verdict::Passed).collect();
    if !failed.is_empty() {
        text.push_str("\n### What did not hold\n\n");
        for result in failed {
            let _ = writeln!(text, "- **{}**", cell(&name(result)));
            if let Some(reason) = &result.reason {
                let _ = writeln!(text, "  - {}", cell(reason));
            }
            for check in result.failures() {
                let _ = writeln!(text, "  - {}", cell(&failure(check)));
            }
        }
    }
    let _ = write!(text, "\n```\n{}```\n", summary_text(summary, false).trim_start());
    text
}
