//! The parts of a file that a selection of its elements touches, and how to read no more than them.

use std::io;

use super::contents::Contents;
use crate::Order;
use crate::array::{Layout, Then};
use crate::source::{ReadAt, read_parallel};

/// Reading so many bytes that nobody wants costs no more than another call to the system.
const GAP: usize = 16 << 10;

/// The most that one read brings that is not wanted whole.
const WINDOW: usize = 256 << 10;

/// Which elements along one axis: `count` of them from `start` on, each `step` after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pick {
    pub(crate) start: usize,
    pub(crate) step: usize,
    pub(crate) count: usize,
}

/// Blocks of `block` bytes each, in the order of the file.
#[derive(Debug, Clone)]
pub struct Blocks {
    starts: Layout,
    block: usize,
}

impl Blocks {
    /// Where the picked elements of `contents` stand, whose data start at `offset`: one pick an axis, all of them inside
    /// the shape.
    pub(crate) fn of(contents: &Contents, offset: usize, picks: &[Pick]) -> Self {
        let itemsize = contents.dtype.itemsize();
        let all = Layout::contiguous(&contents.shape, itemsize, contents.order);
        let mut axes: Vec<(&Pick, usize, isize)> = picks
            .iter()
            .zip(contents.shape.iter().zip(&all.strides))
            .map(|(pick, (&len, &stride))| (pick, len, stride))
            .collect();
        if contents.order == Order::Fortran {
            axes.reverse();
        }
        let mut starts = Layout { shape: Vec::new(), strides: Vec::new(), offset };
        for (pick, _, stride) in &axes {
            starts.offset += if pick.count == 0 { 0 } else { pick.start * stride.unsigned_abs() };
        }
        // From the fastest axis outwards, as long as what is picked stands side by side.
        let mut block = itemsize;
        while let Some(&(pick, len, _)) = axes.last() {
            if pick.step != 1 && pick.count != 1 {
                break;
            }
            block *= pick.count;
            axes.pop();
            if pick.count != len {
                break;
            }
        }
        for (pick, _, stride) in axes {
            starts.shape.push(pick.count);
            starts.strides.push(stride * pick.step as isize);
        }
        Self { starts, block }
    }

    /// Where the block starts, if there is just one.
    pub(crate) fn single(&self) -> Option<usize> {
        self.starts.shape.iter().all(|&count| count == 1).then_some(self.starts.offset)
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
            while let Some(next) =
                starts.next_if(|&next| next <= end + GAP && next + self.block <= first + WINDOW)
            {
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
