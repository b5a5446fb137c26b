//! From a source to the elements of an array: rows in order, converted on all cores.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::columns::Columns;
use super::converters::{Assigned, Converters};
use super::dialect::{Comments, Dialect};
use super::error::TextError;
use super::kernel::kernel;
use super::mixed::Mixed;
use super::piece::{Cells, Piece, Plan, is_open_end};
use super::source::Source;
use super::tokenize::Fields;
use crate::{Limits, Result};

/// What to read of a text, and into what.
pub(super) struct Request<'r, 'c> {
    pub(super) dialect: Dialect,
    pub(super) columns: Columns,
    pub(super) usecols: Option<Vec<isize>>,
    pub(super) skip_rows: u64,
    pub(super) max_rows: Option<u64>,
    pub(super) converters: &'r mut Converters<'c>,
    pub(super) limits: &'r Limits,
}

/// All rows of a text.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) chunks: Vec<Cells>,
    pub(super) rows: u64,
    /// Values in each row.
    pub(super) count: usize,
    /// The line, counted from 1, of the first without data where `max_rows` was given.
    pub(super) blank: Option<u64>,
    bytes: u64,
}

impl Request<'_, '_> {
    /// Reads the whole text, or as much of it as was asked for.
    ///
    /// # Errors
    /// Of the first row that is wrong.
    pub(super) fn run(self, mut source: Source<'_>) -> Result<Rows> {
        let Self { mut dialect, columns, usecols, skip_rows, max_rows, converters, limits } = self;
        dialect.universal_newlines = source.is_stream();
        let known = usecols.as_ref().map(Vec::len).or(columns.wanted());
        let mut rows = Rows { count: known.unwrap_or(1), ..Rows::default() };
        let merge = Merge { skip_rows, max_rows, limits };
        // NumPy reads these line by line, and then learns only later that a line was the last.
        let reads_lines =
            matches!(columns, Columns::Texts(_)) || matches!(dialect.comments, Comments::Several(_));
        let Some(first) = first_rows(&mut source, &dialect, reads_lines, &merge, &mut rows) else {
            return match source.take_stop() {
                Some(end) => Err(end.into_error(0)),
                None => Ok(rows),
            };
        };
        let mut fields = Fields::default();
        fields.cut(&dialect, first.text.get(first.start..).unwrap_or_default());
        rows.count = known.unwrap_or(fields.len());
        let has_converters = !converters.is_empty();
        let assigned = converters.assign(rows.count, usecols.as_deref())?;
        let kernel = kernel(&dialect, &columns).filter(|_| usecols.is_none() && !has_converters);
        let mixed = match kernel {
            None if !has_converters => Mixed::new(&dialect, &columns, usecols.as_deref(), rows.count),
            _ => None,
        };
        let plan = Plan { dialect, columns, usecols, count: rows.count, kernel, mixed, reads_lines };
        if plan.row_size().is_none_or(|size| size as u64 > limits.alloc_bytes) {
            let bytes = plan.row_size().map_or(u64::MAX, |size| size as u64);
            return Err(TextError::TooLarge { bytes, limit: limits.alloc_bytes }.into());
        }
        let mut job = Job { plan: &plan, merge: &merge, source, first: Some(first), rows };
        if has_converters || !job.source.is_stream() || job.source.is_at_end() {
            job.in_turn(assigned)?;
        } else {
            job.on_all_cores()?;
        }
        let Job { mut source, rows, .. } = job;
        match source.take_stop() {
            Some(end) if merge.left(&rows) != Some(0) => Err(end.into_error(rows.rows)),
            _ => Ok(rows),
        }
    }
}

/// A piece and where in it the rows that count start.
struct First {
    text: Vec<u8>,
    start: usize,
}

/// Skips what is to be skipped, and gives the piece with the first row of data.
fn first_rows(
    source: &mut Source<'_>,
    dialect: &Dialect,
    reads_lines: bool,
    merge: &Merge<'_>,
    rows: &mut Rows,
) -> Option<First> {
    source.skip_lines(merge.skip_rows);
    let mut fields = Fields::default();
    loop {
        if merge.max_rows == Some(0) {
            return None;
        }
        let text = source.next(dialect, merge.max_rows, Vec::new())?;
        let mut start = 0;
        while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
            let taken = fields.cut(dialect, rest);
            if fields.len() > 0 {
                return Some(First { text, start });
            }
            let counts = reads_lines || !is_open_end(rest, taken);
            if merge.max_rows.is_some() && counts {
                rows.blank = rows.blank.or(Some(merge.skip_rows + 1));
            }
            start += taken;
        }
    }
}

/// How the rows of pieces come together.
struct Merge<'l> {
    skip_rows: u64,
    max_rows: Option<u64>,
    limits: &'l Limits,
}

impl Merge<'_> {
    fn left(&self, rows: &Rows) -> Option<u64> {
        self.max_rows.map(|most| most.saturating_sub(rows.rows))
    }

    /// Adds a piece to the rows before it, and says whether more are wanted.
    fn add(&self, rows: &mut Rows, plan: &Plan, piece: Piece) -> Result<bool> {
        let Piece { rows: found, mut cells, blank, fault } = piece;
        let left = self.left(rows);
        if let (Some(blank), Some(left)) = (blank, left)
            && (blank as u64) < left
        {
            rows.blank = rows.blank.or(Some(rows.rows + blank as u64 + self.skip_rows + 1));
        }
        let taken = left.map_or(found, |left| found.min(usize::try_from(left).unwrap_or(usize::MAX)));
        if taken < found {
            match &mut cells {
                Cells::Fixed(bytes) => bytes.truncate(taken * plan.row_size().unwrap_or(0)),
                Cells::Texts(texts) => texts.truncate(taken * plan.count),
            }
        }
        let size = match &mut cells {
            Cells::Fixed(bytes) => {
                if bytes.capacity() - bytes.len() > bytes.len() / 8 {
                    bytes.shrink_to_fit();
                }
                bytes.len()
            }
            Cells::Texts(texts) => texts.size(),
        };
        rows.bytes = rows.bytes.saturating_add(size as u64);
        if rows.bytes > self.limits.alloc_bytes {
            return Err(TextError::TooLarge { bytes: rows.bytes, limit: self.limits.alloc_bytes }.into());
        }
        if taken > 0 {
            rows.chunks.push(cells);
        }
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

/// The reading of one text.
struct Job<'j, 's> {
    plan: &'j Plan,
    merge: &'j Merge<'j>,
    source: Source<'s>,
    first: Option<First>,
    rows: Rows,
}

impl Job<'_, '_> {
    fn next(&mut self, spare: Vec<u8>) -> Option<First> {
        self.first.take().or_else(|| {
            let lines = self.merge.left(&self.rows);
            let text = self.source.next(&self.plan.dialect, lines, spare)?;
            Some(First { text, start: 0 })
        })
    }

    /// Piece after piece, on this thread: converters are the caller's, and small texts are done before a thread starts.
    fn in_turn(&mut self, mut converters: Assigned<'_, '_>) -> Result<()> {
        let mut spare = Vec::new();
        while let Some(First { text, start }) = self.next(spare) {
            let piece = self.plan.parse(text.get(start..).unwrap_or_default(), &mut converters);
            if !self.merge.add(&mut self.rows, self.plan, piece)? {
                break;
            }
            spare = text;
        }
        Ok(())
    }

    /// This thread reads; as many others as there are cores convert.
    fn on_all_cores(&mut self) -> Result<()> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let (jobs, inbox) = mpsc::sync_channel::<(usize, First)>(workers);
        let (outbox, results) = mpsc::channel::<(usize, Piece, Vec<u8>)>();
        let inbox = Mutex::new(inbox);
        thread::scope(|scope| {
            for _ in 0..workers {
                let (plan, inbox, outbox) = (self.plan, &inbox, outbox.clone());
                scope.spawn(move || {
                    loop {
                        let job = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((index, First { text, start })) = job else { return };
                        let text_of_rows = text.get(start..).unwrap_or_default();
                        let piece = plan.parse(text_of_rows, &mut Assigned::default());
                        if outbox.send((index, piece, text)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(outbox);
            // Dropped on every way out, so that the workers end.
            let jobs = jobs;
            let mut order = InOrder::default();
            let mut spares = Vec::new();
            for index in 0_usize.. {
                let Some(next) = self.next(spares.pop().unwrap_or_default()) else { break };
                if jobs.send((index, next)).is_err() {
                    break;
                }
                while let Ok((index, piece, text)) = results.try_recv() {
                    spares.push(text);
                    if !order.add(index, piece, |piece| self.merge.add(&mut self.rows, self.plan, piece))? {
                        return Ok(());
                    }
                }
            }
            drop(jobs);
            for (index, piece, _) in results {
                if !order.add(index, piece, |piece| self.merge.add(&mut self.rows, self.plan, piece))? {
                    return Ok(());
                }
            }
            Ok(())
        })
    }
}

/// Puts pieces that come as they are done back into their order.
#[derive(Default)]
struct InOrder {
    next: usize,
    early: BTreeMap<usize, Piece>,
}

impl InOrder {
    fn add(
        &mut self,
        index: usize,
        piece: Piece,
        mut merge: impl FnMut(Piece) -> Result<bool>,
    ) -> Result<bool> {
        self.early.insert(index, piece);
        while let Some(piece) = self.early.remove(&self.next) {
            self.next += 1;
            if !merge(piece)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
