//! The fast path for rows of unlike columns, or of which only some are read, straight from the marks of their fields.
//!
//! It takes rows of ASCII from lines without lone returns and comments, and leaves all others to the general path.

use super::super::columns::Columns;
use super::super::dialect::Dialect;
use super::ascii::write;
use super::kernel::{Put, after_blanks, number, separator};
use super::marks::{Line, Marks};
use super::search::Separator;
use crate::{ByteOrder, Scalar};

/// One column that is read.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Counted from the last where negative.
    column: isize,
    /// How a number is read; texts have none.
    number: Option<Put>,
    scalar: Scalar,
    /// Where in an element it stands.
    start: usize,
    end: usize,
}

/// The steps that read a row.
#[derive(Debug)]
pub(in super::super) struct Mixed {
    steps: Vec<Step>,
    pub(super) separator: Separator,
    /// What no line has that is read so.
    pub(super) odd: u8,
    /// Bytes of a row.
    size: usize,
    /// Whether these are all columns that a row may have.
    reads_all: bool,
}

impl Mixed {
    /// The steps for such files. `None` where a column is of another kind.
    pub(super) fn new(
        dialect: &Dialect,
        columns: &Columns,
        usecols: Option<&[isize]>,
        count: usize,
    ) -> Option<Self> {
        let (separator, comment) = separator(dialect)?;
        let (values, size): (Vec<(Scalar, usize)>, usize) = match columns {
            Columns::Each(scalar) => {
                let size = scalar.itemsize();
                ((0..count).map(|index| (*scalar, index * size)).collect(), size.checked_mul(count)?)
            }
            Columns::Record(cells, size) => {
                (cells.iter().map(|cell| (cell.scalar, cell.offset)).collect(), *size)
            }
            Columns::Texts(_) => return None,
        };
        let step = |(index, &(scalar, offset)): (usize, &(Scalar, usize))| {
            let number = number(scalar);
            let is_text = matches!(scalar, Scalar::Bytes(_) | Scalar::Str(_, ByteOrder::NATIVE));
            let column = match usecols {
                Some(usecols) => *usecols.get(index)?,
                None => isize::try_from(index).ok()?,
            };
            let step = Step { column, number, scalar, start: offset, end: offset + scalar.itemsize() };
            (number.is_some() || is_text).then_some(step)
        };
        let steps = values.iter().enumerate().map(step).collect::<Option<Vec<_>>>()?;
        // A line end is never odd.
        Some(Self { steps, separator, odd: comment.unwrap_or(b'\n'), size, reads_all: usecols.is_none() })
    }

    /// Fills the bytes of rows from the next lines of a text, up to the first row that is for the general
    /// path: how many rows there are. Lines that are not ASCII pass only where it `is_text`.
    pub(super) fn rows(&self, text: &[u8], marks: &mut Marks, is_text: bool, out: &mut [u8]) -> usize {
        let mut rows = 0;
        if self.size > 0 {
            for out in out.chunks_exact_mut(self.size) {
                let line = marks.line(text).filter(|line| line.is_plain && (line.is_ascii || is_text));
                if line.and_then(|line| self.row(text, line, out)).is_none() {
                    break;
                }
                marks.pass();
                rows += 1;
            }
        }
        rows
    }

    #[inline(always)]
    fn row(&self, text: &[u8], line: Line<'_>, row: &mut [u8]) -> Option<()> {
        if line.is_blank() {
            return None;
        }
        let columns = line.ends.len();
        if self.reads_all {
            let mut start = line.start;
            for (step, &end) in self.steps.iter().zip(line.ends) {
                self.cell(step, text, start, end as usize, row)?;
                start = end as usize + 1;
            }
            return (columns == self.steps.len()).then_some(());
        }
        for step in &self.steps {
            let column =
                if step.column < 0 { step.column.checked_add_unsigned(columns)? } else { step.column };
            let column = usize::try_from(column).ok()?;
            let end = *line.ends.get(column)? as usize;
            let start = match column.checked_sub(1) {
                Some(before) => *line.ends.get(before)? as usize + 1,
                None => line.start,
            };
            self.cell(step, text, start, end, row)?;
        }
        Some(())
    }

    #[inline(always)]
    fn cell(&self, step: &Step, text: &[u8], mut start: usize, end: usize, row: &mut [u8]) -> Option<()> {
        if self.separator == Separator::Blanks {
            start = after_blanks(text, start);
        }
        let out = row.get_mut(step.start..step.end)?;
        match step.number {
            Some(number) => number(text, start, end, out),
            None => write(text, start, end, step.scalar, out),
        }
    }
}
