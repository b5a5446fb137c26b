//! The fast path: rows of plain numbers are cut and converted in one pass over their bytes.
//!
//! A kernel takes only what it is sure of, and leaves every other row (blank, commented, ragged, malformed, oddly
//! spaced) to the general path, which gives the same values and knows the errors.

use super::columns::Columns;
use super::dialect::{Comments, Delimiter, Dialect};
use super::number::{digits, prefix, short};
use crate::{ByteOrder, FloatWidth, IntWidth, Scalar};

/// Fills the bytes of rows of `count` values from the start of a text, up to the first row that is for the general path:
/// how many bytes of text they take, and how many rows there are.
pub(super) type Kernel = fn(text: &[u8], delimiter: u8, count: usize, out: &mut [u8]) -> (usize, usize);

/// The kernel for such files, and the delimiter to give it.
pub(super) fn kernel(dialect: &Dialect, columns: &Columns) -> Option<(Kernel, u8)> {
    let Columns::Each(scalar) = columns else { return None };
    let delimiter = match &dialect.delimiter {
        Delimiter::Space => None,
        Delimiter::Char(mark) => Some(mark.ascii()?),
    };
    let comment = match &dialect.comments {
        Comments::None => None,
        Comments::Char(mark) => mark.ascii(),
        Comments::Several(_) => return None,
    };
    let in_numbers = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_taken = |byte: Option<u8>| byte.is_some_and(in_numbers);
    if dialect.quote.is_some() || is_taken(delimiter) || is_taken(comment) {
        return None;
    }
    let kernel = match delimiter {
        None => of::<true>(*scalar)?,
        Some(_) => of::<false>(*scalar)?,
    };
    Some((kernel, delimiter.unwrap_or(b' ')))
}

/// Writes the number at the start of a text into an element, and says how many bytes of text it takes.
pub(super) type Put = fn(text: &[u8], out: &mut [u8]) -> Option<usize>;

/// How the number at the start of a text is written as an element of `scalar`. `None` for other kinds.
pub(super) fn number(scalar: Scalar) -> Option<Put> {
    const NATIVE: ByteOrder = ByteOrder::NATIVE;
    Some(match scalar {
        Scalar::Int8 => put::<i8>,
        Scalar::UInt8 => put::<u8>,
        Scalar::Int(IntWidth::W2, NATIVE) => put::<i16>,
        Scalar::Int(IntWidth::W4, NATIVE) => put::<i32>,
        Scalar::Int(IntWidth::W8, NATIVE) => put::<i64>,
        Scalar::UInt(IntWidth::W2, NATIVE) => put::<u16>,
        Scalar::UInt(IntWidth::W4, NATIVE) => put::<u32>,
        Scalar::UInt(IntWidth::W8, NATIVE) => put::<u64>,
        Scalar::Float(FloatWidth::W4, NATIVE) => put::<f32>,
        Scalar::Float(FloatWidth::W8, NATIVE) => put::<f64>,
        _ => return None,
    })
}

fn put<T: Number>(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let (value, len) = T::scan(text)?;
    out.copy_from_slice(bytemuck::bytes_of(&value));
    Some(len)
}

fn of<const SPACE: bool>(scalar: Scalar) -> Option<Kernel> {
    const NATIVE: ByteOrder = ByteOrder::NATIVE;
    Some(match scalar {
        Scalar::Int8 => rows::<i8, SPACE>,
        Scalar::UInt8 => rows::<u8, SPACE>,
        Scalar::Int(IntWidth::W2, NATIVE) => rows::<i16, SPACE>,
        Scalar::Int(IntWidth::W4, NATIVE) => rows::<i32, SPACE>,
        Scalar::Int(IntWidth::W8, NATIVE) => rows::<i64, SPACE>,
        Scalar::UInt(IntWidth::W2, NATIVE) => rows::<u16, SPACE>,
        Scalar::UInt(IntWidth::W4, NATIVE) => rows::<u32, SPACE>,
        Scalar::UInt(IntWidth::W8, NATIVE) => rows::<u64, SPACE>,
        Scalar::Float(FloatWidth::W4, NATIVE) => rows::<f32, SPACE>,
        Scalar::Float(FloatWidth::W8, NATIVE) => rows::<f64, SPACE>,
        _ => return None,
    })
}

/// A number that can be read without knowing where its field ends.
trait Number: bytemuck::Pod {
    /// The number at the start of `text`, and the bytes it takes.
    fn scan(text: &[u8]) -> Option<(Self, usize)>;
}

impl Number for f64 {
    #[inline]
    fn scan(text: &[u8]) -> Option<(Self, usize)> {
        text.first_chunk().and_then(short::float).or_else(|| prefix(text))
    }
}

impl Number for f32 {
    #[inline]
    fn scan(text: &[u8]) -> Option<(Self, usize)> {
        // Through a double, as NumPy rounds.
        f64::scan(text).map(|(value, len)| (value as Self, len))
    }
}

macro_rules! integers {
    ($($signed:ty, $unsigned:ty);*) => {$(
        impl Number for $signed {
            #[inline]
            fn scan(text: &[u8]) -> Option<(Self, usize)> {
                if let Some((value, len)) = text.first_chunk().and_then(short::signed) {
                    return Some((Self::try_from(value).ok()?, len));
                }
                let negative = text.first() == Some(&b'-');
                let (magnitude, len) = digits(text.get(usize::from(negative)..)?)?;
                let value = if negative { 0_i64.checked_sub_unsigned(magnitude)? } else { magnitude.try_into().ok()? };
                Some((Self::try_from(value).ok()?, len + usize::from(negative)))
            }
        }

        impl Number for $unsigned {
            #[inline]
            fn scan(text: &[u8]) -> Option<(Self, usize)> {
                let short = text.first_chunk().and_then(short::unsigned);
                let (value, len) = short.or_else(|| digits(text))?;
                Some((Self::try_from(value).ok()?, len))
            }
        }
    )*};
}

integers!(i8, u8; i16, u16; i32, u32; i64, u64);

fn rows<T: Number, const SPACE: bool>(
    text: &[u8],
    delimiter: u8,
    count: usize,
    out: &mut [u8],
) -> (usize, usize) {
    let (mut rest, mut rows) = (text, 0);
    let size = count.saturating_mul(size_of::<T>());
    if size > 0 {
        for out in out.chunks_exact_mut(size) {
            let Some(taken) = row::<T, SPACE>(rest, delimiter, out) else { break };
            rest = rest.get(taken..).unwrap_or_default();
            rows += 1;
        }
    }
    (text.len() - rest.len(), rows)
}

/// With `SPACE`, fields stand between blanks and tabs; else a `delimiter` stands between two, with blanks after it.
#[inline]
fn row<T: Number, const SPACE: bool>(text: &[u8], delimiter: u8, row: &mut [u8]) -> Option<usize> {
    let is_blank =
        |byte: u8| if SPACE { byte == b' ' || byte == b'\t' } else { byte == b' ' && delimiter != b' ' };
    let (cells, last) = row.split_at_mut_checked(row.len().checked_sub(size_of::<T>())?)?;
    let mut rest = text;
    for cell in cells.chunks_exact_mut(size_of::<T>()) {
        let (value, after) = first::<T>(rest, is_blank)?;
        cell.copy_from_slice(bytemuck::bytes_of(&value));
        let (&next, after) = after.split_first()?;
        if !(if SPACE { is_blank(next) } else { next == delimiter }) {
            return None;
        }
        rest = after;
    }
    let (value, mut rest) = first::<T>(rest, is_blank)?;
    last.copy_from_slice(bytemuck::bytes_of(&value));
    if SPACE {
        rest = trim(rest, is_blank);
    }
    rest = match rest {
        [] => rest,
        [b'\n', after @ ..] | [b'\r', b'\n', after @ ..] => after,
        _ => return None,
    };
    Some(text.len() - rest.len())
}

/// The number at the start of `text`, blanks before it allowed, and the rest.
#[inline(always)]
fn first<T: Number>(text: &[u8], is_blank: impl Fn(u8) -> bool) -> Option<(T, &[u8])> {
    // In most files nothing stands there.
    let (value, text, len) = match T::scan(text) {
        Some((value, len)) => (value, text, len),
        None => {
            let text = trim(text, is_blank);
            let (value, len) = scan::<T>(text)?;
            (value, text, len)
        }
    };
    Some((value, text.get(len..)?))
}

/// Out of the way of numbers without blanks before them.
#[cold]
#[inline(never)]
fn scan<T: Number>(text: &[u8]) -> Option<(T, usize)> {
    T::scan(text)
}

#[inline]
fn trim(mut text: &[u8], is_blank: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((first, after)) = text.split_first()
        && is_blank(*first)
    {
        text = after;
    }
    text
}
