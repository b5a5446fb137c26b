//! What is in an array, in numbers: extremes, mean, spread, quantiles, a histogram.
//!
//! [`describe`] goes through an array once or a few times, in blocks and on all threads, and says of every number, text or
//! time in it what NumPy's functions say. NaN and NaT are counted and left out, as by `numpy.nanmean` and its kin; an array
//! without any has the values of `numpy.mean`. Sums are made in `f64`: pairwise in groups, which are added with the error
//! of each addition carried along (Neumaier's sum), and deviations are taken from the mean of each block (Chan's formula),
//! so that results are as good as NumPy's for `f8`, or better, and do not depend on the number of threads. Quantiles are
//! exact, whatever the size. Long doubles are rounded to `f64` first; those beyond its range count as infinite or as zeros.
//!
//! ```
//! use numio::DynArray;
//! use numio::stats::{Summary, describe};
//!
//! let array = DynArray::from(ndarray::array![1.0, 4.0, f64::NAN, 2.0]);
//! let found = describe(&array)?;
//! let Summary::Numbers(numbers) = &found.fields[0].summary else { unreachable!() };
//! assert_eq!((numbers.nans, numbers.mean), (1, Some(7.0 / 3.0)));
//! assert_eq!(numbers.max.as_ref().unwrap().index, [1]);
//! assert_eq!(numbers.quantiles[1].value, Some(2.0)); // the median
//! # Ok::<(), numio::Error>(())
//! ```

mod axis;
mod numbers;
mod others;
mod quantiles;
mod sums;

use crate::blocks::{Block, BlockSource, Grid, Leaf, unravel};
use crate::parallel::{self, RunOptions, run_options};
use crate::{DType, Error, ErrorKind, Order, Result, Scalar, SliceItem};

pub use self::axis::AxisStats;

/// Describes an array: as [`StatsOptions::describe`] with the defaults.
///
/// # Errors
/// Those of reading.
pub fn describe(array: &dyn BlockSource) -> Result<Stats> {
    StatsOptions::new().describe(array)
}

/// Which quantiles to give, and how fine a histogram.
#[derive(Debug, Clone)]
pub struct StatsOptions {
    quantiles: Vec<f64>,
    bins: usize,
    run: RunOptions,
}

impl Default for StatsOptions {
    fn default() -> Self {
        Self { quantiles: vec![0.25, 0.5, 0.75], bins: 20, run: RunOptions::default() }
    }
}

/// The most elements and bytes of a block.
const BLOCK: usize = 1 << 16;
const BLOCK_BYTES: usize = 1 << 20;

impl StatsOptions {
    /// The quartiles, and a histogram of 20 bins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the quantiles, each from 0 to 1. Default: 0.25, 0.5 and 0.75. With none, arrays of wide numbers are gone
    /// through once less.
    pub fn quantiles(&mut self, quantiles: &[f64]) -> &mut Self {
        self.quantiles = quantiles.to_vec();
        self
    }

    /// Sets the number of bins of the histograms; 0 for none. Default 20.
    pub fn bins(&mut self, bins: usize) -> &mut Self {
        self.bins = bins;
        self
    }

    run_options!(run);

    /// Describes an array.
    ///
    /// # Errors
    /// Those of reading; `InvalidInput` if a quantile is not from 0 to 1.
    pub fn describe(&self, array: &dyn BlockSource) -> Result<Stats> {
        self.check()?;
        self.run.run(|| {
            let fields = Leaf::all(array.dtype());
            let fields = fields.iter().map(|leaf| self.field(array, leaf)).collect::<Result<_>>()?;
            Ok(Stats { elements: array.shape().iter().product(), fields })
        })
    }

    /// Describes an array along an axis: the numbers that are left when that axis is summed up.
    ///
    /// # Errors
    /// Those of reading; `InvalidInput` if there is no such axis, or the elements are not numbers; `LimitExceeded` if
    /// more than 2^22 positions are left.
    pub fn describe_axis(&self, array: &dyn BlockSource, axis: usize) -> Result<Vec<AxisStats>> {
        self.check()?;
        self.run.run(|| {
            let leaves = Leaf::all(array.dtype());
            leaves.iter().map(|leaf| axis::describe(self, array, leaf, axis)).collect()
        })
    }

    fn check(&self) -> Result<()> {
        match self.quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
            None => Ok(()),
            Some(quantile) => {
                let what = format!("quantile {quantile}: expected a number from 0 to 1");
                Err(Error::new(ErrorKind::InvalidInput, what))
            }
        }
    }

    fn field(&self, array: &dyn BlockSource, leaf: &Leaf) -> Result<FieldStats> {
        let pass = Pass::new(array, leaf);
        let summary = match leaf.scalar {
            Scalar::Bytes(_) | Scalar::Str(..) | Scalar::Void(_) => Summary::Texts(others::texts(&pass)?),
            Scalar::Object => Summary::Objects(others::objects(&pass)?),
            Scalar::Complex(..) => Summary::Complex(others::complex(&pass)?),
            Scalar::Datetime(..) | Scalar::Timedelta(..) => Summary::Times(numbers::integers(self, &pass)?),
            _ => Summary::Numbers(numbers::numbers(self, &pass)?),
        };
        Ok(FieldStats { name: leaf.path.clone(), dtype: leaf.scalar.into(), summary })
    }
}

/// What an array holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Stats {
    /// The number of elements.
    pub elements: usize,
    /// One for each number, text or time in the dtype, so one in all where it has no fields.
    pub fields: Vec<FieldStats>,
}

/// What one field holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FieldStats {
    /// The field's name, after those of the fields around it and a dot; empty where there are no fields.
    pub name: String,
    /// Its dtype, without subarrays.
    pub dtype: DType,
    /// What there is to say of values of that dtype.
    pub summary: Summary,
}

/// What there is to say of values, by their kind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Summary {
    /// Booleans, integers and floats.
    Numbers(NumberStats),
    /// Moments and lengths of time, in ticks of their unit.
    Times(NumberStats),
    /// Complex numbers.
    Complex(ComplexStats),
    /// Texts, bytes and void elements.
    Texts(TextStats),
    /// Python objects.
    Objects(ObjectStats),
}

/// A value and where it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// The index of the first element that has it, along each axis.
    pub index: Vec<usize>,
}

/// A number as wide as that of its array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Of booleans, integers and times.
    Int(i128),
    /// Of floats.
    Float(f64),
}

impl Number {
    /// The nearest `f64`.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// What there is to say of numbers. What NaN or no numbers at all leave undefined is `None`.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct NumberStats {
    /// The number of values, NaN included.
    pub count: usize,
    /// The number of NaN, or NaT.
    pub nans: usize,
    /// The number of infinities.
    pub infinities: usize,
    /// The number of zeros.
    pub zeros: usize,
    /// The least: `numpy.nanmin`.
    pub min: Option<At<Number>>,
    /// The largest: `numpy.nanmax`.
    pub max: Option<At<Number>>,
    /// `numpy.nanmean`, calculated in `f64`; NaN where there are infinities of both signs. Exact up to its last rounding
    /// for integers.
    pub mean: Option<f64>,
    /// `numpy.nanstd`, calculated in `f64`; NaN where there are infinities.
    pub std: Option<f64>,
    /// The quantiles that were asked for, exact: `numpy.nanquantile` with linear interpolation.
    pub quantiles: Vec<Quantile>,
    /// The number of different values, for types of at most 16 bits: `len(numpy.unique(a))`, NaN left out.
    pub unique: Option<usize>,
    /// How the finite values are spread; `None` if there are none, or they are too close to one another for the bins.
    pub histogram: Option<Histogram>,
}

/// A quantile of an array.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Quantile {
    /// From 0 to 1.
    pub quantile: f64,
    /// Its value, exact up to its last rounding; `None` if there are no numbers.
    pub value: Option<f64>,
}

/// Counts of values in bins of equal width: `numpy.histogram(a[numpy.isfinite(a)], bins)`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Histogram {
    /// Where the bins begin and end: one more than there are bins. A bin includes its lower edge; the last one both.
    pub edges: Vec<f64>,
    /// The number of values in each bin.
    pub counts: Vec<u64>,
}

/// What there is to say of complex numbers.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ComplexStats {
    /// The number of values, NaN included.
    pub count: usize,
    /// The number of those of which a part is NaN.
    pub nans: usize,
    /// The number of those, not NaN, of which a part is infinite.
    pub infinities: usize,
    /// The number of zeros.
    pub zeros: usize,
    /// The least, by real part and then by imaginary part, as NumPy orders them.
    pub min: Option<At<(f64, f64)>>,
    /// The largest in the same order.
    pub max: Option<At<(f64, f64)>>,
    /// The mean's real and imaginary part.
    pub mean: Option<(f64, f64)>,
    /// The standard deviation.
    pub std: Option<f64>,
}

/// What there is to say of texts.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TextStats {
    /// The number of texts.
    pub count: usize,
    /// The number of empty ones.
    pub empty: usize,
    /// The shortest and the longest length: in code points for `U`, else in bytes, without padding.
    pub lengths: Option<(usize, usize)>,
    /// The least in the order of their bytes or code points, as an array of that element.
    pub min: Option<At<crate::DynArray>>,
    /// The largest.
    pub max: Option<At<crate::DynArray>>,
    /// The number of different texts; `None` if there are more than 2^20, or they are more than 64 MiB in all.
    pub unique: Option<usize>,
}

/// What there is to say of Python objects.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ObjectStats {
    /// The number of objects.
    pub count: usize,
    /// How many there are of each type, the most frequent first.
    pub types: Vec<(String, usize)>,
}

/// One way through a field of an array.
struct Pass<'a> {
    array: &'a dyn BlockSource,
    leaf: &'a Leaf,
    grid: Grid,
    order: Order,
}

/// The memory of one thread.
#[derive(Default)]
struct Buffers {
    block: Vec<u8>,
    leaf: Vec<u8>,
    floats: Vec<f64>,
    ints: Vec<i128>,
}

impl<'a> Pass<'a> {
    fn new(array: &'a dyn BlockSource, leaf: &'a Leaf) -> Self {
        let most = (BLOCK_BYTES / array.dtype().itemsize().max(1)).clamp(1, BLOCK);
        let order = array.order();
        Self { array, leaf, grid: Grid::new(array.shape(), most, order), order }
    }

    /// What `work` makes of the values of each block, in the order of the blocks. It gets their bytes, in native order.
    fn each<T: Send>(
        &self,
        work: impl Fn(&Block, &[u8], &mut Scratch<'_>) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let threads = crate::num_threads().min(self.grid.len().max(1));
        let spare = std::sync::Mutex::new(Vec::new());
        parallel::map(threads, 0..self.grid.len(), |number| {
            let taken = parallel::lock(&spare).pop();
            let mut buffers: Buffers = taken.unwrap_or_default();
            let block = self.grid.block(number);
            let bytes = self.array.bytes(&block, self.order, &mut buffers.block)?;
            let values = self.leaf.values(bytes, &mut buffers.leaf)?;
            let mut scratch = Scratch { floats: &mut buffers.floats, ints: &mut buffers.ints };
            let made = work(&block, values, &mut scratch);
            parallel::lock(&spare).push(buffers);
            made
        })
    }

    /// The position in C order of the element that a value of a block is in.
    fn position(&self, block: &Block, number: usize) -> usize {
        let mut left = number / self.leaf.count().max(1);
        let (mut position, mut step) = (0_usize, 1_usize);
        let axes = block.starts().iter().zip(block.shape()).zip(self.array.shape()).enumerate();
        if self.order == Order::C {
            for (_, ((start, len), all)) in axes.rev() {
                position += (start + left % len.max(&1)) * step;
                left /= len.max(&1);
                step = step.saturating_mul(*all);
            }
        } else {
            for (axis, ((start, len), _)) in axes {
                let step: usize = self.array.shape().iter().skip(axis + 1).product();
                position += (start + left % len.max(&1)) * step;
                left /= len.max(&1);
            }
        }
        position
    }

    /// The position in C order of the first of some values of a block.
    fn first(&self, block: &Block, numbers: &mut dyn Iterator<Item = usize>) -> Option<usize> {
        match self.order {
            Order::C => numbers.next().map(|number| self.position(block, number)),
            Order::Fortran => numbers.map(|number| self.position(block, number)).min(),
        }
    }

    fn at<T>(&self, value: T, position: usize) -> At<T> {
        At { value, index: unravel(position, self.array.shape(), Order::C) }
    }

    /// The element at a position in C order, as an array without axes; of a record, the field.
    fn single(&self, position: usize) -> Result<crate::DynArray> {
        let index = unravel(position, self.array.shape(), Order::C);
        let block = self.array.block(&Block::new(&index, &vec![1; index.len()]))?;
        let mut element = block.slice(&vec![SliceItem::Index(0); index.len()])?;
        if !self.leaf.path.is_empty() {
            for name in self.leaf.path.split('.') {
                match element.field(name) {
                    Ok(field) => element = field,
                    // A name with a dot in it.
                    Err(_) => return element.field(&self.leaf.path),
                }
            }
        }
        Ok(element)
    }
}

/// Memory for decoded values.
struct Scratch<'a> {
    floats: &'a mut Vec<f64>,
    ints: &'a mut Vec<i128>,
}
