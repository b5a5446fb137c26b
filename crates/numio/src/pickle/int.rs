//! Python's integers, of any size, between their spellings: two's complement, decimal text, and what Rust can hold.

use std::fmt::Write;

/// Bytes whose numbers all have at most 4300 decimal digits, beyond which Python refuses to convert between decimal
/// and binary for the time that it takes (`sys.int_info.default_max_str_digits`).
const MAX_BYTES: usize = 1785;

/// The value of two's complement bytes, least significant first, where it fits.
pub(crate) fn from_le(bytes: &[u8]) -> Option<i128> {
    let fill = fill(bytes);
    let mut whole = [fill; 16];
    let (low, high) = bytes.split_at(bytes.len().min(16));
    whole.get_mut(..low.len())?.copy_from_slice(low);
    let value = i128::from_le_bytes(whole);
    let fits = high.iter().all(|&byte| byte == fill) && (value < 0) == (fill != 0);
    fits.then_some(value)
}

/// What two's complement bytes are continued with.
fn fill(bytes: &[u8]) -> u8 {
    if bytes.last().is_some_and(|&byte| byte >= 0x80) { 0xff } else { 0 }
}

/// Two's complement bytes in decimal; in hexadecimal where Python would refuse to print so long a number.
pub(crate) fn decimal(bytes: &[u8]) -> String {
    if let Some(value) = from_le(bytes) {
        return value.to_string();
    }
    let negative = fill(bytes) != 0;
    let magnitude = if negative { negated(bytes) } else { bytes.to_vec() };
    let mut out = String::from(if negative { "-" } else { "" });
    if magnitude.len() > MAX_BYTES {
        out.push_str("0x");
        let digits: String = magnitude.iter().rev().fold(String::new(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        out.push_str(digits.trim_start_matches('0'));
        return out;
    }
    let mut limbs: Vec<u32> = Vec::new();
    for &byte in magnitude.iter().rev() {
        multiply_add::<1_000_000_000>(&mut limbs, 256, u32::from(byte));
    }
    let mut limbs = limbs.iter().rev();
    let _ = write!(out, "{}", limbs.next().unwrap_or(&0));
    for limb in limbs {
        let _ = write!(out, "{limb:09}");
    }
    out
}

/// Decimal text without leading zeros and without `+`.
pub(crate) fn normalised(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    }
}

/// The negative of two's complement bytes, with one byte more to be sure that it fits.
fn negated(bytes: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let extended = bytes.iter().copied().chain([fill(bytes)]);
    extended
        .map(|byte| {
            let (byte, over) = (!byte).overflowing_add(u8::from(carry));
            carry = over;
            byte
        })
        .collect()
}

/// `limbs * factor + add`, in base `BASE`.
fn multiply_add<const BASE: u64>(limbs: &mut Vec<u32>, factor: u32, add: u32) {
    let mut carry = u64::from(add);
    for limb in limbs.iter_mut() {
        carry += u64::from(*limb) * u64::from(factor);
        *limb = (carry % BASE) as u32;
        carry /= BASE;
    }
    if carry > 0 {
        limbs.push(carry as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_print() {
        for (bytes, wanted) in [
            (&[][..], "0"),
            (&[0xff, 0], "255"),
            (&[0x80], "-128"),
            (&[0xff; 40], "-1"),
            (
                &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0],
                "170141183460469231731687303715884105728",
            ),
            (
                &[255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0x7f, 0xff],
                "-170141183460469231731687303715884105729",
            ),
        ] {
            assert_eq!(decimal(bytes), wanted);
        }
        let two_to_the_200: Vec<u8> = [0; 25].into_iter().chain([1]).collect();
        assert_eq!(decimal(&two_to_the_200), "1606938044258990275541962092341162602522202993782792835301376");
        assert_eq!(normalised("-007"), "-7");
        assert_eq!(normalised("-000"), "0");
    }

    #[test]
    fn what_python_would_not_print_is_hexadecimal() {
        let mut bytes = vec![0; MAX_BYTES + 1];
        bytes.push(1);
        assert_eq!(decimal(&bytes), format!("0x1{}", "00".repeat(MAX_BYTES + 1)));
        let longest = vec![0xff; MAX_BYTES - 1].into_iter().chain([0x7f]).collect::<Vec<_>>();
        assert!(decimal(&longest).len() <= 4300);
    }
}
