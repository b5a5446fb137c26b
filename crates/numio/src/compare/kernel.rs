//! Element by element: which of two numbers are close, and how far apart they are.

use half::f16;
use num_complex::Complex;

use super::Magnitude;
use crate::array::power_of_two;
use crate::datetime::{Conversion, TimeKind, common_unit};
use crate::{FloatWidth, IntWidth, LongDouble, Scalar, TimeUnit};

/// The tolerances, and the widths that NumPy calculates in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) rtol: f64,
    pub(super) atol: f64,
    pub(super) equal_nan: bool,
    pub(super) ulp: u64,
    /// The width of a difference.
    pub(super) width: FloatWidth,
    /// The width of the tolerance, which is that of the second array.
    pub(super) tolerance: FloatWidth,
}

/// How two numbers that are not close differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Violation {
    /// Whether one of them, or both, are NaN or NaT.
    pub(super) is_nan: bool,
    pub(super) absolute: Option<Magnitude>,
    /// Relative to the second; `None` if that is zero.
    pub(super) relative: Option<f64>,
}

impl Violation {
    pub(super) const NAN: Self = Self { is_nan: true, absolute: None, relative: None };
    pub(super) const OTHER: Self = Self { is_nan: false, absolute: None, relative: None };
}

/// Rounds the result of one operation in `f64` to what the same operation gives in a narrower format: 53 bits are more
/// than twice as many and two, so that rounding twice does not matter.
fn round(width: FloatWidth, value: f64) -> f64 {
    match width {
        FloatWidth::Bits16 => f16::from_f64(value).to_f64(),
        FloatWidth::Bits32 => f64::from(value as f32),
        FloatWidth::Bits64 | FloatWidth::Bits128 => value,
    }
}

/// The width in which NumPy subtracts a float from another number.
pub(super) fn common_width(a: Scalar, b: Scalar) -> FloatWidth {
    width_beside_floats(a).max(width_beside_floats(b))
}

/// The width in which NumPy calculates the tolerance for this second array: integers become `f8`.
pub(super) fn tolerance_width(b: Scalar) -> FloatWidth {
    match b {
        Scalar::Float(width, _) => width,
        Scalar::Complex(width, _) => width.part(),
        _ => FloatWidth::Bits64,
    }
}

/// The least width of float that NumPy promotes a number to.
fn width_beside_floats(scalar: Scalar) -> FloatWidth {
    match scalar {
        Scalar::Float(width, _) => width,
        Scalar::Complex(width, _) => width.part(),
        Scalar::Bool | Scalar::Int8 | Scalar::UInt8 => FloatWidth::Bits16,
        Scalar::Int(IntWidth::Bits16, _) | Scalar::UInt(IntWidth::Bits16, _) => FloatWidth::Bits32,
        _ => FloatWidth::Bits64,
    }
}

impl Rule {
    fn is_exact(&self) -> bool {
        self.rtol == 0.0 && self.atol == 0.0
    }

    /// Returns whether NumPy rounds the second array's elements to doubles before it compares: integers, where there is a
    /// tolerance.
    pub(super) fn rounds_second(&self, scalar: Scalar) -> bool {
        !self.is_exact() && !matches!(scalar, Scalar::Float(..) | Scalar::Complex(..))
    }

    /// NumPy's `isclose`, for the size of a difference and that of the second number.
    fn is_within(&self, difference: f64, second: f64) -> bool {
        let width = self.tolerance;
        let relative = round(width, round(width, self.rtol) * second);
        difference <= round(width, round(width, self.atol) + relative)
    }

    /// Two integers. With a tolerance, NumPy compares them as floats.
    pub(super) fn ints(&self, a: i128, b: i128, are_bools: bool) -> Option<Violation> {
        let (x, y) = (a as f64, b as f64);
        let is_close = a == b
            || (!self.is_exact() && (self.is_within((x - y).abs(), y.abs()) || x == y))
            || (self.ulp > 0 && apart(x, y, FloatWidth::Bits64) <= u128::from(self.ulp));
        if is_close {
            return None;
        }
        if are_bools {
            return Some(Violation::OTHER);
        }
        let difference = a.abs_diff(b);
        let relative = (b != 0).then(|| difference as f64 / b.unsigned_abs() as f64);
        Some(Violation { is_nan: false, absolute: Some(Magnitude::Int(difference)), relative })
    }

    /// Two ticks of one unit.
    pub(super) fn times(&self, a: i128, b: i128, are_moments: bool) -> Option<Violation> {
        let nat = i128::from(i64::MIN);
        if a == nat || b == nat {
            return (a != b || !self.equal_nan).then_some(Violation::NAN);
        }
        if a == b {
            return None;
        }
        let difference = a.abs_diff(b);
        let relative = (b != 0 && !are_moments).then(|| difference as f64 / b.unsigned_abs() as f64);
        Some(Violation { is_nan: false, absolute: Some(Magnitude::Int(difference)), relative })
    }

    /// Two floats.
    pub(super) fn floats(&self, a: f64, b: f64) -> Option<Violation> {
        if a.is_nan() || b.is_nan() {
            let are_equal = self.equal_nan && a.is_nan() && b.is_nan();
            return (!are_equal).then_some(Violation::NAN);
        }
        if a == b {
            return None;
        }
        let difference = round(self.width, a - b).abs();
        // NumPy wants infinities in the same positions, whatever the tolerance.
        let is_close = a.is_finite() && b.is_finite() && self.is_within(difference, b.abs())
            || self.ulp > 0 && apart(a, b, self.width) <= u128::from(self.ulp);
        (!is_close).then(|| self.violation(difference, b.abs()))
    }

    /// Two complex numbers.
    pub(super) fn complexes(&self, a: Complex<f64>, b: Complex<f64>) -> Option<Violation> {
        let is_nan = |value: Complex<f64>| value.re.is_nan() || value.im.is_nan();
        if is_nan(a) || is_nan(b) {
            let are_equal = self.equal_nan && is_nan(a) && is_nan(b);
            return (!are_equal).then_some(Violation::NAN);
        }
        if a == b {
            return None;
        }
        let size = |value: Complex<f64>| match self.width {
            FloatWidth::Bits32 => f64::from((value.re as f32).hypot(value.im as f32)),
            _ => value.re.hypot(value.im),
        };
        let difference = size(Complex::new(round(self.width, a.re - b.re), round(self.width, a.im - b.im)));
        let is_finite = [a.re, a.im, b.re, b.im].into_iter().all(f64::is_finite);
        let near = |a, b| apart(a, b, self.width) <= u128::from(self.ulp);
        let is_close = is_finite && self.is_within(difference, size(b))
            || self.ulp > 0 && near(a.re, b.re) && near(a.im, b.im);
        (!is_close).then(|| self.violation(difference, size(b)))
    }

    /// Two long doubles, or complex numbers of them.
    pub(super) fn long_doubles<const N: usize>(
        &self,
        a: [LongDouble; N],
        b: [LongDouble; N],
    ) -> Option<Violation> {
        let is_nan = |value: [LongDouble; N]| value.into_iter().any(LongDouble::is_nan);
        if is_nan(a) || is_nan(b) {
            let are_equal = self.equal_nan && is_nan(a) && is_nan(b);
            return (!are_equal).then_some(Violation::NAN);
        }
        if a == b {
            return None;
        }
        // Beyond the range of doubles, all is scaled to the largest.
        let exponents = || a.into_iter().chain(b).filter_map(LongDouble::exponent);
        let is_far = exponents().any(|exponent| exponent.abs() > 960);
        let scale = if is_far { exponents().max().unwrap_or(0) } else { 0 };
        let size = |part: f64, other: f64| part.hypot(other);
        let parts = a.into_iter().zip(b).map(|(a, b)| (a.split(scale), b.split(scale)));
        let difference =
            parts.map(|([high, low], [high_b, low_b])| (high - high_b) + (low - low_b)).fold(0.0, size);
        let second = b.into_iter().map(|part| part.split(scale).into_iter().sum()).fold(0.0, size);
        let is_finite = a.into_iter().chain(b).all(|part| !part.is_infinite());
        let unscaled = Self { atol: scaled(self.atol, -scale), ..*self };
        let near = |(a, b)| long_doubles_apart(a, b) <= u128::from(self.ulp);
        let is_close = is_finite && unscaled.is_within(difference, second)
            || self.ulp > 0 && a.into_iter().zip(b).all(near);
        (!is_close).then(|| {
            let violation = self.violation(difference, second);
            // A difference that no double can hold is not told.
            let absolute = scaled(difference, scale);
            let is_told = absolute.is_finite() || !is_finite;
            Violation {
                absolute: is_told.then_some(Magnitude::Float(absolute, FloatWidth::Bits128)),
                ..violation
            }
        })
    }

    fn violation(&self, difference: f64, second: f64) -> Violation {
        // Infinities less infinities of the other sign, and those less finite numbers.
        let relative = (second != 0.0).then(|| round(self.width, difference / second));
        Violation {
            is_nan: false,
            absolute: Some(Magnitude::Float(difference, self.width)),
            relative: relative.filter(|relative| !relative.is_nan()),
        }
    }
}

/// The number of floats of this width from one to the other, as NumPy's `nulp_diff` counts them.
fn apart(a: f64, b: f64, width: FloatWidth) -> u128 {
    // Negative floats in the order of their values, and -0 where 0 is.
    let ordered = |bits: i64, least: i64| i128::from(if bits < 0 { least.wrapping_sub(bits) } else { bits });
    let number = |value: f64| match width {
        FloatWidth::Bits16 => ordered((f16::from_f64(value).to_bits() as i16).into(), i16::MIN.into()),
        FloatWidth::Bits32 => ordered(((value as f32).to_bits() as i32).into(), i32::MIN.into()),
        FloatWidth::Bits64 | FloatWidth::Bits128 => ordered(value.to_bits() as i64, i64::MIN),
    };
    number(a).abs_diff(number(b))
}

/// `value` times 2^`scale`.
fn scaled(value: f64, scale: i32) -> f64 {
    let (mut value, mut left) = (value, scale);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= power_of_two(step);
        left -= step;
    }
    value
}

/// The number of long doubles from one to the other.
fn long_doubles_apart(a: LongDouble, b: LongDouble) -> u128 {
    let number = |value: LongDouble| {
        let (sign_exponent, mantissa) = value.to_bits();
        // The mantissa's highest bit is set in all but denormals and zeros: it tells nothing more.
        let size = i128::from(sign_exponent & 0x7fff) << 63 | i128::from(mantissa & (u64::MAX >> 1));
        if sign_exponent >> 15 == 1 { -size } else { size }
    };
    number(a).abs_diff(number(b))
}

/// Two kinds of elements that can be compared with one another, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pairing {
    Ints {
        are_bools: bool,
    },
    Floats,
    /// Floats, where one of the two is a `longdouble`.
    LongDoubles,
    Complexes,
    /// Complex numbers, where a part of one of the two is a `longdouble`.
    LongComplexes,
    /// Ticks, converted to a unit that both have a whole number of.
    Times {
        are_moments: bool,
        conversions: Option<[Conversion; 2]>,
    },
    Texts,
    Objects,
}

/// The way to compare elements of these kinds; `None` if NumPy has none.
pub(super) fn pairing(a: Scalar, b: Scalar) -> Option<Pairing> {
    let is_int = |scalar: Scalar| {
        matches!(scalar, Scalar::Bool | Scalar::Int8 | Scalar::UInt8 | Scalar::Int(..) | Scalar::UInt(..))
    };
    let is_number = |scalar| is_int(scalar) || matches!(scalar, Scalar::Float(..) | Scalar::Complex(..));
    let is_long = common_width(a, b) == FloatWidth::Bits128;
    Some(match (a, b) {
        (Scalar::Object, Scalar::Object) => Pairing::Objects,
        (Scalar::Bytes(_), Scalar::Bytes(_)) | (Scalar::Str(..), Scalar::Str(..)) => Pairing::Texts,
        (Scalar::Void(a), Scalar::Void(b)) if a == b => Pairing::Texts,
        (Scalar::Datetime(a, _), Scalar::Datetime(b, _)) => times(TimeKind::Moment, a, b)?,
        (Scalar::Timedelta(a, _), Scalar::Timedelta(b, _)) => times(TimeKind::Length, a, b)?,
        _ if is_int(a) && is_int(b) => Pairing::Ints { are_bools: a == Scalar::Bool && b == Scalar::Bool },
        _ if !is_number(a) || !is_number(b) => return None,
        (Scalar::Complex(..), _) | (_, Scalar::Complex(..)) if is_long => Pairing::LongComplexes,
        (Scalar::Complex(..), _) | (_, Scalar::Complex(..)) => Pairing::Complexes,
        _ if is_long => Pairing::LongDoubles,
        _ => Pairing::Floats,
    })
}

fn times(kind: TimeKind, a: TimeUnit, b: TimeUnit) -> Option<Pairing> {
    let are_moments = kind == TimeKind::Moment;
    if a == b {
        return Some(Pairing::Times { are_moments, conversions: None });
    }
    let common = common_unit(a, b);
    let conversions = [Conversion::new(kind, a, common).ok()?, Conversion::new(kind, b, common).ok()?];
    Some(Pairing::Times { are_moments, conversions: Some(conversions) })
}
