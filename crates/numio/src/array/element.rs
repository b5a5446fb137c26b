//! Rust types as elements: what a file's elements become, and what a Rust array's elements are written as.

use crate::{DType, Result};

/// A Rust type that an array's elements can be read into and written from.
///
/// Decoding is exact: it takes the dtypes that hold just these values, in either byte order, and refuses the others
/// with `ErrorKind::Argument`; [`DynArray::cast`](crate::DynArray::cast) converts.
pub trait Element: Sized {
    /// The dtype in which these items are written: the native one of the type, or for texts the one that holds the
    /// longest of them.
    fn dtype_for<'a>(items: &mut dyn Iterator<Item = &'a Self>) -> DType
    where
        Self: 'a;

    /// Appends the items that stand side by side in `bytes`, whose length is a multiple of the itemsize.
    ///
    /// # Errors
    /// `Argument` where a dtype of this kind does not decode into `Self`; `Format` where the bytes do not.
    fn decode(dtype: &DType, bytes: &[u8], out: &mut Vec<Self>) -> Result<()>;

    /// Appends this item's bytes as an element of `dtype`, which came from [`dtype_for`](Self::dtype_for).
    fn encode(&self, dtype: &DType, out: &mut Vec<u8>);
}

/// An [`Element`] whose memory is the file's bytes in native order, so that it is read in place and viewed without a
/// copy. `bytemuck` guarantees that any bytes are a valid value.
pub trait Pod: Element + bytemuck::Pod {
    /// The dtype whose bytes these are.
    fn dtype() -> DType;
}
