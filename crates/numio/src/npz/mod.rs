//! `.npz`: arrays in a zip archive (`numpy/lib/_npyio_impl.py` over CPython's `zipfile.py`).
//!
//! Each member is a `.npy` file, under its array's name with `.npy` after it; other members are bytes.
//! [`NpzArchive`] reads them one by one, [`NpzWriter`] writes them. What the directory at the archive's end says of a
//! member counts: local headers must be there and have the same name, and nothing else of them is believed.
//!
//! | method | number | read | written | mapped |
//! |---|---|---|---|---|
//! | stored | 0 | on all cores | `savez` | yes |
//! | deflated | 8 | on all cores | `savez_compressed`, on all cores | no |
//! | bzip2, lzma | 12, 14 | on one core | no | no |
//! | zstd | 93 | on one core | [`Compression::Zstd`] | no |
//!
//! Whatever the method, sizes are checked before memory is taken, the CRC-32 of every byte that is read is checked, and
//! members that overlap, as in a zip bomb, are refused. A fault of one member leaves the others readable.
//!
//! **What numio writes** any reader of zip archives reads: sizes and CRCs stand in the local headers, members stand
//! side by side, zip64 is used only for what needs it, all dates are 1980-01-01. Stored data start at multiples of 64
//! bytes, by an extra field of padding (`0xd935`, Android's). A deflated member of several blocks has an extra field `np`
//! in the directory that says where each block starts: every block ends at a whole byte and looks back into none before
//! it, so that they are inflated side by side. The field is a hint: where it is wrong, the stream is inflated as one. Streams
//! without it are inflated from several places too, found by what headers of blocks look like.

mod all;
mod append;
mod archive;
mod crc;
mod cuts;
mod directory;
mod error;
mod map;
mod member;
mod other;
mod output;
mod packed;
mod packer;
mod parts;
mod pieces;
mod read;
mod shared;
mod split;
mod stored;
mod unpack;
mod whole;
mod writer;
mod zip;

pub use self::archive::NpzArchive;
pub use self::map::fix_checksums;
pub use self::member::{Member, MemberInfo, NotMapped};
pub use self::packer::Compression;
pub(crate) use self::shared::Options;
pub use self::writer::NpzWriter;
pub use self::zip::Method;
