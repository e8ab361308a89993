//! Where the parts of a pack lie, found and checked once when it is opened.

use super::super::Loss;
use super::super::blend::curve_at;
use super::{PackError, write};

/// Reads part after part of a stretch of bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize, end: usize) -> Self {
        Self { bytes, at, end }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Passes over some bytes and the padding behind them, and returns where they begin.
    pub(super) fn skip(&mut self, count: usize) -> Result<usize, PackError> {
        let at = self.at;
        let next = count.checked_next_multiple_of(4).and_then(|count| at.checked_add(count));
        self.at = match next {
            Some(next) if next <= self.end => next,
            next => {
                let at = next.unwrap_or(usize::MAX);
                return Err(PackError::Truncated { at, length: self.end });
            }
        };
        Ok(at)
    }

    pub(super) fn number(&mut self) -> Result<u32, PackError> {
        let at = self.skip(4)?;
        Ok(number(self.bytes, at))
    }

    fn float(&mut self) -> Result<f32, PackError> {
        Ok(f32::from_bits(self.number()?))
    }

    /// A list: how many, and then each in `size` bytes. Returns where it begins and how many.
    fn list(&mut self, size: usize) -> Result<(usize, usize), PackError> {
        let count = self.number()? as usize;
        let bytes = count.saturating_mul(size);
        Ok((self.skip(bytes)?, count))
    }

    /// Whether something follows.
    fn some(&mut self) -> Result<bool, PackError> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.broken("a part that is neither there nor not")),
        }
    }

    fn broken(&self, what: &'static str) -> PackError {
        PackError::Broken { at: self.at, what }
    }

    pub(super) fn end(&self) -> Result<(), PackError> {
        if self.at == self.end { Ok(()) } else { Err(self.broken("more than was announced")) }
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

fn float(bytes: &[u8], at: usize) -> f32 {
    f32::from_bits(number(bytes, at))
}

/// The numbers of a list.
pub(super) fn floats(bytes: &[u8], at: usize, count: usize) -> impl Iterator<Item = f32> {
    (0..count).map(move |place| float(bytes, at + place * 4))
}

/// One model.
#[derive(Debug)]
pub(super) struct ModelAt {
    pub(super) name: (usize, usize),
    pub(super) loss: Loss,
    pub(super) forests: Vec<ForestAt>,
    pub(super) linear: Option<LinearAt>,
    pub(super) bias: f32,
    pub(super) weights: (usize, usize),
    pub(super) calibration: CalibrationAt,
    pub(super) standing: CurveAt,
    pub(super) spread: Option<SpreadAt>,
}

impl ModelAt {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, PackError> {
        let (name, length) = reader.list(1)?;
        if std::str::from_utf8(&reader.bytes[name..name + length]).is_err() {
            return Err(reader.broken("a name that is no text"));
        }
        let loss = if reader.some()? { Loss::Squared } else { Loss::Logistic };
        let mut forests = Vec::new();
        for _ in 0..reader.number()? {
            forests.push(ForestAt::read(reader)?);
        }
        let linear = reader.some()?.then(|| LinearAt::read(reader)).transpose()?;
        let bias = reader.float()?;
        let weights = reader.list(4)?;
        let calibration = if reader.some()? {
            CalibrationAt::Curve(CurveAt::read(reader)?)
        } else {
            CalibrationAt::Platt { slope: reader.float()?, offset: reader.float()? }
        };
        Ok(Self {
            name: (name, name + length),
            loss,
            forests,
            linear,
            bias,
            weights,
            calibration,
            standing: CurveAt::read(reader)?,
            spread: reader.some()?.then(|| SpreadAt::read(reader)).transpose()?,
        })
    }
}

#[derive(Debug)]
pub(super) struct LinearAt {
    pub(super) bits: u32,
    pub(super) normalise: bool,
    pub(super) bias: f32,
    pub(super) scale: f32,
    pub(super) weights: usize,
}

impl LinearAt {
    fn read(reader: &mut Reader<'_>) -> Result<Self, PackError> {
        let bits = reader.number()?;
        if bits > 24 {
            return Err(reader.broken("more weights than there can be"));
        }
        let normalise = reader.some()?;
        let (bias, scale) = (reader.float()?, reader.float()?);
        let weights = reader.skip(1 << bits)?;
        Ok(Self { bits, normalise, bias, scale, weights })
    }
}

#[derive(Debug)]
pub(super) struct ForestAt {
    pub(super) width: u32,
    pub(super) base: f32,
    pub(super) trees: usize,
    roots: usize,
    nodes: usize,
}

impl ForestAt {
    /// Finds a forest, and makes sure that every path through it comes to a leaf.
    fn read(reader: &mut Reader<'_>) -> Result<Self, PackError> {
        let (width, base) = (reader.number()?, reader.float()?);
        let (roots, trees) = reader.list(4)?;
        let (nodes, count) = reader.list(write::NODE)?;
        let forest = Self { width, base, trees, roots, nodes };
        for tree in 0..trees {
            let from = number(reader.bytes, roots + tree * 4) as usize;
            let next = roots + (tree + 1) * 4;
            let to = if tree + 1 < trees { number(reader.bytes, next) as usize } else { count };
            if from >= to || to > count {
                return Err(reader.broken("a tree without nodes"));
            }
            for node in 0..to - from {
                let left = number(reader.bytes, nodes + (from + node) * write::NODE + 8) as usize;
                // Children come after their parent: no path can be a circle.
                if left != 0 && (left <= node || left + 1 >= to - from) {
                    return Err(reader.broken("a tree with a child that is not there"));
                }
            }
        }
        Ok(forest)
    }

    /// The leaves that a row reaches in several trees from `tree` on. They are gone down together: one
    /// tree at a time the processor would wait for every node of it.
    pub(super) fn leaves<const N: usize>(
        &self,
        bytes: &[u8],
        tree: usize,
        value: &impl Fn(usize) -> f32,
    ) -> [f32; N] {
        let roots: [usize; N] =
            std::array::from_fn(|one| number(bytes, self.roots + (tree + one) * 4) as usize);
        let place = |one: usize, node: usize| self.nodes + (roots[one] + node) * write::NODE;
        let mut at: [usize; N] = std::array::from_fn(|one| place(one, 0));
        let mut leaves = [0.0; N];
        let mut is_down = false;
        while !is_down {
            is_down = true;
            for one in 0..N {
                let left = number(bytes, at[one] + 8) as usize;
                let here = float(bytes, at[one] + 4);
                if left == 0 {
                    leaves[one] = here;
                    continue;
                }
                is_down = false;
                let asked = number(bytes, at[one]);
                let value = value((asked & !write::MISSING_LEFT) as usize);
                let missing_left = asked & write::MISSING_LEFT != 0;
                let goes_left = (value < here) | (value.is_nan() & missing_left);
                at[one] = place(one, left + usize::from(!goes_left));
            }
        }
        leaves
    }
}

#[derive(Debug)]
pub(super) enum CalibrationAt {
    Platt { slope: f32, offset: f32 },
    Curve(CurveAt),
}

#[derive(Debug)]
pub(super) struct CurveAt {
    x: usize,
    y: usize,
    points: usize,
}

impl CurveAt {
    fn read(reader: &mut Reader<'_>) -> Result<Self, PackError> {
        let ((x, points), (y, heights)) = (reader.list(4)?, reader.list(4)?);
        if points != heights {
            return Err(reader.broken("a curve with more places than heights, or fewer"));
        }
        Ok(Self { x, y, points })
    }

    pub(super) fn at(&self, bytes: &[u8], place: f32) -> f32 {
        let point = |list: usize| move |at: usize| float(bytes, list + at * 4);
        curve_at(self.points, point(self.x), point(self.y), place)
    }
}

#[derive(Debug)]
pub(super) struct SpreadAt {
    pub(super) forest: ForestAt,
    pub(super) reach: f32,
}

impl SpreadAt {
    fn read(reader: &mut Reader<'_>) -> Result<Self, PackError> {
        let spread = Self { forest: ForestAt::read(reader)?, reach: reader.float()? };
        if spread.forest.width == 0 {
            return Err(reader.broken("a spread that does not know the figure"));
        }
        Ok(spread)
    }
}
