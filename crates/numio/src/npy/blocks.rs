//! The parts of a file that a selection of its elements touches, and how to read no more than them.

use std::io;

use crate::Order;
use crate::array::{Layout, Then};
use crate::source::{ReadAt, read_parallel};

/// Reading so many bytes that nobody wants costs no more than another call to the system.
const GAP: usize = 16 << 10;

/// The most that one read brings that is not wanted whole.
const WINDOW: usize = 256 << 10;

/// Blocks of `block` bytes each, in the order of the file.
#[derive(Debug, Clone)]
pub struct Blocks {
    starts: Layout,
    block: usize,
}

/// One axis of a selection.
struct Axis {
    count: usize,
    stride: isize,
    /// Which axis of the array it is.
    of: usize,
}

impl Blocks {
    /// Where the elements of `selected` stand in a file, of which each has `itemsize` bytes; and where each will stand
    /// when the blocks are side by side in memory.
    pub(crate) fn of(selected: &Layout, itemsize: usize) -> (Self, Layout) {
        let mut starts = Layout { shape: Vec::new(), strides: Vec::new(), offset: selected.offset };
        let mut placed = Layout { offset: 0, ..selected.clone() };
        let pairs = selected.shape.iter().zip(&selected.strides).enumerate();
        let mut axes: Vec<Axis> = pairs
            .map(|(of, (&count, &stride))| Axis { count, stride, of })
            .filter(|axis| axis.count != 1)
            .collect();
        if selected.shape.contains(&0) {
            return (Self { starts, block: 0 }, Layout::contiguous(&selected.shape, itemsize, Order::C));
        }
        // The slowest axis of the file first, whatever the order of the array's.
        axes.sort_by_key(|axis| std::cmp::Reverse(axis.stride.unsigned_abs()));
        let mut step = itemsize as isize;
        for axis in axes.iter().rev() {
            let back = (axis.count - 1) as isize;
            let backwards = axis.stride < 0;
            if let Some(stride) = placed.strides.get_mut(axis.of) {
                *stride = if backwards { -step } else { step };
            }
            if backwards {
                // Read forwards, and walked backwards in memory.
                starts.offset = starts.offset.saturating_add_signed(axis.stride * back);
                placed.offset = placed.offset.saturating_add_signed(step * back);
            }
            step *= axis.count as isize;
        }
        let mut block = itemsize;
        while let Some(axis) = axes.pop_if(|axis| axis.stride.unsigned_abs() == block) {
            block *= axis.count;
        }
        for axis in axes {
            starts.shape.push(axis.count);
            starts.strides.push(axis.stride.saturating_abs());
        }
        (Self { starts, block }, placed)
    }

    /// Where the block starts, if there is just one.
    pub(crate) fn single(&self) -> Option<usize> {
        self.starts.shape.is_empty().then_some(self.starts.offset)
    }

    /// Fills `buf`, which has room for all blocks, with them.
    ///
    /// # Errors
    /// As [`ReadAt::read_exact_at`].
    pub(crate) fn read(&self, source: &dyn ReadAt, buf: &mut [u8], then: Then<'_>) -> io::Result<()> {
        if self.block == 0 {
            return Ok(());
        }
        let mut starts = self.starts.offsets(Order::C).peekable();
        let mut rest = buf;
        let mut window = Vec::new();
        let mut group = Vec::new();
        while let Some(first) = starts.next() {
            group.clear();
            group.push(first);
            let mut end = first + self.block;
            let close = |next: &usize, end: usize| *next <= end + GAP && *next + self.block <= first + WINDOW;
            while let Some(next) = starts.next_if(|next| close(next, end)) {
                end = next + self.block;
                group.push(next);
            }
            let taken = (group.len() * self.block).min(rest.len());
            let (wanted, left) = rest.split_at_mut(taken);
            rest = left;
            if let [_] = group[..] {
                read_parallel(source, first as u64, wanted, then)?;
                continue;
            }
            window.resize(end - first, 0);
            source.read_exact_at(&mut window, first as u64)?;
            for (&start, block) in group.iter().zip(wanted.chunks_exact_mut(self.block)) {
                if let Some(found) = window.get(start - first..start - first + self.block) {
                    block.copy_from_slice(found);
                }
            }
            then(wanted);
        }
        Ok(())
    }
}
