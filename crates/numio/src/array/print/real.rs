//! Floats of every width as exact numbers.

use std::cmp::Ordering;

use crate::FloatWidth;

/// A float of any width, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Real {
    pub(super) negative: bool,
    pub(super) magnitude: Magnitude,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magnitude {
    Finite(Finite),
    Infinite,
    Nan,
}

/// `mantissa * 2^exponent`, as the float holds it: the next larger float is one more in the mantissa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finite {
    pub(super) mantissa: u64,
    pub(super) exponent: i32,
    /// Whether the next smaller float is only half as far away as the next larger: at powers of two.
    pub(super) near_below: bool,
}

/// Bits of the mantissa, hidden one included.
pub(super) fn precision(width: FloatWidth) -> u32 {
    match width {
        FloatWidth::Bits16 => 11,
        FloatWidth::Bits32 => 24,
        FloatWidth::Bits64 => 53,
        FloatWidth::Bits128 => 64,
    }
}

/// Bits of the exponent.
fn exponent_bits(width: FloatWidth) -> u32 {
    match width {
        FloatWidth::Bits16 => 5,
        FloatWidth::Bits32 => 8,
        FloatWidth::Bits64 => 11,
        FloatWidth::Bits128 => 15,
    }
}

impl Real {
    /// The float of this width with these bits.
    pub(super) fn from_bits(width: FloatWidth, bits: u128) -> Self {
        // The 80-bit number writes out the bit that the others hide.
        let stored = precision(width) - u32::from(width != FloatWidth::Bits128);
        let field = (bits >> stored) as u32 & ((1 << exponent_bits(width)) - 1);
        let negative = bits >> (stored + exponent_bits(width)) & 1 == 1;
        let fraction = bits as u64 & (u64::MAX >> (64 - stored));
        let hidden = 1_u64 << (precision(width) - 1);
        let special = field == (1 << exponent_bits(width)) - 1;
        let normal = field != 0;
        let magnitude = if special {
            if fraction & (hidden - 1) == 0 { Magnitude::Infinite } else { Magnitude::Nan }
        } else if width == FloatWidth::Bits128 && normal && fraction & hidden == 0 {
            // What the x87 calls an unnormal: an invalid operand, no number.
            Magnitude::Nan
        } else {
            let mantissa = if normal { fraction | hidden } else { fraction };
            let bias = (1 << (exponent_bits(width) - 1)) - 1;
            let exponent = field.max(1) as i32 - bias - (precision(width) as i32 - 1);
            Magnitude::Finite(Finite { mantissa, exponent, near_below: field > 1 && mantissa == hidden })
        };
        Self { negative, magnitude }
    }

    pub(super) fn finite(self) -> Option<Finite> {
        match self.magnitude {
            Magnitude::Finite(finite) => Some(finite),
            Magnitude::Infinite | Magnitude::Nan => None,
        }
    }
}

impl Finite {
    pub(super) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// The mantissa with its highest bit set, and the exponent that goes with it. Not for zero.
    fn normalized(self) -> (i32, u64) {
        let shift = self.mantissa.leading_zeros().min(63);
        (self.exponent - shift as i32, self.mantissa << shift)
    }

    /// Compares the values of two numbers, neither of them zero.
    pub(super) fn cmp(self, other: Self) -> Ordering {
        self.normalized().cmp(&other.normalized())
    }

    /// A whole number.
    pub(super) fn whole(value: u64) -> Self {
        Self { mantissa: value, exponent: 0, near_below: false }
    }

    /// Whether `self / other`, rounded to `precision` bits, is above 1000. Neither is zero.
    pub(super) fn is_over_1000_times(self, other: Self, precision: u32) -> bool {
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
