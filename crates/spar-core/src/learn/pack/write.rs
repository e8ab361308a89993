//! Writing a pack. A list is its length and its entries; what may be missing is 1 and itself, or 0.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::Loss;
use super::super::blend::{Calibration, Curve};
use super::super::linear::Quantised;
use super::super::trees::Forest;
use super::{FORMAT, MAGIC, Model};

/// Bytes of a node: the feature, the value, the left child.
pub(super) const NODE: usize = 12;

/// The bit of a node's feature that sends missing values left.
pub(super) const MISSING_LEFT: u32 = 1 << 31;

/// Packs models that were taught with features of a version. The manifest is kept as it is: the
/// date, the data, the parameters and the measures are the caller's to give. The same models and
/// manifest give the same bytes.
pub fn write(features: u32, manifest: &Value, models: &[Model]) -> Vec<u8> {
    let manifest = manifest.to_string();
    let mut writer = Writer { bytes: MAGIC.to_vec() };
    for number in [FORMAT, features, manifest.len() as u32, models.len() as u32] {
        writer.number(number);
    }
    writer.raw(manifest.as_bytes());
    models.iter().for_each(|model| writer.model(model));
    let checksum = Sha256::digest(&writer.bytes);
    writer.bytes.extend_from_slice(&checksum);
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn number(&mut self, number: u32) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn float(&mut self, number: f32) {
        self.number(number.to_bits());
    }

    fn flag(&mut self, flag: bool) {
        self.number(u32::from(flag));
    }

    /// Bytes and the padding behind them.
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn floats(&mut self, numbers: &[f32]) {
        self.number(numbers.len() as u32);
        numbers.iter().for_each(|&number| self.float(number));
    }

    fn model(&mut self, model: &Model) {
        self.number(model.name.len() as u32);
        self.raw(model.name.as_bytes());
        self.flag(model.loss == Loss::Squared);
        self.number(model.forests.len() as u32);
        model.forests.iter().for_each(|forest| self.forest(forest));
        self.flag(model.linear.is_some());
        if let Some(linear) = &model.linear {
            self.linear(linear);
        }
        self.float(model.blend.bias);
        self.floats(&model.blend.weights);
        match &model.calibration {
            Calibration::Platt { slope, offset } => {
                self.flag(false);
                self.float(*slope);
                self.float(*offset);
            }
            Calibration::Curve(curve) => {
                self.flag(true);
                self.curve(curve);
            }
        }
        self.curve(&model.standing);
        self.flag(model.spread.is_some());
        if let Some(spread) = &model.spread {
            self.forest(&spread.forest);
            self.float(spread.reach);
        }
    }

    fn forest(&mut self, forest: &Forest) {
        self.number(forest.width);
        self.float(forest.base);
        self.number(forest.roots.len() as u32);
        forest.roots.iter().for_each(|&root| self.number(root));
        self.number(forest.nodes.len() as u32);
        for node in &forest.nodes {
            let missing = if node.missing_left { MISSING_LEFT } else { 0 };
            self.number(node.feature | missing);
            self.float(node.value);
            self.number(node.left);
        }
    }

    fn linear(&mut self, linear: &Quantised) {
        self.number(linear.bits);
        self.flag(linear.normalise);
        self.float(linear.bias);
        self.float(linear.scale);
        let weights: Vec<u8> = linear.weights.iter().map(|&weight| weight as u8).collect();
        self.raw(&weights);
    }

    fn curve(&mut self, curve: &Curve) {
        self.floats(&curve.x);
        self.floats(&curve.y);
    }
}
