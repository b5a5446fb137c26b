//! Values that one opcode carries whole.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::decode::{Arg, Instruction};
use super::error::Fault;
use super::opcodes::Op;
use super::{int, text};
use crate::num::python_float;
use crate::repr;

/// A value without parts, as an opcode carries it. Text and bytes are borrowed from the pickle unless escapes had to be
/// undone.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf<'a> {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer of any size in two's complement, least significant byte first.
    Long(&'a [u8]),
    /// An integer in decimal that an `i64` does not hold: digits, after `-` perhaps.
    Digits(&'a str),
    /// A float.
    Float(f64),
    /// A string in UTF-8, in which surrogates may stand as if they were characters: check before use as Rust's `str`.
    Str(Cow<'a, [u8]>),
    /// A Python 2 `str`: text in an encoding that the pickle does not name, or bytes.
    PyStr(Cow<'a, [u8]>),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A bytearray.
    ByteArray(&'a [u8]),
}

impl<'a> Leaf<'a> {
    /// What an instruction carries; nothing for those that carry no value, or one with another meaning (the memo's
    /// indexes, lengths, names).
    #[inline]
    pub(crate) fn of(instruction: &Instruction<'a>) -> Result<Option<Self>, Fault> {
        let op = instruction.op;
        Ok(Some(match (op, instruction.arg) {
            (Op::None, _) => Self::None,
            (Op::NewTrue, _) => Self::Bool(true),
            (Op::NewFalse, _) => Self::Bool(false),
            (Op::BinInt | Op::BinInt1 | Op::BinInt2, Arg::Int(value)) => Self::Int(value),
            (Op::BinFloat, Arg::Float(value)) => Self::Float(value),
            (Op::BinUnicode | Op::ShortBinUnicode | Op::BinUnicode8, Arg::Bytes(bytes)) => {
                Self::Str(Cow::Borrowed(bytes))
            }
            (Op::BinString | Op::ShortBinString, Arg::Bytes(bytes)) => Self::PyStr(Cow::Borrowed(bytes)),
            (Op::BinBytes | Op::ShortBinBytes | Op::BinBytes8, Arg::Bytes(bytes)) => Self::Bytes(bytes),
            (Op::ByteArray8, Arg::Bytes(bytes)) => Self::ByteArray(bytes),
            (Op::Long1 | Op::Long4, Arg::Bytes(bytes)) => Self::Long(bytes),
            (_, Arg::Line(line)) => return Self::of_line(op, line),
            _ => return Ok(None),
        }))
    }

    fn of_line(op: Op, line: &'a [u8]) -> Result<Option<Self>, Fault> {
        Ok(Some(match op {
            Op::Int => match c_integer(line) {
                // Two characters for 0 or 1 are how protocol 0 writes a bool.
                Some(value @ 0..=1) if line.len() == 2 => Self::Bool(value == 1),
                Some(value) => Self::Int(value),
                None => Self::of_digits(op, line)?,
            },
            Op::Long => Self::of_digits(op, line.strip_suffix(b"L").unwrap_or(line))?,
            Op::Float => Self::Float(float(line).ok_or_else(|| Fault::value(op, "a float", line))?),
            Op::String => {
                let inner = unquoted(line).and_then(text::unescape);
                Self::PyStr(inner.ok_or_else(|| Fault::value(op, "a string in quotes", line))?)
            }
            Op::Unicode => Self::Str(
                text::raw_unicode(line)
                    .ok_or_else(|| Fault::value(op, "a string in raw-unicode-escape", line))?,
            ),
            _ => return Ok(None),
        }))
    }

    fn of_digits(op: Op, line: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(line).ok().map(|text| text.trim_matches(is_space));
        text.and_then(Self::of_spelling).ok_or_else(|| Fault::value(op, "an integer", line))
    }

    /// An integer as Python spells it (`PyLong_FromString` with base 0): a sign, `0x`, `0o` or `0b`, underscores between
    /// digits, and no leading zeros in decimal. Nothing for those beyond 64 bits that are not plainly decimal.
    fn of_spelling(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (radix, digits) = match unsigned.as_bytes() {
            [b'0', b'x' | b'X', ..] => (16, unsigned.get(2..)?),
            [b'0', b'o' | b'O', ..] => (8, unsigned.get(2..)?),
            [b'0', b'b' | b'B', ..] => (2, unsigned.get(2..)?),
            _ => (10, unsigned),
        };
        // Behind a prefix an underscore may come first.
        let digits = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
        let is_part = |part: &str| !part.is_empty() && part.chars().all(|digit| digit.is_digit(radix));
        let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'_'));
        if !digits.split('_').all(is_part) || (radix == 10 && digits.starts_with('0') && !is_zero) {
            return None;
        }
        if radix == 10 && !digits.contains('_') {
            return Some(text.parse().map_or(Self::Digits(text), Self::Int));
        }
        let sign = if text.starts_with('-') { "-" } else { "" };
        i64::from_str_radix(&format!("{sign}{}", digits.replace('_', "")), radix).ok().map(Self::Int)
    }

    /// Prints as Python's `repr` would. A Python 2 `str` prints as Latin-1.
    pub(crate) fn write_repr(&self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Bool(true) => out.write_str("True"),
            Self::Bool(false) => out.write_str("False"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Long(bytes) => out.write_str(&int::decimal(bytes)),
            Self::Digits(digits) => out.write_str(&int::normalised(digits)),
            Self::Float(value) => python_float::float(out, *value),
            Self::Str(bytes) => text::write_repr(out, bytes),
            Self::PyStr(bytes) => repr::str(out, &text::latin1(bytes)),
            Self::Bytes(bytes) => repr::bytes(out, bytes),
            Self::ByteArray(bytes) => repr::bytearray(out, bytes),
        }
    }
}

/// C's `isspace`.
fn is_space(found: char) -> bool {
    matches!(found, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

/// The whole line as C's `strtol` with base 0 reads it, which CPython's unpickler tries first: so a leading 0 means octal.
fn c_integer(line: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(line).ok()?.trim_start_matches(is_space);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// A float as CPython's unpickler takes it (`PyOS_string_to_double`): no white space, no underscores, and no number too large
/// for one.
fn float(line: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(line).ok()?;
    let value: f64 = text.parse().ok()?;
    let is_spelled = text.bytes().any(|byte| matches!(byte, b'n' | b'N'));
    (value.is_finite() || is_spelled).then_some(value)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What stands between the quotes.
fn unquoted(line: &[u8]) -> Option<&[u8]> {
    match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => Some(inner),
        _ => None,
    }
}

/// A non-negative decimal number: the memo's indexes of protocol 0.
pub(crate) fn index(op: Op, line: &[u8]) -> Result<u64, Fault> {
    let text = std::str::from_utf8(line).ok().map(|text| text.trim_matches(is_space));
    let text = text.map(|text| text.strip_prefix('+').unwrap_or(text));
    let joined = text.filter(|text| text.split('_').all(|part| !part.is_empty() && is_digits(part)));
    let value = joined.and_then(|text| text.replace('_', "").parse().ok());
    value.ok_or_else(|| Fault::value(op, "an index of the memo", line))
}

#[cfg(test)]
mod tests {
    use super::super::decode::Decoder;
    use super::*;

    fn repr(bytes: &[u8]) -> String {
        let step = Decoder::new(bytes).step().unwrap();
        let mut out = String::new();
        match Leaf::of(&step) {
            Ok(leaf) => leaf.unwrap().write_repr(&mut out).unwrap(),
            Err(fault) => return fault.to_string(),
        }
        out
    }

    #[test]
    fn lines_are_read_as_python_reads_them() {
        for (bytes, wanted) in [
            (&b"I01\n"[..], "True"),
            (b"I00\n", "False"),
            (b"I-7\n", "-7"),
            (b"I+007\n", "7"),
            (b"I123456789012345678901234567890\n", "123456789012345678901234567890"),
            (b"I0x1f\n", "31"),
            (b"I-0b1_0 \r\n", "-2"),
            (b"I010\n", "8"),
            (b"I1_000\n", "1000"),
            (b"L0o1_7L\n", "15"),
            (b"L-123456789012345678901234567890L\n", "-123456789012345678901234567890"),
            (b"L5\n", "5"),
            (b"F1.5\n", "1.5"),
            (b"Finf\n", "inf"),
            (b"S'a\\x41\\n'\n", "'aA\\n'"),
            (b"S\"it's\"\n", "\"it's\""),
            (b"Vx\\u20ac\n", "'x€'"),
            (b"I5L\n", "INT: expected an integer, found b'5L'"),
            (b"I1__0\n", "INT: expected an integer, found b'1__0'"),
            (b"L010L\n", "LONG: expected an integer, found b'010'"),
            (b"I\n", "INT: expected an integer, found b''"),
            (b"F 1.5\n", "FLOAT: expected a float, found b' 1.5'"),
            (b"F1.5\r\n", "FLOAT: expected a float, found b'1.5\\r'"),
            (b"F1e400\n", "FLOAT: expected a float, found b'1e400'"),
            (b"S'a'\r\n", "STRING: expected a string in quotes, found b\"'a'\\r\""),
            (b"Fx\n", "FLOAT: expected a float, found b'x'"),
            (b"S'\n", "STRING: expected a string in quotes, found b\"'\""),
            (b"Sabc\n", "STRING: expected a string in quotes, found b'abc'"),
            (b"V\\u12\n", "UNICODE: expected a string in raw-unicode-escape, found b'\\\\u12'"),
        ] {
            assert_eq!(repr(bytes), wanted);
        }
    }
}
