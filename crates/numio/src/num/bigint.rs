//! Natural numbers of any size, with the operations that reading and printing decimals exactly needs.

use std::cmp::Ordering;

/// A natural number: limbs of 64 bits, the least significant first. Zero limbs at the end are allowed.
#[derive(Debug, Clone)]
pub(crate) struct BigUint(Vec<u64>);

/// The most decimal digits, and the highest power of five, that fit into one limb.
const DIGITS: u32 = 19;
const FIVES: u32 = 27;

impl BigUint {
    pub(crate) fn from_u64(value: u64) -> Self {
        Self(vec![value])
    }

    /// The number with these ASCII digits.
    pub(crate) fn from_digits(digits: &[u8]) -> Self {
        let mut big = Self(Vec::with_capacity(digits.len() / DIGITS as usize + 1));
        for part in digits.chunks(DIGITS as usize) {
            let value = part.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            big.mul_add(10_u64.pow(part.len() as u32), value);
        }
        big
    }

    pub(crate) fn power_of_5(power: u32) -> Self {
        let mut big = Self::from_u64(1);
        for _ in 0..power / FIVES {
            big.mul(5_u64.pow(FIVES));
        }
        big.mul(5_u64.pow(power % FIVES));
        big
    }

    fn limb(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.iter().all(|&limb| limb == 0)
    }

    /// Multiplies by `factor` in place, and adds `more`.
    fn mul_add(&mut self, factor: u64, more: u64) {
        let mut carry = u128::from(more);
        for limb in &mut self.0 {
            let wide = u128::from(*limb) * u128::from(factor) + carry;
            *limb = wide as u64;
            carry = wide >> 64;
        }
        if carry != 0 {
            self.0.push(carry as u64);
        }
    }

    pub(crate) fn mul(&mut self, factor: u64) {
        self.mul_add(factor, 0);
    }

    pub(crate) fn mul_pow10(&mut self, exponent: u32) {
        for _ in 0..exponent / DIGITS {
            self.mul(10_u64.pow(DIGITS));
        }
        self.mul(10_u64.pow(exponent % DIGITS));
    }

    pub(crate) fn shl(&mut self, bits: u32) {
        self.mul(1 << (bits % 64));
        let limbs = bits as usize / 64;
        self.0.splice(..0, std::iter::repeat_n(0, limbs));
    }

    /// The product of two numbers of any size.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = vec![0; self.0.len() + other.0.len()];
        for (at, &factor) in other.0.iter().enumerate() {
            let mut carry = 0;
            let own = self.0.iter().copied().chain(std::iter::once(0));
            for (out, limb) in product.iter_mut().skip(at).zip(own) {
                let wide = u128::from(limb) * u128::from(factor) + u128::from(*out) + carry;
                *out = wide as u64;
                carry = wide >> 64;
            }
        }
        let mut product = Self(product);
        product.trim();
        product
    }

    /// Removes zero limbs at the end.
    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    pub(crate) fn cmp(&self, other: &Self) -> Ordering {
        let limbs = (0..self.0.len().max(other.0.len())).rev();
        limbs
            .map(|index| self.limb(index).cmp(&other.limb(index)))
            .find(|found| found.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Compares `self + other` with `total`.
    pub(crate) fn cmp_sum(&self, other: &Self, total: &Self) -> Ordering {
        let mut carry = 0;
        let mut found = Ordering::Equal;
        for index in 0..=self.0.len().max(other.0.len()).max(total.0.len()) {
            let wide = u128::from(self.limb(index)) + u128::from(other.limb(index)) + carry;
            found = (wide as u64).cmp(&total.limb(index)).then(found);
            carry = wide >> 64;
        }
        found
    }

    /// Subtracts `other * factor`, which must not be larger.
    fn sub_mul(&mut self, other: &Self, factor: u64) {
        let mut carry = 0;
        for (index, limb) in self.0.iter_mut().enumerate() {
            let wide = u128::from(other.limb(index)) * u128::from(factor) + carry;
            let (rest, borrowed) = limb.overflowing_sub(wide as u64);
            *limb = rest;
            carry = (wide >> 64) + u128::from(borrowed);
        }
    }

    /// The number of zero bits above the number in its highest limb that is not zero.
    pub(crate) fn leading_zeros(&self) -> u32 {
        self.0.iter().rev().find(|&&limb| limb != 0).map_or(64, |limb| limb.leading_zeros())
    }

    /// The number of bits up to the highest one that is set.
    pub(crate) fn bits(&self) -> u32 {
        let limbs = self.0.iter().rposition(|&limb| limb != 0).map_or(0, |last| last as u32 + 1);
        64 * limbs - if limbs == 0 { 0 } else { self.leading_zeros() }
    }

    /// Divides by `divisor`, leaves the remainder and returns the quotient, which must be below 10. The divisor's
    /// highest limb must have exactly four leading zeros, so that the quotient of the highest limbs is at most one off.
    pub(crate) fn div_rem_digit(&mut self, divisor: &Self) -> u8 {
        let top = divisor.0.iter().rposition(|&limb| limb != 0).unwrap_or(0);
        let mut quotient = self.limb(top) / (divisor.limb(top) + 1);
        self.sub_mul(divisor, quotient);
        if self.cmp(divisor).is_ge() {
            self.sub_mul(divisor, 1);
            quotient += 1;
        }
        quotient as u8
    }

    /// The highest bits, at least 65 of a number that has as many; the number of bits left out; and whether one of
    /// those is set.
    pub(crate) fn top(&self) -> (u128, i32, bool) {
        let len = self.0.iter().rposition(|&limb| limb != 0).map_or(0, |last| last + 1);
        let limbs = self.0.get(..len).unwrap_or_default();
        let words = len.saturating_sub(2);
        let (low, high) = limbs.split_at_checked(words).unwrap_or_default();
        let (below, low) = low.split_at_checked(words.saturating_sub(1)).unwrap_or_default();
        let mut top = high.iter().rev().fold(0_u128, |top, &limb| top << 64 | u128::from(limb));
        let (mut left_out, mut rest) = (64 * words as u32, low.first().copied().unwrap_or(0));
        if words > 0 {
            // The 128 bits are filled up from the next limb.
            let shift = top.leading_zeros();
            if shift > 0 {
                top = top << shift | u128::from(rest >> (64 - shift));
                rest <<= shift;
                left_out -= shift;
            }
        }
        (top, left_out as i32, rest != 0 || below.iter().any(|&limb| limb != 0))
    }

    /// The highest 66 or 67 bits of the quotient, the exponent of the last of them, and whether there is a remainder.
    /// `self` must have at least 66 bits more than the divisor.
    pub(crate) fn divided_by(mut self, divisor: Self) -> (u128, i32, bool) {
        const BITS: u32 = 66;
        let shift = self.bits().saturating_sub(divisor.bits()).max(BITS);
        let mut scaled = divisor;
        scaled.shl(shift);
        let mut quotient = 0;
        for _ in 0..=BITS {
            quotient <<= 1;
            if self.cmp(&scaled).is_ge() {
                self.sub_mul(&scaled, 1);
                quotient |= 1;
            }
            scaled.halve();
        }
        (quotient, (shift - BITS) as i32, !self.is_zero())
    }

    fn halve(&mut self) {
        let mut above = 0;
        for limb in self.0.iter_mut().rev() {
            let low = *limb & 1;
            *limb = *limb >> 1 | above << 63;
            above = low;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_integers_agree_with_128_bit_arithmetic() {
        let wide = |big: &BigUint| u128::from(big.limb(0)) | u128::from(big.limb(1)) << 64;
        let mut big = BigUint::from_u64(u64::MAX);
        big.mul(1_000_003);
        assert_eq!(wide(&big), u128::from(u64::MAX) * 1_000_003);
        big.shl(20);
        assert_eq!(wide(&big), (u128::from(u64::MAX) * 1_000_003) << 20);
        let mut ten = BigUint::from_u64(3);
        ten.mul_pow10(31);
        assert_eq!(wide(&ten), 3 * 10_u128.pow(31));
        let (one, two) = (BigUint::from_u64(u64::MAX), BigUint::from_u64(1));
        let mut sum = BigUint::from_u64(1);
        sum.shl(64);
        assert_eq!(one.cmp_sum(&two, &sum), Ordering::Equal);
        assert_eq!(one.cmp_sum(&one, &sum), Ordering::Greater);
        assert_eq!(two.cmp_sum(&two, &sum), Ordering::Less);
    }

    #[test]
    fn big_integers_divide_digit_by_digit() {
        let mut divisor = BigUint::from_u64(7);
        divisor.shl(200);
        let shift = (divisor.leading_zeros() + 64 - 4) % 64;
        let mut value = BigUint::from_u64(7 * 7 + 3);
        value.shl(200 + shift);
        divisor.shl(shift);
        assert_eq!(value.div_rem_digit(&divisor), 7);
        let mut rest = BigUint::from_u64(3);
        rest.shl(200 + shift);
        assert_eq!(value.cmp(&rest), Ordering::Equal);
    }

    #[test]
    fn big_integers_multiplied_divide_back() {
        let fives = BigUint::power_of_5(100);
        let value = BigUint::from_digits(b"123456789012345678901234567890");
        let (quotient, unit, has_rest) = value.times(&fives).divided_by(fives.clone());
        assert_eq!(quotient, 123_456_789_012_345_678_901_234_567_890 >> unit);
        assert!((65..=66).contains(&quotient.ilog2()) && has_rest);
        let mut shifted = BigUint::from_digits(b"3").times(&fives);
        shifted.shl(66);
        let (quotient, unit, has_rest) = shifted.clone().divided_by(fives.clone());
        assert_eq!((quotient << unit, has_rest), (3 << 66, false));
        shifted.mul_add(1, 1);
        assert_eq!(shifted.divided_by(fives), (quotient, unit, true));
        assert_eq!(BigUint::from_digits(b"256").top(), (256, 0, false));
        let mut high = BigUint::from_digits(b"3");
        high.shl(200);
        assert_eq!((high.bits(), high.top()), (202, (3 << 126, 74, false)));
        high.mul_add(1, 1);
        assert_eq!(high.top(), (3 << 126, 74, true));
    }
}
