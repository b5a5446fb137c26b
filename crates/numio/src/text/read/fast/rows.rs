//! Fast paths that convert rows straight from the index of their fields.
//!
//! They accept only unambiguous rows and leave every other one (blank, commented, ragged, malformed, oddly spaced) to
//! the general path, which returns the same values and the errors.

use crate::num::parse::{digits, prefix};
use crate::text::read::convert::RowLayout;
use crate::text::read::dialect::{Comments, Delimiter, Dialect};
use crate::text::read::fast::index::{ByteSeparator, FieldIndex, IndexedLine, NEVER};
use crate::text::read::fast::numbers;
use crate::text::read::fast::numbers::write;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// Fills the bytes of rows of `count` values from the next lines of a text, up to the first row that is for the general
/// path: how many rows there are.
pub(crate) type NumericRows = fn(text: &[u8], marks: &mut FieldIndex, count: usize, out: &mut [u8]) -> usize;

/// Instantiates a function for the numbers of `$scalar`. Returns `None` from the caller for other kinds.
macro_rules! of_kind {
    ($scalar:expr, $function:ident $(, $constant:literal)?) => {{
        const NATIVE: ByteOrder = ByteOrder::NATIVE;
        match $scalar {
            Scalar::Int8 => $function::<i8 $(, $constant)?>,
            Scalar::UInt8 => $function::<u8 $(, $constant)?>,
            Scalar::Int(IntWidth::Bits16, NATIVE) => $function::<i16 $(, $constant)?>,
            Scalar::Int(IntWidth::Bits32, NATIVE) => $function::<i32 $(, $constant)?>,
            Scalar::Int(IntWidth::Bits64, NATIVE) => $function::<i64 $(, $constant)?>,
            Scalar::UInt(IntWidth::Bits16, NATIVE) => $function::<u16 $(, $constant)?>,
            Scalar::UInt(IntWidth::Bits32, NATIVE) => $function::<u32 $(, $constant)?>,
            Scalar::UInt(IntWidth::Bits64, NATIVE) => $function::<u64 $(, $constant)?>,
            Scalar::Float(FloatWidth::Bits32, NATIVE) => $function::<f32 $(, $constant)?>,
            Scalar::Float(FloatWidth::Bits64, NATIVE) => $function::<f64 $(, $constant)?>,
            _ => return None,
        }
    }};
}

/// The function for rows of one kind of number, and their separator.
pub(crate) fn numeric_rows(dialect: &Dialect, columns: &RowLayout) -> Option<(NumericRows, ByteSeparator)> {
    let RowLayout::Each(scalar) = columns else { return None };
    let (separator, _) = separator(dialect)?;
    let numeric_rows: NumericRows = match separator {
        ByteSeparator::Blanks => of_kind!(*scalar, rows, true),
        ByteSeparator::Byte(_) => of_kind!(*scalar, rows, false),
    };
    Some((numeric_rows, separator))
}

/// The separator and the comment marker as single bytes that are part of no number. `None` where they are not.
pub(crate) fn separator(dialect: &Dialect) -> Option<(ByteSeparator, Option<u8>)> {
    let separator = match &dialect.delimiter {
        Delimiter::Space => ByteSeparator::Blanks,
        Delimiter::Char(mark) => ByteSeparator::Byte(mark.ascii()?),
    };
    let comment = match &dialect.comments {
        Comments::None => None,
        Comments::Char(mark) => Some(mark.ascii()?),
        Comments::Several(_) => return None,
    };
    let in_numbers = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_clear = match separator {
        ByteSeparator::Byte(byte) => !in_numbers(byte),
        ByteSeparator::Blanks => true,
    };
    let is_seen = !comment.is_some_and(|byte| in_numbers(byte) || matches!(byte, b' ' | b'\t'));
    (dialect.quote.is_none() && is_clear && is_seen).then_some((separator, comment))
}

/// Writes the number of a field into an element.
pub(crate) type WriteNumber = fn(text: &[u8], start: usize, end: usize, out: &mut [u8]) -> Option<()>;

/// The function that writes a number as an element of `scalar`. `None` for other kinds.
pub(crate) fn number(scalar: Scalar) -> Option<WriteNumber> {
    Some(of_kind!(scalar, put))
}

fn put<T: ParseNumber>(text: &[u8], start: usize, end: usize, out: &mut [u8]) -> Option<()> {
    out.copy_from_slice(bytemuck::bytes_of(&value::<T>(text, start, end)?));
    Some(())
}

/// A kind of number that fields are parsed as.
trait ParseNumber: bytemuck::Pod {
    /// The number of most fields, quickly.
    fn of(text: &[u8], start: usize, end: usize) -> Option<Self>;

    /// The number of a field of any length.
    fn long(field: &[u8]) -> Option<Self>;
}

impl ParseNumber for f64 {
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
        numbers::float(text, start, end).or_else(|| Self::long(text.get(start..end)?))
    }

    #[inline]
    fn long(field: &[u8]) -> Option<Self> {
        prefix(field).and_then(|(value, len)| (len == field.len()).then_some(value))
    }
}

impl ParseNumber for f32 {
    // Through a double, as NumPy rounds.
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
        f64::of(text, start, end).and_then(narrow)
    }

    fn long(field: &[u8]) -> Option<Self> {
        f64::long(field).and_then(narrow)
    }
}

/// Leaves values that overflow a single float to the general path, which warns of them where NumPy does.
#[inline(always)]
fn narrow(value: f64) -> Option<f32> {
    let narrow = value as f32;
    (narrow.is_finite() || !value.is_finite()).then_some(narrow)
}

macro_rules! integers {
    ($($signed:ty, $unsigned:ty);*) => {$(
        impl ParseNumber for $signed {
            #[inline(always)]
            fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
                Self::try_from(numbers::signed(text, start, end)?).ok()
            }

            fn long(field: &[u8]) -> Option<Self> {
                let (is_negative, field) = match field {
                    [b'-', rest @ ..] => (true, rest),
                    _ => (false, field),
                };
                let magnitude = whole(field)?;
                let value =
                    if is_negative { 0_i64.checked_sub_unsigned(magnitude)? } else { magnitude.try_into().ok()? };
                Self::try_from(value).ok()
            }
        }

        impl ParseNumber for $unsigned {
            #[inline(always)]
            fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
                Self::try_from(numbers::unsigned(text, start, end)?).ok()
            }

            fn long(field: &[u8]) -> Option<Self> {
                Self::try_from(whole(field)?).ok()
            }
        }
    )*};
}

integers!(i8, u8; i16, u16; i32, u32; i64, u64);

fn whole(field: &[u8]) -> Option<u64> {
    digits(field).and_then(|(value, len)| (len == field.len()).then_some(value))
}

fn rows<T: ParseNumber, const BLANKS: bool>(
    text: &[u8],
    marks: &mut FieldIndex,
    count: usize,
    out: &mut [u8],
) -> usize {
    let mut rows = 0;
    let size = count.saturating_mul(size_of::<T>());
    if size > 0 {
        for out in out.chunks_exact_mut(size) {
            let row = marks.line(text).filter(|line| line.ends.len() == count);
            if row.and_then(|line| row_of::<T, BLANKS>(text, line, out)).is_none() {
                break;
            }
            marks.pass();
            rows += 1;
        }
    }
    rows
}

#[inline(always)]
fn row_of<T: ParseNumber, const BLANKS: bool>(
    text: &[u8],
    line: IndexedLine<'_>,
    out: &mut [u8],
) -> Option<()> {
    let mut start = line.start;
    for (cell, &end) in out.chunks_exact_mut(size_of::<T>()).zip(line.ends) {
        if BLANKS {
            start = after_blanks(text, start);
        }
        let value = value::<T>(text, start, end as usize)?;
        cell.copy_from_slice(bytemuck::bytes_of(&value));
        start = end as usize + 1;
    }
    Some(())
}

/// The offset of the next byte that is no blank or tab.
#[inline(always)]
pub(crate) fn after_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// The number of a field, blanks before it allowed.
#[inline(always)]
fn value<T: ParseNumber>(text: &[u8], start: usize, end: usize) -> Option<T> {
    T::of(text, start, end).or_else(|| long(text.get(start..end)?))
}

/// Kept out of line: most numbers have no blanks before them.
#[cold]
#[inline(never)]
fn long<T: ParseNumber>(mut field: &[u8]) -> Option<T> {
    while let [b' ', rest @ ..] = field {
        field = rest;
    }
    T::long(field)
}

/// One column that is read.
#[derive(Debug, Clone, Copy)]
struct ColumnStep {
    /// Counted from the last where negative.
    column: isize,
    /// The parser of a number; `None` for strings.
    number: Option<WriteNumber>,
    scalar: Scalar,
    /// Its range in an element.
    start: usize,
    end: usize,
}

/// The steps that read a row.
#[derive(Debug)]
pub(crate) struct RecordRows {
    steps: Vec<ColumnStep>,
    pub(crate) separator: ByteSeparator,
    /// A byte that sends its line to the general path.
    pub(crate) odd: u8,
    /// Bytes of a row.
    size: usize,
    /// True if a row must have exactly these columns.
    reads_all: bool,
}

impl RecordRows {
    /// The steps for such files. `None` where a column is of another kind.
    pub(crate) fn new(
        dialect: &Dialect,
        columns: &RowLayout,
        usecols: Option<&[isize]>,
        count: usize,
    ) -> Option<Self> {
        let (separator, comment) = separator(dialect)?;
        let (values, size): (Vec<(Scalar, usize)>, usize) = match columns {
            RowLayout::Each(scalar) => {
                let size = scalar.itemsize();
                ((0..count).map(|index| (*scalar, index * size)).collect(), size.checked_mul(count)?)
            }
            RowLayout::Record(cells, size) => {
                (cells.iter().map(|cell| (cell.scalar, cell.offset)).collect(), *size)
            }
            RowLayout::StringColumn(_) => return None,
        };
        let step = |(index, &(scalar, offset)): (usize, &(Scalar, usize))| {
            let number = number(scalar);
            let is_text = matches!(scalar, Scalar::Bytes(_) | Scalar::Str(_, ByteOrder::NATIVE));
            let column = match usecols {
                Some(usecols) => *usecols.get(index)?,
                None => isize::try_from(index).ok()?,
            };
            let step = ColumnStep { column, number, scalar, start: offset, end: offset + scalar.itemsize() };
            (number.is_some() || is_text).then_some(step)
        };
        let steps = values.iter().enumerate().map(step).collect::<Option<Vec<_>>>()?;
        let odd = comment.unwrap_or(NEVER);
        Some(Self { steps, separator, odd, size, reads_all: usecols.is_none() })
    }

    /// Converts the next lines of a text up to the first row for the general path, and returns the number of rows.
    /// Lines that are not ASCII pass only where the text is known to be text (`is_text`).
    pub(crate) fn rows(&self, text: &[u8], marks: &mut FieldIndex, is_text: bool, out: &mut [u8]) -> usize {
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
    fn row(&self, text: &[u8], line: IndexedLine<'_>, row: &mut [u8]) -> Option<()> {
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
    fn cell(
        &self,
        step: &ColumnStep,
        text: &[u8],
        mut start: usize,
        end: usize,
        row: &mut [u8],
    ) -> Option<()> {
        if self.separator == ByteSeparator::Blanks {
            start = after_blanks(text, start);
        }
        let out = row.get_mut(step.start..step.end)?;
        match step.number {
            Some(number) => number(text, start, end, out),
            None => write(text, start, end, step.scalar, out),
        }
    }
}
