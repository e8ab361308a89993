//! `spar scenario`: the files one plays.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;
use spar_core::language::clean;
use spar_core::reading::Cue;
use spar_core::scenario::{self, Category, Problem, Scenario};
use spar_engine::Prepared;
use spar_engine::library::{self, Library, LibraryError, Listing, Origin};
use spar_engine::play::{self, Rehearsal};

use super::args::Format;
use super::context::Context;
use super::print::print_json;
use crate::error::{CliError, ExitStatus};

/// Arguments of `spar scenario`.
#[derive(Debug, Args)]
pub(crate) struct ScenarioArgs {
    #[command(subcommand)]
    command: ScenarioCommand,
}

#[derive(Debug, Subcommand)]
enum ScenarioCommand {
    /// List every scenario at hand
    List {
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Show one scenario: who, what for, gates and limits
    Show {
        /// Id, file, or FILE#ID
        scenario: String,
        /// Text or JSON (the resolved scenario)
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Validate scenarios and play their playthroughs: better play must score better
    Check {
        /// Ids, files or folders; none: every scenario that `spar scenario list` shows
        scenarios: Vec<String>,
        /// Seeds each playthrough is played with
        #[arg(long, default_value_t = play::SEEDS, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        seeds: u64,
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print the JSON Schema of scenario files, for editors
    Schema,
    /// List the cues every scenario can use
    Cues {
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Write a commented starter file
    New {
        /// Its id; the file is ID.yaml unless --out says otherwise
        id: String,
        /// Its title
        #[arg(long, default_value = "")]
        title: String,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// A scenario made ready, and where it stands.
pub(crate) struct Found {
    pub(crate) prepared: Prepared,
    pub(crate) origin: Origin,
}

impl Found {
    /// Its file, as annotations and listings name it.
    pub(crate) fn file(&self) -> String {
        origin_name(&self.origin)
    }
}

fn origin_name(origin: &Origin) -> String {
    match origin {
        Origin::File(path) => path.display().to_string(),
        Origin::BuiltIn(file) => format!("scenarios/{file}"),
    }
}

/// Everything the names stand for; none: the built-in scenarios. Problems are an error: a run that
/// leaves half its scenarios out is worse than one that does not start.
pub(crate) fn find_all(library: &Library, names: &[String]) -> Result<Vec<Found>, CliError> {
    let Listing { scenarios, problems, .. } = gather(library, names)?;
    if !problems.is_empty() {
        return Err(CliError::input(scenario::Problems(problems)));
    }
    let mut all: Vec<Found> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for library::Found { scenario, origin } in scenarios {
        let found = Found { prepared: Prepared::new(scenario), origin };
        let id = &found.prepared.scenario.id;
        match places.get(id).map(|at| &all[*at]) {
            // Named twice, once by its folder perhaps: it is played once.
            Some(first) if first.prepared.hash() == found.prepared.hash() => {}
            Some(first) => {
                let (one, two) = (first.file(), found.file());
                return Err(CliError::input(format!(
                    "two scenarios are called `{id}`: one in {one}, one in {two}"
                ))
                .hint("give one of them another id; reports name scenarios by it"));
            }
            None => {
                places.insert(id.clone(), all.len());
                all.push(found);
            }
        }
    }
    Ok(all)
}

/// One scenario by name.
pub(crate) fn find_one(library: &Library, name: &str) -> Result<Scenario, CliError> {
    library.find(name).map(|found| found.scenario).map_err(not_found)
}

fn not_found(error: LibraryError) -> CliError {
    let unreadable = matches!(error, LibraryError::Unreadable { .. });
    let refused = CliError::input(error);
    if unreadable { refused.hint("`spar scenario list` shows what there is") } else { refused }
}

fn gather(library: &Library, names: &[String]) -> Result<Listing, CliError> {
    if names.is_empty() {
        return Ok(library.list());
    }
    let mut all = Listing::default();
    for name in names {
        let Listing { scenarios, problems, skipped } = library.gather(name).map_err(not_found)?;
        if scenarios.is_empty() && problems.is_empty() {
            return Err(CliError::input(format!("{name} holds no scenario")));
        }
        all.scenarios.extend(scenarios);
        all.problems.extend(problems);
        all.skipped.extend(skipped);
    }
    Ok(all)
}

pub(crate) fn run(args: ScenarioArgs, context: &Context) -> Result<ExitStatus, CliError> {
    match args.command {
        ScenarioCommand::List { format } => list(&context.scenarios(), format),
        ScenarioCommand::Show { scenario, format } => {
            show(&find_one(&context.scenarios(), &scenario)?, format)
        }
        ScenarioCommand::Check { scenarios, seeds, format } => {
            check(&context.scenarios(), &scenarios, seeds, format)
        }
        ScenarioCommand::Schema => print_json(scenario::schema()),
        ScenarioCommand::Cues { format } => cues(format),
        ScenarioCommand::New { id, title, out } => new(&id, &title, out),
    }
}

fn print(text: &str) -> Result<(), CliError> {
    // A scenario is somebody's file: its words may hold anything.
    io::stdout().lock().write_all(clean(text).as_bytes())?;
    Ok(())
}

/// Says what is wrong with files, on standard error, and answers the exit code for it.
fn complain(problems: &[Problem]) -> Result<ExitStatus, CliError> {
    let mut err = io::stderr().lock();
    for problem in problems {
        writeln!(err, "{problem}")?;
    }
    Ok(if problems.is_empty() { ExitStatus::Success } else { ExitStatus::BadInput })
}

fn list(library: &Library, format: Format) -> Result<ExitStatus, CliError> {
    let listing = library.list();
    match format {
        Format::Json => {
            let rows: Vec<_> = listing
                .scenarios
                .iter()
                .map(|found| {
                    let scenario = &found.scenario;
                    json!({
                        "id": scenario.id,
                        "title": scenario.title,
                        "summary": scenario.summary,
                        "category": scenario.category,
                        "difficulty": scenario.difficulty,
                        "tags": scenario.tags,
                        "file": origin_name(&found.origin),
                    })
                })
                .collect();
            print_json(&rows)?;
        }
        Format::Text => {
            let mut text = String::new();
            for category in Category::ALL {
                let of_it: Vec<_> = listing
                    .scenarios
                    .iter()
                    .filter(|found| found.scenario.category == category)
                    .collect();
                if of_it.is_empty() {
                    continue;
                }
                let _ = writeln!(text, "{}", category.name());
                for found in of_it {
                    let scenario = &found.scenario;
                    let _ = writeln!(
                        text,
                        "  {:<20} {:<7} {}",
                        scenario.id,
                        scenario.difficulty.name(),
                        scenario.title
                    );
                }
            }
            print(&text)?;
        }
    }
    complain(&listing.problems)
}

fn show(scenario: &Scenario, format: Format) -> Result<ExitStatus, CliError> {
    if format == Format::Json {
        return print_json(scenario);
    }
    let persona = &scenario.persona;
    let mut text = format!("{} ({})\n{}\n\n", scenario.title, scenario.id, scenario.summary);
    let mut row = |label: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(text, "{label:<12} {value}");
        }
    };
    row("persona", format!("{}, {}", persona.name, persona.role));
    row("objective", scenario.objective.title.clone());
    row("category", scenario.category.name().to_owned());
    row("difficulty", scenario.difficulty.name().to_owned());
    row("tags", scenario.tags.join(", "));
    row(
        "limits",
        format!(
            "{}–{} turns, {} strikes{}{}",
            scenario.policy.min_turns,
            scenario.policy.max_turns,
            scenario.policy.strikes,
            scenario
                .policy
                .seconds_per_turn
                .map_or(String::new(), |seconds| format!(", {seconds} s a turn")),
            scenario
                .reader
                .word_limit
                .map_or(String::new(), |words| format!(", {words} words a line")),
        ),
    );
    for gate in &scenario.gates {
        let required = if gate.required { "" } else { " (optional)" };
        row("gate", format!("{}: {}{required}", gate.id, gate.title));
    }
    let lines: usize = scenario.offline.blocks.iter().map(|block| block.lines.len()).sum();
    row("offline", format!("{lines} authored replies"));
    row("script", format!("{} steps", scenario.script.steps.len()));
    print(&text)?;
    Ok(ExitStatus::Success)
}

fn cues(format: Format) -> Result<ExitStatus, CliError> {
    if format == Format::Json {
        let all: Vec<_> = Cue::ALL
            .iter()
            .map(|cue| json!({"name": cue.name(), "meaning": cue.meaning()}))
            .collect();
        return print_json(&all);
    }
    let mut text = String::new();
    for cue in Cue::ALL {
        let _ = writeln!(text, "{:<22} {}", cue.name(), cue.meaning());
    }
    print(&text)?;
    Ok(ExitStatus::Success)
}

fn check(
    library: &Library,
    names: &[String],
    seeds: u64,
    format: Format,
) -> Result<ExitStatus, CliError> {
    let listing = gather(library, names)?;
    let mut status = ExitStatus::Success;
    let mut rows = Vec::new();
    for found in listing.scenarios {
        let origin = origin_name(&found.origin);
        let scenario = Arc::new(found.scenario);
        let note = if !scenario.is_scored() {
            Some("not in English: played unscored, so its playthroughs say nothing")
        } else if !scenario.playthroughs.is_complete() {
            Some("no playthroughs: valid, but whether it tells good play from bad is unknown")
        } else {
            None
        };
        if let Some(note) = note {
            rows.push(json!({"id": scenario.id, "file": origin, "passed": true, "note": note}));
            if format == Format::Text {
                print(&format!("valid    {:<20} {note}\n", scenario.id))?;
            }
            continue;
        }
        let rehearsal = play::rehearse(&scenario, seeds);
        let complaints = rehearsal.complaints();
        if !complaints.is_empty() {
            status = status.and(ExitStatus::Failed);
        }
        match format {
            Format::Text => print(&check_text(&scenario.id, &rehearsal, &complaints))?,
            Format::Json => rows.push(json!({
                "id": scenario.id,
                "file": origin,
                "passed": complaints.is_empty(),
                "complaints": complaints,
                "levels": rehearsal.levels.iter().map(|level| json!({
                    "level": level.level,
                    "mean": (level.mean() * 10.0).round() / 10.0,
                    "scores": level.scores,
                    "ending": level.ending,
                })).collect::<Vec<_>>(),
            })),
        }
    }
    if format == Format::Json {
        print_json(&rows)?;
    }
    Ok(status.and(complain(&listing.problems)?))
}

fn check_text(id: &str, rehearsal: &Rehearsal, complaints: &[String]) -> String {
    let means: Vec<_> = rehearsal
        .levels
        .iter()
        .map(|level| format!("{} {:.1}", level.level.name(), level.mean()))
        .collect();
    let verdict = if complaints.is_empty() { "passed" } else { "FAILED" };
    let mut text = format!("{verdict:<8} {id:<20} {}\n", means.join(", "));
    for complaint in complaints {
        let _ = writeln!(text, "         {complaint}");
    }
    text
}

fn new(id: &str, title: &str, out: Option<PathBuf>) -> Result<ExitStatus, CliError> {
    let path = out.unwrap_or_else(|| PathBuf::from(format!("{}.yaml", file_stem(id))));
    write_new(&path, &scenario::starter(id, title))?;
    let mut err = io::stderr().lock();
    writeln!(err, "wrote {}", path.display())?;
    writeln!(err, "play it: spar play {0}\ncheck it: spar scenario check {0}", path.display())?;
    Ok(ExitStatus::Success)
}

/// A name that is safe as a file name, whatever was typed.
fn file_stem(id: &str) -> String {
    let stem: String = id
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let stem = stem.trim_matches('-');
    if stem.is_empty() { "scenario".to_owned() } else { stem.to_owned() }
}

/// Writes a file that must not be there yet: what somebody wrote is never written over.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        let refused = CliError::input(format!("cannot write {}: {error}", path.display()));
        if error.kind() == io::ErrorKind::AlreadyExists {
            refused.hint("name another file with --out")
        } else {
            refused
        }
    })?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// Where a person's own scenarios go.
pub(crate) fn own_folder() -> Result<PathBuf, CliError> {
    library::user_folder().ok_or_else(|| CliError::input("there is no home folder"))
}
