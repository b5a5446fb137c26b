//! Complex numbers: `1`, `2j`, `1+2j`, `1+-2j`, with or without parentheses (`to_complex_int` in NumPy's
//! `conversions.c`).

use num_complex::Complex64;

use super::super::space::trim_start;
use super::prefix;

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
        for text in ["", "(", "()", "(1", "1)", "1+2", "1 + 2j", "1+2i", "j", "1-+2j", "1+2jj", "((1))"] {
            assert_eq!(complex(text.as_bytes()), None, "{text}");
        }
    }
}
