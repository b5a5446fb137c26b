//! Archives compared with a plain reader of zip, which goes the way of Python's `zipfile`: what numio reads, it reads too.

use std::io::Read;

use flate2::read::DeflateDecoder;
use numio::NpzArchive;

/// A member as the plain reader finds it.
struct Plain<'a> {
    name: &'a [u8],
    is_utf8: bool,
    method: u16,
    size: u64,
    compressed: &'a [u8],
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let mut whole = [0; 8];
    whole.get_mut(..width)?.copy_from_slice(bytes.get(at..at.checked_add(width)?)?);
    Some(u64::from_le_bytes(whole))
}

fn part(bytes: &[u8], at: u64, len: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(at).ok()?..usize::try_from(at.checked_add(len)?).ok()?)
}

/// The directory's bytes, and by how much the offsets in it are too small.
fn directory(bytes: &[u8]) -> Option<(&[u8], i128)> {
    let plain = bytes
        .len()
        .checked_sub(22)
        .filter(|at| bytes[*at..].starts_with(b"PK\x05\x06") && bytes.ends_with(&[0, 0]));
    let reach = bytes.len().saturating_sub((1 << 16) + 22);
    let end =
        plain.or_else(|| (reach..bytes.len()).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06")))?;
    let (mut size, mut offset, mut after) =
        (number(bytes, end + 12, 4)?, number(bytes, end + 16, 4)?, end as u64);
    let locator = end.checked_sub(20).filter(|at| bytes[*at..].starts_with(b"PK\x06\x07"));
    if let Some(record) = locator.and_then(|at| at.checked_sub(56)) {
        if !bytes[record..].starts_with(b"PK\x06\x06") {
            return None;
        }
        (size, offset, after) =
            (number(bytes, record + 40, 8)?, number(bytes, record + 48, 8)?, record as u64);
    }
    let start = after.checked_sub(size)?;
    Some((part(bytes, start, size)?, i128::from(start) - i128::from(offset)))
}

fn members(bytes: &[u8]) -> Option<Vec<Plain<'_>>> {
    let (mut rest, base) = directory(bytes)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        if !rest.starts_with(b"PK\x01\x02") {
            return None;
        }
        let short = |at| number(rest, at, 2);
        let (flags, method) = (short(8)?, short(10)? as u16);
        let (mut compressed, mut size, mut local) =
            (number(rest, 20, 4)?, number(rest, 24, 4)?, number(rest, 42, 4)?);
        let (name, extra, comment) = (short(28)?, short(30)?, short(32)?);
        let mut fields = part(rest, 46 + name, extra)?;
        while let (Some(id), Some(len)) = (number(fields, 0, 2), number(fields, 2, 2)) {
            let field = part(fields, 4, len)?;
            let mut at = 0;
            for value in [&mut size, &mut compressed, &mut local] {
                if id == 1 && *value == u64::from(u32::MAX) {
                    *value = number(field, at, 8)?;
                    at += 8;
                }
            }
            fields = &fields[4 + field.len()..];
        }
        let local = u64::try_from(i128::from(local) + base).ok()?;
        let head = part(bytes, local, 30)?;
        let data = local + 30 + number(head, 26, 2)? + number(head, 28, 2)?;
        let name = part(rest, 46, name)?;
        let is_utf8 = flags & 1 << 11 != 0;
        found.push(Plain { name, is_utf8, method, size, compressed: part(bytes, data, compressed)? });
        rest = &rest[46 + name.len() + extra as usize + comment as usize..];
    }
    Some(found)
}

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let Ok(archive) = NpzArchive::from_bytes(bytes.to_vec()) else { return };
    let is_any_read = archive.members().any(|member| member.size > 0);
    let Some(plain) = members(bytes) else {
        // A member whose bytes are not there costs the plain reader the archive, and numio that member.
        let is_any_cut =
            || (0..archive.len()).any(|at| archive.by_index(at).and_then(|found| found.bytes()).is_err());
        assert!(is_any_read || archive.len() < 2 || is_any_cut(), "an archive for numio alone");
        return;
    };
    assert_eq!(archive.len(), plain.len());
    for (at, (info, plain)) in archive.members().zip(&plain).enumerate() {
        if plain.is_utf8 || plain.name.is_ascii() {
            let name = String::from_utf8_lossy(plain.name);
            assert_eq!(Some(info.name), name.split('\0').next());
        }
        if info.size > 1 << 22 {
            continue;
        }
        let Ok(found) = archive.by_index(at).and_then(|member| member.bytes()) else { continue };
        assert_eq!(found.len() as u64, plain.size);
        match plain.method {
            0 => assert!(found == plain.compressed),
            8 => {
                let mut inflated = Vec::new();
                let decoder = DeflateDecoder::new(plain.compressed);
                decoder.take(plain.size).read_to_end(&mut inflated).expect("numio inflates it");
                assert!(found == inflated);
            }
            _ => {}
        }
    }
}
