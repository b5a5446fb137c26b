//! Python's integers, of any size, between their spellings: two's complement, decimal text, and what Rust can hold.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// A Python integer, of any size. Prints in decimal; in hexadecimal where Python would refuse to print so long a number
/// (past 4,300 digits).
///
/// ```
/// let graph = numio_pickle::load(b"L123456789012345678901234567890L\n.")?;
/// let int = graph.root().as_int()?;
/// assert_eq!(int.to_i64(), None);
/// assert_eq!(int.to_i128(), Some(123456789012345678901234567890));
/// assert_eq!(int.to_string(), "123456789012345678901234567890");
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct BigInt<'g>(Spelling<'g>);

/// As written in the pickle.
#[derive(Clone, Copy)]
enum Spelling<'g> {
    Small(i64),
    /// Two's complement, least significant byte first.
    Bytes(&'g [u8]),
    /// Decimal, after a sign perhaps.
    Digits(&'g str),
    /// In another base, or with underscores.
    Spelled(&'g str),
}

impl<'g> BigInt<'g> {
    pub(crate) fn small(value: i64) -> Self {
        Self(Spelling::Small(value))
    }

    pub(crate) fn bytes(bytes: &'g [u8]) -> Self {
        Self(Spelling::Bytes(bytes))
    }

    /// As Python spells it: decimal digits, after `-` or `+` perhaps, or behind `0x`, `0o` or `0b`; underscores between them.
    pub(crate) fn digits(digits: &'g str) -> Self {
        let is_decimal = digits.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
        Self(if is_decimal { Spelling::Digits(digits) } else { Spelling::Spelled(digits) })
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Spelling::Small(value) => Some(value),
            _ => i64::try_from(self.to_i128()?).ok(),
        }
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_i128(&self) -> Option<i128> {
        match self.0 {
            Spelling::Small(value) => Some(value.into()),
            Spelling::Bytes(bytes) => from_le(bytes),
            Spelling::Digits(digits) => digits.parse().ok(),
            Spelling::Spelled(text) => from_le(&spelled(text)?),
        }
    }

    /// The shortest two's complement, least significant byte first; no bytes for 0. Nothing for decimal text of more
    /// than 4,300 digits, which takes too long to convert.
    pub fn to_le_bytes(&self) -> Option<Cow<'g, [u8]>> {
        match self.0 {
            Spelling::Small(value) => Some(Cow::Owned(shortest_le(value.into()))),
            Spelling::Bytes(bytes) => {
                let mut bytes = bytes;
                while let Some(shorter) = without_last(bytes) {
                    bytes = shorter;
                }
                Some(Cow::Borrowed(bytes))
            }
            Spelling::Digits(digits) => to_le(digits).map(Cow::Owned),
            Spelling::Spelled(text) => spelled(text).map(Cow::Owned),
        }
    }

    /// True if it is below zero.
    #[inline]
    pub fn is_negative(&self) -> bool {
        match self.0 {
            Spelling::Small(value) => value < 0,
            Spelling::Bytes(bytes) => fill(bytes) != 0,
            Spelling::Digits(digits) => digits.starts_with('-') && digits.bytes().any(|digit| digit > b'0'),
            Spelling::Spelled(text) => spelled(text).is_some_and(|bytes| fill(&bytes) != 0),
        }
    }

    /// The nearest float; infinite where none is large enough.
    pub fn to_f64(&self) -> f64 {
        match self.to_i128() {
            Some(value) => value as f64,
            // Decimal text is exact, and reading it rounds once. 2^1024 and beyond are no floats.
            None if self.bit_length_is_over(1024) => {
                if self.is_negative() {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            None => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    fn bit_length_is_over(&self, bits: usize) -> bool {
        match self.0 {
            Spelling::Small(_) => false,
            Spelling::Bytes(_) | Spelling::Spelled(_) => {
                self.to_le_bytes().is_none_or(|bytes| bytes.len() > bits / 8 + 1)
            }
            Spelling::Digits(digits) => normalised(digits).len() > bits / 3 + 2,
        }
    }
}

impl fmt::Display for BigInt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Spelling::Small(value) => write!(f, "{value}"),
            Spelling::Bytes(bytes) => f.write_str(&decimal(bytes)),
            Spelling::Digits(digits) => f.write_str(&normalised(digits)),
            Spelling::Spelled(text) => match spelled(text) {
                Some(bytes) => f.write_str(&decimal(&bytes)),
                None => f.write_str(text),
            },
        }
    }
}

impl fmt::Debug for BigInt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Digits beyond which Python refuses to convert between decimal and binary, for the time that it takes
/// (`sys.int_info.default_max_str_digits`).
pub(crate) const MAX_DIGITS: usize = 4300;

/// Bytes whose numbers all have at most [`MAX_DIGITS`] decimal digits.
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

/// The byte that continues two's complement bytes.
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

/// Decimal text, `-`, `+` and all, as the shortest two's complement bytes, least significant first. Nothing where it
/// is not a decimal integer, or longer than [`MAX_DIGITS`].
pub(crate) fn to_le(text: &str) -> Option<Vec<u8>> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)?),
        [b'+', ..] => (false, text.get(1..)?),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let mut limbs: Vec<u32> = Vec::new();
    for digit in digits.chars() {
        multiply_add::<{ 1 << 32 }>(&mut limbs, 10, digit.to_digit(10)?);
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.push(0);
    if negative {
        bytes = negated(&bytes);
    }
    shorten(&mut bytes);
    Some(bytes)
}

/// An integer in Python's spelling, of another base or with underscores, as the shortest two's complement bytes, least
/// significant first. Nothing where it is no such integer, or has more decimal digits than [`MAX_DIGITS`].
fn spelled(text: &str) -> Option<Vec<u8>> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)?),
        [b'+', ..] => (false, text.get(1..)?),
        _ => (false, text),
    };
    let bits = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => 4,
        [b'0', b'o' | b'O', ..] => 3,
        [b'0', b'b' | b'B', ..] => 1,
        _ => return to_le(&text.replace('_', "")),
    };
    let mut bytes = Vec::new();
    bytes.try_reserve(unsigned.len() / 2 + 1).ok()?;
    let (mut pending, mut count) = (0_u32, 0);
    for digit in unsigned.get(2..)?.chars().rev().filter(|digit| *digit != '_') {
        pending |= digit.to_digit(1 << bits)? << count;
        count += bits;
        if count >= 8 {
            bytes.push(pending as u8);
            (pending, count) = (pending >> 8, count - 8);
        }
    }
    bytes.extend([pending as u8, 0]);
    if negative {
        bytes = negated(&bytes);
    }
    shorten(&mut bytes);
    Some(bytes)
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

/// A number as the shortest two's complement bytes; none for zero, as pickles have it.
pub(crate) fn shortest_le(value: i128) -> Vec<u8> {
    let mut bytes = value.to_le_bytes().to_vec();
    shorten(&mut bytes);
    bytes
}

/// Drops bytes that only repeat the sign; zero ends up with none.
fn shorten(bytes: &mut Vec<u8>) {
    while let Some(shorter) = without_last(bytes) {
        let len = shorter.len();
        bytes.truncate(len);
    }
}

/// All but the last byte, where that only repeats the sign.
fn without_last(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0] => Some(&[]),
        [rest @ .., below, 0] if *below < 0x80 => bytes.get(..rest.len() + 1),
        [rest @ .., below, 0xff] if *below >= 0x80 => bytes.get(..rest.len() + 1),
        _ => None,
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
    fn small_integers_go_to_bytes_and_back() {
        for value in [0, 1, -1, 127, 128, -128, -129, 255, 1 << 63, -(1 << 63), i128::MAX, i128::MIN] {
            let bytes = shortest_le(value);
            assert_eq!(from_le(&bytes), Some(value));
            assert_eq!(decimal(&bytes), value.to_string());
            assert_eq!(to_le(&value.to_string()), Some(bytes));
        }
        assert_eq!(shortest_le(255), [0xff, 0]);
        assert_eq!(shortest_le(-128), [0x80]);
        assert_eq!(from_le(&[0xff; 40]), Some(-1));
        assert_eq!(from_le(&[0; 40]), Some(0));
    }

    #[test]
    fn large_integers_go_to_digits_and_back() {
        let mut bytes = vec![0; 25];
        bytes.push(1);
        assert_eq!(decimal(&bytes), "1606938044258990275541962092341162602522202993782792835301376");
        assert_eq!(to_le(&decimal(&bytes)), Some(bytes.clone()));
        let negative = to_le(&format!("-{}", decimal(&bytes))).unwrap();
        assert_eq!(decimal(&negative), format!("-{}", decimal(&bytes)));
        assert_eq!(from_le(&negative), None);
        // One past the largest i128, and one below the smallest.
        assert_eq!(to_le("170141183460469231731687303715884105728").unwrap().len(), 17);
        assert_eq!(from_le(&to_le("-170141183460469231731687303715884105729").unwrap()), None);
    }

    #[test]
    fn integers_that_python_does_not_print_are_hexadecimal() {
        let mut bytes = vec![0; MAX_BYTES + 1];
        bytes.push(1);
        assert_eq!(decimal(&bytes), format!("0x1{}", "00".repeat(MAX_BYTES + 1)));
        let longest = vec![0xff; MAX_BYTES - 1].into_iter().chain([0x7f]).collect::<Vec<_>>();
        assert!(decimal(&longest).len() <= MAX_DIGITS);
        assert_eq!(to_le(&"1".repeat(MAX_DIGITS + 1)), None);
    }

    #[test]
    fn integers_in_other_spellings_are_read() {
        for (text, wanted) in [
            ("0x_ffff_ffff_ffff_ffff", "18446744073709551615"),
            ("-0xFFFFFFFFFFFFFFFFFFFF", "-1208925819614629174706175"),
            ("+0o7777777777777777777777777", "37778931862957161709567"),
            ("0b1_0000000000000000000000000000000000000000000000000000000000000000", "18446744073709551616"),
            ("1_00000000000_0000000000000", "1000000000000000000000000"),
            ("-9_223372036854775809", "-9223372036854775809"),
        ] {
            let int = BigInt::digits(text);
            assert_eq!(int.to_string(), wanted);
            assert_eq!(int.to_i128(), wanted.parse().ok(), "{text}");
            assert_eq!(int.to_le_bytes().unwrap(), to_le(wanted).unwrap());
            assert_eq!(int.is_negative(), wanted.starts_with('-'));
            assert_eq!(int.to_f64(), wanted.parse::<f64>().unwrap());
        }
        let long = format!("0x{}", "f".repeat(1_000_000));
        assert_eq!(BigInt::digits(&long).to_le_bytes().unwrap().len(), 500_001);
        assert_eq!(BigInt::digits(&long).to_f64(), f64::INFINITY);
    }

    #[test]
    fn text_that_is_no_integer_is_refused() {
        for text in ["", "-", "+", "1L", "0x1", " 1", "1_0", "--1"] {
            assert_eq!(to_le(text), None, "{text}");
        }
    }
}
