//! The grammar of zip archives (PKWARE's APPNOTE.TXT 6.3.10), as far as `.npz` needs it: records as values, from bytes and
//! to bytes. Where APPNOTE leaves a choice, Python's `zipfile` makes it, since NumPy reads and writes through that.
//!
//! ```text
//! local header, name, extra, data      } for each member
//! central record, name, extra, comment } for each member: the directory
//! zip64 end record, zip64 locator        where a number does not fit into the end record
//! end record, comment
//! ```

mod central;
mod end;
mod extra;
mod fields;
mod local;
mod method;
mod name;

pub(crate) use self::central::{ExtraFault, NewRecord, Record};
pub(crate) use self::end::{End, EndFault};
pub(crate) use self::extra::{find as find_extra, put as put_extra};
pub(crate) use self::local::{Local, NewLocal};
pub use self::method::Method;
pub(crate) use self::name::{decode as decode_name, is_plain as is_plain_name};

/// Bits of the flags that both headers carry (APPNOTE 4.4.4).
pub(crate) mod flags {
    /// The data are encrypted.
    pub(crate) const ENCRYPTED: u16 = 1;
    /// The local header's sizes and CRC are zero, and stand after the data.
    pub(crate) const DESCRIPTOR: u16 = 1 << 3;
    /// The data are a patch to something else.
    pub(crate) const PATCH: u16 = 1 << 5;
    /// The data are encrypted in PKWARE's own way.
    pub(crate) const STRONG: u16 = 1 << 6;
    /// The name is UTF-8.
    pub(crate) const UTF8: u16 = 1 << 11;
}

/// What a 16-bit field holds where the number stands in a zip64 record.
const SEE_ZIP64_16: u16 = u16::MAX;
/// What a 32-bit field holds where the number stands in a zip64 record.
const SEE_ZIP64_32: u32 = u32::MAX;

/// The time and date of every member written: 1980-01-01 00:00, as NumPy has it, so that equal arrays make equal files.
const TIME: u16 = 0;
const DATE: u16 = 1 << 5 | 1;

/// `value` where it fits into the field and is not the mark that it stands elsewhere.
fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(SEE_ZIP64_32)
}

/// Whether `value` must stand in a zip64 record.
pub(crate) fn is_long(value: u64) -> bool {
    value >= u64::from(SEE_ZIP64_32)
}
