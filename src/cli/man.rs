//! `spar man`: manual pages, one a command.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use spar_core::language::clean;
use spar_core::scenario::nearest;

use super::args::{Cli, ManArgs};
use crate::error::{CliError, ExitStatus};

/// Prints one page, or writes them all.
pub(crate) fn run(args: &ManArgs) -> Result<ExitStatus, CliError> {
    // `help` is a command of clap's own making and says nothing that the pages do not.
    let mut top = Cli::command().disable_help_subcommand(true);
    top.build();
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        write_all(&top, folder)?;
        return Ok(ExitStatus::Success);
    }
    let mut page = &top;
    for name in &args.command {
        page = page.find_subcommand(name).ok_or_else(|| unknown(page, name))?;
    }
    std::io::stdout().write_all(&text_of(page)?)?;
    Ok(ExitStatus::Success)
}

/// The page of a command and of those in it.
fn write_all(command: &Command, folder: &Path) -> Result<(), CliError> {
    let path = folder.join(Man::new(command.clone()).get_filename());
    fs::write(&path, text_of(command)?).map_err(|error| unwritable(&path, &error))?;
    shown(command).try_for_each(|command| write_all(command, folder))
}

fn text_of(command: &Command) -> Result<Vec<u8>, CliError> {
    let mut text = Vec::new();
    Man::new(command.clone()).render(&mut text)?;
    Ok(text)
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set())
}

fn unknown(command: &Command, name: &str) -> CliError {
    let names: Vec<&str> = shown(command).map(Command::get_name).collect();
    let of = command.get_display_name().unwrap_or(command.get_name()).replace('-', " ");
    let error = CliError::input(format!("`{of}` has no command `{}`", clean(name)));
    match (nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => error.hint(format!("did you mean `{near}`?")),
        (None, false) => error.hint(format!("its commands: {}", names.join(", "))),
        (None, true) => error,
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::input(format!("cannot write {}: {error}", path.display()))
}
