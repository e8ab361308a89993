//! A model server for benchmarks: answers every chat with the same valid turn after a fixed delay.
//!
//! `cargo run --release -p spar-engine --example mock_server -- --port 8077 --delay-ms 50`

use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

#[path = "../tests/support/mock_server.rs"]
mod mock_server;

use mock_server::MockSettings;

const USAGE: &str =
    "mock_server [--port N] [--delay-ms N] [--gap-ms N] [--reply-bytes N] [--events N]";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its terminal")]
fn main() -> ExitCode {
    let (port, settings) = match read_arguments(std::env::args().skip(1)) {
        Ok(read) => read,
        Err(reason) => {
            eprintln!("{reason}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match mock_server::serve(port, settings) {
        Ok(address) => println!("http://{address}/v1"),
        Err(error) => {
            eprintln!("cannot listen on port {port}: {error}");
            return ExitCode::from(2);
        }
    }
    // The threads of the server do the work; this one only keeps the process alive.
    loop {
        std::thread::park();
    }
}

fn read_arguments(
    mut arguments: impl Iterator<Item = String>,
) -> Result<(u16, MockSettings), String> {
    let mut port = 0;
    let mut settings = MockSettings::default();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a number"))?;
        match name.as_str() {
            "--port" => port = number(&name, &value)?,
            "--delay-ms" => settings.delay = milliseconds(&name, &value)?,
            "--gap-ms" => settings.gap = milliseconds(&name, &value)?,
            "--reply-bytes" => settings.reply_bytes = number(&name, &value)?,
            "--events" => settings.events = number(&name, &value)?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok((port, settings))
}

fn milliseconds(name: &str, value: &str) -> Result<Duration, String> {
    let millis: f64 = number(name, value)?;
    Duration::try_from_secs_f64(millis / 1_000.0)
        .map_err(|error| format!("{name} {value}: {error}"))
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} {value}: not a number in range"))
}
