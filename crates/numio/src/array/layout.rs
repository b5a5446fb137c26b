//! Where each element of an array stands: shape, strides and the first byte.

use crate::{Error, ErrorKind, Result};

/// Which index varies fastest in memory.
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
/// `LimitExceeded` where it passes what the address space can hold.
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

    /// How many elements there are.
    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the elements stand side by side in `order`. Axes of length 1, and arrays without elements, do not care.
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
