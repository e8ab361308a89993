//! What every command needs: the settings in force, and how to open things with them.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use spar_core::chat::Role;
use spar_core::language::clean;
use spar_core::routing::{BudgetLimits, Profile};
use spar_engine::analyze::{AnalystOptions, Models};
use spar_engine::clock::Clock;
use spar_engine::config::{Config, Flags, PROJECT_FILE, Paths, ProviderKind, read_settings};
use spar_engine::library::Library;
use spar_engine::play::Route;
use spar_engine::provider::{OpenAiConfig, OpenAiProvider, Provider, RoleModels};
use spar_engine::skills::FusionWeights;
use spar_engine::store::{OpenOptions, Store};

use super::args::{Global, When};
use crate::error::{CliError, ExitStatus};

/// The settings in force.
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) paths: Option<Paths>,
    scenarios: Vec<PathBuf>,
    color: When,
}

impl Context {
    /// Reads flags, environment and settings files.
    pub(crate) fn new(global: Global) -> Result<Self, CliError> {
        let paths = Paths::of_this_user();
        let user_file = paths.as_ref().map(Paths::config_file);
        let mut files = Vec::new();
        for path in [Some(PathBuf::from(PROJECT_FILE)), user_file].into_iter().flatten() {
            if let Some(settings) = read_settings(&path).map_err(CliError::input)? {
                files.push((path, settings));
            }
        }
        let flags = Flags {
            provider: global.provider.map(ProviderKind::from),
            base_url: global.base_url,
            model: global.model,
            db: global.db,
            reduced_motion: global.reduced_motion,
            profile: global.profile.map(Profile::from),
        };
        let config = Config::resolve(&flags, &|name| env::var(name).ok(), &files)
            .map_err(CliError::input)?;
        Ok(Self { config, paths, scenarios: global.scenarios, color: global.color })
    }

    /// Built-in scenarios, the user's own, and those named by `--scenarios`.
    pub(crate) fn scenarios(&self) -> Library {
        Library::open(&self.scenarios)
    }

    /// The database of played missions.
    pub(crate) fn store(&self) -> Result<Store, CliError> {
        Store::open(&OpenOptions::new(self.database()?)).map_err(CliError::input)
    }

    /// The same for commands that only look: a file that somebody named must be there, so that a
    /// slip of the pen makes no empty one.
    pub(crate) fn existing_store(&self) -> Result<Store, CliError> {
        let create = self.config.db.is_none();
        let options = OpenOptions { create, ..OpenOptions::new(self.database()?) };
        Store::open(&options).map_err(CliError::input)
    }

    fn database(&self) -> Result<PathBuf, CliError> {
        match (&self.config.db, &self.paths) {
            (Some(db), _) => Ok(db.value.clone()),
            (None, Some(paths)) => Ok(paths.database()),
            (None, None) => Err(CliError::input("there is no home folder to keep missions in")
                .hint("name a database with --db FILE or $SPAR_DB")),
        }
    }

    /// The database of a headless run: a temporary one unless one is named.
    pub(crate) fn run_store(&self) -> Result<Store, CliError> {
        match &self.config.db {
            Some(db) => Store::open(&OpenOptions::new(&db.value)).map_err(CliError::input),
            None => Store::temporary().map_err(CliError::input),
        }
    }

    /// The configured models by role.
    pub(crate) fn role_models(&self) -> RoleModels {
        RoleModels::single(&self.config.model_mini.value)
            .with(Role::Heavy, &self.config.model_heavy.value)
    }

    /// Whether a server is configured.
    pub(crate) fn has_server(&self) -> bool {
        self.config.provider.value != ProviderKind::Embedded
    }

    /// The configured server; `None` when the embedded persona plays.
    pub(crate) fn server(&self, clock: &Clock) -> Result<Option<Arc<dyn Provider>>, CliError> {
        if !self.has_server() {
            return Ok(None);
        }
        let mut settings = OpenAiConfig::new(&self.config.base_url.value, self.role_models());
        // A project's file may name a server, but the person's key goes only where the person said.
        if self.config.base_url_is_from_project() {
            if self.config.api_key.is_some() {
                let address = clean(&self.config.base_url.value).into_owned();
                let _ = writeln!(
                    io::stderr(),
                    "spar: {PROJECT_FILE} names {address}; your key is not sent there unless you \
                     name it too, with --base-url"
                );
            }
        } else {
            settings.api_key = self.config.api_key.as_ref().map(|key| key.value.0.clone());
        }
        let provider = OpenAiProvider::new(settings, clock.clone()).map_err(|error| {
            CliError::new(ExitStatus::BadInput, error).hint(
                "the address looks like http://127.0.0.1:8080/v1 (--base-url, $OPENAI_BASE_URL)",
            )
        })?;
        Ok(Some(Arc::new(provider)))
    }

    /// How evidence of skills is weighed, as configured.
    pub(crate) fn weights(&self) -> Result<FusionWeights, CliError> {
        match &self.config.evidence_weights {
            Some(file) => FusionWeights::from_file(&file.value).map_err(CliError::input),
            None => Ok(FusionWeights::default()),
        }
    }

    /// What analyzers may use: the models of this provider, as the settings say.
    pub(crate) fn analysis(
        &self,
        provider: Option<Arc<dyn Provider>>,
    ) -> Result<AnalystOptions, CliError> {
        Ok(AnalystOptions {
            models: provider.map(|provider| Models { provider, models: self.role_models() }),
            profile: self.config.profile.value,
            budget: BudgetLimits {
                per_mission: self.config.budget_per_mission.as_ref().map(|limit| limit.value),
                per_day: self.config.budget_per_day.as_ref().map(|limit| limit.value),
            },
            calls_at_once: self.config.calls_at_once.value,
            weights: self.weights()?,
            ..AnalystOptions::default()
        })
    }

    /// Who answers, as configured.
    pub(crate) fn route(&self, clock: &Clock) -> Result<Route, CliError> {
        Ok(match self.server(clock)? {
            Some(provider) => Route::to_model(provider, &self.config.model_mini.value),
            None => Route::embedded(),
        })
    }

    /// Whether standard output gets colour.
    pub(crate) fn colors_stdout(&self) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::io::stdout().is_terminal()
            }
        }
    }
}

/// The runtime of commands that talk or wait. Two workers: what it does is wait.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    build(tokio::runtime::Builder::new_multi_thread().worker_threads(2))
}

/// The runtime of a thread that does everything by itself.
pub(crate) fn runtime_here() -> Result<tokio::runtime::Runtime, CliError> {
    build(&mut tokio::runtime::Builder::new_current_thread())
}

fn build(builder: &mut tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, CliError> {
    builder.enable_all().build().map_err(|error| CliError::new(ExitStatus::Bug, error))
}
