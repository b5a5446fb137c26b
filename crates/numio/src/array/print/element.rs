//! A single value, as `str` of NumPy's scalar prints it: no padding, every digit, and no print options
//! (`scalartypes.c`).

use std::fmt;
use std::fmt::Write;

use crate::array::elements;
use crate::array::elements::{Datetime64, Timedelta64};
use crate::array::print::notation::{Halves, Trim};
use crate::array::print::options::{ObjectTexts, Texts};
use crate::num::dragon4::{DigitRequest, Finite, FloatFormat, Magnitude, Real};
use crate::{ByteOrder, ComplexWidth, DType, DatetimeUnit, DynArray, FloatWidth, Scalar, TimeUnit, repr};

/// Appends the value in `bytes`.
pub(crate) fn write_scalar(
    scalar: Scalar,
    bytes: &[u8],
    objects: &dyn ObjectTexts,
    out: &mut String,
) -> fmt::Result {
    match scalar {
        Scalar::Bool => out.write_str(if boolean(scalar, bytes) { "True" } else { "False" }),
        Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..) => {
            write!(out, "{}", integer(scalar, bytes))
        }
        Scalar::Float(..) => write_float(width(scalar), real(scalar, bytes), out),
        Scalar::Complex(..) => {
            write_complex(width(scalar), real(scalar, bytes), imaginary(scalar, bytes), out)
        }
        Scalar::Datetime(unit, _) => write!(out, "{}", Datetime64::new(ticks(scalar, bytes), unit)),
        Scalar::Timedelta(unit, _) => write!(out, "{}", Timedelta64::new(ticks(scalar, bytes), unit)),
        Scalar::Bytes(_) => {
            // Python has no text for `bytes` but its `repr`, and NumPy's scalar shows its type in that.
            out.write_str("np.bytes_(")?;
            repr::bytes(out, unpadded(scalar, bytes))?;
            out.write_char(')')
        }
        Scalar::Str(..) => {
            // Rust's texts hold no lone surrogates.
            let replaced = |unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend(code_points(scalar, bytes).map(replaced));
            Ok(())
        }
        Scalar::Void(_) => write_void(raw(scalar, bytes), out),
        Scalar::Object => out.write_str(&objects.str(object(scalar, bytes))),
    }
}

/// Appends raw bytes, each in capital hexadecimal.
pub(crate) fn write_void(bytes: &[u8], out: &mut String) -> fmt::Result {
    out.write_str("b'")?;
    for byte in bytes {
        write!(out, "\\x{byte:02X}")?;
    }
    out.write_char('\'')
}

/// Appends a float with at least one digit after the point: `1.0`, `1e+16`, `nan`.
pub(crate) fn write_float(width: FloatWidth, value: Real, out: &mut String) -> fmt::Result {
    write_real(width, value, "", Trim::OneZero, out)
}

fn write_real(width: FloatWidth, value: Real, plus: &str, trim: Trim, out: &mut String) -> fmt::Result {
    let sign = if value.negative { "-" } else { plus };
    match value.magnitude {
        Magnitude::Infinite => write!(out, "{sign}inf"),
        // The sign bit of what is no number does not show.
        Magnitude::Nan => write!(out, "{plus}nan"),
        Magnitude::Finite(finite) if is_positional(width, finite) => {
            Halves::positional(sign, finite, DigitRequest::UNIQUE, trim).write(trim, out)
        }
        Magnitude::Finite(finite) => {
            let halves = Halves::scientific(sign, finite, DigitRequest::UNIQUE, Trim::All);
            halves.write(Trim::All, out)?;
            halves.write_exponent(2, out)
        }
    }
}

fn is_positional(width: FloatWidth, value: Finite) -> bool {
    let end = match width {
        FloatWidth::Bits16 => 1_000,
        FloatWidth::Bits32 => 1_000_000,
        FloatWidth::Bits64 | FloatWidth::Bits128 => 10_000_000_000_000_000,
    };
    // 0.0001 as a long double, whatever the width.
    let start = Finite { mantissa: 0xd1b7_1758_e219_652c, exponent: -77, near_below: false };
    value.is_zero() || value.cmp(start).is_ge() && value.cmp(Finite::whole(end)).is_lt()
}

/// Appends a complex number: `(1+2j)`, or `2j` if there is no real part.
fn write_complex(width: FloatWidth, real: Real, imaginary: Real, out: &mut String) -> fmt::Result {
    let is_zero = real.finite().is_some_and(Finite::is_zero);
    if is_zero && !real.negative {
        write_real(width, imaginary, "", Trim::All, out)?;
        return out.write_char('j');
    }
    out.write_char('(')?;
    write_real(width, real, "", Trim::All, out)?;
    write_real(width, imaginary, "+", Trim::All, out)?;
    out.write_str("j)")
}

/// The bytes of one number as bits; at most 16 bytes count.
fn bits(order: ByteOrder, bytes: &[u8]) -> u128 {
    let push = |all: u128, &byte: &u8| all << 8 | u128::from(byte);
    match order {
        ByteOrder::Little => bytes.iter().rev().fold(0, push),
        ByteOrder::Big => bytes.iter().fold(0, push),
    }
}

fn order(scalar: Scalar) -> ByteOrder {
    scalar.byte_order().unwrap_or(ByteOrder::NATIVE)
}

/// Returns whether a byte of dtype `bool` is true.
pub(crate) fn boolean(_: Scalar, bytes: &[u8]) -> bool {
    bytes.iter().any(|&byte| byte != 0)
}

/// The value of an integer of any width, signed or not.
pub(crate) fn integer(scalar: Scalar, bytes: &[u8]) -> i128 {
    let bits = bits(order(scalar), bytes) as i128;
    match scalar {
        Scalar::UInt8 | Scalar::UInt(..) => bits,
        _ => {
            let above = 128 - 8 * scalar.itemsize() as u32;
            bits << above >> above
        }
    }
}

/// The ticks of a datetime or timedelta.
pub(crate) fn ticks(scalar: Scalar, bytes: &[u8]) -> i64 {
    bits(order(scalar), bytes) as i64
}

/// The index of a Python object.
pub(crate) fn object(_: Scalar, bytes: &[u8]) -> u64 {
    bits(ByteOrder::NATIVE, bytes) as u64
}

/// The width of a float, or of either half of a complex number.
pub(crate) fn width(scalar: Scalar) -> FloatWidth {
    match scalar {
        Scalar::Float(width, _) => width,
        Scalar::Complex(width, _) => width.part(),
        _ => FloatWidth::Bits64,
    }
}

/// The binary format of floats of a width.
pub(crate) fn format(width: FloatWidth) -> FloatFormat {
    match width {
        FloatWidth::Bits16 => FloatFormat::HALF,
        FloatWidth::Bits32 => FloatFormat::SINGLE,
        FloatWidth::Bits64 => FloatFormat::DOUBLE,
        FloatWidth::Bits128 => FloatFormat::EXTENDED,
    }
}

/// A float, or the real half of a complex number.
pub(crate) fn real(scalar: Scalar, bytes: &[u8]) -> Real {
    let bytes = bytes.get(..width(scalar).bytes()).unwrap_or_default();
    Real::from_bits(format(width(scalar)), bits(order(scalar), bytes))
}

/// The imaginary half of a complex number.
pub(crate) fn imaginary(scalar: Scalar, bytes: &[u8]) -> Real {
    real(scalar, bytes.get(width(scalar).bytes()..).unwrap_or_default())
}

/// The code points of a `U` element, without the NULs that pad it.
pub(crate) fn code_points(scalar: Scalar, bytes: &[u8]) -> impl Iterator<Item = u32> + Clone {
    elements::code_points(bytes, order(scalar))
}

/// The bytes of an `S` element, without the NULs that pad it.
pub(crate) fn unpadded(_: Scalar, bytes: &[u8]) -> &[u8] {
    elements::unpadded(bytes)
}

/// The bytes of a `V` element.
pub(crate) fn raw(_: Scalar, bytes: &[u8]) -> &[u8] {
    bytes
}

impl DynArray {
    /// NumPy's `repr` of the scalar that is its only element. Nothing for one with axes, for records and for objects.
    pub(crate) fn scalar_repr(&self) -> Option<String> {
        let DType::Scalar(scalar) = *self.dtype() else { return None };
        let start = self.layout.offset;
        let end = start.checked_add(scalar.itemsize())?;
        let bytes = self.data.bytes().get(start..end).filter(|_| self.ndim() == 0)?;
        let mut text = String::new();
        write_scalar(scalar, bytes, &Texts::NONE, &mut text).ok()?;
        let mut out = String::new();
        match scalar {
            Scalar::Object => return None,
            Scalar::Bool => write!(out, "np.{}_", if boolean(scalar, bytes) { "True" } else { "False" }),
            Scalar::Bytes(_) => out.write_str(&text),
            Scalar::Float(FloatWidth::Bits128, _) => write!(out, "np.longdouble('{text}')"),
            Scalar::Complex(ComplexWidth::Bits256, _) => write!(out, "np.clongdouble('{}')", bare(&text)),
            Scalar::Complex(..) => write!(out, "np.{}({})", self.dtype().name(), bare(&text)),
            Scalar::Str(..) => {
                let text: String = code_points(scalar, bytes).filter_map(char::from_u32).collect();
                out.write_str("np.str_(")
                    .and_then(|()| repr::str(&mut out, &text))
                    .and_then(|()| out.write_char(')'))
            }
            Scalar::Datetime(unit, _) => {
                // Python derives the unit itself if the text tells it.
                let told = matches!(unit, TimeUnit::Multiple(one, unit) if one.get() == 1 && unit != DatetimeUnit::Hour);
                match text != "NaT" && (told || unit == TimeUnit::Generic) {
                    true => write!(out, "np.datetime64('{text}')"),
                    false => write!(out, "np.datetime64('{text}','{}')", name_of(unit)),
                }
            }
            Scalar::Timedelta(unit, _) => {
                let ticks = Timedelta64::new(ticks(scalar, bytes), unit).ticks();
                let ticks = ticks.map_or_else(|| "'NaT'".to_owned(), |ticks| ticks.to_string());
                match unit {
                    TimeUnit::Generic => write!(out, "np.timedelta64({ticks})"),
                    unit => write!(out, "np.timedelta64({ticks},'{}')", name_of(unit)),
                }
            }
            Scalar::Void(_)
            | Scalar::Int8
            | Scalar::UInt8
            | Scalar::Int(..)
            | Scalar::UInt(..)
            | Scalar::Float(..) => {
                // `void24` is `void` of 24 bits.
                let name =
                    if matches!(scalar, Scalar::Void(_)) { "void".to_owned() } else { self.dtype().name() };
                write!(out, "np.{name}({text})")
            }
        }
        .ok()?;
        Some(out)
    }
}

/// A unit as `datetime64` takes it.
fn name_of(unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Generic => "generic".to_owned(),
        TimeUnit::Multiple(count, unit) if count.get() == 1 => unit.abbreviation().to_owned(),
        TimeUnit::Multiple(count, unit) => format!("{count}{}", unit.abbreviation()),
    }
}

/// Without the parentheses around it.
fn bare(text: &str) -> &str {
    text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text)
}
