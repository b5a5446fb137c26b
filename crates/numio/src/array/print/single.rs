//! A single value, as `str` of NumPy's scalar prints it: no padding, every digit, and no print options
//! (`scalartypes.c`).

use std::fmt::{self, Write};

use super::decode::{boolean, code_points, imaginary, integer, object, raw, real, ticks, unpadded, width};
use super::notation::{Halves, Trim};
use super::objects::ObjectTexts;
use crate::array::elements::{Datetime64, Timedelta64};
use crate::num::dragon4::{DigitRequest, Finite, Magnitude, Real};
use crate::{FloatWidth, Scalar, repr};

/// Appends the value in `bytes`.
pub(super) fn write_scalar(
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
pub(super) fn write_void(bytes: &[u8], out: &mut String) -> fmt::Result {
    out.write_str("b'")?;
    for byte in bytes {
        write!(out, "\\x{byte:02X}")?;
    }
    out.write_char('\'')
}

/// Appends a float with at least one digit after the point: `1.0`, `1e+16`, `nan`.
pub(super) fn write_float(width: FloatWidth, value: Real, out: &mut String) -> fmt::Result {
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

/// Appends a complex number: `(1+2j)`, or `2j` where there is nothing to add it to.
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
