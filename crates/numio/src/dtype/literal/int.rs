//! Integers of any size, as far as literals need them: read, compared, printed.

use std::fmt;

/// The most decimal digits CPython converts (`sys.int_info.default_max_str_digits`): the conversion takes quadratic
/// time.
pub(crate) const MAX_DIGITS: usize = 4300;

/// A Python integer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Int(Repr);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    /// Integers too large for `Small`: the magnitude in base 2^32, the lowest digit first, the highest not 0.
    Big {
        negative: bool,
        magnitude: Box<[u32]>,
    },
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl Int {
    /// The value, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(value) => Some(value),
            Repr::Big { .. } => None,
        }
    }

    /// True if it is below zero.
    pub fn is_negative(&self) -> bool {
        match self.0 {
            Repr::Small(value) => value < 0,
            Repr::Big { negative, .. } => negative,
        }
    }

    /// Reads digits of `radix` (2, 8, 10 or 16), which may have underscores between them. `None` if a decimal number
    /// is longer than CPython converts.
    pub(crate) fn from_digits(digits: &[u8], radix: u32) -> Option<Self> {
        let values = || digits.iter().filter_map(|&digit| char::from(digit).to_digit(radix));
        let small = values().try_fold(0_i64, |value, digit| {
            value.checked_mul(i64::from(radix))?.checked_add(i64::from(digit))
        });
        if let Some(value) = small {
            return Some(Self(Repr::Small(value)));
        }
        if radix == 10 && values().count() > MAX_DIGITS {
            return None;
        }
        let magnitude = if radix == 10 { accumulate(values()) } else { pack(values(), radix) };
        Some(Self::from_parts(false, magnitude))
    }

    fn from_parts(negative: bool, mut magnitude: Vec<u32>) -> Self {
        while magnitude.last() == Some(&0) {
            magnitude.pop();
        }
        let wide =
            magnitude.iter().rev().take(3).fold(0_i128, |value, &limb| (value << 32) | i128::from(limb));
        let signed = if negative { -wide } else { wide };
        match i64::try_from(signed) {
            Ok(value) if magnitude.len() <= 2 => Self(Repr::Small(value)),
            _ => Self(Repr::Big { negative, magnitude: magnitude.into() }),
        }
    }

    /// The integer with the other sign.
    pub(crate) fn negated(self) -> Self {
        match self.0 {
            Repr::Small(value) => value.checked_neg().map_or_else(
                || Self(Repr::Big { negative: false, magnitude: [0, 1 << 31].into() }),
                |value| Self(Repr::Small(value)),
            ),
            Repr::Big { negative, magnitude } => Self::from_parts(!negative, magnitude.into_vec()),
        }
    }

    /// The nearest float; `None` if Python raises OverflowError.
    pub(crate) fn to_f64(&self) -> Option<f64> {
        match &self.0 {
            Repr::Small(value) => Some(*value as f64),
            // Decimal text is exact, and parsing it rounds once. Past 1100 bits no float is large enough.
            Repr::Big { magnitude, .. } if magnitude.len() > 34 => None,
            Repr::Big { .. } => self.to_string().parse().ok().filter(|value: &f64| value.is_finite()),
        }
    }
}

/// Converts digits in base `radix` (a power of two), the highest first, to base 2^32.
fn pack(digits: impl Iterator<Item = u32>, radix: u32) -> Vec<u32> {
    let width = radix.trailing_zeros();
    let digits: Vec<u32> = digits.collect();
    let mut magnitude = Vec::with_capacity(digits.len() / (32 / width as usize) + 1);
    let (mut limb, mut bits) = (0_u64, 0);
    for digit in digits.into_iter().rev() {
        limb |= u64::from(digit) << bits;
        bits += width;
        if bits >= 32 {
            magnitude.push(limb as u32);
            limb >>= 32;
            bits -= 32;
        }
    }
    magnitude.push(limb as u32);
    magnitude
}

/// Decimal digits, the highest first: nine at a time, in quadratic time, so only for a bounded number of them.
fn accumulate(mut digits: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut magnitude: Vec<u32> = Vec::new();
    loop {
        let group =
            digits.by_ref().take(9).fold((0, 1), |(value, scale), digit| (value * 10 + digit, scale * 10));
        let (value, scale): (u32, u32) = group;
        if scale == 1 {
            return magnitude;
        }
        let mut carry = u64::from(value);
        for limb in &mut magnitude {
            carry += u64::from(*limb) * u64::from(scale);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry != 0 {
            magnitude.push(carry as u32);
        }
    }
}

/// Decimal, as Python prints it; hexadecimal if Python refuses to print the decimal digits, which it reads back.
impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (negative, magnitude) = match &self.0 {
            Repr::Small(value) => return value.fmt(f),
            Repr::Big { negative, magnitude } => (*negative, magnitude),
        };
        if negative {
            f.write_str("-")?;
        }
        // 447 digits in base 2^32 have at most 4306 decimal ones.
        if magnitude.len() <= 447 {
            let text = decimal(magnitude.to_vec());
            if text.len() <= MAX_DIGITS {
                return f.write_str(&text);
            }
        }
        let mut limbs = magnitude.iter().rev();
        write!(f, "0x{:x}", limbs.next().unwrap_or(&0))?;
        limbs.try_for_each(|limb| write!(f, "{limb:08x}"))
    }
}

fn decimal(mut magnitude: Vec<u32>) -> String {
    const BILLION: u64 = 1_000_000_000;
    let mut groups = Vec::new();
    while !magnitude.is_empty() {
        let mut rest = 0;
        for limb in magnitude.iter_mut().rev() {
            rest = (rest << 32) | u64::from(*limb);
            *limb = (rest / BILLION) as u32;
            rest %= BILLION;
        }
        groups.push(rest);
        while magnitude.last() == Some(&0) {
            magnitude.pop();
        }
    }
    let mut groups = groups.into_iter().rev();
    let first = groups.next().unwrap_or(0).to_string();
    groups.fold(first, |text, group| format!("{text}{group:09}"))
}
