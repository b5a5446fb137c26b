//! The decimal digits of a float: as few as tell it from its neighbours, or as many as asked for, always exact.
//!
//! Steele and White's algorithm in the form of Burger and Dybvig ("Printing Floating-Point Numbers Quickly and
//! Accurately", 1996), which NumPy's `dragon4.c` also follows. One routine serves every width: shortest digits are cut
//! off, or carried on, in the middle of their making, which no library of shortest digits does, and the neighbours are
//! those of the width at hand.

use std::cmp::Ordering;

use super::big::Big;
use super::real::Finite;

/// Which digits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Whether to stop as soon as the number is told from its neighbours.
    pub(super) unique: bool,
    /// Digits not to stop before, for `unique`.
    pub(super) min: Option<usize>,
    /// Digits to stop at; the last is rounded, halves to even.
    pub(super) max: Option<usize>,
    /// Whether `min` and `max` count from the decimal point rather than from the first digit.
    pub(super) after_point: bool,
}

impl Wanted {
    /// As many digits as tell the number from its neighbours.
    pub(super) const UNIQUE: Self = Self { unique: true, min: None, max: None, after_point: false };
}

/// `0.d1 d2 d3... * 10^point` without trailing zeros; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Each 0 to 9.
    pub(super) digits: Vec<u8>,
    /// How many digits stand before the decimal point.
    pub(super) point: i32,
}

/// The digits of `number`.
pub(super) fn decimal(number: Finite, wanted: Wanted) -> Decimal {
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
    value: Big,
    unit: Big,
    below: Big,
    /// Where it differs from `below`.
    above: Option<Big>,
    even: bool,
}

impl Ratio {
    fn new(number: Finite) -> Self {
        let Finite { mantissa, exponent, near_below } = number;
        // Scaled by four, so that half of the smaller distance is a whole number.
        let power = |bits: i32| {
            let mut big = Big::from_u64(1);
            big.shl(bits.max(0).unsigned_abs());
            big
        };
        let mut value = Big::from_u64(mantissa);
        value.shl((exponent.max(0) + 2).unsigned_abs());
        let unit = power(2 - exponent.min(0));
        let (half, quarter) = (power(exponent.max(0) + 1), power(exponent.max(0)));
        let (below, above) = if near_below { (quarter, Some(half)) } else { (half, None) };
        Self { value, unit, below, above, even: mantissa % 2 == 0 }
    }

    /// Divides by a power of ten so that the next digit is the first wanted one. Gives that power's exponent.
    fn scale(&mut self, number: Finite, wanted: Wanted) -> i32 {
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

    fn each(&mut self, change: impl Fn(&mut Big)) {
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

    /// Whether the digits so far, and one more in the last of them, are nearer to this number than to its neighbours.
    fn reaches_neighbours(&self) -> (bool, bool) {
        let above = self.above.as_ref().unwrap_or(&self.below);
        let (low, high) = (self.value.cmp(&self.below), self.value.cmp_sum(above, &self.unit));
        if self.even { (low.is_le(), high.is_ge()) } else { (low.is_lt(), high.is_gt()) }
    }

    /// Whether what is left rounds the last digit up: halves to even.
    fn rounds_up(&self, digit: u8) -> bool {
        match self.value.cmp_sum(&self.value, &self.unit) {
            Ordering::Less => false,
            Ordering::Equal => digit % 2 == 1,
            Ordering::Greater => true,
        }
    }
}
