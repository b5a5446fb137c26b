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

/// Returns whether a character affects the text around it: C0 and C1 controls but newline and tab, separators of lines, and
/// all that Unicode calls format characters, such as marks of direction, soft hyphens, annotations and tags.
fn steers(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' => true,
        '\u{180e}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' => true,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        char => char.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::escape_controls;

    #[test]
    fn format_characters_are_escaped_wherever_they_stand() {
        let text = "soft\u{ad}hyphen \u{600}1 \u{180e} \u{1d173} \u{e0041} größe \u{301}\t\n";
        let shown = "soft\\xadhyphen \\u06001 \\u180e \\U0001d173 \\U000e0041 größe \u{301}\t\n";
        assert_eq!(escape_controls(text), shown);
    }
}
