//! The weights of evidence as a file, read again when it changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use spar_core::analysis::skills::{Fusion, FusionError};

/// Why a file of weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no such file; the message names line and column.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        message: String,
    },
    /// What it says cannot be.
    #[error("{path}: {source}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: FusionError,
    },
}

/// The weights in force: built in, or those of a file. Cloning shares them.
#[derive(Debug, Clone)]
pub struct FusionWeights(Source);

#[derive(Debug, Clone)]
enum Source {
    BuiltIn(Arc<Fusion>),
    File(Arc<Watched>),
}

impl Default for FusionWeights {
    fn default() -> Self {
        Self(Source::BuiltIn(Arc::default()))
    }
}

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    fusion: Arc<Fusion>,
    /// The file as it was when it was last looked into: when it changed, and its length.
    stamp: Option<Stamp>,
}

type Stamp = (Duration, u64);

impl FusionWeights {
    /// The weights of a file.
    ///
    /// # Errors
    /// When it cannot be read, or what it says cannot be.
    pub fn from_file(path: &Path) -> Result<Self, WeightsError> {
        let stamp = stamp(path);
        let fusion = Arc::new(read(path)?);
        let held = Mutex::new(Held { fusion, stamp });
        Ok(Self(Source::File(Arc::new(Watched { path: path.to_owned(), held }))))
    }

    /// The weights in force now. A file that has changed is read again; one that has become wrong
    /// leaves the old weights in force and says so in the log, once for each change.
    #[must_use]
    pub fn current(&self) -> Arc<Fusion> {
        let watched = match &self.0 {
            Source::BuiltIn(fusion) => return fusion.clone(),
            Source::File(watched) => watched,
        };
        let mut held = watched.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&watched.path);
        if now != held.stamp {
            held.stamp = now;
            match read(&watched.path) {
                Ok(fusion) => {
                    held.fusion = Arc::new(fusion);
                    tracing::info!(path = %watched.path.display(), "weights of evidence read again");
                }
                Err(error) => {
                    tracing::warn!(%error, "the old weights of evidence stay in force");
                }
            }
        }
        held.fusion.clone()
    }
}

/// Weights as such a file has them.
///
/// # Errors
/// Never for weights that are valid.
pub fn as_toml(fusion: &Fusion) -> Result<String, toml::ser::Error> {
    toml::to_string(fusion)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?, meta.len()))
}

fn read(path: &Path) -> Result<Fusion, WeightsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| WeightsError::Unreadable { path: path.to_owned(), source })?;
    let fusion: Fusion = toml::from_str(&text).map_err(|error| WeightsError::Malformed {
        path: path.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })?;
    fusion.validate().map_err(|source| WeightsError::Invalid { path: path.to_owned(), source })?;
    Ok(fusion)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spar_core::reading::Skill;

    fn written(fusion: &Fusion) -> String {
        as_toml(fusion).expect("weights become TOML")
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_wrong_one_leaves_the_old_weights() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("weights.toml");
        let mut fusion = Fusion::default();
        std::fs::write(&path, written(&fusion)).expect("written");
        let weights = FusionWeights::from_file(&path).expect("read");
        assert_eq!(*weights.current(), fusion);

        let empathy = fusion.weights.get_mut(&Skill::Empathy).expect("weights");
        (empathy.ml, empathy.linguistic) = (0.25, 0.5);
        std::fs::write(&path, format!("{}# changed\n", written(&fusion))).expect("written");
        assert_eq!(*weights.current(), fusion, "the new weights");

        let mut wrong = fusion.clone();
        wrong.weights.get_mut(&Skill::Empathy).expect("weights").ml = 0.9;
        std::fs::write(&path, format!("{}# changed twice\n", written(&wrong))).expect("written");
        assert_eq!(*weights.current(), fusion, "the old weights stay");
        let error = FusionWeights::from_file(&path).expect_err("refused");
        assert!(
            error.to_string().ends_with(
                "weights.toml: the weights of empathy sum to 1.650, not to 1 (0.99 to 1.01 is let pass)"
            ),
            "{error}"
        );
    }
}
