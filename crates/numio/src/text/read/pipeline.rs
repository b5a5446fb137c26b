//! The pipeline from a source to rows: chunks are read, converted on all cores, and merged in order.
//!
//! A front end says what it makes of a chunk ([`ConvertRows`]) and how the results come together ([`MergeRows`]).
//! Reading, threads, back-pressure, cancellation and the memory of the result are here.

use std::cell::RefCell;
use std::ops::ControlFlow;

use crate::Result;
use crate::array::Buffer;
use crate::error::headroom;
use crate::parallel::{Next, check, num_threads, ordered};
use crate::text::encoding::IsText;
use crate::text::read::build::{ElementStore, OutputBuffer, PendingCopy, Spares};
use crate::text::read::chunked_text::{ChunkedText, read_chunks};
use crate::text::read::dialect::Dialect;
use crate::text::read::lines::{TextChunk, TextSource};

/// Converts chunks of a text to rows, on any thread.
pub(crate) trait ConvertRows: Sync {
    /// The rows of a chunk.
    type Rows: Send;

    /// Bytes of a row's elements; 0 where they are not known yet.
    fn row_size(&self) -> usize;

    /// Returns whether every line end ends a row, so that chunks can be converted by themselves.
    fn is_splittable(&self) -> bool;

    /// Converts the rows of `chunk`, of which no more than `most` are wanted, and returns memory for another chunk.
    fn convert(&self, chunk: TextChunk, most: Option<u64>) -> (Self::Rows, Vec<u8>);

    /// Converts lines before they are decoded, into memory that may be reused. `None` where they are not text.
    fn convert_raw(&self, text: &[u8], is_text: IsText, spare: Vec<u8>) -> Option<Self::Rows>;
}

/// Brings the rows of chunks together, in the order of the text.
pub(crate) trait MergeRows: Send {
    type Rows: Send;

    /// The number of rows that are still wanted; `None` for all.
    fn left(&self) -> Option<u64>;

    /// Adds the rows of the next chunk, whose elements go into `output` while there is room.
    ///
    /// # Errors
    /// The first error in the rows, where it ends the reading.
    fn add<'b>(&mut self, rows: Self::Rows, output: Option<&mut OutputBuffer<'b>>) -> Result<Merged<'b>>;

    /// The elements so far.
    fn elements(&mut self) -> &mut ElementStore;
}

/// The outcome of adding the rows of a chunk.
pub(crate) struct Merged<'b> {
    /// True if more rows are wanted.
    pub(crate) goes_on: bool,
    pub(crate) copy: Option<PendingCopy<'b>>,
}

/// Memory that must be left before a chunk is converted on this thread: some, and more for each byte of the chunk, of
/// which fields are made.
const SMALL: usize = 1 << 19;
const PER_BYTE: usize = 16;

/// The reading of one text.
pub(crate) struct Pipeline<'d, 's> {
    pub(crate) source: TextSource<'s>,
    pub(crate) dialect: &'d Dialect,
    /// The chunk with the first row, which has been looked at.
    pub(crate) first: Option<TextChunk>,
    /// The greatest size of the array.
    pub(crate) max_array_bytes: u64,
}

impl Pipeline<'_, '_> {
    /// Reads all rows that are wanted. Where the text ended early, its source knows the reason.
    ///
    /// # Errors
    /// Those of `merged`; `Cancelled`; `OutOfMemory`.
    pub(crate) fn run<C, M>(&mut self, converter: &C, merged: &mut M) -> Result<()>
    where
        C: ConvertRows,
        M: MergeRows<Rows = C::Rows>,
    {
        // A caller's lines are taken one by one, and small texts take less time than starting another thread.
        if !self.source.is_stream() || self.source.is_at_end() {
            return self.in_turn(merged, |chunk, most| converter.convert(chunk, most));
        }
        if self.in_chunks(converter, merged)? { self.on_all_cores(converter, merged) } else { Ok(()) }
    }

    /// Reads chunk by chunk on this thread, on which the caller's converters must stay.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) fn in_turn<M: MergeRows>(
        &mut self,
        merged: &mut M,
        mut convert: impl FnMut(TextChunk, Option<u64>) -> (M::Rows, Vec<u8>),
    ) -> Result<()> {
        let mut spare = Vec::new();
        loop {
            let left = merged.left();
            if left == Some(0) {
                return Ok(());
            }
            let Some(chunk) = self.next(left, spare) else { return Ok(()) };
            check()?;
            headroom(SMALL.saturating_add(chunk.text.len().saturating_mul(PER_BYTE)))?;
            let (rows, text) = convert(chunk, left);
            if !merged.add(rows, None)?.goes_on {
                return Ok(());
            }
            spare = text;
        }
    }

    /// Reads and converts chunks of a file, or of a text in memory, on all cores. Returns whether rows are left to be read from the source.
    fn in_chunks<C, M>(&mut self, converter: &C, merged: &mut M) -> Result<bool>
    where
        C: ConvertRows,
        M: MergeRows<Rows = C::Rows>,
    {
        let bytes = self.source.random_access().filter(|_| converter.is_splittable());
        let Some((bytes, is_text, next)) = bytes else { return Ok(true) };
        let first = self.first.as_ref().map(TextChunk::rest).unwrap_or_default();
        let start = next.saturating_sub(first.len() as u64);
        let row_size = converter.row_size();
        let Some(chunked) = ChunkedText::new(&bytes, start, first, row_size) else { return Ok(true) };
        let most = merged.left().unwrap_or(u64::MAX);
        let wanted = chunked.lines(first).min(most);
        let wanted = wanted.saturating_mul(row_size as u64).min(self.max_array_bytes);
        // Only an estimate; blank lines can inflate it past available memory.
        let wanted = usize::try_from(wanted).unwrap_or(0);
        let mut buffer = Buffer::zeroed(wanted).or_else(|_| Buffer::zeroed(0))?;
        let (mut output, spares) = (OutputBuffer::new(buffer.bytes_mut()), Spares::default());
        let left = read_chunks(
            &chunked,
            |text| converter.convert_raw(text, is_text, spares.take()),
            |rows: Option<M::Rows>| {
                let Some(rows) = rows else { return Ok(Next::Leave) };
                let Merged { goes_on, copy } = merged.add(rows, Some(&mut output))?;
                Ok(if goes_on { Next::Go(copy) } else { Next::Stop(copy) })
            },
            |copy| spares.put(copy),
        )?;
        let used = output.used();
        buffer.truncate(used);
        merged.elements().place(buffer);
        self.first = None;
        self.source.seek(left);
        Ok(left.is_some())
    }

    /// This thread reads, and converts as the others do.
    fn on_all_cores<C, M>(&mut self, converter: &C, merged: &mut M) -> Result<()>
    where
        C: ConvertRows,
        M: MergeRows<Rows = C::Rows>,
    {
        let spares = RefCell::new(Vec::new());
        let next = || Ok(self.next(None, spares.borrow_mut().pop().unwrap_or_default()));
        let threads = num_threads();
        ordered(
            threads,
            2 * threads,
            next,
            |chunk| converter.convert(chunk, None),
            |(rows, text)| {
                spares.borrow_mut().push(text);
                let goes_on = merged.add(rows, None)?.goes_on;
                Ok(if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            },
        )
    }

    /// The next chunk, in the memory of `spare`; of a caller's lines no more than `lines`.
    fn next(&mut self, lines: Option<u64>, spare: Vec<u8>) -> Option<TextChunk> {
        self.first.take().or_else(|| self.source.next(self.dialect, lines, spare))
    }
}
