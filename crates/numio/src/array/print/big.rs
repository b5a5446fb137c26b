//! Natural numbers of any size: the few operations that printing exact digits takes.

use std::cmp::Ordering;

/// A natural number: limbs of 64 bits, the least significant first.
#[derive(Debug, Clone)]
pub(super) struct Big(Vec<u64>);

impl Big {
    pub(super) fn from_u64(value: u64) -> Self {
        Self(vec![value])
    }

    fn limb(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|&limb| limb == 0)
    }

    pub(super) fn mul(&mut self, factor: u64) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let wide = u128::from(*limb) * u128::from(factor) + carry;
            *limb = wide as u64;
            carry = wide >> 64;
        }
        if carry != 0 {
            self.0.push(carry as u64);
        }
    }

    pub(super) fn mul_pow10(&mut self, exponent: u32) {
        // The largest power of ten in a limb.
        const STEP: u32 = 19;
        for _ in 0..exponent / STEP {
            self.mul(10_u64.pow(STEP));
        }
        self.mul(10_u64.pow(exponent % STEP));
    }

    pub(super) fn shl(&mut self, bits: u32) {
        self.mul(1 << (bits % 64));
        let limbs = bits as usize / 64;
        self.0.splice(..0, std::iter::repeat_n(0, limbs));
    }

    /// How `self + other` compares with `total`.
    pub(super) fn cmp_sum(&self, other: &Self, total: &Self) -> Ordering {
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

    /// How many zero bits stand above the number in its highest limb.
    pub(super) fn leading_zeros(&self) -> u32 {
        self.0.iter().rev().find(|&&limb| limb != 0).map_or(64, |limb| limb.leading_zeros())
    }

    /// Divides by `divisor`, leaves the remainder and gives the quotient, which must be below 10; the divisor's
    /// highest limb must have exactly four leading zeros, so that the quotient of the highest limbs is at most one off.
    pub(super) fn div_rem_digit(&mut self, divisor: &Self) -> u8 {
        let top = divisor.0.iter().rposition(|&limb| limb != 0).unwrap_or(0);
        let mut quotient = self.limb(top) / (divisor.limb(top) + 1);
        self.sub_mul(divisor, quotient);
        if self.cmp(divisor).is_ge() {
            self.sub_mul(divisor, 1);
            quotient += 1;
        }
        quotient as u8
    }

    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        let limbs = (0..self.0.len().max(other.0.len())).rev();
        limbs
            .map(|index| self.limb(index).cmp(&other.limb(index)))
            .find(|found| found.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_128_bit_arithmetic() {
        let wide = |big: &Big| u128::from(big.limb(0)) | u128::from(big.limb(1)) << 64;
        let mut big = Big::from_u64(u64::MAX);
        big.mul(1_000_003);
        assert_eq!(wide(&big), u128::from(u64::MAX) * 1_000_003);
        big.shl(20);
        assert_eq!(wide(&big), (u128::from(u64::MAX) * 1_000_003) << 20);
        let mut ten = Big::from_u64(3);
        ten.mul_pow10(31);
        assert_eq!(wide(&ten), 3 * 10_u128.pow(31));
        let (one, two) = (Big::from_u64(u64::MAX), Big::from_u64(1));
        let mut sum = Big::from_u64(1);
        sum.shl(64);
        assert_eq!(one.cmp_sum(&two, &sum), Ordering::Equal);
        assert_eq!(one.cmp_sum(&one, &sum), Ordering::Greater);
        assert_eq!(two.cmp_sum(&two, &sum), Ordering::Less);
    }

    #[test]
    fn divides_digit_by_digit() {
        let mut divisor = Big::from_u64(7);
        divisor.shl(200);
        let shift = (divisor.leading_zeros() + 64 - 4) % 64;
        let mut value = Big::from_u64(7 * 7 + 3);
        value.shl(200 + shift);
        divisor.shl(shift);
        assert_eq!(value.div_rem_digit(&divisor), 7);
        let mut rest = Big::from_u64(3);
        rest.shl(200 + shift);
        assert_eq!(value.cmp(&rest), Ordering::Equal);
    }
}
