//! Python's `%` formatting of numbers and texts (`Objects/unicodeobject.c`, `PyUnicode_Format`).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::iter::repeat_n;

use crate::array::LongDouble;
use crate::num::dragon4::{DigitRequest, FloatFormat, Magnitude, decimal};
use crate::num::fixed;
use crate::num::fixed::{NumberWriter, significant, split};
use crate::num::python_float::numpy_float;
use crate::text::error::TextError;

/// One value to print.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PrintValue {
    Int(i128),
    /// A number, and the format that tells how many digits `str` gives it.
    Float(f64, FloatFormat),
    /// A long double, which `str` and integers take exactly, and all other conversions as a double.
    LongDouble(LongDouble),
    Bool(bool),
    Text(String),
}

impl ConversionSpec {
    /// Appends `value` as this format has it: UTF-8 again where `out` is.
    ///
    /// # Errors
    /// `Mismatch` for a text as a number, `Nan` and `Infinity` for these as an integer, `NoCharacter` for one past the last.
    pub(crate) fn print(&self, out: &mut Vec<u8>, value: &PrintValue) -> Result<(), FormatFault> {
        let start = out.len();
        match self.letter {
            's' => {
                self.pad_text(out, &value.text());
                return Ok(());
            }
            'c' => {
                let character = value.character()?;
                let spec = Self { precision: None, ..self.clone() };
                spec.pad_text(out, character.encode_utf8(&mut [0; 4]));
                return Ok(());
            }
            'd' | 'i' | 'u' => {
                let (negative, digits) = value.integer()?;
                self.sign(out, negative);
                let body = out.len();
                match digits {
                    WholeDigits::Short(number) => {
                        NumberWriter::append(out, |writer| fixed::whole(writer, number))
                    }
                    WholeDigits::Long(digits) => out.extend_from_slice(digits.as_bytes()),
                }
                self.lengthen(out, body);
                self.pad(out, start, body);
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let number = value.number().ok_or(FormatFault::Mismatch)?;
                self.sign(out, number.is_sign_negative() && !number.is_nan());
                let body = out.len();
                print(out, number.abs(), self);
                self.pad(out, start, body);
            }
            _ => {
                let PrintValue::Int(number) = *value else { return Err(FormatFault::Mismatch) };
                let magnitude = number.unsigned_abs();
                let (prefix, digits) = match self.letter {
                    'x' => ("0x", format!("{magnitude:x}")),
                    'X' => ("0X", format!("{magnitude:X}")),
                    _ => ("0o", format!("{magnitude:o}")),
                };
                self.sign(out, number < 0);
                out.extend_from_slice(if self.alternate { prefix.as_bytes() } else { b"" });
                let body = out.len();
                out.extend_from_slice(digits.as_bytes());
                self.lengthen(out, body);
                self.pad(out, start, body);
            }
        }
        Ok(())
    }

    fn sign(&self, out: &mut Vec<u8>, negative: bool) {
        match (negative, self.plus, self.space) {
            (true, ..) => out.push(b'-'),
            (_, true, _) => out.push(b'+'),
            (_, _, true) => out.push(b' '),
            _ => {}
        }
    }

    /// An integer's precision: as many digits at least.
    fn lengthen(&self, out: &mut Vec<u8>, body: usize) {
        let missing = self.precision.unwrap_or(0).saturating_sub(out.len() - body);
        insert(out, body, missing, b'0');
    }

    /// Pads a number, which starts at `start` and whose digits start at `body`, to the width.
    fn pad(&self, out: &mut Vec<u8>, start: usize, body: usize) {
        let fill = self.width.saturating_sub(out.len() - start);
        match (self.left, self.zero) {
            _ if fill == 0 => {}
            (true, _) => out.extend(repeat_n(b' ', fill)),
            (_, true) => insert(out, body, fill, b'0'),
            _ => insert(out, start, fill, b' '),
        }
    }

    fn pad_text(&self, out: &mut Vec<u8>, text: &str) {
        let most = self.precision.unwrap_or(usize::MAX);
        let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
        let text = text.get(..end).unwrap_or(text);
        let fill = if self.width == 0 { 0 } else { self.width.saturating_sub(text.chars().count()) };
        let (before, after) = if self.left { (0, fill) } else { (fill, 0) };
        out.extend(repeat_n(b' ', before));
        out.extend_from_slice(text.as_bytes());
        out.extend(repeat_n(b' ', after));
    }
}

/// Inserts `count` copies of a byte at `at`.
fn insert(out: &mut Vec<u8>, at: usize, count: usize, byte: u8) {
    if count > 0 {
        out.extend(repeat_n(byte, count));
        if let Some(tail) = out.get_mut(at..) {
            tail.rotate_right(count);
        }
    }
}

/// The reason a value cannot be formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormatFault {
    /// Python's TypeError.
    Mismatch,
    /// Not a number, as an integer.
    Nan,
    /// An infinity, as an integer.
    Infinity,
    /// An integer, as a character that there is not.
    NoCharacter,
}

impl PrintValue {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value, _) => Some(*value),
            Self::LongDouble(value) => Some(value.to_f64()),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Text(_) => None,
        }
    }

    /// The character of a number, or the only one of a text. UTF-8 has no surrogates, which Python prints.
    fn character(&self) -> Result<char, FormatFault> {
        match self {
            Self::Int(value) => {
                let code = u32::try_from(*value).ok().and_then(char::from_u32);
                code.ok_or(FormatFault::NoCharacter)
            }
            Self::Text(text) => {
                let mut chars = text.chars();
                let one = chars.next().filter(|_| chars.next().is_none());
                one.ok_or(FormatFault::Mismatch)
            }
            Self::Float(..) | Self::LongDouble(_) | Self::Bool(_) => Err(FormatFault::Mismatch),
        }
    }

    /// Returns whether there is a minus, and the digits of the whole part.
    fn integer(&self) -> Result<(bool, WholeDigits), FormatFault> {
        match self {
            Self::Int(value) => Ok((*value < 0, WholeDigits::of(value.unsigned_abs()))),
            Self::Bool(value) => Ok((false, WholeDigits::Short(u64::from(*value)))),
            Self::Float(value, _) if value.is_nan() => Err(FormatFault::Nan),
            Self::Float(value, _) if value.is_infinite() => Err(FormatFault::Infinity),
            Self::Float(value, _) => {
                let whole = value.trunc();
                let size = whole.abs();
                let is_short = size < u64::MAX as f64;
                let digits = if is_short {
                    WholeDigits::Short(size as u64)
                } else {
                    WholeDigits::Long(format!("{size:.0}"))
                };
                Ok((whole < 0.0, digits))
            }
            Self::LongDouble(value) => {
                let real = value.to_real();
                match real.magnitude {
                    Magnitude::Nan => Err(FormatFault::Nan),
                    Magnitude::Infinite => Err(FormatFault::Infinity),
                    Magnitude::Finite(finite) if finite.exponent < 0 => {
                        let whole = finite.mantissa.checked_shr(finite.exponent.unsigned_abs()).unwrap_or(0);
                        Ok((real.negative && whole > 0, WholeDigits::Short(whole)))
                    }
                    Magnitude::Finite(finite) => {
                        let all = DigitRequest { unique: false, min: None, max: Some(0), after_point: true };
                        let found = decimal(finite, all);
                        let mut digits: String =
                            found.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
                        let count = usize::try_from(found.point).unwrap_or(0);
                        digits.extend(repeat_n('0', count.saturating_sub(digits.len())));
                        Ok((real.negative && !finite.is_zero(), WholeDigits::Long(digits)))
                    }
                }
            }
            Self::Text(_) => Err(FormatFault::Mismatch),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        let mut out = String::new();
        let _ = match self {
            Self::Int(value) => write!(out, "{value}"),
            Self::Bool(value) => return (if *value { "True" } else { "False" }).into(),
            Self::Text(text) => return text.into(),
            Self::Float(value, format) => numpy_float(&mut out, *value, *format),
            Self::LongDouble(value) => write!(out, "{value}"),
        };
        out.into()
    }
}

/// A whole number that is not negative.
enum WholeDigits {
    Short(u64),
    /// Its digits, where it is longer.
    Long(String),
}

impl WholeDigits {
    fn of(number: u128) -> Self {
        u64::try_from(number).map_or_else(|_| Self::Long(number.to_string()), Self::Short)
    }
}

/// One conversion: `%-8.3f`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConversionSpec {
    pub(crate) left: bool,
    pub(crate) plus: bool,
    pub(crate) space: bool,
    pub(crate) zero: bool,
    pub(crate) alternate: bool,
    pub(crate) width: usize,
    pub(crate) precision: Option<usize>,
    pub(crate) letter: char,
}

impl ConversionSpec {
    /// The digits asked for.
    pub(crate) fn digits(&self) -> usize {
        self.precision.unwrap_or(6)
    }
}

/// A format for one row: each conversion with the text before it, and the text after the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextFormat {
    pub(crate) parts: Vec<(String, ConversionSpec)>,
    pub(crate) rest: String,
}

/// More characters than this no number is padded to or printed with.
const MOST: usize = 1 << 16;

impl TextFormat {
    /// Reads a format as Python's `%` does.
    ///
    /// # Errors
    /// `InvalidInput` for a conversion that Python does not have, `Unsupported` for one that a row does not go into.
    pub(crate) fn parse(text: &str) -> Result<Self, TextError> {
        let mut format = Self::default();
        let mut chars = text.char_indices().peekable();
        let mut before = String::new();
        while let Some((at, c)) = chars.next() {
            if c != '%' {
                before.push(c);
                continue;
            }
            let mut spec = ConversionSpec {
                left: false,
                plus: false,
                space: false,
                zero: false,
                alternate: false,
                width: 0,
                precision: None,
                letter: ' ',
            };
            while let Some((_, flag)) = chars.next_if(|(_, c)| matches!(c, '-' | '+' | ' ' | '0' | '#')) {
                match flag {
                    '-' => spec.left = true,
                    '+' => spec.plus = true,
                    ' ' => spec.space = true,
                    '0' => spec.zero = true,
                    _ => spec.alternate = true,
                }
            }
            let number = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
                let mut value = 0_usize;
                while let Some((_, digit)) = chars.next_if(|(_, c)| c.is_ascii_digit()) {
                    value = value.saturating_mul(10).saturating_add(digit.to_digit(10).unwrap_or(0) as usize);
                }
                if value > MOST { Err(TextError::WideFormat(MOST)) } else { Ok(value) }
            };
            spec.width = number(&mut chars)?;
            if chars.next_if(|(_, c)| *c == '.').is_some() {
                spec.precision = Some(number(&mut chars)?);
            }
            chars.next_if(|(_, c)| matches!(c, 'h' | 'l' | 'L'));
            match chars.next() {
                // Python allows nothing between the two.
                Some((second, '%')) if second == at + 1 => before.push('%'),
                Some((_, letter)) if "cdiuoxXeEfFgGs".contains(letter) => {
                    spec.letter = letter;
                    format.parts.push((std::mem::take(&mut before), spec));
                }
                Some((at, letter)) => {
                    let at = text.get(..at).map_or(0, |before| before.chars().count());
                    return Err(TextError::Conversion { letter, at });
                }
                None => return Err(TextError::IncompleteFormat),
            }
        }
        format.rest = before;
        Ok(format)
    }
}

/// Appends a positive number (or zero, infinity, nan), without sign and padding.
pub(crate) fn print(out: &mut Vec<u8>, value: f64, spec: &ConversionSpec) {
    let count = spec.digits();
    match spec.letter {
        _ if !value.is_finite() => {
            let text = if value.is_nan() { *b"nan" } else { *b"inf" };
            let upper = spec.letter.is_ascii_uppercase();
            out.extend_from_slice(&if upper { text.map(|byte| byte.to_ascii_uppercase()) } else { text });
        }
        'e' | 'E' => with_exponent(out, value, count, spec),
        'f' | 'F' => with_point(out, value, count, spec.alternate),
        _ => general(out, value, count.max(1), spec),
    }
}

fn with_exponent(out: &mut Vec<u8>, value: f64, behind: usize, spec: &ConversionSpec) {
    let letter = if spec.letter.is_ascii_uppercase() { b'E' } else { b'e' };
    let exponent = match significant(value, behind + 1) {
        Some((number, exponent)) => {
            NumberWriter::append(out, |writer| fixed::pointed(writer, number, behind + 1));
            exponent
        }
        None => {
            let (mantissa, exponent) = exact(value, behind);
            out.extend_from_slice(mantissa.as_bytes());
            exponent
        }
    };
    if behind == 0 && spec.alternate {
        out.push(b'.');
    }
    NumberWriter::append(out, |writer| fixed::exponent(writer, letter, exponent));
}

/// The digits of a double behind the point that may be other than zero, out of `behind`, and the number of zeros after
/// them. The smallest double has 1,074; Rust's own formatting has an end at 65,535.
fn digits(behind: usize) -> (usize, usize) {
    const MOST: usize = 1100;
    (behind.min(MOST), behind.saturating_sub(MOST))
}

/// The mantissa of any length, and the exponent.
fn exact(value: f64, behind: usize) -> (String, i32) {
    let (digits, zeros) = digits(behind);
    let mut text = format!("{value:.digits$e}");
    let exponent = text.rfind('e').map(|at| text.split_off(at));
    text.extend(repeat_n('0', zeros));
    (text, exponent.and_then(|text| text.trim_start_matches('e').parse().ok()).unwrap_or(0))
}

fn with_point(out: &mut Vec<u8>, value: f64, behind: usize, alternate: bool) {
    match split(value, behind) {
        Some((whole, part)) => NumberWriter::append(out, |writer| {
            fixed::whole(writer, whole);
            if behind > 0 {
                writer.push(b'.');
                fixed::fixed(writer, part, behind);
            }
        }),
        None => {
            let (digits, zeros) = digits(behind);
            out.extend_from_slice(format!("{value:.digits$}").as_bytes());
            out.resize(out.len() + zeros, b'0');
        }
    }
    if behind == 0 && alternate {
        out.push(b'.');
    }
}

/// As many digits as asked for, zeros at their end left away, and an exponent only where the point is far off.
fn general(out: &mut Vec<u8>, value: f64, count: usize, spec: &ConversionSpec) {
    let short = significant(value, count);
    let (mantissa, exponent) =
        short.map_or_else(|| exact(value, count - 1), |(_, exponent)| (String::new(), exponent));
    let is_small = (-4..0).contains(&exponent);
    if is_small {
        out.extend_from_slice(b"0.");
        out.extend(repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
    }
    let start = out.len();
    match short {
        Some((number, _)) => NumberWriter::append(out, |writer| fixed::fixed(writer, number, count)),
        None => out.extend(mantissa.bytes().filter(|&byte| byte != b'.')),
    }
    while !spec.alternate && out.len() > start + 1 && out.last() == Some(&b'0') {
        out.pop();
    }
    if is_small {
        return;
    }
    let place = usize::try_from(exponent).ok().filter(|&place| place < count);
    let point = start + place.unwrap_or(0) + 1;
    out.extend(repeat_n(b'0', point.saturating_sub(out.len())));
    if spec.alternate || out.len() > point {
        insert(out, point, 1, b'.');
    }
    if place.is_none() {
        let letter = if spec.letter == 'G' { b'E' } else { b'e' };
        NumberWriter::append(out, |writer| fixed::exponent(writer, letter, exponent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::dragon4::FloatFormat;
    use crate::text::write::format::PrintValue;
    use crate::text::write::format::TextFormat;
    use crate::text::write::format::fixed::MOST_DIGITS;

    fn printed(format: &str, value: f64) -> String {
        let mut out = Vec::new();
        let parsed = TextFormat::parse(format).unwrap();
        parsed.parts[0].1.print(&mut out, &PrintValue::Float(value, FloatFormat::DOUBLE)).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Doubles of all sizes, with many and with few digits, close to powers of ten, and half way between two results.
    fn values() -> impl Iterator<Item = f64> {
        let mut seed = 1_u64;
        (0..100_000_u64).map(move |round| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let some = (seed >> 33) as i32;
            match round % 8 {
                0 => f64::from_bits(seed >> 1),
                1 => (seed >> 40) as f64 / 1024.0,
                2 => (seed >> (some % 53)) as f64,
                3 => (seed >> 11) as f64 / (1_u64 << 53) as f64,
                4 => f64::from_bits(
                    10_f64.powi(some % 616 - 308).to_bits().wrapping_add(seed % 5).wrapping_sub(2),
                ),
                5 => f64::from_bits((seed >> 53) << 52),
                6 => f64::from_bits(seed >> (12 + some % 50)),
                _ => f64::from(some % 1_000_000) * 0.5 * 10_f64.powi(some % 30),
            }
        })
    }

    #[test]
    fn fast_digits_are_the_exact_ones() {
        let mut fast = 0;
        for (round, value) in values().filter(|value| value.is_finite()).map(f64::abs).enumerate() {
            let behind = round % 23;
            let (mantissa, exponent) = exact(value, behind);
            let sign = if exponent < 0 { '-' } else { '+' };
            let wanted = format!("{mantissa}e{sign}{:02}", exponent.abs());
            assert_eq!(printed(&format!("%.{behind}e"), value), wanted, "{value:e}");
            assert_eq!(printed(&format!("%.{behind}f"), value), format!("{value:.behind$}"), "{value:e}");
            fast += usize::from(behind < MOST_DIGITS && significant(value, behind + 1).is_some());
        }
        // Undecided are only those that stand half way, of many digits before the point.
        assert!(fast > 80_000, "{fast}");
    }
}
