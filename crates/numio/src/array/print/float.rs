//! A column of floats: one notation and one alignment for all of them (NumPy's `FloatingFormat`).

use std::fmt::{self, Write};

use super::notation::{Halves, Trim, pad};
use super::options::{FloatMode, PrintOptions, Sign};
use crate::FloatWidth;
use crate::array::print::element::format;
use crate::num::dragon4::{DigitRequest, Finite, Magnitude, Real};

/// Format shared by all floats of a column.
#[derive(Debug, Clone)]
pub(super) struct FloatColumn {
    scientific: bool,
    wanted: DigitRequest,
    trim: Trim,
    /// Characters before the point.
    left: usize,
    /// Characters after the point, with those of the exponent.
    right: usize,
    exponent_digits: usize,
    plus: bool,
    nan: String,
    infinity: String,
}

/// Passes on every number of a column.
type Each<'a> = &'a dyn Fn(&mut dyn FnMut(Real));

/// Statistics of a column's finite floats that decide the notation.
#[derive(Default)]
struct FloatRange {
    finite: bool,
    special: bool,
    negative: bool,
    negative_infinity: bool,
    /// The smallest and the largest magnitude but zero.
    magnitudes: Option<(Finite, Finite)>,
}

impl FloatRange {
    fn add(&mut self, real: Real) {
        match real.magnitude {
            Magnitude::Finite(finite) => {
                self.finite = true;
                self.negative |= real.negative;
                if !finite.is_zero() {
                    let (min, max) = self.magnitudes.get_or_insert((finite, finite));
                    *min = std::cmp::min_by(*min, finite, |a, b| a.cmp(*b));
                    *max = std::cmp::max_by(*max, finite, |a, b| a.cmp(*b));
                }
            }
            Magnitude::Infinite => {
                self.special = true;
                self.negative_infinity |= real.negative;
            }
            Magnitude::Nan => self.special = true,
        }
    }

    fn is_scientific(&self, width: FloatWidth, suppress: bool) -> bool {
        let Some((min, max)) = self.magnitudes else { return false };
        max.cmp(Finite::whole(largest_positional(width))).is_ge()
            || !suppress
                && (min.cmp(one_in_ten_thousand(width)).is_lt()
                    || max.is_over_1000_times(min, format(width).precision))
    }
}

/// From here on floats print in scientific notation: ten to the number of decimal digits that the width holds surely,
/// and at most 10^8.
fn largest_positional(width: FloatWidth) -> u64 {
    match width {
        FloatWidth::Bits16 => 1_000,
        FloatWidth::Bits32 => 1_000_000,
        FloatWidth::Bits64 | FloatWidth::Bits128 => 100_000_000,
    }
}

/// 0.0001 as Python's float becomes one of this width.
fn one_in_ten_thousand(width: FloatWidth) -> Finite {
    let finite = |mantissa, exponent| Finite { mantissa, exponent, near_below: false };
    match width {
        FloatWidth::Bits16 => finite(0x68e, -24),
        FloatWidth::Bits32 => finite(0xd1_b717, -37),
        FloatWidth::Bits64 | FloatWidth::Bits128 => finite(0x1a_36e2_eb1c_432d, -66),
    }
}

impl FloatColumn {
    /// The column of all numbers that `each` passes on, twice over. Its `sign` overrides that of the options.
    pub(super) fn new(width: FloatWidth, options: &PrintOptions, sign: Sign, each: Each<'_>) -> Self {
        let mut range = FloatRange::default();
        each(&mut |real| range.add(real));

        let fixed = options.floatmode == FloatMode::Fixed;
        let max = (options.floatmode != FloatMode::Unique).then_some(options.precision);
        let scientific = range.is_scientific(width, options.suppress);
        let mut column = Self {
            scientific,
            wanted: DigitRequest { unique: !fixed, min: None, max, after_point: true },
            trim: if fixed { Trim::Keep(options.precision) } else { Trim::Point },
            left: 0,
            right: 0,
            exponent_digits: 0,
            plus: sign == Sign::Plus,
            nan: options.nanstr.clone(),
            infinity: options.infstr.clone(),
        };
        if scientific {
            // Counted from the first digit, one of which is before the point.
            column.wanted.after_point = false;
            column.wanted.max = max.map(|digits| digits.saturating_add(1));
        }
        if range.finite {
            column.measure(options.floatmode, each);
        }
        column.left += usize::from(sign == Sign::Space && !range.negative);
        if range.special {
            let offset = column.right + 1;
            let signed = usize::from(sign != Sign::Minus || range.negative_infinity);
            let nan = column.nan.chars().count().saturating_sub(offset);
            let infinity = (column.infinity.chars().count() + signed).saturating_sub(offset);
            column.left = column.left.max(nan).max(infinity);
        }
        column
    }

    /// Prints every number once to learn the widths, then settles on them.
    fn measure(&mut self, mode: FloatMode, each: Each<'_>) {
        let (mut left, mut right, mut exponent_digits) = (0, 0, 0);
        each(&mut |real| {
            if let Some(finite) = real.finite() {
                let halves = self.halves(real.negative, finite);
                left = left.max(halves.whole.len());
                right = right.max(halves.fraction.len());
                exponent_digits = exponent_digits.max(halves.exponent_digits());
            }
        });
        (self.left, self.right) = (left, right);
        if self.scientific {
            self.trim = Trim::Keep(right);
            (self.wanted.min, self.wanted.max) = (Some(right + 1), Some(right + 1));
            self.right = right + 2 + exponent_digits;
            self.exponent_digits = exponent_digits;
        } else if matches!(mode, FloatMode::Fixed | FloatMode::MaxPrecEqual) {
            self.trim = Trim::Keep(right);
            (self.wanted.min, self.wanted.max) = (Some(right), Some(right));
        }
    }

    fn halves(&self, negative: bool, finite: Finite) -> Halves {
        let make = if self.scientific { Halves::scientific } else { Halves::positional };
        make(self.sign(negative), finite, self.wanted, self.trim)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        }
    }

    /// Appends one number, padded to the column's width.
    pub(super) fn write(&self, real: Real, out: &mut String) -> fmt::Result {
        let (sign, text) = match real.magnitude {
            Magnitude::Finite(finite) => return self.write_finite(real.negative, finite, out),
            Magnitude::Infinite => (self.sign(real.negative), &self.infinity),
            Magnitude::Nan => (self.sign(false), &self.nan),
        };
        let width = self.left + self.right + 1;
        pad(width.saturating_sub(sign.len() + text.chars().count()), out);
        write!(out, "{sign}{text}")
    }

    fn write_finite(&self, negative: bool, finite: Finite, out: &mut String) -> fmt::Result {
        let halves = self.halves(negative, finite);
        pad(self.left.saturating_sub(halves.whole.len()), out);
        halves.write(self.trim, out)?;
        if self.scientific {
            return halves.write_exponent(self.exponent_digits, out);
        }
        pad(self.right.saturating_sub(halves.fraction.len()), out);
        Ok(())
    }
}
