//! Floats in the layout of `str` of NumPy's scalars (`numpy/_core/src/multiarray/scalartypes.c.src`): Python's own, whose
//! exponents start elsewhere for narrow floats.

use std::fmt::{self, Write};

use half::f16;
use numio_pickle::repr::special;

pub(crate) use numio_pickle::repr::{complex, float};

use super::dragon4::FloatFormat;
use super::shortest::{self, ShortestDigits};

/// Writes `str` of NumPy's scalar of a binary format up to 64 bits: narrow ones get an exponent sooner.
pub(crate) fn numpy_float(out: &mut impl Write, value: f64, format: FloatFormat) -> fmt::Result {
    let (digits, most) = match format {
        FloatFormat::SINGLE => (ShortestDigits::of_f32(value as f32), 1e6),
        FloatFormat::HALF => (shortest::of_f16(f16::from_f64(value)), 1e3),
        _ => (ShortestDigits::of_f64(value), 1e16),
    };
    match special(value) {
        Some(text) => out.write_str(text),
        // The number decides, and not its digits: the single float nearest to 0.0001 lies below it.
        None => {
            let is_positional = value == 0.0 || (1e-4..most).contains(&value.abs());
            digits.write(out, value.is_sign_negative(), is_positional)
        }
    }
}

/// Writes `str` of NumPy's `longdouble`, from its digits: an exponent from 1e16 on, and below 0.0001.
pub(crate) fn numpy_longdouble(out: &mut impl Write, negative: bool, digits: &ShortestDigits) -> fmt::Result {
    let is_positional = digits.digits() == "0" || (-4..16).contains(&digits.exponent());
    digits.write(out, negative, is_positional)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_floats_print_as_numpys_scalars() {
        for (format, value, wanted) in [
            (FloatFormat::SINGLE, 0.1_f32.into(), "0.1"),
            (FloatFormat::SINGLE, 1e-4_f32.into(), "1e-04"),
            (FloatFormat::SINGLE, 999_999.94, "999999.94"),
            (FloatFormat::SINGLE, 1_048_577.25, "1.0485772e+06"),
            (FloatFormat::HALF, 999.5, "999.5"),
            (FloatFormat::HALF, -1000.0, "-1e+03"),
            (FloatFormat::HALF, 0.0, "0.0"),
            (FloatFormat::HALF, f64::INFINITY, "inf"),
            (FloatFormat::DOUBLE, 1e16, "1e+16"),
        ] {
            let mut out = String::new();
            numpy_float(&mut out, value, format).unwrap();
            assert_eq!(out, wanted);
        }
    }
}
