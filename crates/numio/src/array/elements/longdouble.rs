//! NumPy's `longdouble` as x86 has it: 80 bits in 16 bytes.

use bytemuck::{Pod, Zeroable};
use half::f16;

use crate::num::dragon4::{FloatFormat, Magnitude, Real};
use crate::num::python_float;
use crate::num::shortest;

/// A number of dtype `longdouble`, in x86's extended format: a sign, 15 bits of exponent and 64 bits of mantissa, in
/// 16 bytes of which six are padding. Kept bit for bit; [`to_f64`](Self::to_f64) rounds to nearest, ties to even.
///
/// ```
/// use numio::LongDouble;
///
/// let x = LongDouble::from(0.1_f64);
/// assert_eq!(x.to_f64(), 0.1);
/// assert_eq!(LongDouble::from(u64::MAX).to_f64(), 18446744073709551616.0);
/// ```
#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct LongDouble([u8; 16]);

/// Sign and exponent that mark infinities and NaNs.
const SPECIAL: u16 = 0x7fff;
/// Exponent bias of the stored form.
const BIAS: i32 = 16383;
/// The mantissa's highest bit, which this format stores.
const ONE: u64 = 1 << 63;

impl LongDouble {
    /// Builds a number from its sign-and-exponent word (bits 64 to 79) and its mantissa (bits 0 to 63).
    pub fn from_bits(sign_exponent: u16, mantissa: u64) -> Self {
        Self((u128::from(sign_exponent) << 64 | u128::from(mantissa)).to_ne_bytes())
    }

    /// A number from its 16 bytes in this machine's order.
    pub fn from_ne_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes in this machine's order, padding included.
    pub fn to_ne_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Its sign-and-exponent word and its mantissa.
    pub fn to_bits(self) -> (u16, u64) {
        let bits = u128::from_ne_bytes(self.0);
        ((bits >> 64) as u16, bits as u64)
    }

    /// The nearest `f64`, ties to even.
    pub fn to_f64(self) -> f64 {
        let (sign, exponent, mantissa) = self.parts();
        let magnitude = match exponent {
            _ if self.is_nan() => 0x7ff << 52 | 1 << 51 | mantissa << 1 >> 12,
            SPECIAL => 0x7ff << 52,
            _ => round(i32::from(exponent) - BIAS, mantissa, 52, 1023),
        };
        f64::from_bits(sign << 63 | magnitude)
    }

    /// The nearest `f32`, ties to even, rounded once.
    pub fn to_f32(self) -> f32 {
        let (sign, exponent, mantissa) = self.parts();
        let magnitude = match exponent {
            _ if self.is_nan() => 0xff << 23 | 1 << 22 | mantissa << 1 >> 41,
            SPECIAL => 0xff << 23,
            _ => round(i32::from(exponent) - BIAS, mantissa, 23, 127),
        };
        f32::from_bits((sign << 31 | magnitude) as u32)
    }

    /// The nearest `f16`, ties to even, rounded once.
    pub fn to_f16(self) -> f16 {
        let (sign, exponent, mantissa) = self.parts();
        let magnitude = match exponent {
            _ if self.is_nan() => 0x1f << 10 | 1 << 9 | mantissa << 1 >> 54,
            SPECIAL => 0x1f << 10,
            _ => round(i32::from(exponent) - BIAS, mantissa, 10, 15),
        };
        f16::from_bits((sign << 15 | magnitude) as u16)
    }

    /// True if it is not a number. Encodings that processors since the 80387 reject as invalid count too.
    pub fn is_nan(self) -> bool {
        let (_, exponent, mantissa) = self.parts();
        match exponent {
            SPECIAL => mantissa != ONE,
            0 => false,
            _ => mantissa & ONE == 0,
        }
    }

    /// True if it is an infinity.
    pub fn is_infinite(self) -> bool {
        let (_, exponent, mantissa) = self.parts();
        exponent == SPECIAL && mantissa == ONE
    }

    /// True if the sign bit is set; zeros and NaNs have one too.
    pub fn is_sign_negative(self) -> bool {
        self.parts().0 == 1
    }

    /// The number, decoded.
    pub(crate) fn to_real(self) -> Real {
        let (sign_exponent, mantissa) = self.to_bits();
        Real::from_bits(FloatFormat::EXTENDED, u128::from(sign_exponent) << 64 | u128::from(mantissa))
    }

    /// The power of two that its magnitude reaches: 0 for numbers from 1 to 2. `None` for zeros, infinities and NaNs.
    pub(crate) fn exponent(self) -> Option<i32> {
        let (_, exponent, mantissa) = self.parts();
        (mantissa != 0 && exponent != SPECIAL).then(|| i32::from(exponent.max(1)) - BIAS)
    }

    /// Two doubles whose sum is this number divided by 2^`scale`, to the last bit where neither leaves the range of doubles.
    /// Infinities stay themselves; no NaN comes here.
    pub(crate) fn split(self, scale: i32) -> [f64; 2] {
        let (sign, _, mantissa) = self.parts();
        let sign = if sign == 1 { -1.0 } else { 1.0 };
        if self.is_infinite() {
            return [sign * f64::INFINITY, 0.0];
        }
        let unit = self.exponent().map_or(0.0, |exponent| power_of_two(exponent - 63 - scale)) * sign;
        [(mantissa >> 11 << 11) as f64 * unit, (mantissa & 0x7ff) as f64 * unit]
    }

    fn parts(self) -> (u64, u16, u64) {
        let (sign_exponent, mantissa) = self.to_bits();
        (u64::from(sign_exponent >> 15), sign_exponent & SPECIAL, mantissa)
    }

    /// The number `mantissa` times 2^`scale`; `mantissa` is not zero.
    fn normal(sign: u16, mantissa: u64, scale: i32) -> Self {
        let shift = mantissa.leading_zeros();
        let exponent = BIAS + 63 + scale - shift as i32;
        Self::from_bits(sign << 15 | exponent as u16, mantissa << shift)
    }
}

/// 2^`exponent`: 0 below the least normal double, infinity above the largest.
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    match exponent {
        ..-1022 => 0.0,
        1024.. => f64::INFINITY,
        _ => f64::from_bits(((exponent + 1023) as u64) << 52),
    }
}

/// The bits of an IEEE number without its sign, of `width` bits of fraction and exponents up to `max`, nearest to
/// `mantissa` * 2^(`exponent` - 63).
fn round(exponent: i32, mantissa: u64, width: u32, max: i32) -> u64 {
    if mantissa == 0 {
        return 0;
    }
    // Denormals of the wide format are far below the least of the narrow ones, and normalising does not matter.
    let infinity = ((max as u64) << 1 | 1) << width;
    if exponent > max {
        return infinity;
    }
    // The narrow format's own denormals keep fewer bits.
    let below = (1 - max - exponent).max(0);
    let drop = (63 - width as i32) + below;
    if drop > 64 {
        return 0;
    }
    let (kept, rest, half) = if drop == 64 {
        (0, u128::from(mantissa), 1_u128 << 63)
    } else {
        (mantissa >> drop, u128::from(mantissa & ((1 << drop) - 1)), 1_u128 << (drop - 1))
    };
    let up = rest > half || (rest == half && kept & 1 == 1);
    let biased = if below > 0 { 0 } else { (exponent + max - 1) as u64 };
    // The leading bit of a normal number adds the last one to the exponent, and so does a carry.
    (biased << width) + kept + u64::from(up)
}

impl From<f64> for LongDouble {
    fn from(value: f64) -> Self {
        let bits = value.to_bits();
        let sign = (bits >> 63) as u16;
        let exponent = (bits >> 52) as i32 & 0x7ff;
        let fraction = bits & ((1 << 52) - 1);
        match (exponent, fraction) {
            (0x7ff, 0) => Self::from_bits(sign << 15 | SPECIAL, ONE),
            // A processor sets the quiet bit as it converts.
            (0x7ff, _) => Self::from_bits(sign << 15 | SPECIAL, ONE | 1 << 62 | fraction << 11),
            (0, 0) => Self::from_bits(sign << 15, 0),
            (0, _) => Self::normal(sign, fraction, -1074),
            _ => Self::normal(sign, fraction | 1 << 52, exponent - 1075),
        }
    }
}

impl From<u64> for LongDouble {
    fn from(value: u64) -> Self {
        if value == 0 { Self::from_bits(0, 0) } else { Self::normal(0, value, 0) }
    }
}

impl From<i64> for LongDouble {
    fn from(value: i64) -> Self {
        let sign = u16::from(value < 0);
        if value == 0 { Self::from_bits(0, 0) } else { Self::normal(sign, value.unsigned_abs(), 0) }
    }
}

impl PartialEq for LongDouble {
    /// As numbers: NaN is unlike itself, the zeros are equal, and padding does not count.
    fn eq(&self, other: &Self) -> bool {
        if self.is_nan() || other.is_nan() {
            return false;
        }
        let (a, b) = (self.to_bits(), other.to_bits());
        a == b || (a.1 == 0 && b.1 == 0 && (a.0 | b.0) & SPECIAL == 0)
    }
}

/// As NumPy's `str` prints it: the fewest digits that tell it from its neighbours, an exponent from 1e16 on and
/// below 0.0001.
///
/// ```
/// use numio::LongDouble;
///
/// assert_eq!(LongDouble::from(0.1_f64).to_string(), "0.10000000000000000555");
/// assert_eq!(LongDouble::from(-1e20_f64).to_string(), "-1e+20");
/// ```
impl std::fmt::Display for LongDouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let real = self.to_real();
        match real.magnitude {
            Magnitude::Nan => f.write_str("nan"),
            Magnitude::Infinite => f.write_str(if real.negative { "-inf" } else { "inf" }),
            Magnitude::Finite(_) => {
                python_float::numpy_longdouble(f, real.negative, &shortest::of_real(real))
            }
        }
    }
}

impl std::fmt::Debug for LongDouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign_exponent, mantissa) = self.to_bits();
        write!(f, "LongDouble({:?}, {sign_exponent:#06x} {mantissa:#018x})", self.to_f64())
    }
}

const _: () = assert!(size_of::<LongDouble>() == 16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_through_long_doubles_come_back() {
        let extremes =
            [0.0, -0.0, 1.0, -2.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, 0.1, 1e-310];
        for value in extremes.into_iter().chain((0..2000).map(|i| f64::from_bits(i * 0x1f_ffe1_2345_6789))) {
            if !value.is_nan() {
                assert_eq!(LongDouble::from(value).to_f64().to_bits(), value.to_bits(), "{value:e}");
                assert_eq!(LongDouble::from(value).to_f32().to_bits(), (value as f32).to_bits(), "{value:e}");
            }
        }
        assert!(LongDouble::from(f64::NAN).is_nan() && LongDouble::from(f64::NAN).to_f64().is_nan());
    }

    #[test]
    fn integers_to_long_doubles_round_once() {
        for value in
            [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 53) + 1, (1 << 54) + 3, 0xffff_ffff_ffff_fbff]
        {
            assert_eq!(LongDouble::from(value).to_f64(), value as f64, "{value}");
            assert_eq!(LongDouble::from(value).to_f32(), value as f32, "{value}");
        }
        assert_eq!(LongDouble::from(i64::MIN).to_f64(), i64::MIN as f64);
        assert_eq!(LongDouble::from(-3_i64).to_f64(), -3.0);
    }
}
