//! The pipeline from a source to elements: rows in order, converted on all cores.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::array::Buffer;
use crate::error::headroom;
use crate::io::{Page, Pages};
use crate::parallel::{Next, check, num_threads, ordered};
use crate::pickle::Graph;
use crate::text::error::TextError;
use crate::text::read::chunk::{Elements, ParsedRows, RowParser, is_open_end};
use crate::text::read::chunked_file::{ChunkedFile, read_chunks};
use crate::text::read::convert::RowLayout;
use crate::text::read::converters::{Assigned, Converters, ObjectCells};
use crate::text::read::dialect::{Comments, Dialect, RowFields};
use crate::text::read::fast::FastRows;
use crate::text::read::lines::TextSource;
use crate::{Limits, Result};

/// The parts of a text to read, and the form of the result.
pub(crate) struct ReadRequest<'r, 'c> {
    pub(crate) dialect: Dialect,
    pub(crate) columns: RowLayout,
    pub(crate) usecols: Option<Vec<isize>>,
    pub(crate) skip_rows: u64,
    pub(crate) max_rows: Option<u64>,
    pub(crate) converters: &'r mut Converters<'c>,
    pub(crate) fortran: bool,
    pub(crate) limits: &'r Limits,
}

impl ReadRequest<'_, '_> {
    /// Reads the whole text, or as much of it as was asked for.
    ///
    /// # Errors
    /// The error of the first row that is wrong.
    pub(crate) fn run(self, mut source: TextSource<'_>) -> Result<MergedRows> {
        let Self { mut dialect, columns, usecols, skip_rows, max_rows, converters, fortran, limits } = self;
        dialect.universal_newlines = source.is_stream();
        headroom(SMALL)?;
        let known = usecols.as_ref().map(Vec::len).or(columns.wanted());
        let mut rows = MergedRows::of(known.unwrap_or(1));
        let merge = RowMerger { skip_rows, max_rows, limits };
        // NumPy reads these line by line and notices the end of the text only after the last line.
        let reads_lines =
            matches!(columns, RowLayout::StringColumn(_)) || matches!(dialect.comments, Comments::Several(_));
        let Some(first) = first_rows(&mut source, &dialect, reads_lines, &merge, &mut rows) else {
            return match source.take_stop() {
                Some(end) => Err(end.into_error(0)),
                None => Ok(rows),
            };
        };
        let fields = {
            let mut fields = RowFields::default();
            fields.cut(&dialect, first.text.get(first.start..).unwrap_or_default());
            fields.len()
        };
        if fields as u64 > limits.max_row_fields {
            return Err(TextError::WideRow { limit: limits.max_row_fields, row: 1 }.into());
        }
        rows.count = known.unwrap_or(fields);
        let has_objects = !columns.objects().is_empty();
        let has_converters = !converters.is_empty() || has_objects;
        let mut assigned = converters.assign(rows.count, usecols.as_deref())?;
        assigned.objects = has_objects.then(ObjectCells::new).transpose()?;
        let fast = match has_converters {
            false => FastRows::new(&dialect, &columns, usecols.as_deref(), rows.count),
            true => None,
        };
        let plan = RowParser {
            dialect,
            columns,
            usecols,
            count: rows.count,
            fast,
            reads_lines,
            fortran,
            overflowed: AtomicBool::new(false),
        };
        if plan.row_size().is_none_or(|size| size as u64 > limits.max_array_bytes) {
            let bytes = plan.row_size().map_or(u64::MAX, |size| size as u64);
            return Err(TextError::TooLarge { bytes, limit: limits.max_array_bytes }.into());
        }
        let mut job = Pipeline { plan: &plan, merge: &merge, source, first: Some(first), rows };
        if has_converters || !job.source.is_stream() || job.source.is_at_end() {
            job.in_turn(assigned)?;
        } else if job.in_chunks()? {
            job.on_all_cores()?;
        }
        let Pipeline { mut source, mut rows, .. } = job;
        rows.overflowed = plan.overflowed.load(Ordering::Relaxed);
        match source.take_stop() {
            Some(end) if merge.left(&rows) != Some(0) => Err(end.into_error(rows.rows)),
            _ => Ok(rows),
        }
    }
}

/// Memory that must be left before a chunk is converted on this thread: some, and more for each byte of the chunk, of
/// which fields are made.
const SMALL: usize = 1 << 19;
const PER_BYTE: usize = 16;

/// A chunk, and the offset of its first row of data.
struct FirstChunk {
    text: Vec<u8>,
    start: usize,
}

/// Skips `skip_rows` lines and returns the chunk with the first row of data.
fn first_rows(
    source: &mut TextSource<'_>,
    dialect: &Dialect,
    reads_lines: bool,
    merge: &RowMerger<'_>,
    rows: &mut MergedRows,
) -> Option<FirstChunk> {
    source.skip_lines(merge.skip_rows);
    let mut fields = RowFields::default();
    loop {
        if merge.max_rows == Some(0) {
            return None;
        }
        let text = source.next(dialect, merge.max_rows, Vec::new())?;
        let mut start = 0;
        while let Some(rest) = text.get(start..).filter(|rest| !<[u8]>::is_empty(rest)) {
            let taken = fields.cut(dialect, rest);
            if fields.len() > 0 {
                return Some(FirstChunk { text, start });
            }
            let counts = reads_lines || !is_open_end(rest, taken);
            if merge.max_rows.is_some() && counts {
                rows.blank = rows.blank.or(Some(merge.skip_rows + 1));
            }
            start += taken;
        }
    }
}

/// The reading of one text.
struct Pipeline<'j, 's> {
    plan: &'j RowParser,
    merge: &'j RowMerger<'j>,
    source: TextSource<'s>,
    first: Option<FirstChunk>,
    rows: MergedRows,
}

impl Pipeline<'_, '_> {
    fn next(&mut self, spare: Vec<u8>) -> Option<FirstChunk> {
        next_chunk(&mut self.source, &mut self.first, self.plan, self.merge, &self.rows, spare)
    }

    /// Reads chunk by chunk on this thread: the caller's converters stay on it, and small texts take less time than
    /// starting another.
    fn in_turn(&mut self, mut converters: Assigned<'_, '_>) -> Result<()> {
        let mut spare = Vec::new();
        while let Some(FirstChunk { text, start }) = self.next(spare) {
            check()?;
            headroom(SMALL.saturating_add(text.len().saturating_mul(PER_BYTE)))?;
            let text_of_rows = text.get(start..).unwrap_or_default();
            let piece = self.plan.parse(text_of_rows, None, Vec::new(), &mut converters);
            if !self.merge.add(&mut self.rows, self.plan, piece, MergedRows::push)? {
                break;
            }
            spare = text;
        }
        let objects = converters.objects.map(|objects| objects.finish(self.merge.limits));
        self.rows.objects = objects.transpose()?;
        Ok(())
    }

    /// Reads and converts chunks of the file on all cores. Returns whether rows are left to be read from the source.
    fn in_chunks(&mut self) -> Result<bool> {
        let Self { plan, merge, .. } = *self;
        let Some((file, is_text, next)) = self.source.in_file().filter(|_| plan.dialect.quote.is_none())
        else {
            return Ok(true);
        };
        let first = self.first.take().map(|FirstChunk { text, start }| text.get(start..).map(<[u8]>::to_vec));
        let first = first.flatten().unwrap_or_default();
        let start = next.saturating_sub(first.len() as u64);
        let row_size = plan.row_size().unwrap_or(0);
        let Some(chunks_of_file) = ChunkedFile::new(&file, start, &first, row_size) else {
            self.source.seek(Some(start));
            return Ok(true);
        };
        let most = merge.left(&self.rows).unwrap_or(u64::MAX);
        let wanted = chunks_of_file.lines(&first).min(most);
        let wanted = wanted.saturating_mul(row_size as u64).min(merge.limits.max_array_bytes);
        // Only an estimate; blank lines can inflate it past available memory.
        let wanted = usize::try_from(wanted).unwrap_or(0);
        let mut buffer = Buffer::zeroed(wanted).or_else(|_| Buffer::zeroed(0))?;
        let (mut place, spares) = (OutputBuffer::new(buffer.bytes_mut()), Spares::default());
        let rows = &mut self.rows;
        let left = read_chunks(
            &chunks_of_file,
            |text| plan.parse(text, Some(is_text), spares.take(), &mut Assigned::default()),
            |piece: ParsedRows| {
                if !piece.is_text {
                    return Ok(Next::Leave);
                }
                let mut put = None;
                let goes_on = merge.add(rows, plan, piece, |rows, cells| match cells {
                    Elements::Fixed(bytes) => match place.give(bytes) {
                        Ok(given) => put = Some(given),
                        Err(bytes) => rows.push(Elements::Fixed(bytes)),
                    },
                    texts => rows.push(texts),
                })?;
                Ok(if goes_on { Next::Go(put) } else { Next::Stop(put) })
            },
            |put| spares.put(put),
        )?;
        let used = place.used();
        buffer.truncate(used);
        self.rows.placed = Some(buffer);
        self.source.seek(left);
        Ok(left.is_some())
    }

    /// Pipeline: this thread reads, and converts as the others do.
    fn on_all_cores(&mut self) -> Result<()> {
        let Self { plan, merge, source, first, rows } = self;
        let (plan, merge) = (*plan, *merge);
        let rows = RefCell::new(rows);
        let spares = RefCell::new(Vec::new());
        let next = || {
            let spare = spares.borrow_mut().pop().unwrap_or_default();
            Ok(next_chunk(source, first, plan, merge, &rows.borrow(), spare))
        };
        let make = |FirstChunk { text, start }: FirstChunk| {
            let text_of_rows = text.get(start..).unwrap_or_default();
            (plan.parse(text_of_rows, None, Vec::new(), &mut Assigned::default()), text)
        };
        let threads = num_threads();
        ordered(threads, 2 * threads, next, make, |(piece, text)| {
            spares.borrow_mut().push(text);
            let goes_on = merge.add(&mut rows.borrow_mut(), plan, piece, MergedRows::push)?;
            Ok(if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })
    }
}

/// The next chunk of a text, in the memory of `spare`.
fn next_chunk(
    source: &mut TextSource<'_>,
    first: &mut Option<FirstChunk>,
    plan: &RowParser,
    merge: &RowMerger<'_>,
    rows: &MergedRows,
    spare: Vec<u8>,
) -> Option<FirstChunk> {
    first.take().or_else(|| {
        let text = source.next(&plan.dialect, merge.left(rows), spare)?;
        Some(FirstChunk { text, start: 0 })
    })
}

/// All rows of a text.
#[derive(Default)]
pub(crate) struct MergedRows {
    /// The elements of the first rows, where they went straight into the output buffer.
    pub(crate) placed: Option<Buffer>,
    /// The rows after those.
    pub(crate) chunks: Vec<Elements>,
    pub(crate) rows: u64,
    /// The objects, where the dtype has any.
    pub(crate) objects: Option<Graph>,
    /// Values in each row.
    pub(crate) count: usize,
    /// The line, counted from 1, of the first without data where `max_rows` was given.
    pub(crate) blank: Option<u64>,
    /// True if a number was too large for its dtype.
    pub(crate) overflowed: bool,
    /// Bytes that they took in memory, about.
    pub(crate) bytes: u64,
}

/// The bounds of the rows.
pub(crate) struct RowMerger<'l> {
    pub(crate) skip_rows: u64,
    pub(crate) max_rows: Option<u64>,
    pub(crate) limits: &'l Limits,
}

impl RowMerger<'_> {
    pub(crate) fn left(&self, rows: &MergedRows) -> Option<u64> {
        self.max_rows.map(|most| most.saturating_sub(rows.rows))
    }

    /// Adds a chunk's rows to those before it and returns whether more are wanted. `keep` stores its elements.
    pub(crate) fn add(
        &self,
        rows: &mut MergedRows,
        plan: &RowParser,
        piece: ParsedRows,
        keep: impl FnOnce(&mut MergedRows, Elements),
    ) -> Result<bool> {
        let ParsedRows { rows: found, mut cells, blank, fault, .. } = piece;
        let left = self.left(rows);
        if let (Some(blank), Some(left)) = (blank, left)
            && (blank as u64) < left
        {
            rows.blank = rows.blank.or(Some(rows.rows + blank as u64 + self.skip_rows + 1));
        }
        let taken = left.map_or(found, |left| found.min(usize::try_from(left).unwrap_or(usize::MAX)));
        if taken < found {
            match &mut cells {
                Elements::Fixed(bytes) => bytes.truncate(taken * plan.row_size().unwrap_or(0)),
                Elements::StringColumn(texts) => texts.truncate(taken * plan.count),
            }
        }
        rows.bytes = rows.bytes.saturating_add(cells.size() as u64);
        if rows.bytes > self.limits.max_array_bytes {
            return Err(TextError::TooLarge { bytes: rows.bytes, limit: self.limits.max_array_bytes }.into());
        }
        keep(rows, cells);
        let base = rows.rows;
        rows.rows += taken as u64;
        if self.left(rows) == Some(0) {
            return Ok(false);
        }
        match fault {
            Some(fault) => Err(fault.moved(base).into()),
            None => Ok(true),
        }
    }
}

impl MergedRows {
    /// No rows yet, each of `count` values.
    pub(crate) fn of(count: usize) -> Self {
        Self { count, ..Self::default() }
    }

    /// Stores the elements of a chunk.
    pub(crate) fn push(&mut self, mut cells: Elements) {
        if let Elements::Fixed(bytes) = &mut cells
            && bytes.capacity() - bytes.len() > bytes.len() / 8
        {
            bytes.shrink_to_fit();
        }
        if cells.size() > 0 {
            self.chunks.push(cells);
        }
    }
}

/// The memory of the result, handed out in order to the chunks as they arrive.
pub(crate) struct OutputBuffer<'b> {
    rest: &'b mut [u8],
    pages: Pages<'b>,
    used: usize,
    is_full: bool,
}

/// Rows, and the part of the result that they are copied to.
pub(crate) struct PendingCopy<'b> {
    rows: Vec<u8>,
    place: &'b mut [u8],
    /// The page after it, which the copying thread touches early.
    ahead: Option<Page<'b>>,
}

impl<'b> OutputBuffer<'b> {
    pub(crate) fn new(memory: &'b mut [u8]) -> Self {
        let (pages, rest) = Pages::of(memory);
        Self { rest, pages, used: 0, is_full: false }
    }

    /// Assigns the next rows their part of the result. They come back where the buffer is full, as do all that follow.
    pub(crate) fn give(&mut self, rows: Vec<u8>) -> Result<PendingCopy<'b>, Vec<u8>> {
        match std::mem::take(&mut self.rest).split_at_mut_checked(rows.len()) {
            Some((place, rest)) if !self.is_full => {
                self.rest = rest;
                self.used += rows.len();
                Ok(PendingCopy { rows, place, ahead: self.pages.ahead(self.used) })
            }
            _ => {
                self.is_full = true;
                Err(rows)
            }
        }
    }

    /// The number of bytes handed out.
    pub(crate) fn used(&self) -> usize {
        self.used
    }
}

/// Buffers for converted rows, reused: they are in a core's cache, and their pages are mapped.
#[derive(Default)]
pub(crate) struct Spares(Mutex<Vec<Vec<u8>>>);

impl Spares {
    pub(crate) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Copies rows to the result, and keeps their buffer for reuse.
    pub(crate) fn put(&self, put: PendingCopy<'_>) {
        put.place.copy_from_slice(&put.rows);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(put.rows);
        if let Some(page) = put.ahead {
            page.make();
        }
    }
}
