//! Local headers, which stand before each member's data (APPNOTE 4.3.7).

use super::extra::{self, Padding};
use super::fields::{Fields, Put};
use super::{DATE, Method, SEE_ZIP64_32, TIME, flags, is_long};

/// What a local header says that is of use. The directory has the rest, and its word counts, as in Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Local {
    pub(crate) flags: u16,
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
        fields.skip(18)?; // method, time, date, CRC, sizes
        Some(Self { flags, name_len: fields.u16()?.into(), extra_len: fields.u16()?.into() })
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
                assert_eq!(local.flags, flags::UTF8);
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
