//! The Rust types that can be saved.

mod dynamic;
mod flat;
mod nd;
mod scalar;
mod texts;

use std::io::{self, Write};

use super::element::Element;
use crate::{DType, Result};

/// How many bytes of encoded elements are gathered before they are written.
const CHUNK: usize = 64 << 10;

/// The dtype of the elements of an array: of these `items`, unless the type alone decides.
fn dtype_of<'a, T: Element + 'a>(mut items: impl Iterator<Item = &'a T>) -> DType {
    T::fixed_dtype().unwrap_or_else(|| T::dtype_for(&mut items))
}

/// The axes that each element adds, where elements are small arrays.
fn inner_shape<T: Element>() -> Vec<usize> {
    match T::fixed_dtype().unwrap_or_else(|| T::dtype_for(&mut std::iter::empty())) {
        DType::Subarray(subarray) => subarray.shape().to_vec(),
        _ => Vec::new(),
    }
}

/// An array's own dtype: elements that are small arrays give it their axes, as in NumPy.
fn outermost(dtype: DType) -> DType {
    match dtype {
        DType::Subarray(subarray) => subarray.base().clone(),
        dtype => dtype,
    }
}

/// Writes `items` as elements of `dtype`.
fn write_items<'a, T: Element>(
    items: impl Iterator<Item = &'a T>,
    dtype: &DType,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_encoded(items, dtype, out, T::encode)
}

fn write_encoded<T>(
    items: impl Iterator<Item = T>,
    dtype: &DType,
    out: &mut dyn Write,
    encode: impl Fn(T, &DType, &mut Vec<u8>) -> Result<()>,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for item in items {
        if chunk.len() + dtype.itemsize() > CHUNK {
            out.write_all(&chunk)?;
            chunk.clear();
        }
        encode(item, dtype, &mut chunk).map_err(io::Error::other)?;
    }
    out.write_all(&chunk)
}
