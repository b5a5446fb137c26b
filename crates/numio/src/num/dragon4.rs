//! The decimal digits of a binary float: as few as tell it from its neighbours, or as many as asked for, always exact.
//!
//! Steele and White's algorithm in the form of Burger and Dybvig ("Printing Floating-Point Numbers Quickly and
//! Accurately", 1996), which NumPy's `dragon4.c` also follows. One routine serves every width: printing arrays cuts the
//! shortest digits off, or carries on after them, which no library of shortest digits does, and the neighbours are
//! those of the width at hand. Of two shortest candidates the nearer one wins; where the number lies exactly between them,
//! the one whose last digit is even, as in CPython's `dtoa.c`.

use std::cmp::Ordering;

use super::bigint::BigUint;

/// A binary format of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FloatFormat {
    /// Bits of the mantissa, with the leading one that IEEE formats leave out.
    pub(crate) precision: u32,
    exponent_bits: u32,
    /// True if the mantissa's leading bit is stored.
    stores_leading: bool,
}

impl FloatFormat {
    pub(crate) const HALF: Self = Self { precision: 11, exponent_bits: 5, stores_leading: false };
    pub(crate) const SINGLE: Self = Self { precision: 24, exponent_bits: 8, stores_leading: false };
    pub(crate) const DOUBLE: Self = Self { precision: 53, exponent_bits: 11, stores_leading: false };
    /// x86's 80-bit format.
    pub(crate) const EXTENDED: Self = Self { precision: 64, exponent_bits: 15, stores_leading: true };
}

/// A float of any format, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Real {
    pub(crate) negative: bool,
    pub(crate) magnitude: Magnitude,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magnitude {
    Finite(Finite),
    Infinite,
    Nan,
}

/// `mantissa * 2^exponent`, as the float stores it: the next larger float has one more in the mantissa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Finite {
    pub(crate) mantissa: u64,
    pub(crate) exponent: i32,
    /// True if the next smaller float is only half as far away as the next larger: at powers of two.
    pub(crate) near_below: bool,
}

impl Real {
    /// Decodes the bits of a float of `format`.
    pub(crate) fn from_bits(format: FloatFormat, bits: u128) -> Self {
        let FloatFormat { precision, exponent_bits, stores_leading } = format;
        let stored = precision - u32::from(!stores_leading);
        let field = (bits >> stored) as u32 & ((1 << exponent_bits) - 1);
        let negative = bits >> (stored + exponent_bits) & 1 == 1;
        let fraction = bits as u64 & (u64::MAX >> (64 - stored));
        let leading = 1_u64 << (precision - 1);
        let is_special = field == (1 << exponent_bits) - 1;
        let is_normal = field != 0;
        let magnitude = if is_special {
            if fraction & (leading - 1) == 0 { Magnitude::Infinite } else { Magnitude::Nan }
        } else if stores_leading && is_normal && fraction & leading == 0 {
            // The x87 calls this an unnormal: an invalid operand.
            Magnitude::Nan
        } else {
            let mantissa = if is_normal { fraction | leading } else { fraction };
            let bias = (1 << (exponent_bits - 1)) - 1;
            let exponent = field.max(1) as i32 - bias - (precision as i32 - 1);
            Magnitude::Finite(Finite { mantissa, exponent, near_below: field > 1 && mantissa == leading })
        };
        Self { negative, magnitude }
    }

    pub(crate) fn finite(self) -> Option<Finite> {
        match self.magnitude {
            Magnitude::Finite(finite) => Some(finite),
            Magnitude::Infinite | Magnitude::Nan => None,
        }
    }
}

impl Finite {
    pub(crate) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The mantissa with its highest bit set, and the exponent that goes with it. Not for zero.
    fn normalized(self) -> (i32, u64) {
        let shift = self.mantissa.leading_zeros().min(63);
        (self.exponent - shift as i32, self.mantissa << shift)
    }

    /// Compares the values of two numbers, neither of them zero.
    pub(crate) fn cmp(self, other: Self) -> Ordering {
        self.normalized().cmp(&other.normalized())
    }

    /// A whole number.
    pub(crate) fn whole(value: u64) -> Self {
        Self { mantissa: value, exponent: 0, near_below: false }
    }

    /// Returns whether `self / other`, rounded to `precision` bits, is above 1000. Neither is zero.
    pub(crate) fn is_over_1000_times(self, other: Self, precision: u32) -> bool {
        let ((high, dividend), (low, divisor)) = (self.normalized(), other.normalized());
        // dividend / divisor lies between 1/2 and 2.
        match high - low {
            ..=8 => false,
            11.. => true,
            shift => {
                let over = (u128::from(dividend) << shift).checked_sub(u128::from(divisor) * 1000);
                // Half a unit in the last place of 1000 is 2^(9 - precision), and the half rounds to the even 1000.
                over.is_some_and(|over| over > u128::from(divisor >> (precision - 9)))
            }
        }
    }
}

/// The digits that are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DigitRequest {
    /// True to stop as soon as the number is told from its neighbours.
    pub(crate) unique: bool,
    /// Digits not to stop before, for `unique`.
    pub(crate) min: Option<usize>,
    /// Digits to stop at; the last is rounded, halves to even.
    pub(crate) max: Option<usize>,
    /// True to count `min` and `max` from the decimal point rather than from the first digit.
    pub(crate) after_point: bool,
}

impl DigitRequest {
    /// As many digits as tell the number from its neighbours.
    pub(crate) const UNIQUE: Self = Self { unique: true, min: None, max: None, after_point: false };
}

/// `0.d1 d2 d3... * 10^point` without trailing zeros; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// Each 0 to 9.
    pub(crate) digits: Vec<u8>,
    /// The number of digits before the decimal point.
    pub(crate) point: i32,
}

/// The digits of `number`.
pub(crate) fn decimal(number: Finite, wanted: DigitRequest) -> Decimal {
    if number.is_zero() {
        return Decimal { digits: Vec::new(), point: 1 };
    }
    let mut ratio = Ratio::new(number);
    let mut point = ratio.scale(number, wanted);
    let last = |count: usize| {
        let count = i32::try_from(count).unwrap_or(i32::MAX / 2);
        if wanted.after_point { -count } else { point - count }
    };
    let (min, max) = (wanted.min.map(last), wanted.max.map(last));

    let mut digits = Vec::new();
    let mut place = point;
    let round_up = loop {
        place -= 1;
        let digit = ratio.next_digit();
        digits.push(digit);
        let (low, high) = if wanted.unique { ratio.reaches_neighbours() } else { (false, false) };
        let told = (low || high) && min.is_none_or(|min| place <= min);
        if told || max.is_some_and(|max| place <= max) {
            break if low == high { ratio.rounds_up(digit) } else { high };
        }
        if ratio.value.is_zero() {
            break false;
        }
        ratio.times_10();
    };
    if round_up && carry(&mut digits) {
        point += 1;
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    Decimal { digits, point }
}

/// Adds one to the last digit. Whether the number grew by a digit.
fn carry(digits: &mut Vec<u8>) -> bool {
    while let Some(digit) = digits.pop() {
        if digit < 9 {
            digits.push(digit + 1);
            return false;
        }
    }
    digits.push(1);
    true
}

/// `value / unit`, and half the way to the neighbours on the same scale.
struct Ratio {
    value: BigUint,
    unit: BigUint,
    below: BigUint,
    /// `None` if it equals `below`.
    above: Option<BigUint>,
    even: bool,
}

impl Ratio {
    fn new(number: Finite) -> Self {
        let Finite { mantissa, exponent, near_below } = number;
        // Scaled by four, so that half of the smaller distance is a whole number.
        let power = |bits: i32| {
            let mut big = BigUint::from_u64(1);
            big.shl(bits.max(0).unsigned_abs());
            big
        };
        let mut value = BigUint::from_u64(mantissa);
        value.shl((exponent.max(0) + 2).unsigned_abs());
        let unit = power(2 - exponent.min(0));
        let (half, quarter) = (power(exponent.max(0) + 1), power(exponent.max(0)));
        let (below, above) = if near_below { (quarter, Some(half)) } else { (half, None) };
        Self { value, unit, below, above, even: mantissa % 2 == 0 }
    }

    /// Divides by a power of ten so that the next digit is the first requested one. Returns that power's exponent.
    fn scale(&mut self, number: Finite, wanted: DigitRequest) -> i32 {
        // The logarithm of the highest bit, less than one too small; then it is right or one too small.
        let bit = 63 - number.mantissa.leading_zeros() as i32 + number.exponent;
        let mut point = (f64::from(bit) * std::f64::consts::LOG10_2 - 0.69).ceil() as i32;
        // A number far below the last digit wanted still gets that one digit, 0 or 1.
        if let (true, Some(max)) = (wanted.after_point, wanted.max) {
            point = point.max(1_i32.saturating_sub_unsigned(u32::try_from(max).unwrap_or(u32::MAX)));
        }
        if point > 0 {
            self.unit.mul_pow10(point.unsigned_abs());
        } else {
            self.each(|big| big.mul_pow10(point.unsigned_abs()));
        }
        let shift = (self.unit.leading_zeros() + 64 - 4) % 64;
        self.unit.shl(shift);
        self.each(|big| big.shl(shift));
        if self.value.cmp(&self.unit).is_ge() {
            point += 1;
        } else {
            self.times_10();
        }
        point
    }

    fn each(&mut self, change: impl Fn(&mut BigUint)) {
        change(&mut self.value);
        change(&mut self.below);
        if let Some(above) = &mut self.above {
            change(above);
        }
    }

    fn times_10(&mut self) {
        self.each(|big| big.mul(10));
    }

    fn next_digit(&mut self) -> u8 {
        self.value.div_rem_digit(&self.unit)
    }

    /// Returns whether the digits so far, and one more in the last of them, are nearer to this number than to its
    /// neighbours.
    fn reaches_neighbours(&self) -> (bool, bool) {
        let above = self.above.as_ref().unwrap_or(&self.below);
        let (low, high) = (self.value.cmp(&self.below), self.value.cmp_sum(above, &self.unit));
        if self.even { (low.is_le(), high.is_ge()) } else { (low.is_lt(), high.is_gt()) }
    }

    /// Returns whether the remainder rounds the last digit up: halves to even.
    fn rounds_up(&self, digit: u8) -> bool {
        match self.value.cmp_sum(&self.value, &self.unit) {
            Ordering::Less => false,
            Ordering::Equal => digit % 2 == 1,
            Ordering::Greater => true,
        }
    }
}
