//! A file cut into strips of whole lines, which all cores read and work on, and whose results come together in order.
//!
//! Each thread reads its own strips by position, into memory that stays in its core's cache. What one strip cannot be
//! told from its own bytes (a line that is longer than a strip, an error of the disk) is left to whoever reads on from
//! there.

use std::fs::File;

use crate::Result;
use crate::parallel::{Next, chunks, num_threads};
use crate::source::ReadAt;

/// Less than this is not worth another thread.
const BYTES_PER_THREAD: u64 = 64 << 10;

/// Bytes of a strip: small enough to stay in a core's cache with its rows, and to be handed out evenly.
const STRIP: usize = 64 << 10;

/// Strips are smaller where their rows take more memory than this,
const ROWS: usize = 1 << 20;

/// and no smaller than this.
const LEAST_STRIP: usize = 4 << 10;

/// Files of longer rows are read in order.
const LONGEST_ROW: usize = 1 << 20;

/// How much is read beyond a strip at first, for the end of its last line.
const BEYOND: usize = 4 << 10;

/// The part of a file that is to be read.
pub(super) struct Strips<'f> {
    file: &'f File,
    /// Where it starts, which is the start of a line, and where it ends.
    start: u64,
    end: u64,
    /// Bytes of one strip.
    size: usize,
}

/// Calls `make` on the lines of each strip, `merge` on what it made in the order of the file, and `finish` on what is to
/// be done then; all but `merge` on all cores. Where the strips were left early, the result is the place in the file
/// from which on lines are to be read.
///
/// # Errors
/// The first of `merge`.
pub(super) fn run<M: Send, T: Send>(
    strips: &Strips<'_>,
    make: impl Fn(&[u8]) -> M + Sync,
    mut merge: impl FnMut(M) -> Result<Next<T>> + Send,
    finish: impl Fn(T) + Sync,
) -> Result<Option<u64>> {
    let most = usize::try_from(strips.len() / BYTES_PER_THREAD).unwrap_or(usize::MAX).max(1);
    // Where the lines that have been merged end.
    let mut done = strips.start;
    let make =
        |index: usize, buffer: &mut Vec<u8>| strips.strip(index, buffer).map(|(end, text)| (end, make(text)));
    let merge = |(end, made)| {
        let next = merge(made)?;
        if !matches!(next, Next::Leave) {
            done = end;
        }
        Ok(next)
    };
    let left = chunks(num_threads().min(most), strips.count(), make, merge, finish)?;
    Ok(left.then_some(done))
}

impl<'f> Strips<'f> {
    /// The strips of what is in `file` from `start` on, where a line starts; `first` are the first lines there, and each row
    /// takes so many bytes of memory. `None` where rows are too long for strips.
    pub(super) fn new(file: &'f File, start: u64, first: &[u8], row_size: usize) -> Option<Self> {
        let end = file.metadata().map_or(start, |data| data.len());
        let lines = memchr::memchr_iter(b'\n', first).count().max(1);
        let row_len = (first.len() / lines).max(1);
        let size = STRIP.min(ROWS / row_size.max(1) * row_len).max(LEAST_STRIP).max(8 * row_len);
        (row_len <= LONGEST_ROW && start < end).then_some(Self { file, start, end, size })
    }

    /// About how many lines there are, and some more: those of a few places, and the first, stand for all.
    pub(super) fn lines(&self, first: &[u8]) -> u64 {
        const PLACES: u64 = 16;
        let lines_in = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
        let mut sample = vec![0; 4 << 10];
        let (mut lines, mut bytes) = (0, 0);
        if self.len() >= PLACES * 4 * sample.len() as u64 {
            for index in 0..PLACES {
                let at = self.start + self.len() / PLACES * index;
                if self.file.read_exact_at(&mut sample, at).is_ok() {
                    lines += lines_in(&sample);
                    bytes += sample.len();
                }
            }
        }
        let density = |lines: usize, bytes: usize| lines as f64 / bytes.max(1) as f64;
        let density = density(lines, bytes).max(density(lines_in(first), first.len()));
        (density * self.len() as f64 * 1.125) as u64 + 64
    }

    fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    fn count(&self) -> usize {
        usize::try_from(self.len().div_ceil(self.size as u64)).unwrap_or(usize::MAX)
    }

    /// The lines that start in strip `index`, and where they end in the file. `None` where that is not to be found out
    /// nearby, or reading fails.
    fn strip<'b>(&self, index: usize, buffer: &'b mut Vec<u8>) -> Option<(u64, &'b [u8])> {
        let start = self.start + index as u64 * self.size as u64;
        let end = start.saturating_add(self.size as u64).min(self.end);
        // The byte before tells whether a line starts where the strip does.
        let from = if index == 0 { start } else { start - 1 };
        let has = usize::try_from(end - from).ok()?;
        let mut beyond = BEYOND;
        loop {
            let len = usize::try_from(self.end.min(end + beyond as u64) - from).ok()?;
            if buffer.len() < len {
                buffer.resize(len, 0);
            }
            self.file.read_exact_at(buffer.get_mut(..len)?, from).ok()?;
            let text = buffer.get(..len)?;
            let last = if end == self.end {
                Some(len)
            } else {
                memchr::memchr(b'\n', text.get(has - 1..)?).map(|at| has + at)
            };
            match last {
                Some(last) => {
                    let first = match index {
                        0 => 0,
                        // Without an end of line, the strip lies within one that is not its own.
                        _ => memchr::memchr(b'\n', text.get(..last)?).map_or(last, |at| at + 1),
                    };
                    return Some((from + last as u64, buffer.get(first..last)?));
                }
                None if beyond < self.size => beyond = self.size,
                None => return None,
            }
        }
    }
}
