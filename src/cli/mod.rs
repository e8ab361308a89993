//! The command line: one file per command, each with its arguments, help and `run`.

pub(crate) mod args;
mod config;
mod context;
mod jobs;
mod man;
mod missions;
mod offer;
mod play;
mod print;
mod report;
mod run;
mod scenario;
mod score;
mod skills;
mod study;
mod whole;
mod worker;

use std::ffi::OsString;
use std::io::Write as _;

use args::{Cli, Command};
use clap::CommandFactory as _;

use crate::error::{CliError, ExitStatus};
use context::Context;

/// Makes ready what the commands that play need first, on a thread of its own, before the arguments
/// are even understood. An argument that only looks like one of them costs a few milliseconds there.
pub(crate) fn warm_up(mut arguments: impl ExactSizeIterator<Item = OsString>) {
    if arguments.len() == 0 || arguments.any(|argument| argument == "run" || argument == "play") {
        spar_engine::warm_up();
    }
}

/// Does what was asked.
pub(crate) fn run(cli: Cli) -> Result<ExitStatus, CliError> {
    let Cli { global, command } = cli;
    let command = command.unwrap_or(Command::Home);
    match command {
        Command::Home => play::home(&mut Context::new(global)?),
        Command::Play(args) => play::run(&args, &mut Context::new(global)?),
        Command::Run(args) => run::run(&args, &Context::new(global)?),
        Command::Report(args) => report::run(&args, &Context::new(global)?),
        Command::Worker(args) => worker::run(&args, &Context::new(global)?),
        Command::Scenario(args) => scenario::run(args, &Context::new(global)?),
        Command::Missions(args) => missions::run(args, &Context::new(global)?),
        Command::Jobs(args) => jobs::run(args, &Context::new(global)?),
        Command::Score(args) => score::run(&args),
        Command::Skills(args) => skills::run(&args, &Context::new(global)?),
        Command::Config(args) => config::run(&args, &Context::new(global)?),
        // These two speak of the program alone: a broken settings file is no matter of theirs.
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "spar", &mut text);
            std::io::stdout().write_all(&text)?;
            Ok(ExitStatus::Success)
        }
        Command::Man(args) => man::run(&args),
    }
}
