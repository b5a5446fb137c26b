//! White space as Python's `str.isspace` has it: what separates and surrounds fields.

/// The length of the white space character at the start of `text`; 0 without one.
#[inline]
pub(crate) fn leading(text: &[u8]) -> usize {
    match text {
        [b' ' | b'\t'..=b'\r' | 0x1c..=0x1f, ..] => 1,
        [0xc2, 0x85 | 0xa0, ..] => 2,
        [first @ 0xe1..=0xe3, second, third, ..] => 3 * usize::from(is_wide([*first, *second, *third])),
        _ => 0,
    }
}

/// The length of the white space character at the end of `text`; 0 without one.
#[inline]
fn trailing(text: &[u8]) -> usize {
    match text {
        [.., b' ' | b'\t'..=b'\r' | 0x1c..=0x1f] => 1,
        [.., 0xc2, 0x85 | 0xa0] => 2,
        [.., first, second, third @ 0x80..=0xff] => 3 * usize::from(is_wide([*first, *second, *third])),
        _ => 0,
    }
}

/// White space of three bytes: U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
fn is_wide(bytes: [u8; 3]) -> bool {
    matches!(
        bytes,
        [0xe1, 0x9a, 0x80]
            | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf]
            | [0xe2, 0x81, 0x9f]
            | [0xe3, 0x80, 0x80]
    )
}

/// `text` without white space at its start.
#[inline]
pub(crate) fn trim_start(mut text: &[u8]) -> &[u8] {
    loop {
        match leading(text) {
            0 => return text,
            len => text = text.get(len..).unwrap_or_default(),
        }
    }
}

/// `text` without white space around it.
#[inline]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let mut text = trim_start(text);
    loop {
        match trailing(text) {
            0 => return text,
            len => text = text.get(..text.len() - len).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_agrees_with_unicode() {
        for c in '\0'..='\u{3100}' {
            let mut buffer = [0; 4];
            let text = c.encode_utf8(&mut buffer).as_bytes();
            // Python counts the four information separators too.
            let wanted = if c.is_whitespace() || ('\x1c'..='\x1f').contains(&c) { text.len() } else { 0 };
            assert_eq!((leading(text), trailing(text)), (wanted, wanted), "{c:?}");
        }
    }

    #[test]
    fn white_space_is_trimmed_at_both_ends() {
        assert_eq!(trim(" \u{3000}a b\u{a0}\t".as_bytes()), b"a b");
        assert_eq!(trim(b" \x1f "), b"");
    }
}
