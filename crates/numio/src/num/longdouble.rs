//! Long doubles, correctly rounded whatever the number of digits: what C's `strtold` reads, through which NumPy goes
//! (`string_to_long_double` in `arraytypes.c.src`). Unlike all other numbers they may be hexadecimal.

use crate::num::bigint::BigUint;

/// Sign and exponent that mark infinities and NaNs.
const SPECIAL: u16 = 0x7fff;
/// The bias added to an exponent when stored.
const BIAS: i32 = 16383;
/// The mantissa's highest bit.
const ONE: u64 = 1 << 63;
/// The exponent of the last bit of the least numbers.
const LEAST: i32 = -16445;

/// More significant digits than a number half way between two long doubles has.
const MOST_DIGITS: usize = 11_600;
/// Beyond these powers of ten of the first digit, all is infinite or zero.
const MOST_TENS: i64 = 4_940;
const LEAST_TENS: i64 = -4_970;

/// Reads a field that is one long double: its sign and exponent, and its mantissa, as x86 stores them. White space may
/// come before it, but not after it. White space alone, of which NumPy makes 0, gives `None`.
pub(crate) fn longdouble(field: &[u8]) -> Option<(u16, u64)> {
    let start = field.iter().position(|byte| !matches!(byte, b' ' | b'\t'..=b'\r'))?;
    let (negative, text) = match field.get(start..)? {
        [b'-', text @ ..] => (true, text),
        [b'+', text @ ..] | text => (false, text),
    };
    let (exponent, mantissa) = match text {
        [b'0', b'x' | b'X', digits @ ..] => hexadecimal(digits)?,
        [b'0'..=b'9' | b'.', ..] => decimal(text)?,
        _ => named(text)?,
    };
    Some((u16::from(negative) << 15 | exponent, mantissa))
}

/// Returns whether `field`, which was read as `value`, is a number beyond the largest long double, or below the least
/// normal one and rounded: where `strtold` sets `ERANGE`.
pub(crate) fn is_out_of_range(field: &[u8], (exponent, mantissa): (u16, u64)) -> bool {
    match exponent & SPECIAL {
        SPECIAL => field.iter().any(u8::is_ascii_digit) && mantissa == ONE,
        // Decimals of that size are never exact, hexadecimal numbers nearly always.
        0 if mantissa == 0 => is_nonzero(field),
        0 => !field.iter().any(|byte| matches!(byte, b'x' | b'X')),
        _ => false,
    }
}

/// Returns whether a number's mantissa has a digit but zeros.
fn is_nonzero(field: &[u8]) -> bool {
    let is_hexadecimal = field.iter().any(|byte| matches!(byte, b'x' | b'X'));
    let is_exponent =
        |byte: &u8| if is_hexadecimal { matches!(byte, b'p' | b'P') } else { matches!(byte, b'e' | b'E') };
    let mantissa = field.split(is_exponent).next().unwrap_or_default();
    mantissa.iter().any(|byte| byte.is_ascii_hexdigit() && *byte != b'0')
}

/// Infinities, and NaNs with or without something in parentheses.
fn named(text: &[u8]) -> Option<(u16, u64)> {
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        return Some((SPECIAL, ONE));
    }
    let (nan, rest) = text.split_first_chunk::<3>()?;
    let is_payload = |text: &[u8]| text.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_rest = matches!(rest, []) || matches!(rest, [b'(', payload @ .., b')'] if is_payload(payload));
    (nan.eq_ignore_ascii_case(b"nan") && is_rest).then_some((SPECIAL, ONE | 1 << 62))
}

/// The digits at the start of `text`, with at most one point among them: how many precede it, and what follows.
fn digits(text: &[u8], is_digit: impl Fn(&u8) -> bool) -> Option<(Vec<u8>, usize, &[u8])> {
    let mut found = Vec::new();
    let mut point = None;
    let mut len = 0;
    for byte in text {
        match byte {
            b'.' if point.is_none() => point = Some(found.len()),
            digit if is_digit(digit) => found.push(*digit),
            _ => break,
        }
        len += 1;
    }
    let before = point.unwrap_or(found.len());
    (!found.is_empty()).then(|| (found, before, text.get(len..).unwrap_or_default()))
}

/// The exponent after the mantissa: nothing, or `mark`, an optional sign, and digits. Huge ones are cut down.
fn exponent(text: &[u8], mark: u8) -> Option<i64> {
    const ENOUGH: i64 = 1 << 40;
    let [first, rest @ ..] = text else { return Some(0) };
    if first.to_ascii_lowercase() != mark {
        return None;
    }
    let (negative, digits) = match rest {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    let mut value = 0_i64;
    for digit in digits {
        value = (value * 10 + i64::from(char::from(*digit).to_digit(10)?)).min(ENOUGH);
    }
    (!digits.is_empty()).then_some(if negative { -value } else { value })
}

fn decimal(text: &[u8]) -> Option<(u16, u64)> {
    let (digits, before, rest) = digits(text, u8::is_ascii_digit)?;
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let tens = exponent(rest, b'e')?.saturating_add(before as i64).saturating_sub(zeros as i64);
    let mut digits = digits.get(zeros..).unwrap_or_default();
    while let Some((b'0', start)) = digits.split_last() {
        digits = start;
    }
    if digits.is_empty() || tens < LEAST_TENS {
        return Some((0, 0));
    }
    if tens > MOST_TENS {
        return Some((SPECIAL, ONE));
    }
    // The digits cut off decide only whether the number is a little above the rest.
    let is_cut = digits.len() > MOST_DIGITS;
    let digits = digits.get(..MOST_DIGITS).unwrap_or(digits);
    let power = tens as i32 - digits.len() as i32;
    let (mantissa, exponent, is_above) = match short(digits, power) {
        Some(found) => found,
        None => general(digits, power),
    };
    Some(rounded(mantissa, exponent, is_above || is_cut))
}

/// `digits * 10^power` as at least 65 bits, their exponent, and whether the number is a little above; where all of it goes
/// into 128 bits.
fn short(digits: &[u8], power: i32) -> Option<(u128, i32, bool)> {
    if digits.len() > 19 || power.abs() > 27 {
        return None;
    }
    let value = digits.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    let fives = 5_u128.pow(power.unsigned_abs());
    if power >= 0 {
        return Some((u128::from(value) * fives, power, false));
    }
    let shift = 64 + value.leading_zeros();
    let dividend = u128::from(value) << shift;
    Some((dividend / fives, power - shift as i32, dividend % fives != 0))
}

/// As [`short`], for any number of digits.
fn general(digits: &[u8], power: i32) -> (u128, i32, bool) {
    let mut value = BigUint::from_digits(digits);
    let fives = BigUint::power_of_5(power.unsigned_abs());
    if power >= 0 {
        let (top, shift, is_above) = value.times(&fives).top();
        return (top, power + shift, is_above);
    }
    let shift = (66 + fives.bits()).saturating_sub(value.bits());
    value.shl(shift);
    let (quotient, unit, has_rest) = value.divided_by(fives);
    (quotient, power - shift as i32 + unit, has_rest)
}

fn hexadecimal(text: &[u8]) -> Option<(u16, u64)> {
    let (digits, before, rest) = digits(text, u8::is_ascii_hexdigit)?;
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let power = exponent(rest, b'p')?.saturating_add(4 * (before as i64 - zeros as i64));
    let digits = digits.get(zeros..).unwrap_or_default();
    let (first, more) = digits.split_at_checked(24).unwrap_or((digits, &[]));
    let digit = |digit: &u8| u128::from(char::from(*digit).to_digit(16).unwrap_or(0));
    let value = first.iter().fold(0, |value, next| value << 4 | digit(next));
    if value == 0 || power < 4 * LEAST_TENS {
        return Some((0, 0));
    }
    if power > 4 * MOST_TENS {
        return Some((SPECIAL, ONE));
    }
    let is_above = more.iter().any(|&digit| digit != b'0');
    Some(rounded(value, power as i32 - 4 * first.len() as i32, is_above))
}

/// The long double nearest to `mantissa * 2^exponent`, or a little above where `is_above`, ties to even: its exponent's
/// field and its mantissa.
fn rounded(mantissa: u128, exponent: i32, is_above: bool) -> (u16, u64) {
    let shift = mantissa.leading_zeros();
    if shift == 128 {
        return (0, 0);
    }
    // With the mantissa's highest bit set, 64 bits are dropped, and more if the number is among the least.
    let mantissa = mantissa << shift;
    let exponent = exponent - shift as i32;
    let drop = 64.max(LEAST - exponent);
    let Some(kept) = u32::try_from(drop).ok().and_then(|drop| mantissa.checked_shr(drop)) else {
        // All bits lie below the last: only the very half of it, and what is above, counts.
        let is_over_half = drop == 128 && (mantissa > 1 << 127 || is_above);
        return (0, u64::from(is_over_half));
    };
    let rest = mantissa & ((1 << drop) - 1);
    let half = 1 << (drop - 1);
    let up = rest > half || rest == half && (is_above || kept & 1 == 1);
    let kept = kept + u128::from(up);
    let (kept, carry) = if kept >> 64 == 1 { (ONE, 1) } else { (kept as u64, 0) };
    let field = exponent + drop + carry + 63 + BIAS;
    match field {
        _ if kept & ONE == 0 => (0, kept),
        field if field >= i32::from(SPECIAL) => (SPECIAL, ONE),
        field => (field as u16, kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_doubles_of_every_form_are_read() {
        let bits = |text: &str| longdouble(text.as_bytes());
        for (text, wanted) in [
            ("1", (0x3fff, ONE)),
            (" \t-1.0e0", (0xbfff, ONE)),
            ("+.5", (0x3ffe, ONE)),
            ("0x1p-16445", (0, 1)),
            ("0x1p-16446", (0, 0)),
            ("0x1.8p-16446", (0, 1)),
            ("0x1p-16382", (1, ONE)),
            ("0x0.ffffffffffffffffp-16382", (1, ONE)),
            ("0x1.fffffffffffffffep16383", (0x7ffe, u64::MAX)),
            ("0x1.ffffffffffffffffp16383", (SPECIAL, ONE)),
            ("1e99999999999999999999", (SPECIAL, ONE)),
            ("-0e99999999999999999999", (0x8000, 0)),
            ("1e-99999999999999999999", (0, 0)),
            ("-iNfinity", (0xffff, ONE)),
            ("nan(a_1)", (SPECIAL, ONE | 1 << 62)),
            ("18446744073709551617", (0x403f, ONE)),
            ("18446744073709551619", (0x403f, ONE | 2)),
        ] {
            assert_eq!(bits(text), Some(wanted), "{text}");
        }
        for text in
            ["", " ", ".", "1 ", "1e", "1e+", "0x", "0x.p1", "0x1p", "1_0", "+-1", "infinit", "nan(-)", "1p3"]
        {
            assert_eq!(bits(text), None, "{text}");
        }
    }

    #[test]
    fn long_doubles_read_the_short_way_are_those_of_the_general_one() {
        let mut state = 7_u64;
        for power in -27..=27 {
            for len in 1..=19 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let digits: Vec<u8> =
                    state.to_string().bytes().chain(*b"9999999999999999999").take(len).collect();
                let (a, b) = (short(&digits, power).unwrap(), general(&digits, power));
                assert_eq!(rounded(a.0, a.1, a.2), rounded(b.0, b.1, b.2), "{digits:?} {power}");
            }
        }
    }
}
