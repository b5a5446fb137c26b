//! The grammar of zip archives (PKWARE's APPNOTE.TXT 6.3.10), as far as `.npz` needs it: records as values, from bytes and
//! to bytes. Where APPNOTE leaves a choice, Python's `zipfile` makes it, since NumPy reads and writes through that.
//!
//! ```text
//! local header, name, extra, data      } for each member
//! central record, name, extra, comment } for each member: the directory
//! zip64 end record, zip64 locator        where a number does not fit into the end record
//! end record, comment
//! ```

use std::fmt;

mod end;
pub(crate) mod records;

pub(crate) use self::{decode as decode_name, is_plain as is_plain_name};
pub(crate) use crate::npz::zip::end::{End, EndFault};
pub(crate) use crate::npz::zip::records::{ExtraFault, NewRecord, Record};
pub(crate) use crate::npz::zip::records::{Local, NewLocal};
pub(crate) use crate::npz::zip::records::{find_extra, put_extra};

/// Bits of the flags that both headers carry (APPNOTE 4.4.4).
pub(crate) mod flags {
    /// The data are encrypted.
    pub(crate) const ENCRYPTED: u16 = 1;
    /// The local header's sizes and CRC are zero, and come after the data.
    pub(crate) const DESCRIPTOR: u16 = 1 << 3;
    /// The data are a patch to something else.
    pub(crate) const PATCH: u16 = 1 << 5;
    /// The data are encrypted in PKWARE's own way.
    pub(crate) const STRONG: u16 = 1 << 6;
    /// The name is UTF-8.
    pub(crate) const UTF8: u16 = 1 << 11;
}

/// The extra field of the index of a member's blocks: `np`. None of those that APPNOTE lists; every other reader skips it.
pub(crate) const INDEX_ID: u16 = u16::from_le_bytes(*b"np");

/// The value of a 16-bit field whose number is in a zip64 record.
const SEE_ZIP64_16: u16 = u16::MAX;
/// The value of a 32-bit field whose number is in a zip64 record.
const SEE_ZIP64_32: u32 = u32::MAX;

/// The time and date of every member written: 1980-01-01 00:00, as NumPy has it, so that equal arrays make equal files.
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;

/// `value` where it fits into the field and is not the mark for a number in a zip64 record.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(SEE_ZIP64_32)
}

/// Returns true if `value` must go into a zip64 record.
pub(crate) fn is_long(value: u64) -> bool {
    value >= u64::from(SEE_ZIP64_32)
}

/// The compression of a member's data in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// As they are: what [`numpy.savez`](https://numpy.org/doc/stable/reference/generated/numpy.savez.html) writes, and
    /// the only one that can be mapped.
    Stored,
    /// Deflate: what `numpy.savez_compressed` writes.
    Deflated,
    /// bzip2.
    Bzip2,
    /// LZMA.
    Lzma,
    /// Zstandard.
    Zstd,
    /// Another, by its number. It is not read.
    Other(u16),
}

impl Method {
    /// Those that have a name, with their numbers and the oldest version of the format that has them, times ten.
    const NAMED: [(Self, u16, u16, &'static str); 5] = [
        (Self::Stored, 0, 20, "stored"),
        (Self::Deflated, 8, 20, "deflated"),
        (Self::Bzip2, 12, 46, "bzip2"),
        (Self::Lzma, 14, 63, "lzma"),
        (Self::Zstd, 93, 63, "zstd"),
    ];

    pub(crate) fn from_number(number: u16) -> Self {
        let found = Self::NAMED.iter().find(|row| row.1 == number);
        found.map_or(Self::Other(number), |row| row.0)
    }

    /// Its number in the archive.
    pub fn to_u16(self) -> u16 {
        match self {
            Self::Other(number) => number,
            named => Self::NAMED.iter().find(|row| row.0 == named).map_or(0, |row| row.1),
        }
    }

    /// The version of the format that a reader needs for it, times ten.
    pub(crate) fn version_needed(self) -> u16 {
        Self::NAMED.iter().find(|row| row.0 == self).map_or(63, |row| row.2)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMED.iter().find(|row| row.0 == *self) {
            Some(row) => f.pad(row.3),
            None => f.pad(&format!("method {}", self.to_u16())),
        }
    }
}

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

/// What follows the first NUL of a name, with the NUL. Nothing where there is none.
pub(crate) fn after_nul(name: &[u8]) -> &[u8] {
    let at = name.iter().position(|&byte| byte == 0);
    at.and_then(|at| name.get(at..)).unwrap_or_default()
}

fn cp437(byte: u8) -> char {
    match byte.checked_sub(128) {
        Some(high) => CP437.chars().nth(high.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(byte),
    }
}

/// Returns true if `name` is a plain relative path: nothing that would lead out of the directory into which it is extracted, on any system.
pub(crate) fn is_plain(name: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..");
    !name.contains(['\\', ':', '\0']) && name.split('/').all(part)
}

#[cfg(test)]
mod method_tests {
    use super::*;

    #[test]
    fn numbers_of_methods_go_both_ways() {
        for number in 0..=u16::MAX {
            assert_eq!(Method::from_number(number).to_u16(), number);
        }
        assert_eq!(Method::from_number(93).to_string(), "zstd");
        assert_eq!(Method::Other(97).to_string(), "method 97");
    }
}

#[cfg(test)]
mod name_tests {
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
