//! Two arrays compared: which elements differ, and how far.
//!
//! [`compare`] asks for equality, and [`CompareOptions`] for closeness within tolerances, by the rule of NumPy's `isclose`:
//! two numbers are close if they differ by no more than `atol + rtol * abs(b)`, calculated in the widths in which NumPy
//! does. The result says of both arrays what `numpy.testing.assert_allclose` says, and keeps what it prints: the number of
//! elements that differ, the largest absolute and relative error among them, and the first of them.
//!
//! Arrays are read in blocks, on all threads. Of a file that is open as an [`NpyFile`](crate::npy::NpyFile), no more than a
//! few blocks are in memory at any time.
//!
//! ```
//! use numio::DynArray;
//! use numio::compare::CompareOptions;
//!
//! let a = DynArray::from(ndarray::array![1.0, 2.0, 3.0]);
//! let b = DynArray::from(ndarray::array![1.0, 2.5, 3.0]);
//! let found = CompareOptions::new().rtol(1e-3).compare(&a, &b)?;
//! assert!(!found.is_equal());
//! assert_eq!((found.elements, found.mismatches), (3, 1));
//! assert_eq!(found.first[0].index, [1]);
//! let largest = found.fields[0].max_absolute.as_ref().unwrap();
//! assert_eq!((largest.value.to_string().as_str(), &*largest.index), ("0.5", &[1][..]));
//! # Ok::<(), numio::Error>(())
//! ```

mod kernel;
mod objects;

use std::fmt;
use std::sync::Mutex;

use num_complex::Complex;

use self::kernel::{Pairing, Rule, Violation, common_width, pairing, tolerance_width};
use self::objects::Pairs;
pub use self::objects::objects_equal;
use crate::blocks::values::{complexes, floats, ints, long_complexes, long_doubles};
use crate::blocks::{Block, BlockSource, Grid, Leaf, ravel, unravel};
use crate::parallel::{self, RunOptions, lock, run_options};
use crate::{DType, DynArray, Error, ErrorKind, FloatWidth, LongDouble, Order, Result, Scalar, SliceItem};

/// Compares two arrays for equality: as [`CompareOptions::compare`] without tolerances.
///
/// # Errors
/// Those of reading.
pub fn compare(a: &dyn BlockSource, b: &dyn BlockSource) -> Result<Comparison> {
    CompareOptions::new().compare(a, b)
}

/// What counts as equal, and how much to remember of what does not.
#[derive(Debug, Clone, Default)]
pub struct CompareOptions {
    rtol: f64,
    atol: f64,
    equal_nan: bool,
    ulp: u64,
    first: Option<usize>,
    run: RunOptions,
}

/// The elements of a block: few enough that a block of each array fits the cache.
const BLOCK: usize = 1 << 16;

/// The most bytes of a block.
const BLOCK_BYTES: usize = 1 << 20;

impl CompareOptions {
    /// No tolerance: only equal elements are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the relative tolerance: the part of the second number that the first may differ by. Default 0.
    pub fn rtol(&mut self, rtol: f64) -> &mut Self {
        self.rtol = rtol;
        self
    }

    /// Sets the absolute tolerance. Default 0.
    pub fn atol(&mut self, atol: f64) -> &mut Self {
        self.atol = atol;
        self
    }

    /// Takes a NaN for equal to a NaN, and a NaT to a NaT. Default: not.
    pub fn equal_nan(&mut self, yes: bool) -> &mut Self {
        self.equal_nan = yes;
        self
    }

    /// Also takes numbers for equal if no more than `ulp` floats of their width are from one to the other, as
    /// `numpy.testing.assert_array_max_ulp` counts them. Default 0.
    pub fn ulp(&mut self, ulp: u64) -> &mut Self {
        self.ulp = ulp;
        self
    }

    /// Sets how many of the elements that differ are remembered. Default 5.
    pub fn first(&mut self, count: usize) -> &mut Self {
        self.first = Some(count);
        self
    }

    run_options!(run);

    /// Compares two arrays.
    ///
    /// Without a tolerance they are equal if their dtypes, shapes and elements are, by NumPy's
    /// `assert_array_equal(strict=True)`; with one, dtypes may differ, as in `assert_allclose`. The memory order is told,
    /// and never counts. Integers are compared exactly unless there is a tolerance, with which NumPy makes floats of them.
    /// Records are compared field by field, texts without their padding, times in a common unit, and Python objects by
    /// their values, as Python's `==` compares those of plain types, or else by their `repr`.
    ///
    /// # Errors
    /// Those of reading; `LimitExceeded` if objects are nested or repeated without end.
    pub fn compare(&self, a: &dyn BlockSource, b: &dyn BlockSource) -> Result<Comparison> {
        self.run.run(|| self.compare_within(a, b))
    }

    fn has_tolerance(&self) -> bool {
        self.rtol != 0.0 || self.atol != 0.0 || self.ulp > 0
    }

    fn compare_within(&self, a: &dyn BlockSource, b: &dyn BlockSource) -> Result<Comparison> {
        let mut comparison = Comparison {
            dtypes: (a.dtype() != b.dtype()).then(|| (a.dtype().clone(), b.dtype().clone())),
            shapes: (a.shape() != b.shape()).then(|| (a.shape().to_vec(), b.shape().to_vec())),
            orders: (a.order() != b.order()).then(|| (a.order(), b.order())),
            is_comparable: true,
            has_tolerance: self.has_tolerance(),
            elements: 0,
            mismatches: 0,
            first: Vec::new(),
            fields: Vec::new(),
        };
        let Some(pairs) = self.pairs(a.dtype(), b.dtype()) else {
            comparison.is_comparable = false;
            return Ok(comparison);
        };
        if comparison.shapes.is_some() {
            return Ok(comparison);
        }
        comparison.elements = a.shape().iter().product();
        let most = (BLOCK_BYTES / a.dtype().itemsize().max(b.dtype().itemsize()).max(1)).clamp(1, BLOCK);
        let (order, grid) = if a.order() == b.order() || a.shape().len() < 2 {
            (a.order(), Grid::new(a.shape(), most, a.order()))
        } else {
            (Order::C, Grid::square(a.shape(), most))
        };
        let walk = Walk { options: self, a, b, pairs: &pairs, order };
        let found = Mutex::new(Found::new(&pairs));
        let threads = parallel_threads(grid.len());
        // Elements without bytes are all equal, and a small file may have any number of them.
        let is_nothing = a.dtype().itemsize() == 0 && b.dtype().itemsize() == 0;
        let blocks = if is_nothing { 0 } else { grid.len() };
        let blocks = (0..blocks).map(|number| grid.block(number));
        parallel::for_each_with(threads, blocks, Buffers::default, |buffers, block| {
            if let Some(part) = walk.block(&block, buffers)? {
                lock(&found).merge(part, self.first.unwrap_or(5));
            }
            Ok::<_, Error>(())
        })?;
        let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        comparison.mismatches = found.mismatches;
        for position in found.first {
            let index = unravel(position, a.shape(), Order::C);
            comparison.first.push(Mismatch { a: single(a, &index)?, b: single(b, &index)?, index });
        }
        let field = |(pair, figures): (&Pair, Figures)| FieldComparison {
            name: pair.a.path.clone(),
            mismatches: figures.mismatches,
            nans: figures.nans,
            max_absolute: figures
                .absolute
                .map(|(value, at)| Largest { value, index: unravel(at, a.shape(), Order::C) }),
            max_relative: figures.relative.map(|(value, at)| Largest {
                value: Magnitude::Float(value, pair.rule.width),
                index: unravel(at, a.shape(), Order::C),
            }),
        };
        comparison.fields = pairs.iter().zip(found.figures).map(field).collect();
        Ok(comparison)
    }

    /// The leaves of both dtypes, if they can be compared one by one.
    fn pairs(&self, a: &DType, b: &DType) -> Option<Vec<Pair>> {
        let (a, b) = (Leaf::all(a), Leaf::all(b));
        if a.len() != b.len() {
            return None;
        }
        let pair = |(a, b): (Leaf, Leaf)| {
            let rule = Rule {
                rtol: self.rtol,
                atol: self.atol,
                equal_nan: self.equal_nan,
                ulp: self.ulp,
                width: common_width(a.scalar, b.scalar),
                tolerance: tolerance_width(b.scalar),
            };
            let is_same = a.path == b.path && a.count() == b.count();
            Some(Pair { pairing: pairing(a.scalar, b.scalar).filter(|_| is_same)?, rule, a, b })
        };
        a.into_iter().zip(b).map(pair).collect()
    }
}

/// The number of threads for this many blocks.
fn parallel_threads(blocks: usize) -> usize {
    crate::num_threads().min(blocks.max(1))
}

/// An element as an array without axes.
fn single(source: &dyn BlockSource, index: &[usize]) -> Result<DynArray> {
    let block = source.block(&Block::new(index, &vec![1; index.len()]))?;
    block.slice(&vec![SliceItem::Index(0); index.len()])
}

/// A number, text or time in both dtypes.
struct Pair {
    a: Leaf,
    b: Leaf,
    pairing: Pairing,
    rule: Rule,
}

/// What comparing two arrays found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Comparison {
    /// Both dtypes, if they differ.
    pub dtypes: Option<(DType, DType)>,
    /// Both shapes, if they differ; then no elements are compared.
    pub shapes: Option<(Vec<usize>, Vec<usize>)>,
    /// Both memory orders, if they differ.
    pub orders: Option<(Order, Order)>,
    /// Whether elements of the two dtypes can be compared; else none is.
    pub is_comparable: bool,
    has_tolerance: bool,
    /// The number of elements compared.
    pub elements: usize,
    /// The number of those that differ.
    pub mismatches: usize,
    /// The first of those that differ, in C order.
    pub first: Vec<Mismatch>,
    /// The same by field: one for each number, text or time in the dtype, so one in all where it has no fields.
    pub fields: Vec<FieldComparison>,
}

impl Comparison {
    /// Returns whether the arrays are equal, or close where there is a tolerance.
    pub fn is_equal(&self) -> bool {
        let may_differ = self.has_tolerance || self.dtypes.is_none();
        self.is_comparable && self.shapes.is_none() && self.mismatches == 0 && may_differ
    }
}

/// An element that differs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Mismatch {
    /// Its index along each axis.
    pub index: Vec<usize>,
    /// The element of the first array, as an array without axes.
    pub a: DynArray,
    /// The element of the second array.
    pub b: DynArray,
}

/// How the numbers in one field differ.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FieldComparison {
    /// The field's name, after those of the fields around it and a dot; empty where there are no fields.
    pub name: String,
    /// The number of values that differ.
    pub mismatches: usize,
    /// The number of those of which one, or both, are NaN or NaT.
    pub nans: usize,
    /// The largest difference among those that are not NaN. `None` for booleans, texts and objects. For times, in ticks.
    pub max_absolute: Option<Largest>,
    /// The largest of the differences divided by the size of the second value, where that is not zero.
    pub max_relative: Option<Largest>,
}

/// A largest difference.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Largest {
    /// The difference.
    pub value: Magnitude,
    /// The index of the first element that has it.
    pub index: Vec<usize>,
}

/// The size of a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Magnitude {
    /// Between integers, or ticks of time: exactly.
    Int(u128),
    /// Between floats or complex numbers, rounded to this width.
    Float(f64, FloatWidth),
}

impl Magnitude {
    /// The nearest `f64`.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value, _) => value,
        }
    }

    fn is_above(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a > b,
            (a, b) => a.to_f64() > b.to_f64(),
        }
    }
}

/// With the fewest digits that tell it from its neighbours.
impl fmt::Display for Magnitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value, FloatWidth::Bits16 | FloatWidth::Bits32) => {
                f.write_str(&DynArray::from(ndarray::arr0(value as f32)).to_string())
            }
            Self::Float(value, _) => f.write_str(&DynArray::from(ndarray::arr0(value)).to_string()),
        }
    }
}

/// What is common to all blocks.
struct Walk<'a> {
    options: &'a CompareOptions,
    a: &'a dyn BlockSource,
    b: &'a dyn BlockSource,
    pairs: &'a [Pair],
    order: Order,
}

/// The memory of one thread.
#[derive(Default)]
struct Buffers {
    blocks: [Vec<u8>; 2],
    leaves: [Vec<u8>; 2],
    ints: [Vec<i128>; 2],
    floats: [Vec<f64>; 2],
    complexes: [Vec<Complex<f64>>; 2],
    long_doubles: [Vec<LongDouble>; 2],
    long_complexes: [Vec<Complex<LongDouble>>; 2],
    differs: Vec<bool>,
}

/// Memory for the values of both arrays.
struct Values<'a> {
    ints: &'a mut [Vec<i128>; 2],
    floats: &'a mut [Vec<f64>; 2],
    complexes: &'a mut [Vec<Complex<f64>>; 2],
    long_doubles: &'a mut [Vec<LongDouble>; 2],
    long_complexes: &'a mut [Vec<Complex<LongDouble>>; 2],
}

/// What was found in a block, or in all so far. Positions are in C order.
struct Found {
    mismatches: usize,
    first: Vec<usize>,
    figures: Vec<Figures>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    mismatches: usize,
    nans: usize,
    absolute: Option<(Magnitude, usize)>,
    relative: Option<(f64, usize)>,
}

impl Found {
    fn new(pairs: &[Pair]) -> Self {
        Self { mismatches: 0, first: Vec::new(), figures: vec![Figures::default(); pairs.len()] }
    }

    /// Adds another, in whatever order they come.
    fn merge(&mut self, other: Self, first: usize) {
        self.mismatches += other.mismatches;
        self.first.extend(other.first);
        self.first.sort_unstable();
        self.first.truncate(first);
        for (into, figures) in self.figures.iter_mut().zip(other.figures) {
            into.mismatches += figures.mismatches;
            into.nans += figures.nans;
            if let Some((value, at)) = figures.absolute {
                into.add_absolute(value, at);
            }
            if let Some((value, at)) = figures.relative {
                into.add_relative(value, at);
            }
        }
    }
}

impl Figures {
    fn add(&mut self, violation: Violation, at: usize) {
        self.mismatches += 1;
        self.nans += usize::from(violation.is_nan);
        if let Some(value) = violation.absolute {
            self.add_absolute(value, at);
        }
        if let Some(value) = violation.relative {
            self.add_relative(value, at);
        }
    }

    fn add_absolute(&mut self, value: Magnitude, at: usize) {
        let is_larger = |(known, first): (Magnitude, usize)| {
            value.is_above(known) || !known.is_above(value) && at < first
        };
        if self.absolute.is_none_or(is_larger) {
            self.absolute = Some((value, at));
        }
    }

    fn add_relative(&mut self, value: f64, at: usize) {
        if self.relative.is_none_or(|(known, first)| value > known || value == known && at < first) {
            self.relative = Some((value, at));
        }
    }
}

impl Walk<'_> {
    /// The differences in a block; nothing if there are none.
    fn block(&self, block: &Block, buffers: &mut Buffers) -> Result<Option<Found>> {
        let [one, two] = &mut buffers.blocks;
        let a = self.a.bytes(block, self.order, one)?;
        let b = self.b.bytes(block, self.order, two)?;
        let is_same = self.pairs.iter().all(|pair| pair.has_equal_bytes(self.options.equal_nan));
        if is_same && a == b {
            return Ok(None);
        }
        let mut found = Found::new(self.pairs);
        let mut places = Places { block, order: self.order, shape: self.a.shape(), last: None };
        buffers.differs.clear();
        buffers.differs.resize(block.size(), false);
        for (pair, figures) in self.pairs.iter().zip(&mut found.figures) {
            let [one, two] = &mut buffers.leaves;
            let a = pair.a.values(a, one)?;
            let b = pair.b.values(b, two)?;
            let count = pair.a.count();
            let differs = &mut buffers.differs;
            let mut report = |number: usize, violation: Violation| {
                let element = number / count.max(1);
                if let Some(differs) = differs.get_mut(element) {
                    *differs = true;
                }
                figures.add(violation, places.position(element));
            };
            let values = Values {
                ints: &mut buffers.ints,
                floats: &mut buffers.floats,
                complexes: &mut buffers.complexes,
                long_doubles: &mut buffers.long_doubles,
                long_complexes: &mut buffers.long_complexes,
            };
            self.leaf(pair, [a, b], values, &mut report)?;
        }
        let most = self.options.first.unwrap_or(5);
        for (element, _) in buffers.differs.iter().enumerate().filter(|(_, differs)| **differs) {
            found.mismatches += 1;
            if found.first.len() < most || self.order == Order::Fortran || !places.is_run() {
                found.first.push(places.position(element));
            }
        }
        found.first.sort_unstable();
        found.first.truncate(most);
        Ok((found.mismatches > 0).then_some(found))
    }

    /// Reports the values of one leaf that differ, by their numbers.
    fn leaf(
        &self,
        pair: &Pair,
        [a, b]: [&[u8]; 2],
        values: Values<'_>,
        report: &mut dyn FnMut(usize, Violation),
    ) -> Result<()> {
        let (left, right, rule) = (pair.a.scalar, pair.b.scalar, &pair.rule);
        let mut each = |number: usize, violation: Option<Violation>| {
            if let Some(violation) = violation {
                report(number, violation);
            }
        };
        match pair.pairing {
            Pairing::Ints { are_bools } => {
                let [x, y] = values.ints;
                ints(left, a, x)?;
                ints(right, b, y)?;
                for (number, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
                    if x != y {
                        each(number, rule.ints(x, y, are_bools));
                    }
                }
            }
            Pairing::Times { are_moments, conversions } => {
                let [x, y] = values.ints;
                ints(left, a, x)?;
                ints(right, b, y)?;
                for (number, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
                    let violation = match conversions {
                        None => rule.times(x, y, are_moments),
                        Some([one, two]) => match (one.apply(x as i64), two.apply(y as i64)) {
                            (Ok(x), Ok(y)) => rule.times(x.into(), y.into(), are_moments),
                            // Times that do not fit the unit of the other are other times.
                            _ => Some(Violation::OTHER),
                        },
                    };
                    each(number, violation);
                }
            }
            Pairing::Floats => {
                let [x, y] = values.floats;
                floats(left, a, x)?;
                floats(right, b, y)?;
                for (number, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
                    if x != y {
                        each(number, rule.floats(x, y));
                    }
                }
            }
            Pairing::LongDoubles => {
                let [x, y] = values.long_doubles;
                long_doubles(left, a, x)?;
                if rule.rounds_second(right) {
                    let [_, rounded] = values.floats;
                    floats(right, b, rounded)?;
                    y.clear();
                    y.extend(rounded.iter().map(|&value| LongDouble::from(value)));
                } else {
                    long_doubles(right, b, y)?;
                }
                for (number, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
                    each(number, rule.long_doubles([x], [y]));
                }
            }
            Pairing::LongComplexes => {
                let [x, y] = values.long_complexes;
                long_complexes(left, a, x)?;
                long_complexes(right, b, y)?;
                for (number, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
                    each(number, rule.long_doubles([x.re, x.im], [y.re, y.im]));
                }
            }
            Pairing::Complexes => {
                let [x, y] = values.complexes;
                complexes(left, a, x)?;
                complexes(right, b, y)?;
                for (number, (&x, &y)) in x.iter().zip(y.iter()).enumerate() {
                    if x != y {
                        each(number, rule.complexes(x, y));
                    }
                }
            }
            Pairing::Texts => {
                let (one, two) = (left.itemsize().max(1), right.itemsize().max(1));
                let are_texts = !matches!(left, Scalar::Void(_));
                for (number, (x, y)) in a.chunks_exact(one).zip(b.chunks_exact(two)).enumerate() {
                    let is_equal = if are_texts { unpadded(x) == unpadded(y) } else { x == y };
                    each(number, (!is_equal).then_some(Violation::OTHER));
                }
            }
            Pairing::Objects => {
                let none =
                    || Error::new(ErrorKind::InvalidInput, "objects are compared in memory: load the array");
                let (one, two) = (self.a.as_array().ok_or_else(none)?, self.b.as_array().ok_or_else(none)?);
                let mut pairs = None;
                for (number, (x, y)) in a.as_chunks().0.iter().zip(b.as_chunks().0).enumerate() {
                    let (x, y) = (
                        one.object_by_id(u64::from_ne_bytes(*x))?,
                        two.object_by_id(u64::from_ne_bytes(*y))?,
                    );
                    let pairs =
                        pairs.get_or_insert_with(|| Pairs::new(x.graph(), y.graph(), self.options.equal_nan));
                    let is_equal = pairs.are_equal(x, y)?;
                    each(number, (!is_equal).then_some(Violation::OTHER));
                }
            }
        }
        Ok(())
    }
}

fn unpadded(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

impl Pair {
    /// Returns whether values are equal if their bytes are.
    fn has_equal_bytes(&self, equal_nan: bool) -> bool {
        let has_nan = matches!(
            self.a.scalar,
            Scalar::Float(..) | Scalar::Complex(..) | Scalar::Datetime(..) | Scalar::Timedelta(..)
        );
        let are_same = match (self.a.scalar.byte_order(), self.b.scalar.byte_order()) {
            (Some(_), Some(order)) => self.a.scalar.with_byte_order(order) == self.b.scalar,
            _ => self.a.scalar == self.b.scalar,
        };
        are_same && self.a.scalar != Scalar::Object && (equal_nan || !has_nan)
    }
}

/// Positions in the whole array of elements of a block.
struct Places<'a> {
    block: &'a Block,
    order: Order,
    shape: &'a [usize],
    last: Option<(usize, usize)>,
}

impl Places<'_> {
    /// Returns whether positions follow one another as the elements do.
    fn is_run(&self) -> bool {
        self.order == Order::C
            && self
                .block
                .shape()
                .iter()
                .zip(self.shape)
                .skip_while(|(len, _)| **len == 1)
                .skip(1)
                .all(|(a, b)| a == b)
    }

    fn position(&mut self, element: usize) -> usize {
        if let Some((known, position)) = self.last.filter(|_| self.is_run()) {
            return position.saturating_add_signed(element as isize - known as isize);
        }
        let position = ravel(&self.block.index(element, self.order), self.shape);
        self.last = Some((element, position));
        position
    }
}
