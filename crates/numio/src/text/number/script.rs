//! Decimal digits of all scripts.

/// Where in Unicode the ten digits of each script start, ASCII left out: the characters of the general category Nd with the
/// value 0, in the version 14 of `UnicodeData.txt`, which is CPython 3.11's.
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
pub(super) fn ascii_digits(text: &[u8]) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_script() {
        let read = |text: &str| ascii_digits(text.as_bytes()).unwrap();
        assert_eq!(read("\u{661}\u{662}.\u{6f9}e-\u{ff10}"), "12.9e-0");
        assert_eq!(read("\u{1d7ff}\u{1d7ce}1"), "901");
        // Before the first, after the last, superscripts and fractions.
        assert_eq!(read("\u{65f}\u{66a}\u{b2}\u{bd}\u{1fbfa}\u{a0}_"), "????? _");
        assert_eq!(ascii_digits(b"\xff"), None);
        assert!(ZEROS.is_sorted_by(|a, b| a + 10 <= *b));
    }
}
