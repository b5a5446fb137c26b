//! Parses the strings that `np.dtype` accepts.

use std::fmt;
use std::fmt::Write;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::dtype::literal::Dialect;
use crate::dtype::scalar::{LETTERS, NUMBERS, OTHERS};
use crate::dtype::structured::FieldName;
use crate::dtype::{
    ByteOrder, DType, DTypeError, DatetimeUnit, Record, Scalar, TimeUnit, literal, quoted, structured,
};
use crate::{Error, Result};

impl DType {
    /// Reads any string that `np.dtype` accepts: `<f8`, `float64`, `d`, `S5`, `M8[25s]`, and several formats with
    /// commas, `f4, (2,3)i4`, which make a record with fields `f0`, `f1`, ...
    ///
    /// Sizes are those of 64-bit Unix: `int`, `long` and `intp` are `i8`, `longdouble` is `f16`. Lists of fields are read by
    /// [`from_descr`](Self::from_descr) and by `"...".parse()`.
    ///
    /// # Errors
    /// `InvalidInput` for a string that is not a dtype, and if NumPy's bound of 2^31 - 1 bytes would be passed;
    /// `Unsupported` for `T`, which files do not hold.
    ///
    /// ```
    /// use numio::DType;
    ///
    /// assert_eq!(DType::parse("float64")?, DType::FLOAT64);
    /// assert_eq!(DType::parse(">M8[3D]")?.to_string(), ">M8[3D]");
    /// assert_eq!(DType::parse("f4, (2,3)i4")?.to_string(), "[('f0', '<f4'), ('f1', '<i4', (2, 3))]");
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        if is_list(text) { parse(text) } else { Ok(Self::Scalar(scalar(text)?)) }
    }
}

/// What [`DType::parse`] reads, and the lists and tuples that [`DType::from_descr`] does: so what
/// [`Display`](fmt::Display) prints, but for records with gaps or of an alignment, which it prints as NumPy's dictionary.
///
/// ```
/// use numio::DType;
///
/// let dtype: DType = "[('time', '<M8[s]'), ('wind', '<f4', (2,))]".parse()?;
/// assert_eq!(dtype.itemsize(), 16);
/// assert_eq!(dtype.to_string().parse::<DType>()?, dtype);
/// assert_eq!("float64".parse::<DType>()?, DType::FLOAT64);
/// # Ok::<(), numio::Error>(())
/// ```
impl FromStr for DType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // The shape in front of a format, as in `(2,3)f4`, is in parentheses, too.
        let is_tuple =
            text.strip_prefix('(').is_some_and(|rest| rest.trim_start().starts_with(['\'', '"', '[', '(']));
        if is_tuple || text.starts_with('[') { Self::from_descr(text) } else { Self::parse(text) }
    }
}

/// True if NumPy takes `text` for formats with commas or repeats: a comma outside square brackets, or a digit or `()`
/// at the start, optionally after a byte order.
pub(crate) fn is_list(text: &str) -> bool {
    let start = text.strip_prefix(['<', '>', '=', '|']).unwrap_or(text);
    if start.starts_with("()") || start.starts_with(|first: char| first.is_ascii_digit()) {
        return true;
    }
    let mut depth = 0_i64;
    text.bytes().any(|byte| {
        depth += i64::from(byte == b'[') - i64::from(byte == b']');
        byte == b',' && depth == 0
    })
}

/// Reads such a string: a record if there is a comma, else the one format.
pub(crate) fn parse(text: &str) -> Result<DType> {
    let fault = || Error::from(DTypeError::Unknown(quoted(text)));
    let mut formats = Vec::new();
    let mut is_list = false;
    let mut rest = text;
    while !rest.is_empty() {
        let (format, after) = format(rest)?;
        formats.push(format);
        let trimmed = after.trim_start_matches(is_space);
        rest = match trimmed.strip_prefix(',') {
            _ if trimmed.is_empty() => "",
            None => return Err(fault()),
            Some(next) => {
                is_list = true;
                next.trim_start_matches(is_space)
            }
        };
    }
    if is_list {
        // As after the last comma, nothing may follow the last byte order.
        formats.pop_if(|last| last.is_none());
    }
    let formats: Vec<DType> = formats.into_iter().collect::<Option<_>>().ok_or_else(fault)?;
    if is_list && !formats.is_empty() {
        return Ok(Record::packed(formats.into_iter().map(|dtype| (FieldName::from(""), dtype)))?.into());
    }
    formats.into_iter().next().ok_or_else(fault)
}

/// Python's `\s`, which counts the separators of ASCII, too.
fn is_space(found: char) -> bool {
    found.is_whitespace() || ('\x1c'..='\x1f').contains(&found)
}

/// One format at the start of `text`: byte order, repeats, byte order, type; and what follows it. `None` for one that
/// says nothing: empty, or this machine's byte order.
fn format(text: &str) -> Result<(Option<DType>, &str)> {
    let (first, rest) = order(text);
    let (repeats, rest) = rest.split_at(repeats_len(rest));
    let (second, rest) = order(rest);
    let (name, rest) = rest.split_at(type_len(rest));
    let order = match (first, second) {
        (None, order) | (order, None) => order,
        (Some(first), Some(second)) if resolved(first) == resolved(second) => Some(first),
        _ => return Err(DTypeError::TwoOrders(quoted(text)).into()),
    };
    let is_swapped = order == Some(ByteOrder::NATIVE.swapped().to_char());
    if name.is_empty() && repeats.is_empty() && !is_swapped {
        return Ok((None, rest));
    }
    let order = order.filter(|_| is_swapped).map_or_else(String::new, String::from);
    let dtype = if name.starts_with(|first: char| first.is_ascii_digit()) {
        // Repeats after a byte order, `2<3f4`: an array of arrays. A name has no byte order, so that it goes no deeper.
        parse(&format!("{order}{name}"))?
    } else {
        DType::Scalar(scalar(&format!("{order}{name}"))?)
    };
    if repeats.is_empty() {
        return Ok((Some(dtype), rest));
    }
    let shape = literal::parse(repeats, Dialect::Python3).map_err(|_| DTypeError::Shape(quoted(repeats)))?;
    Ok((Some(structured::with_shape(dtype, &shape.literal)?), rest))
}

fn order(text: &str) -> (Option<char>, &str) {
    match text.chars().next() {
        Some(order @ ('<' | '>' | '=' | '|')) => (Some(order), text.get(1..).unwrap_or_default()),
        _ => (None, text),
    }
}

fn resolved(order: char) -> char {
    if order == '=' { ByteOrder::NATIVE.to_char() } else { order }
}

/// ` *[(]?[ ,0-9]*[)]? *`
fn repeats_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |start: usize, set: &[u8]| {
        bytes.get(start..).unwrap_or_default().iter().take_while(|byte| set.contains(byte)).count()
    };
    let mut end = run(0, b" ");
    end += usize::from(bytes.get(end) == Some(&b'('));
    end += run(end, b" ,0123456789");
    end += usize::from(bytes.get(end) == Some(&b')'));
    end + run(end, b" ")
}

/// `[A-Za-z0-9.?]*`, then perhaps a unit: `[`, one or more of `[a-zA-Z0-9,.]`, `]`.
fn type_len(text: &str) -> usize {
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'.';
    let bytes = text.as_bytes();
    let name = bytes.iter().take_while(|byte| is_word(byte) || **byte == b'?').count();
    let Some([b'[', unit @ ..]) = bytes.get(name..) else {
        return name;
    };
    let len = unit.iter().take_while(|byte| is_word(byte) || **byte == b',').count();
    if len > 0 && unit.get(len) == Some(&b']') { name + len + 2 } else { name }
}

/// Reads the string of one scalar.
pub(crate) fn scalar(text: &str) -> Result<Scalar, DTypeError> {
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

/// True for a datetime, false for a timedelta, and the text of the unit.
fn time_parts(text: &str) -> Option<(bool, &str)> {
    let names = [("M8", true), ("m8", false), ("datetime64", true), ("timedelta64", false)];
    names.iter().find_map(|(name, is_date)| Some((*is_date, text.strip_prefix(name)?)))
}

/// A letter and a size. `Ok(None)` if it may still be a name, `Err` if the size is out of bounds.
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

/// Number of smaller units in each unit, for NumPy's divisors (`[h/4]`): takes the first count that the divisor
/// divides.
const PARTS: [(DatetimeUnit, &[(u32, DatetimeUnit)]); 12] = [
    (DatetimeUnit::Year, &[(12, DatetimeUnit::Month), (52, DatetimeUnit::Week), (365, DatetimeUnit::Day)]),
    (DatetimeUnit::Month, &[(4, DatetimeUnit::Week), (30, DatetimeUnit::Day), (720, DatetimeUnit::Hour)]),
    (
        DatetimeUnit::Week,
        &[(7, DatetimeUnit::Day), (168, DatetimeUnit::Hour), (10_080, DatetimeUnit::Minute)],
    ),
    (
        DatetimeUnit::Day,
        &[(24, DatetimeUnit::Hour), (1_440, DatetimeUnit::Minute), (86_400, DatetimeUnit::Second)],
    ),
    (DatetimeUnit::Hour, &[(60, DatetimeUnit::Minute), (3_600, DatetimeUnit::Second)]),
    (DatetimeUnit::Minute, &[(60, DatetimeUnit::Second), (60_000, DatetimeUnit::Millisecond)]),
    (DatetimeUnit::Second, &[(1_000, DatetimeUnit::Millisecond), (1_000_000, DatetimeUnit::Microsecond)]),
    (DatetimeUnit::Millisecond, &[(1_000, DatetimeUnit::Microsecond), (1_000_000, DatetimeUnit::Nanosecond)]),
    (DatetimeUnit::Microsecond, &[(1_000, DatetimeUnit::Nanosecond), (1_000_000, DatetimeUnit::Picosecond)]),
    (DatetimeUnit::Nanosecond, &[(1_000, DatetimeUnit::Picosecond), (1_000_000, DatetimeUnit::Femtosecond)]),
    (DatetimeUnit::Picosecond, &[(1_000, DatetimeUnit::Femtosecond), (1_000_000, DatetimeUnit::Attosecond)]),
    (DatetimeUnit::Femtosecond, &[(1_000, DatetimeUnit::Attosecond)]),
];

impl TimeUnit {
    /// Reads what follows `M8`: nothing for generic, else a unit in brackets with an optional count before it and an
    /// optional divisor after it.
    pub(crate) fn parse(text: &str) -> Result<Self, DTypeError> {
        if text.is_empty() {
            return Ok(Self::Generic);
        }
        let fault = |why| DTypeError::Unit(quoted(text), why);
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let inner = inner.ok_or_else(|| fault("expected a unit in brackets, such as [ns] or [25s]"))?;
        let count = leading_integer(inner);
        let (count, rest) =
            count.map_or((1, inner), |(count, len)| (count, inner.get(len..).unwrap_or_default()));
        let fits = |count: &u32| i32::try_from(*count).is_ok();
        let count =
            u32::try_from(count).ok().filter(fits).ok_or_else(|| fault("a count is from 1 to 2147483647"))?;
        let (name, divisor) = match rest.split_once('/') {
            None => (rest, 1),
            Some((name, divisor)) => match leading_integer(divisor) {
                Some((value, len)) if len == divisor.len() => (name, value),
                _ => return Err(fault("a divisor is an integer")),
            },
        };
        if name == "generic" {
            let why = "generic units have no divisor";
            return if divisor == 1 { Ok(Self::Generic) } else { Err(fault(why)) };
        }
        let unit = DatetimeUnit::ALL.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit);
        // The Greek letter; the micro sign is another character, and NumPy does not take it.
        let unit = unit.or_else(|| (name == "\u{3bc}s").then_some(DatetimeUnit::Microsecond));
        let unit =
            unit.ok_or_else(|| fault("the units are Y, M, W, D, h, m, s, ms, us, ns, ps, fs and as"))?;
        let Some(divisor) = u32::try_from(divisor).ok().and_then(NonZeroU32::new) else {
            return Err(fault("a divisor is at least 1"));
        };
        let (count, unit) = if divisor.get() == 1 {
            (Some(count), unit)
        } else {
            let parts = PARTS.iter().find(|(whole, _)| *whole == unit).map_or(&[][..], |(_, parts)| parts);
            let part = parts.iter().find(|(many, _)| *many % divisor == 0);
            let (many, part) = part.ok_or_else(|| DTypeError::Divisor(quoted(text)))?;
            (count.checked_mul(*many / divisor).filter(fits), *part)
        };
        let count = count.ok_or_else(|| fault("the count, divided, passes 2147483647"))?;
        let count = NonZeroU32::new(count).ok_or_else(|| fault("a count is at least 1"))?;
        Ok(Self::Multiple(count, unit))
    }

    /// Writes what follows `M8`.
    pub(crate) fn push(self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::Generic => Ok(()),
            Self::Multiple(NonZeroU32::MIN, unit) => write!(out, "[{}]", unit.abbreviation()),
            Self::Multiple(count, unit) => write!(out, "[{count}{}]", unit.abbreviation()),
        }
    }
}

/// The integer at the start of `text` and the bytes it takes: white space, one sign, digits. `None` without digits. A
/// value that does not fit becomes the nearest that does, which every caller refuses.
pub(crate) fn leading_integer(text: &str) -> Option<(i64, usize)> {
    let bytes = text.as_bytes();
    // C's isspace: Rust's leaves out the vertical tab.
    let is_space = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0x0b;
    let start = bytes.iter().take_while(is_space).count();
    let sign = bytes.get(start).filter(|byte| matches!(byte, b'+' | b'-'));
    let start = start + usize::from(sign.is_some());
    let digits = bytes.get(start..)?;
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 {
        return None;
    }
    let value = digits
        .iter()
        .take(len)
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    Some((if sign == Some(&b'-') { -value } else { value }, start + len))
}
