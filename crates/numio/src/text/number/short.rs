//! Numbers of few digits, eight digits at a time.
//!
//! Each function takes the start of a text, and gives the number there and how many bytes it takes; or `None` where it is
//! longer, or of another form, than what is read here.

use std::num::NonZeroU64;

/// How much of a text is looked at.
pub(in super::super) const WINDOW: usize = 18;

type Window = [u8; WINDOW];

const EACH: u64 = u64::MAX / 0xff;
const ZEROS: u64 = EACH * 0x30;

const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

const FLOAT_POWERS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// The highest bit of each byte that is no value of a digit; right up to the first, which is all that is asked.
#[inline]
fn others(values: u64) -> Option<NonZeroU64> {
    NonZeroU64::new((values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80))
}

/// How many bits stand before the byte of the first bit set.
#[inline]
fn bits_before(mask: NonZeroU64) -> u32 {
    mask.trailing_zeros() & 0x38
}

/// Eight values of digits as one number, the first in the lowest byte: pairs, fours, all.
#[inline]
fn eight(values: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let first = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let second = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    first.wrapping_add(second) >> 32
}

/// The first so many bits of eight values as one number.
#[inline]
fn part(values: u64, bits: u32) -> u64 {
    eight((values << 8) << (56 - bits))
}

#[inline]
fn values(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes) ^ ZEROS
}

#[inline]
fn power(bits: u32) -> u64 {
    POWERS.get(bits as usize / 8).copied().unwrap_or_default()
}

/// An integer of up to sixteen digits, with or without a minus.
///
/// The first byte is taken for itself: then where the digits end does not depend on whether it is a sign, and no branch does.
#[inline]
pub(in super::super) fn signed(text: &Window) -> Option<(i64, usize)> {
    let [first, rest @ ..] = text;
    // All ones for a minus.
    let sign = -i64::from(*first == b'-');
    let lead = u64::from(*first ^ b'0') & !sign as u64;
    if lead > 9 {
        return None;
    }
    let (magnitude, len) = after(rest, lead)?;
    (len > 0 || sign == 0).then_some(((magnitude as i64 ^ sign) - sign, len + 1))
}

/// An integer of up to sixteen digits.
#[inline]
pub(in super::super) fn unsigned(text: &Window) -> Option<(u64, usize)> {
    let [first, rest @ ..] = text;
    let lead = u64::from(*first ^ b'0');
    if lead > 9 {
        return None;
    }
    after(rest, lead).map(|(value, len)| (value, len + 1))
}

/// The number that `lead` and the digits after it make, and how many those are: up to fifteen.
#[inline]
fn after(rest: &[u8; WINDOW - 1], lead: u64) -> Option<(u64, usize)> {
    let [a, b, c, d, e, f, g, h, rest @ ..] = rest;
    let high = values(&[*a, *b, *c, *d, *e, *f, *g, *h]);
    if let Some(mask) = others(high) {
        let bits = bits_before(mask);
        return Some((part(high, bits) + lead * power(bits), bits as usize / 8));
    }
    let low = values(rest.first_chunk()?);
    let bits = bits_before(others(low)?);
    let high = eight(high) + lead * 100_000_000;
    Some((high * power(bits) + part(low, bits), bits as usize / 8 + 8))
}

/// A number of at most fourteen digits as a float; signed ones convert faster.
#[inline]
fn exact(digits: u64) -> f64 {
    digits.cast_signed() as f64
}

/// A float of up to seven digits on each side of its point, or of none after it, and without an exponent. Its digits as
/// one number and the power of ten are exact, so that the division rounds once.
#[inline]
pub(in super::super) fn float(text: &Window) -> Option<(f64, usize)> {
    let is_negative = text.first() == Some(&b'-');
    let start = usize::from(is_negative);
    let whole = values(text.get(start..)?.first_chunk()?);
    let bits = bits_before(others(whole)?);
    if bits == 0 {
        return None;
    }
    let whole = part(whole, bits);
    let point = start + bits as usize / 8;
    let (magnitude, len) = if text.get(point) == Some(&b'.') {
        let fraction = values(text.get(point + 1..)?.first_chunk()?);
        let bits = bits_before(others(fraction)?);
        let digits = whole * power(bits) + part(fraction, bits);
        (exact(digits) / FLOAT_POWERS.get(bits as usize / 8)?, point + 1 + bits as usize / 8)
    } else {
        (exact(whole), point)
    };
    let has_exponent = text.get(len).is_none_or(|next| next | 0x20 == b'e');
    // Half of all signs would be guessed wrong.
    let value = f64::from_bits(magnitude.to_bits() | u64::from(is_negative) << 63);
    (!has_exponent).then_some((value, len))
}

#[cfg(test)]
mod tests {
    use super::super::{digits, prefix};
    use super::*;

    /// Texts that start with `start`, with all kinds of bytes after it.
    fn windows(start: &str) -> Vec<Window> {
        let ends = ["", ",", "/", ":", "\u{ff}", " 12", "\0", ".5", "e5", "E", "-", "5"];
        let fill = ["7", ",", "\n", "\u{ff}"];
        let texts =
            ends.iter().flat_map(|end| fill.map(|fill| format!("{start}{end}{}", fill.repeat(WINDOW))));
        texts.map(|text| *text.as_bytes().first_chunk().unwrap()).collect()
    }

    #[test]
    fn integers_are_those_of_the_slow_way() {
        for len in 0..=17 {
            for start in ["1234567890123456789", "0000000000000000000", "9999999999999999999"] {
                for text in windows(&start[..len]) {
                    let wanted = digits(&text).filter(|(_, len)| *len <= 16);
                    assert_eq!(unsigned(&text), wanted, "{text:?}");
                    assert_eq!(signed(&text), wanted.map(|(value, len)| (value as i64, len)), "{text:?}");
                }
                for text in windows(&format!("-{}", &start[..len])) {
                    let wanted = digits(&text[1..]).filter(|(_, len)| *len <= 15);
                    assert_eq!(
                        signed(&text),
                        wanted.map(|(value, len)| (-(value as i64), len + 1)),
                        "{text:?}"
                    );
                    assert_eq!(unsigned(&text), None);
                }
            }
        }
    }

    #[test]
    fn floats_are_those_of_the_slow_way() {
        let mut read = 0;
        for digits in ["1234567", "9999999", "0000001", "7050301"] {
            for (sign, point) in ["", "-"].iter().flat_map(|sign| (0..=7).map(move |point| (sign, point))) {
                for end in point..=7 {
                    let text = format!("{sign}{}.{}", &digits[..point], &digits[point..end]);
                    for text in windows(&text) {
                        let Some((value, len)) = float(&text) else { continue };
                        let (wanted, all) = prefix(&text).unwrap();
                        assert_eq!((value.to_bits(), len), (wanted.to_bits(), all), "{text:?}");
                        read += 1;
                    }
                }
            }
        }
        assert!(read > 5000, "{read}");
        for text in ["1e5", "1.5e5", "1.5E5", "inf", "nan", "-", ".5", "12345678.5", "1.12345678", "+1"] {
            let text = format!("{text},{}", "7".repeat(WINDOW));
            assert_eq!(float(text.as_bytes().first_chunk().unwrap()), None, "{text}");
        }
    }
}
