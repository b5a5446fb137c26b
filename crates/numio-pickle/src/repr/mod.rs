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

use std::borrow::Cow;
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

/// The private characters that mean lone surrogates in names: U+10F800 is U+D800. Python's strings have surrogates, and so do
/// names of fields, while Rust's have none.
const SURROGATES: std::ops::RangeInclusive<char> = '\u{10f800}'..='\u{10ffff}';

/// Returns whether a name would be taken for another one, in which there are surrogates.
pub fn is_ambiguous(name: &str) -> bool {
    name.contains(|c| SURROGATES.contains(&c))
}

/// The character of a name for a code point; `None` for those that mean surrogates already.
pub fn name_char(code: u32) -> Option<char> {
    match char::from_u32(code) {
        Some(c) if SURROGATES.contains(&c) => None,
        Some(c) => Some(c),
        None => char::from_u32(code.wrapping_sub(0xd800).wrapping_add(u32::from(*SURROGATES.start()))),
    }
}

/// The code points of a name, surrogates among them.
fn name_codes(name: &str) -> impl Iterator<Item = u32> + Clone + '_ {
    let first = u32::from(*SURROGATES.start());
    name.chars()
        .map(move |c| if SURROGATES.contains(&c) { u32::from(c) - first + 0xd800 } else { u32::from(c) })
}

/// Writes `repr` of a name in which there may be surrogates.
///
/// # Errors
/// Those of `out`.
pub fn name(out: &mut impl Write, name: &str) -> fmt::Result {
    if is_ambiguous(name) { code_points(out, name_codes(name)) } else { str(out, name) }
}

/// A name in UTF-8, in which surrogates have three bytes (Python's `surrogatepass`).
pub fn name_bytes(name: &str) -> Cow<'_, [u8]> {
    if !is_ambiguous(name) {
        return name.as_bytes().into();
    }
    let mut out = Vec::with_capacity(name.len());
    for code in name_codes(name) {
        match char::from_u32(code) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.extend([
                0xe0 | (code >> 12) as u8,
                0x80 | (code >> 6) as u8 & 0x3f,
                0x80 | code as u8 & 0x3f,
            ]),
        }
    }
    out.into()
}

/// The name for its code points; `None` where a character means a surrogate already.
pub fn name_of(codes: impl Iterator<Item = u32>) -> Option<String> {
    codes.map(name_char).collect()
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
    fn characters_that_do_not_print_are_escaped() {
        let text = "\0\t\n\r\\\x7f\u{a0}\u{ad}é\u{2028}日\u{e000}\u{1f600}\u{e0001}";
        let wanted = r"'\x00\t\n\r\\\x7f\xa0\xadé\u2028日\ue000😀\U000e0001'";
        assert_eq!(printed(|out| str(out, text)), wanted);
        assert_eq!(printed(|out| code_points(out, [0xd83d, 0xdc00, 97].into_iter())), r"'\ud83d\udc00a'");
        assert_eq!(printed(|out| bytearray(out, b"it's '")), r#"bytearray(b"it\'s \'")"#);
        assert_eq!(printed(|out| bytearray(out, b"'\"")), r#"bytearray(b'\'"')"#);
        assert_eq!(printed(|out| bytes(out, b"\0\t~\x7f\xff")), r"b'\x00\t~\x7f\xff'");
    }

    #[test]
    fn names_with_surrogates_keep_them() {
        let codes = [0xd800, 97, 0xdfff, 0x1f600];
        let kept = name_of(codes.into_iter()).unwrap();
        assert_eq!(printed(|out| name(out, &kept)), r"'\ud800a\udfff😀'");
        assert_eq!(*name_bytes(&kept), *b"\xed\xa0\x80a\xed\xbf\xbf\xf0\x9f\x98\x80");
        assert_eq!(name_of([0x10f800].into_iter()), None);
        assert_eq!(printed(|out| name(out, "it's")), "\"it's\"");
    }

    #[test]
    fn table_of_printable_runs_is_in_order() {
        assert!(UNPRINTABLE.iter().all(|(first, last)| first <= last));
        assert!(UNPRINTABLE.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
    }
}
