//! A text in chunks of whole lines, read and converted on all cores, with the results merged in order.
//!
//! Each thread reads its own chunks of a file by position, into memory that stays in its core's cache. If a chunk cannot be
//! decided from its own bytes (a line longer than a chunk, an I/O error), the sequential reader takes over from that
//! offset.

use crate::Result;
use crate::parallel::{Next, chunks, num_threads};
use crate::text::encoding::RandomAccess;

/// The minimum work per thread.
const BYTES_PER_THREAD: u64 = 64 << 10;

/// The size of a chunk: small enough to stay in a core's cache with its rows, and to balance the work.
const CHUNK: usize = 64 << 10;

/// Chunks shrink where their converted rows would take more memory than this.
const MAX_ROWS_BYTES: usize = 1 << 20;

/// The lower bound of that shrinking.
const MIN_CHUNK: usize = 4 << 10;

/// Texts with longer rows are read in order.
const LONGEST_ROW: usize = 1 << 20;

/// The number of bytes first read beyond a chunk, for the end of its last line.
const LOOKAHEAD: usize = 4 << 10;

/// The part of a text that is to be read.
pub(crate) struct ChunkedText<'t> {
    bytes: &'t RandomAccess<'t>,
    /// Its start, which is the start of a line, and its end.
    start: u64,
    end: u64,
    /// The size of one chunk.
    size: usize,
}

/// Calls `make` on the lines of each chunk, `merge` on the results in the order of the text, and `finish` on what
/// `merge` returns; all but `merge` on all cores. Where chunks were abandoned early, returns the offset from which
/// lines are to be read in order.
///
/// # Errors
/// The first of `merge`.
pub(crate) fn read_chunks<M: Send, T: Send>(
    chunked: &ChunkedText<'_>,
    make: impl Fn(&[u8]) -> M + Sync,
    mut merge: impl FnMut(M) -> Result<Next<T>> + Send,
    finish: impl Fn(T) + Sync,
) -> Result<Option<u64>> {
    let most = usize::try_from(chunked.len() / BYTES_PER_THREAD).unwrap_or(usize::MAX).max(1);
    // The end of the lines merged so far.
    let mut done = chunked.start;
    let make = |index: usize, buffer: &mut Vec<u8>| {
        chunked.chunk(index, buffer).map(|(end, text)| (end, make(text)))
    };
    let merge = |(end, made)| {
        let next = merge(made)?;
        if !matches!(next, Next::Leave) {
            done = end;
        }
        Ok(next)
    };
    let left = chunks(num_threads().min(most), chunked.count(), make, merge, finish)?;
    Ok(left.then_some(done))
}

impl<'t> ChunkedText<'t> {
    /// The chunks of `bytes` from `start` on, where a line starts; `first` are the first lines there, and `row_size` is
    /// the size of a converted row. `None` where rows are too long for chunks.
    pub(crate) fn new(
        bytes: &'t RandomAccess<'t>,
        start: u64,
        first: &[u8],
        row_size: usize,
    ) -> Option<Self> {
        let end = bytes.len().unwrap_or(start);
        let lines = memchr::memchr_iter(b'\n', first).count().max(1);
        let row_len = (first.len() / lines).max(1);
        let size = CHUNK.min(MAX_ROWS_BYTES / row_size.max(1) * row_len).max(MIN_CHUNK).max(8 * row_len);
        (row_len <= LONGEST_ROW && start < end).then_some(Self { bytes, start, end, size })
    }

    /// An estimate of the number of lines, rounded up, from the first lines and from samples.
    pub(crate) fn lines(&self, first: &[u8]) -> u64 {
        const PLACES: u64 = 16;
        let lines_in = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
        const SAMPLE: usize = 4 << 10;
        let mut buffer = Vec::new();
        let (mut lines, mut bytes) = (0, 0);
        if self.len() >= PLACES * 4 * SAMPLE as u64 {
            for index in 0..PLACES {
                let at = self.start + self.len() / PLACES * index;
                if self.bytes.read_at(at, SAMPLE, &mut buffer).is_ok()
                    && let Some(sample) = self.bytes.bytes_at(at, SAMPLE, &buffer)
                {
                    lines += lines_in(sample);
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

    /// The lines that start in chunk `index`, and where they end in the text. `None` where a line is longer than the
    /// chunk, or reading fails.
    fn chunk<'b>(&'b self, index: usize, buffer: &'b mut Vec<u8>) -> Option<(u64, &'b [u8])> {
        let start = self.start + index as u64 * self.size as u64;
        let end = start.saturating_add(self.size as u64).min(self.end);
        // The byte before the chunk tells whether a line starts with it.
        let from = if index == 0 { start } else { start - 1 };
        let has = usize::try_from(end - from).ok()?;
        let mut beyond = LOOKAHEAD;
        loop {
            let len = usize::try_from(self.end.min(end + beyond as u64) - from).ok()?;
            self.bytes.read_at(from, len, buffer).ok()?;
            let text = self.bytes.bytes_at(from, len, buffer)?;
            let last = if end == self.end {
                Some(len)
            } else {
                memchr::memchr(b'\n', text.get(has - 1..)?).map(|at| has + at)
            };
            match last {
                Some(last) => {
                    let first = match index {
                        0 => 0,
                        // Without a line end, the chunk lies within a line that an earlier one reads.
                        _ => memchr::memchr(b'\n', text.get(..last)?).map_or(last, |at| at + 1),
                    };
                    let lines = self.bytes.bytes_at(from, len, buffer)?.get(first..last)?;
                    return Some((from + last as u64, lines));
                }
                None if beyond < self.size => beyond = self.size,
                None => return None,
            }
        }
    }
}
