//! Memory layout of an array: shape, strides and the offset of the first element.

use crate::array::DynArray;
use crate::array::error::Fault;
use crate::{DType, Error, ErrorKind, Result};

/// Memory order: the index that varies fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// The last: rows of a matrix are contiguous. NumPy's default.
    #[default]
    C,
    /// The first: columns are contiguous.
    Fortran,
}

/// Shape, strides in bytes, and the byte at which element `[0, 0, ...]` starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<isize>,
    pub(crate) offset: usize,
}

/// The number of bytes of `shape` elements of `itemsize` bytes each.
///
/// # Errors
/// `LimitExceeded` if it passes what the address space can hold.
pub(crate) fn byte_len(shape: &[usize], itemsize: usize) -> Result<usize> {
    let overflow = || {
        Error::new(
            ErrorKind::LimitExceeded,
            format!("an array of shape {shape:?} of {itemsize} bytes each is larger than the address space"),
        )
    };
    if shape.contains(&0) || itemsize == 0 {
        // NumPy still refuses a shape whose other axes overflow; their product is checked without the zeros.
        let mut rest = shape.iter().filter(|&&axis| axis != 0);
        let bytes = rest.try_fold(itemsize.max(1), |all, &axis| all.checked_mul(axis));
        return match bytes.filter(|&bytes| isize::try_from(bytes).is_ok()) {
            Some(_) => Ok(0),
            None => Err(overflow()),
        };
    }
    let bytes = shape.iter().try_fold(itemsize, |all, &axis| all.checked_mul(axis));
    bytes.filter(|&bytes| isize::try_from(bytes).is_ok()).ok_or_else(overflow)
}

impl Layout {
    /// Elements side by side in `order`, from the first byte on. The byte length must have been checked by
    /// [`byte_len`].
    pub(crate) fn contiguous(shape: &[usize], itemsize: usize, order: Order) -> Self {
        let mut strides = vec![0; shape.len()];
        let mut step = itemsize as isize;
        let mut set = |stride: &mut isize, axis: usize| {
            *stride = step;
            step = step.saturating_mul(axis.max(1) as isize);
        };
        let pairs = strides.iter_mut().zip(shape);
        match order {
            Order::C => pairs.rev().for_each(|(stride, &axis)| set(stride, axis)),
            Order::Fortran => pairs.for_each(|(stride, &axis)| set(stride, axis)),
        }
        Self { shape: shape.to_vec(), strides, offset: 0 }
    }

    /// Number of elements.
    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// True if the elements are contiguous in `order`. Axes of length 1, and arrays without elements, do not matter.
    pub(crate) fn is_contiguous(&self, itemsize: usize, order: Order) -> bool {
        if self.shape.contains(&0) {
            return true;
        }
        let mut step = itemsize as isize;
        let mut fits = |(&axis, &stride): (&usize, &isize)| {
            let fits = axis == 1 || stride == step;
            step = step.saturating_mul(axis as isize);
            fits
        };
        let mut pairs = self.shape.iter().zip(&self.strides);
        match order {
            Order::C => pairs.rev().all(&mut fits),
            Order::Fortran => pairs.all(&mut fits),
        }
    }

    /// The byte at which each element starts, the last index varying fastest (or the first, for Fortran order).
    pub(crate) fn offsets(&self, order: Order) -> Offsets {
        let axes = self.shape.iter().copied().zip(self.strides.iter().copied());
        let mut axes: Vec<Axis> = axes.map(|(len, stride)| Axis { len, stride, index: 0 }).collect();
        if order == Order::Fortran {
            axes.reverse();
        }
        Offsets { axes, next: self.offset as isize, left: self.size() }
    }
}

/// See [`Layout::offsets`].
#[derive(Debug, Clone)]
pub(crate) struct Offsets {
    axes: Vec<Axis>,
    next: isize,
    left: usize,
}

#[derive(Debug, Clone)]
struct Axis {
    len: usize,
    stride: isize,
    index: usize,
}

impl Iterator for Offsets {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let found = self.next;
        for axis in self.axes.iter_mut().rev() {
            axis.index += 1;
            self.next += axis.stride;
            if axis.index < axis.len {
                break;
            }
            self.next -= axis.stride * axis.len as isize;
            axis.index = 0;
        }
        Some(found as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Offsets {}

impl DynArray {
    /// Another arrangement of the same memory.
    pub(crate) fn part(&self, dtype: DType, layout: Layout) -> Self {
        Self { dtype, layout, data: self.data.clone(), objects: self.objects.clone() }
    }

    /// The axes in reverse: NumPy's `a.T`.
    ///
    /// ```
    /// use numio::DynArray;
    ///
    /// let array = DynArray::from(ndarray::array![[1_u8, 2, 3]]);
    /// assert_eq!(array.t().shape(), [3, 1]);
    /// ```
    pub fn t(&self) -> Self {
        let mut layout = self.layout.clone();
        layout.shape.reverse();
        layout.strides.reverse();
        self.part(self.dtype.clone(), layout)
    }

    /// The axes in another order: NumPy's `a.transpose(axes)`.
    ///
    /// # Errors
    /// `InvalidInput` if `axes` does not name each axis once.
    pub fn permuted_axes(&self, axes: &[usize]) -> Result<Self> {
        let mut layout = Layout { shape: Vec::new(), strides: Vec::new(), offset: self.layout.offset };
        let refused = || Fault::Axes { axes: axes.to_vec(), ndim: self.ndim() };
        let mut seen = vec![false; self.ndim()];
        for &axis in axes {
            let found = self.shape().get(axis).zip(self.strides().get(axis)).zip(seen.get_mut(axis));
            let ((&size, &stride), seen) = found.ok_or_else(refused)?;
            if std::mem::replace(seen, true) {
                return Err(refused().into());
            }
            layout.shape.push(size);
            layout.strides.push(stride);
        }
        if axes.len() != self.ndim() {
            return Err(refused().into());
        }
        Ok(self.part(self.dtype.clone(), layout))
    }

    /// The same elements, counted with the last index varying fastest, in another shape. Memory is shared if the
    /// elements are in that order, and copied otherwise.
    ///
    /// # Errors
    /// `InvalidInput` if the shape has another number of elements; `Io` if memory for a copy does not suffice.
    ///
    /// ```
    /// use numio::DynArray;
    ///
    /// let array = DynArray::from(ndarray::array![[1_u8, 2, 3], [4, 5, 6]]);
    /// assert_eq!(array.reshape(&[3, 2])?.slice(&"2".parse::<numio::Slice>()?)?.as_bytes(), Some(&[5, 6][..]));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn reshape(&self, shape: &[usize]) -> Result<Self> {
        let size = shape.iter().try_fold(1_usize, |all, &axis| all.checked_mul(axis));
        if size != Some(self.size()) {
            return Err(Fault::Reshape { size: self.size(), shape: shape.to_vec() }.into());
        }
        let itemsize = self.dtype.itemsize();
        let source = self.contiguous_in(Order::C)?;
        let layout = Layout { offset: source.layout.offset, ..Layout::contiguous(shape, itemsize, Order::C) };
        Ok(source.part(self.dtype.clone(), layout))
    }

    /// One field of each record, in the same memory; a title finds it too. A field that is a small array adds its axes.
    ///
    /// # Errors
    /// `NotFound` if there is no such field.
    ///
    /// ```
    /// use numio::{DType, DynArray, Order};
    ///
    /// let points = DynArray::zeros(DType::parse("f8, 3u1")?, &[2], Order::C)?;
    /// assert_eq!(points.field("f0")?.dtype(), &DType::FLOAT64);
    /// assert_eq!(points.field("f1")?.shape(), [2, 3]);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn field(&self, name: &str) -> Result<Self> {
        let found = self.dtype.as_record().and_then(|record| record.field(name));
        let Some(field) = found else {
            return Err(Fault::NoSuchField { name: name.to_owned(), dtype: self.dtype.clone() }.into());
        };
        let mut layout = self.layout.clone();
        layout.offset += field.offset;
        let DType::Subarray(subarray) = &field.dtype else {
            return Ok(self.part(field.dtype.clone(), layout));
        };
        let inner = Layout::contiguous(subarray.shape(), subarray.base().itemsize(), Order::C);
        layout.shape.extend(inner.shape);
        layout.strides.extend(inner.strides);
        Ok(self.part(subarray.base().clone(), layout))
    }
}

/// Bytes gathered before they are handed on. Small enough for the L2 cache, large enough that scattered reads use every
/// byte of a cache line.
const CHUNK: usize = 512 << 10;

/// Side of a transposed block, in elements: the cache lines of both axes fit the L1 cache, even if all of
/// them fall into the same set.
const TILE: usize = 8;

impl DynArray {
    /// Passes all elements' bytes to `take`, in `order`: in one chunk if memory has that order, else in chunks of
    /// whole elements. Elements of no bytes give no chunks.
    pub(crate) fn pieces<E>(
        &self,
        order: Order,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let itemsize = self.dtype.itemsize();
        if self.size() == 0 || itemsize == 0 {
            return Ok(());
        }
        pieces(&self.layout, itemsize, self.data.bytes(), order, take)
    }

    /// Writes all elements' bytes to `out`, in `order`.
    pub(crate) fn gather(&self, order: Order, out: &mut [u8]) {
        let itemsize = self.dtype.itemsize();
        if self.size() > 0 && itemsize > 0 {
            LayoutBlocks::new(&self.layout, itemsize, order).gather(self.data.bytes(), out);
        }
    }
}

/// The same for elements that `layout` places in `bytes`, of which there are some.
pub(crate) fn pieces<E>(
    layout: &Layout,
    itemsize: usize,
    bytes: &[u8],
    order: Order,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    LayoutBlocks::new(layout, itemsize, order).pieces(bytes, &mut Vec::new(), take)
}

/// Runs of bytes at regular distances: along each axis, the first varying slowest.
#[derive(Clone)]
struct LayoutBlocks {
    axes: Vec<GatherAxis>,
    start: isize,
    /// Bytes that are contiguous in both source and target.
    run: usize,
}

#[derive(Clone, Copy)]
struct GatherAxis {
    len: usize,
    /// Stride in the source.
    from: isize,
    /// Stride in the target.
    to: usize,
}

impl LayoutBlocks {
    fn new(layout: &Layout, itemsize: usize, order: Order) -> Self {
        let all = layout.shape.iter().copied().zip(layout.strides.iter().copied());
        let mut all: Vec<_> = all.filter(|&(len, _)| len != 1).collect();
        if order == Order::C {
            all.reverse();
        }
        // Starting with the fastest axis, merge each axis that continues the one before it.
        let mut axes: Vec<GatherAxis> = Vec::with_capacity(all.len());
        let mut run = itemsize;
        let mut to = itemsize;
        for (len, from) in all {
            match axes.last_mut() {
                None if from == run as isize => run *= len,
                Some(last) if from == last.from * last.len as isize => last.len *= len,
                _ => axes.push(GatherAxis { len, from, to }),
            }
            to *= len;
        }
        axes.reverse();
        Self { axes, start: layout.offset as isize, run }
    }

    /// See [`DynArray::pieces`].
    fn pieces<E>(
        &self,
        bytes: &[u8],
        buffer: &mut Vec<u8>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((first, rest)) = self.axes.split_first() else {
            return take(part(bytes, self.start, self.run));
        };
        // As many along the first axis as fit; if not even one does, each by itself.
        let fit = CHUNK / first.to;
        let inner = |index: usize, axes: Vec<GatherAxis>| Self {
            axes,
            start: self.start + first.from * index as isize,
            run: self.run,
        };
        if fit == 0 {
            return (0..first.len)
                .try_for_each(|index| inner(index, rest.to_vec()).pieces(bytes, buffer, take));
        }
        let mut index = 0;
        while index < first.len {
            let len = fit.min(first.len - index);
            let axes = [&[GatherAxis { len, ..*first }], rest].concat();
            buffer.resize(len * first.to, 0);
            inner(index, axes).gather(bytes, buffer);
            take(buffer)?;
            index += len;
        }
        Ok(())
    }

    /// Writes all runs one after another to `out`.
    fn gather(mut self, bytes: &[u8], out: &mut [u8]) {
        match self.run {
            1 => self.gather_items::<1>(bytes, out),
            2 => self.gather_items::<2>(bytes, out),
            4 => self.gather_items::<4>(bytes, out),
            8 => self.gather_items::<8>(bytes, out),
            16 => self.gather_items::<16>(bytes, out),
            run => self.each(&mut |from, to| {
                if let Some(out) = out.get_mut(to..).and_then(|out| out.get_mut(..run)) {
                    out.copy_from_slice(part(bytes, from, run));
                }
            }),
        }
    }

    /// The same for runs of a length that the compiler knows.
    fn gather_items<const N: usize>(&mut self, bytes: &[u8], out: &mut [u8]) {
        let last = self.axes.pop().unwrap_or(GatherAxis { len: 1, from: 0, to: N });
        let nearest =
            (0..self.axes.len()).min_by_key(|&axis| self.axes.get(axis).map(|axis| axis.from.abs()));
        let nearest =
            nearest.filter(|&axis| self.axes.get(axis).is_some_and(|axis| axis.from.abs() < last.from.abs()));
        let copy = |from: isize, to: usize, out: &mut [u8]| {
            let item = bytes.get(from as usize..).and_then(<[u8]>::first_chunk::<N>);
            let place = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<N>);
            if let (Some(item), Some(place)) = (item, place) {
                *place = *item;
            }
        };
        let Some(nearest) = nearest.map(|axis| self.axes.remove(axis)) else {
            self.each(&mut |from, to| {
                let mut from = from;
                for place in
                    out.get_mut(to..).unwrap_or_default().as_chunks_mut::<N>().0.iter_mut().take(last.len)
                {
                    if let Some(item) = bytes.get(from as usize..).and_then(<[u8]>::first_chunk::<N>) {
                        *place = *item;
                    }
                    from += last.from;
                }
            });
            return;
        };
        // Neighbours in the source are far apart in the target: tile by tile, each cache line is used up
        // before it is evicted.
        self.each(&mut |from, to| {
            for row in (0..nearest.len).step_by(TILE) {
                let rows = row..nearest.len.min(row + TILE);
                for column in (0..last.len).step_by(TILE) {
                    for column in column..last.len.min(column + TILE) {
                        let from = from + last.from * column as isize;
                        let to = to + last.to * column;
                        for row in rows.clone() {
                            copy(from + nearest.from * row as isize, to + nearest.to * row, out);
                        }
                    }
                }
            }
        });
    }

    /// Calls `visit` with the source and target offset of each run.
    fn each(&self, visit: &mut dyn FnMut(isize, usize)) {
        let mut indexes = vec![0; self.axes.len()];
        let (mut from, mut to) = (self.start, 0);
        loop {
            visit(from, to);
            let mut axes = self.axes.iter().zip(&mut indexes).rev();
            loop {
                let Some((axis, index)) = axes.next() else { return };
                *index += 1;
                from += axis.from;
                to += axis.to;
                if *index < axis.len {
                    break;
                }
                from -= axis.from * axis.len as isize;
                to -= axis.to * axis.len;
                *index = 0;
            }
        }
    }
}

fn part(bytes: &[u8], start: isize, len: usize) -> &[u8] {
    bytes.get(start as usize..).and_then(|rest| rest.get(..len)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_the_order_asked_for() {
        let layout = Layout::contiguous(&[2, 3], 8, Order::C);
        assert_eq!(layout.strides, [24, 8]);
        assert_eq!(layout.offsets(Order::C).collect::<Vec<_>>(), [0, 8, 16, 24, 32, 40]);
        assert_eq!(layout.offsets(Order::Fortran).collect::<Vec<_>>(), [0, 24, 8, 32, 16, 40]);
        assert_eq!(Layout::contiguous(&[], 8, Order::C).offsets(Order::C).collect::<Vec<_>>(), [0]);
        assert_eq!(Layout::contiguous(&[2, 0], 8, Order::C).offsets(Order::C).len(), 0);
    }

    #[test]
    fn contiguity_ignores_axes_of_one() {
        let layout = Layout { shape: vec![1, 3], strides: vec![999, 8], offset: 0 };
        assert!(layout.is_contiguous(8, Order::C) && layout.is_contiguous(8, Order::Fortran));
        let layout = Layout::contiguous(&[2, 3], 8, Order::Fortran);
        assert!(!layout.is_contiguous(8, Order::C) && layout.is_contiguous(8, Order::Fortran));
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn byte_lengths_that_overflow_are_refused() {
        assert_eq!(byte_len(&[2, 3], 8).unwrap(), 48);
        assert_eq!(byte_len(&[], 8).unwrap(), 8);
        assert_eq!(byte_len(&[0, 5], 8).unwrap(), 0);
        for shape in [&[usize::MAX, 2][..], &[1 << 62, 2], &[0, 1 << 62, 4]] {
            assert_eq!(byte_len(shape, 8).unwrap_err().kind(), ErrorKind::LimitExceeded);
        }
    }
}
