//! `spar config`: the settings in force.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::Format;
use super::context::Context;
use super::print::print_json;
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
    let mut rows = context.config.rows();
    for (_, value, _) in &mut rows {
        *value = without_credentials(value);
    }
    let mut out = io::stdout().lock();
    match format {
        Format::Text => {
            for (name, value, origin) in rows {
                writeln!(out, "{name:<23} {value:<28} {origin}")?;
            }
        }
        Format::Json => {
            let all: Vec<_> = rows
                .into_iter()
                .map(
                    |(name, value, origin)| json!({"name": name, "value": value, "origin": origin}),
                )
                .collect();
            print_json(&all)?;
        }
    }
    Ok(ExitStatus::Success)
}

/// An address without the name and password that some write before its host.
fn without_credentials(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://(not shown){}", &rest[at..]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (value, shown) in [
            ("http://ann:pw@host/v1", "http://(not shown)@host/v1"),
            ("http://ann:p@w@host", "http://(not shown)@host"),
            ("http://host/v1?mail=a@b", "http://host/v1?mail=a@b"),
            ("gpt-4o@home", "gpt-4o@home"),
        ] {
            assert_eq!(without_credentials(value), shown);
        }
    }
}
