//! `.npy`: one array in a file (NumPy's NEP 1 and `numpy/lib/format.py`).
//!
//! | bytes | what |
//! |---|---|
//! | 6 | `\x93NUMPY` |
//! | 2 | major and minor version |
//! | 2, from version 2.0 on 4 | length of the text that follows, little-endian |
//! | that many | a Python dict, padded with spaces to a multiple of 64 bytes in all, and a newline |
//! | the rest | the elements, contiguous; or one pickle, if the dtype holds objects |
//!
//! The dict has three keys: `descr` describes the dtype, `fortran_order` says which index varies fastest, `shape` is a
//! tuple of integers. Versions 1.0 and 2.0 have their text in latin-1, 3.0 in UTF-8. A writer takes the oldest version
//! that fits: 2.0 for texts over 65,535 bytes, 3.0 for field names outside latin-1. The padding is preceded by as many
//! spaces as the growing axis (the first, in Fortran order the last) would need to reach 21 digits, so that appending
//! rewrites the header in place.

use crate::array::byte_len;
use crate::io::ReadAt;
use crate::npy::error::Fault;
use crate::{DType, Error, Limits, Order, Result};

mod append;
mod error;
mod file;
pub mod header;
mod memmap;
mod read;
mod rows;
pub(crate) mod write;

pub use crate::npy::append::{AppendOptions, Appender, append};
pub use crate::npy::file::NpyFile;
pub use crate::npy::header::Header;
pub(crate) use crate::npy::header::{HEAD, OnHeader, header_at, header_next, read_head};
pub use crate::npy::header::{Prelude, Version};
pub use crate::npy::memmap::MemmapOptions;
pub(crate) use crate::npy::memmap::map;
pub use crate::npy::read::FromNpy;
pub use crate::npy::read::NpyStream;
pub(crate) use crate::npy::read::{array_at, array_compressed, array_next, check_whole, read_path};
pub use crate::npy::rows::RowWriter;
pub use crate::npy::write::WriteOptions;
pub(crate) use crate::npy::write::{PickledValue, pickle_at, pickle_next, pickled_value, refuse_objects};

/// Dtype, shape and order of the elements of a header, or of a part of its array.
#[derive(Debug, Clone)]
pub struct Contents {
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    pub(crate) order: Order,
}

impl From<Header> for Contents {
    fn from(header: Header) -> Self {
        let (dtype, shape, order) = header.into_parts();
        Self { dtype, shape, order }
    }
}

impl Contents {
    /// The number of bytes.
    ///
    /// # Errors
    /// `LimitExceeded` if that passes the address space.
    pub(crate) fn len(&self) -> Result<usize> {
        byte_len(&self.shape, self.dtype.itemsize())
    }

    /// The number of bytes of memory they will take.
    ///
    /// # Errors
    /// `LimitExceeded` if that passes the address space or `limits`.
    pub(crate) fn len_within(&self, limits: &Limits) -> Result<usize> {
        let bytes = self.len()?;
        match bytes as u64 <= limits.max_array_bytes {
            true => Ok(bytes),
            false => Err(Error::from(Fault::TooLarge { bytes, limit: limits.max_array_bytes })),
        }
    }

    /// Checks that `source` has `len` bytes from `offset` on, before memory is allocated for them.
    ///
    /// # Errors
    /// `InvalidData`, with NumPy's message, if there are fewer.
    pub(crate) fn check_whole(&self, source: &dyn ReadAt, offset: u64, len: usize) -> Result<()> {
        self.check_found(source.len()?.saturating_sub(offset), offset, len)
    }

    /// Checks that the `found` bytes from `offset` on are `len` or more.
    ///
    /// # Errors
    /// As [`check_whole`](Self::check_whole).
    pub(crate) fn check_found(&self, found: u64, offset: u64, len: usize) -> Result<()> {
        match found >= len as u64 {
            true => Ok(()),
            false => Err(self.short(usize::try_from(found).unwrap_or(usize::MAX), offset)),
        }
    }

    /// The error that there are only `found` bytes from `offset` on.
    pub(crate) fn short(&self, found: usize, offset: u64) -> Error {
        let fault = Fault::Short {
            shape: self.shape.clone(),
            itemsize: self.dtype.itemsize(),
            wanted: self.len().unwrap_or(usize::MAX),
            found,
        };
        Error::from(fault).with_offset(offset.saturating_add(found as u64))
    }
}
