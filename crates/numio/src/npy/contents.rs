//! What an array is, apart from where its bytes are.

use super::Header;
use super::fault::Fault;
use crate::array::byte_len;
use crate::source::ReadAt;
use crate::{DType, Error, Limits, Order, Result};

/// What a header, or a part taken from its array, says of the bytes.
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
    /// How many bytes there are.
    ///
    /// # Errors
    /// `LimitExceeded` where that passes the address space.
    pub(crate) fn len(&self) -> Result<usize> {
        byte_len(&self.shape, self.dtype.itemsize())
    }

    /// How many bytes of memory they will take.
    ///
    /// # Errors
    /// `LimitExceeded` where that passes the address space or `limits`.
    pub(crate) fn len_within(&self, limits: &Limits) -> Result<usize> {
        let bytes = self.len()?;
        match bytes as u64 <= limits.max_array_bytes {
            true => Ok(bytes),
            false => Err(Error::from(Fault::TooLarge { bytes, limit: limits.max_array_bytes })),
        }
    }

    /// Checks that `len` bytes stand from `offset` on in `source`, before any memory is taken for them.
    ///
    /// # Errors
    /// `InvalidData`, in NumPy's words, where there are fewer.
    pub(crate) fn check_whole(&self, source: &dyn ReadAt, offset: u64, len: usize) -> Result<()> {
        self.check_found(source.len()?.saturating_sub(offset), offset, len)
    }

    /// Checks that the `found` bytes that stand from `offset` on are `len` or more.
    ///
    /// # Errors
    /// As [`check_whole`](Self::check_whole).
    pub(crate) fn check_found(&self, found: u64, offset: u64, len: usize) -> Result<()> {
        match found >= len as u64 {
            true => Ok(()),
            false => Err(self.short(usize::try_from(found).unwrap_or(usize::MAX), offset)),
        }
    }

    /// The error that only `found` bytes stand from `offset` on.
    pub(crate) fn short(&self, found: usize, offset: u64) -> Error {
        let fault = Fault::Short {
            shape: self.shape.clone(),
            itemsize: self.dtype.itemsize(),
            wanted: self.len().unwrap_or(usize::MAX),
            found,
        };
        Error::from(fault).at(offset.saturating_add(found as u64))
    }
}
