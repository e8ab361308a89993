//! Learnt models as bytes that a program carries with it, or reads from a file.
//!
//! Little-endian, every part at a multiple of four bytes: `SPARPACK`, the format version, the
//! version of the features the models were taught with, how long the manifest is and how many
//! models there are, each in four bytes; the manifest (JSON); the models, one after the other (see
//! `write.rs`); SHA-256 over all before. Opening looks at every part once and copies no weight.

mod layout;
mod write;

use std::borrow::Cow;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::blend::{Blend, Calibration, Curve};
use super::conformal::{Spread, around};
use super::linear::{Quantised, quantised_margin};
use super::table::Sparse;
use super::trees::Forest;
use super::{Loss, sigmoid};
use layout::{CalibrationAt, ForestAt, ModelAt, Reader, floats};
pub use write::write;

const MAGIC: [u8; 8] = *b"SPARPACK";

/// The version of the format; another one is not read.
const FORMAT: u32 = 1;

/// Magic and four numbers.
const HEADER: usize = 24;

/// SHA-256 at the end.
const CHECKSUM: usize = 32;

/// Everything there is to one task, as it is packed.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What it is asked for by.
    pub name: String,
    /// What the margins mean.
    pub loss: Loss,
    /// Forests, whose mean margin is the first member of the blend. Several, each grown on another
    /// draw of the groups, show how much chance is in a figure; with one the variance is 0.
    pub forests: Vec<Forest>,
    /// The second member of the blend, or the first where there are no forests.
    pub linear: Option<Quantised>,
    /// How the members are added up.
    pub blend: Blend,
    /// How the sum becomes a figure.
    pub calibration: Calibration,
    /// The share of training lines that show less than a figure.
    pub standing: Curve,
    /// The interval around a figure.
    pub spread: Option<Spread>,
}

/// What a model says about a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The calibrated figure, 0 to 1.
    pub value: f32,
    /// The share of training lines that show less, 0 to 1.
    pub standing: f32,
    /// The variance of the figure among forests of other draws of the training rows.
    pub variance: f32,
    /// Where the figure lies in nine of ten cases (`conformal` says of what), inside 0 to 1;
    /// everywhere, where the model has no spread.
    pub interval: (f32, f32),
}

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PackError {
    /// Another kind of file.
    #[error("this is not a pack of skill models: it does not begin with SPARPACK")]
    Magic,
    /// Written by another version of the program.
    #[error("the pack has format {found}, and format {FORMAT} is read; train it anew")]
    Version {
        /// The format it has.
        found: u32,
    },
    /// Taught with other features than those the program would give it.
    #[error("the pack knows features of version {found}, the program has {wanted}; train it anew")]
    Features {
        /// The version it was taught with.
        found: u32,
        /// The version of the program.
        wanted: u32,
    },
    /// It ends too early.
    #[error("the pack is cut off: byte {at} is needed and there are {length}")]
    Truncated {
        /// The byte after the last one needed.
        at: usize,
        /// How many there are.
        length: usize,
    },
    /// Its bytes are not those that were written.
    #[error("the pack is damaged: its checksum does not match; take another copy or train it anew")]
    Checksum,
    /// A part that makes no sense.
    #[error("the pack is damaged at byte {at}: {what}")]
    Broken {
        /// Where the part begins.
        at: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A pack that was opened.
#[derive(Debug)]
pub struct Pack {
    bytes: Cow<'static, [u8]>,
    features: u32,
    manifest: (usize, usize),
    models: Vec<ModelAt>,
}

impl Pack {
    /// Opens the pack a program was built with. The checksum is not computed; a test does it, with
    /// [`Pack::verify`].
    ///
    /// # Errors
    /// When it is no pack, or was taught with features of another version than `features`.
    pub fn open(bytes: &'static [u8], features: u32) -> Result<Self, PackError> {
        Self::new(Cow::Borrowed(bytes), features)
    }

    /// Opens what was read from a file, if its checksum matches.
    ///
    /// # Errors
    /// When it is no pack, is damaged, or was taught with features of another version.
    pub fn from_file(bytes: Vec<u8>, features: u32) -> Result<Self, PackError> {
        head(&bytes, features)?;
        verify(&bytes)?;
        Self::new(Cow::Owned(bytes), features)
    }

    fn new(bytes: Cow<'static, [u8]>, features: u32) -> Result<Self, PackError> {
        let (manifest, count) = head(&bytes, features)?;
        let mut reader = Reader::new(&bytes, HEADER, bytes.len() - CHECKSUM);
        let from = reader.at();
        reader.skip(manifest)?;
        let mut models = Vec::new();
        for _ in 0..count {
            models.push(ModelAt::read(&mut reader)?);
        }
        reader.end()?;
        Ok(Self { features, manifest: (from, from + manifest), models, bytes })
    }

    /// Compares the checksum.
    ///
    /// # Errors
    /// When the bytes are not those that were written.
    pub fn verify(&self) -> Result<(), PackError> {
        verify(&self.bytes)
    }

    /// The version of the features its models were taught with.
    pub fn features(&self) -> u32 {
        self.features
    }

    /// The manifest: what the models are, from which data, how good.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn manifest(&self) -> Result<Value, PackError> {
        let (from, to) = self.manifest;
        let text = &self.bytes[from..to];
        serde_json::from_slice(text)
            .map_err(|_| PackError::Broken { at: from, what: "the manifest is not JSON" })
    }

    /// The names of the models, in the order they were written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| self.name_of(model))
    }

    /// The model of a name.
    pub fn model(&self, name: &str) -> Option<PackedModel<'_>> {
        let at = self.models.iter().find(|model| self.name_of(model) == name)?;
        Some(PackedModel { bytes: &self.bytes, at })
    }

    /// The checksum, as written at the end of the pack.
    pub fn checksum(&self) -> &[u8] {
        &self.bytes[self.bytes.len() - CHECKSUM..]
    }

    /// Bytes of the whole.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    fn name_of(&self, model: &ModelAt) -> &str {
        std::str::from_utf8(&self.bytes[model.name.0..model.name.1]).unwrap_or_default()
    }
}

/// Looks at the header, and returns how long the manifest is and how many models there are.
fn head(bytes: &[u8], wanted: u32) -> Result<(usize, u32), PackError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(PackError::Magic);
    }
    if bytes.len() < HEADER + CHECKSUM {
        return Err(PackError::Truncated { at: HEADER + CHECKSUM, length: bytes.len() });
    }
    let mut reader = Reader::new(bytes, MAGIC.len(), HEADER);
    let format = reader.number()?;
    if format != FORMAT {
        return Err(PackError::Version { found: format });
    }
    let found = reader.number()?;
    if found != wanted {
        return Err(PackError::Features { found, wanted });
    }
    Ok((reader.number()? as usize, reader.number()?))
}

fn verify(bytes: &[u8]) -> Result<(), PackError> {
    let (content, checksum) = bytes.split_at(bytes.len().saturating_sub(CHECKSUM));
    if Sha256::digest(content)[..] == *checksum { Ok(()) } else { Err(PackError::Checksum) }
}

/// One model of a pack, where it lies.
#[derive(Debug, Clone, Copy)]
pub struct PackedModel<'a> {
    bytes: &'a [u8],
    at: &'a ModelAt,
}

impl PackedModel<'_> {
    /// What the margins mean.
    pub fn loss(&self) -> Loss {
        self.at.loss
    }

    /// What the model says about a line with these dense and sparse features.
    pub fn predict(&self, dense: &[f32], sparse: &[Sparse]) -> Prediction {
        let feature = |feature: usize| dense.get(feature).copied().unwrap_or(f32::NAN);
        let trees: Vec<f32> =
            self.at.forests.iter().map(|forest| forest.margin(self.bytes, feature)).collect();
        let linear = self.at.linear.as_ref().map(|linear| {
            let weight = |bucket: usize| self.bytes[linear.weights + bucket] as i8;
            let linear = (linear.bits, linear.normalise, linear.bias, linear.scale);
            quantised_margin(sparse, linear.0, linear.1, linear.2, linear.3, weight)
        });
        let value = self.value(mean(&trees), linear);
        let each: Vec<f32> = trees.iter().map(|&tree| self.value(Some(tree), linear)).collect();
        let interval = self.at.spread.as_ref().map_or((0.0, 1.0), |spread| {
            let last = spread.forest.width as usize - 1;
            let tendency =
                spread.forest.margin(self.bytes, |at| if at == last { value } else { feature(at) });
            around(value, tendency, spread.reach)
        });
        let standing = self.at.standing.at(self.bytes, value).clamp(0.0, 1.0);
        Prediction { value, standing, variance: variance(&each), interval }
    }

    /// The calibrated figure of the members' margins.
    fn value(&self, trees: Option<f32>, linear: Option<f32>) -> f32 {
        let weights = floats(self.bytes, self.at.weights.0, self.at.weights.1);
        let members = trees.into_iter().chain(linear);
        let parts = weights.zip(members).map(|(weight, margin)| weight * margin);
        let margin = parts.fold(self.at.bias, |sum, part| sum + part);
        match &self.at.calibration {
            CalibrationAt::Platt { slope, offset } => sigmoid(slope * margin + offset),
            CalibrationAt::Curve(curve) => curve.at(self.bytes, margin).clamp(0.0, 1.0),
        }
    }
}

impl ForestAt {
    fn margin(&self, bytes: &[u8], value: impl Fn(usize) -> f32) -> f32 {
        const TOGETHER: usize = 8;
        let mut margin = self.base;
        let mut tree = 0;
        while tree + TOGETHER <= self.trees {
            let leaves: [f32; TOGETHER] = self.leaves(bytes, tree, &value);
            margin = leaves.iter().fold(margin, |margin, leaf| margin + leaf);
            tree += TOGETHER;
        }
        (tree..self.trees).fold(margin, |margin, tree| {
            let [leaf] = self.leaves(bytes, tree, &value);
            margin + leaf
        })
    }
}

/// The mean margin of several forests, in their order; nothing of none.
pub fn mean(margins: &[f32]) -> Option<f32> {
    let sum = margins.iter().fold(0.0, |sum, margin| sum + margin);
    (!margins.is_empty()).then(|| sum / margins.len() as f32)
}

/// The variance of some figures as a sample; 0 of fewer than two.
pub fn variance(values: &[f32]) -> f32 {
    let Some(mean) = mean(values) else { return 0.0 };
    let square: f32 = values.iter().map(|value| (value - mean).powi(2)).sum();
    square / (values.len() - 1).max(1) as f32
}

#[cfg(test)]
mod tests;
