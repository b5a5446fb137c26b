//! Integers inside dtype texts, which NumPy reads with C's `strtol`.

/// The integer at the start of `text` and the bytes it takes: white space, one sign, digits. `None` without digits. A
/// value that does not fit becomes the nearest that does, which every caller refuses.
pub(super) fn leading_integer(text: &str) -> Option<(i64, usize)> {
    let bytes = text.as_bytes();
    // C's isspace: Rust's leaves out the vertical tab.
    let is_space = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 0x0b;
    let start = bytes.iter().take_while(is_space).count();
    let sign = bytes.get(start).filter(|byte| matches!(byte, b'+' | b'-'));
    let start = start + usize::from(sign.is_some());
    let digits = bytes.get(start..)?;
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 {
        return None;
    }
    let value = digits
        .iter()
        .take(len)
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    Some((if sign == Some(&b'-') { -value } else { value }, start + len))
}
