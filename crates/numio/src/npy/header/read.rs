//! Bytes to [`Header`] (`_read_array_header` in `numpy/lib/_format_impl.py`).

use std::borrow::Cow;
use std::sync::Arc;

use super::{Header, Prelude, check_shape};
use crate::dtype::descr::is_shape;
use crate::dtype::literal;
use crate::dtype::literal::{Dialect, Literal, Value, excerpt};
use crate::npy::error::HeaderError;
use crate::npy::header::{LENGTH_AT, MAX_TEXT_LEN, Version};
use crate::{DType, Error, ErrorKind, IntWidth, Order, Result, Scalar};

impl Header {
    /// Reads the header at the start of `bytes`, and returns it with the offset of the elements. Bytes after the header
    /// are not looked at. A text of more than `max_chars` characters is refused: NumPy's bound is 10,000.
    ///
    /// # Errors
    /// `InvalidData` if the bytes end early or are no header, with the offset of the fault; `Unsupported` for an
    /// unknown version or dtype; `LimitExceeded` for a longer text and for a shape past the address space.
    pub fn parse(bytes: &[u8], max_chars: usize) -> Result<(Self, usize)> {
        Self::parse_with(bytes, max_chars, element)
    }

    /// As [`parse`](Self::parse), for an array that is mapped: the axes of a subarray become the last axes of the array, as in
    /// `numpy.memmap`. An array that is read has as many elements as the shape of the header says, in NumPy too.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_to_map(bytes: &[u8], max_chars: usize) -> Result<(Self, usize)> {
        Self::parse_with(bytes, max_chars, expanded)
    }

    fn parse_with(bytes: &[u8], max_chars: usize, element: ElementOf) -> Result<(Self, usize)> {
        let prelude = Prelude::read(bytes)?;
        prelude.check(max_chars)?;
        let start = prelude.version.prelude_len();
        let end = prelude.data_offset();
        let text = bytes.get(start..end).ok_or_else(|| {
            let found = bytes.len().saturating_sub(start);
            let fault = HeaderError::Short { what: "array header", wanted: prelude.text_len, found };
            Error::from(fault).with_offset(bytes.len() as u64)
        })?;
        Ok((Self::parse_text(prelude.version, text, max_chars, element)?, end))
    }

    /// Reads the text that follows a [`Prelude`] of this version. Offsets of errors count from the magic, which is to
    /// say from the start of the file.
    fn parse_text(version: Version, bytes: &[u8], max_chars: usize, element: ElementOf) -> Result<Self> {
        if bytes.len() <= max_chars.min(MAX_TEXT_LEN)
            && let Some(header) = plain(version, bytes, element)
        {
            return Ok(header);
        }
        let text = decode(version, bytes)?;
        // NumPy counts characters. There are no more of them than bytes.
        if text.len() > max_chars.min(MAX_TEXT_LEN) {
            let chars = text.chars().count();
            if chars > max_chars.min(MAX_TEXT_LEN) {
                return Err(Error::from(HeaderError::Long(chars)).with_offset(LENGTH_AT));
            }
        }
        document(version, &text, element).map_err(|error| {
            // Latin-1 has one byte a character, and the text here is UTF-8.
            let is_recoded = text.len() != bytes.len();
            let end = error.offset().unwrap_or_default() as usize;
            let ahead = if is_recoded { continuation_bytes(&text, end) } else { 0 };
            error.moved(|offset| offset - ahead + version.prelude_len() as u64)
        })
    }
}

/// UTF-8's bytes after the first of each character, before byte `end`.
fn continuation_bytes(text: &str, end: usize) -> u64 {
    text.bytes().take(end).filter(|byte| byte & 0xc0 == 0x80).count() as u64
}

fn decode(version: Version, bytes: &[u8]) -> Result<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) if version.is_utf8() || text.is_ascii() => Ok(Cow::Borrowed(text)),
        Err(fault) if version.is_utf8() => {
            let at = version.prelude_len() + fault.valid_up_to();
            Err(Error::from(HeaderError::NotUtf8).with_offset(at as u64))
        }
        _ => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// The header of an array of plain elements, if its text is to the byte what NumPy writes: most are, and small files take most of
/// their time to read this. Any other text, and any fault, is left to [`document`], which knows what is wrong and where.
fn plain(version: Version, text: &[u8], element: ElementOf) -> Option<Header> {
    let rest = text.strip_prefix(b"{'descr': '")?;
    let is_letter = |&byte: &u8| byte.is_ascii_alphanumeric() || b"<>|=?[]".contains(&byte);
    let (descr, rest) = rest.split_at_checked(rest.iter().take_while(|byte| is_letter(byte)).count())?;
    let rest = rest.strip_prefix(b"', 'fortran_order': ")?;
    let (order, rest) = match rest.strip_prefix(b"False, 'shape': (") {
        Some(rest) => (Order::C, rest),
        None => (Order::Fortran, rest.strip_prefix(b"True, 'shape': (")?),
    };
    let (shape, mut rest) = plain_shape(rest)?;
    while let Some((eight, after)) = rest.split_first_chunk() {
        if eight != b"        " {
            break;
        }
        rest = after;
    }
    let (last, spaces) = rest.split_last()?;
    if *last != b'\n' || spaces.iter().any(|&byte| byte != b' ') {
        return None;
    }
    let descr = std::str::from_utf8(descr).ok()?;
    let descr = Literal { value: Value::from(descr), offset: 0 };
    let (dtype, shape) = element(DType::from_literal(&descr).ok()?, shape).ok()?;
    check_shape(&shape, &dtype, ErrorKind::InvalidData).ok()?;
    let descr = spelled(&descr, &dtype);
    Some(Header { version, dtype, order, shape, from_python2: false, descr })
}

/// The lengths up to the end of the tuple, as Python prints them, and the text after the end of the dict.
fn plain_shape(mut text: &[u8]) -> Option<(Vec<usize>, &[u8])> {
    /// Longer numbers may pass the largest one.
    const DIGITS: usize = 18;

    let mut shape = Vec::new();
    while !text.starts_with(b")") {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = text.split_at_checked(count)?;
        if !(1..=DIGITS).contains(&count) || (count > 1 && digits.starts_with(b"0")) {
            return None;
        }
        let value = digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        shape.push(usize::try_from(value).ok()?);
        text = match (rest.strip_prefix(b", "), shape.len()) {
            (Some(rest), _) => rest.first().filter(|byte| byte.is_ascii_digit()).map(|_| rest)?,
            (None, 1) => rest.strip_prefix(b",").filter(|rest| rest.starts_with(b")"))?,
            (None, _) => Some(rest).filter(|rest| rest.starts_with(b")"))?,
        };
    }
    Some((shape, text.strip_prefix(b"), }")?))
}

fn document(version: Version, text: &str, element: ElementOf) -> Result<Header> {
    // NumPy takes the L suffix out of texts that are no literals with it, unless they are of version 3.0.
    let dialect = if version.is_utf8() { Dialect::Python3 } else { Dialect::Python2 };
    let parsed = literal::parse(text, dialect).map_err(|error| {
        let fault = Error::from(HeaderError::Literal(error.message()));
        match error.offset() {
            Some(offset) => fault.with_offset(offset),
            None => fault,
        }
    })?;
    let Value::Dict(pairs) = &parsed.literal.value else {
        return Err(at(HeaderError::NotADict(excerpt(&parsed.literal)), &parsed.literal));
    };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    let mut has_others = false;
    for (key, value) in pairs {
        // Of equal keys the last counts, as in every Python dict.
        match &key.value {
            Value::Str(key) if key == "descr" => descr = Some(value),
            Value::Str(key) if key == "fortran_order" => fortran_order = Some(value),
            Value::Str(key) if key == "shape" => shape = Some(value),
            _ => has_others = true,
        }
    }
    let (Some(descr), Some(order), Some(shape), false) = (descr, fortran_order, shape, has_others) else {
        let found = pairs.iter().take(8).map(|(key, _)| excerpt(key)).collect();
        return Err(at(HeaderError::Keys(found), &parsed.literal));
    };
    let shape_at = shape.offset as u64;
    let shape = dimensions(shape)?;
    let order = match order.value {
        Value::Bool(false) => Order::C,
        Value::Bool(true) => Order::Fortran,
        _ => return Err(wrong("fortran_order", "True or False", order)),
    };
    let dtype = DType::from_literal(descr).map_err(|error| {
        let kind = match error.kind() {
            ErrorKind::Unsupported => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidData,
        };
        let offset = error.offset().unwrap_or(descr.offset as u64);
        Error::from(HeaderError::Descr { why: error.message(), kind }).with_offset(offset)
    })?;
    let (dtype, shape) = element(dtype, shape).map_err(|fault| at(fault, descr))?;
    check_shape(&shape, &dtype, ErrorKind::InvalidData).map_err(|error| error.with_offset(shape_at))?;
    let descr = spelled(descr, &dtype);
    Ok(Header { version, dtype, order, shape, from_python2: parsed.needed_python2, descr })
}

/// The text of a dtype that says more to NumPy than a [`DType`] does: `dtype` is what an element of the array is.
fn spelled(descr: &Literal<'_>, dtype: &DType) -> Option<Arc<str>> {
    match &descr.value {
        // Dtypes of other libraries, such as bfloat16, are raw bytes to NumPy, and have a byte order in their descr.
        Value::Str(text) if text.starts_with("<V") => Some(format!("'{text}'").into()),
        // The axes of a subarray have become the array's.
        Value::Str(text) if is_long_long(text) => match dtype {
            DType::Scalar(Scalar::Int(IntWidth::Bits64, order)) => {
                Some(format!("'{}q'", order.to_char()).into())
            }
            DType::Scalar(Scalar::UInt(IntWidth::Bits64, order)) => {
                Some(format!("'{}Q'", order.to_char()).into())
            }
            _ => Some(descr.to_string().into()),
        },
        Value::Tuple(parts) => match parts.as_slice() {
            [base, second, ..] if is_shape(second) => spelled(base, dtype),
            _ => Some(descr.to_string().into()),
        },
        _ if says_more(descr) => Some(descr.to_string().into()),
        _ => None,
    }
}

/// Returns whether a part of a dtype is C's `long long`, which is another dtype than a `long` of as many bytes to NumPy, or
/// has the fields of another dtype, which NumPy lets numbers and texts have.
fn says_more(descr: &Literal<'_>) -> bool {
    match &descr.value {
        Value::Str(text) => is_long_long(text),
        Value::Tuple(parts) => match parts.as_slice() {
            [base, second, ..] => !is_shape(second) || says_more(base),
            _ => false,
        },
        Value::List(fields) => fields.iter().any(|field| match &field.value {
            Value::Tuple(parts) | Value::List(parts) => match parts.as_slice() {
                [_, dtype] => says_more(dtype),
                [_, dtype, second] => !is_shape(second) || says_more(dtype),
                _ => false,
            },
            _ => false,
        }),
        _ => false,
    }
}

fn is_long_long(text: &str) -> bool {
    text.contains(['q', 'Q']) || text.contains("longlong")
}

fn dimensions(shape: &Literal<'_>) -> Result<Vec<usize>> {
    let Value::Tuple(axes) = &shape.value else {
        return Err(wrong("shape", "a tuple of integers", shape));
    };
    let axis = |axis: &Literal<'_>| match &axis.value {
        Value::Int(int) => int
            .to_i64()
            .and_then(|value| usize::try_from(value).ok())
            .ok_or_else(|| wrong("shape", "dimensions from 0 to 9223372036854775807", axis)),
        _ => Err(wrong("shape", "a tuple of integers", shape)),
    };
    axes.iter().map(axis).collect()
}

/// The dtype and shape of an array, by the dtype and shape in its header.
type ElementOf = fn(DType, Vec<usize>) -> Result<(DType, Vec<usize>), HeaderError>;

/// The dtype and shape of an array's elements, for those of its header. NumPy makes the axes of a subarray axes of the
/// array, and then finds that there are too many elements for the shape; it loads
/// the array only if there are just as many.
fn element(dtype: DType, shape: Vec<usize>) -> Result<(DType, Vec<usize>), HeaderError> {
    let DType::Subarray(subarray) = &dtype else {
        return Ok((dtype, shape));
    };
    if shape.contains(&0) || subarray.shape().iter().all(|&axis| axis == 1) {
        return element(subarray.base().clone(), shape);
    }
    Err(HeaderError::Subarray(excerpt(&dtype), ErrorKind::InvalidData))
}

/// The same with the axes of a subarray behind those of the array.
fn expanded(dtype: DType, mut shape: Vec<usize>) -> Result<(DType, Vec<usize>), HeaderError> {
    let DType::Subarray(subarray) = &dtype else {
        return Ok((dtype, shape));
    };
    shape.extend_from_slice(subarray.shape());
    expanded(subarray.base().clone(), shape)
}

fn at(fault: HeaderError, place: &Literal<'_>) -> Error {
    Error::from(fault).with_offset(place.offset as u64)
}

fn wrong(key: &'static str, wanted: &'static str, found: &Literal<'_>) -> Error {
    at(HeaderError::Value { key, wanted, found: excerpt(found) }, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of both ways of reading a text.
    fn both(text: &str) -> (Option<Header>, Result<Header>) {
        (plain(Version::V1, text.as_bytes(), element), document(Version::V1, text, element))
    }

    #[test]
    fn plain_headers_are_read_at_once_and_as_any_other() {
        for descr in [
            "<f8",
            ">f8",
            "|b1",
            "<i4",
            "|S3",
            "<U7",
            "|V5",
            "<V2",
            "|O",
            "<M8[ns]",
            "<m8[25us]",
            "<c16",
            "<q",
        ] {
            for order in ["False", "True"] {
                for shape in ["()", "(0,)", "(10,)", "(2, 3)", "(1, 0, 123456789012345678)"] {
                    for spaces in [0, 1, 7, 8, 60] {
                        let text =
                            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
                        let (quick, slow) = both(&format!("{text}{:spaces$}\n", ""));
                        assert_eq!(quick.is_some(), slow.is_ok(), "{text}");
                        assert_eq!(quick, slow.ok(), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn other_texts_are_left_to_the_grammar() {
        let whole = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }  \n";
        assert!(both(whole).0.is_some());
        for (from, to) in [
            ("<f8", "f8'[:2]"),
            ("<f8", "x9"),
            ("<f8", "\\x3cf8"),
            ("<f8", ""),
            ("False", "0"),
            ("False", "false"),
            ("(2, 3)", "(2, 3"),
            ("(2, 3)", "(2, 3,)"),
            ("(2, 3)", "(2, )"),
            ("(2, 3)", "(2)"),
            ("(2, 3)", "(,)"),
            ("(2, 3)", "(2L, 3)"),
            ("(2, 3)", "(02, 3)"),
            ("(2, 3)", "(-2, 3)"),
            ("(2, 3)", "(2,3)"),
            ("(2, 3)", "(1234567890123456789, 3)"),
            ("(2, 3)", "(1234567890123456, 1234567890123456)"),
            (", }", "}"),
            (", }", ", 'x': 1}"),
            ("  \n", "  "),
            ("  \n", "\t\n"),
            ("  \n", "x \n"),
            ("  \n", ""),
        ] {
            let text = whole.replace(from, to);
            assert_eq!(both(&text).0, None, "{text}");
        }
        // Each part of one is no header either.
        for end in 0..whole.len() {
            assert_eq!(plain(Version::V1, &whole.as_bytes()[..end], element), None, "{end}");
        }
    }
}
