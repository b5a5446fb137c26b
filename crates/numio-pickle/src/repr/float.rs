//! Floats in the layout of Python's `float.__repr__` (CPython's `Python/pystrtod.c`, format `r`).

use std::fmt::{self, Write};

/// The most digits: 5 of a half float, 9 of a single, 17 of a double, 21 of a long double.
const CAPACITY: usize = 24;

/// The fewest decimal digits that distinguish a float from its neighbours of the same width: `0.d1 d2 d3... * 10^point`,
/// without zeros at the end. Zero is one digit 0.
///
/// Of several such decimals the nearest is taken, and of two equally near ones the one whose last digit is even: the rule of
/// CPython's `repr` (`Python/dtoa.c`, mode 0). Rust's own `{:?}` rounds such ties up.
///
/// ```
/// let digits = numio_pickle::repr::ShortestDigits::of_f64(0.00125);
/// assert_eq!((digits.digits(), digits.exponent()), ("125", -3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortestDigits {
    digits: [u8; CAPACITY],
    len: usize,
    /// The number of digits before the decimal point.
    point: i32,
}

impl ShortestDigits {
    const ZERO: Self = Self { digits: [b'0'; CAPACITY], len: 1, point: 1 };

    /// The digits of the magnitude of a finite double; 0 for others.
    pub fn of_f64(value: f64) -> Self {
        match value.is_finite() {
            true => Self::parse(zmij::Buffer::new().format_finite(value.abs())),
            false => Self::ZERO,
        }
    }

    /// As [`of_f64`](Self::of_f64), among single floats.
    pub fn of_f32(value: f32) -> Self {
        match value.is_finite() {
            true => Self::parse(zmij::Buffer::new().format_finite(value.abs())),
            false => Self::ZERO,
        }
    }

    /// Digits from 0 to 9 that were computed elsewhere, of which `point` come before the decimal point; at most 24 are kept.
    pub fn from_digits(digits: impl IntoIterator<Item = u8>, point: i32) -> Self {
        let mut found = Self { point, len: 0, ..Self::ZERO };
        for (to, digit) in found.digits.iter_mut().zip(digits) {
            *to = b'0' + digit;
            found.len += 1;
        }
        if found.len == 0 { Self::ZERO } else { found }
    }

    /// Reads the digits out of `123.45e-6`.
    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut found = Self { len: 0, point: exponent.parse().unwrap_or(0), ..Self::ZERO };
        let mut is_fraction = false;
        for digit in mantissa.bytes() {
            match digit {
                b'.' => is_fraction = true,
                b'0' if found.len == 0 => found.point -= i32::from(is_fraction),
                digit => {
                    if let Some(to) = found.digits.get_mut(found.len) {
                        *to = digit;
                    }
                    found.len += 1;
                    found.point += i32::from(!is_fraction);
                }
            }
        }
        found.len = found.len.min(CAPACITY);
        while found.len > 0 && found.digits.get(found.len - 1) == Some(&b'0') {
            found.len -= 1;
        }
        if found.len == 0 { Self::ZERO } else { found }
    }

    /// The digits, in ASCII.
    pub fn digits(&self) -> &str {
        self.digits.get(..self.len).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or("0")
    }

    /// The power of ten of the first digit.
    pub fn exponent(&self) -> i32 {
        self.point - 1
    }

    /// Writes `12.0` if `is_positional`, and `1.2e+01` otherwise.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write, is_negative: bool, is_positional: bool) -> fmt::Result {
        let (digits, exponent) = (self.digits(), self.exponent());
        if is_negative {
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
}

/// The text of a float that is not finite.
pub fn special(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_nan() => Some("nan"),
        f64::INFINITY => Some("inf"),
        f64::NEG_INFINITY => Some("-inf"),
        _ => None,
    }
}

/// Writes `repr` of a float: numbers from 1e-4 to below 1e16 are written out, others as `1e+16`.
///
/// # Errors
/// Those of `out`.
pub fn float(out: &mut impl Write, value: f64) -> fmt::Result {
    match special(value) {
        Some(text) => out.write_str(text),
        None => {
            let digits = ShortestDigits::of_f64(value);
            digits.write(out, value.is_sign_negative(), (-4..16).contains(&digits.exponent()))
        }
    }
}

/// Writes `repr` of a complex number: without its real part if that is plus zero, and in parentheses otherwise. The parts have
/// no `.0`.
///
/// # Errors
/// Those of `out`.
pub fn complex(out: &mut impl Write, real: f64, imag: f64) -> fmt::Result {
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
}
