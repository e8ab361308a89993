//! What several commands print alike.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::error::{CliError, ExitStatus};

/// A value as JSON on standard output, indented, with a line end.
pub(crate) fn print_json(value: &impl Serialize) -> Result<ExitStatus, CliError> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(ExitStatus::Success)
}
