//! The end of an archive: where its directory is (APPNOTE 4.3.14 to 4.3.16).

use memchr::memmem;

use super::{SEE_ZIP64_16, SEE_ZIP64_32, is_long, short};
use crate::npz::zip::records::{Fields, Put};

const SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const SIGNATURE_64: [u8; 4] = *b"PK\x06\x06";
const SIGNATURE_LOCATOR: [u8; 4] = *b"PK\x06\x07";

/// Bytes of the end record without its comment.
const LEN: usize = 22;
/// Bytes of the zip64 end record without data that no one defines.
const LEN_64: usize = 56;
/// Bytes of the zip64 locator.
const LEN_LOCATOR: usize = 20;

/// The position of an archive's directory, as its end records give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// The number of members that the archive claims; without zip64, some writers give it modulo 65,536.
    pub(crate) count: u64,
    pub(crate) zip64: bool,
    /// The length of the directory in bytes.
    pub(crate) size: u64,
    /// The start of the directory, counted from the start of the archive, which a prefix may move.
    pub(crate) offset: u64,
    /// The end of the directory, counted from the start of the file: the end records start there.
    pub(crate) at: u64,
}

/// A reason to refuse the end of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EndFault {
    /// The archive is split over several files.
    SeveralDisks,
    /// Two readers that are both right could find two different directories.
    TwoReadings(String, String),
}

impl EndFault {
    fn two(one: impl Into<String>, other: impl Into<String>) -> Self {
        Self::TwoReadings(one.into(), other.into())
    }
}

/// The numbers of an end record, of either kind.
struct EndNumbers {
    disk: u32,
    disk_of_directory: u32,
    count_here: u64,
    count: u64,
    size: u64,
    offset: u64,
}

impl End {
    /// The most bytes of a file's end that the end records can take: a comment is at most 65,535 bytes.
    pub(crate) const REACH: usize = LEN_LOCATOR + LEN_64 + LEN + u16::MAX as usize;

    /// Finds the end of an archive in `tail`, the last bytes of a file, which start at `start`, and its comment.
    ///
    /// As in Python, the end record is the very last bytes or, where these are none, the last that start like one. An end
    /// that another reader could take for another one is refused: Python's own versions differ in what they make of zip64
    /// records, and readers that follow APPNOTE to the letter differ from all of them.
    pub(crate) fn find(tail: &[u8], start: u64) -> Result<Option<(Self, &[u8])>, EndFault> {
        let Some(last) = tail.len().checked_sub(LEN) else { return Ok(None) };
        let looks_like = |at: &usize| tail.get(*at..).is_some_and(|end| end.starts_with(&SIGNATURE));
        let plain = Some(last).filter(|at| looks_like(at) && tail.ends_with(&[0, 0]));
        // Python looks one byte further back than a comment can reach.
        let first = last.saturating_sub(1 << 16);
        let searched = tail.get(first..).unwrap_or_default();
        let found = || Some(first + memmem::rfind(searched, &SIGNATURE)?);
        let Some(at) = plain.or_else(found) else { return Ok(None) };
        let Some((numbers, comment)) = Self::parse(tail, at) else { return Ok(None) };
        let reaches_end = |&at: &usize| {
            Self::parse(tail, at).is_some_and(|(_, comment)| at + LEN + comment.len() == tail.len())
        };
        let position = |at: usize| start + at as u64;
        let before = tail.get(..at).unwrap_or_default();
        if let Some(other) = memmem::rfind_iter(before, &SIGNATURE).find(reaches_end) {
            return Err(EndFault::two(
                format!("its end record is at byte {}", position(at)),
                format!("it is at byte {}, with a comment that contains the other", position(other)),
            ));
        }
        let (end, at) = match Self::zip64(tail, start, at, &numbers)? {
            Some(found) => found,
            None => (numbers.checked(false)?, at),
        };
        Ok(Some((Self { at: position(at), ..end }, comment)))
    }

    /// The numbers of the end record at `at`, and its comment, as much as there is of it.
    fn parse(tail: &[u8], at: usize) -> Option<(EndNumbers, &[u8])> {
        let mut fields = Fields::new(tail.get(at..)?);
        fields.signature(SIGNATURE)?;
        let (disk, disk_of_directory) = (fields.u16()?.into(), fields.u16()?.into());
        let (count_here, count) = (fields.u16()?.into(), fields.u16()?.into());
        let (size, offset) = (fields.u32()?.into(), fields.u32()?.into());
        let len = usize::from(fields.u16()?).min(fields.rest().len());
        Some((EndNumbers { disk, disk_of_directory, count_here, count, size, offset }, fields.bytes(len)?))
    }

    /// The zip64 record of the end record `plain` at `end`, and its position, if there is a locator.
    ///
    /// It must be right before its locator, where Python up to 3.13 looks for it, and where the locator says, where Python
    /// 3.14 looks first; and the plain record must leave to it what it does not say itself.
    fn zip64(
        tail: &[u8],
        start: u64,
        end: usize,
        plain: &EndNumbers,
    ) -> Result<Option<(Self, usize)>, EndFault> {
        let locate = || {
            let at = end.checked_sub(LEN_LOCATOR)?;
            let mut fields = Fields::new(tail.get(at..)?);
            fields.signature(SIGNATURE_LOCATOR)?;
            Some((at, fields.u32()?, fields.u64()?, fields.u32()?))
        };
        let plain_at = start + end as u64;
        let Some((locator, disk, said, disks)) = locate() else {
            let elsewhere = |value: u64| value == u64::from(SEE_ZIP64_32);
            return match elsewhere(plain.size) || elsewhere(plain.offset) {
                true => Err(EndFault::two(
                    format!("its end record at byte {plain_at} gives the directory's position"),
                    "it leaves that to a zip64 record, which is missing",
                )),
                false => Ok(None),
            };
        };
        if disk != 0 || disks > 1 {
            return Err(EndFault::SeveralDisks);
        }
        let near =
            locator.checked_sub(LEN_64).and_then(|at| Some((at, Self::parse_64(tail.get(at..locator)?)?)));
        let Some((at, (len, numbers))) = near else {
            return Err(EndFault::two(
                format!("its directory ends at its plain end record at byte {plain_at}"),
                format!("its directory is that of a zip64 record at byte {said}, which a locator names"),
            ));
        };
        if len != LEN_64 as u64 - 12 {
            return Err(EndFault::two(
                format!("its zip64 record ends at byte {}", start + locator as u64),
                format!("it has {len} bytes from byte {} on, as it says itself", start + at as u64 + 12),
            ));
        }
        if numbers.offset.checked_add(numbers.size) != Some(said) {
            return Err(EndFault::two(
                format!(
                    "its zip64 record follows on a directory of {} bytes at byte {}",
                    numbers.size, numbers.offset
                ),
                format!("it is at byte {said}, where its locator says"),
            ));
        }
        let differ = |plain: u64, elsewhere: u64, long: u64| plain != elsewhere && plain != long;
        let (all_16, all_32) = (SEE_ZIP64_16.into(), SEE_ZIP64_32.into());
        if differ(plain.count, all_16, numbers.count)
            || differ(plain.count_here, all_16, numbers.count_here)
            || differ(plain.size, all_32, numbers.size)
            || differ(plain.offset, all_32, numbers.offset)
        {
            let said = |of: &EndNumbers| {
                format!("has {} members in a directory of {} bytes at byte {}", of.count, of.size, of.offset)
            };
            return Err(EndFault::two(
                format!("by its plain end record it {}", said(plain)),
                format!("by its zip64 record it {}", said(&numbers)),
            ));
        }
        Ok(Some((numbers.checked(true)?, at)))
    }

    /// The length that the record at the start of `bytes` gives itself, and its numbers.
    fn parse_64(bytes: &[u8]) -> Option<(u64, EndNumbers)> {
        let mut fields = Fields::new(bytes);
        fields.signature(SIGNATURE_64)?;
        let len = fields.u64()?;
        fields.skip(4)?; // versions made by and needed
        let (disk, disk_of_directory) = (fields.u32()?, fields.u32()?);
        let (count_here, count) = (fields.u64()?, fields.u64()?);
        let (size, offset) = (fields.u64()?, fields.u64()?);
        Some((len, EndNumbers { disk, disk_of_directory, count_here, count, size, offset }))
    }

    /// Returns true if `bytes` start like a zip64 end record.
    pub(crate) fn starts_zip64_record(bytes: &[u8]) -> bool {
        bytes.starts_with(&SIGNATURE_64)
    }

    /// Appends the records that end an archive: those of zip64 only where a number needs them.
    pub(crate) fn put(&self, comment: &[u8], out: &mut Vec<u8>) {
        let many = self.count >= u64::from(SEE_ZIP64_16);
        if many || is_long(self.size) || is_long(self.offset) {
            let at = self.offset + self.size;
            out.extend_from_slice(&SIGNATURE_64);
            out.put64(LEN_64 as u64 - 12);
            out.put16(3 << 8 | 45);
            out.put16(45);
            out.put32(0);
            out.put32(0);
            for value in [self.count, self.count, self.size, self.offset] {
                out.put64(value);
            }
            out.extend_from_slice(&SIGNATURE_LOCATOR);
            out.put32(0);
            out.put64(at);
            out.put32(1);
        }
        out.extend_from_slice(&SIGNATURE);
        out.put32(0);
        let count = if many { SEE_ZIP64_16 } else { self.count as u16 };
        out.put16(count);
        out.put16(count);
        out.put32(short(self.size));
        out.put32(short(self.offset));
        out.put16(comment.len() as u16);
        out.extend_from_slice(comment);
    }
}

impl EndNumbers {
    fn checked(self, zip64: bool) -> Result<End, EndFault> {
        let Self { disk, disk_of_directory, count_here, count, size, offset } = self;
        if disk != 0 || disk_of_directory != 0 {
            return Err(EndFault::SeveralDisks);
        }
        match count_here == count {
            true => Ok(End { count, zip64, size, offset, at: 0 }),
            false => Err(EndFault::two(
                format!("its end record counts {count} members"),
                format!("it counts {count_here} in this file"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(end: End, comment: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        end.put(comment, &mut out);
        out
    }

    #[test]
    fn end_record_that_is_written_is_found() {
        for count in [0, 1, 65_534, 65_535, 1 << 20] {
            for (size, offset) in [(0, 0), (46, 100), (1 << 33, 7), (8, 1 << 40)] {
                for comment in [&b""[..], b"a comment", &[0; 65_535]] {
                    let start = size + offset;
                    let mut end = End { count, zip64: false, size, offset, at: start };
                    let bytes = written(end, comment);
                    end.zip64 = count > 65_534 || size + offset > 1 << 32;
                    assert!(bytes.len() <= End::REACH);
                    assert_eq!(End::find(&bytes, start), Ok(Some((end, comment))), "{end:?}");
                    for cut in 0..bytes.len() - comment.len() {
                        let found = End::find(&bytes[..cut], start).unwrap_or_default();
                        assert_ne!(found.map(|(found, _)| found), Some(end));
                    }
                }
            }
        }
    }

    #[test]
    fn the_last_record_counts_and_another_that_reaches_the_end_is_another_reading() {
        let first = written(End { count: 1, zip64: false, size: 2, offset: 3, at: 0 }, b"");
        let second = written(End { count: 4, zip64: false, size: 5, offset: 6, at: 0 }, b"comment");
        let both = [first.clone(), second.clone()].concat();
        let (found, comment) = End::find(&both, 0).unwrap().unwrap();
        assert_eq!(comment, b"comment");
        assert_eq!((found.count, found.at), (4, LEN as u64));
        let around = written(End { count: 1, zip64: false, size: 2, offset: 3, at: 0 }, &second);
        assert!(matches!(End::find(&around, 0), Err(EndFault::TwoReadings(..))));
    }

    #[test]
    fn archives_in_several_files_are_told_apart() {
        let many = written(End { count: 1 << 20, zip64: true, size: 2, offset: 3, at: 5 }, b"");
        for at in [LEN_64 + 16, 16, 20] {
            let mut bytes = many.clone();
            bytes[at] = 2;
            assert_eq!(End::find(&bytes, 5), Err(EndFault::SeveralDisks), "{at}");
        }
    }

    #[test]
    fn a_zip64_record_that_says_something_else_than_its_surroundings_is_refused() {
        let whole = written(End { count: 1 << 20, zip64: true, size: 2, offset: 3, at: 5 }, b"");
        assert!(End::find(&whole, 5).unwrap().is_some());
        let refused = |bytes: &[u8]| matches!(End::find(bytes, 5), Err(EndFault::TwoReadings(..)));
        // Data before the locator that no one defines: readers differ in where they look for the record.
        let mut apart = whole.clone();
        apart.splice(LEN_64..LEN_64, [1, 2, 3]);
        assert!(refused(&apart));
        let plain = LEN_64 + LEN_LOCATOR;
        // Its length, a count, the directory's size and offset, the locator's offset, and plain numbers that differ.
        for at in [4, 24, 32, 40, 48, LEN_64 + 8, plain + 8, plain + 10, plain + 12, plain + 16] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert!(refused(&bytes), "{at}");
        }
        assert!(refused(&whole[LEN_64..]), "no record");
        // EndNumbers that should be in a zip64 record, and no locator.
        let mut alone = written(End { count: 1, zip64: false, size: 1, offset: 2, at: 0 }, b"");
        assert!(!refused(&alone));
        alone[16..20].fill(0xff);
        assert!(refused(&alone));
    }
}
