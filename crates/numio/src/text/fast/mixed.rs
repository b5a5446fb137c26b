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
    offset: usize,
    size: usize,
}

/// The steps that read a row.
#[derive(Debug)]
pub(in super::super) struct Mixed {
    steps: Vec<Step>,
    pub(super) separator: Separator,
    /// What no line has that is read so.
    pub(super) odd: u8,
    /// How many columns a row has; nothing where those that are read are enough.
    columns: Option<usize>,
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
        let values: Vec<(Scalar, usize)> = match columns {
            Columns::Each(scalar) => (0..count).map(|index| (*scalar, index * scalar.itemsize())).collect(),
            Columns::Record(cells, _) => cells.iter().map(|cell| (cell.scalar, cell.offset)).collect(),
            Columns::Texts(_) => return None,
        };
        let step = |(index, &(scalar, offset)): (usize, &(Scalar, usize))| {
            let number = number(scalar);
            let is_text = matches!(scalar, Scalar::Bytes(_) | Scalar::Str(_, ByteOrder::NATIVE));
            let column = match usecols {
                Some(usecols) => *usecols.get(index)?,
                None => isize::try_from(index).ok()?,
            };
            let step = Step { column, number, scalar, offset, size: scalar.itemsize() };
            (number.is_some() || is_text).then_some(step)
        };
        let steps = values.iter().enumerate().map(step).collect::<Option<Vec<_>>>()?;
        let columns = usecols.is_none().then_some(steps.len());
        // A line end is never odd.
        Some(Self { steps, separator, odd: comment.unwrap_or(b'\n'), columns })
    }

    /// Fills the bytes of rows of `size` bytes from the next lines of a text, up to the first row that is for the general
    /// path: how many rows there are. Lines that are not ASCII pass only where it `is_text`.
    pub(super) fn rows(
        &self,
        text: &[u8],
        marks: &mut Marks,
        is_text: bool,
        size: usize,
        out: &mut [u8],
    ) -> usize {
        let mut rows = 0;
        if size > 0 {
            for out in out.chunks_exact_mut(size) {
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
        let columns = line.ends.len();
        if self.columns.is_some_and(|wanted| wanted != columns) || line.is_blank() {
            return None;
        }
        for step in &self.steps {
            let column =
                if step.column < 0 { step.column.checked_add_unsigned(columns)? } else { step.column };
            let column = usize::try_from(column).ok()?;
            let end = *line.ends.get(column)? as usize;
            let mut start = match column.checked_sub(1) {
                Some(before) => *line.ends.get(before)? as usize + 1,
                None => line.start,
            };
            if self.separator == Separator::Blanks {
                start = after_blanks(text, start);
            }
            let out = row.get_mut(step.offset..step.offset + step.size)?;
            match step.number {
                Some(number) => number(text, start, end, out)?,
                None => write(text, start, end, step.scalar, out)?,
            }
        }
        Some(())
    }
}
