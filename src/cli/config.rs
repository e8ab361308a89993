//! `spar config`: the settings in force.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::Format;
use super::context::Context;
use crate::error::{CliError, ExitStatus};

/// Arguments of `spar config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every setting, its value and where it came from
    Show {
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
}

pub(crate) fn run(args: &ConfigArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let ConfigCommand::Show { format } = args.command;
    let rows = context.config.rows();
    let mut out = std::io::stdout().lock();
    match format {
        Format::Text => {
            for (name, value, origin) in rows {
                writeln!(out, "{name:<15} {value:<28} {origin}")?;
            }
        }
        Format::Json => {
            let all: Vec<_> = rows
                .into_iter()
                .map(
                    |(name, value, origin)| json!({"name": name, "value": value, "origin": origin}),
                )
                .collect();
            serde_json::to_writer_pretty(&mut out, &all).map_err(CliError::input)?;
            writeln!(out)?;
        }
    }
    Ok(ExitStatus::Success)
}
