//! The texts inside pickles: Python's string escapes, raw-unicode-escape, and UTF-8 that passes surrogates.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::repr;

/// Undoes the escapes of a Python bytes literal, as `codecs.escape_decode` (CPython's `_PyBytes_DecodeEscape`).
/// Nothing where an escape is cut short.
pub(crate) fn unescape(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !line.contains(&b'\\') {
        return Some(Cow::Borrowed(line));
    }
    let mut out = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next()? {
            plain @ (b'\\' | b'\'' | b'"') => out.push(plain),
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            b'x' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                out.push((digit()? * 16 + digit()?) as u8);
            }
            first @ b'0'..=b'7' => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                }
                // Python keeps the low eight bits of `\777`.
                out.push(value as u8);
            }
            other => out.extend([b'\\', other]),
        }
    }
    Some(Cow::Owned(out))
}

/// Decodes raw-unicode-escape into UTF-8 that passes surrogates: bytes are Latin-1, and `\u` and `\U` are the only
/// escapes. Nothing where one is cut short or names no code point.
pub(crate) fn raw_unicode(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    if line.is_ascii() && !line.contains(&b'\\') {
        return Some(Cow::Borrowed(line));
    }
    let mut out = Vec::with_capacity(line.len() * 2);
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        let escape = if byte == b'\\' { bytes.next() } else { None };
        let digits = match escape {
            Some(b'u') => 4,
            Some(b'U') => 8,
            // Any other backslash is one, and so is what follows it.
            other => {
                push_code_point(&mut out, u32::from(byte));
                other.into_iter().for_each(|byte| push_code_point(&mut out, u32::from(byte)));
                continue;
            }
        };
        let mut code = 0u32;
        for _ in 0..digits {
            code = code.checked_mul(16)? + char::from(bytes.next()?).to_digit(16)?;
        }
        (code <= 0x0010_ffff).then(|| push_code_point(&mut out, code))?;
    }
    Some(Cow::Owned(out))
}

/// Latin-1 to UTF-8.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Appends a code point, surrogates too, as UTF-8 would.
pub(crate) fn push_code_point(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let low = |shift: u32| 0x80 | (code >> shift) as u8 & 0x3f;
            out.extend([0xe0 | (code >> 12) as u8 & 0x0f, low(6), low(0)]);
        }
    }
}

/// Where bytes stop being UTF-8 with surrogates passed; nothing where all of them are.
pub(crate) fn first_invalid(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(bytes.get(at..)?) {
        at += error.valid_up_to();
        match bytes.get(at..)? {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => at += 3,
            _ => return Some(at),
        }
    }
    None
}

/// The code points of UTF-8 with surrogates passed. A byte that belongs to neither is left out.
#[derive(Debug, Clone)]
pub(crate) struct CodePoints<'a>(pub(crate) &'a [u8]);

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let len = match *self.0 {
                [] => return None,
                [0xed, b @ 0xa0..=0xbf, c @ 0x80..=0xbf, ref rest @ ..] => {
                    self.0 = rest;
                    return Some(0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f));
                }
                [..0x80, ..] => 1,
                [..0xe0, ..] => 2,
                [..0xf0, ..] => 3,
                _ => 4,
            };
            let found = self.0.split_at_checked(len);
            if let Some((Ok(text), rest)) = found.map(|(char, rest)| (std::str::from_utf8(char), rest)) {
                self.0 = rest;
                return text.chars().next().map(u32::from);
            }
            self.0 = self.0.get(1..).unwrap_or_default();
        }
    }
}

/// Python's `repr` of a string in UTF-8 with surrogates passed.
pub(crate) fn write_repr(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    match std::str::from_utf8(bytes) {
        Ok(text) => repr::str(out, text),
        Err(_) => repr::code_points(out, CodePoints(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let undone = |line: &[u8]| unescape(line).map(Cow::into_owned);
        assert_eq!(undone(br"plain"), Some(b"plain".to_vec()));
        assert_eq!(undone(br#"\\\'\"\a\b\f\n\r\t\v"#), Some(b"\\'\"\x07\x08\x0c\n\r\t\x0b".to_vec()));
        assert_eq!(undone(br"\x00\xfF\0\18\1234\777\q"), Some(b"\x00\xff\0\x018S4\xff\\q".to_vec()));
        for cut in [&br"\"[..], br"\x", br"\x1", br"\xg0"] {
            assert_eq!(undone(cut), None);
        }
    }

    #[test]
    fn raw_unicode_escapes_are_undone() {
        let undone = |line: &[u8]| raw_unicode(line).map(Cow::into_owned);
        assert_eq!(undone(b"a\xe9"), Some("aé".into()));
        assert_eq!(undone(br"\u20ac\U0001f600\n\\u0041"), Some(r"€😀\n\\u0041".into()));
        assert_eq!(undone(br"\ud83d"), Some(vec![0xed, 0xa0, 0xbd]));
        assert_eq!(undone(br"a\"), Some(br"a\".to_vec()));
        for cut in [&br"\u123"[..], br"\U00110000", br"\Uffffffff", br"\u12g4"] {
            assert_eq!(undone(cut), None);
        }
    }

    #[test]
    fn surrogates_pass_and_nothing_else_does() {
        let mut bytes = "é".as_bytes().to_vec();
        for code in [0xd800, 0xdfff, 97, 0xd83d, 0xde00, 0x1f600, 0xd7ff, 0xe000] {
            push_code_point(&mut bytes, code);
        }
        assert_eq!(first_invalid(&bytes), None);
        let codes = [0xe9, 0xd800, 0xdfff, 97, 0xd83d, 0xde00, 0x1f600, 0xd7ff, 0xe000];
        assert_eq!(CodePoints(&bytes).collect::<Vec<_>>(), codes);
        for (bytes, at) in
            [(&b"a\xff"[..], 1), (b"\xed\xa0\x80\xed\xa0", 3), (b"ab\xc0\x80", 2), (b"\xf4\x90\x80\x80", 0)]
        {
            assert_eq!(first_invalid(bytes), Some(at));
        }
    }
}
