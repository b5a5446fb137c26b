//! Integers: one sign, digits, white space around; no point, no exponent, no underscore (NumPy's `str_to_int.c`).

use super::super::space;

/// The digits that `text` starts with: their value, and how many. `None` without a digit, or above `u64::MAX`.
#[inline]
pub(in super::super) fn digits(text: &[u8]) -> Option<(u64, usize)> {
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
