//! From a corpus to a pack that can be shipped: figures from models that saw `train` alone, weights
//! from `train` and `dev` together.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use spar_core::learn::pack::PackError;

use super::corpus::{Corpus, CorpusError, TASKS};
use super::evaluate::{Measured, Reference, evaluate};
use super::train::{Kindred, Settings, TrainedTask, train};

/// A pack and what is known of it.
#[derive(Debug)]
pub struct Shipped {
    /// The bytes of the pack.
    pub pack: Vec<u8>,
    /// Figures on `dev`, of models that saw `train` alone.
    pub measured: Vec<Measured>,
}

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
pub enum ShipError {
    /// The corpus cannot be read.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// What was packed cannot be opened: a bug.
    #[error(transparent)]
    Pack(#[from] PackError),
}

/// Trains on `DIR/train`, measures on `DIR/dev` beside a reference, and trains again on both. What a
/// standing is among is half the corpus, half the `kindred` lines.
///
/// # Errors
/// When the corpus cannot be read.
pub fn ship(
    folder: &Path,
    kindred: &[Kindred],
    date: &str,
    reference: Option<&Reference>,
    settings: &Settings,
    mut done: impl FnMut(&str, &TrainedTask),
) -> Result<Shipped, ShipError> {
    let mut corpus = Corpus::read(folder, &["train"])?;
    let held_out = Corpus::read(folder, &["dev"])?;
    let trained = train(&corpus, kindred, settings, |task| done("train", task));
    let measured = evaluate(&trained, &held_out, reference, settings.seed)?;
    corpus.examples.extend(held_out.examples);
    let whole = train(&corpus, kindred, settings, |task| done("train + dev", task));
    let about = json!({
        "date": date,
        "trained_on": ["train", "dev"],
        "figures": { "trained_on": ["train"], "on": "dev", "tasks": measured },
        "kindred_lines": kindred.len(),
        "data_sha256": hashes(folder)?,
    });
    Ok(Shipped { pack: whole.pack(&about), measured })
}

/// SHA-256 of every file of the corpus.
fn hashes(folder: &Path) -> Result<BTreeMap<String, String>, CorpusError> {
    let mut hashes = BTreeMap::new();
    for split in ["train", "dev"] {
        for task in TASKS {
            let name = format!("{split}/{}.jsonl", task.file);
            if hashes.contains_key(&name) {
                continue;
            }
            let path = folder.join(&name);
            let bytes = std::fs::read(&path)
                .map_err(|source| CorpusError::File { path: path.clone(), source })?;
            let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            hashes.insert(name, hash);
        }
    }
    Ok(hashes)
}
