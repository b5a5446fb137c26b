//! Floats as `%e`, `%f` and `%g` print them, every digit exact.
//!
//! Digits come from [`decimal`](super::decimal) where it has them, and else from `core::fmt`, which is exact for any number of them.

use std::iter::repeat_n;

use super::decimal::{significant, split};
use super::pen::Pen;
use super::{Spec, digits, insert};

/// Appends a positive number (or zero, infinity, nan), without sign and padding.
pub(super) fn print(out: &mut Vec<u8>, value: f64, spec: &Spec) {
    let count = spec.digits();
    match spec.letter {
        _ if !value.is_finite() => {
            let text = if value.is_nan() { *b"nan" } else { *b"inf" };
            let upper = spec.letter.is_ascii_uppercase();
            out.extend_from_slice(&if upper { text.map(|byte| byte.to_ascii_uppercase()) } else { text });
        }
        'e' | 'E' => with_exponent(out, value, count, spec),
        'f' | 'F' => with_point(out, value, count, spec.alternate),
        _ => general(out, value, count.max(1), spec),
    }
}

fn with_exponent(out: &mut Vec<u8>, value: f64, behind: usize, spec: &Spec) {
    let letter = if spec.letter.is_ascii_uppercase() { b'E' } else { b'e' };
    let exponent = match significant(value, behind + 1) {
        Some((number, exponent)) => {
            Pen::append(out, |pen| digits::pointed(pen, number, behind + 1));
            exponent
        }
        None => {
            let (mantissa, exponent) = exact(value, behind);
            out.extend_from_slice(mantissa.as_bytes());
            exponent
        }
    };
    if behind == 0 && spec.alternate {
        out.push(b'.');
    }
    Pen::append(out, |pen| digits::exponent(pen, letter, exponent));
}

/// The mantissa of any length, and the exponent.
fn exact(value: f64, behind: usize) -> (String, i32) {
    let mut text = format!("{value:.behind$e}");
    let exponent = text.rfind('e').map(|at| text.split_off(at));
    (text, exponent.and_then(|text| text.trim_start_matches('e').parse().ok()).unwrap_or(0))
}

fn with_point(out: &mut Vec<u8>, value: f64, behind: usize, alternate: bool) {
    match split(value, behind) {
        Some((whole, part)) => Pen::append(out, |pen| {
            digits::whole(pen, whole);
            if behind > 0 {
                pen.push(b'.');
                digits::fixed(pen, part, behind);
            }
        }),
        None => out.extend_from_slice(format!("{value:.behind$}").as_bytes()),
    }
    if behind == 0 && alternate {
        out.push(b'.');
    }
}

/// As many digits as asked for, zeros at their end left away, and an exponent only where the point is far off.
fn general(out: &mut Vec<u8>, value: f64, count: usize, spec: &Spec) {
    let short = significant(value, count);
    let (mantissa, exponent) =
        short.map_or_else(|| exact(value, count - 1), |(_, exponent)| (String::new(), exponent));
    let is_small = (-4..0).contains(&exponent);
    if is_small {
        out.extend_from_slice(b"0.");
        out.extend(repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
    }
    let start = out.len();
    match short {
        Some((number, _)) => Pen::append(out, |pen| digits::fixed(pen, number, count)),
        None => out.extend(mantissa.bytes().filter(|&byte| byte != b'.')),
    }
    while !spec.alternate && out.len() > start + 1 && out.last() == Some(&b'0') {
        out.pop();
    }
    if is_small {
        return;
    }
    let place = usize::try_from(exponent).ok().filter(|&place| place < count);
    let point = start + place.unwrap_or(0) + 1;
    out.extend(repeat_n(b'0', point.saturating_sub(out.len())));
    if spec.alternate || out.len() > point {
        insert(out, point, 1, b'.');
    }
    if place.is_none() {
        let letter = if spec.letter == 'G' { b'E' } else { b'e' };
        Pen::append(out, |pen| digits::exponent(pen, letter, exponent));
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits::MOST_DIGITS;
    use super::super::{FloatFormat, Format, Printed};
    use super::*;

    fn printed(format: &str, value: f64) -> String {
        let mut out = Vec::new();
        let parsed = Format::parse(format).unwrap();
        parsed.parts[0].1.print(&mut out, &Printed::Float(value, FloatFormat::DOUBLE)).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Doubles of all sizes, with many and with few digits, close to powers of ten, and half way between two results.
    fn values() -> impl Iterator<Item = f64> {
        let mut seed = 1_u64;
        (0..100_000_u64).map(move |round| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let some = (seed >> 33) as i32;
            match round % 8 {
                0 => f64::from_bits(seed >> 1),
                1 => (seed >> 40) as f64 / 1024.0,
                2 => (seed >> (some % 53)) as f64,
                3 => (seed >> 11) as f64 / (1_u64 << 53) as f64,
                4 => f64::from_bits(
                    10_f64.powi(some % 616 - 308).to_bits().wrapping_add(seed % 5).wrapping_sub(2),
                ),
                5 => f64::from_bits((seed >> 53) << 52),
                6 => f64::from_bits(seed >> (12 + some % 50)),
                _ => f64::from(some % 1_000_000) * 0.5 * 10_f64.powi(some % 30),
            }
        })
    }

    #[test]
    fn fast_digits_are_the_exact_ones() {
        let mut fast = 0;
        for (round, value) in values().filter(|value| value.is_finite()).map(f64::abs).enumerate() {
            let behind = round % 23;
            let (mantissa, exponent) = exact(value, behind);
            let sign = if exponent < 0 { '-' } else { '+' };
            let wanted = format!("{mantissa}e{sign}{:02}", exponent.abs());
            assert_eq!(printed(&format!("%.{behind}e"), value), wanted, "{value:e}");
            assert_eq!(printed(&format!("%.{behind}f"), value), format!("{value:.behind$}"), "{value:e}");
            fast += usize::from(behind < MOST_DIGITS && significant(value, behind + 1).is_some());
        }
        // Undecided are only those that stand half way, of many digits before the point.
        assert!(fast > 80_000, "{fast}");
    }
}
