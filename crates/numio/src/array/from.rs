//! Arrays from Rust's.

use std::sync::Arc;

use ndarray::{ArrayBase, Dimension};

use super::error::Fault;
use super::{ArrayLike, Buffer, Data, DynArray, Layout, Order, PlainElement, byte_len};
use crate::{DType, Result};

impl DynArray {
    /// A copy of anything that can be saved, in the same order.
    ///
    /// # Errors
    /// `Io` where memory does not suffice, or where an element does not fit the dtype of all.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let words = DynArray::copy_of(&["a", "bc"].map(String::from))?;
    /// assert_eq!(words.dtype(), &DType::parse("U2")?);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn copy_of(array: &(impl ArrayLike + ?Sized)) -> Result<Self> {
        let (dtype, shape, order) = (array.dtype(), array.shape(), array.order());
        let mut buffer = Buffer::zeroed(byte_len(&shape, dtype.itemsize())?)?;
        let mut rest = buffer.bytes_mut();
        array.write_to(&mut rest)?;
        let layout = Layout::contiguous(&shape, dtype.itemsize(), order);
        Ok(Self::from_parts(dtype, layout, Data::Owned(Arc::new(buffer))))
    }

    /// An array of elements of any dtype, from their bytes side by side in C order.
    ///
    /// # Errors
    /// `InvalidInput` where there are more or fewer bytes than the shape needs.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let array = DynArray::from_bytes(DType::parse(">i2")?, &[2], &[0, 1, 0, 2])?;
    /// assert_eq!(array.item(&[1])?.as_i64(), Some(2));
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn from_bytes(dtype: DType, shape: &[usize], bytes: &[u8]) -> Result<Self> {
        let wanted = byte_len(shape, dtype.itemsize())?;
        if bytes.len() != wanted {
            return Err(Fault::ByteCount { found: bytes.len(), wanted }.into());
        }
        let layout = Layout::contiguous(shape, dtype.itemsize(), Order::C);
        Ok(Self::from_parts(dtype, layout, Data::Owned(Arc::new(Buffer::copy_of(bytes)?))))
    }
}

/// A copy of an array of plain elements, in the same order. Of other elements, [`DynArray::copy_of`] makes one.
impl<S: ndarray::Data<Elem = T>, T: PlainElement, D: Dimension> From<ArrayBase<S, D>> for DynArray {
    fn from(array: ArrayBase<S, D>) -> Self {
        let (dtype, shape, order) = (T::dtype(), ArrayLike::shape(&array), array.order());
        let mut buffer = Buffer::zeroed_or_abort(array.len() * size_of::<T>());
        // Plain elements are written as they stand, and the buffer has room for all.
        let _ = array.write_to(&mut buffer.bytes_mut());
        let layout = Layout::contiguous(&shape, dtype.itemsize(), order);
        Self::from_parts(dtype, layout, Data::Owned(Arc::new(buffer)))
    }
}
