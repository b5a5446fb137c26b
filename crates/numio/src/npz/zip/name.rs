//! Names of members: UTF-8 where a flag says so, else the character set of the first IBM PC (APPNOTE appendix D).

use super::flags;

/// Code page 437 from 128 on, as Python's codec has it.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The text of a name. As in Python, it ends before the first NUL. What is no UTF-8 though it should be becomes
/// replacement characters: one bad name must not cost the other members.
pub(crate) fn decode(bytes: &[u8], flags: u16) -> String {
    let text = if flags & flags::UTF8 != 0 || bytes.is_ascii() {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        bytes.iter().map(|&byte| cp437(byte)).collect()
    };
    match text.split_once('\0') {
        Some((before, _)) => before.to_owned(),
        None => text,
    }
}

fn cp437(byte: u8) -> char {
    match byte.checked_sub(128) {
        Some(high) => CP437.chars().nth(high.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(byte),
    }
}

/// Whether `name` is a plain relative path: nothing that would lead out of the directory into which it is unpacked, on
/// any system.
pub(crate) fn is_plain(name: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..");
    !name.contains(['\\', ':', '\0']) && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_decides_on_the_character_set() {
        assert_eq!(decode("é".as_bytes(), flags::UTF8), "é");
        assert_eq!(decode(b"\x82\xe1\xff", 0), "éß\u{a0}");
        assert_eq!(decode(b"\xff", flags::UTF8), "\u{fffd}");
        assert_eq!(decode(b"a\0b", 0), "a");
        assert_eq!(CP437.chars().count(), 128);
    }

    #[test]
    fn paths_that_lead_elsewhere_are_not_plain() {
        for name in ["a", "a.npy", "a/b.npy", "..a", "a..", "ü"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "/a", "../a", "a/../b", "a//b", "./a", "a/", "c:a", "a\\b", "\\\\host\\a", "a\0"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
