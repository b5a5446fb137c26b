//! The header: dtype, order and shape of the array that follows.
//!
//! Whatever NumPy 2 loads is read, with these exceptions, which no writer of arrays makes: titles that are not text,
//! `\N{name}` escapes and lone surrogates, a dtype in the place of a subarray's shape, iterables other than lists in the
//! place of a list of fields, dtype letters that are control characters, time units whose count is 0 or overflows, and
//! texts of more than 2^28 characters.

mod read;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::HeaderError;
use super::version::Version;
pub use super::version::{MAGIC, Prelude};
use crate::array::byte_len;
use crate::literal::excerpt;
use crate::{DType, ErrorKind, Order, Result};

/// The most dimensions of an array, in NumPy 2 and here.
const MAX_DIMS: usize = 64;

/// What a `.npy` file says of its array.
///
/// ```
/// use numio::{DType, Order};
/// use numio::npy::Header;
///
/// let header = Header::new(DType::FLOAT64, vec![2, 3], Order::C)?;
/// let bytes = header.to_bytes();
/// assert_eq!(&bytes[10..70], b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), } ");
/// assert_eq!(Header::parse(&bytes, 10_000)?, (header, 128));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    version: Version,
    dtype: DType,
    order: Order,
    shape: Vec<usize>,
    from_python2: bool,
}

/// Reads magic, version and length from the first 12 bytes of a file (10 suffice for version 1.0): see [`Prelude`].
///
/// # Errors
/// `InvalidData` where they are too few or not those of a `.npy` file, `Unsupported` for a version that is not known.
pub fn prelude(bytes: &[u8]) -> Result<Prelude> {
    Prelude::read(bytes)
}

impl Header {
    /// A header in the oldest version that holds it.
    ///
    /// # Errors
    /// `InvalidInput` for a dtype that a header cannot describe ([`DType::descr`]), for a subarray, and for more than 64
    /// dimensions; `LimitExceeded` where the array would pass the address space.
    pub fn new(dtype: DType, shape: Vec<usize>, order: Order) -> Result<Self> {
        if let DType::Subarray(_) = dtype {
            return Err(HeaderError::Subarray(excerpt(&dtype), ErrorKind::InvalidInput).into());
        }
        check_shape(&shape, &dtype, ErrorKind::InvalidInput)?;
        let mut header = Self { version: Version::V1, dtype, order, shape, from_python2: false };
        let text = header.text()?;
        header.version = write::oldest_version(&text)?;
        Ok(header)
    }

    /// The same header in another version.
    ///
    /// # Errors
    /// `InvalidInput` where it is too long or has other characters than the version holds.
    pub fn with_version(mut self, version: Version) -> Result<Self> {
        write::check_fit(&self.text()?, version)?;
        self.version = version;
        Ok(self)
    }

    /// The same header with `len` elements along the axis that grows: the first, in Fortran order the last. The version
    /// stays, so that [`to_bytes_within`](Self::to_bytes_within) can replace the header of a file.
    ///
    /// # Errors
    /// `InvalidInput` for an array without axes, `LimitExceeded` where it would pass the address space.
    pub fn with_growing_axis(&self, len: usize) -> Result<Self> {
        let mut header = self.clone();
        let axis = match header.order {
            Order::C => header.shape.first_mut(),
            Order::Fortran => header.shape.last_mut(),
        };
        *axis.ok_or(HeaderError::NoAxis)? = len;
        byte_len(&header.shape, header.dtype.itemsize())?;
        Ok(header)
    }

    /// The version of the format.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The type of the elements.
    pub fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// Which index varies fastest in the file.
    pub fn order(&self) -> Order {
        self.order
    }

    /// How many elements along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether it was read from a text that is not Python 3's, such as one with Python 2's `L` suffixes. NumPy warns of
    /// such files, for they take longer to load there.
    pub fn is_from_python2(&self) -> bool {
        self.from_python2
    }

    /// Sets the flag of someone who wants to warn of such headers.
    pub(crate) fn note_python2(&self, flag: Option<&Arc<AtomicBool>>) {
        if let Some(flag) = flag.filter(|_| self.from_python2) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// Dtype, shape and order, for those who take the header apart.
    pub fn into_parts(self) -> (DType, Vec<usize>, Order) {
        (self.dtype, self.shape, self.order)
    }
}

/// Refuses more dimensions than an array has, as a fault of `kind`, and more bytes than there are addresses.
fn check_shape(shape: &[usize], dtype: &DType, kind: ErrorKind) -> Result<()> {
    if shape.len() > MAX_DIMS {
        return Err(HeaderError::Dimensions(shape.len(), kind).into());
    }
    byte_len(shape, dtype.itemsize())?;
    Ok(())
}

#[cfg(test)]
mod tests;
