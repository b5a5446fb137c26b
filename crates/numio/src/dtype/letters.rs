//! Strings of one scalar: a letter and a size, a unit, or a name (`_convert_from_str` in NumPy's `descriptor.c`).

use super::error::{DTypeError, quoted};
use super::integer::leading_integer;
use super::kinds::{LETTERS, NUMBERS, OTHERS};
use super::{ByteOrder, Scalar, TimeUnit};

/// Reads the string of one scalar.
pub(super) fn scalar(text: &str) -> Result<Scalar, DTypeError> {
    let unknown = || DTypeError::Unknown(quoted(text));
    let (order, rest) = match text.as_bytes().first() {
        Some(b'<') => (ByteOrder::Little, text.get(1..)),
        Some(b'>') => (ByteOrder::Big, text.get(1..)),
        Some(b'=' | b'|') => (ByteOrder::NATIVE, text.get(1..)),
        _ => (ByteOrder::NATIVE, Some(text)),
    };
    let rest = rest.filter(|rest| !rest.is_empty()).ok_or_else(unknown)?;
    if let Some((is_date, unit)) = time_parts(rest) {
        let unit = TimeUnit::parse(unit)?;
        return Ok(if is_date { Scalar::Datetime(unit, order) } else { Scalar::Timedelta(unit, order) });
    }
    let mut chars = rest.chars();
    let letter = chars.next().ok_or_else(unknown)?;
    if chars.as_str().is_empty() {
        if letter == 'T' {
            return Err(DTypeError::Unsupported(quoted(text)));
        }
        let number = NUMBERS.iter().find(|kind| kind.chars.contains(&letter)).map(|kind| kind.scalar);
        let other = || LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, scalar)| *scalar);
        if let Some(scalar) = number.or_else(other) {
            return Ok(scalar.with_byte_order(order));
        }
    } else if let Some(scalar) = sized(letter, chars.as_str(), order).map_err(|()| unknown())? {
        return Ok(scalar);
    }
    // Names have no byte order before them.
    let number = NUMBERS.iter().find(|kind| kind.names.contains(&text)).map(|kind| kind.scalar);
    let other = || OTHERS.iter().find(|(known, _)| *known == text).map(|(_, scalar)| *scalar);
    number.or_else(other).ok_or_else(unknown)
}

/// Whether it is a datetime or a timedelta, and the text of its unit.
fn time_parts(text: &str) -> Option<(bool, &str)> {
    let names = [("M8", true), ("m8", false), ("datetime64", true), ("timedelta64", false)];
    names.iter().find_map(|(name, is_date)| Some((*is_date, text.strip_prefix(name)?)))
}

/// A letter and a size. `Ok(None)` where it may still be a name, `Err` where the size is out of bounds.
fn sized(letter: char, size: &str, order: ByteOrder) -> Result<Option<Scalar>, ()> {
    let Some((value, _)) = leading_integer(size).filter(|(_, len)| *len == size.len()) else {
        return Ok(None);
    };
    let size = u32::try_from(value).ok().filter(|&size| i32::try_from(size).is_ok()).ok_or(())?;
    Ok(match letter {
        'S' | 'a' => Some(Scalar::Bytes(size)),
        'V' => Some(Scalar::Void(size)),
        'U' if size > i32::MAX.unsigned_abs() / 4 => return Err(()),
        'U' => Some(Scalar::Str(size, order)),
        // Pickled objects were written with a size when pointers had four bytes.
        'O' if size == 4 => Some(Scalar::Object),
        // `M8` went before; white space inside comes here.
        'M' if size == 8 => Some(Scalar::Datetime(TimeUnit::Generic, order)),
        'm' if size == 8 => Some(Scalar::Timedelta(TimeUnit::Generic, order)),
        _ => {
            let known = NUMBERS.iter().find(|kind| kind.code == (letter, size as usize));
            known.map(|kind| kind.scalar.with_byte_order(order))
        }
    })
}
