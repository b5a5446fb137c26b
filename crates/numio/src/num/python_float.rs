//! Floats in the layout of Python's `float.__repr__` (`Python/pystrtod.c`, format `r`) and of `str` of NumPy's scalars
//! (`numpy/_core/src/multiarray/scalartypes.c.src`).

use std::fmt::{self, Write};

use half::f16;

use super::dragon4::FloatFormat;
use super::shortest::ShortestDigits;

/// Writes `repr` of a float: exponents from -4 to 15 are written out, others as `1e+16`.
pub(crate) fn float(out: &mut impl Write, value: f64) -> fmt::Result {
    match special(value) {
        Some(text) => out.write_str(text),
        None => {
            let digits = ShortestDigits::of_f64(value);
            lay_out(out, value.is_sign_negative(), &digits, (-4..16).contains(&digits.exponent()))
        }
    }
}

/// Writes `str` of NumPy's scalar of a binary format up to 64 bits: narrow ones get an exponent sooner.
pub(crate) fn numpy_float(out: &mut impl Write, value: f64, format: FloatFormat) -> fmt::Result {
    let (digits, most) = match format {
        FloatFormat::SINGLE => (ShortestDigits::of_f32(value as f32), 1e6),
        FloatFormat::HALF => (ShortestDigits::of_f16(f16::from_f64(value)), 1e3),
        _ => (ShortestDigits::of_f64(value), 1e16),
    };
    match special(value) {
        Some(text) => out.write_str(text),
        // The number decides, and not its digits: the single float nearest to 0.0001 lies below it.
        None => {
            let is_positional = value == 0.0 || (1e-4..most).contains(&value.abs());
            lay_out(out, value.is_sign_negative(), &digits, is_positional)
        }
    }
}

/// Writes `str` of NumPy's `longdouble`, from its digits: an exponent from 1e16 on, and below 0.0001.
pub(crate) fn numpy_longdouble(out: &mut impl Write, negative: bool, digits: &ShortestDigits) -> fmt::Result {
    let is_positional = digits.digits() == "0" || (-4..16).contains(&digits.exponent());
    lay_out(out, negative, digits, is_positional)
}

fn special(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_nan() => Some("nan"),
        f64::INFINITY => Some("inf"),
        f64::NEG_INFINITY => Some("-inf"),
        _ => None,
    }
}

/// Writes `12.0`, or `1.2e+01`.
fn lay_out(out: &mut impl Write, negative: bool, found: &ShortestDigits, is_positional: bool) -> fmt::Result {
    let (digits, exponent) = (found.digits(), found.exponent());
    if negative {
        out.write_char('-')?;
    }
    if !is_positional {
        let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
        out.write_str(first)?;
        if !rest.is_empty() {
            out.write_char('.')?;
            out.write_str(rest)?;
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        return write!(out, "e{sign}{:02}", exponent.unsigned_abs());
    }
    let Ok(before) = usize::try_from(exponent + 1) else {
        return write!(out, "0.{:0>1$}", digits, digits.len() + (exponent + 1).unsigned_abs() as usize);
    };
    match digits.split_at_checked(before) {
        Some(("", fraction)) => write!(out, "0.{fraction}"),
        Some((whole, "")) => write!(out, "{whole}.0"),
        Some((whole, fraction)) => write!(out, "{whole}.{fraction}"),
        None => write!(out, "{digits:0<before$}.0"),
    }
}

/// Writes `repr` of a complex number: without its real part where that is plus zero, and in parentheses otherwise. The parts
/// have no `.0`.
pub(crate) fn complex(out: &mut impl Write, real: f64, imag: f64) -> fmt::Result {
    if real == 0.0 && real.is_sign_positive() {
        part(out, imag)?;
        return out.write_char('j');
    }
    out.write_char('(')?;
    part(out, real)?;
    // A NaN prints without a sign whatever its sign is.
    if imag.is_nan() || imag.is_sign_positive() {
        out.write_char('+')?;
    }
    part(out, imag)?;
    out.write_str("j)")
}

fn part(out: &mut impl Write, value: f64) -> fmt::Result {
    let mut text = String::new();
    float(&mut text, value)?;
    out.write_str(text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complex_numbers_print_as_in_python() {
        for (real, imag, wanted) in [
            (0.0, 1.0, "1j"),
            (0.0, -0.0, "-0j"),
            (-0.0, 1.5, "(-0+1.5j)"),
            (1.0, -2.0, "(1-2j)"),
            (f64::NAN, f64::INFINITY, "(nan+infj)"),
            (0.0, f64::NAN, "nanj"),
            (1e16, -1e-5, "(1e+16-1e-05j)"),
        ] {
            let mut out = String::new();
            complex(&mut out, real, imag).unwrap();
            assert_eq!(out, wanted);
        }
    }

    #[test]
    fn floats_print_as_in_python() {
        for (value, wanted) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (1e-4, "0.0001"),
            (0.000_099_999, "9.9999e-05"),
            (1e-5, "1e-05"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.1 + 0.2, "0.30000000000000004"),
            // Half way between two decimals of 17 digits: Rust's own digits end in 3.
            (1_125_899_906_842_624.3, "1125899906842624.2"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            let mut out = String::new();
            float(&mut out, value).unwrap();
            assert_eq!(out, wanted);
        }
    }

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
