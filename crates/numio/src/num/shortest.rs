//! The fewest decimal digits that tell a float from its neighbours of the same width.
//!
//! Of several such decimals the nearest is taken, and of two equally near ones the one whose last digit is even: the rule of
//! CPython's `repr` (`Python/dtoa.c`, mode 0) and of NumPy's `dragon4.c`. Rust's own `{:?}` rounds such ties up, so that
//! 16 % of the doubles between 1e15 and 2e15 would differ in their last digit. `zmij` follows the rule for `f32` and `f64`
//! at a tenth of the time of exact arithmetic; half floats and long doubles take [`dragon4`](super::dragon4).

use half::f16;

pub(crate) use numio_pickle::repr::ShortestDigits;

use super::dragon4::{Decimal, DigitRequest, FloatFormat, Magnitude, Real, decimal};

/// The digits of the magnitude of a finite half float; 0 for others.
pub(crate) fn of_f16(value: f16) -> ShortestDigits {
    of_real(Real::from_bits(FloatFormat::HALF, value.to_bits().into()))
}

/// As [`of_f16`], among the floats of the number's own format.
pub(crate) fn of_real(real: Real) -> ShortestDigits {
    let Magnitude::Finite(finite) = real.magnitude else { return ShortestDigits::from_digits([], 0) };
    let Decimal { digits, point } = decimal(finite, DigitRequest::UNIQUE);
    ShortestDigits::from_digits(digits, point)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(format: FloatFormat, bits: u64) -> ShortestDigits {
        of_real(Real::from_bits(format, bits.into()))
    }

    /// Bits with every exponent, integers and halves around the powers of ten at which the digits run out, and powers of
    /// two, whose neighbour below is nearer.
    fn doubles(count: u64) -> impl Iterator<Item = f64> {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        (0..count).map(move |round| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            match round % 4 {
                0 => f64::from_bits(seed >> 1),
                1 => 1e15 + (seed >> 14) as f64 / 8.0,
                2 => f64::from_bits((seed >> 53) << 52),
                _ => (seed >> 11) as f64 / (1_u64 << (round / 4 % 12)) as f64,
            }
        })
    }

    fn compare(count: u64) {
        for value in doubles(count).filter(|value| value.is_finite()) {
            assert_eq!(
                ShortestDigits::of_f64(value),
                exact(FloatFormat::DOUBLE, value.to_bits()),
                "{value:e}"
            );
            let single = value as f32;
            if single.is_finite() {
                let wanted = exact(FloatFormat::SINGLE, single.to_bits().into());
                assert_eq!(ShortestDigits::of_f32(single), wanted, "{single:e}");
            }
            let single = f32::from_bits(value.to_bits() as u32 & 0x7fff_ffff);
            if single.is_finite() {
                let wanted = exact(FloatFormat::SINGLE, single.to_bits().into());
                assert_eq!(ShortestDigits::of_f32(single), wanted, "{single:e}");
            }
        }
    }

    #[test]
    fn fast_shortest_digits_are_the_exact_ones() {
        compare(100_000);
    }

    #[test]
    #[ignore = "minutes: 10^8 numbers of each width"]
    fn fast_shortest_digits_of_very_many_are_the_exact_ones() {
        compare(100_000_000);
    }

    #[test]
    fn ties_go_to_the_even_digit() {
        for (value, digits, exponent) in [
            (1_125_899_906_842_624.3, "11258999068426242", 15),
            (1_125_899_906_842_624.8, "11258999068426248", 15),
            (5e-324, "5", -324),
            (0.0, "0", 0),
            (100.0, "1", 2),
            (9_007_199_254_740_993.0, "9007199254740992", 15),
        ] {
            let found = ShortestDigits::of_f64(value);
            assert_eq!((found.digits(), found.exponent()), (digits, exponent), "{value}");
        }
        let found = ShortestDigits::of_f32(1_048_577.3);
        assert_eq!((found.digits(), found.exponent()), ("10485772", 6));
    }
}
