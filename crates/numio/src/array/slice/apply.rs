//! What a slice selects.

use super::SliceItem;
use crate::Result;
use crate::array::error::Fault;
use crate::array::{DynArray, Layout};

/// The most axes that NumPy's arrays have.
const MOST_AXES: usize = 64;

impl DynArray {
    /// The elements that `items` select, in the same memory.
    ///
    /// # Errors
    /// `InvalidInput`, in NumPy's words, where an index lies outside its axis, where there are more indexes than axes, or
    /// more than one ellipsis.
    pub fn slice(&self, items: &[SliceItem]) -> Result<Self> {
        Ok(self.part(self.dtype.clone(), self.layout.sliced(items)?))
    }
}

impl Layout {
    /// Where the elements are that `items` select.
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
                let (first, count) = range(start, stop, step, size)?;
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
    // Without elements there is no first one, and the offset means nothing.
    if !out.shape.contains(&0) {
        out.offset = offset as usize;
    }
    Ok(out)
}

/// The first element of a range of an axis of `size`, and how many it has: Python's `slice.indices`.
fn range(
    start: Option<isize>,
    stop: Option<isize>,
    step: isize,
    size: usize,
) -> Result<(usize, usize), Fault> {
    if step == 0 {
        return Err(Fault::ZeroStep);
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
    Ok((first.max(0) as usize, count))
}
