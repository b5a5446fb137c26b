//! The end of an archive: where its directory is (APPNOTE 4.3.14 to 4.3.16).

use super::fields::{Fields, Put};
use super::{SEE_ZIP64_16, is_long, short};

const SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const SIGNATURE_64: [u8; 4] = *b"PK\x06\x06";
const SIGNATURE_LOCATOR: [u8; 4] = *b"PK\x06\x07";

/// Bytes of the end record without its comment.
const LEN: usize = 22;
/// Bytes of the zip64 end record without data that no one defines.
const LEN_64: usize = 56;
/// Bytes of the zip64 locator.
const LEN_LOCATOR: usize = 20;

/// Where the directory of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// How many members it says there are; without zip64, modulo 65,536 in archives of careless writers.
    pub(crate) count: u64,
    pub(crate) zip64: bool,
    /// How many bytes the directory takes.
    pub(crate) size: u64,
    /// Where it starts, counted from the start of the archive, which a prefix may move.
    pub(crate) offset: u64,
    /// Where it ends, counted from the start of the file: the records of the end start there.
    pub(crate) at: u64,
}

impl End {
    /// No more bytes of the end of a file than these need be looked at: a comment is at most 65,535 bytes.
    pub(crate) const REACH: usize = LEN_LOCATOR + LEN_64 + LEN + u16::MAX as usize;

    /// Looks for the end of an archive in `tail`, the last bytes of a file, which start at `start`. Without a comment it
    /// is the very end; else the last place that looks like it, as Python has it. With it comes the comment. `Err` for an
    /// archive in several files.
    pub(crate) fn find(tail: &[u8], start: u64) -> Result<Option<(Self, &[u8])>, SeveralDisks> {
        let last = tail.len().checked_sub(LEN);
        let plain = last.filter(|&at| {
            tail.get(at..).is_some_and(|end| end.starts_with(&SIGNATURE) && end.ends_with(&[0, 0]))
        });
        let looks_like = |at: &usize| tail.get(*at..).is_some_and(|end| end.starts_with(&SIGNATURE));
        let Some(at) = plain.or_else(|| (0..=last?).rev().find(looks_like)) else { return Ok(None) };
        let Some((plain, comment)) = Self::parse(tail, at) else { return Ok(None) };
        let (end, at) = Self::zip64(tail, start, at)?.unwrap_or((plain, at));
        Ok(Some((Self { at: start + at as u64, ..end }, comment)))
    }

    /// The end record at `at`, and its comment, as much as there is of it.
    fn parse(tail: &[u8], at: usize) -> Option<(Self, &[u8])> {
        let mut fields = Fields::new(tail.get(at..)?);
        fields.signature(SIGNATURE)?;
        fields.skip(6)?; // disks, and members on this one
        let (count, size, offset) = (fields.u16()?, fields.u32()?, fields.u32()?);
        let len = usize::from(fields.u16()?).min(fields.rest().len());
        let end = Self { count: count.into(), zip64: false, size: size.into(), offset: offset.into(), at: 0 };
        Some((end, fields.bytes(len)?))
    }

    /// The zip64 record of the end record at `end`, and where it is: before the locator, or, with data in between that
    /// no one defines, where that says.
    fn zip64(tail: &[u8], start: u64, end: usize) -> Result<Option<(Self, usize)>, SeveralDisks> {
        let locate = || {
            let at = end.checked_sub(LEN_LOCATOR)?;
            let mut fields = Fields::new(tail.get(at..)?);
            fields.signature(SIGNATURE_LOCATOR)?;
            Some((at, fields.u32()?, fields.u64()?, fields.u32()?))
        };
        let Some((locator, disk, said, disks)) = locate() else { return Ok(None) };
        if disk != 0 || disks > 1 {
            return Err(SeveralDisks);
        }
        let said = said.checked_sub(start).and_then(|at| usize::try_from(at).ok());
        let places = [locator.checked_sub(LEN_64), said.filter(|&at| at < locator)];
        Ok(places.into_iter().flatten().find_map(|at| Some((Self::parse_64(tail.get(at..locator)?)?, at))))
    }

    fn parse_64(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(bytes);
        fields.signature(SIGNATURE_64)?;
        fields.skip(28)?; // its own length, versions, disks, members on this one
        let (count, size, offset) = (fields.u64()?, fields.u64()?, fields.u64()?);
        Some(Self { count, zip64: true, size, offset, at: 0 })
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

/// The archive is split over several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeveralDisks;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(end: End, comment: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        end.put(comment, &mut out);
        out
    }

    #[test]
    fn finds_what_it_writes() {
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
    fn the_last_place_that_looks_like_it_wins() {
        let first = written(End { count: 1, zip64: false, size: 2, offset: 3, at: 0 }, b"");
        let second = written(End { count: 4, zip64: false, size: 5, offset: 6, at: 0 }, b"comment");
        let both = [first, second].concat();
        let (found, comment) = End::find(&both, 0).unwrap().unwrap();
        assert_eq!(comment, b"comment");
        assert_eq!((found.count, found.at), (4, LEN as u64));
    }

    #[test]
    fn archives_in_several_files_are_told_apart() {
        let mut bytes = written(End { count: 1 << 20, zip64: true, size: 2, offset: 3, at: 5 }, b"");
        bytes[LEN_64 + 16] = 2;
        assert_eq!(End::find(&bytes, 0), Err(SeveralDisks));
    }

    #[test]
    fn undefined_data_may_stand_before_the_locator() {
        let mut bytes = written(End { count: 1 << 20, zip64: true, size: 2, offset: 3, at: 5 }, b"");
        bytes.splice(LEN_64..LEN_64, [1, 2, 3]);
        let (found, _) = End::find(&bytes, 5).unwrap().unwrap();
        assert_eq!((found.count, found.at, found.zip64), (1 << 20, 5, true));
    }
}
