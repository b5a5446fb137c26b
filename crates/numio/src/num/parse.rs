//! Numbers read from text by Python's and NumPy's rules: nothing that only looks like a number passes.
//!
//! Every function takes the bytes of one field and returns `None` if they are no such number. Floats are correctly
//! rounded whatever their length; integers have one sign and digits, no point, exponent or underscore (NumPy's
//! `str_to_int.c`); complex numbers are `1`, `2j`, `1+2j` or `1+-2j`, with or without parentheses (`to_complex_int` in
//! NumPy's `conversions.c`). Separate functions read numbers as Python's own `int`, `float` and `complex` do.

use std::borrow::Cow;

use num_complex::{Complex, Complex64};

use crate::num::space::{trim, trim_start};

/// The float that `text` starts with, and the bytes it takes: what CPython's `PyOS_string_to_double` reads.
#[inline]
pub(crate) fn prefix(text: &[u8]) -> Option<(f64, usize)> {
    fast_float2::parse_partial(text).ok()
}

/// A field that is one float, white space around it allowed (`npy_to_double` in NumPy's `conversions.c`).
#[inline]
pub(crate) fn float(field: &[u8]) -> Option<f64> {
    fast_float2::parse(trim(field)).ok()
}

/// A field as `float()` reads a `str`: underscores between digits and digits of any script pass, and the information
/// separators are no white space. NumPy reads `float16` so.
pub(crate) fn lenient_float(field: &[u8]) -> Option<f64> {
    if field.iter().any(|byte| matches!(byte, 0x1c..=0x1f)) {
        return None;
    }
    fast_float2::parse(without_underscores(trim(field))?).ok()
}

/// The text with digits of ASCII for those of other scripts, and without its underscores, each of which must stand between two
/// digits.
pub(crate) fn without_underscores(text: &[u8]) -> Option<Cow<'_, [u8]>> {
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

/// The digits that `text` starts with: their value, and how many. `None` without a digit, or above `u64::MAX`.
#[inline]
pub(crate) fn digits(text: &[u8]) -> Option<(u64, usize)> {
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
pub(crate) fn signed(field: &[u8]) -> Option<i64> {
    let field = trim(field);
    let (negative, rest) = match field.first() {
        Some(b'-') => (true, field.get(1..)?),
        Some(b'+') => (false, field.get(1..)?),
        _ => (false, field),
    };
    let magnitude = whole(rest)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A field that is one integer of 64 bits without sign; `+` is allowed.
pub(crate) fn unsigned(field: &[u8]) -> Option<u64> {
    let field = trim(field);
    whole(field.strip_prefix(b"+").unwrap_or(field))
}

/// A field that is one count of ticks, as C's `strtol` reads it: white space only before it, and what does not fit is
/// the nearest that does. NumPy reads `timedelta64` so; an empty field and `NaT` in any case are `NaT`.
pub(crate) fn ticks(field: &[u8]) -> Option<i64> {
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

/// A field that is one complex number.
pub(crate) fn complex(field: &[u8]) -> Option<Complex64> {
    let rest = trim_start(field);
    let (open, rest) = match rest.strip_prefix(b"(") {
        Some(rest) => (true, trim_start(rest)),
        None => (false, rest),
    };
    let (first, mut rest) = number(rest)?;
    let mut value = Complex64::new(first, 0.0);
    match rest.first() {
        Some(b'j') => {
            value = Complex64::new(0.0, first);
            rest = rest.get(1..)?;
        }
        Some(sign @ (b'+' | b'-')) => {
            // After a plus the second number may have a sign of its own.
            let (second, after) = number(if *sign == b'+' { rest.get(1..)? } else { rest })?;
            value.im = second;
            rest = after.strip_prefix(b"j")?;
        }
        _ => {}
    }
    if open {
        rest = trim_start(rest).strip_prefix(b")")?;
    }
    trim_start(rest).is_empty().then_some(value)
}

/// A field as Python's `complex()` reads it: no white space within, and the number before `j` may be left out
/// (`complex_from_string_inner` in CPython's `complexobject.c`).
pub(crate) fn python_complex(field: &[u8]) -> Option<Complex64> {
    python_complex_of(field, |text| prefix(text).map(|(value, _)| value))
}

/// The same with parts of any kind, which `read` makes of the text of one number.
pub(crate) fn python_complex_of<T: From<f64>>(
    field: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
) -> Option<Complex<T>> {
    if field.iter().any(|byte| matches!(byte, 0x1c..=0x1f)) {
        return None;
    }
    let field = without_underscores(trim(field))?;
    let rest = match field.strip_prefix(b"(") {
        Some(rest) => trim(rest.strip_suffix(b")")?),
        None => &field[..],
    };
    let number = |text| {
        let (_, len) = prefix(text)?;
        let (number, rest) = text.split_at_checked(len)?;
        Some((read(number)?, rest))
    };
    let unit = |sign: u8| T::from(if sign == b'-' { -1.0 } else { 1.0 });
    let zero = || T::from(0.0);
    let is_j = |rest: &[u8]| matches!(rest, [b'j' | b'J']);
    match (number(rest), rest) {
        (Some((re, [])), _) => Some(Complex::new(re, zero())),
        (Some((im, after)), _) if is_j(after) => Some(Complex::new(zero(), im)),
        (Some((re, after @ [sign @ (b'+' | b'-'), tail @ ..])), _) => match number(after) {
            Some((im, after)) => is_j(after).then(|| Complex::new(re, im)),
            None => is_j(tail).then(|| Complex::new(re, unit(*sign))),
        },
        (None, [sign @ (b'+' | b'-'), tail @ ..]) => is_j(tail).then(|| Complex::new(zero(), unit(*sign))),
        (None, tail) => is_j(tail).then(|| Complex::new(zero(), T::from(1.0))),
        _ => None,
    }
}

fn number(text: &[u8]) -> Option<(f64, &[u8])> {
    let (value, len) = prefix(text)?;
    Some((value, text.get(len..)?))
}

/// The code points at which the ten digits of each script start, ASCII left out: the characters of the general category
/// Nd with the value 0, in the version 14 of `UnicodeData.txt`, which is CPython 3.11's.
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50,
    0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140,
    0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The text in ASCII: all decimal digits as ASCII's, white space as blanks, and a question mark for whatever else, as `int()`,
/// `float()` and `complex()` read it (`_PyUnicode_TransformDecimalAndSpaceToASCII` in CPython's `unicodeobject.c`). `None`
/// where it is not UTF-8.
pub(crate) fn ascii_digits(text: &[u8]) -> Option<String> {
    let digit = |c: char| {
        let code = u32::from(c);
        let zero = *ZEROS.get(ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?)?;
        char::from_digit(code - zero, 10)
    };
    let plain = |c: char| match c {
        _ if c.is_ascii() => c,
        _ if c.is_whitespace() => ' ',
        _ => digit(c).unwrap_or('?'),
    };
    Some(std::str::from_utf8(text).ok()?.chars().map(plain).collect())
}

/// A number as Fortran prints it, in the form that other languages read: `1.0D+05` and `1.0Q+05` as `1.0e+05`, and
/// `0.33-104`, from which Fortran leaves out the letter where the exponent takes three digits, as `0.33e-104`. `None`
/// for all other texts, those included that need no change.
///
/// ```
/// use numio::text::fortran_number;
///
/// assert_eq!(fortran_number("1.0D+05").as_deref(), Some("1.0e+05"));
/// assert_eq!(fortran_number(" -0.33-104").as_deref(), Some(" -0.33e-104"));
/// assert_eq!(fortran_number("1.0e5"), None);
/// assert_eq!(fortran_number("2020-01-02"), None);
/// ```
pub fn fortran_number(text: &str) -> Option<String> {
    let start = text.len() - text.trim_start().len();
    let body = text.get(start..)?;
    let signs = usize::from(body.starts_with(['+', '-']));
    let mantissa =
        body.get(signs..)?.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, rest) = text.split_at_checked(start + signs + mantissa)?;
    let points = number.matches('.').count();
    if !number.contains(|char: char| char.is_ascii_digit()) || points > 1 {
        return None;
    }
    let (exponent, is_short) = match rest.strip_prefix(['d', 'D', 'q', 'Q']) {
        Some(exponent) => (exponent, false),
        // Without a point it may be a date or a range.
        None => (rest, true),
    };
    if is_short && (points == 0 || !exponent.starts_with(['+', '-'])) {
        return None;
    }
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent).trim_end();
    let is_exponent = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_exponent.then(|| format!("{number}e{exponent}"))
}

/// The same for the bytes of a field.
pub(crate) fn plain_fortran(field: &[u8]) -> Option<Vec<u8>> {
    fortran_number(std::str::from_utf8(field).ok()?).map(String::into_bytes)
}

#[cfg(test)]
mod float_tests {
    use super::*;

    #[test]
    fn float_takes_what_python_takes() {
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

#[cfg(test)]
mod int_tests {
    use super::*;

    #[test]
    fn integers_of_the_whole_range_and_no_others_are_read() {
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

#[cfg(test)]
mod complex_tests {
    use super::*;

    #[test]
    fn complex_numbers_of_every_form_are_read() {
        for (text, re, im) in [
            ("1", 1.0, 0.0),
            (" 2.5j ", 0.0, 2.5),
            ("1+2j", 1.0, 2.0),
            ("1+-2j", 1.0, -2.0),
            ("(1-2j)", 1.0, -2.0),
            (" ( 1e5+2j ) ", 1e5, 2.0),
            ("(3)", 3.0, 0.0),
            ("-inf+infj", f64::NEG_INFINITY, f64::INFINITY),
        ] {
            assert_eq!(complex(text.as_bytes()), Some(Complex64::new(re, im)), "{text}");
        }
        for (text, re, im) in
            [("j", 0.0, 1.0), ("-J", 0.0, -1.0), ("1-j", 1.0, -1.0), (" ( 1_0+2.5j ) ", 10.0, 2.5)]
        {
            assert_eq!(python_complex(text.as_bytes()), Some(Complex64::new(re, im)), "{text}");
        }
        for text in ["", "()", "1 + 2j", "1++2j", "1+2", "1j+2", "jj", "(1", "1)", "((1))"] {
            assert_eq!(python_complex(text.as_bytes()), None, "{text}");
        }
        for text in ["", "(", "()", "(1", "1)", "1+2", "1 + 2j", "1+2i", "j", "1-+2j", "1+2jj", "((1))"] {
            assert_eq!(complex(text.as_bytes()), None, "{text}");
        }
    }
}

#[cfg(test)]
mod script_tests {
    use super::*;

    #[test]
    fn digits_of_any_script_are_read() {
        let read = |text: &str| ascii_digits(text.as_bytes()).unwrap();
        assert_eq!(read("\u{661}\u{662}.\u{6f9}e-\u{ff10}"), "12.9e-0");
        assert_eq!(read("\u{1d7ff}\u{1d7ce}1"), "901");
        // Before the first, after the last, superscripts and fractions.
        assert_eq!(read("\u{65f}\u{66a}\u{b2}\u{bd}\u{1fbfa}\u{a0}_"), "????? _");
        assert_eq!(ascii_digits(b"\xff"), None);
        assert!(ZEROS.is_sorted_by(|a, b| a + 10 <= *b));
    }
}

#[cfg(test)]
mod fortran_tests {
    use super::*;

    #[test]
    fn only_numbers_of_fortran_change() {
        for (text, wanted) in [
            ("1.5d3", Some("1.5e3")),
            ("+.5D-10 ", Some("+.5e-10 ")),
            ("7D2", Some("7e2")),
            ("0.123+100", Some("0.123e+100")),
            ("-0.1-300", Some("-0.1e-300")),
            ("1.0E+05", None),
            ("1+2", None),
            ("1.2.3-4", None),
            (".D5", None),
            ("D5", None),
            ("1.0D", None),
            ("1.0D5x", None),
            ("0.3-", None),
            ("", None),
        ] {
            assert_eq!(fortran_number(text).as_deref(), wanted, "{text:?}");
        }
    }
}
