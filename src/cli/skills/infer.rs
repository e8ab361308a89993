//! `spar skills infer`: the skills of a mission, of a person, or of many.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use spar_core::analysis::skills::{Fusion, Skills};
use spar_core::language::clean;
use spar_core::reading::Skill;
use spar_core::units::{Confidence, Score};
use spar_engine::skills::{Learner, infer, infer_learner};
use spar_engine::store::Store;

use super::super::args::Format;
use super::super::context::Context;
use super::super::print::print_json;
use crate::error::{CliError, ExitStatus};

/// Learners in one batch.
const BATCH: usize = 100;

/// Arguments of `spar skills infer`.
#[derive(Debug, Args)]
pub(crate) struct InferArgs {
    /// A mission: an id, the beginning or end of one, or `last`
    #[arg(value_name = "MISSION", required_unless_present_any = ["user", "batch"])]
    mission: Option<String>,
    /// A person: everything they played, the newest counting most (`local` is whoever plays here)
    #[arg(long, value_name = "USER", conflicts_with = "mission")]
    user: Option<String>,
    /// Up to 100 of them from JSON lines {"user": …} or {"mission": …}, `-` for standard input; a line
    /// of JSON for each, with a status
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mission", "user"])]
    batch: Option<PathBuf>,
    /// Text or JSON; a batch is always JSON lines
    #[arg(long, default_value = "text")]
    format: Format,
}

/// A row of a batch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Mission(String),
    User(String),
}

pub(super) fn run(args: &InferArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let store = context.existing_store()?;
    let weights = context.weights()?.current();
    let mut out = io::stdout().lock();
    match (&args.mission, &args.user, &args.batch) {
        (Some(wanted), ..) => {
            let id = store.find(wanted).map_err(CliError::input)?;
            let skills = infer(&store, id, &weights).map_err(CliError::input)?;
            match args.format {
                Format::Json => print_json(&json!({ "mission": id, "skills": skills.estimates })),
                Format::Text => write_mission(&mut out, &skills),
            }
        }
        (_, Some(user), _) => {
            let learner = infer_learner(&store, user, &weights)
                .map_err(CliError::input)?
                .ok_or_else(|| {
                    CliError::input(format!("{} has no mission here", clean(user)))
                        .hint("`local` is whoever plays on this machine")
                })?;
            match args.format {
                Format::Json => print_json(&json!(learner)),
                Format::Text => write_learner(&mut out, &learner),
            }
        }
        (_, _, Some(file)) => {
            for (number, row) in rows(file)?.iter().enumerate() {
                let answer = answer(row, &store, &weights)?;
                let mut line = json!({ "line": number + 1 });
                if let (Value::Object(line), Value::Object(answer)) = (&mut line, answer) {
                    line.extend(answer);
                }
                writeln!(out, "{line}")?;
            }
            Ok(ExitStatus::Success)
        }
        // The arguments ask for one of the three.
        _ => Ok(ExitStatus::Success),
    }
}

/// The lines of a batch that are not empty.
fn rows(file: &Path) -> Result<Vec<String>, CliError> {
    let text = if file == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text =
        text.map_err(|error| CliError::input(format!("cannot read {}: {error}", file.display())))?;
    let rows: Vec<String> =
        text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    if rows.len() > BATCH {
        let what =
            format!("{} has {} rows; a batch has at most {BATCH}", file.display(), rows.len());
        return Err(CliError::input(what).hint("`split -l 100` makes several of it"));
    }
    Ok(rows)
}

/// A row's answer: `ok` with the skills, `no_evidence`, `not_found` or `invalid`. What is wrong with
/// one row leaves the others alone; a database that cannot be read does not.
fn answer(row: &str, store: &Store, weights: &Fusion) -> Result<Value, CliError> {
    let wanted: Wanted = match serde_json::from_str(row) {
        Ok(wanted) => wanted,
        Err(error) => {
            let expected = "expected {\"user\": …} or {\"mission\": …}";
            return Ok(json!({ "status": "invalid", "problem": format!("{error}; {expected}") }));
        }
    };
    let found = |key: &str, value: &str, skills: Value| {
        let none = skills.as_array().is_none_or(Vec::is_empty);
        let status = if none { "no_evidence" } else { "ok" };
        json!({ key: value, "status": status, "skills": skills })
    };
    let missing = |key: &str, value: &str, problem: String| json!({ key: value, "status": "not_found", "problem": problem });
    Ok(match wanted {
        Wanted::Mission(wanted) => match store.find(&wanted) {
            Ok(id) => {
                let skills = infer(store, id, weights).map_err(CliError::input)?;
                found("mission", &id.to_string(), json!(skills.estimates))
            }
            Err(error) => missing("mission", &wanted, error.to_string()),
        },
        Wanted::User(user) => {
            match infer_learner(store, &user, weights).map_err(CliError::input)? {
                Some(learner) => {
                    let mut answer = found("user", &user, json!(learner.skills));
                    answer["missions"] = json!(learner.missions);
                    answer
                }
                None => missing("user", &user, "no mission of theirs is here".to_owned()),
            }
        }
    })
}

fn write_mission(out: &mut dyn Write, skills: &Skills) -> Result<ExitStatus, CliError> {
    if skills.estimates.is_empty() {
        writeln!(out, "nothing was said that shows a skill")?;
    }
    for estimate in &skills.estimates {
        let row = row(estimate.skill, estimate.score, estimate.confidence, estimate.interval);
        writeln!(out, "{row}{}", by_rule(estimate.skill))?;
        for item in &estimate.evidence {
            let (side, source) = (item.side(), item.source.in_words());
            let turn = item.turn.map_or_else(String::new, |turn| format!(", turn {turn}"));
            writeln!(out, "    {side:<8}{} ({source}{turn})", clean(&item.content))?;
        }
    }
    Ok(ExitStatus::Success)
}

fn write_learner(out: &mut dyn Write, learner: &Learner) -> Result<ExitStatus, CliError> {
    let plural = if learner.missions == 1 { "mission" } else { "missions" };
    writeln!(out, "{}: {} {plural}", clean(&learner.user), learner.missions)?;
    for one in &learner.skills {
        let row = row(one.skill, one.score, one.confidence, one.interval);
        let trend = one.trend.map_or_else(String::new, |points| format!("  trend {points:+.0}"));
        writeln!(out, "{row}{trend}{}", by_rule(one.skill))?;
    }
    Ok(ExitStatus::Success)
}

/// A skill and its figures, in columns.
fn row(skill: Skill, score: Score, confidence: Confidence, interval: Option<[Score; 2]>) -> String {
    let sure = confidence.get() * 100.0;
    let within = interval.map_or_else(String::new, |[low, high]| format!("{low}–{high}"));
    format!("{:<22}{:>4}  {within:<9}{sure:>3.0} % sure", skill.in_words(), score.to_string())
}

fn by_rule(skill: Skill) -> &'static str {
    if skill.is_learnt() { "" } else { "  by rule" }
}
