//! What can go wrong on the way to a screen and back.

use std::io;

use spar_engine::play::PlayError;
use spar_engine::store::StoreError;

use crate::error::{CliError, ExitStatus};

/// Why the screen, or a mission in plain lines, came to an end before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TuiError {
    /// The terminal or the pipe.
    #[error("the terminal does not answer")]
    Terminal(#[from] io::Error),
    /// The mission.
    #[error(transparent)]
    Play(#[from] PlayError),
    /// A part of the program panicked; its report is on standard error.
    #[error("a bug in spar stopped the screen; everything that was said is saved")]
    Panicked,
    /// The database of missions.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TuiError> for CliError {
    fn from(error: TuiError) -> Self {
        let kind = match &error {
            TuiError::Play(PlayError::Provider(_)) => ExitStatus::Provider,
            TuiError::Panicked => ExitStatus::Bug,
            _ => ExitStatus::BadInput,
        };
        Self::new(kind, error)
    }
}
