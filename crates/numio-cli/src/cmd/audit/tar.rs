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

/// Returns whether `bytes` start with the header of a member.
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
                return Some(TarEntry::Odd("the size of a member is no plain number"));
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
                    let name = name.take().unwrap_or_else(|| text(field(0..100)));
                    let holds_data = !matches!(kind, [b'1'..=b'6']) && !name.ends_with('/');
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
    let Some(said) = header.get(148..156).and_then(number).and_then(|sum| i64::try_from(sum).ok()) else {
        return false;
    };
    said == sum(i64::from) || said == sum(|byte| i64::from(byte.cast_signed()))
}

/// A number in octal text, or in the bytes behind a first one of 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, digits)) = field.split_first() {
        return digits
            .iter()
            .try_fold(0_u64, |number, byte| Some(number.checked_mul(256)? | u64::from(*byte)));
    }
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
    text.iter().try_fold(0_u64, |number, byte| match byte {
        b'0'..=b'7' => Some(number.checked_mul(8)? | u64::from(byte - b'0')),
        _ => None,
    })
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
            &[&header("a", b'0', b"1_0"), &data(b"a")],
            &[&header("a", b'0', b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
            &[&size, &data(b"9 size=9"), &one, &data(b"a")],
        ] {
            assert!(found(parts).iter().any(|found| matches!(found, TarEntry::Odd(_))), "{:?}", found(parts));
        }
        assert!(!is_tar(&[0; BLOCK]) && !is_tar(b"") && !is_tar(&damaged));
    }
}
