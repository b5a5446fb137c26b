//! `.npy`: one array in a file (NumPy's NEP 1 and `numpy/lib/format.py`).
//!
//! | bytes | what |
//! |---|---|
//! | 6 | `\x93NUMPY` |
//! | 2 | major and minor version |
//! | 2, from version 2.0 on 4 | length of the text that follows, little-endian |
//! | that many | a Python dict, padded with spaces to a multiple of 64 bytes in all, and a newline |
//! | the rest | the elements, side by side; or one pickle, where the dtype holds objects |
//!
//! The dict has three keys: `descr` describes the dtype, `fortran_order` says which index varies fastest, `shape` is a
//! tuple of integers. Versions 1.0 and 2.0 have their text in latin-1, 3.0 in UTF-8. A writer takes the oldest version
//! that fits: 2.0 for texts over 65,535 bytes, 3.0 for field names outside latin-1. Before the padding stand as many
//! spaces as the growing axis (the first, in Fortran order the last) would need to reach 21 digits, so that appending
//! rewrites the header in place.

mod append;
mod blocks;
mod body;
mod contents;
mod error;
mod fault;
mod file;
mod from;
mod head;
pub mod header;
mod memmap;
mod objects;
mod read;
mod reader;
mod version;
pub(crate) mod write;

pub use self::append::{AppendOptions, Appender, append};
pub(crate) use self::contents::Contents;
pub use self::file::NpyFile;
pub use self::from::FromNpy;
pub(crate) use self::head::{HEAD, header_at, header_next, read_head};
pub use self::header::Header;
pub use self::memmap::MemmapOptions;
pub(crate) use self::memmap::map;
pub(crate) use self::objects::{Held, held, pickle_at, pickle_next, refuse_objects};
pub(crate) use self::read::{array_at, array_next, array_packed, check_whole, read_path};
pub use self::reader::Reader;
pub use self::version::{Prelude, Version};
