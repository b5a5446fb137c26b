//! Basic slicing, in NumPy's syntax and with its meaning: never a copy.

use std::fmt;
use std::str::FromStr;

use crate::array::error::Fault;
use crate::array::{DynArray, Layout};
use crate::dtype::literal::{Dialect, Int, Value, parse};
use crate::{Error, Result};

/// One part of a [`Slice`]: the text between two commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SliceItem {
    /// `3`, `-1`: one element; removes the axis. Negative numbers count from the end.
    Index(isize),
    /// `start:stop:step`: every `step`-th from `start` on, before `stop`. What is left out reaches to the end; the step
    /// is never 0.
    Range {
        /// The first, from the end if negative.
        start: Option<isize>,
        /// The one after the last, from the end if negative.
        stop: Option<isize>,
        /// Distance between selected elements; backwards if negative. 0 selects nothing and is refused.
        step: isize,
    },
    /// `...`: as many whole axes as are left. At most once.
    Ellipsis,
    /// `None`, `numpy.newaxis`: an axis of length 1.
    NewAxis,
}

impl SliceItem {
    /// `:`, the whole axis.
    pub const ALL: Self = Self::Range { start: None, stop: None, step: 1 };
}

/// An index into an array, as written between the brackets in NumPy: `1, :`, `::-1`, `..., 0`.
///
/// ```
/// use numio::{DynArray, Slice};
///
/// let array = DynArray::from(ndarray::array![[1, 2, 3], [4, 5, 6]]);
/// let slice: Slice = "1, ::-1".parse()?;
/// let row = array.slice(&slice)?;
/// assert_eq!(row.view::<i32, ndarray::Ix1>()?.to_vec(), [6, 5, 4]);
/// assert_eq!(slice.to_string(), "1, ::-1");
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Slice(pub Vec<SliceItem>);

impl std::ops::Deref for Slice {
    type Target = [SliceItem];

    fn deref(&self) -> &[SliceItem] {
        &self.0
    }
}

impl fmt::Display for SliceItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Range { start, stop, step } => {
                start.map_or(Ok(()), |start| write!(f, "{start}"))?;
                f.write_str(":")?;
                stop.map_or(Ok(()), |stop| write!(f, "{stop}"))?;
                if step == 1 { Ok(()) } else { write!(f, ":{step}") }
            }
            Self::Ellipsis => f.write_str("..."),
            Self::NewAxis => f.write_str("None"),
        }
    }
}

impl fmt::Display for Slice {
    /// As it is written in Python, without the brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

impl FromStr for Slice {
    type Err = Error;

    /// Parses a NumPy index, with or without its brackets. Empty text is the whole array.
    ///
    /// # Errors
    /// `InvalidInput`, naming the text found, if it is not one of NumPy's basic indexes.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).trim();
        // One comma may follow the last item, as in Python's tuples.
        let inner = inner.strip_suffix(',').filter(|rest| !rest.trim().is_empty()).unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self::default());
        }
        let items = inner.split(',').map(|part| item(part.trim()));
        Ok(Self(items.collect::<Result<_, _>>()?))
    }
}

fn item(text: &str) -> Result<SliceItem, Fault> {
    match text {
        "..." | "Ellipsis" => return Ok(SliceItem::Ellipsis),
        "None" | "newaxis" | "np.newaxis" | "numpy.newaxis" => return Ok(SliceItem::NewAxis),
        _ => {}
    }
    let other = || Fault::NotAnIndex(text.chars().take(80).collect());
    if !text.contains(':') {
        let index = integer(text).ok_or_else(other)?;
        let fits = index.to_i64().and_then(|index| isize::try_from(index).ok());
        return fits.map(SliceItem::Index).ok_or_else(|| Fault::IndexSize(text.chars().take(80).collect()));
    }
    let mut bounds = text.split(':').map(|part| match part.trim() {
        "" | "None" => Ok(None),
        // Beyond any axis is beyond any axis.
        part => integer(part).map(|bound| Some(clamped(&bound))).ok_or_else(other),
    });
    let mut next = || bounds.next().transpose();
    let (start, stop, step) = (next()?.flatten(), next()?.flatten(), next()?.flatten());
    if next()?.is_some() {
        return Err(other());
    }
    match step.unwrap_or(1) {
        0 => Err(Fault::ZeroStep),
        step => Ok(SliceItem::Range { start, stop, step }),
    }
}

/// The nearest number that `isize` holds.
fn clamped(bound: &Int) -> isize {
    let ends = if bound.is_negative() { isize::MIN } else { isize::MAX };
    bound.to_i64().and_then(|bound| isize::try_from(bound).ok()).unwrap_or(ends)
}

/// An integer as Python writes it.
fn integer(text: &str) -> Option<Int> {
    match parse(text, Dialect::Python3).ok()?.literal.value {
        Value::Int(value) => Some(value),
        _ => None,
    }
}

/// The most axes that NumPy's arrays have.
const MOST_AXES: usize = 64;

impl DynArray {
    /// The elements that `items` select, in the same memory.
    ///
    /// # Errors
    /// `InvalidInput`, in NumPy's words, if an index lies outside its axis, if there are more indexes than axes, or
    /// more than one ellipsis.
    pub fn slice(&self, items: &[SliceItem]) -> Result<Self> {
        Ok(self.part(self.dtype.clone(), self.layout.sliced(items)?))
    }
}

impl Layout {
    /// The layout of the elements that `items` select.
    ///
    /// # Errors
    /// As [`DynArray::slice`].
    pub(crate) fn sliced(&self, items: &[SliceItem]) -> Result<Self> {
        Ok(sliced(self, items)?)
    }
}

fn sliced(layout: &Layout, items: &[SliceItem]) -> Result<Layout, Fault> {
    let indexes =
        items.iter().filter(|item| matches!(item, SliceItem::Index(_) | SliceItem::Range { .. })).count();
    let ndim = layout.shape.len();
    let Some(whole) = ndim.checked_sub(indexes) else {
        return Err(Fault::TooManyIndices { ndim, indexes });
    };
    if items.iter().filter(|item| **item == SliceItem::Ellipsis).count() > 1 {
        return Err(Fault::Ellipses);
    }
    let mut axes = layout.shape.iter().copied().zip(layout.strides.iter().copied()).enumerate();
    let mut out = Layout { shape: Vec::new(), strides: Vec::new(), offset: layout.offset };
    let mut offset = layout.offset as isize;
    let mut push = |size: usize, stride: isize| {
        out.shape.push(size);
        out.strides.push(stride);
    };
    for item in items {
        match *item {
            SliceItem::Ellipsis => {
                axes.by_ref().take(whole).for_each(|(_, (size, stride))| push(size, stride));
            }
            SliceItem::NewAxis => push(1, 0),
            SliceItem::Index(index) => {
                let Some((axis, (size, stride))) = axes.next() else { break };
                let from_start = if index < 0 { index.checked_add_unsigned(size) } else { Some(index) };
                let found = from_start.and_then(|index| usize::try_from(index).ok());
                let Some(found) = found.filter(|&found| found < size) else {
                    return Err(Fault::OutOfBounds { index: index.to_string(), axis, size });
                };
                offset += stride * found as isize;
            }
            SliceItem::Range { start, stop, step } => {
                let Some((_, (size, stride))) = axes.next() else { break };
                let (first, count) = range(start, stop, step, size).ok_or(Fault::ZeroStep)?;
                if count > 0 {
                    offset += stride * first as isize;
                }
                push(count, if count > 1 { stride * step } else { stride });
            }
        }
    }
    axes.for_each(|(_, (size, stride))| push(size, stride));
    if out.shape.len() > MOST_AXES {
        return Err(Fault::TooManyAxes(out.shape.len()));
    }
    // Without elements there is no first one, and the offset is meaningless.
    if !out.shape.contains(&0) {
        out.offset = offset as usize;
    }
    Ok(out)
}

/// The first element of a range of an axis of `size`, and how many it has: Python's `slice.indices`. Nothing for a step of 0.
pub(crate) fn range(
    start: Option<isize>,
    stop: Option<isize>,
    step: isize,
    size: usize,
) -> Option<(usize, usize)> {
    if step == 0 {
        return None;
    }
    let size = size as isize;
    let (least, most) = if step < 0 { (-1, size - 1) } else { (0, size) };
    let bound = |bound: isize| {
        let from_start = if bound < 0 { bound.saturating_add(size) } else { bound };
        from_start.clamp(least, most)
    };
    let (first, end) = match step < 0 {
        true => (start.map_or(most, bound), stop.map_or(least, bound)),
        false => (start.map_or(least, bound), stop.map_or(most, bound)),
    };
    let apart = if step < 0 { first - end } else { end - first };
    let count = if apart > 0 { (apart as usize).div_ceil(step.unsigned_abs()) } else { 0 };
    Some((first.max(0) as usize, count))
}
