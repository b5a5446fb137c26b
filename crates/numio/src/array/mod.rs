//! Arrays whose element type is known at run time.

use std::sync::Arc;

use ndarray::{ArrayBase, Dimension};

use crate::array::error::Fault;
use crate::io::Map;
use crate::pickle::Graph;
use crate::{DType, Error, ErrorKind, Result};

pub(crate) mod array_like;
mod cast;
mod casting;
mod compare;
mod decode;
#[cfg(feature = "derive")]
pub mod derive;
mod element;
mod elements;
mod error;
mod forced;
mod item;
mod layout;
mod memory;
mod numbers;
mod objects;
mod print;
mod slice;
pub(crate) mod swap;
#[cfg(test)]
mod tests;
mod view;

pub use crate::array::array_like::ArrayLike;
pub use crate::array::casting::Casting;
pub use crate::array::element::{Element, PlainElement};
pub(crate) use crate::array::elements::longdouble::power_of_two;
pub use crate::array::elements::{
    ByteString, Datetime64, FixedBytes, FixedStr, LongDouble, Timedelta64, Void,
};
pub use crate::array::item::Item;
pub use crate::array::layout::Order;
pub(crate) use crate::array::layout::{Layout, byte_len};
pub(crate) use crate::array::memory::Buffer;
pub use crate::array::memory::Fill;
pub(crate) use crate::array::memory::{Memory, Then, fill_growing};
pub use crate::array::print::{ArrayDisplay, FloatMode, PrintOptions, Sign};
pub(crate) use crate::array::slice::range;
pub use crate::array::slice::{Slice, SliceItem};
pub use crate::array::view::DynView;

/// An array of any dtype and rank.
///
/// Clones and slices share memory; the first write to shared memory copies it, except that a memory map is never
/// copied and refuses the write instead.
#[derive(Clone)]
pub struct DynArray {
    dtype: DType,
    layout: Layout,
    data: Data,
    /// The objects whose numbers the elements of dtype `object` are.
    objects: Option<Objects>,
}

/// The Python objects of an array.
#[derive(Clone)]
struct Objects {
    graph: Graph,
    /// NumPy's name of the dtype, if that is not `object`.
    dtype: Option<Arc<str>>,
}

impl DynArray {
    /// An array of zero bytes.
    ///
    /// # Errors
    /// `LimitExceeded` if the shape overflows, `Io` if memory does not suffice.
    pub fn zeros(dtype: DType, shape: &[usize], order: Order) -> Result<Self> {
        let len = byte_len(shape, dtype.itemsize())?;
        let layout = Layout::contiguous(shape, dtype.itemsize(), order);
        Ok(Self::from_parts(dtype, layout, Data::Owned(Arc::new(Buffer::zeroed(len)?))))
    }

    /// An array over `data`, every element of which `layout` places inside it.
    pub(crate) fn from_parts(dtype: DType, layout: Layout, data: Data) -> Self {
        Self { dtype, layout, data, objects: None }
    }

    /// The type of the elements.
    pub fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// Number of elements along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// Bytes per step along each axis. May be negative in slices.
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides
    }

    /// Number of axes: 0 for a single value.
    pub fn ndim(&self) -> usize {
        self.layout.shape.len()
    }

    /// Total number of elements.
    pub fn size(&self) -> usize {
        self.layout.size()
    }
}

/// The bytes under one or more arrays.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// Shared by clones and slices; copied when one of them writes.
    Owned(Arc<Buffer>),
    /// A mapped file, shared by clones and slices, never copied: a write must reach the file or fail.
    Mapped(Arc<Map>),
}

impl Data {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(buffer) => buffer.bytes(),
            Self::Mapped(map) => map.bytes(),
        }
    }

    /// The bytes to change; shared memory is copied first.
    ///
    /// # Errors
    /// `InvalidInput` if the bytes are those of a map that is read-only or has other arrays over it.
    pub(crate) fn bytes_mut(&mut self) -> Result<&mut [u8]> {
        match self {
            Self::Owned(buffer) => {
                if Arc::get_mut(buffer).is_none() {
                    *buffer = Arc::new(Buffer::copy_of(buffer.bytes())?);
                }
                let unique = Arc::get_mut(buffer).ok_or_else(|| refused("the array's memory is shared"))?;
                Ok(unique.bytes_mut())
            }
            Self::Mapped(map) => Arc::get_mut(map)
                .ok_or_else(|| {
                    refused("the memory map is shared: drop its clones and slices before writing")
                })?
                .bytes_mut()
                .ok_or_else(|| refused("the memory map is read-only: map it with mode 'r+' or 'c' to write")),
        }
    }
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

impl DynArray {
    /// A copy of anything that can be saved, in the same order.
    ///
    /// # Errors
    /// `Io` if memory does not suffice, or if an element does not fit the dtype of all.
    ///
    /// ```
    /// use numio::{DType, DynArray};
    ///
    /// let words = DynArray::from_array(&["a", "bc"].map(String::from))?;
    /// assert_eq!(words.dtype(), &DType::parse("U2")?);
    /// # Ok::<(), numio::Error>(())
    /// ```
    pub fn from_array(array: &(impl ArrayLike + ?Sized)) -> Result<Self> {
        array.check()?;
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
    /// `InvalidInput` if there are more or fewer bytes than the shape needs.
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

/// A copy of an array of plain elements, in the same order. Of other elements, [`DynArray::from_array`] makes one.
impl<S: ndarray::Data<Elem = T>, T: PlainElement, D: Dimension> From<ArrayBase<S, D>> for DynArray {
    fn from(array: ArrayBase<S, D>) -> Self {
        let (dtype, shape, order) = (T::dtype(), ArrayLike::shape(&array), array.order());
        let mut buffer = Buffer::zeroed_or_abort(array.len() * size_of::<T>());
        // Cannot fail: plain elements are written unchanged, and the buffer is large enough for all.
        let _ = array.write_to(&mut buffer.bytes_mut());
        let layout = Layout::contiguous(&shape, dtype.itemsize(), order);
        Self::from_parts(dtype, layout, Data::Owned(Arc::new(buffer)))
    }
}
