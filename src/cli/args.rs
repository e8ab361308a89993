//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use spar_core::routing::Profile;
use spar_engine::config::ProviderKind;

use super::{config, jobs, missions, play, report, run, scenario, score, skills, worker};

/// Rehearse hard conversations in the terminal.
///
/// Without a command, `spar` shows the missions you can play. Everything works offline on the
/// embedded persona; a model server is used only when you name one.
#[derive(Debug, Parser)]
#[command(name = "spar", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Database file. Default for play: the usual data folder; for run: a temporary file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Who plays the persona
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) provider: Option<ProviderArg>,
    /// Address of an OpenAI-compatible server, with its /v1
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Model of the chat
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// How much analysis spends on depth, where a model is asked
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<ProfileArg>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
    /// Nothing moves on screen
    #[arg(long, global = true)]
    pub(crate) reduced_motion: bool,
    /// Folder or file with scenarios of your own, beside the built-in ones (repeatable)
    #[arg(id = "library", long = "scenarios", global = true, value_name = "PATH")]
    pub(crate) scenarios: Vec<PathBuf>,
}

/// Providers by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderArg {
    /// The authored offline persona: no key, no network
    Embedded,
    /// Any OpenAI-compatible chat-completions server
    Openai,
}

impl From<ProviderArg> for ProviderKind {
    fn from(provider: ProviderArg) -> Self {
        match provider {
            ProviderArg::Embedded => Self::Embedded,
            ProviderArg::Openai => Self::Openai,
        }
    }
}

/// Profiles by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    /// The heavy model wherever it helps
    Precision,
    /// The heavy model where it matters most
    Balanced,
    /// The mini model everywhere
    Rapid,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Precision => Self::Precision,
            ProfileArg::Balanced => Self::Balanced,
            ProfileArg::Rapid => Self::Rapid,
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also into a pipe
    Always,
    /// Not at all
    Never,
}

/// How a listing or a result is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the missions you can play (what `spar` alone does)
    #[command(hide = true)]
    Home,
    /// Play a mission
    Play(play::PlayArgs),
    /// Play scripted scenarios headlessly, for CI
    Run(run::RunArgs),
    /// Show what a mission came to: text, Markdown, JSON or a page of HTML
    Report(report::ReportArgs),
    /// Do the work that missions leave behind, apart from any screen
    Worker(worker::WorkerArgs),
    /// List, read, check and write scenarios
    Scenario(scenario::ScenarioArgs),
    /// List, show, export, import and delete missions
    Missions(missions::MissionsArgs),
    /// Rate lines or whole dialogues from a file of JSON lines, offline
    Score(score::ScoreArgs),
    /// Look at, train and measure the models that read skills off lines
    Skills(skills::SkillsArgs),
    /// Look after the work behind the chat
    Jobs(jobs::JobsArgs),
    /// Show the settings and where each came from
    Config(config::ConfigArgs),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page, or write all of them
    Man(ManArgs),
}

/// Arguments of `spar man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command whose page is printed, e.g. `scenario check`; none: the page of spar itself
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
