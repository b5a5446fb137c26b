//! Whole numbers of any length, with the few things that reading a decimal exactly needs.

/// A whole number, its lowest 64 bits first, without zeros at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Big(Vec<u64>);

/// As many decimal digits, and powers of five, as go into one word.
const DIGITS: usize = 19;
const FIVES: u32 = 27;

impl Big {
    /// The number that ASCII digits are.
    pub(super) fn of_digits(digits: &[u8]) -> Self {
        let mut big = Self(Vec::with_capacity(digits.len() / DIGITS + 1));
        for part in digits.chunks(DIGITS) {
            let value = part.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            big.times_plus(10_u64.pow(part.len() as u32), value);
        }
        big
    }

    pub(super) fn power_of_5(power: u32) -> Self {
        let mut big = Self(vec![1]);
        for _ in 0..power / FIVES {
            big.times_plus(5_u64.pow(FIVES), 0);
        }
        big.times_plus(5_u64.pow(power % FIVES), 0);
        big
    }

    /// Makes it `self * factor + more`.
    fn times_plus(&mut self, factor: u64, more: u64) {
        let mut carry = more;
        for word in &mut self.0 {
            let product = u128::from(*word) * u128::from(factor) + u128::from(carry);
            *word = product as u64;
            carry = (product >> 64) as u64;
        }
        if carry > 0 {
            self.0.push(carry);
        }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut product = Self(Vec::with_capacity(self.0.len() + other.0.len()));
        for word in other.0.iter().rev() {
            product.0.insert(0, 0);
            let mut carry = 0;
            let len = product.0.len().max(self.0.len());
            product.0.resize(len, 0);
            for (at, out) in product.0.iter_mut().enumerate() {
                let own = self.0.get(at).copied().unwrap_or(0);
                let sum = u128::from(own) * u128::from(*word) + u128::from(*out) + u128::from(carry);
                *out = sum as u64;
                carry = (sum >> 64) as u64;
            }
            if carry > 0 {
                product.0.push(carry);
            }
        }
        product.trim();
        product
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    pub(super) fn bits(&self) -> u32 {
        self.0.last().map_or(0, |last| 64 * self.0.len() as u32 - last.leading_zeros())
    }

    pub(super) fn shift_left(&mut self, shift: u32) {
        if !shift.is_multiple_of(64) {
            self.times_plus(1 << (shift % 64), 0);
        }
        self.0.splice(0..0, std::iter::repeat_n(0, shift as usize / 64));
    }

    /// Its highest bits, 65 at least where it has as many; how many are left out; and whether one of those is set.
    pub(super) fn top(&self) -> (u128, i32, bool) {
        let words = self.0.len().saturating_sub(2);
        let (low, high) = self.0.split_at_checked(words).unwrap_or_default();
        let (below, low) = low.split_at_checked(words.saturating_sub(1)).unwrap_or_default();
        let mut top = high.iter().rev().fold(0_u128, |top, &word| top << 64 | u128::from(word));
        let (mut left_out, mut rest) = (64 * words as u32, low.first().copied().unwrap_or(0));
        if words > 0 {
            // Full words, so that no bit of the 128 is lost.
            let shift = top.leading_zeros();
            if shift > 0 {
                top = top << shift | u128::from(rest >> (64 - shift));
                rest <<= shift;
                left_out -= shift;
            }
        }
        (top, left_out as i32, rest != 0 || below.iter().any(|&word| word != 0))
    }

    /// The highest 66 or 67 bits of the quotient, the exponent of the last of them, and whether there is a rest. `self` must
    /// have at least 66 bits more than the divisor.
    pub(super) fn divided_by(mut self, divisor: Self) -> (u128, i32, bool) {
        const BITS: u32 = 66;
        let shift = self.bits().saturating_sub(divisor.bits()).max(BITS);
        let mut scaled = divisor;
        scaled.shift_left(shift);
        let mut quotient = 0;
        for _ in 0..=BITS {
            quotient <<= 1;
            if self.take(&scaled) {
                quotient |= 1;
            }
            scaled.halve();
        }
        (quotient, (shift - BITS) as i32, !self.0.is_empty())
    }

    /// Subtracts `other`, if it is not greater.
    fn take(&mut self, other: &Self) -> bool {
        let order = self.0.len().cmp(&other.0.len());
        if order.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev())).is_lt() {
            return false;
        }
        let mut borrow = false;
        for (at, word) in self.0.iter_mut().enumerate() {
            let (less, one) = word.overflowing_sub(other.0.get(at).copied().unwrap_or(0));
            let (less, two) = less.overflowing_sub(u64::from(borrow));
            *word = less;
            borrow = one || two;
        }
        self.trim();
        true
    }

    fn halve(&mut self) {
        let mut above = 0;
        for word in self.0.iter_mut().rev() {
            let low = *word & 1;
            *word = *word >> 1 | above << 63;
            above = low;
        }
        self.trim();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_quotients() {
        let fives = Big::power_of_5(100);
        let value = Big::of_digits(b"123456789012345678901234567890");
        let (quotient, unit, has_rest) = value.times(&fives).divided_by(fives.clone());
        assert_eq!(quotient, 123_456_789_012_345_678_901_234_567_890 >> unit);
        assert!((65..=66).contains(&quotient.ilog2()) && has_rest);
        let mut shifted = Big::of_digits(b"3").times(&fives);
        shifted.shift_left(66);
        let (quotient, unit, has_rest) = shifted.clone().divided_by(fives.clone());
        assert_eq!((quotient << unit, has_rest), (3 << 66, false));
        shifted.times_plus(1, 1);
        assert_eq!(shifted.divided_by(fives), (quotient, unit, true));
        assert_eq!(Big::of_digits(b"256").top(), (256, 0, false));
        let mut high = Big::of_digits(b"3");
        high.shift_left(200);
        assert_eq!((high.bits(), high.top()), (202, (3 << 126, 74, false)));
        high.times_plus(1, 1);
        assert_eq!(high.top(), (3 << 126, 74, true));
    }
}
