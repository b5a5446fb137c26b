//! The fast path: rows of plain numbers are converted straight from the marks of their fields.
//!
//! A kernel takes only what it is sure of, and leaves every other row (blank, commented, ragged, malformed, oddly
//! spaced) to the general path, which gives the same values and knows the errors.

use super::super::columns::Columns;
use super::super::dialect::{Comments, Delimiter, Dialect};
use super::super::number::{digits, prefix};
use super::marks::{Line, Marks};
use super::search::Separator;
use super::sixteen;
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// Fills the bytes of rows of `count` values from the next lines of a text, up to the first row that is for the general
/// path: how many rows there are.
pub(in super::super) type Kernel = fn(text: &[u8], marks: &mut Marks, count: usize, out: &mut [u8]) -> usize;

/// A function for numbers, as it is for those of `$scalar`. Leaves with `None` where they are of another kind.
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

/// The kernel for such files, and what tells their fields apart.
pub(in super::super) fn kernel(dialect: &Dialect, columns: &Columns) -> Option<(Kernel, Separator)> {
    let Columns::Each(scalar) = columns else { return None };
    let (separator, _) = separator(dialect)?;
    let kernel: Kernel = match separator {
        Separator::Blanks => of_kind!(*scalar, rows, true),
        Separator::Byte(_) => of_kind!(*scalar, rows, false),
    };
    Some((kernel, separator))
}

/// What tells the fields of such files apart, and what starts a comment, as single bytes that are part of no number. `None`
/// where they are not.
pub(super) fn separator(dialect: &Dialect) -> Option<(Separator, Option<u8>)> {
    let separator = match &dialect.delimiter {
        Delimiter::Space => Separator::Blanks,
        Delimiter::Char(mark) => Separator::Byte(mark.ascii()?),
    };
    let comment = match &dialect.comments {
        Comments::None => None,
        Comments::Char(mark) => Some(mark.ascii()?),
        Comments::Several(_) => return None,
    };
    let in_numbers = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_clear = match separator {
        Separator::Byte(byte) => !in_numbers(byte),
        Separator::Blanks => true,
    };
    let is_seen = !comment.is_some_and(|byte| in_numbers(byte) || matches!(byte, b' ' | b'\t'));
    (dialect.quote.is_none() && is_clear && is_seen).then_some((separator, comment))
}

/// Writes the number of a field into an element.
pub(super) type Put = fn(text: &[u8], start: usize, end: usize, out: &mut [u8]) -> Option<()>;

/// How a number is written as an element of `scalar`. `None` for other kinds.
pub(super) fn number(scalar: Scalar) -> Option<Put> {
    Some(of_kind!(scalar, put))
}

fn put<T: Number>(text: &[u8], start: usize, end: usize, out: &mut [u8]) -> Option<()> {
    out.copy_from_slice(bytemuck::bytes_of(&value::<T>(text, start, end)?));
    Some(())
}

/// A number that fields may be.
trait Number: bytemuck::Pod {
    /// The number of most fields, quickly.
    fn of(text: &[u8], start: usize, end: usize) -> Option<Self>;

    /// The number of a field of any length.
    fn long(field: &[u8]) -> Option<Self>;
}

impl Number for f64 {
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
        sixteen::float(text, start, end).or_else(|| Self::long(text.get(start..end)?))
    }

    #[inline]
    fn long(field: &[u8]) -> Option<Self> {
        prefix(field).and_then(|(value, len)| (len == field.len()).then_some(value))
    }
}

impl Number for f32 {
    // Through a double, as NumPy rounds.
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
        f64::of(text, start, end).and_then(narrow)
    }

    fn long(field: &[u8]) -> Option<Self> {
        f64::long(field).and_then(narrow)
    }
}

/// What is too large for a single float is for the general path, which warns of it where NumPy does.
#[inline(always)]
fn narrow(value: f64) -> Option<f32> {
    let narrow = value as f32;
    (narrow.is_finite() || !value.is_finite()).then_some(narrow)
}

macro_rules! integers {
    ($($signed:ty, $unsigned:ty);*) => {$(
        impl Number for $signed {
            #[inline(always)]
            fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
                Self::try_from(sixteen::signed(text, start, end)?).ok()
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

        impl Number for $unsigned {
            #[inline(always)]
            fn of(text: &[u8], start: usize, end: usize) -> Option<Self> {
                Self::try_from(sixteen::unsigned(text, start, end)?).ok()
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

fn rows<T: Number, const BLANKS: bool>(
    text: &[u8],
    marks: &mut Marks,
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
fn row_of<T: Number, const BLANKS: bool>(text: &[u8], line: Line<'_>, out: &mut [u8]) -> Option<()> {
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

/// From where on there is no blank or tab.
#[inline(always)]
pub(super) fn after_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

/// The number of a field, blanks before it allowed.
#[inline(always)]
fn value<T: Number>(text: &[u8], start: usize, end: usize) -> Option<T> {
    T::of(text, start, end).or_else(|| long(text.get(start..end)?))
}

/// Out of the way of numbers without blanks before them.
#[cold]
#[inline(never)]
fn long<T: Number>(mut field: &[u8]) -> Option<T> {
    while let [b' ', rest @ ..] = field {
        field = rest;
    }
    T::long(field)
}
