//! Complex numbers: `1`, `2j`, `1+2j`, `1+-2j`, with or without parentheses (`to_complex_int` in NumPy's
//! `conversions.c`).

use num_complex::Complex64;

use super::super::space::{trim, trim_start};
use super::{prefix, without_underscores};

/// A field that is one complex number.
pub(in super::super) fn complex(field: &[u8]) -> Option<Complex64> {
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
pub(in super::super) fn python_complex(field: &[u8]) -> Option<Complex64> {
    if field.iter().any(|byte| matches!(byte, 0x1c..=0x1f)) {
        return None;
    }
    let field = without_underscores(trim(field))?;
    let rest = match field.strip_prefix(b"(") {
        Some(rest) => trim(rest.strip_suffix(b")")?),
        None => &field[..],
    };
    let unit = |sign: u8| if sign == b'-' { -1.0 } else { 1.0 };
    let is_j = |rest: &[u8]| matches!(rest, [b'j' | b'J']);
    match (number(rest), rest) {
        (Some((re, [])), _) => Some(Complex64::new(re, 0.0)),
        (Some((im, after)), _) if is_j(after) => Some(Complex64::new(0.0, im)),
        (Some((re, after @ [sign @ (b'+' | b'-'), tail @ ..])), _) => match number(after) {
            Some((im, after)) => is_j(after).then(|| Complex64::new(re, im)),
            None => is_j(tail).then(|| Complex64::new(re, unit(*sign))),
        },
        (None, [sign @ (b'+' | b'-'), tail @ ..]) => is_j(tail).then(|| Complex64::new(0.0, unit(*sign))),
        (None, tail) => is_j(tail).then(|| Complex64::new(0.0, 1.0)),
        _ => None,
    }
}

fn number(text: &[u8]) -> Option<(f64, &[u8])> {
    let (value, len) = prefix(text)?;
    Some((value, text.get(len..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
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
