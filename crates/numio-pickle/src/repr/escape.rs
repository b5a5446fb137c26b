//! Text that is shown to people.

use std::borrow::Cow;
use std::fmt::Write;

/// Text that does not steer a terminal: controls, marks of direction and the like are written as in Python's string literals
/// (`\x1b`, `\u202e`); newlines and tabs stay. Text from files passes through this before it is shown to anyone.
///
/// ```
/// assert_eq!(numio_pickle::repr::escape_controls("größe\x1b[2J\u{202e}\n"), "größe\\x1b[2J\\u202e\n");
/// ```
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        // Writing to a String does not fail.
        let _ = match u32::from(char) {
            _ if !steers(char) => out.write_char(char),
            code @ ..0x100 => write!(out, "\\x{code:02x}"),
            code @ ..0x1_0000 => write!(out, "\\u{code:04x}"),
            code => write!(out, "\\U{code:08x}"),
        };
    }
    Cow::Owned(out)
}

/// Returns whether a character affects the text around it: C0 and C1 controls but newline and tab, marks of direction,
/// separators of lines, the byte order mark, annotations, tags.
fn steers(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        char => char.is_control(),
    }
}
