//! Floats, correctly rounded whatever the number of digits.

use std::borrow::Cow;

use super::super::space;
use super::script::ascii_digits;

/// The float that `text` starts with, and the bytes it takes: what CPython's `PyOS_string_to_double` reads.
#[inline]
pub(in super::super) fn prefix(text: &[u8]) -> Option<(f64, usize)> {
    fast_float2::parse_partial(text).ok()
}

/// A field that is one float, white space around it allowed (`npy_to_double` in NumPy's `conversions.c`).
#[inline]
pub(in super::super) fn float(field: &[u8]) -> Option<f64> {
    fast_float2::parse(space::trim(field)).ok()
}

/// A field as `float()` reads a `str`: underscores between digits and digits of any script pass, and the information
/// separators are no white space. NumPy reads `float16` so.
pub(in super::super) fn lenient_float(field: &[u8]) -> Option<f64> {
    if field.iter().any(|byte| matches!(byte, 0x1c..=0x1f)) {
        return None;
    }
    fast_float2::parse(without_underscores(space::trim(field))?).ok()
}

/// The text with digits of ASCII for those of other scripts, and without its underscores, each of which must stand between two
/// digits.
pub(in super::super) fn without_underscores(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !text.is_ascii() {
        let text = ascii_digits(text)?;
        return without_underscores(text.as_bytes()).map(|text| Cow::Owned(text.into_owned()));
    }
    if !text.contains(&b'_') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    for (index, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            out.push(byte);
            continue;
        }
        let is_digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
        if !is_digit(index.checked_sub(1)) || !is_digit(Some(index + 1)) {
            return None;
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_python_takes() {
        let long = format!("0.{}1", "0".repeat(300));
        for (text, wanted) in [
            ("1", 1.0),
            ("+1.", 1.0),
            ("-.5", -0.5),
            (" 1e5\u{3000}", 1e5),
            ("1E+400", f64::INFINITY),
            ("-iNfInItY", f64::NEG_INFINITY),
            ("inf", f64::INFINITY),
            (&long, 1e-301),
        ] {
            assert_eq!(float(text.as_bytes()), Some(wanted), "{text}");
        }
        assert!(float(b"-nan").is_some_and(f64::is_nan));
        for text in ["", " ", ".", "1e", "e5", "+", "--1", "1_0", "0x10", "1 2", "1\0", "infin", "\u{661}"] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn underscores_stand_between_digits() {
        assert_eq!(lenient_float(b" 1_0.5_5 "), Some(10.55));
        assert_eq!(lenient_float(" \u{661}_\u{660}.5_\u{ff15}\u{a0}".as_bytes()), Some(10.55));
        for text in ["_1", "1_", "1__0", "1_.5", "1._5", "_", "\u{1c}1", "\u{661}__1", "\u{e9}", "1\u{b2}"] {
            assert_eq!(lenient_float(text.as_bytes()), None, "{text}");
        }
    }
}
