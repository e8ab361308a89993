//! `spar missions import`: a real conversation, or a mission of another machine, as a mission here.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use spar_core::language::clean;
use spar_core::mission::import::Imported;
use spar_core::mission::{Mission, crisis_help, turn};
use spar_core::rules::Tier;
use spar_core::scenario::{Category, Scenario, imported};
use spar_core::transcript::{
    self, Conversation, MAX_BYTES, Parsed, Problem, Said, Transcript, Unsettled, conversation,
};
use spar_engine::Engine;
use spar_engine::clock::Clock;
use spar_engine::play::{Route, is_export, read_export};

use super::labels;
use crate::cli::context::{Context, runtime};
use crate::error::{CliError, ExitStatus};

/// Arguments of `spar missions import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The conversation; `-` reads standard input
    file: PathBuf,
    /// How it is written; without it, the file's name and its first line decide
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatArg>,
    /// Read it against this scenario: its gates are evaluated
    #[arg(long, value_name = "ID", conflicts_with = "category")]
    scenario: Option<String>,
    /// Your name in it
    #[arg(long, value_name = "NAME")]
    me: Option<String>,
    /// What to call it
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Walk of life it belongs to
    #[arg(long, value_name = "NAME", default_value = "social")]
    category: CategoryArg,
    /// Who said what, as `--labels-out` wrote it and you corrected it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["labels_out", "me"])]
    labels: Option<PathBuf>,
    /// Write a guess at who said what, to be corrected, and import nothing
    #[arg(long, value_name = "FILE")]
    labels_out: Option<PathBuf>,
    /// Take a guess at who said what without asking, if it is sure enough
    #[arg(long, short = 'y')]
    yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// One JSON object a line: {"role"|"speaker", "text", "at"}
    Jsonl,
    /// **Name:** words, Name: words, - Name: words
    Markdown,
    /// Words alone: one utterance a paragraph or a line
    Text,
}

impl From<FormatArg> for transcript::Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Jsonl => Self::Jsonl,
            FormatArg::Markdown => Self::Markdown,
            FormatArg::Text => Self::Text,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CategoryArg {
    /// Colleagues and bosses
    Work,
    /// Customers
    Service,
    /// Patients, carers, family health
    Health,
    /// Friends, family, strangers
    Social,
    /// Deals
    Negotiation,
}

impl From<CategoryArg> for Category {
    fn from(category: CategoryArg) -> Self {
        match category {
            CategoryArg::Work => Self::Work,
            CategoryArg::Service => Self::Service,
            CategoryArg::Health => Self::Health,
            CategoryArg::Social => Self::Social,
            CategoryArg::Negotiation => Self::Negotiation,
        }
    }
}

pub(super) fn run(args: &ImportArgs, context: &Context) -> Result<ExitStatus, CliError> {
    let source = Source::read(&args.file)?;
    if args.format.is_none() && is_export(&source.text) {
        return export(args, &source, context);
    }
    let extension = args.file.extension().and_then(|end| end.to_str());
    let format =
        args.format.map_or_else(|| transcript::Format::of(extension, &source.text), Into::into);
    let transcript = source.accept(transcript::parse(&source.text, format))?;
    let Some(said) = settle(args, &source, &transcript, context)? else {
        return Ok(ExitStatus::Success);
    };
    let talk = conversation(&said).map_err(|problems| source.refuse(&problems))?;
    note_long_turns(&talk)?;
    let scenario = scenario(args, &talk, context)?;
    let engine = Engine::new(context.store()?, Clock::system(), Route::embedded());
    let (id, done) =
        runtime()?.block_on(engine.import(scenario, &talk)).map_err(CliError::input)?;
    if !done.crisis_lines.is_empty() {
        offer_help(&source.name, &done)?;
    }
    tell(&id.to_string(), &done.mission, &talk.partner)
}

/// A mission that another machine wrote out.
fn export(args: &ImportArgs, source: &Source, context: &Context) -> Result<ExitStatus, CliError> {
    let given = [
        ("--me", args.me.is_some()),
        ("--scenario", args.scenario.is_some()),
        ("--title", args.title.is_some()),
        ("--labels", args.labels.is_some()),
        ("--labels-out", args.labels_out.is_some()),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        let message = format!("{} is a mission that spar wrote out, and has all that", source.name);
        return Err(CliError::input(message).hint(format!("leave out {flag}")));
    }
    let exported = read_export(&source.text).map_err(|problems| source.refuse(&problems))?;
    let engine = Engine::new(context.store()?, Clock::system(), Route::embedded());
    let (id, mission) =
        runtime()?.block_on(engine.import_export(exported)).map_err(CliError::input)?;
    let partner = mission.scenario().persona.name.clone();
    tell(&id.to_string(), &mission, &partner)
}

/// The file as it was read.
pub(super) struct Source {
    pub(super) name: String,
    text: String,
    /// Standard input holds the conversation, so nobody can be asked there.
    is_stdin: bool,
}

impl Source {
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { "standard input".to_owned() } else { shown_path(path) };
        let mut bytes = Vec::new();
        // One byte more than is taken tells a file that is too large.
        let most = MAX_BYTES as u64 + 1;
        let read = if is_stdin {
            io::stdin().lock().take(most).read_to_end(&mut bytes)
        } else {
            File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
        };
        read.map_err(|error| CliError::input(format!("cannot read {name}: {error}")))?;
        let text =
            transcript::decode(bytes).map_err(|problem| CliError::input(problem.shown(&name)))?;
        Ok(Self { name, text, is_stdin })
    }

    /// Says what is worth knowing, and refuses what cannot be taken: all of it at once.
    pub(super) fn accept(&self, parsed: Parsed) -> Result<Transcript, CliError> {
        if parsed.problems.iter().any(|problem| problem.is_fatal) {
            return Err(self.refuse(&parsed.problems));
        }
        if !parsed.problems.is_empty() {
            let notes = transcript::shown(&parsed.problems, &self.name);
            writeln!(io::stderr(), "{}", clean(&notes))?;
        }
        Ok(parsed.transcript)
    }

    pub(super) fn parse(&self, format: transcript::Format) -> Result<Transcript, CliError> {
        self.accept(transcript::parse(&self.text, format))
    }

    fn refuse(&self, problems: &[Problem]) -> CliError {
        CliError::input(clean(&transcript::shown(problems, &self.name)).into_owned())
    }

    /// Whether somebody is there to answer questions.
    pub(super) fn can_ask(&self) -> bool {
        !self.is_stdin && io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

fn shown_path(path: &Path) -> String {
    clean(&path.display().to_string()).replace('\n', " ")
}

/// Finds out who is who. `None` when only the guess was written out.
fn settle(
    args: &ImportArgs,
    source: &Source,
    transcript: &Transcript,
    context: &Context,
) -> Result<Option<Vec<Said>>, CliError> {
    if let Some(file) = &args.labels {
        return labels::from_file(file, transcript).map(Some);
    }
    let names = match transcript::assign(transcript, args.me.as_deref()) {
        Ok(said) if args.labels_out.is_none() => return Ok(Some(said)),
        Ok(_) => {
            let message =
                format!("{} says itself who speaks; there is nothing to guess", source.name);
            return Err(CliError::input(message).hint("leave out --labels-out"));
        }
        Err(Unsettled::NoSpeakers) => {
            let guess = labels::guess(transcript, args.me.as_deref(), context)?;
            if let Some(path) = &args.labels_out {
                labels::write(&guess, transcript, path)?;
                return Ok(None);
            }
            return labels::confirmed(guess, transcript, source, args.yes).map(Some);
        }
        Err(Unsettled::NobodyCalled(names)) => {
            let me = args.me.as_deref().unwrap_or_default();
            let message = format!("nobody is called `{}` in {}", clean(me), source.name);
            return Err(CliError::input(message).hint(format!("there are {}", listed(&names))));
        }
        Err(Unsettled::WhoAreYou(names)) => names,
    };
    if !source.can_ask() {
        let message = format!("{} does not say which of them you are", source.name);
        return Err(
            CliError::input(message).hint(format!("add --me NAME; there are {}", listed(&names)))
        );
    }
    let me = ask_who(&names)?;
    let said = transcript::assign(transcript, Some(&me));
    said.map(Some).map_err(|_| CliError::input("that is nobody in the conversation"))
}

fn listed(names: &[(String, usize)]) -> String {
    const SHOWN: usize = 8;
    let lines = |count: usize| if count == 1 { "line" } else { "lines" };
    let mut shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|(name, count)| format!("{} ({count} {})", clean(name), lines(*count)))
        .collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// Asks which of the people somebody is; an answer that names nobody is no answer.
fn ask_who(names: &[(String, usize)]) -> Result<String, CliError> {
    let mut err = io::stderr();
    writeln!(err, "Who are you in this conversation?")?;
    for (number, (name, count)) in (1..).zip(names) {
        writeln!(err, "  {number}  {} ({count})", clean(name))?;
    }
    write!(err, "Number or name, or nothing to leave it: ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    let answer = answer.trim();
    let by_number =
        answer.parse::<usize>().ok().and_then(|number| names.get(number.wrapping_sub(1)));
    let by_name = || names.iter().find(|(name, _)| name.to_lowercase() == answer.to_lowercase());
    match by_number.or_else(by_name) {
        Some((name, _)) => Ok(name.clone()),
        None => Err(CliError::input("nothing was imported: it is not settled who you are")
            .hint("name yourself with --me NAME")),
    }
}

/// The named scenario, or one that asks nothing.
fn scenario(
    args: &ImportArgs,
    talk: &Conversation,
    context: &Context,
) -> Result<Scenario, CliError> {
    let title = args.title.as_deref().map(|title| clean(title).trim().replace('\n', " "));
    let title = title.filter(|title| !title.is_empty());
    match &args.scenario {
        Some(name) => {
            let mut scenario = crate::cli::scenario::find_one(&context.scenarios(), name)?;
            if let Some(title) = title {
                scenario.title = title;
            }
            Ok(scenario)
        }
        None => {
            let with = format!("A conversation with {}", talk.partner);
            let id = format!("imported {}", title.as_deref().unwrap_or(&talk.partner));
            Ok(imported(&id, &title.unwrap_or(with), args.category.into(), &talk.partner))
        }
    }
}

/// A turn that nobody could have typed is kept whole: no words of a real conversation are lost.
fn note_long_turns(talk: &Conversation) -> Result<(), CliError> {
    let long = talk
        .rounds
        .iter()
        .filter(|round| round.user.text.chars().nth(turn::LONGEST_LINE).is_some());
    for round in long {
        let letters = round.user.text.chars().count();
        let line = round.user.line;
        writeln!(io::stderr(), "line {line}: {letters} characters in one turn, read as one")?;
    }
    Ok(())
}

/// Says where to get help, and quotes nothing.
fn offer_help(file: &str, done: &Imported) -> Result<(), CliError> {
    let lines: Vec<String> = done.crisis_lines.iter().map(ToString::to_string).collect();
    let lines = if lines.len() == 1 { "line " } else { "lines " }.to_owned() + &lines.join(", ");
    let mut err = io::stderr();
    writeln!(
        err,
        "\n{file}, {lines}: this sounds as if somebody might not be safe. It is not scored, not \
         quoted in reports and sent to no model. If it is about now, about you or about them, please \
         talk to somebody:"
    )?;
    for contact in crisis_help().contacts {
        writeln!(err, "  {contact}")?;
    }
    writeln!(err)?;
    Ok(())
}

/// The id on standard output, for scripts; the rest is talk.
fn tell(id: &str, mission: &Mission, partner: &str) -> Result<ExitStatus, CliError> {
    let count = mission.turns().len();
    let turns = if count == 1 { "1 turn".to_owned() } else { format!("{count} turns") };
    let score = match mission.score() {
        Some(score) => format!("score {score} ({})", Tier::of(score).name()),
        None => "not scored".to_owned(),
    };
    let mut err = io::stderr();
    writeln!(err, "imported {turns} with {}: {score}", clean(partner).replace('\n', " "))?;
    writeln!(io::stdout(), "{id}")?;
    writeln!(err, "see it: spar missions show {id}\nstudy it: spar report {id} --wait")?;
    Ok(ExitStatus::Success)
}
