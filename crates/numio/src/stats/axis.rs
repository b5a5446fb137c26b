//! Statistics along one axis: a number for each position of the others.

use super::StatsOptions;
use super::quantiles::{between, lerp};
use super::sums::Sum;
use crate::blocks::values::floats;
use crate::blocks::{Block, BlockSource, Leaf, unravel};
use crate::parallel;
use crate::{Error, ErrorKind, Order, Result};

/// What there is to say of numbers along an axis: in each list a number for each position of the other axes, in C order.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AxisStats {
    /// The field's name; empty where there are no fields.
    pub name: String,
    /// The lengths of the other axes.
    pub shape: Vec<usize>,
    /// The numbers of NaN.
    pub nans: Vec<usize>,
    /// `numpy.nanmin` along the axis; NaN where there are no numbers.
    pub min: Vec<f64>,
    /// `numpy.nanmax`.
    pub max: Vec<f64>,
    /// `numpy.nanmean`, calculated in `f64`.
    pub mean: Vec<f64>,
    /// `numpy.nanstd`, calculated in `f64`.
    pub std: Vec<f64>,
    /// `numpy.nanquantile` for each quantile that was asked for; nothing where the array has more than 2^24 elements.
    pub quantiles: Vec<(f64, Vec<f64>)>,
}

/// The most positions that are left.
const MOST_POSITIONS: usize = 1 << 22;

/// The most elements that are sorted.
const MOST_SORTED: usize = 1 << 24;

/// The positions that one task works on, and the elements it reads at once.
const GROUP: usize = 1 << 12;
const BLOCK: usize = 1 << 16;

/// What is known of one position.
#[derive(Debug, Clone)]
struct Column {
    count: usize,
    nans: usize,
    min: f64,
    max: f64,
    sum: Sum,
    /// The sum of squares, each less the first number.
    first: f64,
    shifted: Sum,
    squares: Sum,
    kept: Vec<f64>,
}

impl Column {
    fn new() -> Self {
        Self {
            count: 0,
            nans: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: Sum::default(),
            first: 0.0,
            shifted: Sum::default(),
            squares: Sum::default(),
            kept: Vec::new(),
        }
    }

    fn add(&mut self, value: f64, keeps: bool) {
        if value.is_nan() {
            self.nans += 1;
            return;
        }
        if self.count == 0 {
            self.first = value;
        }
        self.count += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum.add(value);
        let shifted = value - self.first;
        self.shifted.add(shifted);
        self.squares.add(shifted * shifted);
        if keeps {
            self.kept.push(value);
        }
    }

    fn std(&self) -> f64 {
        let count = self.count as f64;
        let mean = self.shifted.value() / count;
        let variance = self.squares.value() / count - mean * mean;
        // Rounding may bring it below zero, and not NaN above.
        if variance < 0.0 { 0.0 } else { variance.sqrt() }
    }
}

pub(super) fn describe(
    options: &StatsOptions,
    array: &dyn BlockSource,
    leaf: &Leaf,
    axis: usize,
) -> Result<AxisStats> {
    let refused = |kind, what: String| Err(Error::new(kind, what));
    let Some(&along) = array.shape().get(axis) else {
        let what = format!("axis {axis} is out of bounds for array of dimension {}", array.shape().len());
        return refused(ErrorKind::InvalidInput, what);
    };
    if !floats(leaf.scalar, &[], &mut Vec::new())? {
        return refused(
            ErrorKind::InvalidInput,
            format!("no statistics along an axis of dtype {}", array.dtype()),
        );
    }
    let mut shape = array.shape().to_vec();
    shape.remove(axis);
    let positions: usize = shape.iter().product();
    if positions > MOST_POSITIONS {
        let what = format!(
            "{positions} positions are left of axis {axis}, more than {MOST_POSITIONS}: take a slice"
        );
        return refused(ErrorKind::LimitExceeded, what);
    }
    let keeps = !options.quantiles.is_empty() && array.shape().iter().product::<usize>() <= MOST_SORTED;
    let grid = crate::blocks::Grid::new(&shape, GROUP, Order::C);
    let threads = crate::num_threads().min(grid.len().max(1));
    let groups = parallel::map(threads, 0..grid.len(), |number| {
        let group = grid.block(number);
        let mut columns = vec![Column::new(); group.size()];
        let (mut bytes, mut one, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let step = (BLOCK / group.size().max(1)).max(1);
        let mut start = 0;
        while start < along {
            parallel::check()?;
            let len = step.min(along - start);
            let (mut starts, mut lengths) = (group.starts().to_vec(), group.shape().to_vec());
            starts.insert(axis, start);
            lengths.insert(axis, len);
            let block = Block::new(&starts, &lengths);
            let raw = array.bytes(&block, Order::C, &mut bytes)?;
            floats(leaf.scalar, leaf.values(raw, &mut one)?, &mut values)?;
            // In C order: what comes before the axis, the axis, what comes after it, and what a field repeats.
            let after: usize = lengths.iter().skip(axis + 1).product::<usize>() * leaf.count();
            for (number, value) in values.iter().enumerate() {
                let outer = number / (after * len).max(1);
                let inner = number % after.max(1);
                if let Some(column) = columns.get_mut((outer * after + inner) / leaf.count().max(1)) {
                    column.add(*value, keeps);
                }
            }
            start += len;
        }
        Ok::<_, Error>((group, columns))
    })?;
    let mut stats = AxisStats {
        name: leaf.path.clone(),
        nans: vec![0; positions],
        min: vec![f64::NAN; positions],
        max: vec![f64::NAN; positions],
        mean: vec![f64::NAN; positions],
        std: vec![f64::NAN; positions],
        quantiles: Vec::new(),
        shape,
    };
    if keeps {
        stats.quantiles =
            options.quantiles.iter().map(|&quantile| (quantile, vec![f64::NAN; positions])).collect();
    }
    for (group, columns) in groups {
        for (number, mut column) in columns.into_iter().enumerate() {
            let local = unravel(number, group.shape(), Order::C);
            let index: Vec<usize> = local.iter().zip(group.starts()).map(|(at, start)| at + start).collect();
            let at = crate::blocks::ravel(&index, &stats.shape);
            let put = |list: &mut Vec<f64>, value: f64| {
                if let Some(slot) = list.get_mut(at) {
                    *slot = value;
                }
            };
            if let Some(slot) = stats.nans.get_mut(at) {
                *slot = column.nans;
            }
            if column.count == 0 {
                continue;
            }
            put(&mut stats.min, column.min);
            put(&mut stats.max, column.max);
            put(&mut stats.mean, column.sum.value() / column.count as f64);
            put(&mut stats.std, column.std());
            column.kept.sort_unstable_by(f64::total_cmp);
            for (quantile, list) in &mut stats.quantiles {
                let (low, high, part) = between(*quantile, column.kept.len() as u64);
                let pair = column.kept.get(low as usize).zip(column.kept.get(high as usize));
                if let Some((&low, &high)) = pair {
                    put(list, lerp(low, high, high - low, part));
                }
            }
        }
    }
    Ok(stats)
}
