//! `spar play`: a mission on the screen, and `spar` alone: the list to choose from.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use spar_core::ids::MissionId;
use spar_core::language::clean;
use spar_core::scenario::{Answers, QUESTIONS, from_answers};
use spar_engine::Engine;
use spar_engine::clock::Clock;
use spar_engine::library::Library;
use spar_engine::queue::Until;
use spar_engine::store::{MissionMeta, MissionStatus, Store};

use super::context::{Context, runtime};
use super::offer;
use super::scenario::{find_one, own_folder, write_new};
use super::study::Study;
use crate::error::{CliError, ExitStatus};
use crate::tui::{self, Session, Start};

/// Arguments of `spar play`.
#[derive(Debug, Default, Args)]
pub(crate) struct PlayArgs {
    /// Scenario id or file; without one, you choose from the list
    scenario: Option<String>,
    /// Make a scenario of your own from five short questions, and play it
    #[arg(long, value_name = "WHAT", conflicts_with = "scenario")]
    about: Option<String>,
    /// Go on with an unfinished mission: an id, or `last`
    #[arg(long, value_name = "MISSION", num_args = 0..=1, default_missing_value = "last", conflicts_with_all = ["scenario", "about"])]
    resume: Option<String>,
    /// Seed of everything that is chosen
    #[arg(long)]
    seed: Option<u64>,
    /// Plain lines in and out, without any escape sequence: for screen readers, pipes, dumb terminals
    #[arg(long)]
    plain: bool,
}

/// `spar` without a command.
pub(crate) fn home(context: &mut Context) -> Result<ExitStatus, CliError> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(CliError::input("the mission list needs a terminal")
            .hint("`spar play SCENARIO --plain` plays through a pipe")
            .hint("`spar scenario list` shows what there is"));
    }
    run(&PlayArgs::default(), context)
}

pub(crate) fn run(args: &PlayArgs, context: &mut Context) -> Result<ExitStatus, CliError> {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let plain = args.plain || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !plain && !terminal {
        return Err(CliError::input("the screen needs a terminal")
            .hint("--plain plays through a pipe, line by line"));
    }
    let clock = Clock::system();
    let library = context.scenarios();
    let named = args.scenario.as_deref().map(|name| find_one(&library, name)).transpose()?;
    let store = context.store()?;
    let start = match (named, &args.about, &args.resume) {
        (Some(scenario), ..) => Start::Scenario(Box::new(scenario)),
        (None, Some(about), _) => {
            let path = ask(about, &library)?;
            Start::Scenario(Box::new(find_one(&library, &path)?))
        }
        (None, None, Some(wanted)) => Start::Resume(unfinished(&store, wanted)?),
        (None, None, None) => Start::Home,
    };
    if plain && !matches!(start, Start::Resume(_)) {
        remind(&store)?;
    }
    offer::make(context, terminal)?;
    let route = context.route(&clock)?;
    let analysis = context.analysis((!route.embedded).then(|| route.provider.clone()))?;
    let engine = Engine::new(store, clock, route);
    // One thing at a time, behind the chat.
    let study = Study::begin(&engine, analysis, 1, Until::Forever)?;
    let session = Session {
        engine,
        library,
        start,
        seed: args.seed,
        max_wait: context.config.max_wait.value,
        reduced_motion: context.config.reduced_motion.value,
        theme: context.config.theme.value.clone(),
        glyphs: context.config.glyphs.value.clone(),
        colors: context.colors_stdout(),
    };
    let played = runtime()?.block_on(async {
        if plain { tui::plain(session).await } else { tui::run(session).await }
    });
    // What it leaves undone waits for the next `spar`, or for `spar report`.
    study.end()?;
    played?;
    Ok(ExitStatus::Success)
}

/// The mission to go on with. `last` is the one that was left last, not one that has ended since.
fn unfinished(store: &Store, wanted: &str) -> Result<MissionId, CliError> {
    if wanted == "last" {
        return last_unfinished(store)?.map(|row| row.id).ok_or_else(|| {
            CliError::input("there is no unfinished mission")
                .hint("`spar missions list` shows what was played")
        });
    }
    let id = store.find(wanted).map_err(CliError::input)?;
    let row = store.mission(id).map_err(CliError::input)?;
    if row.status == MissionStatus::Ended {
        return Err(CliError::input(format!("mission {id} has ended"))
            .hint(format!("`spar missions show {id}` shows it"))
            .hint(format!("`spar play {}` starts it anew", clean(&row.scenario_id))));
    }
    Ok(id)
}

/// Headless runs are not gone on with by hand: theirs are left out.
fn last_unfinished(store: &Store) -> Result<Option<MissionMeta>, CliError> {
    let rows = store.unfinished().map_err(CliError::input)?;
    Ok(rows.into_iter().filter(|row| row.run_label.is_none()).max_by_key(|row| row.last_at))
}

/// Says what was left unfinished; the screen shows it in its list.
fn remind(store: &Store) -> Result<(), CliError> {
    // One in which nothing was said yet is no loss.
    let Some(row) = last_unfinished(store)?.filter(|row| row.turns.0 > 0) else { return Ok(()) };
    let turns = match row.turns.0 {
        1 => "one turn".to_owned(),
        turns => format!("{turns} turns"),
    };
    writeln!(
        io::stderr(),
        "“{}” is unfinished, after {turns}; `spar play --resume` goes on with it.\n",
        clean(&row.scenario_title)
    )?;
    Ok(())
}

/// Asks the five questions, writes the scenario among the user's own, and answers its path.
fn ask(about: &str, library: &Library) -> Result<String, CliError> {
    let mut answers = Answers::default();
    let mut err = io::stderr().lock();
    writeln!(err, "Five short questions. Enter alone leaves one open.")?;
    for (number, question) in QUESTIONS.iter().enumerate() {
        // What was typed after --about answers the second question unless it is changed. The
        // examples are only that: nobody's landlady is called Marta for want of an answer.
        let is_known = question.key == "hard_thing";
        let (lead, shown) = if is_known { ("", about) } else { ("e.g. ", question.example) };
        write!(err, "{}. {} [{lead}{}] ", number + 1, question.text, clean(shown))?;
        err.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let line = line.trim();
        answers.set(question.key, if line.is_empty() && is_known { about } else { line });
    }
    let text = from_answers(&answers);
    let id_line = text.lines().find(|line| line.starts_with("id: ")).unwrap_or("id: \"my-talk\"");
    let id = id_line["id: ".len()..].trim().trim_matches('"');
    let folder = own_folder()?;
    // A second talk about the same thing replaces neither the first nor a scenario of that name.
    let taken: Vec<String> =
        library.list().scenarios.into_iter().map(|found| found.scenario.id).collect();
    let (own_id, path) = (1..1_000)
        .map(|nth| if nth == 1 { id.to_owned() } else { format!("{id}-{nth}") })
        .map(|own_id| (folder.join(format!("{own_id}.yaml")), own_id))
        .find(|(path, own_id)| !path.exists() && !taken.contains(own_id))
        .map(|(path, own_id)| (own_id, path))
        .ok_or_else(|| CliError::input("there are a thousand talks of that name already"))?;
    write_new(&path, &text.replacen(id_line, &format!("id: \"{own_id}\""), 1))?;
    writeln!(err, "\nYour scenario is {}; edit it as you like.\n", path.display())?;
    Ok(path.display().to_string())
}
