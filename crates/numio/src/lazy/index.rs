//! NumPy's indexes, from what the caller wrote to the loops that visit the elements
//! (`numpy/_core/src/multiarray/mapping.c`).

use crate::array::{Layout, range};
use crate::lazy::error::Fault;
use crate::{Order, Slice, SliceItem};

/// One part of an index of a [`LazyArray`](crate::LazyArray).
///
/// ```
/// use numio::Slice;
/// use numio::lazy::IndexItem;
///
/// let mut index: Vec<IndexItem> = "2:5, ::-1".parse::<Slice>()?.into();
/// index.push(vec![7, 0, 7].into()); // integers, along the third axis
/// assert_eq!(index.len(), 3);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexItem {
    /// An integer, a range, `...` or a new axis.
    Basic(SliceItem),
    /// An array of integers, its values in C order; negative ones count from the end of the axis.
    Integers {
        /// The shape of the array.
        shape: Vec<usize>,
        /// Its values.
        values: Vec<i64>,
    },
    /// A mask over as many axes as its shape has, its values in C order.
    Mask {
        /// The shape of the mask: those of the axes that it selects from.
        shape: Vec<usize>,
        /// Its values.
        values: Vec<bool>,
    },
}

impl From<SliceItem> for IndexItem {
    fn from(item: SliceItem) -> Self {
        Self::Basic(item)
    }
}

/// A whole index, from NumPy's text of it.
impl From<Slice> for Vec<IndexItem> {
    fn from(index: Slice) -> Self {
        index.0.into_iter().map(IndexItem::Basic).collect()
    }
}

/// Integers of one axis.
impl From<Vec<i64>> for IndexItem {
    fn from(values: Vec<i64>) -> Self {
        Self::Integers { shape: vec![values.len()], values }
    }
}

/// A mask of one axis.
impl From<Vec<bool>> for IndexItem {
    fn from(values: Vec<bool>) -> Self {
        Self::Mask { shape: vec![values.len()], values }
    }
}

/// The most axes of NumPy's arrays.
const MOST_AXES: usize = 64;

/// The elements that an index selects: the shape of the result, and the offsets of its elements.
#[derive(Debug)]
pub(crate) struct Selection {
    /// The shape of the result.
    pub(crate) shape: Vec<usize>,
    /// Order of the result in memory.
    pub(crate) order: Order,
    /// The offset of the element to which all loops' offsets are added.
    pub(crate) base: i64,
    /// The loops over the result, the slowest first.
    pub(crate) loops: Vec<Loop>,
}

/// The offsets along an axis of the result, or along several that an index array makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Loop {
    Stride { count: usize, stride: i64 },
    Table(Vec<i64>),
}

impl Loop {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Stride { count, .. } => *count,
            Self::Table(offsets) => offsets.len(),
        }
    }

    pub(crate) fn offset(&self, index: usize) -> i64 {
        match self {
            Self::Stride { stride, .. } => stride.wrapping_mul(index as i64),
            Self::Table(offsets) => offsets.get(index).copied().unwrap_or_default(),
        }
    }
}

/// The offsets that one index array adds, and its shape.
struct IndexOffsets {
    shape: Vec<usize>,
    values: Vec<i64>,
    /// The number of axes that it indexes: of a mask NumPy makes an array of integers for each.
    axes: usize,
}

/// The position of the axes that index arrays make among those of the result.
#[derive(PartialEq)]
enum AxesPosition {
    /// There is no index array yet.
    None,
    /// At this axis; the last item was one.
    At(usize),
    /// At this axis; another item came after.
    Behind(usize),
    /// Index arrays with others between them: their axes come first.
    First,
}

impl AxesPosition {
    fn advanced(&mut self, axis: usize) {
        *self = match self {
            Self::None => Self::At(axis),
            Self::At(first) => Self::At(*first),
            Self::Behind(_) | Self::First => Self::First,
        };
    }

    fn basic(&mut self) {
        if let Self::At(axis) = *self {
            *self = Self::Behind(axis);
        }
    }
}

/// Resolves an index of an array of this shape, order and element size. Every offset lies within the array.
///
/// # Errors
/// NumPy's, in its words.
pub(crate) fn select(
    items: &[IndexItem],
    shape: &[usize],
    order: Order,
    itemsize: usize,
) -> Result<Selection, Fault> {
    let consumed = |item: &IndexItem| match item {
        IndexItem::Basic(SliceItem::Index(_) | SliceItem::Range { .. }) | IndexItem::Integers { .. } => 1,
        IndexItem::Mask { shape, .. } => shape.len(),
        IndexItem::Basic(SliceItem::Ellipsis | SliceItem::NewAxis) => 0,
    };
    let indexes = items.iter().map(consumed).sum();
    let ndim = shape.len();
    let Some(whole) = ndim.checked_sub(indexes) else {
        return Err(Fault::TooManyIndices { ndim, indexes });
    };
    if items.iter().filter(|item| matches!(item, IndexItem::Basic(SliceItem::Ellipsis))).count() > 1 {
        return Err(Fault::Ellipses);
    }
    let is_advanced = items.iter().any(|item| !matches!(item, IndexItem::Basic(_)));
    // Without elements no offset is used, and strides might not be numbers that mean something.
    let strides = Layout::contiguous(shape, itemsize, order).strides;
    let mut axes = shape.iter().copied().zip(strides.iter().map(|&stride| stride as i64)).enumerate();
    let mut base = 0_i64;
    let mut dims: Vec<(usize, i64)> = Vec::new();
    let mut position = AxesPosition::None;
    let mut arrays: Vec<IndexOffsets> = Vec::new();
    // An index out of bounds is an error only if an element of the result needs it.
    let mut outside = None;
    // Masks are compared with their axes first, then integers and ranges are looked at from left to right.
    let mut wrong = None;
    for item in items {
        match item {
            IndexItem::Basic(SliceItem::Ellipsis) => {
                position.basic();
                dims.extend(axes.by_ref().take(whole).map(|(_, axis)| axis));
            }
            IndexItem::Basic(SliceItem::NewAxis) => {
                position.basic();
                dims.push((1, 0));
            }
            IndexItem::Basic(SliceItem::Range { start, stop, step }) => {
                position.basic();
                let Some((_, (size, stride))) = axes.next() else { break };
                let Some((first, count)) = range(*start, *stop, *step, size) else {
                    wrong.get_or_insert(Fault::ZeroStep);
                    continue;
                };
                if count > 0 {
                    base = base.wrapping_add(stride.wrapping_mul(first as i64));
                }
                dims.push((count, if count > 1 { stride.wrapping_mul(*step as i64) } else { stride }));
            }
            IndexItem::Basic(SliceItem::Index(index)) => {
                let Some((axis, (size, stride))) = axes.next() else { break };
                if is_advanced {
                    position.advanced(dims.len());
                }
                match offset(*index as i64, axis, size, stride) {
                    Ok(offset) => base = base.wrapping_add(offset),
                    Err(fault) => {
                        wrong.get_or_insert(fault);
                    }
                }
            }
            IndexItem::Integers { shape, values } => {
                let Some((axis, (size, stride))) = axes.next() else { break };
                check_count(shape, values.len())?;
                position.advanced(dims.len());
                let values = values.iter().map(|&index| {
                    offset(index, axis, size, stride).unwrap_or_else(|fault| {
                        outside.get_or_insert(fault);
                        0
                    })
                });
                arrays.push(IndexOffsets { shape: shape.clone(), values: values.collect(), axes: 1 });
            }
            IndexItem::Mask { shape, values } => {
                check_count(shape, values.len())?;
                position.advanced(dims.len());
                let masked: Vec<(usize, (usize, i64))> = axes.by_ref().take(shape.len()).collect();
                arrays.push(selected(shape, values, &masked)?);
            }
        }
    }
    if let Some(fault) = wrong {
        return Err(fault);
    }
    dims.extend(axes.map(|(_, axis)| axis));
    let mut result: Vec<usize> = dims.iter().map(|&(count, _)| count).collect();
    let mut loops: Vec<Loop> =
        dims.into_iter().map(|(count, stride)| Loop::Stride { count, stride }).collect();
    let mut order = order;
    if is_advanced {
        let (shape, table) = broadcast(arrays)?;
        if let Some(fault) = outside.filter(|_| !table.is_empty()) {
            return Err(fault);
        }
        let at = match position {
            AxesPosition::At(axis) | AxesPosition::Behind(axis) => axis,
            AxesPosition::None | AxesPosition::First => 0,
        };
        if shape.len() != 1 {
            // The table is in C order.
            order = Order::C;
        }
        loops.insert(at.min(loops.len()), Loop::Table(table));
        let at = at.min(result.len());
        result.splice(at..at, shape);
    }
    if result.len() > MOST_AXES {
        return Err(Fault::TooManyAxes(result.len()));
    }
    if order == Order::Fortran {
        loops.reverse();
    }
    Ok(Selection { shape: result, order, base, loops })
}

/// The whole of an array of this shape.
pub(crate) fn whole(shape: &[usize], order: Order, itemsize: usize) -> Selection {
    let strides = Layout::contiguous(shape, itemsize, order).strides;
    let pairs = shape.iter().zip(strides);
    let mut loops: Vec<Loop> =
        pairs.map(|(&count, stride)| Loop::Stride { count, stride: stride as i64 }).collect();
    if order == Order::Fortran {
        loops.reverse();
    }
    Selection { shape: shape.to_vec(), order, base: 0, loops }
}

fn check_count(shape: &[usize], found: usize) -> Result<(), Fault> {
    match shape.iter().try_fold(1_usize, |all, &axis| all.checked_mul(axis)) {
        Some(wanted) if wanted == found => Ok(()),
        _ => Err(Fault::ValueCount { shape: shape.to_vec(), found }),
    }
}

/// The offset of an index into an axis.
fn offset(index: i64, axis: usize, size: usize, stride: i64) -> Result<i64, Fault> {
    let found = if index < 0 { index.checked_add_unsigned(size as u64) } else { Some(index) };
    match found.and_then(|found| usize::try_from(found).ok()).filter(|&found| found < size) {
        Some(found) => Ok(stride.wrapping_mul(found as i64)),
        None => Err(Fault::OutOfBounds { index, axis, size }),
    }
}

/// The offsets of the elements that a mask selects.
fn selected(shape: &[usize], values: &[bool], axes: &[(usize, (usize, i64))]) -> Result<IndexOffsets, Fault> {
    for (&found, &(axis, (size, _))) in shape.iter().zip(axes) {
        // A mask without elements fits everything.
        if found != size && found > 0 {
            return Err(Fault::MaskLength { axis, size, found });
        }
    }
    let mut offsets = Vec::new();
    let mut index = vec![0_usize; shape.len()];
    let mut at = 0_i64;
    for &is_selected in values {
        if is_selected {
            offsets.push(at);
        }
        for ((index, &size), &(_, (_, stride))) in index.iter_mut().zip(shape).zip(axes).rev() {
            *index += 1;
            at = at.wrapping_add(stride);
            if *index < size {
                break;
            }
            at = at.wrapping_sub(stride.wrapping_mul(*index as i64));
            *index = 0;
        }
    }
    Ok(IndexOffsets { shape: vec![offsets.len()], values: offsets, axes: shape.len().max(1) })
}

/// The common shape of all index arrays, and the sum of their offsets for each of its elements, in C order.
fn broadcast(mut arrays: Vec<IndexOffsets>) -> Result<(Vec<usize>, Vec<i64>), Fault> {
    if let [only] = arrays.as_mut_slice() {
        return Ok((std::mem::take(&mut only.shape), std::mem::take(&mut only.values)));
    }
    let shapes =
        || arrays.iter().flat_map(|array| std::iter::repeat_n(array.shape.clone(), array.axes)).collect();
    let rank = arrays.iter().map(|array| array.shape.len()).max().unwrap_or_default();
    let mut shape = vec![1_usize; rank];
    for array in &arrays {
        for (common, &axis) in shape.iter_mut().rev().zip(array.shape.iter().rev()) {
            match (*common, axis) {
                (one, other) if one == other => {}
                (1, other) => *common = other,
                (_, 1) => {}
                _ => return Err(Fault::Broadcast(shapes())),
            }
        }
    }
    let count = shape.iter().try_fold(1_usize, |all, &axis| all.checked_mul(axis));
    let count = count.ok_or_else(|| Fault::Broadcast(shapes()))?;
    let mut sums = Vec::new();
    if sums.try_reserve_exact(count).is_err() {
        return Err(Fault::Broadcast(shapes()));
    }
    sums.resize(count, 0_i64);
    for array in &arrays {
        let mut strides = vec![0_usize; rank];
        let mut step = 1;
        for (stride, &axis) in strides.iter_mut().rev().zip(array.shape.iter().rev()) {
            *stride = if axis == 1 { 0 } else { step };
            step *= axis;
        }
        let mut index = vec![0_usize; rank];
        let mut at = 0_usize;
        for sum in &mut sums {
            *sum = sum.wrapping_add(array.values.get(at).copied().unwrap_or_default());
            for ((index, &axis), &stride) in index.iter_mut().zip(&shape).zip(&strides).rev() {
                *index += 1;
                at += stride;
                if *index < axis {
                    break;
                }
                at -= stride * *index;
                *index = 0;
            }
        }
    }
    Ok((shape, sums))
}
