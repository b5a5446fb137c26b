//! Numbers as Python's tokenizer cuts them (CPython `Parser/tokenizer.c`, "Lexical analysis: Numeric literals").

use super::Value;
use super::error::LiteralError;
use super::int::Int;

/// Reads the number at the start of `text`, which begins with a digit or with a dot and a digit. Gives the value and
/// how many bytes it took; what follows is the caller's to judge.
pub(super) fn number(text: &[u8]) -> Result<(Value<'static>, usize), LiteralError> {
    if let [b'0', base @ (b'x' | b'X' | b'o' | b'O' | b'b' | b'B'), rest @ ..] = text {
        let radix = match base {
            b'x' | b'X' => 16,
            b'o' | b'O' => 8,
            _ => 2,
        };
        // The first digit, too, may follow an underscore: `0x_ff`.
        let skip = usize::from(rest.first() == Some(&b'_'));
        let digits = rest.get(skip..).unwrap_or_default();
        let len = digit_run(digits, radix)?;
        if len == 0 {
            return Err(LiteralError::Number("no digits after the base"));
        }
        let value = Int::from_digits(digits.get(..len).unwrap_or_default(), radix);
        return Ok((Value::Int(value.ok_or(LONG)?), 2 + skip + len));
    }
    let mut end = digit_run(text, 10)?;
    let whole = text.get(..end).unwrap_or_default();
    let mut is_float = false;
    if text.get(end) == Some(&b'.') {
        is_float = true;
        end += 1;
        end += digit_run(text.get(end..).unwrap_or_default(), 10)?;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let len = digit_run(text.get(end + 1 + sign..).unwrap_or_default(), 10)?;
        if len == 0 {
            return Err(LiteralError::Number("no digits after the exponent's e"));
        }
        is_float = true;
        end += 1 + sign + len;
    }
    let is_imaginary = matches!(text.get(end), Some(b'j' | b'J'));
    if is_float || is_imaginary {
        let value = float(text.get(..end).unwrap_or_default())?;
        return Ok(if is_imaginary {
            (Value::Complex(0.0, value), end + 1)
        } else {
            (Value::Float(value), end)
        });
    }
    if whole.first() == Some(&b'0') && whole.iter().any(|digit| (b'1'..=b'9').contains(digit)) {
        return Err(LiteralError::Number("leading zeros: octal is written 0o"));
    }
    Ok((Value::Int(Int::from_digits(whole, 10).ok_or(LONG)?), end))
}

const LONG: LiteralError = LiteralError::Number("more than 4300 decimal digits");

/// The length of the digits at the start, single underscores between them allowed.
fn digit_run(text: &[u8], radix: u32) -> Result<usize, LiteralError> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(|&byte| char::from(byte).is_digit(radix));
    let mut len = 0;
    loop {
        if is_digit(text.get(len)) {
            len += 1;
        } else if text.get(len) == Some(&b'_') && len > 0 {
            if !is_digit(text.get(len + 1)) {
                return Err(LiteralError::Number("an underscore stands between two digits"));
            }
            len += 1;
        } else {
            return Ok(len);
        }
    }
}

fn float(text: &[u8]) -> Result<f64, LiteralError> {
    let digits: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'_').collect();
    // Rust reads every decimal float that Python writes, and rounds to nearest as Python does.
    let value = std::str::from_utf8(&digits).ok().and_then(|text| text.parse().ok());
    value.ok_or(LiteralError::Number("not a decimal number"))
}
