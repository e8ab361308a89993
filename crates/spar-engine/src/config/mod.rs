//! Configuration: flags over environment over project file over user file over defaults, each value
//! with the place it came from.

mod layers;
mod paths;

pub use layers::{
    CALLS_AT_ONCE, Config, ConfigError, FileSettings, Flags, GLYPHS, Origin, PROJECT_FILE,
    ProviderKind, Setting, THEMES, read_settings,
};
pub use paths::Paths;
