//! Bytes to instructions: pure, without copies, and without believing a length before the bytes are there.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;

use crate::error::UnpicklingError;
use crate::int;
use crate::opcodes::{Argument, Op, Opcode};
use crate::{Error, Result, repr};

/// The argument of an opcode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arg<'a> {
    /// Nothing.
    None,
    /// A number of one, two or four bytes.
    Int(i64),
    /// A length of eight bytes.
    Length(u64),
    /// A float.
    Float(f64),
    /// Text up to a newline, which is left out.
    Line(&'a [u8]),
    /// Two such texts.
    Lines(&'a [u8], &'a [u8]),
    /// As many bytes as the length before them said.
    Bytes(&'a [u8]),
}

/// One instruction of a pickle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instruction<'a> {
    /// The offset of its opcode.
    pub at: usize,
    /// The opcode.
    pub op: Op,
    /// With what.
    pub arg: Arg<'a>,
}

/// The instructions of one pickle, up to and with its STOP; or an error, after which there are no more.
///
/// ```
/// use numio_pickle::{Arg, Decoder, Op};
///
/// let ops: Vec<_> = Decoder::new(b"\x80\x02K\x07.").collect::<Result<_, _>>()?;
/// assert_eq!((ops[1].at, ops[1].op, ops[1].arg), (2, Op::BinInt1, Arg::Int(7)));
/// assert_eq!(ops.len(), 3);
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    over: bool,
}

impl<'a> Decoder<'a> {
    /// Reads from the first byte on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, over: false }
    }

    /// The number of bytes read.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The number of bytes in all.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Goes on at byte `at`.
    pub(crate) fn resume(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, over: false }
    }

    /// Goes on at byte `at`.
    pub(crate) fn seek(&mut self, at: usize) {
        (self.at, self.over) = (at, false);
    }

    /// The next instruction.
    ///
    /// # Errors
    /// `InvalidData` where the opcode is unknown or what it carries is not all there; `EndOfStream` where there is no byte at all.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Result<Instruction<'a>> {
        self.advance().map_err(|fault| self.failed(fault))
    }

    /// The error if there is no instruction here.
    #[cold]
    pub(crate) fn failed(&self, fault: UnpicklingError) -> Error {
        match fault {
            UnpicklingError::Empty => fault.into(),
            fault => fault.at(self.at),
        }
    }

    /// The next instruction, or the reason that there is no other; then the offset stays the same.
    #[inline(always)]
    pub(crate) fn advance(&mut self) -> Result<Instruction<'a>, UnpicklingError> {
        let Some(code) = self.code() else {
            return Err(if self.at == 0 { UnpicklingError::Empty } else { UnpicklingError::NoStop });
        };
        self.advance_by(code)
    }

    /// The byte of the next opcode.
    #[inline(always)]
    pub(crate) fn code(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// As [`advance`](Self::advance), if the byte of the next opcode is known.
    #[inline(always)]
    pub(crate) fn advance_by(&mut self, code: u8) -> Result<Instruction<'a>, UnpicklingError> {
        let at = self.at;
        let rest = self.bytes.get(at + 1..).unwrap_or_default();
        let Some(opcode) = Opcode::of(code) else { return Err(UnpicklingError::UnknownOpcode(code)) };
        let (arg, len) = argument(opcode, rest)?;
        self.at = at + 1 + len;
        Ok(Instruction { at, op: opcode.op, arg })
    }
}

impl<'a> Iterator for Decoder<'a> {
    type Item = Result<Instruction<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let step = self.step();
        self.over = !matches!(&step, Ok(instruction) if instruction.op != Op::Stop);
        Some(step)
    }
}

/// The argument that follows an opcode, and the number of its bytes.
#[inline(always)]
fn argument<'a>(opcode: &Opcode, rest: &'a [u8]) -> Result<(Arg<'a>, usize), UnpicklingError> {
    let op = opcode.op;
    Ok(match opcode.argument {
        Argument::Nothing => (Arg::None, 0),
        Argument::U8 => (Arg::Int(u8::from_le_bytes(fixed(op, rest)?).into()), 1),
        Argument::U16 => (Arg::Int(u16::from_le_bytes(fixed(op, rest)?).into()), 2),
        Argument::I32 => (Arg::Int(i32::from_le_bytes(fixed(op, rest)?).into()), 4),
        Argument::U32 => (Arg::Int(u32::from_le_bytes(fixed(op, rest)?).into()), 4),
        Argument::U64 => (Arg::Length(u64::from_le_bytes(fixed(op, rest)?)), 8),
        Argument::F64 => (Arg::Float(f64::from_be_bytes(fixed(op, rest)?)), 8),
        Argument::Line => {
            let (line, _) = line(op, rest)?;
            (Arg::Line(line), line.len() + 1)
        }
        Argument::Lines => {
            let (first, after) = line(op, rest)?;
            let (second, _) = line(op, after)?;
            (Arg::Lines(first, second), first.len() + second.len() + 2)
        }
        Argument::Counted1 => counted::<1>(op, rest, u8::from_le_bytes(fixed(op, rest)?).into())?,
        Argument::Counted4 => counted::<4>(op, rest, u32::from_le_bytes(fixed(op, rest)?).into())?,
        Argument::Counted8 => counted::<8>(op, rest, u64::from_le_bytes(fixed(op, rest)?))?,
        Argument::Counted4Signed => {
            let length = i32::from_le_bytes(fixed(op, rest)?);
            let wanted = u64::try_from(length).map_err(|_| UnpicklingError::NegativeLength { op, length })?;
            counted::<4>(op, rest, wanted)?
        }
    })
}

#[inline(always)]
fn fixed<const N: usize>(op: Op, rest: &[u8]) -> Result<[u8; N], UnpicklingError> {
    match rest.first_chunk() {
        Some(bytes) => Ok(*bytes),
        None => Err(UnpicklingError::Short { op, wanted: N as u64, left: rest.len() }),
    }
}

/// `wanted` bytes, after the `N` bytes of their number.
#[inline(always)]
fn counted<const N: usize>(op: Op, rest: &[u8], wanted: u64) -> Result<(Arg<'_>, usize), UnpicklingError> {
    let counted = rest.get(N..).unwrap_or_default();
    match usize::try_from(wanted).ok().and_then(|wanted| counted.get(..wanted)) {
        Some(bytes) => Ok((Arg::Bytes(bytes), N + bytes.len())),
        None => Err(UnpicklingError::Short { op, wanted, left: counted.len() }),
    }
}

fn line(op: Op, rest: &[u8]) -> Result<(&[u8], &[u8]), UnpicklingError> {
    let newline = rest.iter().position(|&byte| byte == b'\n');
    let Some((line, after)) = newline.and_then(|at| rest.split_at_checked(at)) else {
        return Err(UnpicklingError::NoNewline { op });
    };
    Ok((line, after.get(1..).unwrap_or_default()))
}

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
    /// An integer that an `i64` does not hold, as Python spells it: digits, after a sign perhaps; in another base after
    /// `0x`, `0o` or `0b`; with underscores between digits perhaps.
    Digits(&'a str),
    /// A float.
    Float(f64),
    /// A string in UTF-8, in which surrogates may stand as if they were characters: check before use as Rust's `str`.
    Str(Cow<'a, [u8]>),
    /// A Python 2 `str`: text in an encoding that the pickle does not name, or bytes.
    Python2Str(Cow<'a, [u8]>),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A bytearray.
    ByteArray(&'a [u8]),
}

impl<'a> Leaf<'a> {
    /// The value that an instruction carries; `None` for those that carry no value, or one with another meaning (the memo's
    /// indexes, lengths, names).
    #[inline]
    pub(crate) fn of(instruction: &Instruction<'a>) -> Result<Option<Self>, UnpicklingError> {
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
            (Op::BinString | Op::ShortBinString, Arg::Bytes(bytes)) => Self::Python2Str(Cow::Borrowed(bytes)),
            (Op::BinBytes | Op::ShortBinBytes | Op::BinBytes8, Arg::Bytes(bytes)) => Self::Bytes(bytes),
            (Op::ByteArray8, Arg::Bytes(bytes)) => Self::ByteArray(bytes),
            (Op::Long1 | Op::Long4, Arg::Bytes(bytes)) => Self::Long(bytes),
            (_, Arg::Line(line)) => return Self::of_line(op, line),
            _ => return Ok(None),
        }))
    }

    fn of_line(op: Op, line: &'a [u8]) -> Result<Option<Self>, UnpicklingError> {
        Ok(Some(match op {
            Op::Int => match c_integer(line) {
                // Two characters for 0 or 1 are how protocol 0 writes a bool.
                Some(value @ 0..=1) if line.len() == 2 => Self::Bool(value == 1),
                Some(value) => Self::Int(value),
                None => Self::of_digits(op, line)?,
            },
            Op::Long => Self::of_digits(op, line.strip_suffix(b"L").unwrap_or(line))?,
            Op::Float => Self::Float(float(line).ok_or_else(|| UnpicklingError::value(op, "a float", line))?),
            Op::String => {
                let inner = unquoted(line).and_then(unescape);
                Self::Python2Str(inner.ok_or_else(|| UnpicklingError::value(op, "a string in quotes", line))?)
            }
            Op::Unicode => Self::Str(
                raw_unicode(line)
                    .ok_or_else(|| UnpicklingError::value(op, "a string in raw-unicode-escape", line))?,
            ),
            _ => return Ok(None),
        }))
    }

    fn of_digits(op: Op, line: &'a [u8]) -> Result<Self, UnpicklingError> {
        let text = std::str::from_utf8(line).ok().map(|text| text.trim_matches(is_space));
        text.and_then(Self::of_spelling).ok_or_else(|| UnpicklingError::value(op, "an integer", line))
    }

    /// An integer as Python spells it (`PyLong_FromString` with base 0): a sign, `0x`, `0o` or `0b`, underscores between
    /// digits, and no leading zeros in decimal.
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
        let small = i64::from_str_radix(&format!("{sign}{}", digits.replace('_', "")), radix).ok();
        Some(small.map_or(Self::Digits(text), Self::Int))
    }

    /// Prints as Python's `repr` would. A Python 2 `str` prints as Latin-1.
    pub(crate) fn write_repr(&self, out: &mut impl Write) -> fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Bool(true) => out.write_str("True"),
            Self::Bool(false) => out.write_str("False"),
            Self::Int(value) => write!(out, "{value}"),
            Self::Long(bytes) => out.write_str(&int::decimal(bytes)),
            Self::Digits(digits) => write!(out, "{}", int::BigInt::digits(digits)),
            Self::Float(value) => repr::float(out, *value),
            Self::Str(bytes) => write_repr(out, bytes),
            Self::Python2Str(bytes) => repr::str(out, &latin1(bytes)),
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

/// The text between the quotes.
fn unquoted(line: &[u8]) -> Option<&[u8]> {
    match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => Some(inner),
        _ => None,
    }
}

/// A non-negative decimal number: the memo's indexes of protocol 0.
pub(crate) fn index(op: Op, line: &[u8]) -> Result<u64, UnpicklingError> {
    let text = std::str::from_utf8(line).ok().map(|text| text.trim_matches(is_space));
    let text = text.map(|text| text.strip_prefix('+').unwrap_or(text));
    let joined = text.filter(|text| text.split('_').all(|part| !part.is_empty() && is_digits(part)));
    let value = joined.and_then(|text| text.replace('_', "").parse().ok());
    value.ok_or_else(|| UnpicklingError::value(op, "an index of the memo", line))
}

/// Undoes the escapes of a Python bytes literal, as `codecs.escape_decode` (CPython's `_PyBytes_DecodeEscape`).
/// Nothing where an escape is cut short.
pub(crate) fn unescape(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !line.contains(&b'\\') {
        return Some(Cow::Borrowed(line));
    }
    let mut out = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next()? {
            plain @ (b'\\' | b'\'' | b'"') => out.push(plain),
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            b'x' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                out.push((digit()? * 16 + digit()?) as u8);
            }
            first @ b'0'..=b'7' => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                }
                // Python keeps the low eight bits of `\777`.
                out.push(value as u8);
            }
            other => out.extend([b'\\', other]),
        }
    }
    Some(Cow::Owned(out))
}

/// Decodes raw-unicode-escape into UTF-8 that passes surrogates: bytes are Latin-1, and `\u` and `\U` are the only
/// escapes. Nothing where one is cut short or names no code point.
pub(crate) fn raw_unicode(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    if line.is_ascii() && !line.contains(&b'\\') {
        return Some(Cow::Borrowed(line));
    }
    let mut out = Vec::with_capacity(line.len() * 2);
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        let escape = if byte == b'\\' { bytes.next() } else { None };
        let digits = match escape {
            Some(b'u') => 4,
            Some(b'U') => 8,
            // Any other backslash is one, and so is what follows it.
            other => {
                push_code_point(&mut out, u32::from(byte));
                other.into_iter().for_each(|byte| push_code_point(&mut out, u32::from(byte)));
                continue;
            }
        };
        let mut code = 0u32;
        for _ in 0..digits {
            code = code.checked_mul(16)? + char::from(bytes.next()?).to_digit(16)?;
        }
        (code <= 0x0010_ffff).then(|| push_code_point(&mut out, code))?;
    }
    Some(Cow::Owned(out))
}

/// Latin-1 to UTF-8.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Appends a code point, surrogates too, as UTF-8 would.
pub(crate) fn push_code_point(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let low = |shift: u32| 0x80 | (code >> shift) as u8 & 0x3f;
            out.extend([0xe0 | (code >> 12) as u8 & 0x0f, low(6), low(0)]);
        }
    }
}

/// The index at which bytes stop being UTF-8 with surrogates passed; `None` if all of them are.
pub(crate) fn first_invalid(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(bytes.get(at..)?) {
        at += error.valid_up_to();
        match bytes.get(at..)? {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => at += 3,
            _ => return Some(at),
        }
    }
    None
}

/// The code points of UTF-8 with surrogates passed. A byte that belongs to neither is left out.
#[derive(Debug, Clone)]
pub(crate) struct CodePoints<'a>(pub(crate) &'a [u8]);

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let len = match *self.0 {
                [] => return None,
                [0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, ref rest @ ..] => {
                    self.0 = rest;
                    return Some(0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f));
                }
                [..0x80, ..] => 1,
                [..0xe0, ..] => 2,
                [..0xf0, ..] => 3,
                _ => 4,
            };
            let found = self.0.split_at_checked(len);
            if let Some((Ok(text), rest)) = found.map(|(char, rest)| (std::str::from_utf8(char), rest)) {
                self.0 = rest;
                return text.chars().next().map(u32::from);
            }
            self.0 = self.0.get(1..).unwrap_or_default();
        }
    }
}

/// Python's `repr` of a string in UTF-8 with surrogates passed.
pub(crate) fn write_repr(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    match std::str::from_utf8(bytes) {
        Ok(text) => repr::str(out, text),
        Err(_) => repr::code_points(out, CodePoints(bytes)),
    }
}

#[cfg(test)]
mod decode_tests {
    use super::*;
    use crate::opcodes::OPCODES;

    fn first(bytes: &[u8]) -> Result<Instruction<'_>> {
        Decoder::new(bytes).next().unwrap()
    }

    /// For each kind of argument, bytes that hold one.
    fn example(argument: Argument) -> Vec<u8> {
        match argument {
            Argument::Nothing => vec![],
            Argument::U8 => vec![1],
            Argument::U16 => vec![1, 2],
            Argument::I32 | Argument::U32 => vec![1, 2, 3, 4],
            Argument::U64 | Argument::F64 => vec![1; 8],
            Argument::Line => b"ab\n".to_vec(),
            Argument::Lines => b"ab\nc\n".to_vec(),
            Argument::Counted1 => b"\x02ab".to_vec(),
            Argument::Counted4 | Argument::Counted4Signed => b"\x02\0\0\0ab".to_vec(),
            Argument::Counted8 => b"\x02\0\0\0\0\0\0\0ab".to_vec(),
        }
    }

    #[test]
    fn every_opcode_takes_its_argument_and_no_more() {
        for opcode in OPCODES {
            let mut bytes = vec![opcode.op.code()];
            bytes.extend(example(opcode.argument));
            let whole = bytes.len();
            bytes.extend(b"\n\n....");
            let mut decoder = Decoder::new(&bytes);
            assert_eq!(decoder.step().unwrap().op, opcode.op);
            assert_eq!(decoder.offset(), whole, "{}", opcode.name);
            for short in 1..whole {
                let error = first(&bytes[..short]).unwrap_err();
                assert_eq!(
                    (error.kind(), error.offset()),
                    (crate::ErrorKind::InvalidData, Some(0)),
                    "{error}"
                );
                assert!(error.message().starts_with(opcode.name), "{error}");
            }
        }
    }

    #[test]
    fn lengths_beyond_the_input_are_refused_before_memory() {
        for (bytes, wanted) in [
            (
                &b"B\0\0\0\x80."[..],
                "byte 0: BINBYTES: wants 2147483648 bytes, and 1 remain: the pickle is truncated",
            ),
            (
                b"\x8e\0\0\0\0\0\0\0\x80.",
                "byte 0: BINBYTES8: wants 9223372036854775808 bytes, and 1 remain: the pickle is truncated",
            ),
            (b"T\xff\xff\xff\xff.", "byte 0: BINSTRING: the length is negative: -1"),
            (b"J\0", "byte 0: BININT: wants 4 bytes, and 1 remain: the pickle is truncated"),
            (b"I12", "byte 0: INT: wants a line, and no newline follows: the pickle is truncated"),
            (b"\xff", "byte 0: opcode 0xff does not exist in protocols 0 to 5"),
            (b"", "there is no pickle: the data has ended"),
        ] {
            assert_eq!(first(bytes).unwrap_err().to_string(), wanted);
        }
    }

    #[test]
    fn decoder_after_stop_or_an_error_gives_nothing() {
        assert_eq!(Decoder::new(b"N.N.").count(), 2);
        let mut cut = Decoder::new(b"NN");
        assert!(cut.next().unwrap().is_ok() && cut.next().unwrap().is_ok());
        assert_eq!(cut.next().unwrap().unwrap_err().to_string(), "byte 2: the pickle ends before its STOP");
        assert!(cut.next().is_none());
    }
}

#[cfg(test)]
mod leaf_tests {
    use super::*;
    use crate::decode::Decoder;

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
    fn lines_of_numbers_are_read_as_python_reads_them() {
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

#[cfg(test)]
mod text_tests {
    use super::*;

    #[test]
    fn escapes_in_quoted_strings_are_decoded() {
        let undone = |line: &[u8]| unescape(line).map(Cow::into_owned);
        assert_eq!(undone(br"plain"), Some(b"plain".to_vec()));
        assert_eq!(undone(br#"\\\'\"\a\b\f\n\r\t\v"#), Some(b"\\'\"\x07\x08\x0c\n\r\t\x0b".to_vec()));
        assert_eq!(undone(br"\x00\xfF\0\18\1234\777\q"), Some(b"\x00\xff\0\x018S4\xff\\q".to_vec()));
        for cut in [&br"\"[..], br"\x", br"\x1", br"\xg0"] {
            assert_eq!(undone(cut), None);
        }
    }

    #[test]
    fn raw_unicode_escapes_are_decoded() {
        let undone = |line: &[u8]| raw_unicode(line).map(Cow::into_owned);
        assert_eq!(undone(b"a\xe9"), Some("aé".into()));
        assert_eq!(undone(br"\u20ac\U0001f600\n\\u0041"), Some(r"€😀\n\\u0041".into()));
        assert_eq!(undone(br"\ud83d"), Some(vec![0xed, 0xa0, 0xbd]));
        assert_eq!(undone(br"a\"), Some(br"a\".to_vec()));
        for cut in [&br"\u123"[..], br"\U00110000", br"\Uffffffff", br"\u12g4"] {
            assert_eq!(undone(cut), None);
        }
    }

    #[test]
    fn text_with_surrogates_passes_and_other_errors_do_not() {
        let mut bytes = "é".as_bytes().to_vec();
        for code in [0xd800, 0xdfff, 97, 0xd83d, 0xde00, 0x1f600, 0xd7ff, 0xe000] {
            push_code_point(&mut bytes, code);
        }
        assert_eq!(first_invalid(&bytes), None);
        let codes = [0xe9, 0xd800, 0xdfff, 97, 0xd83d, 0xde00, 0x1f600, 0xd7ff, 0xe000];
        assert_eq!(CodePoints(&bytes).collect::<Vec<_>>(), codes);
        for (bytes, at) in
            [(&b"a\xff"[..], 1), (b"\xed\xa0\x80\xed\xa0", 3), (b"ab\xc0\x80", 2), (b"\xf4\x90\x80\x80", 0)]
        {
            assert_eq!(first_invalid(bytes), Some(at));
        }
    }
}
