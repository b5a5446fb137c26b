//! Local headers, which stand before each member's data (APPNOTE 4.3.7).

use super::extra::{self, Padding};
use super::fields::{Fields, Put};
use super::{DATE, Method, SEE_ZIP64_32, TIME, flags, is_long};

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

const SIGNATURE: [u8; 4] = *b"PK\x03\x04";

impl Local {
    /// Bytes before the name.
    pub(crate) const FIXED: usize = 30;
    /// Where the CRC stands in it.
    pub(crate) const CRC_AT: u64 = 14;

    /// Nothing where there is none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(bytes);
        fields.signature(SIGNATURE)?;
        fields.u16()?; // version needed
        let flags = fields.u16()?;
        let method = Method::from_number(fields.u16()?);
        fields.skip(8)?; // time, date, CRC
        let (compressed, size) = (fields.u32()?.into(), fields.u32()?.into());
        let (name_len, extra_len) = (fields.u16()?.into(), fields.u16()?.into());
        Some(Self { flags, method, compressed, size, name_len, extra_len })
    }

    /// Whether sizes are in a zip64 field.
    pub(crate) fn is_zip64(&self) -> bool {
        let elsewhere = u64::from(SEE_ZIP64_32);
        self.compressed == elsewhere || self.size == elsewhere
    }

    /// Replaces the sizes that say so by those of the zip64 field in `extra`, which has both.
    pub(crate) fn take_zip64(&mut self, extra: &[u8]) -> Option<()> {
        let mut fields = Fields::new(extra::find(extra, extra::ZIP64)?);
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
    /// Whether sizes stand in a zip64 field: they must if one of them turns out to be so large.
    pub(crate) zip64: bool,
}

/// The flags of a member of that name.
pub(super) fn name_flags(name: &str) -> u16 {
    if name.is_ascii() { 0 } else { flags::UTF8 }
}

/// The version of the format needed, times ten, in which zip64 came with 4.5.
pub(super) fn version_needed(method: Method, zip64: bool) -> u16 {
    method.version_needed().max(if zip64 { 45 } else { 0 })
}

impl NewLocal<'_> {
    /// The header's bytes, for data that follow at once. `at` is where it will stand; if it is given, padding brings the
    /// data to an aligned place.
    pub(crate) fn to_bytes(self, at: Option<u64>) -> Vec<u8> {
        let zip64 = self.zip64 || is_long(self.size) || is_long(self.compressed);
        let mut extra = Vec::new();
        if zip64 {
            let mut sizes = Vec::new();
            sizes.put64(self.size);
            sizes.put64(self.compressed);
            extra::put(&mut extra, extra::ZIP64, &sizes);
        }
        if let Some(at) = at {
            let end = at + (Local::FIXED + self.name.len() + extra.len()) as u64;
            Padding::at(end).put(&mut extra);
        }
        let mut out = SIGNATURE.to_vec();
        out.put16(version_needed(self.method, zip64));
        out.put16(name_flags(self.name));
        out.put16(self.method.number());
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

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: NewLocal<'_> =
        NewLocal { name: "ä.npy", method: Method::Deflated, crc: 7, compressed: 5, size: 9, zip64: false };

    #[test]
    fn prints_what_it_parses() {
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
