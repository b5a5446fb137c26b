//! Decimal digits of doubles, rounded to nearest and half to even, from one product with a power of ten.
//!
//! A mantissa of 64 bits times a power of ten of 128 bits has at least 64 bits behind 19 digits. What was cut off the power
//! changes the last few of them, so that only a number within 2^-60 of the middle between two results stays undecided: it
//! gives `None`, and is for the exact arithmetic of `core::fmt`. Up to 10^55 a power is whole in 128 bits, and nothing is
//! undecided.

use super::digits::{self, MOST_DIGITS};

/// The furthest power of ten in the table: 19 digits of the least double take 10^342.
const FURTHEST: usize = 345;

/// The highest 128 bits of each power of ten, rounded down, from 10^-345 on. The highest bit of each is set.
static POWERS: [u128; 2 * FURTHEST + 1] = powers();

/// How many powers of ten from 10^0 on are whole in 128 bits: 5^55 < 2^128.
const WHOLE: std::ops::RangeInclusive<i32> = 0..=55;

#[expect(
    clippy::indexing_slicing,
    reason = "the compiler runs this, and would not compile what is out of bounds"
)]
const fn powers() -> [u128; 2 * FURTHEST + 1] {
    let one = Wide { high: 1 << 127, low: 0 };
    let mut table = [one.high; 2 * FURTHEST + 1];
    let (mut up, mut down) = (one, one);
    let mut power = 1;
    while power <= FURTHEST {
        up = up.ten_times();
        down = down.tenth();
        table[FURTHEST + power] = up.high;
        table[FURTHEST - power] = down.high;
        power += 1;
    }
    table
}

/// 192 bits, the highest of them set: enough that 345 steps, each rounded down, leave the upper 128 right but for one
/// unit.
#[derive(Clone, Copy)]
struct Wide {
    high: u128,
    low: u64,
}

impl Wide {
    /// Times five, shifted back by the two or three bits that this takes more.
    const fn ten_times(self) -> Self {
        let low = self.low as u128 * 5;
        let middle = (self.high & u64::MAX as u128) * 5 + (low >> 64);
        let top = (self.high >> 64) * 5 + (middle >> 64);
        let bits = 64 - top.leading_zeros();
        let high = (top << (64 - bits)) | ((middle & u64::MAX as u128) >> bits);
        let low = ((middle as u64) << (64 - bits)) | ((low as u64) >> bits);
        Self { high, low }
    }

    /// Divided by five limb by limb, with one limb more for the bits that this takes fewer.
    const fn tenth(self) -> Self {
        const fn fifth(rest: u64, limb: u64) -> (u64, u64) {
            let value = ((rest as u128) << 64) | limb as u128;
            ((value / 5) as u64, (value % 5) as u64)
        }
        const fn join(high: u64, low: u64, shift: u32) -> u64 {
            (high << shift) | (low >> (64 - shift))
        }
        let (a, rest) = fifth(0, (self.high >> 64) as u64);
        let (b, rest) = fifth(rest, self.high as u64);
        let (c, rest) = fifth(rest, self.low);
        let (d, _) = fifth(rest, 0);
        let shift = a.leading_zeros();
        let high = ((join(a, b, shift) as u128) << 64) | join(b, c, shift) as u128;
        Self { high, low: join(c, d, shift) }
    }
}

/// A positive double: `mantissa * 2^power`, with the highest bit of the mantissa set.
#[derive(Clone, Copy)]
struct Binary {
    mantissa: u64,
    power: i32,
}

impl Binary {
    /// `None` for what is neither positive nor finite.
    fn new(value: f64) -> Option<Self> {
        let bits = value.to_bits();
        let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
        match biased {
            1..0x7ff => Some(Self { mantissa: (fraction | (1 << 52)) << 11, power: biased - 1075 - 11 }),
            0 if fraction != 0 => {
                let shift = fraction.leading_zeros();
                Some(Self { mantissa: fraction << shift, power: -1074 - shift as i32 })
            }
            _ => None,
        }
    }

    /// The number times `10^scale`, rounded to a whole one. `None` where that is undecided, or above `u64`.
    fn scaled(self, scale: i32) -> Option<u64> {
        let ten = *POWERS.get(usize::try_from(scale + FURTHEST as i32).ok()?)?;
        // floor(scale * log2(10)), right up to 10^1233.
        let ten_power = ((i64::from(scale) * 1_741_647) >> 19) as i32 - 127;
        // 64 bits by 128 are 192; of the upper 128, the lowest `shift` are the fraction.
        let low = u128::from(self.mantissa) * (ten & u128::from(u64::MAX));
        let high = u128::from(self.mantissa) * (ten >> 64) + (low >> 64);
        let shift = match -(self.power + ten_power + 64) {
            ..1 => return None,
            129.. => return Some(0),
            shift => shift as u32,
        };
        let whole = high.checked_shr(shift).unwrap_or(0);
        let half = 1_u128 << (shift - 1);
        let fraction = high & (half | (half - 1));
        // What was cut off the power of ten makes the product at most this much too small.
        const DOUBT: u128 = 4;
        let up = if fraction.wrapping_add(DOUBT).wrapping_sub(half) > DOUBT {
            fraction > half
        } else if WHOLE.contains(&scale) {
            fraction == half && (low as u64 != 0 || whole & 1 == 1)
        } else {
            return None;
        };
        u64::try_from(whole).ok()?.checked_add(u64::from(up))
    }

    /// The first `count` digits, 1 to 19 of them, and the power of ten of the first. `None` where the last is undecided.
    fn significant(self, count: usize) -> Option<(u64, i32)> {
        let most = digits::ten(count)?;
        // The logarithm to base two, in 2^-32: its fraction is at least the mantissa's. Times log10(2), in 2^-20 and
        // towards the smaller result: the power of ten, or rarely one less.
        let logarithm = (i64::from(self.power + 63) << 32) + ((self.mantissa << 1) >> 32) as i64;
        let mut exponent = ((logarithm * if logarithm < 0 { 315_653 } else { 315_652 }) >> 52) as i32;
        let digits = count as i32 - 1;
        let mut number = self.scaled(digits - exponent)?;
        if number >= most {
            exponent += 1;
            number = self.scaled(digits - exponent)?;
        }
        Some((number, exponent))
    }
}

/// The first `count` digits of a number that is not negative, and the power of ten of the first of them. `None` where the
/// last is undecided, or there are too many.
#[inline]
pub(super) fn significant(value: f64, count: usize) -> Option<(u64, i32)> {
    if count > MOST_DIGITS {
        None
    } else if value == 0.0 {
        Some((0, 0))
    } else {
        Binary::new(value)?.significant(count)
    }
}

/// What stands before the point of a number that is not negative, and the `behind` digits behind it. `None` for more than
/// 18 of these, or more than 64 bits before them.
///
/// Nothing is undecided: the bits behind the point times a power of ten are whole in 128 bits.
#[inline(always)]
pub(super) fn split(value: f64, behind: usize) -> Option<(u64, u64)> {
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let mantissa = if biased == 0 { fraction } else { fraction | (1 << 52) };
    let unit = digits::ten(behind).filter(|_| behind < MOST_DIGITS)?;
    let (whole, part) = match 1075 - biased {
        // The usual numbers: what is behind the point fills up to 64 bits, and so do the two halves of the product.
        shift @ 1..64 => {
            let product = u128::from(mantissa << (64 - shift)) * u128::from(unit);
            let (whole, part, rest) = (mantissa >> shift, (product >> 64) as u64, product as u64);
            let odd = (if behind == 0 { whole } else { part }) & 1;
            (whole, part + u64::from(rest > HALF || rest == HALF && odd == 1))
        }
        shift @ -11..=0 => (mantissa << -shift, 0),
        64.. if mantissa == 0 => (0, 0),
        64.. => (0, Binary::new(value)?.scaled(behind as i32)?),
        _ => return None,
    };
    Some(if part < unit { (whole, part) } else { (whole + 1, 0) })
}

/// The middle between nothing and 2^64.
const HALF: u64 = 1 << 63;
