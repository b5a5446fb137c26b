//! Floats in decimal, exactly rounded.

use std::fmt::{self, Write};
use std::sync::LazyLock;

use super::{Spec, Width};
use crate::repr;

/// A positive number (or zero, infinity, nan) as `%e`, `%f` or `%g` prints it, without sign and padding.
pub(super) fn layout(value: f64, spec: &Spec) -> String {
    let upper = spec.letter.is_ascii_uppercase();
    let digits = spec.digits();
    let text = if !value.is_finite() {
        if value.is_nan() { "nan".to_owned() } else { "inf".to_owned() }
    } else {
        match spec.letter.to_ascii_lowercase() {
            'e' => with_exponent(value, digits, spec.alternate),
            'f' => with_point(value, digits, spec.alternate),
            _ => general(value, digits.max(1), spec.alternate),
        }
    };
    if upper { text.to_ascii_uppercase() } else { text }
}

fn with_point(value: f64, digits: usize, alternate: bool) -> String {
    let point = if alternate && digits == 0 { "." } else { "" };
    format!("{value:.digits$}{point}")
}

fn with_exponent(value: f64, digits: usize, alternate: bool) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let point = if alternate && digits == 0 { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{point}e{sign}{:02}", exponent.unsigned_abs())
}

fn general(value: f64, digits: usize, alternate: bool) -> String {
    let text = with_exponent(value, digits - 1, true);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i64 = exponent.parse().unwrap_or(0);
    if power >= -4 && power < digits as i64 {
        let digits = usize::try_from(digits as i64 - 1 - power).unwrap_or(0);
        let text = with_point(value, digits, alternate);
        return if alternate { text } else { without_zeros(&text).to_owned() };
    }
    let mantissa = if alternate { mantissa } else { without_zeros(mantissa) };
    format!("{mantissa}e{exponent}")
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The fewest digits that tell the number from its neighbours of the same width, as NumPy's `str` lays them out: narrow
/// numbers get an exponent sooner (`numpy/_core/src/multiarray/scalartypes.c.src`).
pub(super) fn shortest(out: &mut impl Write, value: f64, width: Width) -> fmt::Result {
    let (short, most) = match width {
        Width::Double => return repr::float(out, value),
        Width::Single => (format!("{:e}", value as f32).parse().unwrap_or(value), 1e6),
        Width::Half => (half_digits(value), 1e3),
    };
    if !value.is_finite() || value == 0.0 {
        return repr::float(out, value);
    }
    if (1e-4..most).contains(&value.abs()) {
        return write!(out, "{short:?}");
    }
    let text = format!("{short:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    write!(out, "{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs())
}

/// The double with the fewest digits that rounds to the same half.
fn half_digits(value: f64) -> f64 {
    let wanted = half::f16::from_f64(value);
    let near = (0..5).filter_map(|digits| format!("{value:.digits$e}").parse::<f64>().ok());
    near.into_iter().find(|&near| half::f16::from_f64(near) == wanted).unwrap_or(value)
}

/// 10^18: the least number of 19 digits.
const LEAST: u64 = 1_000_000_000_000_000_000;

/// Powers of ten from 10^-345 to 10^345: the highest 128 bits, rounded down, and the power of two they count.
static POWERS: LazyLock<Vec<(u128, i32)>> = LazyLock::new(|| {
    let one = Wide { high: 1 << 127, low: 0, power: -127 };
    let mut down = vec![one];
    let mut up = vec![one];
    for _ in 0..FURTHEST {
        down.extend(down.last().map(Wide::tenth));
        up.extend(up.last().map(Wide::ten_times));
    }
    down.iter().rev().chain(up.iter().skip(1)).map(|wide| (wide.high, wide.power)).collect()
});

const FURTHEST: i32 = 345;

/// 192 bits, the highest of them set: enough that 345 steps, each rounded down, leave the upper 128 right but for one
/// unit.
#[derive(Clone, Copy)]
struct Wide {
    high: u128,
    low: u64,
    power: i32,
}

impl Wide {
    fn ten_times(&self) -> Self {
        // Times five, an eighth of what there was at most lost: shifted back by two or three bits.
        let low = u128::from(self.low) * 5;
        let middle = (self.high & u128::from(u64::MAX)) * 5 + (low >> 64);
        let top = (self.high >> 64) * 5 + (middle >> 64);
        // `top` is five times a number of 64 bits: 66 or 67 bits.
        let bits = 64 - top.leading_zeros();
        let high = (top << (64 - bits)) | ((middle & u128::from(u64::MAX)) >> bits);
        let low = ((middle as u64) << (64 - bits)) | ((low as u64) >> bits);
        Self { high, low, power: self.power + bits as i32 + 1 }
    }

    fn tenth(&self) -> Self {
        // Divided by five from sixteen times as much, limb by limb.
        let limbs = [(self.high >> 64) as u64, self.high as u64, self.low, 0];
        let mut quotient = [0_u64; 4];
        let mut rest = 0_u128;
        for (limb, out) in limbs.iter().zip(&mut quotient) {
            let value = (rest << 64) | u128::from(*limb);
            *out = (value / 5) as u64;
            rest = value % 5;
        }
        let [a, b, c, d] = quotient;
        let shift = a.leading_zeros();
        let join = |high: u64, low: u64| (high << shift) | (low >> (64 - shift));
        let high = (u128::from(join(a, b)) << 64) | u128::from(join(b, c));
        Self { high, low: join(c, d), power: self.power - shift as i32 - 1 }
    }
}

/// Prints `value` as `%.<digits>e` where this can be done fast: up to 19 digits, and no doubt about the last.
pub(super) fn scientific(out: &mut String, value: f64, digits: usize) -> bool {
    if digits > 18 || !value.is_normal() {
        return false;
    }
    let Some((mut number, mut exponent)) = nineteen(value.abs(), digits) else { return false };
    let mut buffer = [0_u8; 19];
    let count = digits + 1;
    if number >= 10_u64.pow(count as u32) {
        number /= 10;
        exponent += 1;
    }
    for byte in buffer.iter_mut().take(count).rev() {
        *byte = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let Ok(text) = std::str::from_utf8(buffer.get(..count).unwrap_or_default()) else { return false };
    let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
    out.push_str(if value < 0.0 { "-" } else { "" });
    out.push_str(first);
    if digits > 0 {
        out.push('.');
        out.push_str(rest);
    }
    out.push('e');
    out.push(if exponent < 0 { '-' } else { '+' });
    let exponent = exponent.unsigned_abs() as usize;
    if exponent >= 100 {
        out.push(char::from(b'0' + (exponent / 100) as u8));
    }
    out.push(char::from(b'0' + (exponent / 10 % 10) as u8));
    out.push(char::from(b'0' + (exponent % 10) as u8));
    true
}

/// The first `digits + 1` digits of `value`, rounded to even, and the power of ten of the first. `None` where 128 bits of
/// the power of ten do not tell which way to round.
fn nineteen(value: f64, digits: usize) -> Option<(u64, i32)> {
    let bits = value.to_bits();
    let mantissa = ((bits & ((1 << 52) - 1)) | (1 << 52)) << 11;
    let power = ((bits >> 52) & 0x7ff) as i32 - 1075 - 11;
    // log10(2) in 2^-20, rounded so that the product is right or one too small.
    let mut exponent = ((power + 63) * if power + 63 < 0 { 315_653 } else { 315_652 }) >> 20;
    let least = LEAST / 10_u64.pow(18 - digits as u32);
    for _ in 0..2 {
        let scale = digits as i32 - exponent;
        let (ten, ten_power) = *POWERS.get(usize::try_from(scale + FURTHEST).ok()?)?;
        // 64 bits by 128: 192, of which the lowest `shift` are the fraction.
        let low = u128::from(mantissa) * (ten & u128::from(u64::MAX));
        let high = u128::from(mantissa) * (ten >> 64) + (low >> 64);
        let shift = u32::try_from(-(power + ten_power)).ok()?.checked_sub(64)?;
        if !(1..128).contains(&shift) {
            return None;
        }
        let whole = high >> shift;
        if whole >= u128::from(least) * 10 {
            exponent += 1;
            continue;
        }
        let fraction = high & ((1 << shift) - 1);
        let half = 1_u128 << (shift - 1);
        // What was cut off the power of ten makes the product at most this much too small.
        let doubt = 4;
        let is_exact = (0..=55).contains(&scale);
        let up = if fraction + doubt < half {
            false
        } else if fraction > half || (fraction == half && low as u64 != 0) {
            true
        } else if is_exact {
            // Half way, to the even one.
            fraction == half && whole & 1 == 1
        } else {
            return None;
        };
        return Some((u64::try_from(whole).ok()? + u64::from(up), exponent));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_digits_are_the_slow_ones() {
        let mut seed = 1_u64;
        let mut fast = 0;
        for round in 0..200_000_u64 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = match round % 4 {
                0 => f64::from_bits(seed),
                1 => (seed >> 40) as f64 / 1024.0,
                2 => (seed >> 12) as f64,
                _ => (seed >> 11) as f64 / (1_u64 << 53) as f64,
            };
            for digits in [0, 1, 6, 15, 18] {
                let mut out = String::new();
                if scientific(&mut out, value, digits) {
                    fast += 1;
                    let sign = if value < 0.0 { "-" } else { "" };
                    assert_eq!(
                        out,
                        format!("{sign}{}", with_exponent(value.abs(), digits, false)),
                        "{value:e}"
                    );
                }
            }
        }
        assert!(fast > 900_000, "{fast}");
    }
}
