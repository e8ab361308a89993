//! `spar jobs`: the work behind the chat.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::json;
use spar_core::job::{JobKind, policy};
use spar_core::language::clean;
use spar_core::units::Timestamp;
use spar_engine::clock::Clock;
use spar_engine::store::{CalledOff, Job, JobFilter, JobState, PipelineEvent, Retried, Store};

use super::args::Format;
use super::context::{Context, runtime};
use super::print::print_json;
use crate::error::{CliError, ExitStatus};

/// Arguments of `spar jobs`.
#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    #[command(subcommand)]
    command: JobsCommand,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// List jobs, newest first
    List {
        /// Only in this state
        #[arg(long, value_name = "STATE")]
        state: Option<StateArg>,
        /// Only of this kind
        #[arg(long, value_name = "KIND")]
        kind: Option<JobKind>,
        /// At most so many
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: u32,
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Show a job and what happened to it
    Show {
        /// Its number
        job: i64,
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Show how each kind of job fares
    Stats {
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Print what happens to jobs, as it happens
    Watch {
        /// Stop after so many events
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
        /// Begin with what happened already
        #[arg(long)]
        from_start: bool,
        /// Text, or one JSON object a line
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Make finished jobs ready again, with all their attempts
    Retry {
        /// Their numbers
        #[arg(required_unless_present = "dead")]
        jobs: Vec<i64>,
        /// Every dead job instead
        #[arg(long, conflicts_with = "jobs")]
        dead: bool,
        /// With --dead: only of this kind
        #[arg(long, value_name = "KIND", requires = "dead")]
        kind: Option<JobKind>,
    },
    /// Call jobs off; one that runs is dropped, and nothing of it is written
    Cancel {
        /// Their numbers
        #[arg(required = true)]
        jobs: Vec<i64>,
    },
    /// Let nobody begin jobs of a kind; running ones go on
    Pause {
        /// Only this kind; every kind by default
        #[arg(long, value_name = "KIND")]
        kind: Option<JobKind>,
    },
    /// Take back a pause
    Resume {
        /// Only of this kind; every pause by default
        #[arg(long, value_name = "KIND")]
        kind: Option<JobKind>,
    },
    /// Pause every kind, and wait until no job runs
    Drain {
        /// Wait at most so many seconds
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        timeout: u64,
    },
    /// List jobs that were given up, and why
    Dead {
        /// Only of this kind
        #[arg(long, value_name = "KIND")]
        kind: Option<JobKind>,
        /// At most so many
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: u32,
        /// Text or JSON
        #[arg(long, default_value = "text")]
        format: Format,
    },
}

/// States by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StateArg {
    /// Waits for a worker
    Ready,
    /// Waits for its time
    Scheduled,
    /// A worker has it
    Running,
    /// Done
    Done,
    /// Given up
    Dead,
    /// Called off
    Cancelled,
    /// Its time was over before anyone came to it
    Expired,
}

impl From<StateArg> for JobState {
    fn from(state: StateArg) -> Self {
        match state {
            StateArg::Ready => Self::Ready,
            StateArg::Scheduled => Self::Scheduled,
            StateArg::Running => Self::Running,
            StateArg::Done => Self::Done,
            StateArg::Dead => Self::Dead,
            StateArg::Cancelled => Self::Cancelled,
            StateArg::Expired => Self::Expired,
        }
    }
}

pub(crate) fn run(args: JobsArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let store = context.existing_store()?;
    let now = Clock::system().now();
    match args.command {
        JobsCommand::List { state, kind, limit, format } => {
            let filter = JobFilter { state: state.map(JobState::from), kind, limit };
            list(&store, &filter, format)
        }
        JobsCommand::Dead { kind, limit, format } => {
            let filter = JobFilter { state: Some(JobState::Dead), kind, limit };
            list(&store, &filter, format)
        }
        JobsCommand::Show { job, format } => show(&store, job, format),
        JobsCommand::Stats { format } => stats(&store, now, format),
        JobsCommand::Watch { limit, from_start, format } => {
            runtime()?.block_on(watch(&store, limit.unwrap_or(u64::MAX), from_start, format))
        }
        JobsCommand::Retry { dead: true, kind, .. } => {
            let ready = store.retry_dead_jobs(kind, now).wait().map_err(CliError::input)?;
            say(&format!("{ready} dead jobs are ready again"))
        }
        JobsCommand::Retry { jobs, .. } => {
            jobs.into_iter().try_for_each(|job| retry(&store, job, now))?;
            Ok(ExitStatus::Success)
        }
        JobsCommand::Cancel { jobs } => {
            jobs.into_iter().try_for_each(|job| cancel(&store, job, now))?;
            Ok(ExitStatus::Success)
        }
        JobsCommand::Pause { kind } => {
            store.pause_jobs(kind, now).wait().map_err(CliError::input)?;
            say(&format!("{} paused; `spar jobs resume` takes it back", named(kind)))
        }
        JobsCommand::Resume { kind } => {
            store.resume_jobs(kind).wait().map_err(CliError::input)?;
            let paused = store.paused_kinds().map_err(CliError::input)?;
            say(&match (kind, paused.as_slice()) {
                (_, []) => "nothing is paused".to_owned(),
                (_, paused) => format!("still paused: {}", paused.join(", ")),
            })
        }
        JobsCommand::Drain { timeout } => {
            store.pause_jobs(None, now).wait().map_err(CliError::input)?;
            runtime()?.block_on(drain(&store, Duration::from_secs(timeout)))
        }
    }
}

fn say(line: &str) -> Result<ExitStatus, CliError> {
    writeln!(io::stdout(), "{line}")?;
    Ok(ExitStatus::Success)
}

fn named(kind: Option<JobKind>) -> String {
    kind.map_or_else(|| "every kind is".to_owned(), |kind| format!("{kind} is"))
}

/// Local time, to the second.
fn when(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => "–".to_owned(),
    }
}

/// A length of time, in the unit a person would use.
fn length(millis: u64) -> String {
    match millis / 1_000 {
        0 => format!("{millis} ms"),
        s @ 1..=119 => format!("{s} s"),
        s @ 120..=7_199 => format!("{} min", s / 60),
        s => format!("{} h", s / 3_600),
    }
}

/// Errors of jobs may hold a model's words.
fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn list(store: &Store, filter: &JobFilter, format: Format) -> Result<ExitStatus, CliError> {
    let jobs = store.jobs(filter).map_err(CliError::input)?;
    if format == Format::Json {
        return print_json(&jobs);
    }
    if jobs.is_empty() {
        writeln!(io::stderr(), "no such jobs")?;
    }
    let mut out = io::stdout().lock();
    for job in &jobs {
        let error = job.last_error.as_deref().map(one_line).unwrap_or_default();
        let line = format!(
            "{:>6}  {}  {:<9}  {:<14}  {}/{}  {error}",
            job.id,
            when(job.created_at),
            job.state.name(),
            one_line(&job.kind),
            job.attempt,
            job.max_attempts,
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if filter.state == Some(JobState::Dead) && !jobs.is_empty() {
        writeln!(io::stderr(), "`spar jobs retry N` makes one ready again, `--dead` all of them")?;
    }
    Ok(ExitStatus::Success)
}

fn missing(id: i64) -> CliError {
    CliError::input(format!("there is no job {id}")).hint("`spar jobs list` shows what there is")
}

fn show(store: &Store, id: i64, format: Format) -> Result<ExitStatus, CliError> {
    let job = store.job(id).map_err(CliError::input)?.ok_or_else(|| missing(id))?;
    let events = store.pipeline_events_of(id).map_err(CliError::input)?;
    if format == Format::Json {
        return print_json(&json!({"job": job, "events": events}));
    }
    let mut out = io::stdout().lock();
    for (name, value) in facts(&job) {
        writeln!(out, "{name:<10} {value}")?;
    }
    for event in &events {
        writeln!(out, "{}", describe(event))?;
    }
    Ok(ExitStatus::Success)
}

fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("job", job.id.to_string()),
        ("kind", one_line(&job.kind)),
        ("state", job.state.name().to_owned()),
        ("about", format!("row {}, key {}", job.subject, job.key)),
        ("priority", job.priority.to_string()),
        ("attempts", format!("{} of {}", job.attempt, job.max_attempts)),
        ("asked for", when(job.created_at)),
        ("not before", when(job.run_at)),
    ];
    facts.extend(job.expires_at.map(|at| ("not after", when(at))));
    facts.extend(job.finished_at.map(|at| ("finished", when(at))));
    if job.rerun {
        facts.push(("again", "once more after this run".to_owned()));
    }
    if job.rescued > 0 {
        facts.push(("rescued", job.rescued.to_string()));
    }
    facts.extend(job.last_error.as_deref().map(|error| ("error", one_line(error))));
    facts
}

fn describe(event: &PipelineEvent) -> String {
    let detail = event.detail.as_deref().map(one_line).unwrap_or_default();
    let line = format!(
        "{}  {:>6}  {:<14}  {:<11}  attempt {}  {detail}",
        when(event.at),
        event.job,
        one_line(&event.kind),
        one_line(&event.transition),
        event.attempt,
    );
    line.trim_end().to_owned()
}

fn stats(store: &Store, now: Timestamp, format: Format) -> Result<ExitStatus, CliError> {
    let kinds = store.job_stats(now).map_err(CliError::input)?;
    let paused = store.paused_kinds().map_err(CliError::input)?;
    let waiting: u64 = kinds.iter().map(|kind| u64::from(kind.ready)).sum();
    let oldest = kinds.iter().filter_map(|kind| kind.oldest_ms).max();
    let alert = waiting > policy::BACKLOG_ALERT;
    if format == Format::Json {
        return print_json(&json!({
            "waiting": waiting,
            "oldest_ms": oldest,
            "alert": alert,
            "paused": paused,
            "kinds": kinds,
        }));
    }
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:<14} {:>6} {:>6} {:>7} {:>7} {:>5} {:>7} {:>7} {:>7}  oldest",
        "kind", "ready", "later", "running", "done", "dead", "rescued", "retried", "expired"
    )?;
    for kind in &kinds {
        writeln!(
            out,
            "{:<14} {:>6} {:>6} {:>7} {:>7} {:>5} {:>7} {:>7} {:>7}  {}",
            one_line(&kind.kind),
            kind.ready,
            kind.scheduled,
            kind.running,
            kind.done,
            kind.dead,
            kind.rescued,
            kind.retried,
            kind.expired,
            kind.oldest_ms.map_or_else(|| "–".to_owned(), length),
        )?;
    }
    if !paused.is_empty() {
        let names: Vec<_> = paused.iter().map(|kind| one_line(kind)).collect();
        writeln!(out, "paused: {}", names.join(", ").replace('*', "every kind"))?;
    }
    if alert {
        writeln!(
            out,
            "alert: {waiting} jobs wait, the oldest for {}; more workers would help",
            length(oldest.unwrap_or_default())
        )?;
    }
    Ok(ExitStatus::Success)
}

fn retry(store: &Store, id: i64, now: Timestamp) -> Result<(), CliError> {
    match store.retry_job(id, now).wait().map_err(CliError::input)? {
        Retried::Ready => writeln!(io::stdout(), "job {id} is ready again")?,
        Retried::Already(other) => {
            writeln!(io::stdout(), "job {other} does the same and is not finished")?;
        }
        Retried::Unfinished(state) => {
            let state = state.name();
            return Err(CliError::input(format!("job {id} is {state}, not finished")));
        }
        Retried::Missing => return Err(missing(id)),
    }
    Ok(())
}

fn cancel(store: &Store, id: i64, now: Timestamp) -> Result<(), CliError> {
    match store.cancel_job(id, now).wait().map_err(CliError::input)? {
        CalledOff::From(_) => writeln!(io::stdout(), "job {id} is called off")?,
        CalledOff::Finished(state) => {
            return Err(CliError::input(format!("job {id} is {} already", state.name())));
        }
        CalledOff::Missing => return Err(missing(id)),
    }
    Ok(())
}

/// How often to look when nobody rings: that a job has begun is worth no ring.
const LOOK: Duration = Duration::from_secs(1);

async fn watch(
    store: &Store,
    limit: u64,
    from_start: bool,
    format: Format,
) -> Result<ExitStatus, CliError> {
    let _listening = store.bell().listen();
    let (mut work, mut finished) = (store.bell().work(), store.bell().finished());
    let mut last = match from_start {
        true => 0,
        false => store.last_pipeline_event().map_err(CliError::input)?,
    };
    let mut printed = 0;
    loop {
        let events = store.pipeline_events(last, 1_000).map_err(CliError::input)?;
        for event in events {
            if printed == limit {
                return Ok(ExitStatus::Success);
            }
            last = event.id;
            printed += 1;
            let mut out = io::stdout().lock();
            match format {
                Format::Text => writeln!(out, "{}", describe(&event))?,
                Format::Json => {
                    serde_json::to_writer(&mut out, &event).map_err(io::Error::from)?;
                    writeln!(out)?;
                }
            }
            out.flush()?;
        }
        if printed >= limit {
            return Ok(ExitStatus::Success);
        }
        tokio::select! {
            () = work.heard() => {}
            () = finished.heard() => {}
            () = tokio::time::sleep(LOOK) => {}
            stopped = tokio::signal::ctrl_c() => {
                stopped?;
                return Ok(ExitStatus::Success);
            }
        }
    }
}

async fn drain(store: &Store, timeout: Duration) -> Result<ExitStatus, CliError> {
    let _listening = store.bell().listen();
    let mut finished = store.bell().finished();
    let deadline = tokio::time::sleep(timeout);
    tokio::pin!(deadline);
    loop {
        let counts = store.job_counts().map_err(CliError::input)?;
        let count = |state| counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, n)| *n);
        let running = count(JobState::Running);
        if running == 0 {
            let waiting = count(JobState::Ready) + count(JobState::Scheduled);
            return say(&format!("no job runs; {waiting} wait until `spar jobs resume`"));
        }
        tokio::select! {
            () = finished.heard() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = &mut deadline => {
                say(&format!("{running} jobs still run; nothing new begins until `spar jobs resume`"))?;
                return Ok(ExitStatus::Failed);
            }
        }
    }
}
