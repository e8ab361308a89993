//! `spar`: rehearse hard conversations in the terminal. This crate shows; what is shown is decided
//! in `spar-core` and done in `spar-engine`.

mod cli;
mod error;
mod tui;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use error::ExitStatus;

fn main() -> ExitCode {
    cli::warm_up(std::env::args_os().skip(1));
    let cli = match cli::args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are a success; the rest is bad input. A
            // reader that has gone away is neither.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // A panic has been reported by its hook; what is left to say is that it is our fault.
    let Ok(done) = catch_unwind(AssertUnwindSafe(|| cli::run(cli))) else {
        return ExitStatus::Bug.into();
    };
    match done {
        Ok(status) => status.into(),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "spar: {error}");
            error.kind.into()
        }
    }
}
