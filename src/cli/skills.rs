//! `spar skills`: the models that read skills off lines.

mod card;
mod infer;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use spar_core::analysis::skills::said_before;
use spar_core::language::clean;
use spar_core::learn::measure::{
    Interval, auc, best_threshold, bootstrap, calibration_error, macro_f1, spearman,
};
use spar_core::learn::pack::Pack;
use spar_core::mission::SpokenTurn;
use spar_core::reading::features::FEATURE_VERSION;
use spar_core::reading::{FACETS, Reader, Skill, SkillReader};
use spar_core::scenario::Level;
use spar_engine::clock::Clock;
use spar_engine::library::Library;
use spar_engine::play::play_through;
use spar_engine::skills::{FusionWeights, Kindred, Measured, Reference, Settings, as_toml, ship};

use card::{card, find};
use infer::InferArgs;

use super::args::Format;
use super::context::Context;
use super::print::print_json;
use super::whole;
use crate::error::{CliError, ExitStatus};

/// Resamples of dialogues for an interval.
const DRAWS: u32 = 1_000;
const SEED: u64 = 1;

/// Arguments of `spar skills`.
#[derive(Debug, Args)]
pub(crate) struct SkillsArgs {
    #[command(subcommand)]
    command: SkillsCommand,
}

#[derive(Debug, Subcommand)]
enum SkillsCommand {
    /// Look at the models: what there is, how good, whether whole
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Infer the skills of a mission, of a person, or of many, from the evidence
    Infer(InferArgs),
    /// Show how evidence is weighed, or check a file of weights
    Weights {
        /// A file for `[analysis] evidence_weights`; none: the weights in force, as such a file
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Train the models on a folder of labelled lines (train and dev), and measure them
    Train(TrainArgs),
    /// Measure a skill against labels that people gave
    Eval(EvalArgs),
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// One line a model
    List(PackArgs),
    /// The model card: what they were learnt from, how good they are, what they cannot do
    Show(PackArgs),
    /// Compare the checksum
    Verify(PackArgs),
    /// Compare the figures of two packs
    Diff {
        /// The pack before
        #[arg(value_name = "PACK")]
        before: PathBuf,
        /// The pack after; none: the one that comes with spar
        #[arg(value_name = "PACK")]
        after: Option<PathBuf>,
    },
    /// The same as `spar skills train`
    Train(TrainArgs),
    /// The same as `spar skills eval`
    Eval(EvalArgs),
}

#[derive(Debug, Args)]
struct PackArgs {
    /// A pack; none: the one that comes with spar
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Text or JSON
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, Args)]
struct TrainArgs {
    /// The folder with train/*.jsonl and dev/*.jsonl
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the pack is written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Predictions of a reference on dev, to compare with (benches/skills_reference.py writes them)
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// The day the manifest names, as 2026-01-31; none: today
    #[arg(long, value_name = "DATE")]
    date: Option<jiff::civil::Date>,
    /// Decides folds, draws and samples: the same data, seed and day, the same bytes
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Text or JSON
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, Args)]
struct EvalArgs {
    /// JSON lines with `text`, `context`, `dialogue_id` and `labels`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The label to compare with: a number, or 0 and 1
    #[arg(long)]
    label: String,
    /// A skill, or the name of the label a model was learnt from
    #[arg(long)]
    skill: String,
    /// A pack; none: the one that comes with spar
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Text or JSON
    #[arg(long, default_value = "text")]
    format: Format,
}

pub(crate) fn run(args: &SkillsArgs, context: &Context) -> Result<ExitStatus, CliError> {
    match &args.command {
        SkillsCommand::Models(ModelsCommand::List(args)) => list(args),
        SkillsCommand::Models(ModelsCommand::Show(args)) => show(args),
        SkillsCommand::Models(ModelsCommand::Verify(args)) => verify(args),
        SkillsCommand::Models(ModelsCommand::Diff { before, after }) => {
            diff(before, after.as_deref())
        }
        SkillsCommand::Models(ModelsCommand::Train(args)) | SkillsCommand::Train(args) => {
            train(args)
        }
        SkillsCommand::Models(ModelsCommand::Eval(args)) | SkillsCommand::Eval(args) => eval(args),
        SkillsCommand::Infer(args) => infer::run(args, context),
        SkillsCommand::Weights { file } => weights(file.as_deref(), context),
    }
}

/// The weights in force, or whether those of a file could be.
fn weights(file: Option<&Path>, context: &Context) -> Result<ExitStatus, CliError> {
    let mut out = io::stdout().lock();
    if let Some(file) = file {
        FusionWeights::from_file(file).map_err(CliError::input)?;
        writeln!(out, "{}: fine", file.display())?;
        return Ok(ExitStatus::Success);
    }
    let written = as_toml(&context.weights()?.current())
        .map_err(|error| CliError::new(ExitStatus::Bug, error))?;
    out.write_all(written.as_bytes())?;
    Ok(ExitStatus::Success)
}

/// The reader of a pack, which is checked whole before it is used.
fn reader(path: &Path) -> Result<SkillReader, CliError> {
    let name = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| CliError::input(format!("cannot read {name}: {error}")))?;
    Pack::from_file(bytes, FEATURE_VERSION)
        .and_then(SkillReader::new)
        .map_err(|error| CliError::input(format!("{name}: {error}")))
}

/// Does something with the pack that was named, or with the built-in one.
fn with_reader<T>(
    pack: Option<&Path>,
    of: impl FnOnce(&SkillReader) -> Result<T, CliError>,
) -> Result<T, CliError> {
    match pack {
        Some(path) => of(&reader(path)?),
        None => of(SkillReader::builtin()),
    }
}

fn manifest(reader: &SkillReader) -> Result<Value, CliError> {
    reader.pack().manifest().map_err(CliError::input)
}

fn checksum(reader: &SkillReader) -> String {
    reader.pack().checksum().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list(args: &PackArgs) -> Result<ExitStatus, CliError> {
    with_reader(args.pack.as_deref(), |reader| {
        let manifest = manifest(reader)?;
        let rows: Vec<Value> = FACETS
            .iter()
            .filter_map(|facet| {
                let task = find(&manifest["tasks"], "name", facet.name)?;
                let figure = find(&manifest["about"]["figures"]["tasks"], "task", facet.name);
                Some(json!({
                    "name": facet.name, "skill": facet.skill.name(), "metric": task["metric"],
                    "rows": task["rows"], "dialogues": task["dialogues"],
                    "dev": figure.map(|figure| figure["ours"].clone()),
                    "length_only": figure.map(|figure| figure["length"].clone()),
                }))
            })
            .collect();
        let mut out = io::stdout().lock();
        match args.format {
            Format::Json => {
                print_json(&rows)?;
            }
            Format::Text => {
                writeln!(
                    out,
                    "{:<22} {:<20} {:>6}  {:<8} {:>18} {:>7}",
                    "model", "skill", "rows", "metric", "on dev (95 %)", "length"
                )?;
                for row in &rows {
                    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
                    let dev = &row["dev"];
                    let figure = format!(
                        "{:.3} {:.3}–{:.3}",
                        number(&dev["value"]),
                        number(&dev["low"]),
                        number(&dev["high"])
                    );
                    writeln!(
                        out,
                        "{:<22} {:<20} {:>6}  {:<8} {figure:>18} {:>7.3}",
                        row["name"].as_str().unwrap_or(""),
                        row["skill"].as_str().unwrap_or(""),
                        row["rows"],
                        row["metric"].as_str().unwrap_or(""),
                        number(&row["length_only"])
                    )?;
                }
                for skill in Skill::ALL.into_iter().filter(|skill| !skill.is_learnt()) {
                    writeln!(out, "{:<22} {:<20} by rule, not learnt", "-", skill.name())?;
                }
            }
        }
        Ok(ExitStatus::Success)
    })
}

fn show(args: &PackArgs) -> Result<ExitStatus, CliError> {
    with_reader(args.pack.as_deref(), |reader| {
        let mut manifest = manifest(reader)?;
        let checksum = checksum(reader);
        if args.format == Format::Text {
            let card = card(&manifest, &checksum, reader.pack().size());
            io::stdout().lock().write_all(card.as_bytes())?;
            return Ok(ExitStatus::Success);
        }
        if let Value::Object(fields) = &mut manifest {
            // Six hundred numbers that tell nobody anything.
            fields.remove("scale");
            fields.insert("sha256".to_owned(), json!(checksum));
        }
        print_json(&manifest)
    })
}

fn verify(args: &PackArgs) -> Result<ExitStatus, CliError> {
    with_reader(args.pack.as_deref(), |reader| {
        reader.pack().verify().map_err(CliError::input)?;
        let sum = checksum(reader);
        match args.format {
            Format::Text => writeln!(io::stdout(), "whole: SHA-256 {sum}")?,
            Format::Json => {
                print_json(&json!({"whole": true, "sha256": sum}))?;
            }
        }
        Ok(ExitStatus::Success)
    })
}

fn diff(before: &Path, after: Option<&Path>) -> Result<ExitStatus, CliError> {
    let before = manifest(&reader(before)?)?;
    let after = with_reader(after, manifest)?;
    let figure = |manifest: &Value, name: &str| {
        find(&manifest["about"]["figures"]["tasks"], "task", name)?["ours"]["value"].as_f64()
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{:<22} {:>8} {:>8} {:>8}", "model", "before", "after", "change")?;
    for facet in FACETS {
        let (Some(was), Some(is)) = (figure(&before, facet.name), figure(&after, facet.name))
        else {
            writeln!(out, "{:<22} no figures to compare", facet.name)?;
            continue;
        };
        writeln!(out, "{:<22} {was:>8.3} {is:>8.3} {:>+8.3}", facet.name, is - was)?;
    }
    for key in ["settings", "features"] {
        if before[key] != after[key] {
            writeln!(out, "{key}: {} → {}", before[key], after[key])?;
        }
    }
    Ok(ExitStatus::Success)
}

fn train(args: &TrainArgs) -> Result<ExitStatus, CliError> {
    let reference = args.reference.as_deref().map(Reference::read).transpose();
    let reference = reference.map_err(CliError::input)?;
    let settings = Settings { seed: args.seed, ..Settings::default() };
    let date = match &args.date {
        Some(date) => *date,
        None => jiff::Timestamp::from_millisecond(Clock::system().now().as_millis())
            .map_err(|error| CliError::new(ExitStatus::Bug, error))?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date(),
    };
    let (date, kindred) = (date.to_string(), mission_lines());
    let shipped = ship(&args.data, &kindred, &date, reference.as_ref(), &settings, |on, task| {
        let _ = writeln!(
            io::stderr(),
            "{on:<12} {:<22} {:>6} rows, out of fold {:.3}",
            task.task.name,
            task.target.len(),
            task.figure()
        );
    })
    .map_err(CliError::input)?;
    whole::write(&args.out, &shipped.pack).map_err(|error| {
        CliError::input(format!("cannot write {}: {error}", args.out.display()))
    })?;
    match args.format {
        Format::Json => print_json(&json!(shipped.measured)),
        Format::Text => print_measured(&shipped.measured),
    }
}

/// Every line of the built-in playthroughs, each after what was said before it.
fn mission_lines() -> Vec<Kindred> {
    let scenarios = Library::of(&[]).list().scenarios.into_iter().map(|found| found.scenario);
    let missions = scenarios.map(Arc::new).flat_map(|scenario| {
        let reader = Arc::new(Reader::new(scenario.reader.clone()));
        Level::ALL
            .map(|level| play_through(&scenario, &reader, scenario.playthroughs.lines(level), SEED))
    });
    let lines = missions.flat_map(|mission| {
        let line =
            |spoken: &SpokenTurn| Kindred::new(&spoken.user, &said_before(&mission, spoken.turn));
        mission.turns().iter().map(line).collect::<Vec<_>>()
    });
    lines.collect()
}

fn print_measured(measured: &[Measured]) -> Result<ExitStatus, CliError> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:<22}{:>6}{:>8}{:>8}{:>14}{:>8}{:>8}{:>16}",
        "task", "rows", "length", "ours", "95 %", "ref", "gain", "95 %"
    )?;
    let mut gains = Vec::new();
    for one in measured {
        let within = |of: &Interval| format!("{:.3}–{:.3}", of.low, of.high);
        let compared = one.reference.zip(one.gain).map_or_else(String::new, |(reference, gain)| {
            gains.push(gain.value);
            let around = format!("{:+.3}–{:+.3}", gain.low, gain.high);
            format!("{reference:8.3}{:+8.3}{around:>16}", gain.value)
        });
        writeln!(
            out,
            "{:<22}{:6}{:8.3}{:8.3}{:>14}{compared}",
            one.task,
            one.rows,
            one.length,
            one.ours.value,
            within(&one.ours)
        )?;
    }
    if !gains.is_empty() {
        let mean = gains.iter().sum::<f64>() / gains.len() as f64;
        writeln!(out, "mean gain over the reference {mean:+.4}")?;
    }
    Ok(ExitStatus::Success)
}

/// What was said of the rows of a file, and what people said.
#[derive(Default)]
struct Rows {
    target: Vec<f32>,
    said: Vec<f32>,
    words: Vec<f32>,
    group: Vec<u32>,
}

fn eval(args: &EvalArgs) -> Result<ExitStatus, CliError> {
    let known = Skill::from_name(&args.skill).is_some()
        || FACETS.iter().any(|facet| facet.name == args.skill);
    if !known {
        let skills = Skill::ALL.map(Skill::name).join(", ");
        let facets = FACETS.map(|facet| facet.name).join(", ");
        let name = clean(&args.skill);
        return Err(CliError::input(format!("no skill is called `{name}`"))
            .hint(format!("skills: {skills}"))
            .hint(format!("labels that models were learnt from: {facets}")));
    }
    let rows = with_reader(args.pack.as_deref(), |reader| read_rows(args, reader))?;
    let binary = rows.target.iter().all(|value| *value == 0.0 || *value == 1.0);
    let name = if binary { "auc" } else { "spearman" };
    let metric = if binary { auc } else { spearman };
    let figure = bootstrap(&rows.target, &rows.said, &rows.group, DRAWS, SEED, metric);
    let length = bootstrap(&rows.target, &rows.words, &rows.group, DRAWS, SEED, metric);
    let mut found = json!({
        "label": args.label, "skill": args.skill, "rows": rows.target.len(),
        "dialogues": rows.group.iter().max().map_or(0, |last| last + 1),
        "metric": name, "figure": figure, "length_only": length,
        "with_length": spearman(&rows.words, &rows.said),
    });
    if binary {
        let (threshold, _) = best_threshold(&rows.target, &rows.said);
        found["macro_f1"] = json!(macro_f1(&rows.target, &rows.said, 0.5));
        found["macro_f1_best_threshold"] = json!(macro_f1(&rows.target, &rows.said, threshold));
        found["calibration_error"] = json!(calibration_error(&rows.target, &rows.said, 10));
    }
    match args.format {
        Format::Json => {
            print_json(&found)?;
        }
        Format::Text => {
            let mut out = io::stdout().lock();
            let row = |of: &Interval| format!("{:.3} ({:.3}–{:.3})", of.value, of.low, of.high);
            writeln!(out, "{} rows of {} dialogues", found["rows"], found["dialogues"])?;
            writeln!(out, "{name:<20} {}", row(&figure))?;
            writeln!(out, "{:<20} {}", "length alone", row(&length))?;
            for key in ["with_length", "macro_f1", "macro_f1_best_threshold", "calibration_error"] {
                if let Some(value) = found[key].as_f64() {
                    writeln!(out, "{:<20} {value:.3}", key.replace('_', " "))?;
                }
            }
        }
    }
    Ok(ExitStatus::Success)
}

fn read_rows(args: &EvalArgs, reader: &SkillReader) -> Result<Rows, CliError> {
    let name = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| CliError::input(format!("cannot read {name}: {error}")))?;
    let mut rows = Rows::default();
    let mut dialogues: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: String| CliError::input(format!("{name}:{}: {what}", at + 1));
        let row: Labelled = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let Some(target) = row.label(&args.label).map_err(wrong)? else { continue };
        let before: Vec<_> = row.context.iter().map(|said| said.said()).collect();
        let read = reader.read(&row.text, &before);
        let said = match Skill::from_name(&args.skill) {
            Some(skill) => read.skills.get(skill).map(|score| score.score as f32 / 100.0),
            None => {
                let facet = read.facets.iter().find(|(name, _)| *name == args.skill);
                facet.map(|(_, said)| said.value)
            }
        };
        let next = dialogues.len() as u32;
        let dialogue = row.dialogue_id.unwrap_or_else(|| format!("\u{0}{at}"));
        rows.group.push(*dialogues.entry(dialogue).or_insert(next));
        rows.target.push(target);
        rows.said.push(said.unwrap_or(f32::NAN));
        rows.words.push(row.text.split_whitespace().count() as f32);
    }
    if rows.target.is_empty() {
        let label = clean(&args.label).into_owned();
        return Err(CliError::input(format!("{name} has no row with the label `{label}`")));
    }
    Ok(rows)
}

/// A row with what people said of it.
#[derive(serde::Deserialize)]
struct Labelled {
    text: String,
    #[serde(default)]
    context: Vec<spar_core::rate::SaidFile>,
    dialogue_id: Option<String>,
    #[serde(default)]
    labels: serde_json::Map<String, Value>,
}

impl Labelled {
    /// The label; a word in a list of words is 1, its absence 0.
    fn label(&self, name: &str) -> Result<Option<f32>, String> {
        // Only rewritten lines were asked about their strategies.
        if let Some(Value::Array(strategies)) = self.labels.get("strategies") {
            let rewritten = self.labels.get("is_reframe").and_then(Value::as_i64) == Some(1);
            let held = strategies.iter().any(|one| one == name);
            return Ok(rewritten.then(|| f32::from(u8::from(held))));
        }
        match self.labels.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(held)) => Ok(Some(f32::from(u8::from(*held)))),
            Some(Value::Number(number)) => Ok(number.as_f64().map(|value| value as f32)),
            Some(_) => Err(format!("label `{}` is no number", clean(name))),
        }
    }
}
