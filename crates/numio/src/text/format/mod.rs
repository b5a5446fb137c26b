//! Python's `%` formatting of numbers and texts (`Objects/unicodeobject.c`, `PyUnicode_Format`).

mod decimal;
mod digits;
mod direct;
mod float;
mod pen;
mod sheet;
mod spec;

pub(super) use self::direct::{Between, Direct};
use self::pen::Pen;
pub(super) use self::sheet::Sheet;
pub(super) use self::spec::{Format, Spec};

use std::borrow::Cow;
use std::fmt::Write as _;
use std::iter::repeat_n;

use crate::array::LongDouble;
pub(super) use crate::num::dragon4::FloatFormat;
use crate::num::dragon4::{DigitRequest, Magnitude, decimal};
use crate::num::python_float::numpy_float;

/// One value to print.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Printed {
    Int(i128),
    /// A number, and the format that tells how many digits `str` gives it.
    Float(f64, FloatFormat),
    /// A long double, which `str` and integers take exactly, and all other conversions as a double.
    LongDouble(LongDouble),
    Bool(bool),
    Text(String),
}

impl Spec {
    /// Appends `value` as this format has it: UTF-8 again where `out` is.
    ///
    /// # Errors
    /// `Mismatch` for a text as a number, `Nan` and `Infinity` for these as an integer.
    pub(super) fn print(&self, out: &mut Vec<u8>, value: &Printed) -> Result<(), Fault> {
        let start = out.len();
        match self.letter {
            's' => {
                self.pad_text(out, &value.text());
                return Ok(());
            }
            'd' | 'i' | 'u' => {
                let (negative, digits) = value.integer()?;
                self.sign(out, negative);
                let body = out.len();
                match digits {
                    Whole::Short(number) => Pen::append(out, |pen| digits::whole(pen, number)),
                    Whole::Long(digits) => out.extend_from_slice(digits.as_bytes()),
                }
                self.lengthen(out, body);
                self.pad(out, start, body);
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let number = value.number().ok_or(Fault::Mismatch)?;
                self.sign(out, number.is_sign_negative() && !number.is_nan());
                let body = out.len();
                float::print(out, number.abs(), self);
                self.pad(out, start, body);
            }
            _ => {
                let Printed::Int(number) = *value else { return Err(Fault::Mismatch) };
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

    /// Brings a number, which starts at `start` and whose digits start at `body`, to the width.
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

/// Puts `count` bytes between what stands before `at` and what stands behind.
fn insert(out: &mut Vec<u8>, at: usize, count: usize, byte: u8) {
    if count > 0 {
        out.extend(repeat_n(byte, count));
        if let Some(tail) = out.get_mut(at..) {
            tail.rotate_right(count);
        }
    }
}

/// Why a value does not go into a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Python's TypeError.
    Mismatch,
    /// Not a number, as an integer.
    Nan,
    /// An infinity, as an integer.
    Infinity,
}

impl Printed {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value, _) => Some(*value),
            Self::LongDouble(value) => Some(value.to_f64()),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Text(_) => None,
        }
    }

    /// Whether there is a minus, and the digits of the whole part.
    fn integer(&self) -> Result<(bool, Whole), Fault> {
        match self {
            Self::Int(value) => Ok((*value < 0, Whole::of(value.unsigned_abs()))),
            Self::Bool(value) => Ok((false, Whole::Short(u64::from(*value)))),
            Self::Float(value, _) if value.is_nan() => Err(Fault::Nan),
            Self::Float(value, _) if value.is_infinite() => Err(Fault::Infinity),
            Self::Float(value, _) => {
                let whole = value.trunc();
                let size = whole.abs();
                let is_short = size < u64::MAX as f64;
                let digits =
                    if is_short { Whole::Short(size as u64) } else { Whole::Long(format!("{size:.0}")) };
                Ok((whole < 0.0, digits))
            }
            Self::LongDouble(value) => {
                let real = value.to_real();
                match real.magnitude {
                    Magnitude::Nan => Err(Fault::Nan),
                    Magnitude::Infinite => Err(Fault::Infinity),
                    Magnitude::Finite(finite) if finite.exponent < 0 => {
                        let whole = finite.mantissa.checked_shr(finite.exponent.unsigned_abs()).unwrap_or(0);
                        Ok((real.negative && whole > 0, Whole::Short(whole)))
                    }
                    Magnitude::Finite(finite) => {
                        let all = DigitRequest { unique: false, min: None, max: Some(0), after_point: true };
                        let found = decimal(finite, all);
                        let mut digits: String =
                            found.digits.iter().map(|digit| char::from(b'0' + digit)).collect();
                        let count = usize::try_from(found.point).unwrap_or(0);
                        digits.extend(repeat_n('0', count.saturating_sub(digits.len())));
                        Ok((real.negative && !finite.is_zero(), Whole::Long(digits)))
                    }
                }
            }
            Self::Text(_) => Err(Fault::Mismatch),
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
enum Whole {
    Short(u64),
    /// Its digits, where it is longer.
    Long(String),
}

impl Whole {
    fn of(number: u128) -> Self {
        u64::try_from(number).map_or_else(|_| Self::Long(number.to_string()), Self::Short)
    }
}
