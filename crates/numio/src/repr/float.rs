//! Floats: the shortest digits that read back as the same number, as `float.__repr__` lays them out.

use std::fmt::{self, Write};

/// `repr` of a float: exponents from -4 to 15 are written out, others as `1e+16`.
pub(crate) fn float(out: &mut impl Write, value: f64) -> fmt::Result {
    if value.is_nan() {
        return out.write_str("nan");
    }
    if value.is_infinite() {
        return out.write_str(if value < 0.0 { "-inf" } else { "inf" });
    }
    // Rust's digits are the shortest too; only their layout differs.
    let magnitude = value.abs();
    if value.is_sign_negative() {
        out.write_char('-')?;
    }
    if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        return write!(out, "{magnitude:?}");
    }
    let scientific = format!("{magnitude:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => write!(out, "{digits}e-{exponent:0>2}"),
        None => write!(out, "{digits}e+{exponent:0>2}"),
    }
}

/// `repr` of a complex number: without its real part where that is plus zero, and in parentheses otherwise. The parts
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
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            let mut out = String::new();
            float(&mut out, value).unwrap();
            assert_eq!(out, wanted);
        }
    }
}
