//! The layers and how they fold into one [`Config`].

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use spar_core::language::clean;
use spar_core::routing::Profile;
use spar_core::scenario::nearest;
use spar_core::units::MicroUsd;

/// The settings file of a project, in the folder one is in.
pub const PROJECT_FILE: &str = "spar.toml";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A command-line flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "${name}"),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Who plays the persona.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// The authored offline persona: no key, no network.
    #[default]
    Embedded,
    /// Any OpenAI-compatible chat-completions server.
    Openai,
}

impl ProviderKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Embedded, Self::Openai];

    /// The name in flags and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Openai => "openai",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a settings file may say. Every key is optional; unknown ones are errors.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileSettings {
    provider: Option<ProviderKind>,
    base_url: Option<String>,
    model: Option<String>,
    model_mini: Option<String>,
    model_heavy: Option<String>,
    db: Option<PathBuf>,
    reduced_motion: Option<bool>,
    theme: Option<String>,
    glyphs: Option<String>,
    profile: Option<String>,
    finalizer: FinalizerSettings,
    analysis: AnalysisSettings,
    budget: BudgetSettings,
}

/// `[finalizer]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FinalizerSettings {
    max_wait_ms: Option<u64>,
}

/// `[analysis]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AnalysisSettings {
    calls_at_once: Option<usize>,
    evidence_weights: Option<PathBuf>,
}

/// `[budget]`, dollars.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BudgetSettings {
    per_mission_usd: Option<f64>,
    per_day_usd: Option<f64>,
}

/// Reads a settings file; an absent one is empty.
pub fn read_settings(path: &Path) -> Result<Option<FileSettings>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    };
    toml::from_str(&text).map(Some).map_err(|error| ConfigError::Malformed {
        path: path.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })
}

/// What the command line said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--provider`
    pub provider: Option<ProviderKind>,
    /// `--base-url`
    pub base_url: Option<String>,
    /// `--model`
    pub model: Option<String>,
    /// `--db`
    pub db: Option<PathBuf>,
    /// `--reduced-motion`
    pub reduced_motion: bool,
    /// `--profile`
    pub profile: Option<Profile>,
}

/// Why the configuration could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A settings file could not be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A settings file makes no sense; the message names line and column.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        message: String,
    },
    /// A setting is none of the names it may have.
    #[error("{origin}: {setting} is `{value}`, which is none of: {allowed}{}",
        .suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// Where it was set.
        origin: Origin,
        /// Which setting.
        setting: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be.
        allowed: String,
        /// The name that was meant, if one is near.
        suggestion: Option<&'static str>,
    },
    /// A variable holds something that is not one of its values.
    #[error("${variable} is `{value}`, which is none of: {allowed}")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What it held.
        value: String,
        /// What it may hold.
        allowed: String,
    },
    /// A settings file holds something that is not one of its values.
    #[error("{path}: {key} is `{value}`; {wanted}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What it held.
        value: String,
        /// What is wanted.
        wanted: String,
    },
}

/// Everything that can be set, resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who plays the persona.
    pub provider: Setting<ProviderKind>,
    /// The server's address, up to and including `/v1`.
    pub base_url: Setting<String>,
    /// The model of the mini role.
    pub model_mini: Setting<String>,
    /// The model of the heavy role.
    pub model_heavy: Setting<String>,
    /// The database named by the user; `None`: the usual place (`play`) or a temporary one (`run`).
    pub db: Option<Setting<PathBuf>>,
    /// No movement on screen.
    pub reduced_motion: Setting<bool>,
    /// One of [`THEMES`].
    pub theme: Setting<String>,
    /// One of [`GLYPHS`].
    pub glyphs: Setting<String>,
    /// How much analysis spends on depth.
    pub profile: Setting<Profile>,
    /// How long the end of a mission waits for its report.
    pub max_wait: Setting<Duration>,
    /// How many analyzers may ask one model at the same time.
    pub calls_at_once: Setting<NonZeroUsize>,
    /// A file that says how evidence of skills is weighed; `None`: built in.
    pub evidence_weights: Option<Setting<PathBuf>>,
    /// The most that models may cost for one mission.
    pub budget_per_mission: Option<Setting<MicroUsd>>,
    /// The most that models may cost in a day (UTC).
    pub budget_per_day: Option<Setting<MicroUsd>>,
    /// The key, and where it came from. Never shown.
    pub api_key: Option<Setting<ApiKey>>,
}

/// A key that cannot be printed by accident.
#[derive(Debug, Clone)]
pub struct ApiKey(pub SecretString);

/// Names of themes; `auto` takes what suits the terminal.
pub const THEMES: [&str; 5] = ["auto", "dark", "light", "ansi", "mono"];
/// Names of sets of signs; `auto` takes what suits the terminal.
pub const GLYPHS: [&str; 3] = ["auto", "unicode", "ascii"];

/// Refuses a name that means nothing.
fn known(
    setting: &'static str,
    given: Setting<String>,
    names: &'static [&'static str],
) -> Result<Setting<String>, ConfigError> {
    if names.contains(&given.value.as_str()) {
        return Ok(given);
    }
    Err(ConfigError::Unknown {
        origin: given.origin,
        setting,
        suggestion: nearest(&given.value, names.iter().copied()),
        value: clean(&given.value).into_owned(),
        allowed: names.join(", "),
    })
}

/// The end of a mission waits so long for its report.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// Analyzers that ask one model at the same time, unless somebody says otherwise: a server of one's own
/// has few places, and the chat wants one of them.
pub const CALLS_AT_ONCE: NonZeroUsize = NonZeroUsize::new(2).expect("two is not nothing");
/// A budget beyond this is a slip of the pen.
const MOST_DOLLARS: f64 = 1_000_000.0;
const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const DEFAULT_MINI: &str = "gpt-4o-mini";
const DEFAULT_HEAVY: &str = "gpt-4o";

impl Config {
    /// Folds the layers. `files` are given from the strongest (project) to the weakest (user).
    pub fn resolve(
        flags: &Flags,
        environment: &dyn Fn(&str) -> Option<String>,
        files: &[(PathBuf, FileSettings)],
    ) -> Result<Self, ConfigError> {
        let env = |name: &'static str| {
            environment(name)
                .filter(|value| !value.is_empty())
                .map(|value| Setting { value, origin: Origin::Environment(name) })
        };
        let flag = |name: &'static str, value: &Option<String>| {
            value.clone().map(|value| Setting { value, origin: Origin::Flag(name) })
        };
        let file = |pick: fn(&FileSettings) -> Option<String>| {
            files.iter().find_map(|(path, settings)| {
                pick(settings).map(|value| Setting { value, origin: Origin::File(path.clone()) })
            })
        };
        let or_default = |value: Option<Setting<String>>, default: &str| {
            value.unwrap_or_else(|| Setting { value: default.to_owned(), origin: Origin::Default })
        };

        let provider = match (flags.provider, env("SPAR_PROVIDER")) {
            (Some(value), _) => Setting { value, origin: Origin::Flag("provider") },
            (None, Some(Setting { value, origin })) => {
                let kind =
                    ProviderKind::from_name(&value).ok_or_else(|| ConfigError::Variable {
                        variable: "SPAR_PROVIDER",
                        allowed: ProviderKind::ALL.map(ProviderKind::name).join(", "),
                        value,
                    })?;
                Setting { value: kind, origin }
            }
            (None, None) => files
                .iter()
                .find_map(|(path, settings)| {
                    settings
                        .provider
                        .map(|value| Setting { value, origin: Origin::File(path.clone()) })
                })
                .unwrap_or(Setting { value: ProviderKind::default(), origin: Origin::Default }),
        };
        let model_mini = flag("model", &flags.model)
            .or_else(|| env("AI_MODEL_MINI"))
            .or_else(|| file(|settings| settings.model_mini.clone().or(settings.model.clone())));
        // `--model` names the one model of this run, whatever role a scenario asks for.
        let model_heavy = flag("model", &flags.model)
            .or_else(|| env("AI_MODEL_HEAVY"))
            .or_else(|| file(|settings| settings.model_heavy.clone().or(settings.model.clone())));
        let reduced_motion = if flags.reduced_motion {
            Setting { value: true, origin: Origin::Flag("reduced-motion") }
        } else if let Some(Setting { value, origin }) = env("SPAR_REDUCED_MOTION") {
            Setting { value: !matches!(value.as_str(), "0" | "false" | "no"), origin }
        } else {
            files
                .iter()
                .find_map(|(path, settings)| {
                    settings
                        .reduced_motion
                        .map(|value| Setting { value, origin: Origin::File(path.clone()) })
                })
                .unwrap_or(Setting { value: false, origin: Origin::Default })
        };
        let db = flags
            .db
            .clone()
            .map(|value| Setting { value, origin: Origin::Flag("db") })
            .or_else(|| {
                env("SPAR_DB").map(|Setting { value, origin }| Setting {
                    value: PathBuf::from(value),
                    origin,
                })
            })
            .or_else(|| {
                files.iter().find_map(|(path, settings)| {
                    settings
                        .db
                        .clone()
                        .map(|value| Setting { value, origin: Origin::File(path.clone()) })
                })
            });
        Ok(Self {
            provider,
            base_url: or_default(
                flag("base-url", &flags.base_url)
                    .or_else(|| env("OPENAI_BASE_URL"))
                    .or_else(|| file(|settings| settings.base_url.clone())),
                DEFAULT_BASE_URL,
            ),
            model_mini: or_default(model_mini, DEFAULT_MINI),
            model_heavy: or_default(model_heavy, DEFAULT_HEAVY),
            db,
            reduced_motion,
            theme: known(
                "theme",
                or_default(
                    env("SPAR_THEME").or_else(|| file(|settings| settings.theme.clone())),
                    "auto",
                ),
                &THEMES,
            )?,
            glyphs: known(
                "glyphs",
                or_default(
                    env("SPAR_GLYPHS").or_else(|| file(|settings| settings.glyphs.clone())),
                    "unicode",
                ),
                &GLYPHS,
            )?,
            profile: profile(flags, environment, files)?,
            max_wait: max_wait(environment, files)?,
            calls_at_once: calls_at_once(files)?,
            evidence_weights: files.iter().find_map(|(path, settings)| {
                let value = settings.analysis.evidence_weights.clone()?;
                Some(Setting { value, origin: Origin::File(path.clone()) })
            }),
            budget_per_mission: budget(files, "budget.per_mission_usd", |settings| {
                settings.budget.per_mission_usd
            })?,
            budget_per_day: budget(files, "budget.per_day_usd", |settings| {
                settings.budget.per_day_usd
            })?,
            api_key: env("OPENAI_API_KEY").map(|Setting { value, origin }| Setting {
                value: ApiKey(SecretString::from(value)),
                origin,
            }),
        })
    }

    /// Whether the server's address comes from a project's file: somebody else may have written it.
    #[must_use]
    pub fn base_url_is_from_project(&self) -> bool {
        matches!(&self.base_url.origin, Origin::File(path) if path == Path::new(PROJECT_FILE))
    }

    /// Every setting with its value and origin, for `spar config show`. The key is only ever named.
    #[must_use]
    pub fn rows(&self) -> Vec<(&'static str, String, String)> {
        let row = |name, value: String, origin: &Origin| (name, value, origin.to_string());
        let mut rows = vec![
            row("provider", self.provider.value.name().to_owned(), &self.provider.origin),
            row("base_url", self.base_url.value.clone(), &self.base_url.origin),
            row("model_mini", self.model_mini.value.clone(), &self.model_mini.origin),
            row("model_heavy", self.model_heavy.value.clone(), &self.model_heavy.origin),
            row("theme", self.theme.value.clone(), &self.theme.origin),
            row("glyphs", self.glyphs.value.clone(), &self.glyphs.origin),
            row(
                "reduced_motion",
                self.reduced_motion.value.to_string(),
                &self.reduced_motion.origin,
            ),
        ];
        rows.push(row("profile", self.profile.value.name().to_owned(), &self.profile.origin));
        rows.push(row(
            "finalizer.max_wait_ms",
            self.max_wait.value.as_millis().to_string(),
            &self.max_wait.origin,
        ));
        rows.push(row(
            "analysis.calls_at_once",
            self.calls_at_once.value.to_string(),
            &self.calls_at_once.origin,
        ));
        rows.push(match &self.evidence_weights {
            Some(file) => {
                row("analysis.evidence_weights", file.value.display().to_string(), &file.origin)
            }
            None => row("analysis.evidence_weights", "(built in)".to_owned(), &Origin::Default),
        });
        for (name, budget) in [
            ("budget.per_mission_usd", &self.budget_per_mission),
            ("budget.per_day_usd", &self.budget_per_day),
        ] {
            rows.push(match budget {
                Some(budget) => row(name, budget.value.as_dollars().to_string(), &budget.origin),
                None => row(name, "(no limit)".to_owned(), &Origin::Default),
            });
        }
        match &self.db {
            Some(db) => rows.push(row("db", db.value.display().to_string(), &db.origin)),
            None => rows.push(row("db", "(the usual place)".to_owned(), &Origin::Default)),
        }
        match &self.api_key {
            Some(key) => rows.push(row("api_key", "(set, not shown)".to_owned(), &key.origin)),
            None => rows.push(row("api_key", "(not set)".to_owned(), &Origin::Default)),
        }
        rows
    }
}

fn profile(
    flags: &Flags,
    environment: &dyn Fn(&str) -> Option<String>,
    files: &[(PathBuf, FileSettings)],
) -> Result<Setting<Profile>, ConfigError> {
    if let Some(value) = flags.profile {
        return Ok(Setting { value, origin: Origin::Flag("profile") });
    }
    for variable in ["SPAR_PROFILE", "MODEL_TIER"] {
        let Some(value) = environment(variable).filter(|value| !value.is_empty()) else { continue };
        let origin = Origin::Environment(variable);
        return value.parse().map(|value| Setting { value, origin }).map_err(|_| {
            let allowed = Profile::ALL.map(Profile::name).join(", ");
            ConfigError::Variable { variable, value, allowed }
        });
    }
    for (path, settings) in files {
        let Some(value) = &settings.profile else { continue };
        let origin = Origin::File(path.clone());
        return value.parse().map(|value| Setting { value, origin }).map_err(|_| {
            ConfigError::Value {
                path: path.clone(),
                key: "profile",
                value: value.clone(),
                wanted: format!("it is one of {}", Profile::ALL.map(Profile::name).join(", ")),
            }
        });
    }
    Ok(Setting { value: Profile::default(), origin: Origin::Default })
}

fn max_wait(
    environment: &dyn Fn(&str) -> Option<String>,
    files: &[(PathBuf, FileSettings)],
) -> Result<Setting<Duration>, ConfigError> {
    const VARIABLE: &str = "SPAR_MAX_WAIT_MS";
    if let Some(value) = environment(VARIABLE).filter(|value| !value.is_empty()) {
        let origin = Origin::Environment(VARIABLE);
        return match value.parse() {
            Ok(millis) => Ok(Setting { value: Duration::from_millis(millis), origin }),
            Err(_) => {
                let allowed = "a whole number of milliseconds".to_owned();
                Err(ConfigError::Variable { variable: VARIABLE, value, allowed })
            }
        };
    }
    let from_file = files.iter().find_map(|(path, settings)| {
        let millis = settings.finalizer.max_wait_ms?;
        let origin = Origin::File(path.clone());
        Some(Setting { value: Duration::from_millis(millis), origin })
    });
    Ok(from_file.unwrap_or(Setting { value: MAX_WAIT, origin: Origin::Default }))
}

fn calls_at_once(files: &[(PathBuf, FileSettings)]) -> Result<Setting<NonZeroUsize>, ConfigError> {
    let found =
        files.iter().find_map(|(path, settings)| Some((path, settings.analysis.calls_at_once?)));
    let Some((path, value)) = found else {
        return Ok(Setting { value: CALLS_AT_ONCE, origin: Origin::Default });
    };
    match NonZeroUsize::new(value) {
        Some(value) => Ok(Setting { value, origin: Origin::File(path.clone()) }),
        None => Err(ConfigError::Value {
            path: path.clone(),
            key: "analysis.calls_at_once",
            value: value.to_string(),
            wanted: "it is a number of calls, 1 or more".to_owned(),
        }),
    }
}

/// An amount of money from the strongest file that names one.
fn budget(
    files: &[(PathBuf, FileSettings)],
    key: &'static str,
    pick: fn(&FileSettings) -> Option<f64>,
) -> Result<Option<Setting<MicroUsd>>, ConfigError> {
    let found = files.iter().find_map(|(path, settings)| Some((path, pick(settings)?)));
    let Some((path, dollars)) = found else { return Ok(None) };
    if !(0.0..=MOST_DOLLARS).contains(&dollars) {
        return Err(ConfigError::Value {
            path: path.clone(),
            key,
            value: dollars.to_string(),
            wanted: "it is an amount of dollars such as 0.25".to_owned(),
        });
    }
    let value = MicroUsd((dollars * 1_000_000.0).round() as i64);
    Ok(Some(Setting { value, origin: Origin::File(path.clone()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> FileSettings {
        toml::from_str(text).expect("valid settings")
    }

    #[test]
    fn flags_beat_environment_beats_project_beats_user() {
        let files = [
            (PathBuf::from("spar.toml"), settings("model = 'project'\nbase_url = 'http://p/v1'")),
            (PathBuf::from("config.toml"), settings("model = 'user'\nprovider = 'openai'")),
        ];
        let env = |name: &str| (name == "OPENAI_BASE_URL").then(|| "http://e/v1".to_owned());
        let flags = Flags { model: Some("flag".to_owned()), ..Flags::default() };
        let config = Config::resolve(&flags, &env, &files).expect("resolves");
        let rows: Vec<_> = config
            .rows()
            .into_iter()
            .take(4)
            .map(|(name, value, origin)| format!("{name} {value} {origin}"))
            .collect();
        assert!(!config.base_url_is_from_project());
        let project_only = Config::resolve(&flags, &|_| None, &files).expect("resolves");
        assert!(project_only.base_url_is_from_project(), "no key goes there");
        assert_eq!(
            rows,
            [
                "provider openai config.toml",
                "base_url http://e/v1 $OPENAI_BASE_URL",
                "model_mini flag --model",
                "model_heavy flag --model",
            ]
        );
    }

    #[test]
    fn the_key_is_never_shown() {
        let env = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-secret".to_owned());
        let config = Config::resolve(&Flags::default(), &env, &[]).expect("resolves");
        assert!(!format!("{config:?}{:?}", config.rows()).contains("sk-secret"));
        assert_eq!(config.provider.value, ProviderKind::Embedded, "a bare key changes nothing");
    }

    #[test]
    fn an_unknown_theme_or_set_of_signs_is_named_with_its_place() {
        let env = |name: &str| (name == "SPAR_THEME").then(|| "drak".to_owned());
        let error = Config::resolve(&Flags::default(), &env, &[]).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "$SPAR_THEME: theme is `drak`, which is none of: auto, dark, light, ansi, mono; \
             did you mean `dark`?"
        );
        let files = [(PathBuf::from("spar.toml"), settings("glyphs = 'emoji'"))];
        let error = Config::resolve(&Flags::default(), &|_| None, &files).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "spar.toml: glyphs is `emoji`, which is none of: auto, unicode, ascii"
        );
    }

    #[test]
    fn an_unknown_provider_is_named() {
        let env = |name: &str| (name == "SPAR_PROVIDER").then(|| "gpt".to_owned());
        let error = Config::resolve(&Flags::default(), &env, &[]).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "$SPAR_PROVIDER is `gpt`, which is none of: embedded, openai"
        );
    }

    #[test]
    fn an_analysis_that_may_never_ask_is_refused() {
        let one = [(PathBuf::from("spar.toml"), settings("[analysis]\ncalls_at_once = 1"))];
        let config = Config::resolve(&Flags::default(), &|_| None, &one).expect("resolves");
        assert_eq!(config.calls_at_once.value.get(), 1);
        let none = [(PathBuf::from("spar.toml"), settings("[analysis]\ncalls_at_once = 0"))];
        let error = Config::resolve(&Flags::default(), &|_| None, &none).expect_err("refused");
        let words = error.to_string();
        assert!(words.starts_with("spar.toml: ") && words.contains("analysis.calls_at_once"));
    }

    #[test]
    fn profile_wait_and_budgets_come_from_their_layers() {
        let files = [(
            PathBuf::from("spar.toml"),
            settings(
                "profile = 'rapid'\n[finalizer]\nmax_wait_ms = 250\n\
                 [budget]\nper_mission_usd = 0.05\nper_day_usd = 2",
            ),
        )];
        let config = Config::resolve(&Flags::default(), &|_| None, &files).expect("resolves");
        assert_eq!(config.profile.value, Profile::Rapid);
        assert_eq!(config.max_wait.value, Duration::from_millis(250));
        assert_eq!(config.budget_per_mission.map(|it| it.value), Some(MicroUsd(50_000)));
        assert_eq!(config.budget_per_day.map(|it| it.value), Some(MicroUsd(2_000_000)));

        let env = |name: &str| (name == "MODEL_TIER").then(|| "balanced".to_owned());
        let config = Config::resolve(&Flags::default(), &env, &files).expect("resolves");
        assert_eq!(config.profile.value, Profile::Balanced);
        let flags = Flags { profile: Some(Profile::Precision), ..Flags::default() };
        let config = Config::resolve(&flags, &env, &files).expect("resolves");
        assert_eq!(config.profile.origin, Origin::Flag("profile"));
    }

    #[test]
    fn a_profile_or_a_budget_that_makes_no_sense_is_named() {
        let resolve = |text| {
            let files = [(PathBuf::from("spar.toml"), settings(text))];
            let resolved = Config::resolve(&Flags::default(), &|_| None, &files);
            resolved.map(|_| ()).expect_err("refused").to_string()
        };
        assert_eq!(
            resolve("profile = 'cheap'"),
            "spar.toml: profile is `cheap`; it is one of precision, balanced, rapid"
        );
        assert_eq!(
            resolve("[budget]\nper_day_usd = -1"),
            "spar.toml: budget.per_day_usd is `-1`; it is an amount of dollars such as 0.25"
        );
    }
}
