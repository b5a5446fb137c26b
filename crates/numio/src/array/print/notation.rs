//! Digits with their decimal point: positional and scientific notation.

use std::fmt::{self, Write};

use crate::num::dragon4::{Decimal, DigitRequest, Finite, decimal};

/// Treatment of trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trim {
    /// There are this many digits after the point: NumPy's `k`.
    Keep(usize),
    /// None stays, the point does: `.`.
    Point,
    /// One digit after the point at least: `0`.
    OneZero,
    /// None stays, nor a point without digits after it: `-`.
    All,
}

/// A float's text in two halves, so that columns can align at the point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Halves {
    /// The sign and the digits before the point.
    pub(super) whole: String,
    /// The digits after the point.
    pub(super) fraction: String,
    /// The exponent, if notation is scientific.
    pub(super) exponent: i32,
}

impl Halves {
    /// `[-]ddd.ddd`.
    pub(super) fn positional(sign: &str, number: Finite, wanted: DigitRequest, trim: Trim) -> Self {
        let Decimal { digits, point } = decimal(number, wanted);
        let mut halves = Self { whole: sign.to_owned(), fraction: String::new(), exponent: 0 };
        let before = usize::try_from(point).unwrap_or(0);
        if before == 0 {
            halves.whole.push('0');
        }
        if !digits.is_empty() {
            halves.fraction.extend(std::iter::repeat_n('0', point.min(0).unsigned_abs() as usize));
        }
        let mut shown = digits.iter().map(|digit| char::from(b'0' + digit));
        halves.whole.extend((0..before).map(|_| shown.next().unwrap_or('0')));
        halves.fraction.extend(shown);
        halves.keep(trim);
        halves
    }

    /// `[-]d.ddde[-+]dd`.
    pub(super) fn scientific(sign: &str, number: Finite, wanted: DigitRequest, trim: Trim) -> Self {
        let Decimal { digits, point } = decimal(number, wanted);
        let mut halves = Self { whole: sign.to_owned(), fraction: String::new(), exponent: point - 1 };
        let mut shown = digits.iter().map(|digit| char::from(b'0' + digit));
        halves.whole.push(shown.next().unwrap_or('0'));
        halves.fraction.extend(shown);
        halves.keep(trim);
        halves
    }

    fn keep(&mut self, trim: Trim) {
        let least = match trim {
            Trim::Keep(digits) => digits,
            Trim::OneZero => 1,
            Trim::Point | Trim::All => 0,
        };
        let missing = least.saturating_sub(self.fraction.len());
        self.fraction.extend(std::iter::repeat_n('0', missing));
    }

    /// Both halves with the point between, if it is wanted.
    pub(super) fn write(&self, trim: Trim, out: &mut String) -> fmt::Result {
        let Self { whole, fraction, .. } = self;
        let bare = trim == Trim::All && fraction.is_empty();
        if bare { out.write_str(whole) } else { write!(out, "{whole}.{fraction}") }
    }

    /// Number of digits of the exponent, at least two.
    pub(super) fn exponent_digits(&self) -> usize {
        (self.exponent.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1).max(2)
    }

    /// The exponent after an `e`, of at least that many digits.
    pub(super) fn write_exponent(&self, digits: usize, out: &mut String) -> fmt::Result {
        let sign = if self.exponent < 0 { '-' } else { '+' };
        write!(out, "e{sign}{:0digits$}", self.exponent.unsigned_abs())
    }
}

/// Appends `count` spaces.
pub(super) fn pad(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}
