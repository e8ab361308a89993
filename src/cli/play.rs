//! `spar play`: a mission on the screen, and `spar` alone: the list to choose from.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use spar_core::scenario::{Answers, QUESTIONS, from_answers};
use spar_engine::Engine;
use spar_engine::clock::Clock;

use super::context::{Context, runtime};
use super::scenario::{find_one, own_folder, write_new};
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
pub(crate) fn home(context: &Context) -> Result<ExitStatus, CliError> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(CliError::input("the mission list needs a terminal")
            .hint("`spar play SCENARIO --plain` plays through a pipe")
            .hint("`spar scenario list` shows what there is"));
    }
    run(PlayArgs::default(), context)
}

pub(crate) fn run(args: PlayArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let clock = Clock::system();
    let library = context.library();
    let store = context.store()?;
    let start = match (&args.scenario, &args.about, &args.resume) {
        (Some(name), ..) => Start::Scenario(Box::new(find_one(&library, name)?)),
        (None, Some(about), _) => {
            let path = ask(about)?;
            Start::Scenario(Box::new(find_one(&library, &path)?))
        }
        (None, None, Some(wanted)) => Start::Resume(store.find(wanted).map_err(CliError::input)?),
        (None, None, None) => Start::Home,
    };
    let engine = Engine::new(store, clock.clone(), context.route(&clock)?);
    let screen = io::stdin().is_terminal() && io::stdout().is_terminal();
    let plain = args.plain || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if !plain && !screen {
        return Err(CliError::input("the screen needs a terminal")
            .hint("--plain plays through a pipe, line by line"));
    }
    let session = Session {
        engine,
        library,
        start,
        seed: args.seed,
        reduced_motion: context.config.reduced_motion.value,
        theme: context.config.theme.value.clone(),
        glyphs: context.config.glyphs.value.clone(),
        colors: context.colors_stdout(),
    };
    runtime()?.block_on(async {
        if plain { tui::plain(session).await } else { tui::run(session).await }
    })?;
    Ok(ExitStatus::Success)
}

/// Asks the five questions, writes the scenario among the user's own, and answers its path.
fn ask(about: &str) -> Result<String, CliError> {
    let mut answers = Answers::default();
    let mut err = io::stderr().lock();
    writeln!(err, "Five short questions. Enter alone takes the suggestion in brackets.")?;
    for (number, question) in QUESTIONS.iter().enumerate() {
        // What was typed after --about answers the second question unless it is changed.
        let suggestion = if question.key == "hard_thing" { about } else { question.example };
        write!(err, "{}. {} [{suggestion}] ", number + 1, question.text)?;
        err.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let line = line.trim();
        answers.set(question.key, if line.is_empty() { suggestion } else { line });
    }
    let text = from_answers(&answers);
    let id = text
        .lines()
        .find_map(|line| line.strip_prefix("id: "))
        .map_or("my-talk", |id| id.trim().trim_matches('"'));
    let folder = own_folder()?;
    // A second talk about the same thing does not replace the first.
    let path = (1..1_000)
        .map(|nth| {
            folder.join(if nth == 1 { format!("{id}.yaml") } else { format!("{id}-{nth}.yaml") })
        })
        .find(|path| !path.exists())
        .ok_or_else(|| CliError::input("there are a thousand talks of that name already"))?;
    write_new(&path, &text)?;
    writeln!(err, "\nYour scenario is {}; edit it as you like.\n", path.display())?;
    Ok(path.display().to_string())
}
