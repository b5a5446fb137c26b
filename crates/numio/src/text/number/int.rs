//! Integers: one sign, digits, white space around; no point, no exponent, no underscore (NumPy's `str_to_int.c`).

use super::super::space;

/// How many digits sixteen bytes, first lowest, start with.
#[inline]
fn leading(bytes: u128) -> u32 {
    const EACH: u128 = u128::MAX / 0xff;
    // A digit leaves 0 to 9, from which the sum does not reach the highest bit; carries go to later bytes only.
    let values = bytes ^ (EACH * 0x30);
    ((values.wrapping_add(EACH * 0x76) | values) & (EACH * 0x80)).trailing_zeros() / 8
}

/// The value of eight digits, of which the first is the lowest byte: pairs, fours, all.
#[inline]
fn eight(bytes: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = bytes.wrapping_mul(10).wrapping_add(bytes >> 8);
    let high = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let low = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    high.wrapping_add(low) >> 32
}

/// The value of the first `len` of sixteen bytes, which are digits: at least 1 and at most 16 of them.
#[inline]
fn value(bytes: u128, len: u32) -> u64 {
    let digits = bytes << (128 - 8 * len) & (u128::MAX / 0xff * 0x0f);
    eight(digits as u64) * 100_000_000 + eight((digits >> 64) as u64)
}

/// The digits that `text` starts with: their value, and how many. `None` without a digit, or above `u64::MAX`.
#[inline]
pub(in super::super) fn digits(text: &[u8]) -> Option<(u64, usize)> {
    if let Some(bytes) = text.first_chunk::<16>() {
        let bytes = u128::from_le_bytes(*bytes);
        let len = leading(bytes);
        if (1..16).contains(&len) {
            return Some((value(bytes, len), len as usize));
        }
    }
    one_by_one(text)
}

fn one_by_one(text: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    let mut len = 0;
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = if len < 19 {
            // Nineteen digits always fit.
            value.wrapping_mul(10).wrapping_add(u64::from(digit))
        } else {
            value.checked_mul(10)?.checked_add(u64::from(digit))?
        };
        len += 1;
    }
    (len > 0).then_some((value, len))
}

/// The float that `text` starts with, and the bytes it takes, where it is short and plain: no more than fifteen bytes of
/// digits and a point, and no exponent. Both its digits and the power of ten are then exact, and the division rounds once.
#[inline]
pub(in super::super) fn short_float(text: &[u8]) -> Option<(f64, usize)> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let bytes = text.first_chunk::<17>()?;
    let (first, rest) = (bytes.first_chunk::<16>()?, bytes.last_chunk::<16>()?);
    let is_negative = bytes.first() == Some(&b'-');
    let bytes = u128::from_le_bytes(if is_negative { *rest } else { *first });
    let whole = leading(bytes);
    if whole == 0 || whole > 14 || (bytes >> (8 * whole)) as u8 != b'.' {
        return None;
    }
    // The digits without the point between them.
    let mask = (1_u128 << (8 * whole)) - 1;
    let joined = bytes & mask | bytes >> 8 & !mask;
    let len = leading(joined);
    // The byte that was shifted in is no digit.
    if len >= 15 || (bytes >> (8 * (len + 1))) as u8 | 0x20 == b'e' {
        return None;
    }
    let magnitude = value(joined, len) as f64 / POWERS.get((len - whole) as usize)?;
    let value = if is_negative { -magnitude } else { magnitude };
    Some((value, len as usize + 1 + usize::from(is_negative)))
}

/// A field that is one integer of 64 bits with sign.
pub(in super::super) fn signed(field: &[u8]) -> Option<i64> {
    let field = space::trim(field);
    let (negative, rest) = match field.first() {
        Some(b'-') => (true, field.get(1..)?),
        Some(b'+') => (false, field.get(1..)?),
        _ => (false, field),
    };
    let magnitude = whole(rest)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A field that is one integer of 64 bits without sign; `+` is allowed.
pub(in super::super) fn unsigned(field: &[u8]) -> Option<u64> {
    let field = space::trim(field);
    whole(field.strip_prefix(b"+").unwrap_or(field))
}

/// A field that is one count of ticks, as C's `strtol` reads it: white space only before it, and what does not fit is
/// the nearest that does. NumPy reads `timedelta64` so; an empty field and `NaT` in any case are `NaT`.
pub(in super::super) fn ticks(field: &[u8]) -> Option<i64> {
    if field.is_empty() || field.eq_ignore_ascii_case(b"nat") {
        return Some(i64::MIN);
    }
    let spaces = field.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let (negative, rest) = match field.get(spaces..)? {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    if rest.is_empty() || !rest.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let bound = if negative { i64::MIN } else { i64::MAX };
    let magnitude = digits(rest).map_or(u64::MAX, |(magnitude, _)| magnitude);
    let value = if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
    Some(value.unwrap_or(bound))
}

fn whole(text: &[u8]) -> Option<u64> {
    digits(text).filter(|(_, len)| *len == text.len()).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_as_one_by_one() {
        for len in 0..=20 {
            for start in ["1234567890123456789012", "0000000000000000000000", "9999999999999999999999"] {
                for after in ["", ",", "/", ":", "\u{ff}", " 12", "\0", ".5"] {
                    let text = format!("{}{after}{}", &start[..len], "7".repeat(20));
                    for text in [text.as_bytes(), &text.as_bytes()[..len + after.len()]] {
                        assert_eq!(digits(text), one_by_one(text), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn short_floats_are_what_long_ones_are() {
        for text in [
            "0.1",
            "-0.0",
            "1.",
            "123.456789",
            "-999.999999",
            "0.00000000000001",
            "12345678901234.5",
            "1.5e3",
            "1.5E3",
            "123456789012345.5",
            "0.1234567890123",
            "0.12345678901234",
            "-.5",
            "5",
            "1.2.3",
            "nan",
            "",
        ] {
            for after in [",1234567890123456789", "\n", " ", "\u{ff}ffffffffffffffffff"] {
                let text = format!("{text}{after}");
                if let Some((value, len)) = short_float(text.as_bytes()) {
                    let wanted: f64 = text[..len].parse().unwrap();
                    assert_eq!(value.to_bits(), wanted.to_bits(), "{text}");
                    assert!(!text[len..].starts_with(['e', 'E', '1']) || text.starts_with("1.2.3"), "{text}");
                }
            }
        }
        assert_eq!(short_float(b"-123.456789,-1.5,2.5"), Some((-123.456789, 11)));
    }

    #[test]
    fn whole_range_and_nothing_else() {
        for (text, wanted) in [
            ("0", Some(0)),
            (" +12\t", Some(12)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775807", Some(i64::MAX)),
            ("000000000000000000000000001", Some(1)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
        ] {
            assert_eq!(signed(text.as_bytes()), wanted, "{text}");
        }
        assert_eq!(unsigned(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(unsigned(b"18446744073709551616"), None);
        assert_eq!(unsigned(b"-0"), None);
        assert_eq!(ticks(b" -99999999999999999999"), Some(i64::MIN));
        assert_eq!(
            (ticks(b"nAT"), ticks(b""), ticks(b"1 "), ticks(b"+")),
            (Some(i64::MIN), Some(i64::MIN), None, None)
        );
        for text in ["", "+", "- 1", "1.0", "1_1", "1e3", "0x1", "1 1", "++1", "1\0"] {
            assert_eq!((signed(text.as_bytes()), unsigned(text.as_bytes())), (None, None), "{text}");
        }
    }
}
