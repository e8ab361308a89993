//! What the program says when it cannot do something, and the exit code that goes with it.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// Exit codes, documented in `docs/cli.md` and relied upon by CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ExitStatus {
    /// Fine.
    Success,
    /// A check, gate or threshold was not met.
    Failed,
    /// Bad input or configuration.
    BadInput,
    /// The provider failed.
    Provider,
    /// The budget was reached.
    Budget,
    /// There is not enough to tell.
    Inconclusive,
    /// A bug in spar.
    Bug,
}

impl ExitStatus {
    /// From the most to the least telling: when several hold, the first is reported.
    const PRECEDENCE: [Self; 7] = [
        Self::Bug,
        Self::BadInput,
        Self::Budget,
        Self::Provider,
        Self::Failed,
        Self::Inconclusive,
        Self::Success,
    ];

    /// The number the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::BadInput => 2,
            Self::Provider => 3,
            Self::Budget => 4,
            Self::Inconclusive => 5,
            Self::Bug => 70,
        }
    }

    /// The one to report of two that both hold.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::PRECEDENCE
            .into_iter()
            .find(|status| *status == self || *status == other)
            .unwrap_or(self)
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

/// An error on its way to the user: what kind, what happened, and what they can do.
#[derive(Debug)]
pub(crate) struct CliError {
    /// Decides the exit code.
    pub(crate) kind: ExitStatus,
    /// What happened.
    pub(crate) source: Box<dyn Error + Send + Sync>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

impl CliError {
    /// An error of the given kind.
    pub(crate) fn new(kind: ExitStatus, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new() }
    }

    /// Bad input or configuration.
    pub(crate) fn input(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ExitStatus::BadInput, source)
    }

    /// The same error with one more thing to try.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Whether somebody closed the other end of a pipe, which is nobody's fault.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let mut next: Option<&(dyn Error + 'static)> = Some(self.source.as_ref());
        while let Some(error) = next {
            if let Some(io) = error.downcast_ref::<io::Error>()
                && io.kind() == io::ErrorKind::BrokenPipe
            {
                return true;
            }
            next = error.source();
        }
        false
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        // Some errors print their cause themselves; it is not said twice.
        let mut said = self.source.to_string();
        let mut next = self.source.source();
        while let Some(cause) = next {
            let words = cause.to_string();
            if !said.contains(&words) {
                write!(f, ": {words}")?;
                said = words;
            }
            next = cause.source();
        }
        for hint in &self.hints {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::new(ExitStatus::BadInput, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graver_status_is_reported() {
        assert_eq!(ExitStatus::Failed.and(ExitStatus::Provider), ExitStatus::Provider);
        assert_eq!(ExitStatus::Inconclusive.and(ExitStatus::Success), ExitStatus::Inconclusive);
        assert_eq!(ExitStatus::Budget.and(ExitStatus::Provider).code(), 4);
        assert_eq!(ExitStatus::Bug.and(ExitStatus::BadInput).code(), 70);
    }

    #[test]
    fn a_broken_pipe_is_found_down_the_chain() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(error.is_broken_pipe());
        assert!(!CliError::input("no such thing").is_broken_pipe());
    }
}
