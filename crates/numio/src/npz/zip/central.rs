//! Records of the directory: one for each member (APPNOTE 4.3.12).

use super::extra;
use super::fields::{Fields, Put};
use super::local::{name_flags, version_needed};
use super::{DATE, Method, SEE_ZIP64_32, TIME, is_long, short};

const SIGNATURE: [u8; 4] = *b"PK\x01\x02";

/// Version 2.0 of the format, times ten, as Python says of itself, on Unix.
const MADE_BY: u16 = 3 << 8 | 20;

/// Unix permissions of a member, in the high half: read and write for the owner, as Python writes them.
const ATTRIBUTES: u32 = 0o600 << 16;

/// A member, as the directory has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) flags: u16,
    pub(crate) method: Method,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    /// Where the local header is, from the start of the archive, which a prefix may move.
    pub(crate) local: u64,
    pub(crate) name: &'a [u8],
    pub(crate) extra: &'a [u8],
    /// What is wrong with the extra field, if that matters: sizes and offset are then not to be believed.
    pub(crate) fault: Option<ExtraFault>,
}

/// What can be wrong with an extra field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtraFault {
    /// The field of this id reaches past the end of the extra fields.
    Cut(u16),
    /// A number should be in the zip64 field, and is not.
    NoZip64(&'static str),
    /// There are two zip64 fields, of which readers take the first or the last.
    TwoZip64,
}

impl<'a> Record<'a> {
    /// Bytes before the name.
    pub(crate) const FIXED: usize = 46;
    /// The offset of the CRC in it.
    pub(crate) const CRC_AT: u64 = 16;

    /// Whether `bytes` start like a record.
    pub(crate) fn starts(bytes: &[u8]) -> bool {
        bytes.starts_with(&SIGNATURE)
    }

    /// The extra fields before the first malformed one, by their ids.
    pub(crate) fn extra_fields(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        extra::walk(self.extra).map_while(Result::ok)
    }

    /// The record that `bytes` start with, and what follows it. Nothing where there is none.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut fields = Fields::new(bytes);
        fields.signature(SIGNATURE)?;
        fields.skip(4)?; // versions made by and needed
        let flags = fields.u16()?;
        let method = Method::from_number(fields.u16()?);
        fields.skip(4)?; // time and date
        let crc = fields.u32()?;
        let (compressed, size) = (fields.u32()?, fields.u32()?);
        let (name_len, extra_len, comment_len) = (fields.u16()?, fields.u16()?, fields.u16()?);
        fields.skip(8)?; // disk, attributes
        let local = fields.u32()?;
        let name = fields.bytes(name_len.into())?;
        let extra = fields.bytes(extra_len.into())?;
        fields.skip(comment_len.into())?;
        let (compressed, size, local) = (compressed.into(), size.into(), local.into());
        let mut record = Self { flags, method, crc, compressed, size, local, name, extra, fault: None };
        record.fault = record.take_zip64().err();
        Some((record, fields.rest()))
    }

    /// Replaces the numbers that say so by those of the zip64 field, which has only them, in this order.
    fn take_zip64(&mut self) -> Result<(), ExtraFault> {
        let is_elsewhere = |value: u64| value == u64::from(SEE_ZIP64_32);
        let mut data = None;
        for field in extra::walk(self.extra) {
            if let (extra::ZIP64, found) = field.map_err(ExtraFault::Cut)?
                && data.replace(found).is_some()
            {
                return Err(ExtraFault::TwoZip64);
            }
        }
        let mut fields = Fields::new(data.unwrap_or_default());
        let numbers = [(&mut self.size, "size"), (&mut self.compressed, "compressed size")];
        for (number, what) in numbers.into_iter().chain([(&mut self.local, "offset")]) {
            if is_elsewhere(*number) {
                *number = fields.u64().ok_or(ExtraFault::NoZip64(what))?;
            }
        }
        Ok(())
    }
}

/// A record to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewRecord {
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    /// Where the local header is, from the start of the archive.
    pub(crate) local: u64,
    /// Extra fields beside that of zip64.
    pub(crate) extra: Vec<u8>,
}

impl NewRecord {
    /// Appends the record.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let mut long = Vec::new();
        for value in [self.size, self.compressed, self.local] {
            if is_long(value) {
                long.put64(value);
            }
        }
        let mut extra = Vec::new();
        if !long.is_empty() {
            extra::put(&mut extra, extra::ZIP64, &long);
        }
        extra.extend_from_slice(&self.extra);
        out.extend_from_slice(&SIGNATURE);
        let version = version_needed(self.method, !long.is_empty());
        out.put16(MADE_BY.max(3 << 8 | version));
        out.put16(version);
        out.put16(name_flags(&self.name));
        out.put16(self.method.number());
        out.put16(TIME);
        out.put16(DATE);
        out.put32(self.crc);
        out.put32(short(self.compressed));
        out.put32(short(self.size));
        out.put16(self.name.len() as u16);
        out.put16(extra.len() as u16);
        out.put16(0); // comment
        out.put16(0); // disk
        out.put16(0); // internal attributes
        out.put32(ATTRIBUTES);
        out.put32(short(self.local));
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: u64, compressed: u64, local: u64) -> NewRecord {
        let name = "ü.npy".to_owned();
        NewRecord {
            name,
            method: Method::Zstd,
            crc: 99,
            compressed,
            size,
            local,
            extra: b"\x07\0\x01\0x".to_vec(),
        }
    }

    #[test]
    fn prints_what_it_parses() {
        let edge = u64::from(u32::MAX);
        for size in [0, edge - 1, edge, edge + 1, u64::MAX] {
            for compressed in [3, edge, 1 << 40] {
                for local in [0, edge - 1, edge, 1 << 50] {
                    let mut bytes = Vec::new();
                    record(size, compressed, local).put(&mut bytes);
                    let end = bytes.len();
                    bytes.extend_from_slice(b"next");
                    let (found, rest) = Record::parse(&bytes).unwrap();
                    assert_eq!(rest, b"next");
                    assert_eq!((found.size, found.compressed, found.local), (size, compressed, local));
                    assert_eq!((found.crc, found.method, found.fault), (99, Method::Zstd, None));
                    assert_eq!(found.name, "ü.npy".as_bytes());
                    assert_eq!(extra::find(found.extra, 7), Some(&b"x"[..]));
                    for cut in 0..end {
                        assert_eq!(Record::parse(&bytes[..cut]), None);
                    }
                }
            }
        }
    }

    #[test]
    fn missing_zip64_numbers_are_the_members_own_fault() {
        let mut bytes = Vec::new();
        record(1 << 40, 5, 0).put(&mut bytes);
        let extra_at = 46 + "ü.npy".len();
        bytes[extra_at] = 9; // another id
        assert_eq!(Record::parse(&bytes).unwrap().0.fault, Some(ExtraFault::NoZip64("size")));
        bytes[extra_at + 2] = 200; // longer than all
        assert_eq!(Record::parse(&bytes).unwrap().0.fault, Some(ExtraFault::Cut(9)));
    }
}
