//! `ndarray` arrays and views of any layout.

use std::io::{self, Write};

use ndarray::{ArrayBase, ArrayRef, Axis, Data, Dimension};

use super::{CHUNK, dtype_of, inner_shape, outermost, write_items};
use crate::DType;
use crate::array::element::Element;
use crate::array::gather::pieces;
use crate::array::{ArrayLike, Layout, Order};

/// Rows shorter than this are not worth being copied as rows.
const SHORT_ROW: usize = 8;

impl<T: Element, D: Dimension> ArrayLike for ArrayRef<T, D> {
    fn dtype(&self) -> DType {
        outermost(dtype_of(self.iter()))
    }

    fn shape(&self) -> Vec<usize> {
        [self.raw_dim().slice(), &inner_shape::<T>()].concat()
    }

    fn order(&self) -> Order {
        let is_c = self.is_standard_layout() || !inner_shape::<T>().is_empty();
        if !is_c && self.t().is_standard_layout() { Order::Fortran } else { Order::C }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let items = match self.order() {
            Order::C => self.as_slice(),
            Order::Fortran => self.t().to_slice(),
        };
        T::as_bytes(items?)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(bytes) = self.as_bytes() {
            return out.write_all(bytes);
        }
        if let Some((bytes, layout)) = memory(self) {
            return pieces(&layout, size_of::<T>(), bytes, self.order(), &mut |piece| out.write_all(piece));
        }
        let dtype = dtype_of(self.iter());
        match self.order() {
            Order::Fortran => write_items(self.t().iter(), &dtype, out),
            Order::C if rows_are_memory(self) => write_rows(self, out),
            Order::C => write_items(self.iter(), &dtype, out),
        }
    }
}

impl<S: Data<Elem = T>, T: Element, D: Dimension> ArrayLike for ArrayBase<S, D> {
    fn dtype(&self) -> DType {
        ArrayLike::dtype(&**self)
    }

    fn shape(&self) -> Vec<usize> {
        ArrayLike::shape(&**self)
    }

    fn order(&self) -> Order {
        ArrayLike::order(&**self)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        ArrayLike::as_bytes(&**self)
    }

    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        ArrayLike::write_to(&**self, out)
    }
}

/// Where the elements stand, if they fill their memory without gaps in whatever order, and are written as they stand.
fn memory<T: Element, D: Dimension>(array: &ArrayRef<T, D>) -> Option<(&[u8], Layout)> {
    let bytes = T::as_bytes(array.as_slice_memory_order()?).filter(|bytes| !bytes.is_empty())?;
    let strides = array.strides().iter().map(|stride| stride * size_of::<T>() as isize);
    let mut layout =
        Layout { shape: array.raw_dim().slice().to_vec(), strides: strides.collect(), offset: 0 };
    // Along axes that run backwards, the first element is the last in memory.
    let backwards = layout.shape.iter().zip(&layout.strides).filter(|(_, stride)| **stride < 0);
    layout.offset = backwards.map(|(len, stride)| (len - 1) * stride.unsigned_abs()).sum();
    Some((bytes, layout))
}

/// Whether each row is written as it stands in memory, and long enough for that to pay.
fn rows_are_memory<T: Element, D: Dimension>(array: &ArrayRef<T, D>) -> bool {
    let last = array.ndim().checked_sub(1).map(Axis);
    last.is_some_and(|last| array.len_of(last) >= SHORT_ROW && array.stride_of(last) == 1)
        && T::as_bytes(&[]).is_some()
}

/// Writes row by row, through a buffer where rows are short.
fn write_rows<T: Element, D: Dimension>(array: &ArrayRef<T, D>, out: &mut dyn Write) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for row in array.rows() {
        let bytes = row.to_slice().and_then(T::as_bytes).unwrap_or_default();
        if chunk.len() + bytes.len() > CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
        if bytes.len() >= CHUNK {
            out.write_all(bytes)?;
        } else {
            chunk.extend_from_slice(bytes);
        }
    }
    out.write_all(&chunk)
}
