//! The Rust types that can be saved.

mod dynamic;
mod flat;
mod nd;
mod scalar;

use std::io::{self, Write};

use super::element::Element;
use crate::DType;

/// How many bytes of encoded elements are gathered before they are written.
const CHUNK: usize = 64 << 10;

/// The dtype of the elements of an array: of these `items`, unless the type alone decides.
fn dtype_of<'a, T: Element + 'a>(mut items: impl Iterator<Item = &'a T>) -> DType {
    T::fixed_dtype().unwrap_or_else(|| T::dtype_for(&mut items))
}

/// An array's own dtype and shape: elements that are small arrays give it their axes, as in NumPy.
fn unfolded(dtype: DType, mut shape: Vec<usize>) -> (DType, Vec<usize>) {
    match dtype {
        DType::Subarray(subarray) => {
            shape.extend_from_slice(subarray.shape());
            (subarray.base().clone(), shape)
        }
        dtype => (dtype, shape),
    }
}

/// Writes `items` as elements of `dtype`.
fn write_items<'a, T: Element + 'a>(
    items: impl Iterator<Item = &'a T>,
    dtype: &DType,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for item in items {
        if chunk.len() + dtype.itemsize() > CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
        item.encode(dtype, &mut chunk).map_err(io::Error::other)?;
    }
    out.write_all(&chunk)
}
