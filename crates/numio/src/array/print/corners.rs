//! Which elements of an array are printed: all of them, or those near the ends of each axis.

use std::ops::Range;

use crate::array::layout::{Layout, Order};

/// Elements of an array in C order, by the byte at which each starts; of a summarised axis only both ends.
#[derive(Debug, Clone)]
pub(super) struct Corners {
    pub(super) axes: Vec<Axis>,
    pub(super) offset: isize,
}

/// One axis: its length, the bytes between its elements, and how many of them are shown at either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) len: usize,
    pub(super) stride: isize,
    /// Nothing where all are shown.
    pub(super) edge: Option<usize>,
}

impl Axis {
    /// An axis of an array that is summarised to `edge` elements at either end, if it is.
    pub(super) fn new(len: usize, stride: isize, edge: Option<usize>) -> Self {
        Self { len, stride, edge: edge.filter(|edge| edge.saturating_mul(2) < len) }
    }

    /// The bytes from the axis' start to element `index`, which must be below its length.
    pub(super) fn step(self, index: usize) -> isize {
        self.stride.wrapping_mul(index as isize)
    }

    /// The indexes at the start and at the end: all are at the end where the axis is not summarised.
    pub(super) fn ends(self) -> (Range<usize>, Range<usize>) {
        match self.edge {
            Some(edge) => (0..edge, self.len - edge..self.len),
            None => (0..0, 0..self.len),
        }
    }

    /// The index after `index` that is shown.
    fn after(self, index: usize) -> usize {
        match self.edge {
            // As in NumPy, where no element at the ends is shown, all count for the widths of columns.
            Some(edge) if edge > 0 && index + 1 == edge => self.len - edge,
            _ => index + 1,
        }
    }
}

impl Corners {
    /// All elements of a C-contiguous array that starts at byte 0.
    pub(super) fn contiguous(shape: &[usize], itemsize: usize) -> Self {
        let strides = Layout::contiguous(shape, itemsize, Order::C).strides;
        let axes = shape.iter().zip(strides).map(|(&len, stride)| Axis::new(len, stride, None));
        Self { axes: axes.collect(), offset: 0 }
    }

    /// The same elements, some bytes further.
    pub(super) fn moved(&self, bytes: usize) -> Self {
        Self { axes: self.axes.clone(), offset: self.offset.wrapping_add(bytes as isize) }
    }

    /// The elements of the arrays that stand where these elements do.
    pub(super) fn nested(&self, inner: &Self) -> Self {
        Self { axes: [self.axes.as_slice(), &inner.axes].concat(), offset: self.offset }
    }

    /// Passes on the byte at which each element starts.
    pub(super) fn each(&self, visit: &mut dyn FnMut(usize)) {
        if self.axes.iter().any(|axis| axis.len == 0) {
            return;
        }
        let mut indexes = vec![0; self.axes.len()];
        let mut at = self.offset;
        loop {
            visit(at as usize);
            let mut done = true;
            for (axis, index) in self.axes.iter().zip(&mut indexes).rev() {
                let next = axis.after(*index);
                at = at.wrapping_sub(axis.step(*index));
                if next < axis.len {
                    *index = next;
                    at = at.wrapping_add(axis.step(next));
                    done = false;
                    break;
                }
                *index = 0;
            }
            if done {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(axes: &[(usize, isize)], edge: Option<usize>) -> Vec<usize> {
        let axes = axes.iter().map(|&(len, stride)| Axis::new(len, stride, edge)).collect();
        let mut found = Vec::new();
        Corners { axes, offset: 0 }.each(&mut |offset| found.push(offset));
        found
    }

    #[test]
    fn only_the_ends_of_long_axes_are_visited() {
        assert_eq!(offsets(&[(2, 100), (9, 1)], Some(2)), [0, 1, 7, 8, 100, 101, 107, 108]);
        assert_eq!(offsets(&[(4, 1)], Some(2)), [0, 1, 2, 3]);
        assert_eq!(offsets(&[(3, 1)], None), [0, 1, 2]);
        assert_eq!(offsets(&[(1 << 40, 1)], Some(1)), [0, (1 << 40) - 1]);
        assert_eq!(offsets(&[], Some(1)), [0]);
        assert!(offsets(&[(0, 1), (2, 1)], None).is_empty());
    }
}
