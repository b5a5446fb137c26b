//! Members of a tar archive, of which pandas, PyTorch and people load pickles.

use std::ops::Range;

/// The length of a header, and of the units of data.
const BLOCK: usize = 512;

/// Something in an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TarEntry {
    /// A member with data: its name, and where in the archive the data are.
    Member(String, Range<usize>),
    /// The reason that the rest is not looked into, or that readers differ on it.
    Odd(&'static str),
}

/// The number of first bytes by which [`is_tar`] knows an archive.
pub(super) const HEAD: usize = BLOCK;

/// Returns whether `bytes` start with the header of a member. Other files may do so too: all fields of a header fit between what a zip
/// archive, an array or a compressed file start with and their data.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.first_chunk::<BLOCK>().is_some_and(|header| !is_zero(header) && has_checksum(header))
}

/// The members of an archive in order. What some readers extend, join or fill up is [`TarEntry::Odd`].
pub(super) fn members(bytes: &[u8]) -> impl Iterator<Item = TarEntry> + '_ {
    let mut at = Some(0);
    // The name that a header of its own gives the next member.
    let mut name = None;
    std::iter::from_fn(move || {
        loop {
            let start = at.take()?;
            let rest = bytes.get(start..).unwrap_or_default();
            let header = match rest.first_chunk::<BLOCK>() {
                Some(header) if !is_zero(header) => header,
                _ if is_zero(rest) => return None,
                Some(_) => return Some(TarEntry::Odd("something follows its end")),
                None => return Some(TarEntry::Odd("it ends inside a header")),
            };
            if !has_checksum(header) {
                return Some(TarEntry::Odd("a header has another checksum than it says"));
            }
            let field = |range: Range<usize>| header.get(range).unwrap_or_default();
            let Some(size) = number(field(124..136)).and_then(|size| usize::try_from(size).ok()) else {
                return Some(TarEntry::Odd("the size of a member is no number from 0 on"));
            };
            let data = start + BLOCK..(start + BLOCK).saturating_add(size);
            let Some(content) = bytes.get(data.clone()) else {
                return Some(TarEntry::Odd("it ends inside a member"));
            };
            at = data.end.checked_next_multiple_of(BLOCK);
            match field(156..157) {
                b"x" | b"X" | b"g" => match extended(content) {
                    Ok(found) => name = found.or(name.take()),
                    Err(odd) => return Some(TarEntry::Odd(odd)),
                },
                b"L" => name = Some(text(content)),
                b"K" => {}
                b"S" | b"M" => {
                    return Some(TarEntry::Odd("a member is sparse, or goes on in another archive"));
                }
                kind => {
                    // In the oldest archives it is the header's own name that tells a directory.
                    let own_name = text(field(0..100));
                    let holds_data = !matches!(kind, [b'1'..=b'6']) && !own_name.ends_with('/');
                    let name = name.take().unwrap_or(own_name);
                    match (size, holds_data) {
                        (0, _) => {}
                        (_, true) => return Some(TarEntry::Member(name, data)),
                        (_, false) => return Some(TarEntry::Odd("a link, device or directory has data")),
                    }
                }
            }
        }
    })
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Returns whether the checksum of a header is right, of its bytes with or without a sign.
fn has_checksum(header: &[u8; BLOCK]) -> bool {
    let sum = |value: fn(u8) -> i64| -> i64 {
        let bytes = header.iter().enumerate();
        bytes.map(|(at, byte)| value(if (148..156).contains(&at) { b' ' } else { *byte })).sum()
    };
    let said = header.get(148..156).and_then(number).and_then(|sum| i64::try_from(sum).ok());
    said.is_some_and(|said| said == sum(i64::from) || said == sum(|byte| i64::from(byte.cast_signed())))
}

/// A number as `nti` of Python's `tarfile.py` takes it: in octal text, or in the bytes behind a first one of 0x80 or, below 0, 0xff.
fn number(field: &[u8]) -> Option<i128> {
    if let Some((first @ (0x80 | 0xff), digits)) = field.split_first() {
        let number = digits
            .iter()
            .try_fold(0_i128, |number, byte| number.checked_mul(256)?.checked_add(i128::from(*byte)))?;
        let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
        return if *first == 0xff { number.checked_sub(1_i128.checked_shl(bits)?) } else { Some(number) };
    }
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    octal(std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?)
}

/// A number as Python's `int(text, 8)` takes it, nothing being 0.
fn octal(text: &str) -> Option<i128> {
    let text = text.trim_matches(|char| matches!(char, ' ' | '\t'..='\r' | '\x1c'..='\x1f'));
    if text.is_empty() {
        return Some(0);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = match unsigned.strip_prefix("0o").or_else(|| unsigned.strip_prefix("0O")) {
        Some(digits) => digits.strip_prefix('_').unwrap_or(digits),
        None => unsigned,
    };
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    if !digits.split('_').all(is_part) {
        return None;
    }
    let number = i128::from_str_radix(&digits.replace('_', ""), 8).ok()?;
    Some(if text.starts_with('-') { -number } else { number })
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

/// The name in the records of an extended header (`length key=value`), if it is there; an error for what changes where data are.
fn extended(records: &[u8]) -> Result<Option<String>, &'static str> {
    let holds = |wanted: &[u8]| records.windows(wanted.len()).any(|found| found == wanted);
    if holds(b"size=") || holds(b"GNU.sparse") {
        return Err("an extended header gives a member another size, or makes it sparse");
    }
    let path = records.split(|byte| *byte == b'\n').find_map(|line| {
        let at = line.iter().position(|byte| *byte == b' ')?;
        line.get(at + 1..)?.strip_prefix(b"path=")
    });
    Ok(path.map(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, kind: u8, size: &[u8]) -> [u8; BLOCK] {
        let mut header = [0; BLOCK];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..124 + size.len()].copy_from_slice(size);
        header[156] = kind;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    fn data(bytes: &[u8]) -> Vec<u8> {
        let mut data = bytes.to_vec();
        data.resize(bytes.len().next_multiple_of(BLOCK), 0);
        data
    }

    fn found(parts: &[&[u8]]) -> Vec<TarEntry> {
        let bytes = parts.concat();
        assert!(is_tar(&bytes));
        members(&bytes).collect()
    }

    #[test]
    fn members_are_found_by_any_spelling_of_their_sizes_and_names() {
        let end = [0; 2 * BLOCK];
        let long = b"24 path=elsewhere\n11 mtime=1\n";
        let parts: [&[u8]; 8] = [
            &header("a", b'0', b"00000000003\0"),
            &data(b"abc"),
            &header("x", b'x', format!("{:o}", long.len()).as_bytes()),
            &data(long),
            &header("b", 0, b"\x80\0\0\0\0\0\0\0\0\0\0\x02"),
            &data(b"de"),
            &header("link", b'2', b"0"),
            &end,
        ];
        let members =
            [TarEntry::Member("a".into(), 512..515), TarEntry::Member("elsewhere".into(), 2560..2562)];
        assert_eq!(found(&parts), members);
    }

    #[test]
    fn numbers_are_those_of_pythons_tarfile() {
        for (field, wanted) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"\x0b\x1f 17 \x1c\0junk", Some(0o17)),
            (b"0o17\0", Some(0o17)),
            (b"+0O_1_7", Some(0o17)),
            (b"-0_17", Some(-0o17)),
            (b"  \0", Some(0)),
            (b"", Some(0)),
            (b"\x80\0\x01\x02", Some(0x102)),
            (b"\xff\xff\xff\xfe", Some(-2)),
            (b"18", None),
            (b"_1", None),
            (b"1_", None),
            (b"1 7", None),
            (b"+ 7", None),
            (b"0o", None),
            (b"0x7", None),
            (b"\xc2\xa07", None),
            (b"\x81\x01", None),
        ] {
            assert_eq!(number(field), wanted, "{field:?}");
        }
    }

    #[test]
    fn what_readers_differ_on_is_odd() {
        let one = header("a", b'0', b"1");
        let mut damaged = header("b", b'0', b"1");
        damaged[0] = b'c';
        let size = header("x", b'x', b"10");
        for parts in [
            &[&one[..], &data(b"a"), &damaged, &data(b"b")][..],
            &[&one, &data(b"a"), &[0; BLOCK], &one, &data(b"b")],
            &[&one, &data(b"a"), b"half a header"],
            &[&one],
            &[&header("a", b'1', b"1"), &data(b"a")],
            &[&header("a/", b'0', b"1"), &data(b"a")],
            &[&header("a", b'S', b"1"), &data(b"a")],
            &[&header("a", b'0', b"1__0"), &data(b"a")],
            &[&header("a", b'0', b"-1"), &data(b"a")],
            &[&header("a", b'0', b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
            &[&size, &data(b"9 size=9"), &one, &data(b"a")],
        ] {
            assert!(found(parts).iter().any(|found| matches!(found, TarEntry::Odd(_))), "{:?}", found(parts));
        }
        assert!(!is_tar(&[0; BLOCK]) && !is_tar(b"") && !is_tar(&damaged));
    }
}
