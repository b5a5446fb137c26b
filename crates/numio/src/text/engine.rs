//! From a source to the elements of an array: rows in order, converted on all cores.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::columns::Columns;
use super::converters::{Assigned, Converters};
use super::dialect::{Comments, Dialect};
use super::error::TextError;
use super::fast::Fast;
use super::merge::{Merge, Rows};
use super::objects::Objects;
use super::piece::{Cells, Piece, Plan, is_open_end};
use super::place::{Place, Spares};
use super::source::Source;
use super::strips::{Strips, run};
use super::tokenize::Fields;
use crate::array::Buffer;
use crate::parallel::{Next, check, num_threads, ordered};
use crate::{Limits, Result};

/// What to read of a text, and into what.
pub(super) struct Request<'r, 'c> {
    pub(super) dialect: Dialect,
    pub(super) columns: Columns,
    pub(super) usecols: Option<Vec<isize>>,
    pub(super) skip_rows: u64,
    pub(super) max_rows: Option<u64>,
    pub(super) converters: &'r mut Converters<'c>,
    pub(super) fortran: bool,
    pub(super) limits: &'r Limits,
}

impl Request<'_, '_> {
    /// Reads the whole text, or as much of it as was asked for.
    ///
    /// # Errors
    /// Of the first row that is wrong.
    pub(super) fn run(self, mut source: Source<'_>) -> Result<Rows> {
        let Self { mut dialect, columns, usecols, skip_rows, max_rows, converters, fortran, limits } = self;
        dialect.universal_newlines = source.is_stream();
        let known = usecols.as_ref().map(Vec::len).or(columns.wanted());
        let mut rows = Rows::of(known.unwrap_or(1));
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
        if fields.len() as u64 > limits.max_row_fields {
            return Err(TextError::WideRow { limit: limits.max_row_fields, row: 1 }.into());
        }
        rows.count = known.unwrap_or(fields.len());
        let has_objects = !columns.objects().is_empty();
        let has_converters = !converters.is_empty() || has_objects;
        let mut assigned = converters.assign(rows.count, usecols.as_deref())?;
        assigned.objects = has_objects.then(Objects::new).transpose()?;
        let fast = match has_converters {
            false => Fast::new(&dialect, &columns, usecols.as_deref(), rows.count),
            true => None,
        };
        let plan = Plan {
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
        let mut job = Job { plan: &plan, merge: &merge, source, first: Some(first), rows };
        if has_converters || !job.source.is_stream() || job.source.is_at_end() {
            job.in_turn(assigned)?;
        } else if job.in_strips()? {
            job.on_all_cores()?;
        }
        let Job { mut source, mut rows, .. } = job;
        rows.overflowed = plan.overflowed.load(Ordering::Relaxed);
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
        next_piece(&mut self.source, &mut self.first, self.plan, self.merge, &self.rows, spare)
    }

    /// Piece after piece, on this thread: converters are the caller's, and small texts are done before a thread starts.
    fn in_turn(&mut self, mut converters: Assigned<'_, '_>) -> Result<()> {
        let mut spare = Vec::new();
        while let Some(First { text, start }) = self.next(spare) {
            check()?;
            let text_of_rows = text.get(start..).unwrap_or_default();
            let piece = self.plan.parse(text_of_rows, None, Vec::new(), &mut converters);
            if !self.merge.add(&mut self.rows, self.plan, piece, Rows::push)? {
                break;
            }
            spare = text;
        }
        let objects = converters.objects.map(|objects| objects.finish(self.merge.limits));
        self.rows.objects = objects.transpose()?;
        Ok(())
    }

    /// Each core reads and converts strips of the file by itself. Says whether there are rows left to be read from the
    /// source.
    fn in_strips(&mut self) -> Result<bool> {
        let Self { plan, merge, .. } = *self;
        let Some((file, is_text, next)) = self.source.in_file().filter(|_| plan.dialect.quote.is_none())
        else {
            return Ok(true);
        };
        let first = self.first.take().map(|First { text, start }| text.get(start..).map(<[u8]>::to_vec));
        let first = first.flatten().unwrap_or_default();
        let start = next.saturating_sub(first.len() as u64);
        let row_size = plan.row_size().unwrap_or(0);
        let Some(strips) = Strips::new(&file, start, &first, row_size) else {
            self.source.seek(Some(start));
            return Ok(true);
        };
        let most = merge.left(&self.rows).unwrap_or(u64::MAX);
        let wanted = strips.lines(&first).min(most);
        let wanted = wanted.saturating_mul(row_size as u64).min(merge.limits.max_array_bytes);
        // A guess, which lines without data can make too large for any machine.
        let wanted = usize::try_from(wanted).unwrap_or(0);
        let mut buffer = Buffer::zeroed(wanted).or_else(|_| Buffer::zeroed(0))?;
        let (mut place, spares) = (Place::new(buffer.bytes_mut()), Spares::default());
        let rows = &mut self.rows;
        let left = run(
            &strips,
            |text| plan.parse(text, Some(is_text), spares.take(), &mut Assigned::default()),
            |piece: Piece| {
                if !piece.is_text {
                    return Ok(Next::Leave);
                }
                let mut put = None;
                let goes_on = merge.add(rows, plan, piece, |rows, cells| match cells {
                    Cells::Fixed(bytes) => match place.give(bytes) {
                        Ok(given) => put = Some(given),
                        Err(bytes) => rows.push(Cells::Fixed(bytes)),
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

    /// This thread reads, and converts as the others do.
    fn on_all_cores(&mut self) -> Result<()> {
        let Self { plan, merge, source, first, rows } = self;
        let (plan, merge) = (*plan, *merge);
        let rows = RefCell::new(rows);
        let spares = RefCell::new(Vec::new());
        let next = || {
            let spare = spares.borrow_mut().pop().unwrap_or_default();
            Ok(next_piece(source, first, plan, merge, &rows.borrow(), spare))
        };
        let make = |First { text, start }: First| {
            let text_of_rows = text.get(start..).unwrap_or_default();
            (plan.parse(text_of_rows, None, Vec::new(), &mut Assigned::default()), text)
        };
        let threads = num_threads();
        ordered(threads, 2 * threads, next, make, |(piece, text)| {
            spares.borrow_mut().push(text);
            let goes_on = merge.add(&mut rows.borrow_mut(), plan, piece, Rows::push)?;
            Ok(if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })
    }
}

/// The next piece of a text, in the memory of `spare`.
fn next_piece(
    source: &mut Source<'_>,
    first: &mut Option<First>,
    plan: &Plan,
    merge: &Merge<'_>,
    rows: &Rows,
    spare: Vec<u8>,
) -> Option<First> {
    first.take().or_else(|| {
        let text = source.next(&plan.dialect, merge.left(rows), spare)?;
        Some(First { text, start: 0 })
    })
}
