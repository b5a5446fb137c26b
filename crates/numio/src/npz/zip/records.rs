//! Records of the directory: one for each member (APPNOTE 4.3.12).

use crate::npz::zip::{DATE, Method, SEE_ZIP64_32, TIME, flags, is_long, short};

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
    /// The offset of the local header from the start of the archive, which a prefix may move.
    pub(crate) local: u64,
    pub(crate) name: &'a [u8],
    pub(crate) extra: &'a [u8],
    /// The fault of the extra field, if it matters: sizes and offset are then not to be believed.
    pub(crate) fault: Option<ExtraFault>,
}

/// A fault of an extra field.
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

    /// Returns true if `bytes` start like a record.
    pub(crate) fn starts(bytes: &[u8]) -> bool {
        bytes.starts_with(&SIGNATURE)
    }

    /// The extra fields before the first malformed one, by their ids.
    pub(crate) fn extra_fields(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        walk_extra(self.extra).map_while(Result::ok)
    }

    /// The record at the start of `bytes`, and the bytes after it, if there is one.
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
        for field in walk_extra(self.extra) {
            if let (ZIP64, found) = field.map_err(ExtraFault::Cut)?
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
    /// The offset of the local header from the start of the archive.
    pub(crate) local: u64,
    /// Extra fields other than that of zip64.
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
            put_extra(&mut extra, ZIP64, &long);
        }
        extra.extend_from_slice(&self.extra);
        out.extend_from_slice(&SIGNATURE);
        let version = version_needed(self.method, !long.is_empty());
        out.put16(MADE_BY.max(3 << 8 | version));
        out.put16(version);
        out.put16(name_flags(&self.name));
        out.put16(self.method.to_u16());
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

/// The parts of a local header that are read. The directory has them too, and what it says counts, as in Python; readers
/// of streams have only this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Local {
    pub(crate) flags: u16,
    pub(crate) method: Method,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    pub(crate) name_len: usize,
    pub(crate) extra_len: usize,
}

const LOCAL_SIGNATURE: [u8; 4] = *b"PK\x03\x04";

impl Local {
    /// Bytes before the name.
    pub(crate) const FIXED: usize = 30;
    /// The offset of the CRC in it.
    pub(crate) const CRC_AT: u64 = 14;

    /// Nothing where there is none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(bytes);
        fields.signature(LOCAL_SIGNATURE)?;
        fields.u16()?; // version needed
        let flags = fields.u16()?;
        let method = Method::from_number(fields.u16()?);
        fields.skip(8)?; // time, date, CRC
        let (compressed, size) = (fields.u32()?.into(), fields.u32()?.into());
        let (name_len, extra_len) = (fields.u16()?.into(), fields.u16()?.into());
        Some(Self { flags, method, compressed, size, name_len, extra_len })
    }

    /// Returns true if sizes are in a zip64 field.
    pub(crate) fn is_zip64(&self) -> bool {
        let elsewhere = u64::from(SEE_ZIP64_32);
        self.compressed == elsewhere || self.size == elsewhere
    }

    /// Replaces the sizes that say so by those of the zip64 field in `extra`, which has both.
    pub(crate) fn take_zip64(&mut self, extra: &[u8]) -> Option<()> {
        let mut fields = Fields::new(find_extra(extra, ZIP64)?);
        let (size, compressed) = (fields.u64()?, fields.u64()?);
        for (value, long) in [(&mut self.size, size), (&mut self.compressed, compressed)] {
            if *value == u64::from(SEE_ZIP64_32) {
                *value = long;
            }
        }
        Some(())
    }
}

/// A local header to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewLocal<'a> {
    pub(crate) name: &'a str,
    pub(crate) method: Method,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    /// Puts the sizes into a zip64 field, as they must be if one of them may turn out to be so large.
    pub(crate) zip64: bool,
}

/// The flags of a member of that name.
pub(crate) fn name_flags(name: &str) -> u16 {
    if name.is_ascii() { 0 } else { flags::UTF8 }
}

/// The version of the format needed, times ten, in which zip64 came with 4.5.
pub(crate) fn version_needed(method: Method, zip64: bool) -> u16 {
    method.version_needed().max(if zip64 { 45 } else { 0 })
}

impl NewLocal<'_> {
    /// The header's bytes, for data that follow at once. `at` is its offset; if it is given, padding aligns the data.
    pub(crate) fn to_bytes(self, at: Option<u64>) -> Vec<u8> {
        let zip64 = self.zip64 || is_long(self.size) || is_long(self.compressed);
        let mut extra = Vec::new();
        if zip64 {
            let mut sizes = Vec::new();
            sizes.put64(self.size);
            sizes.put64(self.compressed);
            put_extra(&mut extra, ZIP64, &sizes);
        }
        if let Some(at) = at {
            let end = at + (Local::FIXED + self.name.len() + extra.len()) as u64;
            Padding::at(end).put(&mut extra);
        }
        let mut out = LOCAL_SIGNATURE.to_vec();
        out.put16(version_needed(self.method, zip64));
        out.put16(name_flags(self.name));
        out.put16(self.method.to_u16());
        out.put16(TIME);
        out.put16(DATE);
        out.put32(self.crc);
        // Both or neither: a reader that finds one of them in the extra field looks for both there.
        let field = |value: u64| if zip64 { SEE_ZIP64_32 } else { value as u32 };
        out.put32(field(self.compressed));
        out.put32(field(self.size));
        out.put16(self.name.len() as u16);
        out.put16(extra.len() as u16);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
        out
    }
}

/// Sizes and offsets of 64 bits.
pub(crate) const ZIP64: u16 = 1;

/// Padding, as Android's `zipalign` writes it: the alignment, and zeros.
const PADDING: u16 = 0xd935;

/// A field's id and length, before its data.
const HEADER: usize = 4;

/// The data of the field `id`, if there is one. Fields after a malformed one are not seen.
pub(crate) fn find_extra(extra: &[u8], id: u16) -> Option<&[u8]> {
    walk_extra(extra).map_while(Result::ok).find(|&(found, _)| found == id).map(|(_, data)| data)
}

/// The fields in order; `Err` with the id of one that reaches past the end, which is the last. Fewer than four bytes at
/// the end are no field, and no fault.
pub(crate) fn walk_extra(extra: &[u8]) -> impl Iterator<Item = Result<(u16, &[u8]), u16>> {
    let mut fields = Some(Fields::new(extra));
    std::iter::from_fn(move || {
        let mut rest = fields.take()?;
        let (id, len) = (rest.u16()?, rest.u16()?);
        let Some(data) = rest.bytes(len.into()) else { return Some(Err(id)) };
        fields = Some(rest);
        Some(Ok((id, data)))
    })
}

/// Appends a field, whose data are at most 65,535 bytes.
pub(crate) fn put_extra(out: &mut Vec<u8>, id: u16, data: &[u8]) {
    out.put16(id);
    out.put16(data.len() as u16);
    out.extend_from_slice(data);
}

/// An extra field that aligns a member's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Padding {
    len: usize,
}

impl Padding {
    /// Each array of a stored member then starts where a cache line does, and can be mapped as it is.
    pub(crate) const ALIGNMENT: u64 = 64;

    /// The padding for data that would start at `at` without it.
    pub(crate) fn at(at: u64) -> Self {
        let missing = (at.next_multiple_of(Self::ALIGNMENT) - at) as usize;
        let least = HEADER + size_of::<u16>();
        Self { len: if (1..least).contains(&missing) { missing + Self::ALIGNMENT as usize } else { missing } }
    }

    pub(crate) fn put(self, out: &mut Vec<u8>) {
        if let Some(len) = self.len.checked_sub(HEADER) {
            let mut data = vec![0; len];
            if let Some(first) = data.first_chunk_mut() {
                *first = (Self::ALIGNMENT as u16).to_le_bytes();
            }
            put_extra(out, PADDING, &data);
        }
    }
}

/// Takes numbers from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Passes over a record's signature. Nothing where it is another.
    pub(crate) fn signature(&mut self, wanted: [u8; 4]) -> Option<()> {
        self.0 = self.0.strip_prefix(&wanted)?;
        Some(())
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(first)
    }

    pub(crate) fn skip(&mut self, len: usize) -> Option<()> {
        self.bytes(len).map(|_| ())
    }

    /// The bytes that have not been taken.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// Appends numbers.
pub(crate) trait Put {
    fn put16(&mut self, value: u16);
    fn put32(&mut self, value: u32);
    fn put64(&mut self, value: u64);
}

impl Put for Vec<u8> {
    fn put16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod central_tests {
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
    fn central_record_that_is_printed_is_parsed() {
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
                    assert_eq!(find_extra(found.extra, 7), Some(&b"x"[..]));
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

#[cfg(test)]
mod local_tests {
    use super::*;

    const SMALL: NewLocal<'_> =
        NewLocal { name: "ä.npy", method: Method::Deflated, crc: 7, compressed: 5, size: 9, zip64: false };

    #[test]
    fn local_header_that_is_printed_is_parsed() {
        for zip64 in [false, true] {
            for at in [None, Some(0), Some(100)] {
                let bytes = NewLocal { zip64, ..SMALL }.to_bytes(at);
                let local = Local::parse(&bytes).unwrap();
                assert_eq!((local.flags, local.method), (flags::UTF8, Method::Deflated));
                let mut sizes = local.clone();
                let extra = &bytes[Local::FIXED + local.name_len..];
                assert_eq!(sizes.take_zip64(extra).is_some(), zip64 && local.is_zip64());
                assert_eq!((sizes.compressed, sizes.size), (5, 9));
                assert_eq!(Local::FIXED + local.name_len + local.extra_len, bytes.len());
                assert!(at.is_none_or(|at| (at + bytes.len() as u64).is_multiple_of(64)));
                assert_eq!(bytes[14..18], [7, 0, 0, 0]);
                for end in 0..Local::FIXED {
                    assert_eq!(Local::parse(&bytes[..end]), None);
                }
            }
        }
    }

    #[test]
    fn sizes_of_4_gib_go_into_the_zip64_field() {
        let bytes = NewLocal { size: u64::from(u32::MAX), ..SMALL }.to_bytes(None);
        assert_eq!(bytes[18..26], [0xff; 8]);
        let bytes = NewLocal { size: u64::from(u32::MAX) - 1, ..SMALL }.to_bytes(None);
        assert_eq!(bytes[18..26], [5, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
        assert_eq!(bytes.len(), Local::FIXED + SMALL.name.len());
    }
}

#[cfg(test)]
mod extra_tests {
    use super::*;

    #[test]
    fn padding_reaches_the_next_multiple() {
        for at in 0..200 {
            let mut out = Vec::new();
            let padding = Padding::at(at);
            padding.put(&mut out);
            assert_eq!(out.len(), padding.len);
            assert!((at + out.len() as u64).is_multiple_of(64), "{at}");
            assert!(out.is_empty() || find_extra(&out, PADDING) == Some(&out[4..]), "{at}");
        }
    }

    #[test]
    fn fields_are_found_by_id() {
        let mut extra = Vec::new();
        put_extra(&mut extra, 7, b"seven");
        put_extra(&mut extra, 8, b"");
        assert_eq!(find_extra(&extra, 7), Some(&b"seven"[..]));
        assert_eq!(find_extra(&extra, 8), Some(&b""[..]));
        assert_eq!(find_extra(&extra, 9), None);
        assert_eq!(find_extra(&extra[..8], 7), None);
        assert_eq!(walk_extra(&extra[..8]).last(), Some(Err(7)));
        assert_eq!(walk_extra(&extra[..3]).count(), 0);
    }
}
