//! `spar missions`: what was played.

mod import;
mod labels;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::json;
use spar_core::language::clean;
use spar_core::mission::{Mission, SpokenTurn};
use spar_core::rules::{Ending, Tier};
use spar_core::units::Timestamp;
use spar_engine::Engine;
use spar_engine::clock::Clock;
use spar_engine::play::Route;
use spar_engine::store::{MissionFilter, MissionMeta, MissionStatus, Store};

use super::args::Format;
use super::context::Context;
use super::print::print_json;
use crate::error::{CliError, ExitStatus};

/// Arguments of `spar missions`.
#[derive(Debug, Args)]
pub(crate) struct MissionsArgs {
    #[command(subcommand)]
    command: MissionsCommand,
}

#[derive(Debug, Subcommand)]
enum MissionsCommand {
    /// List played missions, newest first
    List {
        /// Only of this scenario
        #[arg(long, value_name = "ID")]
        scenario: Option<String>,
        /// Only those that can go on
        #[arg(long)]
        unfinished: bool,
        /// At most so many
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: u32,
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Show a mission: what was said, and what it scored
    Show {
        /// An id, the beginning or end of one, or `last`
        #[arg(default_value = "last")]
        mission: String,
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Write a mission out, whole
    Export {
        /// An id, the beginning or end of one, or `last`
        #[arg(default_value = "last")]
        mission: String,
        /// JSON lines hold everything; Markdown is for reading
        #[arg(long, default_value = "jsonl")]
        format: ExportFormat,
        /// Where to; standard output by default
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Bring in a real conversation, or a mission that was exported
    ///
    /// A conversation becomes a mission that is over: each of your lines is read and scored, and it
    /// can be shown, exported and studied like any other. Consecutive lines of one side are one
    /// turn. Who is who is never guessed silently. Prints the mission's id.
    Import(import::ImportArgs),
    /// Delete a mission and everything derived from it
    Delete {
        /// An id, or the beginning or end of one
        mission: String,
        /// Do not ask
        #[arg(long, short = 'y')]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// One event a line, after a header with the scenario as it was played
    Jsonl,
    /// What was said
    Markdown,
}

pub(crate) fn run(args: MissionsArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let store = || context.existing_store();
    match args.command {
        MissionsCommand::Import(args) => import::run(&args, context),
        MissionsCommand::List { scenario, unfinished, limit, format } => {
            let store = store()?;
            let rows = if unfinished {
                let mut rows = store.unfinished().map_err(CliError::input)?;
                rows.retain(|row| scenario.as_ref().is_none_or(|id| *id == row.scenario_id));
                rows.truncate(limit as usize);
                rows
            } else {
                let filter = MissionFilter {
                    scenario_id: scenario,
                    limit: Some(limit),
                    ..MissionFilter::default()
                };
                store.list(&filter).map_err(CliError::input)?
            };
            list(&rows, format)
        }
        MissionsCommand::Show { mission, format } => show(store()?, &mission, format),
        MissionsCommand::Export { mission, format, out } => {
            let text = export(store()?, &mission, format)?;
            match out {
                Some(path) => super::scenario::write_new(&path, &text)?,
                None => io::stdout().lock().write_all(text.as_bytes())?,
            }
            Ok(ExitStatus::Success)
        }
        MissionsCommand::Delete { mission, yes } => delete(&store()?, &mission, yes),
    }
}

/// Local time, to the minute.
fn when(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "–".to_owned(),
    }
}

fn standing(row: &MissionMeta) -> &'static str {
    match (row.status, row.ending) {
        (_, Some(Ending::AbortUser)) if row.is_imported() => "imported",
        (MissionStatus::Ended, Some(ending)) => ending.name(),
        (status, _) => status.name(),
    }
}

fn list(rows: &[MissionMeta], format: Format) -> Result<ExitStatus, CliError> {
    let mut out = io::stdout().lock();
    if format == Format::Json {
        let all: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "id": row.id,
                    "scenario": row.scenario_id,
                    "title": row.scenario_title,
                    "status": row.status.name(),
                    "ending": row.ending,
                    "score": row.score,
                    "turns": row.turns,
                    "provider": row.provider,
                    "model": row.model,
                    "started_at": row.started_at,
                })
            })
            .collect();
        return print_json(&all);
    }
    if rows.is_empty() {
        writeln!(io::stderr(), "no missions yet; `spar play` starts one")?;
    }
    for row in rows {
        let score = row.score.map_or("  –".to_owned(), |score| format!("{score:>3}"));
        writeln!(
            out,
            "{}  {}  {score}  {:>3} turns  {:<22} {}",
            row.id,
            when(row.started_at),
            row.turns.0,
            standing(row),
            row.scenario_id
        )?;
    }
    Ok(ExitStatus::Success)
}

fn show(store: Store, wanted: &str, format: Format) -> Result<ExitStatus, CliError> {
    let id = store.find(wanted).map_err(CliError::input)?;
    if format == Format::Json {
        return print_json(&store.export(id).map_err(CliError::input)?);
    }
    let engine = Engine::new(store, Clock::system(), Route::embedded());
    let (stored, mission) = engine.replayed(id).map_err(CliError::input)?;
    let mut text = format!(
        "{} · {} · {}\n{}\n\n",
        stored.meta.scenario_title,
        when(stored.meta.started_at),
        stored.meta.model,
        outcome(&mission)
    );
    transcript(&mission, &mut text, &Style::PLAIN);
    io::stdout().lock().write_all(clean(&text).as_bytes())?;
    Ok(ExitStatus::Success)
}

fn outcome(mission: &Mission) -> String {
    let ending = mission.ending_in_words().unwrap_or("Not finished.");
    match mission.score() {
        Some(score) => format!("{ending} Score {score} ({}).", Tier::of(score).name()),
        None => ending.to_owned(),
    }
}

/// How a transcript is set.
struct Style {
    you: &'static str,
    them: (&'static str, &'static str),
    note: (&'static str, &'static str),
    escape: fn(&str) -> String,
}

impl Style {
    const PLAIN: Self =
        Self { you: "you: ", them: ("", ": "), note: ("     ", ""), escape: str::to_owned };
    const MARKDOWN: Self =
        Self { you: "**You:** ", them: ("**", ":** "), note: ("*", "*"), escape: markdown };
}

/// Text that Markdown takes as text.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

fn transcript(mission: &Mission, text: &mut String, style: &Style) {
    let name = (style.escape)(&mission.scenario().persona.name);
    let gap = if style.you.starts_with('*') { "\n\n" } else { "\n" };
    let them = |words: &str| {
        format!("{}{name}{}{}{gap}", style.them.0, style.them.1, (style.escape)(words))
    };
    if let Some(opener) = &mission.state().opener {
        text.push_str(&them(opener));
    }
    for spoken in mission.turns() {
        let _ = write!(text, "{}{}{gap}", style.you, (style.escape)(&spoken.user));
        let _ = write!(
            text,
            "{}{}{}{gap}",
            style.note.0,
            (style.escape)(&remark(spoken)),
            style.note.1
        );
        if let Some(reply) = &spoken.reply {
            text.push_str(&them(&reply.text));
        }
    }
}

/// What a line scored, in a line.
fn remark(spoken: &SpokenTurn) -> String {
    let Some(reading) = &spoken.reading else { return "not scored".to_owned() };
    let mood = spoken.mood.name();
    match reading.shown_tier() {
        Some(tier) => format!("{} ({}) · {} · {mood}", reading.score, tier.name(), reading.reason),
        None => format!("too little to go on · {mood}"),
    }
}

fn export(store: Store, wanted: &str, format: ExportFormat) -> Result<String, CliError> {
    let id = store.find(wanted).map_err(CliError::input)?;
    match format {
        ExportFormat::Jsonl => {
            let export = store.export(id).map_err(CliError::input)?;
            let mut text = String::new();
            let header = json!({
                "spar": "mission",
                "format": 1,
                "schema": export.schema,
                "mission": export.mission,
                "scenario": export.scenario,
            });
            let _ = writeln!(text, "{header}");
            for row in &export.events {
                let line = serde_json::to_string(row).map_err(io::Error::from)?;
                let _ = writeln!(text, "{line}");
            }
            Ok(text)
        }
        ExportFormat::Markdown => {
            let engine = Engine::new(store, Clock::system(), Route::embedded());
            let (stored, mission) = engine.replayed(id).map_err(CliError::input)?;
            let mut text = format!(
                "# {}\n\n{} · {}\n\n{}\n\n",
                markdown(&stored.meta.scenario_title),
                when(stored.meta.started_at),
                markdown(&stored.meta.model),
                outcome(&mission)
            );
            transcript(&mission, &mut text, &Style::MARKDOWN);
            Ok(clean(&text).into_owned())
        }
    }
}

fn delete(store: &Store, wanted: &str, yes: bool) -> Result<ExitStatus, CliError> {
    let id = store.find(wanted).map_err(CliError::input)?;
    let row = store.mission(id).map_err(CliError::input)?;
    let what = format!("{} of {} ({})", row.scenario_id, when(row.started_at), row.id);
    if !yes {
        if !io::IsTerminal::is_terminal(&io::stdin()) {
            return Err(CliError::input(format!("not deleting {what} without being told to"))
                .hint("add --yes"));
        }
        write!(io::stderr(), "Delete {what} for good? [y/N] ")?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            writeln!(io::stderr(), "nothing was deleted")?;
            return Ok(ExitStatus::Failed);
        }
    }
    let rows = store.delete(id).map_err(CliError::input)?;
    writeln!(io::stdout(), "deleted {what}: {} rows", rows.total())?;
    Ok(ExitStatus::Success)
}
