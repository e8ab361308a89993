//! Where things live on this machine, by the XDG rules on every Unix.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folders spar keeps its files in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`.
    pub config: PathBuf,
    /// The database, and the user's own scenarios.
    pub data: PathBuf,
    /// Logs.
    pub state: PathBuf,
}

impl Paths {
    /// `$XDG_CONFIG_HOME/spar` and its siblings; `None` when there is no home folder at all.
    #[must_use]
    pub fn of_this_user() -> Option<Self> {
        let base = etcetera::base_strategy::Xdg::new().ok()?;
        let data = base.data_dir().join("spar");
        Some(Self {
            config: base.config_dir().join("spar"),
            state: base.state_dir().unwrap_or_else(|| base.data_dir()).join("spar"),
            data,
        })
    }

    /// The user's settings file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The database of played missions.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("spar.db")
    }

    /// The user's own scenarios.
    #[must_use]
    pub fn scenarios(&self) -> PathBuf {
        self.data.join("scenarios")
    }
}
