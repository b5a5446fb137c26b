//! Python's `repr` of strings, bytes and floats, as CPython 3.11 has it (`Objects/unicodeobject.c`, `Objects/bytesobject.c`,
//! `Python/pystrtod.c`).
//!
//! ```
//! let mut out = String::new();
//! numio_pickle::repr::str(&mut out, "it's\u{1b}")?;
//! numio_pickle::repr::float(&mut out, 1e22)?;
//! assert_eq!(out, r#""it's\x1b"1e+22"#);
//! # Ok::<(), std::fmt::Error>(())
//! ```

mod escape;
mod float;
mod printable;

use std::fmt::{self, Write};

pub use self::escape::escape_controls;
pub use self::float::{ShortestDigits, complex, float, special};
use self::printable::UNPRINTABLE;

/// Python's `str.isprintable` of one code point.
pub fn is_printable(code: u32) -> bool {
    if code < 0x7f {
        return code >= 0x20;
    }
    let run = UNPRINTABLE.partition_point(|&(_, last)| last < code);
    UNPRINTABLE.get(run).is_none_or(|&(first, _)| code < first)
}

/// Writes `repr` of a string.
///
/// # Errors
/// Those of `out`.
pub fn str(out: &mut impl Write, text: &str) -> fmt::Result {
    let quote = quote(text.as_bytes());
    out.write_char(quote)?;
    let mut rest = text;
    // Runs that print as they are go out whole.
    while let Some(at) = rest.find(|c: char| c == quote || c == '\\' || !is_printable(u32::from(c))) {
        let (plain, escaped) = rest.split_at(at);
        out.write_str(plain)?;
        let mut chars = escaped.chars();
        if let Some(c) = chars.next() {
            code_point(out, u32::from(c), quote)?;
        }
        rest = chars.as_str();
    }
    out.write_str(rest)?;
    out.write_char(quote)
}

/// Writes `repr` of a string that may hold surrogates, given as code points.
///
/// # Errors
/// Those of `out`.
pub fn code_points(out: &mut impl Write, codes: impl Iterator<Item = u32> + Clone) -> fmt::Result {
    let has = |wanted: char| codes.clone().any(|code| code == u32::from(wanted));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    out.write_char(quote)?;
    for code in codes {
        code_point(out, code, quote)?;
    }
    out.write_char(quote)
}

/// Writes `repr` of bytes, with the `b`.
///
/// # Errors
/// Those of `out`.
pub fn bytes(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    escaped(out, bytes, quote(bytes))
}

/// Writes `repr` of a bytearray. CPython escapes its single quotes even between double ones.
///
/// # Errors
/// Those of `out`.
pub fn bytearray(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    out.write_str("bytearray(")?;
    let quote = quote(bytes);
    if quote == '"' {
        let mut parts = bytes.split(|&byte| byte == b'\'');
        out.write_str("b\"")?;
        parts.next().map_or(Ok(()), |first| inner(out, first, quote))?;
        for part in parts {
            out.write_str("\\'")?;
            inner(out, part, quote)?;
        }
        out.write_str("\")")
    } else {
        escaped(out, bytes, quote)?;
        out.write_char(')')
    }
}

fn escaped(out: &mut impl Write, bytes: &[u8], quote: char) -> fmt::Result {
    write!(out, "b{quote}")?;
    inner(out, bytes, quote)?;
    out.write_char(quote)
}

fn inner(out: &mut impl Write, bytes: &[u8], quote: char) -> fmt::Result {
    for &byte in bytes {
        if byte < 0x7f {
            code_point(out, u32::from(byte), quote)?;
        } else {
            write!(out, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

/// Python's choice: single quotes, unless only double ones need no escaping.
fn quote(bytes: &[u8]) -> char {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' }
}

fn code_point(out: &mut impl Write, code: u32, quote: char) -> fmt::Result {
    match char::from_u32(code) {
        Some('\t') => out.write_str("\\t"),
        Some('\n') => out.write_str("\\n"),
        Some('\r') => out.write_str("\\r"),
        Some(c) if c == quote || c == '\\' => {
            out.write_char('\\')?;
            out.write_char(c)
        }
        Some(c) if is_printable(code) => out.write_char(c),
        _ if code <= 0xff => write!(out, "\\x{code:02x}"),
        _ if code <= 0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(write: impl Fn(&mut String) -> fmt::Result) -> String {
        let mut out = String::new();
        write(&mut out).unwrap();
        out
    }

    #[test]
    fn strings_choose_their_quotes() {
        for (text, wanted) in [("it", "'it'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("\"", "'\"'")] {
            assert_eq!(printed(|out| str(out, text)), wanted);
            assert_eq!(printed(|out| code_points(out, text.chars().map(u32::from))), wanted);
            assert_eq!(printed(|out| bytes(out, text.as_bytes())), format!("b{wanted}"));
        }
    }

    #[test]
    fn what_does_not_print_is_escaped() {
        let text = "\0\t\n\r\\\x7f\u{a0}\u{ad}é\u{2028}日\u{e000}\u{1f600}\u{e0001}";
        let wanted = r"'\x00\t\n\r\\\x7f\xa0\xadé\u2028日\ue000😀\U000e0001'";
        assert_eq!(printed(|out| str(out, text)), wanted);
        assert_eq!(printed(|out| code_points(out, [0xd83d, 0xdc00, 97].into_iter())), r"'\ud83d\udc00a'");
        assert_eq!(printed(|out| bytearray(out, b"it's '")), r#"bytearray(b"it\'s \'")"#);
        assert_eq!(printed(|out| bytearray(out, b"'\"")), r#"bytearray(b'\'"')"#);
        assert_eq!(printed(|out| bytes(out, b"\0\t~\x7f\xff")), r"b'\x00\t~\x7f\xff'");
    }

    #[test]
    fn runs_are_in_order_and_apart() {
        assert!(UNPRINTABLE.iter().all(|(first, last)| first <= last));
        assert!(UNPRINTABLE.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
    }
}
