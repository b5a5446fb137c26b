//! Strings of several formats: `f4, (2,3)i4`, and of one repeated, `2f4` (`_commastring` in NumPy's `_internal.py`).

use super::build::FieldName;
use super::error::{DTypeError, quoted};
use super::{ByteOrder, DType, Record, letters, subarray};
use crate::literal::{self, Dialect};
use crate::{Error, Result};

/// Whether NumPy takes `text` for formats with commas or repeats: a comma outside square brackets, or a digit or `()` at
/// the start, a byte order before it allowed.
pub(super) fn is_list(text: &str) -> bool {
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

/// Reads such a string: a record where there is a comma, else the one format.
pub(super) fn parse(text: &str) -> Result<DType> {
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
        // As after the last comma, nothing may stand after the last byte order.
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
    let is_swapped = order == Some(ByteOrder::NATIVE.swapped().char());
    if name.is_empty() && repeats.is_empty() && !is_swapped {
        return Ok((None, rest));
    }
    let order = order.filter(|_| is_swapped).map_or_else(String::new, String::from);
    let dtype = if name.starts_with(|first: char| first.is_ascii_digit()) {
        // Repeats after a byte order, `2<3f4`: an array of arrays. A name has no byte order, so that it goes no deeper.
        parse(&format!("{order}{name}"))?
    } else {
        DType::Scalar(letters::scalar(&format!("{order}{name}"))?)
    };
    if repeats.is_empty() {
        return Ok((Some(dtype), rest));
    }
    let shape = literal::parse(repeats, Dialect::Python3).map_err(|_| DTypeError::Shape(quoted(repeats)))?;
    Ok((Some(subarray::with_shape(dtype, &shape.literal)?), rest))
}

fn order(text: &str) -> (Option<char>, &str) {
    match text.chars().next() {
        Some(order @ ('<' | '>' | '=' | '|')) => (Some(order), text.get(1..).unwrap_or_default()),
        _ => (None, text),
    }
}

fn resolved(order: char) -> char {
    if order == '=' { ByteOrder::NATIVE.char() } else { order }
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
