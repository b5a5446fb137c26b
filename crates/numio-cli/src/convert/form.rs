//! The form of a field: a number, a date, a word.

/// NumPy's units of dates, coarse before fine.
pub const UNITS: [&str; 6] = ["D", "m", "s", "ms", "us", "ns"];

/// The kind of a field by its form.
pub enum Form {
    Bool,
    Int {
        negative: bool,
        magnitude: Option<u64>,
    },
    Float,
    NotFinite,
    Complex,
    /// An index of `UNITS`.
    Date(usize),
    NotATime,
    Text,
}

impl Form {
    /// The form of a field without blanks around it.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (negative, digits) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, bytes),
        };
        let whole = leading_digits(digits);
        if whole == digits.len() && whole > 0 {
            let add = |value: u64, byte: &u8| value.checked_mul(10)?.checked_add(u64::from(byte - b'0'));
            return Self::Int { negative, magnitude: digits.iter().try_fold(0, add) };
        }
        if is_rest_of_float(digits, whole) {
            return Self::Float;
        }
        if let Ok(value) = text.parse::<f64>() {
            let is_number = bytes.iter().any(u8::is_ascii_digit);
            return if value.is_finite() || is_number { Self::Float } else { Self::NotFinite };
        }
        match text {
            "True" | "False" | "true" | "false" | "TRUE" | "FALSE" => Self::Bool,
            "NaT" => Self::NotATime,
            _ if is_complex(text) => Self::Complex,
            _ => date(text).map_or(Self::Text, Self::Date),
        }
    }
}

/// The number of digits at the start.
#[inline]
pub fn leading_digits(bytes: &[u8]) -> usize {
    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
    /// Added to a digit's value, it leaves the highest bit unset; added to any other below 128, it sets it.
    const BEYOND: u64 = u64::from_ne_bytes([0x80 - 10; 8]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let values = u64::from_le_bytes(*chunk) ^ ZEROS;
        // A carry changes only bytes after one that is no digit.
        let others = (values.wrapping_add(BEYOND) | values) & HIGHEST;
        if others != 0 {
            return index * 8 + others.trailing_zeros() as usize / 8;
        }
    }
    bytes.len() - rest.len() + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns whether a number with `whole` digits goes on as one with a point or an exponent, and nothing more.
#[inline]
pub fn is_rest_of_float(digits: &[u8], whole: usize) -> bool {
    let (rest, count) = match digits.get(whole..) {
        Some([b'.', fraction @ ..]) => {
            let count = leading_digits(fraction);
            (fraction.get(count..).unwrap_or_default(), whole + count)
        }
        rest => (rest.unwrap_or_default(), whole),
    };
    let exponent = match rest {
        [] => return count > 0,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => exponent,
        _ => return false,
    };
    count > 0 && !exponent.is_empty() && leading_digits(exponent) == exponent.len()
}

fn is_complex(text: &str) -> bool {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let Some(both) = inner.strip_suffix('j') else { return false };
    let has_digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let is_number = |text: &str| has_digits(text) && text.parse::<f64>().is_ok();
    // Without a second number beside it, `infj` is a word.
    let is_part = |text: &str| {
        is_number(text)
            || matches!(text.trim_start_matches(['+', '-']), "nan" | "inf") && text.parse::<f64>().is_ok()
    };
    // The sign between the two parts is neither the first character nor that of an exponent.
    let split = both.char_indices().rev().find(|&(at, char)| {
        matches!(char, '+' | '-') && at > 0 && !both.get(..at).unwrap_or_default().ends_with(['e', 'E'])
    });
    match split {
        None => is_number(both),
        Some((at, _)) => both.split_at_checked(at).is_some_and(|(real, imag)| is_part(real) && is_part(imag)),
    }
}

/// The unit of a date as ISO 8601 writes it and NumPy reads it.
fn date(text: &str) -> Option<usize> {
    let number = |text: &str, len: usize, range: std::ops::RangeInclusive<u32>| {
        let is_digits = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|value| is_digits && range.contains(value))
    };
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let year = number(parts.next()?, 4, 0..=9999)?;
    let month = number(parts.next()?, 2, 1..=12)?;
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let last = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    number(parts.next()?, 2, 1..=last)?;
    if parts.next().is_some() {
        return None;
    }
    let Some(time) = time else { return Some(0) };
    let (clock, fraction) = match time.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (time, None),
    };
    let mut parts = clock.split(':');
    number(parts.next()?, 2, 0..=23)?;
    number(parts.next()?, 2, 0..=59)?;
    let seconds = parts.next().map(|seconds| number(seconds, 2, 0..=59));
    if parts.next().is_some() || matches!(seconds, Some(None)) {
        return None;
    }
    match (seconds, fraction) {
        (None, None) => Some(1),
        (Some(_), None) => Some(2),
        (Some(_), Some(fraction)) => {
            let is_digits =
                (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
            is_digits.then(|| 2 + fraction.len().div_ceil(3))
        }
        (None, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_by_eights_and_one_by_one() {
        for (text, digits) in
            [("", 0), ("12345678", 8), ("1234567:", 7), ("1234567/9", 7), ("123456789\u{80}", 9)]
        {
            assert_eq!(leading_digits(text.as_bytes()), digits, "{text:?}");
        }
        for byte in 0..=u8::MAX {
            let mut bytes = *b"0123456789";
            bytes[3] = byte;
            let digits = if byte.is_ascii_digit() { 10 } else { 3 };
            assert_eq!(leading_digits(&bytes), digits, "{byte}");
        }
    }
}
