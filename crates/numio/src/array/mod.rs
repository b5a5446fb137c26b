//! Arrays whose element type is known at run time.

mod borrowed;
mod buffer;
mod bytes;
mod cast;
mod compare;
mod data;
mod decode;
#[cfg(feature = "derive")]
pub mod derive;
mod element;
mod elements;
mod error;
mod from;
mod gather;
mod item;
mod layout;
mod like;
mod likes;
mod mapped;
mod memory;
mod objects;
mod print;
mod shape;
mod slice;
pub(crate) mod swap;
#[cfg(test)]
mod tests;
pub(crate) mod time;
mod view;

pub use self::borrowed::DynView;
pub(crate) use self::buffer::Buffer;
pub(crate) use self::data::Data;
pub use self::element::{Element, PlainElement};
pub use self::elements::{Datetime64, FixedBytes, FixedStr, LongDouble, Timedelta64, Void};
pub use self::item::Item;
pub use self::layout::Order;
pub(crate) use self::layout::{Layout, byte_len};
pub use self::like::ArrayLike;
pub use self::memory::Fill;
pub(crate) use self::memory::{Memory, Then};
pub use self::print::{FloatMode, PrintOptions, Printed, Sign};
pub use self::slice::{Slice, SliceItem};

use std::sync::Arc;

use crate::pickle::Graph;
use crate::{DType, Result};

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
    objects: Option<Graph>,
}

impl DynArray {
    /// An array of zero bytes.
    ///
    /// # Errors
    /// `LimitExceeded` where the shape overflows, `Io` where memory does not suffice.
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

    /// How many elements along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.layout.shape
    }

    /// How many bytes one step along each axis is. May be negative in slices.
    pub fn strides(&self) -> &[isize] {
        &self.layout.strides
    }

    /// How many axes: 0 for a single value.
    pub fn ndim(&self) -> usize {
        self.layout.shape.len()
    }

    /// How many elements in all.
    pub fn size(&self) -> usize {
        self.layout.size()
    }
}
