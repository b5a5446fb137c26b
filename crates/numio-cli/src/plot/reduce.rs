//! Arrays as few numbers as a picture has pixels. Every element counts: of those that fall on a pixel, the least and the
//! largest are kept, so that one value among hundreds of millions is seen.
//!
//! Elements are read in blocks, on several threads, each of which has a picture of its own; memory does not depend on the
//! size of the array.

use std::borrow::Cow;

use ndarray::{ArrayView2, Axis, Ix2};
use numio::blocks::Block;
use numio::{Error, ErrorKind, Order, Result};

use super::values::Values;
use crate::{interrupt, parallel};

/// The elements that fall on one pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The least, infinities included; above `high` where there is no number.
    pub low: f64,
    pub high: f64,
    pub nans: u64,
    pub count: u64,
}

impl Span {
    pub const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY, nans: 0, count: 0 };

    /// Returns whether there is a number among the elements.
    pub fn has_number(&self) -> bool {
        self.count > self.nans
    }

    fn add(&mut self, values: &[f64]) {
        self.count += values.len() as u64;
        for &value in values {
            // Comparisons with NaN are false.
            if value < self.low {
                self.low = value;
            }
            if value > self.high {
                self.high = value;
            }
            self.nans += u64::from(value.is_nan());
        }
    }

    fn join(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.nans += other.nans;
        self.count += other.count;
    }
}

/// What all elements together are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// The least finite value; above `high` where there is none.
    pub low: f64,
    pub high: f64,
    pub sum: f64,
    pub finite: u64,
    pub nans: u64,
    pub infinities: u64,
}

impl Totals {
    pub const EMPTY: Self =
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, sum: 0.0, finite: 0, nans: 0, infinities: 0 };

    fn add(&mut self, values: &[f64]) {
        for &value in values {
            if value.is_finite() {
                self.low = self.low.min(value);
                self.high = self.high.max(value);
                self.sum += value;
                self.finite += 1;
            } else if value.is_nan() {
                self.nans += 1;
            } else {
                self.infinities += 1;
            }
        }
    }

    pub fn join(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.sum += other.sum;
        self.finite += other.finite;
        self.nans += other.nans;
        self.infinities += other.infinities;
    }

    /// The mean of the finite values, roughly; 0 without any.
    pub fn mean(&self) -> f64 {
        if self.finite == 0 { 0.0 } else { self.sum / self.finite as f64 }
    }
}

/// The most elements and bytes that are read at a time.
const BLOCK: usize = 1 << 16;
const BLOCK_BYTES: usize = 1 << 20;

/// The most bytes that the pictures of threads take: each has one.
const MOST_BYTES: usize = 256 << 20;

/// A 1-D array as this many columns: element `i` of `n` is in column `i * columns / n`, rounded down.
///
/// # Errors
/// Those of reading.
pub fn line(values: &Values<'_>, columns: usize) -> Result<(Vec<Span>, Totals)> {
    let len = values.shape().first().copied().unwrap_or(0);
    let step = per_block(values.itemsize());
    let start = || (vec![Span::EMPTY; columns], Totals::EMPTY);
    let work = |(spans, totals): &mut (Vec<Span>, Totals), job: usize| {
        let first = job * step;
        let block = values.read(&Block::new(&[first], &[step.min(len - first)]))?;
        let numbers =
            block.as_slice().map_or_else(|| Cow::Owned(block.iter().copied().collect()), Cow::Borrowed);
        spread(&numbers, first, len, spans);
        totals.add(&numbers);
        Ok(())
    };
    shared(len.div_ceil(step), columns, start, work, join)
}

/// A 2-D part of an array as a grid of pixels, row by row. `lead` are the indexes of the axes before the last two.
///
/// # Errors
/// Those of reading.
pub fn grid(
    values: &Values<'_>,
    lead: &[usize],
    (rows, columns): (usize, usize),
    (height, width): (usize, usize),
) -> Result<(Vec<Span>, Totals)> {
    let tiles = Tiles::new((rows, columns), per_block(values.itemsize()), values.order());
    let start = || (vec![Span::EMPTY; width * height], Totals::EMPTY);
    let work = |(spans, totals): &mut (Vec<Span>, Totals), job: usize| {
        let tile = tiles.tile(job);
        let array = tile_of(values, lead, &tile)?;
        for (at, row) in array.rows().into_iter().enumerate() {
            let numbers = row.as_slice().map_or_else(|| Cow::Owned(row.to_vec()), Cow::Borrowed);
            let line = parallel::scaled(tile.row + at, height, rows) * width;
            if let Some(line) = spans.get_mut(line..line + width) {
                spread(&numbers, tile.column, columns, line);
            }
            totals.add(&numbers);
        }
        Ok(())
    };
    shared(tiles.len(), width * height, start, work, join)
}

/// The darkest and the brightest of the colours that fall on one pixel.
#[derive(Debug, Clone, Copy)]
pub struct Shades {
    dark: ([u8; 4], f64),
    bright: ([u8; 4], f64),
}

const UNSEEN: Shades = Shades { dark: ([0; 4], f64::INFINITY), bright: ([0; 4], f64::NEG_INFINITY) };

impl Shades {
    fn add(&mut self, color: [u8; 4], brightness: f64) {
        if brightness < self.dark.1 {
            self.dark = (color, brightness);
        }
        if brightness > self.bright.1 {
            self.bright = (color, brightness);
        }
    }

    /// The one that is farther from `mean`.
    pub fn shown(&self, mean: f64) -> [u8; 4] {
        if self.bright.1 - mean >= mean - self.dark.1 { self.bright.0 } else { self.dark.0 }
    }
}

/// A picture in an array, whose last axis has the 3 or 4 channels of `height` times `width` pixels; values times `scale` are
/// from 0 to 255.
///
/// # Errors
/// Those of reading.
pub fn image(
    values: &Values<'_>,
    lead: &[usize],
    (rows, columns, channels): (usize, usize, usize),
    (height, width): (usize, usize),
    scale: f64,
    nan: [u8; 3],
) -> Result<(Vec<Shades>, Totals)> {
    let most = (per_block(values.itemsize()) / channels.max(1)).max(1);
    let tiles = Tiles::new((rows, columns), most, Order::C);
    let start = || (vec![UNSEEN; width * height], Totals::EMPTY);
    let work = |(shades, totals): &mut (Vec<Shades>, Totals), job: usize| {
        let tile = tiles.tile(job);
        let starts = [lead, &[tile.row, tile.column, 0]].concat();
        let shape = [vec![1; lead.len()], vec![tile.rows, tile.columns, channels]].concat();
        let array = values.read(&Block::new(&starts, &shape))?;
        let mut pixel = Vec::with_capacity(channels);
        let (mut row, mut column) = (tile.row, tile.column);
        for &value in &array {
            pixel.push(value);
            if pixel.len() < channels {
                continue;
            }
            let at = parallel::scaled(row, height, rows) * width + parallel::scaled(column, width, columns);
            let color = color_of(&pixel, scale, nan);
            let [r, g, b, a] = color.map(f64::from);
            // Rec. 601, over white.
            let brightness = (0.299 * r + 0.587 * g + 0.114 * b) * a / 255.0 + 255.0 - a;
            if let Some(shades) = shades.get_mut(at) {
                shades.add(color, brightness);
            }
            let nans = pixel.iter().filter(|value| value.is_nan()).count() as u64;
            totals.join(&Totals {
                low: brightness,
                high: brightness,
                sum: brightness,
                finite: 1,
                nans,
                infinities: 0,
            });
            pixel.clear();
            column += 1;
            if column == tile.column + tile.columns {
                (row, column) = (row + 1, tile.column);
            }
        }
        Ok(())
    };
    let join = |(shades, totals): &mut (Vec<Shades>, Totals), (others, more): (Vec<Shades>, Totals)| {
        for (shades, other) in shades.iter_mut().zip(&others) {
            shades.add(other.dark.0, other.dark.1);
            shades.add(other.bright.0, other.bright.1);
        }
        totals.join(&more);
    };
    shared(tiles.len(), width * height, start, work, join)
}

fn color_of(pixel: &[f64], scale: f64, [r, g, b]: [u8; 3]) -> [u8; 4] {
    if pixel.iter().any(|value| value.is_nan()) {
        return [r, g, b, 255];
    }
    // Infinities and numbers out of bounds are the nearest colour.
    let byte = |at: usize| pixel.get(at).map_or(255, |value| (value * scale).round().clamp(0.0, 255.0) as u8);
    [byte(0), byte(1), byte(2), byte(3)]
}

fn join((spans, totals): &mut (Vec<Span>, Totals), (others, more): (Vec<Span>, Totals)) {
    for (span, other) in spans.iter_mut().zip(&others) {
        span.join(other);
    }
    totals.join(&more);
}

/// The number of elements of this size that are read at a time.
fn per_block(itemsize: usize) -> usize {
    (BLOCK_BYTES / itemsize.max(1)).clamp(1, BLOCK)
}

/// Adds numbers, the first of which is number `first` of `all`, to the pixels of a line.
fn spread(numbers: &[f64], first: usize, all: usize, pixels: &mut [Span]) {
    let width = pixels.len();
    let mut rest = numbers;
    let mut at = first;
    while !rest.is_empty() {
        let pixel = parallel::scaled(at, width, all);
        // The first element of the next pixel.
        let next = ((pixel as u128 + 1) * all as u128).div_ceil((width as u128).max(1)) as usize;
        let count = next.saturating_sub(at).clamp(1, rest.len());
        let (these, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        if let Some(span) = pixels.get_mut(pixel) {
            span.add(these);
        }
        rest = after;
        at += count;
    }
}

/// A part of a 2-D array.
struct Tile {
    row: usize,
    column: usize,
    rows: usize,
    columns: usize,
}

/// The parts that a 2-D array is read in: long in the direction in which its elements follow one another.
struct Tiles {
    shape: (usize, usize),
    rows: usize,
    columns: usize,
}

impl Tiles {
    fn new((rows, columns): (usize, usize), most: usize, order: Order) -> Self {
        let (inner, outer) = if order == Order::C { (columns, rows) } else { (rows, columns) };
        let long = inner.clamp(1, most);
        let wide = if long < inner { 1 } else { (most / long).clamp(1, outer.max(1)) };
        let (height, width) = if order == Order::C { (wide, long) } else { (long, wide) };
        Self { shape: (rows, columns), rows: height, columns: width }
    }

    fn len(&self) -> usize {
        self.shape.0.div_ceil(self.rows) * self.shape.1.div_ceil(self.columns)
    }

    fn tile(&self, number: usize) -> Tile {
        let across = self.shape.1.div_ceil(self.columns).max(1);
        let (row, column) = (number / across * self.rows, number % across * self.columns);
        Tile {
            row,
            column,
            rows: self.rows.min(self.shape.0.saturating_sub(row)),
            columns: self.columns.min(self.shape.1.saturating_sub(column)),
        }
    }
}

fn tile_of(values: &Values<'_>, lead: &[usize], tile: &Tile) -> Result<ndarray::Array2<f64>> {
    let starts = [lead, &[tile.row, tile.column]].concat();
    let shape = [vec![1; lead.len()], vec![tile.rows, tile.columns]].concat();
    let mut array = values.read(&Block::new(&starts, &shape))?;
    for _ in lead {
        array = array.index_axis_move(Axis(0), 0);
    }
    let unfit = |_| Error::new(ErrorKind::InvalidData, "a block of another shape than was asked for");
    array.into_dimensionality::<Ix2>().map_err(unfit)
}

/// Does `count` jobs on several threads, each of which has a result of its own of this many pixels, and joins the results.
fn shared<A: Send>(
    count: usize,
    pixels: usize,
    start: impl Fn() -> A + Sync,
    work: impl Fn(&mut A, usize) -> Result<()> + Sync,
    join: impl Fn(&mut A, A),
) -> Result<A> {
    let affordable = MOST_BYTES / pixels.saturating_mul(size_of::<Span>()).max(1);
    let work = |result: &mut A, job| {
        interrupt::check()?;
        work(result, job)
    };
    parallel::reduce(affordable, count, start, work, join)
}

/// The extreme that a pixel shows: the one that is farther from the mean of all. NaN where there is no number.
pub fn shown(spans: &[Span], mean: f64) -> Vec<f64> {
    let farther = |span: &Span| match span.has_number() {
        true if span.high - mean >= mean - span.low => span.high,
        true => span.low,
        false => f64::NAN,
    };
    spans.iter().map(farther).collect()
}

/// A view of a grid's pixels by row and column.
pub fn rows_of<T>(pixels: &[T], width: usize) -> impl Iterator<Item = &[T]> {
    pixels.chunks(width.max(1))
}

/// The rows and columns of pixels in which a NaN is hidden behind a number.
pub fn hidden_nans(spans: &[Span], width: usize) -> (Vec<usize>, Vec<usize>) {
    let shape = (spans.len() / width.max(1), width);
    let Ok(view) = ArrayView2::from_shape(shape, spans) else { return (Vec::new(), Vec::new()) };
    let has = |span: &Span| span.nans > 0 && span.has_number();
    let found = |axis: usize| {
        let lines = view.axis_iter(Axis(axis)).enumerate();
        lines.filter(|(_, line)| line.iter().any(has)).map(|(at, _)| at).collect()
    };
    (found(0), found(1))
}
